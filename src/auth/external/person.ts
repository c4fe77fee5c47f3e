/** A person as a directory server describes one, and what is asked for to know it. Pure. */
import type { DirectoryEntry } from "../../directory/user.ts";
import { attributesIn, type DatabaseProperties } from "./database.ts";
import type { LdapEntry } from "./link.ts";

/** What one entry says. */
export interface Person {
  /** Stays the same when the entry is renamed; the DN where the server has nothing better. */
  readonly id: string;
  readonly dn: string;
  readonly login: string;
  readonly fullName: string;
  /** Mail addresses, the first being the usual one. */
  readonly mails: readonly string[];
  /** DNs (or names) of groups, as the entry itself names them. */
  readonly groups: readonly string[];
  /** The directory says that the account is switched off. */
  readonly disabled: boolean;
  /** What the entry says for the own directory; only what it does say. */
  readonly entry: Partial<Omit<DirectoryEntry, "listed" | "notes">>;
}

/** Where the fields of an entry are found (RFC 4519, RFC 2798, and Active Directory's names); the first that is there counts. */
const ENTRY_ATTRIBUTES = {
  givenName: ["givenName"],
  familyName: ["sn"],
  title: ["title"],
  organisation: ["company", "o"],
  department: ["department", "departmentNumber", "ou"],
  phoneWork: ["telephoneNumber"],
  phoneHome: ["homePhone"],
  phoneMobile: ["mobile"],
  fax: ["facsimileTelephoneNumber"],
  street: ["streetAddress", "street"],
  city: ["l"],
  region: ["st"],
  postalCode: ["postalCode"],
  country: ["co", "c"],
  website: ["wWWHomePage", "labeledURI"],
} as const satisfies Record<keyof Person["entry"], readonly string[]>;

const MOST_GROUPS = 5_000;
const MOST_MAILS = 200;

/** The attributes that are asked for. */
export function attributesFor(properties: DatabaseProperties): string[] {
  const { loginAttribute, idAttribute, nameAttribute, mailAttributes, groupsAttribute, disabledAttribute } = properties;
  const named = [loginAttribute, idAttribute, nameAttribute, mailAttributes, groupsAttribute, disabledAttribute];
  return [...new Set([...named.flatMap(attributesIn), ...Object.values(ENTRY_ATTRIBUTES).flat()])];
}

/** Reads an entry. The login is empty where the entry has none. */
export function personOf(entry: LdapEntry, properties: DatabaseProperties): Person {
  const texts = (name: string) => textsOf(entry, name);
  const first = (names: readonly string[]) => names.map((name) => texts(name)[0]).find((text) => text !== undefined);
  const fields = Object.entries(ENTRY_ATTRIBUTES).flatMap(([field, names]) => {
    const text = first(names);
    return text === undefined ? [] : [[field, text.slice(0, 200)]];
  });
  return {
    id: idOf(entry, properties),
    dn: entry.dn,
    login: texts(properties.loginAttribute)[0] ?? "",
    fullName: (first(attributesIn(properties.nameAttribute)) ?? "").slice(0, 200),
    mails: mailsOf(attributesIn(properties.mailAttributes).flatMap(texts)),
    groups: properties.groupsAttribute === "" ? [] : texts(properties.groupsAttribute).slice(0, MOST_GROUPS),
    disabled: isDisabled(texts(properties.disabledAttribute), properties.disabledValue),
    entry: Object.fromEntries(fields) as Person["entry"],
  };
}

/** How a stored identity is searched for: a DN by itself, anything else by the attribute that holds it. */
export function identityFilter(
  id: string,
  { idAttribute }: DatabaseProperties,
): { attribute: string; value: string | Buffer } {
  const octets = isOctets(idAttribute) && /^[0-9a-f]{32}$/.test(id);
  return { attribute: idAttribute, value: octets ? Buffer.from(id, "hex") : id };
}

/** Active Directory's objectGUID is sixteen octets and no text. */
export function isOctets(attribute: string): boolean {
  return attribute.toLowerCase() === "objectguid";
}

function idOf(entry: LdapEntry, { idAttribute }: DatabaseProperties): string {
  const value = idAttribute === "" ? undefined : entry.attributes.get(idAttribute.toLowerCase())?.[0];
  if (value === undefined || value.length === 0) return entry.dn;
  if (Buffer.isBuffer(value) || isOctets(idAttribute)) return Buffer.from(value).toString("hex");
  return value;
}

/** Values that are text, in one line each. */
function textsOf(entry: LdapEntry, name: string): string[] {
  return (entry.attributes.get(name.toLowerCase()) ?? [])
    .filter((value) => typeof value === "string")
    .map((value) => value.replaceAll(/[\p{Cc}\p{Cs}\u2028\u2029]+/gu, " ").trim())
    .filter((value) => value !== "");
}

/** Active Directory writes `SMTP:` before the usual address and `smtp:` before the others; other kinds of addresses are not mail. */
function mailsOf(values: readonly string[]): string[] {
  const usual: string[] = [];
  const others: string[] = [];
  for (const value of values) {
    const [, kind, rest] = /^([A-Za-z0-9]+):(.*)$/.exec(value) ?? [];
    if (kind === undefined) others.push(value);
    else if (kind === "SMTP") usual.push(rest ?? "");
    else if (kind.toLowerCase() === "smtp") others.push(rest ?? "");
  }
  const seen = new Set<string>();
  return [...usual, ...others]
    .filter((mail) => !seen.has(mail.toLowerCase()) && seen.add(mail.toLowerCase()))
    .slice(0, MOST_MAILS);
}

/** `*`: any value; `&2`: a number with that bit; otherwise the value itself. */
function isDisabled(values: readonly string[], when: string): boolean {
  if (when === "") return false;
  if (when === "*") return values.length > 0;
  const bit = /^&(\d{1,9})$/.exec(when)?.[1];
  if (bit !== undefined)
    return values.some((value) => /^-?\d{1,10}$/.test(value) && (Number(value) & Number(bit)) !== 0);
  return values.some((value) => value.toLowerCase() === when.toLowerCase());
}
