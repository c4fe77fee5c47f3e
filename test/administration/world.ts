/**
 * A house in which everybody asks for everything: an administrator of all, one of a domain, plain users here and elsewhere, and what is
 * theirs. Requests go through the HTTP API, with tokens that are allowed everything unless said otherwise.
 */
import { CONSOLE, SCOPE_NAMES, type Scope } from "../../src/administration/actor.ts";
import { httpOf, type Operation } from "../../src/administration/operation.ts";
import { addTokenWithin, listTokens } from "../../src/administration/signing-in/api-tokens.ts";
import { addContact } from "../../src/administration/users/contacts.ts";
import { names } from "../../src/web/api/routes.ts";
import { House as WebHouse } from "../web/house.ts";

/** Who asks. `foreigner` is a user elsewhere, of whom nobody but the administrator may learn anything. */
export const LOGINS = ["admin", "dora", "mia", "ann", "foreigner"] as const;
export type Login = (typeof LOGINS)[number];

/** What an answer is, as far as these tests look at it. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

/** What a field of an input names. */
export type Kind = "user" | "mailbox" | "token" | "contact" | "domain" | "address" | "group" | "queued" | "certificate";

type Thing = string | number;

export class World extends WebHouse {
  readonly #tokens = new Map<string, string>();
  /** What is whose, by the kind of thing. */
  readonly #things = new Map<string, Thing>();

  static async create(): Promise<World> {
    const world = new World();
    await world.furnish();
    const { domains, users } = world.directory;
    const elsewhere = await domains.create({ name: "foreign.example" });
    const home = domains.require("home.example");
    const administers = [home.id];
    await world.addUser("admin", { permissions: ["web.administrator"] });
    await world.addUser("dora", { permissions: ["web.administrator"], administers });
    for (const login of ["mia", "ann"]) await world.addUser(login, { fullName: login });
    await world.addUser("foreigner", { fullName: "Foreign Fellow", addresses: ["foreigner@foreign.example"] });
    await users.update("foreigner", { entry: { ...world.user("foreigner").entry, listed: false } });
    await world.directory.mailGroups.create({ name: "foreign group" });
    for (const login of LOGINS)
      await world.#own(login, login === "foreigner" ? elsewhere.displayName : home.displayName);
    return world;
  }

  async #own(login: Login, domain: string): Promise<void> {
    const { id, primaryMailbox } = this.user(login);
    await this.token(login);
    const actor = { kind: "user", user: this.user(login), via: "web" } as const;
    const contact = await this.deps.administration.perform(addContact, actor, {
      fullName: `Friend of ${login}`,
      book: "own",
    });
    const [token] = listTokens(this.store, id);
    const own: [Kind, Thing][] = [
      ["user", login],
      ["mailbox", primaryMailbox],
      ["token", token?.id ?? 0],
      ["contact", contact.id],
      ["domain", domain],
      ["address", `${login}@${domain}`],
      ["group", "foreign group"],
      ["queued", 999],
      ["certificate", "own"],
    ];
    for (const [kind, thing] of own) this.#things.set(`${kind} ${login}`, thing);
  }

  /** A thing of somebody; "nobody" has what does not exist. */
  thing(kind: Kind, of: Login | "nobody"): Thing {
    if (of !== "nobody") return this.#things.get(`${kind} ${of}`) ?? "";
    const missing: Record<Kind, Thing> = {
      ...{ user: "nobody", mailbox: 987_654, token: 987_654, contact: 987_654, domain: "nowhere.example" },
      ...{ address: "nobody@nowhere.example", group: "no group", queued: 987_654, certificate: "none" },
    };
    return missing[kind];
  }

  /** A token of somebody with these scopes, whatever he may: what it opens is to be seen. */
  async token(login: string, scopes: readonly Scope[] = SCOPE_NAMES): Promise<string> {
    const key = `${login} ${scopes.join(" ")}`;
    const known = this.#tokens.get(key);
    if (known !== undefined) return known;
    const wanted = { name: `t${this.#tokens.size}`, scopes, networks: [], expiresAt: null };
    const { text } = await this.store.commit((tx) => addTokenWithin(tx, this.user(login), wanted, Date.now()));
    this.#tokens.set(key, text);
    return text;
  }

  /** Asks for an operation with a token, or with none. */
  async ask(operation: Operation, input: Readonly<Record<string, unknown>>, token?: string): Promise<Answer> {
    const { method, path } = httpOf(operation);
    const rest = new Map(Object.entries(input));
    const filled = names(path.split("/")).reduce((at, name) => {
      const value = encodeURIComponent(String(rest.get(name) ?? "x"));
      rest.delete(name);
      return at.replace(`{${name}}`, value);
    }, path);
    const url = new URL(`/api/v1${filled}`, "https://mail.home.example");
    const inQuery = method === "GET" || method === "DELETE";
    if (inQuery)
      for (const [name, value] of rest) for (const one of [value].flat()) url.searchParams.append(name, String(one));
    const headers = {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(!inQuery && { "content-type": "application/json" }),
    };
    const body = inQuery ? undefined : JSON.stringify(Object.fromEntries(rest));
    const request = new Request(url, { method, headers, ...(body !== undefined && { body }) });
    const response = await this.web.fetch(request, { address: "192.168.1.20", secure: true });
    return { status: response.status, text: await response.text(), headers: response.headers };
  }
}

export { CONSOLE };
