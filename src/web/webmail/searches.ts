/** Searches in all folders that a user reads: which folders are meant, what was found, and how it looks in the list. */
import type { FoundList, FoundRow } from "../../../views/webmail/found.tsx";
import type { ListRow } from "../../../views/webmail/list-rows.tsx";
import { type Chip, type Marked, type SearchBoxOf, searchHref } from "../../../views/webmail/search.tsx";
import { reader } from "../../../views/words/words.ts";
import type { User } from "../../directory/directory.ts";
import type { SavedSearches } from "../../directory/searches.ts";
import type { Mailstore } from "../../mailstore/mailstore.ts";
import { snippetOf } from "../../mailstore/snippet.ts";
import type { Turns } from "../../turns.ts";
import type { Access, RoledFolder } from "./access.ts";
import { labelsOf } from "./labels.ts";
import { oneLine } from "./names.ts";
import { ANYWHERE, LONGEST_QUERY, parseQuery, queryText, type Token } from "./query.ts";
import { folderHref, folderIcon, folderLabel } from "./rail.ts";
import { Rows } from "./rows.ts";
import { type Found, type Hit, Searching, type Wish } from "./searching.ts";

/** Which part of what is found is wanted. */
export interface SearchWish {
  readonly query: string;
  /** 1 is the newest. */
  readonly page: number;
  /** From where one looked. */
  readonly folder: RoledFolder | undefined;
}

/** A page looks so long, and what it did not reach the next one does. */
const PATIENCE_MS = 3_000;
const MOST_PAGES = 100;
/** Earlier searches that are shown before anything is typed. */
const MOST_EARLIER = 10;
/** Searches that are kept, for turning pages and typing on: this many octets of them, for so long. */
const MOST_KEPT = 2_000_000;
const KEPT_MS = 60_000;
/** Kept searches of which the unread messages are counted, how far, and how long that takes altogether. */
const MOST_COUNTED = 20;
const MOST_UNREAD = 100;
const COUNTING_MS = 300;
/** Characters around what was found. */
const AROUND = 60;
/** What was found has to stand where a line is not yet cut. */
const BEFORE = 16;

/** All folders but trash and junk: what is meant where nothing is named, said in addresses of messages that were found. */
const MAIL = "mail";
const IN_MAIL = `in:${MAIL}`;

/** Whether a search names where to look, and so is none of a single folder. */
export const isWide = (query: string): boolean =>
  query.includes("in:") && parseQuery(query).some(({ condition }) => condition.kind === "in");

/** The search box above a list: `narrow` where only its folder is searched. */
export function boxOf(query: string, folder: RoledFolder | undefined, narrow: boolean): SearchBoxOf {
  const tokens = parseQuery(oneLine(query, LONGEST_QUERY));
  const without = (token: Token) => {
    const left = queryText(tokens.filter((one) => one !== token));
    if (folder === undefined) return searchHref(left);
    if (left === "") return folderHref(folder.id);
    return narrow ? `${folderHref(folder.id)}?${new URLSearchParams({ q: left })}` : searchHref(left, folder.id);
  };
  const chips = tokens.map((token): Chip => ({ text: token.text, href: without(token) }));
  const from = folder && { id: folder.id, label: folderLabel(folder), href: folderHref(folder.id) };
  return { query: oneLine(query, LONGEST_QUERY), chips, folder: from, narrow };
}

export class Searches {
  readonly #kept = new Map<string, Searching>();
  readonly #rows: Rows;
  #sweep: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly parts: {
      readonly mailstore: Mailstore;
      readonly turns: Turns;
      readonly now: () => number;
      readonly saved: Pick<SavedSearches, "kept" | "earlier">;
    },
    private readonly access: Access,
  ) {
    this.#rows = new Rows(parts.mailstore, parts.now);
  }

  /** Reads what was typed, in the reader's time zone. */
  tokens(query: string): Token[] {
    return parseQuery(oneLine(query, LONGEST_QUERY), { now: this.parts.now(), zone: reader().zone });
  }

  /** One page of what is found. */
  async page(user: User, { query: asked, page, folder }: SearchWish, size: number): Promise<FoundList> {
    const tokens = this.tokens(asked).filter(({ text }) => text !== IN_MAIL);
    const query = queryText(tokens);
    const wanted = Math.min(page, MOST_PAGES);
    const { hits, done } = await this.find(user, tokens, { enough: wanted * size + 1, patience: PATIENCE_MS });
    const start = Math.min((wanted - 1) * size, Math.max(0, hits.length - 1));
    const rows = await this.rows(hits.slice(start, start + size), tokens, query);
    const href = (to: number) => searchHref(query, folder?.id, to);
    const kept = this.parts.saved.kept(user.id).find((one) => one.query === queryText(tokens));
    const named = tokens.some(({ condition }) => condition.kind === "in");
    return {
      box: { ...boxOf(query, folder, false), kept: kept?.id },
      href: href(wanted),
      ...{ rows, first: start + 1, count: hits.length, done },
      newer: wanted > 1 ? href(wanted - 1) : undefined,
      older: hits.length > wanted * size ? href(wanted + 1) : undefined,
      earlier: tokens.length === 0 ? this.parts.saved.earlier(user.id, MOST_EARLIER) : [],
      everywhere: tokens.length > 0 && !named ? searchHref(`${query} in:${ANYWHERE}`, folder?.id) : undefined,
    };
  }

  /** Messages in the order of their days, the newest first. Nothing is found where nothing is asked for. */
  async find(user: User, tokens: readonly Token[], wish: Wish): Promise<Found> {
    if (tokens.length === 0) return { hits: [], done: true };
    const folders = this.#folders(user, tokens);
    const byFlags = tokens.some(({ condition: { kind } }) => kind === "is" || kind === "label");
    const state = folders.map(({ id, uidNext, highestModseq }) => `${id}.${byFlags ? highestModseq : uidNext}`);
    const key = `${user.id} ${Bun.hash(state.join(" "))} ${reader().zone ?? ""} ${queryText(tokens)}`;
    const { mailstore, turns } = this.parts;
    const searching = this.#kept.get(key) ?? new Searching(mailstore, turns, folders, tokens);
    const found = await searching.go(wish);
    this.#keep(key, searching);
    return found;
  }

  /** How many unread messages each search finds, up to a hundred; of those that were not reached in time nothing is said. */
  async unread(user: User): Promise<{ id: number; unread: number }[]> {
    const until = performance.now() + COUNTING_MS;
    const counts: { id: number; unread: number }[] = [];
    for (const { id, query } of this.parts.saved.kept(user.id).slice(0, MOST_COUNTED)) {
      const patience = until - performance.now();
      if (patience <= 0) break;
      const tokens = [...this.tokens(query), ...parseQuery("is:unread")];
      const { hits, done } = await this.find(user, tokens, { enough: MOST_UNREAD, patience });
      if (done || hits.length >= MOST_UNREAD) counts.push({ id, unread: hits.length });
    }
    return counts;
  }

  /** Rows of messages; those that went meanwhile are left out. */
  async rows(hits: readonly Hit[], tokens: readonly Token[], query: string): Promise<FoundRow[]> {
    const rows: FoundRow[] = [];
    // Where it is read, the list beside it is this one.
    const wide = tokens.some(({ condition }) => condition.kind === "in") ? query : `${query} ${IN_MAIL}`;
    for (const { folder, uid } of hits) {
      const row = await this.#row(folder, uid, wide);
      if (row === undefined) continue;
      rows.push({
        ...row,
        id: `${folder.id}.${uid}`,
        name: row.subject,
        who: marked(row.who, tokens, "from", "to"),
        subject: marked(row.subject, tokens, "subject"),
        folder: { label: folderLabel(folder), icon: folderIcon(folder) },
        snippet: await this.#snippet(folder, uid, tokens),
        opensCompose: folder.ownDrafts,
      });
      if (this.parts.turns.over) await this.parts.turns.next();
    }
    return rows;
  }

  async #row(folder: RoledFolder, uid: number, query: string): Promise<ListRow | undefined> {
    const view = await this.parts.mailstore.open(folder.id, folder.reader).catch(() => undefined);
    if (view === undefined) return undefined;
    // Each stands alone: it is that message that was looked for.
    const book = this.parts.mailstore.labels.of(folder.mailboxId);
    const labels = (keywords: readonly string[]) => labelsOf(book, keywords);
    const place = { folder, view, together: undefined, wish: { page: 1, query, open: 0 }, labels };
    const row = this.#rows.row(place, uid);
    view.close();
    return row;
  }

  async #snippet(folder: RoledFolder, uid: number, tokens: readonly Token[]): Promise<Marked | undefined> {
    const { mailstore } = this.parts;
    const content = mailstore.contentOf(folder.id, uid);
    if (content === undefined) return undefined;
    for (const needle of needlesFor(tokens, "body", "filename")) {
      const found = await mailstore.index.bodySnippet(content, needle, AROUND, BEFORE).catch(() => undefined);
      if (found !== undefined) return plainly(found);
      if (this.parts.turns.over) await this.parts.turns.next();
    }
    return undefined;
  }

  /** The folders that are meant: those that are named, else all but trash and junk. */
  #folders(user: User, tokens: readonly Token[]): RoledFolder[] {
    const all = this.access.reached(user).flatMap(({ folders }) => folders);
    const roles = new Map(all.map(({ mailboxId, name, role }) => [`${mailboxId} ${name}`, role]));
    const named = tokens.filter(({ condition }) => condition.kind === "in");
    const wanted = named.filter(({ not }) => !not);
    const unwanted = named.filter(({ not }) => not);
    const inAny = (folder: RoledFolder, some: readonly Token[]) =>
      some.some(({ condition }) => condition.kind === "in" && isNamed(folder, condition.folder, roles));
    return all.filter((folder) => {
      if (inAny(folder, unwanted)) return false;
      return wanted.length === 0 ? isNamed(folder, MAIL, roles) : inAny(folder, wanted);
    });
  }

  #keep(key: string, searching: Searching): void {
    this.#kept.delete(key);
    this.#kept.set(key, searching);
    let weight = [...this.#kept.values()].reduce((sum, one) => sum + one.weight, 0);
    for (const [old, one] of this.#kept) {
      if (weight <= MOST_KEPT || old === key) break;
      this.#kept.delete(old);
      weight -= one.weight;
    }
    clearTimeout(this.#sweep);
    this.#sweep = setTimeout(() => this.#kept.clear(), KEPT_MS);
    this.#sweep.unref();
  }
}

/** Whether "in:" names a folder: by its role, its name or a level of it, in the reader's words too; those below it as well. */
function isNamed(folder: RoledFolder, name: string, roles: ReadonlyMap<string, string | undefined>): boolean {
  if (name === ANYWHERE) return true;
  const levels = folder.name.split("/");
  if (name === MAIL) {
    const above = roles.get(`${folder.mailboxId} ${levels[0]}`);
    return ![folder.role, above].some((role) => role === "Trash" || role === "Junk");
  }
  const names = [...levels, folder.name, folder.role, folderLabel(folder)].map((one) => one?.toLowerCase());
  const wanted = name.toLowerCase();
  return names.includes(wanted) || folder.name.toLowerCase().startsWith(`${wanted}/`);
}

function needlesFor(tokens: readonly Token[], ...fields: readonly string[]): string[] {
  return tokens.flatMap(({ condition, not }) => {
    if (not || !("needle" in condition)) return [];
    return condition.kind === "text" || fields.includes(condition.field) ? [condition.needle] : [];
  });
}

/** A short text with the first place of what was looked for. */
function marked(text: string, tokens: readonly Token[], ...fields: readonly string[]): string | Marked {
  for (const needle of needlesFor(tokens, ...fields)) {
    const found = snippetOf(text, needle, text.length);
    if (found !== undefined) return found;
  }
  return text;
}

const plainly = ({ before, match, after }: Marked): Marked => ({
  before: edged(before),
  match: oneLine(match, 200),
  after: edged(after),
});

/** Without what misleads, and with the blanks at its ends, which stand between it and what was found. */
const edged = (text: string): string => {
  const [start = "", end = ""] = [/^\s/.exec(text)?.[0], /\s$/.exec(text)?.[0]];
  return `${start}${oneLine(text, 200)}${end}`;
};
