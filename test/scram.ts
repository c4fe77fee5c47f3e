/** The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677) for tests. */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";

const hmac = (key: Uint8Array, text: string) => createHmac("sha256", key).update(text).digest();

/** One exchange: `first`, then `final` with the server's answer; then the server must say `expected`. */
export class ScramClient {
  /** The message to begin with. */
  readonly first: string;
  /** What the server must end with, known after `final`. */
  expected = "";
  readonly #bare: string;
  readonly #header: string;

  /** @param binding the tls-exporter value of the connection, for -PLUS */
  constructor(
    login: string,
    private readonly password: string,
    private readonly binding?: Uint8Array,
  ) {
    this.#header = binding ? "p=tls-exporter,," : "n,,";
    this.#bare = `n=${login},r=${randomBytes(12).toString("hex")}`;
    this.first = this.#header + this.#bare;
  }

  /** The answer to the server's first message. */
  final(serverFirst: string): string {
    const [, nonce = "", salt = "", iterations = ""] = /^r=([^,]+),s=([^,]+),i=(\d+)/.exec(serverFirst) ?? [];
    const bound = Buffer.concat([Buffer.from(this.#header), this.binding ?? new Uint8Array(0)]).toString("base64");
    const withoutProof = `c=${bound},r=${nonce}`;
    const salted = pbkdf2Sync(this.password, Buffer.from(salt, "base64"), Number(iterations), 32, "sha256");
    const clientKey = hmac(salted, "Client Key");
    const said = `${this.#bare},${serverFirst},${withoutProof}`;
    const signature = hmac(createHash("sha256").update(clientKey).digest(), said);
    const proof = Buffer.from(clientKey.map((octet, i) => octet ^ (signature[i] as number))).toString("base64");
    this.expected = `v=${hmac(hmac(salted, "Server Key"), said).toString("base64")}`;
    return `${withoutProof},p=${proof}`;
  }
}
