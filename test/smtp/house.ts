/** A house for SMTP dialogues; unless a test wants deliveries, a Post stands in place of transport. */
import type { z } from "zod";
import { Refusal } from "../../src/refusal.ts";
import { smtpSettings } from "../../src/services/smtp/settings.ts";
import { smtpSession } from "../../src/services/smtp/smtp.ts";
import { Dialogue } from "../dialogue.ts";
import { ServiceHouse } from "../house.ts";
import { Post } from "./post.ts";

export { PASSWORD } from "../house.ts";

const PORTS = [
  [25, "starttls", "smtp"],
  [587, "starttls", "submission"],
  [465, "implicit", "submission"],
] as const;

export class House extends ServiceHouse {
  readonly post = new Post();

  private constructor(delivery: boolean) {
    super("smtp");
    const { store, directory, auth } = this;
    const deps = {
      ...{ store, directory, auth },
      transport: delivery ? this.transport : this.post,
      hostname: () => "mail.home.example",
      lan: () => ["127.0.0.0/8"],
    };
    for (const [port, tls, kind] of PORTS) this.listen(port, tls, (connection) => smtpSession(connection, deps, kind));
  }

  /** Builds a house with a domain; `people` adds the user ann, `delivery` the real transport. */
  static async build({ people = false, delivery = false } = {}): Promise<House> {
    return await new House(delivery).furnish(...(people ? ["ann"] : []));
  }

  /** Changes settings; sessions that begin later have them. */
  async set(patch: Partial<z.input<typeof smtpSettings.schema>>): Promise<void> {
    await this.store.settings.set(smtpSettings, patch);
  }

  /** Connects; the greeting is still to be read. */
  async dial(standard = 25): Promise<Dialogue> {
    return await Dialogue.open({ port: this.port(standard), tls: standard === 465 });
  }

  /** The messages in the INBOX of a user, as they are stored. */
  async inbox(login: string): Promise<string[]> {
    return (await this.messages(this.folderId(login))).map(({ text }) => text);
  }

  noSpace(): Refusal {
    return new Refusal("noSpace", "The disk is full.");
  }
}
