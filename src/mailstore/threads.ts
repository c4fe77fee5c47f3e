/**
 * Messages in threads: ORDEREDSUBJECT and REFERENCES of RFC 5256 §3, exactly. Identifiers and subjects come as hashes from
 * heads.ts, so that 100,000 messages are threaded without reading one of them.
 */
import type { Store } from "../store/store.ts";
import type { Turns } from "../turns.ts";
import { LINK } from "./head.ts";
import type { Heads } from "./heads.ts";
import { inOrder, inSpans, type Orders } from "./order.ts";
import type { View } from "./view.ts";

/** A forest: a node from 0 on is a place in `uids`; a negative one stands for a message that is not there. */
export interface Threads {
  readonly uids: Uint32Array;
  /** In order. */
  readonly roots: readonly number[];
  /** Children of a node, in order; a node without any is not in it. */
  readonly children: ReadonlyMap<number, readonly number[]>;
}

/** How messages are threaded. */
export type Threading = "ORDEREDSUBJECT" | "REFERENCES";

/** Steps up to an ancestor; a thread deeper than this takes in no more. */
const DEEPEST = 10_000;
const NONE = -1;
/** Steps between two looks at the clock. */
const STRIDE = 1_024;

interface Forest {
  roots: number[];
  readonly children: Map<number, number[]>;
}

/** Threads ascending UIDs of a view. */
export async function threaded(
  ground: { readonly store: Store; readonly heads: Heads; readonly orders: Orders },
  view: View,
  uids: Uint32Array,
  how: Threading,
): Promise<Threads> {
  const linking = new Linking(uids.length, ground.store.turns);
  await inSpans(ground.store, view, uids, (span) => {
    const links = span.dense ? ground.heads.links(view, span.from, span.to) : undefined;
    let next = 0;
    let index = span.from;
    for (const message of span.messages()) {
      if (message.index < 0) continue;
      if (links === undefined) {
        linking.add(message.at, ground.heads.linksOf(view.contentAt(message.index)), 0, how);
        continue;
      }
      for (; index < message.index; index++) next += LINK.references + (links[next] as number);
      linking.add(message.at, links, next, how);
    }
  });
  const order = await ground.orders.bySentDate(view, uids);
  return { uids, ...(await (how === "REFERENCES" ? linking.references(order) : linking.orderedSubject(order))) };
}

class Linking {
  /** Of each message: the hash of its base subject, negative for replies and forwards. */
  readonly #subjects: Float64Array;
  /** Containers: messages first, then identifiers of messages that are not there. */
  readonly #parents: number[] = [];
  readonly #isParent: boolean[] = [];
  readonly #byId = new Map<number, number>();
  /** The message that an identifier's container turned out to be. */
  readonly #taken = new Set<number>();
  /** The container of each message. */
  readonly #containers: Int32Array;
  /** The message of each container, or NONE. */
  readonly #messages: number[] = [];

  constructor(
    count: number,
    private readonly turns: Turns,
  ) {
    this.#subjects = new Float64Array(count);
    this.#containers = new Int32Array(count).fill(NONE);
  }

  #steps = 0;

  /** Whether the event loop was held for long; a look at the clock now and then. */
  get #due(): boolean {
    return ++this.#steps % STRIDE === 0 && this.turns.over;
  }

  #container(): number {
    this.#parents.push(NONE);
    this.#isParent.push(false);
    this.#messages.push(NONE);
    return this.#parents.length - 1;
  }

  #named(id: number): number {
    let container = this.#byId.get(id);
    if (container === undefined) {
      container = this.#container();
      this.#byId.set(id, container);
    }
    return container;
  }

  /** Takes a message in (RFC 5256 §3, REFERENCES (1)). */
  add(message: number, links: Float64Array, start: number, how: Threading): void {
    this.#subjects[message] = links[start + LINK.subject] as number;
    if (how === "ORDEREDSUBJECT") return;
    const id = links[start + LINK.id] as number;
    // Without an identifier, or with one that another message has, it stands for itself.
    const known = id !== 0 && !this.#taken.has(id);
    const container = known ? this.#named(id) : this.#container();
    if (known) this.#taken.add(id);
    this.#messages[container] = message;
    this.#containers[message] = container;
    const count = links[start + LINK.count] as number;
    let previous = NONE;
    for (let at = 0; at < count; at++) {
      const reference = this.#named(links[start + LINK.references + at] as number);
      // (A): what is linked already stays as it is.
      if (previous !== NONE && this.#parents[reference] === NONE) this.#link(previous, reference);
      previous = reference;
    }
    // (B): the message's own word counts more than what others said.
    this.#parents[container] = NONE;
    if (previous !== NONE) this.#link(previous, container);
  }

  #link(parent: number, child: number): void {
    if (parent === child) return;
    if (this.#isParent[child]) {
      let above = this.#parents[parent] as number;
      for (let steps = 0; above !== NONE; steps++) {
        if (above === child || steps > DEEPEST) return;
        above = this.#parents[above] as number;
      }
    }
    this.#parents[child] = parent;
    this.#isParent[parent] = true;
  }

  /** Steps (2) to (6). @param order the messages by date */
  async references(order: Uint32Array): Promise<Forest> {
    const forest = await this.#pruned(order);
    await this.#gatherSubjects(forest, order);
    return forest;
  }

  /** (2) to (4): containers of missing messages go, but for those at the top that hold several threads together. */
  async #pruned(order: Uint32Array): Promise<Forest> {
    const children = new Map<number, number[]>();
    const tops: number[] = [];
    for (const message of order) {
      if (this.#due) await this.turns.next();
      if (this.#containers[message] === NONE) {
        tops.push(message);
        continue;
      }
      const above = this.#above(this.#containers[message] as number);
      if (above === NONE) tops.push(message);
      else {
        const node = this.#node(above);
        const siblings = children.get(node);
        if (siblings) siblings.push(message);
        else {
          children.set(node, [message]);
          if (node < 0) tops.push(node);
        }
      }
    }
    const roots = tops.map((node) => {
      const only = node < 0 ? children.get(node) : undefined;
      if (only?.length !== 1) return node;
      children.delete(node);
      return only[0] as number;
    });
    return { roots, children };
  }

  #node(container: number): number {
    const message = this.#messages[container] as number;
    return message === NONE ? -1 - container : message;
  }

  /** The nearest container above that holds a message, or else the topmost one; NONE at the top. */
  #above(container: number): number {
    const first = this.#parents[container] as number;
    let above = first;
    while (above !== NONE && this.#messages[above] === NONE && this.#parents[above] !== NONE) {
      above = this.#parents[above] as number;
    }
    // The next one takes the short way.
    if (first !== above && this.#messages[first] === NONE) this.#parents[first] = above;
    return above;
  }

  /** (5) and (6): threads of one base subject become one. */
  async #gatherSubjects(forest: Forest, order: Uint32Array): Promise<void> {
    const { children } = forest;
    const shown = (node: number) => (node < 0 ? (children.get(node)?.[0] ?? 0) : node);
    const subjectOf = (node: number) => this.#subjects[shown(node)] as number;
    const isReply = (node: number) => node >= 0 && subjectOf(node) < 0;
    const table = new Map<number, number>();
    for (const node of forest.roots) {
      if (this.#due) await this.turns.next();
      const subject = Math.abs(subjectOf(node));
      if (subject === 0) continue;
      const there = table.get(subject);
      const better = there !== undefined && there >= 0 && (node < 0 || (isReply(there) && !isReply(node)));
      if (there === undefined || better) table.set(subject, node);
    }
    const touched = new Set<number>();
    const roots: number[] = [];
    const gone = new Set<number>();
    let next = -1 - this.#parents.length;
    const adopt = (parent: number, added: readonly number[]) => {
      const nodes = children.get(parent);
      if (nodes) for (const node of added) nodes.push(node);
      else children.set(parent, [...added]);
      touched.add(parent);
    };
    for (const node of forest.roots) {
      if (this.#due) await this.turns.next();
      const subject = Math.abs(subjectOf(node));
      const there = subject === 0 ? node : (table.get(subject) as number);
      if (there === node) {
        roots.push(node);
        continue;
      }
      if (there < 0 && node < 0) {
        adopt(there, children.get(node) ?? []);
        children.delete(node);
      } else if (there < 0 || (isReply(node) && !isReply(there))) adopt(there, [node]);
      else {
        const both = next--;
        adopt(both, [there, node]);
        table.set(subject, both);
        gone.add(there);
        roots.push(both);
      }
    }
    forest.roots = await this.#reordered(
      roots.filter((node) => !gone.has(node)),
      { children, touched, order },
    );
  }

  /** What was put together is put in order: a node that is none goes by its first child. */
  async #reordered(
    roots: number[],
    { children, touched, order }: { children: Map<number, number[]>; touched: Set<number>; order: Uint32Array },
  ): Promise<number[]> {
    if (touched.size === 0) return roots;
    const places = new Uint32Array(order.length);
    for (let at = 0; at < order.length; at++) places[order[at] as number] = at;
    const placeOf = (node: number): number => {
      if (node >= 0) return places[node] as number;
      return (children.get(node) ?? []).reduce((least, child) => Math.min(least, placeOf(child)), Number.MAX_VALUE);
    };
    const sorted = async (nodes: readonly number[]) => {
      const keys = Float64Array.from(nodes, placeOf);
      const order = await inOrder(this.turns, nodes.length, (a, b) => (keys[a] as number) - (keys[b] as number));
      return Array.from(order, (at) => nodes[at] as number);
    };
    for (const node of touched) {
      const nodes = children.get(node);
      if (nodes) children.set(node, await sorted(nodes));
    }
    return await sorted(roots);
  }

  /** RFC 5256 §3, ORDEREDSUBJECT: the first message of a subject, and all others below it. */
  async orderedSubject(order: Uint32Array): Promise<Forest> {
    const first = new Map<number, number>();
    const children = new Map<number, number[]>();
    const roots: number[] = [];
    for (const message of order) {
      if (this.#due) await this.turns.next();
      const subject = Math.abs(this.#subjects[message] as number);
      const root = first.get(subject);
      if (root === undefined) {
        first.set(subject, message);
        roots.push(message);
        continue;
      }
      const siblings = children.get(root);
      if (siblings) siblings.push(message);
      else children.set(root, [message]);
    }
    return { roots, children };
  }
}

/**
 * Threads as THREAD answers with them (RFC 5256 §4), in pieces that follow each other. @param name what a message is called
 *
 * @example "(3 6 (4 23)(44 7 96))"
 */
export function* threadTexts({ uids, roots, children }: Threads, name: (uid: number) => string): Generator<string> {
  for (const root of roots) {
    const text: string[] = [];
    // Nodes and the parentheses between them, last first: threads may be as deep as a folder is long.
    const stack: (number | string)[] = [")", root, "("];
    let fresh = true;
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      if (text.length >= STRIDE) yield text.splice(0).join("");
      if (typeof top === "string") {
        text.push(top === "(" && !fresh ? " (" : top);
        fresh = true;
        continue;
      }
      if (top >= 0) {
        text.push(fresh ? "" : " ", name(uids[top] as number));
        fresh = false;
      }
      const below = children.get(top) ?? [];
      if (below.length === 1) stack.push(below[0] as number);
      else for (let k = below.length - 1; k >= 0; k--) stack.push(")", below[k] as number, "(");
    }
    yield text.join("");
  }
}
