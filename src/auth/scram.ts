/**
 * The server's side of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677), with tls-exporter channel binding
 * (RFC 9266). Pure: it is given keys and messages and says whether the client knew the password.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { Refusal } from "../refusal.ts";

/** Octets of one message from the client. */
const MOST_OCTETS = 4_096;
const BINDING_NAME = "tls-exporter";
const NONCE = /^[\x21-\x2b\x2d-\x7e]{1,512}$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** One pair of keys of a login name; octets in base64. */
export interface ScramKey {
  readonly storedKey: string;
  readonly serverKey: string;
  /** The app password it belongs to; missing for the password itself. */
  readonly appPassword?: number;
}

/** What a login name may be proven with: several passwords, of which the exchange finds out which one the client knows. */
export interface ScramOffer {
  readonly salt: string;
  readonly iterations: number;
  readonly keys: readonly ScramKey[];
}

export interface ScramOptions {
  /** The mechanism is -PLUS. */
  readonly plus: boolean;
  /** The connection's tls-exporter value; without it -PLUS was not offered. */
  readonly binding: Uint8Array | undefined;
  /** Keys of a login name; of an unknown one keys that nothing fits, always the same salt. */
  readonly keysFor: (login: string) => ScramOffer;
  /** The server's part of the nonce; random unless a test sets it. */
  readonly nonce?: string;
}

/** What the client's last message comes to. */
export interface ScramResult {
  readonly proven: boolean;
  /** The key that was proven. */
  readonly key?: ScramKey;
  /** `v=…` for the client to know the server by, or `e=…`. */
  readonly answer: string;
}

/** What an exchange found out about who is there. Made by exchanges alone: a password never comes in its place. */
export class ScramProof {
  constructor(
    readonly login: string,
    readonly proven: boolean,
    /** The app password that was proven; undefined for the password itself. */
    readonly appPassword?: number,
  ) {}
}

interface Opened {
  readonly login: string;
  readonly authorization: string;
  readonly gs2Header: string;
  readonly bare: string;
  readonly nonce: string;
  readonly serverFirst: string;
  readonly offer: ScramOffer;
}

export class ScramServer {
  #opened: Opened | undefined;

  constructor(private readonly options: ScramOptions) {}

  /** The login name the client gave. */
  get login(): string {
    return this.#opened?.login ?? "";
  }

  /** The identity to act as; empty for the login's own. */
  get authorization(): string {
    return this.#opened?.authorization ?? "";
  }

  /**
   * Reads the client's first message and gives the server's.
   * @throws Refusal "invalid" if it is malformed, "credentials" if its channel binding does not fit
   */
  first(message: Uint8Array): string {
    const match = /^(n|y|p=([A-Za-z0-9.-]+)),(?:a=([^,]*))?,(n=([^,]*),r=([^,]*)(?:,.*)?)$/s.exec(text(message));
    if (match === null) throw malformed();
    const [, flag = "", bindingName, authorization = "", bare = "", name = "", clientNonce = ""] = match;
    this.#checkBinding(flag, bindingName);
    if (!NONCE.test(clientNonce)) throw malformed();
    const login = unescapeName(name);
    const offer = this.options.keysFor(login);
    const nonce = clientNonce + (this.options.nonce ?? randomBytes(18).toString("base64"));
    const serverFirst = `r=${nonce},s=${offer.salt},i=${offer.iterations}`;
    const gs2Header = `${flag},${match[3] === undefined ? "" : `a=${authorization}`},`;
    this.#opened = {
      login,
      authorization: unescapeName(authorization, true),
      gs2Header,
      bare,
      nonce,
      serverFirst,
      offer,
    };
    return serverFirst;
  }

  /**
   * Reads the client's final message.
   * @throws Refusal "invalid" if it is malformed
   */
  final(message: Uint8Array): ScramResult {
    const opened = this.#opened;
    const match = /^(c=([^,]*),r=([^,]*)(?:,.*)?),p=([^,]*)$/s.exec(text(message));
    if (opened === undefined || match === null) throw malformed();
    const [, withoutProof = "", binding = "", nonce = "", proof = ""] = match;
    if (!BASE64.test(binding) || !BASE64.test(proof)) throw malformed();
    if (nonce !== opened.nonce) return { proven: false, answer: "e=other-error" };
    if (!same(Buffer.from(binding, "base64"), this.#expectedBinding(opened))) {
      return { proven: false, answer: "e=channel-bindings-dont-match" };
    }
    const said = `${opened.bare},${opened.serverFirst},${withoutProof}`;
    // All keys are looked at, whichever fits: the time does not tell which password it was.
    const octets = Buffer.from(proof, "base64");
    const fitting = opened.offer.keys.filter(({ storedKey }) =>
      provesKey(octets, Buffer.from(storedKey, "base64"), said),
    );
    const [key] = fitting;
    if (key === undefined) return { proven: false, answer: "e=invalid-proof" };
    const signature = createHmac("sha256", Buffer.from(key.serverKey, "base64")).update(said).digest("base64");
    return { proven: true, key, answer: `v=${signature}` };
  }

  /** RFC 5802 §6: also who could have bound, and believes that we cannot, was deceived on the way. */
  #checkBinding(flag: string, name: string | undefined): void {
    const { plus, binding } = this.options;
    if (plus && (name !== BINDING_NAME || binding === undefined)) {
      throw new Refusal("credentials", `This mechanism needs the channel binding ${BINDING_NAME}.`);
    }
    if (!plus && name !== undefined) throw malformed();
    if (flag === "y" && binding !== undefined) {
      throw new Refusal("credentials", "The server does support channel binding: somebody changed what it offered.");
    }
  }

  #expectedBinding({ gs2Header }: Opened): Uint8Array {
    const { plus, binding } = this.options;
    return plus && binding !== undefined ? Buffer.concat([Buffer.from(gs2Header), binding]) : Buffer.from(gs2Header);
  }
}

/** What is offered to a name that nobody has. The salt depends on the name alone, so that asking twice does not tell. */
export function offerOfNobody(login: string, secret: Uint8Array, iterations: number): ScramOffer {
  const salt = createHmac("sha256", secret).update(login).digest().subarray(0, 16).toString("base64");
  return { salt, iterations, keys: [keyOfNobody()] };
}

/** A key that no password has. */
export function keyOfNobody(): ScramKey {
  return { storedKey: randomBytes(32).toString("base64"), serverKey: randomBytes(32).toString("base64") };
}

function provesKey(proof: Uint8Array, storedKey: Uint8Array, said: string): boolean {
  const signature = createHmac("sha256", storedKey).update(said).digest();
  if (proof.length !== signature.length) return false;
  const clientKey = signature.map((octet, index) => octet ^ (proof[index] ?? 0));
  return same(createHash("sha256").update(clientKey).digest(), storedKey);
}

function same(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

/** RFC 5802 §5.1: `=2C` and `=3D` stand for comma and equals sign, and no other `=` may stand there. */
function unescapeName(name: string, mayBeEmpty = false): string {
  if ((name === "" && !mayBeEmpty) || /=(?!2C|3D)/.test(name)) throw malformed();
  return name.replaceAll("=2C", ",").replaceAll("=3D", "=");
}

function text(message: Uint8Array): string {
  if (message.length > MOST_OCTETS) throw malformed();
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(message);
  } catch {
    throw malformed();
  }
}

function malformed(): Refusal {
  return new Refusal("invalid", "That is not a SCRAM message.");
}
