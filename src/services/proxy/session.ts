/**
 * One connection of a client: requests one after the other, each answered before the next is read, so that pipelined ones are answered in
 * order (RFC 9112 §9.3.2). What the proxy cannot be sure of ends the connection after its answer.
 */
import type { Visitor } from "../../gateway/gateway.ts";
import { GateRefusal } from "../../gateway/visit.ts";
import type { Connection } from "../../net/connection.ts";
import { ConnectionClosed, DeadlineExceeded } from "../../net/errors.ts";
import { Malformed } from "../../net/http/malformed.ts";
import type { Answer } from "./answers.ts";
import { answerOctets } from "./answers.ts";
import { Client } from "./client.ts";
import { noteFault, type Shared, strike } from "./deps.ts";
import type { TargetUri } from "./exchange.ts";
import { type Asker, Forwarding } from "./forwarding.ts";
import { fetchFtp } from "./ftp.ts";
import { goOn } from "./go-on.ts";
import { wentThrough } from "./hop.ts";
import { Identification, type Identity } from "./identify.ts";
import { type Incoming, RequestReader } from "./incoming.ts";
import { endsHere, optionsAnswer, ownAnswer, traceAnswer } from "./own.ts";
import { BadRequest } from "./problem.ts";
import { challenge, failureAnswer, gateAnswer, plainAnswer } from "./refusals.ts";
import { connectTunnel, type Passage } from "./tunnel.ts";
import { GO_ON_PATH } from "./warnings.ts";

/** What is not asked of the proxy itself. */
type Elsewhere = Extract<Incoming["target"], { form: "absolute" | "authority" }>;

/** Serves one client. */
export class ProxySession {
  readonly #identification: Identification;
  /** Of the request that is being served. In a variable of the loop it would be kept until the next one. */
  #client: Client | undefined;
  #asker: Asker | undefined;
  #passage: Passage | undefined;

  constructor(
    readonly connection: Connection,
    readonly shared: Shared,
  ) {
    this.#identification = new Identification(connection, shared);
  }

  /** Runs until the connection ends; never rejects. */
  async run(): Promise<void> {
    try {
      await this.#serve();
      // Waited for here, where nothing is left of its request: a tunnel may stand for days.
      await this.#passage?.over;
    } catch (error) {
      if (!isEnd(error)) noteFault(this.shared, this.connection, "serve a client", error);
    } finally {
      this.#asker?.pinned?.destroy();
      await this.connection.end();
    }
  }

  /** One request after the other, until none may follow. */
  async #serve(): Promise<void> {
    const { connection, shared } = this;
    const requests = new RequestReader(connection, shared.now, shared.bounds().request);
    for (let goesOn = true; goesOn; ) {
      let request: Incoming;
      try {
        request = await requests.read(shared.bounds().request);
      } catch (error) {
        return await this.#unreadable(error, requests);
      }
      this.#client = new Client(connection, request, shared.bounds(), shared.pseudonym);
      try {
        await this.#dispatch(this.#client);
      } catch (error) {
        await this.#fail(this.#client, error);
      }
      goesOn = !this.#client.closing && connection.open;
      this.#client = undefined;
    }
  }

  async #fail(client: Client, error: unknown): Promise<void> {
    const answer = client.answered || !client.connection.open ? undefined : failureAnswer(error);
    if (!answer) throw error;
    await this.#answer(client, answer);
  }

  /** A request without an end that could be trusted: it is answered, and the connection ends. */
  async #unreadable(error: unknown, requests: RequestReader): Promise<void> {
    const { connection, shared } = this;
    const problem = error instanceof DeadlineExceeded ? this.#late(requests) : error;
    if (problem === undefined) return;
    if (!(problem instanceof BadRequest)) throw error;
    if (problem.hostile) strike(shared, connection, problem.sentence);
    const answer = plainAnswer(problem.status, "This request cannot be understood", problem.sentence);
    await connection.write(answerOctets(answer, { headOnly: false, close: true, now: shared.now() }));
  }

  /** Why nothing was read in time; undefined where nothing was begun. */
  #late({ begun }: RequestReader): BadRequest | undefined {
    if (begun) return new BadRequest(408, "The request did not come to its end in time.");
    return this.connection.buffered === 0 ? undefined : new BadRequest(408, "No request came in time.");
  }

  /** Not an async function, like those below: what is sent from memory should cost few promises. */
  #dispatch(client: Client): Promise<void> {
    const { target } = client.request;
    if (target.form === "origin") return this.#answer(client, ownAnswer(this.shared, client, target.path));
    if (target.form === "asterisk") return this.#answer(client, optionsAnswer);
    const identity = this.#identification.identify(client.request.authorization);
    return identity instanceof Promise
      ? this.#serveOnceKnown(client, target, identity)
      : this.#serveKnown(client, target, identity);
  }

  async #serveOnceKnown(client: Client, target: Elsewhere, identity: Promise<Identity>): Promise<void> {
    await this.#serveKnown(client, target, await identity);
  }

  #serveKnown(client: Client, target: Elsewhere, identity: Identity): Promise<void> {
    if ("refused" in identity) {
      // What came behind a CONNECT is for its tunnel, perhaps somebody else's words: never requests to this proxy.
      if (target.form === "authority" && this.connection.buffered > 0) client.closing = true;
      return this.#answer(client, identity.refused);
    }
    const asker = this.#askerFor(identity.user);
    if (target.form === "absolute") return this.#fetch(client, asker, target.uri);
    client.closing = true;
    return this.#connect(client, asker.visitor, target);
  }

  async #connect(client: Client, visitor: Visitor, target: Extract<Elsewhere, { form: "authority" }>): Promise<void> {
    this.#passage = await connectTunnel(this.shared, client, visitor, target);
  }

  #askerFor(user: Visitor["user"]): Asker {
    if (this.#asker === undefined || this.#asker.visitor.user !== user) {
      const { connection } = this;
      const visitor = { service: "proxy", user, remote: connection.remote.address, session: connection.id } as const;
      this.#asker = { visitor, pinned: this.#asker?.pinned };
    }
    return this.#asker;
  }

  #fetch(client: Client, asker: Asker, uri: TargetUri): Promise<void> {
    const { shared } = this;
    const { request } = client;
    if (wentThrough(request.fields, shared.pseudonym)) {
      const sentence = "The request has come back here from another proxy: the two send it to each other.";
      return this.#answer(client, plainAnswer(508, "Going round in a circle", sentence, uri.url));
    }
    if (endsHere(request)) {
      return this.#answer(client, request.method === "TRACE" ? traceAnswer(request, uri.url) : optionsAnswer);
    }
    if (uri.scheme === "ftp") return this.#ftp(client, asker.visitor, uri);
    if (uri.path === GO_ON_PATH) return this.#goOn(client, asker.visitor, uri);
    return new Forwarding(shared, asker, client, uri).run();
  }

  async #goOn(client: Client, visitor: Visitor, uri: TargetUri): Promise<void> {
    await this.#answer(client, await goOn(this.shared, client, visitor, uri));
  }

  async #ftp(client: Client, visitor: Visitor, uri: TargetUri): Promise<void> {
    try {
      await fetchFtp(this.shared, client, visitor, uri);
    } catch (error) {
      if (!(error instanceof GateRefusal) || client.answered) throw error;
      const asGuest = error.kind === "permission" && visitor.user === null;
      await this.#answer(client, asGuest ? challenge(error.sentence) : gateAnswer(error, uri.url));
    }
  }

  #answer(client: Client, answer: Answer): Promise<void> {
    return client.answer(answer, this.shared.now());
  }
}

const isEnd = (error: unknown) =>
  error instanceof ConnectionClosed || error instanceof DeadlineExceeded || error instanceof Malformed;
