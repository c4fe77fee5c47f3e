/**
 * The beginning of a session: which version, who it is, what is asked for. Each step has its time, however slowly its octets come, and no
 * step reads more than its longest form.
 *
 * RFC 1928 §3 and §4, RFC 1929 §2, SOCKS 4 and 4A.
 */
import type { User } from "../../directory/user.ts";
import type { Connection } from "../../net/connection.ts";
import { DeadlineExceeded } from "../../net/errors.ts";
import type { Input } from "../../net/input.ts";
import * as codec from "./codec.ts";
import type { Shared } from "./deps.ts";

/** The longest user name and host name of SOCKS 4, without their ends. */
const LONGEST = 255;

/** A request that cannot be served for how it is written. */
export class Malformed extends Error {
  override readonly name = "Malformed";

  constructor(
    message: string,
    /** What the client is told before the connection ends. */
    readonly answer?: Uint8Array | string,
  ) {
    super(message);
  }
}

/** The client was told that it may not come in. */
export class TurnedAway extends Error {
  override readonly name = "TurnedAway";
}

/** What a handshake came to. */
export interface Greeted {
  readonly user: User | null;
  readonly request: codec.Request;
}

const NOT_SOCKS =
  "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nThis port speaks SOCKS, not HTTP: the web proxy has another.\r\n";

export class Handshake {
  #limit = 0;

  constructor(
    private readonly shared: Shared,
    private readonly connection: Connection,
  ) {}

  /** Reads and answers until the request is there. @throws Malformed, TurnedAway */
  async run(): Promise<Greeted> {
    this.#step();
    const hello = await this.#read(takeHello);
    const version = hello[0] as number;
    if (version === 5) return this.#socks5(hello.subarray(2));
    if (version === 4) return this.#socks4();
    // A letter: a browser that was told that this is a web proxy.
    throw new Malformed(`version ${version}`, version >= 0x41 && version <= 0x5a ? NOT_SOCKS : undefined);
  }

  /** A step begins: all its reads have one time together. */
  #step(): void {
    this.#limit = performance.now() + this.shared.settings().requestTimeout * 1_000;
  }

  /** What `take` finds, within the time of the step: one read for each thing a client says, however many octets tell how long it is. */
  #read<T>(take: (input: Input) => T | undefined): Promise<T> {
    const left = this.#limit - performance.now();
    if (left <= 0) return Promise.reject(new DeadlineExceeded(this.shared.settings().requestTimeout * 1_000));
    this.connection.deadline(left);
    return this.connection.readBy(take);
  }

  #octets(n: number): Promise<Uint8Array> {
    return this.#read((input) => input.take(n));
  }

  async #octet(): Promise<number> {
    return (await this.#octets(1))[0] as number;
  }

  /**
   * SOCKS 4: command, port, address, and a user name that proves nothing; so these clients are guests. An address 0.0.0.x announces a
   * name (4A).
   */
  async #socks4(): Promise<Greeted> {
    const head = await this.#octets(7);
    await this.#untilNul("user name");
    const address = head.subarray(3);
    const named = address[0] === 0 && address[1] === 0 && address[2] === 0 && address[3] !== 0;
    const host = named ? codec.text(await this.#untilNul("host name")) : codec.ipv4(address);
    const no = codec.replyOctets(4, codec.Reply.notAllowed);
    if (host === undefined) throw new Malformed("a host name that is no text", no);
    if (!this.#mayGuest()) return await this.#turnAway(no, "SOCKS 4 has no login, and guests may not use SOCKS.");
    return { user: null, request: { version: 4, command: head[0] as number, host, port: codec.port(head, 1) } };
  }

  async #untilNul(what: string): Promise<Uint8Array> {
    const octets = Buffer.alloc(LONGEST);
    for (let length = 0; length <= LONGEST; length++) {
      const octet = await this.#octet();
      if (octet === 0) return octets.subarray(0, length);
      octets[length] = octet;
    }
    throw new Malformed(`a ${what} of more than ${LONGEST} octets`, codec.replyOctets(4, codec.Reply.failure));
  }

  async #socks5(offered: Uint8Array): Promise<Greeted> {
    const user = await this.#login(offered);
    this.#step();
    return { user, request: await this.#read(takeRequest) };
  }

  /** RFC 1928 §3. Whoever can say a name and password is asked for them, also where guests may come. */
  #login(offered: Uint8Array): Promise<User> | null {
    const { remote, secure } = this.connection;
    if (offered.includes(codec.PASSWORD) && this.shared.gateway.mayTakePassword(remote.address, secure)) {
      void this.connection.write(Uint8Array.of(5, codec.PASSWORD));
      return this.#password();
    }
    if (offered.includes(codec.NO_LOGIN) && this.#mayGuest()) {
      void this.connection.write(Uint8Array.of(5, codec.NO_LOGIN));
      return null;
    }
    const why = offered.includes(codec.PASSWORD)
      ? "A password would come without TLS."
      : "The program gives no login, and guests may not use SOCKS.";
    return this.#turnAway(Uint8Array.of(5, codec.NOTHING_ACCEPTABLE), why);
  }

  /** RFC 1929 §2. */
  async #password(): Promise<User> {
    this.#step();
    const version = await this.#octet();
    if (version !== 1) throw new Malformed(`version ${version} of the login`, Uint8Array.of(1, 1));
    const login = codec.text(await this.#read(takeCounted));
    const password = codec.text(await this.#read(takeCounted));
    const { connection } = this;
    if (login === undefined || password === undefined) {
      throw new Malformed("a name or password that is not UTF-8", Uint8Array.of(1, 1));
    }
    connection.deadline(0);
    const outcome = await this.shared.auth.authenticate({
      service: "socks",
      remote: connection.remote.address,
      // Whether a password may come this way was asked before it was asked for, by the proxies' own setting.
      secure: true,
      mechanism: "PLAIN",
      credentials: { login, password },
      session: connection.id,
    });
    if (!outcome.ok) return await this.#turnAway(Uint8Array.of(1, 1), outcome.sentence, login, outcome.reason);
    void connection.write(Uint8Array.of(1, 0));
    return outcome.login.user;
  }

  #mayGuest(): boolean {
    return this.shared.gateway.mayGuest("socks", this.connection.remote.address);
  }

  async #turnAway(answer: Uint8Array, why: string, login?: string, reason?: string): Promise<never> {
    const { address: remote } = this.connection.remote;
    this.shared.gateway.turnedAway({ service: "socks", remote, login, why, ...(reason !== undefined && { reason }) });
    await this.connection.write(answer);
    throw new TurnedAway(why);
  }
}

/** RFC 1928 §3: version 5, and the ways to log in that are offered; of another version, the octet that says so. */
function takeHello(input: Input): Uint8Array | undefined {
  const [version, count] = input.look();
  if (version !== 5) return input.take(1);
  return count === undefined ? undefined : input.take(2 + count);
}

/** Octets behind one that counts them. */
function takeCounted(input: Input): Uint8Array | undefined {
  const [count] = input.look();
  if (count === undefined || input.length <= count) return undefined;
  return input.take(1 + count)?.subarray(1);
}

/** Octets before the host, and behind it. */
const HEAD = 4;
const PORT = 2;

/** RFC 1928 §4. What is wrong is said as soon as it can be seen. @throws Malformed */
function takeRequest(input: Input): codec.Request | undefined {
  const octets = input.look();
  const [version, command = 0, , kind, count] = octets;
  if (kind === undefined) return undefined;
  if (version !== 5) throw new Malformed(`version ${version} in a request`, codec.replyOctets(5, codec.Reply.failure));
  const length = lengthOfHost(kind, count);
  if (length === undefined || octets.length < HEAD + length + PORT) return undefined;
  const host = hostOf(kind, octets.subarray(HEAD, HEAD + length));
  if (host === undefined) throw new Malformed("a host name that is no text", codec.replyOctets(5, codec.Reply.failure));
  input.take(HEAD + length + PORT);
  return { version: 5, command, host, port: codec.port(octets, HEAD + length) };
}

/** Octets of the host; undefined while it is not known. @throws Malformed */
function lengthOfHost(kind: number, first: number | undefined): number | undefined {
  if (kind === codec.IPV4) return 4;
  if (kind === codec.IPV6) return 16;
  if (kind === codec.NAME) return first === undefined ? undefined : 1 + first;
  throw new Malformed(`an address of kind ${kind}`, codec.replyOctets(5, codec.Reply.addressUnsupported));
}

function hostOf(kind: number, octets: Uint8Array): string | undefined {
  if (kind === codec.IPV4) return codec.ipv4(octets);
  return kind === codec.IPV6 ? codec.ipv6(octets) : codec.text(octets.subarray(1));
}
