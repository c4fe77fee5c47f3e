/** Files and folders by name: CWD, CDUP, PWD, MKD, RMD, DELE, RNFR, RNTO, SIZE, MDTM, MFMT, HASH, SITE. */
import { normalise } from "../../files/names.ts";
import { Refusal } from "../../refusal.ts";
import { ToNetwork } from "./ascii.ts";
import type { Command } from "./commands.ts";
import { quoted, reply, replyLines, SyntaxRefusal } from "./reply.ts";
import type { FtpSession } from "./session.ts";
import { formatTime, parseTime } from "./times.ts";

/** Algorithms of HASH, with the names of Bun's hashes. */
export const ALGORITHMS: ReadonlyMap<string, "sha256" | "sha512" | "sha1" | "md5"> = new Map([
  ["SHA-256", "sha256"],
  ["SHA-512", "sha512"],
  ["SHA-1", "sha1"],
  ["MD5", "md5"],
]);

/** A text larger than this is not read through to tell what its size would be on the way (octets). */
const MOST_TEXT = 16 * 1024 * 1024;

function needed(rest: string, { syntax }: Command): string {
  if (rest === "") throw new SyntaxRefusal(syntax);
  return rest;
}

async function enterFolder(session: FtpSession, given: string, code: number): Promise<string> {
  const path = normalise(session.path(given));
  if ((await session.jail.stat(path)).kind !== "folder") throw new Refusal("notFound", "That is no folder.");
  session.folder = path;
  return reply(code, `${quoted(path)} is where you are now.`);
}

/** RFC 959 §4.1.1. */
export const cwd: Command = {
  verb: "CWD",
  also: ["XCWD"],
  states: "in",
  syntax: "CWD path",
  rfc: "RFC 959 §4.1.1",
  summary: "Goes into a folder.",
  run: async (session, rest) => await enterFolder(session, needed(rest, cwd), 250),
};

/** RFC 959 §4.1.1. */
export const cdup: Command = {
  verb: "CDUP",
  also: ["XCUP"],
  states: "in",
  syntax: "CDUP",
  rfc: "RFC 959 §4.1.1",
  summary: "Goes up one folder.",
  run: async (session) => await enterFolder(session, "..", 250),
};

/** RFC 959 §4.1.3. */
export const pwd: Command = {
  verb: "PWD",
  also: ["XPWD"],
  states: "in",
  syntax: "PWD",
  rfc: "RFC 959 §4.1.3",
  summary: "Tells the folder.",
  run: (session) => reply(257, `${quoted(session.folder)} is where you are.`),
};

/** RFC 959 §4.1.3. */
export const mkd: Command = {
  verb: "MKD",
  also: ["XMKD"],
  states: "in",
  syntax: "MKD path",
  rfc: "RFC 959 §4.1.3",
  summary: "Makes a folder.",
  modifies: true,
  run: async (session, rest) => {
    const path = normalise(session.path(needed(rest, mkd)));
    await session.jail.mkdir(path);
    return reply(257, `${quoted(path)} is there now.`);
  },
};

/** RFC 959 §4.1.3. */
export const rmd: Command = {
  verb: "RMD",
  also: ["XRMD"],
  states: "in",
  syntax: "RMD path",
  rfc: "RFC 959 §4.1.3",
  summary: "Removes an empty folder.",
  modifies: true,
  run: async (session, rest) => {
    await session.jail.removeDir(session.path(needed(rest, rmd)));
    return reply(250, "Removed.");
  },
};

/** RFC 959 §4.1.3. */
export const dele: Command = {
  verb: "DELE",
  states: "in",
  syntax: "DELE path",
  rfc: "RFC 959 §4.1.3",
  summary: "Removes a file.",
  modifies: true,
  run: async (session, rest) => {
    const path = normalise(session.path(needed(rest, dele)));
    await session.jail.remove(path);
    session.log("file.removed", `DELE ${path}`);
    return reply(250, "Removed.");
  },
};

/** RFC 959 §4.1.3. */
export const rnfr: Command = {
  verb: "RNFR",
  states: "in",
  syntax: "RNFR path",
  rfc: "RFC 959 §4.1.3",
  summary: "Names what is to be renamed; RNTO follows.",
  modifies: true,
  run: async (session, rest) => {
    const path = normalise(session.path(needed(rest, rnfr)));
    await session.jail.stat(path);
    session.renameFrom = path;
    return reply(350, "Now the new name: RNTO.");
  },
};

/** RFC 959 §4.1.3. A file of the new name is replaced, as everywhere. */
export const rnto: Command = {
  verb: "RNTO",
  states: "in",
  syntax: "RNTO path",
  rfc: "RFC 959 §4.1.3",
  summary: "Renames or moves what RNFR named.",
  modifies: true,
  run: async (session, rest) => {
    const { renameFrom } = session;
    session.renameFrom = undefined;
    if (renameFrom === undefined) return reply(503, "Say RNFR first.");
    const path = normalise(session.path(needed(rest, rnto)));
    await session.jail.rename(renameFrom, path, { replace: true });
    return reply(250, "Renamed.");
  },
};

/** RFC 3659 §4: the octets that RETR would send now, so in TYPE A those of the text on the way. */
export const size: Command = {
  verb: "SIZE",
  states: "in",
  syntax: "SIZE path",
  rfc: "RFC 3659 §4",
  summary: "Tells how many octets RETR would send.",
  features: () => ["SIZE"],
  run: async (session, rest) => {
    const path = session.path(needed(rest, size));
    const entry = await session.jail.stat(path);
    if (entry.kind !== "file") throw new Refusal("notFound", "That is no file.");
    if (session.type === "I") return reply(213, String(entry.size));
    if (entry.size > MOST_TEXT) return reply(550, "The text is too large to be counted; say TYPE I.");
    const file = await session.jail.openRead(path);
    try {
      const convert = new ToNetwork();
      let octets = 0;
      for await (const piece of file.pieces()) octets += convert.convert(piece).length;
      return reply(213, String(octets));
    } finally {
      await file.close();
    }
  },
};

/** RFC 3659 §3. */
export const mdtm: Command = {
  verb: "MDTM",
  states: "in",
  syntax: "MDTM path",
  rfc: "RFC 3659 §3",
  summary: "Tells when a file was changed last, in UTC.",
  features: () => ["MDTM"],
  run: async (session, rest) => {
    const entry = await session.jail.stat(session.path(needed(rest, mdtm)));
    return reply(213, formatTime(entry.modified));
  },
};

/** Sets a file's time as MFMT of draft-somers-ftp-mfxx has it; times are written as in RFC 3659 §2.3. */
export const mfmt: Command = {
  verb: "MFMT",
  states: "in",
  syntax: "MFMT time path",
  rfc: "RFC 3659 §2.3",
  summary: "Sets when a file was changed last.",
  modifies: true,
  features: () => ["MFMT"],
  run: async (session, rest) => {
    const [written = "", ...path] = rest.split(" ");
    const time = parseTime(written);
    if (time === undefined || path.length === 0) throw new SyntaxRefusal(mfmt.syntax);
    await session.jail.setModified(session.path(path.join(" ")), time);
    return reply(213, `Modify=${formatTime(time)}; ${path.join(" ")}`);
  },
};

/** HASH of draft-bryan-ftpext-hash, over the whole file; announced by FEAT (RFC 2389 §3). */
export const hash: Command = {
  verb: "HASH",
  states: "in",
  syntax: "HASH path",
  rfc: "RFC 2389 §3",
  summary: "Tells a file's hash, to compare after a transfer.",
  features: ({ hashName }) => [
    `HASH ${[...ALGORITHMS.keys()].map((name) => (name === hashName ? `${name}*` : name)).join(";")}`,
  ],
  run: async (session, rest) => {
    const path = session.path(needed(rest, hash));
    const file = await session.jail.openRead(path);
    try {
      const hasher = new Bun.CryptoHasher(ALGORITHMS.get(session.hashName) ?? "sha256");
      for await (const piece of file.pieces()) hasher.update(piece);
      return reply(213, `${session.hashName} 0-${file.size} ${hasher.digest("hex")} ${rest}`);
    } finally {
      await file.close();
    }
  },
};

const SITE_WORDS = ["SITE CHMOD mode path", "SITE UTIME time path", "SITE HELP"];

/** RFC 959 §4.1.3: what belongs to this server. */
export const site: Command = {
  verb: "SITE",
  states: "in",
  syntax: "SITE CHMOD|UTIME|HELP …",
  rfc: "RFC 959 §4.1.3",
  summary: "Sets permission bits or the time of a file.",
  run: async (session, rest) => {
    const [word = "", ...rests] = rest.split(" ");
    const verb = word.toUpperCase();
    if (verb === "HELP") return replyLines(214, "There are:", SITE_WORDS, "End.");
    if (verb !== "CHMOD" && verb !== "UTIME") return reply(504, "SITE HELP tells what there is.");
    if (!session.mayModify) return reply(550, "You may not change files here.");
    return verb === "CHMOD" ? await chmod(session, rests) : await utime(session, rests.join(" "));
  },
};

async function chmod(session: FtpSession, [mode = "", ...path]: string[]): Promise<string> {
  if (!/^[0-7]{3,4}$/.test(mode) || path.length === 0) return reply(501, `Syntax: ${SITE_WORDS[0]}`);
  await session.jail.setMode(session.path(path.join(" ")), Number.parseInt(mode, 8));
  return reply(200, "Set, as far as it means something here: this server keeps reading and writing.");
}

/** Both ways in use: "UTIME time path", and "UTIME path accessed modified created UTC". */
async function utime(session: FtpSession, rest: string): Promise<string> {
  const long = /^(.+) \d{12,14} (\d{12,14}) \d{12,14} UTC$/i.exec(rest);
  const short = /^(\d{12,14}) (.+)$/.exec(rest);
  const [path, written] = long ? [long[1], long[2]] : [short?.[2], short?.[1]];
  const time = parseTime(written ?? "");
  if (path === undefined || time === undefined) return reply(501, `Syntax: ${SITE_WORDS[1]}`);
  await session.jail.setModified(session.path(path), time);
  return reply(200, "Set.");
}
