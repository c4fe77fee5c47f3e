/** The copies of a message that wait in the queue: for other servers, or for a mailbox that is full. */
import type { Staged } from "../store/content-writer.ts";
import type { Tx } from "../store/store.ts";
import type { Kept, Sending } from "./forwarding.ts";
import type { Parts } from "./parts.ts";
import type { RemoteRecipient } from "./placement.ts";
import type { NewRecipient } from "./queue/rows.ts";
import { type Home, mailboxKey } from "./route.ts";
import { transportSettings } from "./settings.ts";
import { stagedOf, type Whole } from "./whole.ts";

/** A copy for a mailbox that is full now, with its octets. */
type Waiting = Kept & Home & { readonly staged: Staged; readonly skip: number | undefined };

/** Puts a copy into the queue: for other servers, or for a mailbox that is full. */
export function enqueueWithin(parts: Parts, tx: Tx, whole: Whole, staged: Staged, copy: Sending | Waiting): number {
  const { store, queue, now } = parts;
  const { envelope } = whole;
  const createdAt = now();
  const sending = "recipients" in copy ? copy : undefined;
  const trail = sending?.prefix ?? "";
  const skip = (sending === undefined ? (copy as Waiting).skip : sending.changed?.skip) ?? whole.skip;
  const prefix = trail + (sending === undefined ? "" : signaturesOf(whole, sending));
  const recipients = sending === undefined ? [waitingRecipient(copy as Waiting)] : sending.recipients.map(newRecipient);
  const reversePath = sending?.reversePath ?? copy.sender;
  const forwarded = trail !== "" || copy.sender !== envelope.reversePath;
  const addresses = [reversePath, ...recipients.map((one) => one.address)].join("");
  const message = {
    trace: envelope.origin.trace,
    content: store.content.adopt(tx, staged),
    skip,
    prefix,
    mailbox: sending?.mailbox ?? null,
    size: staged.size - skip + Buffer.byteLength(prefix),
    reversePath,
    ret: (sending === undefined ? envelope.ret : sending.ret) ?? null,
    envid: (sending === undefined ? envelope.envid : sending.envid) ?? null,
    smtputf8: envelope.smtputf8 === true || (forwarded && /[^\x00-\x7f]/.test(addresses)),
    body: envelope.body ?? "7BIT",
    requireTls: envelope.requireTls ?? false,
    tlsOptional: envelope.tlsOptional ?? false,
    userId: forwarded ? null : (envelope.origin.user?.id ?? null),
    helo: envelope.origin.helo ?? null,
    untold: whole.telling !== "all" && copy.sender === envelope.reversePath,
    createdAt,
    expiresAt: createdAt + store.settings.get(transportSettings).expireHours * 3_600_000,
  } as const;
  return queue.rows.insert(tx, message, recipients);
}

/** A copy that a script changed is not what was signed. */
function signaturesOf({ signatures }: Whole, { changed }: Sending): string {
  return changed === undefined ? signatures : "";
}

function newRecipient({ recipient, domain, route }: RemoteRecipient): NewRecipient {
  const { address, notify, orcpt } = recipient;
  return { address, domain, destination: route.key, notify: (notify ?? []).join(","), orcpt: orcpt ?? null };
}

/**
 * What waits for a full mailbox: a copy for each form that its scripts gave the message, with the places where they want it. The first
 * speaks for all where its sender is told.
 */
export function waitingCopies(whole: Whole, kept: Kept): Waiting[] {
  const junk = whole.junk.has(kept.mailbox);
  const { placings } = kept;
  if (placings === undefined) return [{ ...kept, junk, staged: whole.staged, skip: undefined }];
  const { recipient } = kept;
  return [...new Set(placings.map((placing) => placing.changed))].map((changed, at) => ({
    ...{ ...kept, junk, staged: stagedOf(whole, changed), skip: changed?.skip },
    recipient: at === 0 ? recipient : { ...recipient, notify: ["NEVER"] as const },
    placings: placings.filter((placing) => placing.changed === changed),
  }));
}

/** A recipient here whose mailbox is full. */
function waitingRecipient({ mailbox, recipient: { address, notify, orcpt }, junk, placings }: Waiting): NewRecipient {
  const domain = address.slice(address.lastIndexOf("@") + 1);
  const destination = mailboxKey({ mailbox, junk });
  return {
    ...{ address, domain, destination, notify: (notify ?? []).join(","), orcpt: orcpt ?? null },
    placings: placings?.map(({ filing, flags }) => ({ filing, flags })) ?? null,
  };
}
