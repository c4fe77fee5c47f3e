/**
 * The grammar of NOTIFY (RFC 5465 §8): pure. A client says of which folders it wants to hear which events.
 */
import { type FetchItem, fetchItems } from "./fetch-items.ts";
import type { Parser } from "./parse.ts";
import { No } from "./refusals.ts";

/** Which folders a group is about. */
export type Filter =
  | { readonly of: "selected" | "selected-delayed" | "inboxes" | "personal" | "subscribed" }
  | { readonly of: "subtree" | "mailboxes"; readonly names: readonly string[] };

/** Events that can be told (RFC 5465 §5). */
export const EVENTS = [
  ...(["MessageNew", "MessageExpunge", "FlagChange"] as const),
  ...(["MailboxName", "SubscriptionChange", "MailboxMetadataChange", "ServerMetadataChange"] as const),
] as const;

/** One of them. */
export type NotifyEvent = (typeof EVENTS)[number];

/** What is wanted of some folders. */
export interface EventGroup {
  readonly filter: Filter;
  readonly events: ReadonlySet<NotifyEvent>;
  /** What is wanted of new messages. */
  readonly items: readonly FetchItem[] | undefined;
}

/** A whole NOTIFY SET; undefined for NOTIFY NONE. */
export interface NotifySet {
  /** The state of the folders is wanted first. */
  readonly status: boolean;
  readonly groups: readonly EventGroup[];
}

/** Groups, and names in a group, that one command may have. */
const MOST_GROUPS = 100;
const MOST_NAMES = 1_000;
const MESSAGE_EVENTS: readonly NotifyEvent[] = ["MessageNew", "MessageExpunge", "FlagChange"];

/** Reads what follows NOTIFY. @throws No BADEVENT for events that are not known here */
export function notifyArguments(p: Parser): NotifySet | undefined {
  p.space();
  if (p.acceptWord("NONE")) return undefined;
  if (!p.acceptWord("SET")) p.fail("Expected SET or NONE");
  p.space();
  const status = p.acceptWord("STATUS");
  if (status) p.space();
  const unknown = { seen: false };
  const groups = [group(p, unknown)];
  while (p.accept(" ")) groups.push(group(p, unknown));
  if (groups.length > MOST_GROUPS) p.fail("Too many groups");
  if (groups.filter(({ filter }) => isSelected(filter)).length > 1)
    p.fail("Expected one group for the selected folder");
  // Well-formed as it is, some of it cannot be told (RFC 5465 §5, §8 `BADEVENT`).
  if (unknown.seen) throw new No(`BADEVENT (${EVENTS.join(" ")})`, "Some of these events are not known here");
  return { status, groups };
}

/** Whether a filter means the selected folder, whichever it is. */
export function isSelected({ of }: Filter): boolean {
  return of === "selected" || of === "selected-delayed";
}

/** Whether anything is wanted that happens to messages. */
export function wantsMessages(events: ReadonlySet<NotifyEvent>): boolean {
  return MESSAGE_EVENTS.some((event) => events.has(event));
}

function group(p: Parser, unknown: { seen: boolean }): EventGroup {
  p.expect("(");
  const filter = readFilter(p);
  p.space();
  const asked = p.acceptWord("NONE") ? { events: new Set<NotifyEvent>(), items: undefined } : readEvents(p, unknown);
  p.expect(")");
  demandSense(p, filter, asked.events, asked.items !== undefined);
  return { filter, ...asked };
}

/** RFC 5465 §5, §6.1: which events go together, and which with the selected folder only. */
function demandSense(p: Parser, filter: Filter, events: ReadonlySet<NotifyEvent>, items: boolean): void {
  if (events.has("MessageNew") !== events.has("MessageExpunge")) p.fail("MessageNew and MessageExpunge go together");
  if (events.has("FlagChange") && !events.has("MessageNew")) p.fail("FlagChange needs MessageNew and MessageExpunge");
  if (items && !isSelected(filter)) p.fail("Only messages of the selected folder can be shown");
  if (isSelected(filter) && [...events].some((event) => !MESSAGE_EVENTS.includes(event))) {
    p.fail("Of the selected folder only events of messages can be told");
  }
}

function readFilter(p: Parser): Filter {
  const word = p.word("which folders").toLowerCase();
  switch (word) {
    case "selected":
    case "selected-delayed":
    case "inboxes":
    case "personal":
    case "subscribed":
      return { of: word };
    case "subtree":
    case "mailboxes": {
      p.space();
      const names = p.seesList ? p.list(() => p.folder(), false) : [p.folder()];
      return names.length <= MOST_NAMES ? { of: word, names } : p.fail("Too many folders");
    }
    default:
      return p.fail(`${word} is no group of folders`);
  }
}

function readEvents(p: Parser, unknown: { seen: boolean }): Pick<EventGroup, "events" | "items"> {
  const events = new Set<NotifyEvent>();
  let items: FetchItem[] | undefined;
  p.expect("(");
  for (;;) {
    const word = p.word("an event");
    const event = EVENTS.find((each) => each.toUpperCase() === word);
    if (event === undefined) unknown.seen = true;
    else events.add(event);
    if (!p.accept(" ")) break;
    if (event !== "MessageNew" || !p.seesList) continue;
    items = fetchItems(p);
    if (!p.accept(" ")) break;
  }
  p.expect(")");
  return { events, items };
}
