/** Addresses of messages as people see and write them. */

import type { Person } from "../../../views/webmail/message.tsx";
import { type Address, type AddressOrGroup, flatten, isGroup } from "../../mime/addresses.ts";
import { formatSpec } from "../../mime/write.ts";
import { oneLine } from "./names.ts";

const MOST_SHOWN = 500;

/** One address for the page: name and address on one line each, without controls and direction overrides. */
function personOf(address: Address): Person {
  return { name: oneLine(address.name, 200), address: oneLine(formatSpec(address), 320) };
}

/** A list for the page; the members of a group stand for it, an empty group for itself. */
export function peopleOf(list: readonly AddressOrGroup[]): Person[] {
  return list
    .flatMap((entry) =>
      isGroup(entry) && entry.members.length === 0
        ? [{ name: "", address: oneLine(entry.group, 200) }]
        : flatten([entry]).map(personOf),
    )
    .slice(0, MOST_SHOWN);
}

/** Whether the name of a sender pretends to be an address that is not his. */
export function pretendsToBeAnother(person: Person): boolean {
  const claimed = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/.exec(person.name)?.[0];
  return claimed !== undefined && claimed.toLowerCase() !== person.address.toLowerCase();
}
