/**
 * Mail that pages send: to their owner and to nobody else, whatever the page and its visitors say. How often is bounded for each visitor
 * and each page, since anybody can send a form as often as he likes.
 */

import { splitAddress } from "../../../directory/address.ts";
import { BoundedMap } from "../../../directory/cache.ts";
import type { User } from "../../../directory/user.ts";
import { Refusal } from "../../../refusal.ts";
import type { Transport } from "../../../transport/transport.ts";

/** A letter as a page asks for it. */
export interface PageLetter {
  readonly subject: string;
  readonly text: string;
  /** Where the owner's answer goes; "" for nowhere. */
  readonly replyTo: string;
  /** Who is writing, as he says; "" if he does not. */
  readonly name: string;
}

/** Where a letter comes from. */
export interface Form {
  readonly owner: User;
  /** The page as its visitors name it, with the owner's name: "/~anna/contact.html". */
  readonly page: string;
  /** The page in the owner's folder, "/contact.html": what is counted by, since one page has many addresses ("/%7Eanna/…", a host name). */
  readonly path: string;
  /** The visitor's address. */
  readonly remote: string;
  readonly perVisitor: number;
  readonly perPage: number;
}

const HOUR_MS = 3_600_000;
const LONGEST_SUBJECT = 200;
const LONGEST_NAME = 100;
const LONGEST_TEXT = 100_000;
const LONGEST_ADDRESS = 254;
const REMEMBERED = 20_000;

const TOO_MANY = "sent as many mails as may be sent in an hour; try again later.";

export class MailForms {
  /** When mails were sent, by page, and by page and visitor. */
  readonly #sent = new BoundedMap<string, readonly number[]>(REMEMBERED);

  constructor(
    private readonly transport: Pick<Transport, "deliverNotice">,
    private readonly now: () => number,
  ) {}

  /**
   * Puts a letter into the owner's mailbox; it is there when this resolves.
   * @throws Refusal "tooMany" for too many in an hour, "overQuota" for a mailbox that is full, "notFound" for an owner without one
   */
  async send(letter: PageLetter, form: Form): Promise<void> {
    const { owner, page, path, remote } = form;
    if (owner.primaryMailbox === 0) throw new Refusal("notFound", "The owner of this page has no mailbox.");
    const from = letter.replyTo === "" ? undefined : splitAddress(letter.replyTo.slice(0, LONGEST_ADDRESS + 1));
    if (letter.replyTo !== "" && (from === undefined || letter.replyTo.length > LONGEST_ADDRESS)) {
      throw new Refusal("invalid", "This is no mail address; one is written like anna@example.org.");
    }
    // Counted before it is sent, so that many at once are not all let through; a visitor who may not uses up nothing of the page's.
    const place = `${owner.id} ${path}`;
    this.#count(`${place} ${networkOf(remote)}`, form.perVisitor, `You have ${TOO_MANY}`);
    this.#count(place, form.perPage, `This page has ${TOO_MANY}`);
    const name = oneLine(letter.name, LONGEST_NAME);
    await this.transport.deliverNotice(owner.primaryMailbox, {
      name: name === "" ? "Your home page" : `${name} (by your home page)`,
      subject: oneLine(letter.subject, LONGEST_SUBJECT) || "A message from your home page",
      text: `${plain(letter.text)}\n\n-- \nSent with the form at ${oneLine(page, LONGEST_NAME)} from ${remote}.`,
      replyTo: from && { name, local: from.local, domain: from.domain },
    });
  }

  #count(key: string, most: number, sentence: string): void {
    const now = this.now();
    const lately = (this.#sent.get(key) ?? []).filter((at) => at > now - HOUR_MS);
    if (lately.length >= most) throw new Refusal("tooMany", sentence);
    this.#sent.set(key, [...lately, now]);
  }
}

/** Who counts as one visitor: an IPv6 network of 64 bits is one household's. */
function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const middle = tail === undefined ? [] : Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0");
  return [...left, ...middle, ...right].slice(0, 4).join(":");
}

/** Text without what could begin a line or a field of its own. */
function oneLine(text: string, most: number): string {
  return [
    ...text
      .toWellFormed()
      .replace(/[\p{Cc}\u2028\u2029]+/gu, " ")
      .trim(),
  ]
    .slice(0, most)
    .join("");
}

function plain(text: string): string {
  const lines = text.toWellFormed().replace(/\r\n?/g, "\n");
  return lines.replace(/[^\P{Cc}\n\t]/gu, "").slice(0, LONGEST_TEXT);
}
