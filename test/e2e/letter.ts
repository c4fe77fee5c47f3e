/** Messages that the tests send, and how they are found again behind the fields that the server writes in front. */

/** A message, octet for octet. */
export interface Letter {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly octets: Buffer;
}

/** Lines that a careless client or server would change: dots, blanks, tabs, length, what looks like a separator. */
const BODY = [
  ".",
  "..two dots",
  ". a dot and a blank",
  "",
  "From the start of an mbox",
  "trailing blanks   ",
  "\ta tab",
  ">From quoted",
  `a long line ${"x".repeat(900)}`,
  "--",
  "=20 =\t=41",
  "",
  "",
  "the end",
];

/** A letter of 7-bit text, or with UTF-8 in the body, or in the header too (RFC 6532). */
export function letter(
  subject: string,
  options: { readonly from?: string; readonly to?: readonly string[]; readonly text?: "7bit" | "8bit" | "utf8" } = {},
): Letter {
  const { from = "stranger@elsewhere.test", to = ["anna@example.test"], text = "7bit" } = options;
  const name = text === "utf8" ? "Jürgen Größe" : "=?utf-8?q?J=C3=BCrgen_Gr=C3=B6=C3=9Fe?=";
  const lines = [
    `From: ${name} <${from}>`,
    `To: ${to.join(",\r\n ")}`,
    `Subject: ${subject}`,
    "Date: Mon, 01 Jun 2026 12:00:00 +0200",
    `Message-ID: <${Bun.randomUUIDv7()}@client.example>`,
    "MIME-Version: 1.0",
    `Content-Type: text/plain;\r\n\tcharset=${text === "7bit" ? "us-ascii" : "utf-8"}`,
    `Content-Transfer-Encoding: ${text === "7bit" ? "7bit" : "8bit"}`,
    "X-Odd:   blanks   in the value\t",
    "",
    ...BODY,
    ...(text === "7bit" ? [] : ["Grüße, 日本語, 🙂"]),
  ];
  return { from, to, subject, octets: Buffer.from(lines.map((line) => `${line}\r\n`).join("")) };
}

const TRACE = /^Return-Path: <[^<>\r\n]*>\r\nReceived: (?:[^\r\n]+\r\n[ \t])*[^\r\n]+\r\n/;

/** What stands behind Return-Path and Received, which the server writes on final delivery (RFC 5321 §4.4). */
export function behindTrace(stored: Buffer): Buffer {
  const text = stored.toString("latin1");
  const trace = TRACE.exec(text)?.[0];
  if (trace === undefined) throw new Error(`no trace fields: ${text.slice(0, 400)}`);
  return stored.subarray(trace.length);
}
