/** SEARCH and UID SEARCH. */
import { type Command, type Completion, command } from "../command.ts";
import { filtersOf } from "../filters.ts";
import type { Parser } from "../parse.ts";
import { No } from "../refusals.ts";
import {
  asksModseq,
  type ProgramOptions,
  type SearchProgram,
  searchProgram,
  UnknownCharset,
} from "../search-program.ts";
import { correlator, highestModseq, tellExtended, tellPlain, toldOf } from "../search-results.ts";
import { type Found, runSearch } from "../search-run.ts";
import type { Session } from "../session.ts";

/** Text in any charset that the platform knows; undefined for others and for octets that are not in it. */
function decode(octets: Uint8Array, charset: string): string | undefined {
  try {
    return new TextDecoder(charset as Bun.Encoding, { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    return undefined;
  }
}

/** How programs are read for a session. */
export function programOptions(session: Session): ProgramOptions {
  return { decode, filter: filtersOf(session, decode), utf8Only: session.enabled.has("UTF8=ACCEPT") };
}

/** Reads a program; a charset that is not known here is refused. @throws No "BADCHARSET" */
export function knowingCharset<T>(session: Session, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof UnknownCharset)) throw thrown;
    // A search that fails with NO leaves nothing saved (RFC 9051 §6.4.4.1).
    if (thrown.saving) session.saved = new Uint32Array(0);
    throw new No("BADCHARSET (US-ASCII UTF-8)", `The charset ${thrown.charset} is not known here`);
  }
}

function searchArguments(p: Parser, session: Session): SearchProgram {
  p.space();
  return knowingCharset(session, () => searchProgram(p, programOptions(session)));
}

/** Runs a program in the selected folder. What was to be saved and fails leaves nothing saved. */
export async function searchSelected(session: Session, program: Omit<SearchProgram, "partial">): Promise<Found> {
  const selected = session.folderSelected;
  if (asksModseq(program.key)) session.useModseqs();
  try {
    return await runSearch(program.key, {
      store: session.store,
      mailstore: session.mailstore,
      view: selected.view,
      uids: selected.all(),
      resolve: (set, asUids) => session.resolve(set, asUids, true).uids,
      isRecent: (uid) => selected.isRecent(uid),
      progress: (done, total) => session.progress.at(done, total),
    });
  } catch (thrown) {
    if (program.returns?.has("SAVE")) session.saved = new Uint32Array(0);
    throw thrown;
  }
}

async function run(session: Session, program: SearchProgram, byUid: boolean): Promise<Completion> {
  const { returns } = program;
  const updating = returns?.has("UPDATE") === true;
  if (updating) await session.unasked.beginKeeping();
  const { uids, scoreOf } = await searchSelected(session, program);
  const { view } = session.folderSelected;
  const modseq = asksModseq(program.key) ? highestModseq(view, returns ? toldOf(uids, program) : uids) : undefined;
  const results = { uids, byUid, scoreOf, modseq };
  if (returns === undefined && !session.rev2) await tellPlain(session, "SEARCH", results);
  else tellExtended(session, results, program, correlator(session.tag));
  if (updating) session.unasked.keepUp({ ...program, criteria: undefined, byUid }, uids);
  if (!returns?.has("SAVE")) return {};
  session.saved = toldOf(uids, program);
  return { text: "Search completed, result saved" };
}

/**
 * ```
 * C: a1 SEARCH UNSEEN FROM "smith"
 * S: * SEARCH 2 84 882
 * C: a2 UID SEARCH RETURN (MIN COUNT) SINCE 1-Feb-1994
 * S: * ESEARCH (TAG "a2") UID MIN 7 COUNT 3
 * ```
 */
export const search: Command<SearchProgram> = command({
  verb: "SEARCH",
  states: ["selected"],
  rfc: "RFC 9051 §6.4.4, RFC 4731, RFC 5182, RFC 5267, RFC 9394",
  usage: "[RETURN (option …)] [CHARSET name] key …",
  about: "Finds messages; text is found as substring, in any case.",
  capabilities: ["CONTEXT=SEARCH", "PARTIAL", "WITHIN", "SEARCH=FUZZY", "INPROGRESS", "I18NLEVEL=1"],
  holdsNumbers: true,
  speaksNumbers: true,
  syntax: searchArguments,
  run: (session, program) => run(session, program, false),
});

/** SEARCH that answers with UIDs. */
export const uidSearch: Command<SearchProgram> = command({
  verb: "UID SEARCH",
  states: ["selected"],
  rfc: "RFC 9051 §6.4.9",
  usage: "[RETURN (option …)] [CHARSET name] key …",
  about: "Finds messages and answers with UIDs.",
  syntax: searchArguments,
  run: (session, program) => run(session, program, true),
});
