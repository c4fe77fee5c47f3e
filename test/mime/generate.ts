/**
 * Makes messages whose structure is known because it is noted while they are written: the oracle for the parser.
 * A pseudo-random sequence with a seed decides everything, so that a failure can be repeated.
 */

/** A part as the generator wrote it. */
export interface Written {
  type: string;
  headerStart: number;
  bodyStart: number;
  bodyEnd: number;
  lines: number;
  children: Written[];
  message?: Written;
}

export interface Generated {
  bytes: Uint8Array;
  root: Written;
}

/** A small generator of pseudo-random numbers (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }
}

const WORDS = [
  "Grüße",
  "meeting",
  "--",
  "--x",
  "=20",
  "attachment",
  "日本語",
  "From ",
  ".",
  "",
  "\t",
  "-",
  "https://example.org/?a=b&c",
];
const LEAVES = [
  "text/plain",
  "text/html",
  "application/pdf",
  "image/png",
  "text/plain; charset=utf-8; format=flowed",
  "",
];
const FIELDS = [
  "Content-Disposition: attachment; filename*0*=utf-8''%E2%82%AC; filename*1=\" rates.pdf\"",
  'Content-Disposition: inline; filename="a b.png"',
  "Content-ID: <part@example.org>",
  "Content-Description: =?utf-8?q?Gr=C3=BC=C3=9Fe?=",
  "Content-Language: de, en",
  "Content-Location: http://example.org/x",
  "Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==",
  "Content-Transfer-Encoding: quoted-printable",
  "Content-Transfer-Encoding: 8bit",
  `X-Long: ${"word ".repeat(30)}\n\tfolded`,
  "this line is no field",
];

/** Writes one message. @param seed decides all of it */
export function generate(seed: number): Generated {
  return new Generator(new Dice(seed)).message();
}

class Generator {
  readonly #dice: Dice;
  readonly #pieces: string[] = [];
  #length = 0;
  #lineEnds = 0;
  readonly #eol: string;
  #boundaries = 0;

  constructor(dice: Dice) {
    this.#dice = dice;
    this.#eol = dice.chance(0.15) ? "\n" : "\r\n";
  }

  message(): Generated {
    const root = this.#message(0);
    return { bytes: Buffer.from(this.#pieces.join(""), "utf8"), root };
  }

  #write(text: string): void {
    const written = text.replaceAll("\n", this.#eol);
    this.#pieces.push(written);
    this.#length += Buffer.byteLength(written);
    this.#lineEnds += text.split("\n").length - 1;
  }

  #message(depth: number): Written {
    const fields = [
      "From: Ann <ann@example.org>",
      "Subject: =?utf-8?q?=E2=82=AC?=",
      "Date: Fri, 21 Nov 1997 09:55:06 -0600",
    ];
    return this.#entity(depth, this.#dice.chance(0.8) ? fields : []);
  }

  #entity(depth: number, fields: string[]): Written {
    const kind = depth > 5 ? 0 : this.#dice.next();
    if (kind > 0.55) return this.#multipart(depth, fields);
    if (kind > 0.45) return this.#holder(depth, fields);
    return this.#leaf(fields);
  }

  #begin(type: string, contentType: string, fields: string[]): Written {
    const headerStart = this.#length;
    const all = [...fields, ...Array.from({ length: this.#dice.below(3) }, () => this.#dice.pick(FIELDS))];
    if (contentType !== "") all.splice(this.#dice.below(all.length + 1), 0, `Content-Type: ${contentType}`);
    for (const field of all) this.#write(`${field}\n`);
    this.#write("\n");
    return { type, headerStart, bodyStart: this.#length, bodyEnd: 0, lines: -this.#lineEnds, children: [] };
  }

  #finish(part: Written): Written {
    part.bodyEnd = this.#length;
    part.lines += this.#lineEnds;
    return part;
  }

  #leaf(fields: string[]): Written {
    const contentType = this.#dice.pick(LEAVES);
    const part = this.#begin((contentType || "text/plain").split(";")[0] as string, contentType, fields);
    this.#write(this.#text());
    return this.#finish(part);
  }

  #text(): string {
    const lines = Array.from({ length: this.#dice.below(8) }, () =>
      Array.from({ length: this.#dice.below(9) }, () => this.#dice.pick(WORDS)).join(" "),
    );
    return lines.join("\n");
  }

  #holder(depth: number, fields: string[]): Written {
    const type = this.#dice.chance(0.9) ? "message/rfc822" : "message/global";
    const part = this.#begin(type, type, fields.concat("Content-Transfer-Encoding: 8bit"));
    part.message = this.#message(depth + 1);
    return this.#finish(part);
  }

  #multipart(depth: number, fields: string[]): Written {
    const subtype = this.#dice.pick(["mixed", "alternative", "related", "signed", "report"]);
    // One boundary often is the beginning of another, as nested ones of careless senders are.
    const boundary = `b${this.#dice.pick(["", "=_", "."])}${"n".repeat(this.#boundaries++ % 3)}${this.#boundaries}`;
    const part = this.#begin(`multipart/${subtype}`, `multipart/${subtype}; boundary="${boundary}"`, fields);
    if (this.#dice.chance(0.3)) this.#write("This is a multi-part message in MIME format.\n");
    const count = 1 + this.#dice.below(4);
    for (let i = 0; i < count; i++) {
      if (this.#length > part.bodyStart) this.#newLine();
      this.#write(`--${boundary}${this.#dice.chance(0.1) ? " \t" : ""}\n`);
      part.children.push(this.#entity(depth + 1, []));
    }
    if (this.#dice.chance(0.9)) {
      this.#newLine();
      this.#write(`--${boundary}--`);
      if (this.#dice.chance(0.5)) this.#write("\n");
      if (this.#dice.chance(0.2)) this.#write("\nThe epilogue\n");
    }
    return this.#finish(part);
  }

  /** The line end that belongs to the delimiter after it. */
  #newLine(): void {
    this.#write("\n");
  }
}
