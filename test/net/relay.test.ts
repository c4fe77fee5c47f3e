import { afterEach, describe, expect, test } from "bun:test";
import { connect } from "../../src/net/connect.ts";
import type { Connection } from "../../src/net/connection.ts";
import type { Listener } from "../../src/net/listener.ts";
import { relay } from "../../src/net/relay.ts";
import { until } from "../harness.ts";
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

  test("does not read faster than the other side takes, and others go on meanwhile", async () => {
    const size = 32 * 1024 * 1024;
    /** Octets written to each client, in the order they came. */
    const written: number[] = [];
    const front = relaying(async (connection) => {
      const client = written.push(0) - 1;
      for (let sent = 0; sent < size; sent += 65_536) {
        await Promise.all([connection.write(new Uint8Array(65_536)), connection.flush()]);
        written[client] = sent + 65_536;
      }
    });
    const received = async (peer: Peer) => {
      let got = 0;
      peer.socket.removeAllListeners("data");
      peer.socket.on("data", (data: Buffer) => {
        got += data.length;
      });
      const ended = new Promise((resolve) => peer.socket.on("end", resolve));
      peer.socket.resume();
      await ended;
      return got;
    };
    const idle = await Peer.connect(front.port);
    idle.socket.pause();
    await until(() => (written[0] ?? 0) > 0, "the first client to be served");
    // Whoever reads gets all of it; as much time the other had, and only what the kernel holds was read for him.
    expect(await received(await Peer.connect(front.port))).toBe(size);
    expect(written[0]).toBeLessThan(size);
    expect(await received(idle)).toBe(size);
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
