/**
 * Text search: substring, as IMAP says (RFC 9051 §6.4.4). A trigram index over headers, bodies and attachment names narrows;
 * reading the candidates decides. The index is filled in the background, and what it does not hold yet is read.
 */
import { SQLiteError, type Statement } from "bun:sqlite";
import { casemap } from "../mime/casemap.ts";
import type { Structure } from "../mime/mime.ts";
import { headerText, textOf } from "../mime/text.ts";
import type { Store, Tx } from "../store/store.ts";
import type { Turns } from "../turns.ts";
import type { Previews } from "./previews.ts";
import type { Snippet } from "./snippet.ts";
import type { Summaries } from "./summaries.ts";

/** Characters of a message's text that are indexed; a longer one is always read. People's searches read no further either. */
export const LONGEST_INDEXED = 500_000;
/** Characters that are read where all of a message counts (RFC 9051 §6.4.4). */
const LONGEST_READ = LONGEST_INDEXED * 8;
/** How long one slice of indexing may read, in milliseconds; to write what came of it takes as long again. */
const SLICE_MS = 3;
/** How long it then stays away: little when it is quiet, long while mail is coming in, which goes first. */
const QUIET_PAUSE_MS = 2;
const BUSY_PAUSE_MS = 400;
/** Mail is coming in while the last message is no older than this, in milliseconds. */
const BUSY_MS = 250;
/** Contents indexed in one commit: that writes them all at its end, whatever the time. */
const BATCH = 8;
/** The same for heads alone, which are quicker. */
const HEADS_BATCH = 64;
/** Candidates that are named in one turn, and altogether: what so many messages have narrows little. */
const NAMED_AT_ONCE = 2_000;
const MOST_NAMED = 60_000;
/** Candidates that are named at first, and how many times as many then: who types sees a few lines, and most find them among the newest. */
const NAMED_FIRST = 500;
const MORE_EACH_TIME = 8;
/** Pages of the index that are merged in one commit. Left to itself FTS5 merges thousands at once, now and then. */
const MERGE_PAGES = 48;
/** Pieces of one size from which FTS5 would merge them whatever it takes; slices see to it that they never get so many. */
const MOST_PIECES = 1_000;
/** How long indexing stays away after it failed, for want of room as a rule, in milliseconds. */
const AFTER_FAULT_MS = 60_000;

/** Contents that may contain a text. */
export interface Candidates {
  has(content: number): boolean;
}

const EVERYTHING: Candidates = { has: () => true };

/** Where candidates come from. */
interface NamingSource {
  /** The newest contents below one, each in a row, so many at most; undefined where nothing narrows. */
  readonly find: ((below: number, most: number) => [number][]) | undefined;
  readonly unindexed: readonly [number][];
  /** Contents up to this are not in the index as it is asked. */
  readonly unfilledTo: number;
  readonly turns: Turns;
}

/** Candidates that are named from the newest on, as far as somebody looks. Where a great many are, the old ones are not told apart. */
export class Naming implements Candidates {
  readonly #found: Set<number>;
  #below: number;
  #open: number;
  #stage = NAMED_FIRST;

  constructor(private readonly source: NamingSource) {
    this.#found = new Set(source.unindexed.map(([content]) => content));
    this.#below = source.find === undefined ? 0 : Number.MAX_SAFE_INTEGER;
    this.#open = source.find === undefined ? Number.MAX_SAFE_INTEGER : source.unfilledTo;
  }

  /** Contents from this on are named, the others not yet; 0 when all are. */
  get below(): number {
    return this.#below;
  }

  /** Contents that are remembered. */
  get size(): number {
    return this.#found.size;
  }

  /** Whether a content that is not below `below` is a candidate. */
  has(content: number): boolean {
    return content <= this.#open || this.#found.has(content);
  }

  /** Names some more, in turns of the event loop. */
  async further(): Promise<void> {
    const { find, turns } = this.source;
    const most = this.#stage;
    this.#stage *= MORE_EACH_TIME;
    for (let named = 0; find !== undefined && named < most && this.#below > 0; ) {
      const wanted = Math.min(most - named, NAMED_AT_ONCE);
      const rows = find(this.#below, wanted);
      for (const [content] of rows) this.#found.add(content);
      named += rows.length;
      this.#below = rows.length < wanted ? 0 : (rows.at(-1)?.[0] ?? 0);
      if (this.#found.size >= MOST_NAMED && this.#below > 0) {
        this.#open = Math.max(this.#open, this.#below - 1);
        this.#below = 0;
      }
      if (turns.over) await turns.next();
    }
  }
}

export class SearchIndex {
  readonly #wait: Statement;
  readonly #next: Statement;
  readonly #done: Statement;
  readonly #oversize: Statement;
  readonly #insert: Statement;
  readonly #match: Statement;
  readonly #newest: Statement;
  readonly #unindexed: Statement;
  readonly #merge: Statement;
  readonly #total: Statement;
  readonly #forget: Statement;
  #merges = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #working = false;
  #lastAdded = 0;
  #stopped = false;

  constructor(
    private readonly store: Store,
    private readonly summaries: Summaries,
    private readonly previews: Previews,
  ) {
    const prepare = (sql: string) => store.client.prepare(sql);
    this.#wait = prepare("INSERT OR IGNORE INTO unindexed (content, oversize) VALUES (?, 0)");
    this.#next = prepare("SELECT content FROM unindexed WHERE oversize = 0 ORDER BY content LIMIT ?");
    this.#done = prepare("DELETE FROM unindexed WHERE content = ?");
    this.#oversize = prepare("UPDATE unindexed SET oversize = 1 WHERE content = ?");
    this.#insert = prepare("INSERT INTO search (rowid, text) VALUES (?, ?)");
    this.#match = prepare("SELECT rowid FROM search WHERE search MATCH ?");
    this.#newest = prepare("SELECT rowid FROM search WHERE search MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?");
    this.#unindexed = prepare("SELECT content FROM unindexed");
    this.#merge = prepare("INSERT INTO search (search, rank) VALUES ('merge', ?)");
    this.#total = prepare("SELECT total_changes()");
    this.#forget = prepare("DELETE FROM search WHERE rowid = ?");
    store.content.onFree((_tx, content) => {
      if (this.#done.run(content).changes === 0) this.#forget.run(content);
    });
  }

  /** Notes a new content; it is indexed when there is time. */
  add(_tx: Tx, content: number): void {
    this.#wait.run(content);
    this.#lastAdded = performance.now();
    this.#schedule();
  }

  /** Begins to index what is waiting from an earlier run. */
  start(): void {
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Contents among which all that contain `needle` are. */
  candidates(needle: string): Candidates {
    const query = trigramQuery(casemap(needle));
    if (query === undefined) return EVERYTHING;
    const found = new Set<number>();
    for (const row of this.#match.values(query)) found.add(row[0] as number);
    for (const row of this.#unindexed.values()) found.add(row[0] as number);
    const { unfilledTo } = this.summaries.heads;
    return unfilledTo === 0 ? found : { has: (content) => content <= unfilledTo || found.has(content) };
  }

  /** Contents among which all are that contain every one of these texts, from the newest on as far as they are asked for. */
  newest(needles: readonly string[]): Naming {
    const queries = needles.flatMap((needle) => trigramQuery(casemap(needle)) ?? []);
    const query = queries.join(" AND ");
    return new Naming({
      find: query === "" ? undefined : (below, most) => this.#newest.values(query, below, most) as [number][],
      unindexed: query === "" ? [] : (this.#unindexed.values() as [number][]),
      unfilledTo: this.summaries.heads.unfilledTo,
      turns: this.store.turns,
    });
  }

  /** All text of a message as it is searched: decoded header, bodies, attachment names; case folded. @param limit characters of bodies */
  text(content: number, limit = LONGEST_READ): string {
    const structure = this.summaries.structure(content);
    return casemap(`${this.#header(content, structure)}\n${this.#body(content, structure, limit)}`);
  }

  /** The text of the bodies alone, case folded. @param limit characters */
  body(content: number, limit = LONGEST_READ): string {
    return casemap(this.#body(content, this.summaries.structure(content), limit));
  }

  /**
   * Where a text stands in a message's bodies and names of attachments, or else in its header, with what stands around it.
   * @param around characters before and after, at most
   */
  async snippet(content: number, needle: string, around?: number): Promise<Snippet | undefined> {
    const found = await this.bodySnippet(content, needle, around);
    if (found !== undefined) return found;
    const { snippetOf } = await import("./snippet.ts");
    return snippetOf(this.#header(content, this.summaries.structure(content)), needle, around);
  }

  /** The same in bodies and names of attachments alone; with fewer characters before than after where that is said. */
  async bodySnippet(content: number, needle: string, around?: number, before?: number): Promise<Snippet | undefined> {
    const { snippetOf } = await import("./snippet.ts");
    return snippetOf(this.#body(content, this.summaries.structure(content), LONGEST_INDEXED), needle, around, before);
  }

  /** Indexes what is waiting, in slices, until nothing is. For tests and for the command line. */
  async catchUp(): Promise<void> {
    while (!this.#stopped && (await this.#slice())) {}
  }

  #header(content: number, structure: Structure): string {
    const end = Math.min(structure.root.bodyStart, LONGEST_INDEXED);
    return headerText(this.store.content.read(content, structure.root.headerStart, end));
  }

  #body(content: number, structure: Structure, limit: number): string {
    return textOf(structure, (start, end) => this.store.content.read(content, start, end), limit);
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#stopped || this.#working) return;
    const busy = performance.now() - this.#lastAdded < BUSY_MS;
    this.#workIn(busy ? BUSY_PAUSE_MS : QUIET_PAUSE_MS);
  }

  #workIn(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#working = true;
      this.#slice()
        .then((more) => {
          this.#working = false;
          if (more) this.#schedule();
        })
        .catch((fault: unknown) => {
          this.#working = false;
          if (this.#stopped) return;
          this.store.events.fault("mailstore", "index messages", fault);
          this.#workIn(AFTER_FAULT_MS);
        });
    }, ms);
    this.#timer.unref();
  }

  /** One commit's worth of indexing; true if there may be more. */
  async #slice(): Promise<boolean> {
    if (await this.#fillHeads()) return true;
    return await this.store.commit((tx) => {
      this.#takeOverMerging();
      const waiting = this.#next.values(BATCH);
      const until = performance.now() + SLICE_MS;
      let indexed = 0;
      for (const row of waiting) {
        this.#tryIndex(tx, row[0] as number);
        indexed++;
        if (performance.now() > until) break;
      }
      return this.#mergeSome() || indexed < waiting.length || waiting.length === BATCH;
    });
  }

  /**
   * Contents from before heads were kept get theirs; and since their texts were indexed in another form then, they are
   * indexed anew. True if there may be more.
   */
  async #fillHeads(): Promise<boolean> {
    const { heads } = this.summaries;
    if (heads.unfilledTo === 0) return false;
    const reached = await this.store.commit((tx) => {
      const until = performance.now() + SLICE_MS;
      let last: number | undefined;
      for (const content of heads.waiting(HEADS_BATCH)) {
        heads.fill(tx, content);
        this.#wait.run(content);
        this.#forget.run(content);
        last = content;
        if (performance.now() > until) break;
      }
      return last;
    });
    if (reached !== undefined) heads.filled(reached);
    return reached !== undefined;
  }

  /** https://www.sqlite.org/fts5.html §6.9; kept in the file, so it is done once. */
  #takeOverMerging(): void {
    if (this.#merges) return;
    this.#merges = true;
    const { client } = this.store;
    const automatic = client.query("SELECT 1 FROM search_config WHERE k = 'automerge' AND v = 0").get();
    if (automatic !== null) return;
    client.run("INSERT INTO search (search, rank) VALUES ('automerge', 0)");
    client.run("INSERT INTO search (search, rank) VALUES ('crisismerge', ?)", [MOST_PIECES]);
  }

  /** Merges a little of what was indexed; true if there was something to merge. */
  #mergeSome(): boolean {
    const before = this.#changes();
    this.#merge.run(MERGE_PAGES);
    // FTS5 itself writes one row when there is nothing to do.
    return this.#changes() - before > 1;
  }

  #changes(): number {
    return Number(this.#total.values()[0]?.[0]);
  }

  /** A message that cannot be indexed is read instead; it does not keep others from their turn. */
  #tryIndex(tx: Tx, content: number): void {
    try {
      this.#index(tx, content);
    } catch (fault) {
      if (fault instanceof SQLiteError) throw fault;
      this.store.events.fault("mailstore", `index content ${content}`, fault);
      this.#oversize.run(content);
    }
  }

  #index(tx: Tx, content: number): void {
    const structure = this.summaries.structure(content);
    this.previews.put(tx, content, structure);
    const body = this.#body(content, structure, LONGEST_INDEXED + 1);
    if (body.length > LONGEST_INDEXED) {
      this.#oversize.run(content);
      return;
    }
    const text = casemap(`${this.#header(content, structure)}\n${body}`);
    // FTS5 reads a text up to its first NUL.
    this.#insert.run(content, text.includes("\0") ? text.replaceAll("\0", " ") : text);
    this.#done.run(content);
  }
}

/** The trigrams of a needle, all of which a match must have; undefined where it is too short to have one. */
export function trigramQuery(needle: string): string | undefined {
  const characters = [...needle];
  if (characters.length < 3) return undefined;
  const trigrams = new Set<string>();
  for (let at = 0; at + 3 <= characters.length; at++) trigrams.add(characters.slice(at, at + 3).join(""));
  // More than this narrow no further.
  return [...trigrams]
    .slice(0, 32)
    .map((trigram) => `"${trigram.replaceAll('"', '""')}"`)
    .join(" AND ");
}
