/**
 * A message that is written here, as octets. nodemailer's MailComposer makes the header and the text; the files behind it are streamed:
 * parts that are stored already (a draft's, a forwarded message's) are taken over octet by octet, new ones are encoded as they
 * arrive from the browser. So a message goes from the form to the store in one pass, however large its files are.
 */

import { Readable } from "node:stream";
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
  readonly subject: string;
  readonly text: string;
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
  /** A file from the browser. */
  | { readonly kind: "file"; readonly name: string; readonly type: string; readonly body: AsyncIterable<Uint8Array> };

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
  files: AsyncIterable<LetterFile>,
  withBcc: boolean,
): AsyncGenerator<Uint8Array> {
  const { default: MailComposer } = await import("nodemailer/lib/mail-composer");
  const iterator = files[Symbol.asyncIterator]();
  const first = await iterator.next();
  const person = (address: Address) => ({ name: address.name, address: formatSpec(address) });
  let boundary = "";
  const node = new MailComposer({
    from: person(letter.from),
    to: letter.to.map(person),
    cc: letter.cc.map(person),
    bcc: letter.bcc.map(person),
    subject: letter.subject,
    text: `${letter.text.replace(/\n$/, "")}\n`.replace(/\r?\n/g, "\r\n"),
    ...(PLAIN_TEXT.test(letter.text) ? {} : { textEncoding: "quoted-printable" as const }),
    messageId: `<${letter.messageId}>`,
    ...(letter.inReplyTo !== undefined && { inReplyTo: letter.inReplyTo }),
    ...(letter.references.length > 0 && { references: [...letter.references] }),
    date: new Date(letter.date),
    headers: [...letter.fields],
    // One raw part that is all the files: what stands between them is written with the boundary that the composer chose.
    ...(first.done !== true && {
      attachments: [{ raw: Readable.from(parts(messages, first.value, iterator, () => boundary)) }],
    }),
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  node.keepBcc = withBcc;
  // The composer chooses the boundary when it writes the header, which it does anew and alike when it streams.
  boundary = /boundary="([^"]+)"/.exec(first.done === true ? "" : node.buildHeaders())?.[1] ?? "";
  try {
    for await (const chunk of node.createReadStream()) yield chunk as Uint8Array;
  } finally {
    await iterator.return?.();
  }
}

async function* parts(
  messages: Messages,
  first: LetterFile,
  rest: AsyncIterator<LetterFile>,
  boundary: () => string,
): AsyncGenerator<Uint8Array> {
  yield* partOctets(messages, first);
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
    yield Buffer.from(`\r\n--${boundary()}\r\n`, "latin1");
    yield* partOctets(messages, next.value);
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
  // A message inside a message must not be encoded (RFC 2046 §5.2.1); a file that is one goes as octets.
  const type = /^(?:message|multipart)\//.test(file.type) ? "application/octet-stream" : file.type;
  yield Buffer.from(
    parameterField("Content-Type", type, { name: file.name }) +
      parameterField("Content-Disposition", "attachment", { filename: file.name }) +
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
