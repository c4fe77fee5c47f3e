/**
 * The end of accounts: users and administrators are warned by mail before an account expires, and when it does, whoever keeps its
 * sessions is told to look again. Being warned is noted in the commit that holds the mail.
 */
import { userChanged } from "../directory/changes.ts";
import { DAY_MS, expiryOf, hasExpired } from "../directory/expiry.ts";
import { ADMINISTRATOR } from "../directory/permissions.ts";
import type { User } from "../directory/user.ts";
import { noticeTo } from "./notice.ts";
import type { Parts } from "./parts.ts";
import { mailDate } from "./received.ts";
import type { Sealed } from "./sealed.ts";
import { accountSettings } from "./settings.ts";

/** How far ahead ends are watched to the second; longer than from one round to the next. */
const HORIZON_MS = 2 * 3_600_000;
/** Users warned in one commit. */
const TOGETHER = 50;

/** A user who is to be warned. */
interface Ending {
  readonly user: User;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export class Accounts {
  /** When accounts end, for those that do so soon. */
  readonly #soon = new Map<number, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #unsubscribe: (() => void) | undefined;
  #sweeping: Promise<number> | undefined;

  constructor(private readonly parts: Parts) {}

  /** Begins to watch for accounts that end. */
  start(): void {
    if (this.#unsubscribe !== undefined) return;
    this.#unsubscribe = this.parts.store.changes.on(userChanged, ({ id }) => {
      this.#watch(id);
      this.#arm();
    });
    this.#watchAll();
  }

  async stop(): Promise<void> {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    clearTimeout(this.#timer);
    await this.#sweeping?.catch(() => undefined);
  }

  /** Warns those whose accounts end within the days that are set; resolves with how many. A round that is under way is joined. */
  sweep(): Promise<number> {
    this.#sweeping ??= this.#warnAll().finally(() => {
      this.#sweeping = undefined;
    });
    return this.#sweeping;
  }

  async #warnAll(): Promise<number> {
    const { directory, store, now } = this.parts;
    if (this.#unsubscribe !== undefined) this.#watchAll();
    const { expiryWarnDays } = store.settings.get(accountSettings);
    const first = Math.max(0, ...expiryWarnDays) * DAY_MS;
    if (first === 0) return 0;
    const ids = directory.users.ids({ kind: "user", state: "ending", now: now(), endsBefore: now() + first });
    let warned = 0;
    for (let at = 0; at < ids.length; at += TOGETHER) {
      const due = ids.slice(at, at + TOGETHER).flatMap((id) => this.#due(id, expiryWarnDays) ?? []);
      if (due.length > 0) warned += await this.#warn(due);
      await store.turns.next();
    }
    return warned;
  }

  /** A user for whom one of the days to warn has come since he was warned last. */
  #due(id: number, days: readonly number[]): Ending | undefined {
    const user = this.parts.directory.users.byId(id);
    const at = user === undefined ? undefined : expiryOf(user);
    const now = this.parts.now();
    if (user === undefined || at === undefined || at <= now || !user.enabled || user.primaryMailbox === 0)
      return undefined;
    const told = user.expiryWarnedAt ?? 0;
    const passed = days.map((day) => at - day * DAY_MS).filter((mark) => mark <= now);
    return passed.some((mark) => told < mark) ? { user, at } : undefined;
  }

  async #warn(due: readonly Ending[]): Promise<number> {
    const { store, directory, now } = this.parts;
    const notices: Sealed[] = [];
    const { parts } = this;
    try {
      for (const ending of due) notices.push(await noticeTo(parts, ending.user.primaryMailbox, toUser(ending, now())));
      for (const [mailbox, list] of this.#administrators(due)) {
        notices.push(await noticeTo(parts, mailbox, toAdministrator(list, now())));
      }
      const placed = await store.commit((tx) => {
        for (const { user } of due) {
          const current = directory.users.byId(user.id);
          if (current !== undefined) directory.users.updateWithin(tx, current.login, { expiryWarnedAt: now() });
        }
        return notices.map((notice) => [notice, notice.place(tx)] as const);
      });
      for (const [notice, accepted] of placed) notice.report(accepted);
    } catch (error) {
      for (const notice of notices) await notice.discard();
      throw error;
    }
    for (const { user, at } of due) {
      const text = `${user.login} was told that the account expires on ${mailDate(at)}.`;
      store.events.log({ room: "transport", name: "account.warned", user: user.login, text });
    }
    return due.length;
  }

  /** The primary mailboxes of the administrators who look after some of these users, with those users. */
  #administrators(due: readonly Ending[]): Map<number, Ending[]> {
    const { directory, store, now } = this.parts;
    const told = new Map<number, Ending[]>();
    if (!store.settings.get(accountSettings).warnAdministrators) return told;
    for (const id of directory.users.ids({ kind: "user", permission: ADMINISTRATOR })) {
      const administrator = directory.users.byId(id);
      if (administrator === undefined || !administrator.enabled || hasExpired(administrator, now())) continue;
      const { administers, primaryMailbox } = administrator;
      const reach = administers === null ? undefined : new Set(administers);
      const list = due.filter(({ user }) => {
        if (user.id === administrator.id) return false;
        if (reach === undefined) return true;
        // As everywhere: of somebody with rights over others only the whole house's administrators hear.
        const addresses = directory.aliases.list({ ownerId: user.id });
        return (
          addresses.length > 0 &&
          addresses.every(({ domainId }) => reach.has(domainId)) &&
          !user.permissions.has(ADMINISTRATOR)
        );
      });
      if (list.length > 0 && primaryMailbox !== 0) told.set(primaryMailbox, list);
    }
    return told;
  }

  #watchAll(): void {
    const { directory, now } = this.parts;
    const endsBefore = now() + HORIZON_MS;
    for (const id of directory.users.ids({ kind: "user", state: "ending", now: now(), endsBefore })) this.#watch(id);
    this.#arm();
  }

  #watch(id: number): void {
    const user = this.parts.directory.users.byId(id);
    const at = user?.kind === "user" ? expiryOf(user) : undefined;
    const now = this.parts.now();
    if (at !== undefined && at > now && at <= now + HORIZON_MS) this.#soon.set(id, at);
    else this.#soon.delete(id);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#soon.size === 0 || this.#unsubscribe === undefined) return;
    const next = Math.min(...this.#soon.values());
    this.#timer = setTimeout(() => this.#ended(), Math.max(0, next - this.parts.now()) + 1);
    this.#timer.unref();
  }

  /** Tells that accounts have ended. A login meanwhile may have put the end off. */
  #ended(): void {
    const { directory, store, now } = this.parts;
    for (const [id, at] of [...this.#soon]) {
      if (at > now()) continue;
      const user = directory.users.byId(id);
      this.#watch(id);
      if (user === undefined || !hasExpired(user, now())) continue;
      const text = `The account of ${user.login} has expired.`;
      store.events.log({ room: "transport", name: "account.expired", user: user.login, text });
      store
        .commit((tx) => tx.emit(userChanged, { id, login: user.login, change: "updated", credentials: false }))
        .catch((fault: unknown) => store.events.fault("transport", "tell that an account ended", fault));
    }
    this.#arm();
  }
}

function toUser({ user, at }: Ending, now: number) {
  const idle = user.expiresAfterIdleDays !== null && at !== user.expiresAt;
  return {
    subject: `Your account expires ${inDays(at - now)}`,
    text: [
      `Your account ${user.login} on this server expires on ${mailDate(at)}.`,
      idle
        ? `That is because nobody has logged in for a while. Log in before that day, and it stays for another ${user.expiresAfterIdleDays} days.`
        : "If you still need it, ask your administrator to renew it before that day.",
      "After that day you can no longer log in. Your mail is kept.",
    ].join("\n\n"),
  };
}

function toAdministrator(list: readonly Ending[], now: number) {
  const lines = list.map(({ user, at }) => {
    const name = user.fullName === "" ? "" : ` (${user.fullName})`;
    return `    ${user.login}${name}: ${mailDate(at)}`;
  });
  const [only] = list;
  return {
    subject:
      list.length === 1 && only !== undefined
        ? `The account ${only.user.login} expires ${inDays(only.at - now)}`
        : `${list.length} accounts expire soon`,
    text: [
      "These accounts expire soon:",
      lines.join("\n"),
      "Their users were told. An account is renewed under Administration → Users, or with “gatepost user renew”.",
    ].join("\n\n"),
  };
}

function inDays(ms: number): string {
  const days = Math.max(1, Math.ceil(ms / DAY_MS));
  return days === 1 ? "within a day" : `in ${days} days`;
}
