/**
 * How a command or test may be written, and one use of it held against that: its options and arguments sorted, or an error that says
 * what is wrong in plain words.
 */
import { COMPARATORS, DEFAULT_COMPARATOR } from "./comparators.ts";
import { type Place, SieveError } from "./error.ts";
import { isRelation, Matcher, type Matching } from "./matching.ts";
import { RegexError } from "./regex/parse.ts";
import type { Act, Test } from "./script.ts";
import type { Argument, CommandPhrase, TestPhrase } from "./syntax.ts";
import { decodeCharacters, NoCharacter, parseText, type Text, type Texts, textsOf, UnknownNamespace } from "./text.ts";

export type ArgumentKind = "number" | "string" | "strings";

/** An option, e.g. `:copy`, or `:days` with its number. */
export interface Tag {
  readonly takes?: ArgumentKind;
  /** What must be required for it, beyond what the command needs. */
  readonly extension?: string;
  /** Only one of a group may be given. */
  readonly group?: string;
}

export type Tags = Readonly<Record<string, Tag>>;

export interface Parameter {
  readonly name: string;
  readonly kind: ArgumentKind;
  /** May be left out. */
  readonly optional?: boolean;
}

/** How a command or test is written. */
export interface Signature {
  readonly rfc: string;
  /** What must be required for it; of several, one. */
  readonly extension?: string | readonly string[];
  readonly tags?: Tags;
  readonly takes: readonly Parameter[];
  /** It looks into the body of the message, or would with these options. */
  readonly readsBody?: (call: Call) => boolean;
}

export interface TestSpec extends Signature {
  build(call: Call): Test;
}

export interface ActionSpec extends Signature {
  build(call: Call): Act;
}

/** What a call needs to know of its script. */
export interface CallContext {
  requires(extension: string): boolean;
  warn(place: Place, reason: string): void;
  /** Whether it stands inside of a foreverypart. */
  readonly isInLoop: boolean;
}

const KIND_WORDS: Readonly<Record<ArgumentKind, string>> = {
  number: "a number",
  string: "a string in quotation marks",
  strings: "a string or a list of strings",
};

type Given = Exclude<Argument, { kind: "tag" }>;

/** One use of a command or test. */
export class Call {
  readonly #tags = new Map<string, Given | Place>();
  readonly #positional = new Map<string, Given>();

  constructor(
    readonly phrase: CommandPhrase | TestPhrase,
    private readonly signature: Signature,
    private readonly context: CallContext,
  ) {
    this.#checkExtension();
    const rest = this.#takeTags();
    this.#takePositional(rest);
  }

  get at(): Place {
    return this.phrase.at;
  }

  requires(extension: string): boolean {
    return this.context.requires(extension);
  }

  /** Whether it stands inside of a foreverypart (RFC 5703 §3). */
  get isInLoop(): boolean {
    return this.context.isInLoop;
  }

  warn(place: Place, reason: string): void {
    this.context.warn(place, reason);
  }

  /** Whether an option or argument was given; options are named with their colon. */
  has(name: string): boolean {
    return this.#tags.has(name) || this.#positional.has(name);
  }

  /** Where an argument stands; of an option, where it is named. */
  place(name: string): Place {
    const given = this.#tags.get(name) ?? this.#positional.get(name);
    if (given === undefined) return this.at;
    return "at" in given ? given.at : given;
  }

  /** A number, or what stands for it where it was left out. */
  number<T>(name: string, otherwise: T): number | T {
    const given = this.#given(name);
    return given?.kind === "number" ? given.value : otherwise;
  }

  text(name: string): Text {
    return this.texts(name).all[0] ?? "";
  }

  /** A text, or undefined where it was left out. */
  optionalText(name: string): Text | undefined {
    return this.has(name) ? this.text(name) : undefined;
  }

  texts(name: string): Texts {
    const given = this.#given(name);
    if (given?.kind !== "strings") return textsOf([]);
    return textsOf(given.strings.map(({ value, at }) => this.#text(value, at)));
  }

  /** The strings as constants; what they are is known before any message comes. */
  fixed(name: string): readonly string[] {
    const { fixed } = this.texts(name);
    if (fixed === undefined) throw this.error(`here no variables may be used.`, this.place(name));
    return fixed;
  }

  /** The constant strings of a list, each with its place. */
  literals(name: string): readonly { readonly value: string; readonly at: Place }[] {
    const given = this.#given(name);
    return given?.kind === "strings" ? given.strings : [];
  }

  /** The match type, comparator and keys (RFC 5228 §2.7). */
  matcher(keys: string, options: { readonly captures?: boolean } = {}): Matcher {
    const matching = this.matching();
    const captures = (options.captures ?? true) && this.requires("variables");
    try {
      return new Matcher(matching, this.texts(keys), captures);
    } catch (error) {
      if (!(error instanceof RegexError)) throw error;
      throw this.error(`this is no regular expression: ${error.message}`, this.place(keys));
    }
  }

  matching(): Matching {
    const comparator = this.#comparator();
    for (const type of ["count", "value"] as const) {
      if (!this.has(`:${type}`)) continue;
      const relation = (this.fixed(`:${type}`)[0] ?? "").toLowerCase();
      const place = this.place(`:${type}`);
      if (!isRelation(relation)) throw this.error("here one of gt, ge, lt, le, eq and ne must stand.", place);
      if (type === "count" && comparator.name !== "i;ascii-numeric" && !["eq", "ne"].includes(relation)) {
        this.warn(place, 'a count is compared as text here; :comparator "i;ascii-numeric" compares it as a number.');
      }
      return { type, relation, comparator };
    }
    const type = (["contains", "matches", "regex", "list"] as const).find((one) => this.has(`:${one}`)) ?? "is";
    if (!comparator.substrings && (type === "contains" || type === "matches" || type === "regex")) {
      throw this.error(`:${type} cannot be used with the comparator ${comparator.name}.`, this.at);
    }
    return { type, comparator };
  }

  error(reason: string, at: Place = this.at): SieveError {
    return new SieveError(at, reason);
  }

  #comparator() {
    if (!this.has(":comparator")) return DEFAULT_COMPARATOR;
    const name = this.fixed(":comparator")[0] ?? "";
    const found = COMPARATORS.get(name);
    const place = this.place(":comparator");
    if (found === undefined) {
      throw this.error(`there is no comparator “${name}”; there are ${[...COMPARATORS.keys()].join(", ")}.`, place);
    }
    if (found.extension !== undefined && !this.requires(found.extension)) {
      throw this.error(
        `the comparator “${name}” needs ${requirement(found.extension)} at the start of the script.`,
        place,
      );
    }
    return found;
  }

  #given(name: string): Given | undefined {
    const given = this.#tags.get(name) ?? this.#positional.get(name);
    return given !== undefined && "kind" in given ? given : undefined;
  }

  #text(value: string, at: Place): Text {
    try {
      const decoded = this.requires("encoded-character") ? decodeCharacters(value) : value;
      if (!this.requires("variables")) return decoded;
      return parseText(decoded, (space) => space === "global" && this.requires("include"));
    } catch (error) {
      if (error instanceof UnknownNamespace) throw this.error(`there is no variable like ${error.reference}.`, at);
      if (error instanceof NoCharacter) throw this.error(`${error.reference} stands for no character.`, at);
      throw error;
    }
  }

  #checkExtension(): void {
    const { extension } = this.signature;
    if (extension === undefined) return;
    const wanted = typeof extension === "string" ? [extension] : extension;
    if (wanted.some((one) => this.requires(one))) return;
    throw this.error(`“${this.phrase.name}” needs ${requirement(wanted[0] ?? "")} at the start of the script.`);
  }

  /** Sorts the options out; gives the arguments behind them. */
  #takeTags(): readonly Given[] {
    const args = this.phrase.arguments;
    const groups = new Map<string, string>();
    let i = 0;
    for (let arg = args[0]; arg?.kind === "tag"; arg = args[i]) {
      const name = `:${arg.name}`;
      const tag = this.#tag(arg.name, arg.at);
      const group = tag.group ?? name;
      const other = this.#tags.has(name) ? name : groups.get(group);
      if (other === name) throw this.error(`${name} is given twice.`, arg.at);
      if (other !== undefined) throw this.error(`only one of ${other} and ${name} can be given.`, arg.at);
      groups.set(group, name);
      i++;
      if (tag.takes === undefined) {
        this.#tags.set(name, arg.at);
        continue;
      }
      const value = args[i++];
      this.#tags.set(name, this.#ofKind(value, tag.takes, `after ${name}`, arg.at));
    }
    const rest = args.slice(i);
    const late = rest.find((arg) => arg.kind === "tag");
    if (late) throw this.error("options like this stand before the other arguments.", late.at);
    return rest as readonly Given[];
  }

  #tag(name: string, at: Place): Tag {
    const tags = this.signature.tags ?? {};
    const tag = Object.hasOwn(tags, name) ? tags[name] : undefined;
    if (tag === undefined) {
      const known = Object.keys(tags).map((one) => `:${one}`);
      const hint = known.length > 0 ? `; it knows ${known.join(", ")}` : "; it has none";
      throw this.error(`“${this.phrase.name}” has no option :${name}${hint}.`, at);
    }
    if (tag.extension !== undefined && !this.requires(tag.extension)) {
      throw this.error(`:${name} needs ${requirement(tag.extension)} at the start of the script.`, at);
    }
    return tag;
  }

  #takePositional(args: readonly Given[]): void {
    const { takes } = this.signature;
    const needed = takes.filter((parameter) => !parameter.optional).length;
    let spare = args.length - needed;
    let i = 0;
    for (const parameter of takes) {
      if (parameter.optional && spare-- <= 0) continue;
      const arg = args[i++];
      const what = `“${this.phrase.name}” needs its ${parameter.name}:`;
      this.#positional.set(parameter.name, this.#ofKind(arg, parameter.kind, what, this.at));
    }
    const extra = args[i];
    if (extra) throw this.error(`this is more than “${this.phrase.name}” takes${this.#usage()}.`, extra.at);
  }

  #usage(): string {
    const { takes } = this.signature;
    return takes.length === 0 ? "" : `, which is ${takes.map(({ name }) => `<${name}>`).join(" ")}`;
  }

  #ofKind(arg: Argument | undefined, kind: ArgumentKind, where: string, at: Place): Given {
    const fits =
      arg !== undefined &&
      (kind === "number" ? arg.kind === "number" : arg.kind === "strings" && (kind === "strings" || !arg.list));
    if (fits) return arg as Given;
    throw this.error(`${where} ${KIND_WORDS[kind]} is missing here.`, arg?.at ?? at);
  }
}

function requirement(extension: string): string {
  return `require "${extension}";`;
}
