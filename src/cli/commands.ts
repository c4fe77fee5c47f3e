import { access } from "./access.ts";
import { alias } from "./alias.ts";
import { app } from "./app.ts";
import { audit } from "./audit.ts";
import { bar } from "./bar.ts";
import { certificate } from "./certificate.ts";
import type { Command } from "./command.ts";
import { contact } from "./contact.ts";
import { dkim } from "./dkim.ts";
import { dns } from "./dns.ts";
import { domain } from "./domain.ts";
import { factor } from "./factor.ts";
import { ftp } from "./ftp.ts";
import { group } from "./group.ts";
import { log } from "./log.ts";
import { mailbox } from "./mailbox.ts";
import { pages } from "./pages.ts";
import { proxy } from "./proxy.ts";
import { queue } from "./queue.ts";
import { self } from "./self.ts";
import { services } from "./services.ts";
import { session } from "./session.ts";
import { settings } from "./settings.ts";
import { setup } from "./setup.ts";
import { sieve } from "./sieve.ts";
import { spam } from "./spam.ts";
import { token } from "./token.ts";
import { trace } from "./trace.ts";
import { user } from "./user.ts";
import { userDatabase } from "./user-database.ts";

/** Commands that work on the data of an appliance, running or not. */
export const COMMANDS: readonly Command[] = [
  setup,
  user,
  self,
  session,
  app,
  factor,
  userDatabase,
  domain,
  dkim,
  dns,
  mailbox,
  sieve,
  spam,
  alias,
  contact,
  group,
  queue,
  proxy,
  ftp,
  pages,
  services,
  access,
  settings,
  certificate,
  bar,
  token,
  log,
  trace,
  audit,
];
