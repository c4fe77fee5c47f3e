/** Labels: keywords of messages (RFC 9051 §2.3.2), with the names and colours that they have for people. */
import type { LabelChoice } from "../../../views/webmail/labels.tsx";
import type { RowLabel } from "../../../views/webmail/list-rows.tsx";
import { key, t } from "../../../views/words/words.ts";
import { type Label, TONES } from "../../mailstore/labels.ts";
import { oneLine } from "./names.ts";
import { toneOf } from "./words.ts";

/** The five labels that many mail programs have from the beginning. */
const USUAL: Readonly<Record<string, { readonly name: string; readonly tone: number }>> = {
  $label1: { name: key("Important"), tone: 3 },
  $label2: { name: key("Work"), tone: 2 },
  $label3: { name: key("Personal"), tone: 0 },
  $label4: { name: key("To do"), tone: 1 },
  $label5: { name: key("Later"), tone: 4 },
};

/** Keywords by which programs tell each other something, and nobody labels. */
const TECHNICAL =
  /^(?:\$(?!label[1-5]$).*|\\.*|junk|nonjunk|notjunk|forwarded|mdnsent|old|redirected|receipthandled)$/i;

/** Keyword of the messages of a muted conversation, as other programs set it too. */
export const MUTED = "$muted";

/** Letters of a keyword that is made from a name. */
const LONGEST = 60;

const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** A label by its keyword; undefined where it is none. */
export function labelOf(book: readonly Label[], keyword: string): RowLabel | undefined {
  const named = book.find((label) => same(label.keyword, keyword));
  if (named !== undefined) return { name: oneLine(named.name, 60), tone: named.tone };
  const usual = Object.hasOwn(USUAL, keyword.toLowerCase()) ? USUAL[keyword.toLowerCase()] : undefined;
  if (usual !== undefined) return { name: t(usual.name), tone: usual.tone };
  if (TECHNICAL.test(keyword)) return undefined;
  return { name: oneLine(keyword.replaceAll("_", " "), 60), tone: toneOf(keyword) };
}

/** The labels among a message's keywords. */
export const labelsOf = (book: readonly Label[], keywords: readonly string[]): RowLabel[] =>
  keywords.flatMap((keyword) => labelOf(book, keyword) ?? []);

/** What is offered at a time: programs, and whoever may mark here, can set as many keywords as they like. */
const MOST_CHOICES = 400;

/** What can be given: labels with a name, and those that messages of the folder have. */
export function labelChoices(book: readonly Label[], inUse: readonly string[]): LabelChoice[] {
  const keywords = new Map<string, string>();
  for (const keyword of [...book.map((label) => label.keyword), ...inUse]) {
    const folded = keyword.toLowerCase();
    if (!keywords.has(folded)) keywords.set(folded, keyword);
  }
  return [...keywords.values()].slice(0, MOST_CHOICES).flatMap((keyword) => {
    const label = labelOf(book, keyword);
    return label === undefined ? [] : [{ keyword, ...label }];
  });
}

/** A label by its name as somebody typed it: one that there is, or a new one; undefined for an empty name. */
export function labelNamed(book: readonly Label[], typed: string): Label | undefined {
  const name = oneLine(typed, 60);
  if (name === "") return undefined;
  const known = book.find((label) => same(label.name, name));
  if (known !== undefined) return known;
  const plain = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\w.-]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, LONGEST);
  const base = plain === "" || TECHNICAL.test(plain) ? `label_${plain || book.length + 1}` : plain;
  const taken = (keyword: string) => book.some((label) => same(label.keyword, keyword));
  let keyword = base;
  for (let n = 2; taken(keyword); n++) keyword = `${base}-${n}`;
  return { keyword, name, tone: toneOf(name) % TONES };
}
