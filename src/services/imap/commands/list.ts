/** LIST with its extensions, and LSUB. */
import { command, LOGGED_IN } from "../command.ts";
import { entryName, lookUp, mayAnnotate, tellMetadata } from "../metadata.ts";
import { namePattern } from "../name-pattern.ts";
import { inboxName, type Parser } from "../parse.ts";
import { toldRights } from "../permissions.ts";
import type { Place } from "../places.ts";
import { folderNameOf } from "../respond.ts";
import type { Session } from "../session.ts";
import { readyForStatus, statusItems, tellStatus } from "./status.ts";

type Selection = "SUBSCRIBED" | "REMOTE" | "RECURSIVEMATCH" | "SPECIAL-USE";

interface ListArguments {
  /** undefined: the plain LIST of RFC 3501. */
  readonly selection: ReadonlySet<Selection>;
  readonly reference: string;
  readonly patterns: readonly string[];
  readonly returnSubscribed: boolean;
  readonly status: readonly string[] | undefined;
  /** RFC 8440 */
  readonly myRights: boolean;
  /** RFC 9590 */
  readonly metadata: readonly string[];
  readonly extended: boolean;
}

/** A name that LIST can tell: of a folder, of a subscription without one, or of a level that only has folders below. */
export interface Entry {
  readonly name: string;
  readonly place: Place | undefined;
  readonly specialUse: string | undefined;
  readonly subscribed: boolean;
  hasChildren: boolean;
  /** Something below matches the selection options. */
  childMatches: Set<Selection>;
}

const SELECTIONS: readonly Selection[] = ["SUBSCRIBED", "REMOTE", "RECURSIVEMATCH", "SPECIAL-USE"];
/** Patterns that one LIST may have. */
const MOST_PATTERNS = 64;
/** Annotations that one LIST may ask for. */
const MOST_ENTRIES = 64;

function selectionOptions(p: Parser): Set<Selection> {
  const words = p.list(() => {
    const word = p.word("a selection option");
    return SELECTIONS.find((option) => option === word) ?? p.fail(`${word} is no selection option`);
  });
  const selection = new Set(words);
  // RECURSIVEMATCH alone has nothing to look for below (RFC 5258 §3.1).
  if (selection.has("RECURSIVEMATCH") && !selection.has("SUBSCRIBED") && !selection.has("SPECIAL-USE")) {
    p.fail("RECURSIVEMATCH needs another selection option");
  }
  return selection;
}

function listArguments(p: Parser): ListArguments {
  p.space();
  const extendedSelection = p.seesList;
  const selection = extendedSelection ? selectionOptions(p) : new Set<Selection>();
  if (extendedSelection) p.space();
  const reference = p.folder();
  p.space();
  const several = p.seesList;
  const patterns = several ? p.list(() => p.pattern(), false) : [p.pattern()];
  if (patterns.length > MOST_PATTERNS) p.fail("Too many patterns");
  let returnSubscribed = selection.has("SUBSCRIBED");
  let status: string[] | undefined;
  let myRights = false;
  let metadata: string[] = [];
  let returns = false;
  if (p.sees(" ")) {
    p.space();
    if (!p.acceptWord("RETURN")) p.fail("Expected RETURN");
    p.space();
    returns = true;
    p.list(() => {
      const word = p.word("a return option");
      if (word === "SUBSCRIBED") returnSubscribed = true;
      else if (word === "STATUS") {
        p.space();
        status = statusItems(p);
      } else if (word === "METADATA") {
        p.space();
        metadata = p.list(() => entryName(p), false);
        if (metadata.length > MOST_ENTRIES) p.fail("Too many entries");
      } else if (word === "MYRIGHTS") myRights = true;
      else if (word !== "CHILDREN" && word !== "SPECIAL-USE") p.fail(`${word} is no return option`);
    });
  }
  const extended = extendedSelection || several || returns;
  return { selection, reference, patterns, returnSubscribed, status, myRights, metadata, extended };
}

/** All names there are for the user by name, with the levels above them that are no folders, or none that he may look up. */
export async function entriesOf(session: Session): Promise<Map<string, Entry>> {
  const { mailstore, mailbox, places, store } = session;
  const entries = new Map<string, Entry>();
  const add = (name: string, place: Place | undefined, subscribed: boolean) => {
    // The roles of other mailboxes' folders are for their owners' programs (RFC 6154).
    const specialUse = place?.mailbox === mailbox ? place.folder.specialUse : undefined;
    entries.set(name, { name, place, specialUse, subscribed, hasChildren: false, childMatches: new Set() });
  };
  const names = new Set(mailstore.subscribedOnly(mailbox));
  for (const place of places.all()) {
    const { name, folder } = place;
    // Own folders come first, and are found first by their name.
    if (!entries.has(name)) add(name, place, place.mailbox === mailbox ? folder.subscribed : names.has(name));
    if (store.turns.over) await store.turns.next();
  }
  for (const name of names) if (!entries.has(name)) add(name, undefined, true);
  for (const entry of [...entries.values()]) {
    for (let cut = entry.name.lastIndexOf("/"); cut > 0; cut = entry.name.lastIndexOf("/", cut - 1)) {
      const above = entry.name.slice(0, cut);
      if (!entries.has(above)) add(above, undefined, false);
      const parent = entries.get(above) as Entry;
      if (entry.place) parent.hasChildren = true;
      if (entry.subscribed) parent.childMatches.add("SUBSCRIBED");
      if (entry.specialUse) parent.childMatches.add("SPECIAL-USE");
    }
  }
  return entries;
}

function byName(entries: Iterable<Entry>): Entry[] {
  return [...entries].sort((a, b) => {
    if ((a.name === "INBOX") !== (b.name === "INBOX")) return a.name === "INBOX" ? -1 : 1;
    return a.name < b.name ? -1 : 1;
  });
}

function isSelected(entry: Entry, selection: ReadonlySet<Selection>): boolean {
  if (selection.has("SUBSCRIBED") && !entry.subscribed) return false;
  if (selection.has("SPECIAL-USE") && !entry.specialUse) return false;
  // Without an option that selects, names are folders and the levels above folders.
  return selection.has("SUBSCRIBED") || entry.place !== undefined || entry.hasChildren;
}

/** What LIST says of a name. */
export function attributesOf(entry: Entry, returnSubscribed: boolean): string[] {
  const attributes: string[] = [];
  // \NonExistent says it all to clients that know RFC 5258; older ones know \Noselect only.
  if (!entry.place) attributes.push("\\NonExistent", "\\Noselect");
  attributes.push(entry.hasChildren ? "\\HasChildren" : "\\HasNoChildren");
  if (returnSubscribed && entry.subscribed) attributes.push("\\Subscribed");
  if (entry.specialUse) attributes.push(`\\${entry.specialUse}`);
  return attributes;
}

/**
 * ```
 * C: a1 LIST "" "%" RETURN (STATUS (UNSEEN))
 * S: * LIST (\HasNoChildren) "/" INBOX
 * S: * STATUS INBOX (UNSEEN 4)
 * ```
 */
export const list = command({
  verb: "LIST",
  states: LOGGED_IN,
  rfc: "RFC 9051 §6.3.9, RFC 5258, RFC 5819, RFC 6154, RFC 8440, RFC 9590",
  usage: "[(selection …)] reference pattern|(pattern …) [RETURN (option …)]",
  about: "Lists folders with their attributes.",
  syntax: listArguments,
  run: async (session, args) => {
    const { selection, patterns, reference, extended } = args;
    if (!extended && patterns[0] === "") {
      // RFC 9051 §6.3.9: an empty pattern asks for the separator.
      session.out.ascii('* LIST (\\Noselect) "/" ""\r\n');
      return;
    }
    const tests = patterns.filter((pattern) => pattern !== "").map((pattern) => namePattern(reference + pattern));
    const { turns } = session.store;
    const entries = byName((await entriesOf(session)).values());
    await readyForStatus(session, args.status ?? []);
    for (const entry of entries) {
      if (tests.some((test) => test(entry.name))) tell(session, entry, args, selection);
      if (session.out.full) await session.out.drain();
      if (turns.over) await turns.next();
    }
  },
});

function tell(session: Session, entry: Entry, args: ListArguments, selection: ReadonlySet<Selection>): void {
  const chosen = isSelected(entry, selection);
  const below = selection.has("RECURSIVEMATCH")
    ? [...entry.childMatches].filter((option) => selection.has(option))
    : [];
  if (!chosen && below.length === 0) return;
  const attributes = attributesOf(entry, args.returnSubscribed).join(" ");
  const childInfo = below.length === 0 ? "" : ` ("CHILDINFO" (${below.map((option) => `"${option}"`).join(" ")}))`;
  session.untagged(`LIST (${attributes}) "/" ${folderNameOf(entry.name, session.utf8)}${childInfo}`);
  const { place } = entry;
  if (place === undefined) return;
  // Without the right to read there is nothing to tell (RFC 5819 §2).
  if (args.status && place.rights.includes("r")) tellStatus(session, place, args.status);
  if (args.metadata.length > 0 && mayAnnotate(place)) {
    tellMetadata(
      session,
      place.name,
      args.metadata.flatMap((name) => lookUp(session, place, name, 0)),
    );
  }
  if (args.myRights) {
    session.untagged(`MYRIGHTS ${folderNameOf(place.name, session.utf8)} ${toldRights(place.rights)}`);
  }
}

/**
 * ```
 * C: a1 LSUB "" "*"
 * S: * LSUB () "/" INBOX
 * ```
 * A subscribed name below a "%" shows as its level above with \Noselect (RFC 3501 §6.3.9).
 */
export const lsub = command({
  verb: "LSUB",
  states: LOGGED_IN,
  rfc: "RFC 3501 §6.3.9",
  usage: "reference pattern",
  about: "Lists subscribed folders; LIST (SUBSCRIBED) says more.",
  syntax: (p) => {
    p.space();
    const reference = p.folder();
    p.space();
    return { reference, pattern: inboxName(p.pattern()) };
  },
  run: async (session, { reference, pattern }) => {
    const test = namePattern(reference + pattern);
    const recursive = pattern.endsWith("%");
    for (const entry of byName((await entriesOf(session)).values())) {
      if (!test(entry.name)) continue;
      const above = recursive && !entry.subscribed && entry.childMatches.has("SUBSCRIBED");
      if (!entry.subscribed && !above) continue;
      const attributes = above || !entry.place ? "(\\Noselect)" : "()";
      session.untagged(`LSUB ${attributes} "/" ${folderNameOf(entry.name, session.utf8)}`);
      if (session.out.full) await session.out.drain();
    }
  },
});
