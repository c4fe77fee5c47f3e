/**
 * Temporary forms of an address. `anna$E20270131@home.example` reaches anna until the end of 31 January 2027, where the server is: nobody
 * has to set it up; whoever has the address hands it out. `anna$E60@home.example` reaches nobody: its owner writes it as his sender, and
 * what leaves has an opaque address in its place that is good for 60 days (transport/masks.ts). Pure.
 */

/** An address that says itself until when it is good. */
export interface Temporary {
  /** The local part without the date. */
  readonly base: string;
  /** The first moment at which it is over, in milliseconds since the epoch. */
  readonly until: number;
}

const FORM = /^(.+)\$E(\d{4})(\d{2})(\d{2})$/isu;

/** Takes a local part that ends in a date apart; undefined for all others. */
export function temporaryAddress(local: string): Temporary | undefined {
  const [, base, ...numbers] = FORM.exec(local) ?? [];
  if (base === undefined) return undefined;
  const [year = 0, month = 0, day = 0] = numbers.map(Number);
  const last = new Date(year, month - 1, day);
  // What is no date (31 February) would be another one.
  if (year < 1970 || last.getMonth() !== month - 1 || last.getDate() !== day) return undefined;
  return { base, until: new Date(year, month - 1, day + 1).getTime() };
}

/** An address written with the number of days for which an address in its place is to be good: `anna$E60@home.example`. */
export interface ForDays {
  /** The address without them. */
  readonly address: string;
  readonly days: number;
}

/** Days for which such an address may be good. */
export const MOST_DAYS = 3_650;
const DAYS = /^(.+)\$E(\d{1,4})(@[^@]+)$/isu;

/** Takes an address apart that says for how many days; undefined for all others. It is written by its owner and reaches nobody. */
export function addressForDays(address: string): ForDays | undefined {
  const [, local = "", number = "", domain = ""] = DAYS.exec(address) ?? [];
  const days = Number(number);
  return local === "" || days < 1 || days > MOST_DAYS ? undefined : { address: `${local}${domain}`, days };
}

const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";
/** Letters of an opaque local part: 31¹² of them are not guessed. */
const LENGTH = 12;

/** A local part that says nothing of whose it is. */
export function opaqueLocal(): string {
  const random = crypto.getRandomValues(new Uint8Array(LENGTH * 2));
  // Octets from which every letter is equally likely.
  const fair = random.filter((octet) => octet < 248);
  return fair.length < LENGTH
    ? opaqueLocal()
    : [...fair.subarray(0, LENGTH)].map((octet) => LETTERS[octet % 31]).join("");
}
