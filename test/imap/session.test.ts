import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { House, message, PASSWORD } from "./house.ts";

let house: House;
beforeAll(async () => {
  house = await House.build();
});
afterEach(() => expect(house.faults).toEqual([]));
afterAll(async () => await house.close());

describe("a session", () => {
  test("greets with its capabilities, and offers no password login it would refuse", async () => {
    const client = await house.dial();
    expect(client.greeting).toMatch(/^OK \[CAPABILITY IMAP4rev2 IMAP4rev1 .*STARTTLS.*\] Gatepost/);
    expect(await client.ok("CAPABILITY")).toEqual([expect.stringContaining("SASL-IR")]);
    client.dialogue.destroy();
  });

  test("select", async () => {
    const client = await house.select();
    await house.deliver([message("one"), message("two")]);
    expect(await client.ok("NOOP")).toEqual(["2 EXISTS", "2 RECENT"]);
    console.log(await client.ok("FETCH 1:* (FLAGS UID INTERNALDATE RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE BODY[])"));
    console.log(await client.append("INBOX", message("three")));
    console.log(await client.ok('LIST "" *'));
    console.log(await client.run("SEARCH TEXT hello"));
    client.dialogue.destroy();
  });
});
