/** Ports for data connections that are opened before they are asked for. */
import { afterAll, expect, test } from "bun:test";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { until } from "../harness.ts";
import { dataTo, fetch, House, passive, readAll, send } from "./house.ts";

const house = await House.build();
afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

/** Ports of IPv4 on which this process listens. */
function listening(): Set<number> {
  const links = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return "";
    }
  });
  const own = new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]));
  const rows = readFileSync("/proc/self/net/tcp", "utf8").split("\n").slice(1);
  const sockets = rows.map((row) => row.trim().split(/\s+/)).filter((row) => row[3] === "0A" && own.has(row[9]));
  return new Set(sockets.map(([, local = ""]) => Number.parseInt(local.split(":")[1] ?? "", 16)));
}

test("the next port is open already, and is another one each time", async () => {
  const before = listening();
  const client = await house.loggedIn();
  const opened = () => [...listening()].filter((port) => !before.has(port));
  expect(await send(client, "STOR small", "small")).toStartWith("226");
  await until(() => opened().length === 1, "a port to be opened");
  const [prepared] = opened();
  const told = await passive(client);
  expect(told).toBe(prepared ?? 0);
  const socket = await dataTo(told);
  client.send("RETR small");
  await client.reply("150");
  expect(await readAll(socket)).toBe("small");
  await client.reply("226");
  await until(() => opened().length === 1 && opened()[0] !== told, "another port to be opened");
  await until(() => opened().length === 0, "a port that nobody asks for to be closed");
  client.destroy();
});

test("whoever finds the next port first gets nothing, and the client is told of another", async () => {
  const before = listening();
  const client = await house.loggedIn();
  const opened = () => [...listening()].filter((port) => !before.has(port));
  expect(await send(client, "STOR mine", "mine")).toStartWith("226");
  await until(() => opened().length === 1, "a port to be opened");
  const [found = 0] = opened();
  expect(await readAll(await dataTo(found))).toBe("");
  await until(() => opened().length === 0, "the port to be closed");
  expect(await fetch(client, "RETR mine")).toBe("mine");
  client.destroy();
  await until(() => opened().length === 0, "nothing to stay open after the session");
});
