/** The web proxy between raw clients and origins that answer as told: how an exchange goes: early answers, large contents, connections that are kept. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { House, type Raw } from "./house.ts";
import { bodyOf, CLOSE, get, OK, Origins } from "./talk.ts";

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
