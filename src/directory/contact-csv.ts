/**
 * Contacts as a table (RFC 4180): what other programs export, read by the names of its columns (Outlook, Google, Thunderbird; in German
 * too), and written with names that they all read. Pure.
 */
import { type Contact, type ContactCard, cardSchema } from "./contact.ts";

type Mail = ContactCard["mails"][number];
type Phone = ContactCard["phones"][number];
type Postal = ContactCard["postal"][number];
type Text = Exclude<keyof ContactCard, "mails" | "phones" | "postal" | "groups">;

/** What a column holds. */
type Column =
  | { readonly of: "text"; readonly name: Text }
  | { readonly of: "mail"; readonly kind: Mail["kind"] }
  | { readonly of: "phone"; readonly kind: Phone["kind"] }
  | { readonly of: "postal"; readonly kind: Postal["kind"]; readonly part: Exclude<keyof Postal, "kind"> }
  | { readonly of: "groups" };

const TEXTS: Readonly<Record<Text, string>> = {
  fullName: "name|full name|display name|file as|anzeigename|voller name",
  prefix: "title|name prefix|honorific prefix|anrede",
  givenName: "first name|given name|vorname",
  additionalName: "middle name|additional name|weitere vornamen",
  familyName: "last name|family name|surname|nachname",
  suffix: "suffix|name suffix|honorific suffix",
  nickname: "nickname|spitzname",
  organisation: "company|organization|organisation|organization name|organization 1 - name|firma|unternehmen",
  department: "department|organization department|organization 1 - department|abteilung",
  title: "job title|organization title|organization 1 - title|position|funktion",
  website: "web page|website|web page 1|website 1 - value|webseite",
  notes: "notes|notizen",
};

const MAIL = /e-?mail/;
/** Columns that say something of another column. */
const ABOUT = /type|typ$|label|display|anzeige|format/;
const PHONES: readonly (readonly [RegExp, Phone["kind"]])[] = [
  [/fax/, "fax"],
  [/pager/, "pager"],
  [/mobil|cell|handy/, "mobile"],
  [/(?:home|privat).*(?:phone|tel)|tel.*privat/, "home"],
  [/(?:business|work|company).*phone|tel.*(?:gesch|firma)/, "work"],
  [/^(?:phone|telephone|telefon|other phone|primary phone)(?: \d)?(?: - value)?$/, "other"],
];
const PARTS: readonly (readonly [RegExp, Exclude<keyof Postal, "kind">])[] = [
  [/street$|stra(?:ße|sse)|address$/, "street"],
  [/city|ort\b/, "city"],
  [/state|region|bundesland/, "region"],
  [/postal ?code|zip ?code|postleitzahl|plz/, "postalCode"],
  [/country|land\b/, "country"],
];

/** Characters of a column's name that are looked at. */
const LONGEST_HEADER = 100;

function columnOf(header: string): Column | undefined {
  const name = header
    .slice(0, LONGEST_HEADER)
    .replace(/^\ufeff/, "")
    .trim()
    .toLowerCase();
  if (/^(?:categories|kategorien|labels|group membership|groups)$/.test(name)) return { of: "groups" };
  for (const [text, names] of Object.entries(TEXTS))
    if (names.split("|").includes(name)) return { of: "text", name: text as Text };
  if (MAIL.test(name) && !ABOUT.test(name)) return { of: "mail", kind: /^primary/.test(name) ? "work" : "other" };
  const phone = PHONES.find(([is]) => is.test(name));
  if (phone !== undefined && !ABOUT.test(name)) return { of: "phone", kind: phone[1] };
  const place = /home|privat/.test(name) ? "home" : /business|work|gesch/.test(name) ? "work" : "other";
  const part = PARTS.find(([is]) => is.test(name));
  return part === undefined || ABOUT.test(name) || MAIL.test(name)
    ? undefined
    : { of: "postal", kind: place, part: part[1] };
}

/** Lines that are read of a table. */
const MOST_LINES = 50_000;
const LONGEST_CELL = 10_000;
/** Cells of a line; the rest of it is passed over. */
const MOST_CELLS = 500;
/** Characters between two quotes; what goes on for longer is the end of the table. */
const LONGEST_QUOTED = 200_000;

/** The cells of a table, line by line; quoted ones may hold separators and breaks. */
export function* cellsOf(text: string): Generator<string[]> {
  const separator = separatorOf(text);
  let cells: string[] = [];
  let at = 0;
  let lines = 0;
  while (at <= text.length && lines < MOST_LINES) {
    const quoted = text[at] === '"';
    const end = quoted ? endOfQuoted(text, at + 1) : endOfPlain(text, at, separator);
    const cell = text.slice(quoted ? at + 1 : at, end).slice(0, 2 * LONGEST_CELL);
    if (cells.length < MOST_CELLS) cells.push((quoted ? cell.replaceAll('""', '"') : cell).slice(0, LONGEST_CELL));
    at = quoted ? endOfPlain(text, end + 1, separator) : end;
    if (text[at] === separator && cells.length < MOST_CELLS) {
      at++;
      continue;
    }
    if (text[at] === separator) at = endOfLine(text, at);
    if (cells.some((one) => one.trim() !== "")) yield cells;
    lines++;
    cells = [];
    at += text[at] === "\r" && text[at + 1] === "\n" ? 2 : 1;
  }
}

function separatorOf(text: string): string {
  const head = text.slice(0, MOST_CELLS * LONGEST_HEADER);
  const first = head.slice(0, head.search(/[\r\n]|$/)).replace(/"(?:[^"]|"")*"/g, "");
  const count = (separator: string) => first.split(separator).length;
  return [",", ";", "\t"].reduce((best, one) => (count(one) > count(best) ? one : best));
}

function endOfQuoted(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at >= 0 && at - from < LONGEST_QUOTED && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at < 0 || at - from >= LONGEST_QUOTED ? text.length : at;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

function endOfPlain(text: string, from: number, separator: string): number {
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === separator || character === "\n" || character === "\r") return at;
  }
  return text.length;
}

/** The contacts in a table; undefined for each line that no contact can be made of. */
export function* contactsInTable(text: string): Generator<ContactCard | undefined> {
  let columns: (Column | undefined)[] | undefined;
  for (const cells of cellsOf(text)) {
    if (columns === undefined) columns = cells.map(columnOf);
    else yield cardSchema.safeParse(cardFrom(columns, cells)).data;
  }
}

const ADDRESS = /^[^\s@<>]+@[^\s@<>]+$/;

function cardFrom(columns: readonly (Column | undefined)[], cells: readonly string[]): Partial<ContactCard> {
  const texts: Partial<Record<Text, string>> = {};
  const [mails, phones, groups]: [Mail[], Phone[], string[]] = [[], [], []];
  const postal = new Map<Postal["kind"], Postal>();
  for (const [at, column] of columns.entries()) {
    const value = plain(cells[at] ?? "");
    if (column === undefined || value === "") continue;
    const line = value
      .slice(0, 1_000)
      .replace(/\p{Cc}+/gu, " ")
      .slice(0, 200);
    if (column.of === "text") texts[column.name] ??= column.name === "notes" ? value.slice(0, 4_000) : line;
    else if (column.of === "mail") {
      // Google writes several into one cell.
      for (const address of partsOf(value, ":::"))
        if (ADDRESS.test(address)) mails.push({ kind: column.kind, address });
    } else if (column.of === "phone") {
      for (const number of partsOf(value, ":::")) phones.push({ kind: column.kind, number: number.slice(0, 60) });
    } else if (column.of === "groups") {
      const named = partsOf(value, /;|:::|,/).filter((group) => group !== "" && !group.startsWith("*"));
      groups.push(...named.map((group) => group.slice(0, 60)));
    } else {
      const place = postal.get(column.kind) ?? {
        kind: column.kind,
        ...{ street: "", city: "", region: "", postalCode: "", country: "" },
      };
      postal.set(column.kind, { ...place, [column.part]: place[column.part] || line });
    }
  }
  return {
    ...texts,
    ...{
      mails: mails.slice(0, 20),
      phones: phones.slice(0, 20),
      postal: [...postal.values()],
      groups: groups.slice(0, 50),
    },
  };
}

/** Spreadsheets take what begins so for a formula, which may do anything: an apostrophe makes it text. */
const FORMULA = /^(?:[=@\t]|[+-](?![\d\s()/-]*$))/;

function written(cell: string): string {
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",;\r\n\t]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const HEAD = [
  ...[
    "Name",
    "Title",
    "First Name",
    "Middle Name",
    "Last Name",
    "Suffix",
    "Nickname",
    "Company",
    "Department",
    "Job Title",
  ],
  ...["E-mail Address", "E-mail 2 Address", "E-mail 3 Address"],
  ...["Business Phone", "Home Phone", "Mobile Phone", "Business Fax", "Pager", "Other Phone"],
  ...["Business Street", "Business City", "Business State", "Business Postal Code", "Business Country"],
  ...["Home Street", "Home City", "Home State", "Home Postal Code", "Home Country"],
  ...["Web Page", "Notes", "Categories"],
];

/** The first line of a table of contacts. */
export const TABLE_HEAD = lineOf(HEAD);

/** A contact as a line of the table; more than the table has room for is left out. */
export function tableLine({ name, card }: Pick<Contact, "name" | "card">): string {
  const phone = (kind: Phone["kind"]) => card.phones.find((one) => one.kind === kind)?.number ?? "";
  const place = (kinds: readonly Postal["kind"][]) => {
    const found = card.postal.find(({ kind }) => kinds.includes(kind));
    return [found?.street, found?.city, found?.region, found?.postalCode, found?.country].map((part) => part ?? "");
  };
  return lineOf([
    ...[name, card.prefix, card.givenName, card.additionalName, card.familyName, card.suffix, card.nickname],
    ...[card.organisation, card.department, card.title],
    ...[0, 1, 2].map((at) => card.mails[at]?.address ?? ""),
    ...(["work", "home", "mobile", "fax", "pager", "other"] as const).map(phone),
    ...place(["work", "other"]),
    ...place(["home"]),
    ...[card.website, card.notes, card.groups.join(";")],
  ]);
}

function lineOf(cells: readonly string[]): string {
  return `${cells.map(written).join(",")}\r\n`;
}

/** Parts of a cell: no contact has more of anything. */
const MOST_PARTS = 50;
const partsOf = (value: string, by: string | RegExp): string[] =>
  value.split(by, MOST_PARTS).map((part) => part.trim());

const plain = (cell: string): string => {
  const text = cell.trim();
  return text.startsWith("'") && FORMULA.test(text.slice(1)) ? text.slice(1) : text;
};
