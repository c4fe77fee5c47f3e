/** What many IMAP sessions at once feel: how soon waiting ones hear of new mail, and what fifty at work get done. */
import { ImapClient } from "./imap-client.ts";
import { messageNumber } from "./messages.ts";
import { PASSWORD, type Server } from "./server.ts";

const MESSAGES = 50;
const WORKERS = 50;

const login = (server: Server) => ImapClient.login(server.imap, server.login, PASSWORD);

async function waiting(server: Server, count: number): Promise<ImapClient[]> {
  const clients: ImapClient[] = [];
  for (let n = 0; n < count; n++) {
    const client = await login(server);
    await client.command("SELECT Waiting");
    await client.idle();
    clients.push(client);
  }
  return clients;
}

/** Puts a message where others wait for it; milliseconds from the first octet sent until the last of them has heard. */
async function heard(writer: ImapClient, clients: readonly ImapClient[], index: number): Promise<number> {
  const heard = Promise.all(clients.map((client) => client.nextLine()));
  const began = performance.now();
  await Promise.all([writer.append("Waiting", messageNumber(index)), heard]);
  return performance.now() - began;
}

/** Milliseconds from handing a message in until `count` sessions in IDLE have been told of it; the median of many messages. */
export async function latency(server: Server, count: number): Promise<number> {
  const writer = await login(server);
  await writer.command("CREATE Waiting").catch(() => undefined);
  const clients = await waiting(server, count);
  const times: number[] = [];
  const rounds = count > 1 ? 5 : MESSAGES;
  for (let n = 0; n < rounds; n++) times.push(await heard(writer, clients, n));
  for (const client of [writer, ...clients]) client.close();
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}

/** What one client does over and over: the usual day of a mail program, on a page of fifty messages. */
async function day(client: ImapClient, round: number, worker: number): Promise<number> {
  const first = 1 + ((worker * 1_000 + round * 50) % 90_000);
  const page = `${first}:${first + 49}`;
  const commands = [
    "NOOP",
    `FETCH ${page} (UID FLAGS ENVELOPE RFC822.SIZE)`,
    `FETCH ${first} (BODY.PEEK[])`,
    `STORE ${first} ${round % 2 === 0 ? "+" : "-"}FLAGS (\\Answered)`,
    `SEARCH SUBJECT " ${first}"`,
    "STATUS Sent (MESSAGES UNSEEN UIDNEXT)",
    `FETCH ${page} (FLAGS)`,
  ];
  for (const command of commands) await client.command(command);
  await client.append("Sent", messageNumber(worker * 1_000 + round));
  return commands.length + 1;
}

/** Commands a second of fifty clients at work in one mailbox for some seconds. */
export async function crowd(server: Server, seconds: number): Promise<number> {
  const clients = await Promise.all(Array.from({ length: WORKERS }, () => login(server)));
  for (const client of clients) await client.command("SELECT INBOX");
  const end = performance.now() + seconds * 1_000;
  const done = await Promise.all(
    clients.map(async (client, worker) => {
      let commands = 0;
      for (let round = 0; performance.now() < end; round++) commands += await day(client, round, worker);
      return commands;
    }),
  );
  for (const client of clients) client.close();
  return done.reduce((sum, each) => sum + each, 0) / seconds;
}
