/**
 * Runs a search program over messages of a view. Keys narrow ascending lists of UIDs, cheap keys first: what the view holds, then
 * what is kept of headers (read a column at a time), then texts, for which the index names candidates and only those are read.
 * All of it works in slices of the event loop. It needs no session: a view, and whoever knows what the program's sets mean.
 */
import type { FlagSet } from "../../mailstore/flags.ts";
import { fuzzyScore, piecesOf, wordsOf } from "../../mailstore/fuzzy.ts";
import { LINK } from "../../mailstore/head.ts";
import type { SearchField } from "../../mailstore/heads.ts";
import type { Mailstore } from "../../mailstore/mailstore.ts";
import { contentOf, threadIdOf } from "../../mailstore/object-ids.ts";
import { inSpans, type Span } from "../../mailstore/order.ts";
import type { Candidates } from "../../mailstore/search.ts";
import type { View } from "../../mailstore/view.ts";
import { casemap } from "../../mime/casemap.ts";
import { Header } from "../../mime/header.ts";
import { decodeOctetWords } from "../../mime/words.ts";
import { Refusal } from "../../refusal.ts";
import type { Store } from "../../store/store.ts";
import { systemBit } from "./flags.ts";
import type { SearchKey } from "./search-program.ts";
import { mergeAscending, type SequenceSet, selectAscending } from "./sequence.ts";

const DAY_MS = 86_400_000;
/** Octets of a header that a search reads. */
const LONGEST_HEADER = 262_144;
/** Messages looked at between two looks at the clock. */
const STRIDE = 512;

/** What a search runs on. */
export interface SearchGround {
  readonly store: Store;
  readonly mailstore: Mailstore;
  readonly view: View;
  /** The messages to look through, ascending. */
  readonly uids: Uint32Array;
  /** The messages that a set in the program names. */
  readonly resolve: (set: SequenceSet, byUid: boolean) => Uint32Array;
  /** Whether a message is recent for whoever asks. */
  readonly isRecent: (uid: number) => boolean;
  /** Told now and then how far a long search has come. */
  readonly progress?: (done: number, total: number) => Promise<void>;
}

/** What was found. */
export interface Found {
  /** Ascending. */
  readonly uids: Uint32Array;
  /** How well each fits, from 1 to 100, where keys were fuzzy (RFC 6203 §4). */
  scoreOf(uid: number): number;
}

/** Whether a message is a match; `index` is its place in the view. */
type Test = (index: number) => boolean;

/** The messages that the key holds for. */
export async function runSearch(key: SearchKey, ground: SearchGround): Promise<Found> {
  const search = new Search(ground);
  return { uids: await search.among(key, ground.uids), scoreOf: (uid) => search.scoreOf(uid) };
}

/** How much work a key is, for doing the cheap ones first. */
function costOf(key: SearchKey): number {
  switch (key.key) {
    case "all":
    case "numbers":
    case "uids":
      return 0;
    case "and":
    case "or":
      return Math.max(...key.of.map(costOf)) + 1;
    case "not":
      return costOf(key.of);
    case "date":
      return key.of === "internal" ? 1 : 20;
    case "threadId":
      return 20;
    case "header":
      return key.fuzzy ? 150 : keptField(key.field) ? 30 : 100;
    case "body":
    case "text":
      return 200;
    default:
      return 1;
  }
}

function keptField(field: string): SearchField | undefined {
  return field === "subject" || field === "from" || field === "to" || field === "cc" || field === "bcc"
    ? field
    : undefined;
}

class Search {
  readonly #scores = new Map<number, { sum: number; keys: number }>();
  /** Set while a test reads messages: then every message is worth a look at the clock. */
  #dear = false;
  readonly #view: View;

  constructor(private readonly ground: SearchGround) {
    this.#view = ground.view;
  }

  scoreOf(uid: number): number {
    const score = this.#scores.get(uid);
    return score === undefined ? 1 : Math.max(1, Math.round(score.sum / score.keys));
  }

  /** Those of ascending `uids` that the key holds for. */
  async among(key: SearchKey, uids: Uint32Array): Promise<Uint32Array> {
    switch (key.key) {
      case "all":
        return uids;
      case "numbers":
      case "uids":
        return selectAscending(uids, this.ground.resolve(key.set, key.key === "uids"), true);
      case "and": {
        let left = uids;
        for (const each of [...key.of].sort((a, b) => costOf(a) - costOf(b))) left = await this.among(each, left);
        return left;
      }
      case "or": {
        const [cheap, dear] = [...key.of].sort((a, b) => costOf(a) - costOf(b)) as [SearchKey, SearchKey];
        const first = await this.among(cheap, uids);
        return mergeAscending(first, await this.among(dear, selectAscending(uids, first, false)));
      }
      case "not":
        return selectAscending(uids, await this.among(key.of, uids), false);
      case "header": {
        const field = keptField(key.field);
        if (field !== undefined && !key.fuzzy) return await this.#inField(uids, field, casemap(key.text));
        return await this.#filter(uids, this.#test(key));
      }
      case "date":
        if (key.of !== "internal") return await this.#onDay(uids, key);
        return await this.#filter(uids, this.#test(key));
      default:
        return await this.#filter(uids, this.#test(key));
    }
  }

  /** Messages that go while the search waits for its turn are no matches. */
  async #filter(uids: Uint32Array, test: Test): Promise<Uint32Array> {
    const { turns } = this.ground.store;
    const { progress } = this.ground;
    const view = this.#view;
    const matches = new Uint32Array(uids.length);
    let used = 0;
    let index = view.lowerBound(uids[0] ?? 0);
    for (let i = 0; i < uids.length; i++) {
      const uid = uids[i] as number;
      if (view.uidAt(index) !== uid) index = view.lowerBound(uid);
      if (view.uidAt(index) === uid && this.#holds(test, index)) matches[used++] = uid;
      index++;
      if ((i % STRIDE === 0 || this.#dear) && turns.over) {
        if (this.#dear) await progress?.(i, uids.length);
        await turns.next();
        index = view.lowerBound(uid + 1);
      }
    }
    return matches.subarray(0, used);
  }

  /** What was removed for good while the search ran is no match. */
  #holds(test: Test, index: number): boolean {
    if (!this.#dear) return test(index);
    try {
      return test(index);
    } catch (thrown) {
      if (thrown instanceof Refusal && thrown.kind === "notFound") return false;
      throw thrown;
    }
  }

  /** Chooses by something that is read for many messages at once. */
  async #choose(uids: Uint32Array, choose: (span: Span, chosen: (at: number) => void) => void): Promise<Uint32Array> {
    const matches = new Uint32Array(uids.length);
    let used = 0;
    await inSpans(this.ground.store, this.#view, uids, (span) =>
      choose(span, (at) => {
        matches[used++] = uids[at] as number;
      }),
    );
    return matches.subarray(0, used);
  }

  /** The text of a field that is kept; an empty needle asks whether there is one. */
  async #inField(uids: Uint32Array, field: SearchField, text: string): Promise<Uint32Array> {
    const { heads } = this.ground.mailstore;
    const needle = Buffer.from(text);
    return await this.#choose(uids, (span, chosen) => {
      if (!span.dense) {
        for (const { at, index } of span.messages()) {
          const there = index < 0 ? "" : heads.fieldText(field, this.#view.contentAt(index));
          if (there !== "" && there.includes(text)) chosen(at);
        }
        return;
      }
      const texts = heads.fieldTexts(field, this.#view, span.from, span.to);
      const octets = Buffer.from(texts.octets.buffer, texts.octets.byteOffset, texts.octets.length);
      let hit = text === "" ? 0 : octets.indexOf(needle);
      for (const { at, index } of span.messages()) {
        if (index < 0) continue;
        const n = index - span.from;
        const start = n === 0 ? 0 : (texts.ends[n - 1] as number) + 1;
        const end = texts.ends[n] as number;
        if (text === "") {
          if (end > start) chosen(at);
          continue;
        }
        if (hit >= 0 && hit < start) hit = octets.indexOf(needle, start);
        if (hit < 0) break;
        if (hit < end) chosen(at);
      }
    });
  }

  /** The Date field's own day in the zone that it names, or the day on which a message came here, in UTC. */
  async #onDay(uids: Uint32Array, key: SearchKey & { key: "date" }): Promise<Uint32Array> {
    const { heads } = this.ground.mailstore;
    return await this.#choose(uids, (span, chosen) => {
      const saved = key.of === "saved" ? this.#savedDays(span) : undefined;
      const dates = !saved && span.dense ? heads.dates(this.#view, span.from, span.to) : undefined;
      for (const { at, index } of span.messages()) {
        if (index < 0) continue;
        const day = saved
          ? saved.get(this.#view.uidAt(index))
          : dates
            ? dates[(index - span.from) * 2 + 1]
            : heads.linksOf(this.#view.contentAt(index))[LINK.sentDay];
        if (day !== undefined && compareDay(day, key.is, key.day)) chosen(at);
      }
    });
  }

  #savedDays({ from, to }: Span): Map<number, number> {
    const view = this.#view;
    const days = new Map<number, number>();
    if (to <= from) return days;
    const dates = this.ground.mailstore.savedDates(view.folderId, view.uidAt(from), view.uidAt(to - 1));
    for (const [uid, date] of dates) days.set(uid, Math.floor(date / DAY_MS));
    return days;
  }

  #test(key: SearchKey): Test {
    const { isRecent } = this.ground;
    const view = this.#view;
    this.#dear = costOf(key) >= 50;
    switch (key.key) {
      case "recent":
        return (index) => isRecent(view.uidAt(index));
      case "old":
        return (index) => !isRecent(view.uidAt(index));
      case "new":
        return (index) => isRecent(view.uidAt(index)) && (view.systemAt(index) & systemBit("\\Seen")) === 0;
      case "flag":
        return this.#flagTest(key.flag, key.set);
      case "size":
        return key.is === "larger" ? (i) => view.sizeAt(i) > key.octets : (i) => view.sizeAt(i) < key.octets;
      case "modseq":
        return (index) => view.modseqAt(index) >= key.from;
      case "date":
        return this.#internalTest(key.is, key.day);
      case "within": {
        const then = Date.now() - key.seconds * 1_000;
        return key.is === "older" ? (i) => view.internalDateAt(i) <= then : (i) => view.internalDateAt(i) >= then;
      }
      case "emailId": {
        const content = contentOf(this.ground.store, key.id);
        return (index) => view.contentAt(index) === content;
      }
      case "threadId":
        return (index) => threadIdOf(this.ground.store, this.ground.mailstore.heads, view.contentAt(index)) === key.id;
      case "header":
      case "body":
      case "text":
        return key.fuzzy ? this.#fuzzyTest(key) : this.#textTest(key);
      default:
        throw new Error(`the search key ${key.key} is no test`);
    }
  }

  #flagTest(flag: string, set: boolean): Test {
    const view = this.#view;
    const bit = systemBit(flag);
    if (bit !== 0) return (index) => ((view.systemAt(index) & bit) !== 0) === set;
    const keyword = flag.toLowerCase();
    const known = new Map<FlagSet, boolean>();
    return (index) => {
      const flags = view.flagsAt(index);
      let has = known.get(flags);
      if (has === undefined) {
        has = flags.keywords.some((each) => each.toLowerCase() === keyword);
        known.set(flags, has);
      }
      return has === set;
    };
  }

  /** Time and zone are disregarded (RFC 9051 §6.4.4); internal dates are told in UTC, so they are compared in UTC. */
  #internalTest(is: "before" | "on" | "since", day: number): Test {
    const view = this.#view;
    return (index) => compareDay(Math.floor(view.internalDateAt(index) / DAY_MS), is, day);
  }

  /** Looks for a text only in the contents that the index leaves. */
  #textTest(key: SearchKey & { key: "header" | "body" | "text" }): Test {
    const { index } = this.ground.mailstore;
    const view = this.#view;
    const needle = casemap(key.text);
    const candidates = [index.candidates(key.text)];
    // A field's name stands in the index too.
    if (key.key === "header") candidates.push(index.candidates(`${key.field}:`));
    return (at) => {
      const content = view.contentAt(at);
      if (!candidates.every((each) => each.has(content))) return false;
      if (key.key === "header") return this.#fields(content, key.field).some((text) => text.includes(needle));
      return (key.key === "text" ? index.text(content) : index.body(content)).includes(needle);
    };
  }

  /** The fields of a name, mapped for the comparator. */
  #fields(content: number, name: string): string[] {
    const { bodyStart } = this.ground.mailstore.structure(content).root;
    const octets = this.ground.store.content.read(content, 0, Math.min(bodyStart, LONGEST_HEADER));
    return new Header(octets).rawAll(name).map((raw) => casemap(decodeOctetWords(raw)));
  }

  #fuzzyTest(key: SearchKey & { key: "header" | "body" | "text" }): Test {
    const { index, heads } = this.ground.mailstore;
    const view = this.#view;
    const words = wordsOf(key.text);
    const field = key.key === "header" ? keptField(key.field) : undefined;
    const candidates = field ? [] : words.map((word) => anyOf(piecesOf(word).map((piece) => index.candidates(piece))));
    return (at) => {
      const content = view.contentAt(at);
      if (!candidates.every((each) => each.has(content))) return false;
      const text =
        key.key === "header"
          ? field
            ? heads.fieldText(field, content)
            : this.#fields(content, key.field).join("\n")
          : key.key === "text"
            ? index.text(content)
            : index.body(content);
      const score = key.key === "header" && text === "" ? 0 : fuzzyScore(text, words);
      if (score > 0) this.#score(view.uidAt(at), score);
      return score > 0;
    };
  }

  #score(uid: number, score: number): void {
    const { sum, keys } = this.#scores.get(uid) ?? { sum: 0, keys: 0 };
    this.#scores.set(uid, { sum: sum + score, keys: keys + 1 });
  }
}

function anyOf(candidates: readonly Candidates[]): Candidates {
  return { has: (content) => candidates.some((each) => each.has(content)) };
}

function compareDay(day: number, is: "before" | "on" | "since", wanted: number): boolean {
  if (is === "before") return day < wanted;
  return is === "on" ? day === wanted : day >= wanted;
}
