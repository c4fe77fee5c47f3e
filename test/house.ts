/**
 * The parts of a server over a temporary folder, from the store up to transport, for tests that run inside the process. The rooms'
 * tests build their own houses on it: `House` where requests are made directly, `ServiceHouse` where a protocol listens on loopback.
 */
import { rmSync } from "node:fs";
import type { z } from "zod";
import { auditedCommit } from "../src/administration/audit.ts";
import { Auth, type AuthOptions } from "../src/auth/auth.ts";
import { UserDatabases } from "../src/auth/external/user-databases.ts";
import { authSettings, lockoutSettings } from "../src/auth/settings.ts";
import { Directory, type User } from "../src/directory/directory.ts";
import type { NewUser } from "../src/directory/user.ts";
import { DkimKeys } from "../src/filter/keys/keys.ts";
import { Spam } from "../src/filter/spam.ts";
import { Mailstore } from "../src/mailstore/mailstore.ts";
import { parseStructure } from "../src/mime/parser.ts";
import type { Connection } from "../src/net/connection.ts";
import { Resolver } from "../src/net/dns.ts";
import { type Listener, listen } from "../src/net/listener.ts";
import { Store } from "../src/store/store.ts";
import { Transport, type TransportOptions } from "../src/transport/transport.ts";
import { sharedCredentials } from "./credentials.ts";
import { dataFolder } from "./folder.ts";
import { testContext } from "./tls.ts";

export const PASSWORD = "correct horse battery staple";

export interface HouseOptions {
  /** The data of a house that was closed with `keep`; otherwise a new folder. */
  readonly folder?: string;
  readonly auth?: AuthOptions;
  readonly transport?: Partial<TransportOptions>;
  /** Without it nobody answers questions to the DNS. */
  readonly resolver?: Resolver;
}

/** A message as it lies in a folder. */
export interface Kept {
  readonly uid: number;
  /** Bits of the system flags. */
  readonly system: number;
  readonly keywords: readonly string[];
  readonly text: string;
}

export class House {
  readonly folder: string;
  readonly store: Store;
  readonly directory: Directory;
  readonly auth: Auth;
  readonly userDatabases: UserDatabases;
  readonly mailstore: Mailstore;
  readonly transport: Transport;
  readonly resolver: Resolver;
  readonly signingKeys: DkimKeys;
  readonly spam: Spam;
  /** What went wrong inside: a test that expects nothing of the kind looks here. */
  readonly faults: string[] = [];

  protected constructor(room: string, options: HouseOptions = {}) {
    this.folder = options.folder ?? dataFolder(room);
    this.store = Store.open(this.folder);
    this.store.events.subscribe((event) => {
      if (event.name === "fault") this.faults.push(`${event.text}\n${event.data?.stack}`);
    });
    this.resolver = options.resolver ?? new Resolver({ servers: () => ["none"], hostsFile: "" });
    this.directory = new Directory(this.store);
    this.userDatabases = new UserDatabases(this.store, this.directory, {
      isLan: () => true,
      commit: (doing) => auditedCommit(this.store, `userDatabase.${doing}`),
    });
    this.auth = new Auth(this.store, this.directory, { external: this.userDatabases, ...options.auth });
    this.mailstore = new Mailstore(this.store, { limits: (mailbox) => this.directory.limits.of(mailbox) });
    this.signingKeys = new DkimKeys({ store: this.store, domains: this.directory.domains, resolver: this.resolver });
    this.spam = new Spam({
      ...{ store: this.store, directory: this.directory, mailstore: this.mailstore, resolver: this.resolver },
      hostname: () => "mail.home.example",
    });
    this.transport = new Transport({
      ...{ store: this.store, directory: this.directory, mailstore: this.mailstore },
      resolver: this.resolver,
      ...options.transport,
    });
  }

  /** Makes hashes cheap, or the tests would take minutes, and creates home.example with users. */
  protected async furnish(...logins: string[]): Promise<this> {
    await this.cheapHashes();
    await this.directory.domains.create({ name: "home.example" });
    for (const login of logins) await this.addUser(login);
    return this;
  }

  protected async cheapHashes(): Promise<void> {
    await this.store.settings.set(authSettings, { argonMemory: 8192, argonPasses: 1, scramIterations: 4096 });
  }

  /** A user whose password is PASSWORD. */
  async addUser(login: string, properties: Partial<NewUser> = {}): Promise<User> {
    return await this.directory.users.create(
      { login, ...properties },
      await sharedCredentials(this.store, this.auth, PASSWORD),
    );
  }

  user(login: string): User {
    return this.directory.users.require(login);
  }

  /** The id of a folder of a user's primary mailbox. */
  folderId(login: string, name = "INBOX"): number {
    const folder = this.mailstore.folder(this.user(login).primaryMailbox, name);
    if (folder === undefined) throw new Error(`${login} has no folder ${name}`);
    return folder.id;
  }

  /** Puts a message into a folder as it is, the way a delivery does. Gives its UID. */
  async put(
    folder: number,
    message: string | Uint8Array,
    options: { readonly flags?: number; readonly at?: number } = {},
  ): Promise<number> {
    const octets = Buffer.from(message as string);
    const writer = this.store.content.writer();
    await writer.write(octets);
    const content = await writer.finish();
    const structure = parseStructure(octets);
    const flags = { system: options.flags ?? 0 };
    const internalDate = options.at ?? Date.now();
    return await this.store.commit(
      (tx) => this.mailstore.append(tx, { folder, content, structure, internalDate, flags }).uid,
    );
  }

  /** The messages of a folder, oldest first. */
  async messages(folder: number): Promise<Kept[]> {
    const view = await this.mailstore.open(folder);
    const all = [...view.uids].map((uid, index) => {
      const { system, keywords } = view.flagsAt(index);
      return { uid, system, keywords, text: Buffer.from(this.store.content.read(view.contentAt(index))).toString() };
    });
    view.close();
    return all;
  }

  async setLockout(patch: Partial<z.input<typeof lockoutSettings.schema>>): Promise<void> {
    await this.store.settings.set(lockoutSettings, patch);
  }

  /** Closes everything; `keep` leaves the folder for another house. */
  async close(options: { readonly keep?: boolean; readonly graceMs?: number } = {}): Promise<void> {
    await this.transport.stop({ graceMs: options.graceMs ?? 0 });
    await this.spam.stop();
    await this.mailstore.stop();
    await this.userDatabases.close();
    this.auth.close();
    this.directory.close();
    this.store.close();
    if (options.keep !== true) rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A house with a protocol that listens on loopback; its ports are asked for by the standard ones. */
export class ServiceHouse extends House {
  readonly #listeners = new Map<number, Listener>();

  /** Serves what stands for a standard port on any free one. */
  protected listen(
    standard: number,
    tls: "starttls" | "implicit",
    session: (connection: Connection) => Promise<void>,
  ): void {
    const listener = listen({
      address: "127.0.0.1",
      port: 0,
      tls,
      contextFor: () => testContext(),
      access: "any",
      lan: [],
      caps: { total: 20_000, perAddress: 20_000 },
      proxies: [],
      session,
      door: (address) => this.auth.lockout.turnAway(address),
      refusal: (why) => `${why}\r\n`,
      onFault: (fault) => this.store.events.fault("net", "serve", fault),
    });
    this.#listeners.set(standard, listener);
  }

  /** The port that stands for a standard port; for the first one where none is named. */
  port(standard = [...this.#listeners.keys()][0] ?? 0): number {
    const listener = this.#listeners.get(standard);
    if (listener === undefined) throw new Error(`nothing listens for port ${standard}`);
    return listener.port;
  }

  /** Sessions there are now. */
  get sessions(): number {
    return [...this.#listeners.values()].reduce((sum, { connections }) => sum + connections, 0);
  }

  /** Resolves when no session is left. */
  async quiet(): Promise<void> {
    while (this.sessions > 0) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Stops listening in order, as the appliance does. */
  async stop(graceMs = 5000): Promise<void> {
    await Promise.all([...this.#listeners.values()].map((listener) => listener.stop({ graceMs })));
  }

  override async close(): Promise<void> {
    await this.stop(0);
    await super.close();
  }
}
