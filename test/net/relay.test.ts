import { afterEach, describe, expect, test } from "bun:test";
import { connect } from "../../src/net/connect.ts";
import type { Connection } from "../../src/net/connection.ts";
import type { Listener } from "../../src/net/listener.ts";
import { relay } from "../../src/net/relay.ts";
import { Peer, serve, text } from "./peer.ts";

const listeners: Listener[] = [];

afterEach(async () => {
  await Promise.all(listeners.splice(0).map((listener) => listener.stop({ graceMs: 0 })));
});

function listening(session: (connection: Connection) => Promise<void>): Listener {
  const listener = serve(session);
  listeners.push(listener);
  return listener;
}

/** A port that passes all on to another. */
function relaying(session: (connection: Connection) => Promise<void>): Listener {
  const { port } = listening(session);
  return listening(async (connection) => {
    await relay(connection, await connect({ host: "127.0.0.1", port, timeoutMs: 1_000 }));
  });
}

describe("a relay", () => {
  test("passes octets both ways, and the end", async () => {
    const front = relaying(async (connection) => {
      await connection.write(`welcome ${text((await connection.readLine(100)).bytes)}\r\n`);
    });
    const peer = await Peer.connect(front.port);
    peer.send("ann\r\n");
    expect(await peer.rest()).toBe("welcome ann\r\n");
  });

  test("does not read faster than the other side takes", async () => {
    const size = 32 * 1024 * 1024;
    let written = 0;
    const front = relaying(async (connection) => {
      for (; written < size; written += 65_536) {
        await Promise.all([connection.write(new Uint8Array(65_536)), connection.flush()]);
      }
    });
    const peer = await Peer.connect(front.port);
    peer.socket.pause();
    let before = -1;
    // What the kernel holds for both connections is filled, and then nothing moves.
    while (written !== before) {
      before = written;
      await Bun.sleep(100);
    }
    expect(written).toBeLessThan(size);
    let got = 0;
    peer.socket.removeAllListeners("data");
    peer.socket.on("data", (data: Buffer) => {
      got += data.length;
    });
    const ended = new Promise((resolve) => peer.socket.on("end", resolve));
    peer.socket.resume();
    await ended;
    expect(got).toBe(size);
  });

  test("ends with the client, also in the middle", async () => {
    const gone = Promise.withResolvers<void>();
    const front = relaying(async (connection) => {
      await connection.write("hello\r\n");
      await connection.closed;
      gone.resolve();
    });
    const peer = await Peer.connect(front.port);
    await peer.line();
    peer.close();
    await gone.promise;
    expect(front.connections).toBe(0);
  });
});
