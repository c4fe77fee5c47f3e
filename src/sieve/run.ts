/** One run of a script: what it found, what it asked for, and how much it may still do. */
import type { Part } from "../mime/structure.ts";
import type { Action, FileInto, Keep, Redirect, Step } from "./outcome.ts";
import type { Source } from "./script.ts";
import { RUN_LIMITS, type RunLimits, type SieveMessage, type Surroundings } from "./surroundings.ts";
import type { Text, Texts } from "./text.ts";
import { MessageView } from "./view.ts";
import { TooMuchWork, type Work } from "./wildcards.ts";

/** A script fails while it runs (RFC 5228 §2.10.6); the message is then kept. */
export class RunError extends Error {}

/** The loop of one foreverypart (RFC 5703 §3). */
export interface Loop {
  readonly parts: readonly Part[];
  next: number;
}

/** What belongs to one script, apart from those that include it (RFC 6609 §3.4). */
export class Scope {
  readonly variables = new Map<string, string>();
  /** Names that mean a variable all scripts share. */
  readonly globals = new Set<string>();
  readonly loops: Loop[] = [];

  constructor(
    /** Undefined for the script that is run. */
    readonly name: string | undefined,
  ) {}
}

const GLOBAL = "global.";
/** Characters of one string after its variables are put in, about. */
const LONGEST_TEXT = 262_144;
/** A look into the server's lists and folders costs about as much as comparing so many characters. */
export const LOOKUP_WORK = 10_000;

export class Run {
  readonly view: MessageView;
  readonly limits: RunLimits;
  readonly work: Work;
  readonly explains: boolean;
  readonly story: Step[] = [];
  /** Why the test at hand held or did not; set where the run explains. */
  because = "";
  readonly actions: Action[] = [];
  /** Where the script that is run asked for them. */
  readonly places = new Map<Action, Source>();
  /** Nothing has cancelled the implicit keep yet (RFC 5228 §2.10.2). */
  keeps = true;
  /** The internal variable of RFC 5232 §2. */
  flags: readonly string[] = [];
  /** What the wildcards of the last match stood for (RFC 5229 §3.2); the whole value first. */
  matched: string[] | undefined;
  scope = new Scope(undefined);
  readonly #globals = new Map<string, string>();
  /** Characters in all variables. */
  #held = 0;
  #changes = 0;

  constructor(
    message: SieveMessage,
    readonly surroundings: Surroundings,
  ) {
    this.view = new MessageView(message);
    this.limits = { ...RUN_LIMITS, ...surroundings.limits };
    this.work = { left: this.limits.work };
    this.explains = surroundings.explain === true;
  }

  /** The part at hand inside of foreverypart. */
  get part(): Part | undefined {
    const loop = this.scope.loops.at(-1);
    return loop?.parts[loop.next - 1];
  }

  text(text: Text): string {
    if (typeof text === "string") return text;
    let whole = "";
    for (const piece of text) {
      if (whole.length > LONGEST_TEXT) throw new RunError("a text with variables becomes too long.");
      if (typeof piece === "string") whole += piece;
      else whole += "number" in piece ? (this.matched?.[piece.number] ?? "") : this.variable(piece.name);
    }
    this.spend(whole.length);
    return whole;
  }

  texts(texts: Texts): readonly string[] {
    return texts.fixed ?? texts.all.map((text) => this.text(text));
  }

  /** A variable by its name in lower case; "" if it was never set (RFC 5229 §3). */
  variable(name: string): string {
    return this.#home(name).get(plain(name)) ?? "";
  }

  /** Sets a variable; what is too long is cut (RFC 5229 §6). */
  setVariable(name: string, value: string): void {
    const most = this.limits.variable;
    const cut = value.length > most ? value.slice(0, most).replace(/[\ud800-\udbff]$/, "") : value;
    const home = this.#home(name);
    this.#held += cut.length - (home.get(plain(name))?.length ?? 0);
    if (this.#held > this.limits.variables) throw new RunError("its variables hold too much.");
    home.set(plain(name), cut);
  }

  /** Counts a change of the message. */
  change(): void {
    if (!this.view.isHeaderWhole) throw new RunError("the header of the message is too long to be changed.");
    if (++this.#changes > this.limits.changes) {
      throw new RunError(`the message is changed more than ${this.limits.changes} times.`);
    }
  }

  #home(name: string): Map<string, string> {
    return name.startsWith(GLOBAL) || this.scope.globals.has(name) ? this.#globals : this.scope.variables;
  }

  /** Counts characters that are compared or copied. */
  spend(characters: number): void {
    this.work.left -= characters;
    if (this.work.left < 0) throw new TooMuchWork();
  }

  onList(list: string, text: string): boolean {
    this.spend(LOOKUP_WORK);
    const found = this.surroundings.onList(list, text);
    if (found === undefined) throw new RunError(`there is no list “${list}”.`);
    return found;
  }

  /** Adds an action; one that was asked for already is not done twice (RFC 5228 §2.10.3). */
  add(action: Action): void {
    const { limits } = this;
    this.#sortWithReject(action);
    if (this.#merge(action)) return;
    const count = (kind: Action["kind"]) => this.actions.filter((one) => one.kind === kind).length;
    if (this.actions.length >= limits.actions) throw new RunError(`more than ${limits.actions} actions are asked for.`);
    if (action.kind === "redirect" && count("redirect") >= limits.redirects) {
      throw new RunError(`the message is redirected more than ${limits.redirects} times.`);
    }
    if (action.kind === "notify" && count("notify") >= limits.notifications) {
      throw new RunError(`more than ${limits.notifications} notifications are asked for.`);
    }
    this.actions.push(action);
  }

  /** RFC 5429 §2.4: what is refused is not delivered, nor answered, nor refused again. */
  #sortWithReject({ kind }: Action): void {
    const refuses = kind === "reject" || kind === "ereject";
    const delivers = ["keep", "fileinto", "redirect", "redirectToList", "vacation"];
    const other = this.actions.find((one) => {
      const refused = one.kind === "reject" || one.kind === "ereject";
      return refuses ? refused || delivers.includes(one.kind) : refused && delivers.includes(kind);
    });
    if (other === undefined) return;
    if (refuses && other.kind === kind) throw new RunError(`“${kind}” is done twice.`);
    throw new RunError(`“${other.kind}” and “${kind}” cannot both be done with one message.`);
  }

  #merge(action: Action): boolean {
    const index = this.actions.findIndex((one) => isSame(one, action));
    const known = this.actions[index];
    if (known === undefined) return false;
    if ("flags" in known && "flags" in action) {
      this.actions[index] = { ...known, flags: union(known.flags, action.flags) };
    }
    return true;
  }
}

function plain(name: string): string {
  return name.startsWith(GLOBAL) ? name.slice(GLOBAL.length) : name;
}

function isSame(a: Action, b: Action): boolean {
  if (a.kind !== b.kind) return false;
  switch (a.kind) {
    case "keep":
      return a.rewritten === (b as Keep).rewritten;
    case "fileinto": {
      const other = b as FileInto;
      return (
        a.mailbox === other.mailbox &&
        a.mailboxId === other.mailboxId &&
        a.specialUse === other.specialUse &&
        a.rewritten === other.rewritten
      );
    }
    case "redirect":
      return a.address.toLowerCase() === (b as Redirect).address.toLowerCase();
    case "discard":
      return true;
    default:
      return false;
  }
}

/** Flags of both, each once whatever its case. */
export function union(first: readonly string[], second: readonly string[]): string[] {
  const known = new Map<string, string>();
  for (const flag of [...first, ...second]) {
    const key = flag.toLowerCase();
    if (!known.has(key)) known.set(key, flag);
  }
  return [...known.values()];
}
