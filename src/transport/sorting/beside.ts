/**
 * What goes out beside a message that scripts sorted: answers of vacation (RFC 5230), notifications (RFC 5435, RFC 5436), and a word to
 * the owner of a script that failed, at most once a day. Vacation answers by the rules of the autoresponder, and where that answers
 * already it is silent.
 */
import { fold, splitAddress } from "../../directory/address.ts";
import type { Mailbox } from "../../directory/mailbox.ts";
import { flatten, scanAddressList } from "../../mime/addresses.ts";
import type { Header } from "../../mime/header.ts";
import { decodeWords } from "../../mime/words.ts";
import { formatSpec, structuredField, textField } from "../../mime/write.ts";
import type { Memory } from "../../sieve/memory.ts";
import type { Filing, Notify, Vacation } from "../../sieve/outcome.ts";
import { sieveSettings } from "../../sieve/settings.ts";
import { newTrace } from "../../store/events.ts";
import type { Tx } from "../../store/store.ts";
import { composeAnswer } from "../auto-reply.ts";
import { sealAnswer, whyNoAnswer } from "../autoresponder.ts";
import type { Envelope } from "../envelope.ts";
import { addressOf, composeLetter } from "../letter.ts";
import { noticeTo } from "../notice.ts";
import type { Parts } from "../parts.ts";
import type { Sealed } from "../sealed.ts";
import { printable } from "../send/reply.ts";
import { transportSettings } from "../settings.ts";
import { dispositionEntity } from "./disposition.ts";
import { flagsOf, folderFor } from "./folders.ts";
import type { Failure, Sorted } from "./sorted.ts";
import type { Beside } from "./sorting.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The longest time in which vacation answers a sender once (RFC 5230 §4.1 leaves it to the server). */
const LONGEST_VACATION_MS = 365 * DAY_MS;
/** Addresses of one notification. */
const MOST_NOTIFIED = 10;

/** @param answered mailboxes whose autoresponder answers this message */
export async function besides(
  parts: Parts,
  envelope: Envelope,
  sorted: readonly Sorted[],
  answered: ReadonlySet<number>,
): Promise<Beside[]> {
  const all: Beside[] = [];
  for (const one of sorted) {
    const mailbox = parts.directory.mailboxes.byId(one.mailbox);
    if (mailbox === undefined) continue;
    const about = new About(parts, envelope, mailbox, one);
    all.push(
      ...(await about.answers(answered.has(mailbox.id))),
      ...(await about.notifications()),
      ...(await about.rejection()),
      ...(await about.word()),
    );
  }
  return all;
}

/** One message in one mailbox. */
class About {
  readonly #header: Header | undefined;

  constructor(
    private readonly parts: Parts,
    private readonly envelope: Envelope,
    private readonly mailbox: Mailbox,
    private readonly sorted: Sorted,
  ) {
    this.#header = sorted.message.structure.root.header;
  }

  get #memory(): Memory {
    return this.parts.sorting.memory;
  }

  async answers(answered: boolean): Promise<Beside[]> {
    const header = this.#header;
    const { sender, vacations } = this.sorted;
    if (header === undefined || sender === "" || this.envelope.origin.kind === "system") return [];
    const answers: Beside[] = [];
    for (const vacation of vacations) {
      const why = answered
        ? "the autoresponder answers"
        : (whyNoAnswer(this.parts, sender, this.mailbox, header, vacation.addresses) ?? this.#whyNotNow(vacation));
      if (why === undefined) answers.push(await this.#answer(vacation, header));
      else this.#log("vacation.silent", `No automatic reply: ${why}.`);
    }
    return answers;
  }

  /** What is remembered of an answer: to whom, and which one (RFC 5230 §4.2). */
  #keyOf({ handle }: Vacation): string {
    const of = new Bun.CryptoHasher("sha256").update(handle).digest("base64url").slice(0, 22);
    return `${of} ${fold(this.sorted.sender)}`;
  }

  #whyNotNow(vacation: Vacation): string | undefined {
    const now = this.parts.now();
    const { id } = this.mailbox;
    if (this.#memory.knows(id, "vacation", this.#keyOf(vacation), now)) return "the sender was answered already";
    const { autoRepliesPerHour } = this.parts.store.settings.get(transportSettings);
    const recent = this.#memory.countSince(id, "vacation", now - HOUR_MS);
    return recent >= autoRepliesPerHour ? "too many were answered in the last hour" : undefined;
  }

  async #answer(vacation: Vacation, header: Header): Promise<Beside> {
    const { parts, mailbox } = this;
    const { sender } = this.sorted;
    const trace = newTrace();
    const from = this.#from(vacation.from);
    const octets = composeAnswer(header, {
      ...{ from: from.address, name: from.name, to: sender, now: parts.now() },
      subject: vacation.subject === undefined ? "" : printable(vacation.subject),
      text: vacation.reason,
      entity: vacation.mime ? vacation.reason : undefined,
      messageId: `auto-${trace}@${parts.hostname()}`,
    });
    const body = vacation.mime ? "8BITMIME" : "7BIT";
    const sealed = await sealAnswer(parts, this.envelope, { trace, to: [sender], from: from.address, octets, body });
    const { vacationMinSeconds } = parts.store.settings.get(sieveSettings);
    const period = Math.min(Math.max(vacation.seconds, vacationMinSeconds) * 1_000, LONGEST_VACATION_MS);
    const note = (tx: Tx) => {
      if (this.#whyNotNow(vacation) !== undefined) return false;
      const at = parts.now();
      const key = this.#keyOf(vacation);
      this.#memory.noteWithin(tx, { mailbox: mailbox.id, kind: "vacation", key, at, until: at + period });
      return true;
    };
    return { mailbox: mailbox.id, sealed, note, ...this.#filed(sealed, vacation.fcc) };
  }

  /** Under which name and address a script writes: one that its owner may use (RFC 5230 §5.1), else that of the mailbox. */
  #from(wanted: string | undefined): { address: string; name: string } {
    const { directory } = this.parts;
    const { id, ownerId } = this.mailbox;
    const name = directory.users.byId(ownerId)?.fullName ?? "";
    const [author] = flatten(scanAddressList(wanted ?? "", 1));
    const bare = author === undefined ? "" : formatSpec(author);
    if (author !== undefined && directory.maySendAs(ownerId, bare)) {
      return { address: bare, name: printable(wanted?.includes("<") ? author.name : name) };
    }
    return { address: directory.aliases.list({ mailboxId: id })[0]?.address ?? "", name };
  }

  /** A copy of what is sent (RFC 8580). */
  #filed(sealed: Sealed, fcc: Filing | undefined): Pick<Beside, "file"> {
    if (fcc === undefined) return {};
    const { parts, mailbox } = this;
    return {
      file: (tx) => {
        const { staged, structure } = sealed.copy();
        const { mailstore } = parts;
        const folder = folderFor(parts, tx, mailbox.id, { filing: fcc }, () => mailstore.inbox(tx, mailbox.id));
        const message = { folder, content: staged, structure, internalDate: parts.now(), flags: flagsOf(fcc.flags) };
        mailstore.append(tx, { ...message, beyondQuota: true });
      },
    };
  }

  async notifications(): Promise<Beside[]> {
    // RFC 5436 §2.7.1: what is itself a notification leads to no other.
    const submitted = this.#header?.raw("auto-submitted") ?? "";
    if (/^\s*auto-notified\b/i.test(submitted)) return [];
    const all: Beside[] = [];
    for (const notify of this.sorted.notifications) {
      const sealed = await this.#notification(notify);
      if (sealed === undefined) continue;
      all.push({ mailbox: this.mailbox.id, sealed, note: () => true, ...this.#filed(sealed, notify.fcc) });
    }
    return all;
  }

  async #notification({ to, cc, bcc, fields, from, subject, body, importance }: Notify): Promise<Sealed | undefined> {
    const { parts } = this;
    const good = (list: readonly string[]) => list.filter((one) => splitAddress(one) !== undefined);
    const [shown, copied] = [good(to), good(cc)];
    const everybody = [...new Set([...shown, ...copied, ...good(bcc)])].slice(0, MOST_NOTIFIED);
    if (everybody.length === 0) return undefined;
    const trace = newTrace();
    const writer = this.#from(from);
    const owner = this.#from(undefined).address;
    const more = [
      ...(copied.length === 0 ? [] : [structuredField("Cc", copied.join(", "))]),
      ...(importance === 2 ? [] : [textField("Importance", importance === 1 ? "high" : "low")]),
      ...fields.map(({ name, value }) => textField(name, printable(value))),
    ];
    const octets = composeLetter({
      from: addressOf(writer.address, writer.name),
      to: shown.length === 0 ? "undisclosed-recipients:;" : shown.join(", "),
      subject: printable(subject === "" ? decodeWords(this.#header?.get("subject") ?? "") : subject).slice(0, 500),
      text: body,
      date: parts.now(),
      messageId: `notify-${trace}@${parts.hostname()}`,
      // RFC 5436 §2.7.
      submitted: `auto-notified; owner-email="${owner.replace(/["\\]/g, "")}"`,
      fields: more.join(""),
    });
    return await sealAnswer(parts, this.envelope, { trace, to: everybody, from: writer.address, octets });
  }

  /** Tells the sender whose message was rejected why, unless the null path says that nobody is to hear. */
  async rejection(): Promise<Beside[]> {
    const { parts, mailbox } = this;
    const { refusal, placings, redirects, sender, recipient } = this.sorted;
    if (refusal?.kind !== "reject" || placings.length + redirects.length > 0) return [];
    if (sender === "" || this.envelope.origin.kind === "system") return [];
    const trace = newTrace();
    const { address, name } = this.#from(undefined);
    const messageId = this.#header?.raw("message-id") ?? "";
    const subject = decodeWords(this.#header?.get("subject") ?? "");
    const octets = composeLetter({
      from: addressOf(address, name),
      to: sender,
      subject: `Not taken: ${printable(subject).slice(0, 150) || "your message"}`,
      text: "",
      date: parts.now(),
      messageId: `rejected-${trace}@${parts.hostname()}`,
      submitted: "auto-replied",
      entity: dispositionEntity({
        ...{ reason: refusal.reason, hostname: parts.hostname(), recipient: recipient.address, messageId, id: trace },
        disposition: "automatic-action/MDN-sent-automatically; deleted",
      }),
    });
    const sealed = await sealAnswer(parts, this.envelope, { trace, to: [sender], from: address, octets });
    return [{ mailbox: mailbox.id, sealed, note: () => true }];
  }

  /** Tells the owner that a script of his failed. */
  async word(): Promise<Beside[]> {
    const { parts, mailbox } = this;
    const failure = this.sorted.failures.find((one) => !one.house);
    for (const one of this.sorted.failures) this.#log("sieve.failed", textOf(one));
    const now = parts.now();
    if (failure === undefined || this.#memory.knows(mailbox.id, "notice", "failed", now)) return [];
    const sealed = await noticeTo(parts, mailbox.id, {
      subject: "A mail rule of yours failed",
      text: wordsOf(failure, decodeWords(this.#header?.get("subject") ?? "")),
    });
    const note = (tx: Tx) => {
      if (this.#memory.knows(mailbox.id, "notice", "failed", now)) return false;
      this.#memory.noteWithin(tx, { mailbox: mailbox.id, kind: "notice", key: "failed", at: now, until: now + DAY_MS });
      return true;
    };
    return [{ mailbox: mailbox.id, sealed, note }];
  }

  #log(name: string, text: string): void {
    const { trace, session } = this.envelope.origin;
    const level = name === "sieve.failed" ? "warn" : "debug";
    const data = { mailbox: this.mailbox.id };
    this.parts.store.events.log({ room: "transport", name, level, trace, session, text, data });
  }
}

function textOf({ script, house, sentence }: Failure): string {
  return `${house ? "The house's script" : "The script"} “${printable(script)}” failed: ${printable(sentence)}`;
}

function wordsOf(failure: Failure, subject: string): string {
  const about = printable(subject).trim().slice(0, 100) || "(no subject)";
  return [
    `The Sieve script “${printable(failure.script)}” that sorts your mail failed when this message arrived:`,
    `    ${about}`,
    "The message is where it would be without the script. What was wrong:",
    `    ${printable(failure.sentence)}`,
    "Look at the script under Options, or in your mail program. You are told of this once a day at most.",
  ].join("\n\n");
}
