/** Parts of files, RFC 9110 §14: which a request asks for, and how several are put into one answer. Pure. */
import { randomBytes } from "node:crypto";

/** Octets from `start` up to, and without, `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** More parts than this are asked for to make a server work, and by no reader of films. */
const MOST_PARTS = 16;

/**
 * The parts that a Range field asks for; undefined where the field is to be ignored (not octets, not well-formed, too many: RFC 9110
 * §14.2), and none where nothing of what it asks for is there (416). Parts that touch are one, so that no answer is larger than the file
 * by more than the heads of its parts (§17.15).
 */
export const spansOf = (field: string, size: number): readonly Span[] | undefined => {
  const set = /^bytes\s*=\s*(.*)$/i.exec(field)?.[1];
  if (set === undefined) return undefined;
  const asked = set
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  if (asked.length === 0 || asked.length > MOST_PARTS) return undefined;
  const spans: Span[] = [];
  for (const part of asked) {
    const [, first, last] = /^(\d{0,16})-(\d{0,16})$/.exec(part) ?? [];
    if (first === undefined || last === undefined || (first === "" && last === "")) return undefined;
    if (first !== "" && last !== "" && Number(last) < Number(first)) return undefined;
    const span = spanOf(first, last, size);
    if (span.start < span.end) spans.push(span);
  }
  return united(spans);
};

const spanOf = (first: string, last: string, size: number): Span => {
  if (first === "") return { start: Math.max(0, size - Number(last)), end: size };
  return { start: Number(first), end: last === "" ? size : Math.min(size, Number(last) + 1) };
};

/** Overlapping parts become one, in the place of the first of them; others stay in the order they were asked for (RFC 9110 §15.3.7.2). */
const united = (spans: readonly Span[]): Span[] => {
  const result: Span[] = [];
  for (const span of spans) {
    let joined = span;
    for (let index = result.findIndex((other) => touches(other, joined)); index >= 0; ) {
      const [other] = result.splice(index, 1) as [Span];
      joined = { start: Math.min(other.start, joined.start), end: Math.max(other.end, joined.end) };
      index = result.findIndex((another) => touches(another, joined));
    }
    result.push(joined);
  }
  return result;
};

const touches = (left: Span, right: Span): boolean => left.start <= right.end && right.start <= left.end;

/** Content-Range of a part. */
export const contentRange = ({ start, end }: Span, size: number): string => `bytes ${start}-${end - 1}/${size}`;

/** Several parts as multipart/byteranges (RFC 9110 §14.6): the head that each part gets, the end, and how long it all is. */
export interface Parts {
  readonly contentType: string;
  readonly heads: readonly string[];
  readonly close: string;
  readonly length: number;
}

/** How several parts are sent. */
export const partsOf = (spans: readonly Span[], size: number, type: string): Parts => {
  const boundary = randomBytes(18).toString("hex");
  const heads = spans.map(
    (span) => `\r\n--${boundary}\r\nContent-Type: ${type}\r\nContent-Range: ${contentRange(span, size)}\r\n\r\n`,
  );
  const close = `\r\n--${boundary}--\r\n`;
  const octets = spans.reduce((sum, { start, end }) => sum + end - start, 0);
  const length = heads.reduce((sum, head) => sum + head.length, octets + close.length);
  return { contentType: `multipart/byteranges; boundary=${boundary}`, heads, close, length };
};
