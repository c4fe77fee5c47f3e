/**
 * One request on its way to an origin, and its response on the way back. The request's content goes out while the response is being
 * waited for, so that an early answer, 100 (Continue) and a server that answers as it reads all work the same; each piece waits for the
 * other side to take it. What cannot be passed on in order ends both connections: a client never takes a part for the whole.
 *
 * RFC 9110 §7.6, §9.2.2 (retrying), §10.1.1 (Expect), §15.2 (interim responses); RFC 9112 §6, §9; RFC 9111 through the cache.
 */
import type { Passing, Visitor } from "../../gateway/gateway.ts";
import { passThrough } from "../../gateway/pass-through.ts";
import { GateRefusal } from "../../gateway/visit.ts";
import { ConnectionClosed, DeadlineExceeded } from "../../net/errors.ts";
import type { Fields } from "../../net/http/fields.ts";
import { Malformed } from "../../net/http/malformed.ts";
import type { Answer } from "./answers.ts";
import type { Client } from "./client.ts";
import { ContentWriter, readContent } from "./content.ts";
import { Delivery } from "./delivery.ts";
import { noteFault, type Shared, strike } from "./deps.ts";
import type { CachedResponse, Hit, Lookup, Miss, ProxiedRequest, Stale, TargetUri } from "./exchange.ts";
import { passableTrailers, upgradesOf } from "./hop.ts";
import { Origin, originKey } from "./origin.ts";
import { requestHead } from "./outgoing.ts";
import { LARGE, pace, passLarge } from "./pace.ts";
import { BadRequest } from "./problem.ts";
import type { Received } from "./received.ts";
import { refresh } from "./refreshing.ts";
import { challenge, FAULT, failureAnswer, gateAnswer, hungUp, plainAnswer } from "./refusals.ts";
import { GO_ON_PATH } from "./warnings.ts";

/** RFC 9110 §9.2.2: what may be asked again where a connection ended without an answer. */
const IDEMPOTENT: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);
/** RFC 9110 §9.2.1: others may change what a cache has. */
const SAFE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

/** Who asks, and what his connection has beside it. */
export interface Asker {
  readonly visitor: Visitor;
  /** A connection to an origin that knows this client by it, and nobody else may use. */
  pinned: Origin | undefined;
}

/** One request and its response. */
export class Forwarding {
  readonly #request: ProxiedRequest;
  readonly #upgrades: readonly string[];
  #looked: Lookup | undefined;
  #origin: Origin | undefined;
  /** What it answered, once that is what is passed on. */
  #received: Received | undefined;
  #passing: Passing | undefined;
  /** The content of the request on its way; resolves with whether all of it went out. */
  #upload: Promise<boolean> | undefined;
  #uploaded = false;
  /** Why the client's content could not be taken. */
  #uploadFailure: unknown;
  #retried = false;
  #cut: GateRefusal | undefined;
  /** What is stored may only be used after asking, and nobody could be asked. */
  #unvalidated = false;

  constructor(
    readonly shared: Shared,
    readonly asker: Asker,
    readonly client: Client,
    readonly uri: TargetUri,
  ) {
    const { request } = client;
    const hasBody = request.framing.kind !== "none";
    this.#request = { method: request.method, target: uri, fields: request.fields, hasBody, at: request.at };
    // RFC 9110 §7.8 leaves it to the server to switch; a content on the way would stand between the two protocols.
    this.#upgrades = hasBody || request.minor === 0 ? [] : upgradesOf(request.hop.upgrade);
  }

  /** Runs to the end; what goes wrong on the way is answered. @throws ConnectionClosed where it cannot be */
  async run(): Promise<void> {
    try {
      this.#screen();
      const asked = this.#lookUp();
      const looked = asked instanceof Promise ? await asked : asked;
      this.#looked = looked;
      if (looked !== undefined && looked.kind !== "miss") await this.#use(looked);
      else await this.#pass(await this.#ask(this.#request.fields), looked);
      this.#finishOrigin();
    } catch (error) {
      this.#letOthersGo();
      await this.#fail(error);
    } finally {
      this.#letOthersGo();
      this.#passing?.close();
    }
  }

  /** Those who wait for what the cache will have of this. */
  #letOthersGo(): void {
    if (this.#looked !== undefined && "release" in this.#looked) this.#looked.release();
  }

  async #fail(error: unknown): Promise<void> {
    const { client, shared } = this;
    this.#origin?.destroy();
    if (error instanceof BadRequest && error.hostile) strike(shared, client.connection, error.sentence);
    const known = this.#answerTo(error);
    if (!known) noteFault(shared, client.connection, "fetch for a client", error);
    if (client.answered || !client.connection.open) {
      client.connection.destroy();
      throw new ConnectionClosed("the answer was cut off", { cause: error });
    }
    await client.answer(known ?? FAULT, shared.now());
  }

  #answerTo(error: unknown): Answer | undefined {
    const { visitor } = this.asker;
    const { url, host, path } = this.uri;
    const refusal = error instanceof TooLarge ? error : (this.#cut ?? error);
    if (refusal instanceof GateRefusal && refusal.kind === "permission" && visitor.user === null) {
      return challenge(refusal.sentence);
    }
    if (refusal instanceof GateRefusal && refusal.kind === "warned") {
      const answer = gateAnswer(refusal, url);
      const goOn = { action: GO_ON_PATH, token: this.shared.warnings.token(visitor, host), path };
      return "title" in answer.body ? { ...answer, body: { ...answer.body, goOn } } : answer;
    }
    const answer = failureAnswer(refusal, url) ?? (refusal instanceof ConnectionClosed ? hungUp(url) : undefined);
    // RFC 9111 §5.2.2.2: the same page, with the status by which programs know a cache that was cut off.
    return answer && this.#unvalidated ? { ...answer, status: 504 } : answer;
  }

  /** What is not fetched whatever the cache has. @throws GateRefusal, BadRequest */
  #screen(): void {
    const { barredUrls, gateway } = this.shared;
    const refusal = barredUrls.refusal(this.uri.url);
    if (refusal !== undefined) {
      gateway.refused(this.asker.visitor, this.uri, refusal);
      throw refusal;
    }
    this.#checkLength();
    this.#askOnePart();
  }

  #use(looked: Exclude<Lookup, Miss>): Promise<void> {
    if (looked.kind === "hit") return this.#useStored(looked);
    if (looked.kind === "stale") return this.#validate(looked);
    return this.client.answer(notKept(this.uri.url), this.shared.now());
  }

  #useStored({ cached, background }: Hit): Promise<void> {
    const { client } = this;
    const { visitor } = this.asker;
    if (background)
      void refresh(this.shared, { visitor, request: this.#request, line: client.request, stale: background });
    this.#beginStored(cached);
    return this.#deliver().sendCached(cached);
  }

  /** @throws GateRefusal where the place it came from may not be reached; it is let go of then */
  #beginStored(cached: CachedResponse): void {
    try {
      this.#begun(undefined, this.shared.gateway.begin(this.asker.visitor, this.uri, cached.response.from));
      if (this.#cut) throw this.#cut;
    } catch (error) {
      cached.release();
      throw error;
    }
  }

  /** A content that says beforehand that it is too large is refused before anybody is asked. */
  #checkLength(): void {
    const { framing } = this.client.request;
    const { gateway, settings } = this.shared;
    const { maxRequest } = settings();
    if (maxRequest > 0 && framing.kind === "length" && framing.octets > maxRequest) {
      const error = new TooLarge(maxRequest);
      gateway.refused(this.asker.visitor, this.uri, error.refusal);
      throw error;
    }
  }

  /** Several parts in one answer hide its media type and its size: where these are looked at, the whole is asked for (RFC 9110 §14.2). */
  #askOnePart(): void {
    const { barredTypes, maxResponse } = this.shared.settings();
    const { fields } = this.#request;
    if ((barredTypes.length > 0 || maxResponse > 0) && fields.get("range")?.includes(",")) fields.delete("range");
  }

  #lookUp(): Lookup | Promise<Lookup> | undefined {
    const { cache, gateway } = this.shared;
    const { method, hasBody } = this.#request;
    if (!cache || hasBody || this.#upgrades.length > 0 || (method !== "GET" && method !== "HEAD")) return undefined;
    gateway.judge(this.asker.visitor, this.uri);
    return cache.lookup(this.#request);
  }

  /** Asks whether a stored response still holds (RFC 9111 §4.3). */
  async #validate(stale: Stale): Promise<void> {
    let received: Received;
    try {
      received = await this.#ask(stale.fields);
    } catch (error) {
      const unreachable = isUnreachable(error) && !this.#cut;
      const kept = unreachable ? stale.failed(undefined) : undefined;
      this.#unvalidated = unreachable && stale.mustRevalidate;
      if (!kept) throw error;
      this.#origin?.destroy();
      if (!this.#passing) this.#beginStored(kept);
      return await this.#deliver().sendCached(kept);
    }
    const { response } = received;
    let kept: CachedResponse | undefined;
    if (response.status === 304) kept = stale.validated(response);
    else if (response.status >= 500) kept = stale.failed(response.status);
    if (!kept) return await this.#pass(received, stale);
    if (response.status === 304) {
      this.#received = received;
      this.#finishOrigin();
    } else this.#origin?.destroy();
    await this.#deliver().sendCached(kept);
  }

  #deliver(): Delivery {
    return new Delivery(this.shared, this.client, this.#passing);
  }

  /** Sends the request, over a kept connection or a new one, and reads the head of the response. */
  async #ask(fields: Fields): Promise<Received> {
    for (;;) {
      const origin = this.#takeKept() ?? (await this.#open());
      try {
        const received = await this.#askOrigin(origin, fields);
        this.#passing?.add(0, received.octets);
        return received;
      } catch (error) {
        if (this.#uploadFailure !== undefined) throw this.#uploadFailure;
        const again = origin.reused && !this.#retried && this.#mayRetry && error instanceof ConnectionClosed;
        if (!again || this.#cut || !this.client.connection.open) throw error;
        origin.destroy();
        this.#passing?.close();
        this.#passing = undefined;
        this.#retried = true;
      }
    }
  }

  get #mayRetry(): boolean {
    return IDEMPOTENT.has(this.#request.method) && !this.#request.hasBody;
  }

  /** A connection that is there from a request before; the gateway is asked all the same. */
  #takeKept(): Origin | undefined {
    const { gateway } = this.shared;
    const { visitor, pinned } = this.asker;
    const key = originKey(this.uri);
    const kept = pinned?.key === key && pinned.connection.open ? pinned : this.#takeFromPool(key);
    if (kept !== pinned) this.#unpin();
    if (kept === undefined) return undefined;
    try {
      this.#begun(kept, gateway.begin(visitor, this.uri, kept.address));
    } catch (error) {
      kept.destroy();
      throw error;
    }
    return kept;
  }

  /** Only what can be asked again goes over a connection that its server may be closing at this moment. */
  #takeFromPool(key: string): Origin | undefined {
    return this.#mayRetry && !this.#retried && this.#upgrades.length === 0 ? this.shared.pool.take(key) : undefined;
  }

  async #open(): Promise<Origin> {
    const { gateway, bounds } = this.shared;
    const trip = await gateway.open(this.asker.visitor, this.uri, { signal: this.client.connection.signal });
    const origin = new Origin(originKey(this.uri), trip.connection, trip.upstream, bounds().response);
    this.#begun(origin, trip.passing);
    return origin;
  }

  #unpin(): void {
    this.asker.pinned?.destroy();
    this.asker.pinned = undefined;
  }

  /** @param origin left out where the answer is here */
  #begun(origin: Origin | undefined, passing: Passing): void {
    const { client } = this;
    this.#origin = origin;
    this.#passing = passing;
    passing.onCut((why) => {
      this.#cut = why;
      origin?.destroy();
      if (client.answered) client.connection.destroy();
    });
  }

  #askOrigin(origin: Origin, fields: Fields): Promise<Received> {
    const { client } = this;
    const { request } = client;
    const { connection, upstream } = origin;
    const { pseudonym } = this.shared;
    const upgrades = this.#upgrades;
    const head = requestHead({ request, uri: this.uri, fields, upgrades, upstream, pseudonym });
    this.#passing?.add(head.length, 0);
    void connection.write(head, "latin1");
    if (this.#request.hasBody) this.#upload = this.#sendContent(origin);
    const { limits, ms, responseMs } = client.bounds.response;
    const { method, minor } = request;
    return origin.response({ method, client: minor === 0 ? undefined : client, upgrades, limits, ms, responseMs });
  }

  /** Passes the client's content on. Never rejects. */
  async #sendContent(origin: Origin): Promise<boolean> {
    const { client } = this;
    const { connection, request } = client;
    const { limits, haste } = client.bounds;
    const { framing } = request;
    const { maxRequest, responseTimeout } = this.shared.settings();
    const writer = new ContentWriter(origin.connection, framing.kind === "chunked");
    let sent = 0;
    client.contentTaken = true;
    try {
      if (framing.kind === "length" && framing.octets >= LARGE) {
        await this.#sendLarge(origin, framing.octets);
        return true;
      }
      const trailers = await readContent({ connection, framing, limits, haste }, (piece) => {
        sent += piece.length;
        if (maxRequest > 0 && sent > maxRequest) throw new TooLarge(maxRequest);
        this.#passing?.add(piece.length, 0);
        // The server is not late with its answer while it is being told what it is about.
        origin.connection.deadline(responseTimeout * 1_000);
        return pace(this.#passing?.bucket, piece.length, writer.write(piece));
      });
      void writer.end(trailers && passableTrailers(trailers));
      void origin.connection.flush();
      this.#uploaded = true;
      return true;
    } catch (error) {
      // Where the server has closed, its answer may lie here already; otherwise it was the client.
      if (origin.connection.open) {
        this.#uploadFailure = uploadProblem(error);
        origin.destroy();
        if (error instanceof TooLarge) this.#passing?.cut(error.refusal);
      }
      return false;
    }
  }

  /** A content that nobody here looks at; its server may take as long for it as octets move. */
  async #sendLarge(origin: Origin, octets: number): Promise<void> {
    const { responseTimeout } = this.shared.settings();
    const { connection, bounds } = this.client;
    // The reading of the response has begun first, and set a time of its own.
    await Promise.resolve();
    origin.connection.deadline(0);
    await passLarge(this.shared.tunnels, connection, origin.connection, octets, {
      ...bounds.haste,
      bucket: this.#passing?.bucket,
      passed: (octets) => this.#passing?.add(octets, 0),
    });
    this.#uploaded = true;
    origin.connection.deadline(responseTimeout * 1_000);
  }

  /** Passes the response on; the origin's connection is done with then. */
  #pass(received: Received, looked?: Miss | Stale): Promise<void> {
    if (received.response.status === 101) return this.#switch(received);
    const { cache } = this.shared;
    if (!SAFE.has(this.#request.method)) cache?.invalidate(this.#request, received.response);
    const uploading = this.#upload !== undefined && !this.#uploaded;
    const keeping = cache && looked && { cache, looked, request: this.#request };
    this.#received = received;
    const sent = this.#deliver().send(this.#origin as Origin, received, { uploading, keeping });
    return uploading ? this.#endUpload(sent, received) : sent;
  }

  async #endUpload(sent: Promise<void>, { closes }: Received): Promise<void> {
    await sent;
    if (!closes && (await this.#upload)) return;
    this.client.closing = true;
    this.#origin?.destroy();
    this.#origin = undefined;
  }

  /** Keeps the origin's connection for the next request, where it is in order. */
  #finishOrigin(): void {
    const origin = this.#origin;
    if (origin === undefined || this.#received === undefined) return;
    const { closes, bound } = this.#received;
    this.#origin = undefined;
    this.asker.pinned = undefined;
    if (closes || this.client.connection.stopping) origin.destroy();
    else if (bound || this.#boundByRequest()) {
      // NTLM and Negotiate log a connection in, not a request: nobody else may have it.
      origin.served++;
      this.asker.pinned = origin;
    } else this.shared.pool.put(origin);
  }

  #boundByRequest(): boolean {
    const authorization = this.#request.fields.get("authorization");
    return authorization !== undefined && /^(ntlm|negotiate)\b/i.test(authorization);
  }

  /** The server speaks another protocol from here on (RFC 9110 §7.8): what follows is not HTTP any more. */
  async #switch({ response, minor }: Received): Promise<void> {
    const { client } = this;
    const origin = this.#origin as Origin;
    const passing = this.#passing as Passing;
    client.answered = true;
    client.closing = true;
    client.interim(response, minor);
    await passThrough(this.shared, client.connection, origin.connection, passing);
  }
}

function notKept(url: string): Answer {
  return plainAnswer(504, "This is not kept", "The program asked for a kept copy, and there is none.", url);
}

/** A content that is larger than may be sent (RFC 9110 §15.5.14). */
class TooLarge extends BadRequest {
  /** What the log says of it. */
  readonly refusal: GateRefusal;

  constructor(most: number) {
    super(413, `No more than ${most} octets may be sent through the proxy at once.`);
    this.refusal = new GateRefusal("barred", this.sentence);
  }
}

function uploadProblem(error: unknown): unknown {
  if (error instanceof Malformed) return new BadRequest(400, error.sentence, true);
  if (error instanceof DeadlineExceeded)
    return new BadRequest(408, "The content of the request stopped coming, or came too slowly.");
  return error;
}

function isUnreachable(error: unknown): boolean {
  if (error instanceof GateRefusal) return ["unresolved", "unreachable", "timeout"].includes(error.kind);
  return isEnd(error);
}

const isEnd = (error: unknown) => error instanceof ConnectionClosed || error instanceof DeadlineExceeded;
