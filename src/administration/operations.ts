/** Every operation there is: the HTTP API, its description and the tests of who may what are made from this table. */

import { gatewayOperations } from "./gateway/gateway.ts";
import { addressOperations } from "./mail/addresses.ts";
import { archiveOperations } from "./mail/archive.ts";
import { dkimOperations } from "./mail/dkim.ts";
import { dnsOperations } from "./mail/dns.ts";
import { domainOperations } from "./mail/domains.ts";
import { mailGroupOperations } from "./mail/mail-groups.ts";
import { mailboxOperations } from "./mail/mailboxes.ts";
import { queueOperations } from "./mail/queue.ts";
import { scriptOperations } from "./mail/scripts.ts";
import { spamOperations } from "./mail/spam.ts";
import type { Operation } from "./operation.ts";
import { accessOperations } from "./server/access.ts";
import { barOperations } from "./server/bars.ts";
import { certificateOperations } from "./server/certificates.ts";
import { logOperations } from "./server/log.ts";
import { settingsOperations } from "./server/settings.ts";
import { userDatabaseOperations } from "./server/user-databases.ts";
import { factorOperations } from "./signing-in/factors.ts";
import { passwordOperations } from "./signing-in/passwords.ts";
import { securityOperations } from "./signing-in/security.ts";
import { tokenOperations } from "./signing-in/tokens.ts";
import { contactOperations } from "./users/contacts.ts";
import { selfOperations } from "./users/self.ts";
import { userOperations } from "./users/users.ts";

export const OPERATIONS: readonly Operation[] = [
  ...selfOperations,
  ...userOperations,
  ...tokenOperations,
  ...securityOperations,
  ...factorOperations,
  ...passwordOperations,
  ...mailboxOperations,
  ...scriptOperations,
  ...addressOperations,
  ...domainOperations,
  ...dkimOperations,
  ...dnsOperations,
  ...mailGroupOperations,
  ...archiveOperations,
  ...spamOperations,
  ...contactOperations,
  ...userDatabaseOperations,
  ...gatewayOperations,
  ...accessOperations,
  ...barOperations,
  ...queueOperations,
  ...settingsOperations,
  ...certificateOperations,
  ...logOperations,
];
