/**
 * A message that is written here, as octets. nodemailer's MailComposer makes the header, the text and its formatted form beside it
 * (multipart/alternative, RFC 2046 §5.1.4); the pictures of that (multipart/related, RFC 2387) and the files behind it are streamed:
 * parts that are stored already (a draft's, a forwarded message's) are taken over octet by octet, new ones are encoded as they
 * arrive from the browser. So a message goes from the form to the store in one pass, however large its files are.
 */

import { Readable } from "node:stream";
import type MimeNode from "nodemailer/lib/mime-node";
import type { Address } from "../../mime/addresses.ts";
import { selectFields } from "../../mime/section.ts";
import type { Part } from "../../mime/structure.ts";
import { formatSpec, parameterField } from "../../mime/write.ts";
import type { Messages } from "./message.ts";

/** The header and the text of a message. */
export interface Letter {
  readonly from: Address;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  /** Where answers go, if not to `from`; "" for there. */
  readonly replyTo: string;
  readonly subject: string;
  readonly text: string;
  /** The text with its formatting; pictures are `cid:`. Undefined for a letter of plain text. */
  readonly html: string | undefined;
  /** Without angle brackets. */
  readonly messageId: string;
  /** With angle brackets. */
  readonly inReplyTo: string | undefined;
  readonly references: readonly string[];
  /** Epoch milliseconds. */
  readonly date: number;
  /** Further fields, such as what a draft must remember. */
  readonly fields: readonly { readonly key: string; readonly value: string }[];
}

/** A file of a message. */
export type LetterFile =
  /** A part of a stored message, taken over as it is. */
  | { readonly kind: "part"; readonly content: number; readonly part: Part }
  /** A stored message, as it is. */
  | { readonly kind: "message"; readonly content: number; readonly name: string }
  /** A file from the browser; with a Content-ID it is shown within the text. */
  | {
      readonly kind: "file";
      readonly name: string;
      readonly type: string;
      readonly body: AsyncIterable<Uint8Array>;
      readonly contentId?: string;
    };

/** All files of a message. */
export interface LetterFiles {
  /** Shown within the text, which must be formatted. */
  readonly pictures: readonly LetterFile[];
  /** Of pictures and these, only one may come from a browser at a time: pictures are written first, and these are asked for before. */
  readonly files: AsyncIterable<LetterFile>;
}

/** Fields that belong to a part; whatever else stands in its header stays behind. */
const PART_FIELDS = [
  "content-type",
  "content-disposition",
  "content-transfer-encoding",
  "content-id",
  "content-description",
  "content-language",
  "content-location",
];
const PART_HEADER_OCTETS = 65_536;
/** Text of such lines needs no encoding (RFC 5322 §2.1.1). */
const PLAIN_TEXT = /^(?:[\x20-\x7e\t]{0,78}(?:\r?\n|$))*$/;

/**
 * The octets of a message.
 * @param withBcc whether the Bcc field is written, for drafts and for the sender's own copy
 */
export async function* composed(
  messages: Messages,
  letter: Letter,
  { pictures, files }: LetterFiles,
  withBcc: boolean,
): AsyncGenerator<Uint8Array> {
  const { default: MailComposer } = await import("nodemailer/lib/mail-composer");
  const iterator = files[Symbol.asyncIterator]();
  const first = await iterator.next();
  const behind = first.done === true ? undefined : new RawParts(messages, resumed(first.value, iterator));
  const within = pictures.length === 0 ? undefined : new RawParts(messages, pictures);
  const attachments = [
    ...(within === undefined ? [] : [{ cid: "pictures", raw: within.stream }]),
    ...(behind === undefined ? [] : [{ raw: behind.stream }]),
  ];
  const node = new MailComposer({ ...mailOf(letter), attachments }).compile();
  node.keepBcc = withBcc;
  within?.between(boundaryOf(node, "multipart/related"));
  behind?.between(boundaryOf(node, "multipart/mixed"));
  try {
    for await (const chunk of node.createReadStream()) yield chunk as Uint8Array;
  } finally {
    await iterator.return?.();
  }
}

/** A letter as the composer takes it. */
function mailOf(letter: Letter) {
  const person = (address: Address) => ({ name: address.name, address: formatSpec(address) });
  const encoded = letter.html !== undefined || !PLAIN_TEXT.test(letter.text);
  return {
    from: person(letter.from),
    to: letter.to.map(person),
    cc: letter.cc.map(person),
    bcc: letter.bcc.map(person),
    ...(letter.replyTo !== "" && { replyTo: letter.replyTo }),
    subject: letter.subject,
    text: `${letter.text.replace(/\n$/, "")}\n`.replace(/\r?\n/g, "\r\n"),
    ...(letter.html !== undefined && { html: document(letter.html) }),
    ...(encoded && { textEncoding: "quoted-printable" as const }),
    messageId: `<${letter.messageId}>`,
    ...(letter.inReplyTo !== undefined && { inReplyTo: letter.inReplyTo }),
    ...(letter.references.length > 0 && { references: [...letter.references] }),
    date: new Date(letter.date),
    headers: [...letter.fields],
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

const document = (html: string): string =>
  `<!doctype html>\r\n<html><head><meta charset="utf-8"></head><body>\r\n${html.replace(/\r?\n/g, "\r\n")}\r\n</body></html>\r\n`;

/** The boundary of the multipart of that type. The composer chooses it when it writes the header, which it does anew and alike when it streams. */
function boundaryOf(node: MimeNode, type: string): string {
  const header = node.buildHeaders();
  if (header.toLowerCase().includes(`content-type: ${type}`)) return /boundary="([^"]+)"/.exec(header)?.[1] ?? "";
  for (const child of node.childNodes) {
    const found = child.contentType?.startsWith("multipart/") ? boundaryOf(child, type) : "";
    if (found !== "") return found;
  }
  return "";
}

async function* resumed<T>(first: T, rest: AsyncIterator<T>): AsyncGenerator<T> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** Several parts that pass as one raw part: what stands between them is written with the boundary that the composer chose. */
class RawParts {
  readonly stream: Readable;
  #boundary = "";

  constructor(
    private readonly messages: Messages,
    files: Iterable<LetterFile> | AsyncIterable<LetterFile>,
  ) {
    this.stream = Readable.from(this.#octets(files));
  }

  between(boundary: string): void {
    this.#boundary = boundary;
  }

  async *#octets(files: Iterable<LetterFile> | AsyncIterable<LetterFile>): AsyncGenerator<Uint8Array> {
    let first = true;
    for await (const file of files) {
      if (!first) yield Buffer.from(`\r\n--${this.#boundary}\r\n`, "latin1");
      first = false;
      yield* partOctets(this.messages, file);
    }
  }
}

async function* partOctets(messages: Messages, file: LetterFile): AsyncGenerator<Uint8Array> {
  if (file.kind === "part") {
    const { headerStart, bodyStart, bodyEnd } = file.part;
    const header = messages.read(file.content, headerStart, Math.min(bodyStart, headerStart + PART_HEADER_OCTETS));
    yield withEmptyLine(selectFields(header, PART_FIELDS, false));
    yield* messages.stream(file.content, bodyStart, bodyEnd);
    return;
  }
  if (file.kind === "message") {
    // RFC 2046 §5.2.1: such a part is not encoded.
    yield Buffer.from(
      parameterField("Content-Type", "message/rfc822", { name: file.name }) +
        parameterField("Content-Disposition", "attachment", { filename: file.name }) +
        "Content-Transfer-Encoding: 8bit\r\n\r\n",
    );
    yield* messages.stream(file.content);
    return;
  }
  // A message inside a message must not be encoded (RFC 2046 §5.2.1); a file that is one goes as octets.
  const type = /^(?:message|multipart)\//.test(file.type) ? "application/octet-stream" : file.type;
  yield Buffer.from(
    parameterField("Content-Type", type, { name: file.name }) +
      parameterField("Content-Disposition", file.contentId === undefined ? "attachment" : "inline", {
        filename: file.name,
      }) +
      (file.contentId === undefined ? "" : `Content-ID: <${file.contentId}>\r\n`) +
      "Content-Transfer-Encoding: base64\r\n\r\n",
  );
  yield* base64Lines(file.body);
}

/** Fields with exactly one empty line behind them. */
function withEmptyLine(fields: Uint8Array): Uint8Array {
  const text = Buffer.from(fields)
    .toString("latin1")
    .replace(/(?:\r?\n)+$/, "");
  return Buffer.from(text === "" ? "\r\n" : `${text}\r\n\r\n`, "latin1");
}

/** Octets of one line of base64 (RFC 2045 §6.8). */
const LINE_OCTETS = 57;

async function* base64Lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held = Buffer.alloc(0);
  const encoded = (bytes: Buffer) => Buffer.from(bytes.toString("base64").replace(/.{76}/g, "$&\r\n"), "latin1");
  for await (const chunk of body) {
    const bytes = Buffer.concat([held, chunk]);
    const whole = bytes.length - (bytes.length % LINE_OCTETS);
    held = bytes.subarray(whole);
    if (whole > 0) yield encoded(bytes.subarray(0, whole));
  }
  if (held.length > 0) yield encoded(held);
}
