/** Somebody who files, moves, marks and removes messages over IMAP all the time and notes what he was promised. */
import { PASSWORD } from "../harness.ts";
import { Client } from "../imap/client.ts";
import { letter } from "./letters.ts";
import type { Moment, Outages } from "./outages.ts";
import type { Chance } from "./random.ts";

export type Place = "Work" | "Archive" | "nowhere";

/** A message and what its keeper knows of it. */
export interface Kept {
  readonly id: string;
  /** Where it may be: one place, or two after a command that was not answered. */
  places: readonly Place[];
  /** Whether it carries \Seen; undefined after a command that was not answered. */
  seen: boolean | undefined;
}

interface Placed extends Kept {
  uid: number;
}

export async function keep(outages: Outages, name: string, chance: Chance, book: Kept[]): Promise<void> {
  let count = 0;
  const work: Placed[] = [];
  await outages.act(async () => {
    const client = await Client.open({ port: outages.server.port(143) });
    try {
      await client.ok(`LOGIN carol ${PASSWORD}`);
      await client.ok("SELECT Work");
      while (!outages.over) {
        const [known] = chance.happens(0.55) ? [] : work.splice(chance.between(0, work.length - 1), 1);
        if (known === undefined) {
          const placed: Placed = { id: `${name}-${++count}`, places: ["nowhere", "Work"], seen: false, uid: 0 };
          book.push(placed);
          const size = chance.happens(0.02) ? 3_000_000 : chance.between(100, 5_000);
          placed.uid = await append(outages, client, letter(placed.id, size, chance).octets);
          placed.places = ["Work"];
          work.push(placed);
        } else if (chance.happens(0.3)) {
          if (await mark(outages, client, known)) work.push(known);
        } else if (chance.happens(0.5)) await move(outages, client, known);
        else await expunge(outages, client, known);
      }
    } finally {
      client.dialogue.destroy();
    }
  });
}

async function append(outages: Outages, client: Client, octets: Buffer): Promise<number> {
  const tag = client.tag();
  client.dialogue.send(`${tag} APPEND Work {${octets.length}+}`);
  await client.dialogue.sendAll(octets);
  client.dialogue.send("");
  outages.now("append");
  const { tagged } = await client.answer(tag);
  const uid = /\[APPENDUID \d+ (\d+)\]/.exec(tagged)?.[1];
  if (uid === undefined) throw new Error(`APPEND: ${tagged}`);
  return Number(uid);
}

async function move(outages: Outages, client: Client, known: Placed): Promise<void> {
  known.places = ["Work", "Archive"];
  await run(outages, client, "move", `UID MOVE ${known.uid} Archive`);
  known.places = ["Archive"];
}

async function expunge(outages: Outages, client: Client, known: Placed): Promise<void> {
  await client.ok(`UID STORE ${known.uid} +FLAGS.SILENT (\\Deleted)`);
  known.places = ["Work", "nowhere"];
  await run(outages, client, "expunge", `UID EXPUNGE ${known.uid}`);
  known.places = ["nowhere"];
}

/** Marks it seen or not; true once that is answered. */
async function mark(outages: Outages, client: Client, known: Placed): Promise<boolean> {
  const wanted = known.seen !== true;
  known.seen = undefined;
  await run(outages, client, "flags", `UID STORE ${known.uid} ${wanted ? "+" : "-"}FLAGS.SILENT (\\Seen)`);
  known.seen = wanted;
  return true;
}

async function run(outages: Outages, client: Client, moment: Moment, command: string): Promise<void> {
  const tag = client.tag();
  client.dialogue.send(`${tag} ${command}`);
  outages.now(moment);
  const { tagged } = await client.answer(tag);
  if (!tagged.startsWith("OK")) throw new Error(`${command}: ${tagged}`);
}
