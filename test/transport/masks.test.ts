/** Opaque senders: `anna$E60@` becomes an address good for 60 days, and replies to it come back. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { addressForDays, opaqueLocal } from "../../src/directory/temporary.ts";
import { World } from "./world.ts";

const DAY_MS = 86_400_000;
let world: World;
beforeAll(async () => {
  world = await World.open({ start: false });
  // Addresses end by the clock of the wall.
  world.clock = Date.now();
});
afterAll(async () => await world.close());

const annas = () =>
  world.directory.aliases
    .list({ mailboxId: world.user("anna").primaryMailbox })
    .filter((one) => one.expiresAt !== null);
const write = (to: string, from: string, header = `From: Anna <${from}>`) =>
  world.send(to, `${header}\r\nSubject: ${crypto.randomUUID()}\r\n\r\nMine is anna$E60@home.test.\r\n`, {
    reversePath: from,
  });

describe("an address written for some days", () => {
  test.each([
    ["anna$E60@home.test", { address: "anna@home.test", days: 60 }],
    ["anna+x$e1@home.test", { address: "anna+x@home.test", days: 1 }],
    ["anna$E0@home.test", undefined],
    ["anna$E9999@home.test", undefined],
    ["anna$E20270131@home.test", undefined],
    ["$E60@home.test", undefined],
  ])("%s", (address, expected) => {
    expect(addressForDays(address)).toEqual(expected);
  });

  test("is its owner's to send as, and reaches nobody", () => {
    const { id } = world.user("anna");
    expect(world.directory.maySendAs(id, "anna$E60@home.test")).toBe(true);
    expect(world.directory.maySendAs(id, "bert$E60@home.test")).toBe(false);
    expect(world.directory.resolve("anna$E60@home.test").kind).toBe("unknown");
  });

  test("leaves as an opaque one, in the return path and wherever it stands in the header", async () => {
    await write(
      "bert@home.test",
      "anna$E60@home.test",
      'From: "A" <anna$E60@home.test>\r\nReply-To: ANNA$e60@home.test',
    );
    const text = world.inbox("bert").at(-1) ?? "";
    const [one, ...more] = annas();
    expect(more).toEqual([]);
    expect(one?.address).toMatch(/^[a-z2-9]{12}@home\.test$/);
    expect(one?.note).toBe("Written to bert@home.test");
    expect(Math.round(((one?.expiresAt ?? 0) - world.clock) / DAY_MS)).toBe(60);
    expect(text).toContain(`Return-Path: <${one?.address}>\r\n`);
    expect(text).toContain(`From: "A" <${one?.address}>\r\nReply-To: ${one?.address}\r\n`);
    expect(text).toContain("Mine is anna$E60@home.test.");
    expect(text.slice(0, text.indexOf("\r\n\r\n"))).not.toContain("anna");
  });

  test("is the same for the same correspondent, whose days begin anew, and another for another", async () => {
    world.clock += 10 * DAY_MS;
    await write("bert@home.test", "anna$E60@home.test");
    expect(annas()).toHaveLength(1);
    expect(Math.round(((annas()[0]?.expiresAt ?? 0) - world.clock) / DAY_MS)).toBe(60);
    await write("carl@home.test", "anna$E7@home.test");
    expect(annas()).toHaveLength(2);
  });

  test("brings replies back until it ends", async () => {
    const [one] = annas();
    const before = world.inbox("anna").length;
    await world.send(one?.address ?? "", `From: bert@home.test\r\nSubject: Re\r\n\r\nYes.\r\n`, {
      origin: world.origin({ user: world.user("bert") }),
      reversePath: "bert@home.test",
    });
    expect(world.inbox("anna").length).toBe(before + 1);
    const later = (one?.expiresAt ?? 0) + 1;
    expect(world.directory.resolve(one?.address ?? "", later).kind).toBe("unknown");
  });

  test("gets an opaque one ten times in a message, and far behind in a field not at all", async () => {
    const before = annas().length;
    const many = (days: number) => Array.from({ length: days }, (_, at) => `anna$E${at + 1}@home.test`).join(",\r\n ");
    await write("many@far.example", "anna@home.test", `From: ${many(300)}`);
    expect(annas()).toHaveLength(before + 10);
    const far = "someone@far.example,\r\n ".repeat(1_000);
    await write("behind@far.example", "anna@home.test", `From: ${far}anna$E1@home.test`);
    expect(annas()).toHaveLength(before + 10);
    for (const { address } of annas().slice(before)) await world.directory.aliases.remove(address);
  });

  test("gets no opaque one beyond the most that a mailbox has", async () => {
    const bert = world.user("bert");
    const expiresAt = world.clock + DAY_MS;
    await world.store.commit((tx) => {
      for (let at = 0; at < 999; at++)
        world.directory.aliases.addWithin(tx, `m${at}@home.test`, bert.primaryMailbox, { expiresAt, note: "" });
    });
    const origin = world.origin({ user: bert });
    const text = "From: bert$E1@home.test, bert$E2@home.test\r\n\r\nx\r\n";
    await expect(world.send("anna@home.test", text, { origin, reversePath: "bert@home.test" })).rejects.toThrow(
      "1000 temporary addresses",
    );
  });

  test("of somebody else stays as it is, and so does all mail where such addresses are switched off", async () => {
    await world.send("bert@home.test", "From: bert$E60@home.test\r\nSubject: x\r\n\r\nx\r\n");
    expect(world.inbox("bert").at(-1)).toContain("From: bert$E60@home.test\r\n");
    expect(annas()).toHaveLength(2);
  });

  test("is not guessed", () => {
    expect(new Set(Array.from({ length: 1_000 }, opaqueLocal)).size).toBe(1_000);
  });
});
