/** ESEARCH, which searches several folders (RFC 7377), and CANCELUPDATE (RFC 5267 §4.3.5). */

import type { View } from "../../../mailstore/view.ts";
import { type Command, type Completion, command, LOGGED_IN } from "../command.ts";
import { GrammarError, type Parser } from "../parse.ts";
import type { Place } from "../places.ts";
import { folderNameOf } from "../respond.ts";
import { asksModseq, asksSaved, type SearchProgram, searchProgram } from "../search-program.ts";
import { correlator, highestModseq, type Results, tellExtended, toldOf } from "../search-results.ts";
import { runSearch } from "../search-run.ts";
import { holds, normaliseRanges, type SequenceSet } from "../sequence.ts";
import type { Session } from "../session.ts";
import { knowingCharset, programOptions, searchSelected } from "./search.ts";

/** Folders to search. */
type Source =
  | { readonly of: "selected" | "personal" | "inboxes" | "subscribed" }
  | { readonly of: "mailboxes" | "subtree" | "subtree-one"; readonly names: readonly string[] };

interface Arguments extends SearchProgram {
  readonly sources: readonly Source[];
}

/** Sources, and names in one, that a command may have. */
const MOST_SOURCES = 100;
const MOST_NAMES = 1_000;

function multiSearchArguments(p: Parser, session: Session): Arguments {
  p.space();
  let sources: Source[] = [{ of: "selected" }];
  if (p.acceptWord("IN")) {
    p.space();
    sources = p.list(() => source(p), false);
    if (sources.length > MOST_SOURCES) p.fail("Too many sources");
    p.space();
  }
  const program = knowingCharset(session, () => searchProgram(p, programOptions(session)));
  const selectedAlone = sources.every(({ of }) => of === "selected");
  if (!selectedAlone && asksSaved(program.key)) p.fail("$ means something in the selected folder only");
  // RFC 7377 §2.2: one result is saved, and one is kept up.
  const alone = program.returns?.has("SAVE") || program.returns?.has("UPDATE");
  if (!selectedAlone && alone) p.fail("SAVE and UPDATE go with the selected folder only");
  if (sources.some(({ of }) => of === "selected") && session.selected === undefined) p.fail("No folder is selected");
  return { ...program, sources };
}

function source(p: Parser): Source {
  const of = p.word("a source").toLowerCase();
  switch (of) {
    case "selected":
    case "personal":
    case "inboxes":
    case "subscribed":
      return { of };
    case "mailboxes":
    case "subtree":
    case "subtree-one": {
      p.space();
      const names = p.seesList ? p.list(() => p.folder(), false) : [p.folder()];
      if (names.length > MOST_NAMES) p.fail("Too many folders");
      return { of, names };
    }
    default:
      return p.fail(`${of} is no source of folders`);
  }
}

/**
 * The folders that sources name and their user may read, each once. Names without a folder are passed over. What is named needs
 * the right "r" alone, what is found among others "l", too (RFC 7377 §2.2).
 */
function placesOf(session: Session, sources: readonly Source[]): Place[] {
  const found = new Map<number, Place>();
  for (const source of sources) {
    const named = source.of === "selected" || source.of === "mailboxes";
    for (const place of matching(session, source)) {
      if (place.rights.includes("r") && (named || place.rights.includes("l"))) found.set(place.folder.id, place);
    }
  }
  return [...found.values()];
}

function matching(session: Session, source: Source): Iterable<Place> {
  const { places } = session;
  switch (source.of) {
    case "selected":
      return session.selected ? [session.selected.place] : [];
    case "mailboxes":
      return source.names.flatMap((name) => places.find(name) ?? []);
    // Rules may deliver into any folder, so all of them are inboxes (RFC 5465 §6.3).
    case "inboxes":
    case "personal":
      return places.all().filter(({ mailbox }) => mailbox === places.home);
    case "subscribed":
      return subscribedPlaces(session);
    case "subtree":
    case "subtree-one": {
      const { of, names } = source;
      return places.all().filter(({ name }) => names.some((above) => isBelow(name, above, of)));
    }
  }
}

/** Names in mailboxes of others are kept among the user's own subscriptions. */
function subscribedPlaces({ places, mailstore, mailbox }: Session): Iterable<Place> {
  const others = new Set(mailstore.subscribedOnly(mailbox));
  return places.all().filter((place) => (place.mailbox === mailbox ? place.folder.subscribed : others.has(place.name)));
}

function isBelow(name: string, above: string, of: "subtree" | "subtree-one"): boolean {
  if (name === above || above === "") return true;
  if (!name.startsWith(`${above}/`)) return false;
  return of === "subtree" || !name.slice(above.length + 1).includes("/");
}

async function run(session: Session, args: Arguments): Promise<Completion> {
  const { selected } = session;
  for (const place of placesOf(session, args.sources)) {
    if (place.folder.id === selected?.view.folderId) await searchHere(session, args, place);
    else await searchThere(session, args, place);
    if (session.out.full) await session.out.drain();
  }
  return {};
}

async function searchHere(session: Session, args: Arguments, place: Place): Promise<void> {
  if (args.returns?.has("UPDATE")) await session.unasked.beginKeeping();
  const { uids, scoreOf } = await searchSelected(session, args);
  tell(session, args, place, { uids, scoreOf, modseq: modseqOf(session.folderSelected.view, uids, args) });
  if (args.returns?.has("SAVE")) session.saved = toldOf(uids, args);
  if (args.returns?.has("UPDATE")) session.unasked.keepUp({ ...args, criteria: undefined, byUid: true }, uids);
}

async function searchThere(session: Session, args: Arguments, place: Place): Promise<void> {
  const view = await session.mailstore.open(place.folder.id, place.reader);
  try {
    const { uids, scoreOf } = await runSearch(args.key, {
      store: session.store,
      mailstore: session.mailstore,
      view,
      uids: view.uids.slice(),
      resolve: (set, asUids) => (asUids ? byUid(view, set) : byNumber(session, view, set)),
      isRecent: (uid) => uid >= place.folder.recentUid,
      progress: (done, total) => session.progress.at(done, total),
    });
    tell(session, args, place, { uids, scoreOf, modseq: modseqOf(view, uids, args) });
  } finally {
    view.close();
  }
}

/** The messages of a view that a set of numbers names; those behind the last one name none (RFC 7377 §2). */
function byNumber(session: Session, view: View, set: SequenceSet): Uint32Array {
  session.refuseNumbers();
  if (set === "saved") return new Uint32Array(0);
  const ranges = normaliseRanges(set, view.count);
  return view.uids.filter((_, index) => holds(ranges, index + 1));
}

/** The messages of a view that a set of UIDs names. */
function byUid(view: View, set: SequenceSet): Uint32Array {
  if (set === "saved") return new Uint32Array(0);
  const largest = view.count > 0 ? view.uidAt(view.count - 1) : 0;
  const ranges = normaliseRanges(set, largest);
  return view.uids.filter((uid) => holds(ranges, uid));
}

function modseqOf(view: View, uids: Uint32Array, args: Arguments): number | undefined {
  return asksModseq(args.key) ? highestModseq(view, toldOf(uids, args)) : undefined;
}

/** Of a folder in which nothing was found nothing is said (RFC 7377 §2.1). */
function tell(session: Session, args: Arguments, place: Place, found: Omit<Results, "byUid">): void {
  if (found.uids.length === 0) return;
  const name = folderNameOf(place.name, session.utf8);
  const about = correlator(session.tag, ` MAILBOX ${name} UIDVALIDITY ${place.folder.uidValidity}`);
  tellExtended(session, { ...found, byUid: true }, args, about);
}

/**
 * ```
 * C: tag1 ESEARCH IN (mailboxes "folder1" subtree "folder2") unseen
 * S: * ESEARCH (TAG "tag1" MAILBOX folder1 UIDVALIDITY 1) UID ALL 4001,4003,4005
 * ```
 */
export const multiSearch: Command<Arguments> = command({
  verb: "ESEARCH",
  states: LOGGED_IN,
  rfc: "RFC 7377",
  usage: "[IN (source …)] [RETURN (option …)] [CHARSET name] key …",
  about: "Finds messages in several folders; answers with UIDs.",
  capabilities: ["MULTISEARCH"],
  syntax: multiSearchArguments,
  run,
});

function tags(p: Parser): string[] {
  const tags: string[] = [];
  do {
    p.space();
    tags.push(Buffer.from(p.string("a tag in quotes")).toString("latin1"));
  } while (p.sees(" ") && tags.length < MOST_NAMES);
  return tags;
}

/**
 * ```
 * C: a3 CANCELUPDATE "a1" "a2"
 * S: a3 OK CANCELUPDATE completed
 * ```
 */
export const cancelUpdate: Command<string[]> = command({
  verb: "CANCELUPDATE",
  states: ["selected"],
  rfc: "RFC 5267 §4.3.5",
  usage: '"tag" …',
  about: "Ends the updates of results that RETURN (UPDATE) asked for.",
  syntax: tags,
  run: async (session, named) => {
    const unknown = named.filter((tag) => !session.unasked.contexts?.cancel(tag));
    if (unknown.length > 0) throw new GrammarError(`No result is kept up under the tag ${unknown[0]}`);
  },
});
