/**
 * Copies of mail for the record, in the commit that accepts it: the message as it is, with fields in front of it that say what its envelope
 * said, hidden recipients too. Fields and no wrapper around it, so that the copy opens, is searched and checked (its signatures hold)
 * as any message. A copy goes to its mailbox or address and nowhere else: no forwarding, script or automatic reply has a
 * part in it, and a full mailbox takes it all the same. One that comes back is known by its seal and not copied again.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Structure } from "../../mime/structure.ts";
import { structuredField, textField } from "../../mime/write.ts";
import { newTrace } from "../../store/events.ts";
import type { Envelope } from "../envelope.ts";
import type { Parts } from "../parts.ts";
import type { Plan } from "../placement.ts";
import type { Sealed } from "../sealed.ts";
import { directionOf } from "./barred.ts";

/** As much of a journal as decides about a message. */
export interface Journal {
  readonly id: number;
  readonly direction: "in" | "out" | "both";
  readonly about: string;
  readonly mailbox: number | null;
  readonly address: string;
  readonly secret: string;
}

/** A message that is about to be stored. */
export interface Journalled {
  readonly envelope: Envelope;
  /** As it was before rules changed it. */
  readonly plan: Plan;
  readonly structure: Structure;
  octets(): AsyncIterable<Uint8Array>;
}

/** Recipients in one field. */
const IN_ONE_FIELD = 50;
const MARK = "X-Journal-Id";

/** The copies for all journals that the message belongs to. */
export async function copiesFor(parts: Parts, journals: readonly Journal[], message: Journalled): Promise<Sealed[]> {
  if (isCopy(journals, message.structure)) return [];
  const direction = directionOf(message.envelope.origin);
  const copies: Sealed[] = [];
  try {
    for (const journal of journals) {
      if (journal.direction !== "both" && journal.direction !== direction) continue;
      if (!isAbout(parts, journal, message) || !isThere(parts, journal, message)) continue;
      copies.push(counted(parts, journal, message, await copyFor(parts, journal, message)));
    }
    return copies;
  } catch (error) {
    for (const copy of copies) await copy.discard();
    throw error;
  }
}

/** Whether one of our own copies came back. */
function isCopy(journals: readonly Journal[], { root }: Structure): boolean {
  const marks = root.header?.getAll(MARK).slice(0, 10) ?? [];
  return marks.some((mark) => {
    const [trace = "", seal = ""] = mark.trim().split(".");
    const given = Buffer.from(seal);
    return journals.some(({ secret }) => {
      const right = Buffer.from(sealOf(secret, trace));
      return given.length === right.length && timingSafeEqual(given, right);
    });
  });
}

function sealOf(secret: string, trace: string): string {
  return createHmac("sha256", secret).update(trace).digest("hex").slice(0, 32);
}

/** Whether somebody of this domain, or this address's mailbox, sends it or gets it. */
function isAbout({ directory }: Parts, { about }: Journal, { envelope, plan }: Journalled): boolean {
  if (about === "") return true;
  const { reversePath, recipients, origin } = envelope;
  if (!about.includes("@")) {
    const addresses = [reversePath, ...recipients.map(({ address }) => address)];
    return addresses.some((address) => {
      const found = directory.domains.byName(address.slice(address.lastIndexOf("@") + 1));
      return found !== undefined && found.name === directory.domains.byName(about)?.name;
    });
  }
  const found = directory.resolve(about);
  if (found.kind !== "local") return false;
  const isTheirs = (mailbox: number) => found.mailboxes.includes(mailbox);
  const owned =
    origin.user === undefined ? [] : directory.mailboxes.list({ owner: origin.user.id }).map(({ id }) => id);
  return plan.deliveries.some(({ mailbox }) => isTheirs(mailbox)) || owned.some(isTheirs);
}

/** A journal whose mailbox was removed gets nothing; mail is taken all the same, and the log says what is missing. */
function isThere({ directory, store }: Parts, { id, mailbox }: Journal, { envelope }: Journalled): boolean {
  if (mailbox === null || directory.mailboxes.has(mailbox)) return true;
  const text = "The journal gets no copy: its mailbox is gone. Give it another one, or end it.";
  const { trace, session } = envelope.origin;
  store.events.log({
    room: "transport",
    name: "journal.failed",
    level: "error",
    trace,
    session,
    text,
    data: { journal: id },
  });
  return false;
}

async function copyFor(parts: Parts, { mailbox, address, secret }: Journal, message: Journalled): Promise<Sealed> {
  const { envelope } = message;
  const { trace, session } = envelope.origin;
  const to = mailbox === null ? address : (parts.directory.aliases.list({ mailboxId: mailbox })[0]?.address ?? "");
  const receiver = parts.receive({
    reversePath: "",
    recipients: [
      { address: to || `journal@${parts.hostname()}`, notify: ["NEVER"], ...(mailbox !== null && { mailbox }) },
    ],
    ...(envelope.body && { body: envelope.body }),
    smtputf8: envelope.smtputf8 === true,
    asIs: true,
    origin: { kind: "system", session, trace: newTrace() },
  });
  try {
    await receiver.write(Buffer.from(fieldsOf(envelope, `${trace}.${sealOf(secret, trace)}`), "latin1"));
    for await (const chunk of message.octets()) await receiver.write(chunk);
  } catch (error) {
    await receiver.abort();
    throw error;
  }
  return await receiver.seal();
}

/** What the envelope said. */
function fieldsOf({ reversePath, recipients, origin }: Envelope, id: string): string {
  const addresses = recipients.map(({ address }) => address);
  const lists = Array.from({ length: Math.ceil(addresses.length / IN_ONE_FIELD) }, (_, at) =>
    addresses.slice(at * IN_ONE_FIELD, (at + 1) * IN_ONE_FIELD).join(", "),
  );
  return [
    structuredField(MARK, id),
    textField("X-Journal-Direction", directionOf(origin)),
    textField("X-Journal-Sender", `<${reversePath}>`),
    ...lists.map((list) => textField("X-Journal-Recipients", list)),
    ...(origin.user === undefined ? [] : [textField("X-Journal-User", origin.user.login)]),
    ...(origin.remote === undefined ? [] : [textField("X-Journal-Client", origin.remote)]),
  ].join("");
}

/** The same copy, which counts and says that it was made. */
function counted({ store }: Parts, { id, address }: Journal, { envelope }: Journalled, sealed: Sealed): Sealed {
  const { trace } = envelope.origin;
  return {
    ...sealed,
    place: (tx) => {
      const accepted = sealed.place(tx);
      tx.client.query("UPDATE journals SET copies = copies + 1 WHERE id = ?").run(id);
      return accepted;
    },
    report: (accepted) => {
      sealed.report(accepted);
      const text = `A copy went into the journal${address === "" ? "" : ` at ${address}`}.`;
      store.events.log({
        room: "transport",
        name: "message.journalled",
        trace,
        text,
        data: { journal: id },
      });
    },
  };
}
