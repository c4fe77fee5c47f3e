/** Annotations of folders and of the account: GETMETADATA, SETMETADATA (RFC 5464). */
import { LONGEST_ANNOTATION } from "../../../mailstore/annotations.ts";
import { annotationsChanged } from "../../../mailstore/changes.ts";
import { specialUses } from "../../../mailstore/names.ts";
import { Refusal } from "../../../refusal.ts";
import type { Tx } from "../../../store/store.ts";
import { command, LOGGED_IN } from "../command.ts";
import { annotated, annotationPlace, type Depth, entryName, lookUp, SPECIAL_USE, tellMetadata } from "../metadata.ts";
import type { Parser } from "../parse.ts";
import { notAllowed, type Place } from "../places.ts";
import { No } from "../refusals.ts";
import type { Session } from "../session.ts";

/** Entries that one command may name. */
const MOST_ENTRIES = 256;

interface Options {
  readonly maxSize: number;
  readonly depth: Depth;
}

const PLAIN: Options = { maxSize: Number.POSITIVE_INFINITY, depth: 0 };

/** `(MAXSIZE 1024 DEPTH infinity)` (RFC 5464 §4.2.1, §4.2.2) from behind the parenthesis. */
function options(p: Parser): Options {
  let { maxSize, depth } = PLAIN;
  do {
    const word = p.word("an option");
    p.space();
    if (word === "MAXSIZE") maxSize = p.number("a size");
    else if (word === "DEPTH") depth = depthOf(p);
    else p.fail(`${word} is no option of GETMETADATA`);
  } while (p.accept(" "));
  p.expect(")");
  return { maxSize, depth };
}

function depthOf(p: Parser): Depth {
  if (p.acceptWord("INFINITY")) return "infinity";
  const level = p.number("0, 1 or infinity");
  return level === 0 || level === 1 ? level : p.fail("Expected 0, 1 or infinity");
}

/** The options stand before the folder by the grammar, and after it in the examples of RFC 5464 §4.2. */
function getArguments(p: Parser) {
  p.space();
  let given = PLAIN;
  if (p.accept("(")) {
    given = options(p);
    p.space();
  }
  const name = p.folder();
  p.space();
  let listed = p.accept("(");
  if (listed && !p.sees("/") && !p.seesString) {
    given = options(p);
    p.space();
    listed = p.accept("(");
  }
  const entries = [entryName(p)];
  // Of several entries without parentheses RFC 5464 has an example (§4.4.1), though no grammar.
  while (!p.onlySpacesLeft && p.accept(" ")) entries.push(entryName(p));
  if (listed) p.expect(")");
  return { given, name, entries: bounded(p, entries) };
}

function bounded<T>(p: Parser, entries: T[]): T[] {
  return entries.length > MOST_ENTRIES ? p.fail("Too many entries") : entries;
}

/**
 * ```
 * C: a1 GETMETADATA (DEPTH 1) INBOX /private/filters
 * S: * METADATA INBOX (/private/filters/small "SMALLER 5000")
 * ```
 */
export const getMetadata = command({
  verb: "GETMETADATA",
  states: LOGGED_IN,
  rfc: "RFC 5464 §4.2",
  usage: '[([MAXSIZE octets] [DEPTH 0|1|infinity])] folder|"" entry|(entry …)',
  about: "Tells annotations of a folder, or of the server and the account.",
  capabilities: ["METADATA", "METADATA-SERVER"],
  syntax: getArguments,
  run: async (session, { given, name, entries }) => {
    const place = annotated(session, name);
    const found = entries.flatMap((entry) => lookUp(session, place, entry, given.depth));
    const fits = ({ value }: { value: Uint8Array | undefined }) => (value?.length ?? 0) <= given.maxSize;
    tellMetadata(session, place?.name ?? "", found.filter(fits));
    const longest = Math.max(0, ...found.filter((each) => !fits(each)).map(({ value }) => value?.length ?? 0));
    return longest > 0 ? { code: `METADATA LONGENTRIES ${longest}` } : {};
  },
});

interface Setting {
  readonly entry: string;
  readonly value: Uint8Array | undefined;
}

/** @throws No where the user may not set this, or it is too long */
function requireSettable(place: Place | undefined, { entry, value }: Setting): void {
  if (value !== undefined && value.length > LONGEST_ANNOTATION) {
    throw new No(`METADATA MAXSIZE ${LONGEST_ANNOTATION}`, `A value may have ${LONGEST_ANNOTATION} octets`);
  }
  if (entry.startsWith("/private/")) return;
  if (place === undefined) throw new No("NOPERM", "What all share of the server is set by the administrator");
  // RFC 5464 §3.3 leaves it to the server to ask for more than it takes to read.
  if (!place.rights.includes("w")) throw notAllowed(place.name);
}

/** What a folder is for is changed by its annotation, too (RFC 6154 §5.4). @throws No "USEATTR" */
function assignWithin(session: Session, tx: Tx, place: Place, value: Uint8Array | undefined): void {
  const text = value && Buffer.from(value).toString().trim().toLowerCase();
  const use = specialUses.find((each) => `\\${each.toLowerCase()}` === text);
  if (place.mailbox !== session.mailbox || (text !== undefined && use === undefined)) {
    throw new No("USEATTR", `A folder of your own has one special use, of ${specialUses.join(", ")}`);
  }
  try {
    session.mailstore.assignWithin(tx, place.folder, use);
    const user = session.login?.user.id ?? 0;
    tx.emit(annotationsChanged, { folder: place.folder.id, user, entry: SPECIAL_USE, origin: session.origin });
  } catch (thrown) {
    throw thrown instanceof Refusal ? new No("USEATTR", thrown.sentence) : thrown;
  }
}

/** @throws No "METADATA TOOMANY" */
function setWithin(session: Session, tx: Tx, place: Place | undefined, { entry, value }: Setting): void {
  if (entry === SPECIAL_USE && place !== undefined) {
    assignWithin(session, tx, place, value);
    return;
  }
  try {
    session.mailstore.annotations.setWithin(tx, annotationPlace(session, place, entry), entry, value, session.origin);
  } catch (thrown) {
    throw thrown instanceof Refusal && thrown.kind === "tooMany" ? new No("METADATA TOOMANY", thrown.sentence) : thrown;
  }
}

/**
 * ```
 * C: a1 SETMETADATA INBOX (/private/comment "My new comment")
 * S: a1 OK SETMETADATA completed
 * ```
 * NIL takes an entry away. All entries are set, or none.
 */
export const setMetadata = command({
  verb: "SETMETADATA",
  states: LOGGED_IN,
  rfc: "RFC 5464 §4.3",
  usage: 'folder|"" (entry value|NIL …)',
  about: "Sets annotations of a folder, or private ones of the account.",
  syntax: (p) => {
    p.space();
    const name = p.folder();
    p.space();
    const settings = p.list((): Setting => {
      const entry = entryName(p);
      if (entry.split("/").length < 3) p.fail("Expected an entry below /private or /shared");
      p.space();
      // A copy: what was read is part of a larger chunk.
      return { entry, value: p.acceptWord("NIL") ? undefined : Uint8Array.from(p.string("a value or NIL")) };
    }, false);
    return { name, settings: bounded(p, settings) };
  },
  run: async (session, { name, settings }) => {
    const place = annotated(session, name);
    for (const setting of settings) requireSettable(place, setting);
    await session.store.commit((tx) => {
      for (const setting of settings) setWithin(session, tx, place, setting);
    });
  },
});
