/**
 * Reads lists of hosts in the formats that are handed about, line by line, whatever is mixed:
 *
 * - hosts files: `0.0.0.0 ads.example` — that host alone, as the system's resolver would take it
 * - domains: `ads.example`, `.ads.example`, `*.ads.example` — the domain and everything below
 * - AdBlock: `||ads.example^` — the domain and everything below; `@@||good.example^` takes it out again
 * - dnsmasq: `address=/ads.example/0.0.0.0` — the domain and everything below
 *
 * `#` and `!` begin comments. A line that says less than a whole host (a path, a condition) is left out: it cannot be told from outside.
 * Pure.
 */
import { isAddress, targetHost } from "./hosts.ts";
import { NameHashes, type NameKind } from "./name-set.ts";

/** Names that hosts files have for the machine itself. */
const OWN = new Set([
  ...["localhost", "localhost.localdomain", "local", "broadcasthost", "ip6-localhost", "ip6-loopback", "0.0.0.0"],
  ...["ip6-localnet", "ip6-mcastprefix", "ip6-allnodes", "ip6-allrouters", "ip6-allhosts"],
]);
const PLAIN = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/;
/** A last label that is no number: then a plain name needs no more looking at. */
const NAMED = /[a-z_-][a-z0-9_-]*\.?$/;
/** `||name^`, with options that leave the host whole. */
const ADBLOCK =
  /^(@@)?\|\|([^/^$|*]+)\^?\|?(?:\$(?:important|all|document|doc|popup)(?:,(?:important|all|document|doc|popup))*)?$/;
const DNSMASQ = /^(?:address|local|server)=\/([^/]+)\//;
/** No line of these formats is longer (characters). */
const LONGEST = 2_000;

export class ListText {
  readonly names = new NameHashes();
  readonly exceptions = new NameHashes();
  /** Lines that could not be read. */
  skipped = 0;
  #rest = "";
  readonly #decoder = new TextDecoder();

  /** Reads a piece. */
  push(piece: Uint8Array): void {
    this.#lines(this.#rest + this.#decoder.decode(piece, { stream: true }));
  }

  /** Reads what is left. */
  end(): void {
    this.#lines(`${this.#rest}${this.#decoder.decode()}\n`);
  }

  #lines(text: string): void {
    let from = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      this.#line(text.slice(from, end));
      from = end + 1;
    }
    // What has no end in sight is no line: its beginning is kept to be counted.
    this.#rest = text.slice(from, from + LONGEST + 1);
  }

  #line(raw: string): void {
    const line = raw.trim();
    if (line === "" || /^[#![;]/.test(line)) return;
    if (line.length > LONGEST) this.skipped++;
    else if (line.includes("|") || line.startsWith("@@")) this.#adblock(line);
    else this.#words(line.slice(0, /\s#/.exec(line)?.index).trimEnd());
  }

  #adblock(line: string): void {
    const [, exception, name] = ADBLOCK.exec(line) ?? [];
    this.#add(exception === undefined ? this.names : this.exceptions, name, "below");
  }

  #words(line: string): void {
    const masq = DNSMASQ.exec(line);
    const [first = "", ...others] = masq ? [masq[1] as string] : line.split(/\s+/);
    if (others.length === 0) this.#add(this.names, first.replace(/^\*?\./, ""), "below");
    else if (first.includes(":") || isAddress(first)) for (const name of others) this.#add(this.names, name, "exact");
    else this.skipped++;
  }

  #add(to: NameHashes, text: string | undefined, kind: NameKind): void {
    const host = text === undefined ? undefined : hostOf(text);
    if (host === undefined) this.skipped++;
    else if (!OWN.has(host)) to.add(host, isAddress(host) ? "exact" : kind);
  }
}

function hostOf(text: string): string | undefined {
  const lower = text.toLowerCase();
  if (text.length < 254 && PLAIN.test(lower) && NAMED.test(lower))
    return lower.endsWith(".") ? lower.slice(0, -1) : lower;
  return targetHost(text);
}
