/** Every port of every service, with its defaults: the table that the listener, the pages and `gatepost services` stand on. */

import type { PortTls } from "../administration/parts.ts";
import type { AccessRule } from "../net/access.ts";

export interface Port {
  /** Names the port among all. */
  readonly id: string;
  readonly service: ServiceName;
  readonly standardPort: number;
  readonly tls: PortTls;
  /** Who may use it unless an administrator says otherwise. */
  readonly access: AccessRule;
}

export const SERVICES = {
  smtp: "Receiving mail (SMTP)",
  submission: "Sending mail (submission)",
  imap: "Reading mail (IMAP)",
  pop3: "Fetching mail (POP3)",
  managesieve: "Mail rules (ManageSieve)",
  ftp: "Files (FTP)",
  ftpproxy: "FTP proxy",
  socks: "SOCKS proxy",
  proxy: "Web proxy",
  web: "Webmail and administration",
} as const;
export type ServiceName = keyof typeof SERVICES;

/** Standard ports; an offset may be added to all of them together. */
export const PORTS: readonly Port[] = [
  { id: "smtp-25", service: "smtp", standardPort: 25, tls: "starttls", access: "any" },
  { id: "submission-587", service: "submission", standardPort: 587, tls: "starttls", access: "lan" },
  { id: "submission-465", service: "submission", standardPort: 465, tls: "implicit", access: "lan" },
  { id: "imap-143", service: "imap", standardPort: 143, tls: "starttls", access: "lan" },
  { id: "imap-993", service: "imap", standardPort: 993, tls: "implicit", access: "lan" },
  { id: "pop3-110", service: "pop3", standardPort: 110, tls: "starttls", access: "lan" },
  { id: "pop3-995", service: "pop3", standardPort: 995, tls: "implicit", access: "lan" },
  { id: "managesieve-4190", service: "managesieve", standardPort: 4190, tls: "starttls", access: "lan" },
  { id: "ftp-21", service: "ftp", standardPort: 21, tls: "starttls", access: "lan" },
  { id: "ftp-990", service: "ftp", standardPort: 990, tls: "implicit", access: "lan" },
  { id: "proxy-3128", service: "proxy", standardPort: 3128, tls: "none", access: "lan" },
  { id: "proxy-3129", service: "proxy", standardPort: 3129, tls: "implicit", access: "lan" },
  { id: "socks-1080", service: "socks", standardPort: 1080, tls: "none", access: "lan" },
  { id: "ftpproxy-2121", service: "ftpproxy", standardPort: 2121, tls: "starttls", access: "lan" },
  { id: "web-80", service: "web", standardPort: 80, tls: "none", access: "lan" },
  { id: "web-443", service: "web", standardPort: 443, tls: "implicit", access: "lan" },
];
