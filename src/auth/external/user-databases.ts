/**
 * External user databases: LDAP directories and Active Directory that decide about passwords, beside the accounts of this house. Asked by
 * `auth` when one of their users logs in, and when somebody logs in whom nobody knows here; by the administration for imports, previews
 * and tests; by the appliance, which lets synchronisation run.
 *
 * A password is checked by finding the entry as the bind DN and binding with the entry's own DN (RFC 4513 §5.1.3), on the first server
 * that answers. A directory that does not answer is a temporary failure, never a wrong password. Whoever proves his password and has no
 * account gets one, where that is on. Accounts made here are in accounts.ts, imports in plan.ts and run.ts, the wire in link.ts.
 *
 * RFC 4511 (LDAP), RFC 4513 (authentication), RFC 4514 (names), RFC 4515 (filters), RFC 2696 (pages).
 */
import { splitAddress } from "../../directory/address.ts";
import { BoundedMap } from "../../directory/cache.ts";
import type { Directory } from "../../directory/directory.ts";
import { loginSchema, type User } from "../../directory/user.ts";
import { Refusal } from "../../refusal.ts";
import type { Store } from "../../store/store.ts";
import type { ExternalAnswer, ExternalUsers } from "../verifier.ts";
import { Accounts } from "./accounts.ts";
import { type DatabaseChange, Databases, databaseChanged, type UserDatabase } from "./databases.ts";
import { isDn } from "./dn.ts";
import { DirectoryAway, type LdapEntry } from "./link.ts";
import { type MailRoute, routeOf } from "./mail-route.ts";
import { People } from "./people.ts";
import type { Person } from "./person.ts";
import { isUserOf, type Plan } from "./plan.ts";
import type { PlanAction, RunReport } from "./report.ts";
import { type Choice, type Commit, createdNote, type Progress, planFor, Run } from "./run.ts";
import type { Trial, TrialStep } from "./trial.ts";

export interface UserDatabasesOptions {
  /** Whether an address is of the LAN list. */
  readonly isLan: (address: string) => boolean;
  /** Commits what happens by itself: accounts made at the first login, and synchronisation. */
  readonly commit: (doing: "admit" | "synchronise") => Commit;
  /** The time in milliseconds since the epoch. */
  readonly now?: () => number;
}

/** How often it is looked whether a synchronisation is due (milliseconds). */
const LOOK_MS = 60_000;
/** Whom nobody knows is not asked for again so soon (milliseconds). */
const UNKNOWN_MS = 30_000;
const UNKNOWN = 2_000;
/** Questions of which the slowest tells how long one takes, and no longer than this (milliseconds). */
const PACES = 32;
const LONGEST_PACE = 2_000;

const AWAY: ExternalAnswer = { kind: "away" };
const WRONG: ExternalAnswer = { kind: "wrong" };

export class UserDatabases implements ExternalUsers {
  readonly databases: Databases;
  readonly accounts: Accounts;
  readonly #people = new Map<number, People>();
  readonly #runs = new Map<number, { readonly run: Run; readonly ended: Promise<RunReport> }>();
  readonly #unknown = new BoundedMap<string, number>(UNKNOWN);
  readonly #paces: number[] = [];
  readonly #now: () => number;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly store: Store,
    private readonly directory: Directory,
    private readonly options: UserDatabasesOptions,
  ) {
    this.databases = new Databases(store);
    this.accounts = new Accounts(store, directory);
    this.#now = options.now ?? Date.now;
    store.changes.on(databaseChanged, ({ id }) => this.#forget(id));
  }

  /** Lets synchronisation run from now on. */
  start(): void {
    this.#timer ??= setInterval(() => void this.synchroniseDue(), LOOK_MS);
    this.#timer.unref();
  }

  /** Ends what runs and closes all connections. Call before the store closes. Never rejects. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const { run } of this.#runs.values()) run.stop();
    for (const people of this.#people.values()) people.close();
    this.#people.clear();
    await Promise.allSettled([...this.#runs.values()].map(({ ended }) => ended));
  }

  // Logins

  get any(): boolean {
    return this.databases.list().some(({ enabled }) => enabled);
  }

  get admits(): boolean {
    return this.databases.list().some(({ enabled, autoCreate }) => enabled && autoCreate);
  }

  get pace(): number {
    return Math.min(LONGEST_PACE, Math.max(0, ...this.#paces));
  }

  /** Whether a password is that of a user who comes from a database. @throws Refusal "temporary" where too many wait */
  async check(user: User, password: string): Promise<ExternalAnswer> {
    const database = user.external === null ? undefined : this.databases.get(user.external.directory);
    if (user.external === null || database === undefined || !database.enabled) return AWAY;
    const { id } = user.external;
    return await this.#measured(database, async (people) => {
      const person = await this.#personOf(database, people, id, user.login);
      if (person === undefined) {
        this.#log(database, user.login, "there is no entry for this user any more");
        return WRONG;
      }
      const answer = await this.#bound(database, people, person, password, user);
      if (answer.kind === "accepted" && id === "") await this.#adopt(user, database, person);
      return answer;
    });
  }

  /** Asks for somebody whom nobody knows here, and makes his account if the password is right. @throws Refusal "temporary" */
  async admit(login: string, password: string): Promise<ExternalAnswer> {
    const key = login.toLowerCase();
    if ((this.#unknown.get(key) ?? 0) > this.#now() || !loginSchema.safeParse(login).success) return WRONG;
    let away = false;
    for (const database of this.databases.list()) {
      if (!database.enabled || !database.autoCreate) continue;
      const answer = await this.#measured(database, (people) => this.#admitTo(database, people, login, password));
      if (answer !== undefined && answer.kind !== "away") return answer;
      away ||= answer?.kind === "away";
    }
    // Who may stand in a database that is away is not unknown.
    if (away) return AWAY;
    this.#unknown.set(key, this.#now() + UNKNOWN_MS);
    return WRONG;
  }

  // Mail routing

  /** Whether a database says where mail of a domain (in A-labels) goes. */
  covers(domain: string): boolean {
    return this.databases.list().some(({ enabled, routes }) => enabled && routes.includes(domain));
  }

  /** Where the mail of an address goes; undefined where no database knows it. @throws Refusal "temporary" with what is wrong */
  async find(address: string): Promise<MailRoute | undefined> {
    const domain = address.slice(address.lastIndexOf("@") + 1);
    for (const database of this.databases.list()) {
      if (!database.enabled || !database.routes.includes(domain)) continue;
      const entries = await this.#entriesWith(database, address);
      // §4 of the draft: whose it is cannot be said where several have it.
      if (entries.length > 1) throw unclear(database, `several entries have the address ${address}`);
      const route = entries[0] && routeOf(entries[0]);
      if (route !== undefined) return route;
    }
    return undefined;
  }

  /** Calls back when another answer may be given. */
  onChange(listener: () => void): void {
    this.store.changes.on(databaseChanged, listener);
  }

  async #entriesWith(database: UserDatabase, address: string): Promise<LdapEntry[]> {
    try {
      return await this.#peopleOf(database).withAddress(address);
    } catch (fault) {
      if (fault instanceof DirectoryAway) throw unclear(database, fault.why);
      throw fault;
    }
  }

  // For the administration

  /** What an import would do. @throws Refusal "notFound", "temporary" with what is wrong */
  async preview(name: string): Promise<Plan> {
    const database = this.databases.require(name);
    try {
      return await planFor({ ...this.#parts(database), people: this.#peopleOf(database) });
    } catch (fault) {
      if (!(fault instanceof DirectoryAway)) throw fault;
      throw new Refusal("temporary", `The user database ${database.name} cannot be read: ${fault.why}.`);
    }
  }

  /** Begins an import of what was chosen; the promise it gives ends with the report. @throws Refusal "notFound", "inUse" */
  import(name: string, choice: Omit<Choice, "unattended">, commit: Commit): Promise<RunReport> {
    return this.#run(this.databases.require(name), "import", { ...choice, unattended: false }, commit);
  }

  /** Begins a synchronisation; the promise it gives ends with the report. @throws Refusal "notFound", "inUse" */
  synchronise(name: string, commit: Commit): Promise<RunReport> {
    const database = this.databases.require(name);
    const actions: PlanAction[] = ["update", "disable", ...(database.syncCreates ? (["create"] as const) : [])];
    return this.#run(database, "synchronisation", { actions: new Set(actions), unattended: true }, commit);
  }

  /** How far a database's run is; undefined if none is under way. */
  progress(name: string): Progress | undefined {
    const database = this.databases.get(name);
    return database === undefined ? undefined : this.#runs.get(database.id)?.run.progress;
  }

  /** Tries everything step by step, with what is set or with what would be. @throws Refusal "invalid" */
  async try(database: UserDatabase, bindPassword: string, trial: Trial): Promise<TrialStep[]> {
    const { isLan } = this.options;
    const { tryDatabase } = await import("./trial.ts");
    return await tryDatabase(
      database,
      { bindPassword, isLan, accounts: this.accounts, turns: this.store.turns },
      trial,
    );
  }

  /** Synchronises what is due. Never rejects. */
  async synchroniseDue(): Promise<void> {
    for (const { name, enabled, syncMinutes, lastRun } of this.databases.list()) {
      const due = (lastRun?.startedAt ?? 0) + syncMinutes * 60_000 <= this.#now();
      if (!enabled || syncMinutes === 0 || !due || this.progress(name) !== undefined) continue;
      try {
        await this.synchronise(name, this.options.commit("synchronise"));
      } catch (fault) {
        this.store.events.fault("auth", `synchronise with ${name}`, fault);
      }
    }
  }

  #run(database: UserDatabase, kind: Run["kind"], choice: Choice, commit: Commit): Promise<RunReport> {
    if (this.#runs.has(database.id))
      throw new Refusal("inUse", `An import from ${database.name} is under way; wait until it is done.`);
    const parts = { ...this.#parts(database), people: this.#peopleOf(database), commit, now: this.#now };
    const run = new Run(kind, parts);
    const ended = this.#completed(database, run, choice).finally(() => this.#runs.delete(database.id));
    this.#runs.set(database.id, { run, ended });
    return ended;
  }

  async #completed(database: UserDatabase, run: Run, choice: Choice): Promise<RunReport> {
    const report = await run.complete(choice);
    if (this.databases.get(database.name) !== undefined) await this.databases.noteRun(database.id, report);
    const { created, updated, disabled, problemCount, failure } = report;
    const text =
      failure || `${created} users created, ${updated} updated, ${disabled} switched off, ${problemCount} problems.`;
    const level = failure !== "" || problemCount > 0 ? "warn" : "info";
    this.store.events.log({ room: "auth", name: "external.run", level, text: `${database.name}: ${text}` });
    return report;
  }

  #parts(database: UserDatabase) {
    return { directory: this.directory, accounts: this.accounts, database, turns: this.store.turns };
  }

  /** Whoever stands in one database under a login name or address; undefined if nobody does. */
  async #admitTo(
    database: UserDatabase,
    people: People,
    login: string,
    password: string,
  ): Promise<ExternalAnswer | undefined> {
    const person = (await people.byLogin(login)) ?? (await this.#byLocalPart(people, login));
    if (person === undefined) return undefined;
    const known = this.directory.users.get(person.login);
    const answer = await this.#bound(database, people, person, password, known);
    if (answer.kind !== "accepted") return answer;
    if (known !== undefined && isUserOf(known, database.name, person.id)) return { kind: "accepted", user: known };
    return await this.#makeAccount(database, people, person);
  }

  /** Mail programs log in with the whole address as a rule, also before there is one. */
  async #byLocalPart(people: People, login: string): Promise<Person | undefined> {
    const parts = splitAddress(login);
    const local = parts !== undefined && this.directory.domains.byNormalName(parts.domain) !== undefined;
    return local ? await people.byLogin(parts.local) : undefined;
  }

  async #makeAccount(database: UserDatabase, people: People, person: Person): Promise<ExternalAnswer> {
    const groups = database.rules.length === 0 ? [] : await people.groupsOf(person);
    const account = this.accounts.newAccount(database, person, groups);
    if ("conflict" in account) return this.#madeAlready(database, person, account.conflict);
    try {
      const user = await this.options.commit("admit")((tx, note) => {
        const made = this.accounts.createWithin(tx, account);
        note(createdNote(made, account.addresses, account.template));
        return made;
      });
      const text = `${database.name}: an account was made for ${user.login} at the first login`;
      this.store.events.log({ room: "auth", name: "external.created", user: user.login, text });
      return { kind: "accepted", user };
    } catch (fault) {
      if (!(fault instanceof Refusal) || fault.temporary) throw fault;
      return this.#madeAlready(database, person, fault.sentence);
    }
  }

  /** No account can be made: because another connection of the same client was first, or for the reason given. */
  #madeAlready(database: UserDatabase, person: Person, why: string): ExternalAnswer {
    const user = this.directory.users.get(person.login);
    if (user !== undefined && isUserOf(user, database.name, person.id)) return { kind: "accepted", user };
    this.#log(database, person.login, `no account can be made: ${why}`);
    const sentence = "No account can be made for you here; ask the administrator.";
    return { kind: "refused", reason: "disabled", sentence };
  }

  /** Checks a password at the entry that was found. `user` is the one it would open, if there is one. */
  async #bound(
    database: UserDatabase,
    people: People,
    person: Person,
    password: string,
    user: User | undefined,
  ): Promise<ExternalAnswer> {
    const refusal = await people.check(person, password);
    if (refusal === undefined && person.disabled) {
      this.#log(database, person.login, "the account is switched off in the directory");
      return { kind: "refused", reason: "disabled", sentence: "This account is switched off; ask the administrator." };
    }
    if (refusal === undefined) return user === undefined ? { kind: "accepted" } : { kind: "accepted", user };
    this.#log(database, person.login, refusal.detail);
    if (refusal.kind === "wrong" || refusal.kind === "away")
      return user === undefined ? WRONG : { kind: "wrong", account: user.login };
    return { kind: "refused", reason: refusal.kind, sentence: refusal.sentence ?? "This account may not be used now." };
  }

  /** The entry of a user: by its identity; by the login name where there is no identity that would outlast a renaming. */
  async #personOf(database: UserDatabase, people: People, id: string, login: string): Promise<Person | undefined> {
    const lasting = id !== "" && (isDn(id) || database.idAttribute !== "");
    const found = lasting ? await people.byId(id) : undefined;
    if (found !== undefined || (lasting && database.idAttribute !== "")) return found;
    return await people.byLogin(login);
  }

  /** Notes which entry a user is, at the first login after he was given to the database. */
  async #adopt({ login }: User, { name }: UserDatabase, { id }: Person): Promise<void> {
    await this.store.commit((tx) =>
      this.directory.users.updateWithin(tx, login, { external: { directory: name, id } }),
    );
  }

  /** Asks a database; one that is away is an answer. Notes how long it took. */
  async #measured<T>(database: UserDatabase, ask: (people: People) => Promise<T>): Promise<T | ExternalAnswer> {
    const began = performance.now();
    try {
      const answer = await ask(this.#peopleOf(database));
      this.#paces.push(performance.now() - began);
      if (this.#paces.length > PACES) this.#paces.shift();
      return answer;
    } catch (fault) {
      if (fault instanceof DirectoryAway) return AWAY;
      throw fault;
    }
  }

  #peopleOf(database: UserDatabase): People {
    const known = this.#people.get(database.id);
    if (known !== undefined) return known;
    const people = new People(
      {
        properties: database,
        bindPassword: this.databases.bindPassword(database.id),
        isLan: this.options.isLan,
        now: this.#now,
        onChange: (server, why) => this.#noteServer(database, server, why),
      },
      this.store.turns,
    );
    this.#people.set(database.id, people);
    return people;
  }

  #forget(id: number): void {
    this.#people.get(id)?.close();
    this.#people.delete(id);
    this.#unknown.clear();
  }

  #noteServer({ name }: UserDatabase, server: string, why: string | undefined): void {
    const text = why === undefined ? `${name}: ${server} answers again` : `${name}: ${server} cannot be asked: ${why}`;
    this.store.events.log({ room: "auth", name: "external.server", level: why === undefined ? "info" : "warn", text });
  }

  #log({ name }: UserDatabase, user: string, why: string): void {
    this.store.events.log({ room: "auth", name: "external.refused", level: "warn", user, text: `${name}: ${why}` });
  }
}

function unclear({ name }: UserDatabase, why: string): Refusal {
  return new Refusal("temporary", `The user database ${name} cannot say where this mail goes: ${why}.`);
}

export type { DatabaseChange, UserDatabase };
