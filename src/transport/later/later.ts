/**
 * Letters that leave later: at a time their writer chose, or after the seconds in which he may call them back. The octets that will be
 * sent lie in the content store and one row says when; the draft stays where it is, for every mail program to see. The commit that
 * accepts the letter takes row and draft away, so that it leaves once, however often the process ends before. Whoever deletes or changes
 * the draft elsewhere has called it back.
 */
import { and, asc, count, eq, isNull, min, sql } from "drizzle-orm";
import { userChanged } from "../../directory/changes.ts";
import type { User } from "../../directory/user.ts";
import { Refusal } from "../../refusal.ts";
import { topic } from "../../store/changes.ts";
import type { Staged } from "../../store/content-writer.ts";
import { newTrace } from "../../store/events.ts";
import type { Tx } from "../../store/store.ts";
import type { Parts } from "../parts.ts";
import type { Receiver } from "../receiver.ts";
import { heldLetters } from "../tables.ts";
import type { Posting } from "./post.ts";

/** Letters that one user may have waiting, and their octets: what waits counts in no mailbox, and its draft may be gone. */
const MOST = 500;
const MOST_OCTETS = 2_000_000_000;
/** How far ahead a letter may be put off. */
const LONGEST_MS = 3 * 366 * 86_400_000;
/** When it is tried again where the reason passes (milliseconds). */
const AGAIN_MS = 60_000;
/** How long nothing is tried after a fault of the store (milliseconds). */
const REST_MS = 5_000;
/** A timer for longer would fire at once. */
const LONGEST_TIMER = 3_600_000;

/** A letter that waits. */
export interface HeldLetter {
  readonly id: number;
  readonly userId: number;
  readonly content: number;
  /** When it leaves, epoch milliseconds. */
  readonly dueAt: number;
  readonly posting: Posting;
  /** The address of the client that sent it. */
  readonly remote: string;
  /** Why it could not leave, in a sentence; null while it may. It waits until its writer does something. */
  readonly problem: string | null;
}

/** Somebody's letters that wait have changed. */
export const lettersChanged = topic<{ readonly userId: number }>("transport.letters");

/** What leaving needs beyond the parts: the transport's own receiver. */
export interface LaterParts extends Parts {
  readonly receiver: (envelope: Parameters<Parts["receive"]>[0]) => Receiver;
}

export class Later {
  readonly #next;
  readonly #due;
  readonly #count;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | undefined;
  #started = false;

  constructor(private readonly parts: LaterParts) {
    const { store } = parts;
    const waiting = isNull(heldLetters.problem);
    this.#next = store.db
      .select({ at: min(heldLetters.dueAt) })
      .from(heldLetters)
      .where(waiting)
      .prepare();
    this.#due = store.db
      .select()
      .from(heldLetters)
      .where(and(waiting, sql`due_at <= ${sql.placeholder("now")}`))
      .orderBy(asc(heldLetters.dueAt), asc(heldLetters.id))
      .limit(1)
      .prepare();
    this.#count = store.db
      .select({ n: count() })
      .from(heldLetters)
      .where(eq(heldLetters.userId, sql.placeholder("user")))
      .prepare();
    store.changes.on(lettersChanged, () => this.#arm());
    store.changes.on(userChanged, ({ id, change }) => {
      if (change !== "removed") return;
      store
        .commit((tx) => this.list(id).map((one) => this.#dropWithin(tx, one)))
        .catch((fault: unknown) => store.events.fault("transport", "drop a removed user's letters", fault));
    });
  }

  /** Lets go what is due, now and from now on. */
  start(): void {
    this.#started = true;
    this.#arm();
  }

  /** Ends; a letter that is leaving does so first. */
  async stop(): Promise<void> {
    this.#started = false;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** Looks at the clock now, instead of when the next letter is due. */
  wake(): void {
    this.#arm();
  }

  /** A user's letters that wait, the next one first. */
  list(userId: number): HeldLetter[] {
    const own = eq(heldLetters.userId, userId);
    return this.parts.store.db
      .select()
      .from(heldLetters)
      .where(own)
      .orderBy(asc(heldLetters.dueAt), asc(heldLetters.id))
      .all();
  }

  /** How many of a user's letters wait. */
  count(userId: number): number {
    return this.#count.get({ user: userId })?.n ?? 0;
  }

  /** The letter whose draft has this key. */
  byKey(userId: number, key: string): HeldLetter | undefined {
    const own = and(eq(heldLetters.userId, userId), eq(heldLetters.key, key));
    return this.parts.store.db.select().from(heldLetters).where(own).get();
  }

  /** @throws Refusal "notFound" */
  require(userId: number, id: number): HeldLetter {
    const own = and(eq(heldLetters.userId, userId), eq(heldLetters.id, id));
    const letter = this.parts.store.db.select().from(heldLetters).where(own).get();
    if (letter === undefined) throw new Refusal("notFound", "This message does not wait any more: it has left.");
    return letter;
  }

  /** Holds a letter until a time. @throws Refusal "tooMany", "tooLarge", "invalid" for a time too far ahead */
  holdWithin(tx: Tx, userId: number, posting: Posting, octets: Staged, dueAt: number, remote: string): HeldLetter {
    if (this.count(userId) >= MOST)
      throw new Refusal("tooMany", `${MOST} messages wait already. Send or call back some of them first.`);
    if (this.#octets(userId) + octets.size > MOST_OCTETS)
      throw new Refusal("tooLarge", "What waits to be sent is too large already. Send or call back some of it first.");
    this.#checkTime(dueAt);
    const content = this.parts.store.content.adopt(tx, octets);
    const { key } = posting;
    const createdAt = this.parts.now();
    const row = { userId, key, content, dueAt, posting, remote, createdAt };
    tx.emit(lettersChanged, { userId });
    return tx.db.insert(heldLetters).values(row).returning().get();
  }

  /** Puts a letter off to another time, or lets it go now. @throws Refusal "notFound", "invalid" */
  putOffWithin(tx: Tx, userId: number, id: number, dueAt: number): HeldLetter {
    this.#checkTime(dueAt);
    this.require(userId, id);
    tx.emit(lettersChanged, { userId });
    const own = eq(heldLetters.id, id);
    return tx.db.update(heldLetters).set({ dueAt, problem: null }).where(own).returning().get() ?? gone();
  }

  /** Calls a letter back: it is a draft as before. @throws Refusal "notFound" where it has left */
  callBackWithin(tx: Tx, userId: number, id: number): HeldLetter {
    const letter = this.require(userId, id);
    this.#dropWithin(tx, letter);
    return letter;
  }

  /** Octets of all letters of a user that wait. */
  #octets(userId: number): number {
    const sum = this.parts.store.client.query<{ octets: number }, [number]>(
      "SELECT total(size) AS octets FROM contents WHERE id IN (SELECT content FROM held_letters WHERE user_id = ?)",
    );
    return sum.get(userId)?.octets ?? 0;
  }

  #checkTime(dueAt: number): void {
    if (dueAt - this.parts.now() > LONGEST_MS)
      throw new Refusal("invalid", "A message can wait for three years at most.", { field: "at" });
  }

  /** @throws Refusal "notFound" where it is gone already: whatever else the commit did is undone */
  #dropWithin(tx: Tx, { id, userId, content }: HeldLetter): void {
    const removed = tx.db.delete(heldLetters).where(eq(heldLetters.id, id)).returning({ id: heldLetters.id }).all();
    if (removed.length === 0) gone();
    this.parts.store.content.release(tx, content);
    tx.emit(lettersChanged, { userId });
  }

  #arm(least = 0): void {
    clearTimeout(this.#timer);
    if (!this.#started || this.#running !== undefined) return;
    const at = this.#next.get()?.at ?? undefined;
    if (at === undefined) return;
    const wait = Math.min(Math.max(at - this.parts.now(), least), LONGEST_TIMER);
    this.#timer = setTimeout(() => this.#run(), wait);
  }

  #run(): void {
    let rest = 0;
    this.#running ??= this.#leave()
      .catch((fault: unknown) => {
        rest = REST_MS;
        this.parts.store.events.fault("transport", "send what waited", fault);
      })
      .finally(() => {
        this.#running = undefined;
        this.#arm(rest);
      });
  }

  /** Lets everything go that is due. */
  async #leave(): Promise<void> {
    while (this.#started) {
      const letter = this.#due.get({ now: this.parts.now() });
      if (letter === undefined) return;
      try {
        await this.#send(letter);
      } catch (error) {
        await this.#failed(letter, error);
      }
    }
  }

  async #send(letter: HeldLetter): Promise<void> {
    const { directory, mailstore, store, whereabouts, now } = this.parts;
    const { posting, content } = letter;
    const user = directory.users.byId(letter.userId);
    const { draft } = posting;
    const changed = draft !== null && mailstore.contentOf(draft.folder, draft.uid) === undefined;
    if (user === undefined || changed) {
      await store.commit((tx) => this.#dropWithin(tx, letter));
      if (changed) this.#log(letter, user, "letter.calledBack", "was not sent: its draft was changed or deleted");
      return;
    }
    if (!user.enabled) throw new Refusal("notPermitted", "Your account is switched off.");
    if (!directory.maySendAs(user.id, posting.reversePath))
      throw new Refusal("notPermitted", `You may no longer send from ${posting.reversePath}.`);
    await whereabouts.ask([...posting.recipients]);
    const { dated, post } = await import("./post.ts");
    const trace = newTrace();
    const origin = { kind: "web", protocol: "HTTP", remote: letter.remote, user, session: trace, trace } as const;
    const octets = dated(store.content.stream(content), now());
    await post(this.parts, user, posting, octets, origin, (tx) => this.#dropWithin(tx, letter));
  }

  /** It waits for its reason to pass, or for its writer, who is told. */
  async #failed(letter: HeldLetter, error: unknown): Promise<void> {
    const { store, now } = this.parts;
    const own = eq(heldLetters.id, letter.id);
    if (error instanceof Refusal && error.kind === "notFound" && this.#isGone(letter)) return;
    if (!(error instanceof Refusal)) store.events.fault("transport", "send what waited", error);
    if (!(error instanceof Refusal) || error.temporary) {
      await store.commit((tx) =>
        tx.db
          .update(heldLetters)
          .set({ dueAt: now() + AGAIN_MS })
          .where(own)
          .run(),
      );
      return;
    }
    await store.commit((tx) => {
      tx.db.update(heldLetters).set({ problem: error.sentence }).where(own).run();
      tx.emit(lettersChanged, { userId: letter.userId });
    });
    const user = this.parts.directory.users.byId(letter.userId);
    this.#log(letter, user, "letter.stuck", `could not be sent: ${error.sentence}`);
    if (user !== undefined) await this.#tell(user, letter, error.sentence);
  }

  #isGone({ id }: HeldLetter): boolean {
    const found = this.parts.store.db
      .select({ id: heldLetters.id })
      .from(heldLetters)
      .where(eq(heldLetters.id, id))
      .get();
    return found === undefined;
  }

  async #tell(user: User, { posting }: HeldLetter, why: string): Promise<void> {
    const { deliverNotice } = await import("../notice.ts");
    const text = `Your message “${posting.subject}” to ${posting.to} was to be sent now, and could not be:\n\n${why}\n\nIt is kept in your drafts, and in webmail under Scheduled. Open it there, change what is wrong, and send it again.\n`;
    await deliverNotice(this.parts, user.primaryMailbox, { subject: `Not sent: ${posting.subject}`, text }).catch(
      (fault: unknown) => this.parts.store.events.fault("transport", "tell that a message was not sent", fault),
    );
  }

  #log({ posting }: HeldLetter, user: User | undefined, name: string, what: string): void {
    const text = `A message of ${user?.login ?? "somebody"} that waited ${what}.`;
    this.parts.store.events.log({ room: "transport", name, text, data: { messageId: posting.key } });
  }
}

function gone(): never {
  throw new Refusal("notFound", "This message does not wait any more: it has left.");
}
