/**
 * Runs a search program over a selected folder. Keys narrow ascending lists of UIDs, cheap keys first; what needs the text
 * of messages asks the index for candidates and reads only those. All of it works in slices of the event loop.
 */
import type { FlagSet } from "../../mailstore/flags.ts";
import type { Mailstore } from "../../mailstore/mailstore.ts";
import { casemap } from "../../mime/casemap.ts";
import { parseDate } from "../../mime/dates.ts";
import { Header } from "../../mime/header.ts";
import { textOfOctets } from "../../mime/octets.ts";
import { decodeOctetWords } from "../../mime/words.ts";
import type { Store } from "../../store/store.ts";
import { systemBit } from "./flags.ts";
import type { SearchKey } from "./search-program.ts";
import { mergeAscending, type SequenceSet, selectAscending } from "./sequence.ts";
import type { Selected } from "./sync.ts";

const DAY_MS = 86_400_000;
/** Octets of a header that a search reads. */
const LONGEST_HEADER = 262_144;
/** Messages looked at between two looks at the clock. */
const STRIDE = 512;

/** What a search runs on. */
export interface SearchGround {
  readonly store: Store;
  readonly mailstore: Mailstore;
  readonly selected: Selected;
  /** The messages that a set in the program names. */
  readonly resolve: (set: SequenceSet, byUid: boolean) => Uint32Array;
}

/** Whether a message is a match; `index` is its place in the view. */
type Test = (index: number) => boolean;

/** The UIDs of the messages that the key holds for, ascending. */
export async function runSearch(key: SearchKey, ground: SearchGround): Promise<Uint32Array> {
  return await new Search(ground).among(key, ground.selected.all());
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
      return key.of === "sent" ? 50 : 1;
    case "header":
      return 100;
    case "body":
    case "text":
      return 200;
    default:
      return 1;
  }
}

class Search {
  constructor(private readonly ground: SearchGround) {}

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
      default:
        return await this.#filter(uids, this.#test(key));
    }
  }

  /** Messages that go while the search waits for its turn are no matches. */
  async #filter(uids: Uint32Array, test: Test): Promise<Uint32Array> {
    const { turns } = this.ground.store;
    const { view } = this.ground.selected;
    const matches = new Uint32Array(uids.length);
    let used = 0;
    let index = view.lowerBound(uids[0] ?? 0);
    for (let i = 0; i < uids.length; i++) {
      const uid = uids[i] as number;
      if (view.uidAt(index) !== uid) index = view.lowerBound(uid);
      if (view.uidAt(index) === uid && test(index)) matches[used++] = uid;
      index++;
      if ((i % STRIDE === 0 || this.#dear) && turns.over) {
        await turns.next();
        index = view.lowerBound(uid + 1);
      }
    }
    return matches.subarray(0, used);
  }

  /** Set while a test reads messages: then every message is worth a look at the clock. */
  #dear = false;

  #test(key: SearchKey): Test {
    const { selected } = this.ground;
    const { view } = selected;
    this.#dear = costOf(key) >= 50;
    switch (key.key) {
      case "recent":
        return (index) => selected.isRecent(view.uidAt(index));
      case "old":
        return (index) => !selected.isRecent(view.uidAt(index));
      case "new":
        return (index) => selected.isRecent(view.uidAt(index)) && (view.systemAt(index) & systemBit("\\Seen")) === 0;
      case "flag":
        return this.#flagTest(key.flag, key.set);
      case "size":
        return key.is === "larger" ? (i) => view.sizeAt(i) > key.octets : (i) => view.sizeAt(i) < key.octets;
      case "modseq":
        return (index) => view.modseqAt(index) >= key.from;
      case "date":
        return key.of === "sent" ? this.#sentTest(key.is, key.day) : this.#internalTest(key.is, key.day);
      case "header":
        return this.#headerTest(key.field, key.text);
      case "body":
      case "text":
        return this.#textTest(key.key, key.text);
      default:
        throw new Error(`the search key ${key.key} is no test`);
    }
  }

  #flagTest(flag: string, set: boolean): Test {
    const { view } = this.ground.selected;
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
    const { view } = this.ground.selected;
    return (index) => compareDay(Math.floor(view.internalDateAt(index) / DAY_MS), is, day);
  }

  /** The Date field's own day, in the zone that it names. The stored instant decides all but the days next to it. */
  #sentTest(is: "before" | "on" | "since", day: number): Test {
    const { mailstore, selected } = this.ground;
    return (index) => {
      const content = selected.view.contentAt(index);
      const sentAt = mailstore.listing(content)?.sentAt;
      if (sentAt === undefined) return false;
      const utcDay = Math.floor(sentAt / DAY_MS);
      if (Math.abs(utcDay - day) > 1) return compareDay(utcDay, is, day);
      const date = parseDate(this.#header(content).raw("date") ?? "");
      if (date === undefined) return false;
      return compareDay(Math.floor((date.time + date.offset * 60_000) / DAY_MS), is, day);
    };
  }

  #header(content: number): Header {
    const { bodyStart } = this.ground.mailstore.structure(content).root;
    return new Header(this.ground.store.content.read(content, 0, Math.min(bodyStart, LONGEST_HEADER)));
  }

  #headerTest(field: string, text: string): Test {
    return this.#narrowed(text, (content, needle) =>
      this.#header(content)
        .rawAll(field)
        .some((raw) => casemap(decodeOctetWords(raw)).includes(needle) || casemap(textOfOctets(raw)).includes(needle)),
    );
  }

  #textTest(where: "body" | "text", text: string): Test {
    const { index } = this.ground.mailstore;
    return this.#narrowed(text, (content, needle) =>
      (where === "text" ? index.text(content) : index.body(content)).includes(needle),
    );
  }

  /** Looks for a text, folded, only in the contents that the index leaves. */
  #narrowed(text: string, holds: (content: number, needle: string) => boolean): Test {
    const { mailstore, selected } = this.ground;
    const needle = casemap(text);
    const candidates = mailstore.index.candidates(text);
    return (index) => {
      const content = selected.view.contentAt(index);
      return candidates.has(content) && holds(content, needle);
    };
  }
}

function compareDay(day: number, is: "before" | "on" | "since", wanted: number): boolean {
  if (is === "before") return day < wanted;
  return is === "on" ? day === wanted : day >= wanted;
}
