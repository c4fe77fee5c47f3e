/**
 * winmail.dat: the Transport Neutral Encapsulation Format (MS-OXTNEF), in which Outlook sometimes packs the files of a message. Finds the
 * files and the text in it. Everything is bounded, nothing is copied: files are views into the octets. Pure.
 */

/** A file that was packed. */
export interface PackedFile {
  /** As its sender named it; "" where he did not. */
  readonly name: string;
  /** Its media type, where it was said. */
  readonly mediaType: string;
  readonly octets: Uint8Array;
}

/** What was packed. */
export interface Unpacked {
  readonly files: readonly PackedFile[];
  /** The message's HTML, where it is there as such. */
  readonly html: Uint8Array | undefined;
}

const SIGNATURE = 0x223e9f78;
const MOST_ATTRIBUTES = 5_000;
const MOST_FILES = 200;
/** Of one list, and of all lists together. */
const MOST_PROPERTIES = 2_000;
const MOST_READ = 40_000;
const LONGEST_NAME = 1_000;

/** Attributes by their identifiers (MS-OXTNEF §2.1.3.3). */
const ATTACHMENT_BEGINS = 0x9002;
const ATTACHMENT_TITLE = 0x8010;
const ATTACHMENT_DATA = 0x800f;
const ATTACHMENT_PROPERTIES = 0x9005;
const MESSAGE_PROPERTIES = 0x9003;

/** Properties (MS-OXPROPS). */
const DATA = 0x3701;
const SHORT_NAME = 0x3704;
const LONG_NAME = 0x3707;
const MEDIA_TYPE = 0x370e;
const HTML = 0x1013;

interface Building {
  title: string;
  octets: Uint8Array | undefined;
  properties: ReadonlyMap<number, Uint8Array>;
}

/** Unpacks it; undefined for what is none. What is cut off gives what came before. */
export function unpackTnef(octets: Uint8Array): Unpacked | undefined {
  const view = viewOf(octets);
  if (view.byteLength < 6 || view.getUint32(0, true) !== SIGNATURE) return undefined;
  const building: Building[] = [];
  const left = { properties: MOST_READ };
  let html: Uint8Array | undefined;
  for (const { name, data } of attributesIn(octets, view)) {
    const last = building.at(-1);
    if (name === ATTACHMENT_BEGINS) {
      if (building.length === MOST_FILES) break;
      building.push({ title: "", octets: undefined, properties: new Map() });
    } else if (name === MESSAGE_PROPERTIES) html ??= propertiesIn(data, left).get(HTML);
    else if (last === undefined) continue;
    else if (name === ATTACHMENT_TITLE) last.title = textIn(data);
    else if (name === ATTACHMENT_DATA) last.octets = data;
    else if (name === ATTACHMENT_PROPERTIES) last.properties = propertiesIn(data, left);
  }
  return { files: building.flatMap((one) => fileOf(one) ?? []), html };
}

function fileOf({ title, octets, properties }: Building): PackedFile | undefined {
  const data = octets ?? properties.get(DATA);
  if (data === undefined) return undefined;
  const named = (property: number) => textIn(properties.get(property) ?? new Uint8Array());
  return { name: named(LONG_NAME) || title || named(SHORT_NAME), mediaType: named(MEDIA_TYPE), octets: data };
}

/** Attributes one after the other (MS-OXTNEF §2.1.3.1): level, identifier, length, data, checksum. */
function* attributesIn(octets: Uint8Array, view: DataView): Generator<{ name: number; data: Uint8Array }> {
  let at = 6;
  for (let count = 0; count < MOST_ATTRIBUTES && at + 9 <= octets.length; count++) {
    const name = view.getUint16(at + 1, true);
    const length = view.getUint32(at + 5, true);
    const start = at + 9;
    if (start + length > octets.length) return;
    yield { name, data: octets.subarray(start, start + length) };
    at = start + length + 2;
  }
}

/** Octets of values of a fixed size, by their type (MS-OXCDATA §2.11.1), filled up to four. */
const FIXED: Readonly<Record<number, number>> = {
  ...{ 2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16 },
};
const STRING = 0x1e;
const UNICODE = 0x1f;
const OBJECT = 0x0d;
const BINARY = 0x102;
const MANY = 0x1000;

/**
 * The properties of a list (MS-OXTNEF §2.1.3.4) that are of a variable size, by their identifiers; reading ends where it makes no sense, or
 * nothing is left of what may be read.
 */
function propertiesIn(octets: Uint8Array, left: { properties: number }): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  const view = viewOf(octets);
  let at = 0;
  const number = (): number => {
    at += 4;
    return at <= octets.length ? view.getUint32(at - 4, true) : Number.POSITIVE_INFINITY;
  };
  const skip = (length: number) => {
    at += Math.ceil(length / 4) * 4;
  };
  const count = Math.min(number(), MOST_PROPERTIES, left.properties);
  for (let index = 0; index < count && at + 4 <= octets.length; index++) {
    left.properties--;
    const type = view.getUint16(at, true);
    const id = view.getUint16(at + 2, true);
    at += 4;
    if (id >= 0x8000) {
      // A named property: its set, and its number or its name.
      at += 16;
      if (number() === 0) at += 4;
      else skip(number());
    }
    const plain = type & ~MANY;
    const fixed = FIXED[plain];
    if (fixed !== undefined) {
      at += fixed * (type === plain ? 1 : number());
      continue;
    }
    if (plain !== STRING && plain !== UNICODE && plain !== OBJECT && plain !== BINARY) return found;
    const values = Math.min(number(), MOST_PROPERTIES);
    for (let value = 0; value < values && at <= octets.length && left.properties > 0; value++, left.properties--) {
      const length = number();
      if (at + length > octets.length) return found;
      const data = octets.subarray(at, at + length);
      // Of an object, the identifier of its interface stands before it.
      if (value === 0) found.set(id, plain === OBJECT ? data.subarray(16) : data);
      skip(length);
    }
  }
  return found;
}

/** A text of one or two octets a character, to its zero; which it is, its second octet tells well enough for a name. */
function textIn(octets: Uint8Array): string {
  const some = octets.subarray(0, LONGEST_NAME);
  const wide = some.length >= 2 && some.length % 2 === 0 && some.includes(0) && some[1] === 0;
  const text = new TextDecoder(wide ? "utf-16le" : "windows-1252").decode(some);
  return text.split("\0", 1)[0] ?? "";
}

const viewOf = (octets: Uint8Array): DataView => new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
