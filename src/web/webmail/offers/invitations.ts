/** Invitations in mail are shown and answered: iMIP (RFC 6047). The answer is a letter to the organizer, with a copy in Sent. */
import type { Answer, InvitationOffer } from "../../../../views/webmail/offers.tsx";
import { reader, t, tn } from "../../../../views/words/words.ts";
import {
  type CalendarTime,
  type Invitation,
  invitationIn,
  type Participation,
  replyTo,
} from "../../../mime/invitation.ts";
import { textParameter } from "../../../mime/parameters.ts";
import type { Part } from "../../../mime/structure.ts";
import { Refusal } from "../../../refusal.ts";
import type { Origin } from "../../../transport/envelope.ts";
import { oneLine } from "../names.ts";
import { peopleOf } from "../people.ts";
import { hereOf, type Opened, partsNamed, textOf } from "./opened.ts";
import { answeringAs, newMessageId, smallLetter } from "./posting.ts";

/** What was answered, as a keyword of the message. */
const KEYWORDS: Readonly<Record<Answer, string>> = {
  ...{ accepted: "$Accepted", tentative: "$Tentative", declined: "$Declined" },
};
const PARTICIPATION: Readonly<Record<Answer, Participation>> = {
  ...{ accepted: "ACCEPTED", tentative: "TENTATIVE", declined: "DECLINED" },
};

const MOST_SHOWN = 100;
const LONGEST = 500;

/** What is shown of the event that a message is about. */
export function invitationOffers(opened: Opened, parts: readonly Part[]): InvitationOffer[] {
  const invitation = firstIn(opened, parts);
  return invitation === undefined ? [] : [offerOf(opened, invitation)];
}

function firstIn(opened: Opened, parts: readonly Part[]): Invitation | undefined {
  for (const part of parts) {
    const found = invitationIn(textOf(opened, part), textParameter(part.params, "method") ?? "");
    if (found !== undefined) return found;
  }
  return undefined;
}

function offerOf(opened: Opened, invitation: Invitation): InvitationOffer {
  const { organizer, attendees, method } = invitation;
  const nameOf = (one: { readonly name: string; readonly address: string }) => oneLine(one.name || one.address, 200);
  return {
    kind: "invitation",
    title: titleOf(invitation),
    summary: oneLine(invitation.summary, LONGEST) || t("(no title)"),
    when: whenWords(invitation.start, invitation.end),
    where: oneLine(invitation.location, LONGEST),
    organizer: organizer === undefined ? "" : nameOf(organizer),
    attendees: attendees.slice(0, MOST_SHOWN).map((one) => ({ name: nameOf(one), status: one.status })),
    repeats: repeatWords(invitation.repeats),
    cancelled: invitation.cancelled,
    note: noteOf(opened, invitation),
    answerHref: method === "REQUEST" && answers(opened, invitation) ? `${hereOf(opened)}/invitation` : undefined,
    answered: answeredIn(opened),
  };
}

function titleOf({ method, cancelled, attendees, single }: Invitation): string {
  if (cancelled) return single ? t("One date was called off") : t("This was called off");
  if (method === "REQUEST") return t("You are invited");
  const who = oneLine(attendees[0]?.name || attendees[0]?.address || "", 200);
  if (method === "REPLY" && who !== "") {
    const status = attendees[0]?.status;
    if (status === "accepted") return t("{who} comes", { who });
    if (status === "declined") return t("{who} does not come", { who });
    return t("{who} maybe comes", { who });
  }
  return method === "COUNTER" ? t("Another time is proposed") : t("A date");
}

/** An organizer who is somebody else than the sender may be in order, and may not (RFC 6047 §3). */
function noteOf({ message }: Opened, { organizer, method }: Invitation): string {
  const from = peopleOf(message.envelope.from)[0]?.address.toLowerCase();
  if (method === "REPLY" || organizer === undefined || from === organizer.address.toLowerCase()) return "";
  return t("The answer goes to {address}, who is not the sender of this message.", {
    address: oneLine(organizer.address, 320),
  });
}

/** Whether there is an organizer to answer, who is not the reader himself. */
function answers(opened: Opened, { organizer, uid }: Invitation): boolean {
  const as = answeringAs(opened);
  const mayMark = opened.access.permits(opened.user, opened.folder, "w");
  return organizer !== undefined && uid !== "" && as !== undefined && mayMark && !isOwn(opened, organizer.address);
}

const isOwn = ({ deps, user }: Opened, address: string): boolean =>
  deps.directory.identities.of(user.id).some((one) => one.address.toLowerCase() === address.toLowerCase());

function answeredIn({ message }: Opened): Answer | undefined {
  const keywords = message.flags.keywords.map((keyword) => keyword.toLowerCase());
  return (["accepted", "tentative", "declined"] as const).find((one) => keywords.includes(KEYWORDS[one].toLowerCase()));
}

/** Answers, and keeps the answer with the message. @throws Refusal */
export async function answerInvitation(opened: Opened, answer: Answer, origin: Origin): Promise<string> {
  const { deps, folder, message } = opened;
  const invitation = firstIn(opened, partsNamed(message, /^text\/calendar$|^application\/ics$/));
  if (invitation?.organizer === undefined || invitation.method !== "REQUEST" || !answers(opened, invitation))
    throw new Refusal("notFound", t("There is nothing to answer here."));
  opened.access.folder(opened.user, folder.id, "w");
  await send(opened, invitation, answer, origin);
  const others = Object.values(KEYWORDS).filter((keyword) => keyword !== KEYWORDS[answer]);
  const mark = (mode: "add" | "remove", keywords: readonly string[]) =>
    deps.mailstore.setFlags(
      folder.id,
      [message.uid],
      { mode, flags: { system: 0, keywords } },
      { reader: folder.reader },
    );
  await mark("remove", others);
  await mark("add", [KEYWORDS[answer]]);
  return t("Your answer was sent to {address}.", { address: oneLine(invitation.organizer.address, 320) });
}

async function send(opened: Opened, invitation: Invitation, answer: Answer, origin: Origin): Promise<void> {
  const { deps, user, folder, message } = opened;
  const as = attendingAs(opened, invitation);
  const to = invitation.organizer?.address ?? "";
  const messageId = newMessageId(opened);
  const title = oneLine(invitation.summary, 200);
  const words =
    answer === "accepted"
      ? t("Accepted: {title}", { title })
      : answer === "tentative"
        ? t("Maybe: {title}", { title })
        : t("Declined: {title}", { title });
  const calendar = replyTo(invitation, { address: as.address, name: as.name }, PARTICIPATION[answer], deps.now());
  const entity = entityOf(words, calendar, messageId.slice(0, 36));
  const octets = smallLetter(opened, { as, to, subject: words, entity }, messageId);
  const posting = {
    ...{ key: messageId, reversePath: as.address, recipients: [to], smtputf8: false, bcc: "", subject: words, to },
    people: [{ address: to, name: oneLine(invitation.organizer?.name ?? "", 200) }],
    ...{ draft: null, about: { folder: folder.id, uid: message.uid, kind: "reply" as const } },
  };
  const pieces = async function* () {
    yield await Promise.resolve(octets);
  };
  await deps.transport.post(user, posting, pieces(), origin);
}

/** As whom the reader was invited; where a list was, as whom the message reached him. */
function attendingAs(opened: Opened, { attendees }: Invitation) {
  const invited = new Set(attendees.map(({ address }) => address.toLowerCase()));
  const identities = opened.deps.directory.identities.of(opened.user.id);
  const as = identities.find(({ address }) => invited.has(address.toLowerCase())) ?? answeringAs(opened);
  if (as === undefined) throw new Refusal("invalid", t("You have no address to answer from."));
  return as;
}

/** The words, and the calendar for programs (RFC 6047 §2.4). */
function entityOf(words: string, calendar: string, id: string): string {
  const base64 = (text: string) => Buffer.from(text).toString("base64").replace(/.{76}/g, "$&\r\n");
  const boundary = `answer-${id}`;
  return [
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
    "",
    `--${boundary}`,
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: base64",
    "",
    base64(`${words}\r\n`),
    `--${boundary}`,
    "Content-Type: text/calendar; charset=utf-8; method=REPLY",
    "Content-Transfer-Encoding: base64",
    "",
    base64(calendar),
    `--${boundary}--`,
    "",
  ].join("\r\n");
}

/** From when to when, in the reader's words and zone; days and times without a zone as they stand. */
function whenWords(start: CalendarTime | undefined, end: CalendarTime | undefined): string {
  if (start === undefined) return "";
  const { language, zone } = reader();
  const timeZone = start.wholeDay || start.floating ? "UTC" : zone;
  const style = start.wholeDay
    ? ({ dateStyle: "full" } as const)
    : ({ dateStyle: "full", timeStyle: "short" } as const);
  const format = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
    ...style,
    ...(timeZone && { timeZone }),
  });
  try {
    return end === undefined || end.at <= start.at ? format.format(start.at) : format.formatRange(start.at, end.at);
  } catch {
    // A year that no calendar holds.
    return "";
  }
}

function repeatWords(repeats: Invitation["repeats"]): string {
  if (repeats === undefined) return "";
  const { frequency, interval } = repeats;
  if (frequency === "daily") return tn(interval, "every day", "every {n} days");
  if (frequency === "weekly") return tn(interval, "every week", "every {n} weeks");
  if (frequency === "monthly") return tn(interval, "every month", "every {n} months");
  return frequency === "yearly" ? tn(interval, "every year", "every {n} years") : t("several times");
}
