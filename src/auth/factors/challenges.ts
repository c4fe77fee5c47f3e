/**
 * Challenges for passkeys (W3C WebAuthn §13.4.3): random, good for a few minutes, for one purpose and one browser, and once. They carry
 * their own proof, so that strangers who load the sign-in page without end cost no memory; only those that were answered are remembered.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { BoundedMap } from "../../directory/cache.ts";

const GOOD_MS = 15 * 60_000;
const TIME_OCTETS = 6;
const RANDOM_OCTETS = 16;
const HEAD = TIME_OCTETS + RANDOM_OCTETS;
const ANSWERED = 20_000;

/** Who is challenged, and what for: an answer to one purpose is none to another. */
export interface ChallengePurpose {
  readonly purpose: "signIn" | "secondStep" | "prove" | "register";
  /** What ties it to a browser or an account: its anti-forgery token, or the account's id. */
  readonly binding: string;
}

export class Challenges {
  /** Of this run of the program alone: what was answered before is not remembered. */
  readonly #secret = randomBytes(32);
  readonly #answered = new BoundedMap<string, true>(ANSWERED);

  constructor(private readonly now: () => number) {}

  /** A new challenge. */
  issue(about: ChallengePurpose): Uint8Array<ArrayBuffer> {
    const head = Buffer.concat([Buffer.alloc(TIME_OCTETS), randomBytes(RANDOM_OCTETS)]);
    head.writeUIntBE(this.now(), 0, TIME_OCTETS);
    return new Uint8Array(Buffer.concat([head, this.#proof(head, about)]));
  }

  /** Whether a challenge (in base64url) was made here for this, not too long ago, and has not been answered. */
  isGood(challenge: string, about: ChallengePurpose): boolean {
    const octets = Buffer.from(challenge, "base64url");
    const [head, proof] = [octets.subarray(0, HEAD), octets.subarray(HEAD)];
    const expected = this.#proof(head, about);
    if (head.length !== HEAD || proof.length !== expected.length || !timingSafeEqual(proof, expected)) return false;
    const age = this.now() - head.readUIntBE(0, TIME_OCTETS);
    return age >= 0 && age <= GOOD_MS && this.#answered.get(octets.toString("base64url")) === undefined;
  }

  /** Notes that a challenge was answered; false where it had been already. */
  spend(challenge: string): boolean {
    const key = Buffer.from(challenge, "base64url").toString("base64url");
    if (this.#answered.get(key) !== undefined) return false;
    this.#answered.set(key, true);
    return true;
  }

  #proof(head: Uint8Array, { purpose, binding }: ChallengePurpose): Buffer {
    return createHmac("sha256", this.#secret).update(head).update(`${purpose}\0${binding}`).digest().subarray(0, 16);
  }
}
