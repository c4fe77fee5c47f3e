/** Making accounts: from nothing, from a template, like another one; and several administrators, of everything or of some domains. */
import { expect } from "bun:test";
import type { Page } from "playwright-core";
import { folder, imap, submit, web } from "./clients.ts";
import { press, type Scene, walking } from "./walk.ts";

const NEW = "seven-grey-herons-wait";

const carla = (scene: Scene) => scene.named("carla");

/** Fills the page for a new user, and makes him. */
async function made(scene: Scene, more: (page: Page) => Promise<unknown> = () => Promise.resolve()): Promise<void> {
  const { page } = scene;
  await page.goto(scene.named(scene.row.page.at));
  expect(await page.getByLabel(scene.row.page.field, { exact: true }).count()).toBe(1);
  await page.getByLabel("Full name").fill("Carla Berg");
  await page.getByLabel("Login name").fill(carla(scene));
  // The address follows the login name.
  await page.locator(`[name=address][value="${scene.named("carla@example.org")}"]`).waitFor();
  await page.getByRole("textbox", { name: "Password", exact: true }).fill(NEW);
  await page.getByLabel("Must be changed at the first sign-in").setChecked(false);
  await more(page);
  await page.getByRole("button", { name: "Create user" }).click();
  await page.getByRole("heading", { name: "Carla Berg was created" }).waitFor();
}

const OUTSIDE = "somebody@elsewhere.example";

/** What carla's program hears who writes to another domain. */
const beyond = (scene: Scene) =>
  submit(scene.town, carla(scene), { from: scene.named("carla@example.org"), to: OUTSIDE }, NEW);

walking()("New accounts", {
  wizard: {
    change: (scene) => made(scene, (page) => page.getByLabel("Put a welcome message into the mailbox").check()),
    async effect(scene) {
      const [welcome] = await folder(scene.town, carla(scene), "INBOX", NEW);
      expect(welcome).toMatch(/^Subject: Welcome, Carla Berg\r$/m);
      for (const name of ["Sent", "Drafts", "Trash", "Archive"])
        expect(await folder(scene.town, carla(scene), name, NEW)).toEqual([]);
      expect(await web(scene.town, carla(scene), NEW)).toBe("/mail");
      expect(await beyond(scene)).toMatch(/^250/);
    },
  },
  template: {
    async change(scene) {
      await scene.page.goto(scene.named(scene.row.page.at));
      await scene.page.getByLabel(scene.row.page.field, { exact: true }).fill(carla(scene));
      await press(scene.page.getByRole("button", { name: "Create template" }));
    },
    async effect(scene) {
      expect(await imap(scene.town, carla(scene), NEW)).not.toBe("ok");
      await scene.page.goto("/admin/users/new");
      expect(await scene.page.locator(`#template option[value="${carla(scene)}"]`).count()).toBe(1);
    },
  },
  fromTemplate: {
    before: (scene) => scene.town.done("POST /users", staff(scene)),
    change: (scene) => made(scene),
    async effect(scene) {
      expect(await imap(scene.town, carla(scene), NEW)).toBe("ok");
      expect(await beyond(scene)).toMatch(/^550 5\.7\.1/);
      expect(await web(scene.town, carla(scene), NEW)).not.toBe("/mail");
    },
  },
  copy: {
    before: ({ town, anna }) => town.done(`PATCH /users/${anna}`, { grant: ["web.forwarding"], homePageFolder: anna }),
    change: (scene) => made(scene),
    async effect(scene) {
      const page = await scene.town.visit(carla(scene), NEW);
      await page.goto("/mail/options");
      await page.getByRole("link", { name: "Forwarding" }).first().waitFor();
      expect(await scene.town.done(`GET /users/${carla(scene)}`)).toMatchObject({ homePageFolder: null });
    },
  },
  administrator: {
    change: (scene) => made(scene, (page) => page.getByLabel("Yes, of everything").check()),
    async effect(scene) {
      const page = await scene.town.visit(carla(scene), NEW);
      expect((await page.goto("/admin/settings/web"))?.status()).toBe(200);
      await page.goto(`/admin/audit?q=${carla(scene)}`);
      await page.getByText(carla(scene)).first().waitFor();
    },
  },
  delegate: {
    before: (scene) => scene.user("ben", { addresses: [scene.named("ben@firm.example")] }),
    async change(scene) {
      const { page } = scene;
      await page.goto(scene.named(scene.row.page.at));
      const choice = page.getByLabel(scene.row.page.field, { exact: true });
      await choice.check();
      await page.getByLabel(scene.named("firm.example"), { exact: true }).check();
      await press(choice.locator("xpath=ancestor::form[1]").getByRole("button", { name: "Save changes" }));
    },
    async effect(scene) {
      const page = await scene.town.visit(scene.anna);
      await page.goto("/admin/users");
      const list = await page.locator("main").textContent();
      expect(list).toContain(scene.ben);
      expect(list).not.toContain("admin@");
      expect((await page.goto("/admin/users/admin"))?.status()).toBe(403);
      expect((await page.goto("/admin/settings/web"))?.status()).toBe(403);
      await page.goto(`/admin/users/${scene.ben}/permissions`);
      expect(await page.locator('[name="may.http.proxy"]').isDisabled()).toBe(true);
      await page.goto(`/admin/users/${scene.ben}`);
      const field = page.getByLabel("Full name", { exact: true });
      await field.fill("Looked after");
      await press(field.locator("xpath=ancestor::form[1]").getByRole("button", { name: "Save changes" }));
      expect(await scene.town.done(`GET /users/${scene.ben}`)).toMatchObject({ fullName: "Looked after" });
    },
  },
});

/** A template whose users neither relay nor use webmail. */
function staff(scene: Scene): object {
  return { login: scene.named("staff"), kind: "template", permissions: [], webmail: false };
}
