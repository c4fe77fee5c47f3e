/**
 * Writers for responses (RFC 9051 §7, §9): an Output collects octets into large chunks that go to the connection when
 * they are worth a write; the functions below spell values the way the grammar wants them.
 */
import { encodeUtf7 } from "../../mime/utf7.ts";

/** Where an Output sends its chunks: the session's connection. */
export interface Sink {
  write(bytes: Uint8Array): Promise<void>;
}

const FIRST_CHUNK = 1024;
const CHUNK = 65_536;
/** From this size on, octets are passed on as they are instead of being copied into a chunk. */
const PASS_ON = 16_384;
/** Up to this many octets a loop copies faster than a call into native code. */
const SHORT = 40;

/**
 * Collects a session's responses. Nothing is sent until `drain`, so that a whole command's answer leaves in few writes;
 * a command with a long answer drains whenever `full` says so and thereby waits for the client (backpressure). An idle
 * session holds no chunk.
 */
export class Output {
  #chunk: Buffer | undefined;
  #used = 0;
  #ready: Uint8Array[] = [];
  #readyOctets = 0;

  constructor(private readonly sink: Sink) {}

  /** Whether enough waits for a write. */
  get full(): boolean {
    return this.#readyOctets + this.#used >= CHUNK;
  }

  /** Whether anything waits for a write. */
  get waiting(): boolean {
    return this.#readyOctets + this.#used > 0;
  }

  /** Adds text that is known to be US-ASCII (or Latin-1 meant octet by octet). */
  ascii(text: string): this {
    const { length } = text;
    const buffer = this.#room(length);
    if (!buffer) return this.bytes(Buffer.from(text, "latin1"));
    if (length <= SHORT) for (let i = 0; i < length; i++) buffer[this.#used + i] = text.charCodeAt(i);
    else buffer.write(text, this.#used, "latin1");
    this.#used += length;
    return this;
  }

  /** Adds text as UTF-8. */
  text(text: string): this {
    return /^[\0-\x7f]*$/.test(text) ? this.ascii(text) : this.bytes(Buffer.from(text, "utf8"));
  }

  /** Adds octets. Long ones are passed on uncopied, so the caller must not change them afterwards. */
  bytes(octets: Uint8Array): this {
    const { length } = octets;
    if (length < PASS_ON) {
      const buffer = this.#room(length) as Buffer;
      if (length <= SHORT) for (let i = 0; i < length; i++) buffer[this.#used + i] = octets[i] as number;
      else buffer.set(octets, this.#used);
      this.#used += length;
      return this;
    }
    this.#close();
    this.#push(octets);
    return this;
  }

  /** Adds a whole number in decimal. */
  number(value: number): this {
    if (value > 0xffff_ffff || value < 0) return this.ascii(String(value));
    const buffer = this.#room(10) as Buffer;
    let digits = 1;
    for (let bound = 10; bound <= value; bound *= 10) digits++;
    let rest = value;
    for (let at = this.#used + digits - 1; at >= this.#used; at--) {
      const tenth = Math.floor(rest / 10);
      buffer[at] = 0x30 + rest - tenth * 10;
      rest = tenth;
    }
    this.#used += digits;
    return this;
  }

  /** Adds a line end. */
  line(): this {
    return this.ascii("\r\n");
  }

  /** Passes everything to the connection; resolves when the client keeps up. */
  async drain(): Promise<void> {
    this.#close();
    const ready = this.#ready;
    if (ready.length === 0) return;
    this.#ready = [];
    this.#readyOctets = 0;
    for (const chunk of ready) await this.sink.write(chunk);
  }

  #room(octets: number): Buffer | undefined {
    if (octets >= PASS_ON) return undefined;
    if (!this.#chunk || this.#used + octets > this.#chunk.length) {
      const first = !this.#chunk && this.#ready.length === 0;
      this.#close();
      this.#chunk = Buffer.allocUnsafeSlow(first && octets <= FIRST_CHUNK ? FIRST_CHUNK : CHUNK);
    }
    return this.#chunk;
  }

  #close(): void {
    if (this.#chunk && this.#used > 0) this.#push(this.#chunk.subarray(0, this.#used));
    this.#chunk = undefined;
    this.#used = 0;
  }

  #push(octets: Uint8Array): void {
    this.#ready.push(octets);
    this.#readyOctets += octets.length;
  }
}

/** Text as a quoted string where the grammar allows, else as a literal; UTF-8 (RFC 9051 §9 `string`). */
export function stringOf(text: string): string {
  if (text.length < 1024 && !/[\0\r\n]|[^\0-\x7f]/.test(text)) return `"${text.replace(/["\\]/g, "\\$&")}"`;
  return `{${Buffer.byteLength(text)}}\r\n${text}`;
}

/** Text as a quoted string that may hold UTF-8, for clients that enabled IMAP4rev2 (RFC 9051 §9 `QUOTED-CHAR`). */
function quotedUtf8(text: string): string {
  return /[\0\r\n]/.test(text) ? stringOf(text) : `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** Text as an atom where it is one (RFC 9051 §9 `astring`), else quoted or literal. */
export function astringOf(text: string): string {
  return /^[\x21\x23\x24\x26\x27\x2b-\x5b\x5d-\x7a\x7c-\x7e]+$/.test(text) && text.toUpperCase() !== "NIL"
    ? text
    : stringOf(text);
}

/** A folder name as the client is to see it: UTF-8 once IMAP4rev2 or UTF8=ACCEPT is enabled, modified UTF-7 before. */
export function folderNameOf(name: string, utf8: boolean): string {
  if (utf8) return /^[\x21\x23\x24\x26\x27\x2b-\x5b\x5d-\x7a\x7c-\x7e]+$/.test(name) ? name : quotedUtf8(name);
  return astringOf(encodeUtf7(name));
}

const MONTH_NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Milliseconds since 1970 as a date-time in UTC, with its quotes (RFC 9051 §9 `date-time`). */
export function dateTimeOf(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => (value < 10 ? `0${value}` : `${value}`);
  const day = date.getUTCDate();
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  const year = String(Math.min(Math.max(date.getUTCFullYear(), 0), 9999)).padStart(4, "0");
  return `"${day < 10 ? " " : ""}${day}-${MONTH_NAMES[date.getUTCMonth()]}-${year} ${time} +0000"`;
}

/** Marks of our sentences as US-ASCII has them. */
const PLAIN: Readonly<Record<string, string>> = {
  ...{ "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'" },
  ...{ "–": "-", "—": "-", "…": "..." },
};

/** Response text must not hold line ends, and must not look like a response code (RFC 9051 §9 `resp-text`). */
export function responseText(text: string): string {
  const line = text.replace(/[\0-\x1f\x7f]+/g, " ").trim();
  const plain = line.replace(/[“”„‘’–—…]/g, (mark) => PLAIN[mark] ?? "?");
  const ascii = plain.replace(/[^\x20-\x7e]/g, "?");
  return ascii === "" ? "Done" : ascii.startsWith("[") ? `- ${ascii}` : ascii;
}
