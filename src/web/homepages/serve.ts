/**
 * Files of home pages as answers: RFC 9110 from the path to the last octet of a range. Which file it is, whether the visitor has it
 * already, which part of it is wanted, and whether it goes compressed. What guards the host is added by homepages.ts.
 */
import { isUtf8 } from "node:buffer";
import type { FileBody } from "../context.ts";
import { compressedBody, partsBody, SMALL, type Source, spanOf, wholeOf } from "./body.ts";
import { httpDate, judge, rangeStands, type Validators } from "./conditions.ts";
import { type Encoding, encodingFor, type Shelf } from "./encodings.ts";
import { contentRange, partsOf, type Span, spansOf } from "./ranges.ts";
import { isCompressible, isText, typeOf, UNKNOWN_TYPE } from "./types.ts";

/** Fewer octets than this are not worth the work. */
const LEAST_COMPRESSED = 512;

/** How files are sent. */
export interface Serving {
  /** Where compressed files wait; without it none is compressed. */
  readonly shelf: Shelf | undefined;
  /** Sends parts of files; without it they are sent piece by piece. */
  readonly fileBody: FileBody | undefined;
  /** Seconds for which a browser need not ask again. */
  readonly cacheSeconds: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Cache-Control of a file: kept by browsers, asked for again at once or after a while. */
export const cacheControl = (seconds: number): string => (seconds === 0 ? "no-cache" : `max-age=${seconds}`);

/**
 * Answers GET or HEAD with a file, which is closed when it was sent.
 * @param status another than 200, for a page that stands for an error: then there are no conditions and no parts
 */
export const sendFile = async (request: Request, file: Source, serving: Serving, status = 200): Promise<Response> => {
  let handedOn = false;
  try {
    const { entry } = file;
    const type = typeOf(entry.name);
    const plain: Validators = { etag: `"${entry.version}"`, modified: entry.modified };
    const field = status === 200 && request.method === "GET" ? request.headers.get("range") : null;
    const { shelf } = serving;
    const encoding = field === null && shelf !== undefined ? encodingOf(request, file, type, shelf) : undefined;
    const current = encoding === undefined ? plain : { ...plain, etag: `"${entry.version}-${encoding}"` };
    const headers = headersOf(entry.name, type, current, serving);
    if (status === 200) {
      const verdict = judge(request.headers, current, request.method);
      if (verdict === "failed") return new Response(null, { status: 412, headers: kept(headers) });
      if (verdict === "not modified") return new Response(null, { status: 304, headers: kept(headers) });
    }
    const spans =
      field !== null && rangeStands(request.headers, plain, serving.now) ? spansOf(field, file.size) : undefined;
    if (spans !== undefined) {
      headers.set("content-type", withCharset(type, undefined));
      handedOn = spans.length > 0;
      return sendSpans(file, spans, headers, serving.fileBody);
    }
    handedOn = true;
    return await sendWhole(request.method, file, headers, { type, encoding, status, serving });
  } finally {
    if (!handedOn) await file.close();
  }
};

const encodingOf = (request: Request, file: Source, type: string, shelf: Shelf): Encoding | undefined =>
  isCompressible(type) && file.size >= LEAST_COMPRESSED && (file.size <= SMALL || shelf.hasStream)
    ? encodingFor(request.headers.get("accept-encoding"))
    : undefined;

const headersOf = (
  name: string,
  type: string,
  { etag, modified }: Validators,
  { cacheSeconds, now, shelf }: Serving,
): Headers => {
  const headers = new Headers({
    "accept-ranges": "bytes",
    "cache-control": cacheControl(cacheSeconds),
    etag,
    // RFC 9110 §8.8.2.1: never later than the answer itself.
    "last-modified": httpDate(Math.min(modified, now)),
  });
  if (shelf !== undefined && isCompressible(type)) headers.set("vary", "Accept-Encoding");
  // What no browser can show is kept as a file, and none guesses what it might be.
  const disposition = type === UNKNOWN_TYPE ? `attachment; filename*=UTF-8''${fileName(name)}` : "inline";
  headers.set("content-disposition", disposition);
  return headers;
};

/** RFC 8187 §3.2.1: what may stand unescaped is fewer than in an address. */
const fileName = (name: string): string =>
  encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** What of a file's fields goes with an answer that has none of it (RFC 9110 §15.4.5). */
const kept = (headers: Headers): Headers => {
  const fields = ["etag", "last-modified", "cache-control", "vary"];
  return new Headers(
    fields.flatMap((name) => (headers.has(name) ? [[name, headers.get(name) ?? ""]] : [])) as [string, string][],
  );
};

/** Pages in another encoding than UTF-8 say so themselves, and a charset here would overrule them. */
const withCharset = (type: string, octets: Uint8Array | undefined): string =>
  isText(type) && (octets === undefined || isUtf8(octets)) ? `${type}; charset=utf-8` : type;

const sendSpans = (file: Source, spans: readonly Span[], headers: Headers, fileBody?: FileBody): Response => {
  const { size } = file;
  const [first, ...others] = spans;
  if (first === undefined) {
    const refused = kept(headers);
    refused.set("content-range", `bytes */${size}`);
    return new Response(null, { status: 416, headers: refused });
  }
  if (others.length === 0) {
    headers.set("content-range", contentRange(first, size));
    headers.set("content-length", String(first.end - first.start));
    return new Response(spanOf(file, first, fileBody), { status: 206, headers });
  }
  const parts = partsOf(spans, size, headers.get("content-type") ?? UNKNOWN_TYPE);
  headers.set("content-type", parts.contentType);
  headers.set("content-length", String(parts.length));
  return new Response(partsBody(file, spans, parts), { status: 206, headers });
};

interface Whole {
  readonly type: string;
  readonly encoding: Encoding | undefined;
  readonly status: number;
  readonly serving: Serving;
}

const sendWhole = async (method: string, file: Source, headers: Headers, whole: Whole): Promise<Response> => {
  const { type, encoding, status, serving } = whole;
  if (encoding !== undefined) headers.set("content-encoding", encoding);
  const head = method === "HEAD";
  if (file.size > SMALL) {
    headers.set("content-type", withCharset(type, undefined));
    // How long a compressed body becomes is known at its end.
    if (encoding === undefined) headers.set("content-length", String(file.size));
    if (head) await file.close();
    const body = () =>
      encoding === undefined || serving.shelf === undefined
        ? spanOf(file, { start: 0, end: file.size }, serving.fileBody)
        : compressedBody(file, encoding, serving.shelf.takeStream());
    return new Response(head ? null : body(), { status, headers });
  }
  const octets = await wholeOf(file);
  headers.set("content-type", withCharset(type, isText(type) ? octets : undefined));
  const sent =
    encoding === undefined || serving.shelf === undefined
      ? octets
      : await serving.shelf.compressed(file.entry.version, encoding, async () => octets);
  headers.set("content-length", String(sent.length));
  return new Response(head ? null : (sent as Uint8Array<ArrayBuffer>), { status, headers });
};
