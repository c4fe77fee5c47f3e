/** Addresses whose TLS did not work lately: for some hours they are not bothered with it. */
export class BrokenTls {
  readonly #until = new Map<string, number>();

  constructor(
    private readonly now: () => number,
    private readonly hours = 6,
  ) {}

  has(address: string): boolean {
    const until = this.#until.get(address);
    if (until === undefined) return false;
    if (until > this.now()) return true;
    this.#until.delete(address);
    return false;
  }

  add(address: string): void {
    if (this.#until.size >= 1_000) this.#until.clear();
    this.#until.set(address, this.now() + this.hours * 3_600_000);
  }
}
