/** Mail, account expiry and the directory entry. */
import { expect } from "bun:test";
import { transportSettings } from "../../src/transport/settings.ts";
import { until } from "../harness.ts";
import type { House } from "../house.ts";
import { deliver, folder, imap, pop3, program, python, subjects, submit, web } from "./clients.ts";
import { fieldOf, type Proof, press, type Scene, save, walking } from "./walk.ts";

const walk = walking();
const DAY_MS = 86_400_000;

/** Writes in webmail to oneself; gives the letter as it arrives. */
async function written({ town, anna, address }: Scene): Promise<string> {
  await town.sendsAtOnce(anna);
  const page = await town.visit(anna);
  await page.goto("/mail/compose");
  await page.getByLabel("To", { exact: true }).fill(address);
  await page.getByLabel("Subject").fill("Written in webmail");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  const copy = () => folder(town, anna, "Sent");
  const letters = await until(async () => ((await copy()).length > 0 ? await copy() : undefined), "the copy in Sent");
  return letters.join();
}

walk("Mail", {
  webmail: {
    without: async ({ town, anna }) => expect(await web(town, anna)).toBe("/mail"),
    change: (scene) => scene.tick(false),
    async effect({ town, anna }) {
      expect(await web(town, anna)).toContain("This account may not use webmail.");
      expect(await imap(town, anna)).toBe("ok");
      expect(await pop3(town, anna)).toBe("ok");
    },
  },
  primaryMailbox: {
    async before(scene) {
      const made = { owner: scene.anna, addresses: [scene.named("more-anna@example.org")] };
      const { id } = await scene.town.done<{ id: number }>("POST /mailboxes", made);
      scene.stands("further", id);
    },
    change: (scene) => scene.choose(String(scene.number("further"))),
    async effect(scene) {
      const { town, anna } = scene;
      await deliver(town, { to: scene.named("more-anna@example.org"), subject: "To the further one" });
      await deliver(town, { to: scene.address, subject: "To the first one" });
      expect(await subjects(town, anna)).toEqual(["To the further one"]);
      expect(await written(scene)).toMatch(new RegExp(`^From: .*${scene.named("more-anna@example.org")}`, "m"));
    },
  },
  shared: {
    before: ({ town, mailbox, ben }) => town.done(`PUT /mailboxes/${mailbox}/shares/${ben}`, { rights: "read" }),
    async effect(scene) {
      await scene.page.goto(scene.named(scene.row.page.at));
      const part = scene.page.getByRole("region", { name: scene.row.page.field });
      expect(await part.textContent()).toMatch(new RegExp(`${scene.address}.*${scene.anna}.*Read.*lrs`));
      await deliver(scene.town, { to: scene.address, subject: "For both" });
      expect((await scene.town.read(scene.ben, "/mail")).text).toContain(scene.address);
    },
  },
});

/** Refused everywhere with each protocol's words, while mail arrives. */
async function isOver({ town, anna, address }: Scene): Promise<void> {
  const said = await python(town, anna);
  expect(said.imap).toMatch(/\[EXPIRED\].*has expired/);
  expect(said.pop3).toMatch(/^-ERR .*has expired/);
  expect(await submit(town, anna, { from: address, to: address })).toMatch(/^535/);
  expect(await web(town, anna)).toContain("This account has expired");
  expect(await deliver(town, { to: address })).toMatch(/^250/);
}

/** Today as the field of a form has it. */
function today(): string {
  const now = new Date();
  const two = (part: number) => String(part).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/** So many days pass for an account. */
const days = (scene: Scene, count: number) =>
  scene.town.meanwhile((house: House) => {
    const { id } = house.directory.users.require(scene.anna);
    const columns = ["created_at", "expires_at", "last_login_at", "renewed_at"];
    const moved = columns.map((name) => `${name} = ${name} - ${count * DAY_MS}`).join(", ");
    house.store.client.run(`UPDATE users SET ${moved} WHERE id = ?`, [id]);
  });

const expired = ({ town, anna }: Scene) => town.done(`PATCH /users/${anna}`, { expiresAt: today() });

walk("Account expiry", {
  expiresAt: {
    async change(scene) {
      await days(scene, 2);
      const field = await scene.field();
      await scene.page.getByLabel("Expires on a specific date").check();
      await field.fill("2040-01-31");
      // The days keep in step while the date is edited.
      const counted = Math.round((Date.parse("2040-01-31") - Date.parse(today())) / DAY_MS) + 2;
      expect(await fieldOf(scene.page, "Days after creation").inputValue()).toBe(String(counted));
      await save(field);
    },
    async effect(scene) {
      const open = await program(scene.town, scene.anna);
      const ended = new Promise<void>((resolve) => open.on("close", () => resolve()));
      const field = await scene.field();
      await field.fill(today());
      await save(field);
      await ended;
      await isOver(scene);
    },
  },
  expiresAfterDays: {
    async change(scene) {
      const field = await scene.field();
      await scene.page.getByLabel("Expires on a specific date").check();
      await field.fill("30");
      const date = new Date(await fieldOf(scene.page, "Date").inputValue());
      expect(Math.round((date.getTime() - Date.parse(today())) / DAY_MS)).toBe(30);
      await save(field);
    },
    async effect(scene) {
      await days(scene, 29);
      expect(await imap(scene.town, scene.anna)).toBe("ok");
      await days(scene, 1);
      await isOver(scene);
    },
  },
  expiresAfterIdleDays: {
    async change(scene) {
      await scene.field();
      await scene.page.getByLabel("Expires after not signing in").check();
      await scene.type("90");
    },
    async effect(scene) {
      // Signing in to any service begins the count anew.
      await days(scene, 89);
      expect(await pop3(scene.town, scene.anna)).toBe("ok");
      await days(scene, 91);
      await isOver(scene);
    },
  },
  lastLogin: {
    before: async ({ town, anna }) => expect(await imap(town, anna)).toBe("ok"),
    async effect(scene) {
      await scene.page.goto(scene.named(scene.row.page.at));
      const facts = scene.page.getByRole("region", { name: "As things stand" });
      expect(await facts.textContent()).toMatch(/Last login.*imap from 127\.0\.0\.1/i);
      expect(await facts.locator("input:not([type=hidden])").count()).toBe(0);
    },
  },
  renew: {
    before: expired,
    without: isOver,
    async change(scene) {
      await scene.page.goto(scene.named(scene.row.page.at));
      await press(scene.page.getByRole("button", { name: scene.row.page.field }).first());
    },
    async effect({ town, anna, address }) {
      expect(await imap(town, anna)).toBe("ok");
      expect(await web(town, anna)).toBe("/mail");
      expect(await submit(town, anna, { from: address, to: address })).toMatch(/^250/);
    },
  },
  receive: {
    before: expired,
    without: async ({ town, address }) => expect(await deliver(town, { to: address })).toMatch(/^250/),
    change: (scene) => scene.tick(false),
    effect: async ({ town, address }) => expect(await deliver(town, { to: address })).toMatch(/^550/),
    after: ({ town }) => town.done("PATCH /settings", { values: { "directory.expiredAccountsReceive": true } }),
  },
  warn: {
    async before({ town, anna }) {
      const soon = new Date(Date.now() + 20 * DAY_MS).toISOString().slice(0, 10);
      await town.done(`PATCH /users/${anna}`, { expiresAt: soon });
    },
    async without(scene) {
      await round(scene);
      expect(await subjects(scene.town, scene.anna)).toEqual([]);
    },
    change: (scene) => scene.type("30\n7"),
    async effect(scene) {
      await round(scene);
      expect((await folder(scene.town, scene.anna)).join()).toMatch(/Auto-Submitted: auto-generated[\s\S]*expire/);
    },
    after: ({ town }) => town.done("PATCH /settings", { values: { "accounts.expiryWarnDays": [14, 3] } }),
  },
});

/** The hourly round comes at once. */
const round = ({ town }: Scene) =>
  town.meanwhile(async (house) => {
    await house.store.settings.set(transportSettings, { hostname: "mail.example.test" });
    await house.transport.keepHouse();
  });

/** A property of the entry, as its user sees it. */
const entered = (value: string): Proof => ({
  change: (scene) => scene.type(value),
  async effect({ town, anna }) {
    const { text } = await town.read(anna, "/mail/options/entry");
    expect(text).toContain(value.replace("&", "&amp;"));
  },
});

/** What webmail offers ben who types anna's name. */
async function offered({ town, anna, ben }: Scene): Promise<string> {
  return (await town.read(ben, `/mail/compose/complete?typed=${anna}`)).text;
}

walk("Directory", {
  names: entered("Berg"),
  organisation: entered("Berg & Sons"),
  phones: entered("+49 170 1234567"),
  postal: entered("Bonn"),
  notes: entered("In on Tuesdays"),
  listed: {
    before: (scene) => scene.user("ben"),
    without: async (scene) => expect(await offered(scene)).toContain(scene.address),
    change: (scene) => scene.tick(false),
    effect: async (scene) => expect(await offered(scene)).not.toContain(scene.address),
  },
});
