/**
 * The Sieve scripts of each mailbox, one of which may be active, and those of the house: of these `before` and `after` run for every
 * mailbox, and all may be included (RFC 6609 §3.2). What a script says is not looked at here.
 *
 * RFC 5804 §1.6 (names), §2.6 to §2.11 (what can be done with scripts).
 */
import type { Statement } from "bun:sqlite";
import { Refusal } from "../refusal.ts";
import { topic } from "../store/changes.ts";
import type { Store, Tx } from "../store/store.ts";
import { sieveSettings } from "./settings.ts";

/** Whose scripts run for all mailboxes. */
export const HOUSE = 0;
/** The scripts of the house that run by themselves: ahead of a mailbox's own one, and behind it. */
export const BEFORE = "before";
export const AFTER = "after";

/** Characters of a name; RFC 5804 §1.6 asks for 128 at least. */
const LONGEST_NAME = 128;
/** RFC 5804 §1.6: control characters and line separators have no place in a name. */
const NOT_IN_NAMES = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]|\p{Cs}/u;

/** A script without its text. */
export interface ScriptLine {
  readonly name: string;
  readonly active: boolean;
  /** Octets. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly changedAt: number;
}

/** A script. */
export interface StoredScript extends ScriptLine {
  readonly text: string;
}

/** Told after scripts of a mailbox, or of the house, changed. */
export const scriptsChanged = topic<{ readonly mailbox: number }>("sieve.scripts");

interface Row {
  readonly name: string;
  readonly active: number;
  readonly size: number;
  readonly changedAt: number;
  readonly text: string;
}

const LINE = "name, active, size, changed_at AS changedAt";

export class Scripts {
  readonly #list: Statement;
  readonly #get: Statement;
  readonly #active: Statement;
  readonly #sorted: Statement;
  readonly #put: Statement;
  readonly #remove: Statement;
  readonly #rename: Statement;
  readonly #activate: Statement;
  readonly #forget: Statement;
  /** Whether scripts are run for a mailbox, as far as it was asked since scripts changed last: each message asks. */
  readonly #known = new Map<number, boolean>();

  constructor(private readonly store: Store) {
    store.changes.on(scriptsChanged, () => this.#known.clear());
    const prepare = (sql: string) => store.client.prepare(sql);
    this.#list = prepare(`SELECT ${LINE} FROM sieve_scripts WHERE mailbox = ? ORDER BY name`);
    this.#get = prepare(`SELECT ${LINE}, text FROM sieve_scripts WHERE mailbox = ? AND name = ?`);
    this.#active = prepare("SELECT name FROM sieve_scripts WHERE mailbox = ? AND active = 1");
    this.#sorted = prepare(
      `SELECT 1 FROM sieve_scripts WHERE (mailbox = ? AND active = 1)
         OR (mailbox = ${HOUSE} AND name IN ('${BEFORE}', '${AFTER}')) LIMIT 1`,
    );
    this.#put = prepare(
      `INSERT OR REPLACE INTO sieve_scripts (mailbox, name, text, size, active, changed_at) VALUES (?, ?, ?, ?, ?, ?)`,
    );
    this.#remove = prepare("DELETE FROM sieve_scripts WHERE mailbox = ? AND name = ?");
    this.#rename = prepare("UPDATE sieve_scripts SET name = ? WHERE mailbox = ? AND name = ?");
    this.#activate = prepare(
      "UPDATE sieve_scripts SET active = (name = ?1) WHERE mailbox = ?2 AND active <> (name = ?1)",
    );
    this.#forget = prepare("DELETE FROM sieve_scripts WHERE mailbox = ?");
  }

  /** The scripts of a mailbox by name. */
  list(mailbox: number): ScriptLine[] {
    return (this.#list.all(mailbox) as Row[]).map(lineOf);
  }

  get(mailbox: number, name: string): StoredScript | undefined {
    return scriptOf(this.#get.get(mailbox, name.normalize("NFC")) as Row | null);
  }

  /** @throws Refusal "notFound" */
  require(mailbox: number, name: string): StoredScript {
    const found = this.get(mailbox, name);
    if (found === undefined) throw new Refusal("notFound", `There is no script “${name.slice(0, LONGEST_NAME)}”.`);
    return found;
  }

  /** The name of the script that is run for a mailbox. */
  active(mailbox: number): string | undefined {
    return (this.#active.get(mailbox) as { name: string } | null)?.name;
  }

  /** Whether any script is run for a mailbox: its own, or one of the house. */
  isSorted(mailbox: number): boolean {
    let sorted = this.#known.get(mailbox);
    if (sorted === undefined) {
      sorted = this.#sorted.get(mailbox) !== null;
      if (!this.store.client.inTransaction) this.#known.set(mailbox, sorted);
    }
    return sorted;
  }

  /**
   * Whether a script of this size would be taken (RFC 5804 §2.5 HAVESPACE).
   * @param size octets
   * @throws Refusal "invalid" for a name that is none, "tooMany", "tooLarge"
   */
  checkRoom(mailbox: number, name: string, size: number): void {
    const wanted = nameOf(name);
    const { maxScripts, maxScriptSize } = this.store.settings.get(sieveSettings);
    if (size > maxScriptSize) throw new Refusal("tooLarge", `A script has at most ${maxScriptSize} octets.`);
    const present = this.list(mailbox);
    if (present.length < maxScripts || present.some((one) => one.name === wanted)) return;
    throw new Refusal("tooMany", `A mailbox has at most ${maxScripts} scripts; remove one first.`);
  }

  /** Puts a script in its place, new or instead of one of that name, which stays active if it was. @throws Refusal as `checkRoom` */
  putWithin(tx: Tx, mailbox: number, name: string, text: string, now: number): ScriptLine {
    const wanted = nameOf(name);
    const size = Buffer.byteLength(text);
    this.checkRoom(mailbox, wanted, size);
    const active = this.get(mailbox, wanted)?.active ?? false;
    this.#put.run(mailbox, wanted, text, size, active ? 1 : 0, now);
    tx.emit(scriptsChanged, { mailbox });
    return { name: wanted, active, size, changedAt: now };
  }

  /** Makes a script the one that is run, and every other one not; with "" none is. @throws Refusal "notFound" */
  activateWithin(tx: Tx, mailbox: number, name: string): void {
    const wanted = name === "" ? "" : this.require(mailbox, name).name;
    this.#activate.run(wanted, mailbox);
    tx.emit(scriptsChanged, { mailbox });
  }

  /** @throws Refusal "notFound", "inUse" for the active one (RFC 5804 §2.10) */
  removeWithin(tx: Tx, mailbox: number, name: string): void {
    const found = this.require(mailbox, name);
    if (found.active)
      throw new Refusal("inUse", `The script “${found.name}” is active; make another one active first.`);
    this.#remove.run(mailbox, found.name);
    tx.emit(scriptsChanged, { mailbox });
  }

  /** Gives a script another name; the active one stays active (RFC 5804 §2.11.1). @throws Refusal "notFound", "exists", "invalid" */
  renameWithin(tx: Tx, mailbox: number, from: string, to: string): void {
    const before = this.require(mailbox, from).name;
    const after = nameOf(to);
    if (this.get(mailbox, after) !== undefined) throw new Refusal("exists", `There is already a script “${after}”.`);
    this.#rename.run(after, mailbox, before);
    tx.emit(scriptsChanged, { mailbox });
  }

  /** Takes away everything of a mailbox that is removed. */
  forgetWithin(tx: Tx, mailbox: number): void {
    if (this.#forget.run(mailbox).changes > 0) tx.emit(scriptsChanged, { mailbox });
  }
}

/** A name as it is stored. @throws Refusal "invalid" */
function nameOf(name: string): string {
  const wanted = name.normalize("NFC");
  if (wanted === "") throw new Refusal("invalid", "A script has a name.");
  if ([...wanted].length > LONGEST_NAME) {
    throw new Refusal("invalid", `The name of a script has at most ${LONGEST_NAME} characters.`);
  }
  if (NOT_IN_NAMES.test(wanted)) throw new Refusal("invalid", "The name of a script is a single line of text.");
  return wanted;
}

function lineOf({ name, active, size, changedAt }: Row): ScriptLine {
  return { name, active: active === 1, size, changedAt };
}

function scriptOf(row: Row | null): StoredScript | undefined {
  return row === null ? undefined : { ...lineOf(row), text: row.text };
}
