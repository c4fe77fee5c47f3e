/**
 * Why a message is where it is. What the server found when the message came is read from the fields that it set in front
 * (src/filter/told.ts), and as long as the log reaches back, from the events of the message's trace. What sorts a mailbox only its owner sees.
 */
import type { Why, WhyTest } from "../../../views/webmail/why.tsx";
import { key, said, t } from "../../../views/words/words.ts";
import type { Told, ToldCheck, ToldVerdict } from "../../filter/told.ts";
import type { WebDeps } from "../deps.ts";
import type { RoledFolder } from "./access.ts";
import { authorOf } from "./author.ts";
import type { StoredMessage } from "./message.ts";
import { oneLine } from "./names.ts";
import { folderLabel } from "./rail.ts";

/** Events of one trace that are looked at. */
const MOST_EVENTS = 200;
/** Octets of a message that is run through the scripts of today. */
const MOST_TRIED = 1_000_000;
const LONGEST_SENTENCE = 500;
const LONGEST_NAME = 200;

/** A line of the log about what scripts did (src/transport/sorting/sorting.ts). */
interface Did {
  readonly script: string;
  readonly what: string;
  readonly line?: number;
  readonly rule?: string;
}

/** What the log says of the message's way in. */
interface Logged {
  readonly any: boolean;
  /** Sentences by test and result. */
  readonly sentences: ReadonlyMap<string, string>;
  /** About who sent it: the sentences of the checks. */
  readonly checks: readonly string[];
  readonly did: readonly Did[];
}

type Deps = Pick<WebDeps, "store" | "transport" | "directory">;

/** Finds out. @param own the mailbox is the reader's */
export async function whyHere(deps: Deps, folder: RoledFolder, message: StoredMessage, own: boolean): Promise<Why> {
  const { toldOf } = await import("../../filter/told.ts");
  const { sentenceFor } = await import("../../filter/sentences.ts");
  const told = toldOf(message.header, deps.transport.hostname());
  const logged = loggedOf(deps, folder.mailboxId, told?.trace);
  const testOf = ({ test, result, points }: ToldVerdict["tests"][number]): WhyTest => ({
    ...{ name: `${test}/${result}`, points },
    sentence: logged.sentences.get(`${test}/${result}`) ?? sentenceFor({ test, result }),
  });
  return {
    placed: placedWords(folder, told, own ? logged : { ...logged, did: [] }, own),
    today: own ? await todayWords(deps, folder, message, told?.verdict?.junk === true) : [],
    author: authorOf(message.envelope, told),
    checks: logged.checks.length > 0 ? logged.checks : (told?.checks ?? []).map(checkWords),
    verdict: told?.verdict && {
      ...{ words: verdictWords(told.verdict), junk: told.verdict.junk },
      tests: told.verdict.tests.map(testOf),
    },
    virus: told?.virus === undefined ? undefined : virusWords(told.virus),
    inJunk: folder.role === "Junk",
  };
}

function loggedOf({ store }: Deps, mailbox: number, trace: string | undefined): Logged {
  const events = trace === undefined ? [] : store.events.recent({ trace, limit: MOST_EVENTS });
  const sentences = new Map<string, string>();
  const checks: string[] = [];
  const did: Did[] = [];
  for (const { name, data } of events) {
    if (name === "message.judged") {
      for (const { test, result, points, sentence, mailbox: whose } of listIn<Found>(data, "findings")) {
        if (whose !== undefined && whose !== mailbox) continue;
        const words = oneLine(sentence, LONGEST_SENTENCE);
        if (points === 0) checks.push(words);
        else sentences.set(`${test}/${result.replace(/[^\w.%:-]/g, "_")}`, words);
      }
    } else if (name === "sieve.sorted" && isRecord(data) && data.mailbox === mailbox)
      did.push(...listIn<Did>(data, "did"));
  }
  return { any: events.length > 0, sentences, checks, did };
}

interface Found {
  readonly test: string;
  readonly result: string;
  readonly points: number;
  readonly sentence: string;
  readonly mailbox?: number;
}

const isRecord = (data: unknown): data is Record<string, unknown> => typeof data === "object" && data !== null;

/** A list that this server wrote into an event. */
const listIn = <T>(data: unknown, name: string): readonly T[] => {
  const list = isRecord(data) ? data[name] : undefined;
  return Array.isArray(list) ? (list as T[]) : [];
};

/** How it came into the folder. */
function placedWords(folder: RoledFolder, told: Told | undefined, { any, did }: Logged, own: boolean): string[] {
  const label = folderLabel(folder);
  if (folder.role === "Sent" || folder.role === "Drafts") return [t("You wrote it, so it is in {label}.", { label })];
  if (told === undefined) {
    return [
      t("It did not come by this server's door: a program, an import or somebody by hand put it into {label}.", {
        label,
      }),
    ];
  }
  const sorted = did.map(({ script, line, rule, what }) => {
    const did = said(what);
    const where =
      line === undefined
        ? t("script “{script}”", { script })
        : t("line {line} of the script “{script}”", { line, script });
    return rule
      ? t("The rule “{rule}” ({where}): {did}.", { rule, where, did })
      : t("By {where}: {did}.", { where, did });
  });
  const filed = did.some(({ what }) => what.startsWith("into "));
  const arrived = filed ? [] : [arrivedWords(told)];
  const forgot = any || !own ? [] : [t("What rules did with it is no longer in the log.")];
  return [...sorted, ...arrived, ...forgot, ...movedWords(folder, told, did)];
}

function arrivedWords({ verdict }: Told): string {
  return verdict?.junk
    ? t("It was taken for junk, so it went into Junk.")
    : t("No rule named a folder, so it went into the inbox.");
}

/** That it lies elsewhere than it was put: somebody moved it since. */
function movedWords(folder: RoledFolder, { verdict }: Told, did: readonly Did[]): string[] {
  const filed = did.flatMap(({ what }) => (what.startsWith("into ") ? [what.slice(5)] : []));
  const expected =
    filed.length > 0 ? filed.some((name) => name === folder.name) : folder.role === (verdict?.junk ? "Junk" : "Inbox");
  return expected
    ? []
    : [
        t("Since then it was moved to {folder}: by you, a mail program or a run of rules.", {
          folder: folderLabel(folder),
        }),
      ];
}

async function todayWords(
  deps: Deps,
  { mailboxId }: RoledFolder,
  message: StoredMessage,
  junk: boolean,
): Promise<string[]> {
  const { transport, store } = deps;
  if (!transport.scripts.isSorted(mailboxId) || message.size > MOST_TRIED) return [];
  const octets = store.content.read(message.content, 0, message.size);
  const sender = /<([^<>]*)>/.exec(message.header.raw("return-path") ?? "")?.[1] ?? "";
  try {
    const { done, error } = await transport.explainSorting({ mailbox: mailboxId, text: undefined, octets, sender });
    if (error !== undefined) return [t("The rules would fail: {error}", { error })];
    const kept = done.every((sentence) => sentence.startsWith("It is kept"));
    return junk && kept ? [t("No rule names a folder for it; what is junk goes to Junk.")] : [...done];
  } catch {
    // A script that is not good any more is told of by its own page.
    return [];
  }
}

function verdictWords({ junk, score, required }: ToldVerdict): string {
  const points = Math.abs(score) === 1 ? t("{score} point", { score }) : t("{score} points", { score });
  const limit = required === null ? t("nothing is taken for junk here") : t("junk begins at {required}", { required });
  return junk
    ? t("It was taken for junk: {points}; {limit}.", { points, limit })
    : t("It was not taken for junk: {points}; {limit}.", { points, limit });
}

function virusWords(said: string): string {
  if (said === "none") return t("The virus scanner found nothing in it.");
  const name = /^found; (.*)$/.exec(said)?.[1];
  return name === undefined
    ? t("It was not scanned for viruses.")
    : t("The virus scanner found {name} in it.", { name: oneLine(name, LONGEST_NAME) });
}

const METHODS: Readonly<Record<string, string>> = {
  iprev: key("The client's name (iprev)"),
  spf: key("The servers of the sender's domain (SPF)"),
  dkim: key("The signature (DKIM)"),
  arc: key("The chain of those who passed it on (ARC)"),
  dmarc: key("What the author's domain asks for (DMARC)"),
};

function checkWords({ method, result, properties }: ToldCheck): string {
  const about = Object.values(properties)[0];
  const named = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
  return `${t(named ?? method)}: ${result}${about === undefined ? "" : `, ${oneLine(about, LONGEST_NAME)}`}.`;
}
