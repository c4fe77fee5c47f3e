/**
 * Opaque senders: where somebody here writes as `anna$E60@home.example`, what leaves has another address in its place, in the return path
 * and in From, Sender and Reply-To, that says nothing of anna and is good for 60 days. Replies to it come to her. Who is written to again in
 * that time sees the same address again, and its days begin anew. The address is made in the commit that accepts the message.
 */
import { fold } from "../directory/address.ts";
import { directorySettings } from "../directory/settings.ts";
import { addressForDays, opaqueLocal } from "../directory/temporary.ts";
import { Header } from "../mime/header.ts";
import { bytesOf } from "../mime/octets.ts";
import type { Structure } from "../mime/structure.ts";
import { Refusal } from "../refusal.ts";
import type { Tx } from "../store/store.ts";
import type { Envelope } from "./envelope.ts";
import type { Edit } from "./house-rules/edits.ts";
import type { Parts } from "./parts.ts";

/** Temporary addresses that a mailbox has at once; further ones are not made by writing. */
const MOST_MASKS = 1_000;
/** Those of one message: nobody writes as more people at once. What stands behind them stays as it is. */
const MOST_AT_ONCE = 10;
const DAY_MS = 86_400_000;
const FIELDS = new Set(["from", "sender", "reply-to"]);
/** Such an address where it stands in a field; nothing that needs quotes. */
const FORM = /[^\s<>,;:"()@\\[\]]{1,64}\$E\d{1,4}@[A-Za-z0-9.-]{1,253}/gi;
/** Headers beyond this are left as they are. */
const LONGEST_HEADER = 1_048_576;
/** Octets of all those fields that are looked at. */
const MOST_LOOKED_AT = 16_384;

interface Mask {
  readonly address: string;
  readonly mailbox: number;
  readonly expiresAt: number;
  readonly isNew: boolean;
}

/** The opaque addresses of one message. */
export class Masks {
  readonly #made = new Map<string, Mask>();
  readonly #note: string;

  private constructor(
    private readonly parts: Pick<Parts, "directory" | "now">,
    private readonly userId: number,
    { recipients }: Envelope,
  ) {
    this.#note = `Written to ${recipients[0]?.address ?? ""}`.slice(0, 200);
  }

  /** For whatever a user sends; undefined for all else, and where such addresses are switched off. */
  static for(parts: Pick<Parts, "directory" | "now" | "store">, envelope: Envelope): Masks | undefined {
    const { user, kind } = envelope.origin;
    if (user === undefined || kind === "system" || !parts.store.settings.get(directorySettings).temporaryAddresses)
      return undefined;
    return new Masks(parts, user.id, envelope);
  }

  /** What stands in place of an address, itself where it says nothing of days or is not the sender's. @throws Refusal "tooMany" */
  of(written: string): string {
    const form = addressForDays(written);
    if (form === undefined) return written;
    const key = fold(written);
    const known = this.#made.get(key);
    if (known !== undefined) return known.address;
    const mailbox = this.#mailboxOf(form.address);
    if (mailbox === undefined || this.#made.size >= MOST_AT_ONCE) return written;
    const made = this.#make(mailbox, form.address, this.parts.now() + form.days * DAY_MS);
    this.#made.set(key, made);
    return made.address;
  }

  /** The fields of a header in which an address stands that is to be replaced. @param header its octets, as far as they are known */
  edits({ root, headerBytes }: Structure): Edit[] {
    const { headerStart, bodyStart } = root;
    if (bodyStart - headerStart > LONGEST_HEADER) return [];
    const { octets, fields } = new Header(headerBytes);
    let room = MOST_LOOKED_AT;
    return fields
      .filter(({ key }) => FIELDS.has(key))
      .flatMap(({ start, end }) => {
        const before = octets.slice(start, Math.min(end, start + room));
        room -= before.length;
        const after = before.replace(FORM, (written) => this.of(written));
        return after === before ? [] : [{ start, end: start + before.length, octets: bytesOf(after) }];
      });
  }

  /** Makes the addresses, or begins their days anew, in the commit that accepts the message. */
  place(tx: Tx): void {
    const { aliases } = this.parts.directory;
    for (const { address, mailbox, expiresAt, isNew } of this.#made.values()) {
      if (isNew) aliases.addWithin(tx, address, mailbox, { expiresAt, note: this.#note, exclusive: true });
      else aliases.updateWithin(tx, address, mailbox, { expiresAt });
    }
  }

  #mailboxOf(address: string): number | undefined {
    const { directory } = this.parts;
    const found = directory.resolve(address);
    if (found.kind !== "local" || found.via === "catchAll") return undefined;
    return found.mailboxes.find((id) => directory.mailboxes.byId(id)?.ownerId === this.userId);
  }

  #make(mailbox: number, address: string, expiresAt: number): Mask {
    const now = this.parts.now();
    const ending = this.parts.directory.aliases
      .list({ mailboxId: mailbox })
      .filter((one) => one.expiresAt !== null && one.expiresAt > now);
    const known = ending.find(({ note }) => note === this.#note);
    if (known !== undefined) {
      return { address: known.address, mailbox, expiresAt: Math.max(expiresAt, known.expiresAt ?? 0), isNew: false };
    }
    const fresh = [...this.#made.values()].filter((one) => one.isNew && one.mailbox === mailbox);
    if (ending.length + fresh.length >= MOST_MASKS) {
      const sentence = `This mailbox has ${MOST_MASKS} temporary addresses. End some of them, or write as yourself.`;
      throw new Refusal("tooMany", sentence, { smtp: { code: 553, enhanced: "5.7.1" } });
    }
    const domain = address.slice(address.lastIndexOf("@") + 1).toLowerCase();
    return { address: `${opaqueLocal()}@${domain}`, mailbox, expiresAt, isNew: true };
  }
}
