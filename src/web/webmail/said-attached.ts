/** Whether somebody writes of a file that is to come with his letter: for the question whether he forgot it. */

/** In English and German, as whole words; what is said of files in other ways is not asked about. */
const SPEAKS =
  /(?<!\p{L})(?:attach(?:ed|ing|ments?)?|enclosed?|enclosures?|an(?:ge|zu)?häng(?:t|en|e)|anhang|anh[aä]ngen?|anbei|beigef[üu]gt|beif[üu]gen?|beigelegt|beiliegend(?:e[mnrs]?)?|(?:liegt|liegen) bei)(?!\p{L})/iu;

/** The writer's own words alone: nothing quoted, nothing forwarded, no signature. */
function ownWords(text: string): string {
  const words: string[] = [];
  for (const line of text.split("\n")) {
    if (/^-- ?$|^-{5,}/.test(line)) break;
    if (!line.startsWith(">")) words.push(line);
  }
  return words.join("\n");
}

/** True where a letter's text, or its subject if it is no answer, speaks of a file. */
export function saysAttached(text: string, subject: string): boolean {
  const own = /^\s*(?:re|aw|fwd?|wg)\s*:/i.test(subject) ? "" : subject;
  return SPEAKS.test(own) || SPEAKS.test(ownWords(text));
}
