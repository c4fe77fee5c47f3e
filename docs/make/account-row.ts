/**
 * One property of accounts and mailboxes, as docs/accounts.md has it and as test/accounts/ proves it: where it is set in the pages, on
 * the command line and over the API, what is shown then, and what it does. Names stand for others: anna and ben are users, {id} is the
 * number of anna's mailbox, staff a template, office a mail group, firm.example a domain, company a user database.
 */
import { PORTS } from "../../src/appliance/ports.ts";

export const HEADINGS = [
  "General",
  "News",
  "Permissions",
  "Mail",
  "Account expiry",
  "Directory",
  "New accounts",
  "Guest entry",
  "Mailboxes",
  "Addresses",
  "Forwarding",
  "Automatic replies",
  "Limits and old mail",
] as const;
export type Heading = (typeof HEADINGS)[number];

/** What a property is after the documented change: a value, or a list that has something or lacks it. */
export type Shown = { readonly is: unknown } | { readonly has: unknown } | { readonly lacks: unknown };

/** A place in what is shown, and what stands there. */
export interface Reading {
  /** Names and numbers with dots between. */
  readonly at: string;
  readonly shown: Shown;
}

/** Where the effect is seen: services by the name that ports.ts has or will have for them. */
export const SEEN = {
  smtp: "SMTP",
  submission: "mail submission",
  imap: "IMAP",
  pop3: "POP3",
  web: "webmail and the pages",
  nntp: "news",
  ftp: "FTP",
  ftpproxy: "the FTP proxy",
  proxy: "the web proxy and SOCKS",
  homepages: "home pages",
  ldap: "LDAP",
} as const;
export type Seen = keyof typeof SEEN;

export interface Row extends Reading {
  readonly id: string;
  readonly heading: Heading;
  readonly name: string;
  /** What it does, in sentences. */
  readonly effect: string;
  /** What it is on a new account, in words. */
  readonly initially: string;
  /** The same as it is shown, where it is one value. */
  readonly first?: unknown;
  readonly page: {
    readonly at: string;
    /** The way there, for a person. */
    readonly way: string;
    /** The label of the field, or of the button. */
    readonly field: string;
  };
  /** The command that sets it, with an example; missing where it is only shown. */
  readonly command?: string;
  /** What is typed on standard input. */
  readonly stdin?: string;
  /** The command that shows it. */
  readonly show: string;
  readonly api: {
    readonly change?: string;
    readonly body?: Readonly<Record<string, unknown>>;
    readonly read: string;
    /** Where the API shows it, if elsewhere than the command. */
    readonly reading?: Reading;
  };
  readonly seen: readonly Seen[];
}

/** Services that have no port of their own: the one where they are seen. */
const WITHIN: Partial<Record<Seen, string>> = { homepages: "web" };

/** Whether anything listens for a service. */
export function listens(service: Seen): boolean {
  return PORTS.some((port) => (port.service as string) === (WITHIN[service] ?? service));
}

/** Says of services that are not there yet that the property waits for them; "" where all are there. */
export function waitsFor(row: Row): string {
  const missing = row.seen.filter((service) => !listens(service)).map((service) => SEEN[service]);
  if (missing.length === 0) return "";
  const one = missing.length === 1;
  return `There ${one ? "is" : "are"} no ${one ? "service" : "services"} for ${missing.join(" and ")} yet: what is set is kept, the rule is there and answers, and ${one ? "the service" : "each of them"} will ask it.`;
}
