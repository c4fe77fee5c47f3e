/** The web proxy between raw clients and origins that answer as told: framing, connections, logins, pages. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { always, House, PASSWORD, type Raw, RawOrigin } from "./house.ts";

let house: House;
const origins: RawOrigin[] = [];

beforeAll(async () => {
  house = await House.build();
});
afterEach(async () => {
  for (const origin of origins.splice(0)) origin.close();
  house.gateway.guests = true;
  house.gateway.passwords = true;
  expect(house.faults).toEqual([]);
});
afterAll(() => house.close());

function serve(script: string | ((raw: Raw, number: number) => Promise<void>), hostname?: string): RawOrigin {
  const origin = new RawOrigin(typeof script === "string" ? always(script) : script, hostname);
  origins.push(origin);
  return origin;
}

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const CLOSE = "Connection: close\r\n";
const get = (url: string, more = "") => `GET http://${url} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
const basic = (login: string, password = PASSWORD) =>
  `Proxy-Authorization: Basic ${Buffer.from(`${login}:${password}`).toString("base64")}\r\n`;
const headOf = (text: string) => text.slice(0, text.indexOf("\r\n\r\n"));
const bodyOf = (text: string) => text.slice(text.indexOf("\r\n\r\n") + 4);

// What goes out

test("a request is written anew: origin form, its own Host, Via, nothing of the connection", async () => {
  let seen = "";
  const origin = serve(async (raw) => {
    seen = await raw.until(/\r\n\r\n/);
    raw.write(OK);
  });
  await house.say(
    get(
      `${origin.at("Site.TEST")}?q=1`,
      `${CLOSE}X-Kept: Case\r\nConnection: X-Hop\r\nX-Hop: gone\r\nKeep-Alive: 3\r\nProxy-Connection: x\r\nTE: trailers\r\nVia: 1.0 fred\r\n${basic("ann")}`,
    ),
  );
  const via = /^Via: (.*)\r$/m.exec(seen)?.[1];
  expect(via).toMatch(/^1\.0 fred, 1\.1 gatepost-[0-9a-f]{8}$/);
  expect(seen).toBe(
    `GET /?q=1 HTTP/1.1\r\nHost: ${origin.at()}\r\nX-Kept: Case\r\nVia: ${via}\r\nTE: trailers\r\nConnection: TE\r\n\r\n`,
  );
});

test("Max-Forwards is counted down, and ends TRACE and OPTIONS here", async () => {
  let seen = "";
  const origin = serve(async (raw) => {
    seen = await raw.until(/\r\n\r\n/);
    raw.write(OK);
  });
  await house.say(`OPTIONS http://${origin.at()} HTTP/1.1\r\nHost: x\r\n${CLOSE}Max-Forwards: 3\r\n\r\n`);
  expect(seen).toStartWith("OPTIONS * HTTP/1.1\r\n");
  expect(seen).toContain("Max-Forwards: 2\r\n");
  const traced = await house.say(
    `TRACE http://site.test/a HTTP/1.1\r\nHost: x\r\n${CLOSE}Max-Forwards: 0\r\nCookie: secret\r\nX-A: b\r\n\r\n`,
  );
  expect(traced).toContain("Content-Type: message/http");
  expect(bodyOf(traced)).toContain("TRACE http://site.test/a HTTP/1.1\r\n");
  expect(bodyOf(traced)).toContain("X-A: b");
  expect(traced).not.toContain("secret");
  expect(await house.say(`OPTIONS * HTTP/1.1\r\nHost: x\r\n${CLOSE}\r\n`)).toMatch(/^HTTP\/1.1 200 [\s\S]*Allow: GET/);
});

test("a request that comes back is a loop", async () => {
  let via = "";
  const origin = serve(async (raw) => {
    via = /Via: 1.1 (\S+)/.exec(await raw.until(/\r\n\r\n/))?.[1] ?? "";
    raw.write(OK);
  });
  await house.say(get(origin.at(), CLOSE));
  expect(await house.say(get(origin.at(), `${CLOSE}Via: 1.1 a, 1.1 ${via} (x)\r\n`))).toStartWith("HTTP/1.1 508 ");
  expect(origin.accepted).toBe(1);
});

test("another proxy on the way is asked with the absolute form and this server's own login", async () => {
  const seen: string[] = [];
  const origin = serve(async (raw) => {
    for (;;) {
      seen.push(await raw.until(/\r\n\r\n/));
      raw.write(
        seen.length < 3 ? OK : "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n",
      );
    }
  });
  const place = origin.at("upstream.test");
  const client = await house.dial();
  client.write(get(`${place}/a`, basic("ann")));
  await client.until(/ok$/);
  client.write(`OPTIONS http://${place} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await client.until(/ok$/);
  client.write(get(place, CLOSE));
  const refused = await client.rest();
  expect(refused).toStartWith("HTTP/1.1 502 ");
  expect(refused).not.toContain("Proxy-Authenticate");
  expect(seen[0]).toStartWith(`GET http://${place}/a HTTP/1.1\r\nHost: ${place}\r\n`);
  expect(seen[0]?.match(/Proxy-Authorization: (.*)\r\n/g)).toEqual(["Proxy-Authorization: Basic c2VjcmV0\r\n"]);
  expect(seen[1]).toStartWith(`OPTIONS http://${place} HTTP/1.1\r\n`);
});

// Framing, both ways

test("a response with a length comes through at every cut of its octets, and the connection goes on", async () => {
  const answer = "HTTP/1.1 200 Fine\r\nX-A:  b \r\nContent-Length: 5\r\n\r\nhello";
  let cut = 0;
  const origin = serve(async (raw) => {
    for (;;) {
      await raw.until(/\r\n\r\n/);
      raw.write(answer.slice(0, cut));
      await new Promise((resolve) => setImmediate(resolve));
      raw.write(answer.slice(cut));
    }
  });
  const client = await house.dial();
  for (cut = 1; cut < answer.length; cut++) {
    client.write(get(origin.at()));
    const got = await client.until(/hello$/);
    expect(got).toMatch(/^HTTP\/1.1 200 Fine\r\nX-A: b\r\nContent-Length: 5\r\nVia: /);
  }
  expect(origin.accepted).toBe(1);
  client.close();
});

test("a chunked response with trailers comes through at every cut", async () => {
  const answer =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 7\r\nContent-Length: 3\r\n\r\n";
  let cut = 0;
  const origin = serve(async (raw) => {
    for (;;) {
      await raw.until(/\r\n\r\n/);
      raw.write(answer.slice(0, cut));
      await new Promise((resolve) => setImmediate(resolve));
      raw.write(answer.slice(cut));
    }
  });
  const client = await house.dial();
  for (cut = 1; cut < answer.length; cut++) {
    client.write(get(origin.at()));
    const got = await client.until(/0\r\nX-Sum: 7\r\n\r\n$/);
    expect(headOf(got)).toContain("Transfer-Encoding: chunked");
    expect(bodyOf(got).replace(/\r\n[0-9a-f]+\r\n|^[0-9a-f]+\r\n/g, "")).toStartWith("hello world");
  }
  expect(origin.accepted).toBe(1);
  client.close();
});

test("a request comes through at every cut of its octets, chunked content included", async () => {
  const seen: string[] = [];
  const origin = serve(async (raw) => {
    const head = await raw.until(/\r\n\r\n/);
    const content = await raw.until(/0\r\n(X-T: 1\r\n)?\r\n/);
    seen.push(content.replace(/[0-9a-f]+\r\n([a-z ]+)\r\n/g, "$1"));
    expect(head).toContain("Transfer-Encoding: chunked\r\n");
    expect(head).not.toContain("Content-Length");
    raw.write(OK.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
    raw.close();
  });
  const request = `POST http://${origin.at()}/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;e=1\r\n world\r\n0\r\nX-T: 1\r\n\r\n`;
  const client = await house.dial();
  for (let cut = 1; cut < request.length; cut += 3) {
    client.write(request.slice(0, cut));
    await new Promise((resolve) => setImmediate(resolve));
    client.write(request.slice(cut));
    await client.until(/ok$/);
  }
  expect(new Set(seen)).toEqual(new Set(["hello world0\r\nX-T: 1\r\n\r\n"]));
  client.close();
});

test("a length is passed on as it was understood, and a Trailer only where trailers can follow", async () => {
  let seen = "";
  const origin = serve(async (raw) => {
    seen = await raw.until(/hello$/);
    raw.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\n\r\n");
  });
  const post = (version: string) =>
    house.say(`POST http://${origin.at()}/ HTTP/${version}\r\nHost: x\r\n${CLOSE}Content-Length: 0005\r\n\r\nhello`);
  expect(headOf(await post("1.1"))).toContain("Trailer: X-Sum");
  expect(seen).toContain("Content-Length: 5\r\n");
  expect(headOf(await post("1.0"))).not.toContain("Trailer");
});

test("pipelined requests are answered in order", async () => {
  const origin = serve(async (raw) => {
    for (;;) {
      const path = /^GET (\S+)/.exec(await raw.until(/\r\n\r\n/))?.[1] as string;
      raw.write(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`);
    }
  });
  const paths = Array.from({ length: 20 }, (_, at) => `/page${at}`);
  const client = await house.dial();
  client.write(paths.map((path) => get(`${origin.at()}${path}`, path === "/page19" ? CLOSE : "")).join(""));
  const bodies = [...(await client.rest()).matchAll(/\r\n\r\n(\/page\d+)/g)].map(([, path]) => path);
  expect(bodies).toEqual(paths);
});

test("HTTP/1.0 clients get no chunks, and HTTP/1.0 origins are read to their end", async () => {
  const chunked = serve("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  const old = await house.say(`GET http://${chunked.at()}/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`);
  expect(bodyOf(old)).toBe("hello");
  expect(headOf(old)).not.toContain("chunked");
  expect(headOf(old)).toContain("Connection: close");
  const origin = serve(async (raw) => {
    await raw.until(/\r\n\r\n/);
    raw.write("HTTP/1.0 200 OK\r\n\r\nto the end");
    raw.close();
  });
  expect(bodyOf(await house.say(get(origin.at(), CLOSE)))).toBe("a\r\nto the end\r\n0\r\n\r\n");
});

test("HEAD, 204 and 304 have no content, and the connection goes on", async () => {
  const origin = serve(async (raw) => {
    for (;;) {
      const head = await raw.until(/\r\n\r\n/);
      const status = /^GET \/(\d+)/.exec(head)?.[1];
      if (status) raw.write(`HTTP/1.1 ${status} X\r\nETag: "a"\r\nContent-Length: 7\r\n\r\n`);
      else raw.write("HTTP/1.1 200 OK\r\nContent-Length: 70\r\n\r\n");
    }
  });
  const client = await house.dial();
  client.write(`HEAD http://${origin.at()}/ HTTP/1.1\r\nHost: x\r\n\r\n`);
  expect(await client.until(/\r\n\r\n/)).toContain("Content-Length: 70");
  client.write(get(`${origin.at()}/204`));
  expect(await client.until(/\r\n\r\n/)).not.toContain("Content-Length");
  client.write(get(`${origin.at()}/304`));
  expect(await client.until(/\r\n\r\n/)).toContain("Content-Length: 7");
  client.write(get(`${origin.at()}/204`, CLOSE));
  expect(await client.rest()).toEndWith("\r\n\r\n");
  expect(origin.accepted).toBe(1);
});

test.each<[string, string]>([
  ["both framings", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"],
  ["two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n"],
  ["the same length twice", "Content-Length: 5\r\nContent-Length: 5\r\n"],
  ["a list of lengths", "Content-Length: 5, 5\r\n"],
  ["a folded field", "X-A: b\r\n c\r\n"],
  ["a space before the colon", "Content-Length : 5\r\n"],
  ["a bare CR", "X-A: b\rContent-Length: 5\r\n"],
  ["a bare LF", "X-A: b\nContent-Length: 5\r\n"],
  ["a NUL", "X-A: \u0000\r\n"],
  ["an unknown coding", "Transfer-Encoding: gzip, chunked\r\n"],
  ["a second Host", "Host: evil.test\r\n"],
])("a request with %s is refused and ends the connection; nobody is asked", async (_name, fields) => {
  const origin = serve(OK);
  const answer = await house.say(
    `POST http://${origin.at()}/ HTTP/1.1\r\nHost: x\r\n${fields}\r\n0\r\n\r\nGET http://${origin.at()}/smuggled HTTP/1.1\r\nHost: x\r\n\r\n`,
  );
  expect(answer).toMatch(/^HTTP\/1.1 (400|501) [\s\S]*Connection: close/);
  expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  expect(origin.accepted).toBe(0);
});

test.each<[string, string]>([
  ["both framings", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
  ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"],
  ["chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
  ["a folded field", "HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 0\r\n\r\n"],
  ["a bare LF", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"],
  ["an unasked switch of protocols", "HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"],
  [
    "a request for a proxy's login",
    "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n",
  ],
  ["no HTTP", "SSH-2.0-OpenSSH\r\n\r\n"],
  ["nothing", ""],
])("a response with %s is a bad gateway", async (_name, octets) => {
  const origin = serve(async (raw) => {
    await raw.until(/\r\n\r\n/);
    raw.write(octets);
    raw.close();
  });
  const client = await house.dial();
  client.write(get(origin.at()));
  const answer = await client.until(/<\/html>/);
  expect(answer).toMatch(/^HTTP\/1.1 502 [\s\S]*Proxy-Status: gatepost; error=/);
  client.write(get("unresolved.test", CLOSE));
  expect(await client.rest()).toMatch(/HTTP\/1.1 502 /);
});

test.each<[string, string]>([
  ["a length that is not reached", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort"],
  ["chunks without an end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"],
  ["broken chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n"],
])("%s ends the client's connection without the end of the content", async (_name, octets) => {
  const origin = serve(async (raw) => {
    await raw.until(/\r\n\r\n/);
    raw.write(octets);
    raw.close();
  });
  const got = await house.say(get(origin.at()));
  expect(got).not.toContain("0\r\n\r\n");
  expect(bodyOf(got).length).toBeLessThan(20);
});

// Contents on the way

test("Expect: 100-continue goes to the origin, and its 100 comes back before the content", async () => {
  const origin = serve(async (raw) => {
    expect(await raw.until(/\r\n\r\n/)).toContain("Expect: 100-continue");
    raw.write("HTTP/1.1 100 Continue\r\n\r\n");
    await raw.until(/hello/);
    raw.write(OK);
  });
  const client = await house.dial();
  client.write(`PUT http://${origin.at()}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n`);
  await client.until(/^HTTP\/1.1 100 Continue\r\nVia: 1\.1 \S+\r\n\r\n/);
  client.write("hello");
  await client.until(/ok$/);
  client.close();
});

test("a refusal in place of 100 ends the connection: the content may come or not", async () => {
  const got = await house.say(
    `PUT http://barred.test/ HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n`,
  );
  expect(got).toMatch(/^HTTP\/1.1 403 [\s\S]*Connection: close/);
  expect(await house.say(get("site.test", "Expect: miracles\r\n"))).toStartWith("HTTP/1.1 417 ");
});

test("early hints are passed on, to those who know them", async () => {
  const origin = serve(`HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nConnection: X\r\nX: y\r\n\r\n${OK}`);
  expect(await house.say(get(origin.at(), CLOSE))).toMatch(
    /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>\r\nVia: 1\.1 \S+\r\n\r\nHTTP\/1\.1 200 OK/,
  );
  expect(await house.say(`GET http://${origin.at()}/ HTTP/1.0\r\n\r\n`)).toStartWith("HTTP/1.1 200 OK");
});

test("an answer that comes before the content was sent reaches the client, and ends its connection", async () => {
  const origin = serve(async (raw) => {
    await raw.until(/\r\n\r\n/);
    raw.write("HTTP/1.1 413 Too much\r\nContent-Length: 4\r\nConnection: close\r\n\r\nless");
    raw.close();
  });
  const client = await house.dial();
  client.write(`POST http://${origin.at()}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nbegin`);
  expect(await client.rest()).toMatch(/^HTTP\/1.1 413 [\s\S]*Connection: close\r\n\r\nless$/);
});

test("a server that answers while it reads is heard all along", async () => {
  const origin = serve(async (raw) => {
    await raw.until(/\r\n\r\n/);
    raw.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (const word of ["one", "two"]) {
      await raw.until(new RegExp(word));
      raw.write(`3\r\n${word}\r\n`);
    }
    await raw.until(/0\r\n\r\n/);
    raw.write("0\r\n\r\n");
  });
  const client = await house.dial();
  client.write(`POST http://${origin.at()}/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
  for (const word of ["one", "two"]) {
    client.write(`3\r\n${word}\r\n`);
    await client.until(new RegExp(word));
  }
  client.write("0\r\n\r\n");
  await client.until(/0\r\n\r\n/);
  expect(await client.rest()).toBe("");
});

test("large contents pass both ways, whole and counted", async () => {
  const size = 3_000_000;
  const content = Buffer.alloc(size, "0123456789abcdef");
  const origin = serve(async (raw) => {
    await raw.until(/\r\n\r\n/);
    while (raw.received.length < size) await new Promise((resolve) => setTimeout(resolve, 5));
    raw.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
    raw.write(Buffer.from(raw.received, "latin1"));
    raw.received = "";
  });
  const client = await house.dial();
  client.write(`PUT http://${origin.at()}/ HTTP/1.1\r\nHost: x\r\n${CLOSE}Content-Length: ${size}\r\n\r\n`);
  client.write(content);
  const answer = bodyOf(await client.rest());
  expect(answer.length).toBe(size);
  expect(Buffer.from(answer, "latin1").equals(content)).toBe(true);
  const { sent, received, closed } = house.gateway.trips.at(-1) ?? { sent: 0, received: 0, closed: false };
  expect(closed).toBe(true);
  expect(sent).toBeGreaterThanOrEqual(size);
  expect(received).toBeGreaterThanOrEqual(size);
});

test("a large upload that breaks off reaches nobody as a whole one", async () => {
  let got = "";
  const origin = serve(async (raw) => {
    await raw.until(/\r\n\r\n/);
    got = await raw.rest();
  });
  const client = await house.dial();
  client.write(`PUT http://${origin.at()}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n`);
  client.write(Buffer.alloc(400_000, "x"));
  while (origin.open.size === 0 || [...origin.open].every(({ received }) => received.length < 300_000)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  client.reset();
  while (origin.open.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(got.length).toBeLessThanOrEqual(400_000);
  await house.quiet();
  expect(house.gateway.trips.at(-1)?.closed).toBe(true);
});

test("who does not read stops the sender: what waits in between is bounded", async () => {
  const size = 24_000_000;
  let sender: Raw | undefined;
  const origin = serve(async (raw) => {
    await raw.until(/\r\n\r\n/);
    raw.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    raw.write(
      Buffer.concat([Buffer.from(`${size.toString(16)}\r\n`), Buffer.alloc(size, "x"), Buffer.from("\r\n0\r\n\r\n")]),
    );
    sender = raw;
  });
  const client = await house.dial();
  client.pause();
  client.write(get(origin.at(), CLOSE));
  for (let still = 0, before = 0; still < 20; ) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    const waiting = sender?.waiting ?? 0;
    still = waiting > 0 && waiting === before ? still + 1 : 0;
    before = waiting;
  }
  expect(sender?.waiting).toBeGreaterThan(size / 3);
  client.reset();
  await house.quiet();
});

// Connections to origins

test("a kept connection that its server closes is replaced, and the request asked again", async () => {
  const origin = serve(async (raw, number) => {
    await raw.until(/\r\n\r\n/);
    raw.write(OK);
    if (number > 1) return;
    await raw.until(/\r\n\r\n/);
    raw.close();
  });
  const client = await house.dial();
  client.write(get(origin.at()));
  await client.until(/ok$/);
  client.write(get(origin.at()));
  await client.until(/ok$/);
  expect(origin.accepted).toBe(2);
  client.close();
});

test("what may not be repeated takes no kept connection, and is not sent twice", async () => {
  let posts = 0;
  const origin = serve(async (raw) => {
    for (;;) {
      const head = await raw.until(/\r\n\r\n/);
      if (head.startsWith("GET")) raw.write(OK);
      else {
        posts++;
        raw.close();
        return;
      }
    }
  });
  const client = await house.dial();
  client.write(get(origin.at()));
  await client.until(/ok$/);
  client.write(`POST http://${origin.at()}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`);
  expect(await client.until(/<\/html>/)).toStartWith("HTTP/1.1 502 ");
  expect([posts, origin.accepted]).toEqual([1, 2]);
  client.close();
});

test("a server that speaks unasked loses its kept connection: nobody is given what he did not ask for", async () => {
  const origin = serve(async (raw, number) => {
    await raw.until(/\r\n\r\n/);
    raw.write(number === 1 ? `${OK}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison` : OK);
  });
  const first = await house.say(get(origin.at(), CLOSE));
  expect(first).toEndWith("\r\n\r\nok");
  expect(await house.say(get(origin.at(), CLOSE))).toEndWith("\r\n\r\nok");
  expect(origin.accepted).toBe(2);
});

test("a connection that was logged in with NTLM stays with its client", async () => {
  const origin = serve("HTTP/1.1 401 No\r\nWWW-Authenticate: NTLM abc\r\nContent-Length: 0\r\n\r\n");
  const client = await house.dial();
  for (let round = 0; round < 3; round++) {
    client.write(get(origin.at(), "Authorization: NTLM xyz\r\n"));
    await client.until(/\r\n\r\n/);
  }
  expect(origin.accepted).toBe(1);
  await house.say(get(origin.at(), CLOSE));
  expect(origin.accepted).toBe(2);
  client.close();
});

// Tunnels

test("CONNECT makes a tunnel, and what was sent before the answer goes through it", async () => {
  const origin = serve(async (raw) => {
    await raw.until(/ping/);
    raw.write("pong");
    await raw.rest();
  });
  const client = await house.dial();
  client.write(`CONNECT ${origin.at()} HTTP/1.1\r\nHost: ${origin.at()}\r\n\r\nping`);
  expect(await client.until(/pong$/)).toBe("HTTP/1.1 200 Connection established\r\n\r\npong");
  client.finish();
  expect(await client.rest()).toBe("");
  await house.quiet();
  expect(house.gateway.trips.at(-1)).toMatchObject({ sent: 4, received: 4, closed: true });
});

test("CONNECT to an IPv6 address, and where nothing listens", async () => {
  const origin = serve(async (raw) => raw.write("six"), "::1");
  const client = await house.dial();
  client.write(`CONNECT [::1]:${origin.port} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await client.until(/six$/);
  client.reset();
  expect(await house.say("CONNECT unreachable.test:443 HTTP/1.1\r\nHost: x\r\n\r\n")).toStartWith("HTTP/1.1 502 ");
  expect(await house.say("CONNECT a.test:443 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")).toStartWith(
    "HTTP/1.1 400 ",
  );
});

test("a switch to WebSocket passes octets both ways", async () => {
  const origin = serve(async (raw) => {
    const head = await raw.until(/\r\n\r\n/);
    expect(head).toContain("Upgrade: websocket\r\nConnection: Upgrade\r\n");
    expect(head).not.toContain("h2c");
    raw.write(
      "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\nhi",
    );
    await raw.until(/frame/);
    raw.write("back");
    raw.close();
  });
  const client = await house.dial();
  client.write(get(origin.at(), "Connection: keep-alive, Upgrade\r\nUpgrade: h2c, websocket\r\n"));
  await client.until(/Upgrade: websocket\r\nVia: \S+ \S+\r\n\r\nhi$/);
  client.write("frame");
  expect(await client.rest()).toBe("back");
});

// Who may

test("a login is asked for, taken, and never passed on", async () => {
  house.gateway.guests = false;
  let seen = "";
  const origin = serve(async (raw) => {
    for (;;) {
      seen = await raw.until(/\r\n\r\n/);
      raw.write(OK);
    }
  });
  const client = await house.dial();
  client.write(get(origin.at()));
  const asked = await client.until(/<\/html>/);
  expect(asked).toMatch(/^HTTP\/1.1 407 [\s\S]*Proxy-Authenticate: Basic realm="[^"]+", charset="UTF-8"\r\n/);
  client.write(get(origin.at(), basic("ann", "wrong")));
  expect(await client.until(/<\/html>/)).toStartWith("HTTP/1.1 407 ");
  client.write(get(origin.at(), basic("bob")));
  expect(await client.until(/<\/html>/)).toStartWith("HTTP/1.1 403 ");
  expect(house.gateway.away.map(({ login, reason }) => [login, reason])).toEqual([
    [undefined, undefined],
    ["ann", "credentials"],
    ["bob", "permission"],
  ]);
  client.write(get(origin.at(), basic("ann")));
  await client.until(/ok$/);
  expect(seen).not.toMatch(/proxy-auth/i);
  expect(house.gateway.trips.at(-1)?.login).toBe("ann");
  await house.directory.users.update("ann", { enabled: false });
  client.write(get(origin.at(), basic("ann")));
  expect(await client.until(/<\/html>/)).toMatch(/^HTTP\/1.1 40[37] /);
  await house.directory.users.update("ann", { enabled: true });
  client.close();
});

test("what stands behind a CONNECT that is refused is no request", async () => {
  house.gateway.guests = false;
  const origin = serve(OK);
  const answer = await house.say(`CONNECT ${origin.at()} HTTP/1.1\r\nHost: x\r\n\r\n${get(origin.at(), basic("ann"))}`);
  expect(answer).toMatch(/^HTTP\/1.1 407 [\s\S]*Connection: close/);
  expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  expect(origin.accepted).toBe(0);
});

test("no password where it could be read on the way", async () => {
  house.gateway.guests = false;
  house.gateway.passwords = false;
  for (const login of ["", basic("ann")]) {
    const answer = await house.say(get("site.test", `${CLOSE}${login}`));
    expect(answer).toStartWith("HTTP/1.1 403 ");
    expect(answer).toContain("not encrypted");
    expect(answer).not.toContain("Proxy-Authenticate");
  }
});

// Pages

test.each<[string, number]>([
  ["barred", 403],
  ["quota", 429],
  ["special", 403],
  ["unresolved", 502],
  ["unreachable", 502],
  ["timeout", 504],
  ["connections", 503],
  ["permission", 407],
])("%s is told with %i, and nothing foreign is markup", async (kind, status) => {
  const answer = await house.say(get(`${kind}.test/<script>`, CLOSE));
  expect(answer).toStartWith(`HTTP/1.1 ${status} `);
  expect(answer).toContain("&lt;b&gt;");
  expect(answer).not.toContain("<script>");
  expect(answer).toContain("Content-Security-Policy: default-src 'none'");
});

test("after a warning one goes on with the form of its page, and only with that", async () => {
  const page = await house.say(get("warned.test/a?b=1", CLOSE));
  expect(page).toStartWith("HTTP/1.1 403 ");
  const token = /name="token" value="([^"]+)"/.exec(page)?.[1] as string;
  const send = (host: string, form: string) =>
    house.say(
      `POST http://${host}/.well-known/gatepost-go-on HTTP/1.1\r\nHost: x\r\n${CLOSE}Content-Length: ${form.length}\r\n\r\n${form}`,
    );
  expect(await send("warned.test", `token=${token}x&path=/`)).toStartWith("HTTP/1.1 403 ");
  expect(await send("other.test", `token=${token}&path=/`)).toStartWith("HTTP/1.1 403 ");
  expect(house.gateway.accepted).toEqual([]);
  const gone = await send("warned.test", `token=${token}&path=${encodeURIComponent("/a?b=1")}`);
  expect(gone).toMatch(/^HTTP\/1.1 303 [\s\S]*Location: http:\/\/warned.test\/a\?b=1\r\n/);
  expect(await send("warned.test", `token=${token}&path=${encodeURIComponent("/\r\nSet-Cookie: a")}`)).toMatch(
    /Location: http:\/\/warned.test\/\r\n/,
  );
  expect(house.gateway.accepted).toEqual(["warned.test", "warned.test"]);
});

test("a trip that is cut ends at once", async () => {
  const origin = serve(async (raw) => {
    await raw.until(/\r\n\r\n/);
    raw.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin");
  });
  const client = await house.dial();
  client.write(get(origin.at()));
  await client.until(/begin$/);
  const { GateRefusal } = await import("../../src/gateway/visit.ts");
  house.gateway.trips.at(-1)?.cut?.(new GateRefusal("quota", "Used up."));
  expect(await client.rest()).toBe("");
});

test("the proxy's own pages: what it is, and the file for set-up under the name it was asked by", async () => {
  expect(await house.say(`GET / HTTP/1.1\r\nHost: x\r\n${CLOSE}\r\n`)).toMatch(/200 OK[\s\S]*This is a web proxy/);
  const pac = await house.say(`GET /wpad.dat HTTP/1.1\r\nHost: gate.lan:3128\r\n${CLOSE}\r\n`);
  expect(headOf(pac)).toContain("application/x-ns-proxy-autoconfig");
  expect(bodyOf(pac)).toContain(`PROXY gate.lan:${house.port(3128)}`);
  expect(await house.say(`GET /etc HTTP/1.1\r\nHost: x\r\n${CLOSE}\r\n`)).toStartWith("HTTP/1.1 404 ");
  expect(await house.say(`POST /proxy.pac HTTP/1.1\r\nHost: x\r\n${CLOSE}Content-Length: 0\r\n\r\n`)).toStartWith(
    "HTTP/1.1 405 ",
  );
});

// Limits and times

test("media types, addresses and sizes that are not wanted", async () => {
  await house.set({ barredTypes: ["video/*"], barredUrls: ["*.exe"], maxResponse: 1_000, maxRequest: 10 });
  const origin = serve(async (raw) => {
    for (;;) {
      const path = /^\w+ (\S+)/.exec(await raw.until(/\r\n\r\n/))?.[1];
      if (path === "/video") raw.write("HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 2\r\n\r\nok");
      else if (path === "/long") raw.write("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n");
      else if (path === "/endless") {
        raw.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n${"x".repeat(2_000)}\r\n0\r\n\r\n`);
      } else raw.write(OK);
    }
  });
  const status = async (path: string) => (await house.say(get(`${origin.at()}${path}`, CLOSE))).slice(9, 12);
  expect(await status("/")).toBe("200");
  expect(await status("/video")).toBe("403");
  expect(house.gateway.trips.at(-1)?.why?.kind).toBe("barred");
  expect(await status("/setup.exe?a")).toBe("403");
  expect(house.gateway.refusals).toEqual(["http site.test"]);
  expect(await status("/long")).toBe("403");
  expect(house.gateway.trips.at(-1)?.why?.sentence).toContain("1000 octets");
  expect(bodyOf(await house.say(get(`${origin.at()}/endless`, CLOSE)))).not.toContain("0\r\n\r\n");
  const post = (content: string) => house.say(`POST http://${origin.at()}/ HTTP/1.1\r\nHost: x\r\n${CLOSE}${content}`);
  expect(await post(`Content-Length: 11\r\n\r\n${"x".repeat(11)}`)).toStartWith("HTTP/1.1 413 ");
  expect(house.gateway.refusals).toEqual(["http site.test", "http site.test"]);
  expect(await post(`Transfer-Encoding: chunked\r\n\r\nb\r\n${"x".repeat(11)}\r\n0\r\n\r\n`)).toStartWith(
    "HTTP/1.1 413 ",
  );
  expect(house.gateway.trips.at(-1)?.why?.sentence).toContain("10 octets");
  await house.set({ barredTypes: [], barredUrls: [], maxResponse: 0, maxRequest: 0 });
});

test("parts of what is not wanted are not fetched, either", async () => {
  await house.set({ barredTypes: ["video/*"], maxResponse: 1_000 });
  const origin = serve(async (raw) => {
    for (;;) {
      const head = await raw.until(/\r\n\r\n/);
      if (head.includes("Range: bytes=0-1,"))
        raw.write("HTTP/1.1 206 Part\r\nContent-Type: multipart/byteranges; boundary=x\r\nContent-Length: 2\r\n\r\nok");
      else if (head.includes("Range: "))
        raw.write("HTTP/1.1 206 Part\r\nContent-Range: bytes 0-1/1001\r\nContent-Length: 2\r\n\r\nok");
      else raw.write("HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 2\r\n\r\nok");
    }
  });
  const part = (range: string) => house.say(get(origin.at(), `${CLOSE}Range: bytes=${range}\r\n`));
  expect(await part("0-1")).toStartWith("HTTP/1.1 403 ");
  expect(await part("0-1,4-5")).toStartWith("HTTP/1.1 403 ");
  await house.set({ barredTypes: [], maxResponse: 0 });
  expect(await part("0-1,4-5")).toStartWith("HTTP/1.1 206 ");
});

test("lines, fields and heads have limits", async () => {
  expect(await house.say(get(`site.test/${"a".repeat(17_000)}`))).toStartWith("HTTP/1.1 414 ");
  expect(await house.say(get("site.test", `X: ${"a".repeat(17_000)}\r\n`))).toStartWith("HTTP/1.1 431 ");
  expect(await house.say(get("site.test", "X: a\r\n".repeat(300)))).toStartWith("HTTP/1.1 431 ");
  expect(await house.say(get("site.test", `X: ${"a".repeat(10_000)}\r\n`.repeat(8)))).toStartWith("HTTP/1.1 431 ");
});

test("who never comes to an end is not waited for", async () => {
  await house.set({ headTimeout: 0.2, keepAlive: 0.3, responseTimeout: 0.2, bodyTimeout: 0.2 });
  const silent = serve(async (raw) => void (await raw.until(/\r\n\r\n/)));
  const stuck = serve(async (raw) => {
    await raw.until(/\r\n\r\n/);
    raw.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbegin");
  });
  const drip = async () => {
    const raw = await house.dial();
    raw.write("GET http://site.test/ HTTP/1.1\r\n");
    for (let at = 0; !raw.ended && at < 100; at++) {
      raw.write(`X-${at}: y\r\n`);
      await Bun.sleep(20);
    }
    return await raw.rest();
  };
  const [idle, head, content, unanswered, broken] = await Promise.all([
    house.say(""),
    drip(),
    house.say(`POST http://${silent.at()}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nbegin`),
    house.say(get(silent.at(), CLOSE)),
    house.say(get(stuck.at())),
  ]);
  expect(idle).toBe("");
  expect(head).toStartWith("HTTP/1.1 408 ");
  expect(content).toMatch(/^HTTP\/1.1 (408|504) /);
  expect(unanswered).toStartWith("HTTP/1.1 504 ");
  expect(broken).toEndWith("begin");
  await house.set({ headTimeout: 20, keepAlive: 120, responseTimeout: 300, bodyTimeout: 180 });
});

test("contents that trickle are cut, whichever way they go; events and tunnels are not", async () => {
  await house.set({ bodyTimeout: 0.3, leastRate: 1_000 });
  const drip = async (raw: Raw, octets: string, times = 1_000) => {
    for (let time = 0; !raw.ended && time < times; time++) {
      raw.write(octets);
      await Bun.sleep(15);
    }
  };
  const reader = serve(async (raw) => void (await raw.rest()));
  const dripping = (head: string, octets: string, times?: number) =>
    serve(async (raw) => {
      await raw.until(/\r\n\r\n/);
      raw.write(`HTTP/1.1 200 OK\r\n${head}\r\n`);
      await drip(raw, octets, times);
      raw.close();
    });
  const post = async (fields: string, octets: string, place = reader.at()) => {
    const raw = await house.dial();
    raw.write(`POST http://${place}/ HTTP/1.1\r\nHost: x\r\n${fields}`);
    await drip(raw, octets);
    return await raw.rest();
  };
  const tunnel = async () => {
    const raw = await house.dial();
    raw.write(`CONNECT ${reader.at()} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await raw.until(/\r\n\r\n/);
    await drip(raw, "x", 60);
    const went = !raw.ended;
    raw.close();
    return went;
  };
  const events = { fields: "Content-Type: text/event-stream; charset=utf-8\r\n", event: "data: x\n\n" };
  const cut = await Promise.all([
    post("Content-Length: 10000\r\n\r\n", "x"),
    post("Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"),
    post(`Content-Length: 1000000\r\n\r\n${"x".repeat(500_000)}`, "x"),
    post("Content-Length: 10000\r\n\r\n", "x", "barred.test"),
    house.say(get(dripping("Content-Length: 10000\r\n", "x").at())),
    house.say(get(dripping(`Content-Length: 1000000\r\n\r\n${"x".repeat(500_000)}`, "x").at())),
    house.say(get(dripping("Transfer-Encoding: chunked\r\n", "1\r\nx\r\n").at())),
  ]);
  for (const answer of cut.slice(0, 3)) expect(answer).toStartWith("HTTP/1.1 408 ");
  expect(cut[3]).toStartWith("HTTP/1.1 403 ");
  for (const answer of cut.slice(4)) expect(answer).toStartWith("HTTP/1.1 200 ");
  expect(bodyOf(cut[4] as string).length).toBeLessThan(1_000);
  expect(bodyOf(cut[5] as string).length).toBeLessThan(600_000);
  expect(cut[6]).not.toContain("0\r\n\r\n");
  const [streamed, went] = await Promise.all([
    house.say(get(dripping(events.fields, events.event, 60).at(), CLOSE)),
    tunnel(),
  ]);
  expect(streamed.match(/data: x/g)).toHaveLength(60);
  expect(streamed).toEndWith("0\r\n\r\n");
  expect(went).toBe(true);
  await house.set({ bodyTimeout: 180, leastRate: 20 });
});

test("a client that goes away takes its request to the origin with it", async () => {
  const origin = serve(async (raw) => {
    await raw.until(/\r\n\r\n/);
    raw.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (!raw.ended) {
      raw.write("5\r\nhello\r\n");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    raw.close();
  });
  const client = await house.dial();
  client.write(get(origin.at()));
  await client.until(/hello/);
  client.reset();
  while (origin.open.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await house.quiet();
  expect(house.gateway.trips.every(({ closed }) => closed)).toBe(true);
});
