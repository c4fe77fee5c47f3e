/**
 * What a file that somebody brings holds: an mbox, one message (EML), or a ZIP archive of those or of a Maildir. Read a message at a time.
 * Maildir: the folders `cur` and `new` hold a message a file, with the flags behind ":2," (https://cr.yp.to/proto/maildir.html).
 */
import { parseDate } from "../../mime/dates.ts";
import { readMbox } from "../../mime/mbox.ts";
import { type Lying, unzip } from "../../mime/unzip.ts";
import { decodeUtf7 } from "../../mime/utf7.ts";
import { Refusal } from "../../refusal.ts";
import { ANSWERED, DRAFT, FLAGGED, SEEN } from "../flags.ts";

/** A message in such a file. */
export interface Brought {
  /** The folder that it lay in, "" where the file says of none. */
  readonly folder: string;
  /** Bits of the system flags, where the file says. */
  readonly flags: number;
  /** When it came, in epoch milliseconds, where the file says. */
  readonly at: number | undefined;
  readonly octets: AsyncIterable<Uint8Array>;
}

const PIECE = 65_536;

/** @throws Refusal "invalid" for what is no such file */
export async function* messagesIn(file: Lying): AsyncGenerator<Brought> {
  const head = Buffer.from(await file.read(0, 4_096));
  if (head.subarray(0, 2).toString("latin1") === "PK") {
    for await (const zipped of unzip(file)) yield* inArchive(zipped.name, () => zipped.octets());
  } else yield* inFile("", head.toString("latin1"), whole(file), undefined);
}

async function* whole(file: Lying): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.size; at += PIECE) yield await file.read(at, PIECE);
}

const FIELD = /^[\x21-\x39\x3b-\x7e]{1,76}[ \t]*:/;

async function* inFile(
  folder: string,
  head: string,
  octets: AsyncIterable<Uint8Array>,
  flags: number | undefined,
): AsyncGenerator<Brought> {
  if (/^\s*From /.test(head)) {
    for await (const { from, octets: message } of readMbox(octets))
      yield { folder, flags: flags ?? 0, at: dateIn(from), octets: message };
  } else if (FIELD.test(head)) yield { folder, flags: flags ?? 0, at: undefined, octets: withLineEnds(octets) };
  else if (folder === "")
    throw new Refusal(
      "invalid",
      "This is no mail: it should be an mbox, a message (.eml), or a ZIP archive of those or of a Maildir.",
    );
}

/** "From zoe@pipes.example Mon Mar  2 09:00:00 2026". */
const dateIn = (from: string): number | undefined => parseDate(from.replace(/^From +\S+ +/, ""))?.time;

const MAILDIR = /^(?:(.*)\/)?(?:cur|new)\/([^/]+)$/;

async function* inArchive(name: string, open: () => AsyncGenerator<Uint8Array>): AsyncGenerator<Brought> {
  const path = name.replaceAll("\\", "/").replace(/^\/+/, "");
  if (/(?:^|\/)(?:__MACOSX|tmp)\//.test(path)) return;
  const [, folder, file] = MAILDIR.exec(path) ?? [];
  if (file !== undefined) {
    yield {
      folder: maildirFolder(folder ?? ""),
      flags: maildirFlags(file),
      at: arrivalOf(file),
      octets: withLineEnds(open()),
    };
    return;
  }
  const within = path.slice(0, Math.max(0, path.lastIndexOf("/")));
  const last = path.slice(path.lastIndexOf("/") + 1);
  const octets = open();
  const { done, value } = await octets.next();
  if (done === true) return;
  const head = Buffer.from(value.subarray(0, 4_096)).toString("latin1");
  const isMbox = /^\s*From /.test(head);
  if (!isMbox && !/\.(?:eml|msg|txt)$/i.test(last)) return void (await octets.return(undefined));
  const named = isMbox ? [within, last.replace(/\.(?:mbox|mbx|txt)$/i, "")].filter(Boolean).join("/") : within;
  yield* inFile(
    named || "INBOX",
    head,
    (async function* () {
      yield value;
      yield* octets;
    })(),
    undefined,
  );
}

/** ".Sent.2020" of a Maildir++ is "Sent/2020"; folders that are folders keep their names. */
function maildirFolder(path: string): string {
  const levels = path.split("/").flatMap((level) => {
    if (!level.startsWith(".")) return [level];
    return level
      .slice(1)
      .split(".")
      .map((part) => decodeUtf7(part) ?? part);
  });
  const named = levels.filter((level, at) => level !== "" && !(at === 0 && /^maildir$/i.test(level)));
  return named.join("/") || "INBOX";
}

/** Some programs write ";" or "!" where ":" cannot stand in a file's name. */
function maildirFlags(file: string): number {
  const letters = /[:;!]2,([A-Za-z]*)$/.exec(file)?.[1] ?? "";
  const has = (letter: string, bit: number) => (letters.includes(letter) ? bit : 0);
  return has("S", SEEN) | has("R", ANSWERED) | has("F", FLAGGED) | has("D", DRAFT);
}

/** The name begins with the second in which the message came. */
function arrivalOf(file: string): number | undefined {
  const seconds = Number(/^(\d{9,10})\./.exec(file)?.[1]);
  return Number.isFinite(seconds) ? seconds * 1_000 : undefined;
}

/** Lines end as they do in mail: CRLF. */
async function* withLineEnds(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let before = 0;
  for await (const octets of source) {
    let bare = 0;
    for (let at = octets.indexOf(10); at >= 0; at = octets.indexOf(10, at + 1))
      if ((at > 0 ? octets[at - 1] : before) !== 13) bare++;
    if (bare === 0) yield octets;
    else {
      const out = new Uint8Array(octets.length + bare);
      let filled = 0;
      let from = 0;
      for (let at = octets.indexOf(10); at >= 0; at = octets.indexOf(10, at + 1)) {
        if ((at > 0 ? octets[at - 1] : before) === 13) continue;
        out.set(octets.subarray(from, at), filled);
        filled += at - from;
        out[filled++] = 13;
        from = at;
      }
      out.set(octets.subarray(from), filled);
      yield out;
    }
    before = octets[octets.length - 1] ?? before;
  }
}
