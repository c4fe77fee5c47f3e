/**
 * Reads a form with files as it arrives (multipart/form-data, RFC 7578, RFC 2046 §5.1): fields come as text, files as streams
 * that must be read before the next part is asked for. Nothing but the fields and one window of octets is held in memory.
 * Called by the compose routes; the form's own order (fields first, files last) makes it possible to send in one pass.
 */
import { Refusal } from "../../refusal.ts";

/** What one form may hold. */
export interface MultipartLimits {
  /** Octets of all fields that are not files. */
  readonly fields: number;
  /** Octets of all files. */
  readonly files: number;
  readonly parts: number;
}

/** A file of the form. `body` ends with the part; what of it was not read is passed over. */
export interface FilePart {
  readonly kind: "file";
  readonly name: string;
  /** As the browser says; not to be trusted. */
  readonly fileName: string;
  /** As the browser says, in lower case, without parameters; "application/octet-stream" if it does not. */
  readonly type: string;
  readonly body: AsyncGenerator<Uint8Array>;
}

/** A field of the form. */
export interface FieldPart {
  readonly kind: "field";
  readonly name: string;
  readonly value: string;
}

const LONGEST_HEADER = 8_192;
const utf8 = new TextDecoder();

/** The boundary of a Content-Type, or undefined if it is not a form with files. */
export function boundaryOf(contentType: string | null | undefined): string | undefined {
  const match = /^multipart\/form-data\s*;.*?\bboundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType ?? "");
  return match?.[1] ?? match?.[2];
}

/**
 * The parts of a form, in their order.
 * @throws Refusal "invalid" for a malformed or unfinished form, "tooLarge" or "tooMany" beyond the limits
 */
export async function* readMultipart(
  source: AsyncIterable<Uint8Array>,
  boundary: string,
  limits: MultipartLimits,
): AsyncGenerator<FieldPart | FilePart> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    yield* readParts(iterator, boundary, limits);
  } finally {
    await iterator.return?.();
  }
}

async function* readParts(
  source: AsyncIterator<Uint8Array>,
  boundary: string,
  limits: MultipartLimits,
): AsyncGenerator<FieldPart | FilePart> {
  const reader = new Window(source);
  const delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  let parts = 0;
  const left = { fields: limits.fields, files: limits.files };
  reader.prepend(Buffer.from("\r\n"));
  // What stands before the first delimiter means nothing (RFC 2046 §5.1.1); there is none in an honest form.
  for await (const chunk of reader.until(delimiter)) {
    left.fields -= chunk.length;
    if (left.fields < 0) throw malformed();
  }
  while (await reader.partFollows()) {
    if (++parts > limits.parts) throw new Refusal("tooMany", `A form has at most ${limits.parts} parts.`);
    const header = partHeader(await reader.header());
    if (header.fileName === undefined) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of reader.until(delimiter)) {
        left.fields -= chunk.length;
        if (left.fields < 0) throw new Refusal("tooLarge", "The text of this form is too long.");
        chunks.push(chunk);
      }
      yield { kind: "field", name: header.name, value: utf8.decode(Buffer.concat(chunks)) };
      continue;
    }
    reader.within = true;
    const body = limited(reader.until(delimiter), left, limits.files);
    yield { kind: "file", name: header.name, fileName: header.fileName, type: header.type, body };
    if (reader.within) for await (const _ of limited(reader.until(delimiter), left, limits.files));
  }
}

async function* limited(body: AsyncGenerator<Uint8Array>, left: { files: number }, limit: number) {
  for await (const chunk of body) {
    left.files -= chunk.length;
    if (left.files < 0) {
      throw new Refusal("tooLarge", `The files of one form may have ${Math.floor(limit / 1_000_000)} MB together.`);
    }
    yield chunk;
  }
}

function malformed(): Refusal {
  return new Refusal("invalid", "The form did not arrive whole; try again.");
}

interface PartHeader {
  readonly name: string;
  readonly fileName: string | undefined;
  readonly type: string;
}

function partHeader(bytes: Uint8Array): PartHeader {
  let name: string | undefined;
  let fileName: string | undefined;
  let type = "application/octet-stream";
  for (const line of utf8.decode(bytes).split("\r\n")) {
    const colon = line.indexOf(":");
    const field = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1);
    if (field === "content-type") type = /^\s*([\w.+-]+\/[\w.+-]+)/.exec(value)?.[1]?.toLowerCase() ?? type;
    if (field !== "content-disposition" || !/^\s*form-data\b/i.test(value)) continue;
    name = parameter(value, "name");
    fileName = parameter(value, "filename");
  }
  if (name === undefined) throw malformed();
  return { name, fileName, type };
}

/** A parameter as browsers write it: quotes, CR and LF inside are percent-escaped (HTML standard, multipart/form-data encoding). */
function parameter(value: string, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}="([^"]*)"`, "i").exec(value);
  return match?.[1]?.replace(/%(22|0D|0A)/gi, (_, hex) => (hex === "22" ? '"' : " "));
}

/** A sliding window over the source: yields everything up to a delimiter without ever holding more than a chunk and a delimiter. */
class Window {
  #held: Buffer = Buffer.alloc(0);
  #ended = false;
  /** True while the octets of a part were not read to their end. */
  within = false;

  constructor(private readonly source: AsyncIterator<Uint8Array>) {}

  prepend(bytes: Buffer): void {
    this.#held = Buffer.concat([bytes, this.#held]);
  }

  /** Yields the octets before the next delimiter, and passes over the delimiter. */
  async *until(delimiter: Buffer): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = this.#held.indexOf(delimiter);
      if (at >= 0) {
        this.within = false;
        const before = this.#held.subarray(0, at);
        this.#held = this.#held.subarray(at + delimiter.length);
        if (before.length > 0) yield before;
        return;
      }
      const safe = this.#held.length - delimiter.length + 1;
      if (safe > 0) {
        const before = this.#held.subarray(0, safe);
        this.#held = this.#held.subarray(safe);
        yield before;
      }
      await this.#more();
    }
  }

  /** After a delimiter: true if a part follows, false if that was the last one (RFC 2046 §5.1.1). */
  async partFollows(): Promise<boolean> {
    while (this.#held.length < 2) await this.#more();
    if (this.#held[0] === 45 && this.#held[1] === 45) return false;
    let end = this.#held.indexOf("\r\n");
    for (; end < 0 && this.#held.length < 200; end = this.#held.indexOf("\r\n")) await this.#more();
    if (end < 0 || this.#held.subarray(0, end).some((octet) => octet !== 32 && octet !== 9)) throw malformed();
    this.#held = this.#held.subarray(end);
    return true;
  }

  /** The header lines of a part, without the empty line. */
  async header(): Promise<Uint8Array> {
    for (;;) {
      const end = this.#held.indexOf("\r\n\r\n");
      if (end >= 0 && end <= LONGEST_HEADER) {
        const header = this.#held.subarray(0, end);
        this.#held = this.#held.subarray(end + 4);
        return header;
      }
      if (this.#held.length > LONGEST_HEADER) throw malformed();
      await this.#more();
    }
  }

  async #more(): Promise<void> {
    if (this.#ended) throw malformed();
    const { done, value } = await this.source.next();
    if (done === true) this.#ended = true;
    else this.#held = this.#held.length === 0 ? Buffer.from(value) : Buffer.concat([this.#held, value]);
  }
}
