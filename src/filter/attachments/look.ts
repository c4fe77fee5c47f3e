/**
 * What the files in a message are: by their names, by their octets, and by the names in archives, whatever the sender calls them. The message
 * streams past once; of each file a few hundred octets and some names are kept. Called for house rules that ask about attachments. Pure.
 */

import { textParameter } from "../../mime/parameters.ts";
import { DEFAULT_LIMITS, type Part, type Structure, walk } from "../../mime/structure.ts";
import { type BodyDecoder, bodyDecoder } from "../../mime/transfer.ts";
import type { AttachmentKind } from "./kinds.ts";
import { Magic } from "./magic.ts";
import { nameFindings } from "./names.ts";
import { ZipNames } from "./zip.ts";

/** What was found of one file. */
export interface FileFinding {
  readonly part: Part;
  /** For people: without what turns or hides. "" where it has none. */
  readonly name: string;
  readonly kinds: ReadonlySet<AttachmentKind>;
  /** Its own name and those in an archive, in small letters. */
  readonly names: readonly string[];
  /** "invoice.pdf.exe is a program (.exe)"; "" where nothing was found. */
  readonly sentence: string;
}

/** Names in one message that are kept for patterns; kinds are told of more. */
const MOST_NAMES = 10_000;
/** Headers in the archives of one message that are looked at: twice its files. Nobody sends so many, and few programs would show them. */
const MOST_ENTRIES = 100_000;
/** Words of what was found that are told. */
const MOST_WORDS = 3;

/** Text that programs show as such, whatever is in it. */
const READ: ReadonlySet<string> = new Set(["plain", "html", "enriched"]);

const DANGEROUS: ReadonlySet<AttachmentKind> = new Set<AttachmentKind>([
  "program",
  "script",
  "shortcut",
  "image",
  "disguised",
]);

/** What was found in messages that somebody still holds: the filter and the rules of the house ask about the same one. */
const looked = new WeakMap<Structure, Promise<FileFinding[]>>();

/** Looks at every file of a message, once for all who ask. @param octets of the message from its start, once */
export function lookAtFiles(structure: Structure, octets: AsyncIterable<Uint8Array>): Promise<FileFinding[]> {
  const known = looked.get(structure);
  if (known !== undefined) return known;
  const looking = look(structure, octets);
  looked.set(structure, looking);
  looking.catch(() => looked.delete(structure));
  return looking;
}

async function look(structure: Structure, octets: AsyncIterable<Uint8Array>): Promise<FileFinding[]> {
  const files = filesIn(structure);
  const isCut = partsOf(structure) >= DEFAULT_LIMITS.parts;
  const spent: Spent = { names: 0, entries: 0 };
  const looks = files.map((part, at) => new FileLook(part, spent, isCut && at === files.length - 1));
  if (looks.some((one) => one.readsOctets)) {
    let at = 0;
    let first = 0;
    for await (const chunk of octets) {
      const end = at + chunk.length;
      while (looks[first] !== undefined && (looks[first]?.part.bodyEnd ?? 0) <= at) first++;
      for (let next = first; next < looks.length && (looks[next]?.part.bodyStart ?? end) < end; next++) {
        looks[next]?.write(chunk, at);
      }
      at = end;
    }
  }
  return looks.map((one) => one.end());
}

function partsOf({ root }: Structure): number {
  let parts = 0;
  walk(root, () => parts++);
  return parts;
}

/** Every part that may be a file to some reader, in order: all but text that is there to be read, and what only holds others. */
function filesIn(structure: Structure): Part[] {
  const found: Part[] = [];
  let last = structure.root;
  walk(structure.root, (part) => {
    last = part;
    if (part.children.length > 0 || (part.message !== undefined && namesOf(part).length === 0)) return;
    const isText = part.type === "text" && READ.has(part.subtype) && part.disposition?.type !== "attachment";
    if (!isText || namesOf(part).length > 0) found.push(part);
  });
  // What stands behind the last part that is told apart may hold anything.
  if (partsOf(structure) >= DEFAULT_LIMITS.parts && found.at(-1) !== last) found.push(last);
  return found;
}

/** The names as the sender wrote them, decoded: programs disagree about which of them counts. */
function namesOf({ disposition, params }: Part): string[] {
  const plain = (list: Part["params"]) => list.filter(({ name }) => !name.endsWith("*"));
  const named = [
    ...[disposition?.params ?? [], plain(disposition?.params ?? [])].map((list) => textParameter(list, "filename")),
    ...[params, plain(params)].map((list) => textParameter(list, "name")),
  ];
  return [...new Set(named.filter((name): name is string => name !== undefined && name !== ""))];
}

/** What was looked at in a message so far. */
interface Spent {
  names: number;
  entries: number;
}

class FileLook {
  readonly readsOctets: boolean;
  readonly #decoder: BodyDecoder;
  readonly #magic = new Magic();
  readonly #zip = new ZipNames();
  readonly #kinds = new Set<AttachmentKind>();
  readonly #names = new Set<string>();
  readonly #words: string[] = [];
  /** It has more in it than is looked at. */
  #full = false;
  readonly #name: string;

  constructor(
    readonly part: Part,
    private readonly spent: Spent,
    isCut: boolean,
  ) {
    const [name = "", ...others] = namesOf(part);
    this.#name = name;
    this.#decoder = bodyDecoder(part.encoding);
    this.readsOctets = part.message === undefined;
    for (const one of [name, ...others]) this.#named(one, "it");
    if (part.opaque) this.#note("disguised", "it lies deeper than anybody packs what is to be found");
    if (isCut) this.#note("disguised", "it stands behind more parts than anybody reads");
  }

  /** Takes what falls into its body. @param at where the chunk begins in the message */
  write(chunk: Uint8Array, at: number): void {
    const { bodyStart, bodyEnd } = this.part;
    const piece = chunk.subarray(Math.max(0, bodyStart - at), Math.max(0, bodyEnd - at));
    if (piece.length > 0 && this.readsOctets) this.#decoded(this.#decoder.write(piece));
  }

  end(): FileFinding {
    if (this.readsOctets) this.#decoded(this.#decoder.end());
    for (const { kind, words } of this.#magic.end()) this.#note(kind, `it ${words}`);
    if ([...this.#kinds].some((kind) => DANGEROUS.has(kind))) this.#kinds.add("dangerous");
    const name = this.#name
      .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "")
      .trim()
      .slice(0, 200);
    const words = [...new Set(this.#words)].slice(0, MOST_WORDS).join(", ");
    const sentence = words === "" ? "" : `${name === "" ? "An attachment without a name" : `'${name}'`}: ${words}`;
    return { part: this.part, name, kinds: this.#kinds, names: [...this.#names], sentence };
  }

  #decoded(octets: Uint8Array): void {
    if (octets.length === 0) return;
    this.#magic.write(octets);
    if (this.#full) return;
    for (const { name, encrypted } of this.#zip.write(octets)) {
      this.#full = ++this.spent.entries > MOST_ENTRIES;
      if (this.#full) {
        this.#note("disguised", "more files are packed in this message than anybody looks at");
        return;
      }
      if (encrypted) this.#note("encrypted", "it is an archive with a password");
      if (/(?:^|\/)vbaProject\.bin$/i.test(name)) this.#note("macro", "it is a document with macros");
      this.#named(name, `'${name.replace(/[\p{Cc}\p{Cf}]/gu, "").slice(-80)}' in it`);
    }
  }

  #named(name: string, who: string): void {
    if (name === "") return;
    const base = name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);
    this.#keep(base.toLowerCase().normalize("NFC"));
    for (const { kind, words } of nameFindings(base)) this.#note(kind, `${who} ${words}`);
  }

  #keep(name: string): void {
    if (this.spent.names >= MOST_NAMES || this.#names.has(name)) return;
    this.#names.add(name);
    this.spent.names++;
  }

  #note(kind: AttachmentKind, words: string): void {
    this.#kinds.add(kind);
    if (this.#words.length < MOST_WORDS * 4) this.#words.push(words);
  }
}
