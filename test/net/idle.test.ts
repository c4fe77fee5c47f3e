import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Socket } from "bun";

const COUNT = 5_000;

const server = Bun.spawn([process.execPath, `${import.meta.dir}/fixtures/idle-server.ts`], {
  stdin: "pipe",
  stdout: "pipe",
});
const output = server.stdout.getReader();
let ports: number[] = [];

async function line(): Promise<string> {
  return Buffer.from((await output.read()).value ?? [])
    .toString()
    .trim();
}

/** Resident memory of the server in KiB, rubbish collected. */
async function memory(): Promise<number> {
  server.stdin.write("\n");
  await server.stdin.flush();
  return Number(await line());
}

beforeAll(async () => {
  ports = JSON.parse(await line()) as number[];
});
afterAll(() => server.kill());

/** Opens connections that each have exchanged a command and then do nothing; their lines counted. */
async function idle(port: number, tls: boolean): Promise<Socket[]> {
  const sockets: Socket[] = [];
  let answers = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = {
    data(socket: Socket) {
      answers++;
      if (answers <= COUNT) socket.write("NOOP\r\n");
      if (answers === 2 * COUNT) resolve();
    },
  };
  const options = { hostname: "127.0.0.1", port, socket, ...(tls ? { tls: { rejectUnauthorized: false } } : {}) };
  for (let i = 0; i < COUNT; i += 100) {
    sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => Bun.connect(options)))));
  }
  await promise;
  return sockets;
}

describe(`${COUNT} idle connections`, () => {
  test.each([
    ["in plaintext", 0, 8],
    ["under TLS", 1, 16],
  ] as const)(
    "%s take a few KiB each",
    async (_kind, which, limit) => {
      const before = await memory();
      const sockets = await idle(ports[which] ?? 0, which === 1);
      const each = ((await memory()) - before) / COUNT;
      for (const socket of sockets) socket.terminate();
      expect(sockets).toHaveLength(COUNT);
      expect(each).toBeLessThan(limit);
    },
    60_000,
  );
});
