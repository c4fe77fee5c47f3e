/**
 * App passwords as texts and keys. Pure but for chance. They are 28 random letters (131 bits), shown in groups of four; whoever types
 * them may leave the spaces out, and capital letters do not matter where the text itself is sent. As they are random, a plain SHA-256
 * is all that need be kept of them; SCRAM-SHA-256 (RFC 5802) needs keys beside, one for each way of writing the spaces.
 */
import { randomInt } from "node:crypto";
import { makeScramKeys } from "./password.ts";
import { digest } from "./tokens.ts";

const LETTERS = 28;
const GROUP = 4;
const TEXT = new RegExp(`^[a-z]{${LETTERS}}$`);
/** Longest text that is looked at: the letters with a few spaces between. */
const MOST_TYPED = 3 * LETTERS;

/** What is kept of an app password for SCRAM: keys of its text with and without spaces, octets in base64. */
export interface AppPasswordKeys {
  readonly salt: string;
  readonly iterations: number;
  readonly keys: readonly { readonly storedKey: string; readonly serverKey: string }[];
}

/** Salt and rounds that all keys of a user share: SCRAM tells them to the client before anybody knows which password comes. */
export interface ScramShape {
  readonly salt: string;
  readonly iterations: number;
}

/** A new app password as it is shown, once: "abcd efgh …". */
export function newAppPassword(): string {
  const letters = Array.from({ length: LETTERS }, () => String.fromCharCode(97 + randomInt(26))).join("");
  return letters.replace(new RegExp(`.{${GROUP}}(?=.)`, "g"), "$& ");
}

/** The letters of what was typed, if it can be an app password. */
export function lettersOf(typed: string): string | undefined {
  if (typed.length < LETTERS || typed.length > MOST_TYPED) return undefined;
  const letters = typed.replace(/[\s\u00a0]+/g, "").toLowerCase();
  return TEXT.test(letters) ? letters : undefined;
}

/** What is kept to know an app password by. */
export function hashOf(letters: string): Uint8Array {
  return digest(letters);
}

/** SCRAM keys of an app password as it is shown. */
export async function appPasswordKeys(shown: string, { salt, iterations }: ScramShape): Promise<AppPasswordKeys> {
  const octets = Buffer.from(salt, "base64");
  const texts = [shown.replaceAll(" ", ""), shown];
  const keys = await Promise.all(texts.map((text) => makeScramKeys(text, iterations, octets)));
  return { salt, iterations, keys: keys.map(({ storedKey, serverKey }) => ({ storedKey, serverKey })) };
}
