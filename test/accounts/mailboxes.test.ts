/** Mailboxes, their own names and passwords, sharing, mail groups; and every kind of address. */
import { expect } from "bun:test";
import { PASSWORD } from "../harness.ts";
import { deliver, folder, imap, pop3, program, subjects, submit, web } from "./clients.ts";
import { fieldOf, type Scene, save, walking } from "./walk.ts";

const walk = walking();
const OWN = "seven-grey-herons-wait";

/** What a stranger hears who writes to an address. */
const writes = (scene: Scene, address: string, subject = address) =>
  deliver(scene.town, { to: scene.named(address), subject: scene.named(subject) });

/** Lets ben read anna's mailbox. */
const share = ({ town, mailbox, ben }: Scene) =>
  town.done(`PUT /mailboxes/${mailbox}/shares/${ben}`, { rights: "read" });

/** The names of all folders that somebody's program shows. */
const listed = async ({ town }: Scene, login: string) => {
  const client = await program(town, login);
  const names = (await client.list()).map(({ path }) => path);
  await client.logout();
  return names;
};

walk("Mailboxes", {
  further: {
    async change(scene) {
      const field = await scene.field();
      await field.fill(scene.anna);
      await fieldOf(scene.page, "Address").fill(scene.named("more-anna@example.org"));
      await save(field);
    },
    async effect(scene) {
      expect(await writes(scene, "more-anna@example.org")).toMatch(/^250/);
      expect(await subjects(scene.town, scene.anna)).toEqual([]);
      expect((await scene.town.read(scene.anna, "/mail")).text).toContain(scene.named("more-anna@example.org"));
    },
  },
  description: {
    async before(scene) {
      await scene.user("ben");
      await share(scene);
    },
    change: (scene) => scene.type(scene.named("For the office")),
    async effect(scene) {
      expect((await scene.town.read(scene.ben, "/mail")).text).toContain(scene.named("For the office"));
    },
  },
  ownLogin: {
    change: (scene) => scene.type(scene.named("the-anna")),
    async effect(scene) {
      const { town, mailbox } = scene;
      await town.done(`PUT /mailboxes/${mailbox}/password`, { password: OWN });
      await writes(scene, "anna@example.org", "In the mailbox");
      expect((await folder(town, scene.named("the-anna"), "INBOX", OWN)).join()).toContain("In the mailbox");
      const letter = { from: scene.address, to: scene.address };
      expect(await submit(town, scene.named("the-anna"), letter, OWN)).toMatch(/^250/);
      expect(await web(town, scene.named("the-anna"), OWN)).toContain("for mail programs only");
    },
  },
  ownPasswordOf: {
    before: (scene) => scene.town.done(`PATCH /mailboxes/${scene.mailbox}`, { login: scene.named("the-anna") }),
    change: (scene) => scene.type(OWN),
    async effect(scene) {
      const own = scene.named("the-anna");
      expect([await imap(scene.town, own, OWN), await pop3(scene.town, own, OWN)]).toEqual(["ok", "ok"]);
      expect(await imap(scene.town, own, PASSWORD)).not.toBe("ok");
      expect(await imap(scene.town, scene.anna, OWN)).not.toBe("ok");
    },
  },
  sharing: {
    async change(scene) {
      const field = await scene.field();
      await field.fill(scene.ben);
      await fieldOf(scene.page, "Read").check();
      await save(field);
    },
    async effect(scene) {
      await writes(scene, "anna@example.org", "For both");
      const page = await scene.town.visit(scene.ben);
      await page
        .getByRole("link", { name: /^(INBOX|Inbox)/ })
        .last()
        .click();
      await page.getByText("For both").first().waitFor();
      const shared = `Other Users/${scene.named("anna@example.org")}/INBOX`;
      expect((await folder(scene.town, scene.ben, shared)).join()).toContain("For both");
    },
  },
  folderSharing: {
    async change(scene) {
      const field = await scene.field();
      await field.fill(scene.ben);
      await fieldOf(scene.page, "Folder").selectOption("Sent");
      await save(field);
    },
    async effect(scene) {
      const names = await listed(scene, scene.ben);
      const anna = `Other Users/${scene.named("anna@example.org")}/`;
      expect(names.filter((name) => name.startsWith(anna))).toEqual([`${anna}Sent`]);
    },
  },
  ownReadMarks: {
    before: async (scene) => {
      await scene.user("ben");
      await scene.town.done(`PUT /mailboxes/${scene.mailbox}/shares/${scene.ben}`, { rights: "write" });
    },
    change: (scene) => scene.tick(),
    async effect(scene) {
      await writes(scene, "anna@example.org", "Read by one");
      const client = await program(scene.town, scene.ben);
      await client.mailboxOpen(`Other Users/${scene.named("anna@example.org")}/INBOX`);
      await client.messageFlagsAdd("1:*", ["\\Seen"]);
      expect(await client.search({ seen: false })).toEqual([]);
      await client.logout();
      const owner = await program(scene.town, scene.anna);
      await owner.mailboxOpen("INBOX");
      expect(await owner.search({ seen: true })).toEqual([]);
      await owner.logout();
    },
  },
  group: {
    before: (scene) =>
      scene.town.done(`PATCH /mail-groups/${scene.named("office")}`, { quota: { messages: 0, whenFull: "refuse" } }),
    without: async (scene) => expect(await writes(scene, "anna@example.org")).toMatch(/^250/),
    change: (scene) => scene.choose(scene.named("office")),
    effect: async (scene) => expect(await writes(scene, "anna@example.org")).toMatch(/^552 5\.2\.2/),
  },
  groupLimits: {
    before: (scene) => scene.town.done(`PATCH /mailboxes/${scene.mailbox}`, { group: scene.named("office") }),
    change: (scene) => scene.type("2"),
    async effect(scene) {
      for (const reply of [/^250/, /^250/, /^452 4\.2\.2/])
        expect(await writes(scene, "anna@example.org")).toMatch(reply);
    },
  },
});

/** Adds the address of the row in the page's form. */
async function added(scene: Scene, address: string, more: (scene: Scene) => Promise<unknown> = async () => {}) {
  await scene.page.goto(scene.named(scene.row.page.at));
  const field = fieldOf(scene.page, "Address");
  await field.fill(scene.named(address));
  await more(scene);
  await save(field);
}

const setting = (name: string, value: unknown) => (scene: Scene) =>
  scene.town.done("PATCH /settings", { values: { [`directory.${name}`]: value } });

walk("Addresses", {
  alias: {
    without: async (scene) => expect(await writes(scene, "sales-anna@example.org")).toMatch(/^550/),
    change: (scene) => added(scene, "sales-anna@example.org"),
    async effect(scene) {
      const address = scene.named("sales-anna@example.org");
      expect(await writes(scene, address)).toMatch(/^250/);
      expect(await imap(scene.town, address)).toBe("ok");
      expect(await submit(scene.town, scene.anna, { from: address, to: address })).toMatch(/^250/);
      expect(
        await submit(scene.town, scene.anna, { from: scene.named("other-anna@example.org"), to: address }),
      ).toMatch(/^5/);
    },
  },
  returnAddress: {
    change: (scene) => added(scene, "first-anna@example.org", (one) => fieldOf(one.page, one.row.page.field).check()),
    async effect(scene) {
      const page = await scene.town.visit(scene.anna);
      await page.goto("/mail/compose");
      expect(await page.locator("[name=from]").inputValue()).toBe(scene.named("first-anna@example.org"));
    },
  },
  severalMailboxes: {
    change: (scene) => added(scene, "ben@example.org"),
    async effect(scene) {
      await writes(scene, "ben@example.org", "For two");
      expect(await subjects(scene.town, scene.anna)).toEqual(["For two"]);
      expect(await subjects(scene.town, scene.ben)).toEqual(["For two"]);
    },
  },
  details: {
    without: async (scene) => expect(await writes(scene, "anna+shop@example.org")).toMatch(/^250/),
    change: (scene) => scene.type("-"),
    async effect(scene) {
      expect(await writes(scene, "anna+shop@example.org")).toMatch(/^550/);
      expect(await writes(scene, "anna-shop@example.org")).toMatch(/^250/);
      expect((await subjects(scene.town, scene.anna)).length).toBe(2);
    },
    after: setting("subaddressSeparator", "+"),
  },
  wildcard: {
    change: (scene) => added(scene, "shop-anna-*@example.org"),
    async effect(scene) {
      expect(await writes(scene, "shop-anna-books@example.org")).toMatch(/^250/);
      expect(await writes(scene, "shops-anna@example.org")).toMatch(/^550/);
      expect(await subjects(scene.town, scene.anna)).toEqual([scene.named("shop-anna-books@example.org")]);
    },
  },
  temporary: {
    change: (scene) =>
      added(scene, "fair-anna@example.org", (one) => fieldOf(one.page, one.row.page.field).fill("2099-01-31")),
    async effect(scene) {
      expect(await writes(scene, "fair-anna@example.org")).toMatch(/^250/);
      await scene.town.meanwhile(({ store }) => {
        store.client.run("UPDATE addresses SET expires_at = ? WHERE mailbox_id = ? AND expires_at IS NOT NULL", [
          ...[Date.now() - 1, scene.mailbox],
        ]);
      });
      expect(await writes(scene, "fair-anna@example.org")).toMatch(/^550/);
    },
  },
  handedOut: {
    async without(scene) {
      expect(await writes(scene, "anna$E20990131@example.org")).toMatch(/^250/);
      expect(await writes(scene, "anna$E20200131@example.org")).toMatch(/^550/);
    },
    change: (scene) => scene.tick(false),
    effect: async (scene) => expect(await writes(scene, "anna$E20990131@example.org")).toMatch(/^550/),
    after: setting("temporaryAddresses", true),
  },
  domainAlias: {
    without: async (scene) => expect(await writes(scene, "anna@also-firm.example")).not.toMatch(/^250/),
    change: (scene) => scene.type(scene.named("also-firm.example")),
    async effect(scene) {
      expect(await writes(scene, "anna@also-firm.example", "By the other name")).toMatch(/^250/);
      expect(await subjects(scene.town, scene.anna)).toEqual(["By the other name"]);
    },
  },
  catchAll: {
    without: async (scene) => expect(await writes(scene, "whoever@firm.example")).toMatch(/^550/),
    async change(scene) {
      const field = await scene.field();
      await field.check();
      await fieldOf(scene.page, "That mailbox").fill(scene.anna);
      await save(field);
    },
    async effect(scene) {
      expect(await writes(scene, "whoever@firm.example")).toMatch(/^250/);
      expect(await subjects(scene.town, scene.anna)).toEqual([scene.named("whoever@firm.example")]);
    },
  },
});
