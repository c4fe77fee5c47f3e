/** The way to a target: guarded addresses, names that change their mind, upstream proxies, and each way to fail. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { createServer, type Server, type Socket, connect as tcp } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Target, Trip } from "../../src/gateway/gateway.ts";
import { gatewaySettings } from "../../src/gateway/settings.ts";
import { GatewayHouse, refusalOf, to } from "./open.ts";

/** A server on loopback, with what was said to it. */
class Played {
  readonly heard: string[] = [];
  connections = 0;
  readonly #sockets = new Set<Socket>();
  private constructor(readonly server: Server) {}

  static async start(serve: (socket: Socket, played: Played) => void, host = "127.0.0.1"): Promise<Played> {
    const server = createServer((socket) => {
      played.connections++;
      played.#sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => played.#sockets.delete(socket));
      serve(socket, played);
    });
    const played = new Played(server);
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    return played;
  }

  get port(): number {
    const address = this.server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  stop(): void {
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Says what it hears, behind a word. */
const echo = (socket: Socket) => {
  socket.write("hello\r\n");
  socket.on("data", (octets) => socket.write(octets));
};

/** An HTTP proxy for CONNECT; `answer` is what it says instead of going there. */
const httpProxy = (answer?: string) => (socket: Socket, played: Played) => {
  let head = "";
  const onData = (octets: Buffer) => {
    head += octets.toString("latin1");
    if (!head.includes("\r\n\r\n")) return;
    socket.off("data", onData);
    played.heard.push(head);
    if (answer !== undefined) {
      socket.end(answer);
      return;
    }
    const port = Number(/^CONNECT \S+:(\d+) /.exec(head)?.[1]);
    const origin = tcp(port, "127.0.0.1");
    origin.on("error", () => socket.destroy());
    socket.write("HTTP/1.1 200 OK\r\nVia: somebody\r\n\r\n");
    socket.pipe(origin).pipe(socket);
  };
  socket.on("data", onData);
};

/** A SOCKS5 proxy; wants anna's password where `login` is set; answers `reply`. */
const socksProxy =
  (login: boolean, reply = 0) =>
  (socket: Socket, played: Played) => {
    let step = 0;
    socket.on("data", (octets: Buffer) => {
      if (step === 3) return;
      played.heard.push(octets.toString("hex"));
      if (step === 0) {
        step = login ? 1 : 2;
        socket.write(Uint8Array.of(5, login ? 2 : 0));
      } else if (step === 1) {
        step = 2;
        const good = octets.subarray(1).toString("latin1") === "\x04anna\x06secret";
        socket.write(Uint8Array.of(1, good ? 0 : 1));
      } else {
        step = 3;
        socket.write(Uint8Array.of(5, reply, 0, 3, 1, 0x61, 0, 80));
        if (reply !== 0) return;
        const origin = tcp(octets.readUInt16BE(octets.length - 2), "127.0.0.1");
        origin.on("error", () => socket.destroy());
        socket.pipe(origin).pipe(socket);
      }
    });
  };

let house: GatewayHouse;
let origin: Played;
const own: Played[] = [];
const trips: Trip[] = [];

beforeAll(async () => {
  origin = await Played.start(echo);
  house = await GatewayHouse.open();
});
afterAll(async () => {
  await house.close();
  origin.stop();
  expect(house.faults).toEqual([]);
});
beforeEach(async () => {
  house.dns.zone = { "origin.example": { A: ["127.0.0.1"], ttl: 0 } };
  // 192.0.2.0/24 plays the Internet here, where nobody answers.
  await house.store.settings.set(gatewaySettings, {
    reachable: ["192.0.2.0/24"],
    connectTimeout: 0.1,
    upstreamTimeout: 5,
  });
});
afterEach(async () => {
  for (const { connection, passing } of trips.splice(0)) {
    connection.destroy();
    passing.close();
  }
  for (const played of own.splice(0)) played.stop();
  expect(house.gateway.ledger.size).toBe(0);
  const { upstreams, rules } = house.gateway;
  await house.store.commit((tx) => {
    for (const { id } of upstreams.list()) upstreams.removeWithin(tx, id);
    for (const { id } of rules.list()) rules.removeWithin(tx, id);
  });
});

const visitor = () => house.visitor("anna", { service: "socks" });
async function open(target: Target): Promise<Trip> {
  const trip = await house.gateway.open(visitor(), target);
  trips.push(trip);
  return trip;
}
const openLoopback = () => house.store.settings.set(gatewaySettings, { reachable: ["127.0.0.0/8", "192.0.2.0/24"] });
const play = async (serve: (socket: Socket, played: Played) => void) => {
  const played = await Played.start(serve);
  own.push(played);
  return played;
};
const line = async ({ connection }: Trip) => Buffer.from((await connection.readLine(100)).bytes).toString();

describe("the guard stands where the connection is made", () => {
  const special: [string, string][] = [
    ["127.0.0.1", "an address"],
    ["::1", "an IPv6 address"],
    ["origin.example", "a name"],
    ["localhost", "localhost"],
    ["x.localhost", "below localhost"],
    ["169.254.169.254", "what clouds keep secrets at"],
    ["64:ff9b::7f00:1", "a translated address"],
  ];
  test.each(special)("%s (%s) is refused", async (host) => {
    expect((await refusalOf(open(to(host, origin.port))))?.kind).toBe("special");
  });

  test("a name that first leads outside and then here gains nothing", async () => {
    const before = origin.connections;
    const answers = [["192.0.2.1"], ["127.0.0.1"], ["127.0.0.1"]];
    const kinds: (string | undefined)[] = [];
    for (const A of answers) {
      house.dns.zone = { "rebind.example": { A, ttl: 0 } };
      const asked = house.dns.asked.length;
      kinds.push((await refusalOf(open(to("rebind.example", origin.port))))?.kind);
      // What it was judged by is what it was connected to: nobody asks twice.
      expect(house.dns.asked.slice(asked).filter((one) => one === "A rebind.example")).toHaveLength(1);
    }
    expect(kinds[0]).toBeOneOf(["timeout", "unreachable"]);
    expect(kinds.slice(1)).toEqual(["special", "special"]);
    expect(origin.connections).toBe(before);
  });

  test("a name that leads outside and here at once is only followed outside", async () => {
    const before = origin.connections;
    house.dns.zone = { "both.example": { A: ["127.0.0.1", "192.0.2.1"], AAAA: ["::1", "fe80::1"], ttl: 0 } };
    expect((await refusalOf(open(to("both.example", origin.port))))?.kind).toBeOneOf(["timeout", "unreachable"]);
    expect(origin.connections).toBe(before);
    expect(await house.gateway.reachable(visitor(), to("both.example", 53, "udp"))).toEqual(["192.0.2.1"]);
  });

  test("a name with hundreds of addresses is tried at few of them", async () => {
    const A = Array.from({ length: 40 }, (_, at) => `192.0.2.${at + 1}`);
    const AAAA = Array.from({ length: 20 }, (_, at) => `2001:4860::${(at + 1).toString(16)}`);
    house.dns.zone = { "many.example": { A, AAAA, ttl: 0 } };
    const found = await house.gateway.reachable(visitor(), to("many.example", 53, "udp"));
    expect(found.filter((address) => address.includes(":"))).toHaveLength(4);
    expect(found.filter((address) => !address.includes(":"))).toHaveLength(4);
  });

  test("a network that is opened is reached, and the trip is counted", async () => {
    await openLoopback();
    const trip = await open(to("origin.example", origin.port));
    expect(await line(trip)).toBe("hello");
    expect([...house.gateway.ledger.live()]).toMatchObject([{ address: "127.0.0.1" }]);
    const more = await trip.beside(origin.port);
    expect(Buffer.from((await more.readLine(100)).bytes).toString()).toBe("hello");
    more.destroy();
  });
});

test("a family that is not told of holds nobody up", async () => {
  await openLoopback();
  house.dns.zone = { "four.example": { A: ["127.0.0.1"], silentTypes: ["AAAA"] } };
  const since = performance.now();
  expect(await line(await open(to("four.example", origin.port)))).toBe("hello");
  // A name server that is silent is waited for for seconds.
  expect(performance.now() - since).toBeLessThan(1_500);
});

test("a rule about addresses holds for the names that lead there", async () => {
  await openLoopback();
  await house.store.commit((tx) => {
    house.gateway.rules.createWithin(tx, { name: "bank", action: "allow", hosts: ["192.0.2.0/24"] });
    house.gateway.rules.createWithin(tx, { name: "nothing else", action: "bar" });
  });
  expect(await refusalOf(open(to("origin.example", origin.port)))).toMatchObject({
    kind: "barred",
    rule: "nothing else",
  });
  house.dns.zone = { "bank.example": { A: ["192.0.2.1"] } };
  expect((await refusalOf(open(to("bank.example"))))?.kind).toBeOneOf(["timeout", "unreachable"]);
  const [bank] = house.gateway.rules.list();
  await house.store.commit((tx) => house.gateway.rules.updateWithin(tx, bank?.id ?? 0, { ports: ["22"] }));
  const byProxy = (port: number) => refusalOf(house.gateway.open(house.visitor(), to("bank.example", port)));
  expect((await byProxy(22))?.kind).toBeOneOf(["timeout", "unreachable"]);
  expect(await byProxy(443)).toMatchObject({ kind: "barred", rule: "nothing else" });
});

describe("each way to fail has its own kind", () => {
  test("no such name, no address, no name server", async () => {
    house.dns.zone = { "empty.example": {}, "broken.example": { fail: true } };
    const sentences = await Promise.all(
      ["missing.example", "empty.example", "broken.example"].map((host) => refusalOf(open(to(host)))),
    );
    expect(sentences.map((one) => one?.kind)).toEqual(["unresolved", "unresolved", "unresolved"]);
    expect(sentences.map((one) => one?.sentence)).toEqual([
      "There is no host missing.example.",
      "empty.example has no address.",
      "No name server could say where broken.example is; try again later.",
    ]);
  });

  test("nobody listens, and nobody waits any more", async () => {
    await openLoopback();
    const closed = await play(echo);
    const { port } = closed;
    closed.stop();
    expect(await refusalOf(open(to("127.0.0.1", port)))).toMatchObject({ kind: "unreachable" });
    const signal = AbortSignal.abort();
    expect((await refusalOf(house.gateway.open(visitor(), to("192.0.2.1"), { signal })))?.kind).toBe("unreachable");
    await house.gateway.ledger.flush();
    expect((await house.gateway.traffic.trips({ limit: 2 })).map(({ verdict }) => verdict)).toEqual([
      "unreachable",
      "unreachable",
    ]);
  });
});

describe("upstream proxies", () => {
  type Upstream = Parameters<typeof house.gateway.upstreams.createWithin>[1];
  const by = (values: Partial<Upstream> & Pick<Upstream, "kind">) =>
    house.store.commit((tx) =>
      house.gateway.upstreams.createWithin(tx, { name: "up", address: "127.0.0.1", checkNames: false, ...values }),
    );

  test("HTTP: a tunnel by CONNECT with name and password, octets after the head included", async () => {
    const proxy = await play(httpProxy());
    await by({ kind: "http", port: proxy.port, login: "anna", password: "secret", hosts: [".far.example"] });
    const trip = await open(to("www.far.example", origin.port));
    expect(await line(trip)).toBe("hello");
    expect(trip.upstream).toBeUndefined();
    const credentials = Buffer.from("anna:secret").toString("base64");
    expect(proxy.heard).toEqual([
      `CONNECT www.far.example:${origin.port} HTTP/1.1\r\nHost: www.far.example:${origin.port}\r\nProxy-Authorization: Basic ${credentials}\r\n\r\n`,
    ]);
    expect((await refusalOf(open(to("near.example"))))?.kind).toBe("unresolved");
  });

  test("what mail names goes by them only where its name is looked up here, and leads outside", async () => {
    const proxy = await play((socket, played) =>
      socket.once("data", (octets) => {
        played.heard.push(octets.toString("latin1").split("\r\n")[0] ?? "");
        socket.end("HTTP/1.1 204 No\r\n\r\n");
      }),
    );
    await by({ kind: "http", port: proxy.port });
    house.dns.zone = { "known.example": { A: ["93.184.216.34"] }, "inside.example": { A: ["10.0.0.5"] } };
    const fetched = (host: string) =>
      house.gateway.outside
        .run(`http://${host}/p.gif`, {
          ...{ accept: "image/*", most: 100, onPiece: () => undefined, signal: AbortSignal.timeout(5_000) },
        })
        .then(String, (refusal: Error) => refusal.message);
    expect(await fetched("known.example")).toBe("204");
    expect(await fetched("inside.example")).toContain("not of the public Internet");
    expect(await fetched("intranet")).toContain("no such host");
    expect(await fetched("only.behind.example")).toContain("no such host");
    expect(proxy.heard).toEqual(["GET http://known.example/p.gif HTTP/1.1"]);
  });

  test("HTTP: plain requests go in absolute form, with the credentials for them", async () => {
    const proxy = await play(httpProxy());
    await by({ kind: "http", port: proxy.port, login: "anna", password: "secret" });
    const trip = await open(to("www.far.example", 80, "http"));
    expect(trip.upstream).toEqual({ kind: "http", authorization: "Basic YW5uYTpzZWNyZXQ=" });
    expect(proxy.heard).toEqual([]);
  });

  test("SOCKS5: with and without login, by name or by the address that was checked", async () => {
    const [free, closed] = [await play(socksProxy(false)), await play(socksProxy(true))];
    const { id } = await by({ kind: "socks5", port: free.port });
    expect(await line(await open(to("far.example", origin.port)))).toBe("hello");
    const port = origin.port.toString(16).padStart(4, "0");
    expect(free.heard).toEqual(["050100", `05010003${"0b"}${Buffer.from("far.example").toString("hex")}${port}`]);
    const change = (patch: Partial<Upstream>) =>
      house.store.commit((tx) => house.gateway.upstreams.updateWithin(tx, id, patch));
    await change({ port: closed.port, login: "anna", password: "secret", checkNames: true });
    house.dns.zone = { "far.example": { A: ["192.0.2.7"] } };
    expect(await line(await open(to("far.example", origin.port)))).toBe("hello");
    expect(closed.heard.at(-1)).toBe(`05010001c0000207${port}`);
    expect(house.gateway.upstreams.require(id)).toMatchObject({ hasPassword: true });
    expect(JSON.stringify(house.gateway.upstreams.list())).not.toContain("secret");
    await change({ name: "renamed" });
    expect(await line(await open(to("far.example", origin.port)))).toBe("hello");
    await change({ password: "wrong" });
    expect((await refusalOf(open(to("far.example", origin.port))))?.sentence).toContain(
      "another login name or password",
    );
  });

  test("what they refuse, or say wrong, is a refusal in words", async () => {
    const cases: [Upstream["kind"], (socket: Socket, played: Played) => void, string][] = [
      ["http", httpProxy("HTTP/1.1 407 No\r\n\r\n"), "another login name or password"],
      ["http", httpProxy("HTTP/1.1 403 No\r\n\r\n"), "it answered 403"],
      ["http", httpProxy("220 mail.example ESMTP\r\n"), "cannot be read"],
      ["http", httpProxy(`HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(200)}\r\n`), "no end"],
      ["http", httpProxy(`HTTP/1.1 200 ${"a".repeat(20_000)}\r\n\r\n`), "broke off"],
      ["http", (socket) => socket.end(), "broke off"],
      ["socks5", socksProxy(false, 2), "its rules do not allow it"],
      ["socks5", socksProxy(true), "it wants a login"],
      ["socks5", httpProxy("HTTP/1.1 400 No\r\n\r\n"), ""],
      ["socks5", (socket) => socket.end("HTTP/1.1 400 No\r\n\r\n"), "does not speak SOCKS5"],
    ];
    await house.store.settings.set(gatewaySettings, { upstreamTimeout: 0.3 });
    for (const [kind, serve, words] of cases) {
      const proxy = await play(serve);
      const { id } = await by({ kind, port: proxy.port });
      const refusal = await refusalOf(open(to("far.example", origin.port)));
      expect(refusal?.kind).toBeOneOf(["unreachable", "timeout"]);
      expect(refusal?.sentence).toContain(words);
      await house.store.commit((tx) => house.gateway.upstreams.removeWithin(tx, id));
    }
  });

  test("one that is away: no way, or the direct one as it is set", async () => {
    await openLoopback();
    const gone = await play(echo);
    const { port } = gone;
    gone.stop();
    const { id } = await by({ kind: "http", port });
    expect(await refusalOf(open(to("origin.example", origin.port)))).toMatchObject({ kind: "unreachable" });
    await house.store.commit((tx) => house.gateway.upstreams.updateWithin(tx, id, { fallback: true }));
    const said: string[] = [];
    house.store.events.subscribe(({ name, text }) => void (name === "upstream.fallback" && said.push(text ?? "")));
    expect(await line(await open(to("origin.example", origin.port)))).toBe("hello");
    // Where only totals are kept, the log of the server does not name the host either.
    await house.store.settings.set(gatewaySettings, { log: "totals" });
    expect(await line(await open(to("origin.example", origin.port)))).toBe("hello");
    expect(said.map((text) => text.includes("origin.example"))).toEqual([true, false]);
  });

  test("the first that fits is the way; direct is a way, too", async () => {
    await openLoopback();
    const proxy = await play(httpProxy());
    await by({ name: "none", kind: "direct", address: "", hosts: ["origin.example"] });
    const { id } = await by({ kind: "http", port: proxy.port });
    expect(await line(await open(to("origin.example", origin.port)))).toBe("hello");
    expect(proxy.connections).toBe(0);
    await house.store.commit((tx) => house.gateway.upstreams.moveWithin(tx, id, 1));
    expect(await line(await open(to("origin.example", origin.port)))).toBe("hello");
    expect(proxy.connections).toBe(1);
  });

  test("nothing special is asked of them, by address or by a name that leads there", async () => {
    const proxy = await play(httpProxy());
    const { id } = await by({ kind: "http", port: proxy.port });
    for (const host of ["10.0.0.1", "::1", "localhost", "a.localhost"]) {
      expect((await refusalOf(open(to(host, origin.port))))?.kind).toBe("special");
    }
    await house.store.commit((tx) => house.gateway.upstreams.updateWithin(tx, id, { checkNames: true }));
    expect((await refusalOf(open(to("origin.example", origin.port))))?.kind).toBe("special");
    expect(proxy.connections).toBe(0);
    // A name that only the proxy knows.
    expect(await line(await open(to("only-there.example", origin.port)))).toBe("hello");
  });

  test("they carry no datagrams: those do not go past them", async () => {
    await by({ kind: "http", port: 9 });
    expect((await refusalOf(house.gateway.reachable(visitor(), to("192.0.2.1", 53, "udp"))))?.kind).toBe("unreachable");
  });

  test("this server is no upstream proxy of its own", async () => {
    const proxy = await play(httpProxy());
    const loop = await GatewayHouse.open({}, { isOwnProxy: (_address, port) => port === proxy.port });
    await loop.store.commit((tx) =>
      loop.gateway.upstreams.createWithin(tx, { name: "loop", kind: "http", address: "127.0.0.1", port: proxy.port }),
    );
    const refusal = await refusalOf(loop.gateway.open(loop.visitor(), to("far.example")));
    expect(refusal).toMatchObject({ kind: "special" });
    expect(proxy.connections).toBe(0);
    await loop.close();
  });
});

test("https: the origin's certificate must be its own", async () => {
  const words =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=a -keyout - -out - -addext";
  const arguments_ = [...words.split(" "), "subjectAltName=DNS:origin.example"];
  const pem = execFileSync("openssl", arguments_, { stdio: ["ignore", "pipe", "ignore"] }).toString();
  const server = createTlsServer({ key: pem, cert: pem }, (socket) => socket.end("secret hello\r\n"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const zone = { "origin.example": { A: ["127.0.0.1"] }, "other.example": { A: ["127.0.0.1"] } };
  const secure = await GatewayHouse.open(zone, { authorities: [pem.slice(pem.indexOf("-----BEGIN CERT"))] });
  await secure.store.settings.set(gatewaySettings, { reachable: ["127.0.0.0/8"] });
  const trip = await secure.gateway.open(secure.visitor(), to("origin.example", port, "https"));
  expect(trip.connection.tls?.verified).toBe(true);
  expect(await line(trip)).toBe("secret hello");
  trip.connection.destroy();
  trip.passing.close();
  const refusal = await refusalOf(secure.gateway.open(secure.visitor(), to("other.example", port, "https")));
  expect(refusal).toMatchObject({ kind: "unreachable" });
  expect(refusal?.sentence).toStartWith("No secure connection to other.example");
  await secure.close();
  server.close();
});
