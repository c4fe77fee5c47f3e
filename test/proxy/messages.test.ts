/** The web proxy between raw clients and origins that answer as told: framing: what is written anew, lengths and chunks, each at every cut of its octets. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { House } from "./house.ts";
import { basic, bodyOf, CLOSE, get, headOf, OK, Origins } from "./talk.ts";

let house: House;
const origins = new Origins();
const serve = origins.serve.bind(origins);

beforeAll(async () => {
  house = await House.build();
});
afterEach(() => {
  origins.close();
  expect(house.faults).toEqual([]);
});
afterAll(() => house.close());

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
