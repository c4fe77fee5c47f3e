/** What a client of one folder believes, from nothing but the responses it got: for models that hold it against the folder. */
import type { Client } from "./client.ts";

/** A message as far as a client knows it. */
export interface Known {
  uid: number | undefined;
  flags: string | undefined;
}

/** What a session enabled, and how it hears of what others do. */
export interface Manner {
  readonly enable?: string;
  readonly notify?: string;
  /** EXPUNGE may come at any time: the client agreed to use no numbers. */
  readonly anyTime?: true;
  /** It knows UIDs and how many messages there are, and no numbers. */
  readonly uidOnly?: true;
  /** It keeps up the result of a search (RFC 5267): the messages that are neither seen nor deleted. */
  readonly context?: true;
  /** It compresses (RFC 4978). */
  readonly compress?: true;
}

/** What one client believes, from nothing but the responses it got. */
export class Picture {
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
export function expand(set: string): number[] {
  return set.split(",").flatMap((range) => {
    const [first, last = first] = range.split(":").map(Number) as [number, number?];
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** Flags in an order of their own, so that lists can be compared. */
export function inOrder(flags: readonly string[]): string {
  return [...new Set(flags.filter((flag) => flag !== "" && flag !== "\\Recent"))].sort().join(" ");
}
