/** Listings: LIST and NLST as ls has them, MLSD and MLST as programs read them (RFC 3659 §7). */
import type { Entry } from "../../files/files.ts";
import { normalise } from "../../files/names.ts";
import type { Command } from "./commands.ts";
import { patternOf } from "./pattern.ts";
import { reply, replyLines } from "./reply.ts";
import type { FtpSession } from "./session.ts";
import { formatTime, listTime } from "./times.ts";

/** The facts of RFC 3659 §7.5 that are told. */
export const FACTS = ["type", "size", "modify", "perm", "unique", "UNIX.mode"] as const;

/** One line of MLSD: facts and, after a blank, the name. */
export function factsOf(entry: Entry, wanted: ReadonlySet<string> | undefined, mayModify: boolean): string {
  const all: Record<(typeof FACTS)[number], string | undefined> = {
    type: { file: "file", folder: "dir", link: "OS.unix=slink", special: "OS.unix=special" }[entry.kind],
    size: entry.kind === "file" ? String(entry.size) : undefined,
    modify: formatTime(entry.modified),
    perm: permissionsOf(entry, mayModify && entry.writable),
    unique: entry.id,
    "UNIX.mode": `0${entry.mode.toString(8).padStart(3, "0")}`,
  };
  return FACTS.filter((fact) => all[fact] !== undefined && (wanted === undefined || wanted.has(fact)))
    .map((fact) => `${fact}=${all[fact]};`)
    .join("");
}

/** RFC 3659 §7.5.5: what commands would be taken here. */
function permissionsOf({ kind }: Entry, writable: boolean): string {
  if (kind === "folder") return writable ? "flcdmpe" : "el";
  if (kind === "file") return writable ? "radfw" : "r";
  return writable ? "df" : "";
}

function modeText({ kind, mode }: Entry): string {
  const bits = [..."rwxrwxrwx"].map((letter, index) => ((mode >> (8 - index)) & 1 ? letter : "-")).join("");
  return { file: "-", folder: "d", link: "l", special: "?" }[kind] + bits;
}

/** One line as ls -l writes it. */
export function longLine(entry: Entry, now: number): string {
  const size = String(entry.size).padStart(12);
  return `${modeText(entry)}   1 owner    group    ${size} ${listTime(entry.modified, now)} ${entry.name}`;
}

/** Options of ls that clients send out of habit ("-al") are not names. */
function withoutOptions(rest: string): string {
  return rest.replace(/^(?:-[A-Za-z1]+(?:\s+|$))+/, "").trim();
}

/** What LIST and NLST mean: a folder's entries, one entry, or those that a pattern of the last name fits. */
async function* meant(session: FtpSession, given: string): AsyncGenerator<{ entry: Entry; prefix: string }> {
  const { jail } = session;
  const slash = given.lastIndexOf("/");
  const [before, last] = [given.slice(0, slash + 1), given.slice(slash + 1)];
  if (last !== "") {
    const exact = await jail.find(session.path(given));
    if (exact && exact.kind !== "folder") {
      yield { entry: { ...exact, name: last }, prefix: before };
      return;
    }
    const pattern = exact ? undefined : patternOf(last);
    if (pattern) {
      for await (const entry of jail.list(session.path(before || "."))) {
        const hidden = entry.name.startsWith(".") && !last.startsWith(".");
        if (!hidden && pattern(entry.name)) yield { entry, prefix: before };
      }
      return;
    }
  }
  const prefix = given === "" ? "" : given.endsWith("/") ? given : `${given}/`;
  for await (const entry of jail.list(session.path(given || "."))) yield { entry, prefix };
}

/** Sends lines over the data connection; the first is looked for before, so that what is not there is refused at once. */
async function lines(session: FtpSession, doing: string, made: AsyncGenerator<string>): Promise<string> {
  const first = await made.next();
  const all = (async function* () {
    if (first.done !== true) yield first.value;
    yield* made;
  })();
  return session.begin(doing, "Here comes the listing.", async (transfer, data) => {
    await transfer.sendLines(all, data);
    return reply(226, "That was all.");
  });
}

/** RFC 959 §4.1.3. */
export const list: Command = {
  verb: "LIST",
  states: "in",
  syntax: "LIST [path or pattern]",
  rfc: "RFC 959 §4.1.3",
  summary: "Lists a folder as ls -l does, times in UTC.",
  run: async (session, rest) => {
    const now = Date.now();
    return await lines(
      session,
      `LIST ${rest}`,
      (async function* () {
        for await (const { entry } of meant(session, withoutOptions(rest))) yield longLine(entry, now);
      })(),
    );
  },
};

/** RFC 959 §4.1.3. A name is as it was asked for, so that it can be given to RETR. */
export const nlst: Command = {
  verb: "NLST",
  states: "in",
  syntax: "NLST [path or pattern]",
  rfc: "RFC 959 §4.1.3",
  summary: "Lists names only.",
  run: async (session, rest) =>
    await lines(
      session,
      `NLST ${rest}`,
      (async function* () {
        for await (const { entry, prefix } of meant(session, withoutOptions(rest))) yield `${prefix}${entry.name}`;
      })(),
    ),
};

/** RFC 3659 §7. */
export const mlsd: Command = {
  verb: "MLSD",
  states: "in",
  syntax: "MLSD [path]",
  rfc: "RFC 3659 §7",
  summary: "Lists a folder with facts, for programs.",
  run: async (session, rest) => {
    const { facts, mayModify, jail } = session;
    if ((await jail.stat(session.path(rest))).kind !== "folder")
      return reply(501, "That is no folder; MLST tells about files.");
    return await lines(
      session,
      `MLSD ${rest}`,
      (async function* () {
        for await (const entry of jail.list(session.path(rest)))
          yield `${factsOf(entry, facts, mayModify)} ${entry.name}`;
      })(),
    );
  },
};

/** RFC 3659 §7. */
export const mlst: Command = {
  verb: "MLST",
  states: "in",
  syntax: "MLST [path]",
  rfc: "RFC 3659 §7",
  summary: "Tells the facts of one file or folder.",
  features: ({ facts }) => [`MLST ${FACTS.map((fact) => `${fact}${!facts || facts.has(fact) ? "*" : ""};`).join("")}`],
  run: async (session, rest) => {
    const path = normalise(session.path(rest));
    const entry = await session.jail.stat(path);
    return replyLines(250, "Facts:", [`${factsOf(entry, session.facts, session.mayModify)} ${path}`], "End.");
  },
};
