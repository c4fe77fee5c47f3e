/**
 * The client's side of POP3. What is marked with DELE goes with QUIT alone (RFC 1939 §6): whatever happens before, it is all still there.
 *
 * RFC 1939, RFC 2449 (CAPA), RFC 2595 (STLS), RFC 5034 (AUTH), RFC 3206 (why a login failed).
 */
import { type Credentials, exchangeFor } from "./credentials.ts";
import { type Listed, type Listing, NotGiven, type Source, Trouble } from "./source.ts";
import { base64, said, type Whereabouts, Wire, type WireParts } from "./wire.ts";

/** Octets of a line: RFC 2449 §4 has 512 for answers; greetings of servers are longer. */
const LONGEST_LINE = 4_096;
const MOST_CAPABILITIES = 200;
/** Messages that a maildrop may list; more is taken for an attack. */
const MOST_LISTED = 100_000;
const MOST_ROUNDS = 6;
const GOODBYE_MS = 30_000;

interface Answer {
  readonly good: boolean;
  /** Without +OK and -ERR. */
  readonly text: string;
}

export class Pop3 implements Source {
  readonly canWait = false;
  #capabilities: ReadonlyMap<string, readonly string[]> = new Map();
  /** Message numbers of this session, by what the journal knows them by. */
  readonly #numbers = new Map<string, number>();
  readonly #deleted: string[] = [];

  private constructor(private readonly wire: Wire) {}

  /** A session, logged in. @throws Trouble */
  static async open(account: Whereabouts, credentials: Credentials, parts: WireParts): Promise<Pop3> {
    return await Wire.session(account, parts, LONGEST_LINE, async (wire) => {
      const session = new Pop3(wire);
      await session.#begin(account.tls === "starttls");
      await session.#login(credentials);
      return session;
    });
  }

  get remote(): string {
    return this.wire.connection.remote.address;
  }

  get tls() {
    return this.wire.connection.tls;
  }

  folders(): Promise<string[]> {
    return Promise.resolve([""]);
  }

  open(): Promise<number> {
    return Promise.resolve(0);
  }

  async list(): Promise<Listing> {
    const sizes = new Map<number, number>();
    await this.#numbered("LIST", /^(\d{1,10}) (\d{1,15})/, (number, size) => sizes.set(number, Number(size)));
    await this.#name(sizes);
    const messages = [...this.#numbers].map(([uid, number]) => ({ uid, size: sizes.get(number) ?? 0 }));
    return { messages, whole: true, last: "" };
  }

  async *fetch({ uid }: Listed): AsyncGenerator<Uint8Array> {
    const number = this.#numbers.get(uid);
    const answer = await this.#ask(`RETR ${number}`);
    if (!answer.good) throw new NotGiven(this.wire.host, said(answer.text));
    yield* this.wire.untilDot();
  }

  async remove(uids: readonly string[]): Promise<readonly string[]> {
    for (const uid of uids) {
      const number = this.#numbers.get(uid);
      if (number !== undefined && (await this.#ask(`DELE ${number}`)).good) this.#deleted.push(uid);
    }
    return [];
  }

  wait(): Promise<void> {
    return Promise.reject(new Error("POP3 tells nobody of new mail"));
  }

  async end(): Promise<readonly string[]> {
    try {
      this.wire.patience(GOODBYE_MS);
      const { good } = await this.#ask("QUIT");
      return good ? this.#deleted : [];
    } catch {
      return [];
    } finally {
      this.wire.destroy();
    }
  }

  destroy(): void {
    this.wire.destroy();
  }

  async #begin(startTls: boolean): Promise<void> {
    const greeting = await this.#answer();
    if (!greeting.good) throw new Trouble("busy", `${this.wire.host} does not serve us now: ${said(greeting.text)}`);
    if (startTls) {
      // Whoever takes the offer out of the answer gets no password (RFC 2595 §2.1 and §10).
      if (!(await this.#ask("STLS")).good) {
        throw new Trouble("tls", `${this.wire.host} does not offer encryption (STLS); the password was not sent.`);
      }
      await this.wire.startTls();
    }
    this.#capabilities = await this.#capa();
  }

  async #capa(): Promise<Map<string, string[]>> {
    const capabilities = new Map<string, string[]>();
    if (!(await this.#ask("CAPA")).good) return capabilities;
    for await (const line of this.#lines(MOST_CAPABILITIES)) {
      const [name = "", ...values] = line.trim().split(/ +/);
      capabilities.set(name.toUpperCase(), values);
    }
    return capabilities;
  }

  async #login(credentials: Credentials): Promise<void> {
    const exchange = exchangeFor(this.#capabilities.get("SASL") ?? [], credentials);
    if (exchange === undefined) {
      if (credentials.kind === "token") throw new Trouble("login", `${this.wire.host} takes no tokens (OAuth2).`);
      const { login, password } = credentials;
      if (/[\r\n]/.test(login + password)) throw new Trouble("login", "A password there has no line ends.");
      const user = await this.#ask(`USER ${login}`);
      this.#judge(user.good ? await this.#ask(`PASS ${password}`) : user);
      return;
    }
    // RFC 5034 §4: without an initial response the server asks for it with an empty challenge.
    let line = await this.#raw(`AUTH ${exchange.mechanism}`);
    let first = exchange.initial;
    for (let round = 0; line.startsWith("+ ") || line === "+"; round++) {
      if (round === MOST_ROUNDS) throw this.wire.nonsense("asks without end during the login");
      line = await this.#raw(base64(first ?? (await this.#challenged(exchange, line.slice(2)))));
      first = undefined;
    }
    this.#judge(this.#read(line));
    if (!exchange.complete) throw new Trouble("login", `${this.wire.host} does not know the password itself.`);
  }

  async #challenged(exchange: NonNullable<ReturnType<typeof exchangeFor>>, challenge: string): Promise<string> {
    try {
      return await exchange.answer(Buffer.from(challenge, "base64").toString("utf8"));
    } catch (error) {
      throw new Trouble("login", `The login at ${this.wire.host} failed: ${(error as Error).message}.`);
    }
  }

  /** RFC 3206 §4, RFC 2449 §8.1: what is no matter of the password. */
  #judge({ good, text }: Answer): void {
    if (good) return;
    if (/^\[(SYS|IN-USE|LOGIN-DELAY)\b/i.test(text)) {
      throw new Trouble("busy", `${this.wire.host} does not let us in now: ${said(text)}`);
    }
    throw new Trouble("login", `${this.wire.host} refuses the login: ${said(text)}`);
  }

  /** Notes what names each message for good: UIDL (§7), or where that is missing, or not unique, what the message begins with. */
  async #name(sizes: ReadonlyMap<number, number>): Promise<void> {
    const named = this.#numbers;
    named.clear();
    if (sizes.size === 0) return;
    let isUnique = true;
    const known = await this.#numbered("UIDL", /^(\d{1,10}) ([\x21-\x7e]{1,70})/, (number, uid) => {
      if (!sizes.has(number)) return;
      isUnique &&= !named.has(uid);
      named.set(uid, number);
    }).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Trouble && error.kind === "busy") return false;
        throw error;
      },
    );
    if (known && isUnique && named.size === sizes.size) return;
    named.clear();
    for (const number of sizes.keys()) named.set(await this.#begun(number), number);
  }

  /** A digest of a message's header, or of all of it where the server has no TOP. */
  async #begun(number: number): Promise<string> {
    const hash = new Bun.CryptoHasher("sha256");
    const top = await this.#ask(`TOP ${number} 0`);
    if (!top.good && !(await this.#ask(`RETR ${number}`)).good) throw this.wire.nonsense("gives neither TOP nor RETR");
    for await (const piece of this.wire.untilDot()) hash.update(piece);
    return `sha256:${hash.digest("hex").slice(0, 40)}`;
  }

  /** Takes each line of a numbered answer. @throws Trouble "busy" where the server knows no such command */
  async #numbered(command: string, shape: RegExp, take: (number: number, value: string) => void): Promise<void> {
    const answer = await this.#ask(command);
    if (!answer.good) throw new Trouble("busy", `${this.wire.host} does not list its messages: ${said(answer.text)}`);
    for await (const line of this.#lines(MOST_LISTED)) {
      const [, number, value] = shape.exec(line) ?? [];
      if (number !== undefined && value !== undefined) take(Number(number), value);
    }
  }

  async *#lines(most: number): AsyncGenerator<string> {
    for (let count = 0; count <= most; count++) {
      const line = await this.wire.line();
      if (line === ".") return;
      yield line.startsWith(".") ? line.slice(1) : line;
    }
    throw this.wire.nonsense("answers without end");
  }

  async #ask(command: string): Promise<Answer> {
    this.wire.send(command);
    return await this.#answer();
  }

  async #raw(line: string): Promise<string> {
    this.wire.send(line);
    return await this.wire.line();
  }

  async #answer(): Promise<Answer> {
    return this.#read(await this.wire.line());
  }

  #read(line: string): Answer {
    const [, sign, text = ""] = /^(\+OK|-ERR)(?: (.*))?$/i.exec(line) ?? [];
    if (sign === undefined) throw this.wire.nonsense("does not speak POP3");
    return { good: sign.startsWith("+"), text };
  }
}
