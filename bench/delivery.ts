/** Durable delivery, end to end: from smtp-source's first octet until the last message can be read over IMAP. */
import { succeed, until } from "../test/harness.ts";
import { ImapClient } from "./imap-client.ts";
import { ADDRESS, PASSWORD, type Server } from "./server.ts";

export interface Load {
  readonly sessions: number;
  /** Octets of each message. */
  readonly size: number;
  readonly messages: number;
}

/** Messages in INBOX now. */
export async function countOf(client: ImapClient): Promise<number> {
  await client.command("NOOP");
  await client.command("SELECT INBOX");
  return client.exists;
}

/** Messages a second. */
export async function deliver(server: Server, load: Load): Promise<number> {
  const client = await ImapClient.login(server.imap, server.login, PASSWORD);
  const before = await countOf(client);
  const began = performance.now();
  await succeed(
    [
      "smtp-source",
      ...["-s", String(load.sessions), "-l", String(load.size), "-m", String(load.messages)],
      ...["-f", "sender@elsewhere.test", "-t", ADDRESS, `127.0.0.1:${server.smtp}`],
    ],
    { seconds: 600 },
  );
  await until(async () => (await countOf(client)) >= before + load.messages, "all messages to be readable", 600);
  const seconds = (performance.now() - began) / 1_000;
  client.close();
  return load.messages / seconds;
}
