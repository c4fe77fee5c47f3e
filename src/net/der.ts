/** Writes ASN.1 values in DER (X.690), as far as certificates need them. Pure. */

/** One value: a tag, a length and its content. */
function value(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(contents);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  if (size > 0xffff) throw new RangeError("DER value is too long");
  return Buffer.concat([Uint8Array.of(tag, ...length), content]);
}

export const sequence = (...items: readonly Uint8Array[]): Uint8Array => value(0x30, ...items);
export const set = (...items: readonly Uint8Array[]): Uint8Array => value(0x31, ...items);
export const boolean = (truth: boolean): Uint8Array => value(0x01, Uint8Array.of(truth ? 0xff : 0));
export const octetString = (octets: Uint8Array): Uint8Array => value(0x04, octets);
export const utf8String = (text: string): Uint8Array => value(0x0c, Buffer.from(text, "utf8"));
/** A bit string of whole octets, the last `unused` bits left out. */
export const bitString = (octets: Uint8Array, unused = 0): Uint8Array => value(0x03, Uint8Array.of(unused), octets);
/** [number] EXPLICIT around a value. */
export const explicit = (number: number, item: Uint8Array): Uint8Array => value(0xa0 + number, item);
/** [number] IMPLICIT in place of the tag of a primitive value. */
export const implicit = (number: number, content: Uint8Array): Uint8Array => value(0x80 + number, content);

/** A non-negative integer from its octets, most significant first. */
export function integer(octets: Uint8Array): Uint8Array {
  let start = 0;
  while (start < octets.length - 1 && octets[start] === 0) start++;
  const bare = octets.subarray(start);
  return (bare[0] as number) & 0x80 ? value(0x02, Uint8Array.of(0), bare) : value(0x02, bare);
}

/** An object identifier in dotted form. */
export function objectIdentifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...others] = dotted.split(".").map(Number);
  const octets: number[] = [];
  for (const arc of [first * 40 + second, ...others]) {
    const groups = [arc & 0x7f];
    for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128))
      groups.unshift((rest & 0x7f) | 0x80);
    octets.push(...groups);
  }
  return value(0x06, Uint8Array.from(octets));
}

/** A time as RFC 5280 §4.1.2.5 wants it: UTCTime up to 2049, GeneralizedTime from then on. */
export function time(ms: number): Uint8Array {
  const digits = `${new Date(ms)
    .toISOString()
    .replace(/\.\d+Z$/, "")
    .replace(/\D/g, "")}Z`;
  return digits < "2050" ? value(0x17, Buffer.from(digits.slice(2))) : value(0x18, Buffer.from(digits));
}

/** The values inside a constructed value, each with its tag and length. */
export function children(octets: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  const { content } = contentAt(octets, 0);
  const end = content.byteOffset - octets.byteOffset + content.length;
  for (let at = content.byteOffset - octets.byteOffset; at < end; ) {
    const next = contentAt(octets, at).end;
    found.push(octets.subarray(at, next));
    at = next;
  }
  return found;
}

function contentAt(octets: Uint8Array, at: number): { content: Uint8Array; end: number } {
  const first = octets[at + 1] ?? 0;
  const width = first & 0x80 ? first & 0x7f : 0;
  let size = width === 0 ? first : 0;
  for (let i = 0; i < width; i++) size = size * 256 + (octets[at + 2 + i] ?? 0);
  const start = at + 2 + width;
  if (width > 4 || start + size > octets.length) throw new RangeError("DER value is cut off");
  return { content: octets.subarray(start, start + size), end: start + size };
}
