/** One message as rules look at it: what a condition finds in it. Each thing is worked out once, and only where a rule asks for it. */
import { fold } from "../../directory/address.ts";
import { fits } from "../../directory/wildcards.ts";
import { type FileFinding, lookAtFiles } from "../../filter/attachments/look.ts";
import type { Judgement } from "../../filter/judgement.ts";
import { scoreOf } from "../../filter/score.ts";
import { firstAddresses } from "../../mime/addresses.ts";
import { firstOctets } from "../../mime/octets.ts";
import type { Structure } from "../../mime/structure.ts";
import { decodeOctetWords } from "../../mime/words.ts";
import { formatSpec } from "../../mime/write.ts";
import type { Envelope, EnvelopeRecipient } from "../envelope.ts";
import type { Parts } from "../parts.ts";
import type { Plan } from "../placement.ts";
import { fitsAddress, folded, patternOf } from "./pattern.ts";
import { type Condition, fieldOf } from "./rule.ts";
import { parseSize } from "./size.ts";

/** A message that is in, before it is decided where it goes. */
export interface Incoming {
  readonly envelope: Envelope;
  readonly plan: Plan;
  readonly structure: Structure;
  readonly judgement: Judgement | undefined;
  /** Its octets, from the start; may be asked for more than once. */
  octets(): AsyncIterable<Uint8Array>;
}

/** What a condition that holds found. */
export interface Fit {
  /** The recipients it is about; undefined: all. */
  readonly recipients?: ReadonlySet<EnvelopeRecipient>;
  readonly files?: readonly FileFinding[];
}

/** Values of one field that are looked at, and octets of each. */
const MOST_VALUES = 50;
const LONGEST_VALUE = 8_192;

export class Matter {
  #files: Promise<FileFinding[]> | undefined;
  #senders: readonly string[] | undefined;
  #recipients: readonly (readonly [key: string, recipient: EnvelopeRecipient])[] | undefined;
  /** By the name of their field, in lower case. */
  readonly #values = new Map<string, readonly string[]>();

  constructor(
    private readonly parts: Pick<Parts, "directory">,
    readonly incoming: Incoming,
  ) {}

  /** What the condition finds; undefined where it does not hold. */
  async meets(condition: Condition): Promise<Fit | undefined> {
    const fit = await this.#find(condition);
    if (!condition.not) return fit;
    return fit === undefined ? {} : undefined;
  }

  async #find({ on, value }: Condition): Promise<Fit | undefined> {
    switch (on) {
      case "sender":
        return this.#from().some(fitting(value)) ? {} : undefined;
      case "recipient":
        return this.#among(value);
      case "attachment":
        return await this.#attachments(value);
      default:
        return this.#holds(on, value) ? {} : undefined;
    }
  }

  #holds(on: "subject" | "header" | "larger" | "recipients" | "user" | "group" | "score", value: string): boolean {
    const { structure, envelope, judgement } = this.incoming;
    const { user } = envelope.origin;
    switch (on) {
      case "subject":
        return this.#valuesOf("subject").some((text) => fitsText(value, text));
      case "header": {
        const wanted = fieldOf(value);
        return this.#valuesOf(wanted.name).some((text) => wanted.value === "" || fitsText(wanted.value, text));
      }
      case "larger":
        return structure.size > (parseSize(value) ?? Number.POSITIVE_INFINITY);
      case "recipients":
        return envelope.recipients.length > Number(value);
      case "user":
        return user !== undefined && (fold(user.login) === fold(value) || fitsStars(fold(value), fold(user.login)));
      case "group":
        return this.#groups().some((name) => fold(name) === fold(value));
      case "score":
        return judgement !== undefined && scoreOf(judgement.findings, undefined) >= Number(value);
    }
  }

  #from(): readonly string[] {
    const { envelope, structure } = this.incoming;
    this.#senders ??= [
      ...(envelope.reversePath === "" ? [] : [envelope.reversePath]),
      ...firstAddresses(structure.root.header?.get("from") ?? "", MOST_VALUES).map(formatSpec),
    ].map(folded);
    return this.#senders;
  }

  #among(value: string): Fit | undefined {
    const isMeant = fitting(value);
    const found = new Set(this.#everybody().flatMap(([key, recipient]) => (isMeant(key) ? recipient : [])));
    return found.size === 0 ? undefined : { recipients: found };
  }

  #everybody(): readonly (readonly [key: string, recipient: EnvelopeRecipient])[] {
    if (this.#recipients !== undefined) return this.#recipients;
    const { envelope, plan } = this.incoming;
    // A plan may name a recipient by the address that his leads to.
    const planned = [...plan.deliveries, ...plan.remote, ...plan.returned].map(({ recipient }) => recipient);
    const all = new Set([...envelope.recipients, ...plan.local, ...planned]);
    this.#recipients = [...all].map((recipient) => [folded(recipient.address), recipient]);
    return this.#recipients;
  }

  async #attachments(value: string): Promise<Fit | undefined> {
    const { structure } = this.incoming;
    this.#files ??= lookAtFiles(structure, this.incoming.octets());
    const wanted = fold(value);
    const isPattern = wanted.includes("*") || wanted.includes(".");
    const files = (await this.#files).filter(({ kinds, names }) =>
      isPattern ? names.some((name) => fitsStars(wanted, name)) : [...kinds].some((kind) => kind === wanted),
    );
    return files.length === 0 ? undefined : { files };
  }

  #valuesOf(name: string): readonly string[] {
    const key = name.toLowerCase();
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const all = this.incoming.structure.root.header?.rawAll(key).slice(0, MOST_VALUES) ?? [];
    const values = all.map((value) => fold(decodeOctetWords(firstOctets(value, LONGEST_VALUE))));
    this.#values.set(key, values);
    return values;
  }

  /** The mail groups of whoever sends it, else of those it is for. */
  #groups(): string[] {
    const { directory } = this.parts;
    const { envelope, plan } = this.incoming;
    const { user } = envelope.origin;
    const mailboxes = user === undefined ? plan.deliveries.map(({ mailbox }) => mailbox) : [user.primaryMailbox];
    return mailboxes.flatMap((mailbox) => {
      const group = directory.mailboxes.byId(mailbox)?.groupId;
      return (group == null ? undefined : directory.mailGroups.byId(group)?.name) ?? [];
    });
  }
}

/** Says whether a folded address fits a pattern. */
function fitting(value: string): (address: string) => boolean {
  if (value === "*") return () => true;
  const { pattern } = patternOf(value);
  return (address) => fitsAddress(pattern, address);
}

/** Whether a text with stars for anything is a folded one; without stars it may stand anywhere in it. */
function fitsText(wanted: string, whole: string): boolean {
  const pattern = fold(wanted);
  return pattern.includes("*") ? fits(pattern.split("*"), whole) : whole.includes(pattern);
}

function fitsStars(pattern: string, text: string): boolean {
  return fits(pattern.split("*"), text);
}
