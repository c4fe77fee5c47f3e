/**
 * Messages that are put off: they lie in a folder of their own until their time, and then come back to where they were, unread and as if
 * they had just arrived. The move and the mark of when it is to be undone are one commit; so are the way back and the end of the mark.
 * What somebody moved elsewhere in the meantime stays there.
 */
import type { Store, Tx } from "../store/store.ts";
import { ANSWERED, DELETED, DRAFT, FLAGGED } from "./flags.ts";
import type { Folders } from "./folders.ts";
import { FOLDER_SPAN, keyOf } from "./keys.ts";
import type { Copied, Copying, Messages } from "./messages.ts";
import { inSlices } from "./slices.ts";

/** The folder of the messages that are put off; the attribute \Snoozed is registered for it. */
export const SNOOZED = "Snoozed";

/** The longest that timers wait; the clock may be set meanwhile. */
const LONGEST_WAIT_MS = 600_000;
/** After a fault it is tried again so much later. */
const AGAIN_MS = 60_000;
/** Messages that come back in one go. */
const SLICE = 200;
const ALL_BUT_SEEN = { system: ANSWERED | FLAGGED | DELETED | DRAFT, keywords: true };

/** When a message comes back: milliseconds since the epoch. */
export interface Timed {
  readonly uid: number;
  readonly due: number;
}

interface Row {
  readonly id: number;
  readonly back: number;
}

export class Snoozes {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #waking: Promise<void> = Promise.resolve();
  #stopped = true;

  constructor(
    private readonly store: Store,
    private readonly stock: { readonly folders: Folders; readonly messages: Messages },
  ) {}

  /** Wakes what is due, and waits for the next. */
  start(): void {
    this.#stopped = false;
    this.#arm();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#waking;
  }

  /** Puts messages off until a time; gives what `Messages.copy` does. @param due milliseconds since the epoch */
  async put(
    from: number,
    uids: readonly number[],
    to: number,
    due: number,
    options: Pick<Copying, "reader" | "targetReader"> = {},
  ): Promise<Copied> {
    const note = (tx: Tx, { to: there }: Copied) => {
      const put = tx.client.query("INSERT OR REPLACE INTO snoozed (id, back, due) VALUES (?, ?, ?)");
      for (const uid of there) put.run(keyOf(to, uid), from, due);
    };
    const copied = await this.stock.messages.copy(from, uids, to, { ...options, move: true, within: note });
    this.#arm();
    return copied;
  }

  /**
   * Gives messages that lie aside already other times, a slice a commit; gives the times before. What is not there is passed over.
   * @param back the folder to which those come that had none
   */
  async set(folder: number, times: readonly Timed[], back: number): Promise<Timed[]> {
    const before: Timed[] = [];
    let at = 0;
    await inSlices(
      this.store,
      (tx, most) => this.#setWithin(tx, folder, times.slice(at, at + most), back),
      (slice, most) => {
        for (const one of slice) before.push(one);
        at += most;
        return at < times.length;
      },
    );
    this.#arm();
    return before;
  }

  #setWithin(tx: Tx, folder: number, times: readonly Timed[], back: number): Timed[] {
    const put = tx.client.query(
      `INSERT INTO snoozed (id, back, due) SELECT id, ?2, ?3 FROM messages WHERE id = ?1
       ON CONFLICT (id) DO UPDATE SET due = ?3`,
    );
    const before: Timed[] = [];
    for (const { uid, due } of times) {
      const known = this.dueAt(folder, uid);
      if (known !== undefined) before.push({ uid, due: known });
      put.run(keyOf(folder, uid), back, due);
    }
    return before;
  }

  /** When a message of a folder comes back, in milliseconds since the epoch. */
  dueAt(folder: number, uid: number): number | undefined {
    const row = this.store.client.query<{ due: number }, [number]>("SELECT due FROM snoozed WHERE id = ?");
    return row.get(keyOf(folder, uid))?.due;
  }

  #arm(): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    const next = this.store.client.query<{ due: number | null }, []>("SELECT min(due) AS due FROM snoozed").get()?.due;
    if (next === null || next === undefined) return;
    this.#wait(Math.min(Math.max(0, next - Date.now()), LONGEST_WAIT_MS));
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#waking = this.#wake().then(
        () => this.#arm(),
        (fault: unknown) => {
          this.store.events.fault("mailstore", "bring back what was put off", fault);
          if (!this.#stopped) this.#wait(AGAIN_MS);
        },
      );
    }, ms);
    this.#timer.unref();
  }

  async #wake(): Promise<void> {
    const due = this.store.client.query<Row, [number, number]>(
      "SELECT id, back FROM snoozed WHERE due <= ? ORDER BY due, id LIMIT ?",
    );
    while (!this.#stopped) {
      const rows = due.all(Date.now(), SLICE);
      if (rows.length === 0) return;
      for (const group of groups(rows)) await this.#bring(group);
    }
  }

  async #bring({ folder, back, uids }: Group): Promise<void> {
    const end = (tx: Tx) => {
      const forget = tx.client.query("DELETE FROM snoozed WHERE id = ?");
      for (const uid of uids) forget.run(keyOf(folder, uid));
    };
    const from = this.stock.folders.byId(folder);
    // The folder it came from may be gone; its inbox is not.
    const to = from && (this.stock.folders.byId(back)?.id ?? this.stock.folders.byName(from.mailboxId, "INBOX")?.id);
    if (to !== undefined) {
      const way = { move: true, reach: ALL_BUT_SEEN, arrivedAt: Date.now(), within: end };
      await this.stock.messages.copy(folder, uids, to, way);
    }
    // Nothing of it may be there any more.
    await this.store.commit(end);
  }
}

interface Group {
  readonly folder: number;
  readonly back: number;
  readonly uids: number[];
}

/** Messages of one folder that go back to the same. */
function groups(rows: readonly Row[]): Group[] {
  const found = new Map<string, Group>();
  for (const { id, back } of rows) {
    const folder = Math.floor(id / FOLDER_SPAN);
    const key = `${folder} ${back}`;
    const group = found.get(key) ?? { folder, back, uids: [] };
    group.uids.push(id - folder * FOLDER_SPAN);
    found.set(key, group);
  }
  return [...found.values()];
}
