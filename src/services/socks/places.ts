/** How many ports are held open for clients: each BIND and each UDP ASSOCIATE takes a place, and there are so many for each address. */
import { peerNetwork } from "../../net/access.ts";

export class Places {
  readonly #perNetwork = new Map<string, number>();
  #total = 0;

  /** Takes a place; gives what gives it back, or undefined when there is none. */
  take(remote: string, perClient: number, total: number): (() => void) | undefined {
    const network = peerNetwork(remote);
    const taken = this.#perNetwork.get(network) ?? 0;
    if (taken >= perClient || this.#total >= total) return undefined;
    this.#perNetwork.set(network, taken + 1);
    this.#total++;
    return () => {
      this.#total--;
      const left = (this.#perNetwork.get(network) ?? 1) - 1;
      if (left > 0) this.#perNetwork.set(network, left);
      else this.#perNetwork.delete(network);
    };
  }
}
