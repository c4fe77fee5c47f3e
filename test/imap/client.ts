/** An IMAP client for tests, over a Dialogue: tags commands, reads responses with their literals. */
import { Dialogue, type DialogueOptions } from "../dialogue.ts";

/** What a command was answered with. */
export interface Answer {
  /** Untagged responses before the tagged one, without "* ", literals in place. */
  readonly untagged: string[];
  /** The tagged response without its tag. */
  readonly tagged: string;
}

export class Client {
  #tags = 0;
  /** The greeting, without "* ". */
  greeting = "";

  private constructor(readonly dialogue: Dialogue) {}

  static async open(options: DialogueOptions): Promise<Client> {
    const client = new Client(await Dialogue.open(options));
    client.greeting = (await client.response()).slice(2);
    return client;
  }

  /** The next tag. */
  tag(): string {
    return `t${++this.#tags}`;
  }

  /** One response with all its literals, octets as Latin-1. */
  async response(): Promise<string> {
    let whole = "";
    for (;;) {
      const line = Buffer.from(await this.dialogue.line()).toString("latin1");
      whole += line;
      const literal = /\{(\d+)\}$/.exec(line);
      if (!literal) return whole;
      const octets = await this.dialogue.octets(Number(literal[1]));
      whole += `\r\n${octets.toString("latin1")}`;
    }
  }

  /** Reads until the response with this tag. */
  async answer(tag: string): Promise<Answer> {
    const untagged: string[] = [];
    for (;;) {
      const response = await this.response();
      if (response.startsWith(`${tag} `)) return { untagged, tagged: response.slice(tag.length + 1) };
      if (!response.startsWith("* ")) throw new Error(`unexpected response ${response}`);
      untagged.push(response.slice(2));
    }
  }

  /** Sends a command and reads its answer. */
  async run(command: string): Promise<Answer> {
    const tag = this.tag();
    this.dialogue.sendRaw(`${tag} ${command}\r\n`);
    return await this.answer(tag);
  }

  /** The same, and it must succeed; gives the untagged responses. */
  async ok(command: string): Promise<string[]> {
    const { untagged, tagged } = await this.run(command);
    if (!tagged.startsWith("OK")) throw new Error(`${command}: ${tagged}`);
    return untagged;
  }

  /** Sends a command that must be refused; gives the tagged response. */
  async fails(command: string): Promise<string> {
    const { tagged } = await this.run(command);
    if (tagged.startsWith("OK")) throw new Error(`${command} was not refused: ${tagged}`);
    return tagged;
  }

  /** Appends a message with a synchronising literal; gives the tagged response. */
  async append(folder: string, message: string | Uint8Array, between = ""): Promise<string> {
    const octets = Buffer.from(message);
    const tag = this.tag();
    this.dialogue.sendRaw(`${tag} APPEND ${folder} ${between}{${octets.length}}\r\n`);
    const invitation = await this.response();
    if (!invitation.startsWith("+")) return invitation.slice(tag.length + 1);
    this.dialogue.sendRaw(octets);
    this.dialogue.sendRaw("\r\n");
    return (await this.answer(tag)).tagged;
  }
}
