/**
 * The patterns of `:matches` (RFC 5228 §2.7.1): `*` for any characters, `?` for one, a backslash before either. Each `*` takes as
 * little as it can, the first one first (RFC 5229 §3.2). There is no going back: pieces between stars are looked for from left to
 * right, so the time is that of looking for the pieces.
 */

/** A pattern cannot be matched with the work that is left. */
export class TooMuchWork extends Error {}

/** Trying a `?` costs about as much as comparing so many characters. */
const HOLE_WORK = 16;

/** How much may still be compared. */
export interface Work {
  left: number;
}

/** What stands between two stars: literal text with `?` at some places. */
interface Piece {
  /** With one character for each `?`. */
  readonly text: string;
  /** Where the `?` stand, in order; mostly none. */
  readonly holes: readonly number[];
}

/** Where characters of the text begin that consist of several units; undefined where every unit is one. */
export type Starts = Uint8Array | undefined;

/** Beginning and end of what a wildcard stood for. */
export type Span = readonly [number, number];

export class Wildcards {
  readonly #pieces: Piece[] = [];

  /** @param fold applied to the literal text */
  constructor(pattern: string, fold: (text: string) => string) {
    let text = "";
    let holes: number[] = [];
    let literal = "";
    const settle = () => {
      text += fold(literal);
      literal = "";
    };
    for (let i = 0; i < pattern.length; i++) {
      const c = pattern[i] as string;
      if (c === "*") {
        settle();
        this.#pieces.push({ text, holes });
        text = "";
        holes = [];
      } else if (c === "?") {
        settle();
        holes.push(text.length);
        text += "?";
      } else if (c === "\\" && i + 1 < pattern.length) literal += pattern[++i];
      else literal += c;
    }
    settle();
    this.#pieces.push({ text, holes });
  }

  /** Whether some `?` is in it: only then it matters what a character is. */
  get hasHoles(): boolean {
    return this.#pieces.some(({ holes }) => holes.length > 0);
  }

  /** What each wildcard stood for, in order; undefined if the whole of the text does not match. */
  match(text: string, starts: Starts, work: Work): Span[] | undefined {
    const spans: Span[] = [];
    const last = this.#pieces.length - 1;
    let at = fits(this.#pieces[0] as Piece, text, 0, starts, spans);
    if (last === 0) return at === text.length ? spans : undefined;
    if (at < 0) return undefined;
    for (let i = 1; i <= last; i++) {
      const piece = this.#pieces[i] as Piece;
      const found = i === last ? atEnd(piece, text, at, starts, work) : find(piece, text, at, starts, work);
      if (found < 0) return undefined;
      spans.push([at, found]);
      at = fits(piece, text, found, starts, spans);
    }
    return spans;
  }
}

/** The end of a piece that stands at `at`, or -1; its holes go to `spans`. */
function fits({ text: wanted, holes }: Piece, text: string, at: number, starts: Starts, spans?: Span[]): number {
  if (holes.length === 0) return text.startsWith(wanted, at) ? at + wanted.length : -1;
  let from = 0;
  let place = at;
  for (const hole of holes) {
    place = agrees(wanted, from, hole, text, place);
    if (place < 0 || place >= text.length) return -1;
    const end = afterCharacter(place, text, starts);
    spans?.push([place, end]);
    place = end;
    from = hole + 1;
  }
  return agrees(wanted, from, wanted.length, text, place);
}

/** Where `wanted` from `from` up to `to` ends in the text if it stands at `at`, or -1. */
function agrees(wanted: string, from: number, to: number, text: string, at: number): number {
  for (let i = from; i < to; i++) if (wanted.charCodeAt(i) !== text.charCodeAt(at + i - from)) return -1;
  return at + to - from;
}

function afterCharacter(at: number, text: string, starts: Starts): number {
  let end = at + 1;
  if (starts) while (end < text.length && starts[end] === 0) end++;
  return end;
}

/** The first place from `from` on at which a piece stands, or -1. */
function find(piece: Piece, text: string, from: number, starts: Starts, work: Work): number {
  if (piece.holes.length === 0) {
    const found = text.indexOf(piece.text, from);
    // A long piece may agree for a while at every place before it does not.
    spend(work, ((found < 0 ? text.length : found) - from) * (1 + (piece.text.length >> 6)));
    return found;
  }
  for (let at = from; at + piece.holes.length <= text.length; at++) {
    spend(work, HOLE_WORK * piece.holes.length);
    if (starts !== undefined && starts[at] === 0) continue;
    if (fits(piece, text, at, starts) >= 0) return at;
  }
  return -1;
}

/** The place from `from` on at which a piece stands that ends the text, or -1. */
function atEnd(piece: Piece, text: string, from: number, starts: Starts, work: Work): number {
  if (starts === undefined || piece.holes.length === 0) {
    const at = text.length - piece.text.length;
    return at >= from && fits(piece, text, at, starts) >= 0 ? at : -1;
  }
  for (let at = text.length; at >= from; at--) {
    spend(work, HOLE_WORK * piece.holes.length);
    if (starts[at] !== 0 && fits(piece, text, at, starts) === text.length) return at;
  }
  return -1;
}

function spend(work: Work, amount: number): void {
  work.left -= amount;
  if (work.left < 0) throw new TooMuchWork();
}
