/** Options: each page is there as the permissions are, each form is refused where it is not, and nothing of a stranger's is reached. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { PERMISSION_NAMES, type Permission } from "../../src/directory/permissions.ts";
import { type Browser, House, htmx, PASSWORD } from "./house.ts";

let house: House;
let ann: Browser;
/** Ann's primary mailbox. */
let own: number;
let at: string;

const OPTIONS = "/mail/options";

beforeEach(async () => {
  house = await House.build();
  own = house.user("ann").primaryMailbox;
  at = `${OPTIONS}/mailboxes/${own}`;
  ann = await house.signIn("ann");
  await ann.get(OPTIONS);
});
afterEach(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

const give = (...permissions: Permission[]) => house.directory.users.update("ann", { permissions });
const mailbox = (id = own) => house.directory.mailboxes.require(id);

type Fields = Record<string, string | string[]>;

/** Every page of a mailbox, the permissions each of which opens it, and a form of it that does something. */
const PAGES: readonly {
  readonly page: string;
  readonly form: string;
  readonly oneOf: readonly Permission[];
  readonly fields: Fields;
  readonly done: () => boolean;
}[] = [
  {
    page: "/forwarding",
    form: "/forwarding",
    oneOf: ["web.forwarding"],
    fields: { enabled: "on", addresses: "bob@home.example\r\nx@else.example", keepCopy: "on", sender: "mailbox" },
    done: () => mailbox().forwarding.enabled && mailbox().forwarding.addresses.length === 2,
  },
  {
    page: "/reply",
    form: "/reply",
    oneOf: ["user.autoresponder", "web.autoresponder"],
    fields: { enabled: "on", startsAt: "2026-12-20", endsAt: "2027-01-06" },
    done: () => mailbox().autoresponder.enabled,
  },
  {
    page: "/reply",
    form: "/reply",
    oneOf: ["web.autoresponder"],
    fields: { subject: "Away", text: "Back soon.", periodDays: "3", doNotRespond: "*@shop.example" },
    done: () => mailbox().autoresponder.text === "Back soon.",
  },
  {
    page: "/expiry",
    form: "/expiry",
    oneOf: ["web.expiry"],
    fields: { folder: ["INBOX", "*", ""], days: ["90", "365", ""], action: ["archive", "delete", "archive"] },
    done: () => mailbox().expiry.rules.length === 2,
  },
  {
    page: "/password",
    form: "/password",
    oneOf: ["web.password"],
    fields: { password: "four unrelated words indeed" },
    done: () => mailbox().hasPassword,
  },
  {
    page: "",
    form: "/description",
    oneOf: ["web.description"],
    fields: { description: "Letters" },
    done: () => mailbox().description === "Letters",
  },
];

describe("the settings of a mailbox", () => {
  test("are there, and are changed, with the permission; without it page and form are refused", async () => {
    await house.directory.mailboxes.update(own, { login: "ann.phone" });
    for (const { page, form, oneOf, fields, done } of PAGES) {
      for (const permission of [undefined, ...PERMISSION_NAMES]) {
        // Whoever administrates may everything; the next test is about him.
        if (permission === "web.administrator") continue;
        await give(...(permission === undefined ? [] : [permission]));
        const may = permission !== undefined && oneOf.includes(permission);
        const where = { page, form, permission, may };
        const opened = page === "/reply" ? permission?.endsWith("autoresponder") === true : may;
        if (page !== "")
          expect({ ...where, status: (await ann.get(at + page)).status }).toEqual({
            ...where,
            status: opened ? 200 : 403,
          });
        else expect((await ann.get(at)).text.includes('name="description"')).toBe(may);
        const overview = (await ann.get(OPTIONS)).text;
        if (page !== "")
          expect({ ...where, link: overview.includes(`${at}${page}"`) }).toEqual({ ...where, link: opened });
        const before = mailbox();
        const sent = await ann.post(at + form, fields);
        expect({ ...where, status: sent.status }).toEqual({ ...where, status: may ? 303 : 403 });
        expect({ ...where, done: done() }).toEqual({ ...where, done: may });
        if (may) {
          const { forwarding, autoresponder, expiry, description } = before;
          await house.directory.mailboxes.update(own, { forwarding, autoresponder, expiry, description });
          await house.auth.setMailboxPassword(own, null);
        } else expect(mailbox()).toEqual(before);
      }
    }
  }, 60_000);

  test("are all open to an administrator, on his own", async () => {
    await house.directory.mailboxes.update(own, { login: "ann.phone" });
    await give("web.administrator");
    await house.directory.users.create({ login: "root", permissions: ["web.administrator"] });
    for (const { page, form, fields, done } of PAGES) {
      expect((await ann.get(at + page)).status).toBe(200);
      expect((await ann.post(at + form, fields)).status).toBe(303);
      expect(done()).toBe(true);
    }
  });

  test("who may switch the reply but not write it sees its text, read-only", async () => {
    const autoresponder = { ...mailbox().autoresponder, subject: "Gone", text: "I am <b>away</b>." };
    await house.directory.mailboxes.update(own, { autoresponder });
    const before = mailbox();
    await give("user.autoresponder");
    const page = (await ann.get(`${at}/reply`)).text;
    expect(page).toContain("I am &lt;b&gt;away&lt;/b&gt;.");
    expect(page).not.toContain("<textarea");
    expect((await ann.post(`${at}/reply`, { enabled: "on", startsAt: "", endsAt: "", text: "Mine" })).status).toBe(403);
    expect(mailbox()).toEqual(before);
    await ann.post(`${at}/reply`, { enabled: "on", startsAt: "2026-12-20", endsAt: "2027-01-06" });
    const { enabled, startsAt, endsAt, text } = mailbox().autoresponder;
    expect([enabled, text]).toEqual([true, autoresponder.text]);
    expect(new Date(startsAt ?? 0).toDateString()).toBe("Sun Dec 20 2026");
    expect(new Date(endsAt ?? 0).toString()).toContain("Jan 06 2027 23:59:59");
    expect((await ann.get(`${at}/reply`)).text).toContain('value="2027-01-06"');
    await give("web.autoresponder");
    expect((await ann.get(`${at}/reply`)).text).toContain("<textarea");
  });

  test("what is wrong is said beside its field, and what was typed stays", async () => {
    await give("web.forwarding", "web.autoresponder", "web.expiry");
    const forward = await ann.post(`${at}/forwarding`, {
      enabled: "on",
      addresses: "not an address",
      sender: "original",
    });
    expect(forward.status).toBe(422);
    expect(forward.text).toContain("not an address");
    expect(forward.text).toContain('id="addresses-error"');
    const foreign = { enabled: "on", addresses: "x@else.example", sender: "bob@home.example" };
    expect((await ann.post(`${at}/forwarding`, foreign)).status).toBe(403);
    const reply = await ann.post(`${at}/reply`, { enabled: "on", startsAt: "2027-02-01", endsAt: "2027-01-01" });
    expect(reply.status).toBe(422);
    expect(reply.text).toContain("ends after it begins");
    const days = await ann.post(`${at}/expiry`, {
      folder: ["INBOX", ""],
      days: ["0", ""],
      action: ["archive", "archive"],
    });
    expect(days.text).toContain("whole number from 1 to 9999");
    const twice = { folder: ["INBOX", "INBOX"], days: ["3", "4"], action: ["archive", "archive"] };
    expect((await ann.post(`${at}/expiry`, twice)).text).toContain("Each folder has one rule");
    expect((await ann.post(`${at}/forwarding`, { ...foreign, ownerId: "1" })).status).toBe(400);
  });

  test("that others set are told where the owner may not change them", async () => {
    const forwarding = { ...mailbox().forwarding, enabled: true, addresses: ["boss@else.example"] };
    await house.directory.mailboxes.update(own, { forwarding });
    expect((await ann.get(at)).text).toContain("Mail is forwarded to boss@else.example");
    await give("web.forwarding");
    expect((await ann.get(at)).text).not.toContain("boss@else.example");
  });

  test("storage shows each folder against the quota", async () => {
    await house.put(house.folderId("ann"), "Subject: x\n\ntext\n");
    await house.directory.mailboxes.update(own, { quota: { ...mailbox().quota, octets: 1_000_000 } });
    const { text } = await ann.get(at);
    expect(text).toContain("of 1.0 MB");
    expect(text).toContain("<meter");
    expect(text).toContain(">Inbox<");
  });
});

describe("sharing", () => {
  test("lets somebody in and out; who is nobody here is said", async () => {
    await ann.get(`${at}/sharing`);
    expect((await ann.post(`${at}/sharing`, { login: "nobody", rights: "read" })).text).toContain(
      "Nobody here signs in",
    );
    expect((await ann.post(`${at}/sharing`, { login: "bob", rights: "read" })).status).toBe(303);
    expect(house.directory.mailboxes.rights(house.user("bob").id, own)).toBe("lrs");
    expect((await ann.get(`${at}/sharing`)).text).toContain("Read");
    const bob = await house.signIn("bob");
    // Whoever was let in reads the mail, and does not let others in.
    expect((await bob.get(`${at}/sharing`)).status).toBe(403);
    await ann.post(`${at}/sharing/remove`, { login: "bob" });
    expect(house.directory.mailboxes.rights(house.user("bob").id, own)).toBe("");
  });
});

describe("a stranger's mailbox", () => {
  test("is refused on every route, the same as one that does not exist, also to administrators", async () => {
    const bob = house.user("bob").primaryMailbox;
    const archived = house.folderId("bob");
    await house.directory.users.create({ login: "root", permissions: ["web.administrator"] });
    for (const permissions of [PERMISSION_NAMES.filter((name) => name !== "web.administrator"), PERMISSION_NAMES]) {
      await give(...permissions);
      for (const id of [bob, 999_999]) {
        const there = `${OPTIONS}/mailboxes/${id}`;
        const before = id === bob ? mailbox(bob) : undefined;
        const gets = ["", "/reply", "/forwarding", "/expiry", "/sharing", "/password", "/archive", "/archive?q=x"];
        const answers = new Set<string>();
        for (const page of gets) {
          const got = await ann.get(there + page);
          expect({ page, status: got.status }).toEqual({ page, status: 403 });
          answers.add(/This mailbox is not yours\./.exec(got.text)?.[0] ?? page);
        }
        expect([...answers]).toEqual(["This mailbox is not yours."]);
        const posts: [string, Fields][] = [
          ...PAGES.map(({ form, fields }): [string, Fields] => [form, fields]),
          ["/password/remove", {}],
          ["/sharing", { login: "ann", rights: "everything" }],
          ["/sharing/remove", { login: "ann" }],
          ["/archive/restore", { folder: String(archived) }],
        ];
        for (const [form, fields] of posts) {
          const sent = await ann.post(there + form, fields);
          expect({ form, status: sent.status }).toEqual({ form, status: 403 });
        }
        if (id === bob) expect(mailbox(bob)).toEqual(before as NonNullable<typeof before>);
      }
    }
  });

  test("an archive is not reached by a folder's number, nor a passkey, session, token or app password by its own", async () => {
    const posts: [string, Fields, number][] = [
      [`${at}/archive/restore`, { folder: String(house.folderId("bob")) }, 404],
      [`${at}/archive/restore`, { message: `${house.folderId("bob")}.1` }, 404],
      [`${OPTIONS}/sessions/close`, { id: "0".repeat(64) }, 404],
      [`${OPTIONS}/app-passwords/revoke`, { id: "1" }, 404],
      [`${OPTIONS}/tokens/revoke`, { id: "1" }, 404],
    ];
    const bob = await house.signIn("bob");
    await bob.get(`${OPTIONS}/app-passwords`);
    await bob.post(`${OPTIONS}/app-passwords`, { name: "Phone", services: "imap" });
    await bob.post(`${OPTIONS}/tokens`, { name: "Script", scopes: "self:read" });
    const session = /name="id" value="([0-9a-f]{64})"/.exec((await bob.get(`${OPTIONS}/sessions`)).text)?.[1] ?? "";
    expect(session).toHaveLength(64);
    posts.push([`${OPTIONS}/sessions/close`, { id: session }, 404]);
    for (const [path, fields, status] of posts) {
      expect({ path, status: (await ann.post(path, fields)).status }).toEqual({ path, status });
    }
    expect((await bob.get(OPTIONS)).status).toBe(200);
    expect((await bob.get(`${OPTIONS}/app-passwords`)).text).toContain("Phone");
  });
});

describe("the password", () => {
  test("is changed where the domain allows it, and the other browsers are signed out", async () => {
    const other = await house.signIn("ann");
    expect((await other.get(OPTIONS)).status).toBe(200);
    await ann.get(`${OPTIONS}/password`);
    const strong = "seven green bottles on a wall";
    expect((await ann.post(`${OPTIONS}/password`, { old: "wrong", password: strong })).text).toContain(
      'id="old-error"',
    );
    expect((await ann.post(`${OPTIONS}/password`, { old: PASSWORD, password: "abc" })).text).toContain(
      'id="password-error"',
    );
    const done = await ann.post(`${OPTIONS}/password`, { username: "ann", old: PASSWORD, password: strong });
    expect([done.status, done.location]).toEqual([303, `${OPTIONS}/password`]);
    expect((await ann.get(OPTIONS)).text).toContain("Every other browser is signed out.");
    expect((await other.get(OPTIONS)).location).toContain("/login");
    expect((await ann.post(`${OPTIONS}/password/strength`, { password: strong })).text).toContain("trong");
  });

  test("is not where it does not, and the page says why and whom to ask", async () => {
    await house.directory.domains.update("home.example", { passwordChange: false });
    const page = (await ann.get(`${OPTIONS}/password`)).text;
    expect(page).toContain("Passwords of home.example are changed by the administrator; ask there.");
    expect(page).not.toContain('name="old"');
    const sent = await ann.post(`${OPTIONS}/password`, { old: PASSWORD, password: "seven green bottles on a wall" });
    expect(sent.status).toBe(403);
    await house.directory.domains.update("home.example", { passwordChange: true });
    await house.directory.users.update("ann", { external: { directory: "Office", id: "cn=ann" } });
    expect((await ann.get(`${OPTIONS}/password`)).text).toContain("kept in the user database Office");
  });
});

describe("app passwords, tokens and sessions", () => {
  test("an app password is shown once, with what the program asks for, and revoked", async () => {
    const made = await ann.post(`${OPTIONS}/app-passwords`, {
      name: "Phone",
      services: "imap",
      networks: "10.0.0.0/8",
    });
    expect(made.status).toBe(200);
    const shown = /id="app-password">\s*([^<]+?)\s*</.exec(made.text)?.[1] ?? "";
    expect(shown.replace(/\W/g, "").length).toBeGreaterThan(20);
    expect(made.text).toContain("mail.home.example");
    const list = (await ann.get(`${OPTIONS}/app-passwords`)).text;
    expect(list).toContain("Phone");
    expect(list).toContain("Only from 10.0.0.0/8");
    expect(list).not.toContain(shown);
    const id = /name="id" value="(\d+)"/.exec(list)?.[1] ?? "";
    await ann.post(`${OPTIONS}/app-passwords/revoke`, { id });
    expect((await ann.get(`${OPTIONS}/app-passwords`)).text).toContain("No app passwords yet");
    expect((await ann.post(`${OPTIONS}/app-passwords`, { name: "", services: "imap" })).text).toContain(
      'id="name-error"',
    );
    expect((await ann.post(`${OPTIONS}/app-passwords`, { name: "x" })).text).toContain('id="services-error"');
  });

  test("who left his browser open shows first that it is still he", async () => {
    house.later = 3 * 3_600_000;
    for (const page of ["second-factor", "app-passwords", "tokens"]) {
      expect((await ann.get(`${OPTIONS}/${page}`)).text).toContain(
        `/confirm?next=${encodeURIComponent(`${OPTIONS}/${page}`)}`,
      );
    }
    const refused = [
      ["/app-passwords", { name: "Phone", services: "imap" }],
      ["/second-factor/app", { code: "123456" }],
      ["/second-factor/recovery", {}],
      ["/second-factor/app/remove", {}],
      ["/second-factor/passkeys/1/remove", {}],
    ] as const;
    for (const [path, fields] of refused)
      expect((await ann.post(OPTIONS + path, fields)).location).toContain("/confirm");
    expect((await ann.get(`${OPTIONS}/second-factor/app`)).location).toContain("/confirm");
  });

  test("sessions are listed with this one marked, and ended: one, all others", async () => {
    const [one, two] = [await house.signIn("ann"), await house.signIn("ann")];
    const page = (await ann.get(`${OPTIONS}/sessions`)).text;
    expect(page.match(/this one/g)).toHaveLength(1);
    const ids = [...page.matchAll(/name="id" value="([0-9a-f]{64})"/g)].map(([, id = ""]) => id);
    expect(ids).toHaveLength(3);
    expect(page).toContain("Signed in");
    await one.get(OPTIONS);
    await ann.post(`${OPTIONS}/sessions/others`, {});
    for (const browser of [one, two]) expect((await browser.get(OPTIONS)).location).toContain("/login");
    const [id = ""] = [
      ...(await ann.get(`${OPTIONS}/sessions`)).text.matchAll(/name="id" value="([0-9a-f]{64})"/g),
    ].map(([, id = ""]) => id);
    await ann.post(`${OPTIONS}/sessions/close`, { id });
    expect((await ann.get(OPTIONS)).location).toContain("/login");
  });

  test("tokens are for everybody, for his own account", async () => {
    const page = (await ann.get(`${OPTIONS}/tokens`)).text;
    expect(page).toContain("self:read");
    expect(page).not.toContain("users:read");
    expect((await ann.get(`${OPTIONS}/tokens`, htmx("main"))).text).not.toContain("<!doctype");
  });
});

describe("people", () => {
  test("own contacts are kept and offered; the directory entry is read", async () => {
    await ann.post(`${OPTIONS}/contacts/new`, { fullName: "Aunt", mail: "aunt@else.example", mailKind: "home" });
    expect((await ann.get(`${OPTIONS}/contacts`)).text).toContain("aunt@else.example");
    expect((await ann.get("/mail/compose/complete?typed=aun")).text).toContain("aunt@else.example");
    const id = house.directory.contacts.list(house.user("ann").id).contacts[0]?.id;
    const bob = await house.signIn("bob");
    await bob.get(OPTIONS);
    expect((await bob.get(`${OPTIONS}/contacts/${id}`)).status).toBe(403);
    expect((await bob.post(`${OPTIONS}/contacts/${id}`, { fullName: "x" })).status).toBe(403);
    expect((await bob.post(`${OPTIONS}/contacts/${id}/remove`, {})).status).toBe(403);
    const { entry } = house.user("ann");
    await house.directory.users.update("ann", { entry: { ...entry, phoneWork: "0228 1", listed: false } });
    const page = (await ann.get(`${OPTIONS}/entry`)).text;
    expect(page).toContain("0228 1");
    expect(page).toContain("You are not listed");
  });
});

describe("the archive", () => {
  const DAY = 86_400_000;
  let folder: number;

  beforeEach(async () => {
    const work = await house.mailstore.createFolder(own, "Work");
    await house.put(work.id, "From: Bob <bob@home.example>\nSubject: Old plan\n\nbridge\n");
    await house.put(work.id, "From: Zoe <zoe@else.example>\nSubject: Invoice\n\nriver\n");
    const rules = [{ folder: "Work", days: 1, action: "archive" as const }];
    await house.mailstore.archive.expire(own, rules, Date.now() + 2 * DAY);
    folder = house.folderId("ann", "Archive/Work");
  });
  const inWork = async () => (await house.messages(house.folderId("ann", "Work"))).length;

  test("is listed, searched and restored from Options", async () => {
    expect((await ann.get(`${at}/archive`)).text).toContain("From Work");
    const found = (await ann.get(`${at}/archive?q=bridge`)).text;
    expect(found).toContain("Old plan");
    expect(found).not.toContain("Invoice");
    expect((await ann.get(`${at}/archive?from=zoe`)).text).toContain("Invoice");
    expect((await ann.get(`${at}/archive?q=bridge&since=2100-01-01`)).text).toContain("Nothing found");
    const message = /name="message" value="([\d.]+)"/.exec(found)?.[1] ?? "";
    const done = await ann.post(`${at}/archive/restore`, { message });
    expect(done.location).toBe(`${at}/archive`);
    expect((await ann.get(done.location)).text).toContain("1 message is back in Work.");
    await ann.post(`${at}/archive/restore`, { folder: String(folder) });
    expect(await inWork()).toBe(2);
    expect((await ann.get(`${at}/archive`)).text).toContain("The archive is empty");
  });

  test("gives messages back from their folder's list and from the open message", async () => {
    const list = (await ann.get(`/mail/f/${folder}`)).text;
    expect(list).toContain("Restore to Work");
    expect((await ann.get(`/mail/f/${house.folderId("ann")}`)).text).not.toContain("Restore to");
    const [, uid = ""] = /name="uid" value="(\d+)"/.exec(list) ?? [];
    expect((await ann.get(`/mail/f/${folder}/m/${uid}`)).text).toContain("Restore to Work");
    await ann.post(`/mail/f/${folder}/act`, { uid, do: "restore" });
    expect(await inWork()).toBe(1);
  });

  test("is restored in a shared mailbox only by who may take messages out and put them in", async () => {
    const bob = await house.signIn("bob");
    for (const [rights, status, left] of [
      ["lr", 403, 0],
      ["lrte", 403, 0],
      ["lrite", 303, 1],
    ] as const) {
      await house.directory.mailboxes.share(own, house.user("bob").id, rights);
      const [, uid = ""] = /name="uid" value="(\d+)"/.exec((await bob.get(`/mail/f/${folder}`)).text) ?? [];
      expect((await bob.post(`/mail/f/${folder}/act`, { uid, do: "restore" })).status).toBe(status);
      expect(await inWork()).toBe(left);
    }
  });
});

test("an administrator without webmail has options, and no mail", async () => {
  await house.directory.users.create({ login: "root", permissions: ["web.administrator"] });
  await house.addUser("boss", { permissions: ["web.administrator"], webmail: false });
  const boss = await house.signIn("boss");
  const page = await boss.get(OPTIONS);
  expect(page.status).toBe(200);
  expect(page.text).not.toContain("/mail/compose");
  expect((await boss.get("/mail/compose")).status).toBe(403);
});

test("whom one wrote to is listed, and forgotten where one asks for it; nobody else's", async () => {
  const remember = (login: string, address: string) =>
    house.store.commit((tx) =>
      house.directory.contacts.rememberWithin(tx, house.user(login).id, [{ address, name: "" }], Date.now()),
    );
  await remember("ann", "plumber@pipes.example");
  await remember("bob", "secret@bank.example");
  const page = await ann.get(`${OPTIONS}/written`);
  expect(page.text).toContain("plumber@pipes.example");
  expect(page.text).not.toContain("secret@bank.example");
  for (const address of ["plumber@pipes.example", "secret@bank.example"])
    await ann.post(`${OPTIONS}/written/forget`, { address });
  expect((await ann.get(`${OPTIONS}/written`)).text).toContain("Nobody yet");
  expect(house.directory.contacts.correspondents(house.user("bob").id).total).toBe(1);
});
