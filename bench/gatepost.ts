import { Database } from "bun:sqlite";
import { join } from "node:path";
import { Gatepost, until } from "../test/harness.ts";
import { ImapClient } from "./imap-client.ts";
import { LOGIN, PASSWORD, proportionalMemory, type Server } from "./server.ts";

const FILLERS = 16;

/**
 * Starts the compiled executable with its defaults, but for the cap that a thousand loopback clients would run into.
 * @param settings further ones, as `gatepost settings set` takes them
 */
export async function startGatepost(settings: readonly string[] = []): Promise<Server> {
  const server = await Gatepost.start({ users: [LOGIN], settings });
  await server.command(["settings", "set", "network.connectionsPerAddress=20000"]);
  return {
    name: "Gatepost",
    smtp: server.port(25),
    imap: server.port(143),
    login: LOGIN,
    memory: () => proportionalMemory(server.pid),
    fill: (messages) => fillByAppend(server.port(143), messages),
    settled: () => indexed(server.folder),
    stop: () => server.remove(),
  };
}

/** Seconds from the start of the process to its first SMTP greeting. */
export async function secondsToBanner(): Promise<number> {
  const server = await Gatepost.start({ users: [] });
  await server.stop();
  const began = performance.now();
  const resumed = server.resume();
  for (;;) {
    const greeted = await greeting(server.port(25));
    if (greeted) break;
  }
  const seconds = (performance.now() - began) / 1_000;
  await resumed;
  await server.remove();
  return seconds;
}

function greeting(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        data: (socket) => {
          resolve(true);
          socket.end();
        },
        close: () => resolve(false),
        connectError: () => resolve(false),
      },
    }).catch(() => resolve(false));
  });
}

/** Puts messages into INBOX over IMAP, by several sessions at once. */
export async function fillByAppend(port: number, messages: readonly Uint8Array[]): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: FILLERS }, async () => {
      const client = await ImapClient.login(port, LOGIN, PASSWORD);
      for (let index = next++; index < messages.length; index = next++) {
        await client.append("INBOX", messages[index] as Uint8Array, index % 2 === 0 ? "(\\Seen) " : "");
      }
      client.close();
    }),
  );
}

/** Waits until the search index holds every message. */
export async function indexed(folder: string): Promise<void> {
  const database = new Database(join(folder, "gatepost.db"), { readonly: true });
  const waiting = database.query<{ count: number }, []>("SELECT count(*) AS count FROM unindexed WHERE oversize = 0");
  await until(() => waiting.get()?.count === 0, "the search index", 600);
  database.close();
}
