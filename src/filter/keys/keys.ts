/**
 * The keys with which the mail of local domains is signed: an RSA key for everybody, an Ed25519 key for those who know it (RFC 8463).
 * They are made by themselves. A new key signs once its record was seen in the DNS; the one before it then stops, its private part is
 * deleted, and its record is kept until the mail it signed has arrived everywhere. Looked after by the appliance once an hour; shown and
 * changed by the administration; used by transport through `Signing`.
 *
 * RFC 6376 §3.6 (records), RFC 5863 (replacing keys), RFC 8301 §3.2 (RSA keys of 2,048 bits).
 */
import { createPrivateKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { and, asc, eq, notInArray } from "drizzle-orm";
import { DnsError, type Resolver } from "../../net/dns.ts";
import { Refusal } from "../../refusal.ts";
import { topic } from "../../store/changes.ts";
import type { Store, Tx } from "../../store/store.ts";
import { signingSettings } from "./settings.ts";
import { dkimKeys, type KeyAlgorithm } from "./tables.ts";

/** A local domain, as far as keys are concerned. */
export interface SigningDomain {
  readonly id: number;
  /** Lower-case A-labels, as all names here. */
  readonly name: string;
  readonly aliases: readonly string[];
}

/** Who knows the local domains. */
export interface SigningDomains {
  list(): readonly SigningDomain[];
  byNormalName(name: string): SigningDomain | undefined;
}

export type DkimKey = Omit<typeof dkimKeys.$inferSelect, "privateKey">;

/** A key that signs for a domain now. */
export interface ActiveKey {
  readonly id: number;
  readonly selector: string;
  readonly algorithm: KeyAlgorithm;
  readonly key: KeyObject;
}

/** Keys of a domain came, went, or changed. */
export const keysChanged = topic<{ readonly domainId: number }>("filter.keys");

const RSA_BITS = 2_048;
const DAY_MS = 86_400_000;
const ED25519_OCTETS = 32;
const generate = promisify(generateKeyPair);

export interface DkimKeysOptions {
  readonly store: Store;
  readonly domains: SigningDomains;
  readonly resolver: Pick<Resolver, "txt">;
  /** The clock, milliseconds since the epoch. */
  readonly now?: () => number;
}

export class DkimKeys {
  readonly #store: Store;
  readonly #domains: SigningDomains;
  readonly #resolver: Pick<Resolver, "txt">;
  readonly #now: () => number;
  readonly #active = new Map<string, readonly ActiveKey[]>();

  constructor({ store, domains, resolver, now = Date.now }: DkimKeysOptions) {
    this.#store = store;
    this.#domains = domains;
    this.#resolver = resolver;
    this.#now = now;
    store.changes.on(keysChanged, () => this.#active.clear());
  }

  /** The keys of a domain, those that sign first. */
  list(domainId: number): DkimKey[] {
    const order = { signing: 0, new: 1, retired: 2 } as const;
    return this.#store.db
      .select()
      .from(dkimKeys)
      .where(eq(dkimKeys.domainId, domainId))
      .orderBy(asc(dkimKeys.id))
      .all()
      .map(({ privateKey: _, ...key }) => key)
      .sort((one, other) => order[one.state] - order[other.state]);
  }

  /** The keys that sign mail of this name (lower-case A-labels); none where it is not local, or has no key in the DNS yet. */
  active(name: string): readonly ActiveKey[] {
    const domain = this.#domains.byNormalName(name);
    if (domain === undefined || !this.#store.settings.get(signingSettings).enabled) return [];
    const cacheKey = `${domain.id} ${name}`;
    let keys = this.#active.get(cacheKey);
    if (keys === undefined) {
      keys = this.#read(domain.id, name);
      this.#active.set(cacheKey, keys);
    }
    return keys;
  }

  #read(domainId: number, name: string): ActiveKey[] {
    const rows = this.#store.db
      .select()
      .from(dkimKeys)
      .where(and(eq(dkimKeys.domainId, domainId), eq(dkimKeys.state, "signing")))
      .orderBy(asc(dkimKeys.id))
      .all();
    return rows
      .filter(({ published }) => published.includes(name))
      .map(({ id, selector, algorithm, privateKey }) => {
        const der = Buffer.from(privateKey, "base64");
        return { id, selector, algorithm, key: createPrivateKey({ key: der, format: "der", type: "pkcs8" }) };
      });
  }

  /** When the record of a retired key may be removed from the DNS. */
  removableAt({ retiredAt }: Pick<DkimKey, "retiredAt">): number | undefined {
    if (retiredAt === null) return undefined;
    return retiredAt + this.#store.settings.get(signingSettings).keepDays * DAY_MS;
  }

  /**
   * Makes a new pair of keys for a domain. They wait for their records; new ones that nobody used yet are forgotten.
   * @param also done in the same commit
   */
  async make({ id }: SigningDomain, also?: (tx: Tx) => void): Promise<void> {
    const [rsa, ed25519] = await Promise.all([generate("rsa", { modulusLength: RSA_BITS }), generate("ed25519")]);
    const pairs: [KeyAlgorithm, { privateKey: KeyObject; publicKey: KeyObject }][] = [
      ["rsa-sha256", rsa],
      ["ed25519-sha256", ed25519],
    ];
    await this.#store.commit((tx) => {
      // Somebody may have published the record of one that is forgotten: its name is not used again.
      const taken = new Set(this.list(id).map(({ selector }) => selector));
      tx.db
        .delete(dkimKeys)
        .where(and(eq(dkimKeys.domainId, id), eq(dkimKeys.state, "new")))
        .run();
      for (const [algorithm, pair] of pairs) {
        const selector = freeSelector(this.#now(), algorithm, taken);
        const secret = pair.privateKey.export({ type: "pkcs8", format: "der" }).toString("base64");
        tx.db
          .insert(dkimKeys)
          .values({
            ...{
              domainId: id,
              selector,
              algorithm,
              privateKey: secret,
              publicKey: publicText(algorithm, pair.publicKey),
            },
            ...{ state: "new", published: [], createdAt: this.#now() },
          })
          .run();
      }
      also?.(tx);
      tx.emit(keysChanged, { domainId: id });
    });
  }

  /** Asks the DNS for the records of a domain's keys, and lets new ones sign whose records are there. */
  async check(domain: SigningDomain): Promise<void> {
    for (const key of this.list(domain.id)) {
      const names = [domain.name, ...domain.aliases];
      const looked = await Promise.all(names.map((name) => this.#look(key, name)));
      const published = names.filter((_, at) => looked[at] === "");
      // Where the DNS does not answer, what was seen before still counts.
      const kept = key.published.filter((name) => looked[names.indexOf(name)] === UNKNOWN);
      const found = [...new Set([...published, ...kept])];
      await this.#store.commit((tx) => this.#note(tx, domain, key, found, looked[0] ?? ""));
      this.#tell(domain, key, looked[0] ?? "");
    }
  }

  /** Logs what somebody should hear of, once: that a record vanished, or may go. */
  #tell({ id, name }: SigningDomain, key: DkimKey, problem: string): void {
    const record = recordName(key.selector, name);
    const log = (event: string, level: "info" | "warn", text: string) =>
      this.#store.events.log({
        room: "filter",
        name: event,
        level,
        text,
        data: { domain: name, selector: key.selector },
      });
    const after = this.list(id).find((one) => one.id === key.id);
    if (key.state === "new" && after?.state === "signing")
      log("dkim.signing", "info", `Mail of ${name} is signed with ${key.selector} now.`);
    const isNew = problem !== "" && problem !== UNKNOWN && key.problem !== problem;
    if (key.state === "signing" && isNew)
      log("dkim.record", "warn", `${record}: ${problem} Signatures of ${name} cannot be verified.`);
    const removable = this.removableAt(key);
    if (removable === undefined || after === undefined || removable > this.#now() || (key.checkedAt ?? 0) >= removable)
      return;
    log(
      "dkim.removable",
      "info",
      `The key ${key.selector} was replaced long enough ago: remove ${record} from the DNS.`,
    );
  }

  /** Lets a key sign although its record was not seen, for those whose DNS this server cannot ask. @throws Refusal "notFound" */
  useWithin(tx: Tx, domain: SigningDomain, selector: string): DkimKey {
    const key = this.#require(domain, selector);
    if (key.state === "retired") throw new Refusal("invalid", "This key was replaced, and cannot sign any more.");
    this.#begin(tx, domain, key, [...new Set([domain.name, ...key.published])]);
    return key;
  }

  /** Forgets a key. @throws Refusal "notFound" */
  removeWithin(tx: Tx, domain: SigningDomain, selector: string): DkimKey {
    const key = this.#require(domain, selector);
    tx.db.delete(dkimKeys).where(eq(dkimKeys.id, key.id)).run();
    tx.emit(keysChanged, { domainId: domain.id });
    return key;
  }

  /** The hourly round: keys for new domains, records that appeared or vanished, keys that are old. */
  async keepHouse(): Promise<void> {
    if (!this.#store.settings.get(signingSettings).enabled) return;
    const domains = this.#domains.list();
    await this.#forgetOthers(domains.map(({ id }) => id));
    for (const domain of domains) {
      if (this.#isDue(this.list(domain.id))) await this.make(domain);
      await this.check(domain);
    }
  }

  #isDue(keys: readonly DkimKey[]): boolean {
    const { rotateDays } = this.#store.settings.get(signingSettings);
    if (keys.every(({ state }) => state === "retired")) return true;
    if (rotateDays === 0 || keys.some(({ state }) => state === "new")) return false;
    const before = this.#now() - rotateDays * DAY_MS;
    return keys.some(({ state, createdAt }) => state === "signing" && createdAt < before);
  }

  async #forgetOthers(ids: readonly number[]): Promise<void> {
    const gone = notInArray(dkimKeys.domainId, [...ids]);
    const [first] = this.#store.db.select({ id: dkimKeys.id }).from(dkimKeys).where(gone).limit(1).all();
    if (first === undefined) return;
    await this.#store.commit((tx) => {
      tx.db.delete(dkimKeys).where(gone).run();
      tx.emit(keysChanged, { domainId: 0 });
    });
  }

  /** What is wrong with a key's record at a name, in plain words; "" where it is right. */
  async #look({ selector, publicKey }: DkimKey, name: string): Promise<string> {
    let records: string[];
    try {
      records = await this.#resolver.txt(recordName(selector, name));
    } catch (error) {
      if (!(error instanceof DnsError && error.kind === "notFound")) return UNKNOWN;
      records = [];
    }
    if (records.length === 0) return "The record is not in the DNS yet.";
    if (records.length > 1) return "There are several records of this name; there must be one.";
    const found = /(?:^|;)\s*p\s*=([^;]*)/.exec(records[0] ?? "")?.[1]?.replace(/\s/g, "");
    return found === publicKey ? "" : "The record in the DNS has another key in it.";
  }

  #note(tx: Tx, domain: SigningDomain, key: DkimKey, published: readonly string[], problem: string): void {
    const at = this.#now();
    const isGone = key.state === "retired" && published.length === 0 && problem !== UNKNOWN;
    if (isGone && at >= (this.removableAt(key) ?? at)) {
      tx.db.delete(dkimKeys).where(eq(dkimKeys.id, key.id)).run();
      tx.emit(keysChanged, { domainId: domain.id });
      return;
    }
    // A key that vanished from the DNS goes on signing: an outage of the DNS must not stop it, and the page tells.
    const names = key.state === "signing" ? [...new Set([...key.published, ...published])] : published;
    tx.db.update(dkimKeys).set({ checkedAt: at, problem, published: names }).where(eq(dkimKeys.id, key.id)).run();
    if (key.state === "new" && published.includes(domain.name)) this.#begin(tx, domain, key, published);
    else tx.emit(keysChanged, { domainId: domain.id });
  }

  /** Lets a key sign, in place of those before it. */
  #begin(tx: Tx, domain: SigningDomain, key: DkimKey, published: readonly string[]): void {
    const at = this.#now();
    const others = this.list(domain.id).filter(
      ({ id, algorithm, state }) => id !== key.id && algorithm === key.algorithm && state === "signing",
    );
    for (const { id } of others) {
      tx.db.update(dkimKeys).set({ state: "retired", retiredAt: at, privateKey: "" }).where(eq(dkimKeys.id, id)).run();
    }
    const change = { state: "signing", usedAt: key.usedAt ?? at, published } as const;
    tx.db.update(dkimKeys).set(change).where(eq(dkimKeys.id, key.id)).run();
    tx.emit(keysChanged, { domainId: domain.id });
  }

  #require({ id, name }: SigningDomain, selector: string): DkimKey {
    const key = this.list(id).find((one) => one.selector === selector);
    if (key === undefined) throw new Refusal("notFound", `${name} has no key "${selector.slice(0, 100)}".`);
    return key;
  }
}

const UNKNOWN = "The DNS could not be asked now.";

/** Where a key is published (RFC 6376 §3.6.2.1). */
export function recordName(selector: string, domain: string): string {
  return `${selector}._domainkey.${domain}`;
}

/** What is published there (RFC 6376 §3.6.1). */
export function recordText({ algorithm, publicKey }: Pick<DkimKey, "algorithm" | "publicKey">): string {
  return `v=DKIM1; k=${algorithm === "rsa-sha256" ? "rsa" : "ed25519"}; p=${publicKey}`;
}

/** The day and the kind: whoever looks at the DNS sees how old a key is. */
function freeSelector(now: number, algorithm: KeyAlgorithm, taken: Set<string>): string {
  const day = new Date(now).toISOString().slice(0, 10).replaceAll("-", "");
  const stem = `gp${day}${algorithm === "rsa-sha256" ? "r" : "e"}`;
  let selector = stem;
  for (let more = 2; taken.has(selector); more++) selector = `${stem}${more}`;
  taken.add(selector);
  return selector;
}

/** RSA as SubjectPublicKeyInfo, Ed25519 as its octets alone (RFC 8463 §4.2). */
function publicText(algorithm: KeyAlgorithm, key: KeyObject): string {
  const der = key.export({ type: "spki", format: "der" });
  return (algorithm === "rsa-sha256" ? der : der.subarray(-ED25519_OCTETS)).toString("base64");
}
