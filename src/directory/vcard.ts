/**
 * Contact cards as other programs write them: vCard 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350), read into what a contact here has, and written as
 * 4.0. Pure.
 */
import {
  type Component,
  type ContentLine,
  componentsIn,
  escapedText,
  folded,
  lineOf,
  partsOf,
  textValue,
} from "../mime/content-lines.ts";
import { type Contact, type ContactCard, cardSchema } from "./contact.ts";

/** A card that was read; `uid` names it for programs that keep it, "" where it has none. */
export interface ReadCard {
  readonly uid: string;
  readonly card: ContactCard;
}

const MOST_OF_A_KIND = 50;
/** Characters of a value that are looked at: notes, each character escaped, are the longest. */
const LONGEST_VALUE = 10_000;

/** The first cards in a text; those of them that say nothing a contact could hold are passed over. */
export function cardsIn(text: string, most: number): ReadCard[] {
  const cards = componentsIn(text).filter(({ name }) => name === "VCARD");
  return cards.slice(0, most).flatMap((component) => {
    const read = cardSchema.safeParse(cardOf(component));
    return read.success ? [{ uid: textOf(component, "UID").slice(0, 200), card: read.data }] : [];
  });
}

function cardOf(component: Component): Partial<ContactCard> {
  const [familyName, givenName, additionalName, prefix, suffix] = lineParts(component, "N");
  const [organisation, department] = lineParts(component, "ORG");
  return {
    fullName: oneLine(textOf(component, "FN")),
    ...{ prefix: prefix ?? "", givenName: givenName ?? "", additionalName: additionalName ?? "" },
    ...{ familyName: familyName ?? "", suffix: suffix ?? "" },
    nickname: oneLine(partsOf(raw(component, "NICKNAME"), ",")[0] ?? ""),
    ...{ organisation: organisation ?? "", department: department ?? "" },
    title: oneLine(textOf(component, "TITLE")),
    mails: mailsOf(component),
    phones: phonesOf(component),
    postal: postalOf(component),
    website: oneLine(textOf(component, "URL"), 500),
    notes: textOf(component, "NOTE").slice(0, 4_000),
    groups: partsOf(raw(component, "CATEGORIES"), ",")
      .map((name) => oneLine(name, 60))
      .filter((name) => name !== "")
      .slice(0, 50),
  };
}

/** A value as one line that the schema takes: it came from a stranger, and is cut rather than refused. */
const oneLine = (text: string, most = 200): string =>
  text
    .replace(/\p{Cc}+/gu, " ")
    .trim()
    .slice(0, most)
    .toWellFormed();

const cut = (value: string): string => value.slice(0, LONGEST_VALUE);
const raw = (component: Component, name: string): string => cut(lineOf(component, name)?.value ?? "");
const textOf = (component: Component, name: string): string => textValue(raw(component, name)).trim();
const lineParts = (component: Component, name: string): string[] =>
  partsOf(raw(component, name), ";").map((part) => oneLine(part));

const typesOf = ({ parameters }: ContentLine): string[] =>
  (parameters.get("TYPE") ?? []).flatMap((type) => type.toLowerCase().split(","));

const placeOf = (line: ContentLine): "work" | "home" | "other" => {
  const types = typesOf(line);
  if (types.includes("work")) return "work";
  return types.includes("home") ? "home" : "other";
};

const ADDRESS = /^[^\s@<>]+@[^\s@<>]+$/;

/** The lines of a name; of a card with more of them than a contact has room for, the first. */
const linesOf = ({ lines }: Component, wanted: string): ContentLine[] =>
  lines
    .filter(({ name }) => name === wanted)
    .slice(0, MOST_OF_A_KIND)
    .map((line) => ({ ...line, value: cut(line.value) }));

function mailsOf(component: Component): ContactCard["mails"] {
  return linesOf(component, "EMAIL")
    .map((line) => ({ kind: placeOf(line), address: oneLine(textValue(line.value).replace(/^mailto:/i, ""), 320) }))
    .filter(({ address }) => ADDRESS.test(address))
    .slice(0, 20);
}

function phonesOf(component: Component): ContactCard["phones"] {
  const kindOf = (line: ContentLine): ContactCard["phones"][number]["kind"] => {
    const types = typesOf(line);
    if (types.includes("cell")) return "mobile";
    if (types.includes("fax")) return "fax";
    if (types.includes("pager")) return "pager";
    return placeOf(line);
  };
  return linesOf(component, "TEL")
    .map((line) => ({ kind: kindOf(line), number: oneLine(textValue(line.value).replace(/^tel:/i, ""), 60) }))
    .filter(({ number }) => number !== "")
    .slice(0, 20);
}

function postalOf(component: Component): ContactCard["postal"] {
  return linesOf(component, "ADR")
    .map((line) => {
      const [box = "", extended = "", street = "", city = "", region = "", postalCode = "", country = ""] = partsOf(
        line.value,
        ";",
      ).map((part) => oneLine(part));
      const streets = [street, extended, box].filter((part) => part !== "").join(", ");
      return { kind: placeOf(line), street: oneLine(streets), city, region, postalCode, country };
    })
    .filter(({ kind: _, ...lines }) => Object.values(lines).some((part) => part !== ""))
    .slice(0, 10);
}

/** A contact as a vCard 4.0 with its lines folded, ending with a line break (RFC 6350 §3.2). */
export function vcardOf({ uid, name, card }: Pick<Contact, "uid" | "name" | "card">): string {
  const lines: (readonly [property: string, value: string])[] = [
    ["VERSION", "4.0"],
    ["UID", escapedText(uid)],
    ["FN", escapedText(name)],
    ["N", structured(card.familyName, card.givenName, card.additionalName, card.prefix, card.suffix)],
    ["NICKNAME", escapedText(card.nickname)],
    ["ORG", structured(card.organisation, card.department)],
    ["TITLE", escapedText(card.title)],
    ...card.mails.map(({ kind, address }) => [`EMAIL${typed(PLACES[kind])}`, escapedText(address)] as const),
    ...card.phones.map(({ kind, number }) => [`TEL${typed(PHONES[kind])}`, escapedText(number)] as const),
    ...card.postal.map(
      ({ kind, street, city, region, postalCode, country }) =>
        [`ADR${typed(PLACES[kind])}`, structured("", "", street, city, region, postalCode, country)] as const,
    ),
    ["URL", escapedText(card.website)],
    ["NOTE", escapedText(card.notes)],
    ["CATEGORIES", card.groups.map(escapedText).join(",")],
  ];
  const said = lines.filter(([, value]) => /[^;]/.test(value)).map(([property, value]) => `${property}:${value}`);
  return ["BEGIN:VCARD", ...said, "END:VCARD"].map(folded).join("");
}

const PLACES = { work: "work", home: "home", other: "" } as const;
const PHONES = { ...PLACES, mobile: "cell", fax: "fax", pager: "pager" } as const;
const typed = (type: string): string => (type === "" ? "" : `;TYPE=${type}`);
const structured = (...parts: readonly string[]): string => parts.map(escapedText).join(";");

/** The texts of single cards in a file of many, so that each is read by itself. */
export function* cardTexts(text: string): Generator<string> {
  let from = 0;
  for (const { index, 0: end } of text.matchAll(/^END:VCARD[^\r\n]*/gim)) {
    yield text.slice(from, index + end.length);
    from = index + end.length;
  }
}
