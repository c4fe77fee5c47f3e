/**
 * What comes up below the search box while one types: the rest of an operator, people, folders, earlier searches, and the first messages
 * that were found. The word at the end of what was typed is the one that is being written.
 */
import type { PanelOption, SearchPanel } from "../../../views/webmail/search-panel.tsx";
import { formats, key, t } from "../../../views/words/words.ts";
import type { Suggestion } from "../../directory/completion.ts";
import type { RoledFolder } from "./access.ts";
import { OPERATORS, wordsOf, written } from "./query.ts";
import { folderHref, folderIcon, folderLabel } from "./rail.ts";

/** What suggestions are made from. */
export interface SuggestionSources {
  readonly now: number;
  readonly people: (typed: string, most: number) => readonly Suggestion[];
  readonly folders: () => readonly RoledFolder[];
  readonly labels: () => readonly string[];
  readonly kept: () => readonly { readonly name: string; readonly query: string }[];
  readonly earlier: (most: number) => readonly string[];
}

const WHAT: Readonly<Record<(typeof OPERATORS)[number], string>> = {
  from: key("Who wrote it"),
  to: key("Who got it"),
  cc: key("Who got a copy"),
  subject: key("Words in the subject"),
  body: key("Words in the text"),
  filename: key("The name of a file"),
  has: key("With files"),
  is: key("Unread, starred, answered"),
  in: key("In a folder"),
  label: key("With a label"),
  before: key("Before a day"),
  after: key("On a day or later"),
  older: key("Older than 2w, 3m, 1y"),
  newer: key("Newer than 2w, 3m, 1y"),
  larger: key("Larger than 5M"),
  smaller: key("Smaller than 100K"),
};

const VALUES: Readonly<Record<string, readonly string[]>> = {
  is: ["unread", "starred", "answered", "unanswered", "read"],
  has: ["attachment"],
  older: ["1w", "1m", "6m", "1y"],
  newer: ["1d", "1w", "1m", "1y"],
  larger: ["1M", "5M", "10M"],
  smaller: ["10K", "100K", "1M"],
};

const DAY_MS = 86_400_000;
/** Operators that are shown before anything is typed. */
const FIRST_OPERATORS = ["from", "to", "subject", "has", "is", "in", "before", "larger"] as const;
const MOST_EARLIER = 5;
const MOST_NAMES = 4;

/** The suggestions for what was typed so far; the messages come from whoever searches. */
export function suggest(typed: string, sources: SuggestionSources): Omit<SearchPanel, "hits" | "more"> {
  const text = typed.slice(0, 500);
  if (text.trim() === "")
    return { options: [...offers(sources, ""), ...FIRST_OPERATORS.map((name) => hint(name, ""))] };
  const { before, word } = lastOf(text);
  if (word === "") return { options: FIRST_OPERATORS.slice(0, 4).map((name) => hint(name, before)) };
  const minus = word.startsWith("-") ? "-" : "";
  const [, operator = "", value = ""] = /^-?([a-z]+):"?(.*)$/is.exec(word) ?? [];
  if (operator !== "") return { options: valuesFor(operator.toLowerCase(), value, `${before}${minus}`, sources) };
  const bare = word.slice(minus.length).replace(/^"/, "");
  const operators = OPERATORS.filter((name) => bare !== "" && name.startsWith(bare.toLowerCase()));
  return {
    options: [
      ...(before === "" ? offers(sources, text) : []),
      ...operators.slice(0, 3).map((name) => hint(name, `${before}${minus}`)),
      ...(bare.length < 2
        ? []
        : [...peopleFor("from", bare, before, sources, 2), ...foldersCalled(bare, before, sources)]),
    ],
  };
}

/** The word that is being written, and all before it. */
function lastOf(text: string): { before: string; word: string } {
  const last = wordsOf(text).at(-1) ?? "";
  const open = (last.match(/"/g) ?? []).length % 2 === 1;
  if (!text.endsWith(last) || (/\s$/.test(text) && !open)) return { before: text, word: "" };
  return { before: text.slice(0, text.length - last.length), word: last };
}

const hint = (name: (typeof OPERATORS)[number], before: string): PanelOption => ({
  ...{ icon: "filter", label: `${name}:`, note: t(WHAT[name]), value: `${before}${name}:` },
});

/** Searches that are kept or were made before, and begin so. */
function offers({ kept, earlier }: SuggestionSources, text: string): PanelOption[] {
  const begins = (query: string) => query !== text && query.toLowerCase().startsWith(text.toLowerCase());
  const named = kept().filter(({ name, query }) => begins(query) || (text !== "" && begins(name)));
  const saved = named
    .slice(0, 3)
    .map(({ name, query }): PanelOption => ({ icon: "star", label: name, note: "", value: query }));
  const taken = new Set(saved.map(({ value }) => value));
  const last = earlier(30).filter((query) => begins(query) && !taken.has(query));
  const few = text === "" ? MOST_EARLIER : 3;
  return [
    ...saved,
    ...last.slice(0, few).map((query): PanelOption => ({ icon: "clock", label: query, note: "", value: query })),
  ];
}

function valuesFor(operator: string, value: string, before: string, sources: SuggestionSources): PanelOption[] {
  const begins = (text: string) => text.toLowerCase().startsWith(value.toLowerCase());
  const simple = (text: string, note = ""): PanelOption => ({
    ...{ icon: "filter", label: `${operator}:${text}`, note, value: `${before}${written(operator, text)} ` },
  });
  switch (operator) {
    case "from":
    case "to":
    case "cc":
      return peopleFor(operator, value, before, sources, MOST_NAMES);
    case "in":
      return sources
        .folders()
        .filter((folder) => begins(folderLabel(folder)) || begins(folder.name))
        .slice(0, 6)
        .map((folder) => ({ ...simple(inName(folder), folderLabel(folder)), icon: folderIcon(folder) }))
        .concat(begins("any") && "any".startsWith(value.toLowerCase()) ? [simple("any", t("Everywhere"))] : []);
    case "label":
      return sources
        .labels()
        .filter(begins)
        .slice(0, 6)
        .map((label) => simple(label));
    case "before":
    case "after":
      return [0, 1, 7, 30, 365]
        .map((days) => formats().day(sources.now - days * DAY_MS))
        .filter(begins)
        .map((day) => simple(day, formats().dateAndYear(Date.parse(`${day}T12:00:00Z`))));
    default:
      if (!Object.hasOwn(VALUES, operator)) return [];
      return (VALUES[operator] ?? []).filter(begins).map((text) => simple(text));
  }
}

/** How a folder is named behind "in:": by its role where it has one. */
const inName = (folder: RoledFolder): string => folder.role ?? folder.name;

function peopleFor(
  operator: string,
  typed: string,
  before: string,
  { people }: SuggestionSources,
  most: number,
): PanelOption[] {
  if (typed.trim() === "") return [];
  return people(typed, most).map(({ name, address }) => ({
    icon: "user",
    label: name || address,
    note: `${operator}:${address}`,
    value: `${before}${written(operator, address)} `,
  }));
}

function foldersCalled(typed: string, before: string, { folders }: SuggestionSources): PanelOption[] {
  if (before !== "") return [];
  const called = folders().filter((folder) => folderLabel(folder).toLowerCase().startsWith(typed.toLowerCase()));
  return called.slice(0, 2).map((folder) => ({
    ...{
      icon: folderIcon(folder),
      label: folderLabel(folder),
      note: t("Go to the folder"),
      href: folderHref(folder.id),
    },
  }));
}
