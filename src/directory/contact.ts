/** What a contact is: a person or an organisation outside, with the properties that mail programs know (RFC 6350). */
import { z } from "zod";
import { fold, joinAddress, splitAddress } from "./address.ts";
import { changeOf, hasControls } from "./validate.ts";

const line = (name: string, most = 200) =>
  z
    .string()
    .trim()
    .max(most, `${name} has at most ${most} characters.`)
    .refine((text) => !hasControls(text), `${name} is a single line.`)
    .default("");

const place = z.enum(["work", "home", "other"]).default("other");

const mailSchema = z.strictObject({
  kind: place,
  address: z
    .string()
    .trim()
    .max(320, "An address has at most 320 characters.")
    .transform((text, context) => {
      const parts = splitAddress(text);
      if (parts !== undefined) return joinAddress(parts);
      context.addIssue({ code: "custom", message: `"${text.slice(0, 100)}" is not an e-mail address.` });
      return z.NEVER;
    }),
});

const phoneSchema = z.strictObject({
  kind: z.enum(["work", "home", "mobile", "fax", "pager", "other"]).default("other"),
  number: z
    .string()
    .trim()
    .min(1, "A phone number has at least one digit.")
    .max(60, "A phone number has at most 60 characters.")
    .refine((text) => !hasControls(text), "A phone number is a single line."),
});

const postalSchema = z.strictObject({
  kind: place,
  street: line("A street"),
  city: line("A town"),
  region: line("A region"),
  postalCode: line("A postal code"),
  country: line("A country"),
});

const cardShape = {
  fullName: line("A name").describe("As it is shown; empty: made of the parts of the name."),
  prefix: line("A title before the name"),
  givenName: line("A given name"),
  additionalName: line("A further name"),
  familyName: line("A family name"),
  suffix: line("What follows the name"),
  nickname: line("A nickname"),
  organisation: line("An organisation"),
  department: line("A department"),
  title: line("A job title"),
  mails: z.array(mailSchema).max(20, "A contact has at most 20 e-mail addresses.").default([]),
  phones: z.array(phoneSchema).max(20, "A contact has at most 20 phone numbers.").default([]),
  postal: z.array(postalSchema).max(10, "A contact has at most 10 postal addresses.").default([]),
  website: line("A web address", 500),
  notes: z.string().max(4000, "Notes have at most 4000 characters.").default(""),
  groups: z
    .array(line("A group", 60).refine((name) => name !== "", "A group has a name."))
    .max(50, "A contact is in at most 50 groups.")
    .transform((names) => [...new Map(names.map((name) => [fold(name), name])).values()])
    .describe("What it is sorted under, such as “family” (CATEGORIES of RFC 6350 §6.7.1).")
    .default([]),
};

const properties = z.strictObject(cardShape);
export type ContactCard = z.output<typeof properties>;

/** All properties of a contact. */
export const cardSchema = properties.refine(
  (card) => nameOfCard(card) !== "",
  "Give a name, an organisation or an e-mail address.",
);

/** Some of them, as a change gives them; what is not given stays. */
export const cardChangeSchema = changeOf(cardShape);
export type CardChange = z.input<typeof cardChangeSchema>;

/** A contact. Never changed in place. */
export interface Contact {
  readonly id: number;
  /** Null: shared with everybody here. */
  readonly ownerId: number | null;
  readonly uid: string;
  /** What it is called in lists. */
  readonly name: string;
  readonly card: ContactCard;
  /** Grows with every change of any contact. */
  readonly sequence: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What a contact is called: its own name, the parts of it, the organisation, or an address. */
export function nameOfCard(card: ContactCard): string {
  const parts = [card.prefix, card.givenName, card.additionalName, card.familyName, card.suffix];
  return (
    card.fullName ||
    parts.filter((part) => part !== "").join(" ") ||
    card.nickname ||
    card.organisation ||
    (card.mails[0]?.address ?? "")
  );
}

/** Two contacts as one: what the first says holds, what it lacks the second adds, and lists have what both have. */
export function mergedCard(one: ContactCard, other: ContactCard): CardChange {
  const texts = Object.fromEntries(
    Object.entries(one).map(([name, value]) => [name, value === "" ? other[name as keyof ContactCard] : value]),
  ) as ContactCard;
  const both = <T>(key: (item: T) => string, ...lists: (readonly T[])[]) => {
    const found = new Map<string, T>();
    for (const item of lists.flat()) if (!found.has(key(item))) found.set(key(item), item);
    return [...found.values()];
  };
  return {
    ...texts,
    mails: both(({ address }) => fold(address), one.mails, other.mails).slice(0, 20),
    phones: both(({ number }) => number.replace(/[^\d+]/g, ""), one.phones, other.phones).slice(0, 20),
    postal: both((place) => JSON.stringify({ ...place, kind: "" }), one.postal, other.postal).slice(0, 10),
    groups: both(fold, one.groups, other.groups).slice(0, 50),
    notes: [...new Set([one.notes, other.notes].filter((text) => text !== ""))].join("\n\n").slice(0, 4_000),
  };
}
