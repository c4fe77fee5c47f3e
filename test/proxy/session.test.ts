/** The web proxy between raw clients and origins that answer as told: tunnels, logins, warnings, its own pages, what is not wanted. */
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
  house.gateway.guests = true;
  house.gateway.passwords = true;
  expect(house.faults).toEqual([]);
});
afterAll(() => house.close());

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
