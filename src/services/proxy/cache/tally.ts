/** What the cache was asked and could answer, in all and by host. */
import type { Shelves } from "./shelves.ts";

/** Hosts that are counted; the others count in all. */
const MOST_HOSTS = 1_024;

/** Figures of one host; octets, and counts since the start. */
export interface HostTally {
  readonly host: string;
  /** What is kept of it. */
  readonly entries: number;
  readonly octets: number;
  readonly requests: number;
  readonly hits: number;
  readonly savedOctets: number;
}

interface Counts {
  requests: number;
  /** Answered without asking the origin. */
  hits: number;
  /** Answered after the origin said that it stands. */
  validated: number;
  savedOctets: number;
}

const nothing = (): Counts => ({ requests: 0, hits: 0, validated: 0, savedOctets: 0 });

export class Tally {
  readonly all = nothing();
  readonly #hosts = new Map<string, Counts>();

  asked(host: string): void {
    this.all.requests++;
    const counts = this.#of(host);
    if (counts !== undefined) counts.requests++;
  }

  hit(host: string, octets: number): void {
    for (const counts of [this.all, this.#of(host)]) {
      if (counts === undefined) continue;
      counts.hits++;
      counts.savedOctets += octets;
    }
  }

  validated(host: string, octets: number): void {
    for (const counts of [this.all, this.#of(host)]) {
      if (counts === undefined) continue;
      counts.validated++;
      counts.savedOctets += octets;
    }
  }

  #of(host: string): Counts | undefined {
    const known = this.#hosts.get(host);
    if (known !== undefined || this.#hosts.size >= MOST_HOSTS) return known;
    const counts = nothing();
    this.#hosts.set(host, counts);
    return counts;
  }

  /** The hosts of which most is kept, then those that were asked for most. */
  hosts({ memory, disk }: Shelves, most: number): HostTally[] {
    const kept = new Map<string, { entries: number; octets: number }>();
    for (const { host, entries, octets } of disk?.hosts(most) ?? []) kept.set(host, { entries, octets });
    for (const one of memory) {
      if (one.filed !== undefined) continue;
      const of = kept.get(one.entry.host) ?? { entries: 0, octets: 0 };
      kept.set(one.entry.host, { entries: of.entries + 1, octets: of.octets + one.octets.length });
    }
    const names = new Set([...kept.keys(), ...this.#hosts.keys()]);
    return [...names]
      .map((host) => ({ host, entries: 0, octets: 0, ...kept.get(host), ...(this.#hosts.get(host) ?? nothing()) }))
      .sort((a, b) => b.octets - a.octets || b.requests - a.requests)
      .slice(0, most);
  }
}
