/** Octets that pass through, by the kernel and in JavaScript: the same holds for both. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../src/net/connect.ts";
import type { Connection } from "../../src/net/connection.ts";
import { DeadlineExceeded } from "../../src/net/errors.ts";
import type { Listener } from "../../src/net/listener.ts";
import { Bucket, type Tunnel, Tunnels } from "../../src/net/tunnels.ts";
import { PumpedTunnel } from "../../src/net/tunnels-pumped.ts";
import { until } from "../harness.ts";
import { testContext } from "../tls.ts";
import { Peer, serve } from "./peer.ts";

const folder = mkdtempSync(join(tmpdir(), "gatepost-tunnels-"));
afterAll(() => rmSync(folder, { recursive: true }));

const listeners: Listener[] = [];
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((listener) => listener.stop({ graceMs: 0 })));
});

function listening(session: (connection: Connection) => Promise<void>): Listener {
  const listener = serve(session);
  listeners.push(listener);
  return listener;
}

const IDLE = { idleMs: 10_000 };
/** What has so little time is given to the pump at once, however little passes. */
const AT_ONCE = { idleMs: 5_000 };
const SECOND = 1_000;

/** Octets that tell at each place whose they are and where they belong. */
function pattern(whose: number, length: number): Buffer {
  const octets = Buffer.alloc(length);
  for (let at = 0; at < length; at++) octets[at] = (whose * 31 + at * 7 + (at >> 8)) & 0xff;
  return octets;
}

/** Reads a socket to its end. */
function restOf(socket: net.Socket): Promise<Buffer> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    socket.on("data", (piece: Buffer) => pieces.push(piece));
    socket.on("end", () => resolve(Buffer.concat(pieces)));
    socket.on("error", () => resolve(Buffer.concat(pieces)));
  });
}

function dial(port: number): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket.once("connect", () => resolve(socket));
    // Also for a reset after that, which no test is about.
    socket.on("error", reject);
  });
}

/** The other end of a tunnel: what the origin's program would be. */
class Origin {
  readonly sockets: net.Socket[] = [];
  readonly #server: net.Server;

  constructor(onSocket: (socket: net.Socket) => void) {
    this.#server = net.createServer({ allowHalfOpen: true }, (socket) => {
      this.sockets.push(socket);
      socket.on("error", () => {});
      onSocket(socket);
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return (this.#server.address() as net.AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}

const origins: Origin[] = [];
afterEach(() => {
  for (const origin of origins.splice(0)) origin.close();
});

async function origin(onSocket: (socket: net.Socket) => void): Promise<number> {
  const made = new Origin(onSocket);
  origins.push(made);
  return await made.listen();
}

const echo = (socket: net.Socket) => socket.pipe(socket);

for (const [name, pump] of [
  ["the pump", true],
  ["JavaScript", false],
] as const) {
  describe(`a tunnel through ${name}`, () => {
    const faults: unknown[] = [];
    const tunnels = new Tunnels({ onFault: (fault) => faults.push(fault), pump });
    afterAll(() => tunnels.close());

    /** A port whose connections lead to another. */
    function through(port: number, options: Parameters<Tunnels["open"]>[2] = IDLE, opened: Tunnel[] = []): Listener {
      return listening(async (connection) => {
        const right = await connect({ host: "127.0.0.1", port, timeoutMs: 1_000 });
        const tunnel = tunnels.open(connection, right, options);
        opened.push(tunnel);
        await tunnel.done;
      });
    }

    test("is what it says it is", () => expect(tunnels.pumps).toBe(pump));

    test("passes octets both ways, and what was waiting goes first", async () => {
      const port = await origin((socket) => {
        socket.write("welcome\r\n");
        echo(socket);
      });
      const opened: Tunnel[] = [];
      const front = listening(async (connection) => {
        await connection.readLine(100);
        const right = await connect({ host: "127.0.0.1", port, timeoutMs: 1_000 });
        await until(() => right.buffered > 0, "the welcome to come");
        const tunnel = tunnels.open(connection, right, IDLE);
        opened.push(tunnel);
        await tunnel.done;
      });
      const peer = await Peer.connect(front.port);
      peer.send("head\r\nthis was early\r\n");
      expect(await peer.line()).toBe("welcome");
      expect(await peer.line()).toBe("this was early");
      peer.send("this was not\r\n");
      expect(await peer.line()).toBe("this was not");
      expect(front.connections).toBe(1);
      peer.socket.end();
      expect(await peer.rest()).toBe("");
      expect(await opened[0]?.done).toEqual({ sent: 30, received: 39 });
      await until(() => front.connections === 0, "the connection to be counted out");
    });

    test("passes a half-close on, and what comes after it", async () => {
      const big = pattern(3, 3_000_000);
      const port = await origin((socket) => {
        void restOf(socket).then((got) => socket.end(`got ${got.length}, ${got.equals(big)}`));
      });
      const socket = await dial(through(port).port);
      socket.end(big);
      expect((await restOf(socket)).toString()).toBe(`got ${big.length}, true`);
    });

    test("does not take what the other side does not, and others go on meanwhile", async () => {
      const size = 48 * 1024 * 1024;
      const piece = Buffer.alloc(65_536);
      const written: number[] = [];
      const port = await origin((socket) => {
        const client = written.push(0) - 1;
        const send = () => {
          while ((written[client] ?? 0) < size) {
            written[client] = (written[client] ?? 0) + piece.length;
            if (!socket.write(piece)) return;
          }
          socket.end();
        };
        socket.on("drain", send);
        send();
      });
      const front = through(port);
      const idle = await dial(front.port);
      idle.pause();
      await until(() => (written[0] ?? 0) > 0, "the first client to be served");
      expect((await restOf(await dial(front.port))).length).toBe(size);
      expect(written[0]).toBeLessThan(size);
      idle.resume();
      expect((await restOf(idle)).length).toBe(size);
    });

    test("keeps small pieces in their order, also those that the other side does not take yet", async () => {
      const all = pattern(5, 24_000_000);
      let sent = 0;
      const port = await origin(async (socket) => {
        for (; sent < all.length; sent += 3_000) {
          if (!socket.write(all.subarray(sent, sent + 3_000)))
            await new Promise((resolve) => socket.once("drain", resolve));
          await new Promise((resolve) => setImmediate(resolve));
        }
        socket.end();
      });
      const slow = await dial(through(port, AT_ONCE).port);
      slow.pause();
      let before = 0;
      const stands = () => {
        const still = sent > 1_000_000 && sent === before;
        before = sent;
        return still;
      };
      await until(stands, "no more to be taken");
      slow.resume();
      expect((await restOf(slow)).equals(all)).toBe(true);
    });

    test("ends both sides when one is reset, and the other still gets what was sent before", async () => {
      const port = await origin((socket) => {
        // The rest of what it is sent is never read: closed like this, the system resets the connection.
        socket.once("data", () => {
          socket.pause();
          socket.write("the last words", () => socket.resetAndDestroy());
        });
      });
      const opened: Tunnel[] = [];
      const front = through(port, IDLE, opened);
      const socket = await dial(front.port);
      socket.write("go");
      await new Promise((resolve) => socket.once("readable", resolve));
      socket.write(Buffer.alloc(100_000));
      expect((await restOf(socket)).toString()).toBe("the last words");
      socket.end();
      await opened[0]?.done;
      await until(() => front.connections === 0, "the connection to be counted out");
    });

    test("ends when its client is reset in the middle, and when it is destroyed from here", async () => {
      const opened: Tunnel[] = [];
      const port = await origin((socket) => {
        const send = () => {
          while (socket.writable && socket.write(Buffer.alloc(65_536)));
        };
        socket.on("drain", send);
        send();
      });
      const front = through(port, IDLE, opened);
      const first = await dial(front.port);
      await until(() => (opened[0]?.passed.received ?? 0) > 1_000_000, "octets to pass");
      first.resetAndDestroy();
      await opened[0]?.done;
      const second = await dial(front.port);
      second.on("error", () => {});
      await until(() => opened[1] !== undefined && opened[1].passed.received > 1_000_000, "octets to pass");
      front.drop(() => true);
      expect(front.connections).toBe(0);
      await opened[1]?.done;
      second.destroy();
      const third = await dial(front.port);
      third.on("error", () => {});
      await until(() => opened[2] !== undefined && opened[2].passed.received > 1_000_000, "octets to pass");
      opened[2]?.end();
      await opened[2]?.done;
      third.destroy();
    });

    test("ends when it is idle, and not while one direction passes octets", async () => {
      const opened: Tunnel[] = [];
      const port = await origin((socket) => {
        let count = 0;
        const timer = setInterval(() => {
          socket.write("tick");
          if (++count === 8) clearInterval(timer);
        }, 100);
      });
      const begun = performance.now();
      const socket = await dial(through(port, { idleMs: 400 }, opened).port);
      expect((await restOf(socket)).toString()).toBe("tick".repeat(8));
      expect(performance.now() - begun).toBeGreaterThan(1_100);
      socket.end();
      expect(await opened[0]?.done).toEqual({ sent: 0, received: 32 });
    });

    test("holds a bandwidth, which tunnels share and which may change", async () => {
      const bucket = new Bucket(1_000_000);
      const port = await origin((socket) => socket.end(Buffer.alloc(300_000)));
      const front = through(port, { ...IDLE, bucket });
      const begun = performance.now();
      const both = await Promise.all([dial(front.port), dial(front.port)]);
      const first = Promise.race(both.map((socket) => restOf(socket))).then(() => performance.now() - begun);
      const sizes = await Promise.all(both.map(async (socket) => (await restOf(socket)).length));
      const took = performance.now() - begun;
      expect(sizes).toEqual([300_000, 300_000]);
      expect(took).toBeGreaterThan(400);
      expect(took).toBeLessThan(3 * SECOND);
      // Neither had to wait until the other was done.
      expect(await first).toBeGreaterThan(took * 0.7);
      for (const socket of both) socket.end();
      bucket.rate = 50_000_000;
      const again = performance.now();
      const third = await dial(front.port);
      expect((await restOf(third)).length).toBe(300_000);
      expect(performance.now() - again).toBeLessThan(400);
      third.end();
    });

    test("passes what comes over TLS", async () => {
      const port = await origin(echo);
      const session = async (connection: Connection) => {
        const right = await connect({ host: "127.0.0.1", port, timeoutMs: 1_000 });
        await tunnels.open(connection, right, IDLE).done;
      };
      const front = serve(session, { tls: "implicit", contextFor: testContext });
      listeners.push(front);
      const peer = await Peer.connectTls(front.port);
      const out = pattern(7, 1_000_000);
      peer.send(Buffer.concat([out, Buffer.from("the end\r\n")]));
      expect(await peer.until("the end\r\n")).toBe(`${out.toString("latin1")}the end\r\n`);
      peer.close();
      await until(() => front.connections === 0, "the end");
    });

    test("tells about its progress", async () => {
      const told: number[] = [];
      const port = await origin(echo);
      const front = through(port, { ...IDLE, onProgress: ({ sent }) => told.push(sent) });
      const socket = await dial(front.port);
      socket.resume();
      const timer = setInterval(() => socket.write("x"), 20);
      await until(() => told.length > 0 && (told[0] ?? 0) > 0, "the first word of progress");
      clearInterval(timer);
      socket.end();
      await until(() => front.connections === 0, "the end");
      expect(told.length).toBeGreaterThan(1);
      expect(told.at(-1)).toBe(socket.bytesWritten);
    });

    test("never mixes octets of tunnels that come and go, end at once or break", async () => {
      const wrong: string[] = [];
      // The first four octets say whose pattern it is, and how long the answer is to be.
      const port = await origin((socket) => {
        let head: Buffer | undefined;
        let seen = 0;
        socket.on("data", (piece: Buffer) => {
          if (!head) {
            if (piece.length < 8) return wrong.push("a short head");
            head = piece.subarray(0, 8);
            socket.write(pattern(head.readUInt32BE(0), head.readUInt32BE(4)));
          }
          const expected = pattern(head.readUInt32BE(0), seen + piece.length).subarray(seen);
          if (seen === 0) head.copy(expected, 0, 0, 8);
          if (!piece.equals(expected)) wrong.push(`to the origin, at ${seen}`);
          seen += piece.length;
          return undefined;
        });
        socket.on("end", () => socket.end());
      });
      const front = through(port);
      let next = 0;
      const one = async (whose: number) => {
        const socket = await dial(front.port);
        const length = [10, 3_000, 70_000, 400_000][whose % 4] ?? 0;
        const out = pattern(whose, Math.max(length, 8));
        out.writeUInt32BE(whose, 0);
        out.writeUInt32BE(length, 4);
        socket.write(out);
        if (whose % 7 === 0) {
          // Broken off wherever it is.
          await new Promise((resolve) => socket.once("data", resolve));
          socket.resetAndDestroy();
          return;
        }
        const answer = restOf(socket);
        if (whose % 3 !== 0) socket.end();
        else {
          // Both ends close at about the same time.
          let got = 0;
          socket.on("data", (piece: Buffer) => {
            got += piece.length;
            if (got >= length) socket.end();
          });
        }
        const got = await answer;
        if (!got.equals(pattern(whose, length))) wrong.push(`from the origin, ${got.length} of ${length}`);
      };
      const worker = async () => {
        while (next < 1_200) await one(next++);
      };
      await Promise.all(Array.from({ length: 40 }, worker));
      expect(wrong).toEqual([]);
      await until(() => front.connections === 0, "all to be counted out");
    });

    test("passes a body of known length, and leaves both connections as they were", async () => {
      const body = pattern(5, 5_000_000);
      const port = await origin((socket) => {
        socket.write(Buffer.concat([body, Buffer.from("trailer\r\n")]));
        echo(socket);
      });
      const front = listening(async (connection) => {
        const right = await connect({ host: "127.0.0.1", port, timeoutMs: 1_000 });
        for (const size of [100, 1_000_000, body.length - 1_000_100]) {
          expect(await tunnels.passSome(right, connection, size, IDLE)).toBe(size);
        }
        const line = Buffer.from((await right.readLine(100)).bytes).toString();
        await connection.write(`and then ${line}\r\n`);
        // The other way, and back.
        await connection.readLine(100);
        await tunnels.passSome(connection, right, 300_000, IDLE);
        await tunnels.passSome(right, connection, 300_000, IDLE);
        await right.write("still there\r\n");
        await connection.write((await right.readLine(100)).bytes);
        right.destroy();
      });
      const socket = await dial(front.port);
      const answer = restOf(socket);
      const up = pattern(6, 300_000);
      socket.write(Buffer.concat([Buffer.from("go\r\n"), up]));
      const got = await answer;
      expect(got.subarray(0, body.length).equals(body)).toBe(true);
      const rest = got.subarray(body.length);
      expect(rest.subarray(0, 18).toString()).toBe("and then trailer\r\n");
      expect(rest.subarray(18, 300_018).equals(up)).toBe(true);
      expect(rest.subarray(300_018).toString()).toBe("still there");
      socket.end();
    });

    test("passes fewer octets when the body ends early, and says when it stands still", async () => {
      const port = await origin((socket) => socket.end(Buffer.alloc(600_000)));
      const still = await origin((socket) => socket.write(Buffer.alloc(600_000)));
      const said = Promise.withResolvers<unknown[]>();
      let came = 0;
      const front = listening(async (connection) => {
        const right = await connect({ host: "127.0.0.1", port, timeoutMs: 1_000 });
        const early = await tunnels.passSome(right, connection, 1_000_000, IDLE);
        const stopped = await connect({ host: "127.0.0.1", port: still, timeoutMs: 1_000 });
        const error = await tunnels.passSome(stopped, connection, 1_000_000, { idleMs: 300 }).catch((why) => why);
        stopped.destroy();
        const gone = await connect({ host: "127.0.0.1", port: still, timeoutMs: 1_000 });
        const passing = tunnels.passSome(gone, connection, 1_000_000, IDLE);
        await until(() => came > 1_200_000, "octets of the third to pass");
        gone.destroy();
        said.resolve([early, error, await passing]);
      });
      const socket = await dial(front.port);
      socket.on("data", (octets) => {
        came += octets.length;
      });
      const [early, error, gone] = await said.promise;
      expect(early).toBe(600_000);
      expect(error).toBeInstanceOf(DeadlineExceeded);
      expect(gone).toBeLessThanOrEqual(600_000);
      socket.end();
    });

    test("sends a part of a file, and receives one", async () => {
      const content = pattern(9, 4_000_000);
      const path = join(folder, `sent-${name}`);
      writeFileSync(path, content);
      const front = listening(async (connection) => {
        const kind = Buffer.from((await connection.readLine(100)).bytes).toString();
        if (kind === "send") {
          const fd = openSync(path, "r");
          expect(await tunnels.sendFile(fd, 1_000, 2_000_000, connection, IDLE)).toBe(2_000_000);
          expect(await tunnels.sendFile(fd, 3_500_000, 2_000_000, connection, IDLE)).toBe(500_000);
          closeSync(fd);
          return;
        }
        const fd = openSync(`${path}-received`, "w");
        const first = await tunnels.receiveFile(connection, fd, 10, IDLE, 1_500_000);
        expect(first).toBe(1_500_000);
        const octets = first + (await tunnels.receiveFile(connection, fd, 10 + first, IDLE));
        closeSync(fd);
        await connection.write(`${octets}\r\n`);
      });
      const socket = await dial(front.port);
      socket.write("send\r\n");
      const got = await restOf(socket);
      expect(got.equals(Buffer.concat([content.subarray(1_000, 2_001_000), content.subarray(3_500_000)]))).toBe(true);
      socket.end();
      const upload = await dial(front.port);
      upload.end(Buffer.concat([Buffer.from("receive\r\n"), content]));
      expect((await restOf(upload)).toString()).toBe(`${content.length}\r\n`);
      expect(readFileSync(`${path}-received`).equals(Buffer.concat([Buffer.alloc(10), content]))).toBe(true);
      const full = openSync("/dev/full", "w");
      const failed = Promise.withResolvers<unknown>();
      const filling = listening(async (connection) => {
        failed.resolve(await tunnels.receiveFile(connection, full, 0, IDLE).catch((error) => error));
      });
      const more = await dial(filling.port);
      more.end(content);
      more.on("error", () => {});
      expect(await failed.promise).toMatchObject({ code: expect.any(String) });
      closeSync(full);
    });

    test("had no fault", () => expect(faults).toEqual([]));
  });
}

test("when the pump's thread breaks its tunnels end, and the next ones go on", async () => {
  const faults: unknown[] = [];
  const tunnels = new Tunnels({ onFault: (fault) => faults.push(fault) });
  const port = await origin(echo);
  const front = listening(async (connection) => {
    const right = await connect({ host: "127.0.0.1", port, timeoutMs: 1_000 });
    await tunnels.open(connection, right, AT_ONCE).done;
  });
  for (let faulted = 1; faulted <= 4; faulted++) {
    const peer = await Peer.connect(front.port);
    peer.send("hello\r\n");
    expect(await peer.line()).toBe("hello");
    if (faulted === 4) break;
    tunnels.breakPump();
    expect(await peer.rest()).toBe("");
    expect(faults.length).toBe(faulted);
    peer.close();
  }
  await until(() => front.connections === 1, "the broken ones to be counted out");
  await tunnels.close();
});

describe("before the pump has a tunnel", () => {
  const faults: unknown[] = [];
  const tunnels = new Tunnels({ onFault: (fault) => faults.push(fault) });
  const opened: Tunnel[] = [];
  afterAll(() => tunnels.close());

  /** A client of an echo, and the tunnel between them. */
  async function echoed(): Promise<{ peer: Peer; tunnel: Tunnel }> {
    const port = await origin(echo);
    const front = listening(async (connection) => {
      const right = await connect({ host: "127.0.0.1", port, timeoutMs: 1_000 });
      const tunnel = tunnels.open(connection, right, IDLE);
      opened.push(tunnel);
      await tunnel.done;
    });
    const peer = await Peer.connect(front.port);
    return { peer, tunnel: await until(() => opened.pop(), "the tunnel") };
  }

  test("few octets pass, and a half-close after them", async () => {
    const { peer, tunnel } = await echoed();
    peer.send("a\r\n");
    expect(await peer.line()).toBe("a");
    peer.send("b\r\n");
    expect(await peer.line()).toBe("b");
    peer.socket.end();
    expect(await peer.rest()).toBe("");
    expect(await tunnel.done).toEqual({ sent: 6, received: 6 });
  });

  test("a client that breaks off before anything has passed ends it", async () => {
    const { peer, tunnel } = await echoed();
    peer.socket.resetAndDestroy();
    expect(await tunnel.done).toEqual({ sent: 0, received: 0 });
  });

  test("what has stood for a moment is given to it, and goes on", async () => {
    const { peer, tunnel } = await echoed();
    peer.send("before\r\n");
    expect(await peer.line()).toBe("before");
    await until(() => tunnel instanceof PumpedTunnel && !tunnel.light, "the pump to have it");
    peer.send("after\r\n");
    expect(await peer.line()).toBe("after");
    peer.close();
    expect(await tunnel.done).toEqual({ sent: 15, received: 15 });
  });

  test("had no fault", () => expect(faults).toEqual([]));
});

test("a closed Tunnels has ended all tunnels", async () => {
  const tunnels = new Tunnels({ onFault: () => {} });
  const port = await origin(echo);
  const front = listening(async (connection) => {
    const right = await connect({ host: "127.0.0.1", port, timeoutMs: 1_000 });
    await tunnels.open(connection, right, IDLE).done;
  });
  const peer = await Peer.connect(front.port);
  peer.send("hello\r\n");
  expect(await peer.line()).toBe("hello");
  await tunnels.close();
  expect(await peer.rest()).toBe("");
  await until(() => front.connections === 0, "the end");
});
