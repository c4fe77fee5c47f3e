/** SORT and THREAD with their UID forms (RFC 5256, RFC 5957, RFC 5267 §3). */
import type { Criterion, SortKey } from "../../../mailstore/order.ts";
import type { Threading } from "../../../mailstore/threads.ts";
import { type Command, type Completion, command } from "../command.ts";
import type { Parser } from "../parse.ts";
import {
  asksFuzzily,
  asksModseq,
  type ReturnOptions,
  returnOptions,
  type SearchKey,
  searchKeys,
} from "../search-program.ts";
import { correlator, highestModseq, tellExtended, tellPlain, toldOf } from "../search-results.ts";
import type { Session } from "../session.ts";
import { knowingCharset, programOptions, searchSelected } from "./search.ts";

interface SortArguments extends ReturnOptions {
  readonly criteria: readonly (Criterion | "relevancy")[];
  readonly key: SearchKey;
}

interface ThreadArguments {
  readonly how: Threading;
  readonly key: SearchKey;
}

const KEYS: Readonly<Record<string, SortKey | "relevancy">> = {
  ARRIVAL: "arrival",
  CC: "cc",
  DATE: "date",
  FROM: "from",
  SIZE: "size",
  SUBJECT: "subject",
  TO: "to",
  DISPLAYFROM: "displayFrom",
  DISPLAYTO: "displayTo",
  RELEVANCY: "relevancy",
};
/** More criteria than there are keys tell nothing more. */
const MOST_CRITERIA = 40;

function sortArguments(p: Parser, session: Session): SortArguments {
  p.space();
  const given = returnOptions(p);
  const criteria = p.list(() => criterion(p), false);
  if (criteria.length > MOST_CRITERIA) p.fail("Too many sort criteria");
  p.space();
  const key = keyInCharset(p, session, given);
  const byRelevancy = criteria.includes("relevancy") || given.returns?.has("RELEVANCY");
  if (byRelevancy && !asksFuzzily(key)) p.fail("RELEVANCY needs a FUZZY key");
  return { ...given, criteria, key };
}

function criterion(p: Parser): Criterion | "relevancy" {
  let word = p.word("a sort criterion");
  const reverse = word === "REVERSE";
  if (reverse) {
    p.space();
    word = p.word("a sort criterion");
  }
  const key = (Object.hasOwn(KEYS, word) ? KEYS[word] : undefined) ?? p.fail(`${word} is no sort criterion`);
  if (key !== "relevancy") return { key, reverse };
  return reverse ? p.fail("RELEVANCY cannot be reversed") : key;
}

/** A charset, which must stand there, and the keys (RFC 5256 §5 `sort`). */
function keyInCharset(p: Parser, session: Session, { returns }: ReturnOptions): SearchKey {
  const charset = p.text8("a charset");
  p.space();
  return knowingCharset(session, () => searchKeys(p, charset, programOptions(session), returns?.has("SAVE") === true));
}

async function runSort(session: Session, args: SortArguments, byUid: boolean): Promise<Completion> {
  const { returns, key } = args;
  const updating = returns?.has("UPDATE") === true;
  if (updating) await session.unasked.beginKeeping();
  const found = await searchSelected(session, args);
  const { view } = session.folderSelected;
  const criteria = args.criteria.filter((each) => each !== "relevancy");
  let uids = await session.mailstore.orders.sorted(view, found.uids, criteria);
  // RFC 6203 §5: the best first; where it stands behind other criteria, they go before.
  if (args.criteria.includes("relevancy")) uids = await byScore(session, found, args.criteria);
  const told = returns ? toldOf(uids, args) : uids;
  const modseq = asksModseq(key) ? highestModseq(view, told) : undefined;
  const results = { uids, byUid, scoreOf: found.scoreOf, modseq };
  if (returns === undefined) await tellPlain(session, "SORT", results);
  else tellExtended(session, results, args, correlator(session.tag));
  if (updating) session.unasked.keepUp({ ...args, criteria, byUid }, uids);
  if (returns?.has("SAVE")) session.saved = told.slice().sort();
  return {};
}

/** Criteria from the last to the first, each a stable sort of what the later ones made. */
async function byScore(
  session: Session,
  found: { readonly uids: Uint32Array; scoreOf(uid: number): number },
  criteria: SortArguments["criteria"],
): Promise<Uint32Array> {
  const { view } = session.folderSelected;
  const at = criteria.indexOf("relevancy");
  const isPlain = (each: Criterion | "relevancy"): each is Criterion => each !== "relevancy";
  const behind = await session.mailstore.orders.sorted(view, found.uids, criteria.slice(at).filter(isPlain));
  const scored = Array.from(behind).sort((a, b) => found.scoreOf(b) - found.scoreOf(a));
  const before = criteria.slice(0, at).filter(isPlain);
  if (before.length === 0) return Uint32Array.from(scored);
  const place = new Map(scored.map((uid, n) => [uid, n]));
  return await session.mailstore.orders.sorted(view, found.uids, before, (uid) => place.get(uid) ?? 0);
}

function threadArguments(p: Parser, session: Session): ThreadArguments {
  p.space();
  const how = p.word("a threading algorithm");
  if (how !== "REFERENCES" && how !== "ORDEREDSUBJECT") p.fail(`${how} is no threading algorithm of this server`);
  p.space();
  return { how, key: keyInCharset(p, session, { returns: undefined }) };
}

async function runThread(session: Session, { how, key }: ThreadArguments, byUid: boolean): Promise<Completion> {
  const { uids } = await searchSelected(session, { returns: undefined, key });
  const selected = session.folderSelected;
  const { view } = selected;
  const { threadTexts } = await import("../../../mailstore/threads.ts");
  const threads = await session.mailstore.threaded(view, uids, how);
  const number = (uid: number) => view.lowerBound(uid) + selected.goneBefore(uid) + 1;
  const { out } = session;
  const { turns } = session.store;
  out.ascii("* THREAD");
  let first = true;
  for (const text of threadTexts(threads, (uid) => `${byUid ? uid : number(uid)}`)) {
    out.ascii(first ? ` ${text}` : text);
    first = false;
    if (!out.full) continue;
    await out.drain();
    if (turns.over) await turns.next();
  }
  out.line();
  return {};
}

function sorting(byUid: boolean): Command<SortArguments> {
  return command({
    verb: byUid ? "UID SORT" : "SORT",
    states: ["selected"],
    rfc: "RFC 5256 §3, RFC 5957, RFC 5267",
    usage: "[RETURN (option …)] ([REVERSE] criterion …) charset key …",
    about: `Finds messages and sorts them${byUid ? "; answers with UIDs" : ""}.`,
    capabilities: ["SORT", "SORT=DISPLAY", "ESORT", "CONTEXT=SORT"],
    ...(!byUid && { holdsNumbers: true, speaksNumbers: true }),
    syntax: sortArguments,
    run: (session, args) => runSort(session, args, byUid),
  });
}

function threading(byUid: boolean): Command<ThreadArguments> {
  return command({
    verb: byUid ? "UID THREAD" : "THREAD",
    states: ["selected"],
    rfc: "RFC 5256 §3",
    usage: "REFERENCES|ORDEREDSUBJECT charset key …",
    about: `Finds messages and puts them in threads${byUid ? "; answers with UIDs" : ""}.`,
    capabilities: ["THREAD=ORDEREDSUBJECT", "THREAD=REFERENCES"],
    ...(!byUid && { holdsNumbers: true, speaksNumbers: true }),
    syntax: threadArguments,
    run: (session, args) => runThread(session, args, byUid),
  });
}

/**
 * ```
 * C: a1 SORT (REVERSE DATE) UTF-8 UNSEEN
 * S: * SORT 5 3 4 1 2
 * ```
 */
export const sort = sorting(false);
/** SORT that answers with UIDs. */
export const uidSort = sorting(true);
/**
 * ```
 * C: a1 THREAD REFERENCES UTF-8 SINCE 5-MAR-2000
 * S: * THREAD (166)(167)(168)((170)(179))
 * ```
 */
export const thread = threading(false);
/** THREAD that answers with UIDs. */
export const uidThread = threading(true);
