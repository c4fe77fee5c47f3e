/**
 * The fields of a message head, in the order they came and with their names as they were written (RFC 9110 §5). Names are
 * compared without regard to case; values are octets as Latin-1 text. What is put in here by this program is checked as
 * strictly as what comes from outside, so that nothing can break out of its line.
 */

/** RFC 9110 §5.6.2: token. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 §5.5: what may stand in a value; CR, LF and NUL never. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Whether a text is a token (RFC 9110 §5.6.2). */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Whether a text may stand in a field value (RFC 9110 §5.5). */
export function isFieldValue(text: string): boolean {
  return VALUE.test(text);
}

/** A header or trailer section. */
export class Fields {
  readonly #keys: string[] = [];
  readonly #names: string[] = [];
  readonly #values: string[] = [];

  /** From names and values, both of which are checked. */
  static of(entries: Iterable<readonly [string, string]>): Fields {
    const fields = new Fields();
    for (const [name, value] of entries) fields.add(name, value);
    return fields;
  }

  /** Number of field lines. */
  get size(): number {
    return this.#keys.length;
  }

  /** The value of a field; several lines are one list (RFC 9110 §5.3). The name is given in lower case. */
  get(key: string): string | undefined {
    const at = this.#keys.indexOf(key);
    if (at < 0) return undefined;
    return this.#keys.indexOf(key, at + 1) < 0 ? this.#values[at] : this.all(key).join(", ");
  }

  /** The values of all lines of a field. The name is given in lower case. */
  all(key: string): string[] {
    const values: string[] = [];
    for (let at = this.#keys.indexOf(key); at >= 0; at = this.#keys.indexOf(key, at + 1)) {
      values.push(this.#values[at] as string);
    }
    return values;
  }

  /** Whether there is a field; the name is given in lower case. */
  has(key: string): boolean {
    return this.#keys.includes(key);
  }

  /** The members of a list of tokens in lower case, empty ones left out: Connection, TE, Transfer-Encoding (RFC 9110 §5.6.1). */
  tokens(key: string): string[] {
    const value = this.get(key);
    if (value === undefined) return [];
    return value
      .split(",")
      .map((member) => member.trim().toLowerCase())
      .filter((member) => member !== "");
  }

  /** Adds a line. @throws TypeError for what may not stand in a head */
  add(name: string, value: string): void {
    if (!TOKEN.test(name)) throw new TypeError("that is no field name");
    if (!VALUE.test(value)) throw new TypeError(`that may not be a value of ${name}`);
    this.addParsed(name, value);
  }

  /** Adds a line whose name and value a parser has checked already. */
  addParsed(name: string, value: string): void {
    this.#keys.push(name.toLowerCase());
    this.#names.push(name);
    this.#values.push(value);
  }

  /** Replaces all lines of a field by one, which stands where the first stood. */
  set(name: string, value: string): void {
    const key = name.toLowerCase();
    const at = this.#keys.indexOf(key);
    if (at < 0) {
      this.add(name, value);
      return;
    }
    if (!VALUE.test(value)) throw new TypeError(`that may not be a value of ${name}`);
    this.#values[at] = value;
    this.#removeFrom(at + 1, (other) => other === key);
  }

  /** Removes a field; the name is given in lower case. */
  delete(key: string): void {
    const at = this.#keys.indexOf(key);
    if (at >= 0) this.#removeFrom(at, (other) => other === key);
  }

  /** Removes all fields whose name, in lower case, is chosen. */
  deleteWhere(chosen: (key: string) => boolean): void {
    this.#removeFrom(0, chosen);
  }

  #removeFrom(start: number, chosen: (key: string) => boolean): void {
    let kept = start;
    for (let at = start; at < this.#keys.length; at++) {
      const key = this.#keys[at] as string;
      if (chosen(key)) continue;
      this.#keys[kept] = key;
      this.#names[kept] = this.#names[at] as string;
      this.#values[kept] = this.#values[at] as string;
      kept++;
    }
    this.#keys.length = kept;
    this.#names.length = kept;
    this.#values.length = kept;
  }

  clone(): Fields {
    const copy = new Fields();
    copy.#keys.push(...this.#keys);
    copy.#names.push(...this.#names);
    copy.#values.push(...this.#values);
    return copy;
  }

  /** Names as they were written, and values. */
  *[Symbol.iterator](): IterableIterator<[string, string]> {
    for (const [at, name] of this.#names.entries()) yield [name, this.#values[at] as string];
  }

  /** Names in lower case, and values. */
  *lines(): IterableIterator<[string, string]> {
    for (const [at, key] of this.#keys.entries()) yield [key, this.#values[at] as string];
  }

  /** The section as it is sent, each line with its end, without the empty line after it. */
  toString(): string {
    let text = "";
    for (let at = 0; at < this.#names.length; at++) text += `${this.#names[at]}: ${this.#values[at]}\r\n`;
    return text;
  }
}
