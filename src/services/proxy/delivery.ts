/** A response on its way to the client: from the origin or from the cache, head and content (RFC 9112 §4, §6, §7). */
import { GateRefusal, type Passing } from "../../gateway/visit.ts";
import { ConnectionClosed } from "../../net/errors.ts";
import type { Client } from "./client.ts";
import { ContentWriter, contentAtHand, readContent, type Source } from "./content.ts";
import type { Shared } from "./deps.ts";
import type { Cache, CachedResponse, Miss, ProxiedRequest, ProxiedResponse, Stale, Writer } from "./exchange.ts";
import { type Framing, NONE } from "./framing.ts";
import { passableTrailers } from "./hop.ts";
import type { Origin } from "./origin.ts";
import { framingFor, responseHead } from "./outgoing.ts";
import { fileLarge, LARGE, pace, passLarge } from "./pace.ts";
import type { Received } from "./received.ts";
import { barredType } from "./screening.ts";

/** A cache to which a response is offered. */
export interface Keeping {
  readonly cache: Cache;
  readonly looked: Miss | Stale;
  readonly request: ProxiedRequest;
}

/** How a response from an origin is delivered. */
export interface DeliveryOptions {
  /** The request's content is still on its way. */
  readonly uploading: boolean;
  /** The cache that was asked before, and what it said. */
  readonly keeping: Keeping | undefined;
  /** Asked at the end of a content without a length whether all of it has come. @throws ConnectionClosed where not */
  readonly whole?: (() => Promise<void>) | undefined;
}

/** A response that the cache takes down while it passes. */
interface Recorded {
  readonly writer: Writer | undefined;
}

/** Where a content comes from. */
type From = Pick<Origin, "connection"> & Partial<Pick<Origin, "address">>;

/** Sends a response. */
export class Delivery {
  constructor(
    private readonly shared: Shared,
    private readonly client: Client,
    private readonly passing: Passing | undefined,
  ) {}

  /** Sends what came from an origin. @throws GateRefusal where it may not be fetched, as long as nothing was sent */
  send(
    origin: From,
    received: Pick<Received, "minor" | "response" | "framing">,
    options: DeliveryOptions,
  ): Promise<void> {
    const { client } = this;
    const { response, framing } = received;
    this.#screen(response, framing);
    const outgoing = framingFor(client.request.minor, framing);
    if (outgoing.kind === "close" || options.uploading) client.closing = true;
    const { keeping } = options;
    const writer = keeping && offer(keeping, response, framing, origin.address);
    // Whoever waits to see whether there will be a stored response need not wait for one that is not kept.
    if (!writer) keeping?.looked.release();
    this.#head(response, received.minor, outgoing, keeping?.looked.status(response, writer !== undefined));
    const { limits, haste } = client.bounds;
    const source = { connection: origin.connection, framing, limits, haste };
    // Most are here already, and nobody has to be waited for.
    const all = writer || this.passing?.bucket ? undefined : contentAtHand(source);
    if (all === undefined) {
      const patient = isStream(response) ? { ...source, haste: { ...haste, least: 0 } } : source;
      return this.#sendContent(patient, outgoing, { ...options, writer });
    }
    this.passing?.add(0, all.length);
    return client.connection.write(all);
  }

  async #sendContent(source: Source, outgoing: Framing, options: DeliveryOptions & Recorded): Promise<void> {
    const { writer, uploading } = options;
    const { framing } = source;
    try {
      if (framing.kind === "length" && framing.octets >= LARGE && !writer && !uploading) {
        await this.#sendLarge(source, framing.octets);
      } else await this.#sendPieces(source, outgoing, options);
      writer?.end();
    } catch (error) {
      writer?.abort();
      throw error;
    }
  }

  /** Sends what the cache had. */
  sendCached(cached: CachedResponse): Promise<void> {
    const { octets } = cached;
    return octets === undefined || this.passing?.bucket !== undefined
      ? this.#sendStored(cached)
      : this.#sendKept(cached, octets);
  }

  /** What is in memory goes in one piece, with a head that was made for another, where there is one. */
  #sendKept(cached: CachedResponse, octets: Uint8Array): Promise<void> {
    const { response, length } = cached;
    const { client, passing } = this;
    const { heads } = this.shared;
    const framing = storedFraming(response, length);
    cached.release();
    this.#screen(response, framing);
    const known = client.closing ? undefined : heads.get(response);
    if (known !== undefined) this.#sendHead(known);
    else {
      const head = this.#head(response, 1, framing);
      if (!client.closing) heads.set(response, head);
    }
    if (client.headOnly || length === 0) return Promise.resolve();
    passing?.add(0, length);
    return client.connection.write(octets);
  }

  async #sendStored(cached: CachedResponse): Promise<void> {
    const { response, length } = cached;
    const { client, passing } = this;
    const framing = storedFraming(response, length);
    try {
      this.#screen(response, framing);
    } catch (error) {
      cached.release();
      throw error;
    }
    this.#head(response, 1, framing);
    if (client.headOnly || length === 0) {
      cached.release();
      return;
    }
    if (cached.file !== undefined && length >= LARGE) {
      try {
        await this.#sendFile(cached.file, length);
      } finally {
        cached.release();
      }
      return;
    }
    let missing = length;
    for await (const piece of cached.content()) {
      missing -= piece.length;
      passing?.add(0, piece.length);
      await pace(passing?.bucket, piece.length, client.connection.write(piece));
    }
    if (missing !== 0) throw new ConnectionClosed("a stored response is not as long as it says");
  }

  #head(response: ProxiedResponse, minor: 0 | 1, framing: Framing, cacheStatus?: string): string {
    const { pseudonym, now } = this.shared;
    const close = this.client.closing;
    const head = responseHead({ response, minor, framing, close, cacheStatus, pseudonym, now: now() });
    this.#sendHead(head);
    return head;
  }

  #sendHead(head: string): void {
    const { client } = this;
    client.answered = true;
    client.connection.deadline(client.bounds.haste.idleMs);
    void client.connection.write(head, "latin1");
  }

  /** What an administrator does not want fetched; the client hears why in place of it. */
  #screen({ fields }: ProxiedResponse, framing: Framing): void {
    const { barredTypes, maxResponse } = this.shared.settings();
    if (barredType(fields.get("content-type"), barredTypes)) {
      this.#refuse("Files of this kind are not fetched through the proxy.");
    }
    if (maxResponse === 0) return;
    // A part of what is too large is not fetched, either: one after the other they are the whole.
    const whole = Number(/^bytes .*\/(\d{1,15})$/i.exec(fields.get("content-range") ?? "")?.[1] ?? 0);
    if (whole > maxResponse || (framing.kind === "length" && framing.octets > maxResponse))
      this.#refuse(tooMuch(maxResponse));
  }

  /** The log says why, too. @throws GateRefusal */
  #refuse(sentence: string): never {
    const refusal = new GateRefusal("barred", sentence);
    this.passing?.cut(refusal);
    throw refusal;
  }

  async #sendPieces(
    source: Source,
    outgoing: Framing,
    { writer, whole }: Pick<DeliveryOptions, "whole"> & Recorded,
  ): Promise<void> {
    const { client, passing } = this;
    const { maxResponse } = this.shared.settings();
    const content = new ContentWriter(client.connection, outgoing.kind === "chunked");
    let received = 0;
    const trailers = await readContent(source, (piece) => {
      received += piece.length;
      if (maxResponse > 0 && received > maxResponse) this.#refuse(tooMuch(maxResponse));
      passing?.add(0, piece.length);
      const kept = writer?.write(piece);
      const sent = pace(passing?.bucket, piece.length, content.write(piece));
      return kept ? Promise.all([kept, sent]).then(() => undefined) : sent;
    });
    await whole?.();
    void content.end(trailers && passableTrailers(trailers));
  }

  async #sendFile({ fd, offset }: NonNullable<CachedResponse["file"]>, length: number): Promise<void> {
    const { client, passing, shared } = this;
    await fileLarge(shared.tunnels, { fd, offset, length }, client.connection, {
      idleMs: client.bounds.haste.idleMs,
      bucket: passing?.bucket,
      passed: (octets) => passing?.add(0, octets),
    });
  }

  /** Many octets that nobody here wants to see. */
  async #sendLarge({ connection, haste }: Source, octets: number): Promise<void> {
    const { client, passing, shared } = this;
    await passLarge(shared.tunnels, connection, client.connection, octets, {
      ...haste,
      bucket: passing?.bucket,
      passed: (octets) => passing?.add(0, octets),
    });
  }
}

/** RFC 9110 §6.4.1: 204 and 304 have no content whatever they are about; any other says how long its content is, 0 included. */
function storedFraming({ status }: ProxiedResponse, octets: number): Framing {
  return status === 204 || status === 304 ? NONE : { kind: "length", octets };
}

/** Media types of answers that say little for a long time and are not over. */
const STREAMS: ReadonlySet<string> = new Set([
  "application/json-seq",
  "application/stream+json",
  "application/x-ndjson",
  "multipart/x-mixed-replace",
  "text/event-stream",
]);

function isStream({ fields }: ProxiedResponse): boolean {
  return STREAMS.has(((fields.get("content-type") ?? "").split(";", 1)[0] as string).trim().toLowerCase());
}

/** What is known of a content's length beforehand. */
export function expectedOctets(framing: Framing): number | undefined {
  if (framing.kind === "length") return framing.octets;
  return framing.kind === "none" ? 0 : undefined;
}

/** Offers a response to the cache that was asked before. */
function offer({ cache, request }: Keeping, response: ProxiedResponse, framing: Framing, from: string | undefined) {
  const { status, reason, fields } = response;
  return cache.store(request, { status, reason, fields, from }, expectedOctets(framing));
}

function tooMuch(most: number): string {
  return `What has more than ${most} octets is not fetched through the proxy.`;
}
