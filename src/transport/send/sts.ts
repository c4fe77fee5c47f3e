/**
 * The MTA-STS policies of other domains (RFC 8461 §3.3, §5.1): found by their record, fetched over HTTPS, kept as long as they say. A policy
 * that is kept counts even where its record or its server is gone: whoever could hide them would otherwise be rid of it.
 */
import type { Statement } from "bun:sqlite";
import { connect } from "../../net/connect.ts";
import type { Deadlines } from "../../net/deadlines.ts";
import { DnsError, type Resolver } from "../../net/dns.ts";
import { TlsFailed } from "../../net/errors.ts";
import { get } from "../../net/http/get.ts";
import type { Store } from "../../store/store.ts";
import { LONGEST_POLICY, policyId, readPolicy, type StsPolicy } from "./sts-policy.ts";
import type { TlsTrouble, TlsWish } from "./tls-outcome.ts";

export interface StsParts {
  readonly store: Store;
  readonly resolver: Pick<Resolver, "txt" | "addresses">;
  readonly now: () => number;
  readonly deadlines: Deadlines;
  readonly authorities: readonly string[] | undefined;
  /** Where policies are fetched from other domains; 443. */
  readonly port: number;
  readonly signal: AbortSignal;
  /** Told of a policy that could not be fetched. */
  readonly onTrouble?: ((trouble: TlsTrouble) => void) | undefined;
}

/** What was fetched is no policy. */
class NoPolicy extends Error {
  override readonly name = "NoPolicy";
}

interface Row {
  readonly policy_id: string;
  readonly mode: StsPolicy["mode"];
  readonly mx: string;
  readonly max_age: number;
  readonly expires_at: number;
}

/** §3.3: senders wait no longer than a minute. */
const PATIENCE_MS = 60_000;
/** How long a domain whose policy could not be fetched is let alone (§3.3: at most once in five minutes). */
const RETRY_MS = 300_000;
const MOST_FAILED = 1_000;

export class StsPolicies {
  readonly #fetching = new Map<string, Promise<StsPolicy | undefined>>();
  readonly #failedUntil = new Map<string, number>();
  #select: Statement<Row, [string]> | undefined;

  constructor(private readonly parts: StsParts) {}

  /** The policy of a domain (in A-labels) that holds now; undefined where it has none. Never rejects. */
  async of(domain: string): Promise<StsPolicy | undefined> {
    const { now } = this.parts;
    const id = await this.#currentId(domain);
    const row = this.#row(domain);
    const kept = row !== undefined && row.expires_at > now() ? policyOf(row) : undefined;
    if (id === undefined || (kept !== undefined && row?.policy_id === id)) return kept;
    if ((this.#failedUntil.get(domain) ?? 0) > now()) return kept;
    let fetching = this.#fetching.get(domain);
    if (fetching === undefined) {
      fetching = this.#fetch(domain, id).finally(() => this.#fetching.delete(domain));
      this.#fetching.set(domain, fetching);
    }
    return (await fetching) ?? kept;
  }

  #row(domain: string): Row | undefined {
    this.#select ??= this.parts.store.client.prepare<Row, [string]>(
      "SELECT policy_id, mode, mx, max_age, expires_at FROM sts_policies WHERE domain = ?",
    );
    return this.#select.get(domain) ?? undefined;
  }

  async #currentId(domain: string): Promise<string | undefined> {
    try {
      return policyId(await this.parts.resolver.txt(`_mta-sts.${domain}`));
    } catch (error) {
      if (error instanceof DnsError) return undefined;
      throw error;
    }
  }

  async #fetch(domain: string, id: string): Promise<StsPolicy | undefined> {
    const { store, now } = this.parts;
    try {
      const policy = await this.#ask(`mta-sts.${domain}`);
      this.#failedUntil.delete(domain);
      const expiresAt = now() + policy.maxAge * 1_000;
      await store.commit(() => {
        store.client
          .query(
            `INSERT INTO sts_policies (domain, policy_id, mode, mx, max_age, fetched_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (domain) DO UPDATE SET policy_id = excluded.policy_id, mode = excluded.mode, mx = excluded.mx,
               max_age = excluded.max_age, fetched_at = excluded.fetched_at, expires_at = excluded.expires_at`,
          )
          .run(domain, id, policy.mode, policy.mx.join("\n"), policy.maxAge, now(), expiresAt);
      });
      return policy;
    } catch (error) {
      if (this.#failedUntil.size >= MOST_FAILED) this.#failedUntil.clear();
      this.#failedUntil.set(domain, now() + RETRY_MS);
      const why = error instanceof Error ? error.message : String(error);
      const text = `The MTA-STS policy of ${domain} could not be fetched: ${why}`;
      store.events.log({ room: "transport", name: "policy.failed", level: "warn", text });
      const wish: TlsWish = { type: "sts", domain, strings: [], servers: [] };
      this.parts.onTrouble?.({ wish, type: typeOf(error), server: "", address: "" });
      return undefined;
    }
  }

  /** Redirects are not followed (§3.3). */
  async #ask(host: string): Promise<StsPolicy> {
    const { resolver, deadlines, authorities, port, signal } = this.parts;
    const connection = await connect({
      ...{ host, port, deadlines, signal },
      addresses: await resolver.addresses(host),
      timeoutMs: PATIENCE_MS / 2,
      tls: { verify: "name", serverName: host, names: [host], ...(authorities !== undefined && { authorities }) },
    });
    try {
      connection.deadline(PATIENCE_MS / 2);
      const pieces: Uint8Array[] = [];
      const { status, fields } = await get(connection, {
        target: "/.well-known/mta-sts.txt",
        authority: host,
        accept: "text/plain",
        most: LONGEST_POLICY,
        onPiece: (piece) => void pieces.push(piece.slice()),
      });
      if (status !== 200) throw new Error(`its server answered ${status}`);
      if (!/^text\/plain\s*(?:;|$)/i.test(fields.get("content-type") ?? "")) throw new NoPolicy("it is not plain text");
      const policy = readPolicy(Buffer.concat(pieces).toString("utf8"));
      if (policy === undefined) throw new NoPolicy("what is there cannot be read as a policy");
      return policy;
    } finally {
      connection.destroy();
    }
  }
}

/** RFC 8460 §4.3.2.1. */
function typeOf(error: unknown): TlsTrouble["type"] {
  if (error instanceof NoPolicy) return "sts-policy-invalid";
  return error instanceof TlsFailed ? "sts-webpki-invalid" : "sts-policy-fetch-error";
}

function policyOf({ mode, mx, max_age }: Row): StsPolicy {
  return { mode, mx: mx.split("\n"), maxAge: max_age };
}
