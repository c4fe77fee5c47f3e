/**
 * Passkeys (W3C Web Authentication, levels 2 and 3): registered by name, several for each user, as second factor and, where the
 * authenticator asked its owner for PIN or finger, as the only one. They belong to the host name they were made for; an address that is
 * no name can have none (§5.1.2, "effective domain"). The library that checks answers is large, and loaded when the first
 * one comes.
 */
import { createHmac } from "node:crypto";
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { and, asc, count, eq, sql } from "drizzle-orm";
import { z } from "zod";
import { hasControls } from "../../directory/validate.ts";
import { Refusal } from "../../refusal.ts";
import type { Store, Tx } from "../../store/store.ts";
import { loginsChanged } from "../changes.ts";
import { passkeys } from "../tables.ts";
import { type ChallengePurpose, Challenges } from "./challenges.ts";

/** Where the browser believes to be. */
export interface Site {
  /** The host name; in WebAuthn's words the relying party's id. */
  readonly host: string;
  /** "https://mail.example:10443". */
  readonly origin: string;
}

/** A passkey as it is listed. */
export interface Passkey {
  readonly id: number;
  readonly user: number;
  readonly name: string;
  /** The host name it is for. */
  readonly host: string;
  /** It is kept in several devices of its owner. */
  readonly synced: boolean;
  /** Milliseconds since the epoch, as all times here. */
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
}

/** Who a passkey shows. */
export interface PasskeyProof {
  readonly passkey: Passkey;
  /** The authenticator asked for PIN or finger: it was the owner, not only his device. */
  readonly ownerVerified: boolean;
}

/** EdDSA, ES256 and RS256, the best first (RFC 9053 §2, RFC 8812 §2). */
const ALGORITHMS = [-8, -7, -257] as const;
const MOST_PASSKEYS = 20;
/** How long a browser waits for its person, in milliseconds. */
const PATIENCE_MS = 5 * 60_000;
/** base64url of at most so many characters: keys, signatures and attestations are far shorter. */
const field = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[A-Za-z0-9_-]*$/);

const credentialShape = {
  id: field(1400).min(1),
  rawId: field(1400).min(1),
  type: z.literal("public-key"),
  clientExtensionResults: z.looseObject({}).default({}),
  authenticatorAttachment: z
    .enum(["platform", "cross-platform"])
    .nullish()
    .transform((value) => value ?? undefined),
};

const registrationSchema = z.object({
  ...credentialShape,
  response: z.object({
    clientDataJSON: field(8_000).min(1),
    attestationObject: field(30_000).min(1),
    transports: z.array(z.string().max(30)).max(10).default([]),
  }),
});

const assertionSchema = z.object({
  ...credentialShape,
  response: z.object({
    clientDataJSON: field(8_000).min(1),
    authenticatorData: field(8_000).min(1),
    signature: field(8_000).min(1),
    userHandle: field(200)
      .nullish()
      .transform((value) => value ?? undefined),
  }),
});

/** The name of a passkey. */
export const passkeyNameSchema = z
  .string()
  .trim()
  .min(1, "Give it a name, such as the device it is in.")
  .max(60, "A name has at most 60 characters.")
  .refine((text) => !hasControls(text), "A name is a single line.");

export class Passkeys {
  readonly #challenges: Challenges;
  readonly #ofUser;

  constructor(
    private readonly store: Store,
    private readonly options: { readonly now: () => number; readonly secret: Uint8Array },
  ) {
    this.#challenges = new Challenges(options.now);
    this.#ofUser = store.db
      .select()
      .from(passkeys)
      .where(eq(passkeys.user, sql.placeholder("user")))
      .orderBy(asc(passkeys.id))
      .prepare();
  }

  /** A user's passkeys, the oldest first. */
  list(user: number): Passkey[] {
    return this.#ofUser.all({ user }).map(toPasskey);
  }

  /** Whether anybody here has one: only then the sign-in page offers it. */
  get areUsed(): boolean {
    return this.store.db.select({ id: passkeys.id }).from(passkeys).limit(1).get() !== undefined;
  }

  /** What the browser is to ask an authenticator for, to make a passkey (WebAuthn §5.4): JSON, octets in base64url. */
  registrationOptions(user: { id: number; login: string; fullName: string }, site: Site, binding: string) {
    return {
      rp: { id: site.host, name: `Gatepost ${site.host}` },
      user: { id: base64url(this.#handle(user.id)), name: user.login, displayName: user.fullName || user.login },
      challenge: base64url(this.#challenges.issue({ purpose: "register", binding })),
      pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
      timeout: PATIENCE_MS,
      attestation: "none",
      excludeCredentials: this.#descriptors(user.id, site),
      authenticatorSelection: { residentKey: "preferred", userVerification: "preferred" },
    } as const;
  }

  /**
   * Checks what an authenticator made. Keep it with `keepWithin`.
   * @throws Refusal "invalid"
   */
  async checkNew(
    user: number,
    answer: unknown,
    site: Site,
    binding: string,
  ): Promise<(tx: Tx, name: string) => Passkey> {
    const response = registrationSchema.safeParse(answer);
    if (!response.success) throw new Refusal("invalid", NOT_MADE);
    const { verifyRegistrationResponse } = await webAuthn();
    const about = { purpose: "register", binding } as const;
    const challenge = { value: "" };
    const made = await this.#attempt(() =>
      verifyRegistrationResponse({
        response: response.data as RegistrationResponseJSON,
        expectedChallenge: (value) => this.#isGood(challenge, value, about),
        expectedOrigin: site.origin,
        expectedRPID: site.host,
        requireUserVerification: false,
        supportedAlgorithmIDs: [...ALGORITHMS],
      }),
    );
    if (!made?.verified || !this.#challenges.spend(challenge.value)) throw new Refusal("invalid", NOT_MADE);
    const { credential, credentialBackedUp } = made.registrationInfo;
    return (tx, name) => {
      const values = { user, name, host: site.host, credential: credential.id, synced: credentialBackedUp };
      return this.#keepWithin(tx, {
        ...values,
        ...{ publicKey: credential.publicKey, counter: credential.counter, createdAt: this.options.now() },
        transports: response.data.response.transports,
      });
    };
  }

  /**
   * What the browser is to ask an authenticator for, to show who is there (WebAuthn §5.5): JSON, octets in base64url. With a user one of
   * his passkeys; without, any that is kept in the device, whose owner the device must ask for PIN or finger.
   */
  signInOptions(about: ChallengePurpose, site: Site, user?: number) {
    return {
      rpId: site.host,
      challenge: base64url(this.#challenges.issue(about)),
      timeout: PATIENCE_MS,
      userVerification: user === undefined ? "required" : "preferred",
      allowCredentials: user === undefined ? [] : this.#descriptors(user, site),
    } as const;
  }

  /** Whose passkey answered; undefined where none of ours did, or not as it must. */
  async proof(about: ChallengePurpose, answer: unknown, site: Site): Promise<PasskeyProof | undefined> {
    const response = assertionSchema.safeParse(answer);
    if (!response.success) return undefined;
    const row = this.#byCredential(response.data.id);
    const { userHandle } = response.data.response;
    if (row === undefined || row.host !== site.host) return undefined;
    if (userHandle !== undefined && userHandle !== base64url(this.#handle(row.user))) return undefined;
    const { verifyAuthenticationResponse } = await webAuthn();
    const challenge = { value: "" };
    const { credential, publicKey, counter } = row;
    const shown = await this.#attempt(() =>
      verifyAuthenticationResponse({
        response: response.data as AuthenticationResponseJSON,
        expectedChallenge: (value) => this.#isGood(challenge, value, about),
        expectedOrigin: site.origin,
        expectedRPID: site.host,
        credential: { id: credential, publicKey: new Uint8Array(publicKey), counter },
        requireUserVerification: false,
      }),
    );
    if (!shown?.verified || !this.#challenges.spend(challenge.value)) return undefined;
    const { newCounter, userVerified } = shown.authenticationInfo;
    if (!(await this.#noteUse(row, newCounter))) return undefined;
    return { passkey: toPasskey(row), ownerVerified: userVerified };
  }

  /** Gives a passkey another name. @throws Refusal "notFound" */
  renameWithin(tx: Tx, user: number, id: number, name: string): Passkey {
    const where = and(eq(passkeys.id, id), eq(passkeys.user, user));
    const row = tx.db.update(passkeys).set({ name }).where(where).returning().get();
    if (row === undefined) throw noSuch();
    return toPasskey(row);
  }

  /** Takes a passkey away. @throws Refusal "notFound" */
  removeWithin(tx: Tx, user: number, id: number): Passkey {
    const where = and(eq(passkeys.id, id), eq(passkeys.user, user));
    const row = tx.db.delete(passkeys).where(where).returning().get();
    if (row === undefined) throw noSuch();
    tx.emit(loginsChanged, { user });
    return toPasskey(row);
  }

  removeAllWithin(tx: Tx, user: number): number {
    const gone = tx.db.delete(passkeys).where(eq(passkeys.user, user)).returning({ id: passkeys.id }).all();
    tx.emit(loginsChanged, { user });
    return gone.length;
  }

  #keepWithin(tx: Tx, values: typeof passkeys.$inferInsert): Passkey {
    const { user } = values;
    const there = tx.db.select({ n: count() }).from(passkeys).where(eq(passkeys.user, user)).get()?.n ?? 0;
    if (there >= MOST_PASSKEYS) throw new Refusal("tooMany", `There are ${there} passkeys already; remove one first.`);
    if (this.#byCredential(values.credential) !== undefined) {
      throw new Refusal("exists", "This passkey is registered already.");
    }
    const row = tx.db.insert(passkeys).values(values).returning().get();
    tx.emit(loginsChanged, { user });
    return toPasskey(row);
  }

  /** Keeps the new counter, unless another answer came between. Most passkeys do not count and stay at 0 (WebAuthn §6.1.1). */
  async #noteUse(row: typeof passkeys.$inferSelect, counter: number): Promise<boolean> {
    const where = and(eq(passkeys.id, row.id), eq(passkeys.counter, row.counter));
    const set = { counter, lastUsedAt: this.options.now() };
    return await this.store.commit(
      (tx) => tx.db.update(passkeys).set(set).where(where).returning({ id: passkeys.id }).get() !== undefined,
    );
  }

  #byCredential(credential: string): typeof passkeys.$inferSelect | undefined {
    return this.store.db.select().from(passkeys).where(eq(passkeys.credential, credential)).get();
  }

  #isGood(noted: { value: string }, challenge: string, about: ChallengePurpose): boolean {
    noted.value = challenge;
    return this.#challenges.isGood(challenge, about);
  }

  #descriptors(user: number, site: Site) {
    return this.#ofUser
      .all({ user })
      .filter(({ host }) => host === site.host)
      .map(({ credential, transports }) => ({ type: "public-key" as const, id: credential, transports }));
  }

  /** What an authenticator knows a user by: nothing that says who he is (WebAuthn §14.6.1). */
  #handle(user: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(createHmac("sha256", this.options.secret).update(`passkey ${user}`).digest());
  }

  /** What the library finds wrong with an answer it throws; to whoever answered all of it is one. */
  async #attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (thrown) {
      const text = thrown instanceof Error ? thrown.message : String(thrown);
      this.store.events.log({ room: "auth", name: "passkey.refused", level: "warn", text: text.slice(0, 300) });
      return undefined;
    }
  }
}

const base64url = (octets: Uint8Array) => Buffer.from(octets).toString("base64url");

const NOT_MADE = "The passkey could not be registered. Load the page again and try once more.";

const noSuch = () => new Refusal("notFound", "There is no such passkey any more.");

/** Loads the library; it needs the reflection of metadata to be there before. */
async function webAuthn() {
  await import("reflect-metadata");
  return await import("@simplewebauthn/server");
}

function toPasskey({ id, user, name, host, synced, createdAt, lastUsedAt }: typeof passkeys.$inferSelect): Passkey {
  return { id, user, name, host, synced, createdAt, lastUsedAt };
}
