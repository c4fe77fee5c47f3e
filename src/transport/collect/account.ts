/** What is set about an account elsewhere: the schema that guards it, and where the usual providers have their servers. */
import { z } from "zod";
import { changeOf, hasControls } from "../../directory/validate.ts";

const line = (what: string, most: number) =>
  z
    .string()
    .max(most, `${what} has at most ${most} characters.`)
    .refine((text) => !hasControls(text), `${what} is a single line.`);

const host = z
  .string()
  .trim()
  .toLowerCase()
  .min(1, "Name the server.")
  .max(255)
  .regex(/^[a-z0-9._:[\]-]+$/, "A server is a name such as imap.example.org, or an address.");

const url = z
  .string()
  .trim()
  .max(500)
  .refine(
    (text) => text === "" || /^https:\/\/[^\s/]+\//.test(text) || /^http:\/\/(127\.0\.0\.1|\[::1\])[:/]/.test(text),
    "The address where tokens are given begins with https://.",
  );

const fieldName = z
  .string()
  .trim()
  .regex(/^[!-9;-~]{1,76}$/, "A header field is named like X-Original-To.");

/** Fields that name the recipient at a provider, those that its servers write before those that senders write. */
const RECIPIENT_FIELDS = ["X-Original-To", "Delivered-To", "X-Envelope-To", "Envelope-To", "To", "Cc"];

const fields = {
  name: line("A name", 100).trim().default("").describe("What people call it; empty: its login name."),
  enabled: z.boolean().default(true).describe("Whether mail is collected."),
  protocol: z.enum(["imap", "pop3"]).default("imap").describe("What its server speaks: imap or pop3."),
  host: host.describe("Its server."),
  port: z
    .number()
    .int()
    .min(1)
    .max(65_535)
    .nullable()
    .default(null)
    .describe("The server's port; null: the usual one (993, 995, or without implicit TLS 143, 110)."),
  tls: z
    .enum(["implicit", "starttls", "none"])
    .default("implicit")
    .describe("implicit: TLS from the first octet; starttls: required; none: only on the own network."),
  verify: z.boolean().default(true).describe("Whether the server's certificate must be valid for its name."),
  login: line("A login name", 320).min(1, "Type the login name.").describe("The login name there."),
  auth: z
    .enum(["password", "oauth2"])
    .default("password")
    .describe("password: the secret is one; oauth2: it is a token (RFC 7628)."),
  tokenUrl: url
    .default("")
    .describe("Where the secret, a refresh token, is changed for tokens; empty: it is the token itself."),
  clientId: line("A client", 500).default("").describe("The client that the refresh token was given to."),
  folders: z
    .array(line("A folder's name", 500).min(1))
    .min(1, "Name at least one folder.")
    .max(100)
    .default(["INBOX"])
    .describe("IMAP: the folders; * stands for all but drafts, sent mail, junk and trash."),
  existing: z.boolean().default(true).describe("Whether what lies there already is collected, or only what comes."),
  keepDays: z
    .number()
    .int()
    .min(0)
    .max(3_650)
    .nullable()
    .default(null)
    .describe("Days for which mail stays there once it is collected; 0: not at all; null: for ever."),
  minutes: z.number().int().min(1).max(1_440).default(10).describe("Minutes from one look to the next."),
  idle: z
    .boolean()
    .default(true)
    .describe("IMAP: stay connected and hear at once of what comes into the first folder."),
  routing: z
    .enum(["mailbox", "headers"])
    .default("mailbox")
    .describe(
      "mailbox: all goes into the mailbox; headers: to those here whom the header names, else into the mailbox.",
    ),
  recipientFields: z
    .array(fieldName)
    .min(1)
    .max(20)
    .default(RECIPIENT_FIELDS)
    .describe("The fields that name recipients; the first one with somebody of this house counts."),
  trustedHops: z
    .number()
    .int()
    .min(0)
    .max(20)
    .default(0)
    .describe("Received fields that the provider's own servers write between themselves, private addresses aside."),
  local: z
    .boolean()
    .default(false)
    .describe("The server is on this machine or its network. Without it such addresses are not connected to."),
} as const;

export const accountSchema = z.strictObject(fields);
export type AccountProperties = z.output<typeof accountSchema>;

/** A change; what is left out stays. */
export const accountPatchSchema = changeOf(accountSchema.shape);
export type AccountPatch = z.output<typeof accountPatchSchema>;

/** What only those who look after the owner may set: it reaches into the house, or asks others in its name. */
export const MANAGERS_ONLY = [
  "tokenUrl",
  "clientId",
  "routing",
  "recipientFields",
  "trustedHops",
  "local",
  "verify",
] as const;

/** The ports to which owners may have the server connect. */
export const MAIL_PORTS: readonly number[] = [110, 143, 993, 995];

/** The port of an account's server. */
export function portOf({ port, protocol, tls }: Pick<AccountProperties, "port" | "protocol" | "tls">): number {
  if (port !== null) return port;
  if (protocol === "imap") return tls === "implicit" ? 993 : 143;
  return tls === "implicit" ? 995 : 110;
}

/** Where a provider has its servers. */
export interface Provider {
  readonly key: string;
  readonly label: string;
  readonly imap: string;
  readonly pop3?: string;
  /** What its customers have to know. */
  readonly hint: string;
}

const APP_PASSWORD = "Make an app password there; the usual password is not taken.";

export const PROVIDERS: readonly Provider[] = [
  { key: "gmail", label: "Gmail", imap: "imap.gmail.com", pop3: "pop.gmail.com", hint: APP_PASSWORD },
  {
    ...{ key: "outlook", label: "Outlook, Hotmail, Microsoft 365", imap: "outlook.office365.com" },
    ...{ pop3: "outlook.office365.com", hint: "It takes tokens only (OAuth2): an administrator has to give one." },
  },
  { key: "icloud", label: "iCloud", imap: "imap.mail.me.com", hint: APP_PASSWORD },
  { key: "yahoo", label: "Yahoo", imap: "imap.mail.yahoo.com", pop3: "pop.mail.yahoo.com", hint: APP_PASSWORD },
  { key: "aol", label: "AOL", imap: "imap.aol.com", pop3: "pop.aol.com", hint: APP_PASSWORD },
  { key: "gmx", label: "GMX", imap: "imap.gmx.net", pop3: "pop.gmx.net", hint: "Allow POP3 and IMAP there first." },
  { key: "webde", label: "WEB.DE", imap: "imap.web.de", pop3: "pop3.web.de", hint: "Allow POP3 and IMAP there first." },
  { key: "fastmail", label: "Fastmail", imap: "imap.fastmail.com", pop3: "pop.fastmail.com", hint: APP_PASSWORD },
  { key: "zoho", label: "Zoho", imap: "imap.zoho.com", pop3: "pop.zoho.com", hint: "Allow IMAP or POP there first." },
  { key: "mailboxorg", label: "mailbox.org", imap: "imap.mailbox.org", pop3: "pop3.mailbox.org", hint: "" },
  { key: "posteo", label: "Posteo", imap: "posteo.de", pop3: "posteo.de", hint: "" },
  { key: "ionos", label: "IONOS", imap: "imap.ionos.com", pop3: "pop.ionos.com", hint: "" },
  {
    key: "tonline",
    label: "Telekom",
    imap: "secureimap.t-online.de",
    pop3: "securepop.t-online.de",
    hint: "It has a password of its own for mail.",
  },
];
