/** Ports as rules and settings write them: "443", "8000-8100". Pure. */

/** The first and the last port of a range; undefined for what is none. */
export function parsePorts(text: string): readonly [number, number] | undefined {
  const match = /^\s*(\d{1,5})\s*(?:-\s*(\d{1,5})\s*)?$/.exec(text);
  if (!match) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first >= 1 && last <= 65_535 && first <= last ? [first, last] : undefined;
}

/** Ports made ready to be asked for: a bit for each. */
export class PortSet {
  /** Undefined for all ports. */
  readonly #bits: Uint8Array | undefined;

  /** @param texts ports and ranges; "any" among them, or none at all, stands for all ports */
  constructor(texts: readonly string[]) {
    if (texts.length === 0 || texts.includes("any")) return;
    const bits = new Uint8Array(8192);
    for (const text of texts) {
      const [first, last] = parsePorts(text) ?? [1, 0];
      for (let port = first; port <= last; port++) bits[port >> 3] = (bits[port >> 3] as number) | (1 << (port & 7));
    }
    this.#bits = bits;
  }

  has(port: number): boolean {
    return this.#bits === undefined || ((this.#bits[port >> 3] ?? 0) & (1 << (port & 7))) !== 0;
  }
}
