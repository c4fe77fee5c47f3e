/** Where each recipient of a message goes: into a mailbox here, into the queue, or back. Called for RCPT and again when the message is in. */
import { isIP } from "node:net";
import type { Directory } from "../directory/directory.ts";
import { Refusal } from "../refusal.ts";
import type { Envelope, EnvelopeRecipient, Origin, Recipient } from "./envelope.ts";
import { type Route, type RouteSettings, routeTo } from "./route.ts";

/** A recipient that cannot be reached, with what is said about it. */
export interface Returned {
  readonly recipient: EnvelopeRecipient;
  readonly status: string;
  readonly sentence: string;
}

/** A message for a mailbox here, and the recipient that leads to it. */
export interface Delivery {
  readonly mailbox: number;
  readonly recipient: EnvelopeRecipient;
}

/** A recipient elsewhere, and the way there. */
export interface RemoteRecipient {
  readonly recipient: EnvelopeRecipient;
  readonly domain: string;
  readonly route: Route;
}

/** The recipients of one message, sorted by where they go; what mailboxes forward is not looked at yet. */
export interface Plan {
  /** Each mailbox once: whoever is addressed twice gets one copy. */
  readonly deliveries: readonly Delivery[];
  readonly local: readonly EnvelopeRecipient[];
  readonly remote: readonly RemoteRecipient[];
  readonly returned: readonly Returned[];
}

/** Says whether an address is one of this machine's own. */
export type IsOwnAddress = (address: string) => boolean;

/**
 * Whether mail from this origin may go to this address.
 * @throws Refusal unknownRecipient (550 5.1.1), relayDenied (550 5.7.1)
 */
export function checkRecipient(
  address: string,
  origin: Pick<Origin, "kind" | "user" | "trusted">,
  directory: Directory,
  isOwnAddress: IsOwnAddress,
): Recipient {
  const found = directory.resolve(address);
  if (found.kind === "local") return { kind: "local", address, mailboxes: found.mailboxes };
  if (found.kind === "unknown") {
    if (found.policy === "bounce") return { kind: "returned", address };
    throw new Refusal("unknownRecipient", `There is no mailbox ${address} here.`);
  }
  const literal = /^\[(?:IPv6:)?(.*)\]$/i.exec(found.domain)?.[1];
  if (literal !== undefined) {
    if (isIP(literal) === 0) throw new Refusal("unknownRecipient", `${found.domain} is not an address.`);
    const domain = directory.domains.primary();
    // RFC 5321 §4.1.3: mail to this host's own address is mail to this host.
    if (isOwnAddress(literal) && domain !== undefined) {
      const local = address.slice(0, address.lastIndexOf("@"));
      return checkRecipient(`${local}@${domain.name}`, origin, directory, isOwnAddress);
    }
  }
  checkRelay(origin, directory);
  return { kind: "remote", address, domain: found.domain };
}

/** Only this server, people with the permission, and trusted networks send to other servers. */
function checkRelay(origin: Pick<Origin, "kind" | "user" | "trusted">, directory: Directory): void {
  if (origin.kind === "system") return;
  if (origin.user !== undefined) {
    if (directory.permits(origin.user, "smtp.relay")) return;
    throw new Refusal("relayDenied", "You may not send mail beyond this server.");
  }
  if (origin.trusted === true) return;
  throw new Refusal("relayDenied", "This server does not pass on mail for you; log in first.");
}

/**
 * Sorts the recipients of an envelope. They are judged once more: whatever a service forgot, nothing is relayed that may not be.
 * @throws Refusal as `checkRecipient`, but what this server itself writes comes back as `returned`.
 */
export function planOf(
  envelope: Envelope,
  directory: Directory,
  settings: RouteSettings,
  isOwnAddress: IsOwnAddress,
): Plan {
  const deliveries = new Map<number, Delivery>();
  const local: EnvelopeRecipient[] = [];
  const remote: RemoteRecipient[] = [];
  const returned: Returned[] = [];
  const deliver = (recipient: EnvelopeRecipient, mailboxes: readonly number[]) => {
    local.push(recipient);
    for (const mailbox of mailboxes) if (!deliveries.has(mailbox)) deliveries.set(mailbox, { mailbox, recipient });
  };
  for (const recipient of envelope.recipients) {
    if (recipient.mailbox !== undefined && envelope.origin.kind === "system") {
      deliver(recipient, [recipient.mailbox]);
      continue;
    }
    const found = judge(recipient.address, envelope.origin, directory, isOwnAddress);
    if (found instanceof Refusal) {
      returned.push({ recipient, status: found.smtp?.enhanced ?? "5.1.1", sentence: found.sentence });
    } else if (found.kind === "local") {
      deliver(recipient, found.mailboxes);
    } else if (found.kind === "remote") {
      remote.push({ recipient, domain: found.domain, route: routeTo(found.domain, settings) });
    } else {
      returned.push({ recipient, status: "5.1.1", sentence: `There is no mailbox ${recipient.address} here.` });
    }
  }
  return { deliveries: [...deliveries.values()], local, remote, returned };
}

/** The same as `checkRecipient`, but what this server itself writes, or its mailboxes forward, gets the refusal as a value. */
export function judge(
  address: string,
  origin: Pick<Origin, "kind" | "user" | "trusted">,
  directory: Directory,
  isOwnAddress: IsOwnAddress,
): Recipient | Refusal {
  try {
    return checkRecipient(address, origin, directory, isOwnAddress);
  } catch (error) {
    if (error instanceof Refusal && origin.kind === "system") return error;
    throw error;
  }
}
