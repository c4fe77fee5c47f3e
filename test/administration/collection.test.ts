/** Accounts elsewhere by operations: what owners may, what only managers may, and that no password comes out or goes astray. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  addCollection,
  listAllCollection,
  listCollection,
  lookCollection,
  removeCollection,
  setCollection,
} from "../../src/administration/mail/collection.ts";
import { House } from "./house.ts";

let house: House;
let id: number;

beforeAll(async () => {
  house = await House.build();
  id = house.user("anna").primaryMailbox;
  await house.directory.users.update("anna", { permissions: ["web.collection"] });
});

afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

const anna = () => house.as("anna");
const GOOD = { host: "imap.far.example", login: "anna", secret: "hush-hush", enabled: false } as const;

test("an owner with the permission adds an account, and nobody sees its password again", async () => {
  const { administration } = house;
  const made = await administration.perform(addCollection, anna(), { id, ...GOOD });
  expect(made).toMatchObject({
    label: "anna at imap.far.example",
    hasSecret: true,
    tls: "implicit",
    routing: "mailbox",
  });
  const seen = [await administration.perform(listCollection, anna(), { id }), made];
  await administration.perform(setCollection, anna(), { id, account: made.id, secret: "another-one" });
  expect(JSON.stringify([seen, house.store.client.query("SELECT * FROM audit").all()])).not.toMatch(/hush|another-one/);
});

test.each([
  ["the own network", { local: true }, "notPermitted"],
  ["other mailboxes by header", { routing: "headers" }, "notPermitted"],
  ["any certificate", { verify: false }, "notPermitted"],
  ["somebody who gives tokens", { tokenUrl: "https://inner.example/token" }, "notPermitted"],
  ["no encryption", { tls: "none" }, "invalid"],
  ["a port where no mail lies", { port: 22 }, "invalid"],
] as const)("an owner does not set %s", async (_what, change, kind) => {
  const adding = house.administration.perform(addCollection, anna(), { id, ...GOOD, ...change });
  await expect(adding).rejects.toMatchObject({ kind });
  const { accounts } = await house.administration.perform(listCollection, anna(), { id });
  const [account] = accounts;
  const setting = house.administration.perform(setCollection, anna(), {
    id,
    account: account?.id ?? 0,
    secret: "x",
    ...change,
  });
  await expect(setting).rejects.toMatchObject({ kind });
});

test("a password goes to no server it was not given for", async () => {
  const { accounts } = await house.administration.perform(listCollection, anna(), { id });
  const account = accounts[0]?.id ?? 0;
  for (const change of [{ host: "evil.example" }, { port: 143 }, { host: "evil.example", name: "x" }]) {
    const setting = house.administration.perform(setCollection, anna(), { id, account, ...change });
    await expect(setting).rejects.toMatchObject({ field: "secret" });
  }
});

test("a token goes neither elsewhere nor out in another way, and neither does what the client proves itself with", async () => {
  const { administration } = house;
  const admin = house.as("admin");
  const tokenUrl = "https://login.far.example/token";
  const oauth2 = { auth: "oauth2", clientSecret: "client-hush", tokenUrl } as const;
  const { id: account } = await administration.perform(addCollection, admin, { id, ...GOOD, ...oauth2 });
  const set = (change: object) => administration.perform(setCollection, admin, { id, account, ...change });
  const evil = { tokenUrl: "https://evil.example/token" };
  await expect(set(evil)).rejects.toMatchObject({ field: "secret" });
  await expect(set({ ...evil, secret: "x" })).rejects.toMatchObject({ field: "clientSecret" });
  await expect(set({ tokenUrl: "", secret: "x" })).rejects.toMatchObject({ field: "clientSecret" });
  await expect(set({ auth: "password" })).rejects.toMatchObject({ field: "secret" });
  await expect(set({ protocol: "pop3" })).rejects.toMatchObject({ field: "secret" });
  await set({ ...evil, secret: "x", clientSecret: "y" });
  await administration.perform(removeCollection, admin, { id, account });
});

test("of what a manager has set up, its owner changes the password and the times, and not the server", async () => {
  const { administration } = house;
  const admin = house.as("admin");
  const { id: account } = await administration.perform(addCollection, admin, {
    id,
    ...GOOD,
    host: "10.0.0.1",
    local: true,
  });
  await administration.perform(setCollection, anna(), { id, account, secret: "new", minutes: 5 });
  const moving = administration.perform(setCollection, anna(), { id, account, secret: "new", host: "10.0.0.2" });
  await expect(moving).rejects.toMatchObject({ kind: "notPermitted" });
});

test("whose account it is decides, wherever it is named", async () => {
  const { administration } = house;
  const { accounts } = await administration.perform(listAllCollection, house.as("admin"), {});
  const account = accounts[0]?.id ?? 0;
  const other = house.user("ben").primaryMailbox;
  const ben = house.as("ben");
  const looks = (mailbox: number) => administration.perform(lookCollection, ben, { id: mailbox, account });
  await expect(looks(other)).rejects.toMatchObject({ kind: "notFound" });
  await expect(looks(id)).rejects.toMatchObject({ kind: "notPermitted" });
  const removing = administration.perform(removeCollection, ben, { id: other, account });
  await expect(removing).rejects.toMatchObject({ kind: "notPermitted" });
  const adding = administration.perform(addCollection, ben, { id: other, ...GOOD });
  await expect(adding).rejects.toMatchObject({ kind: "notPermitted" });
});

test("with its mailbox an account goes", async () => {
  const own = await house.directory.mailboxes.create({
    ownerId: house.user("anna").id,
    addresses: ["far@home.example"],
  });
  await house.administration.perform(addCollection, anna(), { id: own.id, ...GOOD });
  await house.directory.mailboxes.remove(own.id);
  const { accounts } = await house.transport.collection.collector();
  while (accounts.list(own.id).length > 0) await new Promise((resolve) => setImmediate(resolve));
});
