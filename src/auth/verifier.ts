/**
 * Whether a password is a subject's. Correct ones are remembered for a short time under a keyed hash, so that a client
 * with 300 connections costs one Argon2; the memory is good only as long as the stored hash stays the same.
 */
import { createHmac, randomBytes } from "node:crypto";
import { BoundedMap } from "../directory/cache.ts";
import type { User } from "../directory/user.ts";
import { MOST_PASSWORD_OCTETS, type PasswordHasher, preparePassword } from "./password.ts";
import type { Subject } from "./subject.ts";

/**
 * What an external user database says. `accepted` with a user: whom the login name means, where that is found out there. `wrong` with an
 * account: the name under which the failure counts. `refused`: the password is right, but the account may not be used. `away`: nobody
 * can say.
 */
export type ExternalAnswer =
  | { readonly kind: "accepted"; readonly user?: User }
  | { readonly kind: "wrong"; readonly account?: string }
  | { readonly kind: "refused"; readonly reason: "disabled" | "expired"; readonly sentence: string }
  | { readonly kind: "away" };

/** The external user databases, as far as logins ask them. */
export interface ExternalUsers {
  /** Whether there are any. */
  readonly any: boolean;
  /** Whether they are asked for login names that nobody has here. */
  readonly admits: boolean;
  /** About how long an answer takes, in milliseconds. */
  readonly pace: number;
  /** Whether a password is that of one of their users. @throws Refusal "temporary" */
  check(user: User, password: string): Promise<ExternalAnswer>;
  /** The same for a login name that nobody has here; makes the account. @throws Refusal "temporary" */
  admit(login: string, password: string): Promise<ExternalAnswer>;
}

/** What a database said that is more than right or wrong; exactly one of these. */
export interface Told {
  /** Accepted, and this is whom the login name means. */
  readonly user?: User;
  /** Wrong, and counted under this account. */
  readonly wrong?: { readonly account: string; readonly repeated: boolean };
  /** Right, but the account may not be used. */
  readonly refusal?: { readonly reason: "disabled" | "expired"; readonly sentence: string };
}

/** `remembered`: accepted without a new check. `repeated`: wrong, and it was the same wrong one before from there. */
export type Verdict = "accepted" | "remembered" | "wrong" | "repeated" | "unreachable" | Told;

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
  readonly external: ExternalUsers | undefined;
  readonly sleep: (ms: number) => Promise<unknown>;
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
    const check = () => this.#check(attempt, () => this.#ask(subject, name, prepared, mark, proceed));
    const verdict = await (this.#underWay.get(attempt) ?? check());
    const other = typeof verdict === "object" ? verdict.wrong : undefined;
    if (verdict !== "wrong" && other === undefined) return verdict;
    const repeated = this.#wrong.get(attempt) === true;
    if (!repeated) this.#wrong.set(attempt, true);
    if (other !== undefined) return { wrong: { ...other, repeated } };
    return repeated ? "repeated" : "wrong";
  }

  /** Forgets what was remembered of a subject, given by its key. */
  forget(key: string): void {
    for (const [mark] of [...this.#remembered.entries()]) if (mark.startsWith(`${key} `)) this.#remembered.delete(mark);
  }

  /** Forgets everything that was remembered. */
  forgetAll(): void {
    this.#remembered.clear();
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

  #check(attempt: string, ask: () => Promise<Verdict>): Promise<Verdict> {
    const check = ask().finally(() => this.#underWay.delete(attempt));
    this.#underWay.set(attempt, check);
    return check;
  }

  async #ask(
    subject: Subject | undefined,
    name: string,
    prepared: string,
    mark: string,
    proceed: () => boolean,
  ): Promise<Verdict> {
    const began = performance.now();
    const answer = proceed() ? await this.#askOutside(subject, name, prepared) : undefined;
    const spent = performance.now() - began;
    if (answer?.kind === "away") return "unreachable";
    if (answer?.kind === "refused") return { refusal: answer };
    if (answer?.kind === "accepted") {
      if (subject !== undefined) return this.#accepted(subject, mark);
      return answer.user === undefined ? "wrong" : { user: answer.user };
    }
    // Whoever guesses waits as long for a user here as for one of a database, and for nobody.
    const hash = answer === undefined ? (subject?.credentials.passwordHash ?? null) : null;
    const right = await this.#compare(prepared, hash, proceed);
    if (right && subject !== undefined) return this.#accepted(subject, mark);
    const wait = (this.options.external?.pace ?? 0) - spent;
    if (wait > 0) await this.options.sleep(wait);
    return answer?.account === undefined ? "wrong" : { wrong: { account: answer.account, repeated: false } };
  }

  /** Asks the database that decides; undefined where the decision is made here. */
  async #askOutside(subject: Subject | undefined, name: string, prepared: string): Promise<ExternalAnswer | undefined> {
    const { external } = this.options;
    if (subject === undefined) {
      // RFC 4513 §5.1.2: to a directory server a bind without a password is no wrong one.
      if (external?.admits !== true || prepared === "") return undefined;
      return await external.admit(name, prepared);
    }
    if (subject.mailboxOnly || subject.user.external === null) return undefined;
    if (prepared === "") return { kind: "wrong" };
    return external === undefined ? { kind: "away" } : await external.check(subject.user, prepared);
  }

  #accepted({ credentials }: Subject, mark: string): Verdict {
    const rememberMs = this.options.rememberMs();
    const until = this.options.now() + rememberMs;
    if (rememberMs > 0) this.#remembered.set(mark, { hash: credentials.passwordHash, until });
    return "accepted";
  }

  async #compare(prepared: string, hash: string | null, proceed: () => boolean): Promise<boolean> {
    return (await this.hasher.verify(prepared, hash ?? this.hasher.nobody, proceed)) && hash !== null;
  }
}
