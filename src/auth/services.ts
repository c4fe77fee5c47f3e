/** Which services ask for a login, and what each asks of the user beyond a correct password. */
import { ADMINISTRATOR, type Permission } from "../directory/permissions.ts";
import type { User } from "../directory/user.ts";

interface ServiceRule {
  /** The service as people call it. */
  readonly title: string;
  readonly permission?: Permission;
  /** A mailbox's own name and password are good here. */
  readonly mailboxLogins?: true;
}

/** Every service that authenticates. */
export const SERVICES = {
  smtp: { title: "SMTP", mailboxLogins: true },
  submission: { title: "mail submission", mailboxLogins: true },
  imap: { title: "IMAP", mailboxLogins: true },
  pop3: { title: "POP3", mailboxLogins: true },
  managesieve: { title: "ManageSieve" },
  web: { title: "webmail" },
  dav: { title: "network drives, calendars and contacts" },
  nntp: { title: "news" },
  ldap: { title: "the directory" },
  ftp: { title: "FTP", permission: "ftp.login" },
  ftpproxy: { title: "the FTP proxy", permission: "ftp.proxy" },
  proxy: { title: "the web proxy", permission: "http.proxy" },
  socks: { title: "SOCKS", permission: "http.proxy" },
} as const satisfies Record<string, ServiceRule>;

export type Service = keyof typeof SERVICES;

/** How a service is called; what is none is called as it is. */
export const serviceTitle = (name: string): string =>
  Object.hasOwn(SERVICES, name) ? SERVICES[name as Service].title : name;

/** Services that app passwords can be for: all but the pages, where a person is there to prove more. */
export const APP_SERVICES = [
  "imap",
  "pop3",
  "submission",
  "smtp",
  "managesieve",
  "dav",
  "nntp",
  "ldap",
  "ftp",
  "ftpproxy",
  "proxy",
  "socks",
] as const satisfies readonly Exclude<Service, "web">[];

export type AppService = (typeof APP_SERVICES)[number];

/** Whether a user may log in to a service. Administrators reach the administration pages even without webmail. */
export function mayUse(user: User, service: Service): boolean {
  const rule: ServiceRule = SERVICES[service];
  if (service === "web") return user.webmail || user.permissions.has(ADMINISTRATOR);
  return rule.permission === undefined || user.permissions.has(rule.permission);
}

/** Whether a mailbox's own name and password are good for a service. */
export function takesMailboxLogins(service: Service): boolean {
  const rule: ServiceRule = SERVICES[service];
  return rule.mailboxLogins === true;
}
