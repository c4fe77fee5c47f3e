import { afterAll, describe, expect, test } from "bun:test";
import { issue, makeRoot } from "../../src/net/authority.ts";
import { DeadlineExceeded, LineTooLong } from "../../src/net/errors.ts";
import { tlsContext } from "../../src/net/tls.ts";
import { Peer, serve, text } from "./peer.ts";

const { chain, key } = issue(makeRoot("tests", Date.now()), ["localhost"], Date.now());
const context = tlsContext({ cert: chain, key });
const faults: unknown[] = [];
const unhandled: unknown[] = [];
const note = (error: unknown) => unhandled.push(error);
process.on("unhandledRejection", note);
process.on("uncaughtException", note);

/** Speaks enough of a protocol that every part of a connection is used. */
const listener = serve(
  async (connection) => {
    connection.deadline(20_000);
    await connection.write("220 ready\r\n");
    for (;;) {
      try {
        const line = text((await connection.readCommand(200)).bytes);
        if (line === "STARTTLS" && !connection.secure) {
          await connection.write("220 go\r\n");
          await connection.startTls();
        } else if (line === "DATA") {
          await connection.write("354 go\r\n");
          const reader = connection.readUntilDot();
          await reader.drain();
          await connection.write(`250 ${reader.size}\r\n`);
        } else if (line.startsWith("LITERAL")) {
          await connection.write(`250 ${(await connection.readBytes(100_000)).length}\r\n`);
        } else if (line === "MUCH") await connection.write("x".repeat(3_000_000));
        else if (line === "QUIT") return;
        else await connection.write(`250 ${line}\r\n`);
      } catch (error) {
        if (!(error instanceof LineTooLong || error instanceof DeadlineExceeded)) throw error;
        await connection.write("500\r\n");
        if (error instanceof DeadlineExceeded) return;
      }
    }
  },
  { tls: "starttls", contextFor: () => context, onFault: (fault) => faults.push(fault) },
);

afterAll(async () => {
  process.off("unhandledRejection", note);
  process.off("uncaughtException", note);
  await listener.stop({ graceMs: 0 });
});

/** What clients do to a server, each for itself harmless or not. */
const deeds: ((peer: Peer) => void)[] = [
  (peer) => peer.send("NOOP\r\nNOOP\r\n"),
  (peer) => peer.send("x".repeat(100_000)),
  (peer) => peer.send(`${"y".repeat(1_000)}\r\n`),
  (peer) => peer.send("DATA\r\nhello\r\n.\r\n"),
  (peer) => peer.send("DATA\r\nnever ended"),
  (peer) => peer.send("LITERAL\r\nshort"),
  (peer) => peer.send("MUCH\r\nMUCH\r\nMUCH\r\n"),
  (peer) => peer.socket.pause(),
  (peer) => peer.socket.end(),
  (peer) => peer.socket.resetAndDestroy(),
  (peer) => peer.close(),
  (peer) => peer.send("QUIT\r\nNOOP\r\n"),
  (peer) => peer.send("STARTTLS\r\n\x16\x03\x01\x00\x05hello"),
  (peer) => peer.send(new Uint8Array(5_000)),
];

describe("A hostile crowd", () => {
  test("leaves no fault, no connection and no unhandled rejection behind, and others are served meanwhile", async () => {
    let seed = 20_261_122;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 8) % below;
    };
    const honest = await Peer.connect(listener.port);
    await honest.line();
    const villain = async () => {
      let peer = await Peer.connect(listener.port);
      peer.socket.on("error", () => {});
      await peer.line();
      if (random(3) === 0) {
        peer.send("STARTTLS\r\n");
        await peer.line();
        if (random(2) === 0) peer = await peer.startTls();
      }
      for (let i = random(4); i >= 0; i--) {
        deeds[random(deeds.length)]?.(peer);
        await new Promise((resolve) => setImmediate(resolve));
      }
      peer.close();
    };
    for (let round = 0; round < 20; round++) {
      await Promise.all(Array.from({ length: 30 }, villain));
      honest.send(`STILL ${round}\r\n`);
      expect(await honest.line()).toBe(`250 STILL ${round}`);
    }
    honest.close();
    while (listener.connections > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(faults).toEqual([]);
    expect(unhandled).toEqual([]);
  }, 30_000);
});
