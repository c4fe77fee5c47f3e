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

/** What a session enabled, and how it hears of what others do. */
interface Manner {
  readonly enable?: string;
  readonly notify?: string;
  /** EXPUNGE may come at any time: the client agreed to use no numbers. */
  readonly anyTime?: true;
  /** It knows UIDs and how many messages there are, and no numbers. */
  readonly uidOnly?: true;
}

const MANNERS: readonly Manner[] = [
  {},
  { enable: "QRESYNC" },
  { enable: "IMAP4rev2 CONDSTORE" },
  { enable: "UIDONLY", uidOnly: true },
  { enable: "QRESYNC", notify: "(selected (MessageNew (UID FLAGS) MessageExpunge FlagChange))", anyTime: true },
  { notify: "(selected-delayed (MessageNew MessageExpunge FlagChange))" },
];

/** What one client believes, from nothing but the responses it got. */
class Picture {
  /** By number; where there are none, the messages whose UID it knows come first. */
  messages: Known[] = [];

  constructor(
    readonly client: Client,
    readonly name: string,
    readonly manner: Manner,
  ) {}

  /** Runs a command and takes in all it says. */
  async run(command: string, mayExpunge: boolean): Promise<string> {
    const { untagged, tagged } = await this.client.run(command);
    if (!/^(OK|NO)/.test(tagged)) throw new Error(`${this.name}: ${command}: ${tagged}`);
    this.hear(untagged, command, mayExpunge || this.manner.anyTime === true);
    return tagged;
  }

  hear(untagged: readonly string[], command: string, mayExpunge: boolean): void {
    this.#ownChange(command);
    for (const line of untagged) this.#take(line, command, mayExpunge);
  }

  #take(line: string, command: string, mayExpunge: boolean): void {
    const wrong = (what: string) => new Error(`${this.name}: ${what} in "${line}" after ${command}`);
    const [, number, word, rest = ""] = /^(\d+) (EXISTS|EXPUNGE|FETCH|UIDFETCH)(.*)/s.exec(line) ?? [];
    const vanished = /^VANISHED ([\d:,]+)$/.exec(line)?.[1];
    if ((word === "EXPUNGE" || vanished !== undefined) && !mayExpunge) throw wrong("what is gone has no place");
    if ((word === "FETCH" || word === "EXPUNGE") && this.manner.uidOnly) throw wrong("numbers have no place");
    if (word === "EXISTS") {
      if (Number(number) < this.messages.length) throw wrong("EXISTS went down");
      while (this.messages.length < Number(number)) this.messages.push({ uid: undefined, flags: undefined });
    } else if (word === "EXPUNGE") {
      if (Number(number) > this.messages.length) throw wrong("no such number");
      this.messages.splice(Number(number) - 1, 1);
    } else if (vanished !== undefined) {
      for (const uid of expand(vanished)) this.#vanish(uid, wrong);
    } else if (word === "FETCH" || word === "UIDFETCH") {
      const uid = Number(word === "UIDFETCH" ? number : /UID (\d+)/.exec(rest)?.[1]) || undefined;
      const known = word === "UIDFETCH" ? this.#byUid(uid as number) : this.messages[Number(number) - 1];
      if (!known) throw wrong("no such message");
      if (uid !== undefined && known.uid !== undefined && known.uid !== uid) throw wrong(`it was UID ${known.uid}`);
      known.uid ??= uid;
      const flags = /FLAGS \(([^)]*)\)/.exec(rest)?.[1];
      if (flags !== undefined) known.flags = inOrder(flags.split(" "));
      const subject = /Subject: m(\d+)/.exec(rest)?.[1];
      if (subject !== undefined && known.uid !== undefined) this.subjects.set(known.uid, subject);
    }
  }

  /** The message of a UID, where numbers are not used: one that is not known takes the place of one that has no UID yet. */
  #byUid(uid: number): Known | undefined {
    const known = this.messages.find((each) => each.uid === uid);
    if (known) return known;
    const fresh = this.messages.find((each) => each.uid === undefined);
    if (fresh) fresh.uid = uid;
    this.messages.sort((a, b) => (a.uid ?? Number.POSITIVE_INFINITY) - (b.uid ?? Number.POSITIVE_INFINITY));
    return fresh;
  }

  /** A message goes that is known, or one of those between whose UIDs are not known yet. */
  #vanish(uid: number, wrong: (what: string) => Error): void {
    let at = this.messages.findIndex((each) => each.uid === uid);
    if (at < 0 && this.manner.uidOnly) at = this.messages.findIndex((each) => each.uid === undefined);
    else if (at < 0) {
      const behind = this.messages.findIndex((each) => each.uid !== undefined && each.uid > uid);
      at = (behind < 0 ? this.messages.length : behind) - 1;
      if (this.messages[at]?.uid !== undefined) at = -1;
    }
    if (at < 0) throw wrong(`UID ${uid} was not there`);
    this.messages.splice(at, 1);
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

/** The numbers of a set. */
function expand(set: string): number[] {
  return set.split(",").flatMap((range) => {
    const [first, last = first] = range.split(":").map(Number) as [number, number?];
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
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
  for (const [i, manner] of MANNERS.entries()) {
    const picture = new Picture(await house.enter(), `seed ${seed} session ${i}`, manner);
    if (manner.enable) await picture.client.ok(`ENABLE ${manner.enable}`);
    await picture.run(`SELECT ${folder}`, true);
    if (manner.notify) await picture.run(`NOTIFY SET ${manner.notify}`, true);
    pictures.push(picture);
  }
  let subjects = 0;
  const uids = () => `${1 + random(40)}:${random(4) === 0 ? "*" : 1 + random(60)}`;
  // Who hears of flags at any time cannot tell whether a line came before his own silent change or after.
  const item = ({ manner }: Picture) => (manner.notify ? "FLAGS" : pick(["FLAGS", "FLAGS.SILENT"]));
  const change = (picture: Picture) => `${pick(["", "+", "-"])}${item(picture)} (${pick(FLAGS)} ${pick(FLAGS)})`;
  const byUid = async (picture: Picture, kind: number) => {
    if (kind === 0) {
      const text = message(`m${++subjects}`);
      await picture.run(`APPEND ${folder} {${text.length}+}\r\n${text}`, true);
    } else if (kind === 1) await picture.run("NOOP", true);
    else if (kind === 2) await picture.run(`UID STORE ${uids()} ${change(picture)}`, true);
    else if (kind === 3) await picture.run(`UID FETCH ${uids()} (FLAGS)`, true);
    else if (kind === 4) await picture.run(`UID MOVE ${uids()} ${folder}/aside`, true);
    else if (kind === 5) await picture.run("UID SEARCH RETURN (COUNT) UNSEEN", true);
    else if (kind === 6) await picture.run(`UID COPY ${uids()} ${folder}`, true);
    else if (kind === 7) await picture.run(`UID FETCH ${uids()} (UID BODY[TEXT])`, true);
    else {
      await picture.run(`UID STORE ${uids()} +${item(picture)} (\\Deleted)`, true);
      await picture.run("EXPUNGE", true);
    }
  };
  const byNumber = async (picture: Picture, kind: number) => {
    const { length } = picture.messages;
    const [a, b] = [1 + random(length), 1 + random(length)];
    const some = random(3) === 0 ? `${a}` : `${Math.min(a, b)}:${Math.max(a, b)}`;
    if (kind === 0) await picture.run(`FETCH ${some} (UID FLAGS)`, false);
    else if (kind === 1) await picture.run(`STORE ${some} ${change(picture)}`, false);
    else if (kind === 2) await picture.run(`COPY ${some} ${folder}`, true);
    else if (kind === 3) await picture.run(`FETCH ${some} (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])`, false);
    else if (kind === 4) await picture.run(`SEARCH ${some} FLAGGED`, false);
    else await picture.run(`FETCH ${some} (UID BODY[TEXT])`, false);
  };
  /** True if all could be told. */
  const step = async (picture: Picture): Promise<boolean> => {
    const kind = random(15);
    const numbers = picture.messages.length > 0 && !picture.manner.uidOnly && !picture.manner.anyTime;
    if (kind >= 9 && numbers) await byNumber(picture, kind - 9);
    else await byUid(picture, kind % 9);
    return !(kind >= 9 && numbers);
  };
  /** One waits in IDLE while another does something, and knows of it afterwards. */
  const idle = async (picture: Picture, other: Picture) => {
    const { client } = picture;
    const tag = client.tag();
    client.dialogue.send(`${tag} IDLE`);
    const before: string[] = [];
    for (let line = await client.response(); !line.startsWith("+"); line = await client.response()) {
      before.push(line.slice(2));
    }
    await step(other);
    client.dialogue.send("DONE");
    const { untagged } = await client.answer(tag);
    picture.hear([...before, ...untagged], "IDLE", true);
    await compare(picture, folder);
  };
  for (let done = 0; done < steps; done += pictures.length) {
    const way = random(6);
    if (way === 0) await Promise.all(pictures.map(step));
    else if (way === 1) {
      const picture = pick(pictures);
      await idle(picture, pick(pictures.filter((each) => each !== picture)));
    } else {
      for (const picture of pictures) {
        const all = await step(picture);
        await compare(picture, folder, !all);
      }
    }
    if (done % 40 === 0) await agree(pictures, folder);
  }
  await agree(pictures, folder);
  for (const { client } of [...pictures, { client: owner }]) client.dialogue.destroy();
}

/** How the folder is. */
async function truthOf(folder: string): Promise<{ uid: number; flags: string }[]> {
  const view = await house.mailstore.open(house.folderId("ann", folder));
  const truth = Array.from({ length: view.count }, (_, i) => ({
    uid: view.uidAt(i),
    flags: inOrder(view.flagsAt(i).text.slice(1, -1).split(" ")),
  }));
  view.close();
  return truth;
}

/**
 * What a session was told must be so, before it asks anything: all of it after a command that may tell all, and otherwise (`partly`) of
 * messages that are still there.
 */
async function compare(picture: Picture, folder: string, partly = false): Promise<void> {
  const truth = await truthOf(folder);
  const there = new Map(truth.map((each) => [each.uid, each]));
  const told = picture.messages.filter(({ uid }) => uid === undefined || !partly || there.has(uid));
  const plain = told.map(({ uid, flags }, i) => {
    const real = uid === undefined ? (partly ? undefined : truth[i]) : there.get(uid);
    return { uid: uid ?? real?.uid, flags: flags ?? real?.flags };
  });
  if (!partly && !picture.manner.uidOnly) expect(plain as unknown).toEqual(truth);
  else if (!partly) expect(picture.messages.length).toBe(truth.length);
  for (const { uid, flags } of plain)
    if (uid !== undefined)
      expect({ by: picture.name, uid, flags } as unknown).toEqual({ by: picture.name, ...there.get(uid) });
}

/** When everybody has been told everything, everybody knows the same, and it is so. */
async function agree(pictures: readonly Picture[], folder: string): Promise<void> {
  for (const picture of pictures) {
    await picture.run("NOOP", true);
    await compare(picture, folder);
    const truth = await truthOf(folder);
    if (picture.manner.uidOnly) await picture.run("UID FETCH 1:* (FLAGS)", true);
    else if (truth.length > 0) await picture.run("FETCH 1:* (UID FLAGS)", false);
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
