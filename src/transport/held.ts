/** Mail that is held instead of delivered: what of a message's plan is held, and on its way again when it is released. */
import type { Hold, Judgement } from "../filter/judgement.ts";
import type { Held, NewHeld, Quarantine } from "../filter/quarantine/quarantine.ts";
import { type Address, flatten } from "../mime/addresses.ts";
import { envelopeOf } from "../mime/envelope.ts";
import type { Structure } from "../mime/structure.ts";
import type { Staged } from "../store/content-writer.ts";
import type { Store, Tx } from "../store/store.ts";
import type { Accepted, Envelope, EnvelopeRecipient, Notify, Origin } from "./envelope.ts";
import type { Parts } from "./parts.ts";
import type { Delivery, Plan, RemoteRecipient } from "./placement.ts";

/** Characters of the author and the subject that are kept for lists. */
const LONGEST_TEXT = 300;
/** Characters of what was found that are kept; a message has some dozens of findings. */
const MOST_FINDINGS = 200;

/** What becomes of a plan of which something is held: what goes on, and for whom it is held. */
export interface Parted {
  readonly plan: Plan;
  readonly held: readonly { readonly mailbox: number; readonly recipient: EnvelopeRecipient }[];
}

/** Takes what is held out of a plan. */
export function part(plan: Plan, { mailboxes, elsewhere }: Hold): Parted {
  const outside = ({ recipient }: RemoteRecipient) => ({ mailbox: 0, recipient });
  if (mailboxes === undefined) {
    return {
      plan: { ...plan, deliveries: [], local: [], remote: [] },
      held: [...plan.deliveries, ...plan.remote.map(outside)],
    };
  }
  const here = plan.deliveries.filter(({ mailbox }) => mailboxes.has(mailbox));
  const there = plan.remote.filter(({ recipient }) => elsewhere?.has(recipient.address));
  const taken = new Set<Delivery | RemoteRecipient>([...here, ...there]);
  const deliveries = plan.deliveries.filter((one) => !taken.has(one));
  const remote = plan.remote.filter((one) => !taken.has(one));
  const gone = new Set(here.map((one) => one.recipient));
  for (const { recipient } of deliveries) gone.delete(recipient);
  const local = plan.local.filter((one) => !gone.has(one));
  return { plan: { ...plan, deliveries, local, remote }, held: [...here, ...there.map(outside)] };
}

/** A message of which something is held. */
export interface Holding {
  readonly hold: Hold;
  readonly held: Parted["held"];
  readonly judgement: Judgement | undefined;
  readonly envelope: Envelope;
  readonly structure: Structure;
  readonly staged: Staged;
  /** Octets of its Return-Path. */
  readonly skip: number;
}

/** Puts it into the quarantine, in the commit that accepts it. */
export function holdWithin(tx: Tx, store: Store, quarantine: Quarantine, holding: Holding): number | undefined {
  const { hold, held, judgement, envelope, structure, staged, skip } = holding;
  if (hold.discards === true || held.length === 0) return undefined;
  const { from, subject } = envelopeOf(structure.root);
  const [author] = flatten(from);
  return quarantine.holdWithin(tx, {
    ...{ trace: envelope.origin.trace, content: store.content.adopt(tx, staged), skip, size: staged.size - skip },
    ...{ reason: hold.reason, sentence: hold.sentence },
    sender: (author === undefined ? envelope.reversePath : shown(author)).slice(0, LONGEST_TEXT),
    subject: subject.slice(0, LONGEST_TEXT),
    findings: (judgement?.findings ?? []).slice(0, MOST_FINDINGS),
    envelope: kept(envelope),
    recipients: held.map(({ mailbox, recipient: { address, notify, orcpt } }) => ({
      ...{ mailbox, address, notify: (notify ?? []).join(","), orcpt: orcpt ?? null },
    })),
  });
}

/** Says in the log what was held, after the commit. */
export function tellOfHolding({ events }: Store, { hold, held, envelope }: Holding, id: number | undefined): void {
  const { trace, session } = envelope.origin;
  const to = held.slice(0, 20).map(({ recipient }) => recipient.address);
  const text =
    id === undefined ? `It is thrown away: ${hold.sentence}` : `It is held for ${to.join(", ")}: ${hold.sentence}`;
  const name = id === undefined ? "message.discarded" : "message.held";
  events.log({ room: "transport", name, trace, session, text, data: { id, reason: hold.reason, to } });
}

/**
 * Sends a message on its way again, to some of those for whom it is held: as it would have come, with their forwarding and scripts, but past
 * the filter. They are let go of in the commit that accepts it.
 * @throws Refusal "notFound" where somebody was quicker, "overQuota" where nobody has room, "unknownRecipient"
 */
export async function release(
  parts: Parts,
  quarantine: Quarantine,
  { id, trace, content, skip, envelope, recipients }: Held,
  who: string,
): Promise<Accepted> {
  const { store, directory } = parts;
  const { userId, ...known } = envelope as unknown as KeptEnvelope;
  const user = userId === undefined ? undefined : directory.users.byId(userId);
  const receiver = parts.receive({
    ...known,
    origin: { ...known.origin, ...(user && { user }), released: true },
    recipients: recipients.map(({ mailbox, address, notify, orcpt }) => ({
      address,
      ...(mailbox !== 0 && { mailbox }),
      ...(notify !== "" && { notify: notify.split(",") as Notify[] }),
      ...(orcpt !== null && { orcpt }),
    })),
  });
  try {
    for await (const chunk of store.content.stream(content, skip)) await receiver.write(chunk);
  } catch (error) {
    await receiver.abort();
    throw error;
  }
  const taken = recipients.map((one) => one.id);
  const accepted = await receiver.finish((tx) => quarantine.takeWithin(tx, id, taken));
  const to = recipients.slice(0, 20).map((one) => one.address);
  const text = `${who} released it to ${to.join(", ")}.`;
  store.events.log({ room: "transport", name: "message.released", trace, text, data: { id, to } });
  return accepted;
}

/** An envelope as the quarantine keeps it: without its recipients, and whoever sent it by his number. */
interface KeptEnvelope extends Omit<Envelope, "recipients"> {
  readonly userId?: number;
  readonly origin: Omit<Origin, "user">;
}

function kept({ recipients: _, origin: { user, ...origin }, ...envelope }: Envelope): NewHeld["envelope"] {
  return { ...envelope, origin, ...(user && { userId: user.id }) };
}

function shown({ name, local, domain }: Address): string {
  const address = domain === "" ? local : `${local}@${domain}`;
  return name === "" ? address : `${name} <${address}>`;
}
