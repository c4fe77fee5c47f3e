import { afterEach, describe, expect, test } from "bun:test";
import type { Connection } from "../../src/net/connection.ts";
import { ConnectionClosed, DeadlineExceeded, Stopping } from "../../src/net/errors.ts";
import type { Listener, ListenOptions } from "../../src/net/listener.ts";
import { Peer, serve, text } from "./peer.ts";

const listeners: Listener[] = [];
const peers: Peer[] = [];

function server(session: ListenOptions["session"], options: Partial<ListenOptions> = {}): Listener {
  const listener = serve(session, options);
  listeners.push(listener);
  return listener;
}

async function client(listener: Listener, host?: string): Promise<Peer> {
  const peer = await Peer.connect(listener.port, host);
  peers.push(peer);
  return peer;
}

const greet = async (connection: Connection) => {
  await connection.write(`220 ${connection.remote.address}\r\n`);
  for (;;) {
    try {
      await connection.write(`250 ${text((await connection.readCommand(100)).bytes)}\r\n`);
    } catch (error) {
      if (!(error instanceof Stopping)) throw error;
      await connection.write("421 stopping\r\n");
      return;
    }
  }
};

const refusal: ListenOptions["refusal"] = (why) => `554 ${why}\r\n`;

afterEach(async () => {
  for (const peer of peers.splice(0)) peer.close();
  await Promise.all(listeners.splice(0).map((listener) => listener.stop({ graceMs: 0 })));
});

describe("The access rule", () => {
  test("turns a stranger away in the protocol's words, and says so to the log", async () => {
    const refused: string[] = [];
    const listener = server(greet, {
      access: ["192.0.2.0/24"],
      refusal,
      onRefused: (...args) => refused.push(args.join(" ")),
    });
    expect(await (await client(listener)).rest()).toBe("554 access\r\n");
    expect(refused).toEqual(["127.0.0.1 access"]);
    expect(listener.connections).toBe(0);
  });

  test("without words just closes", async () => {
    expect(await (await client(server(greet, { access: [] }))).rest()).toBe("");
  });

  test("lan means the LAN list, and both may change while connections stay", async () => {
    const listener = server(greet, { access: "lan", lan: ["127.0.0.0/8"], refusal });
    const inside = await client(listener);
    expect(await inside.line()).toBe("220 127.0.0.1");
    listener.update({ lan: ["10.0.0.0/8"] });
    expect(await (await client(listener)).rest()).toBe("554 access\r\n");
    inside.send("NOOP\r\n");
    expect(await inside.line()).toBe("250 NOOP");
    listener.update({ access: "any" });
    expect(await (await client(listener)).line()).toBe("220 127.0.0.1");
  });

  test("holds for IPv4 and IPv6 on one port", async () => {
    const listener = server(greet, { address: "*", access: ["127.0.0.1", "::1"], refusal });
    expect(await (await client(listener, "127.0.0.1")).line()).toBe("220 127.0.0.1");
    expect(await (await client(listener, "::1")).line()).toBe("220 ::1");
    listener.update({ access: ["127.0.0.1"] });
    expect(await (await client(listener, "127.0.0.1")).line()).toBe("220 127.0.0.1");
    expect(await (await client(listener, "::1")).rest()).toBe("554 access\r\n");
  });
});

describe("Caps", () => {
  test("hold per address and in all, and count down again", async () => {
    const listener = server(greet, { caps: { total: 3, perAddress: 2 }, refusal });
    const first = await client(listener);
    const second = await client(listener);
    expect(await first.line()).toStartWith("220");
    expect(await second.line()).toStartWith("220");
    expect(await (await client(listener)).rest()).toBe("554 perAddress\r\n");
    listener.update({ caps: { total: 2, perAddress: 5 } });
    expect(await (await client(listener)).rest()).toBe("554 total\r\n");
    expect(listener.connections).toBe(2);
    first.close();
    while (listener.connections === 2) await new Promise((resolve) => setImmediate(resolve));
    expect(await (await client(listener)).line()).toStartWith("220");
  });

  test("do not let those who are refused hang on", async () => {
    const listener = server(greet, { caps: { total: 0, perAddress: 1 }, refusal });
    const answers = await Promise.all(
      Array.from({ length: 300 }, async () => {
        const peer = await client(listener);
        return await peer.rest();
      }),
    );
    expect(new Set(answers)).toEqual(new Set(["554 total\r\n", ""]).intersection(new Set(answers)));
    expect(answers.filter((answer) => answer !== "").length).toBeGreaterThanOrEqual(100);
  });
});

describe("A session", () => {
  test("that breaks is reported with its connection, and others go on", async () => {
    const faults: string[] = [];
    const listener = server(
      async (connection) => {
        const { bytes } = await connection.readLine(100);
        if (text(bytes) === "break") throw new TypeError("broken");
        await connection.write("fine\r\n");
      },
      { onFault: (fault, connection) => faults.push(`${fault} ${connection.remote.address}`) },
    );
    const [bad, good] = [await client(listener), await client(listener)];
    bad.send("break\r\n");
    expect(await bad.rest()).toBe("");
    good.send("hello\r\n");
    expect(await good.rest()).toBe("fine\r\n");
    expect(faults).toEqual(["TypeError: broken 127.0.0.1"]);
  });

  test("that throws before it is a promise is reported as well", async () => {
    const faults: unknown[] = [];
    const listener = server(
      () => {
        throw new TypeError("at once");
      },
      { onFault: (fault) => faults.push(fault) },
    );
    expect(await (await client(listener)).rest()).toBe("");
    expect(String(faults)).toBe("TypeError: at once");
  });

  test.each([
    ["ConnectionClosed", () => new ConnectionClosed()],
    ["DeadlineExceeded", () => new DeadlineExceeded(1)],
    ["Stopping", () => new Stopping()],
  ])("ends quietly with %s", async (_name, make) => {
    const faults: unknown[] = [];
    const listener = server(
      async (connection) => {
        await connection.write("last words\r\n");
        throw make();
      },
      { onFault: (fault) => faults.push(fault) },
    );
    expect(await (await client(listener)).rest()).toBe("last words\r\n");
    expect(faults).toEqual([]);
  });

  test("ids differ and sort by time", async () => {
    const ids: string[] = [];
    const listener = server(async (connection) => {
      ids.push(connection.id);
    });
    for (let i = 0; i < 20; i++) await (await client(listener)).rest();
    expect(new Set(ids).size).toBe(20);
    const times = ids.map((id) => id.slice(0, -5));
    expect(times).toEqual([...times].sort());
  });
});

describe("An orderly stop", () => {
  test("lets sessions finish their work and say goodbye, and takes nobody new", async () => {
    const begun = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const listener = server(async (connection) => {
      for (;;) {
        const line = await connection.readCommand(100).catch(async (error) => {
          if (error instanceof Stopping) await connection.write("421 bye\r\n");
          throw error;
        });
        if (text(line.bytes) === "WORK") {
          begun.resolve();
          await finish.promise;
        }
        await connection.write(`250 ${text(line.bytes)}\r\n`);
      }
    });
    const idle = await client(listener);
    const half = await client(listener);
    const working = await client(listener);
    half.send("NO");
    working.send("WORK\r\nNOOP\r\n");
    await begun.promise;
    const stopped = listener.stop({ graceMs: 10_000 });
    expect(await idle.rest()).toBe("421 bye\r\n");
    await expect(Peer.connect(listener.port)).rejects.toThrow();
    half.send("OP\r\n");
    expect(await half.rest()).toBe("250 NOOP\r\n421 bye\r\n");
    finish.resolve();
    expect(await working.rest()).toBe("250 WORK\r\n250 NOOP\r\n421 bye\r\n");
    for (const peer of [idle, half, working]) peer.close();
    await stopped;
    expect(listener.connections).toBe(0);
  });

  test("drops after its grace what does not finish", async () => {
    const listener = server(async (connection) => {
      await connection.readLine(100);
    });
    const peer = await client(listener);
    while (listener.connections === 0) await new Promise((resolve) => setImmediate(resolve));
    await listener.stop({ graceMs: 30 });
    expect(await peer.rest()).toBe("");
    expect(listener.connections).toBe(0);
  });

  test("frees the port at once", async () => {
    const first = server(greet);
    const { port } = first;
    expect(() => server(greet, { port })).toThrow();
    await first.stop();
    expect(await (await client(server(greet, { port }))).line()).toStartWith("220");
  });
});
