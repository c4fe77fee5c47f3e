/** A resolver that answers from a table, for tests of what is made of the answers. */
import type { Lookups } from "../../src/filter/questions.ts";
import { DnsError, type Mx, reverseName } from "../../src/net/dns.ts";

/** What one name has. `silent`: what it has not got is never answered in time. */
export interface Records {
  A?: string[];
  AAAA?: string[];
  TXT?: string[];
  MX?: [preference: number, exchange: string][];
  PTR?: string[];
  CNAME?: string;
  silent?: boolean;
}

export class TableDns implements Lookups {
  /** "TYPE name" of every question, in order. */
  readonly asked: string[] = [];
  readonly #names = new Map<string, Records>();

  constructor(zone: Record<string, Records> = {}) {
    for (const [name, records] of Object.entries(zone)) this.#names.set(name.toLowerCase(), records);
  }

  async txt(name: string): Promise<string[]> {
    return this.#answer(name, "TXT");
  }

  async mx(name: string): Promise<Mx[]> {
    return this.#answer(name, "MX").map(([preference, exchange]) => ({ preference, exchange }));
  }

  async addressesOf(name: string, type: "A" | "AAAA"): Promise<string[]> {
    return this.#answer(name, type);
  }

  async ptr(address: string): Promise<string[]> {
    try {
      return this.#answer(reverseName(address), "PTR");
    } catch (error) {
      if (error instanceof DnsError && error.kind === "notFound") return [];
      throw error;
    }
  }

  #answer<T extends "A" | "AAAA" | "TXT" | "MX" | "PTR">(asked: string, type: T): NonNullable<Records[T]> {
    this.asked.push(`${type} ${asked}`);
    let name = asked.toLowerCase();
    for (let hops = 0; hops < 8; hops++) {
      const records = this.#names.get(name);
      if (records === undefined || name.split(".").some((label) => label === "" || label.length > 63)) {
        throw new DnsError("notFound", `${name} does not exist`);
      }
      const found = records[type];
      if (found !== undefined) return found as NonNullable<Records[T]>;
      if (records.silent === true) throw new DnsError("temporary", `${name} is not answered`);
      if (records.CNAME === undefined) return [] as unknown as NonNullable<Records[T]>;
      name = records.CNAME.toLowerCase();
    }
    throw new DnsError("temporary", `${asked} is an alias without end`);
  }
}
