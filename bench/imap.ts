/** What an IMAP client feels in a folder of 100,000 messages. */
import { ImapClient } from "./imap-client.ts";
import { messageNumber } from "./messages.ts";
import { PASSWORD, type Server } from "./server.ts";

/** One thing that is measured: its name, how often at once, and the command. */
export interface Task {
  readonly name: string;
  readonly run: (client: ImapClient) => Promise<void>;
  /** What must be so before, not measured. */
  readonly before?: (client: ImapClient) => Promise<void>;
  /** How often it is measured in a round: more than once where a single time is too short to say anything. */
  readonly often?: number;
}

const APPENDS = 300;

/** `each` is what cannot be less, in octets a message, if all messages were really sent. */
async function fetchAll(client: ImapClient, what: string, each: number, most = client.exists): Promise<void> {
  await client.command(what);
  const least = each * Math.min(most, client.exists);
  if (client.received < least) throw new Error(`${what} gave only ${client.received} octets`);
}

export const TASKS: readonly Task[] = [
  {
    name: `APPEND, ${APPENDS} of 3 KB one by one`,
    run: async (client) => {
      for (let index = 0; index < APPENDS; index++) await client.append("Sent", messageNumber(1_000_000 + index));
    },
    before: async (client) => {
      await client.command("CREATE Sent").catch(() => undefined);
    },
  },
  {
    name: "SELECT of 100,000",
    often: 25,
    before: (client) => client.command("CLOSE").catch(() => undefined),
    run: (client) => client.command("SELECT INBOX"),
  },
  { name: "FETCH 1:* (FLAGS)", run: (client) => fetchAll(client, "FETCH 1:* (FLAGS)", 20) },
  {
    name: "FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE)",
    run: (client) => fetchAll(client, "FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE)", 20),
  },
  { name: "FETCH 1:* (ENVELOPE)", run: (client) => fetchAll(client, "FETCH 1:* (ENVELOPE)", 150) },
  { name: "FETCH 1:* (BODYSTRUCTURE)", run: (client) => fetchAll(client, "FETCH 1:* (BODYSTRUCTURE)", 60) },
  { name: "FETCH 1:* (BODY.PEEK[HEADER])", run: (client) => fetchAll(client, "FETCH 1:* (BODY.PEEK[HEADER])", 200) },
  {
    name: "FETCH 1:10000 (BODY.PEEK[])",
    run: (client) => fetchAll(client, "FETCH 1:10000 (BODY.PEEK[])", 1_000, 10_000),
  },
  { name: "SEARCH UNSEEN", run: (client) => client.command("SEARCH UNSEEN") },
  { name: "SEARCH FLAGGED", run: (client) => client.command("SEARCH FLAGGED") },
  { name: "SEARCH SUBJECT (one in 100,000)", run: (client) => client.command('SEARCH SUBJECT " 77777"') },
  { name: "SEARCH FROM (one in 10)", run: (client) => client.command('SEARCH FROM "greta@"') },
  { name: "SEARCH TEXT (one in 1,000)", run: (client) => client.command('SEARCH TEXT "quicksilver"') },
  { name: "SORT (REVERSE DATE)", run: (client) => client.command("SORT (REVERSE DATE) UTF-8 ALL") },
  { name: "SORT (SUBJECT)", run: (client) => client.command("SORT (SUBJECT) UTF-8 ALL") },
  { name: "THREAD REFERENCES", run: (client) => client.command("THREAD REFERENCES UTF-8 ALL") },
  {
    name: "STORE 1:10000 +FLAGS (\\Flagged)",
    before: (client) => client.command("STORE 1:10000 -FLAGS.SILENT (\\Flagged)"),
    run: (client) => client.command("STORE 1:10000 +FLAGS (\\Flagged)"),
  },
  {
    name: "COPY 1:10000",
    before: (client) => emptied(client, "Copies"),
    run: (client) => client.command("COPY 1:10000 Copies"),
  },
  {
    name: "MOVE of 10,000",
    before: async (client) => {
      await filled(client, "Copies");
      await emptied(client, "Moved");
      await client.command("SELECT Copies");
    },
    run: (client) => client.command("MOVE 1:* Moved"),
  },
  {
    name: "EXPUNGE of 10,000",
    before: async (client) => {
      await filled(client, "Copies");
      await client.command("SELECT Copies");
      await client.command("STORE 1:* +FLAGS.SILENT (\\Deleted)");
    },
    run: (client) => client.command("EXPUNGE"),
  },
];

/** A folder of this name with nothing in it. */
async function emptied(client: ImapClient, folder: string): Promise<void> {
  await client.command(`DELETE ${folder}`).catch(() => undefined);
  await client.command(`CREATE ${folder}`);
}

/** A folder of this name with copies of the first 10,000 messages. */
async function filled(client: ImapClient, folder: string): Promise<void> {
  await emptied(client, folder);
  await client.command(`COPY 1:10000 ${folder}`);
}

/** Seconds for a task: each time measured in a session of its own. */
export async function measure(server: Server, task: Task, rounds: number): Promise<number[]> {
  const seconds: number[] = [];
  for (let time = 0; time < rounds * (task.often ?? 1); time++) {
    const client = await ImapClient.login(server.imap, server.login, PASSWORD);
    await client.command("SELECT INBOX");
    await task.before?.(client);
    const began = performance.now();
    await task.run(client);
    seconds.push((performance.now() - began) / 1_000);
    client.close();
  }
  return seconds;
}

/** Memory with `count` more sessions that have INBOX selected and wait in IDLE, octets. */
export async function memoryWithIdle(server: Server, count: number): Promise<number> {
  const clients: ImapClient[] = [];
  for (let index = 0; index < count; index++) {
    const client = await ImapClient.login(server.imap, server.login, PASSWORD);
    await client.command("SELECT Sent");
    await client.idle();
    clients.push(client);
  }
  const memory = await server.memory();
  for (const client of clients) client.close();
  return memory;
}
