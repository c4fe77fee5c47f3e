/**
 * The words of pages in their reader's language. A page writes them in English where they stand, `t("Archive")`; a catalogue says them in
 * another language, and what it lacks stays English. For whom a page is made is known during the whole request (`Readers.serve`), so that
 * neither a view nor a route hands it on. What people write themselves is never a key.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { Formats } from "./formats.ts";

export const LANGUAGES = ["en", "de"] as const;
/** Languages with a complete catalogue, by their BCP 47 tags. */
export type Language = (typeof LANGUAGES)[number];

/** What there is to know of a language. */
interface Tongue {
  /** What its speakers call it. */
  readonly name: string;
  readonly direction: "ltr" | "rtl";
  /** Whose way to write dates and numbers is meant. */
  readonly locale: string;
  readonly catalogue: () => Promise<Catalogue>;
  /** Sentences of rooms below, which know no reader: refusals and what was found out; with holes where something was put in. */
  readonly sentences: () => Promise<Readonly<Record<string, string>>>;
}

export const TONGUES: Readonly<Record<Language, Tongue>> = {
  en: { name: "English", direction: "ltr", locale: "en-GB", catalogue: async () => ({}), sentences: async () => ({}) },
  de: {
    ...{ name: "Deutsch", direction: "ltr", locale: "de" },
    catalogue: async () => (await import("./de.ts")).GERMAN,
    sentences: async () => (await import("./de-sentences.ts")).GERMAN_SENTENCES,
  },
};

/** How many there are decides the form: those of Intl.PluralRules that the language has. */
export type Forms = Readonly<Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }>;

/** What is said in another language, by the English text; of counted things by the form for many. */
export type Catalogue = Readonly<Record<string, string | Forms>>;

/** Whom a page is made for. */
export interface Reader {
  readonly language: Language;
  /** His time zone's IANA name; the server's own where he has chosen none. */
  readonly zone: string | undefined;
}

export type Values = Readonly<Record<string, string | number>>;

/** A reader with what was found for him so far. */
interface Served extends Reader {
  readonly catalogue: Catalogue;
  readonly sentences: Readonly<Record<string, string>>;
  readonly formats: Formats;
  rules?: Intl.PluralRules;
  patterns?: readonly Pattern[];
}

/** A sentence with holes, to be known again when they are filled. */
interface Pattern {
  readonly filled: RegExp;
  readonly said: string;
}

const serving = (reader: Reader, words: Pick<Served, "catalogue" | "sentences">): Served => ({
  ...reader,
  ...words,
  formats: new Formats(TONGUES[reader.language].locale, reader.zone),
});

const ENGLISH = serving({ language: "en", zone: undefined }, { catalogue: {}, sentences: {} });
const readers = new AsyncLocalStorage<Served>();

/** Kinds of readers that are remembered, by language and zone. */
const KEPT = 32;

/** Serves readers, and remembers what was made for those of one language and zone. */
export class Readers {
  readonly #kept = new Map<string, Served>();

  /** Does work whose pages are for a reader. The first who reads a language waits until its catalogue is there. */
  async serve<T>(reader: Reader, work: () => Promise<T>): Promise<T> {
    const key = `${reader.language} ${reader.zone ?? ""}`;
    const known = this.#kept.get(key) ?? (await this.#make(reader));
    this.#kept.delete(key);
    this.#kept.set(key, known);
    if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value ?? "");
    return await readers.run(known, work);
  }

  async #make(reader: Reader): Promise<Served> {
    const { catalogue, sentences } = TONGUES[reader.language];
    return serving(reader, { catalogue: await catalogue(), sentences: await sentences() });
  }
}

/** The same for one reader alone. */
export const asReader = <T>(reader: Reader, work: () => Promise<T>): Promise<T> => new Readers().serve(reader, work);

const served = (): Served => readers.getStore() ?? ENGLISH;

/** Who reads what is made now; outside of a request a reader of English. */
export const reader = (): Reader => served();

/** How dates and numbers are written for him. */
export const formats = (): Formats => served().formats;

/** What a record says of a key that anybody may have written: every object knows something of "constructor". */
const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/** A text in the reader's language. `{name}` in it stands for a value; numbers are written as the language has them. */
export function t(english: string, values?: Values): string {
  const said = own(served().catalogue, english) ?? english;
  return fill(typeof said === "string" ? said : said.other, values);
}

/** A text that counts: `{n}` in it is the number. */
export function tn(count: number, one: string, other: string, values?: Values): string {
  const whom = served();
  const forms = own(whom.catalogue, other) ?? { one, other };
  return fill(typeof forms === "string" ? forms : (forms[formOf(count, whom)] ?? forms.other), {
    ...values,
    n: count,
  });
}

/** Characters of a sentence that is looked for among those with holes. */
const LONGEST_SENTENCE = 1_000;

/** A sentence that a room below made, in the reader's language where the catalogue knows it; as it came where it does not. */
export function said(sentence: string): string {
  const whom = served();
  const exact = own(whom.sentences, sentence);
  if (exact !== undefined || whom === ENGLISH || sentence.length > LONGEST_SENTENCE) return exact ?? sentence;
  whom.patterns ??= Object.entries(whom.sentences).flatMap(([english, said]) => patternOf(english, said) ?? []);
  for (const { filled, said } of whom.patterns) {
    const found = filled.exec(sentence)?.groups;
    if (found !== undefined) return fill(said, found);
  }
  return sentence;
}

function patternOf(english: string, said: string): Pattern | undefined {
  if (!/\{\w+\}/.test(english)) return undefined;
  const source = english
    .split(/(\{\w+\})/)
    .map((piece) => (/^\{\w+\}$/.test(piece) ? `(?<${piece.slice(1, -1)}>.*?)` : RegExp.escape(piece)));
  return { filled: new RegExp(`^${source.join("")}$`, "s"), said };
}

/** Names a text where nobody reads yet, such as in a table: `t` says it when somebody does. */
export const key = <T extends string>(english: T): T => english;

function formOf(count: number, whom: Served): Intl.LDMLPluralRule {
  if (whom === ENGLISH) return count === 1 ? "one" : "other";
  whom.rules ??= new Intl.PluralRules(whom.language);
  return whom.rules.select(count);
}

function fill(text: string, values: Values | undefined): string {
  if (values === undefined) return text;
  return text.replace(/\{(\w+)\}/g, (hole, name: string) => {
    const value = values[name];
    return typeof value === "number" ? formats().number(value) : (value ?? hole);
  });
}
