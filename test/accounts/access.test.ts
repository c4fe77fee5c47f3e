/** News, permissions and the guest entry: what each opens, asked of the services that are there and of the rules that the others will ask. */
import { expect } from "bun:test";
import type { Page } from "playwright-core";
import type { Service } from "../../src/auth/services.ts";
import type { Permission } from "../../src/directory/permissions.ts";
import { PASSWORD, run } from "../harness.ts";
import { deliver, folder, imap, pop3, program, submit } from "./clients.ts";
import { fieldOf, type Proof, type Scene, save, walking } from "./walk.ts";

const walk = walking();

/** Whether a group may be read or posted to, as the running server's data say; "guest" where nobody has logged in. */
const news = ({ town }: Scene, login: string, what: "read" | "post", group: string) =>
  town.inside(({ directory }) =>
    directory.permitsNews(login === "guest" ? undefined : directory.users.require(login), what, group),
  );

walk("News", {
  newsRead: {
    without: async (scene) => expect(await news(scene, scene.anna, "read", "local.board")).toBe(true),
    change: (scene) => scene.type("local.*\n!local.board"),
    async effect(scene) {
      expect(await news(scene, scene.anna, "read", "local.chat")).toBe(true);
      expect(await news(scene, scene.anna, "read", "local.board")).toBe(false);
      expect(await news(scene, scene.anna, "post", "local.chat")).toBe(false);
    },
  },
  newsPost: {
    without: async (scene) => expect(await news(scene, scene.anna, "post", "local.chat")).toBe(false),
    change: (scene) => scene.type("local.chat"),
    async effect(scene) {
      expect(await news(scene, scene.anna, "post", "local.chat")).toBe(true);
      expect(await news(scene, scene.anna, "post", "local.news")).toBe(false);
    },
  },
});

/** Two permissions have the same words: each is found by its name, and must be called as the table says. */
async function switched(scene: Scene, on: boolean): Promise<void> {
  const { page, row } = scene;
  await page.goto(scene.named(row.page.at));
  const field = page.locator(`[name="may.${row.id === "guestPermissions" ? "http.proxy" : row.id}"]`);
  expect(await page.getByLabel(row.page.field, { exact: true }).and(field).count()).toBe(1);
  await field.setChecked(on);
  await save(field);
}

const on = (scene: Scene) => switched(scene, true);

/** What `authenticate` says for a service that is not there yet, with what the running server has. */
async function authenticated({ town, anna }: Scene, service: Service): Promise<string> {
  const about = { service, mechanism: "PLAIN", remote: "192.168.1.9", secure: true } as const;
  return await town.inside(async ({ auth }) => {
    const outcome = await auth.authenticate({ ...about, credentials: { login: anna, password: PASSWORD } });
    return outcome.ok ? "ok" : outcome.reason;
  });
}

/** A permission without which services do not open. */
const opening = (...services: Service[]): Proof => {
  const said = (scene: Scene) => Promise.all(services.map((service) => authenticated(scene, service)));
  return {
    without: async (scene) => expect(await said(scene)).toEqual(services.map(() => "permission")),
    change: on,
    effect: async (scene) => expect(await said(scene)).toEqual(services.map(() => "ok")),
  };
};

/** A permission that a service will ask for. */
const asked = (permission: Permission): Proof => {
  const says = ({ town, anna }: Scene) =>
    town.inside(({ directory }) => directory.permits(directory.users.require(anna), permission));
  return {
    without: async (scene) => expect(await says(scene)).toBe(false),
    change: on,
    effect: async (scene) => expect(await says(scene)).toBe(true),
  };
};

/** A permission that opens a page of the own mailbox under Options; `use` does there what it is for. */
const option = (
  at: string,
  use: (scene: Scene, page: Page) => Promise<unknown>,
  before?: (scene: Scene) => Promise<unknown>,
): Proof => {
  const path = ({ mailbox }: Scene) => `/mail/options/mailboxes/${mailbox}${at}`;
  return {
    ...(before !== undefined && { before }),
    async without(scene) {
      expect((await scene.town.read(scene.anna, path(scene))).status).toBe(403);
    },
    change: on,
    async effect(scene) {
      const page = await scene.town.visit(scene.anna);
      expect((await page.goto(path(scene)))?.status()).toBe(200);
      await use(scene, page);
    },
  };
};

/** Fills fields of the page's form, and saves. */
async function filled(page: Page, fields: Readonly<Record<string, string | boolean>>): Promise<void> {
  for (const [label, value] of Object.entries(fields)) {
    const field = fieldOf(page, label);
    if (typeof value === "boolean") await field.setChecked(value);
    else await field.fill(value);
  }
  await save(fieldOf(page, Object.keys(fields)[0] ?? ""));
}

const OWN = "seven-grey-herons-wait";
const OUTSIDE = "somebody@elsewhere.example";

walk("Permissions", {
  "user.autoresponder": option(
    "/reply",
    async (scene, page) => {
      expect(await page.getByLabel("Text", { exact: true }).count()).toBe(0);
      await filled(page, { "Answer my mail": true });
      await submit(scene.town, scene.ben, { from: scene.named("ben@example.org"), to: scene.address });
      expect((await folder(scene.town, scene.ben)).join()).toContain("Written for anna");
    },
    async (scene) => {
      await scene.user("ben");
      await scene.town.done(`PATCH /mailboxes/${scene.mailbox}`, { autoresponder: { text: "Written for anna" } });
    },
  ),
  "ftp.login": opening("ftp"),
  "ftp.homepage": {
    before: ({ town, anna }) => town.done(`PATCH /users/${anna}`, { homePageFolder: "home", ftpDirectory: "ftp" }),
    without: async (scene) => expect(await ftpFolder(scene)).toBe("ftp"),
    change: on,
    effect: async (scene) => expect(await ftpFolder(scene)).toBe("home"),
  },
  "ftp.modify": asked("ftp.modify"),
  "ftp.proxy": opening("ftpproxy"),
  "http.scripts": asked("http.scripts"),
  "http.proxy": opening("proxy", "socks"),
  "smtp.relay": {
    without: async (scene) => expect(await sent(scene, OUTSIDE)).toMatch(/^250/),
    change: (scene) => switched(scene, false),
    async effect(scene) {
      expect(await sent(scene, OUTSIDE)).toMatch(/^550 5\.7\.1/);
      expect(await sent(scene, scene.address)).toMatch(/^250/);
      const { town, anna, address } = scene;
      const said = await run([
        ...["swaks", "--server", "127.0.0.1", "--port", String(town.server.port(587)), "--tls"],
        ...["--auth", "LOGIN", "--auth-user", anna, "--auth-password", PASSWORD, "--from", address, "--to", OUTSIDE],
      ]);
      expect(said.out).toMatch(/235 [\s\S]*RCPT TO:[\s\S]*550 5\.7\.1/);
      const page = await town.visit(anna);
      await page.goto("/mail/compose");
      await page.getByLabel("To", { exact: true }).fill(OUTSIDE);
      await page.getByRole("button", { name: "Send", exact: true }).click();
      await page.getByText("You may not send mail beyond this server.").first().waitFor();
    },
  },
  "web.expiry": option("/expiry", async (scene, page) => {
    await page.getByLabel("Folder").last().selectOption("INBOX");
    await page.getByLabel("After how many days").last().fill("30");
    await save(page.getByLabel("After how many days").last());
    expect(await scene.town.done(`GET /mailboxes/${scene.mailbox}`)).toMatchObject({
      expiry: [{ folder: "INBOX", days: 30 }],
    });
  }),
  "web.password": option(
    "/password",
    async (scene, page) => {
      await filled(page, { Password: OWN });
      expect(await imap(scene.town, scene.named("the-anna"), OWN)).toBe("ok");
      expect(await pop3(scene.town, scene.named("the-anna"), OWN)).toBe("ok");
    },
    (scene) => scene.town.done(`PATCH /mailboxes/${scene.mailbox}`, { login: scene.named("the-anna") }),
  ),
  "web.description": {
    async without({ town, anna, mailbox }) {
      const { status, text } = await town.read(anna, `/mail/options/mailboxes/${mailbox}`);
      expect([status, text.includes('name="description"')]).toEqual([200, false]);
    },
    change: on,
    async effect(scene) {
      const page = await scene.town.visit(scene.anna);
      await page.goto(`/mail/options/mailboxes/${scene.mailbox}`);
      await filled(page, { Description: "Mine alone" });
      expect(await scene.town.done(`GET /mailboxes/${scene.mailbox}`)).toMatchObject({ description: "Mine alone" });
    },
  },
  "web.forwarding": option(
    "/forwarding",
    async (scene, page) => {
      await filled(page, { "To these addresses": scene.named("ben@example.org"), "Forward my mail": true });
      await deliver(scene.town, { to: scene.address, subject: "Sent on" });
      expect((await folder(scene.town, scene.ben)).join()).toContain("Subject: Sent on");
    },
    (scene) => scene.user("ben"),
  ),
  "web.autoresponder": option(
    "/reply",
    async (scene, page) => {
      await filled(page, { Text: "Written by anna", "Answer my mail": true });
      await submit(scene.town, scene.ben, { from: scene.named("ben@example.org"), to: scene.address });
      expect((await folder(scene.town, scene.ben)).join()).toContain("Written by anna");
    },
    (scene) => scene.user("ben"),
  ),
  "web.collection": option("/collection", async (scene, page) => {
    await filled(page, {
      ...{ Server: "imap.far.example", "Login name there": scene.named("anna"), "Password there": OWN },
    });
    expect(await scene.town.done(`GET /mailboxes/${scene.mailbox}/collection`)).toMatchObject({
      accounts: [{ host: "imap.far.example", login: scene.named("anna") }],
    });
  }),
  "web.administrator": {
    async without({ town, anna }) {
      expect((await town.read(anna, "/admin/users")).status).toBe(403);
    },
    change: (scene) => scene.tick(),
    async effect(scene) {
      const page = await scene.town.visit(scene.anna);
      await page.goto("/admin/users/admin");
      await filled(page, { "Full name": scene.named("Changed by anna") });
      expect(await scene.town.done("GET /users/admin")).toMatchObject({ fullName: scene.named("Changed by anna") });
      await (await program(scene.town, scene.anna)).logout();
    },
  },
});

const sent = ({ town, anna, address }: Scene, to: string) => submit(town, anna, { from: address, to });

const ftpFolder = ({ town, anna }: Scene) =>
  town.inside(({ directory }) => directory.ftpFolder(directory.users.require(anna)));

walk("Guest entry", {
  guestPermissions: {
    without: async (scene) => expect(await guestMay(scene)).toBe(false),
    change: on,
    effect: async (scene) => expect(await guestMay(scene)).toBe(true),
    after: ({ town }) => town.done("PATCH /users/guest", { revoke: ["http.proxy"] }),
  },
  guestNews: {
    without: async (scene) => expect(await news(scene, "guest", "read", "local.news")).toBe(false),
    change: (scene) => scene.type("local.news"),
    effect: async (scene) => expect(await news(scene, "guest", "read", "local.news")).toBe(true),
    after: ({ town }) => town.done("PATCH /users/guest", { newsRead: [] }),
  },
});

const guestMay = ({ town }: Scene) => town.inside(({ directory }) => directory.permits(undefined, "http.proxy"));
