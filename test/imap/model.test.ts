/**
 * Sessions do random things to one folder, each from what it was told; after every response its picture of the folder must
 * be one that can be true, and when all is told it must be the folder itself.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Client } from "./client.ts";
import { House, message } from "./house.ts";
import { generator } from "./random.ts";

let house: House;
beforeAll(async () => {
  house = await House.build();
});
afterAll(async () => await house.close());

interface Known {
  uid: number | undefined;
  flags: string | undefined;
}

/** What one client believes, from nothing but the responses it got. */
class Picture {
  messages: Known[] = [];

  constructor(
    readonly client: Client,
    private readonly name: string,
  ) {}

  /** Runs a command and takes in all it says. */
  async run(command: string, mayExpunge: boolean): Promise<string> {
    const { untagged, tagged } = await this.client.run(command);
    if (!/^(OK|NO)/.test(tagged)) throw new Error(`${this.name}: ${command}: ${tagged}`);
    this.#ownChange(command);
    for (const line of untagged) this.take(line, command, mayExpunge);
    return tagged;
  }

  take(line: string, command: string, mayExpunge: boolean): void {
    const wrong = (what: string) => new Error(`${this.name}: ${what} in "${line}" after ${command}`);
    const [, number, word, rest = ""] = /^(\d+) (EXISTS|EXPUNGE|FETCH)(.*)/s.exec(line) ?? [];
    if (word === "EXISTS") {
      if (Number(number) < this.messages.length) throw wrong("EXISTS went down");
      while (this.messages.length < Number(number)) this.messages.push({ uid: undefined, flags: undefined });
    } else if (word === "EXPUNGE") {
      if (!mayExpunge) throw wrong("EXPUNGE is not allowed");
      if (Number(number) > this.messages.length) throw wrong("no such number");
      this.messages.splice(Number(number) - 1, 1);
    } else if (word === "FETCH") {
      const known = this.messages[Number(number) - 1];
      if (!known) throw wrong("no such number");
      const uid = /UID (\d+)/.exec(rest)?.[1];
      if (uid !== undefined) {
        if (known.uid !== undefined && known.uid !== Number(uid)) throw wrong(`number ${number} was UID ${known.uid}`);
        known.uid = Number(uid);
      }
      const flags = /FLAGS \(([^)]*)\)/.exec(rest)?.[1];
      if (flags !== undefined) known.flags = inOrder(flags.split(" "));
      const subject = /Subject: m(\d+)/.exec(rest)?.[1];
      if (subject !== undefined && known.uid !== undefined) this.subjects.set(known.uid, subject);
    }
  }

  /** What a STORE.SILENT does is not told: the client has to work it out. */
  #ownChange(command: string): void {
    const [, uid, set, sign, words = ""] = /^(UID )?STORE (\S+) ([+-]?)FLAGS\.SILENT \((.*)\)/.exec(command) ?? [];
    if (set === undefined) return;
    const ends = set.split(":").map((end) => (end === "*" ? Number.POSITIVE_INFINITY : Number(end)));
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    const largest = Math.max(0, ...this.messages.map((known) => known.uid ?? 0));
    for (const [i, known] of this.messages.entries()) {
      const number = uid === undefined ? i + 1 : known.uid;
      if (number === undefined) known.flags = undefined;
      else if (high === Number.POSITIVE_INFINITY && number === largest) known.flags = undefined;
      else if (number >= low && number <= high && known.flags !== undefined) {
        const given = words.split(" ");
        const before = sign === "" ? [] : known.flags.split(" ");
        known.flags = inOrder(sign === "-" ? before.filter((flag) => !given.includes(flag)) : [...before, ...given]);
      }
    }
  }

  /** What the content of each UID was when it was read: it must never change. */
  readonly subjects = {
    known: new Map<number, string>(),
    set(uid: number, subject: string) {
      const before = this.known.get(uid);
      if (before !== undefined && before !== subject) throw new Error(`UID ${uid} was m${before} and is m${subject}`);
      this.known.set(uid, subject);
    },
  };
}

/** Flags in an order of their own, so that lists can be compared. */
function inOrder(flags: readonly string[]): string {
  return [...new Set(flags.filter((flag) => flag !== "" && flag !== "\\Recent"))].sort().join(" ");
}

const FLAGS = ["\\Seen", "\\Flagged", "\\Answered", "\\Draft", "Red", "Blue"];

async function play(seed: number, steps: number): Promise<void> {
  const random = generator(seed);
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
  const folder = `Model${seed}`;
  const owner = await house.enter();
  await owner.ok(`CREATE ${folder}`);
  await owner.ok(`CREATE ${folder}/aside`);
  const pictures: Picture[] = [];
  for (let i = 0; i < 4; i++) {
    const picture = new Picture(await house.enter(), `seed ${seed} session ${i}`);
    await picture.run(`SELECT ${folder}`, true);
    pictures.push(picture);
  }
  let subjects = 0;
  const step = async (picture: Picture) => {
    const { messages, client } = picture;
    const some = () => {
      const a = 1 + random(messages.length);
      const b = 1 + random(messages.length);
      return random(3) === 0 ? `${a}` : `${Math.min(a, b)}:${Math.max(a, b)}`;
    };
    const uids = () => `${1 + random(40)}:${random(4) === 0 ? "*" : 1 + random(60)}`;
    const change = () => `${pick(["", "+", "-"])}FLAGS${pick(["", ".SILENT"])} (${pick(FLAGS)} ${pick(FLAGS)})`;
    const kind = random(15);
    if (kind <= 2) {
      const tagged = await client.append(folder, message(`m${++subjects}`));
      if (!tagged.startsWith("OK")) throw new Error(tagged);
      // What APPEND tells untagged is lost to this helper: the next command tells nothing twice, so select anew.
      picture.messages = [];
      await picture.run(`SELECT ${folder}`, true);
    } else if (kind === 3) await picture.run("NOOP", true);
    else if (kind === 4) await picture.run(`UID STORE ${uids()} ${change()}`, true);
    else if (kind === 5) await picture.run(`UID FETCH ${uids()} (FLAGS)`, true);
    else if (kind === 6) await picture.run(`UID MOVE ${uids()} ${folder}/aside`, true);
    else if (kind === 7) await picture.run("UID SEARCH RETURN (COUNT) UNSEEN", true);
    else if (kind === 8) {
      await picture.run(`UID STORE ${uids()} +FLAGS.SILENT (\\Deleted)`, true);
      await picture.run("EXPUNGE", true);
    } else if (messages.length === 0) await picture.run("NOOP", true);
    else if (kind === 9) await picture.run(`FETCH ${some()} (UID FLAGS)`, false);
    else if (kind === 10) await picture.run(`STORE ${some()} ${change()}`, false);
    else if (kind === 11) await picture.run(`COPY ${some()} ${folder}`, true);
    else if (kind === 12) await picture.run(`FETCH ${some()} (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])`, false);
    else if (kind === 13) await picture.run(`SEARCH ${some()} FLAGGED`, false);
    else await picture.run(`FETCH ${some()} (UID BODY[TEXT])`, false);
  };
  for (let done = 0; done < steps; done += pictures.length) {
    if (random(4) === 0) await Promise.all(pictures.map(step));
    else for (const picture of pictures) await step(picture);
    if (done % 40 === 0) await agree(pictures, folder);
  }
  await agree(pictures, folder);
  for (const { client } of [...pictures, { client: owner }]) client.dialogue.destroy();
}

/** When everybody has been told everything, everybody knows the same, and it is so. */
async function agree(pictures: readonly Picture[], folder: string): Promise<void> {
  const view = await house.mailstore.open(house.folderId("ann", folder));
  const truth = Array.from({ length: view.count }, (_, i) => ({
    uid: view.uidAt(i),
    flags: inOrder(view.flagsAt(i).text.slice(1, -1).split(" ")),
  }));
  view.close();
  for (const picture of pictures) {
    await picture.run("NOOP", true);
    // What was learned from unsolicited responses must be right before anything is asked.
    const learned = picture.messages.map(({ uid, flags }, i) => ({
      uid: uid ?? truth[i]?.uid,
      flags: flags ?? truth[i]?.flags,
    }));
    expect(learned as unknown).toEqual(truth);
    if (truth.length > 0) await picture.run("FETCH 1:* (UID FLAGS)", false);
    expect(picture.messages as unknown).toEqual(truth);
  }
}

describe("random sessions on one folder", () => {
  const seeds = Number(process.env.GATEPOST_SEEDS ?? 4);
  const first = Number(process.env.GATEPOST_SEED ?? 1);
  for (let seed = first; seed < first + seeds; seed++) {
    test(`seed ${seed}`, async () => {
      await play(seed, 240);
      expect(house.faults).toEqual([]);
    }, 60_000);
  }
});
