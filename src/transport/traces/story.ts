/** A message's way in plain words: the events of its trace, each as one step. Pure. */
import type { Event } from "../../store/events.ts";
import { knownReason } from "../queue/reasons.ts";

/** One step. */
export interface Step {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What it was about, in a word or two. */
  readonly title: string;
  /** What happened. */
  readonly text: string;
  /** More about it, a line each. */
  readonly details: readonly string[];
  /** How it went: well, not yet, badly, or neither. */
  readonly mood: "good" | "waiting" | "bad" | "plain";
}

/** What things are called. */
export interface Names {
  /** A mailbox, by its number. */
  mailbox(id: number): string;
  /** A folder of a mailbox, by its number. */
  folder(mailbox: number, folder: number): string;
}

type Telling = (event: Event, names: Names) => Omit<Step, "at"> | undefined;

/** Recipients that a line names. */
const MOST_NAMED = 10;

const plain =
  (title: string): Telling =>
  ({ text = "" }) => ({ title, text, details: [], mood: "plain" });

/** By the name of the event; what is not here stands with its own words. */
const TELLINGS: Readonly<Record<string, Telling>> = {
  "message.judged": judged,
  "message.accepted": accepted,
  "message.delivered": delivered,
  "message.queued": () => ({
    ...{ title: "Queue", text: "It is put into the queue for other servers.", details: [], mood: "plain" },
  }),
  "message.attempt": ({ remote = "", data = {} }) => ({
    ...{ title: "Attempt", text: `Connected to ${remote}.`, mood: "plain" },
    details: [
      data.verified === true ? "TLS, certificate checked" : data.secure === true ? "TLS" : "without encryption",
    ],
  }),
  "attempt.failed": ({ text = "" }) => ({ title: "Attempt", text, details: [], mood: "waiting" }),
  "message.sent": ({ remote = "", text = "", data }) => ({
    ...{ title: "Sent", text: `${remote} took it${forWhom(data)}.`, details: [text].filter(Boolean), mood: "good" },
  }),
  "message.deferred": ({ text = "", data }) => ({
    ...{ title: "Put off", text: `It waits${forWhom(data)}.`, mood: "waiting" },
    details: [...meaning(text), text, nextTry(data)].filter(Boolean),
  }),
  "message.bounced": ({ text = "", data }) => ({
    ...{ title: "Returned", text: `It could not be delivered${forWhom(data)}.`, mood: "bad" },
    details: [...meaning(text), text],
  }),
  "message.deleted": ({ text = "" }) => ({ title: "Deleted", text, details: [], mood: "bad" }),
  "message.refused": ({ text = "", remote }) => ({
    ...{ title: "Refused", text, details: remote === undefined ? [] : [`The client was ${remote}.`], mood: "bad" },
  }),
  "recipient.refused": ({ text = "", data = {}, remote }) => ({
    ...{ title: "Recipient refused", text, mood: "bad" },
    details: [
      typeof data.recipient === "string" ? `To ${data.recipient}` : "",
      typeof data.sender === "string" ? `From ${data.sender || "<>"}` : "",
      remote === undefined ? "" : `The client was ${remote}.`,
    ].filter(Boolean),
  }),
  "message.repeated": plain("Sent again"),
  "sieve.sorted": plain("Rules"),
  "rule.applied": plain("House rule"),
  "address.barred": plain("Barred"),
  "message.journalled": plain("Journal"),
  "message.scanned": plain("Scanned"),
  "message.collected": plain("Collected"),
  "message.held": plain("Held"),
  "message.released": plain("Released"),
  "message.discarded": plain("Thrown away"),
  "scanner.silent": plain("Scanner"),
  "path.rewritten": plain("Addresses"),
  "report.withheld": plain("Report"),
  "report.sent": plain("Report"),
  "report.dropped": plain("Report"),
  "report.read": plain("Report"),
  "report.again": plain("Report"),
  "report.unreadable": plain("Report"),
};

/** Names of events in which nothing of the message's way is told: what a command or a session did besides. */
const NOT_TOLD = new Set(["session.ended", "session.begun", "login"]);

/** The steps of a way, in the order of the events. @param trace the message's; events of another trace belong to what came of it */
export function storyOf(events: readonly Event[], trace: string, names: Names): Step[] {
  return events.flatMap((event) => {
    if (NOT_TOLD.has(event.name)) return [];
    const told = (TELLINGS[event.name] ?? otherwise)(event, names);
    if (told === undefined) return [];
    // What this message led to: a report, an answer.
    const title = event.trace === undefined || event.trace === trace ? told.title : `${told.title} (what came of it)`;
    return [{ at: event.at, ...told, title }];
  });
}

function otherwise({ name, text = "", level }: Event): Omit<Step, "at"> {
  const mood = level === "error" ? "bad" : level === "warn" ? "waiting" : "plain";
  return { title: name, text, details: [], mood };
}

function accepted({ text = "", remote, user, data = {} }: Event): Omit<Step, "at"> {
  const { helo, hostname, tls, protocol, size, origin } = data;
  const client = [typeof hostname === "string" ? hostname : "", remote === undefined ? "" : `[${remote}]`].filter(
    Boolean,
  );
  const said = typeof helo === "string" && helo !== "" ? `, which calls itself ${helo}` : "";
  const details = [
    client.length === 0 ? "" : `From the client ${client.join(" ")}${said}`,
    user === undefined ? "" : `Logged in: ${user}`,
    typeof tls === "string" ? `Encrypted: ${tls}` : remote !== undefined && origin !== "web" ? "Not encrypted" : "",
    typeof protocol === "string" ? `Protocol: ${protocol}` : "",
    typeof size === "number" ? `${size.toLocaleString("en")} octets` : "",
  ].filter(Boolean);
  return {
    title: "Accepted",
    text: text.endsWith("…") || text.endsWith(".") ? text : `${text}.`,
    details,
    mood: "good",
  };
}

/** Each test with its points, and what they came to. */
function judged({ data = {}, text = "" }: Event): Omit<Step, "at"> {
  const findings = Array.isArray(data.findings) ? data.findings : [];
  const details = findings.flatMap((one: unknown) => {
    if (typeof one !== "object" || one === null) return [];
    const { test = "", result = "", points = 0, sentence = "" } = one as Record<string, unknown>;
    const counted = typeof points === "number" && points !== 0 ? ` (${points > 0 ? "+" : ""}${round(points)})` : "";
    return [`${String(test)} ${String(result)}${counted}: ${String(sentence)}`];
  });
  const junk = Array.isArray(data.junk) && data.junk.length > 0;
  const score = typeof data.score === "number" ? ` It came to ${round(data.score)} points.` : "";
  const verdict =
    typeof data.refused === "string"
      ? `Refused: ${data.refused}`
      : junk
        ? `Taken for junk.${score}`
        : `Taken for wanted mail.${score}`;
  return {
    ...{ title: "Checks", text: verdict, details: details.length > 0 ? details : [text].filter(Boolean) },
    mood: typeof data.refused === "string" ? "bad" : junk ? "waiting" : "good",
  };
}

function round(points: number): string {
  return String(Math.round(points * 10) / 10);
}

function delivered({ data = {} }: Event, names: Names): Omit<Step, "at"> {
  const places = Array.isArray(data.delivered) ? data.delivered : [];
  const lines = places.flatMap((one: unknown) => {
    const { mailbox, folder } = (one ?? {}) as Record<string, unknown>;
    if (typeof mailbox !== "number" || typeof folder !== "number") return [];
    return [`${names.mailbox(mailbox)}, folder ${names.folder(mailbox, folder)}`];
  });
  const [only] = lines;
  if (lines.length === 1) return { title: "Delivered", text: `It is in ${only}.`, details: [], mood: "good" };
  return { title: "Delivered", text: `It is in a mailbox here${forWhom(data)}.`, details: lines, mood: "good" };
}

function forWhom(data: Event["data"]): string {
  const to = Array.isArray(data?.to) ? data.to.map(String) : [];
  if (to.length === 0) return "";
  const more = Number(data?.recipients ?? to.length) - Math.min(to.length, MOST_NAMED);
  return ` for ${to.slice(0, MOST_NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function meaning(text: string): string[] {
  const reason = knownReason(text);
  return reason === undefined ? [] : [`${reason.what} ${reason.next}`];
}

function nextTry(data: Event["data"]): string {
  return typeof data?.next === "number" ? `Next try: ${new Date(data.next).toISOString()}` : "";
}
