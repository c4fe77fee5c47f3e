/**
 * Connections to origins and upstream proxies, and those that are kept for the next request (RFC 9112 §9.3). An idle one is being read:
 * so its end is seen at once, and a server that speaks unasked loses it. That read becomes the one of the next response's head.
 */
import type { Trip } from "../../gateway/gateway.ts";
import type { Connection } from "../../net/connection.ts";
import type { SectionReading } from "../../net/http/head.ts";
import type { TargetUri } from "./exchange.ts";
import { type Received, ResponseReader, type ResponseReading } from "./received.ts";

/** Names a place that connections lead to. */
export function originKey({ host, port }: TargetUri): string {
  return `${host} ${port}`;
}

/** A connection to where requests go. */
export class Origin {
  /** Requests it has carried before this one. */
  served = 0;
  /** For the pool: it waits there for a request; and what is done when that is over. */
  idle = false;
  dropped: (() => void) | undefined;
  readonly #reader: ResponseReader;

  constructor(
    /** The place it is for. */
    readonly key: string,
    readonly connection: Connection,
    /** Set where another proxy is at its end. */
    readonly upstream: Trip["upstream"],
    reading: SectionReading,
  ) {
    this.#reader = new ResponseReader(this, reading);
  }

  get reused(): boolean {
    return this.served > 0;
  }

  /** The address that was connected to; undefined where another proxy has it. */
  get address(): string | undefined {
    return this.upstream ? undefined : this.connection.remote.address;
  }

  /** Reads the response to what was just asked. @throws BadResponse, Malformed, ConnectionClosed, DeadlineExceeded */
  response(reading: ResponseReading): Promise<Received> {
    return this.#reader.read(reading);
  }

  /** Waits for the next response already, while nothing is asked; rejects when the connection ends, or its server speaks unasked. */
  wait(): Promise<unknown> {
    return this.#reader.idle();
  }

  destroy(): void {
    this.connection.destroy();
  }
}

/** What the pool may keep. */
export interface PoolLimits {
  /** Connections in all. */
  readonly most: number;
  /** How long, in milliseconds. */
  readonly idleMs: number;
}

/** Of one place, no more than this are kept. */
const MOST_OF_ONE = 128;

/** Idle connections by the place they lead to; the one used last is taken first. */
export class OriginPool {
  readonly #idle = new Map<string, Origin[]>();
  #size = 0;

  constructor(private readonly limits: () => PoolLimits) {}

  /** Connections kept. */
  get size(): number {
    return this.#size;
  }

  /** A connection that was there a moment ago; undefined where there is none. */
  take(key: string): Origin | undefined {
    const waiting = this.#idle.get(key);
    for (let origin = waiting?.pop(); origin; origin = waiting?.pop()) {
      this.#size--;
      if (waiting?.length === 0) this.#idle.delete(key);
      origin.idle = false;
      if (origin.connection.open) return origin;
    }
    return undefined;
  }

  /** Keeps a connection whose last response was read to its end. */
  put(origin: Origin): void {
    const { most, idleMs } = this.limits();
    const { connection, key } = origin;
    const waiting = this.#idle.get(key) ?? [];
    if (!connection.open || connection.buffered > 0 || this.#size >= most || waiting.length >= MOST_OF_ONE) {
      origin.destroy();
      return;
    }
    origin.served++;
    origin.idle = true;
    connection.deadline(idleMs);
    origin.dropped ??= this.#dropper(origin);
    origin.wait().then(origin.dropped, origin.dropped);
    waiting.push(origin);
    this.#idle.set(key, waiting);
    this.#size++;
  }

  /** Closes all. */
  clear(): void {
    const all = [...this.#idle.values()].flat();
    for (const origin of all) this.#drop(origin);
  }

  #dropper(origin: Origin): () => void {
    return () => this.#drop(origin);
  }

  /** An idle connection ended, had its time, or its server said something that nobody had asked for. */
  #drop(origin: Origin): void {
    if (!origin.idle) return;
    origin.idle = false;
    const waiting = this.#idle.get(origin.key);
    const at = waiting?.indexOf(origin) ?? -1;
    if (waiting && at >= 0) {
      waiting.splice(at, 1);
      this.#size--;
      if (waiting.length === 0) this.#idle.delete(origin.key);
    }
    origin.destroy();
  }
}
