/** Who says to have written a message, and whose mailboxes it is for, as the tests ask that look at what one mailbox knows. Pure. */
import type { Address } from "../mime/addresses.ts";
import type { Mail } from "./judgement.ts";
import { isDisproven, isProven } from "./proven.ts";

/** The one author of a message. */
export interface Author {
  /** As From has it. */
  readonly address: string;
  /** Whether it is proven to be from his domain, may be, or is not. */
  readonly proof: "proven" | "unknown" | "disproven";
}

/** Mailboxes of one message for which it is asked what they know. */
const MOST_MAILBOXES = 200;

/** The one address in From; undefined where it names nobody, or several. */
export function soleAuthor({ authentication }: Mail, from: readonly Address[]): Author | undefined {
  const [author, ...others] = from;
  if (author === undefined || others.length > 0 || author.domain === "") return undefined;
  const proven = isProven(authentication, author.domain) ? "proven" : "unknown";
  return {
    address: `${author.local}@${author.domain}`,
    proof: isDisproven(authentication) ? "disproven" : proven,
  };
}

/** The mailboxes here that a message is for, the first of many. */
export function mailboxesOf({ visit }: Mail): ReadonlySet<number> {
  return new Set(visit.recipients.flatMap(({ mailboxes }) => mailboxes).slice(0, MOST_MAILBOXES));
}
