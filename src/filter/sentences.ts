/** What a test of the verdict found, as a sentence, where only its name is still known: for messages older than the log. */
import { KIND_WORDS, type SingleKind } from "./attachments/kinds.ts";
import type { Finding } from "./judgement.ts";
import { CLIENT_LOOKS } from "./looks/client.ts";
import { CONTENT_LOOKS } from "./looks/contents.ts";
import { HEADER_LOOKS } from "./looks/header.ts";
import { SUBJECTS } from "./looks/phrases.ts";

const LOOKS = [
  ["client", CLIENT_LOOKS],
  ["header", HEADER_LOOKS],
  ["contents", CONTENT_LOOKS],
] as const;

/** A sentence for a test; its name where nothing is known of it. */
export function sentenceFor({ test, result }: Pick<Finding, "test" | "result">): string {
  const looks = LOOKS.find(([name]) => name === test)?.[1] ?? [];
  const sentence = looks.find((look) => look.result === result)?.sentence.replace(/ ?\(…\)| ?…/, "");
  if (sentence !== undefined) return sentence;
  const subject = test === "contents" ? SUBJECTS.find((one) => one.result === result) : undefined;
  if (subject !== undefined) return `It is about ${subject.about}.`;
  return otherSentence(test, result) ?? `${test}: ${result}`;
}

function otherSentence(test: string, result: string): string | undefined {
  switch (test) {
    case "attachment":
      return isKind(result) ? `It carries ${KIND_WORDS[result]}.` : undefined;
    case "contents":
      // As earlier versions called them.
      if (result === "program") return "It carries a program.";
      return result === "disguised-program" ? `It carries ${KIND_WORDS.disguised}.` : undefined;
    case "words":
      return `Its words are like mail that people ${Number.parseInt(result, 10) >= 50 ? "put into Junk" : "keep"} (${result}).`;
    case "known":
      return result === "proven"
        ? "Its author is known to the owner of the mailbox."
        : "It says to be from somebody who is known to the owner of the mailbox; nothing proves it.";
    case "reputation":
      return `Earlier mail from its ${result === "network" ? "network" : "domain"} was judged so, too.`;
    case "list":
      return `It is on a list in the DNS (${result.replace(/^listed:/, "")}).`;
    case "sender":
      return `Mail of its sender is ${result === "wanted" ? "always" : "never"} wanted here.`;
    case "rspamd":
    case "spamassassin": {
      const judge = test === "rspamd" ? "rspamd" : "SpamAssassin";
      return result === "score" ? `${judge} judged it.` : `${judge} found ${result}.`;
    }
    default:
      return undefined;
  }
}

function isKind(result: string): result is SingleKind {
  return Object.hasOwn(KIND_WORDS, result);
}
