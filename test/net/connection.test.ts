import { afterEach, describe, expect, test } from "bun:test";
import net from "node:net";
import type { Connection } from "../../src/net/connection.ts";
import { ConnectionClosed, DeadlineExceeded, LineTooLong } from "../../src/net/errors.ts";
import type { Listener } from "../../src/net/listener.ts";
import { Peer, serve, text } from "./peer.ts";

const listeners: Listener[] = [];
const peers: Peer[] = [];

/** A server with one session, and a client of it. */
async function pair(session: (connection: Connection) => Promise<void>): Promise<Peer> {
  const listener = serve(session, {
    onFault: (fault) => {
      throw fault;
    },
  });
  listeners.push(listener);
  const peer = await Peer.connect(listener.port);
  peers.push(peer);
  return peer;
}

/** Promises of a server's side, to be awaited by the test. */
function outcome<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  return Promise.withResolvers<T>();
}

afterEach(async () => {
  for (const peer of peers.splice(0)) peer.close();
  await Promise.all(listeners.splice(0).map((listener) => listener.stop({ graceMs: 0 })));
});

describe("Reading", () => {
  test("takes pipelined commands one by one and answers them in one piece", async () => {
    const buffered: number[] = [];
    const peer = await pair(async (connection) => {
      for (;;) {
        const { bytes } = await connection.readLine(100);
        buffered.push(connection.buffered);
        await connection.write(`did ${text(bytes)}\r\n`);
      }
    });
    let pieces = 0;
    peer.socket.on("data", () => pieces++);
    peer.send("a\r\nbb\r\nccc\r\n");
    expect(await peer.until("did ccc\r\n")).toBe("did a\r\ndid bb\r\ndid ccc\r\n");
    expect(buffered).toEqual([9, 5, 0]);
    expect(pieces).toBe(1);
  });

  test("refuses an over-long line and goes on with the next", async () => {
    const peer = await pair(async (connection) => {
      for (;;) {
        try {
          const { bytes } = await connection.readLine(20);
          await connection.write(`250 ${text(bytes)}\r\n`);
        } catch (error) {
          if (!(error instanceof LineTooLong)) throw error;
          await connection.write(`500 too long: ${text(error.start.subarray(0, 4))}\r\n`);
        }
      }
    });
    peer.send(`VRFY ${"x".repeat(2_000_000)}\r\nNOOP\r\n`);
    expect(await peer.line()).toBe("500 too long: VRFY");
    expect(await peer.line()).toBe("250 NOOP");
  });

  test("gives up on a line that never ends, after saying so", async () => {
    const peer = await pair(async (connection) => {
      await connection.readLine(20).catch(async (error) => {
        expect(error).toBeInstanceOf(LineTooLong);
        await connection.write("500 enough\r\n");
      });
      await connection.readLine(20);
    });
    peer.send(new Uint8Array(17 << 20).fill(65));
    expect(await peer.rest()).toBe("500 enough\r\n");
  });

  test("takes literals whole and in pieces", async () => {
    const peer = await pair(async (connection) => {
      const { bytes } = await connection.readLine(100);
      const whole = await connection.readBytes(Number(text(bytes)));
      let streamed = 0;
      while (streamed < 300_000) streamed += (await connection.readSome(300_000 - streamed)).length;
      const after = await connection.readLine(10);
      await connection.write(`${whole.length} ${whole[0]} ${whole.at(-1)} ${streamed} ${text(after.bytes)}\r\n`);
    });
    peer.send("1000000\r\n");
    peer.send(new Uint8Array(1_000_000).fill(7));
    peer.send(new Uint8Array(300_000).fill(8));
    peer.send("end\r\n");
    expect(await peer.line()).toBe("1000000 7 7 300000 end");
  });

  test("serves what a client sent before it closed its side, and can still answer", async () => {
    const ended = outcome<unknown>();
    const peer = await pair(async (connection) => {
      try {
        for (;;) await connection.write(`250 ${text((await connection.readLine(100)).bytes)}\r\n`);
      } catch (error) {
        ended.resolve(error);
      }
    });
    peer.send("ONE\r\nTWO\r\nTHR");
    peer.socket.end();
    expect(await peer.rest()).toBe("250 ONE\r\n250 TWO\r\n");
    expect(await ended.promise).toBeInstanceOf(ConnectionClosed);
  });

  test("two reads at the same time are a fault, not a mixture", async () => {
    const second = outcome<unknown>();
    const peer = await pair(async (connection) => {
      const first = connection.readLine(100);
      connection.readLine(100).catch(second.resolve);
      await connection.write(`${text((await first).bytes)}\r\n`);
    });
    expect(String(await second.promise)).toContain("read twice");
    peer.send("still there\r\n");
    expect(await peer.line()).toBe("still there");
  });

  test("a session fed from its buffer lets others have their turn", async () => {
    const peer = await pair(async (connection) => {
      await connection.readLine(10);
      let count = 0;
      for (; count < 20_000; count++) {
        await connection.readLine(10);
        const until = performance.now() + 0.02;
        while (performance.now() < until);
      }
      await connection.write(`${count}\r\n`);
    });
    let turns = 0;
    const others = setInterval(() => turns++, 1);
    peer.send(`go\r\n${"x\r\n".repeat(20_000)}`);
    expect(await peer.line()).toBe("20000");
    clearInterval(others);
    // 400 ms of work, given up every 5 ms.
    expect(turns).toBeGreaterThan(20);
  });
});

describe("A message", () => {
  const receive = async (connection: Connection) => {
    for (;;) {
      await connection.readLine(100);
      const reader = connection.readUntilDot();
      const pieces: Uint8Array[] = [];
      for await (const piece of reader) pieces.push(piece.slice());
      const hash = Bun.hash(Buffer.concat(pieces)).toString();
      await connection.write(`${reader.size} ${reader.bareNewline} ${hash}\r\n`);
    }
  };

  test("arrives without its dots, whatever its size, and the next command is not part of it", async () => {
    const peer = await pair(receive);
    const line = "The quick brown fox jumps over the lazy dog, again and again and again.\r\n";
    for (const count of [0, 1, 1_000, 100_000]) {
      const message = `${line}.dot\r\n..two\r\n.\r.\r\n`.repeat(count).replaceAll("\r.\r\n", "x\r\n");
      const stuffed = message.replaceAll(/^\./gm, "..");
      peer.send(`DATA\r\n${stuffed}.\r\n`);
      expect(await peer.line()).toBe(`${message.length} false ${Bun.hash(message)}`);
    }
  });

  test.each(["\n.\n", "\r.\r", "\n.\r\n", "\r\n.\n", "\r\n.\r"])("is not ended by %j on the wire", async (variant) => {
    const peer = await pair(receive);
    peer.send(`DATA\r\nSubject: x\r\n\r\na${variant}`);
    peer.send("MAIL FROM:<evil@example.test>\r\n");
    peer.send(".\r\n");
    const [size, bare] = (await peer.line()).split(" ");
    expect(Number(size)).toBeGreaterThan(40);
    expect(bare).toBe("true");
  });

  test("that is refused can be thrown away, and the session goes on", async () => {
    const peer = await pair(async (connection) => {
      const reader = connection.readUntilDot();
      await reader.read();
      await reader.drain();
      await connection.write(`552 ${reader.size}\r\n`);
      await connection.write(`250 ${text((await connection.readLine(10)).bytes)}\r\n`);
    });
    peer.send(`${"x".repeat(5_000_000)}\r\n.\r\nNOOP\r\n`);
    expect(await peer.line()).toBe("552 5000002");
    expect(await peer.line()).toBe("250 NOOP");
  });
});

describe("A deadline", () => {
  test("ends a read, and the client can still be told", async () => {
    const peer = await pair(async (connection) => {
      connection.deadline(60);
      await connection.readLine(100).catch(async (error) => {
        expect(error).toBeInstanceOf(DeadlineExceeded);
        await connection.write("421 too slow\r\n");
      });
    });
    const begun = performance.now();
    peer.send("NOO");
    expect(await peer.rest()).toBe("421 too slow\r\n");
    expect(performance.now() - begun).toBeGreaterThan(50);
  });

  test("is not put off by a client that drips", async () => {
    const peer = await pair(async (connection) => {
      connection.deadline(150);
      await connection.readLine(1_000);
    });
    const drip = setInterval(() => peer.send("x"), 10);
    await peer.rest();
    clearInterval(drip);
  });

  test("is counted from each call, also for a read that waits, and 0 lifts it", async () => {
    const waiting = outcome<Connection>();
    const session = async (connection: Connection) => {
      const { bytes } = await connection.readLine(10);
      connection.deadline(Number(text(bytes)));
      const read = connection.readLine(10);
      if (text(bytes) === "50") waiting.resolve(connection);
      await read.then(
        (line) => connection.write(`done ${text(line.bytes)}\r\n`),
        () => connection.write("421\r\n"),
      );
    };
    const peer = await pair(session);
    peer.send("50\r\n");
    (await waiting.promise).deadline(0);
    // Another connection's longer deadline says when this one's would have passed.
    const clock = await pair(session);
    clock.send("200\r\n");
    expect(await clock.line()).toBe("421");
    peer.send("two\r\n");
    expect(await peer.line()).toBe("done two");
  });

  test("also ends a write to a client that takes nothing", async () => {
    const failed = outcome<unknown>();
    const peer = await pair(async (connection) => {
      connection.deadline(100);
      try {
        for (;;) await connection.write(new Uint8Array(1 << 20));
      } catch (error) {
        failed.resolve(error);
      }
    });
    peer.socket.pause();
    const error = await failed.promise;
    expect(error).toBeInstanceOf(ConnectionClosed);
    expect((error as Error).cause).toBeInstanceOf(DeadlineExceeded);
  });
});

describe("Backpressure", () => {
  test("a slow reader makes write wait, and gets every octet in order", async () => {
    let most = 0;
    const total = 64 << 20;
    const peer = await pair(async (connection) => {
      const block = new Uint8Array(1 << 18);
      for (let sent = 0; sent < total; sent += block.length) {
        new DataView(block.buffer).setUint32(0, sent);
        await connection.write(block.slice());
        most = Math.max(most, sent - connection.bytesOut);
      }
    });
    peer.close();
    const socket = net.connect(listeners[0]?.port ?? 0, "127.0.0.1");
    let received = 0;
    let inOrder = true;
    let rest = Buffer.alloc(0);
    for await (const chunk of socket) {
      rest = Buffer.concat([rest, chunk as Buffer]);
      while (rest.length >= 1 << 18) {
        inOrder &&= rest.readUInt32BE(0) === received;
        received += 1 << 18;
        rest = rest.subarray(1 << 18);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(received).toBe(total);
    expect(inOrder).toBe(true);
    expect(most).toBeLessThan(1 << 20);
  });

  test("a sender that is faster than its session is held up in bounded memory", async () => {
    let most = 0;
    const peer = await pair(async (connection) => {
      await connection.readLine(10);
      // Reads nothing until what waits has not grown for a while.
      for (let quiet = 0; quiet < 200 || most === 0; quiet++) {
        await new Promise((resolve) => setImmediate(resolve));
        if (connection.buffered > most) quiet = 0;
        most = connection.buffered;
      }
      let left = 30 << 20;
      while (left > 0) left -= (await connection.readSome(1 << 16)).length;
      await connection.write("all\r\n");
    });
    peer.send("go\r\n");
    peer.send(new Uint8Array(30 << 20));
    expect(await peer.line()).toBe("all");
    expect(most).toBeGreaterThan(100_000);
    expect(most).toBeLessThan(1 << 20);
  });

  test("flush waits until the kernel has everything", async () => {
    const flushed = outcome<number>();
    const peer = await pair(async (connection) => {
      await connection.write("ready\r\n");
      for (let i = 0; i < 100; i++) connection.write(new Uint8Array(100_000)).catch(() => {});
      await connection.flush();
      flushed.resolve(connection.bytesOut);
    });
    await peer.line();
    expect(await flushed.promise).toBe(10_000_007);
  });
});

describe("Text", () => {
  test("leaves in its encoding and in its place, small and large", async () => {
    const large = "\xe9".repeat(200_000);
    const peer = await pair(async (connection) => {
      await connection.write("\xe9\xe4", "latin1");
      await connection.write("\xe9");
      await connection.write(Uint8Array.of(0xe9));
      await connection.write("\xff", "latin1");
      await connection.write(large, "latin1");
      await connection.write("\xe9", "latin1");
      await connection.end();
    });
    const received = await peer.rest();
    expect(received.slice(0, 6)).toBe("\xe9\xe4\xc3\xa9\xe9\xff");
    expect(received.slice(6) === `${large}\xe9`).toBe(true);
  });

  test("in Latin-1 is kept whole where the peer takes it slowly", async () => {
    const peer = await pair(async (connection) => {
      for (let line = 0; line < 2_000; line++) await connection.write(`${line} ${"\xe9".repeat(3_000)}\n`, "latin1");
      await connection.end();
    });
    peer.socket.pause();
    await new Promise((resolve) => setImmediate(resolve));
    peer.socket.resume();
    const lines = (await peer.rest()).trimEnd().split("\n");
    expect(lines.length).toBe(2_000);
    expect(lines.every((line, at) => line === `${at} ${"\xe9".repeat(3_000)}`)).toBe(true);
  });
});

describe("The end", () => {
  test("end sends what was written, even when it is much", async () => {
    const peer = await pair(async (connection) => {
      connection.write("x".repeat(5_000_000)).catch(() => {});
      connection.write("bye\r\n").catch(() => {});
      await connection.end();
    });
    expect(await peer.rest()).toEndWith("xxxbye\r\n");
  });

  test("the last words arrive although the client goes on talking", async () => {
    const peer = await pair(async (connection) => {
      await connection.write("554 no\r\n");
    });
    for (let i = 0; i < 50; i++) peer.send(new Uint8Array(10_000));
    expect(await peer.rest()).toBe("554 no\r\n");
  });

  test("destroy drops everything at once; signal, closed and onClose tell", async () => {
    const told: string[] = [];
    const gone = outcome<void>();
    const peer = await pair(async (connection) => {
      connection.signal.addEventListener("abort", () => told.push("signal"));
      connection.onClose(() => told.push("onClose"));
      connection.closed.then(
        () => gone.resolve(),
        () => {},
      );
      connection.destroy();
      await expect(connection.write("x")).rejects.toBeInstanceOf(ConnectionClosed);
      await expect(connection.flush()).rejects.toBeInstanceOf(ConnectionClosed);
      await expect(connection.readLine(10)).rejects.toBeInstanceOf(ConnectionClosed);
      await connection.end();
    });
    await peer.rest();
    await gone.promise;
    expect(told.sort()).toEqual(["onClose", "signal"]);
  });

  test("a client that breaks off wakes the reader and the writer, and nothing is left unhandled", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", note);
    const ignored: Promise<void>[] = [];
    const reader = outcome<unknown>();
    const writer = outcome<unknown>();
    const peer = await pair(async (connection) => {
      connection.write(new Uint8Array(50 << 20)).catch(writer.resolve);
      ignored.push(connection.write("x"), connection.flush());
      await connection.readLine(10).catch(reader.resolve);
      ignored.push(connection.write("x"), connection.flush());
      throw new ConnectionClosed();
    });
    await peer.until("\0\0");
    peer.socket.resetAndDestroy();
    expect(await reader.promise).toBeInstanceOf(ConnectionClosed);
    expect(await writer.promise).toBeInstanceOf(ConnectionClosed);
    expect((await Promise.allSettled(ignored)).map(({ status }) => status)).toEqual(new Array(4).fill("rejected"));
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });
});
