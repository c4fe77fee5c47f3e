/** The first message in a new mailbox: what it says, as administrators set it, and how it is put there. */
import { z } from "zod";
import { splitAddress } from "../../directory/address.ts";
import type { User } from "../../directory/user.ts";
import { addressField, structuredField, textField } from "../../mime/write.ts";
import { Refusal } from "../../refusal.ts";
import { newTrace } from "../../store/events.ts";
import { defineSettings } from "../../store/settings.ts";
import { mailDate } from "../../transport/received.ts";
import type { Context } from "../operation.ts";
import type { Parts } from "../parts.ts";

export const welcomeSettings = defineSettings("welcome", () =>
  z.object({
    send: z.boolean().default(true).describe("Whether the page for a new user proposes a welcome message."),
    subject: z
      .string()
      .trim()
      .min(1, "A message has a subject.")
      .max(200, "A subject has at most 200 characters.")
      .default("Welcome, {name}")
      .describe(
        "Its subject. {name}, {login}, {address}, {server} and {webmail} stand for the user's name, login name and address, for this server, and for the address of webmail.",
      ),
    text: z
      .array(z.string().max(2_000, "A paragraph has at most 2000 characters."))
      .max(100, "The message has at most 100 paragraphs.")
      .default([
        "Hello {name},",
        "this is your mailbox. Your address is {address}.",
        "Sign in with the login name {login} and your password: in a browser at {webmail}, and in mail programs at the server {server}. One password opens every service; you can change it in webmail under Options, if your administrator allows that.",
        "Where you may use them, the web proxy, your files and your home page have their addresses there as well.",
        "Nobody who looks after this server will ever ask for your password.",
      ])
      .describe("Its text, one paragraph a line. The same words in braces may stand in it."),
  }),
);

/** Whom it is for. */
export interface Welcomed {
  readonly login: string;
  readonly fullName: string;
  readonly address: string;
}

/** Subject and text for somebody. */
export function welcomeFor(parts: Pick<Parts, "store" | "transport" | "services">, user: Welcomed) {
  const { store, transport } = parts;
  const { subject, text } = store.settings.get(welcomeSettings);
  const words: Readonly<Record<string, string>> = {
    name: user.fullName || user.login,
    login: user.login,
    address: user.address,
    server: transport.hostname(),
    webmail: webmailAddress(parts),
  };
  const filled = (line: string) => line.replace(/\{(\w+)\}/g, (whole, name: string) => words[name] ?? whole);
  return { subject: filled(subject), text: text.map(filled).join("\n\n") };
}

/** Where browsers find webmail: over TLS, and at the port that is open in fact. */
function webmailAddress({ services, transport }: Pick<Parts, "services" | "transport">): string {
  const ports = services.list().flatMap((service) => service.ports);
  const https = ports.find(({ id, state }) => id === "web-443" && state === "listening");
  const suffix = https === undefined || https.port === https.standardPort ? "" : `:${https.port}`;
  return `https://${transport.hostname()}${suffix}/mail`;
}

/**
 * Puts the message into a new user's mailbox. The account is there already: where the message cannot be delivered, that is logged and
 * nothing else.
 */
export async function sendWelcome(context: Context, user: User): Promise<void> {
  const [address] = context.directory.addressesOf(user.id);
  if (address === undefined) return;
  const trace = newTrace();
  const bytes = composed(context, { login: user.login, fullName: user.fullName, address }, trace);
  try {
    await context.transport.accept(
      {
        reversePath: "",
        recipients: [{ address, notify: ["NEVER"] }],
        origin: { kind: "system", session: trace, trace },
        body: "8BITMIME",
        smtputf8: !isAscii(address),
      },
      bytes,
    );
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    const text = `The welcome message for ${address} was not delivered: ${thrown.sentence}`;
    context.store.events.log({ room: "administration", name: "welcome.refused", level: "warn", trace, text });
  }
}

/** The message as octets (RFC 5322; Auto-Submitted as RFC 3834 §5 says, so that nothing answers it). */
function composed(parts: Context, user: Welcomed, id: string): Uint8Array {
  const { subject, text } = welcomeFor(parts, user);
  const to = splitAddress(user.address);
  const host = parts.transport.hostname();
  const domain = to?.domain ?? host;
  const head = [
    structuredField("Date", mailDate(parts.now())),
    addressField("From", [{ name: "Postmaster", local: "postmaster", domain }]),
    addressField("To", to === undefined ? [] : [{ name: user.fullName, ...to }]),
    textField("Subject", subject),
    structuredField("Message-ID", `<${id}@${host}>`),
    structuredField("Auto-Submitted", "auto-generated"),
    structuredField("MIME-Version", "1.0"),
    structuredField("Content-Type", "text/plain; charset=utf-8; format=flowed"),
    structuredField("Content-Transfer-Encoding", "8bit"),
  ].join("");
  return new TextEncoder().encode(`${head}\r\n${flowed(text)}`);
}

/** Text in lines of at most 78 characters; a space at their end says that the paragraph goes on (RFC 3676 §4.2). */
function flowed(text: string): string {
  const lines = text.split("\n").flatMap((paragraph) => {
    const folded: string[] = [];
    let line = "";
    for (const word of paragraph.split(" ")) {
      if (line !== "" && line.length + word.length + 1 > 76) {
        folded.push(`${line} `);
        line = word;
      } else line = line === "" ? word : `${line} ${word}`;
    }
    return [...folded, line];
  });
  // RFC 3676 §4.4: what would look like a quote or a forwarded header is moved by a space.
  return `${lines.map((line) => (/^(?:[> ]|From )/.test(line) ? ` ${line}` : line)).join("\r\n")}\r\n`;
}

function isAscii(text: string): boolean {
  return [...text].every((character) => character.charCodeAt(0) < 0x80);
}
