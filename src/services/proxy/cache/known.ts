/**
 * Which addresses may have something on disk: most have nothing, and to ask the index about each costs more than to fetch a small page. A count
 * for each of many cells, and each address has one cell: an empty one means that there is nothing. Counts that are full stay so.
 */

/** Cells: with the default room for the cache a tenth of them has something. */
const CELLS = 1 << 20;
const FULL = 255;

export class KnownUrls {
  readonly #cells = new Uint8Array(CELLS);

  /** False where there is nothing of an address for certain. */
  mayHave(url: string): boolean {
    return this.#cells[cellOf(url)] !== 0;
  }

  add(url: string): void {
    const cell = cellOf(url);
    const count = this.#cells[cell] as number;
    if (count < FULL) this.#cells[cell] = count + 1;
  }

  remove(url: string): void {
    const cell = cellOf(url);
    const count = this.#cells[cell] as number;
    if (count > 0 && count < FULL) this.#cells[cell] = count - 1;
  }
}

function cellOf(url: string): number {
  return Bun.hash.crc32(url) & (CELLS - 1);
}
