/** Upstream proxies as they are kept: in order; the first that fits a target is the way there. */
import { asc, eq, max } from "drizzle-orm";
import { validate } from "../directory/validate.ts";
import { Refusal } from "../refusal.ts";
import { placeWithin } from "../store/order.ts";
import type { Store, Tx } from "../store/store.ts";
import { policyChanged } from "./changes.ts";
import { HostSet } from "./hosts.ts";
import { refuseTaken } from "./names.ts";
import { upstreams } from "./tables.ts";
import { type Upstream, type UpstreamInput, type UpstreamValues, upstreamSchema } from "./upstream.ts";
import type { Target } from "./visit.ts";

/** Most upstream proxies there may be. */
const MOST = 100;

interface Ready {
  readonly upstream: UpstreamValues;
  readonly hosts: HostSet | undefined;
}

export class Upstreams {
  #ready: readonly Ready[] | undefined;

  constructor(private readonly store: Store) {
    store.changes.on(policyChanged, ({ what }) => {
      if (what === "upstreams") this.#ready = undefined;
    });
  }

  /** All in order. */
  list(): Upstream[] {
    return this.#rows().map(view);
  }

  /** @throws Refusal "notFound" */
  require(id: number): Upstream {
    return view(
      this.#row(id),
      this.#rows().findIndex((row) => row.id === id),
    );
  }

  /** The proxy by which a target is reached; undefined for the direct way. */
  for({ host, scheme }: Target): UpstreamValues | undefined {
    this.#ready ??= this.#rows()
      .filter(({ upstream }) => upstream.enabled)
      .map(({ upstream }) => ({
        upstream,
        hosts: upstream.hosts.length === 0 ? undefined : new HostSet(upstream.hosts),
      }));
    const found = this.#ready.find(
      ({ upstream, hosts }) =>
        (upstream.schemes.length === 0 || upstream.schemes.includes(scheme)) && hosts?.has(host) !== false,
    );
    return found === undefined || found.upstream.kind === "direct" ? undefined : found.upstream;
  }

  /** Makes one, at a position from 1 or as the last. @throws Refusal "invalid", "exists", "tooMany" */
  createWithin(tx: Tx, input: UpstreamInput, position?: number): Upstream {
    const upstream = validate(upstreamSchema, input);
    refuseTaken("an upstream proxy", upstream.name, this.list());
    if (this.#rows().length >= MOST) throw new Refusal("tooMany", `There are at most ${MOST} upstream proxies.`);
    const last =
      tx.db
        .select({ last: max(upstreams.position) })
        .from(upstreams)
        .get()?.last ?? 0;
    const { id } = tx.db
      .insert(upstreams)
      .values({ position: last + 1, upstream })
      .returning()
      .get();
    if (position !== undefined) this.#place(tx, id, position);
    tx.emit(policyChanged, { what: "upstreams" });
    return this.require(id);
  }

  /** Changes what is given; without a password the old one stays. @throws Refusal "notFound", "exists", "invalid" */
  updateWithin(tx: Tx, id: number, patch: Partial<UpstreamInput>): Upstream {
    const before = this.#row(id).upstream;
    const upstream = validate(upstreamSchema, { ...before, ...patch });
    if (upstream.name !== before.name) refuseTaken("an upstream proxy", upstream.name, this.list(), id);
    tx.db.update(upstreams).set({ upstream }).where(eq(upstreams.id, id)).run();
    tx.emit(policyChanged, { what: "upstreams" });
    return this.require(id);
  }

  /** @throws Refusal "notFound" */
  removeWithin(tx: Tx, id: number): void {
    this.#row(id);
    tx.db.delete(upstreams).where(eq(upstreams.id, id)).run();
    tx.emit(policyChanged, { what: "upstreams" });
  }

  /** Moves one to a position from 1. @throws Refusal "notFound" */
  moveWithin(tx: Tx, id: number, position: number): Upstream {
    this.#row(id);
    this.#place(tx, id, position);
    tx.emit(policyChanged, { what: "upstreams" });
    return this.require(id);
  }

  #place(tx: Tx, id: number, position: number): void {
    placeWithin(
      tx,
      upstreams,
      this.#rows().map((row) => row.id),
      id,
      position,
    );
  }

  #row(id: number) {
    const row = this.store.db.select().from(upstreams).where(eq(upstreams.id, id)).get();
    if (row === undefined) throw new Refusal("notFound", "There is no such upstream proxy.");
    return row;
  }

  #rows() {
    return this.store.db.select().from(upstreams).orderBy(asc(upstreams.position), asc(upstreams.id)).all();
  }
}

function view({ id, upstream: { password, ...upstream } }: typeof upstreams.$inferSelect, at: number): Upstream {
  return { ...upstream, id, position: at + 1, hasPassword: password !== "" };
}
