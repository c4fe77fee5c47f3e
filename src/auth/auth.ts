/**
 * Who you are: the one way in for credentials. Every service calls `authenticate` (or a SASL exchange that ends there), so
 * that lockout, the plaintext policy, expiry, permissions and the last login cannot be forgotten by one of them.
 *
 * The order: is the sender barred; may a password be sent here; are the credentials right (an unknown user takes as long
 * as a known one and gets the same words); is the account enabled and not expired; may it use the service. Only whoever
 * knew the password learns more than "name or password wrong".
 *
 * RFC 4422 (SASL), RFC 4616 (PLAIN), RFC 5802 and RFC 7677 (SCRAM-SHA-256), RFC 9266 (tls-exporter), RFC 4013 (SASLprep),
 * RFC 9106 (Argon2).
 */
import { randomBytes } from "node:crypto";
import { and, eq } from "drizzle-orm";
import { fold } from "../directory/address.ts";
import { mailboxChanged, mailboxRemoved, userChanged } from "../directory/changes.ts";
import type { Directory } from "../directory/directory.ts";
import { hasExpired } from "../directory/expiry.ts";
import type { ScramKeys, User } from "../directory/user.ts";
import type { NewCredentials } from "../directory/users.ts";
import { AddressSet, peerNetwork } from "../net/access.ts";
import { Refusal } from "../refusal.ts";
import type { Store } from "../store/store.ts";
import { facts } from "../store/tables.ts";
import {
  type AuthRequest,
  type Login,
  type Mechanism,
  type Outcome,
  PLAINTEXT,
  type Refused,
  refused,
} from "./attempt.ts";
import { Lockout } from "./lockout.ts";
import { MOST_PASSWORD_OCTETS, makeScramKeys, PasswordHasher, preparePassword } from "./password.ts";
import { type SaslContext, type SaslExchange, saslExchange } from "./sasl.ts";
import { saslprep } from "./saslprep.ts";
import { keysOfNobody, ScramProof } from "./scram.ts";
import { mayUse, SERVICES, type Service, takesMailboxLogins } from "./services.ts";
import { SESSION_LIMITS, type SessionLimits, Sessions } from "./sessions.ts";
import { authSettings, lockoutSettings } from "./settings.ts";
import { type Strength, StrengthMeter } from "./strength.ts";
import { accountOf, findSubject, type Subject } from "./subject.ts";
import { type ExternalVerifier, PasswordVerifier, type Verdict } from "./verifier.ts";

export type { AuthRequest, Login, Outcome } from "./attempt.ts";
export type { SaslContext } from "./sasl.ts";

export interface AuthOptions {
  /** Whether an address is of the LAN list. */
  readonly isLan?: (address: string) => boolean;
  readonly external?: ExternalVerifier;
  /** How long browser sessions last. */
  readonly sessionLimits?: () => SessionLimits;
  /** The time in milliseconds since the epoch. */
  readonly now?: () => number;
  /** Waits; replaced where time is not to pass. */
  readonly sleep?: (ms: number) => Promise<unknown>;
}

const LOOPBACK = new AddressSet(["127.0.0.0/8", "::1"]);
const WRONG = "The login name or the password is wrong.";

export class Auth {
  readonly lockout: Lockout;
  readonly sessions: Sessions;
  readonly #hasher: PasswordHasher;
  readonly #verifier: PasswordVerifier;
  readonly #meter = new StrengthMeter();
  readonly #now: () => number;
  readonly #secret: Uint8Array;
  #allowed: AddressSet;

  constructor(
    private readonly store: Store,
    private readonly directory: Directory,
    private readonly options: AuthOptions = {},
  ) {
    const now = options.now ?? Date.now;
    this.#now = now;
    this.#secret = readSecret(store);
    this.#allowed = new AddressSet(store.settings.get(lockoutSettings).allow);
    store.settings.onChange(lockoutSettings, ({ allow }) => {
      this.#allowed = new AddressSet(allow);
    });
    this.#hasher = new PasswordHasher(() => store.settings.get(authSettings));
    this.#verifier = new PasswordVerifier(this.#hasher, {
      now,
      rememberMs: () => store.settings.get(authSettings).cacheSeconds * 1000,
      external: options.external,
    });
    this.lockout = new Lockout(store, {
      now,
      exempt: (address) => this.#isExempt(address),
      allowed: (address) => this.#allowed.has(address),
      lastRemote: (account) => directory.users.get(account)?.lastLogin?.remote,
    });
    this.sessions = new Sessions(store, directory, { now, limits: options.sessionLimits ?? (() => SESSION_LIMITS) });
    this.#forgetOnChange();
  }

  /** Says whether somebody may log in. A refusal for wrong credentials comes after the delay the lockout asks for. */
  async authenticate(request: AuthRequest): Promise<Outcome> {
    const { remote, credentials } = request;
    const subject = findSubject(this.directory, credentials.login);
    const account = accountOf(this.directory, credentials.login, subject);
    const early = this.#barred(remote, account) ?? this.#plaintext(request);
    if (early !== undefined) return early;
    try {
      const verdict = await this.#verdict(request, subject, account);
      if (verdict === "unreachable")
        return refused("temporary", "The user database cannot be reached; try again later.", 60);
      if (verdict === "wrong" || verdict === "repeated" || subject === undefined) {
        return await this.#fail(request, account, verdict === "repeated");
      }
      return this.#finish(request, subject, verdict);
    } catch (fault) {
      if (fault instanceof Refusal && fault.temporary) return refused("temporary", fault.sentence, 10);
      throw fault;
    }
  }

  /** A SASL exchange for one attempt; every way it can go ends in an `Outcome`. */
  saslServer(mechanism: string, context: SaslContext): SaslExchange {
    return saslExchange(mechanism.toUpperCase(), context, {
      offered: this.mechanisms({ ...context, channelBinding: context.channelBinding?.() !== undefined }),
      authenticate: (request) => this.authenticate(request),
      keysFor: (login) => this.#scramKeys(login),
      sameUser: (left, right) => this.#sameUser(left, right),
      malformed: () => this.lockout.strike(context.remote, "protocol", { detail: `malformed ${mechanism} exchange` }),
    });
  }

  /** The SASL mechanisms to offer now, the best first. */
  mechanisms(context: { secure: boolean; remote: string; channelBinding: boolean }): Mechanism[] {
    const scram: Mechanism[] = context.channelBinding ? ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"] : ["SCRAM-SHA-256"];
    return this.mayUsePlaintext(context) ? [...scram, "PLAIN", "LOGIN"] : scram;
  }

  /** Whether a password may be sent over a connection. */
  mayUsePlaintext({ secure, remote }: { secure: boolean; remote: string }): boolean {
    if (secure || LOOPBACK.has(remote)) return true;
    const { plaintextWithoutTls } = this.store.settings.get(authSettings);
    return plaintextWithoutTls === "any" || (plaintextWithoutTls === "lan" && this.#isLan(remote));
  }

  /**
   * Sets a user's password; remembered logins with the old one end at once, and `userChanged` says so.
   * @throws Refusal "notFound", "invalid" (too weak), "notPermitted" where an external user database decides
   */
  async setPassword(login: string, password: string, options: { mustChange?: boolean } = {}): Promise<void> {
    const user = this.directory.users.require(login);
    if (user.kind !== "user") throw new Refusal("notPermitted", `${user.login} does not log in and needs no password.`);
    if (user.external !== null) {
      throw new Refusal(
        "notPermitted",
        `The password of ${user.login} is kept in the user database ${user.external.directory}.`,
      );
    }
    const words = [user.login, user.fullName, ...this.directory.addressesOf(user.id)];
    const credentials = await this.credentialsFor(password, words);
    await this.directory.users.setCredentials(user.id, { ...credentials, mustChange: options.mustChange ?? false });
  }

  /**
   * Sets or (null) takes away a mailbox's own password.
   * @throws Refusal "notFound", "invalid"
   */
  async setMailboxPassword(mailboxId: number, password: string | null): Promise<void> {
    const mailbox = this.directory.mailboxes.require(mailboxId);
    const words = [mailbox.login ?? "", mailbox.description];
    await this.directory.mailboxes.setCredentials(
      mailboxId,
      password === null ? null : await this.credentialsFor(password, words),
    );
  }

  /**
   * Hash and keys of a new password that keeps the rules, for `directory.users.create`.
   * @throws Refusal "invalid"
   */
  async credentialsFor(
    password: string,
    userInputs: readonly string[] = [],
  ): Promise<NewCredentials & { score: number }> {
    const { minimumScore, minimumLength, scramIterations } = this.store.settings.get(authSettings);
    if ([...password].length < minimumLength) {
      throw new Refusal("invalid", `A password has at least ${minimumLength} characters.`);
    }
    if (Buffer.byteLength(password) > MOST_PASSWORD_OCTETS) throw new Refusal("invalid", "The password is too long.");
    const prepared = saslprep(password);
    if (prepared === undefined || prepared === "") {
      throw new Refusal("invalid", "The password has characters that mail programs cannot send.");
    }
    const { score, warning, suggestions } = await this.strength(password, userInputs);
    if (score < minimumScore) {
      throw new Refusal(
        "invalid",
        ["This password is too easy to guess.", warning, ...suggestions].filter(Boolean).join(" "),
      );
    }
    const [passwordHash, scram] = await Promise.all([
      this.#hasher.hash(prepared),
      makeScramKeys(prepared, scramIterations),
    ]);
    return { passwordHash, scram, score };
  }

  /** Judges a password without setting it. `userInputs` are names and addresses of the user. */
  strength(password: string, userInputs: readonly string[] = []): Promise<Strength> {
    return this.#meter.strength(password, userInputs);
  }

  /**
   * The user of a login as he is now; undefined where the login is no longer good, because the account was removed, switched off, has
   * expired, or has another password. Sessions that last ask before they do more.
   */
  renewed({ user }: Login): User | undefined {
    const now = this.directory.users.byId(user.id);
    if (now === undefined || !now.enabled || hasExpired(now, this.#now())) return undefined;
    return now.passwordChangedAt === user.passwordChangedAt ? now : undefined;
  }

  /** Writes what was kept back and ends what runs beside. Call before the store closes. */
  close(): void {
    this.lockout.close();
    this.#meter.close();
  }

  #barred(remote: string, account: string): Refused | undefined {
    const bar = this.lockout.barred(remote) ?? this.lockout.accountBarred(account, remote);
    if (bar === undefined) return undefined;
    if (bar.why === "hand") return refused("barred", "The administrator has barred this; ask there.");
    const seconds = Math.max(1, Math.ceil((bar.until - this.#now()) / 1000));
    return refused("barred", "There were too many failed logins; try again later.", seconds);
  }

  #plaintext(request: AuthRequest): Refused | undefined {
    if (request.credentials instanceof ScramProof || this.mayUsePlaintext(request)) return undefined;
    return refused("plaintext", PLAINTEXT);
  }

  async #verdict(request: AuthRequest, subject: Subject | undefined, account: string): Promise<Verdict> {
    const { credentials, remote } = request;
    if (credentials instanceof ScramProof) return credentials.proven && subject !== undefined ? "accepted" : "wrong";
    const proceed = () => this.#barred(remote, account) === undefined;
    return await this.#verifier.verify(
      subject,
      fold(credentials.login),
      credentials.password,
      peerNetwork(remote),
      proceed,
    );
  }

  async #fail(request: AuthRequest, account: string, repeated: boolean): Promise<Refused> {
    const { service, remote, mechanism } = request;
    this.lockout.strike(remote, repeated ? "repeat" : "login", {
      account,
      detail: `${SERVICES[service].title}: ${account}`,
    });
    this.#log("login.refused", request, account, `Wrong name or password (${mechanism}, ${service})`);
    const delay = this.lockout.delayFor(remote, account);
    if (delay > 0) await (this.options.sleep ?? Bun.sleep)(delay);
    return refused("credentials", WRONG);
  }

  /** What is asked of somebody who knew the password. */
  #finish(request: AuthRequest, subject: Subject, verdict: Verdict): Outcome {
    const { service, remote, mechanism } = request;
    const { user } = subject;
    const no = this.#refusalFor(subject, service);
    if (no !== undefined) {
      this.#log("login.refused", request, user.login, no.sentence);
      return no;
    }
    const at = this.#now();
    this.lockout.noteSuccess(user.login, remote);
    this.directory.users.lastLogins.note(user.id, { at, service, remote });
    if (verdict === "accepted") {
      this.#log("login.accepted", request, user.login, `Logged in (${mechanism}, ${service})`);
      this.#upgrade(request, subject);
    }
    const login: Login = { user, mailbox: subject.mailbox, mailboxOnly: subject.mailboxOnly, service, mechanism, at };
    return { ok: true, login };
  }

  #refusalFor({ user, mailboxOnly }: Subject, service: Service): Refused | undefined {
    if (!user.enabled) return refused("disabled", "This account is switched off; ask the administrator.");
    if (hasExpired(user, this.#now()))
      return refused("expired", "This account has expired; ask the administrator to renew it.");
    if (mailboxOnly && !takesMailboxLogins(service))
      return refused("permission", "A mailbox's own password is for mail programs only.");
    if (mayUse(user, service)) return undefined;
    return refused("permission", `This account may not use ${SERVICES[service].title}.`);
  }

  /** A password that was hashed with other parameters is hashed anew while it is known. */
  #upgrade({ credentials }: AuthRequest, { user, mailboxOnly, credentials: stored }: Subject): void {
    const before = stored.passwordHash;
    if (mailboxOnly || before === null || credentials instanceof ScramProof || !this.#hasher.isDated(before)) return;
    this.#hasher
      .hash(preparePassword(credentials.password))
      .then((after) => this.directory.users.upgradeHash(user.id, before, after))
      .catch((fault) => {
        if (!(fault instanceof Refusal)) this.store.events.fault("auth", "renew a password hash", fault);
      });
  }

  #scramKeys(login: string): ScramKeys {
    const subject = findSubject(this.directory, login);
    const { scramIterations } = this.store.settings.get(authSettings);
    const nobody = keysOfNobody(accountOf(this.directory, login, undefined), this.#secret, scramIterations);
    // Who is in an external user database has no keys here but old ones, which must not open anything.
    if (subject === undefined || (subject.user.external !== null && !subject.mailboxOnly)) return nobody;
    return subject.credentials.scram ?? nobody;
  }

  /** RFC 4616 §2: a login may name itself as the identity to act as, by any of its names, and nobody else. */
  #sameUser(login: string, authorization: string): boolean {
    if (fold(login) === fold(authorization)) return true;
    const left = findSubject(this.directory, login);
    return left !== undefined && left.key === findSubject(this.directory, authorization)?.key;
  }

  #isLan(address: string): boolean {
    return this.options.isLan?.(address) ?? false;
  }

  #isExempt(address: string): boolean {
    return this.#allowed.has(address) || (this.store.settings.get(lockoutSettings).exemptLan && this.#isLan(address));
  }

  #forgetOnChange(): void {
    const { changes } = this.store;
    changes.on(userChanged, ({ id, credentials }) => {
      if (credentials) this.#verifier.forget(`u${id}`);
    });
    changes.on(mailboxChanged, ({ id, credentials }) => {
      if (credentials) this.#verifier.forget(`m${id}`);
    });
    changes.on(mailboxRemoved, ({ id }) => this.#verifier.forget(`m${id}`));
  }

  #log(name: string, { remote, session, service }: AuthRequest, user: string, text: string): void {
    const level = name === "login.accepted" ? "info" : "warn";
    const about = { room: "auth", name, level, user: user.slice(0, 128), remote, text, data: { service } } as const;
    this.store.events.log(session === undefined ? about : { ...about, session });
  }
}

/** The secret that makes salts for names nobody has; kept, so that they stay the same after a restart. */
function readSecret(store: Store): Uint8Array {
  const where = and(eq(facts.room, "auth"), eq(facts.name, "secret"));
  const stored = store.db.select().from(facts).where(where).get()?.value;
  if (typeof stored === "string") return Buffer.from(stored, "base64");
  const secret = randomBytes(32);
  store.commitNow((tx) =>
    tx.db
      .insert(facts)
      .values({ room: "auth", name: "secret", value: secret.toString("base64") })
      .run(),
  );
  return secret;
}
