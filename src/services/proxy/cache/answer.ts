/** What a client is sent of a stored response: the whole, a part of it, or that it has it already (RFC 9111 §4, §4.3.2). */
import { randomBytes } from "node:crypto";
import { Fields } from "../../../net/http/fields.ts";
import type { CachedResponse, Content, ProxiedRequest, ProxiedResponse } from "../exchange.ts";
import type { Body } from "./body.ts";
import { clientHas, rangeStillHolds } from "./conditions.ts";
import type { Entry } from "./entry.ts";
import { ageOf } from "./freshness.ts";
import { contentRange, layOut, type Multipart, parseRange, type Span } from "./ranges.ts";
import { addStatus, type CacheStatus } from "./status.ts";

/** RFC 9110 §15.4.5: what a 304 says of the response that it stands for. */
const IN_NOT_MODIFIED: ReadonlySet<string> = new Set([
  "age",
  "cache-control",
  "cache-status",
  "content-location",
  "date",
  "etag",
  "expires",
  "last-modified",
  "set-cookie",
  "vary",
]);

/** What is answered from. */
export interface Source {
  readonly entry: Entry;
  readonly body: Body;
  /** Lines for this client alone, from the 304 that validated it. */
  readonly extra?: Fields | undefined;
}

/** The heads of what is asked for often, as they are said in this second: age and status change with it. */
export class Heads {
  readonly #heads = new WeakMap<Entry, { readonly age: number; readonly left: number; response: ProxiedResponse }>();

  /** The head of a hit that is given as a whole; the same object for a second, which nobody may change. */
  of(entry: Entry, now: number): ProxiedResponse {
    const age = ageOf(entry, now);
    const [seconds, left] = [Math.floor(age / 1_000), Math.floor((entry.freshness.lifetime - age) / 1_000)];
    const known = this.#heads.get(entry);
    if (known !== undefined && known.age === seconds && known.left === left) return known.response;
    const { status, reason, from } = entry;
    const response = { status, reason, fields: fieldsOf(entry, age, { hit: true }), from };
    this.#heads.set(entry, { age: seconds, left, response });
    return response;
  }
}

/** Whether nothing in a request asks for less than the whole. */
export function wantsWhole({ fields }: ProxiedRequest): boolean {
  return !fields.has("if-none-match") && !fields.has("if-modified-since") && !fields.has("range");
}

/** Answers with all that is stored. */
export function answerWhole(body: Body, response: ProxiedResponse): CachedResponse {
  return sentSpan(body, response, { start: 0, end: body.length });
}

function fieldsOf(entry: Entry, age: number, status: CacheStatus): Fields {
  const fields = entry.fields.clone();
  // RFC 9111 §5.1: whole seconds.
  fields.set("Age", String(Math.floor(age / 1_000)));
  addStatus(fields, { ...status, ttl: entry.freshness.lifetime - age });
  return fields;
}

/** Answers a request from what is stored. @param now milliseconds since the epoch */
export function answer(source: Source, request: ProxiedRequest, now: number, status: CacheStatus): CachedResponse {
  const { entry } = source;
  const fields = fieldsOf(entry, ageOf(entry, now), status);
  for (const [name, value] of source.extra ?? []) fields.addParsed(name, value);
  if (clientHas(entry, request.fields)) {
    fields.deleteWhere((key) => !IN_NOT_MODIFIED.has(key));
    return empty(source, { status: 304, reason: "Not Modified", fields, from: entry.from });
  }
  const range = request.method === "GET" && entry.status === 200 ? request.fields.get("range") : undefined;
  if (range !== undefined && rangeStillHolds(entry, request.fields)) {
    const part = partOf(source, fields, range);
    if (part !== undefined) return part;
  }
  return answerWhole(source.body, { status: entry.status, reason: entry.reason, fields, from: entry.from });
}

function sentSpan(body: Body, response: ProxiedResponse, span: Span): CachedResponse {
  const { start, end } = span;
  const octets = end - start === body.length ? body.octets : body.octets?.subarray(start, end);
  const file = body.file?.(span);
  return { ...sent(body, response, end - start, () => body.read(span)), octets, file };
}

function empty({ body }: Source, response: ProxiedResponse): CachedResponse {
  body.release();
  return sent(body, response, 0, () => body.read({ start: 0, end: 0 }));
}

function partOf(source: Source, fields: Fields, range: string): CachedResponse | undefined {
  const { body } = source;
  const ranges = parseRange(range, body.length);
  if (ranges.kind === "whole") return undefined;
  if (ranges.kind === "unsatisfiable") return unsatisfiable(source, fields);
  const response = { status: 206, reason: "Partial Content", fields, from: source.entry.from };
  const [first, second] = ranges.spans;
  if (first !== undefined && second === undefined) {
    fields.set("Content-Range", contentRange(first, body.length));
    return sentSpan(body, response, first);
  }
  const boundary = randomBytes(18).toString("base64url");
  const type = fields.get("content-type");
  const parts = layOut(ranges.spans, { length: body.length, type, boundary });
  fields.set("Content-Type", `multipart/byteranges; boundary=${boundary}`);
  return sent(body, response, parts.length, () => readParts(body, parts));
}

/** RFC 9110 §15.5.17. */
function unsatisfiable(source: Source, fields: Fields): CachedResponse {
  const said = new Fields();
  said.addParsed("Date", fields.get("date") ?? "");
  said.addParsed("Cache-Status", fields.get("cache-status") ?? "");
  said.addParsed("Content-Range", contentRange(undefined, source.body.length));
  return empty(source, { status: 416, reason: "Range Not Satisfiable", fields: said, from: source.entry.from });
}

async function* readParts(body: Body, { pieces }: Multipart): Content {
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) yield piece;
    else yield* body.read(piece satisfies Span);
  }
}

function sent(body: Body, response: ProxiedResponse, length: number, read: () => Content): CachedResponse {
  return { response, length, content: () => lettingGo(read(), body), release: () => body.release() };
}

/** Lets go of the body when its content was read, or nobody wants more of it. */
function lettingGo(content: Content, body: Body): Content {
  return {
    [Symbol.asyncIterator]() {
      const pieces = content[Symbol.asyncIterator]();
      return {
        async next() {
          try {
            const piece = await pieces.next();
            if (piece.done === true) body.release();
            return piece;
          } catch (error) {
            body.release();
            throw error;
          }
        },
        async return() {
          await pieces.return?.();
          body.release();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
