/** Finding people and checking their passwords at a real slapd: encryption, fall-back, time-outs, hostile logins. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type DatabasePatch, databaseSchema, PRESETS } from "../../../src/auth/external/database.ts";
import { DirectoryAway } from "../../../src/auth/external/link.ts";
import { People } from "../../../src/auth/external/people.ts";
import { Turns } from "../../../src/turns.ts";
import { BIND_DN, BIND_PASSWORD, group, otherAuthority, PEOPLE, person, type Slapd, startSlapd } from "./slapd.ts";

const ENTRIES = [
  person("anna", "anna's secret", "telephoneNumber: +49 30 1234\no: Example Ltd"),
  person("bruno", "bruno's secret"),
  person("odd", "odd's secret").replaceAll("uid=odd", "uid=odd\\2c name").replaceAll("uid: odd", "uid: odd, name"),
].join("\n");

let first: Slapd;
let second: Slapd;
const opened: People[] = [];

beforeAll(async () => {
  [first, second] = await Promise.all([startSlapd({ entries: ENTRIES }), startSlapd({ entries: ENTRIES })]);
  await first.modify(group("staff", ["anna"]));
});

afterAll(async () => {
  for (const people of opened) people.close();
  await Promise.all([first.close(), second.close()]);
});

const troubles: (string | undefined)[] = [];

function open(patch: DatabasePatch, bindPassword = BIND_PASSWORD, now = Date.now): People {
  const properties = databaseSchema.parse({
    ...PRESETS.openldap,
    ...{ servers: [first.plain], bindDn: BIND_DN, base: PEOPLE, certificate: first.authority, timeoutSeconds: 4 },
    connectSeconds: 1,
    ...patch,
  });
  const people = new People(
    { properties, bindPassword, isLan: () => true, now, onChange: (_server, why) => troubles.push(why) },
    new Turns(),
  );
  opened.push(people);
  return people;
}

/** Why a database could not be asked. */
async function why(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "it could be asked";
  } catch (error) {
    return error instanceof DirectoryAway ? error.why : `a fault: ${error}`;
  }
}

test.each([
  ["STARTTLS", () => ({ servers: [first.plain] })],
  ["TLS from the first octet", () => ({ servers: [first.tls] })],
  ["a fingerprint", () => ({ servers: [first.tls], certificate: "", fingerprints: [first.fingerprint] })],
  ["plaintext to this machine", () => ({ servers: [first.plain], plaintext: "loopback" as const, certificate: "" })],
])("somebody is found and his password checked with %s", async (_way, patch) => {
  const people = open(patch());
  const anna = await people.byLogin("anna");
  expect(anna).toMatchObject({
    ...{ login: "anna", fullName: "Anna Example", mails: ["anna@example.test"], dn: `uid=anna,${PEOPLE}` },
    ...{ groups: ["cn=staff,ou=groups,dc=example,dc=test"], disabled: false },
    entry: { givenName: "Anna", familyName: "Example", phoneWork: "+49 30 1234", organisation: "Example Ltd" },
  });
  if (anna === undefined) throw new Error("nobody was found");
  expect(anna.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(await people.check(anna, "anna's secret")).toBeUndefined();
  expect((await people.check(anna, "wrong"))?.kind).toBe("wrong");
  // After a refusal the same connection serves the next.
  expect(await people.check(anna, "anna's secret")).toBeUndefined();
  expect(await people.byId(anna.id)).toEqual(anna);
  expect(await people.byId(anna.dn)).toEqual(anna);
});

test("a password that is empty is refused without asking, though the server would call it a success", async () => {
  const people = open({});
  const anna = await people.byLogin("anna");
  if (anna === undefined) throw new Error("nobody was found");
  const before = (await first.log()).length;
  expect((await people.check(anna, ""))?.kind).toBe("wrong");
  expect((await first.log()).slice(before)).not.toContain("BIND");
});

test.each(["*", "*)(uid=*", "anna)(|(uid=*", "a*", "(", "\\", "anna\0", "uid=anna", ")(objectClass=*"])(
  "the login %p finds nobody",
  async (login) => {
    expect(await open({}).byLogin(login)).toBeUndefined();
  },
);

test("a login with the syntax of a DN in it is found as it is", async () => {
  const people = open({});
  const odd = await people.byLogin("odd, name");
  expect(odd?.login).toBe("odd, name");
  if (odd !== undefined) expect(await people.check(odd, "odd's secret")).toBeUndefined();
});

test("somebody whose entry is gone is nobody", async () => {
  const people = open({});
  expect(await people.byLogin("nobody")).toBeUndefined();
  expect(await people.byId(`uid=nobody,${PEOPLE}`)).toBeUndefined();
  expect(await people.byId("2d1c3d1e-0000-1000-8000-000000000000")).toBeUndefined();
});

test.each([
  ["another authority", () => ({ certificate: otherAuthority() }), /not trusted/],
  ["the well-known authorities", () => ({ certificate: "" }), /not trusted/],
  ["another fingerprint", () => ({ fingerprints: ["ab".repeat(32)] }), /another fingerprint/],
  ["another name", () => ({ tlsName: "ldap.example.test" }), /not trusted/],
  ["a port that speaks TLS at once", () => ({ servers: [first.tls.replace("ldaps", "ldap")] }), /closed|in time/],
  ["a port that does not", () => ({ servers: [first.plain.replace("ldap", "ldaps")] }), /TLS with/],
  ["a base that is not there", () => ({ base: "ou=nothing,dc=example,dc=test" }), /no entry "ou=nothing/],
  ["a name without an address", () => ({ servers: ["ldap://ldap.invalid"] }), /no address for the name/],
])("with %s the database is away, and says why", async (_what, patch, words) => {
  expect(await why(open(patch()).byLogin("anna"))).toMatch(words);
});

test("a wrong certificate is refused before the bind password is sent", async () => {
  const before = (await first.log()).length;
  await why(open({ certificate: otherAuthority() }).byLogin("anna"));
  expect((await first.log()).slice(before)).not.toContain("BIND");
});

test("a bind password that is refused makes the database away", async () => {
  expect(await why(open({}, "wrong").byLogin("anna"))).toContain(`does not let ${BIND_DN} in`);
});

test("the second server takes over from a dead one, and the first is asked again later", async () => {
  let now = 1_000_000;
  const people = open({ servers: [first.plain, second.plain] }, BIND_PASSWORD, () => now);
  const asked = async (slapd: Slapd) => (await slapd.log()).split("SRCH base").length;
  expect((await people.byLogin("anna"))?.login).toBe("anna");
  await first.stop();
  const before = await asked(second);
  expect((await people.byLogin("bruno"))?.login).toBe("bruno");
  expect(await asked(second)).toBeGreaterThan(before);
  await first.start();
  now += 31_000;
  const again = await asked(first);
  expect((await people.byLogin("anna"))?.login).toBe("anna");
  expect(await asked(first)).toBeGreaterThan(again);
});

test("a server that is silent leaves time for the next", async () => {
  const people = open({ servers: [first.plain, second.plain], timeoutSeconds: 2 });
  await people.byLogin("anna");
  await first.freeze();
  try {
    const began = performance.now();
    expect((await people.byLogin("anna"))?.login).toBe("anna");
    expect(performance.now() - began).toBeLessThan(2_000);
  } finally {
    first.thaw();
  }
});

test("when all servers are silent nobody waits longer than is set, and those behind do not wait at all", async () => {
  const people = open({ timeoutSeconds: 1 });
  await people.byLogin("anna");
  await first.freeze();
  try {
    const began = performance.now();
    expect(await why(people.byLogin("anna"))).toContain("no answer in time");
    expect(performance.now() - began).toBeLessThan(1_800);
    const then = performance.now();
    expect(await why(people.byLogin("bruno"))).toContain("no answer in time");
    expect(performance.now() - then).toBeLessThan(500);
  } finally {
    first.thaw();
  }
});

test("many logins at once share few connections", async () => {
  const people = open({ connections: 2 });
  const connections = async () => (await first.log()).split("ACCEPT").length;
  const before = await connections();
  const found = await Promise.all(Array.from({ length: 60 }, () => people.byLogin("anna")));
  expect(found.every((one) => one?.login === "anna")).toBe(true);
  // One of them is that which reads the log.
  expect((await connections()) - before).toBeLessThanOrEqual(3);
});
