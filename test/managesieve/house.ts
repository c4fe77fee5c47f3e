/** A house for ManageSieve dialogues. */
import { Administration } from "../../src/administration/administration.ts";
import type { Parts } from "../../src/administration/parts.ts";
import type { Permission } from "../../src/directory/permissions.ts";
import { managesieveSession } from "../../src/services/managesieve/managesieve.ts";
import { managesieveSettings } from "../../src/services/managesieve/settings.ts";
import { sieveSettings } from "../../src/sieve/settings.ts";
import { Dialogue, type Pattern } from "../dialogue.ts";
import { PASSWORD, ServiceHouse } from "../house.ts";

export { PASSWORD } from "../house.ts";

export const PLAIN = Buffer.from(`\0ann\0${PASSWORD}`).toString("base64");

export class House extends ServiceHouse {
  readonly #open: Dialogue[] = [];

  private constructor() {
    super("managesieve");
    const { store, auth, transport, directory, mailstore } = this;
    const parts = { store, auth, transport, directory, mailstore, settingsGroups: [], now: Date.now };
    const administration = new Administration(parts as unknown as Parts);
    const deps = { store, auth, administration, scripts: transport.scripts };
    this.listen(4190, "starttls", (connection) => managesieveSession(connection, deps));
  }

  /** Builds a house with the user ann. */
  static async build(): Promise<House> {
    return await new House().furnish("ann");
  }

  /** Takes back what a test has set and stored. */
  async reset(): Promise<void> {
    for (const dialogue of this.#open.splice(0)) dialogue.destroy();
    await this.quiet();
    const { scripts } = this.transport;
    await this.store.commit((tx) => scripts.forgetWithin(tx, this.user("ann").primaryMailbox));
    await this.store.settings.set(sieveSettings, sieveSettings.schema.parse({}));
    await this.store.settings.set(managesieveSettings, managesieveSettings.schema.parse({}));
    await this.give("smtp.relay");
  }

  async give(...permissions: Permission[]): Promise<void> {
    await this.directory.users.update("ann", { permissions });
  }

  /** Connects, and reads the capabilities. */
  async dial(): Promise<Client> {
    const client = new Client(await Dialogue.open({ port: this.port(4190) }));
    this.#open.push(client.dialogue);
    await client.answer("OK");
    return client;
  }

  /** A client that has logged in as ann. */
  async loggedIn(): Promise<Client> {
    const client = await this.dial();
    await client.ask(`AUTHENTICATE "PLAIN" "${PLAIN}"`, "OK");
    return client;
  }
}

/** A client of ManageSieve. */
export class Client {
  constructor(readonly dialogue: Dialogue) {}

  /** Reads lines up to the response, which must fit; gives what came before it. */
  async answer(pattern: Pattern): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.dialogue.line();
      const literal = /\{(\d+)\}$/.exec(line)?.[1];
      if (literal !== undefined && !/^(OK|NO|BYE)/.test(line)) {
        lines.push((await this.dialogue.octets(Number(literal))).toString());
        await this.dialogue.expect("");
        continue;
      }
      if (!/^(OK|NO|BYE)\b/.test(line)) {
        lines.push(line);
        continue;
      }
      let whole = line;
      // A text of several lines is a literal.
      for (let size = literal; size !== undefined; size = undefined) {
        whole += `\r\n${(await this.dialogue.octets(Number(size))).toString()}`;
        await this.dialogue.expect("");
      }
      if (typeof pattern === "string" ? !whole.startsWith(pattern) : !pattern.test(whole)) {
        throw new Error(`expected ${pattern}, got ${whole}`);
      }
      return lines;
    }
  }

  async ask(line: string, pattern: Pattern = "OK"): Promise<string[]> {
    this.dialogue.send(line);
    return await this.answer(pattern);
  }

  /** Puts a script as a literal. */
  async put(name: string, script: string, pattern: Pattern = "OK"): Promise<string[]> {
    return await this.ask(`PUTSCRIPT "${name}" ${literal(script)}`, pattern);
  }
}

/** Text as a literal of a client. */
export function literal(text: string): string {
  return `{${Buffer.byteLength(text)}+}\r\n${text}`;
}
