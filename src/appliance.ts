/**
 * The appliance: builds the parts of the house in order, starts what listens, and stops everything in reverse. The command line
 * opens one and works on its parts; `serve` also starts it. What pages need of the whole is handed to them from here.
 */
import { embeddedLicences } from "../views/licences.macro.ts" with { type: "macro" };
import { Administration } from "./administration/administration.ts";
import { auditedCommit } from "./administration/audit.ts";
import type { PortState, PortTls } from "./administration/parts.ts";
import { healthOf } from "./appliance/health.ts";
import { Listening, type Placement } from "./appliance/listening.ts";
import { machineAddresses, machineName, machineNames } from "./appliance/machine.ts";
import { protocolsOf } from "./appliance/protocols.ts";
import { SETTINGS_GROUPS } from "./appliance/settings-groups.ts";
import { FirstStart } from "./appliance/setup.ts";
import { WebCache } from "./appliance/web-cache.ts";
import { WebProxyPart } from "./appliance/web-proxy.ts";
import { Auth } from "./auth/auth.ts";
import { UserDatabases } from "./auth/external/user-databases.ts";
import { subscriptionsChanged } from "./auth/subscriptions.ts";
import { mailboxRemoved, userChanged } from "./directory/changes.ts";
import { Directory } from "./directory/directory.ts";
import { Files } from "./files/files.ts";
import { Filter } from "./filter/filter.ts";
import { DkimKeys } from "./filter/keys/keys.ts";
import { Signing } from "./filter/signing.ts";
import { Spam } from "./filter/spam.ts";
import { Gateway } from "./gateway/gateway.ts";
import { GATEWAY_SERVICES } from "./gateway/visit.ts";
import { Mailstore } from "./mailstore/mailstore.ts";
import { type AccessRule, isLoopback } from "./net/access.ts";
import { Certificates } from "./net/certificates.ts";
import { Resolver } from "./net/dns.ts";
import { Tunnels } from "./net/tunnels.ts";
import { Crowd as FtpCrowd } from "./services/ftp/crowd.ts";
import { pacFile } from "./services/proxy/pac.ts";
import { proxySettings as webProxySettings } from "./services/proxy/settings.ts";
import { Store } from "./store/store.ts";
import { dnsSettings } from "./transport/settings.ts";
import { Transport } from "./transport/transport.ts";
import { VERSION } from "./version.ts";
import type { ClientPorts, WebDeps } from "./web/deps.ts";
import { ScriptRoom } from "./web/homepages/scripts/script-room.ts";
import type { Notifier } from "./web/push/notifier.ts";
import { WebSites } from "./web/server.ts";
import { webSettings } from "./web/settings.ts";

/** How often what has run out is renewed or removed, in milliseconds. */
const HOUSEKEEPING_MS = 3_600_000;
/** When it happens first: a machine that is switched off every night must not wait for its hour in vain. */
const FIRST_ROUND_MS = 60_000;

/** One line of `gatepost services`. */
export interface ServiceLine {
  readonly service: string;
  /** "" stands for all addresses. */
  readonly address: string;
  readonly port: number;
  readonly tls: PortTls;
  readonly access: AccessRule;
  readonly state: PortState["state"];
}

export class Appliance {
  readonly directory: Directory;
  readonly mailstore: Mailstore;
  readonly files: Files;
  readonly tunnels: Tunnels;
  readonly auth: Auth;
  readonly userDatabases: UserDatabases;
  readonly signingKeys: DkimKeys;
  readonly spam: Spam;
  readonly transport: Transport;
  readonly gateway: Gateway;
  readonly listening: Listening;
  readonly certificates: Certificates;
  readonly firstStart: FirstStart;
  readonly administration: Administration;
  /** Runs the scripts in home pages. */
  readonly pageScripts: ScriptRoom;
  readonly #startedAt = Date.now();
  readonly #ftpCrowd = new FtpCrowd();
  readonly #webCache: WebCache;
  readonly #webProxy: WebProxyPart;
  #sites: WebSites | undefined;
  #notifier: Promise<Notifier> | undefined;
  #housekeeping: ReturnType<typeof setInterval> | undefined;
  #firstRound: ReturnType<typeof setTimeout> | undefined;

  private constructor(readonly store: Store) {
    this.directory = new Directory(store);
    this.mailstore = new Mailstore(store, { limits: (mailbox) => this.directory.limits.of(mailbox) });
    this.files = new Files(store, (id) => this.directory.users.byId(id));
    this.tunnels = new Tunnels({ onFault: (fault) => store.events.fault("net", "pass octets", fault) });
    const isLan = (address: string) => this.listening.isLan(address);
    this.userDatabases = new UserDatabases(store, this.directory, {
      isLan,
      commit: (doing) => auditedCommit(store, `userDatabase.${doing}`),
    });
    this.auth = new Auth(store, this.directory, {
      isLan,
      external: this.userDatabases,
      sessionLimits: () => store.settings.get(webSettings),
      signInPage: () => this.#signInPage(),
    });
    const dns = () => store.settings.get(dnsSettings);
    const resolver = new Resolver({
      servers: () => dns().servers,
      timeout: () => dns().timeout,
      believes: ({ address }) => dns().signatures === "all" || (dns().signatures === "local" && isLoopback(address)),
    });
    this.signingKeys = new DkimKeys({ store, domains: this.directory.domains, resolver });
    const hostname = () => this.transport.hostname();
    this.spam = new Spam({ ...{ store, resolver, hostname }, directory: this.directory, mailstore: this.mailstore });
    this.transport = new Transport({
      ...{ store, directory: this.directory, mailstore: this.mailstore, resolver },
      filter: new Filter({ ...{ store, resolver, hostname }, panel: () => this.spam.panel() }),
      mailDirectory: this.userDatabases,
      signing: new Signing(this.signingKeys, (fault) => store.events.fault("filter", "sign a message", fault)),
      isSelf: (address, port) => this.listening.isSelf(address, port),
      pagesAt: () => this.#pagesAt(),
    });
    this.gateway = new Gateway(store, this.directory, {
      ...{ resolver, isLan },
      isOwnProxy: (address, port) => this.listening.isSelf(address, port, GATEWAY_SERVICES),
    });
    this.#webCache = new WebCache(store);
    this.#webProxy = new WebProxyPart({
      ...{ store, auth: this.auth, gateway: this.gateway, tunnels: this.tunnels, webCache: this.#webCache },
      hostname: () => this.hostname,
      listens: (id) => {
        const port = this.listening.port(id);
        return port?.state === "listening" ? port.port : undefined;
      },
    });
    this.certificates = new Certificates(store, { names: () => [...new Set([this.hostname, ...machineNames()])] });
    this.listening = new Listening(
      store,
      this.certificates.contextFor,
      protocolsOf({
        ...{ store, directory: this.directory, auth: this.auth, mailstore: this.mailstore, transport: this.transport },
        ...{ gateway: this.gateway, files: this.files, tunnels: this.tunnels, ftpCrowd: this.#ftpCrowd },
        webProxy: this.#webProxy,
        administration: () => this.administration,
        hostname: () => this.hostname,
        lan: () => this.listening.lan(),
      }),
      () => {
        this.#sites ??= new WebSites(this.#webDeps());
        return this.#sites;
      },
      this.auth.lockout,
    );
    this.firstStart = new FirstStart(store, this.directory, this.auth, this.certificates);
    this.pageScripts = new ScriptRoom({ store, transport: this.transport, now: Date.now });
    this.administration = new Administration({
      ...{ store, directory: this.directory, auth: this.auth, mailstore: this.mailstore, transport: this.transport },
      userDatabases: this.userDatabases,
      ...{ signingKeys: this.signingKeys, spam: this.spam },
      resolver,
      gateway: this.gateway,
      services: this.listening,
      certificates: this.certificates,
      cache: () => this.#webCache.open(),
      files: this.files,
      ftp: this.#ftpCrowd,
      pages: this.pageScripts.office,
      settingsGroups: SETTINGS_GROUPS,
      now: Date.now,
    });
    store.changes.on(userChanged, ({ id, change }) => {
      if (change !== "removed") return;
      store
        .commit((tx) => this.files.removeUserWithin(tx, id))
        .catch((fault: unknown) => store.events.fault("appliance", "take a removed user's shared folders", fault));
      this.mailstore
        .forgetUser(id)
        .catch((fault: unknown) => store.events.fault("appliance", "take a removed user's rights on folders", fault));
    });
    store.changes.on(mailboxRemoved, ({ id }) => {
      store
        .commit((tx) => this.mailstore.removeMailbox(tx, id))
        .catch((fault: unknown) => store.events.fault("appliance", "remove a mailbox's folders", fault));
    });
  }

  /** Opens the data folder. Nothing listens yet. @throws Refusal "newerFile" */
  static open(folder: string): Appliance {
    return new Appliance(Store.open(folder));
  }

  /** The name this server goes by. */
  get hostname(): string {
    return this.transport.hostname();
  }

  /** Whether the first start's questions were answered. */
  get isSetUp(): boolean {
    return this.firstStart.done();
  }

  /** Opens the ports and takes up what an earlier run left; answers with a sentence for each port that stayed closed. */
  async start(placement: Placement): Promise<string[]> {
    await this.certificates.renew();
    await this.gateway.start();
    const problems = this.listening.start(placement);
    if (this.#housekeeping === undefined) {
      await this.#clearOrphans();
      this.mailstore.start();
      this.transport.start();
      this.#tellBrowsers();
      this.userDatabases.start();
      void this.files.start();
      this.#housekeeping = setInterval(() => void this.#keepHouse(), HOUSEKEEPING_MS);
      this.#firstRound = setTimeout(() => void this.#keepHouse(), FIRST_ROUND_MS);
    }
    return problems;
  }

  /** Closes the ports again, at once. */
  async stopListening(): Promise<void> {
    await this.listening.stop(0);
  }

  /** Stops in order: no new connections, what was accepted is finished, everything is on disk. */
  async close(): Promise<void> {
    clearInterval(this.#housekeeping);
    clearTimeout(this.#firstRound);
    await this.listening.stop();
    await (await this.#notifier)?.stop();
    await this.#webProxy.close();
    await this.tunnels.close();
    await this.#webCache.close();
    await this.gateway.close();
    await this.transport.stop({ graceMs: 5_000 });
    await this.spam.stop();
    await this.mailstore.stop();
    await this.userDatabases.close();
    await this.files.close();
    this.auth.close();
    this.directory.close();
    this.store.close();
  }

  /** What listens where. */
  services(): ServiceLine[] {
    return this.listening
      .list()
      .flatMap(({ name, ports }) =>
        ports.map(({ address, port, tls, access, state }) => ({ service: name, address, port, tls, access, state })),
      );
  }

  /** Addresses under which a browser reaches the pages; before set-up with the token that opens the wizard. */
  links(): string[] {
    const path = this.isSetUp ? "/" : `/setup?token=${this.firstStart.token()}`;
    const http = this.listening.port("web-80");
    const https = this.listening.port("web-443");
    const links: string[] = [];
    // On the machine itself plain HTTP needs no certificate that nobody knows yet.
    if (!this.isSetUp && http?.state === "listening" && ["", "127.0.0.1", "::1"].includes(http.address)) {
      links.push(`http://localhost${portSuffix(http.port, 80)}${path}`);
    }
    if (https?.state === "listening" && !(links.length > 0 && https.address !== "")) {
      const hosts = https.address === "" ? [machineName(), ...machineAddresses().slice(0, 1)] : [https.address];
      links.push(...hosts.map((host) => `https://${bracketed(host)}${portSuffix(https.port, 443)}${path}`));
    }
    return links;
  }

  /** Where the pages are, as far as they are open. */
  #pagesAt(): string | undefined {
    const https = this.listening.port("web-443");
    return https?.state === "listening" ? `https://${this.hostname}${portSuffix(https.port, 443)}` : undefined;
  }

  /** Where people sign in. */
  #signInPage(): string | undefined {
    const site = this.#pagesAt();
    return site && `${site}/login`;
  }

  /** Certificates that are due, addresses and mail that have run out, warnings. Never rejects. */
  async #keepHouse(): Promise<void> {
    try {
      await this.certificates.renew();
      await this.directory.aliases.removeExpired(Date.now());
      await this.administration.keepHouse();
      await this.transport.keepHouse();
      await this.signingKeys.keepHouse();
      await this.gateway.keepHouse();
      await this.files.keepHouse();
    } catch (fault) {
      this.store.events.fault("appliance", "keep house", fault);
    }
  }

  /** Tells browsers of new mail, from the moment on at which the first of them wants to be told. */
  #tellBrowsers(): void {
    const begin = () => {
      this.#notifier ??= import("./web/push/notifier.ts").then(
        ({ Notifier }) =>
          new Notifier({
            ...{ store: this.store, directory: this.directory, mailstore: this.mailstore, auth: this.auth },
            ...{ outside: this.gateway.outside, hostname: () => this.hostname, now: Date.now },
          }),
      );
    };
    if (this.auth.subscriptions.any()) begin();
    this.store.changes.on(subscriptionsChanged, begin);
  }

  /** Folders whose mailbox is gone: the process ended between the two commits. */
  async #clearOrphans(): Promise<void> {
    const gone = this.mailstore.mailboxes().filter((id) => this.directory.mailboxes.byId(id) === undefined);
    if (gone.length === 0) return;
    await this.store.commit((tx) => {
      for (const id of gone) this.mailstore.removeMailbox(tx, id);
    });
  }

  #webDeps(): WebDeps {
    const listens = (id: string) => {
      const port = this.listening.port(id);
      return port?.state === "listening" ? port : undefined;
    };
    return {
      ...{ store: this.store, directory: this.directory, auth: this.auth, mailstore: this.mailstore },
      files: this.files,
      outside: this.gateway.outside,
      tunnels: this.tunnels,
      administration: this.administration,
      transport: this.transport,
      queue: this.transport.queue,
      pageScripts: () => this.pageScripts.scripts(),
      services: this.listening,
      certificates: this.certificates,
      setup: this.firstStart,
      permits: (tls, address) => this.listening.permits(tls ? "web-443" : "web-80", address),
      httpsPort: () => listens("web-443")?.port,
      clientPorts: (): ClientPorts => {
        const [imap, pop3] = [listens("imap-993") ?? listens("imap-143"), listens("pop3-995") ?? listens("pop3-110")];
        const submission = listens("submission-465") ?? listens("submission-587");
        return {
          hostname: this.hostname,
          ...(imap && { imap: { port: imap.port, tls: imap.tls } }),
          ...(pop3 && { pop3: { port: pop3.port, tls: pop3.tls } }),
          ...(submission && { submission: { port: submission.port, tls: submission.tls } }),
        };
      },
      proxySetUp: (host) => {
        const [plain, tls] = [listens("proxy-3128"), listens("proxy-3129")];
        if (plain === undefined && tls === undefined) return undefined;
        const { direct, directFallback } = this.store.settings.get(webProxySettings);
        return pacFile({ host, port: plain?.port, tlsPort: tls?.port, direct, fallback: directFallback });
      },
      health: () => healthOf(this.store.folder, VERSION, this.#startedAt),
      settingsGroups: SETTINGS_GROUPS,
      licences: embeddedLicences(),
      now: Date.now,
    };
  }
}

function portSuffix(port: number, standard: number): string {
  return port === standard ? "" : `:${port}`;
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
