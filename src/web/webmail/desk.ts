/**
 * The desk: drafts are stored and letters are sent from here. A draft is a message in the Drafts folder, stored anew with every change and
 * known through all versions by its key, the Message-ID it will be sent with; so it is there after a crash, and in every other mail
 * program. What is done to one draft is done one after the other, whatever order a browser's requests arrive in.
 */

import type { User } from "../../directory/directory.ts";
import { DRAFT, SEEN } from "../../mailstore/flags.ts";
import { type Address, flatten } from "../../mime/addresses.ts";
import { addressField, formatAddressList, formatSpec } from "../../mime/write.ts";
import { Refusal } from "../../refusal.ts";
import type { Tx } from "../../store/store.ts";
import type { Origin } from "../../transport/envelope.ts";
import type { HeldLetter } from "../../transport/later/later.ts";
import { type Posting, type Received, Receiving } from "../../transport/later/post.ts";
import type { WebDeps } from "../deps.ts";
import type { Access } from "./access.ts";
import { composed, type Letter, type LetterFiles } from "./composition.ts";
import type { Messages, StoredMessage } from "./message.ts";
import { oneLine } from "./names.ts";
import type { Fields } from "./prefill.ts";
import { referencesFor } from "./prefill.ts";
import type { Recipients } from "./recipients.ts";
import type { Renderings } from "./rendering.ts";

/** What a letter is about: the message that is answered or forwarded. */
export interface Subject {
  readonly kind: "reply" | "forward";
  readonly folder: number;
  readonly uid: number;
  /** It is forwarded whole, as a file. */
  readonly enclosed?: boolean;
}

/** A letter as it lies on the desk. */
export interface Sheet {
  readonly key: string;
  readonly fields: Fields;
  readonly subject: Subject | undefined;
}

/** What a draft remembers beside its text, in a field that is not sent. */
const DRAFT_FIELD = "X-Gatepost-Draft";
/** RFC 8098 §2.1. */
const RECEIPT_FIELD = "Disposition-Notification-To";
const KEY = /^[\w.+-]{1,100}@[\w.[\]:-]{1,255}$/;
const MOST_REMEMBERED = 2_000;
/** Characters of the recipients that lists of waiting letters show. */
const LONGEST_TO = 500;
/** Drafts that are looked through for a key that is not remembered. */
const MOST_LOOKED_AT = 200;

/** "reply:3.17" as a subject; undefined for anything else. */
export function subjectOf(text: string | undefined): Subject | undefined {
  const match = /^(reply|forward|enclose):(\d{1,15})\.(\d{1,15})$/.exec(text?.trim() ?? "");
  if (match === null) return undefined;
  const [, kind, folder, uid] = match;
  const place = { folder: Number(folder), uid: Number(uid) };
  return kind === "reply" ? { kind, ...place } : { kind: "forward", ...place, enclosed: kind === "enclose" };
}

/** The opposite. */
export const subjectText = (subject: Subject | undefined): string =>
  subject === undefined ? "" : `${subject.enclosed ? "enclose" : subject.kind}:${subject.folder}.${subject.uid}`;

export class Desk {
  /** User and key → UID of the version that is stored now. */
  readonly #stored = new Map<string, number>();
  readonly #sent = new Set<string>();
  readonly #busy = new Map<string, Promise<unknown>>();

  constructor(
    private readonly deps: WebDeps,
    private readonly access: Access,
    private readonly messages: Messages,
    private readonly renderings: Renderings,
  ) {}

  /** A key for a new letter. */
  newKey(from: string): string {
    const domain = from.slice(from.lastIndexOf("@") + 1);
    return `${crypto.randomUUID()}@${/^[\w.-]+$/.test(domain) ? domain : "localhost"}`;
  }

  /** Does the work when nothing else is being done to that draft. @throws Refusal "invalid" for a key that is none */
  async alone<T>(user: User, key: string, work: () => Promise<T>): Promise<T> {
    if (!KEY.test(key)) throw new Refusal("invalid", "This form is out of date. Load the page again.");
    const name = `${user.id} ${key}`;
    const before = this.#busy.get(name) ?? Promise.resolve();
    const mine = before.then(work, work);
    const settled = mine.then(
      () => {},
      () => {},
    );
    this.#busy.set(name, settled);
    try {
      return await mine;
    } finally {
      if (this.#busy.get(name) === settled) this.#busy.delete(name);
    }
  }

  /** Whether a letter was sent already: a second click, or a late save. */
  wasSent(user: User, key: string): boolean {
    return this.#sent.has(`${user.id} ${key}`);
  }

  /** The stored version of a draft, if there is one. */
  async find(user: User, key: string): Promise<StoredMessage | undefined> {
    const folder = this.access.special(user, user.primaryMailbox, "Drafts");
    if (folder === undefined) return undefined;
    const remembered = this.#stored.get(`${user.id} ${key}`);
    const candidates = remembered === undefined ? await this.#latest(folder.id) : [remembered];
    for (const uid of candidates) {
      const message = await this.messages.open(folder, uid).catch(ifGone);
      if (message !== undefined && keyOf(message) === key) return message;
      const { turns } = this.deps.store;
      if (turns.over) await turns.next();
    }
    return remembered === undefined ? undefined : await this.#forget(user, key);
  }

  /** A draft of the Drafts folder as a sheet; one that another program wrote gets a key if it has none. */
  sheetOf(user: User, message: StoredMessage, own: readonly string[]): Sheet {
    const { envelope } = message;
    const author = flatten(envelope.from)[0];
    const from = author === undefined ? "" : formatSpec(author).toLowerCase();
    const key = keyOf(message);
    if (key !== undefined) this.#remember(user, key, message.uid);
    const html = this.renderings.source(message);
    return {
      key: key ?? this.newKey(own[0] ?? ""),
      fields: {
        from: own.find((address) => address.toLowerCase() === from) ?? own[0] ?? "",
        to: formatAddressList(envelope.to),
        cc: formatAddressList(envelope.cc),
        bcc: formatAddressList(envelope.bcc),
        subject: envelope.subject,
        text: this.renderings.text(message).text.replace(/\r\n?/g, "\n").replace(/\n$/, ""),
        format: html === undefined ? "plain" : "rich",
        html: html ?? "",
        priority: priorityOf(message),
        receipt: message.header.get(RECEIPT_FIELD) !== undefined,
      },
      subject: subjectOf(message.header.get(DRAFT_FIELD)),
    };
  }

  /** Stores a new version of a draft in place of the one before; gives its UID. */
  async store(
    user: User,
    sheet: Sheet,
    recipients: Recipients,
    before: StoredMessage | undefined,
    files: LetterFiles,
  ): Promise<number> {
    const { store, mailstore } = this.deps;
    const fields = [{ key: DRAFT_FIELD, value: subjectText(sheet.subject) || "new" }];
    const letter = await this.#letter(user, sheet, recipients, before, fields);
    const { staged, structure } = await this.#receive(composed(this.messages, letter, files, true));
    const uid = await store.commit((tx) => {
      const folder = mailstore.specialFolder(tx, user.primaryMailbox, "Drafts");
      if (before !== undefined) mailstore.expungeWithin(tx, before.folder, [before.uid]);
      const flags = { system: SEEN | DRAFT };
      return mailstore.append(tx, { folder, content: staged, structure, internalDate: this.deps.now(), flags }).uid;
    });
    this.#remember(user, sheet.key, uid);
    return uid;
  }

  /** Sends a letter now: one commit puts it on its way, a copy into Sent, and takes the draft away. @throws Refusal */
  async send(
    user: User,
    sheet: Sheet,
    recipients: Recipients,
    before: StoredMessage | undefined,
    files: LetterFiles,
    origin: Origin,
  ): Promise<void> {
    const letter = await this.#letter(user, sheet, recipients, before, []);
    const octets = composed(this.messages, letter, files, false);
    await this.deps.transport.post(user, this.#posting(user, sheet, recipients, before), octets, origin);
    this.#stored.delete(`${user.id} ${sheet.key}`);
    note(this.#sent, `${user.id} ${sheet.key}`);
  }

  /** Holds a letter until it is due, epoch milliseconds: what will be sent lies beside its draft. Gives its number. @throws Refusal */
  async hold(
    user: User,
    sheet: Sheet,
    recipients: Recipients,
    draft: StoredMessage,
    files: LetterFiles,
    { dueAt, remote }: { readonly dueAt: number; readonly remote: string },
  ): Promise<number> {
    const { store, transport } = this.deps;
    const letter = await this.#letter(user, sheet, recipients, draft, []);
    const { staged } = await this.#receive(composed(this.messages, letter, files, false));
    const posting = this.#posting(user, sheet, recipients, draft);
    try {
      const hold = (tx: Tx) => transport.later.holdWithin(tx, user.id, posting, staged, dueAt, remote).id;
      return await store.commit(hold);
    } catch (error) {
      await store.commit((tx) => store.content.discardUnused(tx, staged));
      throw error;
    }
  }

  /** The letter of that key that waits to leave. */
  held(user: User, key: string): HeldLetter | undefined {
    return this.deps.transport.later.byKey(user.id, key);
  }

  #posting(
    user: User,
    { key, fields, subject }: Sheet,
    { from, to, cc, bcc }: Recipients,
    before: StoredMessage | undefined,
  ): Posting {
    const people = [...to, ...cc, ...bcc];
    const everybody = people.map(formatSpec);
    const reversePath = formatSpec(from);
    return {
      ...{ key, reversePath, recipients: [...new Set(everybody)], subject: fields.subject },
      smtputf8: [reversePath, ...everybody].some((address) =>
        /[^\x20-\x7e]/.test(address.slice(0, address.lastIndexOf("@"))),
      ),
      bcc: addressField("Bcc", bcc),
      to: oneLine(formatAddressList(people), LONGEST_TO),
      people: people.map((person) => ({ address: formatSpec(person), name: oneLine(person.name, 200) })),
      draft: before === undefined ? null : { folder: before.folder, uid: before.uid },
      about: this.#about(user, subject),
    };
  }

  /** What the letter answers or forwards, where its writer may mark it. */
  #about(user: User, subject: Subject | undefined): Posting["about"] {
    if (subject === undefined) return null;
    try {
      this.access.folder(user, subject.folder, "w");
      return subject;
    } catch (error) {
      ifGone(error);
      return null;
    }
  }

  /** Takes a draft away: into the trash, where it can be found again for a while. */
  async discard(user: User, draft: StoredMessage): Promise<void> {
    const { store, mailstore } = this.deps;
    const trash = await store.commit((tx) => mailstore.specialFolder(tx, user.primaryMailbox, "Trash"));
    await mailstore.copy(draft.folder, [draft.uid], trash, { move: true });
  }

  async #letter(
    user: User,
    { key, fields, subject }: Sheet,
    recipients: Recipients,
    before: StoredMessage | undefined,
    extra: Letter["fields"],
  ): Promise<Letter> {
    const about = subject?.kind === "reply" ? await this.subjectMessage(user, subject) : undefined;
    // A draft that another program began knows what it answers by its own fields.
    const stored = before?.envelope;
    const thread = about
      ? referencesFor(about)
      : { inReplyTo: stored?.inReplyTo[0], references: stored?.references ?? [] };
    const { replyTo = "", organisation = "" } =
      this.deps.directory.identities.get(user.id, formatSpec(recipients.from)) ?? {};
    const said = organisation === "" ? [] : [{ key: "Organization", value: organisation }];
    return {
      ...{ ...recipients, replyTo },
      ...{ subject: fields.subject, text: fields.text, messageId: key, date: this.deps.now() },
      html: fields.format === "rich" ? fields.html : undefined,
      fields: [...said, ...wishesOf(fields, recipients.from), ...extra],
      ...{ inReplyTo: thread.inReplyTo, references: thread.references },
    };
  }

  /** The message that a letter is about, as long as it is there. */
  async subjectMessage(user: User, { folder, uid }: Subject): Promise<StoredMessage | undefined> {
    try {
      return await this.messages.open(this.access.folder(user, folder), uid);
    } catch (error) {
      return ifGone(error);
    }
  }

  async #receive(octets: AsyncIterable<Uint8Array>): Promise<Received> {
    const receiving = new Receiving(this.deps.store.content.writer());
    try {
      for await (const chunk of octets) await receiving.write(chunk);
      return await receiving.finish();
    } catch (error) {
      await receiving.abort();
      throw error;
    }
  }

  /** UIDs of the latest drafts, newest first. */
  async #latest(folder: number): Promise<number[]> {
    const view = await this.deps.mailstore.open(folder);
    try {
      return [...view.uids.slice(-MOST_LOOKED_AT)].reverse();
    } finally {
      view.close();
    }
  }

  #remember(user: User, key: string, uid: number): void {
    const name = `${user.id} ${key}`;
    this.#stored.delete(name);
    this.#stored.set(name, uid);
    if (this.#stored.size > MOST_REMEMBERED) this.#stored.delete(this.#stored.keys().next().value ?? "");
  }

  /** What was remembered is gone (another program changed the draft): look once more without it. */
  async #forget(user: User, key: string): Promise<StoredMessage | undefined> {
    this.#stored.delete(`${user.id} ${key}`);
    return await this.find(user, key);
  }
}

/** The key of a draft: its Message-ID. */
function keyOf({ envelope }: StoredMessage): string | undefined {
  const key = envelope.messageId?.replace(/^<|>$/g, "");
  return key !== undefined && KEY.test(key) ? key : undefined;
}

/** How urgent a draft is, by its Importance field, or the older X-Priority. */
function priorityOf({ header }: StoredMessage): Fields["priority"] {
  const importance = header.get("Importance")?.trim().toLowerCase();
  if (importance === "high" || importance === "low") return importance;
  const grade = Number.parseInt(header.get("X-Priority") ?? "", 10);
  return grade < 3 ? "high" : grade > 3 ? "low" : "";
}

/** What the writer wants of the letter's readers, as fields. */
function wishesOf({ priority, receipt }: Fields, from: Address): Letter["fields"] {
  const grade = { high: "1 (Highest)", low: "5 (Lowest)" } as const;
  return [
    ...(priority === "" ? [] : [{ key: "Importance", value: priority }]),
    // Some programs know this field alone.
    ...(priority === "" ? [] : [{ key: "X-Priority", value: grade[priority] }]),
    ...(receipt ? [{ key: RECEIPT_FIELD, value: formatSpec(from) }] : []),
  ];
}

/** Adds to a set of bounded size; the oldest goes. */
function note(set: Set<string>, value: string): void {
  set.add(value);
  if (set.size > MOST_REMEMBERED) set.delete(set.values().next().value ?? "");
}

/** A message or folder that is gone is no fault here. */
function ifGone(error: unknown): undefined {
  if (error instanceof Refusal && (error.kind === "notFound" || error.kind === "notPermitted")) return undefined;
  throw error;
}
