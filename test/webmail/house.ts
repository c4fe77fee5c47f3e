/** A house with webmail: real store, directory, auth, mail store and transport in a temporary folder; what only the appliance can do is missing. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Auth } from "../../src/auth/auth.ts";
import { authSettings } from "../../src/auth/settings.ts";
import { Directory, type User } from "../../src/directory/directory.ts";
import { Mailstore } from "../../src/mailstore/mailstore.ts";
import { parseStructure } from "../../src/mime/parser.ts";
import { Resolver } from "../../src/net/dns.ts";
import { Store } from "../../src/store/store.ts";
import { Transport } from "../../src/transport/transport.ts";
import { createWeb, type Web } from "../../src/web/app.tsx";
import type { CertificateOffice, ServiceBoard, Setup, WebDeps } from "../../src/web/deps.ts";
import { webmailSite } from "../../src/web/webmail/webmail.tsx";

export const PASSWORD = "correct horse battery staple";
const ORIGIN = "http://mail.home.example";

/** Stands for what the pages of webmail must never need. */
const missing = (what: string): never => {
  throw new Error(`webmail asked for ${what}`);
};

export class House {
  readonly web: Web;

  private constructor(
    readonly folder: string,
    readonly store: Store,
    readonly directory: Directory,
    readonly auth: Auth,
    readonly mailstore: Mailstore,
    readonly transport: Transport,
  ) {
    const deps: WebDeps = {
      ...{ store, directory, auth, mailstore, transport, queue: transport.queue },
      services: { list: () => missing("services") } as unknown as ServiceBoard,
      certificates: { root: () => missing("certificates") } as unknown as CertificateOffice,
      setup: { done: () => true } as unknown as Setup,
      permits: () => true,
      httpsPort: () => undefined,
      clientPorts: () => ({ hostname: "mail.home.example" }),
      health: () => missing("health"),
      settingsGroups: [],
      licences: [],
      now: Date.now,
    };
    this.web = createWeb(deps, (front) => [webmailSite(front)]);
  }

  /** Builds a house with a domain and the users ann and bob. */
  static async build(): Promise<House> {
    const folder = mkdtempSync(join(tmpdir(), "gatepost-webmail-"));
    const store = Store.open(folder);
    const directory = new Directory(store);
    const auth = new Auth(store, directory);
    await store.settings.set(authSettings, { argonMemory: 8192, argonPasses: 1, scramIterations: 4096 });
    await directory.domains.create({ name: "home.example" });
    const mailstore = new Mailstore(store);
    const transport = new Transport({ store, directory, mailstore, resolver: new Resolver() });
    const house = new House(folder, store, directory, auth, mailstore, transport);
    for (const login of ["ann", "bob"]) await house.addUser(login);
    return house;
  }

  async addUser(login: string): Promise<User> {
    const fullName = `${login[0]?.toUpperCase()}${login.slice(1)} Example`;
    const { user } = {
      user: await this.directory.users.create({ login, fullName, addresses: [`${login}@home.example`] }),
    };
    await this.auth.setPassword(login, PASSWORD);
    return user;
  }

  user(login: string): User {
    return this.directory.users.require(login);
  }

  /** The id of a folder of a user's primary mailbox. */
  folderId(login: string, name = "INBOX"): number {
    const folder = this.mailstore.folders(this.user(login).primaryMailbox).find((one) => one.name === name);
    if (folder === undefined) throw new Error(`${login} has no folder ${name}`);
    return folder.id;
  }

  /** Puts a message into a folder as it is; line ends become CRLF. Gives its UID. */
  async put(
    folder: number,
    message: string | Uint8Array,
    options: { flags?: number; at?: number } = {},
  ): Promise<number> {
    const octets = typeof message === "string" ? Buffer.from(message.replace(/\r?\n/g, "\r\n")) : message;
    const writer = this.store.content.writer();
    await writer.write(octets);
    const staged = await writer.finish();
    const structure = parseStructure(octets);
    const flags = { system: options.flags ?? 0 };
    const internalDate = options.at ?? Date.now();
    return await this.store.commit(
      (tx) => this.mailstore.append(tx, { folder, content: staged, structure, internalDate, flags }).uid,
    );
  }

  /** The messages of a folder, as octets, oldest first. */
  async messages(
    folder: number,
  ): Promise<{ uid: number; system: number; keywords: readonly string[]; text: string }[]> {
    const view = await this.mailstore.open(folder);
    const all = [...view.uids].map((uid, index) => {
      const { system, keywords } = view.flagsAt(index);
      const text = Buffer.from(this.store.content.read(view.contentAt(index))).toString("utf8");
      return { uid, system, keywords, text };
    });
    view.close();
    return all;
  }

  /** A browser that is signed in. */
  async signIn(login: string): Promise<Browser> {
    const browser = new Browser(this.web);
    await browser.get("/login");
    await browser.post("/login", { login, password: PASSWORD });
    return browser;
  }

  async stop(): Promise<void> {
    await this.transport.stop();
    await this.mailstore.stop();
    this.auth.close();
    this.directory.close();
    this.store.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What a page said. */
export interface Page {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Where it leads, for 303. */
  readonly location: string;
}

/** Keeps cookies and the anti-forgery token, as a browser does; follows nothing by itself. */
export class Browser {
  readonly #cookies = new Map<string, string>();
  csrf = "";

  constructor(private readonly web: Web) {}

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Page> {
    return await this.request(path, { headers });
  }

  /** Sends a form as a browser without a script does. */
  async post(
    path: string,
    fields: Record<string, string | string[]>,
    headers: Record<string, string> = {},
  ): Promise<Page> {
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries({ csrf: this.csrf, ...fields })) {
      for (const one of [value].flat()) body.append(name, one);
    }
    return await this.request(path, { method: "POST", body, headers: { origin: ORIGIN, ...headers } });
  }

  /** Sends the compose form with its files. */
  async compose(path: string, fields: Record<string, string | string[]>, files: File[] = []): Promise<Page> {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) body.append(name, one);
    for (const file of files) body.append("file", file);
    return await this.upload(`${path}?csrf=${this.csrf}`, body);
  }

  /** Sends a form with files, its length announced as browsers do. */
  async upload(path: string, form: FormData, headers: Record<string, string> = {}): Promise<Page> {
    const made = new Response(form);
    const type = made.headers.get("content-type") ?? "";
    const body = await made.bytes();
    const about = { "content-type": type, "content-length": String(body.length), origin: ORIGIN, ...headers };
    return await this.request(path, { method: "POST", body, headers: about });
  }

  async request(path: string, init: RequestInit): Promise<Page> {
    const response = await this.raw(path, init);
    const text = await response.text();
    this.csrf = /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? this.csrf;
    return {
      status: response.status,
      headers: response.headers,
      text,
      location: response.headers.get("location") ?? "",
    };
  }

  async raw(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.#cookies.size > 0) headers.set("cookie", this.cookie);
    const request = new Request(new URL(path, ORIGIN), { ...init, headers, redirect: "manual" });
    const response = await this.web.fetch(request, { address: "127.0.0.1", secure: false });
    for (const cookie of response.headers.getSetCookie()) {
      const [name = "", value = ""] = cookie.split(";")[0]?.split("=") ?? [];
      if (value === "") this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }
}

/** The headers with which htmx asks for a part of a page. */
export const htmx = (target: string, at = "/mail", source = ""): Record<string, string> => ({
  "hx-request": "true",
  "hx-request-type": "partial",
  "hx-target": target,
  "hx-current-url": new URL(at, ORIGIN).href,
  ...(source && { "hx-source": source }),
});
