/**
 * Several people in shared folders: what is true there after each command, worked out from nothing but what the commands mean
 * (RFC 9051, 4314, 7162), and the sessions that must come to know of it.
 */
import { expect } from "bun:test";
import { Client } from "./client.ts";
import { type House, PASSWORD } from "./house.ts";
import { expand, inOrder, type Manner, Picture } from "./picture.ts";
import { generator } from "./random.ts";

export const OWNER = "ann";
/** Who is let in, and has rights that change. */
export const GUESTS = ["ben", "cora"];
export const EVERYTHING = "lrswipkxtea";

/** A message as it is. */
export interface Letter {
  readonly uid: number;
  /** Whose copy it is: the number in its subject. */
  readonly label: number;
  /** The day of July 1996 on which it came. */
  readonly day: number;
  /** Its flags; \Seen is the owner's where each reader has his own. */
  flags: Set<string>;
  /** Who else has seen it, where each reader has his own marks. */
  marks: Set<string>;
}

/** A folder as it is. */
export class Room {
  letters: Letter[] = [];
  uidValidity = 0;
  id = 0;
  readonly rights = new Map<string, string>();

  constructor(
    readonly town: Town,
    readonly owner: string,
    /** Its name for its owner. */
    public path: string,
  ) {}

  /** Its name for somebody. */
  nameFor(user: string): string {
    return user === this.owner ? this.path : `"Other Users/${this.owner}@home.example/${this.path}"`;
  }

  rightsOf(user: string): string {
    return user === this.owner ? EVERYTHING : (this.rights.get(user) ?? "");
  }

  /** Whether somebody may change a flag (RFC 4314 §4). */
  reaches(user: string, flag: string): boolean {
    return this.rightsOf(user).includes(flag === "\\Seen" ? "s" : flag === "\\Deleted" ? "t" : "w");
  }

  /** Whether somebody has marks of his own here. */
  marksApart(user: string): boolean {
    return this.owner === OWNER && user !== OWNER && this.town.ownMarks;
  }

  /** The flags of a message as somebody sees them. */
  flagsFor(user: string, letter: Letter): Set<string> {
    const flags = new Set(letter.flags);
    if (!this.marksApart(user)) return flags;
    if (letter.marks.has(user)) flags.add("\\Seen");
    else flags.delete("\\Seen");
    return flags;
  }

  /** Gives a message these flags, as far as somebody may. */
  setFlags(user: string, letter: Letter, flags: ReadonlySet<string>): void {
    const before = this.flagsFor(user, letter);
    for (const flag of new Set([...before, ...flags])) {
      if (!this.reaches(user, flag)) continue;
      const apart = flag === "\\Seen" && this.marksApart(user);
      const [set, entry] = apart ? [letter.marks, user] : [letter.flags, flag];
      if (flags.has(flag)) set.add(entry);
      else set.delete(entry);
    }
  }

  /** Puts a message in. */
  add(user: string, uid: number, label: number, day: number, flags: Iterable<string>): void {
    const letter: Letter = { uid, label, day, flags: new Set(), marks: new Set() };
    this.setFlags(user, letter, new Set(flags));
    this.letters.push(letter);
  }

  /** Puts a copy of another room's message in; within a mailbox everybody's marks go with it. */
  addCopy(user: string, uid: number, from: Room, letter: Letter): void {
    this.add(user, uid, letter.label, letter.day, from.flagsFor(user, letter));
    if (from.owner !== this.owner) return;
    const copy = this.letters.at(-1) as Letter;
    for (const other of letter.marks) if (!this.marksApart(user) || other !== user) copy.marks.add(other);
    if (this.marksApart(user) && letter.flags.has("\\Seen")) copy.flags.add("\\Seen");
  }

  remove(uids: Iterable<number>): void {
    const gone = new Set(uids);
    this.letters = this.letters.filter(({ uid }) => !gone.has(uid));
  }

  letter(uid: number): Letter | undefined {
    return this.letters.find((each) => each.uid === uid);
  }

  /** What somebody who was told everything knows. */
  knownTo(user: string): { uid: number; flags: string }[] {
    return this.letters.map((letter) => ({ uid: letter.uid, flags: inOrder([...this.flagsFor(user, letter)]) }));
  }

  /** What the server has, for somebody. */
  async stored(user: string): Promise<{ uid: number; flags: string; modseq: number }[]> {
    const { house } = this.town;
    const view = await house.mailstore.open(this.id, this.marksApart(user) ? house.user(user).id : undefined);
    const stored = Array.from(view.uids, (uid, index) => ({
      ...{ uid, modseq: view.modseqAt(index) },
      flags: inOrder(view.flagsAt(index).text.slice(1, -1).split(" ")),
    }));
    view.close();
    return stored;
  }

  /** The server has what should be there. */
  async isTrue(when: string): Promise<void> {
    for (const user of [OWNER, ...GUESTS]) {
      const stored = (await this.stored(user)).map(({ uid, flags }) => ({ uid, flags }));
      expect({ when, path: this.path, user, letters: stored }).toEqual({
        ...{ when, path: this.path, user },
        letters: this.knownTo(user),
      });
    }
  }

  /** Takes what the server has for true: what several did at once has an order that nobody but it knows. */
  async adopt(): Promise<void> {
    const { house } = this.town;
    const view = await house.mailstore.open(this.id);
    this.letters = Array.from(view.uids, (uid, index) => {
      const text = Buffer.from(house.store.content.read(view.contentAt(index))).toString();
      const marks = GUESTS.filter((guest) => house.mailstore.marks.has(this.id, house.user(guest).id, uid));
      const flags = view.flagsAt(index).text.slice(1, -1).split(" ");
      return {
        ...{ uid, label: Number(/^Subject: m(\d+)/m.exec(text)?.[1]) },
        day: new Date(view.internalDateAt(index)).getUTCDate(),
        ...{ flags: new Set(flags.filter((flag) => flag !== "")), marks: new Set(marks) },
      };
    });
    view.close();
  }
}

/** What a client keeps of a folder that it leaves. */
interface Memory {
  readonly uidValidity: number;
  readonly modseq: number;
  readonly flags: ReadonlyMap<number, string>;
  /** It is all there was. */
  readonly whole: boolean;
}

/** Somebody's session. */
export class Player {
  client!: Client;
  picture!: Picture;
  room: Room | undefined;
  readOnly = false;
  /** What SEARCH RETURN (SAVE) saved. */
  saved: number[] = [];
  /** The server has ended the session, or will. */
  doomed = false;
  /** The UIDs it knew, by number, before the last command. */
  known: readonly (number | undefined)[] = [];
  /** The result that is kept up, and the tag it goes by. */
  #context: { readonly tag: string; readonly uids: Set<number> } | undefined;
  #modseq = 0;
  readonly #memories = new Map<Room, Memory>();

  constructor(
    readonly town: Town,
    readonly user: string,
    readonly manner: Manner,
    readonly name: string,
  ) {}

  get numbers(): boolean {
    const { uidOnly, anyTime } = this.manner;
    return !uidOnly && !anyTime && this.picture.messages.every(({ uid }) => uid !== undefined);
  }

  get resyncs(): boolean {
    return this.manner.enable?.includes("QRESYNC") === true;
  }

  get rights(): string {
    return this.room?.rightsOf(this.user) ?? "";
  }

  /** Logs in. */
  async enter(): Promise<void> {
    const { compress, enable } = this.manner;
    this.client = await Client.open({ port: this.town.house.port() });
    await this.client.ok(`LOGIN ${this.user} "${PASSWORD}"`);
    if (compress) {
      await this.client.ok("COMPRESS DEFLATE");
      this.client.dialogue.compress();
    }
    if (enable) await this.client.ok(`ENABLE ${enable}`);
    this.room = undefined;
    this.doomed = false;
  }

  /** Opens a room; one that was there before asks what changed since, and compares with its copy. */
  async select(room: Room, readOnly = false): Promise<void> {
    // What was told by itself is of the folder before.
    if (this.room && this.manner.notify) await this.run("NOOP", true);
    const memory = this.resyncs ? this.#memories.get(room) : undefined;
    const returning = memory?.uidValidity === room.uidValidity && memory.modseq > 0;
    const known = memory && !memory.whole ? ` ${[...memory.flags.keys()].join(",")}` : "";
    const asks = returning ? ` (QRESYNC (${memory.uidValidity} ${memory.modseq}${known}))` : "";
    const command = `${readOnly ? "EXAMINE" : "SELECT"} ${room.nameFor(this.user)}${asks}`;
    this.town.note(`${this.name}: ${command}`);
    const { untagged, tagged } = await this.client.run(command);
    if (!room.rightsOf(this.user).includes("r")) {
      expect(tagged).toStartWith("NO ");
      this.room = undefined;
      return;
    }
    expect(tagged).toStartWith("OK ");
    [this.room, this.readOnly, this.saved, this.#modseq] = [room, readOnly, [], 0];
    this.#context = undefined;
    this.picture = new Picture(this.client, this.name, this.manner);
    const now = untagged.filter((line) => !/FETCH|\(EARLIER\)/.test(line));
    this.picture.hear(now, "SELECT", true);
    this.#hearModseqs([...untagged, tagged]);
    if (returning) this.#resync(memory, untagged, room);
    if (!this.manner.uidOnly) {
      for (const [index, { uid }] of room.letters.entries()) {
        const known = this.picture.messages[index];
        if (known) known.uid = uid;
      }
    }
    if (this.manner.context) await this.#keepUp();
    if (this.manner.notify) await this.run(`NOTIFY SET ${this.manner.notify}`, true);
  }

  /** The copy, with what was told on coming back, is what the room is. */
  #resync(memory: Memory, untagged: readonly string[], room: Room): void {
    const copy = new Map(memory.flags);
    for (const line of untagged) {
      const earlier = /^VANISHED \(EARLIER\) ([\d:,]+)$/.exec(line)?.[1];
      for (const uid of earlier ? expand(earlier) : []) copy.delete(uid);
      const [, uid, flags] = /^\d+ FETCH \(UID (\d+) FLAGS \(([^)]*)\)/.exec(line) ?? [];
      const [, bare, bareFlags] = /^(\d+) UIDFETCH \(FLAGS \(([^)]*)\)/.exec(line) ?? [];
      if (uid ?? bare) copy.set(Number(uid ?? bare), inOrder((flags ?? bareFlags ?? "").split(" ")));
    }
    const truth = new Map(room.knownTo(this.user).map(({ uid, flags }) => [uid, flags]));
    const expected = memory.whole ? truth : new Map([...truth].filter(([uid]) => memory.flags.has(uid)));
    const inUids = (map: ReadonlyMap<number, string>) => [...map].sort(([a], [b]) => a - b);
    expect({ returns: this.name, copy: inUids(copy) }).toEqual({ returns: this.name, copy: inUids(expected) });
  }

  /** Begins a result that is kept up. */
  async #keepUp(): Promise<void> {
    const tag = this.client.tag();
    this.client.dialogue.sendRaw(`${tag} UID SEARCH RETURN (UPDATE ALL) UNSEEN UNDELETED\r\n`);
    const { untagged } = await this.client.answer(tag);
    const all = untagged.map((line) => / ALL ([\d:,]+)/.exec(line)?.[1]).find(Boolean);
    this.#context = { tag, uids: new Set(all ? expand(all) : []) };
    this.hear(untagged, "SEARCH", true);
  }

  /** What is new in the result, or in it no more. */
  #hearContext(line: string): void {
    if (this.#context === undefined || !line.startsWith(`ESEARCH (TAG "${this.#context.tag}") UID `)) return;
    for (const [, word, list = ""] of line.matchAll(/(ADDTO|REMOVEFROM) \(([^)]*)\)/g)) {
      const uids = list.split(" ").flatMap((set, index) => (index % 2 === 1 ? expand(set) : []));
      for (const uid of uids) {
        expect([this.name, line, this.#context.uids.has(uid)]).toEqual([this.name, line, word === "REMOVEFROM"]);
        if (word === "ADDTO") this.#context.uids.add(uid);
        else this.#context.uids.delete(uid);
      }
    }
  }

  /** The number that a message had before the last command. */
  numberBefore(uid: number): number {
    return this.known.indexOf(uid) + 1;
  }

  /** Takes in what was told by itself, and learns the UIDs of all messages. */
  async lookAround(): Promise<void> {
    if (this.room === undefined) return;
    if (this.manner.notify) await this.run("NOOP", true);
    // What is new is told with one command and has its UID with the next.
    while (this.picture.messages.some(({ uid }) => uid === undefined)) await this.run("UID FETCH 1:* (FLAGS)", true);
  }

  /** Runs a command; `mayExpunge` where the client uses no numbers in it. */
  async run(command: string, mayExpunge: boolean): Promise<{ untagged: string[]; tagged: string }> {
    this.town.note(`${this.name}: ${command}`);
    this.known = this.room ? this.picture.messages.map(({ uid }) => uid) : [];
    const answer = await this.client.run(command);
    if (!/^(OK|NO)/.test(answer.tagged)) throw new Error(`${this.name}: ${command}: ${answer.tagged}`);
    this.hear(answer.untagged, command, mayExpunge);
    this.#hearModseqs([answer.tagged]);
    if (mayExpunge) this.remember();
    return answer;
  }

  /** Sends commands that use no numbers at once, and hears their answers one after the other (RFC 9051 §5.5). */
  async pipeline(commands: readonly string[]): Promise<void> {
    const tagged = commands.map((command) => ({ tag: this.client.tag(), command }));
    for (const { command } of tagged) this.town.note(`${this.name}, at once: ${command}`);
    this.client.dialogue.sendRaw(tagged.map(({ tag, command }) => `${tag} ${command}\r\n`).join(""));
    for (const { tag, command } of tagged) {
      const answer = await this.client.answer(tag);
      if (!/^(OK|NO)/.test(answer.tagged)) throw new Error(`${this.name}: ${command}: ${answer.tagged}`);
      this.hear(answer.untagged, command, true);
    }
  }

  hear(untagged: readonly string[], command: string, mayExpunge: boolean): void {
    if (this.room) this.picture.hear(untagged, command, mayExpunge || this.manner.anyTime === true);
    this.#hearModseqs(untagged);
  }

  #hearModseqs(lines: readonly string[]): void {
    for (const line of lines) {
      this.#hearContext(line);
      const modseq = /(?:HIGHESTMODSEQ |MODSEQ \()(\d+)/.exec(line)?.[1];
      if (modseq !== undefined) this.#modseq = Math.max(this.#modseq, Number(modseq));
    }
  }

  /** Keeps what is known, after a command with which everything was told (RFC 7162 §3.2.5). */
  remember(): void {
    if (!this.resyncs || this.room === undefined) return;
    const flags = new Map<number, string>();
    for (const known of this.picture.messages) {
      if (known.uid !== undefined && known.flags !== undefined) flags.set(known.uid, known.flags);
    }
    const whole = flags.size === this.picture.messages.length;
    if (whole || flags.size > 0)
      this.#memories.set(this.room, { uidValidity: this.room.uidValidity, modseq: this.#modseq, flags, whole });
  }

  /** What was told is true; all of it, unless what is gone could not be told (`partly`). */
  compare(partly: boolean): void {
    const { room, picture, manner } = this;
    if (room === undefined) return;
    const truth = room.knownTo(this.user);
    const there = new Map(truth.map((each) => [each.uid, each]));
    if (!manner.uidOnly && (!partly || !manner.notify)) this.#name(truth.map(({ uid }) => uid));
    if (!partly && this.#context) {
      const open = truth.filter(({ flags }) => !/Seen|Deleted/.test(flags)).map(({ uid }) => uid);
      expect([this.name, ...[...this.#context.uids].sort((a, b) => a - b)]).toEqual([this.name, ...open]);
    }
    if (!partly) expect([this.name, picture.messages.length]).toEqual([this.name, truth.length]);
    if (!partly && !manner.uidOnly) {
      expect([this.name, ...picture.messages.map(({ uid }) => uid)]).toEqual([
        this.name,
        ...truth.map(({ uid }) => uid),
      ]);
    }
    for (const { uid, flags } of picture.messages) {
      if (uid === undefined || (partly && !there.has(uid))) continue;
      const real = there.get(uid);
      expect({ by: this.name, uid, flags: flags ?? real?.flags }).toEqual({ by: this.name, uid, flags: real?.flags });
    }
  }

  /** New messages come behind those that are known, in the order of their UIDs. */
  #name(truth: readonly number[]): void {
    const { messages } = this.picture;
    const first = messages.findIndex(({ uid }) => uid === undefined);
    if (first < 0) return;
    const before = messages[first - 1]?.uid ?? 0;
    const fresh = truth.filter((uid) => uid > before);
    if (fresh.length !== messages.length - first) return;
    for (const [index, uid] of fresh.entries()) (messages[first + index] as { uid: number | undefined }).uid ??= uid;
  }

  /** Whatever is asked of a session that is to end: it ends with BYE. Then its user comes back. */
  async endAndReturn(): Promise<void> {
    this.client.dialogue.sendRaw("bye NOOP\r\n");
    for (;;) {
      const line = await this.client.response();
      if (line.startsWith("* BYE")) break;
      if (line.startsWith("bye ")) throw new Error(`${this.name} should have been shown out, and heard ${line}`);
    }
    this.client.dialogue.destroy();
    await this.enter();
  }
}

/** All of it, for one seed. */
export class Town {
  readonly random: (below: number) => number;
  readonly rooms: Room[] = [];
  readonly players: Player[] = [];
  ownMarks = false;
  labels = 0;
  /** How many UIDs a set names at most. */
  span = 12;
  names = 0;
  /** What was done last, for whoever looks for what went wrong. */
  readonly history: string[] = [];

  constructor(
    readonly house: House,
    readonly seed: number,
  ) {
    this.random = generator(seed);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.random(list.length)] as T;
  }

  note(what: string): void {
    this.history.push(what.replaceAll("\r\n", " ").slice(0, 160));
    if (this.history.length > 40) this.history.shift();
  }

  chance(one: number): boolean {
    return this.random(one) === 0;
  }

  /** Makes the folder, as it is to be. */
  async build(room: Room): Promise<void> {
    const owner = await this.house.enter(room.owner);
    await owner.ok(`CREATE ${room.path}`);
    for (const [user, rights] of room.rights) await owner.ok(`SETACL ${room.path} ${user} "${rights}"`);
    const [status = ""] = await owner.ok(`STATUS ${room.path} (UIDVALIDITY)`);
    room.uidValidity = Number(/UIDVALIDITY (\d+)/.exec(status)?.[1]);
    room.id = this.house.folderId(room.owner, room.path);
    owner.dialogue.destroy();
  }

  async setOwnMarks(ownReadMarks: boolean): Promise<void> {
    const { directory, mailstore, store } = this.house;
    if (this.ownMarks !== ownReadMarks) {
      for (const player of this.players) {
        if (player.room?.owner === OWNER && player.user !== OWNER) player.doomed = true;
      }
    }
    this.note(`own marks: ${ownReadMarks}`);
    this.ownMarks = ownReadMarks;
    const mailbox = this.house.user(OWNER).primaryMailbox;
    // As the administration does it.
    await store.commit((tx) => {
      directory.mailboxes.updateWithin(tx, mailbox, { ownReadMarks });
      mailstore.reflagWithin(tx, mailbox);
    });
  }

  /** Everybody leaves, and the folders go. */
  async close(): Promise<void> {
    for (const { client } of this.players) client.dialogue.destroy();
    for (const room of this.rooms) {
      const owner = await this.house.enter(room.owner);
      await owner.ok(`DELETE ${room.path}`);
      owner.dialogue.destroy();
    }
  }
}
