/**
 * Where the mail of an address goes, as the entry that has it says (draft-lachman-laser-ldap-mail-routing-02 §4): to another address, to
 * another server, or to another address there. Pure.
 */
import { splitAddress } from "../../directory/address.ts";
import { escapeFilterValue } from "./filter.ts";
import type { LdapEntry } from "./link.ts";

/** Stands in a filter where the address comes. */
export const ADDRESS_PLACE = "{address}";

/** The attributes that are asked for. */
export const ROUTE_ATTRIBUTES = ["mailRoutingAddress", "mailHost"];

/** What an entry says of the mail of its addresses. */
export interface MailRoute {
  /** The address to which it goes; missing: the same. */
  readonly address?: string;
  /** The server that has it, perhaps with a port. */
  readonly host?: string;
}

/** The filter that finds whoever has an address. */
export function filterForAddress(template: string, address: string): string {
  return template.replaceAll(ADDRESS_PLACE, () => escapeFilterValue(address));
}

/** What an entry says; undefined where it says nothing that can be followed. */
export function routeOf({ attributes }: LdapEntry): MailRoute | undefined {
  const first = (name: string) => {
    const value = attributes.get(name.toLowerCase())?.[0];
    return typeof value === "string" ? value.trim() : "";
  };
  const [address, host] = [first("mailRoutingAddress"), first("mailHost")];
  const goesTo = splitAddress(address) === undefined ? {} : { address };
  const lies = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/.test(host) ? { host } : {};
  const route = { ...goesTo, ...lies };
  return Object.keys(route).length === 0 ? undefined : route;
}
