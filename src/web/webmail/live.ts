/**
 * The stream that keeps open pages current (server-sent events, HTML standard §9.2): whenever something changed in a mailbox that the
 * user reads, one event "changed"; the page then fetches its list anew. What changed is not told, and so nothing can leak here. Of new mail
 * in his own mailboxes an event "mail" says what a notification says of it.
 *
 * A page that opens a message or puts a star on shows so in the answer, and does not hear of it: to fetch the list once more would be for
 * nothing. It says with its requests which page it is.
 *
 * The id of an event stands for the state of all folders. A page says which state it shows, and one that comes back (a laptop
 * opened, the server restarted) the last one it heard of; so it hears at once if it missed something.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { mailboxRemoved, shareChanged } from "../../directory/changes.ts";
import type { Directory, User } from "../../directory/directory.ts";
import { annotationsChanged, folderChanged, foldersChanged, grantsChanged } from "../../mailstore/changes.ts";
import type { Mailstore } from "../../mailstore/mailstore.ts";
import { Refusal } from "../../refusal.ts";
import type { Store } from "../../store/store.ts";
import { lettersChanged } from "../../transport/later/later.ts";
import type { LivePages } from "../live-pages.ts";
import { type News, newsOf } from "../push/news.ts";
import { toldOf } from "../push/notifier.ts";
import type { Access, RoledFolder } from "./access.ts";

/** Changes within this time make one event. */
const GATHER_MS = 150;
/** For so long the state of mailboxes is what it was. */
const SAME_MS = 20;
/** Comments that keep the connection open through proxies and time-outs. */
const PULSE_MS = 20_000;
/** Then the page connects anew, and is asked again who it is. */
const LONGEST_MS = 15 * 60_000;

/** Open pages of one user. */
const MOST_PER_USER = 40;

const encoder = new TextEncoder();

/** What of a stream's surroundings is needed. */
export interface LiveContext {
  readonly store: Store;
  readonly access: Access;
  readonly directory: Directory;
  readonly mailstore: Mailstore;
  readonly livePages: LivePages;
  readonly user: User;
  readonly lastSeen: string | undefined;
  /** What the page calls itself. */
  readonly page: string | undefined;
  /** Whether the session is still good. */
  readonly stillSignedIn: () => boolean;
}

/** Where a page that shows a user's mail as it is now listens for what comes after, and what it calls itself. */
export function listening(access: Access, user: User): { readonly href: string; readonly page: string } {
  const folders = access.reached(user).flatMap((reached) => reached.folders);
  const page = crypto.randomUUID();
  return { href: `/mail/events?live=1&page=${page}&since=${stateOf(folders)}`, page };
}

/** States of mailboxes a moment ago: of one user's forty pages, all ask at once. */
class States {
  #last: { readonly key: string; readonly at: number; readonly state: string } | undefined;

  constructor(private readonly now: () => number) {}

  /** What `stateOf` gives, for an event: where it is older, a page that comes back with it fetches its list once more. */
  of({ access, user }: LiveContext, mailboxes: ReadonlySet<number>): string {
    const [key, at] = [`${user.id} ${[...mailboxes].join()}`, this.now()];
    if (this.#last?.key !== key || at - this.#last.at > SAME_MS)
      this.#last = { key, at, state: stateOf(foldersIn(access, user, mailboxes)) };
    return this.#last.state;
  }
}

/** The open streams. */
export class Live {
  readonly #open = new Map<number, number>();
  /** What changes are known by that a page makes itself. */
  readonly #pages = new Map<string, object>();
  readonly #states = new States(() => performance.now());

  /**
   * A stream. It ends when the browser goes, when the session ends, or after a quarter of an hour.
   * @throws Refusal "tooMany" for a user with more open pages than anybody has
   */
  stream(context: LiveContext): ReadableStream<Uint8Array> {
    const { id } = context.user;
    const open = this.#open.get(id) ?? 0;
    if (open >= MOST_PER_USER) throw new Refusal("tooMany", "Too many pages of this mailbox are open.");
    this.#open.set(id, open + 1);
    let stop = () => {};
    const states = this.#states;
    const own = {};
    const name = `${id} ${context.page}`;
    if (context.page !== undefined) this.#pages.set(name, own);
    const over = () => {
      if (this.#pages.get(name) === own) this.#pages.delete(name);
      const left = (this.#open.get(id) ?? 1) - 1;
      if (left > 0) this.#open.set(id, left);
      else this.#open.delete(id);
    };
    return new ReadableStream<Uint8Array>({
      start(controller) {
        const send = (text: string) => controller.enqueue(encoder.encode(text));
        stop = follow(context, states, { send, close: () => controller.close(), over, own });
      },
      cancel() {
        stop();
      },
    });
  }

  /** The origin of changes that an open page of a user makes and shows itself; undefined where no such page listens. */
  origin(user: User, page: string | undefined): object | undefined {
    return this.#pages.get(`${user.id} ${page}`);
  }
}

/** A stream from inside. */
interface Way {
  readonly send: (text: string) => void;
  readonly close: () => void;
  /** It is no longer open. */
  readonly over: () => void;
  /** The origin of what the page did itself. */
  readonly own: object;
}

/** Sends events until it is stopped; returns the function that does. */
function follow(context: LiveContext, states: States, { send, close, over, own }: Way): () => void {
  const { store, access, user } = context;
  const mailboxes = new Set(access.mailboxes(user).map((mailbox) => mailbox.id));
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let came: News[] = [];
  /** In the words of whoever opened the page, whoever's commit it is that made the change. */
  const tell = AsyncLocalStorage.bind(() => {
    waiting = undefined;
    const { notifyDetails } = context.directory.preferences.of(user.id);
    const news = toldOf(came, notifyDetails, 0).map((one) => `event: mail\ndata: ${JSON.stringify(one)}\n\n`);
    came = [];
    send(`event: changed\nid: ${states.of(context, mailboxes)}\ndata:\n\n${news.join("")}`);
  });
  const note = ({ mailbox }: { mailbox: number }) => {
    if (mailboxes.has(mailbox)) waiting ??= setTimeout(tell, GATHER_MS);
  };
  const end = () => {
    stop();
    close();
  };
  /** Where a mailbox has come or gone for the user, the page connects anew and is asked again. */
  const rightsChanged = (mailbox: number) => {
    const reads = access.mailboxes(user).some(({ id }) => id === mailbox);
    if (reads === mailboxes.has(mailbox)) note({ mailbox });
    else end();
  };
  const beginning = Date.now();
  const pulse = setInterval(() => {
    if (Date.now() - beginning > LONGEST_MS || !context.stillSignedIn()) end();
    else send(":\n\n");
  }, PULSE_MS);
  const noteNews = (change: Parameters<typeof newsOf>[1]) => {
    if (!mailboxes.has(change.mailbox)) return;
    const found = newsOf(context, change, Date.now());
    if (found?.user.id === user.id) came.push(...found.news);
  };
  const heard = [
    store.changes.on(folderChanged, (changed) => {
      const origin = "origin" in changed.change ? changed.change.origin : undefined;
      if (origin !== own) note(changed);
    }),
    store.changes.on(folderChanged, noteNews),
    store.changes.on(lettersChanged, ({ userId }) => userId === user.id && note({ mailbox: user.primaryMailbox })),
    store.changes.on(foldersChanged, note),
    // The colours of folders are kept so.
    store.changes.on(annotationsChanged, (change) => {
      if (change.user === user.id) waiting ??= setTimeout(tell, GATHER_MS);
    }),
    store.changes.on(shareChanged, ({ mailboxId }) => rightsChanged(mailboxId)),
    store.changes.on(grantsChanged, ({ mailbox }) => rightsChanged(mailbox)),
    store.changes.on(mailboxRemoved, (change) => mailboxes.has(change.id) && end()),
  ];
  const closed = context.livePages.opened(end);
  const stop = () => {
    closed();
    over();
    clearTimeout(waiting);
    clearInterval(pulse);
    for (const off of heard) off();
  };
  const state = stateOf(foldersIn(access, user, mailboxes));
  const missed = context.lastSeen !== undefined && context.lastSeen !== "" && context.lastSeen !== state;
  send(`retry: 2000\nid: ${state}\n${missed ? "event: changed\ndata:\n" : ""}\n`);
  return stop;
}

const foldersIn = (access: Access, user: User, mailboxes: Iterable<number>): RoledFolder[] =>
  [...mailboxes].flatMap((mailbox) => access.folders(user, mailbox));

/** Changes whenever one of the folders or its messages do. */
function stateOf(folders: readonly RoledFolder[]): string {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const { id, uidValidity, highestModseq, name } of folders)
    hasher.update(`${id} ${uidValidity} ${highestModseq} ${name}\n`);
  return hasher.digest("hex").slice(0, 16);
}
