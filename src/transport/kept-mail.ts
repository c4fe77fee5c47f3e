/**
 * Mail that this server only keeps for another one, as a further MX of its domain or because it is seldom on the line: it is sent as soon as
 * that server can be reached, or asks for it (RFC 1985).
 */
import { normaliseDomain } from "../directory/address.ts";
import type { Domain } from "../directory/domains.ts";
import { Refusal } from "../refusal.ts";
import type { Parts } from "./parts.ts";

/** How long one that asked is not tried again for the asking (milliseconds): whoever likes may ask. */
const REST_MS = 30_000;

export class KeptMail {
  readonly #asked = new Map<string, number>();

  constructor(private readonly parts: Pick<Parts, "directory" | "queue" | "routes" | "now">) {}

  /**
   * Tries what waits for a domain now; resolves with the number of recipients.
   * @param node the domain; `@` in front means those below it, too
   * @throws Refusal "notPermitted" for a domain that no mail is kept for here
   */
  async send(node: string): Promise<number> {
    const below = node.startsWith("@");
    const name = normaliseDomain(below ? node.slice(1) : node) ?? "";
    const names = this.#kept().filter((one) => one === name || (below && one.endsWith(`.${name}`)));
    if (names.length === 0) throw new Refusal("notPermitted", `This server keeps no mail for ${node}.`);
    let count = 0;
    for (const one of names) count += await this.#sendOne(one);
    return count;
  }

  async #sendOne(domain: string): Promise<number> {
    const { queue, routes, now } = this.parts;
    const last = this.#asked.get(domain);
    if (last !== undefined && now() - last < REST_MS) return 0;
    this.#asked.set(domain, now());
    return await queue.retry({ destination: routes.for({ domain, sender: "" }).key, domain });
  }

  /** All names of the domains whose mail goes on; what is not among them any more is forgotten. */
  #kept(): string[] {
    const relayed = ({ unknownRecipients }: Domain) => unknownRecipients === "relay";
    const names = this.parts.directory.domains
      .list()
      .flatMap((one) => (relayed(one) ? [one.name, ...one.aliases] : []));
    for (const known of this.#asked.keys()) if (!names.includes(known)) this.#asked.delete(known);
    return names;
  }
}
