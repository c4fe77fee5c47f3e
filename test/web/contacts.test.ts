import { afterAll, beforeAll, expect, test } from "bun:test";
import { Browser, House } from "./house.ts";

let house: House;
let admin: Browser;

beforeAll(async () => {
  house = await House.build();
  admin = new Browser(house.web);
  await admin.login("admin");
});
afterAll(async () => await house.close());

const AT = "/admin/contacts";

test("shared contacts are made, found, changed and removed", async () => {
  expect((await admin.get(AT)).text).toContain("No contacts yet");
  await admin.get(`${AT}/new`);
  const form = { fullName: "Zoe <b>Plumber</b>", organisation: "Pipes", city: "Bonn", notes: "two\r\nlines" };
  const lists = {
    ...{ mail: ["zoe@pipes.example", ""], mailKind: ["home", "work"] },
    ...{ phone: ["+49 228 1", "+49 228 2"], phoneKind: ["mobile", "fax"] },
  };
  const made = await admin.post(`${AT}/new`, { ...form, ...lists });
  expect([made.status, made.location]).toEqual([303, AT]);
  const list = await admin.get(`${AT}?q=plum`);
  expect(list.text).toContain("Zoe &lt;b&gt;Plumber&lt;/b&gt;");
  expect(list.text).toContain("+49 228 1 and 1 more");
  const [contact] = house.directory.contacts.list("shared").contacts;
  expect(contact?.card).toMatchObject({
    ...{ organisation: "Pipes", notes: "two\nlines", mails: [{ kind: "home", address: "zoe@pipes.example" }] },
    postal: [{ kind: "work", city: "Bonn", street: "" }],
  });
  const one = `${AT}/${contact?.id}`;
  expect((await admin.get(one)).text).toContain('value="+49 228 2"');
  await admin.post(one, { ...form, ...lists, fullName: "Zoe P.", phone: "", phoneKind: "work", city: "" });
  expect(house.directory.contacts.list("shared").contacts[0]).toMatchObject({
    name: "Zoe P.",
    card: { phones: [], postal: [] },
  });
  await admin.post(`${one}/remove`, {});
  expect(house.directory.contacts.list("shared").total).toBe(0);
});

test("what is wrong is said, and what was typed stays", async () => {
  await admin.get(`${AT}/new`);
  const page = await admin.post(`${AT}/new`, { fullName: "Zoe", mail: "zoe at pipes", mailKind: "work" });
  expect(page.status).toBe(422);
  expect(page.text).toContain("is not an e-mail address.");
  expect(page.text).toContain('value="zoe at pipes"');
  expect((await admin.post(`${AT}/new`, { notes: "nobody" })).text).toContain("Give a name, an organisation");
  expect((await admin.post(`${AT}/new`, { fullName: "x", owner: "1" })).status).toBe(400);
});

test("others do not get in, and no personal contact is shown here", async () => {
  const ann = new Browser(house.web);
  await ann.login("ann");
  for (const path of [AT, `${AT}/new`, `${AT}/1`]) expect((await ann.get(path)).status).toBe(403);
  await ann.get("/mail/compose");
  expect((await ann.post(`${AT}/new`, { fullName: "x" })).status).toBe(403);
  const { id } = await house.store.commit((tx) =>
    house.directory.contacts.createWithin(tx, house.user("ann").id, { fullName: "Aunt" }, Date.now()),
  );
  expect((await admin.get(`${AT}/${id}`)).status).toBe(404);
  expect((await admin.post(`${AT}/${id}/remove`, {})).status).toBe(404);
  const mine = await house.store.commit((tx) =>
    house.directory.contacts.createWithin(tx, house.user("admin").id, { fullName: "Mine" }, Date.now()),
  );
  expect((await admin.get(`${AT}/${mine.id}`)).status).toBe(404);
});
