/** The lists that scripts may ask (RFC 6134 §2.2): the address book of the mailbox's owner, and the one that all share. */
import { fold } from "../../directory/address.ts";
import type { Book } from "../../directory/contacts.ts";
import type { Directory } from "../../directory/directory.ts";

/** RFC 6134 §2.7: the name every server must know, long and short, and the one of the shared book here. */
const DEFAULT = [":addrbook:default", "urn:ietf:params:sieve:addrbook:default"];
const SHARED = [":addrbook:shared", "tag:gatepost:addrbook:shared"];

/** Contacts with the same beginning that are looked at for one address. */
const MOST_LOOKED_AT = 100;
/** Addresses to which one list leads. */
const MOST_MEMBERS = 100;

function bookOf(owner: number, list: string): Book | undefined {
  const name = list.toLowerCase();
  if (DEFAULT.includes(name)) return owner;
  return SHARED.includes(name) ? "shared" : undefined;
}

/** Whether an address is on a list; undefined where there is no such list. */
export function listed(
  { contacts }: Pick<Directory, "contacts">,
  owner: number,
  list: string,
  text: string,
): boolean | undefined {
  const book = bookOf(owner, list);
  if (book === undefined) return undefined;
  const wanted = fold(text.trim());
  if (wanted === "") return false;
  const found = contacts.list(book, { search: wanted, pageSize: MOST_LOOKED_AT });
  return found.contacts.some(({ card: { mails } }) => mails.some(({ address }) => fold(address) === wanted));
}

/** The addresses on a list. */
export function members({ contacts }: Pick<Directory, "contacts">, owner: number, list: string): string[] {
  const book = bookOf(owner, list);
  if (book === undefined) return [];
  const found = contacts.list(book, { pageSize: MOST_MEMBERS }).contacts;
  return found.flatMap(({ card: { mails } }) => mails.slice(0, 1).map(({ address }) => address));
}
