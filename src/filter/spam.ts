/**
 * Junk: what this server has learned of it, and the panel of tests that judge a message. Nothing of it is read before the first message
 * or command wants it, but for the look at what is moved between folders: that teaches.
 */

import { mailboxRemoved } from "../directory/changes.ts";
import type { Directory } from "../directory/directory.ts";
import { folderChanged } from "../mailstore/changes.ts";
import { ANSWERED, SEEN } from "../mailstore/flags.ts";
import type { Mailstore } from "../mailstore/mailstore.ts";
import type { FolderChange } from "../mailstore/view.ts";
import type { Store } from "../store/store.ts";
import type { Panel } from "./judgement.ts";
import type { Lookups } from "./questions.ts";
import type { Sent } from "./sent.ts";
import type { SpamRoom } from "./spam-room.ts";
import { spamSettings } from "./spam-settings.ts";
import type { Kind, Lesson } from "./words/school.ts";

export interface SpamDeps {
  readonly store: Store;
  readonly directory: Directory;
  readonly mailstore: Mailstore;
  readonly resolver: Pick<Lookups, "addressesOf">;
  readonly hostname: () => string;
  /** The clock, milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Lessons that wait; what people move beyond that at once is not learned from. */
const MOST_WAITING = 20_000;
/** Folders that say nothing of what is put there. */
const SAYS_NOTHING = new Set(["Trash", "Sent", "Drafts", "All"]);

export class Spam {
  #room: Promise<SpamRoom> | undefined;
  #waiting: Lesson[] = [];
  #sent: Sent[] = [];
  #learning: Promise<void> | undefined;
  readonly #ends: (() => void)[];
  #stopped = false;

  constructor(private readonly deps: SpamDeps) {
    const { changes } = deps.store;
    this.#ends = [
      changes.on(folderChanged, ({ mailbox, folder, change }) => this.#watch(mailbox, folder, change)),
      changes.on(mailboxRemoved, ({ id }) => {
        void this.room()
          .then((room) => room.forget(id))
          .catch((fault) => deps.store.events.fault("filter", "forget a mailbox's junk", fault));
      }),
    ];
  }

  /** The tests of a message, or none where they are turned off. */
  async panel(): Promise<Panel> {
    return (await this.room()).panel;
  }

  room(): Promise<SpamRoom> {
    this.#room ??= import("./spam-room.ts").then(({ SpamRoom }) => new SpamRoom(this.deps));
    return this.#room;
  }

  /** Resolves when all that was moved until now is learned. */
  async settled(): Promise<void> {
    while (this.#learning !== undefined) await this.#learning;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const end of this.#ends) end();
    this.#waiting = [];
    this.#sent = [];
    await this.#learning;
    await (await this.#room)?.stop();
  }

  #watch(mailbox: number, folder: number, change: FolderChange): void {
    if (change.kind === "append" && change.from === undefined) {
      if (this.deps.mailstore.folderById(folder)?.specialUse !== "Sent" || this.#stopped) return;
      const sent = change.messages.map(({ content }) => ({ mailbox, content }));
      this.#sent.push(...sent.slice(0, MOST_WAITING - this.#sent.length));
      this.#learning ??= this.#learn();
    } else if (change.kind === "append" && change.from !== undefined) {
      // What expires was moved by nobody.
      if (change.origin === this.deps.mailstore.archive) return;
      const lesson = this.#moved(change.from, folder);
      if (lesson === undefined) return;
      // What nobody has read nobody has judged: expiry files it, or a rule.
      const judged = change.messages.filter(({ flags }) => lesson.quiet !== true || flags & SEEN);
      this.#teach(judged.map(({ content }) => ({ mailbox, content, ...lesson })));
    } else if (change.kind === "flags") {
      const answered = change.messages.filter(({ flags }) => flags & ANSWERED);
      if (answered.length > 0 && this.#quietly) this.#answered(mailbox, folder, answered);
    }
  }

  get #quietly(): boolean {
    return this.deps.store.settings.get(spamSettings).learnQuietly;
  }

  /** What a move or copy between folders says of a message. */
  #moved(from: number, to: number): { kind: Kind; quiet?: boolean } | undefined {
    const { mailstore } = this.deps;
    const [source, target] = [mailstore.folderById(from), mailstore.folderById(to)];
    if (source === undefined || target === undefined) return undefined;
    const role = target.specialUse ?? "";
    if (role === "Junk") return source.specialUse === "Junk" ? undefined : { kind: "spam" };
    if (SAYS_NOTHING.has(role)) return undefined;
    if (source.specialUse === "Junk") return { kind: "ham" };
    return source.name === "INBOX" && this.#quietly ? { kind: "ham", quiet: true } : undefined;
  }

  #answered(mailbox: number, folder: number, messages: readonly { readonly uid: number }[]): void {
    const { mailstore } = this.deps;
    if (mailstore.folderById(folder)?.specialUse === "Junk") return;
    const lessons = messages.flatMap(({ uid }): Lesson[] => {
      const content = mailstore.contentOf(folder, uid);
      return content === undefined ? [] : [{ mailbox, content, kind: "ham", quiet: true }];
    });
    this.#teach(lessons);
  }

  #teach(lessons: readonly Lesson[]): void {
    if (this.#stopped || !this.deps.store.settings.get(spamSettings).words) return;
    this.#waiting.push(...lessons.slice(0, MOST_WAITING - this.#waiting.length));
    this.#learning ??= this.#learn();
  }

  async #learn(): Promise<void> {
    try {
      const { school, sentMail, judges } = await this.room();
      while (this.#waiting.length + this.#sent.length > 0) {
        const [lessons, sent] = [this.#waiting, this.#sent];
        [this.#waiting, this.#sent] = [[], []];
        await school.learn(lessons);
        await judges.teach(lessons);
        await sentMail.remember(sent);
      }
    } catch (fault) {
      this.deps.store.events.fault("filter", "learn what is junk", fault);
    } finally {
      this.#learning = undefined;
    }
  }
}
