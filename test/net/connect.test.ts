import { afterEach, describe, expect, test } from "bun:test";
import { connect, interleaved } from "../../src/net/connect.ts";
import { ConnectFailed } from "../../src/net/errors.ts";
import type { Listener } from "../../src/net/listener.ts";
import { serve, text } from "./peer.ts";

const listeners: Listener[] = [];

/** A server that greets at once. */
function server(port: number): Listener {
  const listener = serve(async (connection) => await connection.write("220 ready\r\n"), { port });
  listeners.push(listener);
  return listener;
}

afterEach(async () => {
  await Promise.all(listeners.splice(0).map((listener) => listener.stop({ graceMs: 0 })));
});

describe("connect", () => {
  test("goes on to the next address when one refuses, at once", async () => {
    const listener = server(0);
    const begun = performance.now();
    const connection = await connect({
      host: "some.test",
      addresses: ["127.0.0.2", "::1", "127.0.0.1"],
      port: listener.port,
      timeoutMs: 5_000,
    });
    expect(connection.remote).toEqual({ address: "127.0.0.1", port: listener.port });
    expect(connection.local.address).toBe("127.0.0.1");
    expect(performance.now() - begun).toBeLessThan(1_000);
    connection.destroy();
  });

  test("lets the families take turns for Happy Eyeballs, IPv6 first", async () => {
    expect(interleaved(["192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1"])).toEqual([
      ...["2001:db8::1", "192.0.2.1", "192.0.2.2", "192.0.2.3"],
    ]);
    expect(interleaved(["2001:db8::1", "2001:db8::2", "192.0.2.1"])).toEqual([
      ...["2001:db8::1", "192.0.2.1", "2001:db8::2"],
    ]);
    expect(interleaved([])).toEqual([]);
    const addresses = ["127.0.0.2", "127.0.0.3", "::1"];
    const failed = connect({ host: "some.test", addresses, port: 1, timeoutMs: 1_000, happyEyeballs: true });
    const error = await failed.catch((reason) => reason);
    expect(error.attempts.map(({ address }: { address: string }) => address)).toEqual([
      ...["::1", "127.0.0.2", "127.0.0.3"],
    ]);
  });

  test("says for each address why it failed", async () => {
    const failed = connect({ host: "some.test", addresses: ["127.0.0.2", "::1"], port: 1, timeoutMs: 1_000 });
    const error = await failed.catch((reason) => reason);
    expect(error).toBeInstanceOf(ConnectFailed);
    expect(error.attempts.map(({ address }: { address: string }) => address)).toEqual(["127.0.0.2", "::1"]);
    expect(error.message).toStartWith("cannot connect to some.test port 1: 127.0.0.2: connection refused;");
    await expect(connect({ host: "none.test", addresses: [], port: 1, timeoutMs: 1 })).rejects.toBeInstanceOf(
      ConnectFailed,
    );
  });

  test("does not wait for an address that does not answer", async () => {
    // A socket whose queue is full does not answer at all.
    const deaf = Bun.spawn(
      [
        "python3",
        "-c",
        `
import socket, sys
s = socket.socket(); s.bind(("127.0.0.3", 0)); s.listen(0)
port = s.getsockname()[1]
fill = [socket.socket() for _ in range(3)]
for f in fill:
    f.setblocking(False)
    f.connect_ex(("127.0.0.3", port))
print(port, flush=True)
sys.stdin.read()
`,
      ],
      { stdin: "pipe", stdout: "pipe" },
    );
    const { value } = await deaf.stdout.getReader().read();
    const port = Number(text(value ?? new Uint8Array(0)));
    const listener = server(port);
    const connection = await connect({
      host: "some.test",
      addresses: ["127.0.0.3", "127.0.0.1"],
      port,
      timeoutMs: 5_000,
      overlapMs: 50,
    });
    expect(connection.remote.address).toBe("127.0.0.1");
    connection.destroy();
    const late = connect({ host: "127.0.0.3", port, timeoutMs: 80 });
    await expect(late).rejects.toThrow("no answer within 80 ms");
    const abort = new AbortController();
    const given = connect({ host: "127.0.0.3", port, timeoutMs: 5_000, signal: abort.signal });
    abort.abort();
    await expect(given).rejects.toThrow("given up");
    deaf.stdin.end();
    expect(listener.port).toBe(port);
    await deaf.exited;
  });
});
