/**
 * The return paths that this server makes, and what becomes of mail that comes back to them: three forms (SRS for what is sent on, BATV for
 * what people here write, VERP for what goes to many), one set of keys, one question at RCPT. What the forms look like stands in srs.ts,
 * batv.ts and verp.ts, which know nothing of this house. Nothing here writes to many yet: `forEach` waits for mailing lists, while what comes back is
 * understood already.
 *
 * Reports are sent on whoever brings them, as postsrsd does it: some servers report from an address instead of the null path. A seal that
 * does not hold counts against the client as an address that nobody has.
 */
import type { Domains } from "../../directory/domains.ts";
import { Refusal } from "../../refusal.ts";
import type { Store } from "../../store/store.ts";
import type { Envelope } from "../envelope.ts";
import { transportSettings } from "../settings.ts";
import { tag, untag } from "./batv.ts";
import { ReturnPathKeys } from "./keys.ts";
import { isRewritten, unwrap, wrap } from "./srs.ts";
import { cut, dayOf } from "./tag.ts";
import { isVerp, verpOf, verpReport } from "./verp.ts";

/** Where mail to a return path of ours goes. */
export type Returning =
  /** To who sent what was sent on here, elsewhere. */
  | { readonly kind: "elsewhere"; readonly address: string }
  /** To an address here. `proven`: the tag shows that mail of ours had it. */
  | { readonly kind: "here"; readonly address: string; readonly proven: boolean; readonly about?: string };

const TAGGED = /^"?(?:srs[01][-+=]|prvs=|verp=)/i;

export class ReturnPaths {
  readonly #keys: ReturnPathKeys;

  constructor(
    private readonly store: Store,
    private readonly domains: Pick<Domains, "byName">,
    private readonly now: () => number,
  ) {
    this.#keys = new ReturnPathKeys(store, now);
  }

  /**
   * The return path with which a message leaves this server.
   * @param how `own`: this house answers for it; `through`: the domain here that sends somebody else's message on
   */
  leaving(
    reversePath: string,
    { own, through }: { readonly own: boolean; readonly through?: string | undefined },
  ): string {
    const { srs, batv } = this.store.settings.get(transportSettings);
    const parts = cut(reversePath);
    if (parts === undefined) return reversePath;
    const today = dayOf(this.now());
    if (this.domains.byName(parts.domain) !== undefined) {
      const marked = batv === "off" || !own || isRewritten(parts.local) || isVerp(parts.local);
      return marked ? reversePath : tag(reversePath, this.#keys.current(), today);
    }
    return srs && through !== undefined ? wrap(reversePath, through, this.#keys.current().secret, today) : reversePath;
  }

  /** The return path for a copy to one of many; as `owner` where there is none. */
  forEach(owner: string, recipient: string): string {
    return verpOf(owner, recipient, this.#keys.current().secret, dayOf(this.now())) ?? owner;
  }

  /** The address behind a return path, for people to read and reports to go to: tags are taken off, true or not. */
  plain(reversePath: string): string {
    const found = this.#ours(reversePath) ? this.#find(reversePath) : undefined;
    return found === undefined || found === "forged" || found === "expired" ? reversePath : found.address;
  }

  /** An address here without the tag of BATV, whether that is true or not; any other as it is. */
  untagged(address: string): string {
    const found = this.#ours(address) ? untag(address, [], 0) : undefined;
    return found?.address ?? address;
  }

  /**
   * An envelope with plain addresses, as whoever makes rules for recipients means them. Where reports must come to a good tag, those of
   * reports keep it: it is looked at again when the message is in.
   */
  plainly(envelope: Envelope): Envelope {
    const judged = envelope.reversePath === "" && this.store.settings.get(transportSettings).batv === "enforce";
    if (judged || !envelope.recipients.some(({ address }) => this.untagged(address) !== address)) return envelope;
    const recipients = envelope.recipients.map((one) => ({ ...one, address: this.untagged(one.address) }));
    return { ...envelope, recipients };
  }

  /**
   * What is behind an address; undefined for what is no return path of this server.
   * @throws Refusal unknownRecipient (550 5.7.1) for one that this server did not make, notPermitted for one that is over
   */
  find(address: string): Returning | undefined {
    if (!this.#ours(address)) return undefined;
    const found = this.#find(address);
    if (found === "forged") throw refused("unknownRecipient", "This server did not make this return path.");
    if (found === "expired")
      throw refused("notPermitted", "This return path is over; nobody waits for a report any more.");
    return found;
  }

  /**
   * Whether a report to an address here is about mail that it sent, as far as that is asked for.
   * @param address without tag
   * @throws Refusal notPermitted (550 5.7.1) "this address did not send that"
   */
  checkReport(returning: Extract<Returning, { kind: "here" }> | undefined, address: string): void {
    if (this.store.settings.get(transportSettings).batv !== "enforce" || returning?.proven === true) return;
    // RFC 5321 §4.5.1, RFC 2142: these hear from everybody.
    if (/^(?:postmaster|abuse)@/i.test(address)) return;
    throw refused("notPermitted", "This address did not send the message that this is about.");
  }

  /** Renews the keys. */
  async keepHouse(): Promise<void> {
    await this.#keys.keepHouse();
  }

  #ours(address: string): boolean {
    const parts = TAGGED.test(address) ? cut(address) : undefined;
    return parts !== undefined && this.domains.byName(parts.domain) !== undefined;
  }

  #find(address: string): Returning | "forged" | "expired" | undefined {
    const today = dayOf(this.now());
    const keys = this.#keys.all();
    const secrets = keys.map(({ secret }) => secret);
    const untagged = untag(address, keys, today);
    if (untagged !== undefined) return { kind: "here", address: untagged.address, proven: untagged.valid };
    const { local = "" } = cut(address) ?? {};
    if (isVerp(local)) {
      const report = verpReport(address, secrets, today);
      return report === undefined
        ? "forged"
        : { kind: "here", address: report.owner, proven: true, about: report.recipient };
    }
    const unwrapped = unwrap(local, secrets, today);
    if (unwrapped === undefined) return undefined;
    return unwrapped.kind === "good" ? { kind: "elsewhere", address: unwrapped.original } : unwrapped.kind;
  }
}

function refused(kind: "unknownRecipient" | "notPermitted", sentence: string): Refusal {
  return new Refusal(kind, sentence, { smtp: { code: 550, enhanced: "5.7.1" } });
}
