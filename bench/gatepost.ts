import { Gatepost } from "../test/harness.ts";
import { LOGIN, type Server } from "./server.ts";

/** Starts the compiled executable with its defaults, but for the caps that loopback clients would run into. */
export async function startGatepost(): Promise<Server> {
  const server = await Gatepost.start({ users: [LOGIN] });
  await server.command(["settings", "set", "network.connectionsPerAddress=20000"]);
  return {
    name: "Gatepost",
    smtp: server.port(25),
    imap: server.port(143),
    login: LOGIN,
    memory: async () => {
      const rollup = await Bun.file(`/proc/${server.pid}/smaps_rollup`).text();
      return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024;
    },
    stop: () => server.remove(),
  };
}
