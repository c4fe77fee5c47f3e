/**
 * Connections to origins and upstream proxies, and those that are kept for the next request (RFC 9112 §9.3). An idle one is being read:
 * so its end is seen at once, and a server that speaks unasked loses it. That read becomes the one of the next response's head.
 */
import type { Trip } from "../../gateway/gateway.ts";
import type { Connection } from "../../net/connection.ts";
import { ConnectionClosed } from "../../net/errors.ts";
import { Section, type SectionReading } from "../../net/http/head.ts";
import type { TargetUri } from "./exchange.ts";

/** Names a place that connections lead to. */
export function originKey({ host, port }: TargetUri): string {
  return `${host} ${port}`;
}

/** A connection to where requests go. */
export class Origin {
  /** Requests it has carried before this one. */
  served = 0;
  /** The head of the next response, where it is being waited for already. */
  first: Promise<string> | undefined;

  constructor(
    /** The place it is for. */
    readonly key: string,
    readonly connection: Connection,
    /** Set where another proxy is at its end. */
    readonly upstream: Trip["upstream"],
  ) {}

  get reused(): boolean {
    return this.served > 0;
  }

  /** The address that was connected to; undefined where another proxy has it. */
  get address(): string | undefined {
    return this.upstream ? undefined : this.connection.remote.address;
  }

  destroy(): void {
    this.connection.destroy();
  }
}

interface Idle {
  readonly origin: Origin;
  /** Something came, or it ended. */
  over: boolean;
}

/** What the pool may keep. */
export interface PoolLimits {
  /** Connections in all. */
  readonly most: number;
  /** How long, in milliseconds. */
  readonly idleMs: number;
  /** How the next response will be read. */
  readonly reading: SectionReading;
}

/** Of one place, no more than this are kept. */
const MOST_OF_ONE = 128;

/** Idle connections by the place they lead to; the one used last is taken first. */
export class OriginPool {
  readonly #idle = new Map<string, Idle[]>();
  #size = 0;

  constructor(private readonly limits: () => PoolLimits) {}

  /** Connections kept. */
  get size(): number {
    return this.#size;
  }

  /** A connection that was there a moment ago; undefined where there is none. */
  take(key: string): Origin | undefined {
    const waiting = this.#idle.get(key);
    for (let idle = waiting?.pop(); idle; idle = waiting?.pop()) {
      this.#size--;
      if (waiting?.length === 0) this.#idle.delete(key);
      if (idle.over || !idle.origin.connection.open) continue;
      idle.over = true;
      return idle.origin;
    }
    return undefined;
  }

  /** Keeps a connection whose last response was read to its end. */
  put(origin: Origin): void {
    const { most, idleMs, reading } = this.limits();
    const { connection, key } = origin;
    const waiting = this.#idle.get(key) ?? [];
    if (!connection.open || connection.buffered > 0 || this.#size >= most || waiting.length >= MOST_OF_ONE) {
      origin.destroy();
      return;
    }
    origin.served++;
    const idle: Idle = { origin, over: false };
    connection.deadline(idleMs);
    const section = new Section(connection, reading);
    origin.first = connection.readBy((input) => {
      if (!idle.over && input.length > 0) throw new ConnectionClosed("a server spoke unasked");
      return section.take(input);
    });
    const drop = () => this.#drop(idle);
    origin.first.then(drop, drop);
    waiting.push(idle);
    this.#idle.set(key, waiting);
    this.#size++;
  }

  /** Closes all. */
  clear(): void {
    const all = [...this.#idle.values()].flat();
    for (const idle of all) this.#drop(idle);
  }

  /** An idle connection ended, had its time, or its server said something that nobody had asked for. */
  #drop(idle: Idle): void {
    if (idle.over) return;
    idle.over = true;
    const waiting = this.#idle.get(idle.origin.key);
    const at = waiting?.indexOf(idle) ?? -1;
    if (waiting && at >= 0) {
      waiting.splice(at, 1);
      this.#size--;
      if (waiting.length === 0) this.#idle.delete(idle.origin.key);
    }
    idle.origin.destroy();
  }
}
