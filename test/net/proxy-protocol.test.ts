import { afterEach, describe, expect, test } from "bun:test";
import net from "node:net";
import fc from "fast-check";
import { issue, makeRoot } from "../../src/net/authority.ts";
import type { Connection } from "../../src/net/connection.ts";
import type { Listener, ListenOptions } from "../../src/net/listener.ts";
import { PROXY_HEADER_LIMIT, parseProxyHeader } from "../../src/net/proxy-protocol.ts";
import { tlsContext } from "../../src/net/tls.ts";
import { Peer, serve, text } from "./peer.ts";

const octets = (latin1: string) => Uint8Array.from(Buffer.from(latin1, "latin1"));
const SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";

/** A version 2 header. */
function v2(command: number, family: number, content: Uint8Array): Uint8Array {
  const head = Uint8Array.of(0x20 | command, family, content.length >> 8, content.length & 255);
  return Buffer.concat([octets(SIGNATURE), head, content]);
}

const V2_IPV4 = v2(1, 0x11, Uint8Array.of(203, 0, 113, 9, 192, 0, 2, 1, 0xd9, 0x03, 0, 25));
const V2_IPV6 = v2(
  1,
  0x21,
  Buffer.concat([
    Uint8Array.of(0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
    Uint8Array.of(0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2),
    Uint8Array.of(0xd9, 0x03, 0, 25, 3, 0, 4, 1, 2, 3, 4),
  ]),
);

const source = { address: "203.0.113.9", port: 55555 };
const destination = { address: "192.0.2.1", port: 25 };
const GOOD: [name: string, header: Uint8Array, expected: object][] = [
  [
    "version 1, IPv4",
    octets("PROXY TCP4 203.0.113.9 192.0.2.1 55555 25\r\n"),
    { kind: "proxied", source, destination },
  ],
  [
    "version 1, IPv6",
    octets("PROXY TCP6 2001:DB8:0::1 ::2 1 65535\r\n"),
    { kind: "proxied", source: { address: "2001:db8::1", port: 1 }, destination: { address: "::2", port: 65_535 } },
  ],
  [
    "version 1, IPv4 in IPv6",
    octets("PROXY TCP6 ::ffff:203.0.113.9 ::1 55555 25\r\n"),
    { kind: "proxied", source, destination: { address: "::1", port: 25 } },
  ],
  ["version 1, unknown", octets("PROXY UNKNOWN\r\n"), { kind: "local" }],
  ["version 1, unknown with more", octets("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"), { kind: "local" }],
  ["version 2, IPv4", V2_IPV4, { kind: "proxied", source: { ...source, port: 55_555 }, destination }],
  [
    "version 2, IPv6 with extensions",
    V2_IPV6,
    {
      kind: "proxied",
      source: { address: "2001:db8::1", port: 55_555 },
      destination: { address: "2001:db8::2", port: 25 },
    },
  ],
  ["version 2, a health check", v2(0, 0, new Uint8Array(0)), { kind: "local" }],
  ["version 2, a UNIX socket", v2(1, 0x31, new Uint8Array(216)), { kind: "local" }],
];

const MALFORMED: [name: string, header: Uint8Array][] = [
  ["no header", octets("EHLO there\r\n")],
  ["lower case", octets("proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n")],
  ["unknown family", octets("PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n")],
  ["a bad address", octets("PROXY TCP4 1.2.3.400 1.2.3.4 1 2\r\n")],
  ["the wrong family", octets("PROXY TCP4 ::1 ::2 1 2\r\n")],
  ["a bad port", octets("PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n")],
  ["a port with zeros", octets("PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n")],
  ["too few words", octets("PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n")],
  ["too many words", octets("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n")],
  ["two spaces", octets("PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n")],
  ["no end", octets(`PROXY TCP4 ${"1".repeat(200)}`)],
  ["a bad signature", octets("\r\n\r\n\0\r\nQUIX\n\x21\x11\0\x0c")],
  ["version 3", octets(`${SIGNATURE}\x31\x11\0\x00`)],
  ["command 2", v2(2, 0x11, new Uint8Array(12))],
  ["too short for its addresses", v2(1, 0x11, new Uint8Array(11))],
  ["too long", octets(`${SIGNATURE}\x21\x11\xff\xff`)],
];

describe("A PROXY header", () => {
  test.each(GOOD)("is read: %s", (_name, header, expected) => {
    const { length } = header;
    expect(parseProxyHeader(header)).toEqual({ ...expected, length } as never);
    expect(parseProxyHeader(Buffer.concat([header, octets("EHLO x\r\n")]))).toEqual({ ...expected, length } as never);
    for (let i = 0; i < length; i++) expect(parseProxyHeader(header.subarray(0, i))).toEqual({ kind: "partial" });
  });

  test.each(MALFORMED)("is refused: %s", (_name, header) => {
    expect(parseProxyHeader(header).kind).toBe("malformed");
  });

  test("never makes the reader throw or wait for more than the limit", () => {
    const start = fc.constantFrom("", "PROXY ", "PROXY TCP4 ", "PROXY TCP6 ::1 ", SIGNATURE, `${SIGNATURE}\x21\x11`);
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 300 }), (begin, more) => {
        const header = Buffer.concat([octets(begin), more]);
        const result = parseProxyHeader(header);
        if (result.kind === "local" || result.kind === "proxied")
          expect(result.length).toBeLessThanOrEqual(header.length);
        const filled = parseProxyHeader(Buffer.concat([header, new Uint8Array(PROXY_HEADER_LIMIT)]));
        expect(filled.kind).not.toBe("partial");
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("A listener with proxies", () => {
  const listeners: Listener[] = [];
  const session = async (connection: Connection) => {
    await connection.write(`220 ${connection.remote.address} ${connection.local.port}\r\n`);
    for (;;) await connection.write(`250 ${text((await connection.readLine(1_000)).bytes)}\r\n`);
  };
  const server = (options: Partial<ListenOptions> = {}) => {
    const listener = serve(session, { proxies: ["127.0.0.1"], ...options });
    listeners.push(listener);
    return listener;
  };

  afterEach(async () => {
    await Promise.all(listeners.splice(0).map((listener) => listener.stop({ graceMs: 0 })));
  });

  test.each([
    ["version 1", octets("PROXY TCP4 203.0.113.9 192.0.2.1 55555 2525\r\n"), "220 203.0.113.9 2525"],
    ["version 2", V2_IPV6, "220 2001:db8::1 25"],
  ])("learns the client from %s, and what comes behind it is the session's", async (_name, header, greeting) => {
    const { port } = server();
    for (const cut of [0, 1, 14, header.length - 1, header.length]) {
      const peer = await Peer.connect(port);
      peer.send(header.subarray(0, cut));
      await new Promise((resolve) => setImmediate(resolve));
      peer.send(Buffer.concat([header.subarray(cut), octets("NOOP\r\n")]));
      expect(await peer.line()).toBe(greeting);
      expect(await peer.line()).toBe("250 NOOP");
      peer.close();
    }
  });

  test("takes the proxy itself for the client where it says so", async () => {
    const listener = server();
    const peer = await Peer.connect(listener.port);
    peer.send(v2(0, 0, new Uint8Array(0)));
    expect(await peer.line()).toBe(`220 127.0.0.1 ${listener.port}`);
    peer.close();
  });

  test("applies access rule and caps to the client, not to the proxy", async () => {
    const { port } = server({
      access: ["203.0.113.0/24"],
      caps: { total: 100, perAddress: 1 },
      refusal: (why) => `554 ${why}\r\n`,
    });
    const answer = async (address: string) => {
      const peer = await Peer.connect(port);
      peer.send(`PROXY TCP4 ${address} 192.0.2.1 1 25\r\n`);
      return await peer.line();
    };
    expect(await answer("203.0.113.1")).toBe("220 203.0.113.1 25");
    expect(await answer("203.0.113.1")).toBe("554 perAddress");
    expect(await answer("203.0.113.2")).toBe("220 203.0.113.2 25");
    expect(await answer("198.51.100.1")).toBe("554 access");
    expect(await answer("127.0.0.1")).toBe("554 access");
  });

  test.each(MALFORMED.filter(([, header]) => header.length > 20))(
    "closes without a word on %s",
    async (_name, header) => {
      const refused: string[] = [];
      const { port } = server({
        refusal: () => "554 no\r\n",
        onRefused: (remote, why) => refused.push(`${remote} ${why}`),
      });
      const peer = await Peer.connect(port);
      peer.send(header);
      expect(await peer.rest()).toBe("");
      expect(refused).toEqual(["127.0.0.1 proxy"]);
    },
  );

  test("gives a proxy that drips one deadline for all of its header", async () => {
    const { port } = server({ handshakeMs: 100 });
    const peer = await Peer.connect(port);
    const header = octets("PROXY TCP4 203.0.113.9 192.0.2.1 55555 2525\r\n");
    let sent = 0;
    const drip = setInterval(() => peer.send(header.subarray(sent, ++sent)), 15);
    expect(await peer.rest()).toBe("");
    clearInterval(drip);
    expect(sent).toBeLessThan(header.length);
  });

  test("believes nobody else: a header from an unlisted address is just a bad command", async () => {
    const peer = await Peer.connect(server({ proxies: ["127.0.0.9"] }).port);
    peer.send("PROXY TCP4 203.0.113.9 192.0.2.1 55555 2525\r\n");
    expect(await peer.line()).toStartWith("220 127.0.0.1 ");
    expect(await peer.line()).toStartWith("250 PROXY TCP4");
    peer.close();
  });

  test.each([true, false])("finds TLS behind the header (in the same segment: %p)", async (together) => {
    const { chain, key } = issue(makeRoot("tests", Date.now()), ["a.test"], Date.now());
    const context = tlsContext({ cert: chain, key });
    const { port } = server({ tls: "implicit", contextFor: () => context });
    const header = octets("PROXY TCP4 203.0.113.9 192.0.2.1 55555 2525\r\n");
    // A proxy that does to a real client's octets what proxies do.
    const proxy = net.createServer((client) => {
      const upstream = net.connect(port, "127.0.0.1");
      if (!together) upstream.write(header);
      client.once("data", (hello: Buffer) => {
        upstream.write(together ? Buffer.concat([header, hello]) : hello);
        client.pipe(upstream).pipe(client);
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const peer = await Peer.connectTls((proxy.address() as net.AddressInfo).port);
    expect(await peer.line()).toBe("220 203.0.113.9 2525");
    peer.send("NOOP\r\n");
    expect(await peer.line()).toBe("250 NOOP");
    peer.close();
    proxy.close();
  });
});
