/** Where each recipient of a message goes: into a mailbox here, into the queue, or back. Called for RCPT and again when the message is in. */
import { isIP } from "node:net";
import { normaliseDomain } from "../directory/address.ts";
import type { Directory } from "../directory/directory.ts";
import type { ReportKind } from "../directory/resolve.ts";
import { Refusal } from "../refusal.ts";
import { type Envelope, type EnvelopeRecipient, isOwn, type Origin, type Recipient } from "./envelope.ts";
import type { Parts } from "./parts.ts";
import type { Route } from "./route.ts";
import type { Departure } from "./routes/routes.ts";
import { isVague, type Led } from "./whereabouts.ts";

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
  /** The domain here that sends it back to who sent it first. */
  readonly through?: string | undefined;
}

/** An address for reports. */
export interface ReportRecipient {
  readonly address: string;
  readonly kind: ReportKind;
}

/** The recipients of one message, sorted by where they go; what mailboxes forward is not looked at yet. */
export interface Plan {
  /** Each mailbox once: whoever is addressed twice gets one copy. */
  readonly deliveries: readonly Delivery[];
  readonly local: readonly EnvelopeRecipient[];
  /** Addresses for reports, which the server itself reads. */
  readonly reports: readonly ReportRecipient[];
  readonly remote: readonly RemoteRecipient[];
  readonly returned: readonly Returned[];
  /** Addresses that stand for others: return paths of ours, and what a directory elsewhere leads on. */
  readonly ledOn: readonly LedOn[];
}

/** An address that stands for another. */
export interface LedOn {
  readonly from: string;
  readonly to: string;
}

/** Says whether an address is one of this machine's own. */
export type IsOwnAddress = (address: string) => boolean;

/** What is asked about every recipient. */
export type Bearings = Pick<Parts, "directory" | "hostname" | "isOwnAddress" | "returnPaths" | "whereabouts">;
/** The same, and the ways out. */
export type Charts = Bearings & Pick<Parts, "routes">;

/** Who sends, as far as it decides where mail may go. */
export interface Sender extends Pick<Origin, "kind" | "user" | "trusted"> {
  /** "" where the message is a report; not known for addresses that are only looked at. */
  readonly reversePath?: string | undefined;
}

/** This server itself may write to everybody. */
const HOUSE: Sender = { kind: "system" };

/**
 * Whether mail from this sender may go to this address.
 * @throws Refusal unknownRecipient (550 5.1.1), relayDenied (550 5.7.1); for return paths of this server that are forged or over, and
 *   reports about what an address did not send, 550 5.7.1
 */
export function checkRecipient(address: string, sender: Sender, bearings: Bearings): Recipient {
  const { directory, isOwnAddress, returnPaths } = bearings;
  const returning = returnPaths.find(address);
  if (returning?.kind === "elsewhere") return sentBack(address, returning.address, bearings);
  const plain = returning?.address ?? address;
  const found = directory.resolve(plain);
  const led = isVague(found) ? bearings.whereabouts.of(plain) : undefined;
  if (led !== undefined) return ledTo(plain, led, bearings);
  if (found.kind === "local") {
    const { mailboxes, reports } = found;
    if (!isOwn(sender) && sender.reversePath === "" && reports === undefined)
      returnPaths.checkReport(returning, found.address);
    return { kind: "local", address: plain, mailboxes, ...(reports !== undefined && { reports }) };
  }
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
      return checkRecipient(`${local}@${domain.name}`, sender, bearings);
    }
  }
  if (found.relayed !== true) checkRelay(sender, directory);
  return { kind: "remote", address, domain: found.domain };
}

/** Where a directory elsewhere sends the mail of an address here (draft-lachman-laser-ldap-mail-routing §4). */
function ledTo(address: string, { address: other = address, host }: Led, bearings: Bearings): Recipient {
  const { directory, hostname } = bearings;
  const name = host?.replace(/:\d+$/, "").toLowerCase();
  const through = address.slice(address.lastIndexOf("@") + 1).toLowerCase();
  if (host !== undefined && name !== hostname().toLowerCase()) {
    const said = other.slice(other.lastIndexOf("@") + 1);
    const further = other === address ? {} : { through };
    return { kind: "remote", address: other, domain: normaliseDomain(said) ?? said.toLowerCase(), host, ...further };
  }
  // What it says is followed once: two entries that name each other lead nowhere.
  const found = directory.resolve(other);
  if (found.kind === "local") return { kind: "local", address: other, mailboxes: found.mailboxes };
  if (found.kind === "remote") return { kind: "remote", address: other, domain: found.domain, through };
  throw new Refusal("unknownRecipient", `Mail for ${address} goes to ${other}, but nobody has this address.`);
}

/** Where a report goes that came to a return path of ours: to who sent what was sent on. */
function sentBack(address: string, original: string, bearings: Bearings): Recipient {
  const domain = original.slice(original.lastIndexOf("@") + 1);
  const name = normaliseDomain(domain) ?? domain.toLowerCase();
  if (bearings.directory.domains.byName(name) !== undefined) return checkRecipient(original, HOUSE, bearings);
  const through = address.slice(address.lastIndexOf("@") + 1).toLowerCase();
  return { kind: "remote", address: original, domain: name, through };
}

/** Only this server, people with the permission, and trusted networks send to other servers. */
function checkRelay(origin: Sender, directory: Directory): void {
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
export function planOf(envelope: Envelope, charts: Charts): Plan {
  const deliveries = new Map<number, Delivery>();
  const local: EnvelopeRecipient[] = [];
  const reports: ReportRecipient[] = [];
  const remote: RemoteRecipient[] = [];
  const returned: Returned[] = [];
  const ledOn: LedOn[] = [];
  const deliver = (recipient: EnvelopeRecipient, mailboxes: readonly number[]) => {
    local.push(recipient);
    for (const mailbox of mailboxes) if (!deliveries.has(mailbox)) deliveries.set(mailbox, { mailbox, recipient });
  };
  const { origin, reversePath } = envelope;
  const user = origin.user?.id;
  for (const recipient of envelope.recipients) {
    if (recipient.mailbox !== undefined && namesMailboxes(origin)) {
      deliver(recipient, [recipient.mailbox]);
      continue;
    }
    const found = judge(recipient.address, { ...origin, reversePath }, charts);
    if (!(found instanceof Refusal) && found.address !== recipient.address) {
      ledOn.push({ from: recipient.address, to: found.address });
    }
    if (found instanceof Refusal) {
      returned.push({ recipient, status: found.smtp?.enhanced ?? "5.1.1", sentence: found.sentence });
    } else if (found.kind === "local") {
      deliver(named(recipient, found.address), found.mailboxes);
      if (found.reports !== undefined) reports.push({ address: recipient.address, kind: found.reports });
    } else if (found.kind === "remote") {
      const { domain, through } = found;
      const route = wayTo(charts, found, { sender: reversePath, user });
      remote.push({ recipient: named(recipient, found.address), domain, route, through });
    } else {
      returned.push({ recipient, status: "5.1.1", sentence: `There is no mailbox ${recipient.address} here.` });
    }
  }
  return { deliveries: [...deliveries.values()], local, reports, remote, returned, ledOn };
}

/** The way to a recipient elsewhere. */
export function wayTo(
  { routes }: Pick<Charts, "routes">,
  { domain, host }: Extract<Recipient, { kind: "remote" }>,
  departure: Omit<Departure, "domain">,
): Route {
  return host === undefined ? routes.for({ ...departure, domain }) : routes.toHost(host);
}

/** A recipient by the address that a tag hides. */
function named(recipient: EnvelopeRecipient, address: string): EnvelopeRecipient {
  return recipient.address === address ? recipient : { ...recipient, address };
}

/** Only this server itself says which mailbox it means. */
function namesMailboxes({ kind, released }: Origin): boolean {
  return kind === "system" || kind === "collection" || released === true;
}

/** The same as `checkRecipient`, but what this server itself writes, or its mailboxes forward, gets the refusal as a value. */
export function judge(address: string, sender: Sender, bearings: Bearings): Recipient | Refusal {
  try {
    return checkRecipient(address, sender, bearings);
  } catch (error) {
    if (error instanceof Refusal && sender.kind === "system") return error;
    throw error;
  }
}
