/**
 * rspamd by its HTTP protocol (https://docs.rspamd.com/developers/protocol): the message is the body, what is known of its visit stands in
 * the header, and the answer is JSON. The controller learns by the same way.
 */
import type { Finding, Visit } from "../judgement.ts";
import { exchange, NoAnswer } from "./exchange.ts";
import { findingsOf, type OuterVerdict, word } from "./outer-verdict.ts";

export interface RspamdQuestion {
  readonly place: string;
  readonly seconds: number;
  /** Octets of the message. */
  readonly size: number;
  readonly octets: () => AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal;
}

/** Octets: rspamd itself takes 50 MB unless told otherwise. */
export const RSPAMD_MOST_OCTETS = 50_000_000;
const LONGEST_ANSWER = 1_000_000;

/** @throws NoAnswer */
export async function askRspamd(
  question: RspamdQuestion,
  visit: Visit,
  hostname: string | undefined,
  factor: number,
): Promise<Finding[]> {
  const fields = [
    `IP: ${visit.remote}`,
    ...(visit.helo === "" ? [] : [`Helo: ${visit.helo}`]),
    ...(hostname === undefined ? [] : [`Hostname: ${hostname}`]),
    `From: ${visit.reversePath}`,
    ...visit.recipients.slice(0, 100).map(({ address }) => `Rcpt: ${address}`),
    ...visit.recipients.slice(0, 1).map(({ address }) => `Deliver-To: ${address}`),
    `Queue-Id: ${visit.trace}`,
  ];
  const { status, body } = await post(question, "/checkv2", fields);
  if (status !== 200) throw new NoAnswer(`rspamd answers with ${status}`);
  return findingsOf("rspamd", verdictIn(body), factor);
}

/** Teaches rspamd a message. @throws NoAnswer where it does not take it */
export async function teachRspamd(question: RspamdQuestion, kind: "ham" | "spam", password: string): Promise<void> {
  const fields = password === "" ? [] : [`Password: ${password}`];
  const { status, body } = await post(question, kind === "spam" ? "/learnspam" : "/learnham", fields);
  // 208: it knows the message, which older ones say with 404; 204: it does not want to learn from it.
  const known = status === 208 || (status === 404 && body.includes("already learned"));
  if (!known && status !== 200 && status !== 204)
    throw new NoAnswer(`rspamd answers with ${status}: ${word(body, 200)}`);
}

async function post(
  { place, seconds, size, octets, signal }: RspamdQuestion,
  path: string,
  fields: readonly string[],
): Promise<{ readonly status: number; readonly body: string }> {
  // No value can begin a field of its own. HTTP/1.0: the answer ends with the connection, and is not in chunks.
  const head = [`POST ${path} HTTP/1.0`, ...fields, `Content-Length: ${size}`].map((line) =>
    line.replace(/[^\x20-\x7e\u0080-\u{10ffff}]/gu, "?"),
  );
  const whole = (async function* () {
    yield Buffer.from(`${head.join("\r\n")}\r\n\r\n`);
    yield* octets();
  })();
  const answer = (await exchange(place, whole, { seconds, mostOctets: LONGEST_ANSWER, signal })).toString("utf8");
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1];
  const end = answer.indexOf("\r\n\r\n");
  if (status === undefined || end === -1) throw new NoAnswer("what answers is no rspamd");
  return { status: Number(status), body: answer.slice(end + 4) };
}

/** @throws NoAnswer where it is no verdict */
function verdictIn(body: string): OuterVerdict {
  const answer = objectIn(body);
  const { score, required_score: required, symbols } = answer;
  if (typeof score !== "number" || typeof required !== "number") throw new NoAnswer("rspamd gives no score");
  const tests = Object.entries(isObject(symbols) ? symbols : {}).flatMap(([name, symbol]) => {
    if (!isObject(symbol) || typeof symbol.score !== "number") return [];
    const { description } = symbol;
    return [{ name, points: symbol.score, about: typeof description === "string" ? description : name }];
  });
  return { score, required, tests };
}

function objectIn(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    if (isObject(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new NoAnswer("rspamd does not answer in JSON");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
