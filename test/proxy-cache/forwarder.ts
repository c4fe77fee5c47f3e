/** What the proxy's forwarder does with a cache, without the network: an origin that is a function, and a clock that is set. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fields } from "../../src/net/http/fields.ts";
import { ResponseCache } from "../../src/services/proxy/cache/cache.ts";
import { type CacheSettings, cacheSettings } from "../../src/services/proxy/cache/settings.ts";
import type {
  CachedResponse,
  ProxiedRequest,
  ProxiedResponse,
  Stale,
  Writer,
} from "../../src/services/proxy/exchange.ts";

/** Fields as tests write them: "Name: value" lines. */
export type Lines = readonly string[];

export function fieldsOf(lines: Lines): Fields {
  return Fields.of(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
    }),
  );
}

/** What an origin answers. */
export interface Said {
  readonly status?: number;
  readonly fields?: Lines;
  readonly body?: string | Uint8Array;
}

/** What the client saw. */
export interface Seen {
  readonly status: number;
  readonly fields: Fields;
  readonly body: string;
  /** Whether the origin was not asked. */
  readonly hit: boolean;
}

/** The beginning of all tests. */
export const BEGIN = Date.parse("2026-11-22T12:00:00Z");

export const httpDate = (at: number): string => new Date(at).toUTCString();

/** A cache, an origin and a clock. */
export class World {
  now = BEGIN;
  /** Every request that reached the origin. */
  readonly asked: ProxiedRequest[] = [];
  readonly faults: string[] = [];
  cache: ResponseCache;
  settings: CacheSettings;
  /** Undefined: it cannot be reached. */
  origin: (request: ProxiedRequest) => Said | undefined | Promise<Said | undefined> = () => ({});
  /** Requests made beside what a client was sent. */
  readonly beside: Promise<unknown>[] = [];

  constructor(
    settings: Partial<CacheSettings> = {},
    readonly folder: string = mkdtempSync(join(tmpdir(), "gatepost-cache-")),
  ) {
    this.settings = { ...cacheSettings.schema.parse({}), ...settings };
    this.cache = this.open();
  }

  open(): ResponseCache {
    return new ResponseCache({
      folder: join(this.folder, "cache"),
      settings: () => this.settings,
      fault: (text, error) => this.faults.push(`${text}: ${error}`),
      now: () => this.now,
    });
  }

  /** Closes the cache and opens it again, as a restart does. */
  async restart(): Promise<void> {
    await this.cache.close();
    this.cache = this.open();
  }

  async remove(): Promise<void> {
    await this.cache.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Lets so many seconds pass. */
  pass(seconds: number): void {
    this.now += seconds * 1_000;
  }

  /** Says that the origin always answers this; Date is added. */
  says(said: Said): void {
    this.origin = () => said;
  }

  request(lines: Lines = [], url = "http://origin.test/page", method = "GET"): ProxiedRequest {
    const { hostname, port, pathname, search } = new URL(url);
    return {
      method,
      target: { scheme: "http", host: hostname, port: Number(port || 80), path: pathname + search, url },
      fields: fieldsOf(lines),
      hasBody: lines.some((line) => /^content-length:/i.test(line)),
      at: this.now,
    };
  }

  /** Asks for something, as a client of the proxy. */
  async get(lines: Lines = [], url?: string, method = "GET"): Promise<Seen> {
    return await this.send(this.request(lines, url, method));
  }

  async send(request: ProxiedRequest): Promise<Seen> {
    if (!["GET", "HEAD"].includes(request.method)) return await this.#unsafe(request);
    const found = await this.cache.lookup(request);
    if (found.kind === "unavailable") return { status: 504, fields: new Fields(), body: "", hit: true };
    if (found.kind === "hit") {
      const { background } = found;
      if (background !== undefined) this.beside.push(this.#validate(request, background));
      return await seen(found.cached, request, true);
    }
    try {
      if (found.kind === "stale") return await this.#validate(request, found);
      const said = await this.#ask(request, request.fields);
      if (said === undefined) return { status: 502, fields: new Fields(), body: "", hit: false };
      return await this.#store(request, said, found.status.bind(found));
    } finally {
      found.release();
    }
  }

  async #validate(request: ProxiedRequest, stale: Stale): Promise<Seen> {
    try {
      const said = await this.#ask(request, stale.fields);
      if (said === undefined || said.response.status >= 500) {
        const saved = stale.failed(said?.response.status);
        if (saved !== undefined) return await seen(saved, request, true);
        if (said === undefined) return { status: 502, fields: new Fields(), body: "", hit: false };
      }
      if (said.response.status === 304) {
        const valid = stale.validated(said.response);
        if (valid !== undefined) return await seen(valid, request, false);
      }
      return await this.#store(request, said, stale.status.bind(stale));
    } finally {
      stale.release();
    }
  }

  async #unsafe(request: ProxiedRequest): Promise<Seen> {
    const said = await this.#ask(request, request.fields);
    if (said === undefined) return { status: 502, fields: new Fields(), body: "", hit: false };
    this.cache.invalidate(request, said.response);
    return { ...said.response, body: text(said.body), hit: false };
  }

  async #ask(
    request: ProxiedRequest,
    fields: Fields,
  ): Promise<{ response: ProxiedResponse; body: Uint8Array } | undefined> {
    const forwarded = { ...request, fields };
    this.asked.push(forwarded);
    const said = await this.origin(forwarded);
    if (said === undefined) return undefined;
    const response = { status: said.status ?? 200, reason: "", fields: fieldsOf(said.fields ?? []) };
    if (!response.fields.has("date")) response.fields.add("Date", httpDate(this.now));
    if (response.fields.get("date") === "none") response.fields.delete("date");
    return { response, body: Buffer.from(said.body ?? "") };
  }

  async #store(
    request: ProxiedRequest,
    { response, body }: { response: ProxiedResponse; body: Uint8Array },
    status: (response: ProxiedResponse, stored: boolean) => string,
  ): Promise<Seen> {
    const head = request.method === "HEAD";
    const writer = this.cache.store(request, response, head ? 0 : body.length);
    const fields = response.fields.clone();
    fields.add("Cache-Status", status(response, writer !== undefined));
    if (writer !== undefined) await record(writer, body);
    return { status: response.status, fields, body: head ? "" : text(body), hit: false };
  }
}

const PIECE = 65_536;

async function record(writer: Writer, body: Uint8Array): Promise<void> {
  for (let at = 0; at < body.length; at += PIECE) await writer.write(body.subarray(at, at + PIECE));
  writer.end();
}

const text = (octets: Uint8Array): string => Buffer.from(octets).toString("latin1");

async function seen(cached: CachedResponse, request: ProxiedRequest, hit: boolean): Promise<Seen> {
  const pieces: Uint8Array[] = [];
  if (request.method === "HEAD") cached.release();
  else for await (const piece of cached.content()) pieces.push(piece);
  const body = Buffer.concat(pieces);
  if (request.method !== "HEAD" && body.length !== cached.length) throw new Error("the length is wrong");
  return { status: cached.response.status, fields: cached.response.fields, body: text(body), hit };
}
