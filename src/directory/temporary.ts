/**
 * Temporary forms of an address: `anna$E20270131@home.example` reaches anna until the end of 31 January 2027, where the server is.
 * Nobody has to set them up; whoever has the address hands them out. Pure.
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
