/**
 * In which language and zone a request's pages are made: as the account has chosen, else as the browser asks (RFC 9110 §12.5.4, by the
 * lookup of RFC 4647 §3.4: "de-AT" finds "de").
 */
import type { MiddlewareHandler } from "hono";
import { LANGUAGES, type Language, type Reader, Readers, reader } from "../../views/words/words.ts";
import type { Preferences, Preferred } from "../directory/preferences.ts";
import type { WebEnv } from "./context.ts";

/** Ranges of a field that are looked at; browsers send a handful. */
const MOST_RANGES = 20;

/** The first language that a browser asks for and there are words in; else English. */
export function languageFor(accept: string | undefined): Language {
  const wanted = (accept ?? "").split(",", MOST_RANGES).map((range, at) => {
    const [tag = "", ...parameters] = range
      .toLowerCase()
      .split(";")
      .map((one) => one.trim());
    const q = parameters.find((one) => one.startsWith("q="));
    return { tag, weight: q === undefined ? 1 : Number(q.slice(2)) || 0, at };
  });
  wanted.sort((one, two) => two.weight - one.weight || one.at - two.at);
  for (const { tag, weight } of wanted) {
    const found = weight > 0 ? knownLanguage(tag) : undefined;
    if (found !== undefined) return found;
  }
  return "en";
}

/** A language there are words in, by a tag or what it begins with. */
function knownLanguage(tag: string): Language | undefined {
  return LANGUAGES.find((language) => tag === language || tag.startsWith(`${language}-`));
}

/** Who reads the pages of an account. */
export const readerOf = ({ language, zone }: Preferences, accept: string | undefined): Reader => ({
  language: knownLanguage(language) ?? languageFor(accept),
  zone: zone || undefined,
});

/** Makes what follows in the words of whoever is signed in, or of the browser. */
export const inTheirWords = (readers: Readers, preferences: Preferred): MiddlewareHandler<WebEnv> =>
  async function inTheirWords(c, next) {
    const accept = c.req.header("accept-language");
    const who = c.get("signedIn");
    const reader =
      who === undefined
        ? { language: languageFor(accept), zone: undefined }
        : readerOf(preferences.of(who.user.id), accept);
    await readers.serve(reader, next);
  };

/** Makes what follows in English, with the zone as it was: for sites that have no other words. */
export const inEnglish = (): MiddlewareHandler<WebEnv> => {
  const readers = new Readers();
  return async function inEnglish(_c, next) {
    await readers.serve({ language: "en", zone: reader().zone }, next);
  };
};
