/**
 * Tells browsers of new mail while no page of theirs is open (RFC 8030): one message to the push service of the browser's maker, encrypted
 * for the browser alone. Push services are strangers that browsers name, so they are reached through the guard of what mail names: nothing
 * but the public Internet. Built by the appliance when somebody wants to be told.
 */
import { asReader, LANGUAGES, t, tn } from "../../../views/words/words.ts";
import type { Auth } from "../../auth/auth.ts";
import type { Subscription } from "../../auth/subscriptions.ts";
import type { Directory, User } from "../../directory/directory.ts";
import type { Errand } from "../../gateway/outside.ts";
import { folderChanged } from "../../mailstore/changes.ts";
import type { Mailstore } from "../../mailstore/mailstore.ts";
import { Refusal } from "../../refusal.ts";
import type { Store } from "../../store/store.ts";
import { encrypted, newServerKeys, vapid } from "./encrypt.ts";
import { MOST_SINGLE, type News, newsOf } from "./news.ts";

/** What comes within this time is told together, unless said otherwise. */
const GATHER_MS = 1_500;
/** How long push services keep a message for a browser that is off, in seconds. */
const KEPT_SECONDS = 12 * 3_600;
const PATIENCE_MS = 20_000;
/** Octets of a service's answer that are read. */
const MOST_ANSWER = 4_096;
/** Messages to one user's browsers that are on their way at a time; what comes beyond waits. */
const MOST_AT_ONCE = 8;
/** Of so much news at once nobody wants to know the exact number. */
const MOST_GATHERED = 10_000;
const LONGEST_WORDS = 200;

export interface NotifierParts {
  readonly store: Store;
  readonly directory: Directory;
  readonly mailstore: Mailstore;
  readonly auth: Pick<Auth, "subscriptions">;
  readonly outside: { run(url: string, errand: Errand): Promise<number> };
  /** The name of this server, for whoever runs a push service and has something to say. */
  readonly hostname: () => string;
  readonly now: () => number;
  /** Milliseconds in which what comes is told together. */
  readonly gatherMs?: number;
}

/** What the service worker shows. */
export interface Told {
  readonly title: string;
  readonly body: string;
  readonly href: string;
  /** Of two with one tag only the later one is shown. */
  readonly tag: string;
  /** Unread messages in the inbox. */
  readonly unread: number;
}

export class Notifier {
  /** By user. */
  readonly #gathered = new Map<number, News[]>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #off: () => void;
  readonly #abort = new AbortController();
  /** Of users whose browsers are being told. */
  readonly #busy = new Map<number, Promise<void>>();

  constructor(private readonly parts: NotifierParts) {
    this.#off = parts.store.changes.on(folderChanged, (change) => {
      const found = newsOf(parts, change, parts.now());
      if (found === undefined || parts.auth.subscriptions.of(found.user.id).length === 0) return;
      const gathered = this.#gathered.get(found.user.id) ?? [];
      if (gathered.length < MOST_GATHERED) gathered.push(...found.news);
      this.#gathered.set(found.user.id, gathered);
      this.#arm();
    });
  }

  /** Ends; what is on its way is given up. */
  async stop(): Promise<void> {
    this.#off();
    clearTimeout(this.#timer);
    this.#abort.abort();
    await Promise.all(this.#busy.values());
  }

  #arm(): void {
    this.#timer ??= setTimeout(() => this.#tell(), this.parts.gatherMs ?? GATHER_MS);
  }

  /** A service that is slow, or pretends to be, holds up none but the user who named it: what comes to him meanwhile is told behind it. */
  #tell(): void {
    this.#timer = undefined;
    const { store } = this.parts;
    for (const [id, news] of [...this.#gathered]) {
      if (this.#busy.has(id)) continue;
      this.#gathered.delete(id);
      const told = this.#tellUser(id, news)
        .catch((fault: unknown) => store.events.fault("web", "tell browsers of new mail", fault))
        .then(() => {
          this.#busy.delete(id);
          if (this.#gathered.has(id) && !this.#abort.signal.aborted) this.#arm();
        });
      this.#busy.set(id, told);
    }
  }

  async #tellUser(id: number, news: readonly News[]): Promise<void> {
    const user = this.parts.directory.users.byId(id);
    if (user === undefined) return;
    const waiting: (() => Promise<void>)[] = [];
    for (const subscription of this.parts.auth.subscriptions.of(id)) {
      const told = await this.#words(user, subscription, news);
      for (const one of told) waiting.push(() => this.#send(subscription, one));
    }
    for (let first = 0; first < waiting.length && !this.#abort.signal.aborted; first += MOST_AT_ONCE)
      await Promise.all(waiting.slice(first, first + MOST_AT_ONCE).map((send) => send()));
  }

  /** What one browser is told, in its reader's words. */
  async #words(user: User, { language }: Subscription, news: readonly News[]): Promise<Told[]> {
    const { directory, mailstore } = this.parts;
    const wishes = directory.preferences.of(user.id);
    const inbox = mailstore.folder(user.primaryMailbox, "INBOX");
    const unread = inbox === undefined ? 0 : mailstore.unseen(inbox, undefined);
    const known = [wishes.language, language].map((tag) => LANGUAGES.find((one) => one === tag));
    return await asReader({ language: known.find((one) => one !== undefined) ?? "en", zone: undefined }, async () =>
      toldOf(news, wishes.notifyDetails, unread),
    );
  }

  async #send(subscription: Subscription, told: Told): Promise<void> {
    const { auth, store, outside, hostname, now } = this.parts;
    const { endpoint } = subscription;
    try {
      const keys = await auth.subscriptions.keys(newServerKeys);
      const octets = await encrypted(Buffer.from(JSON.stringify(told)), subscription);
      const proof = await vapid(endpoint, keys, `mailto:postmaster@${hostname()}`, now());
      const status = await outside.run(endpoint, {
        ...{ accept: "*/*", most: MOST_ANSWER, onPiece: () => undefined },
        post: { type: "application/octet-stream", octets },
        fields: [`Authorization: ${proof}`, "Content-Encoding: aes128gcm", `TTL: ${KEPT_SECONDS}`, "Urgency: high"],
        signal: AbortSignal.any([this.#abort.signal, AbortSignal.timeout(PATIENCE_MS)]),
      });
      // The service knows it no more (RFC 8030 §7.3).
      if (status === 404 || status === 410)
        await store.commit((tx) => auth.subscriptions.removeWithin(tx, subscription.session));
      else await auth.subscriptions.heard(subscription, status >= 200 && status < 300);
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      if (!(error instanceof Refusal)) store.events.fault("web", "tell a browser of new mail", error);
      await auth.subscriptions.heard(subscription, false);
    }
  }
}

/** What is told of news: each message, or how many came. */
export function toldOf(news: readonly News[], details: boolean, unread: number): Told[] {
  if (news.length > MOST_SINGLE) {
    const [first] = news;
    const title = tn(news.length, "{n} new message", "{n} new messages");
    return [{ title, body: "", href: `/mail/f/${first?.folder}`, tag: "mail", unread }];
  }
  return news.map(({ folder, uid, sender, subject }) => ({
    title: details ? sender.slice(0, LONGEST_WORDS) : t("New message"),
    body: details ? subject.slice(0, LONGEST_WORDS) : "",
    href: `/mail/f/${folder}/m/${uid}`,
    tag: `mail-${folder}-${uid}`,
    unread,
  }));
}
