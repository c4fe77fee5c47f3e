/**
 * Folders as files, streamed in constant memory: an mbox (RFC 4155), or a ZIP archive with an mbox a folder, with a Maildir, or with a file
 * a message. What comes or goes meanwhile may be missing.
 */

import { Header } from "../../mime/header.ts";
import { fromLine, inMbox } from "../../mime/mbox.ts";
import { decodeWords } from "../../mime/words.ts";
import { type ZipFile, zip } from "../../mime/zip.ts";
import type { Store } from "../../store/store.ts";
import { ANSWERED, DRAFT, FLAGGED, SEEN } from "../flags.ts";
import type { Folder } from "../folders.ts";
import type { Mailstore } from "../mailstore.ts";
import type { ExportFormat } from "./formats.ts";

/** What is read from. */
export interface ExchangeParts {
  readonly store: Store;
  readonly mailstore: Mailstore;
}

/** A message as it is given. */
interface Given {
  readonly uid: number;
  readonly content: number;
  readonly at: number;
  readonly system: number;
}

/** What the file is called, without the place it goes to. */
export const exportName = (called: string, format: ExportFormat, folders: number): string =>
  `${called.replace(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 80) || "mail"}.${format === "mbox" && folders === 1 ? "mbox" : "zip"}`;

/** The octets of the file: one folder as an mbox is that mbox, anything else an archive. */
export function exported(
  parts: ExchangeParts,
  folders: readonly Folder[],
  format: ExportFormat,
): AsyncGenerator<Uint8Array> {
  const [only] = folders;
  if (format === "mbox") {
    if (folders.length === 1 && only !== undefined) return mboxOf(parts, only);
    return zip(folders.map((folder) => ({ name: `${safe(folder.name)}.mbox`, at: 0, content: mboxOf(parts, folder) })));
  }
  return zip(filesOf(parts, folders, format));
}

async function* mboxOf(parts: ExchangeParts, folder: Folder): AsyncGenerator<Uint8Array> {
  for await (const { content, at, system } of messagesOf(parts, folder)) {
    yield Buffer.from(fromLine("", at));
    yield Buffer.from(statusLines(system));
    yield* inMbox(parts.store.content.stream(content));
  }
}

/** The fields in which programs that keep mail in files note what was done with it. */
function statusLines(system: number): string {
  const letter = (bit: number, sign: string) => ((system & bit) === 0 ? "" : sign);
  const further = letter(ANSWERED, "A") + letter(FLAGGED, "F") + letter(DRAFT, "T");
  return `Status: ${letter(SEEN, "R")}O\n${further === "" ? "" : `X-Status: ${further}\n`}`;
}

async function* filesOf(
  parts: ExchangeParts,
  folders: readonly Folder[],
  format: Exclude<ExportFormat, "mbox">,
): AsyncGenerator<ZipFile> {
  for (const folder of folders) {
    const within = safe(folder.name);
    for await (const given of messagesOf(parts, folder)) {
      const file = format === "maildir" ? maildirName(given) : emlName(parts, given);
      const name = `${within}/${format === "maildir" ? "cur/" : ""}${file}`;
      yield { name, at: given.at, content: parts.store.content.stream(given.content) };
    }
  }
}

const maildirName = ({ uid, at, system }: Given): string => {
  const letters = [
    system & DRAFT ? "D" : "",
    system & FLAGGED ? "F" : "",
    system & ANSWERED ? "R" : "",
    system & SEEN ? "S" : "",
  ];
  return `${Math.floor(at / 1_000)}.${uid}.gatepost:2,${letters.join("")}`;
};

/** Octets of a header in which the subject is looked for. */
const HEADER_OCTETS = 65_536;

function emlName(parts: ExchangeParts, { uid, content, at }: Given): string {
  const header = new Header(parts.store.content.read(content, 0, HEADER_OCTETS));
  const subject = decodeWords(header.raw("subject") ?? "");
  const day = new Date(at).toISOString().slice(0, 10);
  return `${day} ${safe(subject.replaceAll("/", "-")).slice(0, 80).trim() || "-"} ${uid}.eml`;
}

/** A name that every system's files can have, level by level. */
const safe = (name: string): string =>
  name
    .split("/")
    .map((level) => level.replace(/[\p{Cc}\p{Cs}<>:"|?*\\]/gu, "_").replace(/^\.+|[. ]+$/g, "_"))
    .join("/");

/** Messages that are taken from the folder's picture before it is looked at again. */
const SLICE = 500;

async function* messagesOf(parts: ExchangeParts, folder: Folder): AsyncGenerator<Given> {
  let after = 0;
  for (;;) {
    const slice = await sliceOf(parts, folder, after);
    if (slice.length === 0) return;
    for (const given of slice) yield given;
    after = slice.at(-1)?.uid ?? after;
  }
}

async function sliceOf(parts: ExchangeParts, folder: Folder, after: number): Promise<Given[]> {
  const view = await parts.mailstore.open(folder.id);
  try {
    const slice: Given[] = [];
    const first = view.lowerBound(after + 1);
    for (let at = first; at < view.count && slice.length < SLICE; at++) {
      slice.push({
        uid: view.uidAt(at),
        content: view.contentAt(at),
        at: view.internalDateAt(at),
        system: view.flagsAt(at).system,
      });
    }
    return slice;
  } finally {
    view.close();
  }
}
