/**
 * What a request and its response are between the parser, the forwarder and the cache, and what the forwarder asks of a cache.
 *
 * The forwarder calls `lookup` for a request that the policy has let through. With a hit it sends what it is given and asks nobody; with
 * a stale response it asks the origin with the validators it is given; with a miss it asks as the client did. A response that comes
 * is offered to `store`. A request with an unsafe method never asks, and `invalidate` is told how it went (RFC 9111 §4.4).
 * Nothing here is hop-by-hop: a cache sees fields as they go to the origin and as they came from it, without those of the connection
 * and without Proxy-Authorization (RFC 9110 §7.6.1). What it gives back is sent the same way; framing, Via and Connection are added
 * by the forwarder.
 */
import type { Fields } from "../../net/http/fields.ts";

/** Where a request goes, taken from its target (RFC 9110 §7.1). */
export interface TargetUri {
  readonly scheme: "http" | "ftp";
  /** In lower case; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Of ftp alone: name and password as they were written, in front of the host. */
  readonly userinfo?: string;
  /** Path and query as they were written; never empty, "/" at least, or "*" for OPTIONS. */
  readonly path: string;
  /** The whole of it, normalised in scheme, host and port: what a cache keys by. */
  readonly url: string;
}

/** A request as it is forwarded. */
export interface ProxiedRequest {
  readonly method: string;
  readonly target: TargetUri;
  readonly fields: Fields;
  /** Whether content follows. */
  readonly hasBody: boolean;
  /** When it came (milliseconds since the epoch). */
  readonly at: number;
}

/** A final response, as it came from the origin or as it is to be sent. */
export interface ProxiedResponse {
  readonly status: number;
  /** May be empty. */
  readonly reason: string;
  readonly fields: Fields;
  /** The address it came from; left out where another proxy was asked. Rules about addresses hold for what is stored, too. */
  readonly from?: string | undefined;
}

/** Pieces of content; a consumer that has enough calls `return`, which must let go of what they come from. */
export type Content = AsyncIterable<Uint8Array>;

/** A stored response, ready to be sent: Age is set, a range is cut out, a condition of the client's is answered with 304. */
export interface CachedResponse {
  readonly response: ProxiedResponse;
  /** Octets of the content; 0 where there is none. */
  readonly length: number;
  /** Opens the content; called once at most, and not for HEAD. The pieces belong to the receiver. */
  content(): Content;
  /** The same octets in memory, where they are there; nobody may change them. */
  readonly octets?: Uint8Array | undefined;
  /** The same octets in an open file, where they are in one that was found to be in order; for `Tunnels.sendFile`, until `release`. */
  readonly file?: { readonly fd: number; readonly offset: number } | undefined;
  /** Lets go of it where the content is not opened. */
  release(): void;
}

/** A stored response that must be validated first (RFC 9111 §4.3). */
export interface Stale {
  readonly kind: "stale";
  /** It is never used without asking: who cannot ask answers with 504 (must-revalidate and its like, RFC 9111 §5.2.2.2). */
  readonly mustRevalidate: boolean;
  /** The fields to ask the origin with, instead of the request's own: with If-None-Match and If-Modified-Since. */
  readonly fields: Fields;
  /** The origin answered 304: what to send, refreshed (RFC 9111 §4.3.4); undefined where the 304 is the client's. */
  validated(response: ProxiedResponse): CachedResponse | undefined;
  /** The origin could not be reached (undefined) or answered with this 5xx: what may be sent all the same (RFC 5861 §4). */
  failed(status: number | undefined): CachedResponse | undefined;
  /** The value of Cache-Status for the origin's own response, where that is what the client is sent (RFC 9211). */
  status(response: ProxiedResponse, stored: boolean): string;
  /** Lets go of it; called at the end whatever became of it, may be called more than once. Others wait for it. */
  release(): void;
}

/** Nothing is stored for a request. */
export interface Miss {
  readonly kind: "miss";
  /** The value of Cache-Status for the origin's own response (RFC 9211); it is added behind what the field holds. */
  status(response: ProxiedResponse, stored: boolean): string;
  /** Called at the end whatever became of it, as soon as that is known; may be called more than once. Others wait for it. */
  release(): void;
}

/** A stored response that is sent as it is. */
export interface Hit {
  readonly kind: "hit";
  readonly cached: CachedResponse;
  /**
   * It may be used this once, and the origin is to be asked beside it, without the client waiting (RFC 5861 §3): with these fields, and
   * a 200 is offered to `store`. `validated` and `failed` have nothing to send then.
   */
  readonly background?: Stale;
}

/** What a cache has for a request. `store` is called with the same request object as `lookup` was. */
export type Lookup =
  | Hit
  | Stale
  | Miss
  /** The client asked for what is stored and nothing else (only-if-cached, RFC 9111 §5.2.1.7): it hears 504. */
  | { readonly kind: "unavailable" };

/** Takes the content of a response while it passes. Never throws: a cache that cannot go on forgets what it has. */
export interface Writer {
  /** One piece, which must not be changed and may be kept; where a promise is given, the forwarder waits for it. */
  write(piece: Uint8Array): Promise<void> | undefined;
  /** All of it was received, as its framing says. */
  end(): void;
  /** It was cut off, or nobody wants it any more: nothing is stored. */
  abort(): void;
}

/** A cache between clients and origins (RFC 9111). */
export interface Cache {
  lookup(request: ProxiedRequest): Lookup | Promise<Lookup>;
  /**
   * Offers a response. `expected` is the octets its content will have, where that is known. Undefined where it is not to be stored.
   * A HEAD response comes with `expected` 0 and its writer is ended at once.
   */
  store(request: ProxiedRequest, response: ProxiedResponse, expected: number | undefined): Writer | undefined;
  /** A request with an unsafe method was answered with success (RFC 9111 §4.4). */
  invalidate(request: ProxiedRequest, response: ProxiedResponse): void;
}
