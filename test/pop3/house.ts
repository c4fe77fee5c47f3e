/** A house for POP3 dialogues. */
import type { z } from "zod";
import { Maildrops, pop3Session, pop3Settings } from "../../src/services/pop3/pop3.ts";
import { Dialogue } from "../dialogue.ts";
import { PASSWORD, ServiceHouse } from "../house.ts";

export { PASSWORD } from "../house.ts";

export class House extends ServiceHouse {
  private constructor() {
    super("pop3");
    const { store, auth, mailstore } = this;
    const deps = { store, auth, mailstore, maildrops: new Maildrops(), hostname: () => "mail.home.example" };
    this.listen(110, "starttls", (connection) => pop3Session(connection, deps));
    this.listen(995, "implicit", (connection) => pop3Session(connection, deps));
  }

  /** Builds a house with the user ann. */
  static async build(): Promise<House> {
    return await new House().furnish("ann");
  }

  /** Puts messages into ann's INBOX; their UIDs. */
  async deliver(...messages: (string | Uint8Array)[]): Promise<number[]> {
    const uids: number[] = [];
    for (const message of messages) uids.push(await this.put(this.inbox, message));
    return uids;
  }

  /** The id of ann's INBOX. */
  get inbox(): number {
    return this.folderId("ann");
  }

  async set(patch: Partial<z.input<typeof pop3Settings.schema>>): Promise<void> {
    await this.store.settings.set(pop3Settings, patch);
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
}
