/** Where mail goes as a real slapd says, with the schema of the draft on LDAP mail routing. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { filterForAddress, routeOf } from "../../../src/auth/external/mail-route.ts";
import { openHouse } from "./house.ts";
import { PEOPLE, person, type Slapd, startSlapd } from "./slapd.ts";

/** draft-lachman-laser-ldap-mail-routing-02 §3. */
const SCHEMA = [
  ["2.16.840.1.113730.3.1.13", "mailLocalAddress", ""],
  ["2.16.840.1.113730.3.1.47", "mailRoutingAddress", " SINGLE-VALUE"],
  ["2.16.840.1.113730.3.1.18", "mailHost", " SINGLE-VALUE"],
].map(
  ([oid, name, single]) =>
    `attributetype ( ${oid} NAME '${name}' EQUALITY caseIgnoreIA5Match SYNTAX 1.3.6.1.4.1.1466.115.121.1.26{256}${single} )`,
);
const CLASS =
  "objectclass ( 2.16.840.1.113730.3.2.147 NAME 'inetLocalMailRecipient' SUP top AUXILIARY MAY ( mailLocalAddress $ mailHost $ mailRoutingAddress ) )";

const routed = (login: string, ...lines: string[]) =>
  person(login, "secret", lines.join("\n")).replace(
    "inetOrgPerson",
    "inetOrgPerson\nobjectClass: inetLocalMailRecipient",
  );

let slapd: Slapd;
let house: Awaited<ReturnType<typeof openHouse>>;

beforeAll(async () => {
  slapd = await startSlapd({
    global: [...SCHEMA, CLASS].join("\n"),
    entries: [
      routed("anna", "mailLocalAddress: boss@example.test", "mailRoutingAddress: anna@elsewhere.test"),
      routed("bruno", "mailLocalAddress: branch@example.test", "mailHost: mx.branch.test"),
      routed("cora", "mailLocalAddress: twice@example.test", "mailHost: one.test"),
      routed("dora", "mailLocalAddress: twice@example.test", "mailHost: two.test"),
      routed("emil", "mailLocalAddress: plain@example.test"),
    ].join("\n"),
  });
  house = await openHouse();
  await house.add("office", slapd, { routes: ["Example.test"], filter: "(&(uid={login})(objectClass=nothing))" });
});
afterAll(async () => {
  await house.close();
  await slapd.close();
});

test("an entry names another address, or another server", async () => {
  const { databases } = house;
  expect(databases.covers("example.test")).toBe(true);
  expect(databases.covers("other.test")).toBe(false);
  expect(await databases.find("boss@example.test")).toEqual({ address: "anna@elsewhere.test" });
  expect(await databases.find("branch@example.test")).toEqual({ host: "mx.branch.test" });
  expect(await databases.find("plain@example.test")).toBeUndefined();
  expect(await databases.find("nobody@example.test")).toBeUndefined();
});

test("what a stranger writes is a value, never a filter", async () => {
  expect(await house.databases.find("*@example.test")).toBeUndefined();
  expect(await house.databases.find("x)(mail=*@example.test")).toBeUndefined();
  expect(filterForAddress("(mail={address})", "a*(b)\\@x")).toBe("(mail=a\\2a\\28b\\29\\5c@x)");
});

test("two entries with one address say nothing, and neither does a directory that is away", async () => {
  await expect(house.databases.find("twice@example.test")).rejects.toMatchObject({ kind: "temporary" });
  await slapd.stop();
  await expect(house.databases.find("boss@example.test")).rejects.toMatchObject({ kind: "temporary" });
  await slapd.start();
});

test("one that is switched off is not asked", async () => {
  let changes = 0;
  house.databases.onChange(() => changes++);
  await house.set("office", { enabled: false });
  expect(house.databases.covers("example.test")).toBe(false);
  expect(changes).toBe(1);
});

test.each([
  [{ mailHost: "mx.test:25" }, { host: "mx.test:25" }],
  [{ mailHost: "mx.test; rm" }, undefined],
  [{ mailRoutingAddress: "nonsense" }, undefined],
  [{ mailRoutingAddress: "a@b.test\r\nRCPT TO:<x@y.test>" }, undefined],
])("an entry with %j is %j", (values: Record<string, string>, expected) => {
  const attributes = new Map(Object.entries(values).map(([name, value]) => [name.toLowerCase(), [value]]));
  expect(routeOf({ dn: PEOPLE, attributes })).toEqual(expected);
});
