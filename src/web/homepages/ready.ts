/**
 * Answers that are ready: what was sent of a small file lately, with its fields, for whoever asks the same. Given within the call, before
 * anything is made for the request. Everything that an answer depended on is asked anew each time: the file on the disk, the settings,
 * the owner; what varies with the request is part of the key, and requests with other conditions go the long way.
 */
import type { Entry, Jail } from "../../files/files.ts";

/** Octets of all bodies, and how many answers; one key at most. */
const MOST_OCTETS = 4_194_304;
const MOST_ANSWERS = 1_000;
const LONGEST_KEY = 1_024;
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

/** An answer that is ready. */
export interface Ready {
  readonly grounds: Grounds;
  readonly status: number;
  readonly headers: Headers;
  readonly body: Blob | null;
  readonly isStill: () => boolean;
  askedAt: number;
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

export class ReadyAnswers {
  readonly #ready = new Map<string, Ready>();
  #octets = 0;

  /** An answer whose file is still the same; whether its grounds hold is for the caller to ask first. */
  find(key: string, now: number, holds: (grounds: Grounds) => boolean): Ready | undefined {
    const ready = this.#ready.get(key);
    if (ready === undefined) return undefined;
    if (now - ready.askedAt > COLD_MS || !holds(ready.grounds) || !ready.isStill()) {
      this.#forget(key, ready);
      return undefined;
    }
    if (now - ready.askedAt > TOUCH_MS) {
      ready.askedAt = now;
      this.#ready.delete(key);
      this.#ready.set(key, ready);
    }
    return ready;
  }

  /** Keeps an answer that was just made; `response` is not used up. */
  async keep(
    key: string,
    response: Response,
    { jail, path, entry }: Served,
    grounds: Grounds,
    now: number,
  ): Promise<void> {
    const { status } = response;
    // RFC 9110 §8.8.2.1: Last-Modified is the time of the answer until then.
    if ((status !== 200 && status !== 304) || entry.modified > now) return;
    const headers = new Headers(response.headers);
    const body = status === 200 ? await response.clone().blob() : null;
    const isStill = jail.watch(path, entry);
    if (isStill === undefined) return;
    const before = this.#ready.get(key);
    if (before !== undefined) this.#forget(key, before);
    this.#ready.set(key, { grounds, status, headers, body, isStill, askedAt: now });
    this.#octets += body?.size ?? 0;
    for (const [oldest, other] of this.#ready) {
      if (this.#octets <= MOST_OCTETS && this.#ready.size <= MOST_ANSWERS) break;
      this.#forget(oldest, other);
    }
  }

  #forget(key: string, ready: Ready): void {
    if (this.#ready.delete(key)) this.#octets -= ready.body?.size ?? 0;
  }
}
