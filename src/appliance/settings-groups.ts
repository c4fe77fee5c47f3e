/** Every settings group, with the heading under which the pages and the documentation show it. */
import { auditSettings } from "../administration/audit.ts";
import type { TitledGroup } from "../administration/parts.ts";
import { welcomeSettings } from "../administration/users/welcome.ts";
import { authSettings, lockoutSettings } from "../auth/settings.ts";
import { directorySettings } from "../directory/settings.ts";
import { filesSettings } from "../files/settings.ts";
import { attachmentSettings } from "../filter/attachments/settings.ts";
import { signingSettings } from "../filter/keys/settings.ts";
import { quarantineSettings } from "../filter/quarantine/settings.ts";
import { recordSettings } from "../filter/records/settings.ts";
import { scannerSettings } from "../filter/scanners/settings.ts";
import { filterSettings } from "../filter/settings.ts";
import { spamSettings } from "../filter/spam-settings.ts";
import { gatewaySettings, proxySettings } from "../gateway/settings.ts";
import { ftpProxySettings } from "../services/ftp/proxy/settings.ts";
import { ftpSettings } from "../services/ftp/settings.ts";
import { imapSettings } from "../services/imap/settings.ts";
import { managesieveSettings } from "../services/managesieve/settings.ts";
import { pop3Settings } from "../services/pop3/settings.ts";
import { cacheSettings } from "../services/proxy/cache/settings.ts";
import { proxySettings as webProxySettings } from "../services/proxy/settings.ts";
import { smtpSettings } from "../services/smtp/settings.ts";
import { socksSettings } from "../services/socks/settings.ts";
import { sieveSettings } from "../sieve/settings.ts";
import { eventSettings } from "../store/events.ts";
import { reportSettings } from "../transport/reports/settings.ts";
import { accountSettings, dnsSettings, transportSettings } from "../transport/settings.ts";
import { pageScriptSettings } from "../web/homepages/scripts/settings.ts";
import { homepageSettings } from "../web/homepages/settings.ts";
import { webSettings } from "../web/settings.ts";
import { webmailSettings } from "../web/webmail/settings.ts";
import { networkSettings } from "./settings.ts";

export const SETTINGS_GROUPS: readonly TitledGroup[] = [
  { title: "Sending mail", group: transportSettings },
  { title: "Signing mail", group: signingSettings },
  { title: "Receiving mail", group: smtpSettings },
  { title: "Judging mail that arrives", group: filterSettings },
  { title: "Junk", group: spamSettings },
  { title: "Files in mail", group: attachmentSettings },
  { title: "Reports", group: reportSettings },
  { title: "Scanners", group: scannerSettings },
  { title: "Quarantine", group: quarantineSettings },
  { title: "IMAP", group: imapSettings },
  { title: "POP3", group: pop3Settings },
  { title: "Sieve scripts", group: sieveSettings },
  { title: "ManageSieve", group: managesieveSettings },
  { title: "Passwords", group: authSettings },
  { title: "Repeated failures", group: lockoutSettings },
  { title: "Users and addresses", group: directorySettings },
  { title: "Welcome message", group: welcomeSettings },
  { title: "Account expiry", group: accountSettings },
  { title: "Web sites", group: webSettings },
  { title: "Webmail", group: webmailSettings },
  { title: "Home pages", group: homepageSettings },
  { title: "Scripts in home pages", group: pageScriptSettings },
  { title: "FTP", group: ftpSettings },
  { title: "FTP proxy", group: ftpProxySettings },
  { title: "Files", group: filesSettings },
  { title: "Gateway", group: gatewaySettings },
  { title: "Passwords of the proxies", group: proxySettings },
  { title: "Web proxy", group: webProxySettings },
  { title: "Web proxy's cache", group: cacheSettings },
  { title: "SOCKS", group: socksSettings },
  { title: "Networks", group: networkSettings },
  { title: "Name servers", group: dnsSettings },
  { title: "Records of the domains", group: recordSettings },
  { title: "Log", group: eventSettings },
  { title: "Audit log", group: auditSettings },
];
