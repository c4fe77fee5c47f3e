/** A provider on loopback that answers each line as a test wants it: for servers that no honest program is. */
import type { Connection } from "../../src/net/connection.ts";
import { type Listener, listen } from "../../src/net/listener.ts";

/** What is sent after a line; undefined: nothing. "drop" ends the connection. */
export type Script = (
  line: string,
  session: number,
) => string | Uint8Array | undefined | Promise<string | Uint8Array | undefined>;

export class FakeProvider {
  /** Every line that was heard. */
  readonly heard: string[] = [];
  /** Sessions so far. */
  sessions = 0;
  readonly #listener: Listener;

  constructor(greeting: string, script: Script) {
    this.#listener = listen({
      ...{ address: "127.0.0.1", port: 0, tls: "none", access: "any", lan: [], proxies: [] },
      caps: { total: 100, perAddress: 100 },
      session: (connection) => this.#serve(connection, greeting, script),
      door: () => undefined,
      refusal: () => "",
      onFault: () => {},
    });
  }

  get port(): number {
    return this.#listener.port;
  }

  async stop(): Promise<void> {
    await this.#listener.stop({ graceMs: 0 });
  }

  async #serve(connection: Connection, greeting: string, script: Script): Promise<void> {
    const session = ++this.sessions;
    connection.deadline(20_000);
    connection.write(greeting).catch(() => undefined);
    for (;;) {
      const { bytes } = await connection.readLine(65_536);
      const line = Buffer.from(bytes).toString("latin1");
      this.heard.push(line);
      const answer = await script(line, session);
      if (answer === "drop") return connection.destroy();
      if (answer !== undefined) connection.write(answer).catch(() => undefined);
    }
  }
}

/** A POP3 provider with these messages; what is given answers otherwise. */
export function pop3Provider(messages: readonly string[], otherwise: Script = () => undefined): FakeProvider {
  const numbered = (value: (at: number) => string) =>
    `+OK\r\n${messages.map((_, at) => `${at + 1} ${value(at)}\r\n`).join("")}.\r\n`;
  return new FakeProvider("+OK ready\r\n", async (line, session) => {
    const answer = await otherwise(line, session);
    if (answer !== undefined) return answer;
    const [verb = "", number = "1"] = line.split(" ");
    const message = messages[Number(number) - 1] ?? "";
    const replies: Record<string, () => string> = {
      CAPA: () => "+OK\r\nUSER\r\nUIDL\r\n.\r\n",
      LIST: () => numbered((at) => String(messages[at]?.length)),
      UIDL: () => numbered((at) => `id-${at}`),
      TOP: () => `+OK\r\n${message.slice(0, message.indexOf("\r\n\r\n") + 4)}.\r\n`,
      RETR: () => `+OK\r\n${message.replace(/^\./gm, "..")}.\r\n`,
    };
    return replies[verb]?.() ?? "+OK\r\n";
  });
}

/** An IMAP provider with these messages, whose UIDs count from 1; what is given answers otherwise. */
export function imapProvider(
  messages: readonly string[],
  otherwise: (command: string, tag: string) => string | undefined = () => undefined,
): FakeProvider {
  return new FakeProvider("* OK ready\r\n", (line) => {
    const [tag = "", ...words] = line.split(" ");
    const command = words.join(" ");
    const answer = otherwise(command, tag);
    if (answer !== undefined) return answer;
    const done = `${tag} OK\r\n`;
    if (command === "CAPABILITY") return `* CAPABILITY IMAP4rev1 UIDPLUS AUTH=XOAUTH2\r\n${done}`;
    if (/^(SELECT|EXAMINE)/.test(command)) {
      return `* ${messages.length} EXISTS\r\n* OK [UIDVALIDITY 7] there\r\n* OK [UIDNEXT ${messages.length + 1}] next\r\n${done}`;
    }
    if (command.includes("RFC822.SIZE")) {
      const from = Number(/FETCH (\d+)/.exec(command)?.[1]);
      const listed = messages.flatMap((text, at) =>
        at + 1 < from ? [] : [`* ${at + 1} FETCH (UID ${at + 1} RFC822.SIZE ${text.length})\r\n`],
      );
      return listed.join("") + done;
    }
    const uid = Number(/^UID FETCH (\d+) \(UID BODY/.exec(command)?.[1] ?? 0);
    const text = messages[uid - 1];
    return text === undefined ? done : `* ${uid} FETCH (UID ${uid} BODY[] {${text.length}}\r\n${text})\r\n${done}`;
  });
}
