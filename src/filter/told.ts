/**
 * What this server found of a message when it came, read back from the fields it set in front: for people who ask why it is where it is,
 * and for scripts that are run on mail that lies there already. Only what stands above the server's own Received field is believed
 * (RFC 8601 §5): further down anybody may have written.
 */
import type { Header } from "../mime/header.ts";
import type { Finding } from "./judgement.ts";

/** One test of the verdict. */
export type ToldTest = Pick<Finding, "test" | "result" | "points">;

/** What the verdict field says. */
export interface ToldVerdict {
  readonly junk: boolean;
  readonly score: number;
  /** The score from which mail is junk; null: never. */
  readonly required: number | null;
  readonly tests: readonly ToldTest[];
}

/** One check of who wrote the message (RFC 8601 §2.2). */
export interface ToldCheck {
  readonly method: string;
  readonly result: string;
  /** Properties, such as header.from. */
  readonly properties: Readonly<Record<string, string>>;
}

/** What the server wrote in front of a message. */
export interface Told {
  /** The trace of its way in. */
  readonly trace: string;
  /** How it was handed in, such as ESMTPS; ESMTPSA: by somebody who had signed in. */
  readonly protocol: string;
  readonly verdict: ToldVerdict | undefined;
  /** Undefined where nobody checked. */
  readonly checks: readonly ToldCheck[] | undefined;
  /** What the virus scanner said: "none", "found; NAME", "not scanned". */
  readonly virus: string | undefined;
}

/** Tests of one verdict that are read. */
const MOST_TESTS = 200;

/** What this server says of a message; undefined where it did not take it in itself. @param host the server's name */
export function toldOf(header: Header, host: string): Told | undefined {
  const own = new Map<string, string>();
  for (const field of header.fields) {
    const value = unfolded(header.octetsOf(field));
    if (field.key === "received") return read(value, host, own);
    if (!own.has(field.key)) own.set(field.key, value);
  }
  return undefined;
}

function read(received: string, host: string, own: ReadonlyMap<string, string>): Told | undefined {
  const by = /(?:^|\s)by (\S+) \(Gatepost\)(?: with (\S+))?/.exec(received);
  const trace = /\sid ([\w-]{1,64})(?= for |;)/.exec(received)?.[1];
  if (by?.[1]?.toLowerCase() !== host.toLowerCase() || trace === undefined) return undefined;
  const verdict = own.get("gatepost-verdict");
  return {
    ...{ trace, protocol: by[2] ?? "" },
    verdict: verdict === undefined ? undefined : verdictIn(verdict),
    checks: checksIn(own.get("authentication-results"), host),
    virus: own.get("gatepost-virus"),
  };
}

const unfolded = (value: string): string => value.replace(/\r?\n[ \t]+/g, " ").trim();

function verdictIn(value: string): ToldVerdict | undefined {
  const match = /^(junk|clean); score=(-?[\d.]+); required=(never|-?[\d.]+); tests=\s*(.*)$/s.exec(value);
  if (match === null) return undefined;
  const [, said, score, required, tests = ""] = match;
  const found = tests.replace(/\s/g, "").split(",").slice(0, MOST_TESTS);
  return {
    junk: said === "junk",
    score: Number(score),
    required: required === "never" ? null : Number(required),
    tests: found.flatMap((one) => {
      const parts = /^([\w-]+)\/(.+):(-?[\d.]+)$/.exec(one);
      return parts === null ? [] : [{ test: parts[1] ?? "", result: parts[2] ?? "", points: Number(parts[3]) }];
    }),
  };
}

function checksIn(value: string | undefined, host: string): ToldCheck[] | undefined {
  if (value === undefined) return undefined;
  const [id, ...methods] = value
    // One that does not end goes to the end, or each further quotation mark would look for it again.
    .replace(/"(?:[^"\\]|\\[\s\S]?)*(?:"|$)/g, (quoted) => quoted.slice(1, -1).replace(/[;()]/g, " "))
    .replace(/\([^()]*\)/g, " ")
    .split(";")
    .map((one) => one.trim());
  if (id?.toLowerCase() !== host.toLowerCase()) return undefined;
  return methods.flatMap((one) => {
    const match = /^([a-z]+)=([a-z]+)(?:\s|$)/.exec(one);
    if (match === null) return [];
    const properties = [...one.matchAll(/\s([a-z]+\.[a-z-]+)=(\S+)/g)].map(([, name = "", text = ""]) => [name, text]);
    return [{ method: match[1] ?? "", result: match[2] ?? "", properties: Object.fromEntries(properties) }];
  });
}

/**
 * A score as a share of 100 (RFC 5235 §3.2): 0 for no points or fewer, 50 where junk begins, 100 at twice that. What is in Junk has 50 at
 * least, what is not has less, whatever decided it.
 */
export function spamPercent(score: number, required: number | null, junk: boolean): number {
  const begin = Math.max(required ?? 100, 1);
  const share = Math.round((Math.max(score, 0) / begin) * 50);
  return junk ? Math.min(Math.max(share, 50), 100) : Math.min(share, 49);
}

/** The virus score of RFC 5235 §3.3: 0 nobody looked, 1 none was found, 5 there is one. */
export function virusScore(result: string | undefined): number {
  if (result === "clean" || result === "none") return 1;
  return result?.startsWith("found") ? 5 : 0;
}
