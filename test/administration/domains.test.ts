import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Actor } from "../../src/administration/actor.ts";
import { addDomain, listDomains, removeDomain, setDomain, showDomain } from "../../src/administration/mail/domains.ts";
import {
  addMailGroup,
  listMailGroups,
  removeMailGroup,
  setMailGroup,
  showMailGroup,
} from "../../src/administration/mail/mail-groups.ts";
import { setMailbox, showMailbox } from "../../src/administration/mail/mailboxes.ts";
import type { Operation } from "../../src/administration/operation.ts";
import { CONSOLE, House } from "./house.ts";

let house: House;
beforeEach(async () => {
  house = await House.build();
});
afterEach(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

const perform = (
  operation: Operation,
  actor: Actor,
  input: Record<string, unknown>,
): Promise<Record<string, unknown>> =>
  house.administration.perform(operation, actor, input) as Promise<Record<string, unknown>>;

describe("domains", () => {
  const set = (actor: Actor, change: object, name = "home.example") => perform(setDomain, actor, { name, ...change });

  test("are listed, shown and changed within one's reach only", async () => {
    const names = async (actor: Actor) =>
      (await house.administration.perform(listDomains, actor, {})).domains.map(({ name }) => name);
    expect(await names(CONSOLE)).toEqual(["home.example", "away.example"]);
    expect(await names(house.as("dora"))).toEqual(["home.example"]);
    expect(await house.tried(() => names(house.as("anna")))).toBe("notPermitted");
    for (const name of ["away.example", "nowhere.example"]) {
      expect(await house.tried(() => perform(showDomain, house.as("dora"), { name }))).toBe("notPermitted");
      expect(await house.tried(() => set(house.as("dora"), { description: "x" }, name))).toBe("notPermitted");
    }
    expect(await house.tried(() => perform(showDomain, CONSOLE, { name: "nowhere.example" }))).toBe("notFound");
  });

  test("a delegated administrator changes what concerns his people, and no names", async () => {
    const dora = house.as("dora");
    const ben = house.user("ben").primaryMailbox;
    const after = await set(dora, {
      description: "Home",
      passwordChange: false,
      unknownRecipients: "mailbox",
      catchAllMailbox: ben,
    });
    expect(after).toMatchObject({
      description: "Home",
      passwordChange: false,
      unknownRecipients: "mailbox",
      catchAll: { mailbox: ben, label: "ben@home.example" },
    });
    for (const change of [
      { aliases: ["more.example"] },
      { rename: "other.example" },
      { catchAllMailbox: house.user("zoe").primaryMailbox },
      { catchAllMailbox: house.user("admin").primaryMailbox },
      { catchAllMailbox: house.user("dora").primaryMailbox },
      { catchAllMailbox: 999_999 },
    ])
      expect([change, await house.tried(() => set(dora, change))]).toEqual([change, "notPermitted"]);
    expect(await house.tried(() => perform(addDomain, dora, { name: "new.example" }))).toBe("notPermitted");
    expect(await house.tried(() => perform(removeDomain, dora, { name: "home.example" }))).toBe("notPermitted");
  });

  test("say nothing of a catch-all outside the reach", async () => {
    const zoe = house.user("zoe").primaryMailbox;
    await set(CONSOLE, { unknownRecipients: "mailbox", catchAllMailbox: zoe });
    expect(await perform(showDomain, CONSOLE, { name: "home.example" })).toMatchObject({ catchAll: { mailbox: zoe } });
    const seen = await perform(showDomain, house.as("dora"), { name: "home.example" });
    expect(seen).toMatchObject({ unknownRecipients: "mailbox", catchAll: null });
    expect(JSON.stringify(await set(house.as("dora"), { description: "Home" }))).not.toContain("zoe");
  });

  test("have names in any script, aliases, and go when nothing is in them", async () => {
    const made = await perform(addDomain, house.as("admin"), { name: "müller.example", aliases: ["Mueller.example"] });
    expect(made).toMatchObject({
      name: "xn--mller-kva.example",
      displayName: "müller.example",
      aliases: ["mueller.example"],
      addresses: 0,
      first: false,
    });
    await house.directory.aliases.add("anna@mueller.example", house.user("anna").primaryMailbox);
    await expect(perform(removeDomain, CONSOLE, { name: "müller.example" })).rejects.toThrow("still has 1");
    await house.directory.aliases.remove("anna@müller.example");
    await set(CONSOLE, { rename: "mill.example" }, "müller.example");
    await perform(removeDomain, CONSOLE, { name: "mill.example" });
    expect(house.audit("domain").map(({ operation, subject }) => `${operation} ${subject}`)).toEqual([
      "domain.remove domain mill.example",
      "domain.set domain müller.example",
      "domain.add domain müller.example",
    ]);
  });

  test("hand unknown recipients to a mailbox only if there is one", async () => {
    await expect(set(CONSOLE, { unknownRecipients: "mailbox" })).rejects.toThrow("Name the mailbox");
    await expect(set(CONSOLE, { name: "home.example", catchAllMailbox: 999_999 })).rejects.toThrow("no such mailbox");
    await expect(set(CONSOLE, { unknownRecipients: "shrug" })).rejects.toThrow("unknownRecipients");
    await expect(set(CONSOLE, { secret: 1 })).rejects.toThrow("no property secret");
  });
});

describe("mail groups", () => {
  test("give their limits to mailboxes that have none, at once, and leave them when they go", async () => {
    const admin = house.as("admin");
    const made = await perform(addMailGroup, admin, {
      name: "Staff",
      description: "Everybody here",
      quota: { octets: 1_000 },
      expiry: [{ folder: "Trash", days: 30, action: "delete" }],
    });
    expect(made).toMatchObject({
      name: "Staff",
      quota: { octets: 1_000, messages: null, warnPercent: 90 },
      members: 0,
    });
    const id = house.user("ben").primaryMailbox;
    await house.administration.perform(setMailbox, admin, { id, group: "STAFF" });
    await perform(setMailGroup, admin, { name: "staff", quota: { messages: 5 }, rename: "People" });
    const view = await house.administration.perform(showMailbox, admin, { id });
    expect(view).toMatchObject({ group: "People", effectiveQuota: { octets: 1_000, messages: 5 }, fill: 0 });
    expect(view.effectiveExpiry).toEqual([{ folder: "Trash", days: 30, action: "delete" }]);
    expect(await perform(showMailGroup, admin, { name: "people" })).toMatchObject({ members: 1 });
    expect(await perform(listMailGroups, admin, {})).toMatchObject({ groups: [{ name: "People", members: 1 }] });
    await expect(perform(addMailGroup, admin, { name: "people" })).rejects.toThrow("already");
    await perform(removeMailGroup, admin, { name: "People" });
    expect(await house.administration.perform(showMailbox, admin, { id })).toMatchObject({ group: null, fill: null });
    expect(house.audit("mail group").map(({ operation }) => operation)).toEqual([
      "mailgroup.remove",
      "mailgroup.set",
      "mailgroup.add",
    ]);
  });

  test("are for administrators of everything", async () => {
    await perform(addMailGroup, CONSOLE, { name: "Staff" });
    for (const login of ["anna", "dora"]) {
      const actor = house.as(login);
      for (const [operation, input] of [
        [listMailGroups, {}],
        [showMailGroup, { name: "Staff" }],
        [addMailGroup, { name: "More" }],
        [setMailGroup, { name: "Staff", description: "x" }],
        [removeMailGroup, { name: "Staff" }],
      ] as const)
        expect([login, operation.name, await house.tried(() => perform(operation, actor, input))]).toEqual([
          login,
          operation.name,
          "notPermitted",
        ]);
    }
  });
});
