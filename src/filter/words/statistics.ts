/**
 * What was learned of tokens, in the store: counts and weights of everybody's mail, and of each mailbox that taught something. A message
 * that a mailbox teaches counts in both. Few numbers a token, and what is seen no more ages away.
 */
import type { Database, Statement } from "bun:sqlite";
import type { Store, Tx } from "../../store/store.ts";
import { SHARED_PROFILE as SHARED } from "../spam-settings.ts";
import type { Counts } from "./chances.ts";
import { MARK_TOKENS, markTokens } from "./marks.ts";
import { changeBy, type Entry, type Memory, type Opinion, opinionOf, type Step, stepFor } from "./opinion.ts";
import type { TaughtLesson } from "./taught.ts";
import { TOKEN_SPAN, type Tokens } from "./tokens.ts";

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
    tokens: client.prepare(`SELECT id, ham, spam, weight FROM spam_tokens WHERE id IN (${places})`),
    learn: client.prepare(
      `INSERT INTO spam_tokens (id, ham, spam, weight, day) VALUES (?1, ?2, ?3, ?4, ?5)
       ON CONFLICT (id) DO UPDATE SET ham = ham + ?2, spam = spam + ?3, weight = weight + ?4, day = ?5`,
    ),
    unlearn: client.prepare(
      "UPDATE spam_tokens SET ham = max(0, ham - ?2), spam = max(0, spam - ?3), weight = weight - ?4 WHERE id = ?1",
    ),
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
      "SELECT id, ham, spam, weight, day FROM spam_tokens WHERE id > ? AND id < ? ORDER BY id LIMIT ?",
    ),
    forget: client.prepare("DELETE FROM spam_tokens WHERE id = ?"),
  } satisfies Record<string, Statement>;
}

/** A row of the table of tokens. */
interface Row extends Entry {
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

  /** What is thought of a message with these tokens for each of the mailboxes, and for one that taught nothing (`SHARED`). */
  async opinions(tokens: Tokens, mailboxes: readonly number[]): Promise<Map<number, Opinion>> {
    const everybody = this.shared();
    const shared = this.#memory(tokens.all, SHARED, everybody);
    // What a mailbox knows everybody knows, unless that was forgotten.
    const known = tokens.all.filter((token) => shared.of(token) !== undefined);
    const opinions = new Map([[SHARED, opinionOf(tokens, shared)]]);
    for (const mailbox of mailboxes) {
      const profile = this.profile(mailbox);
      if (profile === undefined || profile.ham + profile.spam === 0) continue;
      if (this.store.turns.over) await this.store.turns.next();
      const wanted = profile.ham > everybody.ham || profile.spam > everybody.spam ? tokens.all : known;
      opinions.set(mailbox, opinionOf(tokens, shared, this.#memory(wanted, profile.id, profile)));
    }
    return opinions;
  }

  /** What a profile knows of some tokens, and of all marks. */
  #memory(tokens: readonly number[], profile: number, all: Counts): Memory {
    const base = profile * TOKEN_SPAN;
    const wanted = [...MARK_TOKENS, ...tokens];
    const entries = new Map<number, Entry>();
    for (let at = 0; at < wanted.length; at += AT_ONCE) {
      const keys = new Array<number>(AT_ONCE).fill(-1);
      for (let next = 0; next < AT_ONCE && at + next < wanted.length; next++)
        keys[next] = base + (wanted[at + next] ?? 0);
      const rows = this.#sql.tokens.values(...keys) as [number, number, number, number][];
      for (const [id, ham, spam, weight] of rows) entries.set(id - base, { ham, spam, weight });
    }
    return { all, of: (token) => entries.get(token) };
  }

  /** A message of a mailbox is learned, for the mailbox and for everybody. */
  learnWithin(tx: Tx, mailbox: number, tokens: Tokens, kind: keyof Counts): Step {
    const own = this.#profileWithin(tx, mailbox);
    const step = stepFor(
      tokens,
      kind === "spam",
      this.#memory(tokens.all, SHARED, this.shared()),
      own && this.#memory(tokens.all, own.id, own),
    );
    this.#count(SHARED, tokens, kind, step, step.shared);
    if (own !== undefined) this.#count(own.id, tokens, kind, step, step.own);
    return step;
  }

  #count(profile: number, tokens: Tokens, kind: keyof Counts, { marks }: Step, step: number): void {
    const day = Math.floor(this.now() / DAY_MS);
    const [ham, spam] = kind === "spam" ? [0, 1] : [1, 0];
    const base = profile * TOKEN_SPAN;
    const change = changeBy(step, tokens);
    for (const token of tokens.all) this.#sql.learn.run(base + token, ham, spam, change.token, day);
    for (const mark of markTokens(marks)) this.#sql.learn.run(base + mark, ham, spam, change.mark, day);
    this.#sql.count.run(ham, spam, profile);
  }

  /** What a message taught is taken back. */
  unlearnWithin(tx: Tx, mailbox: number, tokens: Tokens, { kind, step }: TaughtLesson): void {
    const own = this.#profileWithin(tx, mailbox);
    this.#takeBack(SHARED, tokens, kind, step, step?.shared ?? 0);
    if (own !== undefined) this.#takeBack(own.id, tokens, kind, step, step?.own ?? 0);
  }

  #takeBack(profile: number, tokens: Tokens, kind: keyof Counts, lesson: Step | undefined, step: number): void {
    const [ham, spam] = kind === "spam" ? [0, 1] : [1, 0];
    const change = changeBy(step, tokens);
    const takeBack = (key: number, weight: number) => {
      this.#sql.unlearn.run(key, ham, spam, weight);
      this.#sql.sweep.run(key);
    };
    const base = profile * TOKEN_SPAN;
    for (const token of tokens.all) takeBack(base + token, change.token);
    for (const mark of lesson === undefined ? [] : markTokens(lesson.marks)) takeBack(base + mark, change.mark);
    this.#sql.count.run(-ham, -spam, profile);
  }

  /** A mailbox's profile, made if need be; undefined where there are too many, and the mailbox teaches everybody only. */
  #profileWithin(_tx: Tx, mailbox: number): Profile | undefined {
    for (const owner of [SHARED, mailbox]) {
      if (this.#sql.profile.get(owner) !== null) continue;
      const id = owner === SHARED ? SHARED : (this.#sql.freeId.get()?.id ?? 1);
      if (id > MOST_PROFILES) return undefined;
      this.#sql.newProfile.run(id, owner);
    }
    return this.profile(mailbox);
  }

  /** Where mail of a mailbox becomes junk; null: as everywhere. */
  setJunkAtWithin(tx: Tx, mailbox: number, junkAt: number | null): void {
    const profile = this.#profileWithin(tx, mailbox);
    if (profile !== undefined) this.#sql.junkAt.run(junkAt, profile.id);
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
  slice(profile: Profile, after: number, most: number): (Entry & { readonly token: number; readonly day: number })[] {
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
