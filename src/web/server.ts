/**
 * The web sites on their ports: Bun.serve for HTTP and HTTPS with one fetch handler behind both. Called by the appliance, which
 * opens and closes ports as the administrator says.
 *
 * The ports themselves are the net room's, as those of all services: so barred clients are closed at accept, connections are capped, and a
 * new certificate needs no port to be opened anew. Each connection is passed on to an HTTP server on loopback, which tells by the port
 * it comes from whose it is, and refuses connections that did not come this way; but in plaintext not before it asks for something else
 * than a home page (direct.ts). docs/decisions/web-ports.md.
 */
import type { Server } from "bun";
import type { ServingCertificate } from "../administration/parts.ts";
import { connect } from "../net/connect.ts";
import type { Connection } from "../net/connection.ts";
import { Deadlines } from "../net/deadlines.ts";
import type { Web } from "./app.tsx";
import type { Connected, FilePart } from "./context.ts";
import type { WebDeps } from "./deps.ts";
import type { DirectDeps } from "./direct.ts";

/** Seconds after which a silent connection is closed; live pages send something more often. */
const IDLE_SECONDS = 60;
/** The HTTP server ends what is silent before the way to it does; this is for clients that have vanished (milliseconds). */
const TUNNEL_IDLE_MS = 2 * IDLE_SECONDS * 1_000;
/** Octets that Bun itself takes; the real limits are the sites'. */
const MOST_OCTETS = 2 ** 43;
const LOOPBACK = "127.0.0.1";
/** Longest wait for the own HTTP server, in milliseconds. */
const CONNECT_MS = 5_000;

/** The pages behind a web port. */
export interface OpenWebPort {
  /** Serves one connection to the port; the HTTP server behind has its TLS. */
  readonly session: (connection: Connection) => Promise<void>;
  /** Takes no more connections; requests that are being answered are finished. */
  stop(): Promise<void>;
}

export class WebSites {
  #web: Promise<Web> | undefined;
  #loaded: Web | undefined;
  readonly #deadlines = new Deadlines();
  readonly #direct: DirectDeps;

  constructor(private readonly deps: WebDeps) {
    this.#direct = {
      web: () => this.#loaded ?? this.#load(),
      tunnels: deps.tunnels,
      idleMs: IDLE_SECONDS * 1_000,
      now: deps.now,
      broken: (fault) => this.#broken(fault),
    };
  }

  /** Serves a port, over TLS from the first octet or not at all. */
  open(tls: boolean): OpenWebPort {
    let backend = this.#serve(tls);
    const forget = tls
      ? this.deps.certificates.onChange(() => {
          const before = backend;
          backend = this.#serve(tls);
          // Bun may hand the promise back before open requests end; nothing here waits for them.
          before.stop().catch((fault) => this.deps.store.events.fault("web", "use a new certificate", fault));
        })
      : () => {};
    return {
      session: (connection) => (tls ? this.#pass(connection, backend) : this.#answerOrPass(connection, backend)),
      stop: async () => {
        forget();
        (await this.#web)?.endLivePages();
        await backend.stop();
      },
    };
  }

  /** The sites; their code is read when somebody first asks for a page. */
  async #load(): Promise<Web> {
    this.#web ??= import("./sites.ts").then(({ createSites }) => createSites(this.deps));
    this.#loaded = await this.#web;
    return this.#loaded;
  }

  /** In plaintext what can be answered at once is; the way to the HTTP server is taken by the first request that cannot. */
  async #answerOrPass(connection: Connection, backend: Backend): Promise<void> {
    const { answerDirectly } = await import("./direct.ts");
    if (await answerDirectly(connection, this.#direct)) await this.#pass(connection, backend);
  }

  async #pass(connection: Connection, { port, clients }: Backend): Promise<void> {
    const inner = await connect({ host: LOOPBACK, port, timeoutMs: CONNECT_MS, deadlines: this.#deadlines });
    const key = inner.local.port;
    clients.set(key, connection.remote.address);
    try {
      await this.deps.tunnels.open(connection, inner, { idleMs: TUNNEL_IDLE_MS }).done;
    } finally {
      clients.delete(key);
    }
  }

  #answer(asked: Asked): Response | Promise<Response> {
    const answer = this.#loaded === undefined ? this.#first(asked) : this.#loaded.fetch(asked.request, asked);
    return answer instanceof Promise ? this.#later(asked, answer) : answer;
  }

  async #first(asked: Asked): Promise<Response> {
    const web = await this.#load();
    return await web.fetch(asked.request, asked);
  }

  async #later(asked: Asked, answer: Promise<Response>): Promise<Response> {
    const response = await answer;
    // The server takes the answer, and opens a file that is its body, within this turn of the event loop: no other comes between.
    if (asked.parts.length > 0) setImmediate(() => void this.#finish(asked.parts));
    return response;
  }

  async #finish(parts: readonly FilePart[]): Promise<void> {
    for (const { close } of parts)
      await close().catch((fault) => this.deps.store.events.fault("web", "finish an answer", fault));
  }

  #broken(fault: unknown): Response {
    this.deps.store.events.fault("web", "answer a request", fault);
    return new Response("Something broke here; it has been written to the log.", { status: 500 });
  }

  #serve(tls: boolean): Backend {
    const clients = new Map<number, string>();
    const server: Server<undefined> = Bun.serve({
      hostname: LOOPBACK,
      port: 0,
      idleTimeout: IDLE_SECONDS,
      maxRequestBodySize: MOST_OCTETS,
      ...(tls && { tls: this.deps.certificates.serving().flatMap(tlsOptions) }),
      fetch: (request, server) => {
        const from = server.requestIP(request);
        const address = from?.address === LOOPBACK ? clients.get(from.port) : undefined;
        if (address === undefined) return new Response(null, { status: 421, headers: { connection: "close" } });
        return this.#answer(new Asked(request, server, address, tls));
      },
      error: (fault) => this.#broken(fault),
    });
    return { port: server.port ?? 0, clients, stop: () => server.stop() };
  }
}

/** A request, and what is known of the connection that it came on. */
class Asked implements Connected {
  /** Files that are to be closed when the answer was taken. */
  parts: readonly FilePart[] = [];

  constructor(
    readonly request: Request,
    private readonly server: Server<undefined>,
    readonly address: string,
    readonly secure: boolean,
  ) {}

  patience(): void {
    this.server.timeout(this.request, 0);
  }

  /**
   * The HTTP server sends a file of the system in the kernel and says how long it is, but knows it only by a path: this one is the handle's
   * own, and the handle is kept until the server has opened it for itself.
   */
  fileBody(part: FilePart): Blob {
    this.parts = [...this.parts, part];
    return Bun.file(`/proc/self/fd/${part.fd}`).slice(part.start, part.end);
  }
}

/** An HTTP server on loopback, and whose its connections are, by the ports that they come from. */
interface Backend {
  readonly port: number;
  readonly clients: Map<number, string>;
  stop(): Promise<void>;
}

/** One entry for each name, because a server name leads to a certificate; the first entry also serves those who name none. */
const tlsOptions = ({ names, chainPem, keyPem }: ServingCertificate) => {
  const pair = { cert: chainPem, key: keyPem };
  const hosts = names.filter((name) => !/^[0-9.]+$|:/.test(name));
  return hosts.length === 0 ? [pair] : hosts.map((serverName) => ({ ...pair, serverName }));
};
