/**
 * Whether a message carries a virus, and what becomes of it then, or where nobody could say: one look for every message that comes from
 * somewhere, read when the first one is scanned. What people here send is never held: they hear at once that it is refused.
 */
import { Refusal } from "../../refusal.ts";
import type { Store } from "../../store/store.ts";
import type { Finding, Hold, WholeMessage } from "../judgement.ts";
import { scanWithClamd } from "./clamd.ts";
import { NoAnswer } from "./exchange.ts";
import { scannerSettings } from "./settings.ts";

/** Whose message is scanned. */
export interface Scanned {
  readonly trace: string;
  readonly session: string;
  /** Somebody of this house sends it. */
  readonly own: boolean;
  /** It lay elsewhere: there is nobody who could be refused. */
  readonly collected?: boolean;
}

/** What the scan comes to. */
export interface ScanResult {
  /** A complete header field with CRLF. */
  readonly field: string;
  readonly finding: Finding;
  readonly refusal?: Refusal;
  readonly hold?: Hold;
}

type Said = Pick<Finding, "result" | "sentence"> & { readonly shown: string };

/** Scans a message and says so in the log. */
export async function scanForViruses(store: Store, whole: WholeMessage, about: Scanned): Promise<ScanResult> {
  const { clamd, clamdSeconds } = store.settings.get(scannerSettings);
  let said: Said;
  try {
    said = wordsFor(await scanWithClamd({ places: clamd, seconds: clamdSeconds, octets: () => whole.octets() }));
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    said = { result: "unscanned", shown: "not scanned", sentence: `No virus scanner answers: ${error.message}.` };
  }
  const done = outcome(store, said, about);
  store.events.log({
    ...{ room: "filter", name: "message.scanned", trace: about.trace, session: about.session, text: said.sentence },
    level: said.result === "clean" ? "info" : "warn",
    data: { result: said.result, ...(done.refusal && { refused: done.refusal.sentence }) },
  });
  const finding = { test: "virus", result: said.result, points: 0, sentence: said.sentence };
  return { field: `Gatepost-Virus: ${said.shown}\r\n`, finding, ...done };
}

function wordsFor(scan: Awaited<ReturnType<typeof scanWithClamd>>): Said {
  if (scan.result === "clean") return { ...scan, shown: "none", sentence: "The virus scanner found nothing." };
  if (scan.result === "found") {
    return { result: "found", shown: `found; ${scan.name}`, sentence: `It carries the virus ${scan.name}.` };
  }
  const sentence = "It is larger than the virus scanner takes, so nobody scanned it.";
  return { result: "too-large", shown: "not scanned; too large", sentence };
}

function outcome(
  store: Store,
  { result, sentence }: Said,
  { own, collected = false }: Scanned,
): Pick<ScanResult, "refusal" | "hold"> {
  const { onVirus, whenUnscanned } = store.settings.get(scannerSettings);
  if (result === "found") {
    if (own || (onVirus === "refuse" && !collected)) return { refusal: infected(sentence) };
    return { hold: { reason: "virus", sentence, discards: onVirus === "discard" } };
  }
  // Coming again would not make it smaller.
  const unseen = result === "unscanned" || (result === "too-large" && whenUnscanned === "quarantine");
  if (!unseen || whenUnscanned === "pass") return {};
  if (whenUnscanned === "quarantine" && !own) return { hold: { reason: "unscanned", sentence } };
  return result === "unscanned" ? { refusal: later() } : {};
}

function infected(sentence: string): Refusal {
  return new Refusal("senderRefused", `This message is not taken. ${sentence}`, {
    smtp: { code: 550, enhanced: "5.7.1" },
  });
}

function later(): Refusal {
  const sentence = "Messages cannot be scanned for viruses at the moment; please try again later.";
  return new Refusal("temporary", sentence, { smtp: { code: 451, enhanced: "4.7.1" } });
}
