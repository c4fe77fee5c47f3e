/** Arguments of a parsed phrase by their tags, and strings as a script has them. */
import type { Argument, CommandPhrase, TestPhrase } from "../syntax.ts";

/** A phrase says something that no rule has. */
export class NotShown extends Error {}

/** The arguments of one phrase. Whatever was not asked for in the end makes it none that is shown. */
export class Arguments {
  readonly #tags = new Map<string, Argument | undefined>();
  readonly #rest: Argument[] = [];

  /** @param valued tags that are followed by a value */
  constructor({ arguments: all }: Pick<CommandPhrase | TestPhrase, "arguments">, valued: readonly string[] = []) {
    for (let at = 0; at < all.length; at++) {
      const one = all[at] as Argument;
      if (one.kind !== "tag") this.#rest.push(one);
      else if (this.#tags.has(one.name)) throw new NotShown();
      else this.#tags.set(one.name, valued.includes(one.name) ? all[++at] : undefined);
    }
  }

  /** Whether a tag without a value is there. */
  tag(name: string): boolean {
    const there = this.#tags.has(name);
    this.#tags.delete(name);
    return there;
  }

  /** Which of some tags is there; undefined for none. */
  oneOf<T extends string>(...names: readonly T[]): T | undefined {
    return names.find((name) => this.tag(name));
  }

  text(name: string): string | undefined {
    const value = this.#tags.get(name);
    return this.tag(name) ? onlyText(value) : undefined;
  }

  texts(name: string): string[] | undefined {
    const value = this.#tags.get(name);
    return this.tag(name) ? textsIn(value) : undefined;
  }

  number(name: string): number | undefined {
    const value = this.#tags.get(name);
    if (!this.tag(name)) return undefined;
    if (value?.kind !== "number") throw new NotShown();
    return value.value;
  }

  nextText(): string {
    return onlyText(this.#rest.shift());
  }

  nextTexts(): string[] {
    return textsIn(this.#rest.shift());
  }

  nextNumber(): number {
    const value = this.#rest.shift();
    if (value?.kind !== "number") throw new NotShown();
    return value.value;
  }

  /** @throws NotShown where there is more than was asked for */
  end(): void {
    if (this.#tags.size + this.#rest.length > 0) throw new NotShown();
  }
}

function textsIn(value: Argument | undefined): string[] {
  if (value?.kind !== "strings") throw new NotShown();
  return value.strings.map(({ value: text }) => text);
}

function onlyText(value: Argument | undefined): string {
  const [text, ...others] = textsIn(value);
  if (text === undefined || others.length > 0) throw new NotShown();
  return text;
}

/** A string in quotation marks (RFC 5228 §2.4.2). */
export const quoted = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`;

/** A list, or its only string. */
export const listed = (texts: readonly string[]): string =>
  texts.length === 1 ? quoted(texts[0] ?? "") : `[${texts.map(quoted).join(", ")}]`;

/** Text of several lines as a script has it, each line at its start (RFC 5228 §2.4.2, multi-line). */
export function prose(text: string): string {
  if (!text.includes("\n")) return quoted(text);
  return `text:\n${text.replace(/^\./gm, "..")}\n.\n`;
}

/** The same read: lines ended by LF, and none behind the last. */
export const proseIn = (text: string): string => text.replace(/\r\n?/g, "\n").trimEnd();
