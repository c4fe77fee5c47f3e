/** Somebody who sends mail all the time and notes what he was promised. */
import { Dialogue } from "../dialogue.ts";
import { letter } from "./letters.ts";
import type { Outages } from "./outages.ts";
import type { Chance } from "./random.ts";

export type Kind = "local" | "remote" | "both" | "large";

/** A letter and what its sender knows of it. */
export interface Sent {
  readonly id: string;
  readonly kind: Kind;
  /** Answered with 250. */
  promised: boolean;
}

const RECIPIENTS: Readonly<Record<Kind, readonly string[]>> = {
  local: ["alice@example.test"],
  large: ["alice@example.test"],
  remote: ["friend@far.test"],
  both: ["alice@example.test", "friend@far.test"],
};
/** Octets of a large letter that leave at once. Beyond 2 MB the server keeps them in its file before the end. */
const BLOCK = 262_144;
const PARKED = 2_500_000;

export async function send(
  outages: Outages,
  name: string,
  chance: Chance,
  book: Sent[],
  large: boolean,
): Promise<void> {
  let count = 0;
  await outages.act(async () => {
    const client = await Dialogue.open({ port: outages.server.port(25) });
    try {
      await client.reply("220");
      await client.ask("EHLO sender.elsewhere.test", "250");
      while (!outages.over) {
        const kind =
          large && chance.happens(0.5) ? "large" : chance.pick(["local", "local", "local", "remote", "both"] as const);
        await sendOne(outages, client, { id: `${name}-${++count}`, kind, promised: false }, chance, book);
      }
    } finally {
      client.destroy();
    }
  });
}

async function sendOne(outages: Outages, client: Dialogue, sent: Sent, chance: Chance, book: Sent[]): Promise<void> {
  const size = sent.kind === "large" ? chance.between(3_000_000, 6_000_000) : chance.between(100, 6_000);
  const { octets } = letter(sent.id, size, chance);
  const recipients = RECIPIENTS[sent.kind].map((address) => `RCPT TO:<${address}>`);
  client.send("MAIL FROM:<somebody@elsewhere.test>", ...recipients, "DATA");
  for (let replies = 0; replies <= recipients.length; replies++) await client.reply("250");
  await client.reply("354");
  book.push(sent);
  for (let at = 0; at < octets.length; at += BLOCK) {
    await client.sendAll(octets.subarray(at, at + BLOCK));
    if (at > PARKED) outages.now("block");
  }
  client.send(".");
  outages.now("dot");
  await client.reply("250");
  sent.promised = true;
}
