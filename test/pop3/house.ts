/** A small house for POP3 dialogues: real store, directory, auth, mailstore and listeners on loopback. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { z } from "zod";
import { Auth } from "../../src/auth/auth.ts";
import { authSettings, lockoutSettings } from "../../src/auth/settings.ts";
import { Directory } from "../../src/directory/directory.ts";
import { Mailstore } from "../../src/mailstore/mailstore.ts";
import { parseStructure } from "../../src/mime/parser.ts";
import { type Listener, listen } from "../../src/net/listener.ts";
import { Maildrops, pop3Session, pop3Settings } from "../../src/services/pop3/pop3.ts";
import { Store } from "../../src/store/store.ts";
import { Dialogue } from "../dialogue.ts";
import { testContext } from "../tls.ts";

export const PASSWORD = "correct horse battery staple";

const PORTS = [
  [110, "starttls"],
  [995, "implicit"],
] as const;

export class House {
  readonly #listeners = new Map<number, Listener>();

  private constructor(
    readonly folder: string,
    readonly store: Store,
    readonly auth: Auth,
    readonly directory: Directory,
    readonly mailstore: Mailstore,
    readonly mailbox: number,
  ) {
    const deps = { store, auth, mailstore, maildrops: new Maildrops(), hostname: () => "mail.home.example" };
    for (const [port, tls] of PORTS) {
      const listener = listen({
        address: "127.0.0.1",
        port: 0,
        tls,
        contextFor: () => testContext(),
        access: "any",
        lan: [],
        caps: { total: 1000, perAddress: 1000 },
        proxies: [],
        session: (connection) => pop3Session(connection, deps),
        onFault: (fault) => store.events.fault("net", "serve", fault),
      });
      this.#listeners.set(port, listener);
    }
  }

  /** Builds a house with the user ann. */
  static async build(): Promise<House> {
    const folder = mkdtempSync(join(tmpdir(), "gatepost-pop3-"));
    const store = Store.open(folder);
    const directory = new Directory(store);
    const auth = new Auth(store, directory);
    const mailstore = new Mailstore(store);
    await store.settings.set(authSettings, { argonMemory: 8192, argonPasses: 1, scramIterations: 4096 });
    await directory.domains.create({ name: "home.example" });
    const { primaryMailbox } = await directory.users.create({ login: "ann" }, await auth.credentialsFor(PASSWORD));
    if (primaryMailbox === null) throw new Error("ann has no mailbox");
    return new House(folder, store, auth, directory, mailstore, primaryMailbox);
  }

  /** Puts messages into ann's INBOX; their UIDs. */
  async deliver(...messages: (string | Uint8Array)[]): Promise<number[]> {
    const uids: number[] = [];
    for (const message of messages) {
      const octets = Buffer.from(message as string);
      const writer = this.store.content.writer();
      await writer.write(octets);
      const content = await writer.finish();
      const structure = parseStructure(octets);
      const { uid } = await this.store.commit((tx) =>
        this.mailstore.append(tx, { folder: this.inbox, content, structure, internalDate: Date.now() }),
      );
      uids.push(uid);
    }
    return uids;
  }

  /** The id of ann's INBOX. */
  get inbox(): number {
    const inbox = this.mailstore.folder(this.mailbox, "INBOX");
    if (!inbox) throw new Error("there is no INBOX");
    return inbox.id;
  }

  async set(patch: Partial<z.input<typeof pop3Settings.schema>>): Promise<void> {
    await this.store.settings.set(pop3Settings, patch);
  }

  async setLockout(patch: Partial<z.input<typeof lockoutSettings.schema>>): Promise<void> {
    await this.store.settings.set(lockoutSettings, patch);
  }

  port(standard = 110): number {
    const listener = this.#listeners.get(standard);
    if (!listener) throw new Error(`nothing listens for port ${standard}`);
    return listener.port;
  }

  /** Connects; the greeting is still to be read. */
  async dial(standard = 110): Promise<Dialogue> {
    return await Dialogue.open({ port: this.port(standard), tls: standard === 995 });
  }

  /** A client that has logged in as ann. */
  async loggedIn(): Promise<Dialogue> {
    const client = await this.dial();
    await client.expect("+OK ");
    await client.say("USER ann", "+OK");
    await client.say(`PASS ${PASSWORD}`, "+OK");
    return client;
  }

  /** Resolves when no session is left. */
  async quiet(): Promise<void> {
    while ([...this.#listeners.values()].some(({ connections }) => connections > 0)) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#listeners.values()].map((listener) => listener.stop({ graceMs: 0 })));
    await this.mailstore.stop();
    this.auth.close();
    this.directory.close();
    this.store.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
