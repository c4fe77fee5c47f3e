/**
 * Takes out of a message's header the Authentication-Results that claim to be ours (RFC 8601 §5), and every verdict of this kind: nobody
 * but this server says what this server found. Octets pass through as they come; only the beginning of a field that may be one is held back.
 */

const LF = 10;
const CR = 13;
const COLON = 58;
/** What this server says of a message (score.ts, scanners/viruses.ts): nobody else does. */
const VERDICTS = ["gatepost-verdict", "gatepost-virus"] as const;
const NAMES = ["authentication-results", ...VERDICTS] as const;
/** Octets in which a field must say whose it is; one that does not is taken out too. */
const LONGEST_BEGINNING = 2_048;
const NOTHING = Buffer.alloc(0);

type Fate = "keep" | "drop";

export class OwnResults {
  readonly #host: string;
  /** What becomes of the field under way, its folded lines included. */
  #fate: Fate = "keep";
  /** The rest of a line whose field is judged already comes next. */
  #inLine = false;
  #inBody = false;
  /** The beginning of a field that cannot be judged yet. */
  #held = NOTHING;
  #dropped = 0;

  /** @param host our own authserv-id (RFC 8601 §2.5) */
  constructor(host: string) {
    this.#host = host.toLowerCase();
  }

  /** How many fields were taken out. */
  get dropped(): number {
    return this.#dropped;
  }

  /** What may pass of the next octets; it may share their memory. */
  pass(octets: Uint8Array): Uint8Array {
    if (this.#inBody) return octets;
    const piece = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
    const input = this.#held.length === 0 ? piece : Buffer.concat([this.#held, piece]);
    this.#held = NOTHING;
    const kept: Buffer[] = [];
    let from = 0;
    let at = 0;
    while (at < input.length) {
      if (!this.#inLine && !this.#beginLine(input, at)) break;
      if (this.#inBody) at = input.length;
      else {
        const start = at;
        at = this.#restOfLine(input, at);
        if (this.#fate === "keep") continue;
        kept.push(input.subarray(from, start));
        from = at;
      }
    }
    if (at < input.length) this.#held = Buffer.from(input.subarray(at));
    if (from === 0 && at === input.length) return input;
    return Buffer.concat([...kept, input.subarray(from, at)]);
  }

  /** What was still held back when the message ended. */
  rest(): Uint8Array {
    const held = this.#held;
    this.#held = NOTHING;
    return held.length === 0 || this.#judge(held, 0, true) === "keep" ? held : NOTHING;
  }

  /** Judges the line that begins there, unless it goes on the field before it; false where more octets are needed for that. */
  #beginLine(input: Buffer, at: number): boolean {
    const first = input[at];
    const next = input[at + 1];
    if (first === CR && next === undefined) return false;
    if (first === LF || (first === CR && next === LF)) this.#inBody = true;
    else if (first !== 32 && first !== 9) {
      const fate = this.#judge(input, at, false);
      if (fate === undefined) return false;
      this.#fate = fate;
    }
    this.#inLine = true;
    return true;
  }

  /** Where the line ends, or the input. */
  #restOfLine(input: Buffer, at: number): number {
    const newline = input.indexOf(LF, at);
    this.#inLine = newline === -1;
    return newline === -1 ? input.length : newline + 1;
  }

  /** Whether the field that begins there may stay; undefined where its beginning is not all there yet, and not `complete`. */
  #judge(input: Buffer, at: number, complete: boolean): Fate | undefined {
    const name = NAMES.find((one) => begins(input, at, one));
    if (name === undefined) return "keep";
    let value = at + name.length;
    // Blanks may stand before the colon (RFC 5322 §4.5).
    while (input[value] === 32 || input[value] === 9) value++;
    if (value < input.length && input[value] !== COLON) return "keep";
    if (value >= input.length) return complete ? "keep" : undefined;
    if (name !== "authentication-results") {
      this.#dropped++;
      return "drop";
    }
    const beginning = input.subarray(value + 1, at + LONGEST_BEGINNING);
    const cut = input.length - at >= LONGEST_BEGINNING;
    const whose = authservId(beginning.toString("latin1"), complete);
    if (whose === undefined && !cut) return complete ? "keep" : undefined;
    if (whose !== undefined && whose.toLowerCase() !== this.#host) return "keep";
    this.#dropped++;
    return "drop";
  }
}

/** Whether a name stands there, or what is there of it. */
function begins(input: Buffer, at: number, name: string): boolean {
  for (let next = 0; next < name.length && at + next < input.length; next++) {
    if (((input[at + next] ?? 0) | 32) !== name.charCodeAt(next)) return false;
  }
  return true;
}

/** Blanks and line ends that fold (RFC 5322 §3.2.2). */
const FOLDING = /(?:[ \t]|\r?\n(?=[ \t]))+/y;
/** The end of a field, as far as it is there. */
const FIELD_END = /\r?\n(?![ \t])/;

/**
 * The authserv-id with which a value begins, after comments; undefined where it is not there, or may go on.
 * @param complete nothing follows
 */
function authservId(text: string, complete: boolean): string | undefined {
  const end = FIELD_END.exec(text);
  // A line end at the very end may still turn out to fold.
  const ended = complete || (end !== null && end.index + end[0].length < text.length);
  const value = ended && end !== null ? text.slice(0, end.index) : text;
  const at = afterComments(value);
  // A line end at the end of what is there may fold, too.
  if (at === undefined || (!ended && /[\r\n]/.test(value[at] ?? ""))) return ended ? "" : undefined;
  const quoted = value[at] === '"';
  const match = (quoted ? /"((?:[^"\\]|\\.)*)("?)/sy : /([^\s;()]*)([\s;(]?)/y) as RegExp;
  match.lastIndex = at;
  const [, id = "", last = ""] = match.exec(value) ?? [];
  if (last === "" && !ended) return undefined;
  return quoted ? id.replace(/\\(.)/gs, "$1").trim() : id;
}

/** Where a value goes on after blanks and comments; undefined if it ends in them. */
function afterComments(text: string): number | undefined {
  let at = 0;
  let depth = 0;
  while (at < text.length) {
    FOLDING.lastIndex = at;
    const blank = FOLDING.exec(text);
    if (blank !== null) {
      at += blank[0].length;
      continue;
    }
    const character = text[at];
    if (character === "(") depth++;
    else if (character === ")" && depth > 0) depth--;
    else if (character === "\\" && depth > 0) at++;
    else if (depth === 0) return at;
    at++;
  }
  return undefined;
}
