/** The pages of contacts, wherever they stand: between a form and a contact's properties. */
import { z } from "zod";
import type { ContactFields, ContactLine, KindRow } from "../../views/parts/contacts.tsx";
import type { ContactView } from "../administration/users/contacts.ts";
import type { CardChange } from "../directory/contact.ts";

/** Empty rows that a form has beside those there are. */
const SPARE = 1;
/** Rows that a form has at least. */
const LEAST = 2;

const column = z.union([z.string().transform((one) => [one]), z.array(z.string())]).default([]);
const text = z.string().default("");

/** The form. Lengths and addresses the operation checks. */
export const contactForm = z.strictObject({
  ...{ fullName: text, givenName: text, familyName: text, organisation: text, department: text, title: text },
  ...{
    street: text,
    city: text,
    postalCode: text,
    region: text,
    country: text,
    website: text,
    notes: text,
    groups: text,
  },
  ...{ mail: column, mailKind: column, phone: column, phoneKind: column },
});
type ContactForm = z.output<typeof contactForm>;

type Mail = NonNullable<CardChange["mails"]>[number];
type Phone = NonNullable<CardChange["phones"]>[number];

/** What the form says, as an operation takes it; what the form does not show of `before` stays. */
export function cardOf(form: ContactForm, before?: ContactView): CardChange {
  const { mail, mailKind, phone, phoneKind, street, city, postalCode, region, country, groups, ...rest } = form;
  const [first, ...others] = before?.postal ?? [];
  const postal = { street, city, postalCode, region, country };
  const isThere = Object.values(postal).some((line) => line.trim() !== "");
  return {
    ...rest,
    groups: namesIn(groups),
    notes: rest.notes.replace(/\r\n?/g, "\n"),
    mails: pairs(mail, mailKind).map(([address, kind]) => ({ address, kind: kind as Mail["kind"] })),
    phones: pairs(phone, phoneKind).map(([number, kind]) => ({ number, kind: kind as Phone["kind"] })),
    postal: [...(isThere ? [{ kind: first?.kind ?? ("work" as const), ...postal }] : []), ...others],
  };
}

/** Names of groups, with commas between them. */
const namesIn = (text: string): string[] =>
  text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");

function pairs(values: readonly string[], kinds: readonly string[]): [string, string][] {
  return values
    .map((value, at): [string, string] => [value.trim(), kinds[at] ?? "other"])
    .filter(([value]) => value !== "");
}

const NOTHING = { street: "", city: "", postalCode: "", region: "", country: "" };

/** The form of a contact, or an empty one. */
export function fieldsOf(contact?: ContactView): ContactFields {
  const { street, city, postalCode, region, country } = contact?.postal[0] ?? NOTHING;
  return {
    fullName: contact?.fullName ?? "",
    givenName: contact?.givenName ?? "",
    familyName: contact?.familyName ?? "",
    organisation: contact?.organisation ?? "",
    department: contact?.department ?? "",
    title: contact?.title ?? "",
    website: contact?.website ?? "",
    notes: contact?.notes ?? "",
    groups: contact?.groups.join(", ") ?? "",
    ...{ street, city, postalCode, region, country },
    mails: padded(
      (contact?.mails ?? []).map(({ kind, address }) => ({ kind, value: address })),
      "work",
    ),
    phones: padded(
      (contact?.phones ?? []).map(({ kind, number }) => ({ kind, value: number })),
      "work",
    ),
  };
}

/** The form again as it was sent. */
export function fieldsAgain({ mail, mailKind, phone, phoneKind, ...form }: ContactForm): ContactFields {
  const rows = (values: readonly string[], kinds: readonly string[]) =>
    pairs(values, kinds).map(([value, kind]) => ({ kind, value }));
  return { ...form, mails: padded(rows(mail, mailKind), "work"), phones: padded(rows(phone, phoneKind), "work") };
}

function padded(rows: readonly KindRow[], kind: string): KindRow[] {
  const spare = Math.max(SPARE, LEAST - rows.length);
  return [...rows, ...Array.from({ length: spare }, () => ({ kind, value: "" }))];
}

/** A contact as a list shows it. */
export function lineOf({ id, name, organisation, mails, phones, groups }: ContactView): ContactLine {
  return {
    ...{ id, name, organisation, groups },
    mails: mails.map(({ address }) => address),
    phones: phones.map(({ number }) => number),
  };
}
