/**
 * Lists in the DNS: of clients that send junk (RFC 5782 §2.1), and of domains that junk is from or leads to (§2.2). None is asked unless
 * an administrator names it. All questions of a message run at once, as soon as it is known what to ask; there is a bound to their number.
 */
import { organizationalDomain } from "./authentication/organization.ts";
import type { Finding, Mail, Test, Tester, Visit } from "./judgement.ts";
import type { Lookups } from "./questions.ts";
import type { Reading } from "./words/reading.ts";
import type { Readings } from "./words/readings.ts";

/** One list. */
export interface DnsList {
  readonly zone: string;
  readonly of: "addresses" | "domains";
  readonly points: number;
}

export interface ListsParts {
  readonly resolver: Pick<Lookups, "addressesOf">;
  readonly readings: Readings;
  readonly lists: () => { readonly dnsLists: readonly DnsList[]; readonly trustedLists: readonly string[] };
}

/** Domains of one message that are asked about; the author's is the first. */
const MOST_DOMAINS = 12;
const TRUSTED_POINTS = -2;
/** All questions of one message, in milliseconds. */
const PATIENCE_MS = 5_000;

export class ListsTester implements Tester {
  readonly name = "lists";

  constructor(private readonly parts: ListsParts) {}

  begin(visit: Visit): Test {
    const { dnsLists, trustedLists } = this.parts.lists();
    const trusted = trustedLists.map((zone) => ({ zone, of: "addresses", points: TRUSTED_POINTS }) as const);
    const name = reversed(visit.remote);
    const ofClient = [...dnsLists, ...trusted]
      .filter(({ of }) => of === "addresses" && name !== undefined)
      .map((list) => this.#ask(list, name ?? "", visit.remote));
    return {
      end: async (mail) => {
        const ofDomains = dnsLists.some(({ of }) => of === "domains") ? await this.#domains(mail, dnsLists) : [];
        return (await Promise.all([...ofClient, ...ofDomains])).flat();
      },
    };
  }

  async #domains(mail: Mail, lists: readonly DnsList[]): Promise<Promise<Finding[]>[]> {
    const domains = domainsOf(await this.parts.readings.of(mail), mail.visit.reversePath);
    return lists
      .filter(({ of }) => of === "domains")
      .map(async (list) => {
        const found = await Promise.all(domains.map((domain) => this.#ask(list, domain, domain)));
        // However many of them are listed, the list counts once.
        return found.flat().slice(0, 1);
      });
  }

  /** Whether a list has a name. A list that does not answer lists nobody. */
  async #ask({ zone, points }: DnsList, name: string, shown: string): Promise<Finding[]> {
    const answer = this.parts.resolver.addressesOf(`${name}.${zone}`, "A").catch((): string[] => []);
    const addresses = await Promise.race([answer, patience()]);
    if (!addresses.some(isListing)) return [];
    const good = points < 0;
    const sentence = good
      ? `${shown} is on a list of good senders (${zone}).`
      : `${shown} is on a list of senders of junk (${zone}).`;
    return [{ test: "list", result: `listed:${zone}`, points, sentence }];
  }
}

function patience(): Promise<string[]> {
  return new Promise((resolve) => setTimeout(() => resolve([]), PATIENCE_MS).unref());
}

/**
 * Answers lie in 127/8 (RFC 5782 §2.1); anything else is a domain that is for sale, or a name server that lies. 127.0.0.1 must not be used
 * for a listing, and what many lists answer in 127.255.255/24 says that they do not answer whoever asks.
 */
function isListing(address: string): boolean {
  return address.startsWith("127.") && address !== "127.0.0.1" && !address.startsWith("127.255.255.");
}

/** An address as lists name it (RFC 5782 §2.1, §2.4); undefined for what is none on the outer network. */
export function reversed(address: string): string | undefined {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  if (/^\d+\.\d+\.\d+\.\d+$/.test(plain)) {
    if (/^(127|10|0)\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^169\.254\./.test(plain)) return undefined;
    return plain.split(".").reverse().join(".");
  }
  const [head = "", tail] = plain.split("%")[0]?.split("::") ?? [];
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array.from({ length: Math.max(0, missing) }, () => "0"), ...groups(tail ?? "")];
  if (all.length !== 8 || !all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  const digits = all.map((group) => group.toLowerCase().padStart(4, "0")).join("");
  if (/^(0000|fe[89ab]|f[cd])/.test(digits)) return undefined;
  return [...digits].reverse().join(".");
}

/** The registered domains a message is from and leads to, the author's first. */
function domainsOf({ from, replyTo, hosts }: Reading, reversePath: string): string[] {
  const names = [
    from[0]?.domain ?? "",
    reversePath.slice(reversePath.lastIndexOf("@") + 1),
    replyTo[0]?.domain ?? "",
    ...hosts,
  ];
  const domains = new Set(
    names
      .filter((name) => /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})+$/i.test(name) && !/^[\d.]+$/.test(name))
      .map((name) => organizationalDomain(name.toLowerCase())),
  );
  return [...domains].slice(0, MOST_DOMAINS);
}
