/**
 * The door to signing: transport begins here with every message of somebody of this house, and gets the fields that stand in front of
 * it where it leaves. The code that signs is read when the first message comes.
 */
import type { Found, SignedMessage } from "./authentication/sign.ts";
import type { ActiveKey, DkimKeys } from "./keys/keys.ts";

/** A message on its way out. */
export interface Outgoing {
  /** Takes the next octets; they may be reused after the call. */
  write(octets: Uint8Array): void;
  /** The message is complete: DKIM-Signature fields with their line ends; "" where it is not of a domain that signs. */
  fields(): Promise<string>;
  /**
   * The message is complete, and is sent on by somebody here: an ARC set with what was found when it came; "" where there is no key, or
   * somebody said already that the chain is broken.
   * @param domain whose key seals, in lower-case A-labels
   */
  seal(domain: string, found: Found): Promise<string>;
}

export class Signing {
  /** @param onFault hears why a message left without a signature */
  constructor(
    private readonly keys: Pick<DkimKeys, "active">,
    private readonly onFault: (fault: unknown) => void,
    private readonly now: () => number = Date.now,
  ) {}

  async begin(): Promise<Outgoing> {
    const { SignedMessage } = await import("./authentication/sign.ts");
    const message = new SignedMessage();
    return {
      write: (octets) => message.write(octets),
      fields: () => this.#fields(message),
      seal: (domain, found) => this.#seal(message, domain, found),
    };
  }

  /** RSA alone: Ed25519 is not known to most who look at chains. */
  async #seal(message: SignedMessage, domain: string, found: Found): Promise<string> {
    try {
      message.end();
      const key = this.keys.active(domain).find(({ algorithm }) => algorithm === "rsa-sha256");
      return key === undefined ? "" : await message.seal({ ...key, domain }, found, this.now());
    } catch (fault) {
      this.onFault(fault);
      return "";
    }
  }

  async #fields(message: SignedMessage): Promise<string> {
    const author = message.end();
    const at = this.now();
    try {
      const found = author === undefined ? undefined : this.#keysFor(author);
      if (found === undefined) return "";
      const fields = await Promise.all(found.keys.map((key) => message.sign({ ...key, domain: found.domain }, at)));
      return fields.join("");
    } catch (fault) {
      this.onFault(fault);
      return "";
    }
  }

  /** The keys of a name, or of the nearest domain above it: reports come from the server's own name (RFC 7489 §3.1.1, relaxed alignment). */
  #keysFor(author: string): { domain: string; keys: readonly ActiveKey[] } | undefined {
    for (let domain = author; domain.includes("."); domain = domain.slice(domain.indexOf(".") + 1)) {
      const keys = this.keys.active(domain);
      if (keys.length > 0) return { domain, keys };
    }
    return undefined;
  }
}
