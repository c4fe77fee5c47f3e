/** A small house for IMAP dialogues: real store, directory, auth, mail store and listeners on loopback. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { z } from "zod";
import { Auth } from "../../src/auth/auth.ts";
import { authSettings, lockoutSettings } from "../../src/auth/settings.ts";
import { Directory } from "../../src/directory/directory.ts";
import { Mailstore } from "../../src/mailstore/mailstore.ts";
import { parseStructure } from "../../src/mime/mime.ts";
import { type Listener, listen } from "../../src/net/listener.ts";
import { imapService } from "../../src/services/imap/imap.ts";
import { imapSettings } from "../../src/services/imap/settings.ts";
import { Store } from "../../src/store/store.ts";
import { testContext } from "../tls.ts";
import { Client } from "./client.ts";

export const PASSWORD = "correct horse battery staple";

export class House {
  readonly #listeners = new Map<number, Listener>();
  /** What went wrong inside: none is expected in any test. */
  readonly faults: string[] = [];

  private constructor(
    readonly folder: string,
    readonly store: Store,
    readonly directory: Directory,
    readonly auth: Auth,
    readonly mailstore: Mailstore,
  ) {
    store.events.subscribe((event) => {
      if (event.name === "fault") this.faults.push(`${event.text}\n${event.data?.stack}`);
    });
    const { ports, session } = imapService({ store, directory, auth, mailstore });
    for (const { port, tls } of ports) {
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
        onFault: (fault) => store.events.fault("imap", "serve", fault),
      });
      this.#listeners.set(port, listener);
    }
  }

  /** Builds a house with a domain and the users ann and ben. */
  static async build(): Promise<House> {
    const folder = mkdtempSync(join(tmpdir(), "gatepost-imap-"));
    const store = Store.open(folder);
    const directory = new Directory(store);
    const auth = new Auth(store, directory);
    await store.settings.set(authSettings, { argonMemory: 8192, argonPasses: 1, scramIterations: 4096 });
    await directory.domains.create({ name: "home.example" });
    const house = new House(folder, store, directory, auth, new Mailstore(store));
    for (const login of ["ann", "ben"]) await directory.users.create({ login }, await auth.credentialsFor(PASSWORD));
    return house;
  }

  async set(patch: Partial<z.input<typeof imapSettings.schema>>): Promise<void> {
    await this.store.settings.set(imapSettings, patch);
  }

  async setLockout(patch: Partial<z.input<typeof lockoutSettings.schema>>): Promise<void> {
    await this.store.settings.set(lockoutSettings, patch);
  }

  port(standard = 143): number {
    const listener = this.#listeners.get(standard);
    if (!listener) throw new Error(`nothing listens for port ${standard}`);
    return listener.port;
  }

  /** Sessions there are now. */
  get sessions(): number {
    return [...this.#listeners.values()].reduce((sum, { connections }) => sum + connections, 0);
  }

  /** Connects; the greeting has been read. */
  async dial(standard = 143): Promise<Client> {
    return await Client.open({ port: this.port(standard), tls: standard === 993 });
  }

  /** A session that has logged in. */
  async enter(login = "ann"): Promise<Client> {
    const client = await this.dial();
    await client.ok(`LOGIN ${login} "${PASSWORD}"`);
    return client;
  }

  /** A session that has selected a folder. */
  async select(folder = "INBOX", login = "ann"): Promise<Client> {
    const client = await this.enter(login);
    await client.ok(`SELECT ${folder}`);
    return client;
  }

  /** The id of a folder of a user's primary mailbox. */
  folderId(name = "INBOX", login = "ann"): number {
    const mailbox = this.directory.users.get(login)?.primaryMailbox ?? 0;
    const folder = this.mailstore.folder(mailbox, name);
    if (!folder) throw new Error(`no folder ${name}`);
    return folder.id;
  }

  /** Puts messages into a folder the way a delivery does. */
  async deliver(messages: readonly string[], name = "INBOX", login = "ann"): Promise<number[]> {
    const folder = this.folderId(name, login);
    const uids: Promise<number>[] = [];
    for (const message of messages) {
      const bytes = Buffer.from(message);
      const writer = this.store.content.writer();
      await writer.write(bytes);
      const content = await writer.finish();
      const structure = parseStructure(bytes);
      uids.push(
        this.store.commit(
          (tx) => this.mailstore.append(tx, { folder, content, structure, internalDate: Date.now() }).uid,
        ),
      );
    }
    return await Promise.all(uids);
  }

  /** Resolves when no session is left. */
  async quiet(): Promise<void> {
    while (this.sessions > 0) await new Promise((resolve) => setImmediate(resolve));
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
}

/** A small message. */
export function message(subject: string, body = "Hello\r\n", more: Record<string, string> = {}): string {
  const fields = {
    From: "Ann Example <ann@home.example>",
    To: "ben@home.example",
    Subject: subject,
    Date: "Mon, 7 Feb 1994 21:52:25 -0800",
    "Message-ID": `<${subject.replace(/\W/g, "")}@home.example>`,
    ...more,
  };
  const header = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${header.join("")}\r\n${body}`;
}
