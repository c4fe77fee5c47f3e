/** A strict reader of what RFC 9051 §9 allows in ENVELOPE and BODYSTRUCTURE; throws where the text is something else. */

/** A parenthesised list, a string, a number, or NIL. */
export type Value = string | number | null | Value[];

/** Reads one value that takes up all the bytes. */
export function readValue(bytes: Uint8Array): Value {
  const reader = new ValueReader(Buffer.from(bytes).toString("latin1"));
  const value = reader.value();
  reader.end();
  return value;
}

/** Reads the items of a FETCH response ("3 FETCH (…)"): each item's label, in capitals, and its value. */
export function readFetch(response: string): Map<string, Value> {
  const start = /^\d+ FETCH /.exec(response)?.[0];
  assert(start !== undefined && response.endsWith(")"), "a FETCH response", response.slice(0, 80));
  return new ValueReader(response.slice(start.length)).items();
}

class ValueReader {
  #at = 0;
  constructor(readonly text: string) {}

  items(): Map<string, Value> {
    const items = new Map<string, Value>();
    while (this.text[this.#at] !== ")") {
      this.#at++;
      const label = /[A-Z0-9.]+(?:\[[^\]]*\](?:<\d+>)?)?/y;
      label.lastIndex = this.#at;
      const match = label.exec(this.text)?.[0];
      if (match === undefined) throw this.#error("no label");
      this.#at += match.length + 1;
      items.set(match.toUpperCase(), this.value());
    }
    this.#at++;
    this.end();
    return items;
  }

  value(): Value {
    const c = this.text[this.#at];
    if (c === "(") return this.#list();
    if (c === '"') return this.#quoted();
    if (c === "{" || c === "~") return this.#literal();
    const atom = /[0-9]+|NIL/y;
    atom.lastIndex = this.#at;
    const match = atom.exec(this.text)?.[0];
    if (match === undefined) throw this.#error("no value");
    this.#at += match.length;
    return match === "NIL" ? null : Number(match);
  }

  end(): void {
    if (this.#at !== this.text.length) throw this.#error("something after the value");
  }

  /** Values apart by one space, except that lists may follow each other directly (1*address, 1*body). */
  #list(): Value[] {
    this.#at++;
    const values: Value[] = [];
    while (this.text[this.#at] !== ")") {
      if (values.length > 0 && this.text[this.#at] === " ") this.#at++;
      else if (values.length > 0 && !(Array.isArray(values.at(-1)) && this.text[this.#at] === "("))
        throw this.#error("no space");
      values.push(this.value());
    }
    this.#at++;
    if (values.length === 0) throw this.#error("an empty list");
    return values;
  }

  #quoted(): string {
    const quoted = /"((?:[^"\\\r\n\x00\x80-\xff]|\\["\\])*)"/y;
    quoted.lastIndex = this.#at;
    const match = quoted.exec(this.text);
    if (!match) throw this.#error("a bad quoted string");
    this.#at += match[0].length;
    return (match[1] as string).replace(/\\(.)/g, "$1");
  }

  #literal(): string {
    const literal = /~?\{(\d+)\}\r\n/y;
    literal.lastIndex = this.#at;
    const match = literal.exec(this.text);
    if (!match) throw this.#error("a bad literal");
    const start = this.#at + match[0].length;
    this.#at = start + Number(match[1]);
    const content = this.text.slice(start, this.#at);
    if (content.length !== Number(match[1]) || (!match[0].startsWith("~") && content.includes("\0")))
      throw this.#error("a bad literal");
    return content;
  }

  #error(what: string): Error {
    return new Error(
      `${what} at ${this.#at}: ${JSON.stringify(this.text.slice(Math.max(0, this.#at - 40), this.#at + 20))}`,
    );
  }
}

function assert(condition: boolean, what: string, value: unknown): asserts condition {
  if (!condition) throw new Error(`${what}: ${JSON.stringify(value)}`);
}

const isNstring = (value: Value | undefined) => value === null || typeof value === "string";

/** `envelope` of RFC 9051 §9. */
export function checkEnvelope(value: Value): void {
  assert(Array.isArray(value) && value.length === 10, "an envelope has ten members", value);
  for (const i of [0, 1, 8, 9]) assert(isNstring(value[i]), "nstring", value[i]);
  for (let i = 2; i < 8; i++) {
    const list = value[i] as Value;
    if (list === null) continue;
    assert(Array.isArray(list) && list.length > 0, "addresses", list);
    for (const address of list) {
      assert(Array.isArray(address) && address.length === 4 && address.every(isNstring), "address", address);
    }
  }
}

function checkParams(value: Value | undefined): void {
  if (value === null) return;
  assert(Array.isArray(value) && value.length % 2 === 0 && value.every((v) => typeof v === "string"), "params", value);
}

/** `body` of RFC 9051 §9. @param extensible whether the extension data must (or must not) be there */
export function checkBody(value: Value, extensible: boolean): void {
  assert(Array.isArray(value), "a body is a list", value);
  const parts = value.findIndex((member) => !Array.isArray(member));
  if (parts > 0) {
    for (const child of value.slice(0, parts)) checkBody(child, extensible);
    assert(typeof value[parts] === "string", "subtype", value);
    checkExtension(value.slice(parts + 1), extensible, checkParams);
    return;
  }
  const [type, subtype, params, id, description, encoding, octets] = value;
  assert(typeof type === "string" && typeof subtype === "string", "media type", value);
  checkParams(params);
  assert(
    isNstring(id) && isNstring(description) && typeof encoding === "string" && typeof octets === "number",
    "body-fields",
    value,
  );
  let rest = value.slice(7);
  if (type === "message" && (subtype === "rfc822" || subtype === "global")) {
    checkEnvelope(rest[0] as Value);
    checkBody(rest[1] as Value, extensible);
    assert(typeof rest[2] === "number", "lines", rest);
    rest = rest.slice(3);
  } else if (type === "text") {
    assert(typeof rest[0] === "number", "lines", rest);
    rest = rest.slice(1);
  }
  assert(type !== "multipart", "a multipart without parts", value);
  checkExtension(rest, extensible, (md5) => assert(isNstring(md5), "md5", md5));
}

function checkExtension(rest: Value[], extensible: boolean, first: (value: Value | undefined) => void): void {
  assert(rest.length === (extensible ? 4 : 0), "extension data", rest);
  if (!extensible) return;
  const [head, disposition, language, location] = rest;
  first(head);
  if (disposition !== null) {
    assert(
      Array.isArray(disposition) && disposition.length === 2 && typeof disposition[0] === "string",
      "dsp",
      disposition,
    );
    checkParams(disposition[1]);
  }
  const tags = Array.isArray(language) && language.every((tag) => typeof tag === "string");
  assert(isNstring(language) || tags, "lang", language);
  assert(isNstring(location), "loc", location);
}
