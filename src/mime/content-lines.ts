/**
 * Content lines: what calendars (RFC 5545 §3.1) and contact cards (RFC 6350 §3) are written in. `NAME;PARAMETER=value:value`, folded, in
 * components between BEGIN and END. Reads what programs write, the older quoted-printable of vCard 2.1 included; bounded in everything. Pure.
 */
import { decodeBody } from "./transfer.ts";

/** One line: its name and parameters in capitals, its value as it stands. */
export interface ContentLine {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, readonly string[]>;
  readonly value: string;
  /** The whole line, unfolded: to be handed on as it came. */
  readonly text: string;
}

/** What stands between BEGIN and END of a name, such as VEVENT. */
export interface Component {
  readonly name: string;
  readonly lines: readonly ContentLine[];
  readonly components: readonly Component[];
}

/** Lines as they are folded, and when they are put together. */
const MOST_PIECES = 20_000;
const MOST_LINES = 8_000;
/** Characters of a line; longer ones are passed over. */
const LONGEST_LINE = 200_000;
const DEEPEST = 8;
const MOST_PARAMETERS = 30;
/** Parts of a structured value: cards and calendars know none with a dozen, and no contact is in so many groups. */
const MOST_PARTS = 50;
/** Characters of one parameter; a line with a longer one is passed over. */
const LONGEST_PARAMETER = 4_000;

/** The components of a text, one after the other; what is outside of any, or has no end, is passed over. */
export function componentsIn(text: string): Component[] {
  const found: Open[] = [];
  const open: Open[] = [];
  for (const line of unfolded(text)) {
    const read = readLine(line);
    if (read === undefined) continue;
    if (read.name === "BEGIN") {
      if (open.length >= DEEPEST) return found;
      open.push({ name: read.value.trim().toUpperCase(), lines: [], components: [] });
    } else if (read.name === "END") {
      const closed = open.pop();
      if (closed !== undefined) (open.at(-1)?.components ?? found).push(closed);
    } else open.at(-1)?.lines.push(read);
  }
  return found;
}

interface Open {
  readonly name: string;
  readonly lines: ContentLine[];
  readonly components: Open[];
}

/** Lines with what was folded put together; vCard 2.1 also breaks quoted-printable lines with an "=" at the end. */
function* unfolded(text: string): Generator<string> {
  const pieces = text.replace(/^\ufeff/, "").split(/\r\n|\n|\r/, MOST_PIECES);
  for (let [at, lines] = [0, 0]; at < pieces.length && lines < MOST_LINES; lines++) {
    // Looked at once: each further piece costs what it is long, however long the line has become.
    const first = pieces[at++] ?? "";
    const quoted = first.length <= LONGEST_LINE && QUOTED_PRINTABLE.test(first);
    const line = [first];
    let { length } = first;
    for (; at < pieces.length; at++) {
      const piece = pieces[at] ?? "";
      const last = line.at(-1) ?? "";
      const goesOn = quoted && last.endsWith("=");
      if (!goesOn && !piece.startsWith(" ") && !piece.startsWith("\t")) break;
      if (goesOn) line[line.length - 1] = last.slice(0, -1);
      line.push(goesOn ? piece : piece.slice(1));
      length += piece.length;
    }
    if (length > 0 && length <= LONGEST_LINE) yield line.join("");
  }
}

const QUOTED_PRINTABLE = /;ENCODING=QUOTED-PRINTABLE/i;
const NAME = /^(?:[\w-]+\.)?([\w-]{1,60})/;
const PARAMETER = /^;([\w-]{1,60})(?:=((?:"[^"]*"|[^",;:]*)(?:,(?:"[^"]*"|[^",;:]*))*))?/;

function readLine(text: string): ContentLine | undefined {
  const name = NAME.exec(text);
  if (name === null) return undefined;
  let at = name[0].length;
  const next = () => PARAMETER.exec(text.slice(at, at + LONGEST_PARAMETER));
  const parameters = new Map<string, string[]>();
  let count = 0;
  for (let parameter = next(); parameter !== null; parameter = next()) {
    if (++count > MOST_PARAMETERS) return undefined;
    at += parameter[0].length;
    const [, key = "", values] = parameter;
    // vCard 2.1 writes the values of TYPE and ENCODING without their names.
    const [named, said] = values === undefined ? ["TYPE", key] : [key.toUpperCase(), values];
    const there = parameters.get(named);
    if (there === undefined) parameters.set(named, valuesOf(said));
    else there.push(...valuesOf(said));
  }
  if (text[at] !== ":") return undefined;
  const value = decoded(text.slice(at + 1), parameters);
  return { name: (name[1] ?? "").toUpperCase(), parameters, value, text };
}

const valuesOf = (text: string): string[] =>
  (text.match(/"[^"]*"|[^",]+/g) ?? []).map((value) => unquoted(value.replace(/^"|"$/g, "")));

/** RFC 6868 §3.1: what cannot stand in a parameter. */
const unquoted = (value: string): string =>
  value.replace(/\^([n^'])/g, (_, character: string) => ({ n: "\n", "^": "^", "'": '"' })[character] ?? "");

function decoded(value: string, parameters: ReadonlyMap<string, readonly string[]>): string {
  const words = [...(parameters.get("ENCODING") ?? []), ...(parameters.get("TYPE") ?? [])];
  if (!words.some((word) => word.toUpperCase() === "QUOTED-PRINTABLE")) return value;
  return new TextDecoder().decode(decodeBody(Buffer.from(value, "latin1"), "quoted-printable"));
}

/** A TEXT value (RFC 5545 §3.3.11, RFC 6350 §3.4): escapes undone. */
export const textValue = (value: string): string =>
  value.replace(/\\([\s\S])/g, (_, character: string) => (/n/i.test(character) ? "\n" : character));

/** The parts of a structured value, at `separator` where that is not escaped: the first fifty of them. */
export function partsOf(value: string, separator: ";" | ","): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < value.length && parts.length < MOST_PARTS; at++) {
    if (value[at] === "\\") at++;
    else if (value[at] === separator) {
      parts.push(value.slice(start, at));
      start = at + 1;
    }
  }
  if (parts.length < MOST_PARTS) parts.push(value.slice(start));
  return parts.map(textValue);
}

/** The first line of a name, if there is one. */
export const lineOf = ({ lines }: Component, name: string): ContentLine | undefined =>
  lines.find((line) => line.name === name);

/** A TEXT value as it is written. */
export const escapedText = (text: string): string => text.replace(/[\\;,]/g, "\\$&").replace(/\r\n|\n|\r/g, "\\n");

/** A line as it is sent: folded at 75 octets, never within a character (RFC 5545 §3.1, RFC 6350 §3.2). */
export function folded(line: string): string {
  const clean = line.replace(/[\r\n]+/g, " ");
  let out = "";
  let octets = 0;
  for (const character of clean) {
    const size = Buffer.byteLength(character);
    if (octets + size > 74) {
      out += "\r\n ";
      octets = 1;
    }
    out += character;
    octets += size;
  }
  return `${out}\r\n`;
}
