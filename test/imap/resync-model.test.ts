/**
 * A client that keeps a copy of a folder goes and comes back; after each QRESYNC, and while it stays, its copy must be what the
 * folder is (RFC 7162): whatever others did meanwhile, and whether or not the server still remembers all of it.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Expunged } from "../../src/mailstore/expunged.ts";
import type { Client } from "./client.ts";
import { House, message } from "./house.ts";
import { generator } from "./random.ts";

let house: House;
beforeAll(async () => {
  house = await House.build();
});
afterAll(async () => await house.close());

/** What the client keeps between its visits, and the list of messages that it sees while it is there. */
class Copy {
  uidValidity = 0;
  modseq = 0;
  /** All messages up to this UID were asked for. */
  asked = 0;
  readonly flags = new Map<number, string>();
  exists = 0;

  constructor(private readonly uidOnly: boolean) {}

  get uids(): number[] {
    return [...this.flags.keys()].sort((a, b) => a - b);
  }

  /** Takes in responses; a client knows more of the past only when all of it was told. */
  take(untagged: readonly string[], tagged: string): void {
    let seen = this.modseq;
    for (const line of [...untagged, tagged]) {
      const [, earlier, set] = /^VANISHED (\(EARLIER\) )?([\d:,]+)$/.exec(line) ?? [];
      if (set !== undefined) this.#vanish(set, earlier !== undefined);
      const exists = /^(\d+) EXISTS/.exec(line)?.[1];
      if (exists !== undefined) this.exists = Number(exists);
      const validity = /UIDVALIDITY (\d+)/.exec(line)?.[1];
      if (validity !== undefined && Number(validity) !== this.uidValidity) {
        this.flags.clear();
        this.uidValidity = Number(validity);
      }
      const modseq = /(?:HIGHESTMODSEQ |MODSEQ \()(\d+)/.exec(line)?.[1];
      if (modseq !== undefined) seen = Math.max(seen, Number(modseq));
      const uid = (this.uidOnly ? /^(\d+) UIDFETCH/ : /^\d+ FETCH \(UID (\d+)/).exec(line)?.[1];
      const flags = /FLAGS \(([^)]*)\)/.exec(line)?.[1];
      if (uid !== undefined && flags !== undefined) this.flags.set(Number(uid), sorted(flags));
      if (/ EXPUNGE$/.test(line) || (this.uidOnly && /^\d+ FETCH /.test(line)))
        throw new Error(`${line} has no place here`);
    }
    this.modseq = seen;
  }

  #vanish(set: string, earlier: boolean): void {
    for (const range of set.split(",")) {
      const [first, last = first] = range.split(":").map(Number) as [number, number?];
      if (!earlier) this.exists -= last - first + 1;
      for (const uid of this.flags.keys()) if (uid >= first && uid <= last) this.flags.delete(uid);
    }
  }
}

const sorted = (flags: string) =>
  flags
    .split(" ")
    .filter((flag) => flag !== "" && flag !== "\\Recent")
    .sort()
    .join(" ");

async function play(seed: number, visits: number): Promise<void> {
  const random = generator(seed);
  const folder = `Resync${seed}`;
  const other = await house.enter();
  await other.ok(`CREATE ${folder}`);
  await other.ok(`CREATE ${folder}/aside`);
  await other.ok(`SELECT ${folder}`);
  const id = house.folderId("ann", folder);
  const some = () => `${1 + random(30)}:${1 + random(60)}`;
  const meddle = async () => {
    const kind = random(8);
    if (kind <= 2) await other.append(folder, message("m"));
    else if (kind === 3) await other.run(`UID STORE ${some()} +FLAGS.SILENT (\\Seen)`);
    else if (kind === 4) await other.run(`UID STORE ${some()} -FLAGS (\\Seen $Red)`);
    else if (kind === 5) await other.run(`UID COPY ${some()} ${folder}`);
    else if (kind === 6) await other.run(`UID MOVE ${1 + random(60)} ${folder}/aside`);
    else {
      await other.run(`UID STORE ${1 + random(60)} +FLAGS.SILENT (\\Deleted)`);
      await other.run("EXPUNGE");
    }
    if (random(12) === 0) await house.store.commit(() => new Expunged(house.store, random(3)).bury(id, 1, []));
  };
  const uidOnly = random(4) === 0;
  const copy = new Copy(uidOnly);
  for (let visit = 0; visit < visits; visit++) {
    const client = await house.enter();
    await client.ok(`ENABLE QRESYNC${uidOnly ? " UIDONLY" : ""}`);
    const run = async (command: string) => {
      const { untagged, tagged } = await client.run(command);
      if (!tagged.startsWith("OK")) throw new Error(`seed ${seed}: ${command}: ${tagged}`);
      copy.take(untagged, tagged);
    };
    for (let n = random(8); n > 0; n--) await meddle();
    const known = copy.uids.filter((uid) => uid <= copy.asked);
    const match = known.length > 0 && !uidOnly && random(2) === 0 ? ` ${matchOf(known, random)}` : "";
    const range = copy.asked > 0 && random(3) > 0 ? ` 1:${copy.asked}${match}` : "";
    await run(
      copy.modseq === 0
        ? `SELECT ${folder}`
        : `SELECT ${folder} (QRESYNC (${copy.uidValidity} ${copy.modseq}${range}))`,
    );
    await agree(client, copy, `seed ${seed} visit ${visit}`, folder);
    for (let n = random(6); n > 0; n--) {
      if (random(2) === 0) await Promise.all([meddle(), run("NOOP")]);
      else await meddle();
      if (random(3) === 0) await run(`UID STORE ${some()} +FLAGS (\\Flagged)`);
      if (random(4) === 0) await run(`UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${copy.modseq} VANISHED)`);
    }
    await agree(client, copy, `seed ${seed} stay ${visit}`, folder);
    client.dialogue.destroy();
  }
  other.dialogue.destroy();
}

/** Some numbers and UIDs of the copy. */
function matchOf(known: readonly number[], random: (below: number) => number): string {
  const numbers = known.map((_, i) => i + 1).filter((_, i) => i === known.length - 1 || random(3) === 0);
  return `(${numbers.join(",")} ${numbers.map((number) => known[number - 1]).join(",")})`;
}

/** Brings in what is new, and compares with the folder. */
async function agree(client: Client, copy: Copy, when: string, folder: string): Promise<void> {
  const { untagged, tagged } = await client.run("NOOP");
  copy.take(untagged, tagged);
  const news = await client.run(`UID FETCH ${copy.asked + 1}:* (FLAGS MODSEQ)`);
  copy.take(news.untagged, news.tagged);
  copy.asked = Math.max(copy.asked, ...copy.uids);
  const view = await house.mailstore.open(house.folderId("ann", folder));
  const truth = Array.from(view.uids, (uid, index) => [uid, sorted(view.flagsAt(index).text.slice(1, -1))]);
  view.close();
  expect({ when, flags: [...copy.flags].sort(([a], [b]) => a - b), exists: copy.exists } as unknown).toEqual({
    when,
    flags: truth,
    exists: truth.length,
  });
}

describe("a copy of a folder", () => {
  const seeds = Number(process.env.GATEPOST_SEEDS ?? 6);
  const first = Number(process.env.GATEPOST_SEED ?? 1);
  for (let seed = first; seed < first + seeds; seed++) {
    test(`stays true through comings and goings (seed ${seed})`, async () => {
      await play(seed, 6);
      expect(house.faults).toEqual([]);
    }, 60_000);
  }
});
