/**
 * Passwords at rest: Argon2id (RFC 9106) for whoever sends a password, computed off the main thread and a few at a time,
 * and SCRAM-SHA-256 keys (RFC 5802, RFC 7677) for whoever proves to know it.
 */
import { createHash, createHmac, pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import type { ScramKeys } from "../directory/user.ts";
import { saslprep } from "./saslprep.ts";
import { Slots } from "./slots.ts";

/** Octets of UTF-8 that a password may have. */
export const MOST_PASSWORD_OCTETS = 1024;

/** What one hash costs, and how many run and wait at a time. */
export interface HashLimits {
  /** KiB. */
  readonly argonMemory: number;
  readonly argonPasses: number;
  readonly concurrentHashes: number;
  readonly waitingHashes: number;
}

const derive = promisify(pbkdf2);

/** The form in which a password is hashed and compared. */
export function preparePassword(password: string): string {
  return saslprep(password) ?? password.normalize("NFC");
}

/** SCRAM-SHA-256 keys of a prepared password. The salt is random unless given. */
export async function makeScramKeys(password: string, iterations: number, salt = randomBytes(16)): Promise<ScramKeys> {
  const salted = await derive(password, salt, iterations, 32, "sha256");
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  return {
    salt: salt.toString("base64"),
    iterations,
    storedKey: createHash("sha256").update(clientKey).digest("base64"),
    serverKey: createHmac("sha256", salted).update("Server Key").digest("base64"),
  };
}

export class PasswordHasher {
  readonly #slots: Slots;
  #nobody: { readonly prefix: string; readonly hash: string } | undefined;

  constructor(private readonly limits: () => HashLimits) {
    this.#slots = new Slots(() => {
      const { concurrentHashes, waitingHashes } = limits();
      return { running: concurrentHashes, waiting: waitingHashes };
    });
  }

  /** The hash of a prepared password, in the PHC string format. @throws Refusal "temporary" */
  hash(password: string): Promise<string> {
    const { argonMemory, argonPasses } = this.limits();
    const parameters = { algorithm: "argon2id", memoryCost: argonMemory, timeCost: argonPasses } as const;
    return this.#slots.run(() => Bun.password.hash(password, parameters));
  }

  /**
   * Whether a prepared password has a hash. `proceed` is asked when its turn has come: a sender who was barred while he
   * waited costs nothing more.
   * @throws Refusal "temporary"
   */
  verify(password: string, hash: string, proceed: () => boolean = () => true): Promise<boolean> {
    return this.#slots.run(async () => {
      if (!proceed() || password === "") return false;
      try {
        return await Bun.password.verify(password, hash);
      } catch {
        return false; // not the format of a hash: nobody's password
      }
    });
  }

  /**
   * A hash that no password has, with the parameters new hashes have: whoever asks about an unknown user waits as long
   * as for a known one.
   */
  get nobody(): string {
    const prefix = this.#prefix();
    if (this.#nobody?.prefix !== prefix) {
      const part = () => randomBytes(32).toString("base64").replaceAll("=", "");
      this.#nobody = { prefix, hash: `${prefix}${part()}$${part()}` };
    }
    return this.#nobody.hash;
  }

  /** Whether a hash was made with other parameters than new ones are. */
  isDated(hash: string): boolean {
    return !hash.startsWith(this.#prefix());
  }

  #prefix(): string {
    const { argonMemory, argonPasses } = this.limits();
    return `$argon2id$v=19$m=${argonMemory},t=${argonPasses},p=1$`;
  }
}
