/**
 * SPF: whether a domain lets this client send its mail (RFC 7208). `checkSpf` is check_host() of §4 for the identity that
 * counts: MAIL FROM, or HELO where that is empty (§2.4). Its cost is bounded by §4.6.4: ten terms that ask the DNS,
 * two that find nothing, ten names of an MX or PTR. Questions that a record will ask anyway are put beforehand, at once.
 */
import { domainToASCII } from "node:url";
import { type Address, normaliseAddress, parseAddress, rangeHas } from "../../net/access.ts";
import type { SpfOutcome, SpfResult } from "../judgement.ts";
import { isNotFound, type Lookups } from "../questions.ts";
import { expandMacros, expandName, type MacroText, type MacroValues, parseMacros } from "./spf-macros.ts";
import { BadRecord, type Directive, isSpfRecord, parseSpfRecord, type SpfRecord } from "./spf-record.ts";

export interface SpfQuestion {
  /** The client's address. */
  readonly client: string;
  readonly helo: string;
  /** "" for the null reverse-path. */
  readonly reversePath: string;
  /** The name of this host, for %{r}. */
  readonly receiver: string;
  /** Milliseconds since the epoch, for %{t}. */
  readonly now: number;
}

/** Terms that ask the DNS; names of one MX or PTR (RFC 7208 §4.6.4). */
const MOST_LOOKUPS = 10;
const MOST_VOIDS = 2;
/** Characters of an explanation that are kept; it comes from a stranger. */
const LONGEST_EXPLANATION = 500;

const RESULTS = { "+": "pass", "-": "fail", "~": "softfail", "?": "neutral" } as const;

/** Checks the reverse-path, or the name in HELO where there is none. Never throws. */
export async function checkSpf(question: SpfQuestion, lookups: Lookups): Promise<SpfOutcome> {
  const { reversePath, helo } = question;
  const identity = reversePath === "" ? "helo" : "mailfrom";
  const at = reversePath.lastIndexOf("@");
  const domain = asciiName(identity === "helo" ? helo : at < 0 ? "" : reversePath.slice(at + 1));
  const client = parseAddress(question.client);
  if (domain === undefined || client === undefined) {
    const named = identity === "helo" ? "The name the client gave itself" : "The return path";
    return { result: "none", identity, domain: "", sentence: `${named} has no domain that could be asked.` };
  }
  // Without a local part "postmaster" takes its place (§4.3).
  const local = at > 0 ? reversePath.slice(0, at) : "postmaster";
  const check = new Check(question, client, `${local}@${domain}`, lookups);
  return { identity, domain, ...(await check.run(domain)) };
}

/** What a record came to. */
interface Found {
  readonly result: SpfResult;
  /** The domain whose record decided. */
  readonly domain: string;
  /** The term that matched. */
  readonly by?: string;
  readonly explanation?: MacroText | undefined;
}

/** The check cannot go on. */
class Trouble extends Error {
  constructor(
    readonly result: "temperror" | "permerror",
    message: string,
  ) {
    super(message);
  }
}

class Check {
  #lookups = 0;
  #voids = 0;
  /** Questions that were put beforehand. */
  #ahead = 0;
  #validated: Promise<string[]> | undefined;
  readonly #client: string;

  constructor(
    private readonly question: SpfQuestion,
    private readonly address: Address,
    private readonly sender: string,
    private readonly lookups: Lookups,
  ) {
    this.#client = normaliseAddress(question.client);
  }

  async run(domain: string): Promise<Pick<SpfOutcome, "result" | "sentence" | "explanation">> {
    try {
      const found = await this.#host(domain);
      const explanation = found.result === "fail" ? await this.#explain(found) : undefined;
      const sentence = sentenceOf(found, domain, this.#client);
      return { result: found.result, sentence, ...(explanation !== undefined && { explanation }) };
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      const { result, message } = error;
      const what =
        result === "permerror" ? `The SPF record of ${domain} is wrong` : `${domain} could not be asked for SPF`;
      return { result, sentence: `${what}: ${message}.` };
    }
  }

  /** check_host() (§4). */
  async #host(domain: string): Promise<Found> {
    const record = await this.#record(domain);
    if (record === undefined) return { result: "none", domain };
    this.#askAhead(record, domain);
    for (const directive of record.directives) {
      if (!(await this.#matches(directive, domain))) continue;
      const { qualifier, text } = directive;
      return { result: RESULTS[qualifier], domain, by: text, explanation: record.explanation };
    }
    if (record.redirect === undefined) return { result: "neutral", domain };
    this.#count();
    const target = await this.#name(record.redirect, domain);
    const found = await this.#host(target);
    if (found.result === "none") throw new Trouble("permerror", `it redirects to ${target}, which has no such record`);
    return found;
  }

  /** The record of a domain (§4.4, §4.5); undefined where it has none. */
  async #record(domain: string): Promise<SpfRecord | undefined> {
    if (asciiName(domain) === undefined) return undefined;
    const texts = await this.#ask(this.lookups.txt(domain), domain);
    const [text, ...others] = texts.filter(isSpfRecord);
    if (text === undefined) return undefined;
    if (others.length > 0) throw new Trouble("permerror", `${domain} has more than one`);
    try {
      return parseSpfRecord(text);
    } catch (error) {
      throw error instanceof BadRecord ? new Trouble("permerror", error.message) : error;
    }
  }

  async #matches(directive: Directive, domain: string): Promise<boolean> {
    switch (directive.kind) {
      case "all":
        return true;
      case "ip4":
      case "ip6":
        return rangeHas({ ...directive.network, prefix: directive.prefix }, this.address);
      case "include":
        this.#count();
        return await this.#includes(await this.#name(directive.domain, domain));
      case "exists": {
        this.#count();
        const name = await this.#name(directive.domain, domain);
        return this.#noteVoid(await this.#ask(this.lookups.addressesOf(name, "A"), name)).length > 0;
      }
      case "a": {
        this.#count();
        const found = this.#noteVoid(await this.#addresses(await this.#target(directive.domain, domain)));
        return this.#within(found, directive);
      }
      case "mx":
        this.#count();
        return await this.#comesFromExchanger(directive, await this.#target(directive.domain, domain));
      default:
        this.#count();
        return await this.#isNamed((await this.#target(directive.domain, domain)).toLowerCase());
    }
  }

  /** §5.2: only a pass counts; a record that is missing is an error of the record that names it. */
  async #includes(target: string): Promise<boolean> {
    const { result } = await this.#host(target);
    if (result === "none") throw new Trouble("permerror", `it includes ${target}, which has no such record`);
    return result === "pass";
  }

  /** §5.4. */
  async #comesFromExchanger(directive: { prefix4: number; prefix6: number }, target: string): Promise<boolean> {
    const exchangers = this.#noteVoid(await this.#ask(this.lookups.mx(target), target));
    if (exchangers.length > MOST_LOOKUPS) {
      throw new Trouble("permerror", `${target} has more than ${MOST_LOOKUPS} mail exchangers`);
    }
    const hosts = exchangers.map((one) => one.exchange).filter((host) => host !== "");
    const answers = await Promise.allSettled(hosts.map((host) => this.#addresses(host)));
    if (answers.some((one) => one.status === "fulfilled" && this.#within(one.value, directive))) return true;
    for (const one of answers) if (one.status === "rejected") throw one.reason;
    return false;
  }

  /** §5.5. */
  async #isNamed(target: string): Promise<boolean> {
    const names = await this.#validatedNames();
    return names.some((name) => name === target || name.endsWith(`.${target}`));
  }

  /** The client's names that lead back to it; a question that fails finds none (§5.5). */
  #validatedNames(): Promise<string[]> {
    this.#validated ??= (async () => {
      const names = await this.lookups.ptr(this.#client).catch(() => []);
      const asked = names.slice(0, MOST_LOOKUPS).map(async (name) => {
        const addresses = await this.#addresses(name).catch((): string[] => []);
        return addresses.includes(this.#client) ? [name.toLowerCase()] : [];
      });
      return (await Promise.all(asked)).flat();
    })();
    return this.#validated;
  }

  #within(addresses: readonly string[], { prefix4, prefix6 }: { prefix4: number; prefix6: number }): boolean {
    const prefix = this.address.family === 4 ? prefix4 : prefix6;
    return addresses.some((text) => {
      const found = parseAddress(text);
      return found !== undefined && rangeHas({ ...found, prefix }, this.address);
    });
  }

  /** The addresses of a host in the client's family. */
  async #addresses(host: string): Promise<string[]> {
    const found = await this.#ask(this.lookups.addressesOf(host, this.address.family === 4 ? "A" : "AAAA"), host);
    return found.map(normaliseAddress);
  }

  /** What the DNS says; nothing where there is no such name. */
  async #ask<T>(answer: Promise<T[]>, name: string): Promise<T[]> {
    try {
      return await answer;
    } catch (error) {
      if (isNotFound(error)) return [];
      throw new Trouble("temperror", `no name server could answer for ${name}`);
    }
  }

  #count(): void {
    if (++this.#lookups > MOST_LOOKUPS) {
      throw new Trouble("permerror", `it asks the DNS more than ${MOST_LOOKUPS} times`);
    }
  }

  #noteVoid<T>(found: T[]): T[] {
    if (found.length === 0 && ++this.#voids > MOST_VOIDS) {
      throw new Trouble("permerror", `more than ${MOST_VOIDS} of its terms lead nowhere`);
    }
    return found;
  }

  #target(spec: MacroText | undefined, domain: string): Promise<string> | string {
    return spec === undefined ? domain : this.#name(spec, domain);
  }

  #name(spec: MacroText, domain: string): Promise<string> {
    return expandName(spec, this.#values(domain));
  }

  #values(domain: string): MacroValues {
    const { helo, receiver, now } = this.question;
    return {
      ...{ domain, helo, receiver, sender: this.sender, client: this.address, now: now / 1000 },
      validatedName: async () => bestName(await this.#validatedNames(), domain),
    };
  }

  /** Puts the questions of a record beforehand, as many as may be asked at all: the resolver has one answer for all who ask the same. */
  #askAhead({ directives }: SpfRecord, domain: string): void {
    const asks = directives.findIndex(
      (one) =>
        one.kind === "all" ||
        ((one.kind === "ip4" || one.kind === "ip6") && rangeHas({ ...one.network, prefix: one.prefix }, this.address)),
    );
    const reached = asks < 0 ? directives : directives.slice(0, asks);
    const asking = reached.filter((one) => "domain" in one && one.kind !== "ptr");
    // A single question is put in a moment anyway.
    if (asking.length < 2) return;
    for (const one of asking) {
      if (this.#lookups + ++this.#ahead > MOST_LOOKUPS) return;
      if (!("domain" in one) || usesName(one.domain)) continue;
      this.#put(one, domain).catch(() => {});
    }
  }

  async #put(directive: Directive & { domain: MacroText | undefined }, domain: string): Promise<unknown> {
    const name = await this.#target(directive.domain, domain);
    if (directive.kind === "include") return await this.lookups.txt(name);
    if (directive.kind === "mx") return await this.lookups.mx(name);
    const type = directive.kind === "exists" || this.address.family === 4 ? "A" : "AAAA";
    return await this.lookups.addressesOf(name, type);
  }

  /** What the domain's owner says about a fail (§6.2); anything wrong with it means that he says nothing. */
  async #explain({ explanation, domain }: Found): Promise<string | undefined> {
    if (explanation === undefined) return undefined;
    try {
      const values = this.#values(domain);
      const [text, ...others] = await this.lookups.txt(await expandName(explanation, values));
      if (text === undefined || others.length > 0 || !/^[\x20-\x7e]*$/.test(text)) return undefined;
      const macros = parseMacros(text, true);
      return macros && (await expandMacros(macros, values)).slice(0, LONGEST_EXPLANATION);
    } catch {
      return undefined;
    }
  }
}

/** Whether a name needs the client's own name first. */
function usesName(spec: MacroText | undefined): boolean {
  return spec?.pieces.some((piece) => typeof piece !== "string" && piece.letter === "p") ?? false;
}

/** §7.3: the domain itself, else a name within it, else any. */
function bestName(names: readonly string[], domain: string): string {
  const wanted = domain.toLowerCase();
  return (
    names.find((name) => name === wanted) ?? names.find((name) => name.endsWith(`.${wanted}`)) ?? names[0] ?? "unknown"
  );
}

/** A domain name that can be asked for (§4.3), lower case and in ASCII; undefined for anything else. */
function asciiName(text: string): string | undefined {
  const bare = text.replace(/\.$/, "");
  const name = (/^[\x00-\x7f]*$/.test(bare) ? bare : domainToASCII(bare)).toLowerCase();
  if (name.length > 253 || /[[\]:]/.test(name)) return undefined;
  const labels = name.split(".");
  const good = labels.length > 1 && labels.every((label) => label.length > 0 && label.length <= 63);
  return good ? name : undefined;
}

function sentenceOf({ result, by = "", domain: decided }: Found, domain: string, client: string): string {
  const where = decided === domain ? "" : ` of ${decided}`;
  const term = by === "" ? "" : ` (${by.slice(0, 100)}${where})`;
  switch (result) {
    case "pass":
      return `${domain} lets ${client} send its mail${term}.`;
    case "fail":
      return `${domain} does not let ${client} send its mail${term}.`;
    case "softfail":
      return `${domain} does not count ${client} among those that send its mail${term}.`;
    case "neutral":
      return `${domain} does not say whether ${client} may send its mail${term}.`;
    default:
      return `${domain} does not say who may send its mail.`;
  }
}
