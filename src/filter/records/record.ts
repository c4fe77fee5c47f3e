/** One record that a domain should have in the DNS, and what became of looking at it. Pure but for the questions. */
import { isNotFound } from "../questions.ts";

export type RecordKind = "A" | "AAAA" | "MX" | "TXT" | "SRV" | "PTR" | "TLSA" | "CNAME";

/** A record as it should be. */
export interface WantedRecord {
  /** The whole name, without the last dot. */
  readonly name: string;
  readonly type: RecordKind;
  /** What it should say, as zone files have it but for quotes; "" where only its owner knows. */
  readonly value: string;
  /** What it is for, in one sentence. */
  readonly purpose: string;
  /** What is without it: mail does not arrive, or is not believed; something does not work as well; it is for those who want it. */
  readonly need: "needed" | "recommended" | "optional";
}

/** What the world says. */
export interface CheckedRecord extends WantedRecord {
  readonly state: "right" | "missing" | "wrong" | "unknown";
  /** What there is in the DNS. */
  readonly found: readonly string[];
  /** What is wrong, or that it is right, and what to do. */
  readonly sentence: string;
}

/** What a question brought. */
export interface Seen<T> {
  readonly values: readonly T[];
  /** Nobody could say. */
  readonly unknown: boolean;
}

/** How long somebody who looks at a page waits for one answer, in milliseconds. */
const PATIENCE_MS = 6_000;

/** Asks, and takes a missing name for an empty answer. */
export async function seen<T>(work: Promise<readonly T[]>): Promise<Seen<T>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Seen<T>>((resolve) => {
    timer = setTimeout(() => resolve({ values: [], unknown: true }), PATIENCE_MS);
  });
  const asked = work.then(
    (values): Seen<T> => ({ values, unknown: false }),
    (error: unknown): Seen<T> => ({ values: [], unknown: !isNotFound(error) }),
  );
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function checked(
  wanted: WantedRecord,
  state: CheckedRecord["state"],
  sentence: string,
  found: readonly string[] = [],
): CheckedRecord {
  return { ...wanted, state, sentence, found };
}

/** What is said where no name server answered. */
export function unasked(wanted: WantedRecord): CheckedRecord {
  return checked(wanted, "unknown", "No name server could answer this question now. Look again later.");
}

/** Strings of a TXT record have 255 octets at most (RFC 1035 §3.3.14). */
const LONGEST_STRING = 255;

/** A record as a line of a zone file (RFC 1035 §5.1). */
export function zoneLine({ name, type, value }: WantedRecord): string {
  if (type !== "TXT") return `${name}. IN ${type} ${value}`;
  const strings = value.match(new RegExp(`.{1,${LONGEST_STRING}}`, "gs")) ?? [""];
  return `${name}. IN TXT ${strings.map((text) => `"${text.replace(/["\\]/g, "\\$&")}"`).join(" ")}`;
}

/** The name as the forms of most providers want it: what stands before the domain, "@" for the domain itself. */
export function formName(name: string, domain: string): string {
  if (name === domain) return "@";
  return name.endsWith(`.${domain}`) ? name.slice(0, -domain.length - 1) : name;
}
