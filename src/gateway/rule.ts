/** What a rule is: as people write it, and as it is kept. */
import { z } from "zod";
import { parseRange } from "../net/access.ts";
import { parseHostPattern } from "./hosts.ts";
import { parsePorts } from "./ports.ts";
import { GATEWAY_SERVICES, SCHEMES } from "./visit.ts";

/** Groups of people that are there without being made: everybody, whoever has logged in, administrators, and whoever has not. */
export const STANDING_GROUPS = ["everybody", "users", "administrators", "guests"] as const;
export type StandingGroup = (typeof STANDING_GROUPS)[number];

/** Days of the week, in the order of `Date.getDay`. */
export const DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;
export type Day = (typeof DAYS)[number];

/** allow: may go; bar: may not; warn: may go after being told. */
export const ACTIONS = ["allow", "bar", "warn"] as const;
export type Action = (typeof ACTIONS)[number];

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
const list = <S extends z.ZodType>(item: S, what: string, most = 1_000) =>
  z
    .array(item)
    .max(most, `There are at most ${most} ${what}.`)
    .transform(unique<z.output<S>>)
    .default([]);

const clock = z
  .string()
  .trim()
  .regex(/^(?:(?:[01]?\d|2[0-3]):[0-5]\d|24:00)?$/, "A time is written like 8:30 or 22:00.")
  .default("");

const line = (most: number) =>
  z
    .string()
    .trim()
    .max(most, `At most ${most} characters.`)
    .regex(/^[^\p{Cc}]*$/u, "A single line.");

/** What a rule says, as people write it. What is left out or empty holds for everything. */
export const ruleSchema = z.strictObject({
  name: line(100)
    .min(1, "A rule has a name.")
    .describe("What the rule is for; the ledger and the page of a barred host name it."),
  enabled: z.boolean().default(true),
  users: list(z.string().trim().min(1).max(128), "users").describe("Login names."),
  groups: list(z.string().trim().min(1).max(100), "groups").describe(
    "Groups of the gateway, or everybody, users (whoever has logged in), administrators, guests (whoever has not).",
  ),
  networks: list(
    z
      .string()
      .trim()
      .refine((text) => parseRange(text) !== undefined, "A network is written like 192.168.1.0/24 or 2001:db8::/32."),
    "networks",
  ).describe("Networks that the clients are in."),
  services: list(z.enum(GATEWAY_SERVICES), "services").describe("proxy, socks, ftpproxy."),
  hosts: list(
    z
      .string()
      .trim()
      .max(300)
      .refine(
        (text) => parseHostPattern(text) !== undefined,
        "A host is written like example.com, .example.com (with everything below), *.example.com, 192.0.2.0/24 or list:NAME.",
      ),
    "hosts",
    5_000,
  ).describe(
    "Hosts: example.com, .example.com (it and everything below), *.example.com (what is below), an address or range, list:NAME.",
  ),
  ports: list(
    z
      .string()
      .trim()
      .refine((text) => parsePorts(text) !== undefined, "A port is written like 443 or 8000-8100."),
    "ports",
    100,
  ),
  urls: list(
    z
      .string()
      .trim()
      .min(1)
      .max(1_000)
      .regex(/^[^\p{Cc}]*$/u, "An address is a single line, like *.exe or www.example.com/games/*."),
    "addresses",
  ).describe(
    "Addresses, with * for anything: *.exe, www.example.com/games/*. Such a rule holds only where an address is seen: http:// and ftp:// through the web proxy, no tunnel (https, SOCKS).",
  ),
  schemes: list(z.enum(SCHEMES), "schemes").describe("http, https, ftp, tunnel, udp."),
  days: list(z.enum(DAYS), "days").describe("Days of the week on which it begins to hold."),
  from: clock.describe("The time of day from which it holds, in the server's time zone."),
  to: clock.describe("The time until which it holds; before `from`: on the next day."),
  action: z.enum(ACTIONS),
  text: z.string().trim().max(1_000).default("").describe("What people are told; empty: the usual sentence."),
});
export type RuleInput = z.input<typeof ruleSchema>;
export type RuleValues = z.output<typeof ruleSchema>;

/** A rule as people see it. */
export interface Rule extends RuleValues {
  readonly id: number;
  /** From 1: the first rule that fits decides. */
  readonly position: number;
}

/** A rule as it is kept: people and groups by id, so that they may get other names. An id of somebody who is gone fits nobody. */
export interface StoredRule extends Omit<RuleValues, "users" | "groups" | "hosts"> {
  readonly users: readonly number[];
  readonly groups: readonly (number | StandingGroup)[];
  /** Lists stand in it by their ids. */
  readonly hosts: readonly string[];
}

/** Whether a rule says neither who, nor where, nor when: it holds for everybody and everything. */
export function holdsForAll(rule: RuleValues): boolean {
  const { users, groups, hosts } = rule;
  const everybody = (users.length === 0 && groups.length === 0) || groups.includes("everybody");
  const everywhere = hosts.length === 0 || hosts.includes("*");
  const narrowing = [rule.networks, rule.services, rule.ports, rule.urls, rule.schemes, rule.days];
  return everybody && everywhere && narrowing.every(({ length }) => length === 0) && rule.from === "" && rule.to === "";
}
