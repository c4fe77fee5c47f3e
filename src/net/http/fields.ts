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

/** What a field that is not there has. */
const NONE: readonly string[] = [];

/** What stands between a name and its value, and behind a value. */
const COLON = ": ".length;
const END = "\r\n".length;

/** A header or trailer section. */
export class Fields {
  /** Names in lower case. */
  readonly #keys: string[] = [];
  /** The lines as they are sent: the name as it was written, ": ", the value and CRLF. */
  readonly #lines: string[] = [];

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

  #nameAt(at: number): string {
    return (this.#lines[at] as string).slice(0, (this.#keys[at] as string).length);
  }

  #valueAt(at: number): string {
    return (this.#lines[at] as string).slice((this.#keys[at] as string).length + COLON, -END);
  }

  /** The value of a field; several lines are one list (RFC 9110 §5.3). The name is given in lower case. */
  get(key: string): string | undefined {
    const at = this.#keys.indexOf(key);
    if (at < 0) return undefined;
    return this.#keys.indexOf(key, at + 1) < 0 ? this.#valueAt(at) : this.all(key).join(", ");
  }

  /** The values of all lines of a field. The name is given in lower case. */
  all(key: string): readonly string[] {
    let at = this.#keys.indexOf(key);
    if (at < 0) return NONE;
    const values: string[] = [];
    for (; at >= 0; at = this.#keys.indexOf(key, at + 1)) values.push(this.#valueAt(at));
    return values;
  }

  /** Whether there is a field; the name is given in lower case. */
  has(key: string): boolean {
    return this.#keys.includes(key);
  }

  /** The members of a list of tokens in lower case, empty ones left out: Connection, TE, Transfer-Encoding (RFC 9110 §5.6.1). */
  tokens(key: string): readonly string[] {
    const value = this.get(key);
    if (value === undefined) return NONE;
    const members = value.includes(",") ? value.split(",").map(tokenOf) : [tokenOf(value)];
    return members.includes("") ? members.filter((member) => member !== "") : members;
  }

  /** Adds a line. @throws TypeError for what may not stand in a head */
  add(name: string, value: string): void {
    if (!TOKEN.test(name)) throw new TypeError("that is no field name");
    this.addParsed(name, checked(name, value));
  }

  /** Adds a line whose name and value a parser has checked already. */
  addParsed(name: string, value: string): void {
    this.addLine(name.toLowerCase(), lineOf(name, value));
  }

  /** Adds a line as it is sent, which a parser has checked already. @param key its name in lower case */
  addLine(key: string, line: string): void {
    this.#keys.push(key);
    this.#lines.push(line);
  }

  /** Replaces all lines of a field by one, which stands where the first stood. */
  set(name: string, value: string): void {
    const key = name.toLowerCase();
    const at = this.#keys.indexOf(key);
    if (at < 0) {
      this.add(name, value);
      return;
    }
    this.#lines[at] = lineOf(this.#nameAt(at), checked(name, value));
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
      this.#lines[kept] = this.#lines[at] as string;
      kept++;
    }
    this.#keys.length = kept;
    this.#lines.length = kept;
  }

  clone(): Fields {
    const copy = new Fields();
    for (const [at, key] of this.#keys.entries()) copy.addLine(key, this.#lines[at] as string);
    return copy;
  }

  /** Names as they were written, and values. */
  *[Symbol.iterator](): IterableIterator<[string, string]> {
    for (const at of this.#keys.keys()) yield [this.#nameAt(at), this.#valueAt(at)];
  }

  /** Names in lower case, and values. */
  *lines(): IterableIterator<[string, string]> {
    for (const [at, key] of this.#keys.entries()) yield [key, this.#valueAt(at)];
  }

  /** The section as it is sent, each line with its end, without the empty line after it; and without fields that are left out. */
  toString(leftOut?: ReadonlySet<string>): string {
    let text = "";
    for (let at = 0; at < this.#keys.length; at++) {
      if (leftOut?.has(this.#keys[at] as string) !== true) text += this.#lines[at];
    }
    return text;
  }
}

const tokenOf = (member: string) => member.trim().toLowerCase();

function lineOf(name: string, value: string): string {
  return `${name}: ${value}\r\n`;
}

/** @throws TypeError */
function checked(name: string, value: string): string {
  if (!VALUE.test(value)) throw new TypeError(`that may not be a value of ${name}`);
  return value;
}
