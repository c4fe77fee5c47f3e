/** The tab General, what depends on the domain, and user databases: from the page to IMAP, POP3, submission and the sign-in page. */
import { afterAll, expect } from "bun:test";
import { group, person, type Slapd, startSlapd } from "../auth/external/slapd.ts";
import { DOMAIN, PASSWORD, until } from "../harness.ts";
import { deliver, folder, imap, pop3, program, python, submit, web } from "./clients.ts";
import { press, type Scene, save, walking } from "./walk.ts";

const ANOTHER = "seven-grey-herons-wait";

/** Every service opens, or refuses. */
async function opens({ town }: Scene, login: string, password = PASSWORD): Promise<Record<string, boolean>> {
  const to = { from: `${login.replace(/^h/, "")}@${DOMAIN}`, to: `admin@${DOMAIN}` };
  return {
    imap: (await imap(town, login, password)) === "ok",
    pop3: (await pop3(town, login, password)) === "ok",
    submission: (await submit(town, login, to, password)).startsWith("250"),
    web: (await web(town, login, password)) === "/mail",
  };
}

const ALL = { imap: true, pop3: true, submission: true, web: true };
const NONE = { imap: false, pop3: false, submission: false, web: false };

let slapd: Slapd | undefined;
afterAll(() => slapd?.close());

/** A user database with somebody of each name. */
async function company(scene: Scene, ...names: string[]): Promise<void> {
  slapd ??= await startSlapd({ entries: group("staff", ["cn=nobody"]) });
  await slapd.modify(names.map((name) => person(scene.named(name), ANOTHER)).join("\n"));
  await scene.town.done("POST /user-databases", {
    ...{
      name: scene.named("company"),
      servers: [slapd.plain],
      plaintext: "loopback",
      base: "ou=people,dc=example,dc=test",
    },
    ...{ bindDn: "cn=reader,dc=example,dc=test", bindPassword: "reader's secret" },
  });
}

/** A house has one set of user databases: whoever is asked first counts. */
const forget = (scene: Scene) => scene.town.ask(`DELETE /user-databases/${scene.named("company")}?keepUsers=true`);

walking()("General", {
  login: {
    change: (scene) => scene.type(scene.named("hanna")),
    async effect(scene) {
      expect(await opens(scene, scene.named("hanna"))).toEqual(ALL);
      expect(await opens(scene, scene.anna)).toEqual(NONE);
    },
  },

  fullName: {
    change: (scene) => scene.type("Anna Berg"),
    async effect({ town, anna, address }) {
      await town.sendsAtOnce(anna);
      const page = await town.visit(anna);
      expect(await page.locator("body").textContent()).toContain("Anna Berg");
      await page.goto("/mail/compose");
      await page.getByLabel("To", { exact: true }).fill(address);
      await page.getByLabel("Subject").fill("From me");
      await page.getByRole("button", { name: "Send", exact: true }).click();
      const arrived = () => folder(town, anna);
      const [letter] = await until(
        async () => ((await arrived()).length > 0 ? await arrived() : undefined),
        "a letter",
      );
      expect(letter).toContain(`From: Anna Berg <${address}>`);
    },
  },

  password: {
    bare: true,
    without: async (scene) => expect(await opens(scene, scene.anna, ANOTHER)).toEqual(NONE),
    async change(scene) {
      const field = await scene.field();
      await field.fill(ANOTHER);
      await scene.page.getByLabel("Must be changed at the next sign-in").setChecked(false);
      await save(field);
    },
    effect: async (scene) => expect(await opens(scene, scene.anna, ANOTHER)).toEqual(ALL),
  },

  strength: {
    without: async (scene) => expect((await givenFair(scene)).status).toBe(200),
    change: (scene) => scene.type("4"),
    async effect(scene) {
      expect(await givenFair(scene)).toMatchObject({
        status: 400,
        body: { detail: "This password is too easy to guess." },
      });
      await scene.page.goto(`/admin/users/${scene.anna}`);
      const field = scene.page.getByLabel("New password", { exact: true });
      await field.pressSequentially(FAIR);
      await scene.page.locator(".meter[data-score='3']").waitFor();
      await expect(save(field)).rejects.toThrow("the page says");
    },
    after: (scene) => scene.town.done("PATCH /settings", { values: { "auth.minimumScore": 2 } }),
  },

  mustChange: {
    change: (scene) => scene.tick(),
    async effect(scene) {
      const { town, anna } = scene;
      const said = await python(town, anna);
      expect(said.imap).toMatch(/EXPIRED.*must be changed.*sign in at/);
      expect(said.pop3).toMatch(/\[AUTH\].*must be changed/);
      expect(await submit(town, anna, { from: scene.address, to: scene.address })).toMatch(/^535/);
      expect(await web(town, anna)).toBe("/login/password");
      const page = await town.visit(anna);
      await page.getByLabel("New password", { exact: true }).fill(ANOTHER);
      await page.locator("form:has([name=password]) button[type=submit]").first().click();
      await page.waitForURL(/\/mail/);
      expect(await opens(scene, anna, ANOTHER)).toEqual(ALL);
    },
  },

  enabled: {
    without: async (scene) => expect(await opens(scene, scene.anna)).toEqual(ALL),
    async change(scene) {
      const open = await program(scene.town, scene.anna);
      const ended = new Promise<void>((resolve) => open.on("close", () => resolve()));
      await scene.tick(false);
      await ended;
    },
    async effect(scene) {
      expect(await opens(scene, scene.anna)).toEqual(NONE);
      expect(await deliver(scene.town, { to: scene.address })).toMatch(/^250/);
    },
  },

  ownPassword: {
    async without(scene) {
      const page = await scene.town.visit(scene.anna);
      await changeOwn(scene, page);
      expect(await opens(scene, scene.anna, ANOTHER)).toEqual(ALL);
      await scene.town.done(`PUT /users/${scene.anna}/password`, { password: PASSWORD });
    },
    change: (scene) => scene.tick(false),
    async effect({ town, anna }) {
      const { status, text } = await town.read(anna, "/mail/options/password");
      expect([status, text.includes('name="old"')]).toEqual([200, false]);
      expect(await imap(town, anna)).toBe("ok");
    },
  },

  external: {
    before: (scene) => company(scene, "anna"),
    without: async (scene) => expect(await opens(scene, scene.anna)).toEqual(ALL),
    change: (scene) => scene.choose(scene.named("company")),
    async effect(scene) {
      expect(await opens(scene, scene.anna, ANOTHER)).toEqual(ALL);
      expect(await opens(scene, scene.anna)).toEqual(NONE);
    },
    after: forget,
  },

  import: {
    before: (scene) => company(scene, "carla"),
    async change(scene) {
      const { page } = scene;
      await page.goto(scene.named(scene.row.page.at));
      await page.getByLabel(scene.named("Choose carla")).check();
      await page.getByRole("button", { name: "Create the chosen" }).click();
      await until(
        async () => (await scene.town.ask(`GET /users/${scene.named("carla")}`)).status === 200,
        "the account",
      );
    },
    effect: async (scene) => expect(await opens(scene, scene.named("carla"), ANOTHER)).toEqual(ALL),
    after: forget,
  },

  autoCreate: {
    before: (scene) => company(scene, "carla"),
    without: async (scene) => expect(await opens(scene, scene.named("carla"), ANOTHER)).toEqual(NONE),
    change: (scene) => scene.tick(),
    effect: async (scene) => expect(await opens(scene, scene.named("carla"), ANOTHER)).toEqual(ALL),
    after: forget,
  },

  homePageFolder: {
    change: (scene) => scene.type(scene.named("people/anna")),
    async effect(scene) {
      await scene.town.done(`PATCH /users/${scene.anna}`, { grant: ["ftp.homepage"] });
      expect(await ftpFolder(scene)).toBe(scene.named("people/anna"));
      await expect(scene.type("../../etc")).rejects.toThrow("is a path below the files folder");
    },
  },

  ftpDirectory: {
    without: async (scene) => expect(await ftpFolder(scene)).toBe(""),
    change: (scene) => scene.type(scene.named("ftp/anna")),
    async effect(scene) {
      expect(await ftpFolder(scene)).toBe(scene.named("ftp/anna"));
      await expect(scene.type("/etc")).rejects.toThrow("is a path below the files folder");
    },
  },
});

/** Strong, and not very strong. */
const FAIR = "blue42garden!";

const givenFair = ({ town, anna }: Scene) => town.ask(`PUT /users/${anna}/password`, { password: FAIR });

/** Where the FTP service is to begin, as the running server's data say. */
const ftpFolder = ({ town, anna }: Scene) =>
  town.inside(({ directory }) => directory.ftpFolder(directory.users.require(anna)));

async function changeOwn({ town }: Scene, page: Awaited<ReturnType<typeof town.visit>>): Promise<void> {
  await page.goto("/mail/options/password");
  await page.locator("[name=old]").fill(PASSWORD);
  const field = page.getByLabel("New password", { exact: true });
  await field.fill(ANOTHER);
  await press(field.locator("xpath=ancestor::form[1]").locator("button[type=submit]").first());
}
