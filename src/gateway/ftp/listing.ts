/**
 * Listings of FTP servers, read for a page: MLSD (RFC 3659 §7), and LIST as Unix and Windows servers write it, which no RFC lays down. A
 * line that cannot be read is left out. Pure.
 */

/** One entry of a folder. */
export interface FtpEntry {
  /** Octets, one a character. */
  readonly name: string;
  readonly kind: "file" | "folder" | "link";
  /** Octets; undefined where the server does not say. */
  readonly size: number | undefined;
  /** As the server writes it, or from MLSD as "2026-11-22 14:05". */
  readonly modified: string;
}

/** Reads one line of MLSD; undefined for the folder itself, its parent, and what is malformed. */
export function readMlsdLine(line: string): FtpEntry | undefined {
  const blank = line.indexOf(" ");
  const name = line.slice(blank + 1);
  if (blank < 0 || !isName(name)) return undefined;
  const facts = new Map(
    line
      .slice(0, blank)
      .split(";")
      .map((fact) => [fact.slice(0, fact.indexOf("=")).toLowerCase(), fact.slice(fact.indexOf("=") + 1)] as const),
  );
  const type = facts.get("type")?.toLowerCase() ?? "";
  if (type === "cdir" || type === "pdir") return undefined;
  const kind = type === "dir" ? "folder" : type === "file" ? "file" : "link";
  const time = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)/.exec(facts.get("modify") ?? "");
  const modified = time ? `${time[1]}-${time[2]}-${time[3]} ${time[4]}:${time[5]}` : "";
  return { name, kind, size: sizeOf(facts.get("size")), modified };
}

const UNIX =
  /^([-dl])[-a-zA-Z]{9}[.+@]?\s+\d+\s+(?:\S+\s+){0,2}?(\d+)\s+([A-Za-z]{3}\s+\d{1,2}\s+(?:\d{4}|\d{1,2}:\d\d)|\d{4}-\d\d-\d\d \d\d:\d\d) (.+)$/;
const WINDOWS = /^(\d\d-\d\d-\d\d(?:\d\d)?\s+\d\d:\d\d(?:[AP]M)?)\s+(<DIR>|\d+)\s+(.+)$/;

/** Reads one line of LIST. */
export function readListLine(line: string): FtpEntry | undefined {
  if (line.length > 2_000) return undefined;
  const unix = UNIX.exec(line);
  if (unix) {
    const [, letter = "", size, modified = "", rest = ""] = unix;
    const name = letter === "l" ? (rest.split(" -> ")[0] ?? "") : rest;
    if (!isName(name)) return undefined;
    const kind = letter === "d" ? "folder" : letter === "l" ? "link" : "file";
    return { name, kind, size: kind === "file" ? sizeOf(size) : undefined, modified };
  }
  const [, modified = "", what = "", name = ""] = WINDOWS.exec(line) ?? [];
  if (!isName(name)) return undefined;
  const folder = what === "<DIR>";
  return { name, kind: folder ? "folder" : "file", size: folder ? undefined : sizeOf(what), modified };
}

/** A name that stands in this folder and nowhere else. */
function isName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\u0000-\u001f\u007f]/.test(name);
}

function sizeOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
