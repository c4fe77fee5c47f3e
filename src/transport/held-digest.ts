/**
 * Tells people once a day what is newly held for them, and administrators of everything where they want that: a letter with the sender, the subject
 * and why, and a link to the page where it is released after signing in. The letter itself releases nothing: whoever reads somebody's mail,
 * or checks links in it, must not be able to.
 */
import { hasExpired } from "../directory/expiry.ts";
import { ADMINISTRATOR } from "../directory/permissions.ts";
import type { Held, Quarantine } from "../filter/quarantine/quarantine.ts";
import { quarantineSettings } from "../filter/quarantine/settings.ts";
import { encodeBody } from "../mime/quoted.ts";
import { Refusal } from "../refusal.ts";
import type { Tx } from "../store/store.ts";
import { inLines } from "./letter.ts";
import { type NoticeWords, noticeTo } from "./notice.ts";
import type { Parts } from "./parts.ts";

const DAY_MS = 86_400_000;
/** Messages that one letter names. */
const MOST_NAMED = 50;
/** Mailboxes told between two turns. */
const SLICE = 50;

/** Where the pages are, such as https://mail.example.org; undefined where none are open. */
export type PagesAt = () => string | undefined;

/** Tells whoever is due; resolves with how many letters were written. */
export async function tellOfHeld(parts: Parts, quarantine: Quarantine, pagesAt: PagesAt): Promise<number> {
  const { store, now } = parts;
  const { digest, digestHour, tellAdministrators } = store.settings.get(quarantineSettings);
  if (!digest && !tellAdministrators) return 0;
  const due = quarantine.untoldMailboxes(lastHour(now(), digestHour));
  if (due.length === 0) return 0;
  const site = pagesAt();
  // What is held while the letters are written stands in those of tomorrow.
  const latest = quarantine.latest();
  const all = quarantine.untold(undefined, latest, MOST_NAMED + 1);
  let letters = 0;
  for (const [at, mailbox] of due.entries()) {
    if (at % SLICE === SLICE - 1) await store.turns.next();
    const note = (tx: Tx) => quarantine.noteToldWithin(tx, mailbox, latest);
    if (!digest || !parts.directory.mailboxes.has(mailbox)) {
      await store.commit(note);
      continue;
    }
    const held = quarantine.untold(mailbox, latest, MOST_NAMED + 1);
    const link = site && `${site}/mail/options/mailboxes/${mailbox}/held`;
    if (await tell(parts, mailbox, wordsFor(held, "you", link), note)) letters++;
  }
  if (!tellAdministrators) return letters;
  for (const mailbox of administrators(parts)) {
    const link = site && `${site}/admin/quarantine`;
    if (await tell(parts, mailbox, wordsFor(all, "people here", link))) letters++;
  }
  return letters;
}

/** The last time at which the clock showed this hour, where the server is. */
export function lastHour(now: number, hour: number): number {
  const at = new Date(now).setHours(hour, 0, 0, 0);
  return at <= now ? at : new Date(at - DAY_MS).setHours(hour, 0, 0, 0);
}

/**
 * Writes a letter; false where that cannot be done now.
 * @param also runs in the commit that delivers it
 */
async function tell(parts: Parts, mailbox: number, words: NoticeWords, also?: (tx: Tx) => void): Promise<boolean> {
  const notice = await noticeTo(parts, mailbox, words);
  try {
    const placed = await parts.store.commit((tx) => {
      also?.(tx);
      return notice.place(tx);
    });
    notice.report(placed);
    return true;
  } catch (error) {
    await notice.discard();
    if (error instanceof Refusal && error.kind === "temporary") return false;
    throw error;
  }
}

function administrators({ directory, now }: Parts): number[] {
  return directory.users.ids({ kind: "user", permission: ADMINISTRATOR }).flatMap((id) => {
    const user = directory.users.byId(id);
    if (user === undefined || !user.enabled || hasExpired(user, now()) || user.administers !== null) return [];
    return user.primaryMailbox === 0 ? [] : [user.primaryMailbox];
  });
}

/** @param link the list of what is held; where one of it stands is below it */
function wordsFor(held: readonly Held[], whom: string, link: string | undefined): NoticeWords {
  const named = held.slice(0, MOST_NAMED);
  const more = held.length > named.length ? "There is more than is listed here." : "";
  const count = held.length > named.length ? `More than ${MOST_NAMED} messages are` : counted(held.length);
  const subject = `${count} held for ${whom}`;
  const lede = `This mail to ${whom} was taken and is kept back. It is deleted after its time unless somebody releases it.`;
  const where = link ?? "Sign in at the web pages of this server, and look under Options, Held mail.";
  const text = [
    lede,
    ...named.map(inText),
    more,
    link === undefined ? where : `To release or delete it, sign in: ${where}`,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
  return { subject, text, entity: bothForms(text, inHtml(named, lede, more, link)) };
}

const counted = (count: number) => (count === 1 ? "1 message is" : `${count} messages are`);

/** Text of a stranger in one line. */
const line = (text: string) => text.replace(/[\s\p{Cc}\u2028-\u202e\u2066-\u2069]+/gu, " ").trim();

const timeOf = (at: number) => new Date(at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });

function inText({ sender, subject, at, sentence, recipients }: Held): string {
  const to = recipients.map(({ address }) => address).join(", ");
  return `  ${line(subject) || "(no subject)"}\n  from ${line(sender) || "a report"}\n  to ${to}, ${timeOf(at)}\n  ${line(sentence)}`;
}

function inHtml(held: readonly Held[], lede: string, more: string, link: string | undefined): string {
  const rows = held.map(({ id, sender, subject, at, sentence, recipients }) => {
    const title = escaped(line(subject) || "(no subject)");
    const to = escaped(recipients.map(({ address }) => address).join(", "));
    return (
      `<li><p><b>${link === undefined ? title : `<a href="${escaped(link)}/${id}">${title}</a>`}</b><br>\n` +
      `from ${escaped(line(sender) || "a report")}<br>\nto ${to}, ${timeOf(at)}<br>\n${escaped(line(sentence))}</p></li>\n`
    );
  });
  const last = link === undefined ? "" : `<p><a href="${escaped(link)}">Sign in to release or delete it</a></p>\n`;
  return `<!doctype html>\n<html lang="en"><body>\n<p>${escaped(lede)}</p>\n<ul>\n${rows.join("")}</ul>\n${more === "" ? "" : `<p>${more}</p>\n`}${last}</body></html>\n`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The same letter as plain text and as HTML (RFC 2046 §5.1.4). */
function bothForms(text: string, html: string): string {
  const boundary = `=_${crypto.randomUUID()}`;
  const part = (type: string, words: string) => {
    const { encoding, body } = encodeBody(words);
    return `--${boundary}\r\nContent-Type: text/${type}; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}\r\n`;
  };
  return `Content-Type: multipart/alternative; boundary="${boundary}"\r\n\r\n${part("plain", inLines(text))}${part("html", html)}--${boundary}--\r\n`;
}
