/**
 * Names that strangers chose (subjects, senders, file names), made fit for one line of a page and for a file system.
 * Called wherever webmail shows or sends such a name. RFC 6266 for the header of a download.
 */

/** Controls, line separators, and the characters that turn the direction of what follows (Unicode UAX #9). */
const MISLEADING = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]/g;

/** A name as one line of text: no controls, no direction overrides, no run of blanks; at most `limit` characters. */
export function oneLine(text: string, limit = 1000): string {
  // Cut before replacing, so that a megabyte of Subject costs nothing; cut again to the limit proper.
  const line = text
    .slice(0, limit * 4)
    .toWellFormed()
    .replace(/[\t\r\n]+/g, " ")
    .replace(MISLEADING, "");
  const shown = line.replace(/ {2,}/g, " ").trim();
  return shown.length > limit ? `${shown.slice(0, limit - 1).toWellFormed()}…` : shown;
}

/**
 * A file name without a path, controls, direction overrides, or characters some file system reserves. The extension is kept when
 * the name must be shortened: it is what tells a reader what he is about to open.
 */
export function fileName(raw: string | undefined, fallback: string): string {
  const last =
    oneLine(raw ?? "")
      .split(/[/\\]/)
      .pop() ?? "";
  const plain = last.replace(/[<>:"|?*%]/g, "_").replace(/^[.\s]+|[.\s]+$/g, "");
  if (plain === "") return fallback;
  // Names that mean a device on Windows, whatever follows the dot.
  const safe = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(plain) ? `_${plain}` : plain;
  if (safe.length <= 120) return safe;
  const extension = /\.[^.\s]{1,10}$/.exec(safe)?.[0] ?? "";
  return `${safe.slice(0, 119 - extension.length).toWellFormed()}…${extension}`;
}

/** Gives each name once: another of the same gets a number in front of its extension, as file managers do. */
export class DistinctNames {
  readonly #given = new Map<string, number>();

  give(name: string): string {
    const key = name.toLowerCase();
    const before = this.#given.get(key) ?? 0;
    this.#given.set(key, before + 1);
    if (before === 0) return name;
    const dot = name.lastIndexOf(".");
    const at = dot > 0 ? dot : name.length;
    return this.give(`${name.slice(0, at)} (${before + 1})${name.slice(at)}`);
  }
}

/** The Content-Disposition of a download or of a part shown in place (RFC 6266 §4, RFC 8187). */
export function contentDisposition(kind: "attachment" | "inline", name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

const UNITS = ["B", "KB", "MB", "GB", "TB"];

/** A size for people: "812 B", "3.4 KB", "27 MB" (1 KB = 1,000 octets). */
export function humanSize(octets: number): string {
  let value = octets;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${UNITS[unit] ?? ""}`;
}
