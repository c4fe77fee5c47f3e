/** Byte ranges of what is stored whole (RFC 9110 §14). Pure. */

/** Octets from `start` up to and without `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What a Range field asks of a content of known length. */
export type Ranges =
  /** Nothing that is understood or worth it: the whole is sent (RFC 9110 §14.2). */
  | { readonly kind: "whole" }
  /** RFC 9110 §15.5.17. */
  | { readonly kind: "unsatisfiable" }
  | { readonly kind: "spans"; readonly spans: readonly Span[] };

/** RFC 9110 §17.15: many or overlapping ranges are how a small request asks for much work. */
const MOST_SPANS = 16;
const SPEC = /^(?:(\d+)-(\d*)|-(\d+))$/;

/** Reads a Range field. @param length octets of the content */
export function parseRange(value: string, length: number): Ranges {
  const unit = /^bytes=(.*)$/is.exec(value);
  if (unit === null) return { kind: "whole" };
  const specs = (unit[1] as string)
    .split(",")
    .map((spec) => spec.trim())
    .filter((spec) => spec !== "");
  if (specs.length === 0 || specs.length > MOST_SPANS) return { kind: "whole" };
  const spans: Span[] = [];
  for (const spec of specs) {
    const parts = SPEC.exec(spec);
    if (parts === null) return { kind: "whole" };
    const span = spanOf(parts, length);
    // RFC 9110 §14.1.1: a last position before the first makes the field invalid.
    if (span === "invalid") return { kind: "whole" };
    if (span !== undefined) spans.push(span);
  }
  if (spans.length === 0) return { kind: "unsatisfiable" };
  return overlap(spans) ? { kind: "whole" } : { kind: "spans", spans };
}

function spanOf([, first, last, suffix]: RegExpExecArray, length: number): Span | "invalid" | undefined {
  if (suffix !== undefined) {
    const octets = Math.min(Number(suffix), length);
    return octets === 0 ? undefined : { start: length - octets, end: length };
  }
  const start = Number(first);
  const end = last === "" || last === undefined ? Number.POSITIVE_INFINITY : Number(last) + 1;
  if (end <= start) return "invalid";
  return start >= length ? undefined : { start, end: Math.min(end, length) };
}

function overlap(spans: readonly Span[]): boolean {
  const sorted = [...spans].sort((a, b) => a.start - b.start);
  return sorted.some((span, at) => at > 0 && span.start < (sorted[at - 1] as Span).end);
}

/** The value of Content-Range (RFC 9110 §14.4). */
export function contentRange(span: Span | undefined, length: number): string {
  return span === undefined ? `bytes */${length}` : `bytes ${span.start}-${span.end - 1}/${length}`;
}

/** One piece of an answer with several ranges: text between the parts, or octets of the content. */
export type Piece = Uint8Array | Span;

/** An answer with several ranges (RFC 9110 §14.6): its pieces and their octets in all. */
export interface Multipart {
  readonly pieces: readonly Piece[];
  readonly length: number;
}

/** Lays out an answer with several ranges. @param boundary must not be guessable by who wrote the content */
export function layOut(
  spans: readonly Span[],
  whole: { readonly length: number; readonly type: string | undefined; readonly boundary: string },
): Multipart {
  const pieces: Piece[] = [];
  let length = 0;
  const add = (text: string): void => {
    const octets = Buffer.from(text, "latin1");
    pieces.push(octets);
    length += octets.length;
  };
  const type = whole.type === undefined ? "" : `Content-Type: ${whole.type}\r\n`;
  for (const [at, span] of spans.entries()) {
    add(
      `${at === 0 ? "" : "\r\n"}--${whole.boundary}\r\n${type}Content-Range: ${contentRange(span, whole.length)}\r\n\r\n`,
    );
    pieces.push(span);
    length += span.end - span.start;
  }
  add(`\r\n--${whole.boundary}--\r\n`);
  return { pieces, length };
}
