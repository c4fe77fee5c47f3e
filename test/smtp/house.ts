/** A small house for SMTP dialogues: real store, directory, auth and listeners on loopback; a Post in place of transport. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { z } from "zod";
import { Auth } from "../../src/auth/auth.ts";
import { authSettings, lockoutSettings } from "../../src/auth/settings.ts";
import { Directory } from "../../src/directory/directory.ts";
import { Mailstore } from "../../src/mailstore/mailstore.ts";
import { Resolver } from "../../src/net/dns.ts";
import { type Listener, listen } from "../../src/net/listener.ts";
import { Refusal } from "../../src/refusal.ts";
import { smtpSettings } from "../../src/services/smtp/settings.ts";
import { smtpSession } from "../../src/services/smtp/smtp.ts";
import { Store } from "../../src/store/store.ts";
import { Transport } from "../../src/transport/transport.ts";
import { Dialogue } from "../dialogue.ts";
import { testContext } from "../tls.ts";
import { Post } from "./post.ts";

export const PASSWORD = "correct horse battery staple";

const PORTS = [
  [25, "starttls", "smtp"],
  [587, "starttls", "submission"],
  [465, "implicit", "submission"],
] as const;

export class House {
  readonly post = new Post();
  readonly #listeners = new Map<number, Listener>();

  private constructor(
    readonly folder: string,
    readonly store: Store,
    readonly directory: Directory,
    readonly auth: Auth,
    readonly mailstore: Mailstore,
    transport?: Transport,
  ) {
    const deps = {
      store,
      directory,
      auth,
      transport: transport ?? this.post,
      hostname: () => "mail.home.example",
      lan: () => ["127.0.0.0/8"],
    };
    for (const [port, tls, kind] of PORTS) {
      const listener = listen({
        address: "127.0.0.1",
        port: 0,
        tls,
        contextFor: () => testContext(),
        access: "any",
        lan: [],
        caps: { total: 1000, perAddress: 1000 },
        proxies: [],
        session: (connection) => smtpSession(connection, deps, kind),
        onFault: (fault) => store.events.fault("net", "serve", fault),
      });
      this.#listeners.set(port, listener);
    }
  }

  /** Builds a house with a domain; `people` adds the user ann, `delivery` the real transport. */
  static async build({ people = false, delivery = false } = {}): Promise<House> {
    const folder = mkdtempSync(join(tmpdir(), "gatepost-smtp-"));
    const store = Store.open(folder);
    const directory = new Directory(store);
    const auth = new Auth(store, directory);
    await store.settings.set(authSettings, { argonMemory: 8192, argonPasses: 1, scramIterations: 4096 });
    await directory.domains.create({ name: "home.example" });
    const mailstore = new Mailstore(store);
    const transport = new Transport({ store, directory, mailstore, resolver: new Resolver() });
    const house = new House(folder, store, directory, auth, mailstore, delivery ? transport : undefined);
    if (people) await house.addUser("ann");
    return house;
  }

  async addUser(login: string): Promise<void> {
    await this.directory.users.create({ login }, await this.auth.credentialsFor(PASSWORD));
  }

  /** Changes settings; sessions that begin later have them. */
  async set(patch: Partial<z.input<typeof smtpSettings.schema>>): Promise<void> {
    await this.store.settings.set(smtpSettings, patch);
  }

  async setLockout(patch: Partial<z.input<typeof lockoutSettings.schema>>): Promise<void> {
    await this.store.settings.set(lockoutSettings, patch);
  }

  /** The port that stands for a standard port. */
  port(standard = 25): number {
    return this.#listener(standard).port;
  }

  /** Connects; the greeting is still to be read. */
  async dial(standard = 25): Promise<Dialogue> {
    return await Dialogue.open({ port: this.port(standard), tls: standard === 465 });
  }

  /** Resolves when no session is left. */
  async quiet(): Promise<void> {
    while ([...this.#listeners.values()].some(({ connections }) => connections > 0)) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The messages in the INBOX of a user, as they are stored. */
  async inbox(login: string): Promise<string[]> {
    const mailbox = this.directory.users.require(login).primaryMailbox;
    const folder = mailbox === null ? undefined : this.mailstore.folder(mailbox, "INBOX");
    if (!folder) throw new Error(`${login} has no INBOX`);
    const view = await this.mailstore.open(folder.id);
    const contents = Array.from({ length: view.count }, (_, index) => view.contentAt(index));
    view.close();
    return contents.map((content) => Buffer.from(this.store.content.read(content)).toString());
  }

  noSpace(): Refusal {
    return new Refusal("noSpace", "The disk is full.");
  }

  /** Stops in order, as the appliance does. */
  async stop(): Promise<void> {
    await Promise.all([...this.#listeners.values()].map((listener) => listener.stop({ graceMs: 5000 })));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#listeners.values()].map((listener) => listener.stop({ graceMs: 0 })));
    await this.mailstore.stop();
    this.auth.close();
    this.directory.close();
    this.store.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #listener(standard: number): Listener {
    const listener = this.#listeners.get(standard);
    if (!listener) throw new Error(`nothing listens for port ${standard}`);
    return listener;
  }
}
