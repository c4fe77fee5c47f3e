/** A house for IMAP dialogues. */
import type { z } from "zod";
import { imapService } from "../../src/services/imap/imap.ts";
import { imapSettings } from "../../src/services/imap/settings.ts";
import { PASSWORD, ServiceHouse } from "../house.ts";
import { Client } from "./client.ts";

export { PASSWORD } from "../house.ts";

export class House extends ServiceHouse {
  private constructor() {
    super("imap");
    const { ports, session } = imapService(this);
    for (const { port, tls } of ports) this.listen(port, tls, session);
  }

  /** Builds a house with a domain and the users ann and ben. */
  static async build(): Promise<House> {
    return await new House().furnish("ann", "ben");
  }

  async set(patch: Partial<z.input<typeof imapSettings.schema>>): Promise<void> {
    await this.store.settings.set(imapSettings, patch);
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

  /** Puts messages into a folder; their UIDs. */
  async deliver(messages: readonly string[], name = "INBOX", login = "ann"): Promise<number[]> {
    const folder = this.folderId(login, name);
    const uids: number[] = [];
    for (const message of messages) uids.push(await this.put(folder, message));
    return uids;
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
