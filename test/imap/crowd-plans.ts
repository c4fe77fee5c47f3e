/**
 * What somebody in a crowd does next: a command made from what he was told, and what its answer says about the folders. `learn`
 * checks the answer and brings the model up to date; where several act at once it is not called.
 */
import { expect } from "bun:test";
import type { Answer } from "./client.ts";
import type { Letter, Player, Room } from "./crowd.ts";
import { message } from "./house.ts";
import { expand } from "./picture.ts";

export interface Plan {
  readonly command: string;
  /** No message numbers stand in it: what is gone may be told (RFC 9051 §7.5.1). */
  readonly mayExpunge: boolean;
  learn(answer: Answer): void;
}

export const FLAGS = ["\\Seen", "\\Flagged", "\\Answered", "\\Draft", "\\Deleted", "Red", "Blue"];

/** Messages that a command names: the set, and which ones these are. */
interface Chosen {
  readonly prefix: "" | "UID ";
  readonly set: string;
  /** Those that the client knows of, by what it was told; also ones that are gone. */
  readonly uids: readonly number[];
}

const ok = ({ tagged }: Answer) => tagged.startsWith("OK");
const code = ({ tagged }: Answer, name: string) => new RegExp(`\\[${name} ([^\\]]*)\\]`).exec(tagged)?.[1];

/** Some messages, by number where the client has numbers, or by UID. */
function choose(player: Player, few = false): Chosen {
  const { town, picture, saved } = player;
  const known = picture.messages.map(({ uid }) => uid);
  if (player.numbers && known.length > 0 && town.chance(2)) {
    const [a, b] = [1 + town.random(known.length), 1 + town.random(known.length)];
    const [first, last] = few ? [a, a] : [Math.min(a, b), Math.max(a, b)];
    return {
      prefix: "",
      set: first === last ? `${a}` : `${first}:${last}`,
      uids: known.slice(first - 1, last) as number[],
    };
  }
  if (!few && saved.length > 0 && known.every((uid) => uid !== undefined) && town.chance(4)) {
    return { prefix: "UID ", set: "$", uids: saved.filter((uid) => known.includes(uid)) };
  }
  const largest = Math.max(1, ...known.map((uid) => uid ?? 0));
  const first = 1 + town.random(largest + 3);
  const last = few ? first : first + town.random(town.span);
  const within = known.filter((uid) => uid !== undefined && uid >= first && uid <= last) as number[];
  return { prefix: "UID ", set: first === last ? `${first}` : `${first}:${last}`, uids: within };
}

function someFlags(player: Player): string[] {
  const { town } = player;
  return [...new Set(Array.from({ length: 1 + town.random(3) }, () => town.pick(FLAGS)))];
}

const alive = (room: Room, uids: readonly number[]): Letter[] =>
  room.letters.filter(({ uid }) => uids.includes(uid)).sort((a, b) => a.uid - b.uid);

/** Whether a command by number names a message that is gone. */
const misses = (room: Room, { prefix, uids }: Chosen) => prefix === "" && alive(room, uids).length < uids.length;

const selectedRoom = (player: Player): Room => player.room as Room;

/** A message as literal, with what stands before it. */
function letterFor(player: Player): { text: string; label: number; day: number; flags: string[] } {
  const { town } = player;
  const [label, day, flags] = [++town.labels, 1 + town.random(28), town.chance(2) ? someFlags(player) : []];
  const mail = message(`m${label}`);
  const date = `"${String(day).padStart(2, " ")}-Jul-1996 02:44:25 +0000"`;
  return { text: `(${flags.join(" ")}) ${date} {${mail.length}+}\r\n${mail}`, label, day, flags };
}

function append(player: Player): Plan {
  const { town, user } = player;
  const room = town.pick(town.rooms);
  const letters = Array.from({ length: town.chance(3) ? 2 : 1 }, () => letterFor(player));
  return {
    command: `APPEND ${room.nameFor(user)} ${letters.map(({ text }) => text).join(" ")}`,
    mayExpunge: true,
    learn: (answer) => {
      expect(ok(answer)).toBe(room.rightsOf(user).includes("i"));
      const [validity, uids = ""] = code(answer, "APPENDUID")?.split(" ") ?? [];
      if (!ok(answer)) return;
      expect(Number(validity)).toBe(room.uidValidity);
      expect(expand(uids)).toHaveLength(letters.length);
      for (const [index, uid] of expand(uids).entries()) {
        const { label, day, flags } = letters[index] as (typeof letters)[number];
        room.add(user, uid, label, day, flags);
      }
    },
  };
}

/** A message of which another is a part, put together by the server (RFC 4469). */
function catenate(player: Player): Plan {
  const { town, user } = player;
  const room = selectedRoom(player);
  const { uids } = choose(player, true);
  const [uid = 1] = uids;
  const label = ++town.labels;
  const head = message(`m${label}`, "");
  return {
    command: `APPEND ${room.nameFor(user)} " 1-Jul-1996 02:44:25 +0000" CATENATE (TEXT {${head.length}+}\r\n${head} URL ;UID=${uid}/;SECTION=TEXT)`,
    mayExpunge: true,
    learn: (answer) => {
      expect(ok(answer)).toBe(room.rightsOf(user).includes("i") && room.letter(uid) !== undefined);
      const [, fresh] = code(answer, "APPENDUID")?.split(" ") ?? [];
      if (fresh !== undefined) room.add(user, Number(fresh), label, 1, []);
    },
  };
}

async function store(player: Player, strict: boolean): Promise<Plan> {
  const { town, user, manner, readOnly } = player;
  const room = selectedRoom(player);
  const chosen = choose(player);
  const mode = town.pick(["", "+", "-"]);
  const flags = someFlags(player);
  const all = ["s", "t", "w"].every((right) => player.rights.includes(right)) && !readOnly;
  const since = strict && town.chance(3) ? 1 + town.random(80) : undefined;
  // Who hears of flags at any time cannot tell whether a line came before his own silent change or after.
  const silent =
    strict && all && chosen.set !== "$" && since === undefined && manner.notify === undefined && town.chance(3);
  const condition = since === undefined ? "" : ` (UNCHANGEDSINCE ${since})`;
  const before = since === undefined ? [] : await room.stored(user);
  return {
    command: `${chosen.prefix}STORE ${chosen.set}${condition} ${mode}FLAGS${silent ? ".SILENT" : ""} (${flags.join(" ")})`,
    mayExpunge: chosen.prefix !== "",
    learn: (answer) => {
      const touches = (mode === "" ? FLAGS : flags).some((flag) => room.reaches(user, flag));
      if (readOnly || !touches) {
        expect(ok(answer)).toBe(false);
        return;
      }
      const modseqs = new Map(before.map(({ uid, modseq }) => [uid, modseq]));
      const spared = alive(room, chosen.uids).filter(({ uid }) => (modseqs.get(uid) ?? 0) > (since ?? Infinity));
      expect(ok(answer)).toBe(spared.length === 0 || !misses(room, chosen));
      const number = (uid: number) => player.numberBefore(uid);
      const told = spared.map(({ uid }) => (chosen.prefix === "" ? number(uid) : uid));
      expect(expand(code(answer, "MODIFIED") ?? "").filter(Boolean)).toEqual(told);
      for (const letter of alive(room, chosen.uids)) {
        if (spared.includes(letter)) continue;
        const now = room.flagsFor(user, letter);
        const wished =
          mode === "" ? flags : mode === "+" ? [...now, ...flags] : [...now].filter((f) => !flags.includes(f));
        room.setFlags(user, letter, new Set(wished));
      }
    },
  };
}

function fetch(player: Player): Plan {
  const { town, user, readOnly } = player;
  const room = selectedRoom(player);
  const chosen = choose(player);
  const items = town.pick([
    "(UID FLAGS)",
    "(FLAGS MODSEQ)",
    "(UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])",
    "(UID BODY[TEXT])",
  ]);
  const seeing = items.includes("BODY[");
  return {
    command: `${chosen.prefix}FETCH ${chosen.set} ${items}`,
    mayExpunge: chosen.prefix !== "",
    learn: (answer) => {
      const there = alive(room, chosen.uids);
      if (!misses(room, chosen)) expect(ok(answer)).toBe(true);
      const shown = answer.untagged.filter((line) => /^\d+ (UID)?FETCH .*(BODY|FLAGS)/s.test(line));
      expect(shown.length).toBeGreaterThanOrEqual(there.length);
      for (const line of answer.untagged) {
        const uid = Number(/^(\d+) UIDFETCH/.exec(line)?.[1] ?? /UID (\d+)/.exec(line)?.[1]);
        const label = /Subject: m(\d+)/.exec(line)?.[1];
        if (label) expect([uid, Number(label)]).toEqual([uid, room.letter(uid)?.label as number]);
      }
      if (!seeing || readOnly || !room.reaches(user, "\\Seen")) return;
      for (const letter of there) room.setFlags(user, letter, new Set([...room.flagsFor(user, letter), "\\Seen"]));
    },
  };
}

/** What changed since, and by UID what went (RFC 7162 §3.1.4, §3.2.6). */
async function fetchChanged(player: Player): Promise<Plan> {
  const { town, user, resyncs } = player;
  const room = selectedRoom(player);
  const chosen = choose(player);
  const since = 1 + town.random(60);
  const vanished = resyncs && chosen.prefix !== "" ? " VANISHED" : "";
  const stored = await room.stored(user);
  return {
    command: `${chosen.prefix}FETCH ${chosen.set} (FLAGS) (CHANGEDSINCE ${since}${vanished})`,
    mayExpunge: chosen.prefix !== "",
    learn: ({ untagged }) => {
      const changed = stored.filter(({ uid, modseq }) => chosen.uids.includes(uid) && modseq > since);
      const told = untagged.map((line) => /^(\d+) (?:UID)?FETCH .*FLAGS/.exec(line)?.[1]).filter(Boolean);
      const named = changed.map(({ uid }) => `${player.manner.uidOnly ? uid : player.numberBefore(uid)}`);
      expect(told).toEqual(expect.arrayContaining(named));
      for (const line of untagged) {
        const gone = expand(/^VANISHED \(EARLIER\) ([\d:,]+)$/.exec(line)?.[1] ?? "0");
        expect(gone.filter((uid) => room.letter(uid) !== undefined)).toEqual([]);
      }
    },
  };
}

/** A search key, and what it means. */
function searchKey(player: Player, depth = 0): { text: string; fits(letter: Letter): boolean } {
  const { town, user } = player;
  const room = selectedRoom(player);
  const has = (letter: Letter, flag: string) => room.flagsFor(user, letter).has(flag);
  switch (town.random(depth < 2 ? 8 : 5)) {
    case 0: {
      const flag = town.pick(FLAGS);
      const word = flag.startsWith("\\") ? flag.slice(1).toUpperCase() : `KEYWORD ${flag}`;
      return { text: word, fits: (letter) => has(letter, flag) };
    }
    case 1: {
      const flag = town.pick(FLAGS);
      const word = flag.startsWith("\\") ? `UN${flag.slice(1).toUpperCase()}` : `UNKEYWORD ${flag}`;
      return { text: word, fits: (letter) => !has(letter, flag) };
    }
    case 2: {
      const part = `${1 + town.random(20)}`;
      return { text: `SUBJECT m${part}`, fits: ({ label }) => `m${label}`.includes(`m${part}`) };
    }
    case 3: {
      const day = 1 + town.random(28);
      const [text, fits] = town.pick([
        [`ON ${day}-Jul-1996`, (letter: Letter) => letter.day === day],
        [`BEFORE ${day}-Jul-1996`, (letter: Letter) => letter.day < day],
        [`SINCE ${day}-Jul-1996`, (letter: Letter) => letter.day >= day],
      ] as const);
      return { text, fits };
    }
    case 4: {
      const { prefix, set, uids } = choose(player);
      return { text: `${prefix}${set}`.replace("UID $", "$"), fits: ({ uid }) => uids.includes(uid) };
    }
    case 5: {
      const inner = searchKey(player, depth + 1);
      return { text: `NOT ${inner.text}`, fits: (letter) => !inner.fits(letter) };
    }
    case 6: {
      const [a, b] = [searchKey(player, depth + 1), searchKey(player, depth + 1)];
      return { text: `OR ${a.text} ${b.text}`, fits: (letter) => a.fits(letter) || b.fits(letter) };
    }
    default: {
      const [a, b] = [searchKey(player, depth + 1), searchKey(player, depth + 1)];
      return { text: `(${a.text} ${b.text})`, fits: (letter) => a.fits(letter) && b.fits(letter) };
    }
  }
}

/** Messages found, as the client knows them: those that came since it was told are not among them. */
function found(player: Player, fits: (letter: Letter) => boolean): Letter[] {
  const known = new Set(player.known);
  return selectedRoom(player).letters.filter((letter) => known.has(letter.uid) && fits(letter));
}

function search(player: Player): Plan {
  const { town, manner } = player;
  const key = searchKey(player);
  const byUid = !player.numbers || town.chance(2);
  const returns = town.pick([
    "",
    "RETURN (ALL) ",
    "RETURN (MIN MAX COUNT) ",
    "RETURN (SAVE) ",
    "RETURN (SAVE ALL COUNT) ",
  ]);
  return {
    command: `${byUid ? "UID " : ""}SEARCH ${returns}${key.text}`,
    mayExpunge: byUid,
    learn: (answer) => {
      const letters = found(player, key.fits);
      if (returns.includes("SAVE")) player.saved = letters.map(({ uid }) => uid);
      const results = letters.map(({ uid }) => (byUid ? uid : player.numberBefore(uid)));
      const plain = answer.untagged.find((line) => line.startsWith("SEARCH"));
      const extended = answer.untagged.find((line) => line.startsWith("ESEARCH"));
      if (returns === "" && !manner.enable?.includes("IMAP4rev2")) {
        expect(plain?.split(" ").slice(1).map(Number)).toEqual(results);
      } else if (returns !== "RETURN (SAVE) ") {
        const value = (word: string) => new RegExp(` ${word} (\\S+)`).exec(extended ?? "")?.[1];
        if (/ALL|^$/.test(returns)) expect(expand(value("ALL") ?? "").filter(Boolean)).toEqual(results);
        if (returns.includes("COUNT")) expect(Number(value("COUNT"))).toBe(results.length);
        if (returns.includes("MIN"))
          expect([value("MIN"), value("MAX")]).toEqual([results[0], results.at(-1)].map((n) => n?.toString()));
      }
    },
  };
}

function sort(player: Player): Plan {
  const key = searchKey(player);
  const { town } = player;
  const byUid = !player.numbers || town.chance(2);
  const bySubject = (a: Letter, b: Letter) =>
    Number(`m${a.label}` > `m${b.label}`) - Number(`m${a.label}` < `m${b.label}`);
  const byDay = (a: Letter, b: Letter) => a.day - b.day;
  const [criteria, order] = town.pick([
    ["SUBJECT", bySubject],
    ["ARRIVAL", byDay],
    ["REVERSE ARRIVAL", (a: Letter, b: Letter) => byDay(b, a)],
    ["REVERSE SUBJECT ARRIVAL", (a: Letter, b: Letter) => bySubject(b, a) || byDay(a, b)],
    ["FROM DATE", () => 0],
  ] as const);
  return {
    command: `${byUid ? "UID " : ""}SORT (${criteria}) UTF-8 ${key.text}`,
    mayExpunge: byUid,
    learn: ({ untagged }) => {
      const letters = found(player, key.fits).sort((a, b) => order(a, b) || a.uid - b.uid);
      const line = untagged.find((each) => each.startsWith("SORT"));
      const results = letters.map(({ uid }) => (byUid ? uid : player.numberBefore(uid)));
      expect(line?.split(" ").slice(1).map(Number)).toEqual(results);
    },
  };
}

/** One thread: the first message, and each other one as its child (RFC 5256 §3). */
function threadText([first, ...others]: readonly number[]): string {
  if (others.length <= 1) return `(${[first, ...others].join(" ")})`;
  return `(${first} ${others.map((number) => `(${number})`).join("")})`;
}

function thread(player: Player): Plan {
  const key = searchKey(player);
  const { town } = player;
  const byUid = !player.numbers || town.chance(2);
  const how = town.pick(["ORDEREDSUBJECT", "REFERENCES"]);
  return {
    command: `${byUid ? "UID " : ""}THREAD ${how} UTF-8 ${key.text}`,
    mayExpunge: byUid,
    learn: ({ untagged }) => {
      const line = untagged.find((each) => each.startsWith("THREAD")) ?? "";
      const letters = found(player, key.fits);
      const named = ({ uid }: Letter) => (byUid ? uid : player.numberBefore(uid));
      const told = [...line.matchAll(/\d+/g)].map(Number);
      expect(told.sort((a, b) => a - b)).toEqual(letters.map(named));
      if (how === "REFERENCES") return;
      // All say that they were sent at the same time: their order is that of their numbers.
      const threads = Map.groupBy(letters, ({ label }) => label);
      const texts = [...threads.values()].map((members) => threadText(members.map(named)));
      expect(line.slice("THREAD ".length)).toBe(texts.join(""));
    },
  };
}

function copy(player: Player, move: boolean): Plan {
  const { town, user, readOnly } = player;
  const room = selectedRoom(player);
  const target = town.pick(town.rooms);
  const chosen = choose(player);
  return {
    command: `${chosen.prefix}${move ? "MOVE" : "COPY"} ${chosen.set} ${target.nameFor(user)}`,
    mayExpunge: true,
    learn: (answer) => {
      const may =
        target.rightsOf(user).includes("i") &&
        (!move || (!readOnly && /t/.test(player.rights) && /e/.test(player.rights)));
      const letters = alive(room, chosen.uids);
      expect(ok(answer)).toBe(may && !misses(room, chosen));
      if (!ok(answer)) return;
      const told = [...answer.untagged, answer.tagged]
        .map((text) => /\[COPYUID ([^\]]*)\]/.exec(text)?.[1])
        .find(Boolean);
      expect(told !== undefined).toBe(letters.length > 0);
      if (told === undefined) return;
      const [validity, from = "", to = ""] = told.split(" ");
      expect([Number(validity), ...expand(from)]).toEqual([target.uidValidity, ...letters.map(({ uid }) => uid)]);
      for (const [index, uid] of expand(to).entries()) target.addCopy(user, uid, room, letters[index] as Letter);
      if (move) room.remove(expand(from));
    },
  };
}

function expunge(player: Player): Plan {
  const { town, user, readOnly } = player;
  const room = selectedRoom(player);
  const chosen = town.chance(2) ? choose(player) : undefined;
  const some = chosen?.prefix === "UID " ? chosen : undefined;
  return {
    command: some ? `UID EXPUNGE ${some.set}` : "EXPUNGE",
    mayExpunge: true,
    learn: (answer) => {
      const may = !readOnly && room.rightsOf(user).includes("e");
      expect(ok(answer)).toBe(may);
      if (!may) return;
      const doomed = found(player, ({ uid, flags }) => flags.has("\\Deleted") && (some?.uids.includes(uid) ?? true));
      room.remove(doomed.map(({ uid }) => uid));
    },
  };
}

function replace(player: Player): Plan {
  const { town, user, readOnly } = player;
  const room = selectedRoom(player);
  const target = town.pick(town.rooms);
  const { prefix, set, uids } = choose(player, true);
  const { text, label, day, flags } = letterFor(player);
  return {
    command: `${prefix}REPLACE ${set} ${target.nameFor(user)} ${text}`,
    mayExpunge: true,
    learn: (answer) => {
      const may =
        !readOnly && /t/.test(player.rights) && /e/.test(player.rights) && target.rightsOf(user).includes("i");
      const [letter] = alive(room, uids);
      expect(ok(answer)).toBe(may && letter !== undefined);
      if (!ok(answer)) return;
      const told = answer.untagged.map((line) => /\[APPENDUID \d+ (\d+)\]/.exec(line)?.[1]).find(Boolean);
      room.remove(uids);
      target.add(user, Number(told), label, day, flags);
    },
  };
}

function status(player: Player): Plan {
  const { town, user } = player;
  const room = town.pick(town.rooms);
  return {
    command: `STATUS ${room.nameFor(user)} (MESSAGES UNSEEN DELETED UIDVALIDITY)`,
    mayExpunge: true,
    learn: (answer) => {
      expect(ok(answer)).toBe(room.rightsOf(user).includes("r"));
      if (!ok(answer)) return;
      const unseen = room.letters.filter((letter) => !room.flagsFor(user, letter).has("\\Seen")).length;
      const deleted = room.letters.filter(({ flags }) => flags.has("\\Deleted")).length;
      const counts = `(MESSAGES ${room.letters.length} UNSEEN ${unseen} DELETED ${deleted} UIDVALIDITY ${room.uidValidity})`;
      // NOTIFY may have told of the same folder before.
      expect(answer.untagged.filter((line) => line.startsWith("STATUS")).join()).toContain(counts);
    },
  };
}

function ask(player: Player): Plan {
  const command = player.town.pick(["NOOP", "CHECK", "UID FETCH 1:* (FLAGS)"]);
  return { command, mayExpunge: true, learn: (answer) => expect(ok(answer)).toBe(true) };
}

/** Something to do in the folder that is open. `strict` where nobody else acts meanwhile. */
export async function plan(player: Player, strict: boolean): Promise<Plan> {
  const kinds: (() => Plan | Promise<Plan>)[] = [
    ...[() => append(player), () => append(player), () => store(player, strict), () => store(player, strict)],
    ...[
      () => store(player, strict),
      () => fetch(player),
      () => fetch(player),
      () => search(player),
      () => sort(player),
    ],
    ...[() => thread(player), () => copy(player, false), () => copy(player, true), () => expunge(player)],
    ...[
      () => replace(player),
      () => status(player),
      () => fetchChanged(player),
      () => ask(player),
      () => ask(player),
      () => catenate(player),
    ],
  ];
  return await player.town.pick(kinds)();
}
