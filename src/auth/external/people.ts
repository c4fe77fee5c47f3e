/** The people of one database: finding one, checking a password, reading all. */
import { fold } from "../../directory/address.ts";
import type { Turns } from "../../turns.ts";
import type { DatabaseProperties } from "./database.ts";
import { comparableDn, isDn } from "./dn.ts";
import { filterForAll, filterForLogin } from "./filter.ts";
import { type GroupsOf, groupsOfAll, groupsOfOne } from "./groups.ts";
import { DirectoryAway, type LdapEntry, type LdapLink, type SearchRequest } from "./link.ts";
import { filterForAddress, ROUTE_ATTRIBUTES } from "./mail-route.ts";
import { attributesFor, identityFilter, isOctets, type Person, personOf } from "./person.ts";
import { type BindRefusal, bindRefusal } from "./results.ts";
import { Servers, type ServersOptions } from "./servers.ts";

/** More entries than this are not read: somebody set the base or the filter wrongly. */
const MOST_PEOPLE = 100_000;
/** Longest that reading everybody may take (milliseconds). */
const READING_MS = 15 * 60_000;

/** Everybody, and who is in which group. */
export interface Everybody {
  readonly people: readonly Person[];
  readonly groupsOf: GroupsOf;
}

export class People {
  readonly #servers: Servers;
  readonly #properties: DatabaseProperties;

  constructor(
    options: ServersOptions,
    private readonly turns: Turns,
  ) {
    this.#properties = options.properties;
    this.#servers = new Servers(options);
  }

  /** Whoever has a login name; undefined where nobody has, or where the filter finds several. @throws DirectoryAway, Refusal */
  async byLogin(login: string): Promise<Person | undefined> {
    const filter = filterForLogin(this.#properties.filter, login);
    const found = await this.#search((link) => link.search(this.#request(filter, { most: 3 })));
    const [only] = found;
    if (found.length <= 1) return only;
    // A filter that looks at mail addresses too may find more than the one meant.
    const exact = found.filter((person) => fold(person.login) === fold(login));
    return exact.length === 1 ? exact[0] : undefined;
  }

  /** The entry with an identity from earlier; undefined where it is gone, or no longer one of the users. @throws DirectoryAway, Refusal */
  async byId(id: string): Promise<Person | undefined> {
    const filter = filterForAll(this.#properties.filter);
    if (isDn(id)) {
      const request = this.#request(filter, { base: id, scope: "base", most: 1 });
      const [found] = await this.#search((link) => link.search(request).catch(goneIsNobody));
      return found;
    }
    if (this.#properties.idAttribute === "") return undefined;
    const and = identityFilter(id, this.#properties);
    const found = await this.#search((link) => link.search(this.#request(filter, { and, most: 2 })));
    return found.length === 1 ? found[0] : undefined;
  }

  /** Whether a password is somebody's: undefined if it is, otherwise what the refusal means. @throws DirectoryAway, Refusal */
  async check({ dn }: Person, password: string): Promise<BindRefusal | undefined> {
    return await this.#servers.use(
      "bind",
      async (link) => {
        const result = await link.bind(dn, password);
        const refusal = result === undefined ? undefined : bindRefusal(result);
        if (refusal?.kind === "away") throw new DirectoryAway(refusal.detail);
        return refusal;
      },
      this.#patience,
    );
  }

  /** The groups of one person. @throws DirectoryAway, Refusal */
  groupsOf(person: Person): Promise<string[]> {
    return this.#servers.use("search", (link) => groupsOfOne(link, person, this.#properties), this.#patience);
  }

  /** Reads everybody. @throws DirectoryAway, Refusal */
  async everybody(): Promise<Everybody> {
    return await this.#servers.use("search", (link) => this.#readAll(link), READING_MS);
  }

  /** The entries that have a mail address, with what they say of its mail. @throws DirectoryAway, Refusal */
  async withAddress(address: string): Promise<LdapEntry[]> {
    const { routeFilter, routeBase, base } = this.#properties;
    const filter = filterForAddress(routeFilter, address);
    const request = { base: routeBase || base, filter, attributes: ROUTE_ATTRIBUTES, most: 2 };
    return await this.#servers.use("search", (link) => link.search(request), this.#patience);
  }

  /** Closes all connections. */
  close(): void {
    this.#servers.close();
  }

  get #patience(): number {
    return this.#properties.timeoutSeconds * 1000;
  }

  async #readAll(link: LdapLink): Promise<Everybody> {
    const people: Person[] = [];
    const seen = new Set<string>();
    const request = this.#request(filterForAll(this.#properties.filter));
    for await (const page of link.pages(request, this.#properties.pageSize)) {
      for (const entry of page) {
        if (this.turns.over) await this.turns.next();
        const key = comparableDn(entry.dn);
        if (seen.has(key)) continue;
        seen.add(key);
        people.push(personOf(entry, this.#properties));
        if (people.length > MOST_PEOPLE)
          throw new DirectoryAway(`there are more than ${MOST_PEOPLE} entries; narrow the base or the filter`, true);
      }
    }
    return { people, groupsOf: await groupsOfAll(link, this.#properties) };
  }

  async #search(search: (link: LdapLink) => Promise<LdapEntry[]>): Promise<Person[]> {
    const entries = await this.#servers.use("search", search, this.#patience);
    return entries.map((entry) => personOf(entry, this.#properties));
  }

  #request(filter: string, more: Partial<SearchRequest> = {}): SearchRequest {
    const { base, idAttribute } = this.#properties;
    const octets = isOctets(idAttribute) ? { octets: idAttribute } : {};
    return { base, filter, attributes: attributesFor(this.#properties), ...octets, ...more };
  }
}

/** A DN under which there is nothing any more is nobody's; anything else that goes wrong says nothing about it. */
function goneIsNobody(error: unknown): LdapEntry[] {
  if (error instanceof DirectoryAway && error.noSuchEntry) return [];
  throw error;
}
