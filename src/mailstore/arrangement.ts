/**
 * A folder as lists show it to people: newest first by the date of arrival, and messages that belong together in one line, with those of
 * folders beside it (answers in Sent). Kept in memory while somebody reads the folder and current with every change of its views, so
 * that a list of 100,000 messages costs no more than the rows it shows.
 *
 * Messages belong together when one names another, or both name a third: steps 1 to 4 of REFERENCES (RFC 5256 §3). Step 5, which
 * gathers by subject, is left out: ten letters called "Hello" are ten letters.
 */
import type { Turns } from "../turns.ts";
import { LINK } from "./head.ts";
import { type Heads, SCAN } from "./heads.ts";
import { inOrder } from "./order.ts";
import type { FolderChange, View } from "./view.ts";

/** A message in an open folder, and when it arrived (milliseconds since the epoch). */
export interface Member {
  readonly view: View;
  readonly uid: number;
  readonly at: number;
}

/** A place in the order of a list. */
export interface Cursor {
  readonly at: number;
  readonly uid: number;
}

/** What it is made from. */
export interface Ground {
  readonly heads: Heads;
  readonly turns: Turns;
}

const NONE = -1;
/** Nodes of messages that are gone, from which on all is read anew if they are more than those that are there. */
const MOST_GONE = 10_000;
/**
 * Nodes for a message, and besides, from which on identifiers of messages that are not there stand for nothing: messages that each name a
 * hundred that nobody has would take more memory than all others.
 */
const NODES_EACH = 4;
const NODES_BESIDES = 50_000;

/** One folder: its messages' UIDs, ascending, and their nodes. */
interface Place {
  readonly view: View;
  readonly uids: Numbers<Uint32Array>;
  readonly nodes: Numbers<Int32Array>;
}

/**
 * Nodes stand for messages, and for messages that others name. Those that belong together form a tree whose root names them (union-find),
 * and a ring on which all of them are met; two become one by crossing two links of their rings.
 */
export class Arrangement {
  readonly #parents = new Numbers(new Int32Array(64));
  readonly #next = new Numbers(new Int32Array(64));
  /** The number of a message's folder in `#places`; NONE for what is no message here. */
  readonly #folders = new Numbers(new Int32Array(64));
  readonly #uids = new Numbers(new Uint32Array(64));
  readonly #dates = new Numbers(new Float64Array(64));
  /** Of a root: the newest of its messages in the first folder, and how many it has there. */
  readonly #newest = new Numbers(new Int32Array(64));
  readonly #counts = new Numbers(new Int32Array(64));
  readonly #byId = new Map<number, number>();
  readonly #places: readonly Place[];
  /** Nodes of the first folder's messages, oldest first. */
  #order = new Numbers(new Int32Array(64));
  #total = 0;
  #gone = 0;
  /** Changes that came while it is being read. */
  #waiting: (() => void)[] | undefined = [];
  readonly #unlisten: readonly (() => void)[];

  private constructor(
    private readonly ground: Ground,
    views: readonly View[],
    private readonly together: boolean,
  ) {
    this.#places = views.map((view) => ({
      view,
      uids: new Numbers(new Uint32Array(64)),
      nodes: new Numbers(new Int32Array(64)),
    }));
    this.#unlisten = views.map((view, place) => view.onChange((change) => this.#hear(place, change)));
  }

  /**
   * Arranges the first of several open views, which it gives back when it is closed, or cannot be made.
   * @param together whether messages that belong together stand in one line
   */
  static async of(ground: Ground, views: readonly View[], together: boolean): Promise<Arrangement> {
    const made = new Arrangement(ground, views, together);
    try {
      for (const place of made.#places.keys()) await made.#read(place);
      await made.#sort();
      return made;
    } catch (thrown) {
      made.close();
      throw thrown;
    }
  }

  /** Lines of the list. */
  get total(): number {
    return this.#total;
  }

  /** So much changed that it is better read anew, or a folder is gone. */
  get stale(): boolean {
    const worn = this.#gone > MOST_GONE && this.#gone > this.#order.length;
    return worn || this.#places.some(({ view }) => view.deleted);
  }

  /** Octets of memory it takes, about. */
  get weight(): number {
    return this.#parents.length * 40 + this.#byId.size * 40;
  }

  /** Gives the views back. */
  close(): void {
    for (const unlisten of this.#unlisten) unlisten();
    for (const { view } of this.#places) view.close();
  }

  /** The lines behind a place in the list, or from its top: of each the newest message. */
  after(cursor: Cursor | undefined, most: number): Member[] {
    const lines: Member[] = [];
    for (let at = this.#below(cursor) - 1; at >= 0 && lines.length < most; at--) {
      const node = this.#order.at(at);
      if (this.#leads(node)) lines.push(this.#member(node));
    }
    return lines;
  }

  /** The lines from one place in the list to another: behind the first, up to and with the last. */
  between(after: Cursor | undefined, to: Cursor, most: number): Member[] {
    const lines: Member[] = [];
    const end = this.#below(to);
    for (let at = this.#below(after) - 1; at >= end && lines.length < most; at--) {
      const node = this.#order.at(at);
      if (this.#leads(node)) lines.push(this.#member(node));
    }
    return lines;
  }

  /** Skips so many lines from the top. */
  from(skip: number, most: number): Member[] {
    const lines: Member[] = [];
    let left = skip;
    for (let at = this.#order.length - 1; at >= 0 && lines.length < most; at--) {
      const node = this.#order.at(at);
      if (this.#leads(node) && left-- <= 0) lines.push(this.#member(node));
    }
    return lines;
  }

  /**
   * The newest messages that belong to one of the first folder, itself included, oldest first, and how many there are altogether; none where
   * it is not there.
   */
  latest(uid: number, most: number): { readonly count: number; readonly members: Member[] } {
    const nodes = this.#ring(uid);
    const count = nodes.length;
    if (count <= most) return { count, members: this.#members(nodes) };
    const since = Float64Array.from(nodes, (node) => this.#dates.at(node)).sort()[count - most] as number;
    return { count, members: this.#members(nodes.filter((node) => this.#dates.at(node) >= since)).slice(-most) };
  }

  /** Of the first folder, the UIDs of all that belong to any of these, and of these themselves. */
  belonging(uids: Iterable<number>): Set<number> {
    const all = new Set<number>();
    const met = new Set<number>();
    for (const uid of uids) {
      all.add(uid);
      const node = this.#nodeOf(0, uid);
      if (node === NONE || met.has(this.#root(node))) continue;
      met.add(this.#root(node));
      for (const each of this.#ring(uid)) if (this.#folders.at(each) === 0) all.add(this.#uids.at(each));
    }
    return all;
  }

  /** Nodes of the messages that belong to one of the first folder. */
  #ring(uid: number): number[] {
    const node = this.#nodeOf(0, uid);
    const nodes: number[] = [];
    if (node === NONE) return nodes;
    let each = node;
    do {
      if (this.#folders.at(each) !== NONE) nodes.push(each);
      each = this.#next.at(each);
    } while (each !== node);
    return nodes;
  }

  #members(nodes: readonly number[]): Member[] {
    return nodes.map((node) => this.#member(node)).sort((a, b) => a.at - b.at || a.uid - b.uid);
  }

  /** The UID of the message at which the line of a message stands; 0 where it is not there. */
  leader(uid: number): number {
    const node = this.#nodeOf(0, uid);
    return node === NONE ? 0 : this.#uids.at(this.#newest.at(this.#root(node)));
  }

  #member(node: number): Member {
    const place = this.#places[this.#folders.at(node)] as Place;
    return { view: place.view, uid: this.#uids.at(node), at: this.#dates.at(node) };
  }

  #leads(node: number): boolean {
    return this.#newest.at(this.#root(node)) === node;
  }

  // Reading

  async #read(place: number): Promise<void> {
    const { view, uids } = this.#places[place] as Place;
    for (;;) {
      const from = view.lowerBound(uids.length === 0 ? 0 : uids.at(uids.length - 1) + 1);
      const to = Math.min(from + SCAN, view.count);
      if (from >= to) return;
      const links = this.together ? this.ground.heads.links(view, from, to) : undefined;
      let next = 0;
      for (let index = from; index < to; index++) {
        this.#add(place, view.uidAt(index), view.internalDateAt(index), links, next);
        next += LINK.references + (links?.[next] ?? 0);
      }
      if (this.ground.turns.over) await this.ground.turns.next();
    }
  }

  async #sort(): Promise<void> {
    const { nodes } = this.#places[0] as Place;
    const count = nodes.length;
    const date = (at: number) => this.#dates.at(nodes.at(at));
    const order = await inOrder(this.ground.turns, count, (a, b) => date(a) - date(b));
    this.#order = new Numbers(new Int32Array(Math.max(64, count)));
    for (const at of order) this.#order.push(nodes.at(at));
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const apply of waiting) apply();
  }

  #hear(place: number, change: FolderChange): void {
    const apply = () => this.#apply(place, change);
    if (this.#waiting === undefined) apply();
    else if (change.kind === "append" || change.kind === "expunge") this.#waiting.push(apply);
  }

  #apply(place: number, change: FolderChange): void {
    if (change.kind === "expunge") this.#remove(place, change.uids);
    if (change.kind !== "append") return;
    const { uids } = this.#places[place] as Place;
    for (const { uid, content, internalDate } of change.messages) {
      if (uids.length > 0 && uid <= uids.at(uids.length - 1)) continue;
      const node = this.#add(
        place,
        uid,
        internalDate,
        this.together ? this.ground.heads.linksOf(content) : undefined,
        0,
      );
      if (place === 0) this.#order.insert(this.#below({ at: internalDate, uid }), node);
    }
  }

  // Nodes

  /** Takes a message in (RFC 5256 §3, REFERENCES (1)). Where its links are not wanted it stands for itself. */
  #add(place: number, uid: number, at: number, links: Float64Array | undefined, start: number): number {
    const id = links?.[start + LINK.id] ?? 0;
    const known = id === 0 ? undefined : this.#byId.get(id);
    // Of a message that is there twice each copy has a node.
    const node = known !== undefined && this.#folders.at(known) === NONE ? known : this.#node();
    if (id !== 0 && known === undefined) this.#byId.set(id, node);
    if (known !== undefined && known !== node) this.#join(known, node);
    const count = links?.[start + LINK.count] ?? 0;
    const messages = this.#places.reduce((sum, { nodes }) => sum + nodes.length, 0);
    for (let n = 0; n < count; n++) {
      const reference = links?.[start + LINK.references + n] ?? 0;
      let named = this.#byId.get(reference);
      if (named === undefined) {
        if (this.#parents.length > NODES_EACH * messages + NODES_BESIDES) continue;
        named = this.#node();
        this.#byId.set(reference, named);
      }
      this.#join(named, node);
    }
    this.#folders.set(node, place);
    this.#uids.set(node, uid);
    this.#dates.set(node, at);
    const { uids, nodes } = this.#places[place] as Place;
    uids.push(uid);
    nodes.push(node);
    if (place === 0) this.#count(node);
    return node;
  }

  #node(): number {
    const node = this.#parents.length;
    this.#parents.push(node);
    this.#next.push(node);
    this.#folders.push(NONE);
    this.#uids.push(0);
    this.#dates.push(0);
    this.#newest.push(NONE);
    this.#counts.push(0);
    return node;
  }

  #root(node: number): number {
    let at = node;
    for (let parent = this.#parents.at(at); parent !== at; parent = this.#parents.at(at)) {
      const above = this.#parents.at(parent);
      this.#parents.set(at, above);
      at = above;
    }
    return at;
  }

  #join(one: number, other: number): void {
    const [a, b] = [this.#root(one), this.#root(other)];
    if (a === b) return;
    const [afterA, afterB] = [this.#next.at(a), this.#next.at(b)];
    this.#next.set(a, afterB);
    this.#next.set(b, afterA);
    const [here, there] = [this.#counts.at(a), this.#counts.at(b)];
    if (here > 0 && there > 0) this.#total--;
    // The smaller hangs below the larger, so that ways to the root stay short.
    const [root, below] = here >= there ? [a, b] : [b, a];
    this.#parents.set(below, root);
    this.#counts.set(root, here + there);
    this.#newest.set(root, this.#newer(this.#newest.at(a), this.#newest.at(b)));
  }

  /** A message of the first folder has come. */
  #count(node: number): void {
    const root = this.#root(node);
    if (this.#counts.at(root) === 0) this.#total++;
    this.#counts.set(root, this.#counts.at(root) + 1);
    this.#newest.set(root, this.#newer(this.#newest.at(root), node));
  }

  #remove(place: number, gone: readonly number[] | Uint32Array): void {
    const { uids, nodes } = this.#places[place] as Place;
    const orphaned = new Set<number>();
    for (const uid of gone) {
      const node = this.#nodeOf(place, uid);
      if (node === NONE || this.#folders.at(node) === NONE) continue;
      this.#folders.set(node, NONE);
      this.#gone++;
      if (place !== 0) continue;
      const root = this.#root(node);
      this.#counts.set(root, this.#counts.at(root) - 1);
      if (this.#counts.at(root) === 0) this.#total--;
      if (this.#newest.at(root) === node) orphaned.add(root);
    }
    const alive = (node: number) => this.#folders.at(node) !== NONE;
    uids.keep((at) => alive(nodes.at(at)));
    nodes.keep((at) => alive(nodes.at(at)));
    if (place === 0) this.#order.keep((at) => alive(this.#order.at(at)));
    for (const root of orphaned) this.#newest.set(root, this.#newestOnRing(root));
  }

  #newestOnRing(root: number): number {
    let newest = NONE;
    let node = root;
    do {
      if (this.#folders.at(node) === 0) newest = this.#newer(newest, node);
      node = this.#next.at(node);
    } while (node !== root);
    return newest;
  }

  #newer(one: number, other: number): number {
    if (one === NONE) return other;
    if (other === NONE) return one;
    const cursor = { at: this.#dates.at(other), uid: this.#uids.at(other) };
    return this.#compare(this.#dates.at(one), this.#uids.at(one), cursor) < 0 ? other : one;
  }

  #nodeOf(place: number, uid: number): number {
    const { uids, nodes } = this.#places[place] as Place;
    const at = uids.firstFrom((each) => each >= uid);
    return at < uids.length && uids.at(at) === uid ? nodes.at(at) : NONE;
  }

  #compare(at: number, uid: number, cursor: Cursor): number {
    return at - cursor.at || uid - cursor.uid;
  }

  /** How many messages stand below a place in the order: all that are older. */
  #below(cursor: Cursor | undefined): number {
    if (cursor === undefined) return this.#order.length;
    return this.#order.firstFrom((node) => this.#compare(this.#dates.at(node), this.#uids.at(node), cursor) >= 0);
  }
}

type Column = Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** A list of numbers in one typed array that grows. */
class Numbers<A extends Int32Array | Uint32Array | Float64Array> {
  length = 0;
  #column: Column;

  constructor(column: A & Column) {
    this.#column = column;
  }

  at(index: number): number {
    return this.#column[index] as number;
  }

  set(index: number, value: number): void {
    this.#column[index] = value;
  }

  push(value: number): void {
    this.#room();
    this.#column[this.length++] = value;
  }

  insert(index: number, value: number): void {
    this.#room();
    this.#column.copyWithin(index + 1, index, this.length++);
    this.#column[index] = value;
  }

  /** Keeps those at which a test of their indexes holds. */
  keep(test: (index: number) => boolean): void {
    let to = 0;
    for (let index = 0; index < this.length; index++)
      if (test(index)) this.#column[to++] = this.#column[index] as number;
    this.length = to;
  }

  /** The first index whose number passes a test that all behind it pass too; the length where none does. */
  firstFrom(test: (value: number) => boolean): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (test(this.#column[middle] as number)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #room(): void {
    if (this.length < this.#column.length) return;
    const larger = new (this.#column.constructor as new (length: number) => Column)(this.length * 2);
    larger.set(this.#column);
    this.#column = larger;
  }
}
