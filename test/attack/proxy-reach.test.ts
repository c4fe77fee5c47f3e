/**
 * Where the web proxy must not lead: this machine, the local network and special addresses, by whatever name or spelling, through http and
 * CONNECT, with the settings as they come. And poisoning its cache. The executable, a name server that lies, and origins that record.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Gatepost, succeed, until } from "../harness.ts";
import { MockDns } from "../transport/mock-dns.ts";
import { Recorder, Sender, say, startGateway, startProxy, statusOf } from "./proxy-wire.ts";

/** An address of documentation, which nobody has: connecting to it fails, but it is not refused. */
const PUBLIC = "192.0.2.1";

describe("addresses that are not reached", () => {
  let server: Gatepost;
  let proxy = 0;
  let dns: MockDns;
  let loopback: Recorder;
  let loopback6: Recorder;
  /** How often the name that changes its mind was asked for. */
  let flips = 0;

  beforeAll(async () => {
    dns = await MockDns.start({
      "loop.example": { A: ["127.0.0.1"] },
      "loop6.example": { AAAA: ["::1"] },
      "private.example": { A: ["192.168.1.1"] },
      "mapped.example": { AAAA: ["::ffff:127.0.0.1"] },
      "nat64.example": { AAAA: ["64:ff9b::7f00:1"] },
      "zero.example": { A: ["0.0.0.0"] },
      "metadata.example": { A: ["169.254.169.254"] },
      "alias.example": { CNAME: "loop.example" },
      "mixed.example": { A: ["127.0.0.1", "10.0.0.1"] },
    });
    // Rebinding: a public address first, loopback from then on.
    Object.defineProperty(dns.zone, "rebind.example", {
      enumerable: true,
      get: () => ({ A: [flips++ === 0 ? PUBLIC : "127.0.0.1"], ttl: 0 }),
    });
    [server, loopback, loopback6] = await Promise.all([
      startProxy(`dns.servers=${dns.server}`, "gateway.tunnelPorts=any", "gateway.connectTimeout=1"),
      Recorder.open(),
      Recorder.open("::1"),
    ]);
    proxy = server.port(3128);
  });
  afterAll(async () => {
    loopback.close();
    loopback6.close();
    dns.stop();
    await server.remove();
  });
  beforeEach(() => {
    loopback.forget();
    loopback6.forget();
  });

  const HOSTS = [
    // Loopback, in every spelling
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1.",
    "0",
    "0.0.0.0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "a.localhost",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]",
    "[::ffff:0:127.0.0.1]",
    // Local and special networks
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[fe80::1]",
    "[fc00::1]",
    "[fd12::1]",
    "[ff02::1]",
    "[::ffff:10.0.0.1]",
    "[64:ff9b:1::1]",
    "[2001:db8::1]",
    // Names that lead there
    "loop.example",
    "loop6.example",
    "private.example",
    "mapped.example",
    "nat64.example",
    "zero.example",
    "metadata.example",
    "alias.example",
    "mixed.example",
  ];

  for (const host of HOSTS) {
    test(host, async () => {
      const port = host.includes("6.") || host.includes(":") ? loopback6.port : loopback.port;
      for (const octets of [
        `GET http://${host}:${port}/ HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: close\r\n\r\n`,
        `CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: close\r\n\r\n`,
      ]) {
        const answer = await say(proxy, octets);
        expect([octets.slice(0, 7), statusOf(answer)]).toEqual([octets.slice(0, 7), expect.any(Number)]);
        expect(statusOf(answer)).toBeOneOf([400, 403, 404, 502]);
      }
      expect(loopback.connections).toEqual([]);
      expect(loopback6.connections).toEqual([]);
    });
  }

  test("a name that changes its mind between asking and connecting", async () => {
    flips = 0;
    for (let attempt = 0; attempt < 4; attempt++) {
      const target = `rebind.example:${loopback.port}`;
      const answer = await say(proxy, `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
      expect(statusOf(answer)).toBeOneOf([403, 502, 504]);
    }
    expect(loopback.connections).toEqual([]);
  });

  test("the server's own services, by the address clients know it by", async () => {
    for (const port of [server.port(25), server.port(80), server.port(143), server.port(3128)]) {
      const answer = await say(proxy, `CONNECT 127.0.0.1:${port} HTTP/1.1\r\nHost: x\r\n\r\n`);
      expect(statusOf(answer)).toBe(403);
    }
  });

  test("a place that a site sends to: opening one address opens no other", async () => {
    await server.set("gateway.reachable=127.0.0.1/32");
    loopback.script = () => ({
      octets: `HTTP/1.1 302 Found\r\nLocation: http://127.0.0.2:${loopback.port}/secret\r\nContent-Length: 0\r\n\r\n`,
    });
    const through = ["curl", "-sS", "-L", "--noproxy", "", "-x", `http://127.0.0.1:${proxy}`, "-o", "/dev/null"];
    const said = await succeed([
      ...through,
      "-w",
      "%{http_code} %{num_redirects}",
      `http://127.0.0.1:${loopback.port}/`,
    ]);
    await server.set("gateway.reachable=");
    expect(said).toBe("403 1");
    expect(loopback.requests).toHaveLength(1);
  });

  test("a port that is no web server's", async () => {
    await server.set("gateway.tunnelPorts=443");
    const answer = await say(proxy, `CONNECT ${PUBLIC}:25 HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(statusOf(answer)).toBe(403);
    await server.set("gateway.tunnelPorts=any");
  });
});

describe("the cache", () => {
  let server: Gatepost;
  let proxy = 0;
  let origin: Recorder;
  let other: Recorder;
  let at = "";

  beforeAll(async () => {
    [server, origin, other] = await Promise.all([startGateway(), Recorder.open(), Recorder.open()]);
    proxy = server.port(3128);
    at = `127.0.0.1:${origin.port}`;
  });
  afterAll(async () => {
    origin.close();
    other.close();
    await server.remove();
  });
  beforeEach(() => {
    origin.forget();
    other.forget();
    // Answers with what it was asked, as many a page does.
    origin.script = ({ head, body }, count) => {
      const shown = `${count}\n${head}${body}`;
      return {
        octets: `HTTP/1.1 200 OK\r\nCache-Control: max-age=100\r\nContent-Length: ${shown.length}\r\n\r\n${shown}`,
      };
    };
  });

  const get = (path: string, more = "", method = "GET") =>
    say(proxy, `${method} http://${at}${path} HTTP/1.1\r\nHost: ${at}\r\n${more}Connection: close\r\n\r\n`);
  const status = (answer: string) => /^cache-status: (.*)\r$/im.exec(answer)?.[1];

  test("answers the second who asks, and says so", async () => {
    const first = await get("/twice");
    expect(status(first)).toBe("gatepost; fwd=uri-miss; stored");
    const second = await get("/twice");
    expect(status(second)).toMatch(/^gatepost; hit; ttl=\d+$/);
    expect(second).toMatch(/^age: \d+\r$/im);
    expect(second.split("\r\n\r\n")[1]).toBe(first.split("\r\n\r\n")[1]);
    expect(origin.requests).toHaveLength(1);
    expect(statusOf(await get("/twice", "Range: bytes=0-0\r\n"))).toBe(206);
    const head = await get("/twice", "", "HEAD");
    expect(head).toEndWith("\r\n\r\n");
    expect(head).toMatch(/^content-length: [1-9]\d*\r$/im);
    expect(origin.requests).toHaveLength(1);
  });

  test("gives nobody what a rule about addresses keeps from him, by whatever name it was stored", async () => {
    const named = () => {
      const site = `localhost:${origin.port}`;
      return say(proxy, `GET http://${site}/ruled HTTP/1.1\r\nHost: ${site}\r\nConnection: close\r\n\r\n`);
    };
    await named();
    expect(status(await named())).toContain("hit");
    await server.command(["proxy", "rule", "add", "inner", "action=bar", "hosts=127.0.0.0/8,::1/128"]);
    expect(statusOf(await named())).toBe(403);
    await server.command(["proxy", "rule", "remove", "inner"]);
    expect(status(await named())).toContain("hit");
    expect(origin.requests).toHaveLength(1);
  });

  const POISONS = [
    "X-Forwarded-Host: evil.test\r\n",
    "X-Forwarded-Scheme: evil\r\n",
    "X-Original-URL: /evil\r\n",
    "X-Rewrite-URL: /evil\r\n",
    "X-Host: evil.test\r\n",
    "Forwarded: host=evil.test\r\n",
    "X-HTTP-Method-Override: EVIL\r\n",
    "X-Own-Field: evil\r\n",
    "Cookie2: evil\r\n",
    "Authorization: evil\r\n",
    "Range: bytes=0-3\r\n",
    "Content-Length: 4\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Cache-Control: no-store\r\n",
  ];
  for (const [number, field] of POISONS.entries()) {
    test(`keeps nothing for others of a request with ${field.trim()}`, async () => {
      const content = field.startsWith("Content-Length")
        ? "evil"
        : field.startsWith("Transfer")
          ? "4\r\nevil\r\n0\r\n\r\n"
          : "";
      const line = `GET http://${at}/poison/${number} HTTP/1.1\r\nHost: ${at}\r\n${field}Connection: close\r\n\r\n${content}`;
      await say(proxy, line);
      const answer = await get(`/poison/${number}`);
      expect(answer).not.toContain("evil");
      expect(answer).toContain("fwd=uri-miss");
    });
  }

  test("knows a Host that disagrees, a fragment and spellings of the host for what they are", async () => {
    const evil = `127.0.0.1:${other.port}`;
    other.script = () => ({ octets: "HTTP/1.1 200 OK\r\nCache-Control: max-age=100\r\nContent-Length: 4\r\n\r\nevil" });
    // Host names another origin: the target counts, for where it goes and for what it is kept as.
    await say(proxy, `GET http://${evil}/host HTTP/1.1\r\nHost: ${at}\r\nConnection: close\r\n\r\n`);
    expect(await get("/host")).not.toContain("evil");
    await say(proxy, `GET http://${at}/host2 HTTP/1.1\r\nHost: ${evil}\r\nConnection: close\r\n\r\n`);
    expect(await get("/host2")).toContain(`Host: ${at}`);
    expect(other.requests).toHaveLength(1);
    // A fragment never gets as far.
    expect(statusOf(await get("/host#evil"))).toBe(400);
    // Paths that look alike are different.
    await get("/a%2fb?evil");
    for (const path of ["/a/b", "/a%2Fb?evil", "/a%2fb", "/a%2fb?evi%6c"])
      expect(status(await get(path))).toContain("uri-miss");
  });

  test("stores nothing of a response that was split, cut or framed twice", async () => {
    const responses = [
      "HTTP/1.1 200 OK\r\nCache-Control: max-age=100\r\nContent-Length: 400\r\n\r\nevil",
      "HTTP/1.1 200 OK\r\nCache-Control: max-age=100\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nevil\r\n",
      "HTTP/1.1 200 OK\r\nCache-Control: max-age=100\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nevil",
      "HTTP/1.1 200 OK\r\nCache-Control: max-age=100\nX: y\r\nContent-Length: 4\r\n\r\nevil",
      "HTTP/1.1 206 OK\r\nCache-Control: max-age=100\r\nContent-Range: bytes 0-3/9\r\nContent-Length: 4\r\n\r\nevil",
    ];
    for (const [number, octets] of responses.entries()) {
      const honest = origin.script;
      origin.script = () => ({ octets, end: true });
      await get(`/split/${number}`);
      origin.script = honest;
      expect([number, (await get(`/split/${number}`)).includes("evil")]).toEqual([number, false]);
    }
  });

  test("stores the response that belongs to a request and not the one behind it", async () => {
    const honest = origin.script;
    const evil = "HTTP/1.1 200 OK\r\nCache-Control: max-age=100\r\nContent-Length: 4\r\n\r\nevil";
    origin.script = () => ({
      octets: `HTTP/1.1 200 OK\r\nCache-Control: max-age=100\r\nContent-Length: 2\r\n\r\nok${evil}`,
    });
    const sender = await Sender.dial(proxy);
    sender.send(
      `GET http://${at}/queue/1 HTTP/1.1\r\nHost: ${at}\r\n\r\nGET http://${at}/queue/2 HTTP/1.1\r\nHost: ${at}\r\n\r\n`,
    );
    await sender.until(/ok[\s\S]*ok/);
    sender.close();
    origin.script = honest;
    for (const path of ["/queue/1", "/queue/2"]) expect(await get(path)).not.toContain("evil");
  });

  test("steers no file names, and may be deleted at any time", async () => {
    const large = "x".repeat(400_000);
    origin.script = () => ({
      octets: `HTTP/1.1 200 OK\r\nCache-Control: max-age=100\r\nContent-Disposition: attachment; filename=../../evil\r\nETag: "../../../evil"\r\nContent-Length: ${large.length}\r\n\r\n${large}`,
    });
    const path = "/..%2f..%2f..%2fevil/../../../evil";
    await until(async () => status(await get(path))?.includes("hit"), "what is large to be on disk");
    const folder = join(server.folder, "cache");
    const names = readdirSync(folder, { recursive: true }).map(String);
    for (const name of names)
      expect(name).toMatch(/^(new|objects|index\.db(-wal|-shm)?|objects\/[0-9a-f]{2}(\/[0-9a-f]{32})?)$/);
    expect(statSync(join(folder, "objects")).mode & 0o077).toBe(0);
    rmSync(join(folder, "objects"), { recursive: true });
    expect(await get(path)).toEndWith("xxxx");
    expect(existsSync(join(server.folder, "evil"))).toBe(false);
    expect(server.log).not.toContain("fault");
  });
});
