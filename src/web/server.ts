/**
 * The web sites on their ports: Bun.serve for HTTP and HTTPS with one fetch handler behind both. Called by the appliance, which
 * opens and closes ports as the administrator says.
 */
import type { Server } from "bun";
import type { ServingCertificate } from "../administration/parts.ts";
import { adminSite } from "./admin/admin.tsx";
import { apiSite } from "./api/api.ts";
import { createWeb, type Web } from "./app.tsx";
import type { WebDeps } from "./deps.ts";
import { setupSite } from "./setup/setup.tsx";
import { webmailSite } from "./webmail/webmail.tsx";

/** Seconds after which a silent connection is closed; live pages send something more often. */
const IDLE_SECONDS = 60;
/** Octets that Bun itself takes; the real limits are the sites'. */
const MOST_OCTETS = 2 ** 31;
/** Ports below may only be bound by root. */
const PRIVILEGED = 1024;

/** Where to listen. */
export interface WebPort {
  readonly address: string;
  readonly port: number;
  readonly tls: boolean;
}

/** A port that is open. */
export interface OpenWebPort {
  /** Closes the port; requests that are being answered are finished. */
  stop(): Promise<void>;
  /** Requests being answered now, live pages among them. */
  connections(): number;
  /** The port in fact, where 0 was asked for. */
  readonly port: number;
}

export class WebSites {
  readonly #web: Web;

  constructor(private readonly deps: WebDeps) {
    this.#web = createWeb(deps, (front) => [apiSite(front), setupSite(front), adminSite(front), webmailSite(front)]);
  }

  /** Opens a port. @throws the system's error where it cannot be bound */
  listen(where: WebPort): OpenWebPort {
    let server = this.#serve(where);
    const { port = where.port } = server;
    const forget = where.tls
      ? this.deps.certificates.onChange(() => {
          server = this.#renewed(server, { ...where, port });
        })
      : () => {};
    return {
      port,
      connections: () => server.pendingRequests,
      stop: async () => {
        forget();
        await server.stop();
      },
    };
  }

  #serve({ address, port, tls }: WebPort): Server<undefined> {
    return Bun.serve({
      hostname: address,
      port,
      idleTimeout: IDLE_SECONDS,
      maxRequestBodySize: MOST_OCTETS,
      ...(tls && { tls: this.deps.certificates.serving().flatMap(tlsOptions) }),
      fetch: async (request, server) =>
        await this.#web.fetch(request, { address: server.requestIP(request)?.address ?? "", secure: tls }),
      error: (fault) => {
        this.deps.store.events.fault("web", "answer a request", fault);
        return new Response("Something broke here; it has been written to the log.", { status: 500 });
      },
    });
  }

  /**
   * The port with the certificates of now. Bun cannot exchange them under a server, so the port is closed and opened at once;
   * requests that are being answered go on. Where root's rights were given up, a privileged port waits for the next start.
   */
  #renewed(server: Server<undefined>, where: WebPort): Server<undefined> {
    if (where.port < PRIVILEGED && process.getuid?.() !== 0) {
      this.deps.store.events.log({
        room: "web",
        name: "certificate.waits",
        level: "warn",
        text: `Port ${where.port} uses the new certificate after the next start.`,
      });
      return server;
    }
    // Bun may hand the promise back before open requests end; nothing here waits for them.
    server.stop().catch((fault) => this.deps.store.events.fault("web", "close a port", fault));
    return this.#serve(where);
  }
}

/** One entry for each name, because a server name leads to a certificate; the first entry also serves those who name none. */
const tlsOptions = ({ names, chainPem, keyPem }: ServingCertificate) => {
  const pair = { cert: chainPem, key: keyPem };
  const hosts = names.filter((name) => !/^[0-9.]+$|:/.test(name));
  return hosts.length === 0 ? [pair] : hosts.map((serverName) => ({ ...pair, serverName }));
};
