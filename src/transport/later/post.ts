/** Puts a letter that somebody wrote here on its way: one commit accepts it, puts a copy into Sent and takes the draft away. */
import type { Correspondent } from "../../directory/contacts.ts";
import type { User } from "../../directory/user.ts";
import { ANSWERED, SEEN } from "../../mailstore/flags.ts";
import { formatDate } from "../../mime/dates.ts";
import { StructureParser } from "../../mime/parser.ts";
import type { Structure } from "../../mime/structure.ts";
import type { ContentWriter, Staged } from "../../store/content-writer.ts";
import type { Tx } from "../../store/store.ts";
import type { Origin } from "../envelope.ts";
import type { Parts } from "../parts.ts";
import type { Receiver } from "../receiver.ts";

/** A letter that is to go, beside its octets. */
export interface Posting {
  /** Its Message-ID without brackets, by which its draft is known. */
  readonly key: string;
  readonly reversePath: string;
  /** Addresses, each once. */
  readonly recipients: readonly string[];
  readonly smtputf8: boolean;
  /** The Bcc field with its line end, which stands in the sender's own copy alone; "" for none. */
  readonly bcc: string;
  readonly subject: string;
  /** Whom it is to, for people's eyes. */
  readonly to: string;
  /** Whom the sender is remembered to have written to. */
  readonly people: readonly Correspondent[];
  readonly draft: Place | null;
  /** The message that it answers or forwards, where the sender may mark it. */
  readonly about: (Place & { readonly kind: "reply" | "forward" }) | null;
}

interface Place {
  readonly folder: number;
  readonly uid: number;
}

/** What posting needs: `receiver` is the transport's, which knows what one may send. */
export interface PostParts extends Pick<Parts, "directory" | "mailstore" | "store" | "now"> {
  readonly receiver: (envelope: Parameters<Parts["receive"]>[0]) => Receiver;
}

/** Keyword that mail programs set on forwarded messages (RFC 9051 §2.3.2). */
export const FORWARDED = "$Forwarded";

/**
 * Sends a letter. Without Bcc the copy in Sent shares the octets of the message itself; with Bcc it is a content of its own, which alone
 * names them.
 * @param octets without Bcc
 * @param also runs in the same commit, and may refuse it
 * @throws Refusal as `Transport.receiver`
 */
export async function post(
  parts: PostParts,
  user: User,
  posting: Posting,
  octets: AsyncIterable<Uint8Array>,
  origin: Origin,
  also?: (tx: Tx) => void,
): Promise<void> {
  const { directory, mailstore, now } = parts;
  const receiver = parts.receiver({
    reversePath: posting.reversePath,
    recipients: posting.recipients.map((address) => ({ address })),
    smtputf8: posting.smtputf8,
    body: "8BITMIME",
    origin,
  });
  const own = posting.bcc === "" ? undefined : new Receiving(parts.store.content.writer());
  let copyOfOwn: Received | undefined;
  try {
    await own?.write(Buffer.from(posting.bcc, "latin1"));
    for await (const chunk of octets) {
      await own?.write(chunk);
      await receiver.write(chunk);
    }
    copyOfOwn = await own?.finish();
  } catch (error) {
    await Promise.all([receiver.abort(), own?.abort()]);
    throw error;
  }
  await receiver.finish((tx, copy) => {
    also?.(tx);
    const { staged, structure } = copyOfOwn ?? copy();
    const folder = mailstore.specialFolder(tx, user.primaryMailbox, "Sent");
    mailstore.append(tx, { folder, content: staged, structure, internalDate: now(), flags: { system: SEEN } });
    if (posting.draft !== null) mailstore.expungeWithin(tx, posting.draft.folder, [posting.draft.uid]);
    directory.contacts.rememberWithin(tx, user.id, posting.people, now());
  });
  await mark(parts, posting);
}

/** The message that was answered shows it. It may have been moved meanwhile; then nothing is said about it. */
async function mark({ mailstore }: PostParts, { about }: Posting): Promise<void> {
  if (about === null || mailstore.contentOf(about.folder, about.uid) === undefined) return;
  const flags = about.kind === "reply" ? { system: ANSWERED } : { system: 0, keywords: [FORWARDED] };
  await mailstore.setFlags(about.folder, [about.uid], { mode: "add", flags });
}

/** Octets of a header in which the date is looked for. */
const HEADER_OCTETS = 65_536;

/** A message as it is, but for its Date, which says when it leaves (RFC 5322 §3.6.1: when it is ready to be transported). */
export async function* dated(octets: AsyncIterable<Uint8Array>, at: number): AsyncGenerator<Uint8Array> {
  let head = Buffer.alloc(0);
  let whole = false;
  for await (const chunk of octets) {
    if (whole) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    whole = head.includes("\r\n\r\n") || head.length > HEADER_OCTETS;
    if (whole) yield redated(head, at);
  }
  if (!whole) yield redated(head, at);
}

function redated(head: Buffer, at: number): Buffer {
  const end = head.indexOf("\r\n\r\n");
  const lines = head.subarray(0, end < 0 ? head.length : end + 2).toString("latin1");
  const date = /(^|\r\n)Date: [^\r\n]*\r\n/i;
  if (!date.test(lines)) return head;
  const changed = lines.replace(date, (_, before: string) => `${before}Date: ${formatDate(at)}\r\n`);
  return Buffer.concat([Buffer.from(changed, "latin1"), head.subarray(lines.length)]);
}

/** A message that was received whole. */
export interface Received {
  readonly staged: Staged;
  readonly structure: Structure;
}

/** Takes octets into the content store, and learns their structure in passing. */
export class Receiving {
  readonly #parser = new StructureParser();

  constructor(private readonly writer: ContentWriter) {}

  async write(bytes: Uint8Array): Promise<void> {
    this.#parser.write(bytes);
    await this.writer.write(bytes);
  }

  async finish(): Promise<Received> {
    return { structure: this.#parser.end(), staged: await this.writer.finish() };
  }

  async abort(): Promise<void> {
    await this.writer.abort();
  }
}
