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
import { Forwarding } from "./forwarding.ts";
import { fetchFtp } from "./ftp.ts";
import { goOn } from "./go-on.ts";
import { wentThrough } from "./hop.ts";
import { Identification, type Identity } from "./identify.ts";
import { type Incoming, readRequest } from "./incoming.ts";
import type { Origin } from "./origin.ts";
import { endsHere, optionsAnswer, ownAnswer, traceAnswer } from "./own.ts";
import { BadRequest } from "./problem.ts";
import { challenge, failureAnswer, gateAnswer, plainAnswer } from "./refusals.ts";
import { hasteOf } from "./settings.ts";
import { connectTunnel, type Passage } from "./tunnel.ts";
import { GO_ON_PATH } from "./warnings.ts";

/** What is not asked of the proxy itself. */
type Elsewhere = Extract<Incoming["target"], { form: "absolute" | "authority" }>;

/** Serves one client. */
export class ProxySession {
  readonly #identification: Identification;
  #visitor: Visitor | undefined;
  #pinned: Origin | undefined;
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
      while (await this.#serve());
      // Waited for here, where nothing is left of its request: a tunnel may stand for days.
      await this.#passage?.over;
    } catch (error) {
      if (!isEnd(error)) noteFault(this.shared, this.connection, "serve a client", error);
    } finally {
      this.#pinned?.destroy();
      await this.connection.end();
    }
  }

  /** One request; whether another may follow. */
  async #serve(): Promise<boolean> {
    const { connection, shared } = this;
    const { keepAlive, headTimeout } = shared.settings();
    const limits = shared.limits();
    let request: Incoming;
    try {
      const reading = { limits, idleMs: keepAlive * 1_000, headMs: headTimeout * 1_000, now: shared.now };
      request = await readRequest(connection, reading);
    } catch (error) {
      return await this.#unreadable(error);
    }
    const client = new Client(connection, request, limits, hasteOf(shared.settings()));
    try {
      await this.#dispatch(client);
    } catch (error) {
      const answer = client.answered || !connection.open ? undefined : failureAnswer(error);
      if (!answer) throw error;
      await client.answer(answer, shared.now());
    }
    return !client.closing && connection.open;
  }

  /** A request without an end that could be trusted: it is answered, and the connection ends. */
  async #unreadable(error: unknown): Promise<boolean> {
    const { connection, shared } = this;
    if (error instanceof DeadlineExceeded && connection.buffered === 0) return false;
    const problem = error instanceof DeadlineExceeded ? new BadRequest(408, "No request came in time.") : error;
    if (!(problem instanceof BadRequest)) throw error;
    if (problem.hostile) strike(shared, connection, problem.sentence);
    const answer = plainAnswer(problem.status, "This request cannot be understood", problem.sentence);
    await connection.write(answerOctets(answer, { headOnly: false, close: true, now: shared.now() }));
    return false;
  }

  /** Not an async function, like those below: what is sent from memory should cost few promises. */
  #dispatch(client: Client): Promise<void> {
    const { target } = client.request;
    if (target.form === "origin") return this.#answer(client, ownAnswer(this.shared, client, target.path));
    if (target.form === "asterisk") return this.#answer(client, optionsAnswer);
    const identity = this.#identification.identify(client.request.authorization);
    return identity instanceof Promise
      ? identity.then((known) => this.#serveKnown(client, target, known))
      : this.#serveKnown(client, target, identity);
  }

  #serveKnown(client: Client, target: Elsewhere, identity: Identity): Promise<void> {
    if ("refused" in identity) {
      // What came behind a CONNECT is for its tunnel, perhaps somebody else's words: never requests to this proxy.
      if (target.form === "authority" && this.connection.buffered > 0) client.closing = true;
      return this.#answer(client, identity.refused);
    }
    const visitor = this.#visitorFor(identity.user);
    if (target.form === "absolute") return this.#fetch(client, visitor, target.uri);
    client.closing = true;
    return this.#connect(client, visitor, target);
  }

  async #connect(client: Client, visitor: Visitor, target: Extract<Elsewhere, { form: "authority" }>): Promise<void> {
    this.#passage = await connectTunnel(this.shared, client, visitor, target);
  }

  #visitorFor(user: Visitor["user"]): Visitor {
    if (this.#visitor?.user !== user) this.#visitor = undefined;
    this.#visitor ??= { service: "proxy", user, remote: this.connection.remote.address, session: this.connection.id };
    return this.#visitor;
  }

  #fetch(client: Client, visitor: Visitor, uri: TargetUri): Promise<void> {
    const { shared } = this;
    const { request } = client;
    if (wentThrough(request.fields, shared.pseudonym)) {
      const sentence = "The request has come back here from another proxy: the two send it to each other.";
      return this.#answer(client, plainAnswer(508, "Going round in a circle", sentence, uri.url));
    }
    if (endsHere(request)) {
      return this.#answer(client, request.method === "TRACE" ? traceAnswer(request, uri.url) : optionsAnswer);
    }
    if (uri.scheme === "ftp") return this.#ftp(client, visitor, uri);
    if (uri.path === GO_ON_PATH)
      return goOn(shared, client, visitor, uri).then((answer) => this.#answer(client, answer));
    return this.#forward(client, visitor, uri);
  }

  async #forward(client: Client, visitor: Visitor, uri: TargetUri): Promise<void> {
    const asker = { client, visitor, pinned: this.#pinned };
    this.#pinned = undefined;
    try {
      await new Forwarding(this.shared, asker, uri).run();
    } finally {
      this.#pinned = asker.pinned;
    }
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
