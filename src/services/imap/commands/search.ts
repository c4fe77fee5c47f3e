/** SEARCH and UID SEARCH, with ESEARCH results and saved results. */
import type { View } from "../../../mailstore/view.ts";
import { type Command, type Completion, command } from "../command.ts";
import type { Parser } from "../parse.ts";
import { No } from "../refusals.ts";
import { asksModseq, type SearchProgram, type SearchReturn, searchProgram, UnknownCharset } from "../search-program.ts";
import { runSearch } from "../search-run.ts";
import { formatSet } from "../sequence.ts";
import type { Session } from "../session.ts";

/** Text in any charset that the platform knows; undefined for others and for octets that are not in it. */
function decode(octets: Uint8Array, charset: string): string | undefined {
  try {
    return new TextDecoder(charset as Bun.Encoding, { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    return undefined;
  }
}

function searchArguments(p: Parser, session: Session): SearchProgram {
  p.space();
  try {
    return searchProgram(p, decode);
  } catch (thrown) {
    if (!(thrown instanceof UnknownCharset)) throw thrown;
    // A search that fails with NO leaves nothing saved (RFC 9051 §6.4.4.1).
    if (thrown.saving) session.saved = new Uint32Array(0);
    throw new No("BADCHARSET (US-ASCII UTF-8)", `The charset ${thrown.charset} is not known here`);
  }
}

async function run(session: Session, program: SearchProgram, byUid: boolean): Promise<Completion> {
  const selected = session.folderSelected;
  const saving = program.returns?.has("SAVE") === true;
  const withModseq = asksModseq(program.key);
  if (withModseq) session.useModseqs();
  let found: Uint32Array;
  try {
    found = await runSearch(program.key, {
      store: session.store,
      mailstore: session.mailstore,
      selected,
      resolve: (set, asUids) => session.resolve(set, asUids, true).uids,
    });
  } catch (thrown) {
    if (saving) session.saved = new Uint32Array(0);
    throw thrown;
  }
  const numbers = byUid ? found : toNumbers(session, found);
  const returns = program.returns ?? (session.rev2 ? new Set<SearchReturn>(["ALL"]) : undefined);
  const modseq = withModseq ? highestModseq(selected.view, returns ? toldOf(found, returns) : found) : undefined;
  if (returns === undefined) await tellPlain(session, numbers, modseq);
  else tellExtended(session, numbers, returns, byUid, modseq);
  if (!saving) return {};
  session.saved = toldOf(found, program.returns as ReadonlySet<SearchReturn>);
  return { text: "Search completed, result saved" };
}

function toNumbers(session: Session, uids: Uint32Array): Uint32Array {
  const selected = session.folderSelected;
  const numbers = new Uint32Array(uids.length);
  let used = 0;
  for (const uid of uids) {
    const index = selected.view.indexOfUid(uid);
    if (index >= 0) numbers[used++] = selected.numberAt(index);
  }
  return numbers.subarray(0, used);
}

/** The highest mod-sequence of messages; undefined for none. */
function highestModseq(view: View, uids: Uint32Array): number | undefined {
  let highest: number | undefined;
  for (const uid of uids) {
    const index = view.indexOfUid(uid);
    if (index >= 0) highest = Math.max(highest ?? 0, view.modseqAt(index));
  }
  return highest;
}

async function tellPlain(session: Session, numbers: Uint32Array, modseq: number | undefined): Promise<void> {
  const { out } = session;
  const { turns } = session.store;
  out.ascii("* SEARCH");
  for (const number of numbers) {
    out.ascii(" ").number(number);
    if (!out.full) continue;
    await out.drain();
    if (turns.over) await turns.next();
  }
  out.ascii(modseq === undefined ? "" : ` (MODSEQ ${modseq})`).line();
}

/** RFC 4731 §3.1: what has no value is left out; only SAVE asked for means no response at all. */
function tellExtended(
  session: Session,
  numbers: Uint32Array,
  returns: ReadonlySet<SearchReturn>,
  byUid: boolean,
  modseq: number | undefined,
): void {
  if (returns.size === 1 && returns.has("SAVE")) return;
  const parts = [`* ESEARCH (TAG ${`"${session.tag}"`})`];
  if (byUid) parts.push("UID");
  if (numbers.length > 0) {
    if (returns.has("MIN")) parts.push(`MIN ${numbers[0]}`);
    if (returns.has("MAX")) parts.push(`MAX ${numbers[numbers.length - 1]}`);
    if (returns.has("ALL")) parts.push(`ALL ${formatSet(numbers)}`);
  }
  if (returns.has("COUNT")) parts.push(`COUNT ${numbers.length}`);
  if (modseq !== undefined) parts.push(`MODSEQ ${modseq}`);
  session.out.ascii(parts.join(" ")).line();
}

/**
 * With MIN or MAX and neither ALL nor COUNT, only those are saved (RFC 9051 §6.4.4.1), and the mod-sequence told is theirs
 * (RFC 7162 §3.1.10).
 */
function toldOf(found: Uint32Array, returns: ReadonlySet<SearchReturn>): Uint32Array<ArrayBuffer> {
  const whole = returns.has("ALL") || returns.has("COUNT") || !(returns.has("MIN") || returns.has("MAX"));
  if (whole || found.length === 0) return found.slice();
  const ends = new Set<number>();
  if (returns.has("MIN")) ends.add(found[0] as number);
  if (returns.has("MAX")) ends.add(found[found.length - 1] as number);
  return Uint32Array.from(ends);
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
  rfc: "RFC 9051 §6.4.4, RFC 4731, RFC 5182",
  usage: "[RETURN (option …)] [CHARSET name] key …",
  about: "Finds messages; text is found as substring, in any case.",
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
