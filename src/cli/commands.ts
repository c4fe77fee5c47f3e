/** The commands that work on the data of an appliance, running or not: each is loaded, with what it stands on, when it is called. */
import type { Command } from "./command.ts";

/** By their names, in the order in which help shows them. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  setup: async () => (await import("./setup.ts")).setup,
  user: async () => (await import("./user.ts")).user,
  self: async () => (await import("./self.ts")).self,
  session: async () => (await import("./session.ts")).session,
  app: async () => (await import("./app.ts")).app,
  factor: async () => (await import("./factor.ts")).factor,
  userdb: async () => (await import("./user-database.ts")).userDatabase,
  domain: async () => (await import("./domain.ts")).domain,
  dkim: async () => (await import("./dkim.ts")).dkim,
  dns: async () => (await import("./dns.ts")).dns,
  reports: async () => (await import("./reports.ts")).reports,
  mailbox: async () => (await import("./mailbox.ts")).mailbox,
  rules: async () => (await import("./rules.ts")).rules,
  sieve: async () => (await import("./sieve.ts")).sieve,
  spam: async () => (await import("./spam.ts")).spam,
  collect: async () => (await import("./collect.ts")).collect,
  alias: async () => (await import("./alias.ts")).alias,
  temporary: async () => (await import("./temporary.ts")).temporary,
  rule: async () => (await import("./house-rule.ts")).houseRule,
  barred: async () => (await import("./barred.ts")).barred,
  journal: async () => (await import("./journal.ts")).journal,
  contact: async () => (await import("./contact.ts")).contact,
  identity: async () => (await import("./identity.ts")).identity,
  template: async () => (await import("./template.ts")).template,
  letter: async () => (await import("./letter.ts")).letter,
  parcel: async () => (await import("./parcel.ts")).parcel,
  pictures: async () => (await import("./pictures.ts")).pictures,
  group: async () => (await import("./group.ts")).group,
  queue: async () => (await import("./queue.ts")).queue,
  route: async () => (await import("./route.ts")).route,
  quarantine: async () => (await import("./quarantine.ts")).quarantine,
  proxy: async () => (await import("./proxy.ts")).proxy,
  ftp: async () => (await import("./ftp.ts")).ftp,
  pages: async () => (await import("./pages.ts")).pages,
  services: async () => (await import("./services.ts")).services,
  access: async () => (await import("./access.ts")).access,
  settings: async () => (await import("./settings.ts")).settings,
  certificate: async () => (await import("./certificate.ts")).certificate,
  bar: async () => (await import("./bar.ts")).bar,
  token: async () => (await import("./token.ts")).token,
  log: async () => (await import("./log.ts")).log,
  trace: async () => (await import("./trace.ts")).trace,
  audit: async () => (await import("./audit.ts")).audit,
};

/** The command of a name; undefined if there is none. */
export async function commandNamed(name: string): Promise<Command | undefined> {
  return Object.hasOwn(COMMANDS, name) ? await COMMANDS[name]?.() : undefined;
}

/** Every command. */
export async function allCommands(): Promise<readonly Command[]> {
  return await Promise.all(Object.values(COMMANDS).map((load) => load()));
}
