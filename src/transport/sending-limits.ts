/**
 * How much a user may send beyond this server: whoever steals a password sends little until somebody is told. Counted are recipients
 * elsewhere of what users hand in, wherever they do; the queue's rows count them (queue/rows.ts). Not counted are forwarding, lists and what
 * the server writes itself.
 */
import type { Statement } from "bun:sqlite";
import { hasExpired } from "../directory/expiry.ts";
import { ADMINISTRATOR } from "../directory/permissions.ts";
import type { User } from "../directory/user.ts";
import { Refusal } from "../refusal.ts";
import { noticeTo } from "./notice.ts";
import type { Parts } from "./parts.ts";
import { SENT_SLOT_MS } from "./queue/rows.ts";
import { transportSettings } from "./settings.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MINUTE_MS = 60_000;

export class SendingLimits {
  readonly #since: Statement<{ sent: number }, [number, number]>;
  readonly #slots: Statement<{ slot: number; recipients: number }, [number, number]>;
  readonly #forget: Statement;
  /** When somebody was last told of a user, milliseconds since the epoch. */
  readonly #told = new Map<number, number>();
  readonly #telling = new Set<Promise<void>>();

  constructor(private readonly parts: Parts) {
    const { client } = parts.store;
    this.#since = client.prepare(
      "SELECT coalesce(sum(recipients), 0) AS sent FROM sent_counts WHERE user_id = ? AND slot > ?",
    );
    this.#slots = client.prepare(
      "SELECT slot, recipients FROM sent_counts WHERE user_id = ? AND slot > ? ORDER BY slot",
    );
    this.#forget = client.prepare("DELETE FROM sent_counts WHERE slot < ?");
  }

  /**
   * Whether a user may send to so many more addresses elsewhere now.
   * @throws Refusal "tooMany" (450 4.7.1), with when to try again; administrators are told once a day
   */
  check(user: User, more: number): void {
    const { sendPerHour, sendPerDay } = this.parts.store.settings.get(transportSettings);
    this.#within(user, more, { most: sendPerHour, ms: HOUR_MS, period: "hour" });
    this.#within(user, more, { most: sendPerDay, ms: DAY_MS, period: "day" });
  }

  /** Forgets what no period reaches back to any more. */
  async prune(): Promise<void> {
    const { store, now } = this.parts;
    await store.commit(() => this.#forget.run(slotOf(now() - DAY_MS)));
  }

  /** Resolves when everybody who is to be told has been. */
  async settled(): Promise<void> {
    while (this.#telling.size > 0) await Promise.all(this.#telling);
  }

  #within(
    user: User,
    more: number,
    { most, ms, period }: { readonly most: number; readonly ms: number; readonly period: string },
  ): void {
    const { now } = this.parts;
    if (most === 0) return;
    const after = slotOf(now() - ms);
    const sent = this.#since.get(user.id, after)?.sent ?? 0;
    if (sent + more <= most) return;
    this.#tell(user, sent, period);
    const minutes = Math.max(1, Math.ceil((this.#freeAt(user, sent + more - most, after) + ms - now()) / MINUTE_MS));
    const when =
      more > most ? "write to fewer at once" : `try again in ${minutes} ${minutes === 1 ? "minute" : "minutes"}`;
    const text = `You may send to ${most} addresses beyond this server in one ${period}, and have sent to ${sent}: ${when}, or ask your administrator for more.`;
    throw new Refusal("tooMany", text, { temporary: true, smtp: { code: 450, enhanced: "4.7.1" } });
  }

  /** The end of the slot with which so many recipients fall out of the period, milliseconds since the epoch. */
  #freeAt(user: User, needed: number, after: number): number {
    let left = needed;
    for (const { slot, recipients } of this.#slots.all(user.id, after)) {
      left -= recipients;
      if (left <= 0) return (slot + 1) * SENT_SLOT_MS;
    }
    return this.parts.now();
  }

  #tell(user: User, sent: number, period: string): void {
    const { store, now } = this.parts;
    const last = this.#told.get(user.id);
    if (last !== undefined && now() - last < DAY_MS) return;
    this.#told.set(user.id, now());
    const text = `${user.login} has sent to ${sent} addresses in one ${period} and may send no more for now.`;
    store.events.log({ room: "transport", name: "sending.limited", level: "warn", user: user.login, text });
    const telling = this.#warn(user, text)
      .catch((fault: unknown) => store.events.fault("transport", "warn of a sending limit", fault))
      .finally(() => this.#telling.delete(telling));
    this.#telling.add(telling);
  }

  async #warn(user: User, text: string): Promise<void> {
    const { directory, store, now } = this.parts;
    const words = {
      subject: `${user.login} has reached a limit of sending`,
      text: [
        text,
        "If that is not what this person does every day, somebody else may know the password: change it, end the sessions, and look at the queue for what should not go out.",
        "How much may be sent is set with transport.sendPerHour and transport.sendPerDay.",
      ].join("\n\n"),
    };
    for (const id of directory.users.ids({ kind: "user", permission: ADMINISTRATOR })) {
      const administrator = directory.users.byId(id);
      if (!administrator?.enabled || hasExpired(administrator, now()) || administrator.administers !== null) continue;
      if (administrator.primaryMailbox === 0) continue;
      const notice = await noticeTo(this.parts, administrator.primaryMailbox, words);
      notice.report(await store.commit((tx) => notice.place(tx)));
    }
  }
}

function slotOf(ms: number): number {
  return Math.floor(ms / SENT_SLOT_MS);
}
