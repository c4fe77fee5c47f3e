/** Pages that stay open to hear what happens: they end when their port closes, which would wait for them otherwise. */
export class LivePages {
  readonly #ends = new Set<() => void>();

  /** Notes a page that is open, and how to end it; returns what to call once it has ended. */
  opened(end: () => void): () => void {
    this.#ends.add(end);
    return () => this.#ends.delete(end);
  }

  /** Ends all. Browsers that are still there connect anew. */
  endAll(): void {
    for (const end of [...this.#ends]) end();
  }
}
