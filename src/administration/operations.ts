/** Every operation there is: the HTTP API, its description and the tests of who may what are made from this table. */
import { accessOperations } from "./access.ts";
import { addressOperations } from "./addresses.ts";
import { archiveOperations } from "./archive.ts";
import { barOperations } from "./bars.ts";
import { certificateOperations } from "./certificates.ts";
import { contactOperations } from "./contacts.ts";
import { domainOperations } from "./domains.ts";
import { factorOperations } from "./factors.ts";
import { logOperations } from "./log.ts";
import { mailGroupOperations } from "./mail-groups.ts";
import { mailboxOperations } from "./mailboxes.ts";
import type { Operation } from "./operation.ts";
import { passwordOperations } from "./passwords.ts";
import { queueOperations } from "./queue.ts";
import { securityOperations } from "./security.ts";
import { selfOperations } from "./self.ts";
import { settingsOperations } from "./settings.ts";
import { tokenOperations } from "./tokens.ts";
import { userDatabaseOperations } from "./user-databases.ts";
import { userOperations } from "./users.ts";

export const OPERATIONS: readonly Operation[] = [
  ...selfOperations,
  ...userOperations,
  ...tokenOperations,
  ...securityOperations,
  ...factorOperations,
  ...passwordOperations,
  ...mailboxOperations,
  ...addressOperations,
  ...domainOperations,
  ...mailGroupOperations,
  ...archiveOperations,
  ...contactOperations,
  ...userDatabaseOperations,
  ...accessOperations,
  ...barOperations,
  ...queueOperations,
  ...settingsOperations,
  ...certificateOperations,
  ...logOperations,
];
