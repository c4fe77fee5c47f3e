/** The web proxy between raw clients and origins that answer as told: limits of size and time, and clients that go away. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { House, type Raw } from "./house.ts";
import { bodyOf, CLOSE, get, Origins } from "./talk.ts";

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
