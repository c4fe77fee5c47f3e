/**
 * Where Debian's Dovecot says something else of a torture message than we do: the reason, as
 * docs/decisions/message-structure.md gives it, and the messages. A numbered entry stands
 * for the message of that number, one of an encoding for all of its bodies.
 */
const numbered = (family: string, ...numbers: number[]) => numbers.map((number) => `${family}: ${number}`);
const of = (family: string, ...names: string[]) => names.map((name) => `${family}: ${name}`);

export const DIFFERENCES: Readonly<Record<string, readonly string[]>> = {
  "line ends stay as they came": of(
    "line ends",
    ...["LF only", "LF only in a multipart", "LF and CRLF", "LF before a boundary", "LF CR", "only an LF"],
    ...["bare CR in the header", "bare CR in the body", "CR only", "only a CR", "a CR at the end", "CR before CRLF"],
    ...["CR before a boundary", "CR behind a boundary", "every octet but NUL"],
  ),
  "a line end before a delimiter belongs to it": [
    ...of("boundary", "digest without blank lines", "digest of nothing", "inner without lines", "empty parts"),
    ...of("nesting", "message cut by a boundary"),
  ],
  "a multipart without parts is text": [
    ...of(
      "boundary",
      "at once",
      "only the end",
      "the beginning without a line end",
      "nothing but the header",
      "one dash",
    ),
    ...of("boundary", "nothing after the blank line", "never there", "end before the beginning", "spelled a\\b"),
    ...of("boundary", "header only", "inner does not begin", "header cut by outer"),
    ...numbered("type", 28, 29, 30, 31),
  ],
  "boundaries are as long as they are": of("boundary", "spelled 200", "spelled 300", "spelled a b "),
  "parameters are read as they are meant": [
    ...of("boundary", "extended", "unclosed quote", "twice"),
    ...numbered("parameter", 2, 5, 10, 11, 12, 17, 20, 21, 23, 32, 35, 41, 43, 44, 45, 46, 47),
    ...numbered("type", 36),
    ...numbered("disposition", 4, 5, 6, 8, 10),
  ],
  "a broken type is what it was meant to be, or text": [
    ...numbered("type", 3, 4, 5, 6, 7, 8, 14, 15, 16, 17, 18, 20),
    ...of("boundary", "digest with an invalid type"),
  ],
  "encodings are read leniently": of("encoding", '"base64"', "base64; x=y"),
  "MIME fields hold without MIME-Version": ["header: MIME fields twice", "line ends: NUL in the body"],
  "NUL is left out of what is read": of("line ends", "NUL in the header", "NUL in a boundary"),
  "international messages are messages": ["type: 26", "nesting: global message"],
  "an encoded message is a file": of("nesting", "message in base64", "message in quoted-printable"),
  "how deep is looked": [
    ...of("nesting", "messages 60 deep", "messages 120 deep", "multiparts 60 deep", "multiparts 120 deep"),
    ...of("nesting", "both 40 deep", "both 60 deep", "both 120 deep"),
  ],
  "how far a header is read": of("header", "ten megabytes"),
  "an empty field is none": numbered("disposition", 3, 19, 21, 25, 27),
  "addresses are read as they are meant": [
    ...numbered("address", 7, 8, 9, 10, 24, 25, 42, 43, 44, 50, 51, 52, 53, 54, 55, 56, 57, 66, 73, 76, 78),
  ],
  "no address is made up": [
    ...numbered("address", 14, 15, 28, 29, 30, 31, 32, 33, 37, 38, 70, 72),
    ...of("header", "empty sender"),
  ],
  "the first of two fields counts": of("header", "twice each"),
  "a folded value is unfolded, no more": of(
    "header",
    ...["blank values", "folded blank lines", "folded in all ways", "folded identifiers"],
  ),
  "what is no field is left out of fields": [
    ...of("header", "8-bit name", ">From", "From of a mailbox file", "a continuation first", "a line that is no field"),
    ...of("header", "empty name", "text at once"),
    ...of("generated", "26", "41"),
    ...numbered("damaged", 1, 2, 3, 32, 35, 36, 43),
  ],
  "no blank line is made up": of("header", "without a blank line", "without a line end"),
};

/** The reason for which Dovecot may say something else of this message. */
export function reasonFor(name: string): string | undefined {
  const covers = (entry: string) => {
    if (name === entry || name.startsWith(`${entry},`)) return true;
    return /\d$/.test(entry) && name.startsWith(`${entry} `);
  };
  return Object.entries(DIFFERENCES).find(([, entries]) => entries.some(covers))?.[0];
}
