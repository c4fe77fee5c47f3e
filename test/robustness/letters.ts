/** Messages that can be told apart and checked: each has an id, and a digest of its body in its header. */
import type { Chance } from "./random.ts";

export interface Letter {
  readonly id: string;
  /** With CR LF, and no line that begins with a dot. */
  readonly octets: Buffer;
}

const LINE = 76;

/** A message with a body of about so many octets that no compression makes small. */
export function letter(id: string, size: number, chance: Chance): Letter {
  const block = Buffer.alloc(Math.min(size, 65_536));
  for (let at = 0; at + 4 <= block.length; at += 4) block.writeUInt32LE(Math.floor(chance.next() * 4_294_967_296), at);
  const text = block.toString("base64");
  const lines = [`This is ${id}.`];
  let octets = 0;
  for (let turn = 0; octets < size; turn++) {
    lines.push(`${turn} ${id}`);
    for (let at = 0; at < text.length && octets < size; at += LINE) {
      lines.push(text.slice(at, at + LINE));
      octets += LINE + 2;
    }
  }
  const body = `${lines.join("\r\n")}\r\n`;
  const header = [
    "From: Somebody <somebody@elsewhere.test>",
    "To: Everybody <everybody@example.test>",
    `Subject: About ${id}`,
    "Date: Sat, 22 Nov 2025 10:00:00 +0000",
    `Message-ID: <${id}@elsewhere.test>`,
    `X-Letter: ${id} ${digestOf(body)}`,
  ];
  return { id, octets: Buffer.from(`${header.join("\r\n")}\r\n\r\n${body}`, "latin1") };
}

/** The id of a letter that came through whole; a sentence in brackets for one that did not. */
export function idOf(message: string): string {
  const found = /^X-Letter: (\S+) (\S+)\r?$/m.exec(message);
  if (found === null) return `[no letter: ${message.slice(0, 200)}]`;
  const body = message.slice(message.indexOf("\r\n\r\n") + 4);
  return digestOf(body) === found[2] ? `${found[1]}` : `[${found[1]} was changed on its way]`;
}

/** How often each text is there. */
export function tally(texts: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

function digestOf(body: string): string {
  return new Bun.CryptoHasher("sha256").update(Buffer.from(body, "latin1")).digest("hex").slice(0, 32);
}
