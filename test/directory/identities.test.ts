/** As whom somebody writes: his addresses, and what he says of them. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import type { IdentityChange } from "../../src/directory/identities.ts";
import { type Opened, openDirectory, refusalKind } from "./open.ts";

let house: Opened;
let ann: number;

beforeEach(async () => {
  house = openDirectory();
  await house.directory.domains.create({ name: "home.example" });
  const user = await house.directory.users.create({
    login: "ann",
    fullName: "Ann Example",
    addresses: ["ann@home.example"],
  });
  ann = user.id;
  await house.directory.aliases.add("sales@home.example", user.primaryMailbox);
  await house.directory.users.create({ login: "bob" });
});
afterEach(() => house.close());

const set = (address: string, change: IdentityChange & { isDefault?: true }, user = ann) =>
  house.store.commit((tx) => house.directory.identities.setWithin(tx, user, address, change));
const of = (user = ann) => house.directory.identities.of(user);

test("every address one may send from is an identity, with the full name, the return address first", async () => {
  const { aliases, users } = house.directory;
  const mailbox = users.byId(ann)?.primaryMailbox ?? 0;
  await aliases.add("shop-*@home.example", mailbox);
  await aliases.add("ended@home.example", mailbox, { expiresAt: Date.now() - 1 });
  await aliases.add("lasts@home.example", mailbox, { expiresAt: Date.now() + 60_000 });
  expect(of().map(({ address, name, isDefault }) => [address, name, isDefault])).toEqual([
    ["ann@home.example", "Ann Example", true],
    ["sales@home.example", "Ann Example", false],
    ["lasts@home.example", "Ann Example", false],
  ]);
});

test("what is said of one stays, part by part, and one of them is the default", async () => {
  await set("Sales@home.example", { name: "Sales", organisation: "Pipes", signature: "Regards\r\nAnn\n\n" });
  await set("sales@home.example", { isDefault: true });
  await set("ann@home.example", { replyTo: "sales@home.example" });
  house.restart();
  const [first, second] = of();
  expect(first).toEqual({
    ...{ address: "sales@home.example", name: "Sales", organisation: "Pipes", isDefault: true },
    ...{ signature: "Regards\nAnn", signatureHtml: "", replyTo: "" },
  });
  expect([second?.address, second?.replyTo, second?.isDefault]).toEqual([
    "ann@home.example",
    "sales@home.example",
    false,
  ]);
  await set("ann@home.example", { isDefault: true });
  expect(of().map(({ address, isDefault }) => [address, isDefault])).toEqual([
    ["ann@home.example", true],
    ["sales@home.example", false],
  ]);
  expect(await house.store.commit((tx) => house.directory.identities.removeWithin(tx, ann, "SALES@home.example"))).toBe(
    true,
  );
  expect(of().map(({ name }) => name)).toEqual(["Ann Example", "Ann Example"]);
});

test("an address with a detail can be written from once it is said; one of others, or lost, cannot", async () => {
  await set("ann+shop@home.example", { name: "Ann's shop" });
  expect(of().map(({ address }) => address)).toContain("ann+shop@home.example");
  expect(await refusalKind(set("bob@home.example", { name: "Bob" }))).toBe("notPermitted");
  expect(await refusalKind(set("ann@other.example", { name: "x" }))).toBe("notPermitted");
  await set("sales@home.example", { name: "Sales", isDefault: true });
  await house.directory.aliases.remove("sales@home.example", house.directory.users.byId(ann)?.primaryMailbox ?? 0);
  expect(of().map(({ address, isDefault }) => [address, isDefault])).toEqual([
    ["ann@home.example", true],
    ["ann+shop@home.example", false],
  ]);
});

test("nothing gets in that could add a field to a header, and all of it is bounded", async () => {
  for (const change of [
    { name: "Ann\r\nBcc: eve@evil.example" },
    { organisation: "x\ny" },
    { replyTo: "ann@home.example\r\nX: y" },
    { replyTo: "nobody" },
    { signature: "a\u0000b" },
    { signature: "a".repeat(4_001) },
    { signatureHtml: "a".repeat(20_001) },
  ]) {
    expect([change, await refusalKind(set("ann@home.example", change))]).toEqual([change, "invalid"]);
  }
  for (let i = 0; i < 100; i++) await set(`ann+${i}@home.example`, { name: "x" });
  expect(await refusalKind(set("ann+more@home.example", { name: "x" }))).toBe("tooMany");
});
