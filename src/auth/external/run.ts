/** An import or a synchronisation at work: reads everybody, plans, and does what was chosen, a few users a commit. */
import type { Directory } from "../../directory/directory.ts";
import type { User } from "../../directory/user.ts";
import { Refusal } from "../../refusal.ts";
import type { Tx } from "../../store/store.ts";
import type { Turns } from "../../turns.ts";
import type { Accounts } from "./accounts.ts";
import type { UserDatabase } from "./databases.ts";
import { DirectoryAway } from "./link.ts";
import type { People } from "./people.ts";
import { type Plan, type PlanItem, Planner } from "./plan.ts";
import type { PlanAction, RunReport } from "./report.ts";

/** What is written into the audit log about one account. */
export interface AccountNote {
  readonly subject: string;
  readonly before?: object | undefined;
  readonly after?: object | undefined;
}

/** Commits work together with its line in the audit log. */
export type Commit = <T>(work: (tx: Tx, note: (change: AccountNote) => void) => T) => Promise<T>;

/** How far a run is. */
export interface Progress {
  readonly kind: RunReport["kind"];
  readonly startedAt: number;
  readonly phase: "reading" | "changing";
  readonly done: number;
  /** Known once everybody was read. */
  readonly total: number;
}

/** What is to be done of a plan. */
export interface Choice {
  /** These items, whatever they ask for. */
  readonly keys?: ReadonlySet<string>;
  /** All items with these actions. */
  readonly actions?: ReadonlySet<PlanAction>;
  /** Nobody is asked: where it looks as if the directory had lost its people, nobody is switched off. */
  readonly unattended: boolean;
}

export interface RunParts {
  readonly directory: Directory;
  readonly accounts: Accounts;
  readonly database: UserDatabase;
  readonly people: People;
  readonly turns: Turns;
  readonly commit: Commit;
  readonly now: () => number;
}

/** Users that are worked on at a time: their commits become one. */
const AT_A_TIME = 20;
const MOST_PROBLEMS = 50;
/** An unattended run switches off at most this part of the users, or this many. */
const MOST_VANISHED_PART = 0.2;
const MOST_VANISHED = 5;

export class Run {
  readonly #startedAt: number;
  #phase: Progress["phase"] = "reading";
  #done = 0;
  #stopped = false;
  #total = 0;
  readonly #did = { created: 0, updated: 0, disabled: 0 };
  readonly #problems: string[] = [];
  #problemCount = 0;

  constructor(
    readonly kind: RunReport["kind"],
    private readonly parts: RunParts,
  ) {
    this.#startedAt = parts.now();
  }

  get progress(): Progress {
    return { kind: this.kind, startedAt: this.#startedAt, phase: this.#phase, done: this.#done, total: this.#total };
  }

  /** Ends it after what it is at; what was done is kept. */
  stop(): void {
    this.#stopped = true;
  }

  /** Does everything; the directory being away is part of the report. */
  async complete(choice: Choice): Promise<RunReport> {
    try {
      const plan = await planFor(this.parts);
      const caught = choice.unattended ? safetyCatch(plan) : undefined;
      if (caught !== undefined) return this.#report(0, caught);
      const chosen = plan.items.filter((item) => isChosen(item, choice));
      this.#phase = "changing";
      this.#total = chosen.length;
      if (choice.actions !== undefined) this.#noteConflicts(plan);
      for (let at = 0; at < chosen.length && !this.#stopped; at += AT_A_TIME) {
        await Promise.all(chosen.slice(at, at + AT_A_TIME).map((item) => this.#apply(item)));
        await this.parts.turns.next();
      }
      return this.#report(plan.counts.leave, this.#stopped ? "It was ended before it was done." : "");
    } catch (fault) {
      if (fault instanceof DirectoryAway) return this.#report(0, sentence(fault.why));
      if (fault instanceof Refusal) return this.#report(0, fault.sentence);
      throw fault;
    }
  }

  async #apply(item: PlanItem): Promise<void> {
    const { work } = item;
    try {
      if (work?.kind === "create") await this.parts.commit((tx, note) => this.#create(tx, note, item, work));
      if (work?.kind === "update") await this.parts.commit((tx, note) => this.#update(tx, note, item, work));
      if (work?.kind === "disable") await this.parts.commit((tx, note) => this.#disable(tx, note, work.user));
      if (work?.kind === "create") this.#did.created++;
      if (work?.kind === "update") this.#did.updated++;
      if (work?.kind === "disable") this.#did.disabled++;
    } catch (fault) {
      if (!(fault instanceof Refusal)) throw fault;
      if (fault.temporary) throw fault;
      this.#problem(item, fault.sentence);
    } finally {
      this.#done++;
    }
  }

  #create(
    tx: Tx,
    note: (change: AccountNote) => void,
    item: PlanItem,
    work: Extract<PlanItem["work"], { kind: "create" }>,
  ) {
    const user = this.parts.accounts.createWithin(tx, work.account);
    note(createdNote(user, item.addresses, item.template));
  }

  #update(
    tx: Tx,
    note: (change: AccountNote) => void,
    item: PlanItem,
    work: Extract<PlanItem["work"], { kind: "update" }>,
  ) {
    this.parts.accounts.updateWithin(tx, work.user, work.change);
    const column = (side: "from" | "to") => Object.fromEntries(item.fields.map((field) => [field.name, field[side]]));
    if (item.fields.length > 0)
      note({ subject: `user ${work.user.login}`, before: column("from"), after: column("to") });
  }

  #disable(tx: Tx, note: (change: AccountNote) => void, user: User): void {
    this.parts.accounts.switchWithin(tx, user, false);
    note({ subject: `user ${user.login}`, before: { enabled: true }, after: { enabled: false } });
  }

  #noteConflicts({ items }: Plan): void {
    for (const item of items) if (item.action === "conflict") this.#problem(item, item.notes.join(" "));
  }

  #problem({ login, dn }: PlanItem, why: string): void {
    this.#problemCount++;
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push(`${login || dn}: ${why}`);
  }

  #report(left: number, failure: string): RunReport {
    const { kind } = this;
    const [problems, problemCount] = [this.#problems, this.#problemCount];
    const times = { startedAt: this.#startedAt, endedAt: this.parts.now() };
    return { kind, ...times, ...this.#did, left, problems, problemCount, failure };
  }
}

/** Reads everybody and compares. @throws DirectoryAway, Refusal */
export async function planFor({
  directory,
  accounts,
  database,
  people,
  turns,
}: Omit<RunParts, "commit" | "now">): Promise<Plan> {
  return await new Planner(directory, accounts, database, turns).plan(await people.everybody());
}

/** What the audit log says of a user that came from a database. */
export function createdNote(user: User, addresses: readonly string[], template: string): AccountNote {
  const { login, fullName, external } = user;
  return { subject: `user ${login}`, after: { login, fullName, addresses, template, external } };
}

/** A clause as a sentence. */
export function sentence(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;
}

function isChosen(item: PlanItem, { keys, actions }: Choice): boolean {
  return item.work !== undefined && (keys?.has(item.key) === true || actions?.has(item.action) === true);
}

function safetyCatch({ counts, users }: Plan): string | undefined {
  if (counts.disable <= Math.max(MOST_VANISHED, users * MOST_VANISHED_PART)) return undefined;
  return `${counts.disable} of ${users} users would be switched off because their entries are gone. That is left to you: look at the preview.`;
}
