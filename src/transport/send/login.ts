/**
 * Logging in at a smart host (RFC 4954): SCRAM-SHA-256 (RFC 5802, RFC 7677) where it is offered, because it proves both
 * sides and shows the password to nobody; else PLAIN (RFC 4616), else LOGIN. Pure: octets in, octets out.
 */
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

export interface LoginSecret {
  readonly login: string;
  readonly password: string;
}

/** The client's side of one SASL exchange. */
export interface ClientExchange {
  readonly mechanism: string;
  /** What is sent with the command; undefined where the server speaks first. */
  readonly initial: string | undefined;
  /** Answers a challenge. @throws Error if the server does not prove itself or speaks nonsense */
  answer(challenge: string): Promise<string>;
  /** Whether the server has done its part; a success before that is not one. */
  readonly complete: boolean;
}

/** Iterations that a server may ask for; more would only burn our time. */
const MOST_ITERATIONS = 600_000;

/** The best mechanism of those offered; undefined if none is known. A nonce is given only to repeat a known exchange. */
export function clientExchange(offered: string, secret: LoginSecret, nonce?: string): ClientExchange | undefined {
  const mechanisms = new Set(offered.toUpperCase().split(/\s+/));
  if (mechanisms.has("SCRAM-SHA-256")) return new Scram(secret, nonce);
  if (mechanisms.has("PLAIN")) return plain(secret);
  if (mechanisms.has("LOGIN")) return login(secret);
  return undefined;
}

function plain({ login, password }: LoginSecret): ClientExchange {
  return {
    mechanism: "PLAIN",
    initial: `\0${login}\0${password}`,
    complete: true,
    answer: () => Promise.reject(new Error("a challenge where none belongs")),
  };
}

/** LOGIN was never standardised: whatever the two prompts say, the name goes first. */
function login({ login, password }: LoginSecret): ClientExchange {
  const answers = [login, password];
  return {
    mechanism: "LOGIN",
    initial: undefined,
    complete: true,
    answer: async () => {
      const answer = answers.shift();
      if (answer === undefined) throw new Error("a challenge where none belongs");
      return answer;
    },
  };
}

const derive = promisify(pbkdf2);

/** RFC 5802 without channel binding. */
class Scram implements ClientExchange {
  readonly mechanism = "SCRAM-SHA-256";
  readonly initial: string;
  readonly #first: string;
  readonly #nonce: string;
  #serverSignature: Buffer | undefined;
  #complete = false;

  constructor(
    private readonly secret: LoginSecret,
    nonce = randomBytes(18).toString("base64"),
  ) {
    this.#nonce = nonce;
    const name = secret.login.normalize("NFKC").replace(/=/g, "=3D").replace(/,/g, "=2C");
    this.#first = `n=${name},r=${nonce}`;
    this.initial = `n,,${this.#first}`;
  }

  get complete(): boolean {
    return this.#complete;
  }

  async answer(challenge: string): Promise<string> {
    return this.#serverSignature === undefined ? await this.#prove(challenge) : this.#check(challenge);
  }

  async #prove(challenge: string): Promise<string> {
    const match = /^r=([\x21-\x2b\x2d-\x7e]+),s=([A-Za-z0-9+/]+=*),i=(\d{1,7})(?:,|$)/.exec(challenge);
    const [, nonce = "", salt = "", count = ""] = match ?? [];
    const iterations = Number(count);
    if (!nonce.startsWith(this.#nonce) || nonce === this.#nonce || iterations < 1 || iterations > MOST_ITERATIONS) {
      throw new Error("its SCRAM challenge does not hold");
    }
    const password = this.secret.password.normalize("NFKC");
    const salted = await derive(password, Buffer.from(salt, "base64"), iterations, 32, "sha256");
    const clientKey = hmac(salted, "Client Key");
    const storedKey = createHash("sha256").update(clientKey).digest();
    const final = `c=biws,r=${nonce}`;
    const message = `${this.#first},${challenge},${final}`;
    const signature = hmac(storedKey, message);
    const proof = clientKey.map((octet, at) => octet ^ (signature[at] ?? 0));
    this.#serverSignature = hmac(hmac(salted, "Server Key"), message);
    return `${final},p=${Buffer.from(proof).toString("base64")}`;
  }

  #check(challenge: string): string {
    const given = Buffer.from(/^v=([A-Za-z0-9+/]+=*)/.exec(challenge)?.[1] ?? "", "base64");
    const expected = this.#serverSignature;
    if (expected === undefined || given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw new Error("it does not know the password itself");
    }
    this.#complete = true;
    return "";
  }
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
