/**
 * The autoresponders of mailboxes: which messages they answer, and whom they have answered. An answer, and the note that its sender was
 * answered, are part of the commit that accepts the message: so each sender is answered once in a period, also if the machine stops at
 * any moment.
 *
 * RFC 3834 (automatic responses): §2 when, §3 how, §4 where to.
 */
import type { Statement } from "bun:sqlite";
import { fold } from "../directory/address.ts";
import { DAY_MS } from "../directory/expiry.ts";
import type { Mailbox } from "../directory/mailbox.ts";
import { flatten, scanAddressList } from "../mime/addresses.ts";
import type { Header } from "../mime/header.ts";
import type { Structure } from "../mime/structure.ts";
import { formatSpec } from "../mime/write.ts";
import { newTrace } from "../store/events.ts";
import type { Store, Tx } from "../store/store.ts";
import { composeAnswer, matchesPattern, whyNotAnswered } from "./auto-reply.ts";
import type { Envelope } from "./envelope.ts";
import type { Parts } from "./parts.ts";
import type { Sealed } from "./sealed.ts";
import { transportSettings } from "./settings.ts";
import type { Beside } from "./sorting/sorting.ts";

const HOUR_MS = 3_600_000;
/** The longest period that can be set; whom nobody remembers longer is forgotten. */
const LONGEST_PERIOD_MS = 365 * DAY_MS;
/** Addresses of a header that are looked at for those of the mailbox. */
const MOST_ADDRESSES = 500;
/** Fields in which a mailbox's own address must stand (RFC 3834 §2, RFC 5230 §4.5). */
const RECIPIENT_FIELDS = ["to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc"];
/** Rows deleted in one commit. */
const PRUNE_ROWS = 2_000;

export class Autoresponder {
  readonly #last: Statement<{ at: number }, [number, string]>;
  readonly #recent: Statement<{ count: number }, [number, number]>;
  readonly #note: Statement;
  readonly #mailboxes: Statement<{ mailbox: number }, [number]>;
  readonly #forget: Statement;

  constructor(private readonly store: Store) {
    const { client } = store;
    this.#last = client.prepare("SELECT at FROM auto_replies WHERE mailbox = ? AND sender = ?");
    this.#recent = client.prepare("SELECT count(*) AS count FROM auto_replies WHERE mailbox = ? AND at > ?");
    this.#note = client.prepare("INSERT OR REPLACE INTO auto_replies (mailbox, sender, at) VALUES (?, ?, ?)");
    this.#mailboxes = client.prepare("SELECT mailbox FROM auto_replies WHERE mailbox > ? ORDER BY mailbox LIMIT 1");
    this.#forget = client.prepare(
      `DELETE FROM auto_replies WHERE rowid IN
       (SELECT rowid FROM auto_replies WHERE mailbox = ? AND at <= ? LIMIT ${PRUNE_ROWS})`,
    );
  }

  /** The answers of the mailboxes that a message reached, composed and waiting for its commit. */
  async replies(
    parts: Parts,
    envelope: Envelope,
    mailboxes: readonly number[],
    { root }: Structure,
  ): Promise<Beside[]> {
    const replies: Beside[] = [];
    if (envelope.origin.kind === "system" || envelope.reversePath === "") return replies;
    for (const id of mailboxes) {
      const mailbox = parts.directory.mailboxes.byId(id);
      if (mailbox === undefined || !mailbox.autoresponder.enabled || root.header === undefined) continue;
      const why = this.#whyNot(parts, envelope, mailbox, root.header);
      if (why === undefined) replies.push(await this.#compose(parts, envelope, mailbox, root.header));
      else this.#log(envelope, mailbox.id, `No automatic reply: ${why}.`);
    }
    return replies;
  }

  /** Notes that a sender is answered now, in the commit that sends the answer; false if he was answered meanwhile. */
  #noteWithin(parts: Parts, _tx: Tx, mailbox: number, sender: string): boolean {
    const found = parts.directory.mailboxes.byId(mailbox);
    const now = parts.now();
    if (found === undefined || this.#answered(parts, found, sender, now) !== undefined) return false;
    this.#note.run(mailbox, sender, now);
    return true;
  }

  /** Forgets those who would be answered again, and those of mailboxes that are gone. */
  async prune(parts: Pick<Parts, "directory" | "now">): Promise<void> {
    for (let mailbox = this.#mailboxes.get(0)?.mailbox; mailbox !== undefined; ) {
      const id = mailbox;
      const found = parts.directory.mailboxes.byId(id);
      const period = found === undefined ? 0 : Math.min(found.autoresponder.periodDays * DAY_MS, LONGEST_PERIOD_MS);
      const before = found === undefined ? Number.MAX_SAFE_INTEGER : parts.now() - period;
      while ((await this.store.commit(() => this.#forget.run(id, before).changes)) === PRUNE_ROWS);
      mailbox = this.#mailboxes.get(id)?.mailbox;
    }
  }

  #whyNot(parts: Parts, envelope: Envelope, mailbox: Mailbox, header: Header): string | undefined {
    const { startsAt, endsAt } = mailbox.autoresponder;
    const { reversePath } = envelope;
    const now = parts.now();
    if ((startsAt !== null && now < startsAt) || (endsAt !== null && now >= endsAt)) return "it is not the time for it";
    const why = whyNoAnswer(parts, reversePath, mailbox, header);
    return why ?? this.#answered(parts, mailbox, fold(reversePath), now);
  }

  /** Whether a sender was answered in this period, or too many others were in this hour. */
  #answered(parts: Parts, { id, autoresponder }: Mailbox, sender: string, now: number): string | undefined {
    const last = this.#last.get(id, sender)?.at;
    const since = Math.max(now - autoresponder.periodDays * DAY_MS, autoresponder.since ?? 0);
    if (last !== undefined && last >= since) return "the sender was answered already";
    const { autoRepliesPerHour } = parts.store.settings.get(transportSettings);
    const recent = this.#recent.get(id, now - HOUR_MS)?.count ?? 0;
    return recent >= autoRepliesPerHour ? "too many were answered in the last hour" : undefined;
  }

  async #compose(parts: Parts, envelope: Envelope, mailbox: Mailbox, header: Header): Promise<Beside> {
    const { reversePath } = envelope;
    const trace = newTrace();
    const from = parts.directory.aliases.list({ mailboxId: mailbox.id })[0]?.address ?? "";
    const answer = composeAnswer(header, {
      from,
      name: parts.directory.users.byId(mailbox.ownerId)?.fullName ?? "",
      to: reversePath,
      subject: mailbox.autoresponder.subject,
      text: mailbox.autoresponder.text,
      now: parts.now(),
      messageId: `auto-${trace}@${parts.hostname()}`,
    });
    const sealed = await sealAnswer(parts, envelope, { trace, to: [reversePath], from, octets: answer });
    const note = (tx: Tx) => this.#noteWithin(parts, tx, mailbox.id, fold(reversePath));
    return { mailbox: mailbox.id, sealed, note };
  }

  #log({ origin }: Envelope, mailbox: number, text: string): void {
    const { trace, session } = origin;
    this.store.events.log({
      ...{ room: "transport", name: "autoresponder.silent", level: "debug", trace, session, text },
      data: { mailbox },
    });
  }
}

/**
 * Why a mailbox answers nothing to a message, or undefined where it may: it came from a machine or a list, from the owner himself, from
 * somebody who gets no answers, or it names no address of the mailbox.
 * @param addresses further addresses of the owner (RFC 5230 §4.3)
 */
export function whyNoAnswer(
  parts: Parts,
  reversePath: string,
  mailbox: Mailbox,
  header: Header,
  addresses: readonly string[] = [],
): string | undefined {
  const why = whyNotAnswered(header, reversePath);
  if (why !== undefined) return why;
  const further = new Set(addresses.map(fold));
  if (isOwn(parts, reversePath, mailbox) || further.has(fold(reversePath))) {
    return "the sender is the owner of the mailbox";
  }
  const authors = header.getAll("from").flatMap((field) => flatten(scanAddressList(field, 20)).map(formatSpec));
  if ([reversePath, ...authors].some((address) => matchesPattern(mailbox.autoresponder.doNotRespond, address))) {
    return "the sender is on the list of those who get none";
  }
  if (!isNamed(parts, header, mailbox.id, further)) return "none of the mailbox's addresses is in To or Cc";
  return undefined;
}

/** Makes what a machine writes about a message ready to be sent. RFC 3834 §3.3: nobody may answer it, nor report that it failed. */
export async function sealAnswer(
  parts: Parts,
  { origin }: Envelope,
  answer: {
    readonly trace: string;
    readonly to: readonly string[];
    readonly from: string;
    readonly octets: Uint8Array;
    readonly body?: Envelope["body"];
  },
): Promise<Sealed> {
  const { trace, to, from, octets, body = "7BIT" } = answer;
  const receiver = parts.receive({
    reversePath: "",
    recipients: to.map((address) => ({ address, notify: ["NEVER"] })),
    origin: { kind: "system", session: origin.trace, trace },
    body,
    smtputf8: /[^\x00-\x7f]/.test(to.join("") + from),
  });
  try {
    await receiver.write(octets);
  } catch (error) {
    await receiver.abort();
    throw error;
  }
  return await receiver.seal();
}

/** Whether an address is one of the mailbox's owner. */
function isOwn({ directory }: Parts, address: string, { ownerId }: Mailbox): boolean {
  const found = directory.resolve(address);
  if (found.kind !== "local") return false;
  return found.mailboxes.some((id) => directory.mailboxes.byId(id)?.ownerId === ownerId);
}

/** Whether one of a mailbox's addresses is among the recipients in the header; what a catch-all took is not addressed to anybody. */
function isNamed({ directory }: Parts, header: Header, mailbox: number, further: ReadonlySet<string>): boolean {
  let left = MOST_ADDRESSES;
  for (const name of RECIPIENT_FIELDS) {
    for (const field of header.getAll(name)) {
      for (const address of flatten(scanAddressList(field, left))) {
        const spec = formatSpec(address);
        if (further.has(fold(spec))) return true;
        const found = directory.resolve(spec);
        if (found.kind === "local" && found.via === "address" && found.mailboxes.includes(mailbox)) return true;
        if (--left <= 0) return false;
      }
    }
  }
  return false;
}
