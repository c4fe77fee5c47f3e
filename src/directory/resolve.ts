/**
 * From an address to the mailboxes that get its mail: the question every recipient of every message asks. Answers are
 * kept in memory until the directory changes; addresses that do not exist are not, so that guessing cannot push out what
 * is in use.
 *
 * Of what fits, the closest holds: the address itself, with a date until which it is good, with a detail, postmaster and abuse and
 * the addresses for reports, an address with a star, the domain's catch-all.
 *
 * RFC 5321 §2.4 (the local part belongs to its domain: here it is folded), §4.5.1 (postmaster), RFC 2142 (abuse),
 * RFC 5233 (details after a separator), RFC 6531 (UTF-8 local parts).
 */
import { eq, sql } from "drizzle-orm";
import type { Store } from "../store/store.ts";
import { fold, joinAddress, type LocalAndDomain, normaliseDomain, splitAddress } from "./address.ts";
import { BoundedMap } from "./cache.ts";
import { addressChanged, domainChanged, mailboxChanged, mailboxRemoved, userChanged } from "./changes.ts";
import type { Domain, Domains } from "./domains.ts";
import { hasExpired } from "./expiry.ts";
import type { Mailboxes } from "./mailboxes.ts";
import { directorySettings } from "./settings.ts";
import { addresses } from "./tables.ts";
import { temporaryAddress } from "./temporary.ts";
import type { Users } from "./users.ts";
import { isWildcard, Wildcards } from "./wildcards.ts";

/** Where an address leads. */
export type Resolution =
  | {
      readonly kind: "local";
      /** Ids of the mailboxes, at least one but for reports, which the server itself takes. */
      readonly mailboxes: readonly number[];
      /** What the reports that come to this address are about. */
      readonly reports?: ReportKind;
      /** The address at the domain's own name, as it stands in the directory (without detail or date), or as it was matched by a star. */
      readonly address: string;
      /** What stood behind the separator: `shop` of anna+shop@. */
      readonly detail?: string;
      /**
       * `temporary`: an address with the date until which it is good; `administrator`: postmaster or abuse without a mailbox of that
       * address; `reports`: an address for reports; `wildcard`: an address with a star.
       */
      readonly via: "address" | "temporary" | "administrator" | "reports" | "wildcard" | "catchAll";
    }
  | {
      readonly kind: "unknown";
      readonly address: string;
      /** What the domain says about unknown recipients. */
      readonly policy: "refuse" | "bounce";
    }
  | {
      readonly kind: "remote";
      readonly domain: string;
      /** Nobody here has the address, and the domain sends such mail on to its other server: everybody may write there. */
      readonly relayed?: true;
    };

/** What other servers report: whose mail they took for the domain's (DMARC), and whether TLS worked. */
export type ReportKind = "dmarc" | "tls";

type Local = Extract<Resolution, { kind: "local" }>;

/** An address that has ended. Nobody else takes its mail: whoever gave it an end wanted one. */
type Over = "over";

/** An answer and the time until which it holds: addresses may end by themselves. */
interface Kept {
  readonly resolution: Local;
  readonly until: number;
}

const CACHED = 10_000;
/** Whatever anybody may think of is not kept: guessing cannot push out what is in use. */
const KEPT: ReadonlySet<Local["via"]> = new Set(["address", "administrator", "reports"]);
const RESERVED = new Set(["postmaster", "abuse"]);
/** Every domain has these; who gives one to a mailbox gets the reports himself. */
const REPORTS: ReadonlyMap<string, ReportKind> = new Map([
  ["dmarc-reports", "dmarc"],
  ["tls-reports", "tls"],
]);

/** The address to which others report about a domain. */
export function reportAddress(kind: ReportKind, domain: string): string {
  return `${kind}-reports@${domain}`;
}

export class Resolver {
  readonly #wildcards: Wildcards;
  readonly #kept = new BoundedMap<string, Kept>(CACHED);
  readonly #byAddress;
  #administrator: number | undefined;

  constructor(
    private readonly store: Store,
    private readonly domains: Domains,
    private readonly mailboxes: Mailboxes,
    private readonly users: Users,
  ) {
    this.#wildcards = new Wildcards(store);
    this.#byAddress = store.db
      .select({ mailboxId: addresses.mailboxId, localPart: addresses.localPart, expiresAt: addresses.expiresAt })
      .from(addresses)
      .where(
        sql`${eq(addresses.localKey, sql.placeholder("key"))} AND ${eq(addresses.domainId, sql.placeholder("domain"))}`,
      )
      .orderBy(addresses.mailboxId)
      .prepare();
    for (const change of [addressChanged, domainChanged, mailboxChanged, mailboxRemoved, userChanged]) {
      store.changes.on<unknown>(change, () => this.#forget());
    }
    store.settings.onChange(directorySettings, () => this.#forget());
  }

  /**
   * Resolves an address as it stands in RCPT TO or a header, without angle brackets. `postmaster` alone means the first
   * domain's. Text that is no address is unknown.
   */
  resolve(address: string, now = Date.now()): Resolution {
    const fresh = this.store.client.inTransaction;
    const kept = fresh ? undefined : this.#kept.get(address);
    if (kept !== undefined && kept.until > now) return this.#receiving(kept.resolution, address, now);
    const parts = this.#split(address);
    if (parts === undefined) return { kind: "unknown", address, policy: "refuse" };
    const domain = this.domains.byNormalName(parts.domain);
    if (domain === undefined) return { kind: "remote", domain: parts.domain };
    const found = this.#find(parts.local, domain, now);
    if (found === undefined) return unknown(address, domain);
    if (found === "over") return { kind: "unknown", address, policy: "refuse" };
    if (!fresh && KEPT.has(found.resolution.via)) this.#kept.set(address, found);
    return this.#receiving(found.resolution, address, now);
  }

  #split(address: string): LocalAndDomain | undefined {
    if (!address.includes("@") && RESERVED.has(address.toLowerCase())) {
      const domain = this.domains.primary();
      return domain === undefined ? undefined : { local: address.toLowerCase(), domain: domain.name };
    }
    return splitAddress(address);
  }

  #find(local: string, domain: Domain, now: number): Kept | Over | undefined {
    const { base, detail } = this.#apart(local);
    const found =
      this.#lookUp(local, domain, now, undefined) ??
      this.#temporary(local, domain, now) ??
      (detail === undefined ? undefined : this.#lookUp(base, domain, now, detail));
    // RFC 5321 §4.5.1: postmaster reaches somebody whatever became of an address of that name.
    if (found !== undefined && !(found === "over" && RESERVED.has(fold(base)))) return found;
    return (
      this.#reserved(base, domain, detail) ??
      reportsOf(local, domain) ??
      this.#wildcard(local, domain, now) ??
      this.#catchAll(local, domain)
    );
  }

  /** RFC 5233: what stands before the separator, and behind it. */
  #apart(local: string): { base: string; detail?: string } {
    const { subaddressSeparator: separator } = this.store.settings.get(directorySettings);
    const at = separator === "" ? -1 : local.indexOf(separator, 1);
    return at === -1 ? { base: local } : { base: local.slice(0, at), detail: local.slice(at + 1) };
  }

  #temporary(local: string, domain: Domain, now: number): Kept | Over | undefined {
    const temporary = temporaryAddress(local);
    if (temporary === undefined || !this.store.settings.get(directorySettings).temporaryAddresses) return undefined;
    const { base, detail } = this.#apart(temporary.base);
    const found =
      this.#lookUp(temporary.base, domain, now, undefined) ??
      (detail === undefined ? undefined : this.#lookUp(base, domain, now, detail));
    if (found === undefined) return undefined;
    if (found === "over" || temporary.until <= now) return "over";
    return { until: Math.min(found.until, temporary.until), resolution: { ...found.resolution, via: "temporary" } };
  }

  #lookUp(local: string, domain: Domain, now: number, detail: string | undefined): Kept | Over | undefined {
    // A pattern is no address, even where somebody writes it out.
    const rows = isWildcard(local) ? [] : this.#byAddress.all({ key: fold(local), domain: domain.id });
    if (rows.length === 0) return undefined;
    const valid = rows.filter((row) => row.expiresAt === null || row.expiresAt > now);
    const [first] = valid;
    if (first === undefined) return "over";
    const until = Math.min(...valid.map((row) => row.expiresAt ?? Number.POSITIVE_INFINITY));
    const address = joinAddress({ local: first.localPart, domain: domain.name });
    const mailboxes = valid.map((row) => row.mailboxId);
    return {
      until,
      resolution: { kind: "local", mailboxes, address, via: "address", ...(detail === undefined ? {} : { detail }) },
    };
  }

  /** RFC 5321 §4.5.1, RFC 2142: these always reach somebody. */
  #reserved(local: string, domain: Domain, detail: string | undefined): Kept | undefined {
    const name = fold(local);
    if (!RESERVED.has(name)) return undefined;
    const mailbox = this.#administratorMailbox();
    if (mailbox === undefined) return undefined;
    return always({
      kind: "local",
      mailboxes: [mailbox],
      address: `${name}@${domain.name}`,
      via: "administrator",
      ...(detail === undefined ? {} : { detail }),
    });
  }

  #wildcard(local: string, domain: Domain, now: number): Kept | Over | undefined {
    const match = this.#wildcards.match(domain.id, fold(local), now);
    if (match === undefined || match === "over") return match;
    const address = joinAddress({ local, domain: domain.name });
    return always({ kind: "local", mailboxes: match, address, via: "wildcard" });
  }

  #catchAll(local: string, domain: Domain): Kept | undefined {
    if (domain.unknownRecipients !== "mailbox" || domain.catchAllMailbox === null) return undefined;
    const address = joinAddress({ local, domain: domain.name });
    return always({ kind: "local", mailboxes: [domain.catchAllMailbox], address, via: "catchAll" });
  }

  /** The primary mailbox of the first administrator. */
  #administratorMailbox(): number | undefined {
    const fresh = this.store.client.inTransaction;
    if (this.#administrator !== undefined && !fresh) return this.#administrator;
    const mailbox = this.users.administrators().find((user) => user.primaryMailbox !== 0)?.primaryMailbox;
    if (!fresh) this.#administrator = mailbox;
    return mailbox;
  }

  /** Leaves out mailboxes of expired accounts, where these do not receive. */
  #receiving(resolution: Local, address: string, now: number): Resolution {
    if (this.store.settings.get(directorySettings).expiredAccountsReceive) return resolution;
    if (resolution.reports !== undefined) return resolution;
    const mailboxes = resolution.mailboxes.filter((id) => {
      const owner = this.users.byId(this.mailboxes.byId(id)?.ownerId ?? 0);
      return owner !== undefined && !hasExpired(owner, now);
    });
    if (mailboxes.length > 0) return { ...resolution, mailboxes };
    return { kind: "unknown", address, policy: "refuse" };
  }

  #forget(): void {
    this.#kept.clear();
    this.#administrator = undefined;
  }
}

function reportsOf(local: string, domain: Domain): Kept | undefined {
  const name = fold(local);
  const reports = REPORTS.get(name);
  if (reports === undefined) return undefined;
  return always({ kind: "local", mailboxes: [], reports, address: `${name}@${domain.name}`, via: "reports" });
}

function always(resolution: Local): Kept {
  return { resolution, until: Number.POSITIVE_INFINITY };
}

function unknown(address: string, domain: Domain): Resolution {
  if (domain.unknownRecipients === "relay") {
    const said = normaliseDomain(address.slice(address.lastIndexOf("@") + 1)) ?? domain.name;
    return { kind: "remote", domain: said, relayed: true };
  }
  return { kind: "unknown", address, policy: domain.unknownRecipients === "bounce" ? "bounce" : "refuse" };
}
