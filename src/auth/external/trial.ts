/**
 * The test of a user database, step by step, in words: is the name known, does each server answer, is its certificate good, does it take
 * the bind DN, is there anybody, what do the entries say; and for a login and a password, what would happen.
 */
import type { X509Certificate } from "node:crypto";
import type { Connection } from "../../net/connection.ts";
import { Refusal } from "../../refusal.ts";
import type { Turns } from "../../turns.ts";
import type { Accounts } from "./accounts.ts";
import { attributesIn } from "./database.ts";
import type { UserDatabase } from "./databases.ts";
import { filterForAll } from "./filter.ts";
import { addressesOf, DirectoryAway, type LdapEntry, LdapLink, type LinkOptions, protect, reach } from "./link.ts";
import { People } from "./people.ts";
import { attributesFor, isOctets, personOf } from "./person.ts";
import { describeResult } from "./results.ts";
import { sentence } from "./run.ts";
import { parseServer, type ServerPlace } from "./server-url.ts";

/** What was tried and found. */
export interface TrialStep {
  readonly name: string;
  readonly state: "good" | "doubtful" | "bad";
  /** One or two sentences. */
  readonly text: string;
  readonly details: readonly string[];
}

/** Whose login is tried as well. */
export interface Trial {
  readonly login?: string | undefined;
  readonly password?: string | undefined;
}

export interface TrialParts extends Pick<LinkOptions, "bindPassword" | "isLan"> {
  readonly accounts: Accounts;
  readonly turns: Turns;
}

/** Entries that are looked at. */
const LOOKED_AT = 200;
const SHOWN = 5;
/** A certificate that ends so soon is worth a word (milliseconds). */
const SOON = 14 * 86_400_000;

/** Tries a database. */
export async function tryDatabase(database: UserDatabase, parts: TrialParts, trial: Trial): Promise<TrialStep[]> {
  return await new Attempt(database, parts).run(trial);
}

class Attempt {
  readonly #steps: TrialStep[] = [];
  readonly #options: LinkOptions;

  constructor(
    private readonly database: UserDatabase,
    private readonly parts: TrialParts,
  ) {
    this.#options = { properties: database, bindPassword: parts.bindPassword, isLan: parts.isLan };
  }

  async run(trial: Trial): Promise<TrialStep[]> {
    let searched = false;
    for (const url of this.database.servers) {
      const place = parseServer(url);
      if (typeof place === "string") this.#bad(url, place);
      else searched = (await this.#server(place, !searched)) || searched;
    }
    if (searched && trial.login !== undefined && trial.login !== "")
      await this.#login(trial.login, trial.password ?? "");
    return this.#steps;
  }

  /** One server from its name to the entries; gives whether everything could be tried. */
  async #server(place: ServerPlace, search: boolean): Promise<boolean> {
    let connection: Connection | undefined;
    try {
      const addresses = await this.#step(`${place.url}: name`, () => addressesOf(place, this.database.connectSeconds));
      this.#good(`${place.url}: name`, `${place.host} is ${addresses.join(", ")}.`);
      connection = await this.#step(`${place.url}: connection`, () => reach(place, addresses, this.#options));
      const { address, port } = connection.remote;
      this.#good(`${place.url}: connection`, `Port ${port} of ${address} answers.`);
      const link = await this.#encryption(place, connection);
      if (!(await this.#bind(place, link))) return false;
      if (search) await this.#search(link);
      link.close();
      return true;
    } catch (fault) {
      if (!(fault instanceof DirectoryAway) && !(fault instanceof Refusal)) throw fault;
      return false;
    } finally {
      connection?.destroy();
    }
  }

  async #encryption(place: ServerPlace, connection: Connection): Promise<LdapLink> {
    const name = `${place.url}: encryption`;
    await this.#step(
      name,
      () => protect(connection, place, this.#options),
      () => certificateLines(connection),
    );
    const { tls } = connection;
    if (tls === undefined) this.#doubtful(name, "None: passwords go over the network as they are.");
    else {
      const certificate = connection.peerCertificate();
      const left = certificate === undefined ? 0 : Date.parse(certificate.validTo) - Date.now();
      const text = `${tls.version}, ${place.implicitTls ? "from the first octet" : "by STARTTLS"}, and the certificate is trusted.`;
      if (left > SOON) this.#good(name, text, certificateLines(connection));
      else this.#doubtful(name, `${text} It ends soon.`, certificateLines(connection));
    }
    return await LdapLink.over(connection, this.#options);
  }

  async #bind(place: ServerPlace, link: LdapLink): Promise<boolean> {
    const name = `${place.url}: bind`;
    const { bindDn } = this.database;
    if (bindDn === "") {
      this.#doubtful(name, "No bind DN is set: what is searched must be shown to everybody.");
      return true;
    }
    const refused = await this.#step(name, () => link.bind(bindDn, this.parts.bindPassword));
    if (refused === undefined) this.#good(name, `${bindDn} is let in.`);
    else {
      const hint = refused.code === 8 || refused.code === 13 ? " Use ldaps:// or let STARTTLS be used." : "";
      this.#bad(name, `${bindDn} is not let in: ${describeResult(refused)}.${hint}`);
    }
    return refused === undefined;
  }

  async #search(link: LdapLink): Promise<void> {
    const { base, filter, idAttribute, pageSize } = this.database;
    const entries: LdapEntry[] = [];
    let total = 0;
    const octets = isOctets(idAttribute) ? { octets: idAttribute } : {};
    const request = { base, filter: filterForAll(filter), attributes: attributesFor(this.database), ...octets };
    await this.#step("Users", async () => {
      for await (const page of link.pages(request, pageSize)) {
        if (this.parts.turns.over) await this.parts.turns.next();
        total += page.length;
        entries.push(...page.slice(0, LOOKED_AT - entries.length));
      }
    });
    if (total === 0) {
      const text = `Nobody is found below "${base}". Perhaps the filter is for another kind of server, or ${this.database.bindDn || "nobody in particular"} may not read there.`;
      this.#bad("Users", text);
      return;
    }
    const first = entries.slice(0, SHOWN).map((entry) => {
      const { login, fullName, mails } = personOf(entry, this.database);
      return [login || "(no login name)", fullName, mails[0], entry.dn].filter(Boolean).join(" · ");
    });
    this.#good("Users", `${total} found. The first:`, first);
    this.#attributes(entries);
    this.#groups(entries);
  }

  #attributes(entries: readonly LdapEntry[]): void {
    const { loginAttribute, idAttribute, nameAttribute, mailAttributes } = this.database;
    const have = (names: string) =>
      entries.filter((entry) =>
        attributesIn(names).some((name) => (entry.attributes.get(name.toLowerCase())?.length ?? 0) > 0),
      ).length;
    const wanted = [
      ["Login name", loginAttribute],
      ["Identity", idAttribute],
      ["Full name", nameAttribute],
      ["Mail", mailAttributes],
    ].filter(([, names]) => names !== "");
    const details = wanted.map(([what, names = ""]) => `${what} (${names}): ${have(names)} of ${entries.length}`);
    const missing = wanted.filter(([, names = ""]) => have(names) === 0).map(([, names]) => names);
    if (missing.length === 0) this.#good("Attributes", "All that are set are there.", details);
    else this.#doubtful("Attributes", `No entry shows ${missing.join("; ")}.`, details);
  }

  #groups(entries: readonly LdapEntry[]): void {
    const { rules, groups } = this.database;
    if (rules.length === 0) return;
    const seen = new Map<string, number>();
    for (const entry of entries)
      for (const group of personOf(entry, this.database).groups) seen.set(group, (seen.get(group) ?? 0) + 1);
    const most = [...seen].sort((left, right) => right[1] - left[1]).slice(0, SHOWN);
    const details = most.map(([group, count]) => `${group}: ${count}`);
    if (seen.size > 0)
      this.#good("Groups", `${seen.size} among the first ${entries.length} entries. The largest:`, details);
    else if (groups === "attribute")
      this.#doubtful(
        "Groups",
        "No entry names a group. Perhaps the server does not keep memberOf: search the groups instead.",
      );
  }

  async #login(login: string, password: string): Promise<void> {
    const name = `Login as ${login}`;
    const { now, onChange } = { now: Date.now, onChange: () => undefined };
    const people = new People({ ...this.#options, now, onChange }, this.parts.turns);
    try {
      const person = await this.#step(name, () => people.byLogin(login));
      if (person === undefined) {
        this.#bad(name, "The filter finds nobody, or more than one.");
        return;
      }
      const groups = await this.#step(name, () => people.groupsOf(person));
      const template = this.parts.accounts.templateFor(this.database, groups);
      const known = [
        `Entry: ${person.dn}`,
        `Identity: ${person.id}`,
        `Groups: ${groups.join("; ") || "none"}`,
        `Template: ${template.name || "none, the usual permissions"}`,
        ...(template.note === undefined ? [] : [template.note]),
      ];
      if (password === "") {
        this.#good(name, "Found. Without a password nothing more is tried.", known);
        return;
      }
      const refusal = await this.#step(
        name,
        () => people.check(person, password),
        () => known,
      );
      if (refusal !== undefined) this.#bad(name, `The password is not taken: ${refusal.detail}.`, known);
      else if (person.disabled) this.#bad(name, "The password is right, but the account is switched off there.", known);
      else this.#good(name, "The password is right.", known);
    } catch (fault) {
      if (!(fault instanceof DirectoryAway) && !(fault instanceof Refusal)) throw fault;
    } finally {
      people.close();
    }
  }

  /** Does one step; what goes wrong is noted and thrown on. */
  async #step<T>(name: string, step: () => Promise<T>, details: () => readonly string[] = () => []): Promise<T> {
    try {
      return await step();
    } catch (fault) {
      if (fault instanceof DirectoryAway) this.#bad(name, sentence(fault.why), details());
      if (fault instanceof Refusal) this.#bad(name, fault.sentence, details());
      throw fault;
    }
  }

  #good(name: string, text: string, details: readonly string[] = []): void {
    this.#steps.push({ name, state: "good", text, details });
  }

  #doubtful(name: string, text: string, details: readonly string[] = []): void {
    this.#steps.push({ name, state: "doubtful", text, details });
  }

  #bad(name: string, text: string, details: readonly string[] = []): void {
    this.#steps.push({ name, state: "bad", text, details });
  }
}

/** What the server showed, good or not. */
function certificateLines(connection: Connection): string[] {
  const certificate: X509Certificate | undefined = connection.peerCertificate();
  if (certificate === undefined) return [];
  const oneLine = (name: string) => name.split("\n").join(", ");
  return [
    `For: ${certificate.subjectAltName ?? oneLine(certificate.subject)}`,
    `Made by: ${oneLine(certificate.issuer)}`,
    `Ends: ${new Date(certificate.validTo).toISOString().slice(0, 10)}`,
    `SHA-256: ${certificate.fingerprint256}`,
  ];
}
