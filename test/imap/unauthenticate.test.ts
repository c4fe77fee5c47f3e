/** UNAUTHENTICATE (RFC 8437): one connection for one login after another. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { House, message, PASSWORD } from "./house.ts";

let house: House;

beforeAll(async () => {
  house = await House.build();
  await house.deliver([message("for ann")]);
});
afterEach(() => expect(house.faults.splice(0)).toEqual([]));
afterAll(async () => await house.close());

describe("UNAUTHENTICATE", () => {
  test("goes back to where the session stood before the login", async () => {
    const client = await house.select();
    await client.ok("ENABLE IMAP4rev2 CONDSTORE METADATA");
    await client.ok("STORE 1 +FLAGS (\\Deleted)");
    const { tagged } = await client.run("UNAUTHENTICATE");
    expect(tagged).toStartWith("OK [CAPABILITY ");
    expect(tagged).toContain("AUTH=");
    expect(tagged).not.toContain("QUOTA");
    for (const command of ["FETCH 1 FLAGS", "SELECT INBOX", "UNAUTHENTICATE", "GETMETADATA INBOX /private/comment"]) {
      expect(await client.fails(command)).toStartWith("BAD");
    }
    await client.ok(`LOGIN ben "${PASSWORD}"`);
    // Nothing of ann is left: neither her folder nor what she had enabled.
    expect(await client.fails("FETCH 1 FLAGS")).toStartWith("BAD");
    const told = await client.ok("SELECT INBOX");
    expect(told).toContain("0 EXISTS");
    expect(told).toContain("0 RECENT");
    expect(await client.ok("ENABLE IMAP4rev2")).toEqual(["ENABLED IMAP4rev2"]);
    await client.ok("UNAUTHENTICATE");
    await client.ok(`LOGIN ann "${PASSWORD}"`);
    // Nothing was removed on leaving.
    expect(await client.ok("STATUS INBOX (MESSAGES DELETED)")).toEqual(["STATUS INBOX (MESSAGES 1 DELETED 1)"]);
  });

  test("hears no more of what the login before asked for", async () => {
    const client = await house.enter("ann");
    const other = await house.enter("ann");
    await client.ok("ENABLE METADATA");
    await client.ok("NOTIFY SET (personal (MessageNew MessageExpunge))");
    await client.ok("UNAUTHENTICATE");
    await client.ok(`LOGIN ben "${PASSWORD}"`);
    await other.ok('SETMETADATA INBOX (/shared/comment "new")');
    await house.deliver([message("again")]);
    expect(await client.ok("NOOP")).toEqual([]);
  });

  test("lets an account that is switched off end the sessions of its login only", async () => {
    const client = await house.enter("ben");
    await client.ok("UNAUTHENTICATE");
    await client.ok(`LOGIN ann "${PASSWORD}"`);
    await house.directory.users.update("ben", { enabled: false });
    expect(await client.ok("NOOP")).toEqual([]);
    await client.ok("UNAUTHENTICATE");
    expect(await client.fails(`LOGIN ben "${PASSWORD}"`)).toStartWith("NO [AUTH");
    await house.directory.users.update("ben", { enabled: true });
  });

  test("can be switched off, and is not offered then (RFC 8437 §8)", async () => {
    await house.set({ unauthenticate: false });
    const client = await house.enter("ann");
    expect((await client.ok("CAPABILITY"))[0]).not.toContain("UNAUTHENTICATE");
    expect(await client.fails("UNAUTHENTICATE")).toMatch(/^BAD UNAUTHENTICATE is switched off/);
    expect(await client.ok("NOOP")).toEqual([]);
    await house.set({ unauthenticate: true });
    expect((await client.ok("CAPABILITY"))[0]).toContain("UNAUTHENTICATE");
  });

  test("leaves no search result, and can be sent together with the next login (RFC 8437 §3, §4.1)", async () => {
    const client = await house.select();
    await client.ok("SEARCH RETURN (SAVE) ALL");
    await client.ok("SEARCH RETURN (UPDATE) ALL");
    client.dialogue.sendRaw(`u1 UNAUTHENTICATE\r\nu2 LOGIN ann "${PASSWORD}"\r\nu3 SELECT INBOX\r\n`);
    expect((await client.answer("u1")).tagged).toStartWith("OK");
    expect((await client.answer("u2")).tagged).toStartWith("OK");
    expect((await client.answer("u3")).tagged).toStartWith("OK");
    expect(await client.ok("SEARCH $")).toEqual(["SEARCH"]);
    await house.deliver([message("kept up no more")]);
    expect((await client.ok("NOOP")).filter((line) => line.startsWith("ESEARCH"))).toEqual([]);
  });

  test("ends the session where it cannot go back", async () => {
    const client = await house.select();
    await house.deliver([message("recent for somebody")]);
    await client.ok("NOOP");
    const { claimRecent } = house.mailstore;
    house.mailstore.claimRecent = () => Promise.reject(new Error("the disk is gone"));
    client.dialogue.sendRaw("u1 UNAUTHENTICATE\r\n");
    expect(await client.response()).toStartWith("* BYE [UNAVAILABLE]");
    await client.dialogue.closed();
    house.mailstore.claimRecent = claimRecent;
    expect(house.faults.splice(0)).toHaveLength(1);
  });

  test("gives a stranger no more tries than a new connection does", async () => {
    const client = await house.enter("ann");
    await client.ok("UNAUTHENTICATE");
    for (
      let n = 0;
      n < house.store.settings.get((await import("../../src/services/imap/settings.ts")).imapSettings).maxBadCommands;
      n++
    ) {
      client.dialogue.sendRaw("x nonsense\r\n");
    }
    for (;;) {
      const line = await client.response();
      if (!line.startsWith("* BYE")) continue;
      expect(line).toContain("Too many commands in error");
      break;
    }
  });
});
