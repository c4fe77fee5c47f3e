/** The Cache-Status field (RFC 9211): what the cache did, for whoever looks. Pure. */
import type { Fields } from "../../../net/http/fields.ts";

/** The name this cache goes by. */
const NAME = "gatepost";

/** Why a request went on to the origin (RFC 9211 §2.2). */
export type Forwarded = "bypass" | "method" | "uri-miss" | "vary-miss" | "miss" | "request" | "stale" | "partial";

/** What happened to a request. */
export interface CacheStatus {
  readonly hit?: boolean;
  readonly fwd?: Forwarded;
  /** What the origin answered, where that is not what the client sees. */
  readonly fwdStatus?: number | undefined;
  readonly stored?: boolean;
  /** It waited for another request to the same end. */
  readonly collapsed?: boolean;
  /** Milliseconds of freshness left; less than 0 when stale. */
  readonly ttl?: number;
}

/** One member of the list. */
export function formatStatus({ hit, fwd, fwdStatus, stored, collapsed, ttl }: CacheStatus): string {
  const parts = [NAME];
  if (hit === true) parts.push("hit");
  if (fwd !== undefined) parts.push(`fwd=${fwd}`);
  if (fwdStatus !== undefined) parts.push(`fwd-status=${fwdStatus}`);
  if (ttl !== undefined) parts.push(`ttl=${Math.floor(ttl / 1_000)}`);
  if (stored === true) parts.push("stored");
  if (collapsed === true) parts.push("collapsed");
  return parts.join("; ");
}

/** Adds a member behind those of caches nearer to the origin (RFC 9211 §2). */
export function addStatus(fields: Fields, status: CacheStatus): void {
  const before = fields.get("cache-status");
  const own = formatStatus(status);
  fields.set("Cache-Status", before === undefined || before === "" ? own : `${before}, ${own}`);
}
