/**
 * The cache of the web proxy: what is public and asked for again is not fetched again. A shared cache for GET over http (https goes
 * through a tunnel, which nobody looks into). The proxy's forwarder calls it through `Cache`; the administration purges it and shows
 * its figures.
 *
 * RFC 9111 (HTTP Caching) for a shared cache, RFC 9110 §13 and §14 for conditions and ranges answered from what is stored,
 * RFC 5861 (stale-while-revalidate, stale-if-error), RFC 9211 (Cache-Status).
 *
 * What holds here:
 * - Where the RFC leaves a choice, nothing is shared: no response with Set-Cookie, none whose Cache-Control cannot be read, none to a
 *   request with fields that the origin might have used without saying so (storable.ts).
 * - Partial responses are not stored (RFC 9111 §3.3 leaves that open): the parts of large files that programs fetch seldom meet, and
 *   joining those of two versions is a fault nobody sees. Ranges of what is stored whole are answered.
 * - A Cache-Control: no-cache of a client fetches anew instead of asking with validators, so that people can mend what is wrong here.
 * - Nobody is given a response that another request is still fetching: it is waited for, a little, and looked for again.
 */
import type { CacheOffice, CacheStatistics } from "../../../administration/parts.ts";
import { BoundedMap } from "../../../directory/cache.ts";
import type { Cache, Lookup, Miss, ProxiedRequest, ProxiedResponse, Stale, Writer } from "../exchange.ts";
import { answer, answerWhole, Heads, wantsWhole } from "./answer.ts";
import { type Body, MemoryBody } from "./body.ts";
import { type Directives, requestDirectives } from "./directives.ts";
import { type Entry, entryOf, refreshed } from "./entry.ts";
import { type Flight, Flights } from "./flights.ts";
import { ageOf, useOf } from "./freshness.ts";
import { agreesWithHead, relatedUrls, siteOf } from "./invalidation.ts";
import { Held, Recording } from "./recording.ts";
import { type CacheSettings, MEBIBYTE } from "./settings.ts";
import { type Found, Shelves } from "./shelves.ts";
import { StoredStale } from "./stale.ts";
import { type CacheStatus, type Forwarded, formatStatus } from "./status.ts";
import { asksCache, mayStoreFor, mayStoreResponse, mayStoreTogether, replacesStored } from "./storable.ts";
import { type HostTally, Tally } from "./tally.ts";

export { cacheSettings } from "./settings.ts";

/** Invalidations that are remembered for responses still on their way. */
const MOST_INVALIDATED = 4_096;

/** What the cache needs. */
export interface CacheOptions {
  /** A folder of its own; whatever is in it may be deleted at any time. */
  readonly folder: string;
  settings(): CacheSettings;
  fault(text: string, error: unknown): void;
  /** Milliseconds since the epoch; the system's clock where it is not given. */
  readonly now?: () => number;
}

const BYPASS: CacheStatus = { fwd: "bypass" };

/** What was asked, worked out once. */
interface Asked {
  readonly request: ProxiedRequest;
  readonly directives: Directives;
  /** It has waited for another request already. */
  readonly waited: boolean;
}

export class ResponseCache implements Cache, CacheOffice {
  readonly #shelves: Shelves;
  readonly #flights = new Flights();
  readonly #leading = new WeakMap<ProxiedRequest, Flight>();
  readonly #recordings = new Map<string, Set<Recording>>();
  readonly #held = new Held();
  readonly #heads = new Heads();
  /** File work of recordings. */
  readonly #working = new Set<Promise<void>>();
  readonly #tally = new Tally();
  /** URLs, and when they were made invalid: a response to an older request is not stored any more. */
  readonly #invalidated = new BoundedMap<string, number>(MOST_INVALIDATED);
  #purgedAt = 0;
  readonly #now: () => number;

  constructor(private readonly options: CacheOptions) {
    this.#now = options.now ?? Date.now;
    this.#shelves = new Shelves({ ...options, settings: () => options.settings(), now: this.#now });
  }

  // What the forwarder asks

  lookup(request: ProxiedRequest): Lookup | Promise<Lookup> {
    const directives = requestDirectives(request.fields);
    if (!this.options.settings().enabled) {
      if (this.#shelves.memory.size > 0) this.#shelves.memory.clear();
      return missing(directives, BYPASS);
    }
    if (!asksCache(request) || directives.has("no-store")) return missing(directives, BYPASS);
    this.#tally.asked(request.target.host);
    if (directives.has("no-cache")) return missing(directives, { fwd: "request" });
    return this.#look({ request, directives, waited: false });
  }

  #look(asked: Asked): Lookup | Promise<Lookup> {
    const { url } = asked.request.target;
    const found = this.#shelves.find(url, asked.request.fields);
    if (found === undefined) return this.#without(asked, this.#shelves.knows(url) ? "vary-miss" : "uri-miss");
    if (found.at === "memory") return this.#with(asked, found, new MemoryBody(found.kept.octets));
    return this.#shelves.open(found.filed).then((opened) => {
      return opened === undefined ? this.#without(asked, "miss") : this.#with(asked, opened.found, opened.body);
    });
  }

  /** Nothing is stored that fits. */
  #without(asked: Asked, fwd: Forwarded): Lookup | Promise<Lookup> {
    if (asked.directives.has("only-if-cached")) return { kind: "unavailable" };
    return this.#wait(asked) ?? missing(asked.directives, { fwd, collapsed: asked.waited }, this.#leadWithout(asked));
  }

  /** Something is stored that fits. */
  #with(asked: Asked, found: Found, body: Body): Lookup | Promise<Lookup> {
    const { request, directives } = asked;
    const entry = entryAt(found);
    // RFC 9111 §3.5 is about storing; what an origin shows to everybody is not taken for its word to somebody it knows, either.
    if (request.fields.has("authorization") && !entry.freshness.forAuthorized) {
      body.release();
      return missing(directives, BYPASS);
    }
    const now = this.#now();
    const use = useOf(entry.freshness, ageOf(entry, now), directives);
    if (use !== "validate") {
      this.#shelves.use(found);
      this.#tally.hit(entry.host, body.length);
      const cached =
        !asked.waited && wantsWhole(request)
          ? answerWhole(body, this.#heads.of(entry, now))
          : answer({ entry, body }, request, now, { hit: true, collapsed: asked.waited });
      const background = use === "stale-while-revalidate" ? this.#background(asked, found) : undefined;
      return { kind: "hit", cached, ...(background !== undefined && { background }) };
    }
    if (directives.has("only-if-cached")) {
      body.release();
      return { kind: "unavailable" };
    }
    const waiting = this.#wait(asked);
    if (waiting !== undefined) {
      body.release();
      return waiting;
    }
    return this.#stale(asked, found, { body, flight: this.#lead(asked) });
  }

  #stale(asked: Asked, found: Found, { body, flight }: { body: Body | undefined; flight: Flight | undefined }): Stale {
    const { request, directives } = asked;
    const entry = entryAt(found);
    return new StoredStale({
      entry,
      body,
      request,
      directives,
      now: this.#now,
      disconnectedMs: this.options.settings().disconnected * 86_400_000,
      update: (newer) => this.#shelves.update(found, newer),
      remove: () => this.#shelves.remove(found),
      validated: () => {
        this.#shelves.use(found);
        this.#tally.validated(entry.host, body?.length ?? 0);
      },
      released: () => flight?.end(),
    });
  }

  /** RFC 5861 §3: one request asks the origin beside, the others that come meanwhile do not. */
  #background(asked: Asked, found: Found): Stale | undefined {
    const flight = this.#lead({ ...asked, waited: false });
    return flight === undefined ? undefined : this.#stale(asked, found, { body: undefined, flight });
  }

  /** Waits for another request for the same, and looks again. */
  #wait(asked: Asked): Promise<Lookup> | undefined {
    const ms = this.options.settings().wait * 1_000;
    if (asked.waited || ms === 0 || !collapsible(asked)) return undefined;
    const waiting = this.#flights.wait(asked.request.target.url, ms, this.#now);
    return waiting?.then(() => this.#look({ ...asked, waited: true }));
  }

  /** The answer to a condition of the client's could be one that nobody else can use. */
  #leadWithout(asked: Asked): Flight | undefined {
    const { fields } = asked.request;
    return fields.has("if-none-match") || fields.has("if-modified-since") ? undefined : this.#lead(asked);
  }

  /** Lets others wait for this request. */
  #lead(asked: Asked): Flight | undefined {
    if (asked.waited || !collapsible(asked)) return undefined;
    const flight = this.#flights.begin(asked.request.target.url, this.#now());
    if (flight !== undefined) this.#leading.set(asked.request, flight);
    return flight;
  }

  store(request: ProxiedRequest, response: ProxiedResponse, expected: number | undefined): Writer | undefined {
    if (!this.options.settings().enabled) return undefined;
    if (request.method === "HEAD") this.#head(request, response);
    if (request.method !== "GET") return undefined;
    const flight = this.#leading.get(request);
    if (!this.#mayStore(request, response, expected)) {
      flight?.end();
      // What may be stored for nobody is not worth waiting for, and shows that what is stored is not what the origin has any more. What
      // only this request keeps from being stored says nothing to others.
      const forNobody = replacesStored(response.status) && !mayStoreResponse(response);
      if (forNobody && asksCache(request) && mayStoreTogether(request, response)) {
        this.#flights.inVain(request.target.url, this.#now());
        this.#forget(request);
      }
      return undefined;
    }
    return this.#record(request, entryOf(request, response, this.#now()), { expected, flight });
  }

  #mayStore(request: ProxiedRequest, response: ProxiedResponse, expected: number | undefined): boolean {
    const { url } = request.target;
    if (!asksCache(request) || !mayStoreFor(request) || !mayStoreResponse(response)) return false;
    if (!mayStoreTogether(request, response) || this.#held.tooMuch) return false;
    if (request.at <= Math.max(this.#invalidated.get(url) ?? 0, this.#purgedAt)) return false;
    return (expected ?? 0) <= this.#largest;
  }

  get #largest(): number {
    return this.options.settings().largest * MEBIBYTE;
  }

  #record(
    request: ProxiedRequest,
    entry: Entry,
    { expected, flight }: { expected: number | undefined; flight: Flight | undefined },
  ): Writer {
    const { small, disk } = this.#shelves;
    // Nobody waits for what takes long.
    if ((expected ?? 0) > small) flight?.end();
    const recording: Recording = new Recording({
      expected,
      small,
      largest: disk === undefined ? small : this.#largest,
      disk,
      held: this.#held,
      keep: (octets) => this.#shelves.keep(entry, octets),
      file: (draft, whole) => this.#shelves.file(draft, entry, whole, () => this.#isOn(request, recording)),
      working: (work) => {
        this.#working.add(work);
        void work.finally(() => this.#working.delete(work));
      },
      ended: () => {
        this.#recordings.get(entry.url)?.delete(recording);
        if (this.#recordings.get(entry.url)?.size === 0) this.#recordings.delete(entry.url);
        flight?.end();
      },
    });
    const others = this.#recordings.get(entry.url) ?? new Set();
    this.#recordings.set(entry.url, others.add(recording));
    return recording;
  }

  /** Whether what is being recorded was not made invalid meanwhile. */
  #isOn({ target }: ProxiedRequest, recording: Recording): boolean {
    return this.#recordings.get(target.url)?.has(recording) === true;
  }

  /** RFC 9111 §4.3.5: the response to HEAD is the head of what is stored, or shows that this is out of date. */
  #head(request: ProxiedRequest, response: ProxiedResponse): void {
    if (response.status !== 200 || !asksCache(request) || !mayStoreTogether(request, response)) return;
    if (requestDirectives(request.fields).has("no-store")) return;
    const found = this.#shelves.find(request.target.url, request.fields);
    if (found === undefined) return;
    const length = found.at === "memory" ? found.kept.octets.length : found.filed.expected.length;
    if (!mayStoreResponse(response) || !agreesWithHead(entryAt(found), length, response)) this.#shelves.remove(found);
    else
      this.#shelves.update(
        found,
        refreshed(entryAt(found), response, { requestedAt: request.at, receivedAt: this.#now() }),
      );
  }

  #forget(request: ProxiedRequest): void {
    const found = this.#shelves.find(request.target.url, request.fields);
    if (found !== undefined) this.#shelves.remove(found);
  }

  /** RFC 9111 §4.4: the target, and what the response names of the same origin. */
  invalidate(request: ProxiedRequest, response: ProxiedResponse): void {
    for (const url of relatedUrls(request, response)) this.#removeUrl(url);
  }

  #removeUrl(url: string): number {
    this.#invalidated.set(url, this.#now());
    this.#giveUp(url);
    return this.#shelves.removeUrl(url);
  }

  /** Nothing that is being recorded of a URL is stored, not even what is whole and on its way into its place. */
  #giveUp(url: string): void {
    const recordings = this.#recordings.get(url);
    this.#recordings.delete(url);
    for (const recording of recordings ?? []) recording.abort();
  }

  // What the administration asks

  /** Removes what is kept of one URL (with every variant), of a host, or everything; answers how many responses that were. */
  async purge(what: Parameters<CacheOffice["purge"]>[0]): Promise<number> {
    if (what !== "all" && "url" in what) return this.#removeUrl(siteOf(what.url));
    this.#purgedAt = this.#now();
    for (const url of [...this.#recordings.keys()]) this.#giveUp(url);
    return what === "all" ? await this.#shelves.removeAll() : await this.#shelves.removeHost(what.host.toLowerCase());
  }

  statistics(): CacheStatistics {
    const { memory, disk } = this.#shelves;
    let inMemoryAlone = 0;
    for (const kept of memory) if (kept.filed === undefined) inMemoryAlone++;
    return {
      entries: inMemoryAlone + (disk?.entries ?? 0),
      memoryOctets: memory.octets,
      diskOctets: disk?.octets ?? 0,
      ...this.#tally.all,
    };
  }

  /** The hosts that were asked for most since the start, with what is kept of each. */
  hosts(most: number): HostTally[] {
    return this.#tally.hosts(this.#shelves, most);
  }

  /** Takes away what no longer fits, after settings were changed. */
  trim(): Promise<void> {
    return this.#shelves.trim();
  }

  /** Waits for file work that was begun. */
  async settled(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working);
    await this.#shelves.settled();
  }

  /** Gives up what is still coming, and writes what is in memory to the disk. */
  async close(): Promise<void> {
    for (const recordings of [...this.#recordings.values()]) {
      for (const recording of recordings) if (!recording.whole) recording.abort();
    }
    await this.settled();
    await this.#shelves.close();
  }
}

function entryAt(found: Found): Entry {
  return found.at === "memory" ? found.kept.entry : found.filed.entry;
}

/** Whether another request's response could be this one's, too. */
function collapsible({ request, directives }: Asked): boolean {
  const { fields } = request;
  if (fields.has("range") || fields.has("authorization") || fields.has("cookie")) return false;
  return mayStoreFor(request, directives);
}

function missing(
  directives: Directives,
  status: CacheStatus,
  flight?: Flight,
): Miss | { readonly kind: "unavailable" } {
  return directives.has("only-if-cached") ? { kind: "unavailable" } : new Missed(status, flight);
}

class Missed implements Miss {
  readonly kind = "miss";

  constructor(
    private readonly why: CacheStatus,
    private readonly flight: Flight | undefined,
  ) {}

  status(_response: ProxiedResponse, stored: boolean): string {
    return formatStatus(stored ? { ...this.why, stored } : this.why);
  }

  release(): void {
    this.flight?.end();
  }
}
