/**
 * Asks the rules of the house about one message, in their order, and gathers what they want, as values: nothing is done here. A rule that is
 * about some recipients sends on, discards or holds their copies alone; what changes the message, or refuses it, is about all.
 */
import type { FileFinding } from "../../filter/attachments/look.ts";
import type { Hold, HoldReason } from "../../filter/judgement.ts";
import { textField } from "../../mime/write.ts";
import { Refusal } from "../../refusal.ts";
import { newTrace } from "../../store/events.ts";
import type { EnvelopeRecipient } from "../envelope.ts";
import type { Parts } from "../parts.ts";
import { type Plan, planOf } from "../placement.ts";
import { printable } from "../send/reply.ts";
import { directionOf } from "./barred.ts";
import { type Edit, editsFor, isSealed } from "./edits.ts";
import { type Fit, type Incoming, Matter } from "./matter.ts";
import { type Action, fieldOf, type StoredRule } from "./rule.ts";

/** A rule with its number. */
export type NumberedRule = StoredRule & { readonly id: number };

/** What rules want of a message. */
export interface Orders {
  /** Why it is not taken. */
  readonly refusal: Refusal | undefined;
  readonly plan: Plan;
  readonly holds: readonly Hold[];
  /** Folders for the copies of mailboxes. */
  readonly folders: ReadonlyMap<number, string>;
  /** Fields in front of the message, with CRLF. */
  readonly fields: string;
  readonly edits: readonly Edit[];
  /** Files are taken out: the message is kept as it was, too. */
  readonly keepsWhole: boolean;
  /** What each rule that fits does, in a sentence. */
  readonly story: readonly string[];
  /** The rules that fit. */
  readonly met: readonly number[];
}

const USUAL_REFUSAL = "This message is not taken here.";
const USUAL_ATTACHMENT = "A file in this message is not taken here";
/** Characters of a refusal; longer ones do not fit a reply. */
const LONGEST_REFUSAL = 400;

/** What the rules want of a message; undefined where none fits. */
export async function ordersFor(
  parts: Parts,
  rules: readonly NumberedRule[],
  incoming: Incoming,
): Promise<Orders | undefined> {
  const gathering = new Gathering(parts, incoming);
  const matter = new Matter(parts, incoming);
  const direction = directionOf(incoming.envelope.origin);
  for (const rule of rules) {
    if (!rule.enabled || (rule.direction !== "both" && rule.direction !== direction)) continue;
    if (parts.store.turns.over) await parts.store.turns.next();
    const fit = await fitOf(rule, matter);
    if (fit === undefined) continue;
    await parts.whereabouts.ask(addressesOf(rule));
    gathering.take(rule, fit);
    if (rule.last || gathering.refusal !== undefined) break;
  }
  return gathering.met.length === 0 ? undefined : await gathering.done();
}

/** The addresses to which a rule sends mail. */
function addressesOf({ actions }: StoredRule): string[] {
  return actions.filter((action) => action.do === "redirect" || action.do === "copy").map(({ value }) => value);
}

/** What all conditions of a rule find together; undefined where it does not fit. */
async function fitOf({ conditions, match }: StoredRule, matter: Matter): Promise<Fit | undefined> {
  let all: Fit = {};
  let some = conditions.length === 0;
  for (const condition of conditions) {
    const fit = await matter.meets(condition);
    if (fit === undefined) {
      if (match === "all") return undefined;
      continue;
    }
    some = true;
    all = match === "all" ? both(all, fit) : either(all, fit);
  }
  // Two conditions about recipients may hold of different ones.
  return some && all.recipients?.size !== 0 ? all : undefined;
}

function both(one: Fit, other: Fit): Fit {
  const recipients =
    one.recipients === undefined || other.recipients === undefined
      ? (one.recipients ?? other.recipients)
      : one.recipients.intersection(other.recipients);
  return { ...(recipients && { recipients }), files: [...new Set([...(one.files ?? []), ...(other.files ?? [])])] };
}

/** Where one of several conditions is enough, the rule is about everybody. */
function either(one: Fit, other: Fit): Fit {
  return { files: [...new Set([...(one.files ?? []), ...(other.files ?? [])])] };
}

class Gathering {
  refusal: Refusal | undefined;
  readonly met: number[] = [];
  readonly #story: string[] = [];
  #plan: Plan;
  readonly #holds: Hold[] = [];
  #fields = "";
  #mark = "";
  readonly #folders = new Map<number, string>();
  readonly #rename = new Set<FileFinding>();
  readonly #remove = new Map<FileFinding, string>();
  readonly #warnings: string[] = [];
  readonly #sealed: boolean;

  constructor(
    private readonly parts: Parts,
    private readonly incoming: Incoming,
  ) {
    this.#plan = incoming.plan;
    this.#sealed = isSealed(incoming.structure);
  }

  /** Takes up what a rule that fits wants. */
  take(rule: NumberedRule, fit: Fit): void {
    this.met.push(rule.id);
    const done = rule.actions.map((action) => this.#do(action, rule, fit));
    this.#story.push(`${rule.name}: ${done.join(", ")}`);
  }

  async done(): Promise<Orders> {
    const { structure, envelope } = this.incoming;
    for (const file of this.#remove.keys()) this.#rename.delete(file);
    const wishes = {
      mark: this.#mark,
      rename: this.#rename,
      remove: this.#remove,
      warning: [...new Set(this.#warnings)].join("\n\n"),
    };
    const changes = wishes.mark !== "" || wishes.rename.size + wishes.remove.size > 0 || wishes.warning !== "";
    const edits =
      changes && this.refusal === undefined
        ? await editsFor(structure, wishes, this.incoming.octets(), envelope.origin.trace)
        : [];
    return {
      ...{ refusal: this.refusal, plan: this.#plan, holds: this.#holds, folders: this.#folders, fields: this.#fields },
      keepsWhole: wishes.remove.size > 0,
      ...{ edits, story: this.#story, met: this.met },
    };
  }

  /** Does one thing; says it in a few words. */
  #do({ do: deed, value }: Action, rule: NumberedRule, fit: Fit): string {
    const shown = printable(value);
    switch (deed) {
      case "refuse":
        this.refusal = refusalOf(value, fit);
        return "refused";
      case "discard":
        this.#takeOut(fit);
        return "thrown away";
      case "quarantine":
        this.#holdBack(rule, fit);
        return "held in the quarantine";
      case "redirect":
      case "copy":
        return this.#sendOn(deed, value, fit);
      case "route":
        return this.#sendBy(value, fit) ? `sent by the route ${shown}` : `sent as usual, since ${shown} is not in use`;
      case "folder":
        for (const { mailbox } of this.#deliveries(fit)) this.#folders.set(mailbox, value);
        return `put into ${shown}`;
      case "header": {
        const field = fieldOf(value);
        this.#fields += textField(field.name, field.value);
        return `marked with ${field.name}`;
      }
      case "subject":
        return this.#unlessSealed(`its subject marked ${shown}`, () => {
          this.#mark = value;
        });
      default:
        return this.#handle(deed, value, fit.files ?? []);
    }
  }

  /** What is done with files. */
  #handle(deed: "warn" | "rename" | "remove", value: string, files: readonly FileFinding[]): string {
    const found = files.map(({ sentence, name }) => sentence || `“${name}”`).join("; ");
    const names = printable(files.map(({ name }) => name || "an attachment").join(", ")).slice(0, 300);
    const field = textField("X-Attachment-Warning", (value || found || "Take care").slice(0, 500));
    if (!this.#fields.includes(field)) this.#fields += field;
    switch (deed) {
      case "warn":
        return this.#unlessSealed(`warned of ${names || "it"}`, () => {
          this.#warnings.push([value || "Take care with the files in this message.", found].filter(Boolean).join("\n"));
        });
      case "rename":
        return this.#unlessSealed(`renamed ${names}`, () => {
          for (const file of files) this.#rename.add(file);
        });
      case "remove":
        return this.#unlessSealed(`removed ${names}`, () => {
          for (const file of files) this.#remove.set(file, removalText(file, value));
        });
    }
  }

  /** What is signed or encrypted stays as it is. */
  #unlessSealed(words: string, change: () => void): string {
    if (this.#sealed) return `${words} in its header alone, since it is signed or encrypted`;
    change();
    return words;
  }

  #deliveries({ recipients }: Fit): Plan["deliveries"] {
    return this.#plan.deliveries.filter((one) => recipients === undefined || recipients.has(one.recipient));
  }

  #holdBack({ name, conditions }: NumberedRule, { recipients }: Fit): void {
    const reason: HoldReason = conditions.some(({ on }) => on === "attachment") ? "attachment" : "rule";
    const sentence = `The house rule “${name}” holds it.`;
    if (recipients === undefined) {
      this.#holds.push({ reason, sentence });
      return;
    }
    const mailboxes = new Set(this.#deliveries({ recipients }).map(({ mailbox }) => mailbox));
    const remote = this.#plan.remote.filter(({ recipient }) => recipients.has(recipient));
    const elsewhere = new Set(remote.map(({ recipient }) => recipient.address));
    this.#holds.push({ reason, sentence, mailboxes, elsewhere });
  }

  #takeOut({ recipients }: Fit): void {
    const stays = (recipient: EnvelopeRecipient) => recipients !== undefined && !recipients.has(recipient);
    const { deliveries, local, remote, returned, reports } = this.#plan;
    this.#plan = {
      deliveries: deliveries.filter((one) => stays(one.recipient)),
      local: local.filter(stays),
      remote: remote.filter((one) => stays(one.recipient)),
      returned: returned.filter((one) => stays(one.recipient)),
      reports: recipients === undefined ? [] : reports,
      ledOn: this.#plan.ledOn,
    };
  }

  /** Has what goes elsewhere take a route; false where that is not in use. */
  #sendBy(name: string, { recipients }: Fit): boolean {
    const { reversePath: sender, origin } = this.incoming.envelope;
    const { routes } = this.parts;
    const pinned = routes.named(name);
    if (pinned === undefined) return false;
    const remote = this.#plan.remote.map((one) => {
      if (recipients !== undefined && !recipients.has(one.recipient)) return one;
      return { ...one, route: routes.by(pinned, { domain: one.domain, sender, user: origin.user?.id }) };
    });
    this.#plan = { ...this.#plan, remote };
    return true;
  }

  /** Sends it to an address of the house's own choosing, too or instead; nobody hears whether it gets there. */
  #sendOn(deed: "redirect" | "copy", address: string, fit: Fit): string {
    const { envelope } = this.incoming;
    const origin = { kind: "system", session: envelope.origin.session, trace: newTrace() } as const;
    const recipients = [{ address, notify: ["NEVER"] as const }];
    const { deliveries, local, remote, returned } = planOf({ ...envelope, recipients, origin }, this.parts);
    const shown = printable(address);
    // What would reach nobody there stays with those it is for.
    if (deliveries.length + remote.length === 0) {
      const why = returned[0]?.sentence.replace(/\.$/, "") ?? "nobody reads what comes there";
      return `${deed === "copy" ? `no copy to ${shown}` : `not sent to ${shown} instead`} (${why})`;
    }
    const here = this.#domainOf(fit);
    if (deed === "redirect") this.#takeOut(fit);
    const known = new Set(this.#plan.deliveries.map(({ mailbox }) => mailbox));
    this.#plan = {
      ...this.#plan,
      deliveries: [...this.#plan.deliveries, ...deliveries.filter(({ mailbox }) => !known.has(mailbox))],
      local: [...this.#plan.local, ...local],
      // As with forwarding: the next server asks whether this one may send under its return path (SPF).
      remote: [...this.#plan.remote, ...remote.map(({ through = here, ...one }) => ({ ...one, through }))],
    };
    return deed === "copy" ? `a copy to ${shown}` : `sent to ${shown} instead`;
  }

  /** The domain here that the message came to, as far as a rule is about it; that of the house where it came to none. */
  #domainOf({ recipients = new Set(this.incoming.envelope.recipients) }: Fit): string | undefined {
    const { domains } = this.parts.directory;
    const named = [...recipients].map(({ address }) => domains.byName(address.slice(address.lastIndexOf("@") + 1)));
    return (named.find((domain) => domain !== undefined) ?? domains.primary())?.name;
  }
}

function refusalOf(text: string, { files = [] }: Fit): Refusal {
  const found = files.map(({ sentence }) => sentence).find((sentence) => sentence !== "");
  const usual = files.length === 0 ? USUAL_REFUSAL : `${USUAL_ATTACHMENT}${found === undefined ? "." : ` (${found}).`}`;
  return new Refusal("barred", (text || usual).slice(0, LONGEST_REFUSAL), { smtp: { code: 550, enhanced: "5.7.1" } });
}

function removalText({ name, sentence, part }: FileFinding, text: string): string {
  const size = Math.max(1, Math.round((part.bodyEnd - part.bodyStart) / 1_024));
  const what = `The attachment ${name === "" ? "" : `“${name}” `}(${size} KB in the message) was taken out by this server.`;
  const where = "An administrator finds the whole message in the quarantine, and can release it.";
  return [what, sentence === "" ? "" : `${sentence}.`, text, where].filter(Boolean).join("\n\n");
}
