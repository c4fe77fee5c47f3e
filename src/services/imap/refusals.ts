/**
 * The one place that maps what a command threw to its tagged response (RFC 9051 §7.1): grammar → BAD, a refusal → NO with
 * a response code (RFC 5530), anything else → NO [SERVERBUG] and a log entry.
 */
import { LineTooLong } from "../../net/errors.ts";
import { Refusal, type RefusalKind } from "../../refusal.ts";
import { GrammarError } from "./parse.ts";
import { responseText } from "./respond.ts";

/** A NO with a response code of IMAP's own that no refusal kind stands for. */
export class No extends Error {
  override readonly name = "No";

  constructor(
    /** What stands in the brackets, or undefined for none. */
    readonly code: string | undefined,
    readonly sentence: string,
  ) {
    super(sentence);
  }
}

/** A BAD with a response code. */
export class Bad extends GrammarError {
  constructor(
    readonly code: string,
    sentence: string,
  ) {
    super(sentence);
  }
}

/** The session must end: BYE is said (or nothing, where nothing can be said), and the connection closed. */
export class EndSession extends Error {
  override readonly name = "EndSession";

  constructor(readonly sentence: string | undefined) {
    super(sentence ?? "the session ends");
  }
}

/** A tagged response without its tag. */
export interface TaggedResponse {
  readonly condition: "OK" | "NO" | "BAD";
  /** Response code without its brackets; a function where it depends on what is told before the tagged response. */
  readonly code?: string | (() => string) | undefined;
  readonly text: string;
}

/** RFC 5530 response codes for what can be refused. */
const CODES: Readonly<Record<RefusalKind, string>> = {
  invalid: "CANNOT",
  notFound: "NONEXISTENT",
  exists: "ALREADYEXISTS",
  notPermitted: "NOPERM",
  unknownRecipient: "NONEXISTENT",
  relayDenied: "NOPERM",
  senderRefused: "NOPERM",
  tooLarge: "TOOBIG",
  tooMany: "LIMIT",
  overQuota: "OVERQUOTA",
  loop: "CANNOT",
  credentials: "AUTHENTICATIONFAILED",
  barred: "AUTHORIZATIONFAILED",
  expired: "EXPIRED",
  inUse: "INUSE",
  newerFile: "UNAVAILABLE",
  noSpace: "UNAVAILABLE",
  temporary: "UNAVAILABLE",
};

/** The response to what a command threw; undefined for a fault, which the caller logs. */
export function responseTo(thrown: unknown): TaggedResponse | undefined {
  if (thrown instanceof LineTooLong) return { condition: "BAD", text: "The line is too long" };
  if (thrown instanceof Bad) return { condition: "BAD", code: thrown.code, text: thrown.message };
  if (thrown instanceof GrammarError) return { condition: "BAD", text: thrown.message };
  if (thrown instanceof No) return { condition: "NO", code: thrown.code, text: thrown.sentence };
  if (thrown instanceof Refusal) return { condition: "NO", code: CODES[thrown.kind], text: thrown.sentence };
  return undefined;
}

/** What a fault is answered with. */
export const FAULT: TaggedResponse = {
  condition: "NO",
  code: "SERVERBUG",
  text: "Something went wrong here; it was logged. Trying again may help.",
};

/** The line of a tagged or untagged status response, without its line end. */
export function statusLine(
  tag: string,
  { condition, code, text }: { condition: TaggedResponse["condition"]; code?: string | undefined; text: string },
): string {
  return `${tag} ${condition} ${code === undefined ? "" : `[${code}] `}${responseText(text)}`;
}
