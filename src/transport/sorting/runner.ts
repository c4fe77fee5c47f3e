/**
 * Runs the scripts of a mailbox on a message and gathers what they want, as values: nothing is done here. A script that fails leaves the
 * message where it would be without it (RFC 5228 §2.10.6).
 */

import type { Judgement } from "../../filter/judgement.ts";
import { scoreOf } from "../../filter/score.ts";
import { spamSettings } from "../../filter/spam-settings.ts";
import { spamPercent, virusScore } from "../../filter/told.ts";
import { mailboxId } from "../../mailstore/object-ids.ts";
import { parseStructure } from "../../mime/parser.ts";
import { Refusal } from "../../refusal.ts";
import { Library, type Running } from "../../sieve/library.ts";
import type { Memory } from "../../sieve/memory.ts";
import type {
  Action,
  Keep,
  Notify,
  Outcome,
  Reject,
  Remember,
  Rewritten,
  Step,
  Vacation,
} from "../../sieve/outcome.ts";
import type { Script, Source } from "../../sieve/script.ts";
import { HOUSE, type Scripts } from "../../sieve/scripts.ts";
import { sieveSettings } from "../../sieve/settings.ts";
import { compileInTurns, run } from "../../sieve/sieve.ts";
import type { Surroundings } from "../../sieve/surroundings.ts";
import { VERSION } from "../../version.ts";
import type { Envelope } from "../envelope.ts";
import type { Parts } from "../parts.ts";
import { printable } from "../send/reply.ts";
import { isUse, useOf } from "./folders.ts";
import { listed, members } from "./lists.ts";
import type {
  Arrival,
  Changed,
  Failure,
  Placing,
  Redirecting,
  Sorted,
  StoryLine,
  ToRemember,
  Version,
} from "./sorted.ts";
import { change, versionOf } from "./versions.ts";

/** Characters of what a script says that stand in a line of the log. */
const MOST_SHOWN = 200;

/** A message on which scripts are tried. */
export interface Trial {
  readonly mailbox: number;
  /** A script; undefined: those that would run. */
  readonly text: string | undefined;
  readonly octets: Uint8Array;
  /** The reverse path. */
  readonly sender: string;
}

/** One step of a script, with the name of the script it stands in. */
export interface ExplainedStep extends Omit<Step, "script"> {
  readonly script: string;
}

/** What scripts would do, and why. */
export interface Explained {
  /** One sentence for each action. */
  readonly done: readonly string[];
  readonly steps: readonly ExplainedStep[];
  readonly error: string | undefined;
}

/** What the filter found of a message. */
export type Judged = Pick<Judgement, "junk" | "findings" | "limits">;

export class Runner {
  readonly #library: Library;

  constructor(
    private readonly parts: Parts,
    scripts: Scripts,
    private readonly memory: Memory,
  ) {
    this.#library = new Library(parts.store, scripts);
  }

  /** What all scripts of a mailbox want. */
  async sort(envelope: Envelope, arrival: Arrival, message: Version, judged: Judged | undefined): Promise<Sorted> {
    const gathered = new Gathered(this.parts, arrival, message);
    try {
      const surroundings = this.#surroundings(envelope, arrival, judged);
      for (const running of this.#library.running(arrival.mailbox)) {
        const isKept = await this.#runOne(running, surroundings, gathered);
        if (!isKept) return gathered.done();
      }
      gathered.keep();
      return gathered.done();
    } catch (error) {
      await gathered.drop();
      throw error;
    }
  }

  /** Runs one of them on what those before it left; whether the message is still kept then. */
  async #runOne(running: Running, surroundings: Surroundings, gathered: Gathered): Promise<boolean> {
    const { owner, name } = running;
    const house = owner === HOUSE;
    const { version } = gathered;
    const message = { structure: version.structure, read: (start: number, end: number) => version.read(start, end) };
    try {
      await this.#library.prepare(running, this.parts.store.turns);
      const script = this.#library.compiled(owner, name);
      if (script === undefined) return true;
      const outcome = await run(script, message, surroundings);
      if (outcome.error !== undefined) {
        const { line, column, reason, script: inner } = outcome.error;
        const where = inner === undefined ? "" : ` of “${inner}”`;
        gathered.fail({ script: name, house, sentence: `Line ${line}, column ${column}${where}: ${reason}` });
      }
      return await gathered.take(outcome, { name, text: script.text });
    } catch (error) {
      // It was good when it was stored, and is not any more; or one that it includes is not.
      if (!(error instanceof Refusal)) throw error;
      gathered.fail({ script: name, house, sentence: error.sentence });
      return true;
    }
  }

  /** What a mailbox's scripts see besides a message that does not arrive now. */
  surroundings(mailbox: number, sender: string): Surroundings {
    const address = this.parts.directory.aliases.list({ mailboxId: mailbox })[0]?.address ?? "";
    const origin = { kind: "smtp", session: "", trace: "" } as const;
    const envelope: Envelope = { reversePath: sender, recipients: [{ address }], origin };
    return this.#surroundings(envelope, { mailbox, recipient: { address }, sender }, undefined);
  }

  /** What scripts would make of a message, and why; nothing is done. @throws SieveError */
  async explain({ mailbox, text, octets, sender }: Trial): Promise<Explained> {
    const surroundings = { ...this.surroundings(mailbox, sender), explain: true };
    const { turns } = this.parts.store;
    const scripts =
      text === undefined ? await this.#running(mailbox) : [{ name: "", script: await compileInTurns(text, turns) }];
    const version = versionOf(parseStructure(octets), () => once(octets));
    const explained = { done: [] as string[], steps: [] as ExplainedStep[], error: undefined as string | undefined };
    for (const { name, script } of scripts) {
      const { actions, story, error } = await run(script, version, surroundings);
      const last = scripts.at(-1)?.script === script;
      const words = actions.filter((action) => last || action.kind !== "keep").flatMap((action) => sentenceOf(action));
      explained.done.push(...words);
      explained.steps.push(...story.map((step) => ({ ...step, script: step.script ?? name })));
      if (error !== undefined) explained.error = `Line ${error.line}, column ${error.column}: ${error.reason}`;
      if (!actions.some(({ kind }) => kind === "keep")) break;
    }
    return explained;
  }

  /** The scripts that run for a mailbox, compiled. @throws SieveError */
  async #running(mailbox: number): Promise<{ name: string; script: Script }[]> {
    const all: { name: string; script: Script }[] = [];
    for (const running of this.#library.running(mailbox)) {
      await this.#library.prepare(running, this.parts.store.turns);
      const script = this.#library.compiled(running.owner, running.name);
      if (script !== undefined) all.push({ name: running.name, script });
    }
    return all;
  }

  #surroundings(envelope: Envelope, arrival: Arrival, judged: Judged | undefined): Surroundings {
    const { directory, mailstore, store } = this.parts;
    const { mailbox, recipient, sender } = arrival;
    const { origin } = envelope;
    const now = this.parts.now();
    const settings = store.settings.get(sieveSettings);
    const owner = directory.mailboxes.byId(mailbox)?.ownerId ?? 0;
    const annotation = (folder: number, entry: string) =>
      mailstore.annotations.value({ folder, user: entry.startsWith("/private/") ? owner : 0 }, entry);
    const folderNamed = (name: string) => {
      try {
        return mailstore.folder(mailbox, name);
      } catch {
        // A name that no folder can have.
        return undefined;
      }
    };
    return {
      envelope: { from: sender, to: recipient.address, ...(origin.user && { auth: origin.user.login }) },
      now,
      offsetAt: (time) => -new Date(time).getTimezoneOffset(),
      addresses: directory.aliases.list({ mailboxId: mailbox }).map(({ address }) => address),
      environment: this.#environment(envelope),
      spamPercent: judged && this.#percentOf(judged, mailbox),
      virus: virusScore(judged?.findings.find(({ test }) => test === "virus")?.result),
      mailboxExists: (name) => folderNamed(name) !== undefined,
      mailboxIdExists: (id) => mailstore.folders(mailbox).some((folder) => mailboxId(folder) === id),
      hasSpecialUse: (use, name) => {
        const folders = name === undefined ? mailstore.folders(mailbox) : [folderNamed(name)];
        return folders.some((folder) => isUse(folder?.specialUse, useOf(use)));
      },
      metadata: (name, entry) => {
        const folder = name === undefined ? { id: 0 } : folderNamed(name);
        const value = folder && annotation(folder.id, entry.toLowerCase());
        return value && Buffer.from(value).toString("utf8");
      },
      remembers: (id) => this.memory.knows(mailbox, "duplicate", id, now),
      onList: (list, text) => listed(directory, owner, list, text),
      include: (location, name) => this.#library.compiled(location === "global" ? HOUSE : mailbox, name),
      turns: store.turns,
      limits: { redirects: settings.maxRedirects, notifications: settings.maxNotifications },
    };
  }

  /** How surely a message is junk, as far as that is known here (RFC 5235 §3.2). */
  #percentOf({ junk, findings, limits }: Judged, mailbox: number): number {
    const limit = limits?.get(mailbox) ?? this.parts.store.settings.get(spamSettings).junkAt;
    return spamPercent(scoreOf(findings, mailbox), limit, junk.has(mailbox));
  }

  /** RFC 5183 §4. */
  #environment({ origin }: Envelope): Record<string, string> {
    const { directory, hostname } = this.parts;
    return {
      domain: directory.domains.primary()?.name ?? "",
      host: hostname(),
      location: "MS",
      name: "Gatepost",
      phase: "during",
      version: VERSION,
      "remote-host": origin.hostname ?? "",
      "remote-ip": origin.remote ?? "",
    };
  }
}

/** A script that ran. */
interface Named {
  readonly name: string;
  readonly text: string;
}

/** Where something was asked for. */
interface Telling {
  readonly script: Named;
  readonly place: Source | undefined;
}

/** The name of the rule in which a place stands, as RoundCube and the rule editor write it; "" for none. */
function ruleAround(text: string, place: number): string {
  const at = text.lastIndexOf("# rule:[", place);
  const end = at < 0 ? -1 : text.indexOf("\n", at);
  return end < 0 ? "" : (/^# rule:\[(.*)\]/.exec(text.slice(at, end))?.[1] ?? "");
}

/** What the scripts of a mailbox have asked for so far. */
class Gathered {
  /** The message as the next script sees it. */
  version: Version;
  readonly #placings: Placing[] = [];
  readonly #redirects: Redirecting[] = [];
  readonly #vacations: Vacation[] = [];
  readonly #notifications: Notify[] = [];
  readonly #remember: ToRemember[] = [];
  readonly #failures: Failure[] = [];
  readonly #story: StoryLine[] = [];
  readonly #changes = new Map<Rewritten, Changed>();
  #refusal: Reject | undefined;
  /** The message as it is kept: its flags, and how it was changed. */
  #kept: { readonly flags: readonly string[]; readonly changed: Changed | undefined } = {
    flags: [],
    changed: undefined,
  };

  constructor(
    private readonly parts: Parts,
    private readonly arrival: Arrival,
    private readonly original: Version,
  ) {
    this.version = original;
  }

  fail(failure: Failure): void {
    this.#failures.push(failure);
  }

  /** Takes what one script asks for; whether the message is kept by it. */
  async take({ actions, places }: Outcome, script: Named): Promise<boolean> {
    let keep: Keep | undefined;
    const from = this.version;
    for (const action of actions) {
      const told = { script, place: places.get(action) };
      const changed = "rewritten" in action ? await this.#changed(from, action.rewritten) : this.#kept.changed;
      if (action.kind === "keep") {
        keep = action;
        this.#kept = { flags: [...new Set([...this.#kept.flags, ...action.flags])], changed };
        this.version = changed ?? this.version;
        if (!action.implicit) this.#tell(told, "kept");
      } else this.#take(action, changed, told);
    }
    return keep !== undefined;
  }

  #take(action: Exclude<Action, Keep>, changed: Changed | undefined, told: Telling): void {
    switch (action.kind) {
      case "fileinto":
        this.#placings.push({ filing: action, flags: action.flags, changed });
        break;
      case "redirect":
        this.#redirects.push({ address: action.address, changed });
        break;
      case "redirectToList": {
        const { directory } = this.parts;
        const addresses = members(directory, this.#owner(), action.list);
        this.#redirects.push(...addresses.map((address) => ({ address, changed })));
        break;
      }
      case "reject":
      case "ereject":
        this.#refusal = action;
        break;
      case "vacation":
        this.#vacations.push(action);
        break;
      case "notify":
        this.#notifications.push(action);
        break;
      case "remember":
        this.#remember.push(action);
        return;
      case "discard":
    }
    this.#tell(told, wordsOf(action));
  }

  /** The message is kept in the end. */
  keep(): void {
    this.#placings.push({ filing: undefined, ...this.#kept });
  }

  done(): Sorted {
    return {
      ...this.arrival,
      message: this.original,
      placings: this.#placings,
      redirects: this.#redirects,
      refusal: this.#refusal,
      vacations: this.#vacations,
      notifications: this.#notifications,
      remember: this.#remember,
      failures: this.#failures,
      story: this.#story,
      changes: [...this.#changes.values()],
    };
  }

  /** Nothing comes of it. */
  async drop(): Promise<void> {
    for (const changed of this.#changes.values()) await changed.drop();
  }

  async #changed(from: Version, rewritten: Rewritten | undefined): Promise<Changed | undefined> {
    if (rewritten === undefined) return this.#kept.changed;
    const known = this.#changes.get(rewritten);
    if (known !== undefined) return known;
    const made = await change(this.parts.store, from, rewritten);
    this.#changes.set(rewritten, made);
    return made;
  }

  #owner(): number {
    return this.parts.directory.mailboxes.byId(this.arrival.mailbox)?.ownerId ?? 0;
  }

  #tell({ script: { name, text }, place }: Telling, what: string): void {
    this.#story.push({
      ...{ script: printable(name), what: printable(what).slice(0, MOST_SHOWN) },
      ...(place !== undefined && { line: place.line, rule: printable(ruleAround(text, place.start)) }),
    });
  }
}

/** What an action does, for the log. */
function wordsOf(action: Exclude<Action, Keep | Remember>): string {
  switch (action.kind) {
    case "fileinto":
      return `into ${action.mailbox}`;
    case "redirect":
      return `on to ${action.address}`;
    case "redirectToList":
      return `on to the list ${action.list}`;
    case "reject":
    case "ereject":
      return `refused: ${action.reason}`;
    case "vacation":
      return "to be answered";
    case "notify":
      return `told ${action.to.join(", ")}`;
    case "discard":
      return "thrown away";
  }
}

/** What an action would do, for people. */
function sentenceOf(action: Action): string[] {
  switch (action.kind) {
    case "keep":
      return [`It is kept in the inbox${flagWords(action.flags)}.`];
    case "fileinto":
      return [`It goes into the folder “${action.mailbox}”${flagWords(action.flags)}.`];
    case "redirect":
      return [`It is sent on to ${action.address}.`];
    case "redirectToList":
      return [`It is sent on to everybody on the list ${action.list}.`];
    case "reject":
    case "ereject":
      return [`It is refused: “${action.reason}”`];
    case "vacation":
      return [`Its sender gets an automatic reply, if he is due one: “${action.reason}”`];
    case "notify":
      return [`A notification goes to ${action.to.join(", ")}.`];
    case "discard":
      return ["It is thrown away, unless something else keeps it."];
    case "remember":
      return [];
  }
}

function flagWords(flags: readonly string[]): string {
  return flags.length === 0 ? "" : ` with ${flags.join(" ")}`;
}

async function* once(octets: Uint8Array): AsyncGenerator<Uint8Array> {
  yield octets;
}
