/**
 * Answers that are ready: what was sent of a small file lately, with its fields, for whoever asks the same. Given within the call, before
 * anything is made for the request. Everything that an answer depended on is asked anew each time: the file on the disk, the settings,
 * the owner; what varies with the request is part of the key, and requests with other conditions go the long way.
 */
import type { Entry, Jail } from "../../files/files.ts";
import { answerHead, headOctets } from "../answer-octets.ts";
import type { LoopTurn } from "./loop-turn.ts";

/** Octets of all bodies, and how many answers; one key at most. */
const MOST_OCTETS = 4_194_304;
const MOST_ANSWERS = 1_000;
const LONGEST_KEY = 1_024;
/** Octets of one head, and of all. */
const LONGEST_HEAD = 4_096;
const MOST_HEAD_OCTETS = 1_048_576;
/** What was not asked for so long (milliseconds) may have left the system's memory, and a disk is not waited for here. */
const COLD_MS = 30_000;
/** How often an answer is put behind the others because it was asked for (milliseconds). */
const TOUCH_MS = 1_000;

/** Conditions that are not part of the key (RFC 9110 §13.1, §14.2). */
const ELSEWHERE = ["range", "if-match", "if-unmodified-since"];

/** What an answer was given for. */
export interface Grounds {
  readonly login: string;
  readonly ownerId: number;
  /** The owner's folder, and his right to scripts, which changes what a page is. */
  readonly folder: string;
  readonly mayScript: boolean;
  readonly ownHost: boolean;
  /** The group of settings: another object after each change. */
  readonly settings: object;
  readonly hostname: string;
}

/** An answer as it is given. */
export interface Given<Body extends Blob | Uint8Array<ArrayBuffer> = Blob | Uint8Array<ArrayBuffer>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body | null;
  /** Octets of the body. */
  readonly size: number;
}

/** An answer that is ready. */
export interface Ready<G extends Given> {
  readonly grounds: Grounds;
  readonly given: G;
  readonly isStill: () => boolean;
  askedAt: number;
  /** The turn of the event loop in which all that it depends on was asked last. */
  heldIn: number;
}

/** The file that an answer is made of. */
export interface Served {
  readonly jail: Jail;
  readonly path: string;
  readonly entry: Entry;
}

/** What requests have in common that get the same answer; undefined for one that goes the long way. */
export const keyFor = ({ method, headers, url }: Request): string | undefined => {
  if (method !== "GET" || ELSEWHERE.some((name) => headers.has(name))) return undefined;
  const tags = headers.get("if-none-match");
  // RFC 9110 §13.1.3: beside If-None-Match it means nothing.
  if (tags === null && headers.has("if-modified-since")) return undefined;
  const key = `${headers.get("host") ?? ""}\n${url}\n${headers.get("accept-encoding") ?? ""}\n${tags ?? ""}`;
  return key.length > LONGEST_KEY ? undefined : key;
};

/** An answer for the HTTP server. */
export const givenOf = async (response: Response): Promise<Given<Blob>> => {
  const { status, headers } = response;
  const body = status === 200 ? await response.clone().blob() : null;
  return { status, headers: new Headers(headers), body, size: body?.size ?? 0 };
};

/** An answer in the octets in which it is sent: its head, which is made anew with each second for Date, and behind it the body. */
export class Prepared implements Given<Uint8Array<ArrayBuffer>> {
  #octets: Uint8Array<ArrayBuffer>;
  #bodyAt = 0;
  #second = -1;

  private constructor(
    readonly status: number,
    readonly headers: Headers,
    body: Uint8Array<ArrayBuffer>,
  ) {
    this.#octets = body;
  }

  /** `response` is not used up. */
  static async of(response: Response): Promise<Prepared> {
    const { status, headers } = response;
    const body = status === 200 ? await response.clone().bytes() : new Uint8Array(0);
    return new Prepared(status, new Headers(headers), body);
  }

  get body(): Uint8Array<ArrayBuffer> | null {
    return this.status === 200 ? this.#octets.subarray(this.#bodyAt) : null;
  }

  get size(): number {
    return this.#octets.length - this.#bodyAt;
  }

  /** All of it in one piece, which nobody changes. @param now milliseconds since the epoch */
  octets(now: number): Uint8Array {
    const second = Math.floor(now / 1_000);
    if (this.#second !== second) {
      const head = headOctets(answerHead(this.status, this.headers, now));
      this.#octets = Buffer.concat([head, this.#octets.subarray(this.#bodyAt)]);
      this.#bodyAt = head.length;
      this.#second = second;
    }
    return this.#octets;
  }
}

/** What an answer was made of. */
export interface Made {
  readonly served: Served;
  readonly grounds: Grounds;
}

/** Whether an answer stays the same as long as what it was made of does. */
export const mayBeKept = ({ status }: Response, { served }: Made, now: number): boolean =>
  // RFC 9110 §8.8.2.1: Last-Modified is the time of the answer until then.
  (status === 200 || status === 304) && served.entry.modified <= now;

export class ReadyAnswers<G extends Given> {
  readonly #ready = new Map<string, Ready<G>>();
  #octets = 0;

  constructor(private readonly turn: LoopTurn) {}

  /** An answer that is still what would be made now. @param holds whether grounds are what they were */
  find(key: string, now: number, holds: (grounds: Grounds) => boolean): Ready<G> | undefined {
    const ready = this.#ready.get(key);
    if (ready === undefined) return undefined;
    const turn = this.turn.number;
    if (ready.heldIn === turn) return ready;
    if (now - ready.askedAt > COLD_MS || !holds(ready.grounds) || !ready.isStill()) {
      this.#forget(key, ready);
      return undefined;
    }
    ready.heldIn = turn;
    if (now - ready.askedAt > TOUCH_MS) {
      ready.askedAt = now;
      this.#ready.delete(key);
      this.#ready.set(key, ready);
    }
    return ready;
  }

  /** Keeps an answer that was just made. */
  keep(key: string, given: G, { served, grounds }: Made, now: number): void {
    const isStill = served.jail.watch(served.path, served.entry);
    if (isStill === undefined) return;
    const before = this.#ready.get(key);
    if (before !== undefined) this.#forget(key, before);
    this.#ready.set(key, { grounds, given, isStill, askedAt: now, heldIn: -1 });
    this.#octets += given.size;
    for (const [oldest, other] of this.#ready) {
      if (this.#octets <= MOST_OCTETS && this.#ready.size <= MOST_ANSWERS) break;
      this.#forget(oldest, other);
    }
  }

  #forget(key: string, ready: Ready<G>): void {
    if (this.#ready.delete(key)) this.#octets -= ready.given.size;
  }
}

/**
 * Which answer whole heads of requests lead to, octet by octet. A browser writes the same head for the same file again and again, and so
 * it is read once. Those that came first are forgotten first.
 */
export class KnownHeads {
  readonly #keys = new Map<string, string>();
  #octets = 0;

  keyOf(head: string): string | undefined {
    return this.#keys.get(head);
  }

  add(head: string, key: string): void {
    if (head.length > LONGEST_HEAD || this.#keys.has(head)) return;
    this.#keys.set(head, key);
    this.#octets += head.length;
    for (const [oldest] of this.#keys) {
      if (this.#octets <= MOST_HEAD_OCTETS) break;
      this.#keys.delete(oldest);
      this.#octets -= oldest.length;
    }
  }
}
