/** The hashes of one body in all forms that its signatures ask for, each made once while the body streams through (RFC 6376 §3.7). */
import { createHash, type Hash } from "node:crypto";
import { type BodyForm, bodyForm } from "./canonical-body.ts";
import type { Canonicalization } from "./canonical-header.ts";

/** One hash that is wanted. */
export interface BodyHash {
  /** SHA-256 of the first octets; undefined where the body has fewer than were signed (RFC 6376 §3.5, l=). */
  digest(): Buffer | undefined;
  /** Octets of the form beyond those that were signed. */
  readonly unsigned: number;
}

/** Hashes so many octets of the form, or all. */
class LimitedHash implements BodyHash {
  readonly #hash: Hash = createHash("sha256");
  #octets = 0;
  #digest: Buffer | undefined;

  constructor(private readonly most: number | undefined) {}

  take(octets: Uint8Array): void {
    const left = this.most === undefined ? octets.length : Math.max(0, this.most - this.#octets);
    if (left > 0) this.#hash.update(left < octets.length ? octets.subarray(0, left) : octets);
    this.#octets += octets.length;
  }

  digest(): Buffer | undefined {
    if (this.most !== undefined && this.#octets < this.most) return undefined;
    this.#digest ??= this.#hash.digest();
    return this.#digest;
  }

  get unsigned(): number {
    return this.most === undefined ? 0 : Math.max(0, this.#octets - this.most);
  }
}

export class BodyHashes {
  readonly #forms = new Map<Canonicalization, { readonly form: BodyForm; readonly hashes: LimitedHash[] }>();
  readonly #known = new Map<string, LimitedHash>();

  /** Asks for a hash, before the first octet. @param most how many octets of the form it covers; all where left out */
  want(form: Canonicalization, most?: number): BodyHash {
    const key = `${form} ${most ?? ""}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = new LimitedHash(most);
    this.#known.set(key, made);
    const there = this.#forms.get(form);
    if (there !== undefined) there.hashes.push(made);
    else {
      const hashes = [made];
      this.#forms.set(form, {
        hashes,
        form: bodyForm(form, (octets) => {
          for (const hash of hashes) hash.take(octets);
        }),
      });
    }
    return made;
  }

  write(octets: Uint8Array): void {
    for (const { form } of this.#forms.values()) form.write(octets);
  }

  /** The body is complete. */
  end(): void {
    for (const { form } of this.#forms.values()) form.end();
  }
}
