/** The header fields of a message as a script sees them, and changes them (RFC 5293): values decoded once and kept. */
import { type Address, flatten, scanAddressList } from "../mime/addresses.ts";
import type { Header } from "../mime/header.ts";
import { textOfOctets } from "../mime/octets.ts";
import { decodeOctetWords } from "../mime/words.ts";
import { Value } from "./comparators.ts";

/** One field with its octets as they stand in the message, line end included. */
export interface Field {
  /** The name in lower case. */
  readonly key: string;
  readonly octets: string;
  /** The unfolded value, trimmed, as octets. */
  readonly value: string;
}

/** Addresses of one field that are looked at. */
const MOST_ADDRESSES = 2_000;
/** Lists of values that are kept. */
const MOST_MADE = 50;

/** A field's name as it is usually written. */
export function labelOf(name: string): string {
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

export class Fields {
  #header: Header;
  /** Set once something was changed. */
  #changed: Field[] | undefined;
  readonly #values = new Map<string, readonly Value[]>();
  readonly #made = new Map<string, readonly Value[]>();
  readonly #addresses = new Map<string, readonly Address[][]>();

  constructor(header: Header) {
    this.#header = header;
  }

  /** How often the header was changed. */
  version = 0;

  has(key: string): boolean {
    return this.#octets(key).length > 0;
  }

  /** The decoded values of all fields of that name (lower case), in order. */
  values(key: string): readonly Value[] {
    let values = this.#values.get(key);
    if (values === undefined) {
      const label = labelOf(key);
      values = this.#octets(key).map((octets) => new Value(decodeOctetWords(octets).trim(), label));
      this.#values.set(key, values);
    }
    return values;
  }

  /** The addresses in each of the fields of that name (lower case); names of groups are left out (RFC 5228 §5.1). */
  addresses(key: string): readonly (readonly Address[])[] {
    let lists = this.#addresses.get(key);
    if (lists === undefined) {
      lists = this.#octets(key).map((octets) =>
        flatten(scanAddressList(octets, MOST_ADDRESSES)).map((address) => ({
          ...address,
          local: textOfOctets(address.local),
          domain: textOfOctets(address.domain),
        })),
      );
      this.#addresses.set(key, lists);
    }
    return lists;
  }

  /** Values made of several fields, kept under a key that says how. */
  made(key: string, make: () => readonly Value[]): readonly Value[] {
    let values = this.#made.get(key);
    if (values === undefined) {
      values = make();
      if (this.#made.size >= MOST_MADE) this.#made.clear();
      this.#made.set(key, values);
    }
    return values;
  }

  /** All fields in order. */
  all(): readonly Field[] {
    this.#changed ??= this.#header.fields.map((field) => ({
      key: field.key,
      octets: this.#header.octets.slice(field.start, field.end),
      value: this.#header.octetsOf(field),
    }));
    return this.#changed;
  }

  /** Adds a field in front, or behind all others. `octets` is the whole field with its line end. */
  add(field: Field, last: boolean): void {
    const fields = [...this.all()];
    if (last) fields.push(field);
    else fields.unshift(field);
    this.#change(fields);
  }

  /** Drops the fields for which `unwanted` holds. */
  remove(unwanted: (field: Field) => boolean): void {
    const fields = this.all().filter((field) => !unwanted(field));
    if (fields.length < this.all().length) this.#change(fields);
  }

  #change(fields: Field[]): void {
    this.#changed = fields;
    this.version++;
    this.#values.clear();
    this.#made.clear();
    this.#addresses.clear();
  }

  #octets(key: string): readonly string[] {
    if (this.#changed === undefined) return this.#header.rawAll(key);
    return this.#changed.filter((field) => field.key === key).map(({ value }) => value);
  }
}
