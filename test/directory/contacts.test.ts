/** Contacts, and the addresses that are completed while somebody types. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { ContactCard } from "../../src/directory/contact.ts";
import type { Book } from "../../src/directory/contacts.ts";
import { directoryEntrySchema } from "../../src/directory/user.ts";
import { processorMs } from "../timing.ts";
import { type Opened, openDirectory } from "./open.ts";

let house: Opened;
let ann: number;
const NOW = Date.parse("2026-11-22T12:00:00Z");
const DAY = 86_400_000;

beforeEach(async () => {
  house = openDirectory();
  await house.directory.domains.create({ name: "home.example" });
  ann = (await house.directory.users.create({ login: "ann", fullName: "Ann Example" })).id;
});
afterEach(() => house.close());

const add = (book: Book, card: Partial<ContactCard>) =>
  house.store.commit((tx) => house.directory.contacts.createWithin(tx, book, card, NOW));
const writeTo = (userId: number, address: string, name = "", at = NOW) =>
  house.store.commit((tx) => house.directory.contacts.rememberWithin(tx, userId, [{ address, name }], at));
const mail = (address: string) => ({ mails: [{ kind: "other" as const, address }] });
const complete = (typed: string, userId: number | undefined = ann) =>
  house.directory.completion.complete(userId, typed, NOW).map(({ name, address }) => `${name} <${address}>`);

describe("contacts", () => {
  test("are known by each of their addresses, as these are now, to whose book it is", async () => {
    const { contacts } = house.directory;
    const two = ["Zoe@Pipes.example", "zoe@home.example"].map((address) => ({ kind: "other" as const, address }));
    const shared = await add("shared", { fullName: "Zoe", mails: two });
    const own = await add(ann, { fullName: "Aunt", ...mail("aunt@village.example") });
    const known = (...addresses: string[]) => addresses.map((address) => contacts.knows(ann, address));
    expect(known("zoe@pipes.example", "zoe@home.example", "aunt@village.example", "zoe@pipes")).toEqual([
      ...[true, true, true, false],
    ]);
    expect(contacts.knows(ann + 1, "aunt@village.example")).toBe(false);
    await house.store.commit((tx) => contacts.updateWithin(tx, shared.id, mail("zoe@new.example"), NOW));
    await house.store.commit((tx) => contacts.removeWithin(tx, own.id, NOW));
    expect(known("zoe@pipes.example", "zoe@new.example", "aunt@village.example")).toEqual([false, true, false]);
  });

  test("are listed by name, each book for itself", async () => {
    await add("shared", { fullName: "Zoe Plumber", ...mail("zoe@pipes.example") });
    await add("shared", { givenName: "Émile", familyName: "Baker" });
    await add(ann, { organisation: "Aunt Co" });
    const { contacts } = house.directory;
    expect(contacts.list("shared").contacts.map(({ name }) => name)).toEqual(["Émile Baker", "Zoe Plumber"]);
    expect(contacts.list(ann)).toMatchObject({ total: 1, contacts: [{ name: "Aunt Co", ownerId: ann }] });
    expect(contacts.list("shared", { search: "emil bak" }).total).toBe(1);
    expect(contacts.list("shared", { search: "zoe@pi" }).total).toBe(1);
    expect(contacts.list("shared", { search: "pipe%" }).total).toBe(1);
    expect(contacts.list("shared", { search: "ipes" }).total).toBe(0);
  });

  test("keep what a change leaves out", async () => {
    const { id } = await add("shared", { fullName: "Zoe", notes: "two\nlines", ...mail("zoe@pipes.example") });
    const after = await house.store.commit((tx) =>
      house.directory.contacts.updateWithin(tx, id, { fullName: "Zoe Plumber" }, NOW + 1),
    );
    expect(after.card).toMatchObject({ fullName: "Zoe Plumber", notes: "two\nlines" });
    expect(after.card.mails).toHaveLength(1);
    expect(after.updatedAt).toBe(NOW + 1);
  });

  test("need a name, and take no address that is none", async () => {
    expect(add("shared", { notes: "who?" })).rejects.toMatchObject({ kind: "invalid" });
    expect(add("shared", mail("zoe@@pipes"))).rejects.toMatchObject({ kind: "invalid" });
    expect(add("shared", { fullName: "two\nlines" })).rejects.toMatchObject({ kind: "invalid" });
  });

  test("leave their number behind when they go, so that copies learn of it", async () => {
    const first = await add("shared", { fullName: "Zoe", ...mail("zoe@pipes.example") });
    const { contacts } = house.directory;
    await house.store.commit((tx) => contacts.removeWithin(tx, first.id, NOW));
    const second = await add("shared", { fullName: "Yan" });
    expect(second.sequence).toBe(first.sequence + 2);
    expect(contacts.byId(first.id)).toBeUndefined();
    expect(contacts.list("shared").total).toBe(1);
    const row = house.store.client.query("SELECT uid, search_text, card FROM contacts WHERE removed = 1").get();
    expect(row).toMatchObject({ uid: first.uid, search_text: "" });
    expect(JSON.stringify(row)).not.toContain("pipes");
    expect(complete("zoe")).toEqual([]);
  });

  test("go with their owner", async () => {
    await house.directory.users.create({ login: "bob" });
    const { id } = house.directory.users.require("bob");
    await add(id, { fullName: "Bob's aunt" });
    await writeTo(id, "aunt@else.example");
    await house.directory.users.remove("bob");
    expect(house.store.client.query("SELECT count(*) AS n FROM contacts").get()).toEqual({ n: 0 });
    expect(house.store.client.query("SELECT count(*) AS n FROM correspondents").get()).toEqual({ n: 0 });
  });
});

test("of duplicates without end the first are told, as many as can be merged at a time", async () => {
  const made: number[] = [];
  for (let n = 0; n < 30; n++) made.push((await add("shared", { fullName: "Info", ...mail(`${n}@far.example`) })).id);
  const sets = house.directory.contacts.duplicates("shared");
  expect(sets.map((set) => set.map(({ id }) => id))).toEqual([made.slice(0, 20)]);
});

describe("completion", () => {
  test("knows own and shared contacts and users here, by any word of the name and by address", async () => {
    await house.directory.users.create({ login: "mara", fullName: "Mara Müller" });
    await add("shared", { fullName: "Muller Pipes", ...mail("office@pipes.example") });
    await add(ann, { fullName: "Aunt Müller", ...mail("aunt@else.example") });
    expect(complete("müll")).toEqual([
      "Muller Pipes <office@pipes.example>",
      "Aunt Müller <aunt@else.example>",
      "Mara Müller <mara@home.example>",
    ]);
    expect(complete("mar")).toEqual(["Mara Müller <mara@home.example>"]);
    expect(complete("mara@ho")).toEqual(["Mara Müller <mara@home.example>"]);
    expect(complete("mara@else")).toEqual([]);
    expect(complete("office@")).toEqual(["Muller Pipes <office@pipes.example>"]);
    expect(complete("mül aun")).toEqual(["Aunt Müller <aunt@else.example>"]);
    expect(complete("%")).toEqual([]);
    expect(complete("  ")).toEqual([]);
  });

  test("offers of a contact the address that was begun, and by its name all of them", async () => {
    const mails = [
      { kind: "work" as const, address: "zoe@pipes.example" },
      { kind: "home" as const, address: "private@zoe.example" },
    ];
    await add("shared", { fullName: "Zoe Plumber", mails });
    expect(complete("plum")).toHaveLength(2);
    expect(complete("private@")).toEqual(["Zoe Plumber <private@zoe.example>"]);
  });

  test("puts those first whom the writer writes to, the more often and the later the sooner", async () => {
    await add("shared", { fullName: "Paul A", ...mail("a@else.example") });
    await add("shared", { fullName: "Paul B", ...mail("b@else.example") });
    await add("shared", { fullName: "Paul C", ...mail("c@else.example") });
    await writeTo(ann, "C@else.example", "paul c");
    await writeTo(ann, "b@else.example", "", NOW - 300 * DAY);
    await writeTo(ann, "b@else.example", "", NOW - 300 * DAY);
    await writeTo(ann, "paul@new.example", "Paul D");
    await writeTo(ann, "paul@new.example");
    expect(complete("paul")).toEqual([
      "Paul D <paul@new.example>",
      "Paul C <c@else.example>",
      "Paul B <b@else.example>",
      "Paul A <a@else.example>",
    ]);
    const bob = await house.directory.users.create({ login: "bob" });
    expect(complete("paul", bob.id)[0]).toBe("Paul A <a@else.example>");
    expect(await house.store.commit((tx) => house.directory.contacts.forgetWithin(tx, ann, "PAUL@new.example"))).toBe(
      true,
    );
    expect(complete("paul")).not.toContain("Paul D <paul@new.example>");
  });

  test("tells nothing of unlisted and disabled users, of further addresses, and of others' contacts", async () => {
    const bob = await house.directory.users.create({ login: "bob", fullName: "Bob Hidden" });
    await house.directory.users.update("bob", { entry: directoryEntrySchema.parse({ listed: false }) });
    await house.directory.users.create({ login: "gone", fullName: "Bobby Gone", enabled: false });
    await house.directory.users.create({ login: "mara", fullName: "Mara", addresses: ["mara@home.example"] });
    const mara = house.directory.users.require("mara").primaryMailbox;
    await house.directory.aliases.add("secret@home.example", mara);
    await add(bob.id, { fullName: "Bob's aunt", ...mail("aunt@else.example") });
    await writeTo(bob.id, "boss@else.example", "Boss");
    for (const typed of ["bob", "gone", "secret", "aunt", "bos"]) expect(complete(typed)).toEqual([]);
    expect(complete("bos", undefined)).toEqual([]);
  });

  test("uses the names of the entry where there is no full name", async () => {
    await house.directory.users.create({
      login: "nick",
      entry: directoryEntrySchema.parse({ givenName: "Nikolaus", familyName: "Ford" }),
    });
    expect(complete("ford")).toEqual(["Nikolaus Ford <nick@home.example>"]);
  });

  test("remembers at most 2,000 people", async () => {
    await house.store.commit((tx) => {
      const people = Array.from({ length: 2_001 }, (_, at) => ({ address: `p${at}@else.example`, name: "" }));
      for (const [at, person] of people.entries()) {
        house.directory.contacts.rememberWithin(tx, ann, [person], NOW + at);
      }
    });
    expect(house.store.client.query("SELECT count(*) AS n FROM correspondents").get()).toEqual({ n: 2_000 });
    expect(complete("p0@")).toEqual([]);
    expect(complete("p2000@")).toHaveLength(1);
  });

  test("answers within 20 ms among thousands of users and contacts", async () => {
    const names = ["Anna", "Bert", "Carla", "Dora", "Emil", "Frida", "Gustav", "Hanna"];
    await house.store.commit((tx) => {
      for (let at = 0; at < 3_000; at++) {
        const fullName = `${names[at % names.length]} Person${at}`;
        house.directory.users.createWithin(tx, { login: `u${at}`, fullName });
        const address = `c${at}@else.example`;
        house.directory.contacts.createWithin(tx, "shared", { fullName: `${fullName} Contact`, ...mail(address) }, NOW);
      }
      for (let at = 0; at < 2_000; at++) {
        const person = { address: `c${at}@else.example`, name: "Somebody" };
        house.directory.contacts.rememberWithin(tx, ann, [person], NOW);
      }
    });
    complete("x");
    for (const typed of ["a", "u", "c", "anna person1", "person2999", "u2999@home", "nobody"]) {
      const best = Math.min(
        ...[1, 2, 3].map(() => {
          const begun = processorMs();
          complete(typed);
          return processorMs() - begun;
        }),
      );
      expect(best).toBeLessThan(10);
    }
    expect(complete("person2999")).toHaveLength(2);
  }, 60_000);
});
