/** A small house for the web sites: real store, directory, auth, mail store and transport; the appliance's part is played here. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Auth } from "../../src/auth/auth.ts";
import { authSettings } from "../../src/auth/settings.ts";
import { Directory } from "../../src/directory/directory.ts";
import { Mailstore } from "../../src/mailstore/mailstore.ts";
import { type AccessRule, accessPermits } from "../../src/net/access.ts";
import { Certificates } from "../../src/net/certificates.ts";

import { Refusal } from "../../src/refusal.ts";
import { eventSettings } from "../../src/store/events.ts";
import { Store } from "../../src/store/store.ts";
import { transportSettings } from "../../src/transport/settings.ts";
import { Transport } from "../../src/transport/transport.ts";
import { adminSite } from "../../src/web/admin/admin.tsx";
import { createWeb, type Web } from "../../src/web/app.tsx";
import type { ServiceBoard, Setup, WebDeps } from "../../src/web/deps.ts";
import { webSettings } from "../../src/web/settings.ts";
import type { SetupAnswers } from "../../src/web/setup/answers.ts";
import { setupSite } from "../../src/web/setup/setup.tsx";
import { webmailSite } from "../../src/web/webmail/webmail.tsx";

export const PASSWORD = "correct horse battery staple";
export const LINK_TOKEN = "the-token-of-the-link";
const DAY_MS = 86_400_000;

export class House {
  readonly folder = mkdtempSync(join(tmpdir(), "gatepost-web-"));
  readonly store: Store;
  readonly directory: Directory;
  readonly auth: Auth;
  readonly mailstore: Mailstore;
  readonly transport: Transport;
  readonly certificates: Certificates;
  readonly deps: WebDeps;
  readonly web: Web;
  /** Faults that were logged: a test that expects none looks here. */
  readonly faults: string[] = [];
  applied: SetupAnswers | undefined;
  /** Moves the clock of sessions and pages, in milliseconds. */
  later = 0;
  lan: readonly string[] = ["127.0.0.0/8", "192.168.0.0/16"];
  webAccess: AccessRule = "lan";
  #token: string | undefined = LINK_TOKEN;
  #done: boolean;

  private constructor(done: boolean) {
    this.#done = done;
    this.store = Store.open(this.folder);
    this.store.events.subscribe((event) => {
      if (event.name === "fault") this.faults.push(`${event.text}\n${event.data?.stack}`);
    });
    this.directory = new Directory(this.store);
    this.auth = new Auth(this.store, this.directory, { sleep: () => Promise.resolve() });
    this.mailstore = new Mailstore(this.store);
    const nothing = () => Promise.reject(new Refusal("temporary", "No name server in tests."));
    this.transport = new Transport({
      store: this.store,
      directory: this.directory,
      mailstore: this.mailstore,
      resolver: { mx: nothing, addresses: nothing },
    });
    this.certificates = new Certificates(this.store, { names: () => ["mail.home.example", "127.0.0.1"] });
    this.deps = this.#deps();
    this.web = createWeb(this.deps, (front) => [setupSite(front), adminSite(front), webmailSite(front)]);
  }

  /** A house that is set up: a domain, the administrator `admin`, and `ann`, who is none. */
  static async build(): Promise<House> {
    const house = new House(true);
    await house.#cheapPasswords();
    await house.directory.domains.create({ name: "home.example" });
    const credentials = await house.auth.credentialsFor(PASSWORD);
    await house.directory.users.create(
      { login: "admin", permissions: ["smtp.relay", "web.administrator"] },
      credentials,
    );
    await house.directory.users.create({ login: "ann", fullName: "Ann Example" }, credentials);
    return house;
  }

  /** A house before its first start. */
  static async raw(): Promise<House> {
    const house = new House(false);
    await house.#cheapPasswords();
    return house;
  }

  async close(): Promise<void> {
    this.auth.close();
    this.directory.close();
    await this.mailstore.stop();
    this.store.close();
    rmSync(this.folder, { recursive: true });
  }

  async #cheapPasswords(): Promise<void> {
    await this.store.settings.set(authSettings, { argonMemory: 8192, argonPasses: 1, scramIterations: 4096 });
  }

  #deps(): WebDeps {
    return {
      store: this.store,
      directory: this.directory,
      auth: this.auth,
      mailstore: this.mailstore,
      transport: this.transport,
      queue: this.transport.queue,
      services: this.#board(),
      certificates: this.certificates,
      setup: this.#setup(),
      permits: (_tls, address) => accessPermits(this.webAccess, this.lan, address),
      httpsPort: () => 10443,
      clientPorts: () => ({
        hostname: "mail.home.example",
        imap: { port: 993, tls: "implicit" },
        submission: { port: 465, tls: "implicit" },
      }),
      health: () => ({
        version: "0.1.0",
        startedAt: Date.now() - DAY_MS,
        memory: 60_000_000,
        databaseSize: 4_000_000,
        diskFree: 200_000_000_000,
      }),
      settingsGroups: [
        { title: "Sending", group: transportSettings },
        { title: "Web", group: webSettings },
        { title: "Log", group: eventSettings },
      ],
      licences: [{ name: "hono", version: "4", licence: "MIT", text: "MIT License" }],
      now: () => Date.now() + this.later,
    };
  }

  #board(): ServiceBoard {
    const port = {
      id: "imap-993",
      address: "",
      port: 993,
      standardPort: 993,
      tls: "implicit" as const,
      enabled: true,
      access: "lan" as AccessRule,
      state: "listening" as const,
      connections: 2,
    };
    let current = port;
    return {
      list: () => [{ name: "imap", label: "Reading mail (IMAP)", ports: [current] }],
      update: async (id, change) => {
        if (id !== port.id) throw new Refusal("notFound", "There is no such port.");
        current = { ...current, ...change };
      },
      lan: () => this.lan,
      setLan: async (networks) => {
        this.lan = networks;
      },
    };
  }

  #setup(): Setup {
    return {
      done: () => this.#done,
      redeem: (token) => {
        if (token !== this.#token) return false;
        this.#token = undefined;
        return true;
      },
      suggestions: () => ({ hostname: "nas", names: ["nas.local", "192.168.1.10"] }),
      apply: async (answers) => {
        const { administrator, domain } = answers;
        const credentials = await this.auth.credentialsFor(administrator.password, [administrator.login]);
        await this.directory.domains.create({ name: domain.domain });
        await this.directory.users.create(
          { login: administrator.login, permissions: ["smtp.relay", "web.administrator"] },
          credentials,
        );
        this.applied = answers;
        this.#done = true;
      },
    };
  }
}

/** What a browser keeps: cookies, and the anti-forgery token of the page it shows. */
export class Browser {
  readonly cookies = new Map<string, string>();
  csrf = "";
  address = "192.168.1.20";
  secure = true;

  constructor(
    readonly house: House,
    readonly base = "https://mail.home.example:10443",
  ) {}

  /** One request, as this browser sends it. Redirects are not followed. */
  async request(path: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Page> {
    const headers = new Headers(init.headers);
    if (this.cookies.size > 0) {
      headers.set("cookie", [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    }
    const request = new Request(this.base + path, { ...init, headers });
    const response = await this.house.web.fetch(request, { address: this.address, secure: this.secure });
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
    const page = new Page(
      response,
      response.headers.get("content-type") === "text/event-stream" ? "" : await response.text(),
    );
    const token = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1];
    if (token !== undefined) this.csrf = token;
    return page;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.request(path, { headers });
  }

  /** Sends a form with the token of the page that was shown last. */
  post(path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Page> {
    const body = new URLSearchParams({ csrf: this.csrf, ...fields });
    return this.request(path, {
      method: "POST",
      body,
      headers: { "sec-fetch-site": "same-origin", origin: this.base, ...headers },
    });
  }

  /** Signs in. */
  async login(login: string, password = PASSWORD): Promise<Page> {
    await this.get("/login");
    return await this.post("/login", { login, password });
  }

  #keep(cookie: string): void {
    const [pair = ""] = cookie.split(";");
    const [name = "", value = ""] = pair.split("=");
    if (value === "" || /max-age=0/i.test(cookie)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

/** An answer with its text. */
export class Page {
  constructor(
    readonly response: Response,
    readonly text: string,
  ) {}

  get status(): number {
    return this.response.status;
  }

  /** Where a redirect leads. */
  get to(): string | null {
    return this.response.headers.get("location");
  }
}
