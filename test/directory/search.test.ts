import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Opened, openDirectory } from "./open.ts";

let opened: Opened;
beforeAll(async () => {
  opened = openDirectory();
  const { domains, users, mailboxes, aliases } = opened.directory;
  await domains.create({ name: "home.example" });
  for (const login of ["ann", "ben", "hundred%"])
    await users.create({ login: login.replace("%", "_pc"), fullName: login });
  const ann = users.require("ann");
  await mailboxes.create({ ownerId: ann.id, addresses: ["family@home.example"], description: "All of us" });
  await aliases.add("shop@home.example", ann.primaryMailbox, { note: "one shop" });
});
afterAll(() => opened.close());

const addresses = (search: string) => opened.directory.aliases.search({ search }).aliases.map((alias) => alias.address);

describe("searching", () => {
  test("finds addresses by themselves, their note and their owner, in any case", () => {
    expect(addresses("SHOP")).toEqual(["shop@home.example"]);
    expect(addresses("one shop")).toEqual(["shop@home.example"]);
    expect(addresses("ann")).toEqual(["ann@home.example", "family@home.example", "shop@home.example"]);
    expect(addresses("nobody")).toEqual([]);
  });

  test("takes wildcards as they are written", () => {
    expect(addresses("%")).toEqual([]);
    expect(addresses("d_p")).toEqual(["hundred_pc@home.example"]);
  });

  test("finds mailboxes by description, address and owner, a page at a time", () => {
    const { mailboxes } = opened.directory;
    expect(mailboxes.search({ search: "all of" }).total).toBe(1);
    expect(mailboxes.search({ search: "family@" }).total).toBe(1);
    expect(mailboxes.search({ search: "ann" }).total).toBe(2);
    const all = mailboxes.search();
    expect(all.total).toBe(4);
    const second = mailboxes.search({ page: 2, pageSize: 3 });
    expect(second.total).toBe(4);
    expect(second.mailboxes.map(({ id }) => id)).toEqual(all.mailboxes.slice(3).map(({ id }) => id));
  });

  test("counts a domain's addresses", () => {
    const { aliases, domains } = opened.directory;
    expect(aliases.count(domains.require("home.example").id)).toBe(5);
  });
});
