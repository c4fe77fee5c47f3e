/**
 * Whether a password is a subject's. Correct ones are remembered for a short time under a keyed hash, so that a client
 * with 300 connections costs one Argon2; the memory is good only as long as the stored hash stays the same.
 */
import { createHmac, randomBytes } from "node:crypto";
import { BoundedMap } from "../directory/cache.ts";
import type { User } from "../directory/user.ts";
import { MOST_PASSWORD_OCTETS, type PasswordHasher, preparePassword } from "./password.ts";
import type { Subject } from "./subject.ts";

/** Asks an external user database whether a password is a user's. */
export type ExternalVerifier = (user: User, password: string) => Promise<"accepted" | "refused" | "unreachable">;

/** `remembered`: accepted without a new check. `repeated`: wrong, and it was the same wrong one before from there. */
export type Verdict = "accepted" | "remembered" | "wrong" | "repeated" | "unreachable";

interface Remembered {
  readonly hash: string | null;
  readonly until: number;
}

const REMEMBERED = 10_000;
const WRONG = 10_000;

export interface VerifierOptions {
  readonly now: () => number;
  /** How long a correct password is remembered, in milliseconds. */
  readonly rememberMs: () => number;
  readonly external: ExternalVerifier | undefined;
}

export class PasswordVerifier {
  readonly #secret = randomBytes(32);
  readonly #remembered = new BoundedMap<string, Remembered>(REMEMBERED);
  readonly #wrong = new BoundedMap<string, true>(WRONG);
  readonly #underWay = new Map<string, Promise<Verdict>>();

  constructor(
    private readonly hasher: PasswordHasher,
    private readonly options: VerifierOptions,
  ) {}

  /**
   * Checks a password. Without a subject it takes as long and says `wrong`. `proceed` is asked before the expensive part.
   * @throws Refusal "temporary" if too many checks wait
   */
  async verify(
    subject: Subject | undefined,
    name: string,
    password: string,
    from: string,
    proceed: () => boolean,
  ): Promise<Verdict> {
    if (password.length > MOST_PASSWORD_OCTETS || Buffer.byteLength(password) > MOST_PASSWORD_OCTETS) return "wrong";
    const prepared = preparePassword(password);
    const mark = this.#mark(subject?.key ?? `n${name}`, prepared);
    if (subject !== undefined && this.#remembers(mark, subject)) return "remembered";
    // The same attempt at the same time, from many connections of one client, is one attempt.
    const attempt = `${mark} ${from}`;
    const verdict = await (this.#underWay.get(attempt) ?? this.#check(attempt, subject, prepared, mark, proceed));
    if (verdict !== "wrong") return verdict;
    if (this.#wrong.get(attempt) === true) return "repeated";
    this.#wrong.set(attempt, true);
    return "wrong";
  }

  /** Forgets what was remembered of a subject, given by its key. */
  forget(key: string): void {
    for (const [mark] of [...this.#remembered.entries()]) if (mark.startsWith(`${key} `)) this.#remembered.delete(mark);
  }

  #mark(key: string, password: string): string {
    return `${key} ${createHmac("sha256", this.#secret).update(`${key}\0${password}`).digest("base64")}`;
  }

  #remembers(mark: string, subject: Subject): boolean {
    const known = this.#remembered.get(mark);
    if (known === undefined) return false;
    if (known.until > this.options.now() && known.hash === subject.credentials.passwordHash) return true;
    this.#remembered.delete(mark);
    return false;
  }

  #check(
    attempt: string,
    subject: Subject | undefined,
    prepared: string,
    mark: string,
    proceed: () => boolean,
  ): Promise<Verdict> {
    const check = this.#ask(subject, prepared, mark, proceed).finally(() => this.#underWay.delete(attempt));
    this.#underWay.set(attempt, check);
    return check;
  }

  async #ask(subject: Subject | undefined, prepared: string, mark: string, proceed: () => boolean): Promise<Verdict> {
    const hash = subject?.credentials.passwordHash ?? null;
    const external =
      subject !== undefined && !subject.mailboxOnly && subject.user.external !== null ? subject.user : undefined;
    const verdict =
      external === undefined
        ? await this.#compare(prepared, hash, proceed)
        : await (this.options.external?.(external, prepared) ?? Promise.resolve<Verdict>("unreachable"));
    if (verdict !== "accepted") return verdict === "refused" ? "wrong" : verdict;
    const rememberMs = this.options.rememberMs();
    if (rememberMs > 0) this.#remembered.set(mark, { hash, until: this.options.now() + rememberMs });
    return "accepted";
  }

  async #compare(prepared: string, hash: string | null, proceed: () => boolean): Promise<Verdict> {
    const right = await this.hasher.verify(prepared, hash ?? this.hasher.nobody, proceed);
    return right && hash !== null ? "accepted" : "wrong";
  }
}
