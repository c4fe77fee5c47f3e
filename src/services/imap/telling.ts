/**
 * How a client is told of changes in its folder: the untagged FETCH, EXPUNGE and EXISTS of RFC 9051 §7.4–7.5, and what
 * CONDSTORE, QRESYNC (RFC 7162) and UIDONLY (RFC 9586) make of them. Nobody else spells these responses.
 */
import type { Turns } from "../../turns.ts";
import type { Output } from "./respond.ts";
import { formatRanges, type SequenceRange } from "./sequence.ts";

/** What a session's client is to be told, and how. */
export interface Telling {
  /** RECENT and \Recent are sent: the client has not enabled IMAP4rev2 (RFC 9051 §1.3 dropped them). */
  readonly recent: boolean;
  /** Flags are told with their mod-sequence (RFC 7162 §3.1.2). */
  readonly modseqs: boolean;
  /** Every message is told with its UID (RFC 7162 §3.2.4). */
  readonly uids: boolean;
  /** VANISHED stands for EXPUNGE (RFC 7162 §3.2.10, RFC 9586 §3.4). */
  readonly vanished: boolean;
  /** UIDFETCH stands for FETCH (RFC 9586 §3.3). */
  readonly uidOnly: boolean;
}

/** A message as a client knows it. */
export interface Known {
  readonly number: number;
  readonly uid: number;
}

/** Begins the response about a message, up to the parenthesis that opens its items. */
export function beginFetch(out: Output, telling: Telling, { number, uid }: Known): void {
  out
    .ascii("* ")
    .number(telling.uidOnly ? uid : number)
    .ascii(telling.uidOnly ? " UIDFETCH (" : " FETCH (");
}

/** Flags and mod-sequence of a message; what is left out is undefined. */
export interface ShownFlags {
  /** In parentheses. */
  readonly flags: string | undefined;
  readonly modseq: number | undefined;
  /** The UID is wanted whatever was enabled. */
  readonly withUid: boolean;
}

/** One message's whole response about its flags. */
export function tellFlags(out: Output, telling: Telling, known: Known, shown: ShownFlags): void {
  beginFetch(out, telling, known);
  let space = "";
  if (!telling.uidOnly && (shown.withUid || telling.uids)) {
    out.ascii("UID ").number(known.uid);
    space = " ";
  }
  if (shown.flags !== undefined) {
    out.ascii(`${space}FLAGS ${shown.flags}`);
    space = " ";
  }
  if (shown.modseq !== undefined) out.ascii(`${space}MODSEQ (${shown.modseq})`);
  out.ascii(")\r\n");
}

/** Ranges in one VANISHED: a line stays of a length that every client reads. */
const LINE = 1_000;

/** Tells that messages are gone by their UIDs; `earlier` where they went before the folder was opened. */
export async function tellVanished(
  out: Output,
  turns: Turns,
  gone: readonly SequenceRange[],
  earlier = false,
): Promise<void> {
  for (let from = 0; from < gone.length; from += LINE) {
    out.ascii(`* VANISHED ${earlier ? "(EARLIER) " : ""}${formatRanges(gone.slice(from, from + LINE))}\r\n`);
    if (!out.full) continue;
    await out.drain();
    if (turns.over) await turns.next();
  }
}

/** Tells that messages are gone by their ascending numbers: highest first, so that none shifts another. */
export async function tellExpunged(out: Output, turns: Turns, numbers: Uint32Array): Promise<void> {
  for (let k = numbers.length - 1; k >= 0; k--) {
    out
      .ascii("* ")
      .number(numbers[k] as number)
      .ascii(" EXPUNGE\r\n");
    if (!out.full) continue;
    await out.drain();
    if (turns.over) await turns.next();
  }
}
