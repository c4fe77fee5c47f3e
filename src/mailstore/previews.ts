/**
 * The first words of messages, for lists of them and for PREVIEW (RFC 8970). They are kept when a message is indexed; until then, and for
 * messages from before they were kept, they are read from the message itself.
 */
import type { Statement } from "bun:sqlite";
import { previewOf } from "../mime/preview.ts";
import type { Structure } from "../mime/structure.ts";
import type { Store, Tx } from "../store/store.ts";

/** Words in memory: at most 200 characters each. */
const MOST_KEPT = 2_000;

export class Previews {
  readonly #insert: Statement;
  readonly #stored: Statement;
  readonly #kept = new Map<number, string>();

  constructor(
    private readonly store: Store,
    private readonly structureOf: (content: number) => Structure,
  ) {
    this.#insert = store.client.prepare("INSERT OR IGNORE INTO previews (content, words) VALUES (?, ?)");
    this.#stored = store.client.prepare("SELECT words FROM previews WHERE content = ?");
    const forget = store.client.prepare("DELETE FROM previews WHERE content = ?");
    store.content.onFree((_tx, content) => {
      this.#kept.delete(content);
      forget.run(content);
    });
  }

  /** Keeps what a content begins with. */
  put(_tx: Tx, content: number, structure: Structure): void {
    this.#insert.run(content, this.#read(content, structure));
  }

  /** What a content begins with; empty where it says nothing. @throws Refusal "notFound" */
  of(content: number): string {
    return this.#known(content) ?? this.#keep(content, this.#read(content, this.structureOf(content)));
  }

  /** The same, but empty where it would have to be read and this turn of the event loop is over. */
  soon(content: number): string {
    return this.#known(content) ?? (this.store.turns.over ? "" : this.of(content));
  }

  #known(content: number): string | undefined {
    const kept = this.#kept.get(content);
    if (kept !== undefined) return kept;
    const row = this.#stored.values(content)[0];
    return row === undefined ? undefined : this.#keep(content, row[0] as string);
  }

  #keep(content: number, words: string): string {
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    this.#kept.set(content, words);
    return words;
  }

  #read(content: number, structure: Structure): string {
    return previewOf(structure, (start, end) => this.store.content.read(content, start, end));
  }
}
