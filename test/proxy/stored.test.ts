/** What the cache has, on its way through the proxy: cuts, and origins that are away. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { GateRefusal } from "../../src/gateway/visit.ts";
import { always, House, RawOrigin } from "./house.ts";

let house: House;
const origins: RawOrigin[] = [];

beforeAll(async () => {
  house = await House.build({ cached: true });
});
afterEach(() => {
  for (const origin of origins.splice(0)) origin.close();
  house.later = 0;
  expect(house.faults).toEqual([]);
});
afterAll(() => house.close());

/** Has something stored, and gives the address it is stored for. */
async function store(control: string, body = "kept", path = "/"): Promise<{ place: string; origin: RawOrigin }> {
  const length = `Content-Length: ${body.length}\r\n`;
  const origin = new RawOrigin(always(`HTTP/1.1 200 OK\r\nCache-Control: ${control}\r\n${length}\r\n${body}`));
  origins.push(origin);
  const place = `${origin.at()}${path}`;
  await house.say(get(place));
  await house.cache.settled();
  return { place, origin };
}

const get = (url: string, more = "") => `GET http://${url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${more}\r\n`;

test.each<[control: string, status: string]>([
  ["max-age=10", "200"],
  ["max-age=10, stale-if-error=100", "200"],
  ["max-age=10, stale-if-error=1", "502"],
  ["max-age=10, must-revalidate", "504"],
  ["max-age=10, must-revalidate, stale-if-error=100", "504"],
  ["max-age=10, proxy-revalidate", "504"],
  ["s-maxage=10, stale-if-error=100", "504"],
])("past its time and its origin away, what says %s is answered with %s", async (control, status) => {
  // A port may be used again: each has a path of its own.
  const { place, origin } = await store(control, "kept", `/${control.replaceAll(/[^a-z0-9]+/g, "-")}`);
  origin.close();
  house.proxy.close();
  house.later = 20_000;
  const answer = await house.say(get(place));
  expect(answer).toStartWith(`HTTP/1.1 ${status} `);
  if (status === "504") expect(answer).toContain("This site cannot be reached");
});

test("only what is stored, and fresh enough, is given to who asks for that", async () => {
  const only = "Cache-Control: only-if-cached\r\n";
  const { place, origin } = await store("max-age=10");
  const asked = origin.accepted;
  expect(await house.say(get(place, only))).toStartWith("HTTP/1.1 200 ");
  expect(await house.say(get(`${place}other`, only))).toStartWith("HTTP/1.1 504 ");
  house.later = 20_000;
  expect(await house.say(get(place, only))).toStartWith("HTTP/1.1 504 ");
  expect(await house.say(get(place, `${only}Cache-Control: max-stale=60\r\n`))).toStartWith("HTTP/1.1 200 ");
  expect(origin.accepted).toBe(asked);
});

test.each([
  ["memory", 1 << 20],
  ["a file", 24 << 20],
])("a stored answer from %s that is cut ends at once", async (_where, octets) => {
  const { place, origin } = await store("max-age=100", "x".repeat(octets));
  const asked = origin.accepted;
  const client = await house.dial();
  client.write(get(place));
  client.pause();
  const before = house.gateway.trips.length;
  while (house.gateway.trips.length === before) await new Promise((resolve) => setImmediate(resolve));
  const trip = house.gateway.trips.at(-1);
  expect(trip?.cut).toBeDefined();
  trip?.cut?.(new GateRefusal("quota", "Used up."));
  client.resume();
  const received = await client.rest();
  expect(received.length).toBeLessThan(octets);
  expect(origin.accepted).toBe(asked);
  while (!trip?.closed) await new Promise((resolve) => setImmediate(resolve));
});
