/** Every operation there is: the HTTP API, its description and the tests of who may what are made from this table. */

import { gatewayOperations } from "./gateway/gateway.ts";
import { barredOperations } from "./house/barred.ts";
import { journalOperations } from "./house/journals.ts";
import { houseRuleOperations } from "./house/rules.ts";
import { addressOperations } from "./mail/addresses.ts";
import { archiveOperations } from "./mail/archive.ts";
import { collectionOperations } from "./mail/collection.ts";
import { dkimOperations } from "./mail/dkim.ts";
import { dnsOperations } from "./mail/dns.ts";
import { domainOperations } from "./mail/domains.ts";
import { folderRuleOperations } from "./mail/folder-rules.ts";
import { folderOperations } from "./mail/folders.ts";
import { letterOperations } from "./mail/letters.ts";
import { mailFileOperations } from "./mail/mail-files.ts";
import { mailGroupOperations } from "./mail/mail-groups.ts";
import { mailboxOperations } from "./mail/mailboxes.ts";
import { parcelOperations } from "./mail/parcels.ts";
import { quarantineOperations } from "./mail/quarantine.ts";
import { queueOperations } from "./mail/queue.ts";
import { reportOperations } from "./mail/reports.ts";
import { routeOperations } from "./mail/routes.ts";
import { ruleOperations } from "./mail/rules.ts";
import { scriptOperations } from "./mail/scripts.ts";
import { spamOperations } from "./mail/spam.ts";
import { temporaryOperations } from "./mail/temporary.ts";
import type { Operation } from "./operation.ts";
import { accessOperations } from "./server/access.ts";
import { barOperations } from "./server/bars.ts";
import { certificateOperations } from "./server/certificates.ts";
import { logOperations } from "./server/log.ts";
import { settingsOperations } from "./server/settings.ts";
import { userDatabaseOperations } from "./server/user-databases.ts";
import { factorOperations } from "./signing-in/factors.ts";
import { notificationOperations } from "./signing-in/notifications.ts";
import { passwordOperations } from "./signing-in/passwords.ts";
import { securityOperations } from "./signing-in/security.ts";
import { tokenOperations } from "./signing-in/tokens.ts";
import { contactOperations } from "./users/contacts.ts";
import { identityOperations } from "./users/identities.ts";
import { pictureOperations } from "./users/pictures.ts";
import { preferencesOperations } from "./users/preferences.ts";
import { searchOperations } from "./users/searches.ts";
import { selfOperations } from "./users/self.ts";
import { templateOperations } from "./users/templates.ts";
import { userOperations } from "./users/users.ts";

export const OPERATIONS: readonly Operation[] = [
  ...selfOperations,
  ...preferencesOperations,
  ...userOperations,
  ...tokenOperations,
  ...securityOperations,
  ...notificationOperations,
  ...factorOperations,
  ...passwordOperations,
  ...mailboxOperations,
  ...mailFileOperations,
  ...ruleOperations,
  ...folderRuleOperations,
  ...folderOperations,
  ...searchOperations,
  ...scriptOperations,
  ...collectionOperations,
  ...addressOperations,
  ...temporaryOperations,
  ...domainOperations,
  ...dkimOperations,
  ...dnsOperations,
  ...reportOperations,
  ...mailGroupOperations,
  ...archiveOperations,
  ...letterOperations,
  ...parcelOperations,
  ...spamOperations,
  ...houseRuleOperations,
  ...barredOperations,
  ...journalOperations,
  ...contactOperations,
  ...identityOperations,
  ...templateOperations,
  ...pictureOperations,
  ...userDatabaseOperations,
  ...gatewayOperations,
  ...accessOperations,
  ...barOperations,
  ...queueOperations,
  ...routeOperations,
  ...quarantineOperations,
  ...settingsOperations,
  ...certificateOperations,
  ...logOperations,
];
