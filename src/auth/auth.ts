/**
 * Who you are: the one way in for credentials. Every service calls `authenticate` (or a SASL exchange that ends there), so
 * that lockout, the plaintext policy, expiry, permissions and the last login cannot be forgotten by one of them.
 *
 * The order: is the sender barred; may a password be sent here; are the credentials right, an app password's or the account's (an
 * unknown user takes as long as a known one and gets the same words); is the account enabled and not expired; may it use the service; is
 * what was given enough for it, beside a second factor or a password that must be changed. Only whoever knew the password learns more
 * than "name or password wrong". The last questions are asked in admission.ts; the pages go on by steps, sign-in.ts, and ask again in
 * confirmation.ts.
 *
 * RFC 4422 (SASL), RFC 4616 (PLAIN), RFC 5802 and RFC 7677 (SCRAM-SHA-256), RFC 9266 (tls-exporter), RFC 4013 (SASLprep),
 * RFC 9106 (Argon2).
 */

import { randomBytes } from "node:crypto";
import { and, eq } from "drizzle-orm";
import { fold } from "../directory/address.ts";
import { mailboxChanged, mailboxRemoved, userChanged } from "../directory/changes.ts";
import type { Directory } from "../directory/directory.ts";
import type { User } from "../directory/user.ts";
import { AddressSet, peerNetwork } from "../net/access.ts";
import { Refusal } from "../refusal.ts";
import type { Store } from "../store/store.ts";
import { facts } from "../store/tables.ts";
import { Admission, WRONG } from "./admission.ts";
import { type AppPassword, AppPasswords } from "./app-passwords.ts";
import {
  type AuthRequest,
  type Credential,
  type Login,
  type Mechanism,
  type Outcome,
  PLAINTEXT,
  type Refused,
  refused,
} from "./attempt.ts";
import { Confirmation } from "./confirmation.ts";
import { databaseChanged } from "./external/databases.ts";
import { Factors } from "./factors/factors.ts";
import { Lockout } from "./lockout.ts";
import { PasswordHasher, preparePassword } from "./password.ts";
import { type JudgedCredentials, Passwords } from "./passwords.ts";
import { Resets } from "./resets.ts";
import { type SaslContext, type SaslExchange, saslExchange } from "./sasl.ts";
import { keyOfNobody, offerOfNobody, type ScramKey, type ScramOffer, ScramProof } from "./scram.ts";
import { SERVICES } from "./services.ts";
import { SESSION_LIMITS, type SessionLimits, Sessions } from "./sessions.ts";
import { authSettings, lockoutSettings } from "./settings.ts";
import { SignIn } from "./sign-in.ts";
import type { Strength } from "./strength.ts";
import { accountOf, findSubject, type Subject } from "./subject.ts";
import { Subscriptions } from "./subscriptions.ts";
import { type ExternalUsers, PasswordVerifier, type Told, type Verdict } from "./verifier.ts";

export type { AuthRequest, Login, Outcome } from "./attempt.ts";
export type { SaslContext } from "./sasl.ts";

export interface AuthOptions {
  /** Whether an address is of the LAN list. */
  readonly isLan?: (address: string) => boolean;
  /** User databases elsewhere that decide about passwords, too. */
  readonly external?: ExternalUsers;
  /** The address of the page where people sign in, as refusals name it. */
  readonly signInPage?: () => string | undefined;
  /** How long browser sessions last. */
  readonly sessionLimits?: () => SessionLimits;
  /** The time in milliseconds since the epoch. */
  readonly now?: () => number;
  /** Waits; replaced where time is not to pass. */
  readonly sleep?: (ms: number) => Promise<unknown>;
}

/** Whose credentials were given, and which. */
export interface Proven {
  readonly subject: Subject;
  readonly credential: Credential;
  /** It was checked now, and not remembered from a moment ago. */
  readonly first: boolean;
}

/** Where somebody logs in, for the log. */
type LoginPlace = Pick<AuthRequest, "remote" | "session" | "service">;

const LOOPBACK = new AddressSet(["127.0.0.0/8", "::1"]);

export class Auth {
  readonly lockout: Lockout;
  readonly sessions: Sessions;
  /** Browsers that are told of new mail. */
  readonly subscriptions: Subscriptions;
  readonly appPasswords: AppPasswords;
  readonly factors: Factors;
  readonly passwords: Passwords;
  readonly resets: Resets;
  readonly admission: Admission;
  readonly confirmation: Confirmation;
  readonly signIn: SignIn;
  readonly #hasher: PasswordHasher;
  readonly #verifier: PasswordVerifier;
  readonly #noKey = keyOfNobody();
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
      sleep: options.sleep ?? Bun.sleep,
    });
    this.lockout = new Lockout(store, {
      now,
      exempt: (address) => this.#isExempt(address),
      allowed: (address) => this.#allowed.has(address),
      lastRemote: (account) => directory.users.get(account)?.lastLogin?.remote,
    });
    this.sessions = new Sessions(store, directory, { now, limits: options.sessionLimits ?? (() => SESSION_LIMITS) });
    this.subscriptions = new Subscriptions(store, this.sessions, now);
    this.appPasswords = new AppPasswords(store, directory, now);
    this.factors = new Factors(store, { now, secret: this.#secret });
    const parts = { hasher: this.#hasher, appPasswords: this.appPasswords, sessions: this.sessions };
    this.passwords = new Passwords(store, directory, parts);
    this.resets = new Resets(store, directory, this.passwords, now);
    this.admission = new Admission(store, directory, {
      ...{ lockout: this.lockout, appPasswords: this.appPasswords, factors: this.factors, now },
      signInPage: () => options.signInPage?.(),
    });
    this.confirmation = new Confirmation(store, this, now);
    this.signIn = new SignIn(store, directory, this, { now, sleep: options.sleep ?? Bun.sleep });
    this.#forgetOnChange();
  }

  /** Says whether somebody may log in. A refusal for wrong credentials comes after the delay the lockout asks for. */
  async authenticate(request: AuthRequest): Promise<Outcome> {
    const proven = await this.prove(request);
    return "reason" in proven ? proven : this.#finish(request, proven);
  }

  /**
   * Whose credentials these are, whatever he may do with them. That alone lets nobody in: `authenticate` asks for the rest, and the
   * sign-in of the pages, which goes on to a second factor.
   */
  async prove(request: AuthRequest): Promise<Proven | Refused> {
    const { remote, credentials } = request;
    const subject = findSubject(this.directory, credentials.login);
    const account = accountOf(this.directory, credentials.login, subject);
    const early = this.admission.barred(remote, account) ?? this.#plaintext(request);
    if (early !== undefined) return early;
    const app = subject && this.#appPasswordIn(request, subject);
    if (app !== undefined && subject !== undefined) {
      return { subject, credential: { kind: "appPassword", id: app.id, name: app.name }, first: true };
    }
    try {
      const verdict = await this.#verdict(request, subject, account);
      if (verdict === "unreachable")
        return refused("temporary", "The user database cannot be reached; try again later.", 60);
      if (typeof verdict === "object") return await this.#told(request, verdict, account);
      if (verdict === "wrong" || verdict === "repeated" || subject === undefined) {
        return await this.#fail(request, account, verdict === "repeated");
      }
      const kind = subject.mailboxOnly ? "mailbox" : "password";
      return { subject, credential: { kind, changedAt: subject.credentials.changedAt }, first: verdict === "accepted" };
    } catch (fault) {
      if (fault instanceof Refusal && fault.temporary) return refused("temporary", fault.sentence, 10);
      throw fault;
    }
  }

  /** A SASL exchange for one attempt; every way it can go ends in an `Outcome`. */
  saslServer(mechanism: string, context: SaslContext): SaslExchange {
    return saslExchange(mechanism.toUpperCase(), context, {
      offered: this.#possible({ ...context, channelBinding: context.channelBinding?.() !== undefined }),
      authenticate: (request) => this.authenticate(request),
      keysFor: (login) => this.#scramOffer(login),
      sameUser: (left, right) => this.#sameUser(left, right),
      malformed: () => this.lockout.strike(context.remote, "protocol", { detail: `malformed ${mechanism} exchange` }),
    });
  }

  /** The SASL mechanisms to offer now, the best first. */
  mechanisms(context: { secure: boolean; remote: string; channelBinding: boolean }): Mechanism[] {
    const possible = this.#possible(context);
    if (this.options.external?.any !== true || !possible.includes("PLAIN")) return possible;
    // Clients that see SCRAM use nothing else, and no directory server can check it. Who asks for it all the same gets it.
    return possible.filter((name) => name === "PLAIN" || name === "LOGIN");
  }

  #possible(context: { secure: boolean; remote: string; channelBinding: boolean }): Mechanism[] {
    const scram: Mechanism[] = context.channelBinding ? ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"] : ["SCRAM-SHA-256"];
    return this.mayUsePlaintext(context) ? [...scram, "PLAIN", "LOGIN"] : scram;
  }

  /** Whether a password may be sent over a connection. */
  mayUsePlaintext({ secure, remote }: { secure: boolean; remote: string }): boolean {
    if (secure || LOOPBACK.has(remote)) return true;
    const { plaintextWithoutTls } = this.store.settings.get(authSettings);
    return plaintextWithoutTls === "any" || (plaintextWithoutTls === "lan" && this.#isLan(remote));
  }

  /** Sets a user's password: `Passwords.set`. @throws Refusal */
  async setPassword(login: string, password: string, options: { mustChange?: boolean } = {}): Promise<void> {
    await this.passwords.set(login, password, options);
  }

  /** Sets or (null) takes away a mailbox's own password. @throws Refusal "notFound", "invalid" */
  async setMailboxPassword(mailboxId: number, password: string | null): Promise<void> {
    await this.passwords.setForMailbox(mailboxId, password);
  }

  /** Hash and keys of a new password that keeps the rules, for `directory.users.create`. @throws Refusal "invalid" */
  async credentialsFor(password: string, userInputs: readonly string[] = []): Promise<JudgedCredentials> {
    return await this.passwords.credentialsFor(password, userInputs);
  }

  /** Judges a password without setting it. `userInputs` are names and addresses of the user. */
  strength(password: string, userInputs: readonly string[] = []): Promise<Strength> {
    return this.passwords.strength(password, userInputs);
  }

  /**
   * The user of a login as he is now; undefined where the login is no longer good, because the account was removed, switched off, has
   * expired, may not use the service any more, or because what opened it is no longer good: another password, a second factor beside it,
   * an app password that was revoked. Sessions that last ask before they do more.
   */
  renewed(login: Login): User | undefined {
    return this.admission.renewed(login);
  }

  /** Writes what was kept back and ends what runs beside. Call before the store closes. */
  close(): void {
    this.lockout.close();
    this.appPasswords.close();
    this.passwords.close();
  }

  #plaintext(request: AuthRequest): Refused | undefined {
    if (request.credentials instanceof ScramProof || this.mayUsePlaintext(request)) return undefined;
    return refused("plaintext", PLAINTEXT);
  }

  async #verdict(request: AuthRequest, subject: Subject | undefined, account: string): Promise<Verdict> {
    const { credentials, remote } = request;
    if (credentials instanceof ScramProof) {
      const { proven, appPassword } = credentials;
      return proven && appPassword === undefined && subject !== undefined ? "accepted" : "wrong";
    }
    const proceed = () => this.admission.barred(remote, account) === undefined;
    return await this.#verifier.verify(
      subject,
      fold(credentials.login),
      credentials.password,
      peerNetwork(remote),
      proceed,
    );
  }

  /** What comes of it where a user database said more than right or wrong. */
  async #told(request: AuthRequest, { user, wrong, refusal }: Told, account: string): Promise<Proven | Refused> {
    if (wrong !== undefined) return await this.#fail(request, wrong.account, wrong.repeated);
    if (refusal !== undefined) {
      this.log("login.refused", request, account, refusal.sentence);
      return refused(refusal.reason, refusal.sentence);
    }
    const subject = user && findSubject(this.directory, user.login);
    if (subject === undefined) return await this.#fail(request, account, false);
    const barred = this.admission.barred(request.remote, subject.user.login);
    if (barred !== undefined) return barred;
    return { subject, credential: { kind: "password", changedAt: subject.credentials.changedAt }, first: true };
  }

  /** The app password that was given: found by its hash, or by the proof of SCRAM. */
  #appPasswordIn({ credentials }: AuthRequest, { user, mailboxOnly }: Subject): AppPassword | undefined {
    if (mailboxOnly) return undefined;
    if (!(credentials instanceof ScramProof)) return this.appPasswords.match(user.id, credentials.password);
    const { proven, appPassword } = credentials;
    return proven && appPassword !== undefined ? this.appPasswords.get(user.id, appPassword) : undefined;
  }

  async #fail(request: AuthRequest, account: string, repeated: boolean): Promise<Refused> {
    const { service, remote, mechanism } = request;
    this.lockout.strike(remote, repeated ? "repeat" : "login", {
      account,
      detail: `${SERVICES[service].title}: ${account}`,
    });
    this.log("login.refused", request, account, `Wrong name or password (${mechanism}, ${service})`);
    const delay = this.lockout.delayFor(remote, account);
    if (delay > 0) await (this.options.sleep ?? Bun.sleep)(delay);
    return refused("credentials", WRONG);
  }

  /** What is asked of somebody who knew the password. */
  #finish(request: AuthRequest, proven: Proven): Outcome {
    const { service, mechanism, remote } = request;
    const { subject, credential } = proven;
    const { user, mailbox, mailboxOnly } = subject;
    const no =
      this.admission.refusalFor(subject, service) ??
      this.admission.credentialRefusal(user, credential, service, remote);
    if (no !== undefined) {
      this.log("login.refused", request, user.login, no.sentence);
      return no;
    }
    const at = this.#now();
    const first = this.#noteUse(request, proven, at);
    this.admission.note(user, { service, remote, at });
    if (first) {
      const how = credential.kind === "appPassword" ? `app password “${credential.name}”, ${mechanism}` : mechanism;
      this.log("login.accepted", request, user.login, `Logged in (${how}, ${service})`);
    }
    return { ok: true, login: { user, credential, mailbox, mailboxOnly, service, mechanism, at } };
  }

  /** Notes a use; gives whether it is worth a line in the log. A remembered password and a busy app password are not, each time. */
  #noteUse(request: AuthRequest, { subject, credential, first }: Proven, at: number): boolean {
    if (credential.kind !== "appPassword") {
      if (first) this.#upgrade(request, subject);
      return first;
    }
    const app = this.appPasswords.get(subject.user.id, credential.id);
    const { service, remote } = request;
    return app !== undefined && this.appPasswords.noteUse(app, { at, service, remote });
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

  /** What a login name may be proven with by SCRAM. */
  #scramOffer(login: string): ScramOffer {
    const subject = findSubject(this.directory, login);
    const { scramIterations, mostAppPasswords } = this.store.settings.get(authSettings);
    const nobody = offerOfNobody(accountOf(this.directory, login, undefined), this.#secret, scramIterations);
    const apps = subject === undefined || subject.mailboxOnly ? [] : this.appPasswords.keys(subject.user.id);
    const shape = apps.length > 0 && subject ? this.appPasswords.shape(subject.user.id) : undefined;
    // Who is in an external user database has no keys here but old ones, which must not open anything.
    const own = subject?.user.external === null || subject?.mailboxOnly ? subject.credentials.scram : null;
    const { salt, iterations } = shape ?? own ?? nobody;
    const ownFits = own !== null && own !== undefined && own.salt === salt && own.iterations === iterations;
    const keys: ScramKey[] = ownFits ? [{ storedKey: own.storedKey, serverKey: own.serverKey }, ...apps] : [...apps];
    // As many for everybody, so that the time does not tell who has app passwords, or who exists.
    while (keys.length < 2 * mostAppPasswords + 1) keys.push(this.#noKey);
    return { salt, iterations, keys };
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
    changes.on(databaseChanged, () => this.#verifier.forgetAll());
    changes.on(userChanged, ({ id, credentials }) => {
      if (credentials) this.#verifier.forget(`u${id}`);
    });
    changes.on(mailboxChanged, ({ id, credentials }) => {
      if (credentials) this.#verifier.forget(`m${id}`);
    });
    changes.on(mailboxRemoved, ({ id }) => this.#verifier.forget(`m${id}`));
  }

  /** Writes a login or its refusal into the log. */
  log(
    name: "login.accepted" | "login.refused",
    { remote, session, service }: LoginPlace,
    user: string,
    text: string,
  ): void {
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
