/**
 * The certificates of this server: its own authority and what that made, and what an administrator brought. Gives
 * every TLS handshake its certificate, and takes changes without a restart. The appliance makes one; listeners take
 * `contextFor`, the web server `serving`, the pages the rest.
 *
 * RFC 6066 §3 (server name), RFC 9525 (names in certificates).
 */
import { X509Certificate } from "node:crypto";
import { domainToASCII } from "node:url";
import { eq } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import { Refusal } from "../refusal.ts";
import { formatAddress, parseAddress } from "./access.ts";
import { issue, type KeyedCertificate, makeRoot, RENEW_BEFORE } from "./authority.ts";
import { type CertificateFacts, factsOf, readCertificateFiles } from "./certificate-files.ts";
import { certificates as table } from "./tables.ts";
import { type ContextFor, type TlsContext, tlsContext } from "./tls.ts";

/** What the certificates need of the store. */
export interface CertificateStore {
  readonly db: Database;
  commit<T>(work: (tx: { readonly db: Database }) => T): Promise<T>;
  commitNow<T>(work: (tx: { readonly db: Database }) => T): T;
}
type Database = Pick<BunSQLiteDatabase<Record<string, never>>, "select" | "insert" | "delete">;

/** One certificate, in plain values. */
export interface Certificate extends CertificateFacts {
  readonly id: string;
  /** Made by this server's own authority. */
  readonly own: boolean;
  /** The one for clients that name no server, or one that no certificate is for. */
  readonly standard: boolean;
  /** The names with which clients ask and get this one; never addresses (RFC 6066 §3). */
  readonly servedFor: readonly string[];
  /** Some clients get it. */
  readonly inUse: boolean;
}

/** A certificate with its key, as a web server takes it. */
export interface ServingCertificate {
  readonly names: readonly string[];
  /** Leaf first. */
  readonly chainPem: string;
  readonly keyPem: string;
}

/** The own authority's root, to be installed on devices. */
export interface Root {
  readonly pem: string;
  readonly der: Uint8Array<ArrayBuffer>;
  /** SHA-256 in hexadecimal pairs. */
  readonly fingerprint: string;
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
}

/** What the certificates are made with. */
export interface CertificateOptions {
  /** Names and addresses of this machine, for the certificate of the first start. */
  readonly names: () => readonly string[];
  /** Milliseconds since the epoch; the clock where left out. */
  readonly now?: () => number;
}

interface Held extends KeyedCertificate {
  readonly id: number;
  readonly own: boolean;
  readonly facts: CertificateFacts;
}

/** What handshakes choose from: made anew with every change. */
interface Choice {
  /** In the order of preference; the first is the default. */
  readonly held: readonly Held[];
  readonly byName: ReadonlyMap<string, Held>;
  readonly contexts: Map<Held, TlsContext>;
}

const NAMES_LIMIT = 100;
const HOST_NAME = /^(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

export class Certificates {
  readonly #store: CertificateStore;
  readonly #names: () => readonly string[];
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  #choice: Choice | undefined;
  #root: KeyedCertificate | undefined;

  constructor(store: CertificateStore, options: CertificateOptions) {
    this.#store = store;
    this.#names = options.names;
    this.#now = options.now ?? Date.now;
  }

  /** The certificate for a server name; for listeners. */
  readonly contextFor: ContextFor = (serverName) => {
    const choice = this.#current();
    const held = find(choice, serverName);
    let context = choice.contexts.get(held);
    if (!context) {
      context = tlsContext({ cert: held.chain, key: held.key });
      choice.contexts.set(held, context);
    }
    return context;
  };

  /** What is served now; the first is for clients that name no server. */
  serving(): readonly ServingCertificate[] {
    return this.#current().held.map(({ facts, chain, key }) => ({ names: facts.names, chainPem: chain, keyPem: key }));
  }

  /** Calls back after what is served has changed; returns what ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** All certificates, the standard one first. */
  list(): readonly Certificate[] {
    const { held, byName } = this.#current();
    return held.map((each, index) => {
      const { id, own, facts } = each;
      const standard = index === 0;
      const servedFor = facts.names.filter((name) => byName.get(name) === each && parseAddress(name) === undefined);
      return { ...facts, id: `${id}`, own, standard, servedFor, inUse: standard || servedFor.length > 0 };
    });
  }

  /** The own authority's root. */
  root(): Root {
    const { chain } = this.#authority();
    const certificate = new X509Certificate(chain);
    return {
      pem: chain,
      der: new Uint8Array(certificate.raw),
      fingerprint: certificate.fingerprint256,
      notAfter: Date.parse(certificate.validTo),
    };
  }

  /**
   * Makes a certificate for these names under the own authority; it takes the place of the one before.
   * @throws Refusal "invalid" for what is neither a host name nor an address
   */
  async issue(names: readonly string[]): Promise<void> {
    const made = issue(this.#authority(), checkNames(names), this.#now());
    await this.#store.commit(({ db }) => this.#putOwn(db, made));
    this.reload();
  }

  /**
   * Takes a certificate with its chain and key, PEM. It is preferred to the own one.
   * @throws Refusal "invalid" with what is wrong
   */
  async upload(chainPem: string, keyPem: string): Promise<void> {
    const { chain, key } = readCertificateFiles(chainPem, keyPem, this.#now());
    await this.#store.commit(({ db }) => insert(db, { kind: "uploaded", chain, key, createdAt: this.#now() }));
    this.reload();
  }

  /** Forgets an uploaded certificate. @throws Refusal "notFound"; "inUse" for the own one */
  async remove(id: string): Promise<void> {
    const held = this.#current().held.find((each) => `${each.id}` === id);
    if (!held) throw new Refusal("notFound", "There is no such certificate.");
    if (held.own) throw new Refusal("inUse", "The server's own certificate stays; make a new one instead.");
    await this.#store.commit(({ db }) => db.delete(table).where(eq(table.id, held.id)).run());
    this.reload();
  }

  /**
   * Makes the own certificate anew where it is due, and stops preferring one that has expired; to be called once a
   * day. True if anything changed.
   */
  async renew(): Promise<boolean> {
    const { held } = this.#current();
    const own = held.find((each) => each.own);
    if (own && own.facts.notAfter - this.#now() <= RENEW_BEFORE) await this.issue(own.facts.names);
    else if (held.length > 1 && (held[0] as Held).facts.notAfter <= this.#now()) this.reload();
    else return false;
    return true;
  }

  /** Reads the certificates again, after another process has changed them. Open connections keep theirs. */
  reload(): void {
    this.#choice = undefined;
    this.#root = undefined;
    for (const listener of this.#listeners) listener();
  }

  #current(): Choice {
    this.#choice ??= this.#load();
    return this.#choice;
  }

  #load(): Choice {
    const rows = this.#store.db.select().from(table).all();
    const held = rows
      .filter(({ kind }) => kind !== "authority")
      .map(({ id, kind, chain, key }) => ({ id, own: kind === "own", chain, key, facts: factsOf(chain) }));
    if (!held.some(({ own }) => own)) {
      const made = issue(this.#authority(), this.#firstNames(), this.#now());
      this.#store.commitNow(({ db }) => this.#putOwn(db, made));
      return this.#load();
    }
    const now = this.#now();
    const expired = (each: Held) => each.facts.notAfter <= now;
    // What still holds before what has expired, what was brought before what was made here, the newest first.
    held.sort((a, b) => Number(expired(a)) - Number(expired(b)) || Number(a.own) - Number(b.own) || b.id - a.id);
    const byName = new Map<string, Held>();
    for (const each of held) for (const name of each.facts.names) if (!byName.has(name)) byName.set(name, each);
    return { held, byName, contexts: new Map() };
  }

  /** What this machine calls itself may be anything; it must not keep the server from starting. */
  #firstNames(): string[] {
    const usable = this.#names().flatMap((name) => certifiable(name) ?? []);
    return [...new Set([...usable, "localhost"])].slice(0, NAMES_LIMIT);
  }

  #putOwn(db: Database, { chain, key }: KeyedCertificate): void {
    db.delete(table).where(eq(table.kind, "own")).run();
    insert(db, { kind: "own", chain, key, createdAt: this.#now() });
  }

  /** The own authority, made when it is first needed. */
  #authority(): KeyedCertificate {
    this.#root ??= this.#store.db.select().from(table).where(eq(table.kind, "authority")).get();
    if (!this.#root) {
      const made = makeRoot(this.#names()[0] ?? "this server", this.#now());
      this.#store.commitNow(({ db }) => insert(db, { kind: "authority", ...made, createdAt: this.#now() }));
      this.#root = made;
    }
    return this.#root;
  }
}

function insert(db: Database, row: typeof table.$inferInsert): void {
  db.insert(table).values(row).run();
}

/** The certificate for a name, by the name itself or a wildcard for its parent (RFC 9525 §6.3); else the default. */
function find(choice: Choice, serverName: string | undefined): Held {
  const wildcard = serverName?.replace(/^[^.]+/, "*");
  const named = serverName && (choice.byName.get(serverName) ?? choice.byName.get(wildcard ?? ""));
  return named || (choice.held[0] as Held);
}

/** A host name in ASCII or an address in canonical form; undefined for what is neither. */
function certifiable(name: string): string | undefined {
  const address = parseAddress(name);
  if (address) return formatAddress(address);
  const ascii = name.startsWith("*.") ? `*.${domainToASCII(name.slice(2))}` : domainToASCII(name);
  return ascii.length <= 253 && HOST_NAME.test(ascii) ? ascii : undefined;
}

function checkNames(names: readonly string[]): string[] {
  const checked = names.map((name) => {
    const usable = certifiable(name);
    if (usable === undefined) throw new Refusal("invalid", `“${name}” is neither a host name nor an address.`);
    return usable;
  });
  if (checked.length === 0) throw new Refusal("invalid", "A certificate needs at least one name.");
  if (checked.length > NAMES_LIMIT)
    throw new Refusal("invalid", `A certificate can have ${NAMES_LIMIT} names at most.`);
  return [...new Set(checked)];
}
