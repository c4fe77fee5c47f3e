/** MTA-STS (RFC 8461): the record that says there is a policy, the policy, and whom it names. Pure. */

/** What a domain asks of those who send mail to it (§3.2). */
export interface StsPolicy {
  readonly mode: "enforce" | "testing" | "none";
  /** Names of its servers, `*.` for any label in front; lower case. */
  readonly mx: readonly string[];
  /** How long it may be kept, in seconds. */
  readonly maxAge: number;
}

/** Octets of a policy that are read. */
export const LONGEST_POLICY = 65_536;
const MOST_NAMES = 100;
/** §3.2: a year, about. */
const LONGEST_AGE = 31_557_600;
const MODES: ReadonlySet<string> = new Set(["enforce", "testing", "none"]);

/** The policy's id from the text records of `_mta-sts.domain` (§3.1); undefined where there is no policy, or more than one. */
export function policyId(texts: readonly string[]): string | undefined {
  const records = texts.filter((text) => /^v=STSv1\s*;/.test(text));
  if (records.length !== 1) return undefined;
  return /;\s*id\s*=\s*([A-Za-z0-9]{1,32})\s*(?:;|$)/.exec(records[0] as string)?.[1];
}

/** Reads a policy (§3.2); undefined for what is none. Fields that are not known are passed over; of those that stand twice the first counts. */
export function readPolicy(text: string): StsPolicy | undefined {
  const fields = new Map<string, string>();
  const mx: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [, key, after = ""] = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,31})[ \t]*:(.*)$/.exec(line) ?? [];
    const value = after.trim();
    if (key === "mx" && mx.length < MOST_NAMES) mx.push(value.toLowerCase());
    else if (key !== undefined && !fields.has(key)) fields.set(key, value);
  }
  const mode = fields.get("mode") ?? "";
  const age = fields.get("max_age") ?? "";
  if (fields.get("version") !== "STSv1" || !isMode(mode) || !/^\d{1,10}$/.test(age)) return undefined;
  if (mode !== "none" && mx.length === 0) return undefined;
  return { mode, mx, maxAge: Math.min(Number(age), LONGEST_AGE) };
}

/** The lines of a policy, as reports have them (RFC 8460 §4.2). */
export function policyStrings({ mode, mx, maxAge }: StsPolicy): string[] {
  return ["version: STSv1", `mode: ${mode}`, ...mx.map((name) => `mx: ${name}`), `max_age: ${maxAge}`];
}

function isMode(text: string): text is StsPolicy["mode"] {
  return MODES.has(text);
}

/** Whether a policy names a server (§4.1): `*` stands for exactly one label. */
export function policyNames({ mx }: Pick<StsPolicy, "mx">, host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  const parent = name.slice(name.indexOf(".") + 1);
  return mx.some((pattern) =>
    pattern.startsWith("*.") ? name.includes(".") && pattern.slice(2) === parent : pattern === name,
  );
}
