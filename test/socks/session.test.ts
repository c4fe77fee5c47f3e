/** SOCKS octet by octet: what well-behaved clients say, and what others try. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { until } from "../harness.ts";
import { House, PASSWORD, portOctets, Raw } from "./house.ts";

let house: House;
let echo: Bun.TCPSocketListener;
let port: Uint8Array;

beforeAll(async () => {
  house = await House.build();
  echo = Bun.listen<undefined>({
    hostname: "127.0.0.1",
    port: 0,
    data: undefined,
    socket: {
      data: (socket, data) => void socket.write(data),
      end: (socket) => void socket.end(),
    },
  });
  port = portOctets(echo.port);
});

afterAll(async () => {
  echo.stop(true);
  await house.close();
  expect(house.faults).toEqual([]);
});

const LOOPBACK = Uint8Array.of(127, 0, 0, 1);
/** A greeting that offers no login, and the head of a request to connect. */
const GUEST = Uint8Array.of(5, 1, 0);
const CONNECT = Uint8Array.of(5, 1, 0);

function named(host: string): Uint8Array {
  return Buffer.from([3, host.length, ...Buffer.from(host, "latin1")]);
}

describe("SOCKS 5", () => {
  test("connects a guest to an address and to a name, and passes what is sent early", async () => {
    for (const place of [Uint8Array.of(1, ...LOOPBACK), named("some.test"), named("SOME.Test.")]) {
      const client = await house.dial();
      client.write(GUEST, CONNECT, place, port, "early");
      expect(await client.take(2)).toBe("0500");
      expect(await client.take(10)).toMatch(/^050000017f000001[0-9a-f]{4}$/);
      expect(await client.take(5)).toBe(Buffer.from("early").toString("hex"));
      client.socket.end();
      expect(await client.rest()).toBe("");
    }
    const trip = house.gateway.trips.at(-1);
    expect(trip).toMatchObject({ target: { host: "some.test", scheme: "tunnel" }, login: null });
    await until(() => trip?.closed, "the trip to be over");
    expect(trip).toMatchObject({ sent: 5, received: 5 });
  });

  test("logs in, where the client can, and tells the gateway who it is", async () => {
    const client = await house.dial();
    client.write(5, 2, 0, 2);
    expect(await client.take(2)).toBe("0502");
    client.write(1, 3, "ann", PASSWORD.length, PASSWORD);
    expect(await client.take(2)).toBe("0100");
    client.write(CONNECT, named("some.test"), port);
    expect(await client.take(10)).toStartWith("05000001");
    expect(house.gateway.trips.at(-1)?.login).toBe("ann");
    client.socket.end();
    await client.rest();
  });

  test("refuses wrong passwords and those who may not, and closes", async () => {
    const login = (name: string, password: string) =>
      house.say(5, 1, 2, 1, name.length, name, password.length, password, CONNECT, named("some.test"), port);
    for (const [name, password] of [
      ["ann", "wrong"],
      ["nobody", PASSWORD],
      ["bob", PASSWORD],
      ["", ""],
      ["ann", ""],
      ["\xff\xfe", PASSWORD],
    ] as const) {
      expect(await login(name, password)).toBe("05020101");
    }
    expect(house.gateway.away.map(({ login, reason }) => [login, reason]).slice(0, 3)).toEqual([
      ["ann", "credentials"],
      ["nobody", "credentials"],
      ["bob", "permission"],
    ]);
  });

  test("lets nobody in without a login where guests may not come, nor with a password where none is taken", async () => {
    house.gateway.guests = false;
    expect(await house.say(GUEST)).toBe("05ff");
    expect(await house.say(5, 0)).toBe("05ff");
    expect(await house.say(5, 3, 1, 3, 0x80)).toBe("05ff");
    house.gateway.passwords = false;
    expect(await house.say(5, 2, 0, 2)).toBe("05ff");
    house.gateway.guests = true;
    expect((await house.say(5, 2, 2, 0, CONNECT, named("barred.test"), port)).slice(0, 4)).toBe("0500");
    house.gateway.passwords = true;
  });

  test("says why a place cannot be reached as the RFC has it", async () => {
    const closed = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const nobody = portOctets(closed.port);
    closed.stop(true);
    const replies: [string, Uint8Array, string][] = [
      ["barred.test", port, "02"],
      ["warned.test", port, "02"],
      ["quota.test", port, "02"],
      ["special.test", port, "02"],
      ["permission.test", port, "02"],
      ["unresolved.test", port, "04"],
      ["timeout.test", port, "06"],
      ["connections.test", port, "01"],
      ["some.test", nobody, "05"],
      ["no host name", port, "04"],
      ["a..b", port, "04"],
      ["x\0y.test", port, "04"],
      ["caf\xe9", port, "01"],
      ["", port, "04"],
    ];
    for (const [host, at, reply] of replies) {
      expect(await house.say(GUEST, CONNECT, named(host), at)).toBe(`050005${reply}0001000000000000`);
    }
  });

  test("refuses what it does not know in the protocol's words", async () => {
    expect(await house.say(GUEST, 5, 9, 0, 1, LOOPBACK, port)).toBe("050005070001000000000000");
    expect(await house.say(GUEST, 5, 1, 0, 7, LOOPBACK, port)).toBe("050005080001000000000000");
    expect(await house.say(GUEST, 4, 1, 0, 1, LOOPBACK, port)).toBe("050005010001000000000000");
    expect(await house.say(5, 1, 2, 2, 3, "ann", 1, "x")).toBe("05020101");
    expect(await house.say(6, 1, 0)).toBe("");
    expect(await house.say(0)).toBe("");
    const http = Buffer.from(await house.say("GET http://some.test/ HTTP/1.1\r\n\r\n"), "hex").toString();
    expect(http).toContain("This port speaks SOCKS");
  });

  test("ends the tunnel when the gateway cuts the trip", async () => {
    const client = await house.dial();
    client.write(GUEST, CONNECT, named("some.test"), port);
    await client.take(12);
    const trip = house.gateway.trips.at(-1);
    await until(() => trip?.cut !== undefined, "the tunnel to begin");
    trip?.cut?.(new Error("the quota is used up") as never);
    expect(await client.rest()).toBe("");
    await until(() => trip?.closed, "the trip to be over");
  });
});

describe("SOCKS 4", () => {
  test("connects a guest to an address, and with 4A to a name", async () => {
    for (const place of [
      [LOOPBACK, "user\0"],
      [Uint8Array.of(0, 0, 0, 1), "\0", "some.test\0"],
    ]) {
      const client = await house.dial();
      client.write(4, 1, port, ...place, "early");
      expect(await client.take(8)).toMatch(/^005a[0-9a-f]{4}7f000001$/);
      expect(await client.take(5)).toBe(Buffer.from("early").toString("hex"));
      client.socket.end();
      expect(await client.rest()).toBe("");
    }
  });

  test("refuses with its one word for that", async () => {
    expect(await house.say(4, 1, port, 0, 0, 0, 1, "\0barred.test\0")).toBe("005b000000000000");
    expect(await house.say(4, 3, port, LOOPBACK, "\0")).toBe("005b000000000000");
    expect(await house.say(4, 1, port, LOOPBACK, "u".repeat(300), "\0")).toBe("005b000000000000");
    expect(await house.say(4, 1, port, 0, 0, 0, 1, "\0", "h".repeat(300), "\0")).toBe("005b000000000000");
    house.gateway.guests = false;
    expect(await house.say(4, 1, port, LOOPBACK, "ann\0")).toBe("005b000000000000");
    house.gateway.guests = true;
  });
});

describe("an attacker", () => {
  test("has only so much time, however slowly he sends", async () => {
    await house.set({ requestTimeout: 0.3 });
    const whole = Buffer.concat([GUEST, CONNECT, named("a".repeat(200)), port]);
    const begun = performance.now();
    const slow = await house.dial();
    let at = 0;
    const timer = setInterval(() => slow.write(whole.subarray(at, ++at)), 40);
    const silent = house.say();
    const half = house.say(5, 200, 0, 0);
    const four = house.say(4, 1, port, LOOPBACK, "name without an end");
    expect(await slow.rest()).toMatch(/^(0500)?$/);
    clearInterval(timer);
    expect(await Promise.all([silent, half, four])).toEqual(["", "", ""]);
    expect(performance.now() - begun).toBeLessThan(3_000);
    await house.set({ requestTimeout: 30 });
  });

  test("may leave at any octet", async () => {
    const whole = Buffer.concat([
      Uint8Array.of(5, 2, 0, 2, 1, 3),
      Buffer.from(`ann${String.fromCharCode(PASSWORD.length)}${PASSWORD}`),
      CONNECT,
      named("some.test"),
      port,
    ]);
    const connections = Array.from({ length: whole.length }, async (_, length) => {
      const client = await house.dial();
      client.write(whole.subarray(0, length));
      if (length % 2 === 0) client.socket.resetAndDestroy();
      else client.socket.end();
      return await client.rest();
    });
    await Promise.all(connections);
    await until(() => house.gateway.trips.every(({ closed }) => closed), "all trips to be over");
  });

  test("gains nothing by many at once", async () => {
    const clients = await Promise.all(Array.from({ length: 300 }, () => Raw.dial(house.port(1080))));
    for (const [index, client] of clients.entries()) {
      if (index % 3 === 0) client.write(5, 255);
      else if (index % 3 === 1) client.write(GUEST, CONNECT, named("barred.test"), port);
    }
    // Others are served meanwhile.
    const client = await house.dial();
    client.write(GUEST, CONNECT, named("some.test"), port, "hello");
    await client.take(12);
    expect(await client.take(5)).toBe(Buffer.from("hello").toString("hex"));
    client.socket.end();
    await client.rest();
    for (const each of clients) each.socket.destroy();
  });

  test("cannot keep a port by never using it, nor datagrams beyond their time", async () => {
    await house.set({ udpIdle: 0.3, bindTimeout: 0.3 });
    const udp = await house.dial();
    udp.write(GUEST, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0);
    expect(await udp.take(12)).toMatch(/^0500050000017f000001[0-9a-f]{4}$/);
    const bind = await house.dial();
    bind.write(GUEST, 5, 2, 0, named("some.test"), port);
    expect(await bind.take(12)).toMatch(/^0500050000017f000001[0-9a-f]{4}$/);
    expect(await bind.rest()).toBe("05060001000000000000");
    expect(await udp.rest()).toBe("");
    await house.set({ udpIdle: 300, bindTimeout: 120 });
  });
});
