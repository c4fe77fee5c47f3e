/**
 * Where the mail of mailboxes goes that forward it, or whose scripts redirect it: a message's deliveries spread over the forwarding and
 * then the scripts of each mailbox they reach, until every copy has its place. Each mailbox is visited once and each address elsewhere gets one copy, so that no ring of mailboxes
 * can multiply a message; what would go round without ever arriving stays in the first mailbox of the ring.
 *
 * RFC 5321 §3.9.1 (aliases), §6.3 (loops), RFC 9228 (Delivered-To: the mark by which a message that comes back is known again),
 * RFC 3461 §5.2.7 (which status reports a forwarding owes, and to whom).
 */
import type { Mailbox } from "../directory/mailbox.ts";
import type { Structure } from "../mime/structure.ts";
import { type Envelope, type EnvelopeRecipient, isOwn, type Notify } from "./envelope.ts";
import type { Parts } from "./parts.ts";
import { judge, type Plan, type RemoteRecipient, type Sender, wayTo } from "./placement.ts";
import { countHops } from "./received.ts";
import type { ReportedRecipient } from "./report.ts";
import { printable } from "./send/reply.ts";
import type { Changed, Placing, Sorted } from "./sorting/sorted.ts";
import type { Sort } from "./sorting/sorting.ts";

/** A copy for a mailbox here. */
export interface Kept {
  readonly mailbox: number;
  /** The recipient of the envelope through whom it came here. */
  readonly recipient: EnvelopeRecipient;
  /** Who hears if it cannot be put there. */
  readonly sender: string;
  /** The envelope names an address of this mailbox; otherwise another mailbox forwards to it. */
  readonly direct: boolean;
  /** Where its scripts want copies; undefined where none ran, or it stays though they wanted it elsewhere. */
  readonly placings?: readonly Placing[] | undefined;
}

/** A copy for other servers, with an envelope of its own. */
export interface Sending {
  /** As it leaves: perhaps with a tag. */
  readonly reversePath: string;
  /** Who hears what becomes of it. */
  readonly sender: string;
  readonly ret: Envelope["ret"];
  readonly envid: string | undefined;
  readonly recipients: readonly RemoteRecipient[];
  /** Trace fields in front of this copy. */
  readonly prefix: string;
  /** The mailbox that sends it on without keeping it: there it goes if it fails and nobody else can be told. */
  readonly mailbox: number | null;
  /** The message as a script changed it; undefined: as it came. */
  readonly changed?: Changed | undefined;
}

/** Addresses that a mailbox forwards to and that do not exist, with the one who is told. */
export interface Undone {
  readonly reversePath: string;
  readonly notify: readonly Notify[] | undefined;
  readonly recipients: readonly ReportedRecipient[];
}

/** Everything a message leads to. */
export interface Spread {
  readonly kept: readonly Kept[];
  readonly sendings: readonly Sending[];
  readonly undone: readonly Undone[];
  /** The mailboxes that the message reached, whether they keep it or not. */
  readonly reached: readonly number[];
  /** What may be told to a sender who wants to hear of success; nothing where the next server will tell him. */
  readonly success: (recipient: EnvelopeRecipient) => "delivered" | "expanded" | undefined;
  /** What scripts made of it, for each mailbox where some ran. */
  readonly sorted: readonly Sorted[];
}

/** Everybody may send to whom a mailbox forwards: its owner asked for it. */
const OWNER: Sender = { kind: "system" };
/** Characters, as in the receiver. */
const LONGEST_ADDRESS = 1_000;
/** Marks looked at in one header. */
const MOST_MARKS = 100;

/** One mailbox on the way of a message. */
interface Stop {
  readonly mailbox: number;
  readonly recipient: EnvelopeRecipient;
  /** The return path with which the message came here. */
  readonly sender: string;
  /** Some mailbox before this one put another sender in the place of the first. */
  readonly renamed: boolean;
  /** From the envelope to here there is one way only, and no copy was kept on it. */
  readonly sole: boolean;
  /** Marks of the mailboxes before this one, the latest first. */
  readonly trail: string;
  readonly before: Stop[];
  kept: boolean;
  /** Some copy arrives, here or further on. */
  arrives: boolean;
  /** What becomes of the forwarding and of redirects: none where there is neither. */
  readonly forwards: Forward[];
  /** What its scripts made of it. */
  sorted: Sorted | undefined;
}

interface Forward {
  readonly sender: string;
  /** The return path beyond this server. */
  readonly outside: string;
  readonly renamed: boolean;
  readonly remote: RemoteRecipient[];
  readonly dead: ReportedRecipient[];
  readonly trail: string;
  readonly changed: Changed | undefined;
}

/** Whether a mailbox sends on what arrives. */
export function forwards({ forwarding }: Pick<Mailbox, "forwarding">): boolean {
  return forwarding.enabled && forwarding.addresses.length > 0;
}

/** A message that is in, with what decides where it goes. */
export interface Spreadable {
  readonly parts: Parts;
  readonly envelope: Envelope;
  readonly plan: Plan;
  readonly structure: Structure;
  readonly settings: { readonly maxForwards: number };
  readonly sort: Sort;
}

/** Spreads a message that is in. Reads the directory and runs scripts; what comes of it is written by the receiver. */
export async function spreadOf(message: Spreadable): Promise<Spread> {
  const { parts, envelope, plan } = message;
  const direct = addressed(message);
  const goesOn = plan.deliveries.some(({ mailbox }) => {
    const found = parts.directory.mailboxes.byId(mailbox);
    return found !== undefined && (forwards(found) || parts.sorting.sorts(envelope, mailbox));
  });
  if (goesOn && envelope.asIs !== true) return await new Spreading(message).spread(direct);
  return {
    kept: plan.deliveries.map((one) => ({ ...one, sender: envelope.reversePath, direct: true })),
    sendings: direct,
    undone: [],
    reached: plan.deliveries.map((one) => one.mailbox),
    success: () => "delivered",
    sorted: [],
  };
}

/** What the envelope itself addresses elsewhere; a report that comes back through us to somebody's sender in a copy of its own. */
function addressed({ parts, envelope, plan }: Spreadable): Sending[] {
  const { reversePath, ret, envid, origin } = envelope;
  return [...Map.groupBy(plan.remote, ({ through }) => through)].map(([through, recipients]) => ({
    reversePath: parts.returnPaths.leaving(reversePath, { own: isOwn(origin), through }),
    ...{ sender: reversePath, ret, envid, recipients, prefix: "", mailbox: null },
  }));
}

class Spreading {
  /** In the order in which they are reached: those of the envelope first. */
  readonly #stops = new Map<number, Stop>();
  readonly #elsewhere = new Set<string>();
  readonly #passed: ReadonlySet<number>;
  #addresses = 0;
  #full = false;

  constructor(private readonly message: Spreadable) {
    this.#passed = this.#marked(message.structure);
    for (const { recipient } of message.plan.remote) this.#elsewhere.add(keyOf(recipient.address));
  }

  async spread(direct: readonly Sending[]): Promise<Spread> {
    const { envelope, plan } = this.message;
    for (const { mailbox, recipient } of plan.deliveries) {
      const sole = plan.deliveries.filter((one) => one.recipient === recipient).length === 1;
      this.#arrive(mailbox, { recipient, sender: envelope.reversePath, renamed: false, sole, trail: "" });
    }
    // What is added while the loop runs is visited by it too.
    for (const stop of this.#stops.values()) {
      await this.#askFor(stop);
      this.#sendOn(stop);
      if (stop.kept) await this.#sorts(stop);
    }
    this.#rescue();
    const stops = [...this.#stops.values()];
    const named = new Set(plan.deliveries.map((one) => one.mailbox));
    return {
      kept: stops
        .filter((stop) => stop.kept)
        .map(({ mailbox, recipient, sender, sorted }) => {
          const placings = sorted === undefined || sorted.placings.length === 0 ? undefined : sorted.placings;
          return { mailbox, recipient, sender, direct: named.has(mailbox), placings };
        }),
      sendings: [...direct, ...stops.flatMap((stop) => this.#sending(stop))],
      undone: stops.flatMap((stop) => [...this.#undone(stop), ...this.#refused(stop)]),
      reached: stops.filter((stop) => !isOver(stop)).map((stop) => stop.mailbox),
      success: (recipient) => this.#success(stops.filter((stop) => stop.recipient === recipient)),
      sorted: stops.flatMap(({ sorted }) => sorted ?? []),
    };
  }

  /** The mailboxes here whose mark the message already has: it has been through their forwarding. */
  #marked({ root }: Structure): Set<number> {
    const marked = new Set<number>();
    const { envelope, parts } = this.message;
    // A provider marks what lies with it, too: of collected mail a mark is ours only where the message was here before.
    const own = countHops(Buffer.from(root.header?.octets ?? "", "latin1"), parts.hostname()).own;
    if (envelope.origin.kind === "collection" && own < 2) return marked;
    const fields = root.header?.getAll("delivered-to").slice(0, MOST_MARKS) ?? [];
    for (const field of fields) {
      const found = this.message.parts.directory.resolve(field.replace(/^<|>$/g, "").trim());
      if (found.kind === "local") for (const mailbox of found.mailboxes) marked.add(mailbox);
    }
    return marked;
  }

  /** Notes that a message comes to a mailbox; the first way there is the one that counts. */
  #arrive(
    mailbox: number,
    way: Omit<Stop, "mailbox" | "before" | "kept" | "arrives" | "forwards" | "sorted">,
    from?: Stop,
  ): void {
    const known = this.#stops.get(mailbox);
    if (known !== undefined) {
      if (from !== undefined) known.before.push(from);
      return;
    }
    const before = from === undefined ? [] : [from];
    const open = { kept: false, arrives: false, forwards: [], sorted: undefined };
    this.#stops.set(mailbox, { ...way, mailbox, before, ...open });
  }

  /** Finds out about those to whom a mailbox sends on, where a directory elsewhere knows them. */
  #askFor({ mailbox }: Stop): Promise<unknown> | undefined {
    const { directory, whereabouts } = this.message.parts;
    const found = directory.mailboxes.byId(mailbox);
    return found !== undefined && forwards(found) ? whereabouts.ask(found.forwarding.addresses) : undefined;
  }

  /** Follows the forwarding of one mailbox, a step. */
  #sendOn(stop: Stop): void {
    const found = this.message.parts.directory.mailboxes.byId(stop.mailbox);
    if (found === undefined || !forwards(found) || this.#comesBack(stop) || this.#full) {
      stop.kept = true;
      return;
    }
    const { forwarding } = found;
    // What this server itself reports stays where its owner can find it, whatever becomes of the forwarding.
    stop.kept = forwarding.keepCopy || this.message.envelope.origin.kind === "system";
    const sole = stop.sole && !stop.kept && forwarding.addresses.length === 1;
    this.#toAll(stop, this.#forward(stop, found, undefined), forwarding.addresses, sole);
  }

  /** A way on from a mailbox, with nobody on it yet. */
  #forward(stop: Stop, { forwarding }: Mailbox, changed: Changed | undefined): Forward {
    const { parts, envelope } = this.message;
    const address = parts.directory.aliases.list({ mailboxId: stop.mailbox })[0]?.address;
    const here = address ?? stop.recipient.address;
    const sender = senderOf(stop.sender, forwarding.sender, address);
    const renamed = stop.renamed || sender !== stop.sender;
    const own = renamed || isOwn(envelope.origin);
    const outside = parts.returnPaths.leaving(sender, { own, through: here.slice(here.lastIndexOf("@") + 1) });
    const forward = {
      ...{ sender, outside, renamed, remote: [], dead: [], changed },
      trail: markOf(here) + stop.trail,
    };
    stop.forwards.push(forward);
    return forward;
  }

  #toAll(stop: Stop, forward: Forward, addresses: readonly string[], sole: boolean): void {
    for (const to of addresses) {
      if (++this.#addresses > this.message.settings.maxForwards) {
        this.#overflow(stop);
        return;
      }
      this.#toAddress(stop, forward, to, sole);
    }
  }

  /** Lets the scripts of a mailbox decide about the copy that it keeps. */
  async #sorts(stop: Stop): Promise<void> {
    const { mailbox, recipient, sender } = stop;
    const found = this.message.parts.directory.mailboxes.byId(mailbox);
    const sorted = found && (await this.message.sort({ mailbox, recipient, sender }));
    if (found === undefined || sorted === undefined) return;
    stop.sorted = sorted;
    const { placings, redirects, refusal } = sorted;
    const goesOn = redirects.length > 0;
    const goesRound = goesOn && (this.#full || this.#comesBack(stop));
    // What this server itself reports stays where its owner can find it; he may throw it away.
    const stays = this.message.envelope.origin.kind === "system" && (goesOn || refusal !== undefined);
    stop.kept = placings.length > 0 || goesRound || stays;
    // It was decided about: thrown away or refused, it is not lost.
    if (!goesOn) stop.arrives = true;
    else if (!goesRound) {
      await this.message.parts.whereabouts.ask(redirects.map(({ address }) => address));
      this.#redirect(stop, found, redirects);
    }
  }

  /** Sends on what scripts redirect: as forwarding does, a way for each form that they gave the message. */
  #redirect(stop: Stop, found: Mailbox, redirects: Sorted["redirects"]): void {
    const sole = stop.sole && !stop.kept && redirects.length === 1;
    for (const changed of new Set(redirects.map((one) => one.changed))) {
      const addresses = redirects.filter((one) => one.changed === changed).map(({ address }) => address);
      this.#toAll(stop, this.#forward(stop, found, changed), addresses, sole);
    }
  }

  /** A message that went through this mailbox's forwarding before ends here, whoever sent it back. */
  #comesBack({ mailbox }: Stop): boolean {
    if (!this.#passed.has(mailbox)) return false;
    this.#log("forward.loop", mailbox, "The message came back to a mailbox that had forwarded it; it stays there.");
    return true;
  }

  #overflow(stop: Stop): void {
    stop.kept = true;
    this.#full = true;
    const text = `The message would be forwarded to more than ${this.message.settings.maxForwards} addresses; it stays in the mailboxes beyond that.`;
    this.#log("forward.tooMany", stop.mailbox, text);
  }

  #toAddress(stop: Stop, forward: Forward, to: string, sole: boolean): void {
    const found = /\p{Cc}/u.test(to) || to.length > LONGEST_ADDRESS ? undefined : this.#judge(to);
    if (found?.kind === "local" && found.reports === undefined) {
      const alone = sole && found.mailboxes.length === 1;
      for (const mailbox of found.mailboxes) {
        const { sender, renamed, trail } = forward;
        this.#arrive(mailbox, { recipient: stop.recipient, sender, renamed, sole: alone, trail }, stop);
      }
    } else if (found?.kind === "remote") {
      // Somebody who gets it already does not get it twice; that is an arrival all the same.
      stop.arrives = true;
      if (this.#elsewhere.has(keyOf(to))) return;
      this.#elsewhere.add(keyOf(to));
      const { domain } = found;
      const route = wayTo(this.message.parts, found, { sender: forward.outside });
      forward.remote.push({ recipient: recipientOf(stop, forward, to, sole), domain, route });
    } else {
      const sentence = `Mail for ${stop.recipient.address} is sent on to ${printable(to)}, but nobody has this address.`;
      forward.dead.push({ address: printable(to), orcpt: orcptOf(stop), status: "5.1.1", sentence });
      this.#log("forward.failed", stop.mailbox, sentence);
    }
  }

  #judge(to: string) {
    const found = judge(to, OWNER, this.message.parts);
    return found instanceof Error || found.kind === "returned" ? undefined : found;
  }

  /** A message that would arrive nowhere stays in the mailbox where it was lost, the first one in the order of the way. */
  #rescue(): void {
    const stops = [...this.#stops.values()];
    for (const stop of stops) if (stop.kept || stop.arrives) arrived(stop);
    for (const stop of stops) {
      if (stop.arrives) continue;
      stop.kept = true;
      arrived(stop);
    }
  }

  #sending({ forwards, kept, mailbox }: Stop): Sending[] {
    const { ret, envid } = this.message.envelope;
    return forwards
      .filter(({ remote }) => remote.length > 0)
      .map((forward) => ({
        reversePath: forward.outside,
        sender: forward.sender,
        ret: forward.renamed ? undefined : ret,
        envid: forward.renamed ? undefined : envid,
        recipients: forward.remote,
        prefix: forward.trail,
        mailbox: kept ? null : mailbox,
        changed: forward.changed,
      }));
  }

  /** A sender whose message stayed in the mailbox after all is not told that something behind it failed. */
  #undone({ forwards, kept, recipient }: Stop): Undone[] {
    return forwards.flatMap(({ renamed, remote, dead, sender }) => {
      if (dead.length === 0 || (!renamed && kept && remote.length === 0)) return [];
      return [{ reversePath: sender, notify: renamed ? undefined : recipient.notify, recipients: dead }];
    });
  }

  /** Whose scripts refused it: their sender hears why (RFC 5429 §2.1.3). The null path hears nothing. */
  #refused({ kept, sorted, recipient, sender, renamed }: Stop): Undone[] {
    // What `reject` says goes in a letter of its own (sorting/beside.ts).
    if (kept || sorted?.refusal?.kind !== "ereject" || sender === "") return [];
    const { reason } = sorted.refusal;
    const refused = { address: recipient.address, orcpt: recipient.orcpt, status: "5.7.1", sentence: reason };
    return [{ reversePath: sender, notify: renamed ? undefined : recipient.notify, recipients: [refused] }];
  }

  /** RFC 3461 §5.2.7.2 to §5.2.7.4, for all the mailboxes that one recipient led to. */
  #success(stops: readonly Stop[]): "delivered" | "expanded" | undefined {
    // A recipient whose scripts threw it away has had it all the same; one who refused it has not.
    if (stops.some((stop) => stop.kept || stop.forwards.some(({ renamed }) => renamed))) return "delivered";
    const refused = stops.length > 0 && stops.every(({ sorted }) => sorted?.refusal !== undefined);
    const remote = stops.flatMap((stop) => stop.forwards.flatMap((forward) => forward.remote));
    if (refused) return undefined;
    if (remote.length === 0) return "delivered";
    return remote.length === 1 && remote[0]?.recipient.notify?.includes("SUCCESS") ? undefined : "expanded";
  }

  #log(name: string, mailbox: number, text: string): void {
    const { trace, session } = this.message.envelope.origin;
    this.message.parts.store.events.log({
      ...{ room: "transport", name, level: "warn", trace, session, text },
      data: { mailbox },
    });
  }
}

/** Whether its scripts threw it away or refused it: then nothing more comes of it there. */
function isOver({ kept, sorted, forwards }: Stop): boolean {
  return sorted !== undefined && !kept && forwards.length === 0;
}

/** Notes that something arrives from this mailbox on, for all before it too. */
function arrived(first: Stop): void {
  const waiting = [first];
  for (let stop = waiting.pop(); stop !== undefined; stop = waiting.pop()) {
    stop.arrives = true;
    for (const before of stop.before) if (!before.arrives) waiting.push(before);
  }
}

/** The return path of forwarded mail. The null path stays null: no report may lead to another report. */
function senderOf(before: string, wish: string, address: string | undefined): string {
  if (before === "" || wish === "original") return before;
  if (wish === "mailbox") return address ?? before;
  return /\p{Cc}/u.test(wish) ? before : wish;
}

/** RFC 9228 §4; an address beyond ASCII has no place in the header of a message that may not have such. */
function markOf(address: string): string {
  return /^[\x21-\x7e]+$/.test(address) ? `Delivered-To: ${address}\r\n` : "";
}

/** Domains in any case are the same; local parts elsewhere are not ours to judge. */
function keyOf(address: string): string {
  const at = address.lastIndexOf("@");
  return address.slice(0, at) + address.slice(at).toLowerCase();
}

/**
 * What the next server is told about reports. With the first sender a single forwarding hands his wishes on (RFC 3461 §5.2.7.2);
 * one of several hands on all but the wish to hear of success (§5.2.7.3); with another sender it is a new message (§5.2.7.4).
 */
function recipientOf(stop: Stop, forward: Forward, address: string, sole: boolean): EnvelopeRecipient {
  if (forward.renamed) return { address };
  const orcpt = orcptOf(stop);
  const { notify } = stop.recipient;
  if (notify === undefined) return { address, orcpt };
  const left = sole ? notify : notify.filter((wish) => wish !== "SUCCESS");
  return { address, orcpt, notify: left.length === 0 ? ["NEVER"] : left };
}

function orcptOf({ recipient: { address, orcpt } }: Stop): string {
  return orcpt ?? `${/^[\x00-\x7f]*$/.test(address) ? "rfc822" : "utf-8"};${address}`;
}
