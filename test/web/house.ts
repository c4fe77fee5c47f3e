/** A house with the web sites; the appliance's part is played here. */

import { Administration } from "../../src/administration/administration.ts";
import type { CacheOffice, ServiceBoard } from "../../src/administration/parts.ts";
import { Files } from "../../src/files/files.ts";
import { Gateway } from "../../src/gateway/gateway.ts";
import { gatewaySettings } from "../../src/gateway/settings.ts";
import { type AccessRule, accessPermits } from "../../src/net/access.ts";
import { Certificates } from "../../src/net/certificates.ts";
import { Tunnels } from "../../src/net/tunnels.ts";
import { Refusal } from "../../src/refusal.ts";
import { Crowd as FtpCrowd } from "../../src/services/ftp/crowd.ts";
import { eventSettings } from "../../src/store/events.ts";
import { transportSettings } from "../../src/transport/settings.ts";
import { adminSite } from "../../src/web/admin/admin.tsx";
import { apiSite } from "../../src/web/api/api.ts";
import { createWeb, type Web } from "../../src/web/app.tsx";
import type { Setup, WebDeps } from "../../src/web/deps.ts";
import { davSite } from "../../src/web/homepages/dav/dav.ts";
import { homePages } from "../../src/web/homepages/homepages.ts";
import { ScriptRoom } from "../../src/web/homepages/scripts/script-room.ts";
import { webSettings } from "../../src/web/settings.ts";
import type { SetupAnswers } from "../../src/web/setup/answers.ts";
import { setupSite } from "../../src/web/setup/setup.tsx";
import { webmailSites } from "../../src/web/webmail/webmail.tsx";
import { House as Ground } from "../house.ts";

/** A cache of the web proxy in which nothing is kept. */
const emptyCache: CacheOffice = {
  statistics: () => ({
    ...{ entries: 0, memoryOctets: 0, diskOctets: 0 },
    ...{ requests: 0, hits: 0, validated: 0, savedOctets: 0 },
  }),
  purge: () => Promise.resolve(0),
};

export { PASSWORD } from "../house.ts";
export { Browser } from "./client.ts";

export const LINK_TOKEN = "the-token-of-the-link";
const DAY_MS = 86_400_000;

export class House extends Ground {
  readonly certificates: Certificates;
  readonly files: Files;
  readonly gateway: Gateway;
  readonly pageScripts: ScriptRoom;
  readonly deps: WebDeps;
  readonly tunnels = new Tunnels({ onFault: (fault) => this.faults.push(String(fault)) });
  /** For whoever asks past the pages. */
  administration!: Administration;
  readonly web: Web;
  applied: SetupAnswers | undefined;
  lan: readonly string[] = ["127.0.0.0/8", "192.168.0.0/16"];
  webAccess: AccessRule = "lan";
  #token: string | undefined = LINK_TOKEN;
  #done: boolean;

  readonly #clock: { later: number };

  protected constructor(done = true, clock = { later: 0 }) {
    super("web", { auth: { sleep: () => Promise.resolve(), now: () => Date.now() + clock.later } });
    this.#done = done;
    this.#clock = clock;
    this.certificates = new Certificates(this.store, { names: () => ["mail.home.example", "127.0.0.1"] });
    this.files = new Files(this.store, (id) => this.directory.users.byId(id));
    this.gateway = new Gateway(this.store, this.directory, {
      resolver: { addresses: () => Promise.reject(new Refusal("temporary", "There is no name server in tests.")) },
      isLan: (address) => accessPermits("lan", this.lan, address),
      isOwnProxy: () => false,
      // Other servers stand on this machine in tests.
      reachableByMail: ["127.0.0.1"],
      now: () => Date.now() + clock.later,
    });
    this.pageScripts = new ScriptRoom({ store: this.store, transport: this.transport, now: Date.now });
    this.deps = this.#deps();
    const sleep = () => Promise.resolve();
    this.web = createWeb(this.deps, (front) => [
      ...[
        homePages(front, { scripts: this.deps.pageScripts }),
        davSite(front),
        apiSite(front, { sleep }),
        setupSite(front),
        adminSite(front),
        ...webmailSites(front),
      ],
    ]);
  }

  /** A house that is set up: a domain, the administrator `admin`, and `ann`, who is none. */
  static async build(): Promise<House> {
    const house = await new House().furnish();
    await house.addUser("admin", { permissions: ["smtp.relay", "web.administrator"] });
    await house.addUser("ann", { fullName: "Ann Example" });
    return house;
  }

  /** A house before its first start. */
  static async raw(): Promise<House> {
    const house = new House(false);
    await house.cheapHashes();
    return house;
  }

  /** How far the clock of logins, sessions and pages is moved, in milliseconds. */
  get later(): number {
    return this.#clock.later;
  }

  set later(ms: number) {
    this.#clock.later = ms;
  }

  /** Pages that listen for what happens would ask on after the house is gone. */
  override async close(...options: Parameters<Ground["close"]>): Promise<void> {
    this.web.endLivePages();
    await this.tunnels.close();
    await this.pageScripts.close();
    await this.gateway.close();
    await this.files.close();
    await super.close(...options);
  }

  #deps(): WebDeps {
    const shared = {
      store: this.store,
      directory: this.directory,
      auth: this.auth,
      mailstore: this.mailstore,
      files: this.files,
      gateway: this.gateway,
      tunnels: this.tunnels,
      transport: this.transport,
      signingKeys: this.signingKeys,
      spam: this.spam,
      resolver: this.resolver,
      userDatabases: this.userDatabases,
      services: this.#board(),
      certificates: this.certificates,
      cache: () => Promise.resolve(emptyCache),
      ftp: new FtpCrowd(),
      pages: this.pageScripts.office,
      settingsGroups: [
        { title: "Sending", group: transportSettings },
        { title: "Web", group: webSettings },
        { title: "Log", group: eventSettings },
        { title: "Gateway", group: gatewaySettings },
      ],
      now: () => Date.now() + this.later,
    };
    this.administration = new Administration(shared);
    return {
      ...shared,
      administration: this.administration,
      queue: this.transport.queue,
      outside: this.gateway.outside,
      pageScripts: () => this.pageScripts.scripts(),
      setup: this.#setup(),
      permits: (_tls, address) => accessPermits(this.webAccess, this.lan, address),
      httpsPort: () => 10443,
      clientPorts: () => ({
        hostname: "mail.home.example",
        imap: { port: 993, tls: "implicit" },
        submission: { port: 465, tls: "implicit" },
      }),
      proxySetUp: (host) => `function FindProxyForURL() { return "PROXY ${host}:3128"; }`,
      health: () => ({
        version: "0.1.0",
        startedAt: Date.now() - DAY_MS,
        memory: 60_000_000,
        databaseSize: 4_000_000,
        diskFree: 200_000_000_000,
      }),
      licences: [{ name: "hono", version: "4", licence: "MIT", text: "MIT License" }],
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
    const door = { ...port, id: "web-443", port: 443, standardPort: 443 };
    let current = port;
    return {
      list: () => [
        { name: "imap", label: "Reading mail (IMAP)", ports: [current] },
        {
          name: "proxy",
          label: "Web proxy",
          ports: [{ ...port, id: "proxy-3128", port: 3128, standardPort: 3128, tls: "none" }],
        },
        { name: "web", label: "Webmail and administration", ports: [{ ...door, access: this.webAccess }] },
      ],
      updateWithin: (_tx, id, rule) => {
        if (id === door.id) this.webAccess = rule.access;
        else if (id === port.id) current = { ...current, ...rule };
        else throw new Refusal("notFound", "There is no such port.");
      },
      apply: () => Promise.resolve(),
      lan: () => this.lan,
      setLanWithin: (_tx, networks) => {
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
