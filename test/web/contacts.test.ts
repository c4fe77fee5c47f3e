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

test("contacts come from a file and go into one; who is there already gets what is new; groups find them", async () => {
  const file = (text: string, name: string) => new File([text], name);
  await admin.get(`${AT}/files`);
  const cards = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Yann\r\nEMAIL:yann@far.example\r\nCATEGORIES:Choir\r\nEND:VCARD\r\n";
  const took = await admin.compose(`${AT}/import`, { group: "School" }, [file(cards, "c.vcf")]);
  expect([took.status, took.location]).toEqual([303, AT]);
  await admin.get(`${AT}/files`);
  const table =
    "First Name,E-mail Address,Mobile Phone\r\nYann,yann@far.example,0170 1\r\nXaver,x@far.example,\r\n,,\r\n";
  await admin.compose(`${AT}/import`, { group: "" }, [file(table, "c.csv")]);
  const { contacts } = house.directory.contacts.list("shared");
  expect(contacts.map(({ name }) => name)).toEqual(["Xaver", "Yann"]);
  expect(contacts[1]?.card).toMatchObject({ groups: ["School", "Choir"], phones: [{ number: "0170 1" }] });
  const group = await admin.get(`${AT}?group=choir`);
  expect(group.text).toContain("Yann");
  expect(group.text).not.toContain("Xaver");
  expect((await admin.get(`${AT}/contacts.vcf`)).text).toContain("\r\nCATEGORIES:School,Choir\r\n");
  expect((await admin.get(`${AT}/contacts.csv`)).text).toContain("School;Choir");
  await admin.get(`${AT}/files`);
  const refused = await admin.compose(`${AT}/import`, { group: "" }, [file("nothing", "c.txt")]);
  expect(refused.status).toBe(422);
  expect(refused.text).toContain("There are no contacts in this file.");
});

test("of contacts without end that may be one, as many are offered as can be made one at a time", async () => {
  await house.store.commit((tx) => {
    for (let n = 0; n < 30; n++) house.directory.contacts.createWithin(tx, "shared", { fullName: "Info" }, Date.now());
  });
  const page = await admin.get(`${AT}/duplicates`);
  const id = [...page.text.matchAll(/name="id" value="(\d+)"/g)].map(([, one = ""]) => one);
  expect((await admin.post(`${AT}/merge`, { id })).status).toBe(303);
  expect(house.directory.contacts.list("shared", { search: "info" }).total).toBe(11);
  expect(
    (
      await admin.post(`${AT}/merge`, {
        id: house.directory.contacts.duplicates("shared")[0]?.map((one) => String(one.id)) ?? [],
      })
    ).status,
  ).toBe(303);
});

test("contacts that share an address become one", async () => {
  const make = (fullName: string, address: string, organisation = "") =>
    house.store.commit((tx) => {
      const card = { fullName, organisation, mails: [{ kind: "other" as const, address }] };
      return house.directory.contacts.createWithin(tx, "shared", card, Date.now());
    });
  const first = await make("Wim", "wim@far.example");
  const second = await make("W. Weber", "WIM@far.example", "Webers");
  const page = await admin.get(`${AT}/duplicates`);
  expect(page.text).toContain("W. Weber");
  await admin.post(`${AT}/merge`, { id: [String(first.id), String(second.id)] });
  expect(house.directory.contacts.byId(first.id)).toMatchObject({ name: "Wim", card: { organisation: "Webers" } });
  expect(house.directory.contacts.byId(second.id)).toBeUndefined();
  expect((await admin.get(`${AT}/duplicates`)).text).toContain("Nobody is there twice");
});
