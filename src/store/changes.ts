/**
 * The change feed: what a commit changed, told to whoever keeps a picture of it (open folders, pages, caches), after the
 * commit is on disk and before the one who asked for it hears back.
 */

/** A kind of change with the type of its value. Made once by the room that owns the data. */
export interface Topic<T> {
  readonly name: string;
  /** Only carries the type. */
  readonly example?: T;
}

/** Names a kind of change. */
export function topic<T>(name: string): Topic<T> {
  return { name };
}

type Listener = (change: never) => void;

/** Carries changes from commits to listeners. */
export class ChangeFeed {
  readonly #listeners = new Map<string, Set<Listener>>();

  constructor(private readonly onFault: (fault: unknown, topic: string) => void) {}

  /** Calls `listener` for every later change of this kind, in commit order; returns the function that ends it. */
  on<T>(topic: Topic<T>, listener: (change: T) => void): () => void {
    const listeners = this.#listeners.get(topic.name) ?? new Set();
    this.#listeners.set(topic.name, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Delivers one change. A listener that throws is reported and does not keep others from hearing. */
  publish<T>(topic: Topic<T>, change: T): void {
    const listeners = this.#listeners.get(topic.name);
    if (listeners === undefined) return;
    for (const listener of [...listeners]) {
      try {
        (listener as (change: T) => void)(change);
      } catch (fault) {
        this.onFault(fault, topic.name);
      }
    }
  }
}
