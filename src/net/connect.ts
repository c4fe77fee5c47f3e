/**
 * Outgoing connections: tries the addresses of a host one after the other, a little overlapping, so that a dead one
 * does not hold up the rest. Transport, collection and proxies use it.
 *
 * RFC 8305 §4 (both families take turns) and §5 (the delay between two attempts) for those who ask for it; names are looked up elsewhere.
 */
import { isIP } from "node:net";
import type { Socket } from "bun";
import { normaliseAddress } from "./access.ts";
import { Connection, connectionHandlers } from "./connection.ts";
import type { Parting } from "./connection-parts.ts";
import { Deadlines, type Timed } from "./deadlines.ts";
import { ConnectFailed } from "./errors.ts";
import type { ClientTls, ContextFor } from "./tls.ts";

/** Where to connect to, and how. */
export interface ConnectOptions {
  /** Name or address to connect to; a name is looked up by the system unless `addresses` are given. */
  readonly host: string;
  /** Addresses of the host, in the order to try them. */
  readonly addresses?: readonly string[];
  readonly port: number;
  /** Time for each address to answer, and for the TLS handshake (milliseconds). */
  readonly timeoutMs: number;
  /** Time after which the next address is tried as well (milliseconds); 2 seconds where left out, 250 ms for Happy Eyeballs. */
  readonly overlapMs?: number;
  /**
   * Happy Eyeballs: IPv6 and IPv4 addresses take turns, beginning with IPv6, so that a family that leads nowhere costs one delay and not one
   * for each of its addresses. Within a family they are tried as they stand.
   */
  readonly happyEyeballs?: boolean;
  /** TLS from the first octet; for STARTTLS call `startTls` on the connection instead. */
  readonly tls?: ClientTls;
  /** Certificates with which the connection can be the server side of TLS though it was made from here: FTP (RFC 4217 §7). */
  readonly contextFor?: ContextFor | undefined;
  /** Deadlines to share with other connections; one of its own where left out. */
  readonly deadlines?: Deadlines;
  /** Gives up when aborted, as long as the connection is not there. */
  readonly signal?: Parting | undefined;
}

const OVERLAP = 2_000;
/** RFC 8305 §8: the recommended Connection Attempt Delay, in milliseconds. */
const ATTEMPT_DELAY = 250;

/** IPv6 and IPv4 addresses in turns, IPv6 first (RFC 8305 §4 with a First Address Family Count of 1). */
export function interleaved(addresses: readonly string[]): string[] {
  const six = addresses.filter((address) => address.includes(":"));
  const four = addresses.filter((address) => !address.includes(":"));
  return Array.from({ length: Math.max(six.length, four.length) }, (_, at) => [six[at], four[at]])
    .flat()
    .filter((address) => address !== undefined);
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EHOSTUNREACH: "host unreachable",
  ENETUNREACH: "network unreachable",
  ETIMEDOUT: "no answer",
};

function reasonOf(error: Error): string {
  const { code } = error as { code?: string };
  return (code && REASONS[code]) || (code ? `${error.message} (${code})` : error.message);
}

/**
 * Connects to the first address that answers.
 * @throws ConnectFailed when none did; TlsFailed when the handshake or the certificate was not good
 */
export function connect(options: ConnectOptions): Promise<Connection> {
  const { tls } = options;
  return tls ? race(options).then((connection) => secure(connection, tls, options)) : race(options);
}

async function secure(connection: Connection, tls: ClientTls, options: ConnectOptions): Promise<Connection> {
  const giveUp = () => connection.destroy();
  options.signal?.addEventListener("abort", giveUp);
  try {
    connection.deadline(options.timeoutMs);
    await connection.startTls(tls);
    connection.deadline(0);
  } finally {
    options.signal?.removeEventListener("abort", giveUp);
  }
  return connection;
}

function race(options: ConnectOptions): Promise<Connection> {
  return new Promise((resolve, reject) => new Race(options, resolve, reject).begin());
}

/** The attempts of one connect; the first to be answered wins, the others are closed when they come. */
class Race {
  readonly #addresses: readonly string[];
  readonly #failures: { address: string; reason: string }[] = [];
  readonly #deadlines: Deadlines;
  #begun = 0;
  #over = false;
  #overlap: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly options: ConnectOptions,
    readonly resolve: (connection: Connection) => void,
    readonly reject: (error: Error) => void,
  ) {
    const addresses = options.addresses ?? [options.host];
    this.#addresses = options.happyEyeballs && addresses.length > 1 ? interleaved(addresses) : addresses;
    this.#deadlines = options.deadlines ?? new Deadlines();
  }

  begin(): void {
    const { signal } = this.options;
    if (signal?.aborted) this.#giveUp();
    else if (this.#addresses.length === 0) this.#fail();
    else {
      signal?.addEventListener("abort", this.#giveUp);
      this.#tryNext();
    }
  }

  #tryNext(): void {
    clearTimeout(this.#overlap);
    const address = this.#addresses[this.#begun];
    if (address === undefined || this.#over) return;
    this.#begun++;
    const { happyEyeballs, overlapMs = happyEyeballs ? ATTEMPT_DELAY : OVERLAP } = this.options;
    if (this.#begun < this.#addresses.length) this.#overlap = setTimeout(() => this.#tryNext(), overlapMs);
    new Attempt(address, this, this.#deadlines).begin();
  }

  answered(connection: Connection): void {
    if (this.#over) {
      connection.destroy();
      return;
    }
    this.#finish();
    this.resolve(connection);
  }

  refused(address: string, error: Error): void {
    this.#failures.push({ address, reason: reasonOf(error) });
    if (this.#over) return;
    if (this.#failures.length === this.#addresses.length) this.#fail();
    else if (this.#failures.length === this.#begun) this.#tryNext();
  }

  #fail(): void {
    this.#finish();
    const { host, port } = this.options;
    this.reject(new ConnectFailed(`${host} port ${port}`, this.#failures));
  }

  readonly #giveUp = (): void => {
    this.#failures.push({ address: this.options.host, reason: "given up" });
    if (!this.#over) this.#fail();
  };

  #finish(): void {
    this.#over = true;
    clearTimeout(this.#overlap);
    this.options.signal?.removeEventListener("abort", this.#giveUp);
  }
}

/** One attempt at one address. An answer that comes after its time is closed at once. */
class Attempt implements Timed {
  due: number;
  #connection: Connection | undefined;
  #over = false;

  constructor(
    readonly address: string,
    readonly race: Race,
    readonly deadlines: Deadlines,
  ) {
    this.due = performance.now() + race.options.timeoutMs;
  }

  begin(): void {
    const { address, deadlines } = this;
    deadlines.add(this);
    deadlines.armed(this.due);
    // The handlers last as long as the socket: they let go of the attempt when it is over.
    let attempt: Attempt | undefined = this;
    const socket = {
      ...connectionHandlers,
      open: (opened: Socket<Connection | undefined>) => {
        opened.data = attempt?.connected(opened);
        attempt = undefined;
      },
    };
    const { port } = this.race.options;
    Bun.connect<Connection | undefined>({ hostname: address, port, allowHalfOpen: true, socket }).then(
      this.#opened,
      this.#failed,
    );
  }

  expire(): void {
    this.#failed(new Error(`no answer within ${this.race.options.timeoutMs} ms`));
  }

  /** The server may speak at once, so the connection must be there before the promise is. */
  connected(socket: Socket<Connection | undefined>): Connection {
    this.#connection = this.#connectionOf(socket);
    return this.#connection;
  }

  readonly #opened = (): void => {
    // A peer that closes at once may be gone before there was a connection to tell of.
    if (!this.#connection) this.#failed(new Error("closed at once"));
    else if (this.#over) this.#connection.destroy();
    else {
      this.#finish();
      this.race.answered(this.#connection);
    }
  };

  readonly #failed = (error: Error): void => {
    if (this.#over) return;
    this.#finish();
    this.race.refused(this.address, error);
  };

  #finish(): void {
    this.#over = true;
    this.due = Number.POSITIVE_INFINITY;
    this.deadlines.remove(this);
  }

  #connectionOf(socket: Socket<Connection | undefined>): Connection {
    const { address, deadlines } = this;
    const { port, contextFor } = this.race.options;
    // Who was given by address is at that address: nobody needs to be asked.
    const remote = isIP(address)
      ? { address: normaliseAddress(address), port }
      : { address: normaliseAddress(socket.remoteAddress), port: socket.remotePort };
    return new Connection({ socket, deadlines, contextFor, remote });
  }
}
