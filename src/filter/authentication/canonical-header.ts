/** Header fields in the form in which they are signed (RFC 6376 §3.4.1, §3.4.2, §5.4.2). Pure. */
import { Header, type HeaderField } from "../../mime/header.ts";

/** How a header or a body is brought into one form. */
export type Canonicalization = "simple" | "relaxed";

/** The fields of one message, each brought into its form once, however many signatures there are. */
export class SignedHeader {
  readonly header: Header;
  readonly #byKey = new Map<string, HeaderField[]>();
  readonly #relaxed = new Map<HeaderField, string>();

  /** @param octets the header, with or without the blank line after it */
  constructor(octets: Uint8Array | string) {
    this.header = new Header(octets);
    for (const field of this.header.fields) {
      const known = this.#byKey.get(field.key);
      if (known === undefined) this.#byKey.set(field.key, [field]);
      else known.push(field);
    }
  }

  /** The fields of a name (lower case), as they stand. */
  fields(key: string): readonly HeaderField[] {
    return this.#byKey.get(key) ?? [];
  }

  /** The octets of a field as it stands, with its line end. */
  octetsOf(field: HeaderField): string {
    const octets = this.header.octets.slice(field.start, field.end);
    return octets.endsWith("\n") ? octets : `${octets}\r\n`;
  }

  /** A field in one of the forms, with its line end. */
  canonical(field: HeaderField, form: Canonicalization): string {
    if (form === "simple") return this.octetsOf(field);
    let relaxed = this.#relaxed.get(field);
    if (relaxed === undefined) {
      relaxed = relaxedField(this.octetsOf(field));
      this.#relaxed.set(field, relaxed);
    }
    return relaxed;
  }

  /**
   * The fields that a list of names stands for, one after the other: of several with the same name the last one first. A name without
   * a field left stands for nothing (RFC 6376 §5.4.2).
   */
  chosen(names: readonly string[], form: Canonicalization): string[] {
    const used = new Map<string, number>();
    const chosen: string[] = [];
    for (const name of names) {
      const fields = this.fields(name);
      const before = used.get(name) ?? 0;
      used.set(name, before + 1);
      const field = fields[fields.length - 1 - before];
      if (field !== undefined) chosen.push(this.canonical(field, form));
    }
    return chosen;
  }
}

/** A field in the form "relaxed" (RFC 6376 §3.4.2), with its line end. */
export function relaxedField(octets: string): string {
  const colon = octets.indexOf(":");
  const name = octets.slice(0, colon).replace(/[ \t]+$/, "");
  return `${name.toLowerCase()}:${relaxedValue(octets.slice(colon + 1))}\r\n`;
}

/** Unfolded, runs of white space as one space, none at either end. */
function relaxedValue(value: string): string {
  return value
    .replace(/\r?\n/g, "")
    .replace(/[ \t]+/g, " ")
    .replace(/^ | $/g, "");
}

/**
 * A signature's own field as it is signed: without the value of b=, and without the line end (RFC 6376 §3.7).
 * @param octets the field as it stands
 */
export function withoutSignature(octets: string, form: Canonicalization): string {
  const colon = octets.indexOf(":") + 1;
  const value = octets.slice(colon).replace(/(^|;)([ \t\r\n]*b[ \t\r\n]*=)[^;]*/, "$1$2");
  const emptied = octets.slice(0, colon) + value;
  return (form === "relaxed" ? relaxedField(emptied) : emptied).replace(/\r?\n$/, "");
}
