/** A stored response that must be validated: what to ask, and what becomes of it (RFC 9111 §4.3, RFC 5861 §4). */

import { Fields } from "../../../net/http/fields.ts";
import type { CachedResponse, ProxiedRequest, ProxiedResponse, Stale } from "../exchange.ts";
import { answer } from "./answer.ts";
import type { Body } from "./body.ts";
import { speaksOf, validationFields } from "./conditions.ts";
import type { Directives } from "./directives.ts";
import { type Entry, refreshed } from "./entry.ts";
import { ageOf, useOnError } from "./freshness.ts";
import { formatStatus } from "./status.ts";
import { mayStoreResponse, mayStoreTogether } from "./storable.ts";

/** RFC 9111 §4.2.4, RFC 5861 §4: the answers that count as the origin's failure. */
const FAILURES: ReadonlySet<number> = new Set([500, 502, 503, 504]);

/** What it is made with. */
export interface StaleOptions {
  readonly entry: Entry;
  /** Undefined where nobody waits for an answer. */
  readonly body: Body | undefined;
  readonly request: ProxiedRequest;
  readonly directives: Directives;
  now(): number;
  /** How long past its lifetime it is used while the origin cannot be reached, where nobody says. */
  readonly disconnectedMs: number;
  update(newer: Entry): void;
  remove(): void;
  /** The origin said that it is still good. */
  validated(): void;
  /** Whoever waited for this may go on. */
  released(): void;
}

export class StoredStale implements Stale {
  readonly kind = "stale";
  readonly fields: Fields;
  #answered = false;

  constructor(private readonly options: StaleOptions) {
    this.fields = validationFields(options.entry, options.request);
  }

  get mustRevalidate(): boolean {
    return this.options.entry.freshness.neverStale;
  }

  validated(response: ProxiedResponse): CachedResponse | undefined {
    const { entry, body, request, now } = this.options;
    const receivedAt = now();
    this.options.validated();
    // RFC 9111 §4.3.4: a 304 with another validator changes nothing here. It was asked about this one all the same, and said that it stands.
    const speaks = speaksOf(entry, response) !== "no";
    const newer = speaks ? refreshed(entry, response, { requestedAt: request.at, receivedAt }) : entry;
    if (speaks) this.#keep(newer, response);
    else this.options.remove();
    if (body === undefined) return undefined;
    this.#answered = true;
    const status = { hit: true, fwd: "stale", fwdStatus: 304 } as const;
    return answer({ entry: newer, body, extra: cookiesOf(response) }, request, receivedAt, status);
  }

  /** The newer head is kept where it would be stored after this request, and the old one is not where it may not be any more. */
  #keep(newer: Entry, response: ProxiedResponse): void {
    const { request } = this.options;
    if (!mayStoreResponse({ status: newer.status, reason: "", fields: newer.fields })) this.options.remove();
    // RFC 9111 §4.1: other fields choose it now.
    else if (newer.fields.get("vary") !== this.options.entry.fields.get("vary")) this.options.remove();
    else if (mayStoreTogether(request, { ...response, fields: newer.fields })) this.options.update(newer);
  }

  failed(status: number | undefined): CachedResponse | undefined {
    const { entry, body, request, directives, disconnectedMs, now } = this.options;
    if (body === undefined || (status !== undefined && !FAILURES.has(status))) return undefined;
    const age = ageOf(entry, now());
    const failure = { reached: status !== undefined, disconnected: disconnectedMs };
    if (!useOnError(entry.freshness, age, directives, failure)) return undefined;
    this.#answered = true;
    return answer({ entry, body }, request, now(), { hit: true, fwd: "stale", fwdStatus: status });
  }

  status(_response: ProxiedResponse, stored: boolean): string {
    return formatStatus({ fwd: "stale", stored });
  }

  release(): void {
    this.options.released();
    // An answer that was given reads it still: whoever sends that lets go of it.
    if (!this.#answered) this.options.body?.release();
  }
}

/** Cookies in a 304 are for the client that asked, and for nobody else. */
function cookiesOf(response: ProxiedResponse): Fields {
  const fields = new Fields();
  for (const value of response.fields.all("set-cookie")) fields.addParsed("Set-Cookie", value);
  return fields;
}
