/**
 * What was learned of tokens, in the store: counts of everybody's mail, and of each mailbox that taught something. A message that a
 * mailbox teaches counts in both. Few numbers a token, and what is seen no more ages away.
 */
import type { Database, Statement } from "bun:sqlite";
import type { Store, Tx } from "../../store/store.ts";
import { SHARED_PROFILE as SHARED } from "../spam-settings.ts";
import { type Counts, chanceOfBoth, combined } from "./chances.ts";
import { TOKEN_SPAN } from "./tokens.ts";

/** What a mailbox has taught, and where its junk begins. */
export interface Profile extends Counts {
  readonly id: number;
  readonly mailbox: number;
  readonly junkAt: number | null;
}

/** Tokens asked for in one statement. */
const AT_ONCE = 100;
/** Profile numbers stay below this, so that keys stay whole numbers: 2⁵³ ÷ 2⁴⁰. */
const MOST_PROFILES = 8_191;
const DAY_MS = 86_400_000;
/** A token that one message alone brought is forgotten after so many days, any other after so many years. */
const RARE_DAYS = 60;
const OLD_DAYS = 730;
const AGE_ROWS = 2_000;

const NOTHING: Counts = { ham: 0, spam: 0 };

function prepare(client: Database) {
  const places = Array.from({ length: AT_ONCE }, () => "?").join(",");
  return {
    tokens: client.prepare(`SELECT id, ham, spam FROM spam_tokens WHERE id IN (${places})`),
    learn: client.prepare(
      `INSERT INTO spam_tokens (id, ham, spam, day) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (id) DO UPDATE SET ham = ham + ?2, spam = spam + ?3, day = ?4`,
    ),
    unlearn: client.prepare("UPDATE spam_tokens SET ham = max(0, ham - ?2), spam = max(0, spam - ?3) WHERE id = ?1"),
    sweep: client.prepare("DELETE FROM spam_tokens WHERE id = ? AND ham = 0 AND spam = 0"),
    profile: client.prepare<Profile, [number]>(
      "SELECT id, mailbox, ham, spam, junk_at AS junkAt FROM spam_profiles WHERE mailbox = ?",
    ),
    profiles: client.prepare<Profile, []>(
      "SELECT id, mailbox, ham, spam, junk_at AS junkAt FROM spam_profiles ORDER BY id",
    ),
    newProfile: client.prepare("INSERT INTO spam_profiles (id, mailbox) VALUES (?, ?)"),
    freeId: client.prepare<{ id: number }, []>(
      `SELECT min(id) AS id FROM (SELECT 1 AS id UNION ALL SELECT id + 1 FROM spam_profiles)
       WHERE id NOT IN (SELECT id FROM spam_profiles)`,
    ),
    count: client.prepare("UPDATE spam_profiles SET ham = max(0, ham + ?), spam = max(0, spam + ?) WHERE id = ?"),
    junkAt: client.prepare("UPDATE spam_profiles SET junk_at = ? WHERE id = ?"),
    clear: client.prepare("UPDATE spam_profiles SET ham = 0, spam = 0 WHERE id = ?"),
    forgetTokens: client.prepare(
      "DELETE FROM spam_tokens WHERE id IN (SELECT id FROM spam_tokens WHERE id >= ? AND id < ? LIMIT ?)",
    ),
    remove: client.prepare("DELETE FROM spam_profiles WHERE id = ?"),
    range: client.prepare<Row, [number, number, number]>(
      "SELECT id, ham, spam, day FROM spam_tokens WHERE id > ? AND id < ? ORDER BY id LIMIT ?",
    ),
    forget: client.prepare("DELETE FROM spam_tokens WHERE id = ?"),
  } satisfies Record<string, Statement>;
}

/** A row of the table of tokens. */
interface Row extends Counts {
  readonly id: number;
  readonly day: number;
}

export class Statistics {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(
    private readonly store: Store,
    private readonly now: () => number,
  ) {
    this.#sql = prepare(store.client);
  }

  /** What everybody's mail came to. */
  shared(): Counts {
    return this.#sql.profile.get(SHARED) ?? NOTHING;
  }

  /** What a mailbox taught; undefined where nothing is known of it. */
  profile(mailbox: number): Profile | undefined {
    return this.#sql.profile.get(mailbox) ?? undefined;
  }

  profiles(): Profile[] {
    return this.#sql.profiles.all();
  }

  /**
   * How likely a message with these tokens is junk for each of the mailboxes (0 to 1), and for one that taught nothing (`SHARED`).
   */
  async chances(tokens: readonly number[], mailboxes: readonly number[]): Promise<Map<number, number>> {
    const sharedAll = this.shared();
    const shared = this.#counts(tokens, SHARED);
    const chances = new Map<number, number>();
    const judge = (own: ReadonlyMap<number, Counts>, ownAll: Counts) =>
      combined(
        tokens.map((token) => chanceOfBoth(own.get(token) ?? NOTHING, ownAll, shared.get(token) ?? NOTHING, sharedAll)),
      );
    chances.set(SHARED, judge(new Map(), NOTHING));
    for (const mailbox of mailboxes) {
      const profile = this.profile(mailbox);
      if (profile === undefined || profile.ham + profile.spam === 0) continue;
      if (this.store.turns.over) await this.store.turns.next();
      chances.set(mailbox, judge(this.#counts(tokens, profile.id), profile));
    }
    return chances;
  }

  #counts(tokens: readonly number[], profile: number): Map<number, Counts> {
    const base = profile * TOKEN_SPAN;
    const counts = new Map<number, Counts>();
    for (let at = 0; at < tokens.length; at += AT_ONCE) {
      const keys = new Array<number>(AT_ONCE).fill(-1);
      for (let next = 0; next < AT_ONCE && at + next < tokens.length; next++)
        keys[next] = base + (tokens[at + next] ?? 0);
      for (const [id, ham, spam] of this.#sql.tokens.values(...keys) as [number, number, number][]) {
        counts.set(id - base, { ham, spam });
      }
    }
    return counts;
  }

  /** A message of a mailbox is learned, or with `by` −1 taken back, for the mailbox and for everybody. */
  learnWithin(tx: Tx, mailbox: number, tokens: readonly number[], spam: boolean, by: 1 | -1): void {
    const day = Math.floor(this.now() / DAY_MS);
    const [ham, junk] = spam ? [0, by] : [by, 0];
    for (const id of [SHARED, this.#profileId(tx, mailbox)]) {
      if (id === undefined) continue;
      for (const token of tokens) this.#learnToken(id * TOKEN_SPAN + token, ham, junk, day);
      this.#sql.count.run(ham, junk, id);
    }
  }

  #learnToken(key: number, ham: number, spam: number, day: number): void {
    if (ham + spam > 0) {
      this.#sql.learn.run(key, ham, spam, day);
      return;
    }
    this.#sql.unlearn.run(key, -ham, -spam);
    this.#sql.sweep.run(key);
  }

  /** The number of a mailbox's profile, made if need be; undefined where there are too many, and the mailbox teaches everybody only. */
  #profileId(_tx: Tx, mailbox: number): number | undefined {
    for (const owner of [SHARED, mailbox]) {
      if (this.#sql.profile.get(owner) !== null) continue;
      const id = owner === SHARED ? SHARED : (this.#sql.freeId.get()?.id ?? 1);
      if (id > MOST_PROFILES) return undefined;
      this.#sql.newProfile.run(id, owner);
    }
    return this.#sql.profile.get(mailbox)?.id;
  }

  /** Where mail of a mailbox becomes junk; null: as everywhere. */
  setJunkAtWithin(tx: Tx, mailbox: number, junkAt: number | null): void {
    const id = this.#profileId(tx, mailbox);
    if (id !== undefined) this.#sql.junkAt.run(junkAt, id);
  }

  /** Forgets what a mailbox taught (or everybody: SHARED), in slices. What it taught everybody stays. */
  async reset(mailbox: number): Promise<void> {
    const profile = this.profile(mailbox);
    if (profile === undefined) return;
    const [first, end] = [profile.id * TOKEN_SPAN, (profile.id + 1) * TOKEN_SPAN];
    await this.store.commit(() => this.#sql.clear.run(profile.id));
    for (let more = true; more; ) {
      more = await this.store.commit(() => this.#sql.forgetTokens.run(first, end, AGE_ROWS).changes === AGE_ROWS);
    }
  }

  /** A mailbox that is gone leaves nothing to another that gets its number. */
  async forget(mailbox: number): Promise<void> {
    const profile = this.profile(mailbox);
    if (profile === undefined || mailbox === SHARED) return;
    await this.reset(mailbox);
    await this.store.commit(() => this.#sql.remove.run(profile.id));
  }

  /** Tokens of a profile with their counts, a slice at a time. @param after the last token of the slice before; −1 at first */
  slice(profile: Profile, after: number, most: number): { token: number; ham: number; spam: number; day: number }[] {
    const base = profile.id * TOKEN_SPAN;
    const rows = this.#sql.range.all(base + after, base + TOKEN_SPAN, most);
    return rows.map(({ id, ...row }) => ({ token: id - base, ...row }));
  }

  /** Forgets what was not seen for long, a slice after the other; resolves with the number of tokens forgotten. */
  async age(): Promise<number> {
    const today = Math.floor(this.now() / DAY_MS);
    let forgotten = 0;
    for (let after = -1; ; ) {
      const rows = this.#sql.range.all(after, Number.MAX_SAFE_INTEGER, AGE_ROWS);
      const old = rows.filter(({ ham, spam, day }) => today - day > (ham + spam < 2 ? RARE_DAYS : OLD_DAYS));
      if (old.length > 0) {
        await this.store.commit(() => {
          for (const { id } of old) this.#sql.forget.run(id);
        });
      }
      forgotten += old.length;
      if (rows.length < AGE_ROWS) return forgotten;
      after = rows.at(-1)?.id ?? after;
      await this.store.turns.next();
    }
  }
}
