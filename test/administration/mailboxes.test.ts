import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Actor } from "../../src/administration/actor.ts";
import { addAddress, listAddresses, removeAddress, setAddress } from "../../src/administration/mail/addresses.ts";
import { addCollection } from "../../src/administration/mail/collection.ts";
import { listFolderShares, shareFolder, unshareFolder } from "../../src/administration/mail/folder-shares.ts";
import { CHANGEABLE, type Changeable, OWNER_RULES } from "../../src/administration/mail/mailbox-rules.ts";
import type { MailboxView } from "../../src/administration/mail/mailbox-view.ts";
import {
  addMailbox,
  choosePrimaryAddress,
  findMailbox,
  listMailboxes,
  passwordOfMailbox,
  removeMailbox,
  setMailbox,
  showMailbox,
} from "../../src/administration/mail/mailboxes.ts";
import { presetOf, RIGHT_PRESETS, rightsOf } from "../../src/administration/mail/rights.ts";
import { listShares, shareMailbox, unshareMailbox } from "../../src/administration/mail/shares.ts";
import { showUser } from "../../src/administration/users/users.ts";
import { PERMISSION_NAMES, type Permission } from "../../src/directory/permissions.ts";
import { CONSOLE, House } from "./house.ts";

const DAY = 86_400_000;
const PASSWORD = "a long walk over 7 hills";

let house: House;
/** Anna's further mailbox, office@home.example, shared with ben. */
let office: number;
/** Zoe's primary one, in the other domain. */
let outside: number;

beforeEach(async () => {
  house = await House.build();
  await house.directory.mailGroups.create({ name: "Staff", quota: { messages: 10 }, expiry: { rules: [] } });
  office = await makeOffice();
  outside = house.user("zoe").primaryMailbox;
});
afterEach(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

async function makeOffice(): Promise<number> {
  const { mailboxes } = house.directory;
  const { id } = await mailboxes.create({ ownerId: house.user("anna").id, addresses: ["office@home.example"] });
  await mailboxes.share(id, house.user("ben").id, RIGHT_PRESETS.everything);
  return id;
}

const show = (actor: Actor, id = office) => house.administration.perform(showMailbox, actor, { id });
const set = (actor: Actor, change: Omit<Parameters<typeof setIt>[1], "id">, id = office) =>
  setIt(actor, { ...change, id });
const setIt = (
  actor: Actor,
  input: Parameters<typeof house.administration.perform<typeof setMailbox.input, typeof setMailbox.output>>[2],
) => house.administration.perform(setMailbox, actor, input);

/** A change of each kind: how it is made, and what is read back. */
const CHANGES: Readonly<
  Record<
    Changeable,
    readonly { readonly make: (actor: Actor) => Promise<unknown>; readonly read?: (view: MailboxView) => boolean }[]
  >
> = {
  description: [
    { make: (actor) => set(actor, { description: "The office" }), read: (view) => view.description === "The office" },
  ],
  password: [
    {
      make: (actor) => house.administration.perform(passwordOfMailbox, actor, { id: office, password: PASSWORD }),
      read: (view) => view.hasPassword,
    },
    {
      make: (actor) => house.administration.perform(passwordOfMailbox, actor, { id: office, password: null }),
      read: (view) => !view.hasPassword,
    },
  ],
  forwarding: [
    {
      make: (actor) =>
        set(actor, { forwarding: { enabled: true, addresses: ["x@elsewhere.example"], keepCopy: false } }),
      read: ({ forwarding }) => forwarding.enabled && !forwarding.keepCopy && forwarding.sender === "original",
    },
    { make: (actor) => set(actor, { forwarding: { enabled: false } }), read: (view) => !view.forwarding.enabled },
  ],
  autoresponderSwitch: [
    {
      make: (actor) => set(actor, { autoresponder: { enabled: true, startsAt: "2020-01-01", endsAt: "2099-01-31" } }),
      read: ({ autoresponder }) =>
        autoresponder.answers && autoresponder.endsAt === new Date("2099-01-31T23:59:59.999").toISOString(),
    },
    { make: (actor) => set(actor, { autoresponder: { enabled: false } }), read: (view) => !view.autoresponder.answers },
  ],
  autoresponderText: [
    {
      make: (actor) => set(actor, { autoresponder: { text: "Away" } }),
      read: (view) => view.autoresponder.text === "Away",
    },
    { make: (actor) => set(actor, { autoresponder: { subject: "Away" } }) },
    { make: (actor) => set(actor, { autoresponder: { periodDays: 3 } }) },
    {
      make: (actor) => set(actor, { autoresponder: { doNotRespond: ["*@shop.example"], enabled: true } }),
      read: ({ autoresponder: { doNotRespond } }) => doNotRespond.length === 1,
    },
  ],
  expiry: [
    {
      make: (actor) => set(actor, { expiry: [{ folder: "INBOX", days: 90, action: "archive" }] }),
      read: (view) => view.expiry.length === 1 && view.effectiveExpiry.length === 1,
    },
  ],
  sharing: [
    {
      make: (actor) => house.administration.perform(shareMailbox, actor, { id: office, login: "ben", rights: "read" }),
      read: (view) => view.shares[0]?.preset === "read",
    },
    {
      make: (actor) => house.administration.perform(unshareMailbox, actor, { id: office, login: "ben" }),
      read: (view) => view.shares.length === 0,
    },
    {
      make: (actor) =>
        house.administration.perform(shareFolder, actor, { id: office, folder: "INBOX", name: "ben", rights: "read" }),
      read: ({ folderShares }) => folderShares[0]?.folder === "INBOX" && folderShares[0].preset === "read",
    },
    { make: (actor) => set(actor, { ownReadMarks: true }), read: (view) => view.ownReadMarks },
  ],
  collection: [
    {
      make: (actor) =>
        house.administration.perform(addCollection, actor, {
          ...{ id: office, host: "imap.far.example", login: "anna", enabled: false, secret: "x" },
        }),
    },
  ],
  addresses: [
    {
      make: (actor) =>
        house.administration.perform(addAddress, actor, {
          address: "team@home.example",
          mailbox: office,
          note: "Team",
        }),
      read: (view) => view.addresses.some(({ address, note }) => address === "team@home.example" && note === "Team"),
    },
    {
      make: (actor) =>
        house.administration.perform(choosePrimaryAddress, actor, { id: office, address: "team@home.example" }),
      read: (view) => view.label === "team@home.example",
    },
    {
      make: (actor) => house.administration.perform(setAddress, actor, { address: "office@home.example", note: "Old" }),
    },
    {
      make: (actor) =>
        house.administration.perform(removeAddress, actor, { address: "office@home.example", mailbox: office }),
      read: (view) => view.addresses.length === 1,
    },
  ],
  quota: [
    {
      make: (actor) => set(actor, { quota: { octets: 1_000_000, whenFull: "refuse" } }),
      read: ({ quota, fill }) => quota.octets === 1_000_000 && quota.warnPercent === 90 && fill === 0,
    },
  ],
  login: [{ make: (actor) => set(actor, { login: "the-office" }), read: (view) => view.login === "the-office" }],
  group: [
    { make: (actor) => set(actor, { group: "staff" }), read: (view) => view.effectiveQuota.messages === 10 },
    { make: (actor) => set(actor, { group: null }), read: (view) => view.group === null },
  ],
  owner: [{ make: (actor) => set(actor, { owner: "ben" }), read: (view) => view.owner === "ben" }],
};

describe("every property of a mailbox", () => {
  for (const what of CHANGEABLE) {
    const rule = OWNER_RULES[what];

    test(`${what} is changed by whoever looks after the owner, read back, and noted`, async () => {
      for (const actor of [CONSOLE, house.as("admin"), house.as("dora")]) {
        await house.directory.mailboxes.update(office, { login: "offices" });
        for (const { make, read } of CHANGES[what]) {
          const before = house.audit("").length;
          await make(actor);
          const view = await show(CONSOLE);
          expect({ what, read: read?.(view) ?? true }).toEqual({ what, read: true });
          expect(house.audit("").length).toBe(before + 1);
        }
        await house.directory.mailboxes.remove(office);
        office = await makeOffice();
      }
    });

    test(`${what} is changed by the owner ${rule === null ? "never" : `with ${rule.join(" or ") || "no permission"}`}`, async () => {
      await house.directory.mailboxes.update(office, { login: "offices" });
      for (const permission of PERMISSION_NAMES) {
        if (permission === "web.administrator") continue;
        await house.give("anna", permission);
        const may = rule !== null && (rule.length === 0 || rule.includes(permission));
        const { changeable } = await show(house.as("anna"));
        expect([what, permission, changeable.includes(what)]).toEqual([what, permission, may]);
        if (!may) {
          for (const { make } of CHANGES[what]) {
            expect([what, permission, await house.tried(() => make(house.as("anna")))]).toEqual([
              what,
              permission,
              "notPermitted",
            ]);
          }
        }
      }
      if (rule === null) return;
      const all: Permission[] = PERMISSION_NAMES.filter((name) => name !== "web.administrator");
      await house.give("anna", ...all);
      // At the pages a password is changed only by somebody who has shown lately who he is: the console asks no more.
      const owner: Actor = { ...house.as("anna"), via: "command" };
      for (const { make, read } of CHANGES[what]) {
        await make(owner);
        expect({ what, read: read?.(await show(house.as("anna"))) ?? true }).toEqual({ what, read: true });
      }
      const without = all.filter((name) => !rule.includes(name));
      if (rule.length === 0) return;
      await house.give("anna", ...without);
      for (const { make } of CHANGES[what])
        expect(await house.tried(() => make(house.as("anna")))).toBe("notPermitted");
    });

    test(`${what} is changed by nobody else, and what is there cannot be told from what is not`, async () => {
      await house.directory.mailboxes.update(office, { login: "offices" });
      await house.give("ben", ...PERMISSION_NAMES.filter((name) => name !== "web.administrator"));
      const before = await show(CONSOLE);
      for (const { make } of CHANGES[what]) {
        for (const actor of [
          house.as("ben"),
          house.as("zoe"),
          house.withToken("admin", "self:write", "self:read"),
          house.withToken("admin", "mail:read"),
        ])
          expect([what, await house.tried(() => make(actor))]).toEqual([what, "notPermitted"]);
      }
      expect(await show(CONSOLE)).toEqual(before);
    });
  }

  test("a mailbox of somebody else looks like one that is not there", async () => {
    for (const login of ["ben", "zoe", "dora"]) {
      const actor = house.as(login);
      const sentences = await Promise.all(
        [outside === 0 ? 1 : login === "zoe" ? office : outside, 999_999].map((id) =>
          show(actor, id).then(
            () => "shown",
            (thrown: Error) => thrown.message,
          ),
        ),
      );
      expect(new Set(sentences).size).toBe(1);
      expect(sentences[0]).not.toBe("shown");
    }
    expect(await house.tried(() => show(house.as("admin"), 999_999))).toBe("notFound");
  });

  test("no secret is shown or noted", async () => {
    await set(CONSOLE, { login: "offices" });
    await house.administration.perform(passwordOfMailbox, CONSOLE, { id: office, password: PASSWORD });
    const text = JSON.stringify([await show(CONSOLE), house.audit("")]);
    expect(text).not.toContain(PASSWORD);
    expect(text).not.toMatch(/argon2|storedKey|passwordHash|salt/i);
    expect(text).toContain('"password":"set"');
  });

  test("the own password needs an own name, opens that mailbox alone, and goes with the name", async () => {
    const password = (text: string | null) =>
      house.administration.perform(passwordOfMailbox, CONSOLE, { id: office, password: text });
    expect(await house.tried(() => password(PASSWORD))).toBe("invalid");
    await set(CONSOLE, { login: "offices" });
    expect(await house.tried(() => password("office1"))).toBe("invalid");
    await password(PASSWORD);
    const login = (secret: string) =>
      house.auth.authenticate({
        service: "imap",
        remote: "127.0.0.1",
        secure: true,
        mechanism: "PLAIN",
        credentials: { login: "offices", password: secret },
      });
    expect(await login(PASSWORD)).toMatchObject({ ok: true, login: { mailbox: office, mailboxOnly: true } });
    expect(await login("wrong")).toMatchObject({ ok: false });
    await set(CONSOLE, { login: null });
    expect(await show(CONSOLE)).toMatchObject({ login: null, hasPassword: false });
    expect(await login(PASSWORD)).toMatchObject({ ok: false });
  });

  test("what makes no sense is refused in words", async () => {
    const table: [Parameters<typeof set>[1], string][] = [
      [{ forwarding: { enabled: true } }, "Name an address"],
      [{ forwarding: { addresses: ["nobody"] } }, "not an e-mail address"],
      [{ autoresponder: { startsAt: "2027-02-01", endsAt: "2027-01-01" } }, "ends after it begins"],
      [{ autoresponder: { periodDays: 0 } }, "autoresponder.periodDays"],
      [{ expiry: [{ folder: "INBOX", days: 0, action: "delete" }] }, "At least one day"],
      [
        {
          expiry: [
            { folder: "INBOX", days: 1, action: "delete" },
            { folder: "INBOX", days: 2, action: "delete" },
          ],
        },
        "one rule",
      ],
      [{ group: "Nobody" }, "no mail group"],
      [{ owner: "nobody" }, "no user"],
      [{ login: "anna" }, "taken"],
    ];
    for (const [change, words] of table) await expect(set(CONSOLE, change)).rejects.toThrow(words);
  });

  test("an owner forwards under no name but the sender's and his own", async () => {
    await house.give("anna", "web.forwarding");
    const sender = (actor: Actor, address: string) =>
      house.tried(() => set(actor, { forwarding: { sender: address } }));
    expect(await sender(house.as("anna"), "office@home.example")).toBe("done");
    expect(await sender(house.as("anna"), "mailbox")).toBe("done");
    expect(await sender(house.as("anna"), "ben@home.example")).toBe("notPermitted");
    expect(await sender(house.as("anna"), "boss@elsewhere.example")).toBe("notPermitted");
    expect(await sender(house.as("dora"), "boss@elsewhere.example")).toBe("notPermitted");
    expect(await sender(house.as("admin"), "boss@elsewhere.example")).toBe("done");
  });
});

describe("lists", () => {
  const list = (actor: Actor, query: object = {}) => house.administration.perform(listMailboxes, actor, query);
  const owners = async (actor: Actor, query: object = {}) => {
    const { mailboxes, total } = await list(actor, query);
    expect(total).toBe(mailboxes.length);
    return mailboxes.map(({ owner }) => owner).sort();
  };

  test("show administrators everything, delegated ones their people, and others their own", async () => {
    expect(await owners(CONSOLE)).toEqual(["admin", "anna", "anna", "ben", "dora", "zoe"]);
    expect(await owners(house.as("admin"), { owner: "anna" })).toEqual(["anna", "anna"]);
    expect(await owners(house.as("dora"))).toEqual(["anna", "anna", "ben"]);
    expect(await owners(house.as("dora"), { owner: "dora" })).toEqual(["dora"]);
    expect(await owners(house.as("anna"))).toEqual(["anna", "anna"]);
    expect(await owners(house.as("ben"))).toEqual(["ben"]);
    expect(await owners(house.withToken("admin", "self:read"))).toEqual(["admin"]);
    for (const [login, owner] of [
      ["dora", "zoe"],
      ["dora", "nobody"],
      ["ben", "anna"],
      ["ben", "nobody"],
    ])
      expect(await house.tried(() => list(house.as(login ?? ""), { owner }))).toBe("notPermitted");
    expect(await house.tried(() => list(house.withToken("admin", "self:read"), { owner: "anna" }))).toBe(
      "notPermitted",
    );
    expect((await list(house.as("dora"), { search: "away" })).total).toBe(0);
    expect((await list(house.as("dora"), { search: "office" })).mailboxes.map(({ id }) => id)).toEqual([office]);
  });

  test("sort by owner, size and fill", async () => {
    await house.put(house.folderId("ben"), `Subject: large\r\n\r\n${"x".repeat(5_000)}\r\n`);
    await house.put(house.folderId("zoe"), "Subject: small\r\n\r\nx\r\n");
    await house.directory.mailboxes.update(outside, { quota: { messages: 1 } });
    const first = async (query: object) => (await list(CONSOLE, query)).mailboxes[0];
    expect(await first({ sort: "size", descending: true })).toMatchObject({ owner: "ben", messages: 1, fill: null });
    expect(await first({ sort: "fill", descending: true })).toMatchObject({ owner: "zoe", fill: 1 });
    expect(await first({ sort: "owner", descending: true })).toMatchObject({ owner: "zoe" });
  });

  test("find what a word means, as far as one looks after it", async () => {
    const find = async (actor: Actor, name: string) => {
      const { id } = await house.administration.perform(findMailbox, actor, { name });
      return id;
    };
    for (const word of [String(office), "office@home.example", "OFFICE+x@home.example"])
      expect(await find(CONSOLE, word)).toBe(office);
    expect(await find(CONSOLE, "zoe")).toBe(outside);
    expect(await find(house.as("anna"), "anna")).toBe(house.user("anna").primaryMailbox);
    for (const word of ["zoe", "zoe@away.example", String(outside), "nobody", "x@elsewhere.example", "0"])
      expect([word, await house.tried(() => find(house.as("dora"), word))]).toEqual([word, "notPermitted"]);
    expect(await house.tried(() => find(CONSOLE, "nobody"))).toBe("notFound");
  });
});

describe("sharing", () => {
  const share = (actor: Actor, login: string, rights: string) =>
    house.administration.perform(shareMailbox, actor, { id: office, login, rights });

  test("takes names and letters, in any order", async () => {
    expect(rightsOf("read")).toBe("lrs");
    expect(rightsOf("srl")).toBe("lrs");
    expect(rightsOf("lrz")).toBeUndefined();
    expect(rightsOf("")).toBeUndefined();
    for (const [name, rights] of Object.entries(RIGHT_PRESETS)) expect<string | null>(presetOf(rights)).toBe(name);
    expect(presetOf("lr")).toBeNull();
    await expect(share(CONSOLE, "ben", "all of them")).rejects.toThrow("read, write, everything");
    await expect(share(CONSOLE, "anna", "read")).rejects.toThrow("already");
  });

  test("the owner lets in whom he can name; a delegated administrator only his own people, and sees no others", async () => {
    expect((await share(house.as("anna"), "ZOE", "write")).shares).toEqual([
      { login: "ben", fullName: "", rights: "lrswipkxtea", preset: "everything" },
      { login: "zoe", fullName: "", rights: "lrswite", preset: "write" },
    ]);
    await expect(share(house.as("anna"), "nobody", "read")).rejects.toThrow("Nobody here signs in");
    for (const login of ["zoe", "nobody", "admin", "guest"])
      expect(await house.tried(() => share(house.as("dora"), login, "read"))).toBe("notPermitted");
    const seen = JSON.stringify([
      await show(house.as("dora")),
      await house.administration.perform(listShares, house.as("dora"), { id: office }),
    ]);
    expect(seen).toContain('"ben"');
    expect(seen).not.toContain("zoe");
    expect(JSON.stringify(await show(house.as("anna")))).toContain('"zoe"');
    await expect(house.administration.perform(unshareMailbox, CONSOLE, { id: office, login: "admin" })).rejects.toThrow(
      "not shared",
    );
  });

  test("lets everybody in by the word anyone; who looks after some domains cannot speak for all", async () => {
    const { shares } = await share(house.as("anna"), "anyone", "read");
    expect(shares).toContainEqual({
      ...{ login: "anyone", fullName: "Everybody who signs in here", rights: "lrs", preset: "read" },
    });
    const { mailboxes } = house.directory;
    expect(mailboxes.rights(house.user("zoe").id, office)).toBe("lrs");
    expect(mailboxes.rights(house.user("ben").id, office)).toBe("lrswipkxtea");
    expect(await house.tried(() => share(house.as("dora"), "anyone", "write"))).toBe("notPermitted");
    await house.administration.perform(unshareMailbox, house.as("anna"), { id: office, login: "anyone" });
    expect(mailboxes.rights(house.user("zoe").id, office)).toBe("");
  });

  describe("of single folders", () => {
    const give = (actor: Actor, name: string, rights: string, folder = "INBOX") =>
      house.administration.perform(shareFolder, actor, { id: office, folder, name, rights });
    const take = (actor: Actor, name: string, folder = "INBOX") =>
      house.administration.perform(unshareFolder, actor, { id: office, folder, name });

    test("replaces there what the mailbox says, and gives it back", async () => {
      expect((await give(house.as("anna"), "ben", "none")).folderShares).toEqual([
        { folder: "INBOX", name: "ben", rights: "", preset: null },
      ]);
      expect((await give(house.as("anna"), "-anyone", "wt", "Sent")).folderShares).toContainEqual({
        ...{ folder: "Sent", name: "-anyone", rights: "wt", preset: null },
      });
      expect((await take(house.as("anna"), "ben")).folderShares).toHaveLength(1);
      expect((await take(house.as("anna"), "-anyone", "Sent")).folderShares).toEqual([]);
    });

    test("is refused for folders, people and rights that are not there, and for the owner", async () => {
      await expect(give(CONSOLE, "ben", "read", "Nosuch")).rejects.toThrow("There is no folder");
      await expect(give(CONSOLE, "ben", "read", "../x")).rejects.toThrow("There is no folder");
      await expect(give(CONSOLE, "nobody", "read")).rejects.toThrow("There is no user");
      await expect(give(house.as("anna"), "nobody", "read")).rejects.toThrow("Nobody here signs in");
      await expect(give(CONSOLE, "ben", "lq")).rejects.toThrow("letters of lrswipkxtea");
      await expect(give(CONSOLE, "anna", "read")).rejects.toThrow("keeps them");
      await expect(give(CONSOLE, "-anna", "read")).rejects.toThrow("keeps them");
    });

    test("is shown with the user who has it, also where he has nothing else", async () => {
      await house.administration.perform(unshareMailbox, CONSOLE, { id: office, login: "ben" });
      await give(house.as("anna"), "ben", "read", "Sent");
      const { shared } = await house.administration.perform(showUser, CONSOLE, { login: "ben" });
      expect(shared).toMatchObject([{ id: office, owner: "anna", rights: "", folders: ["Sent"] }]);
    });

    test("shows a delegated administrator his own people only", async () => {
      await give(house.as("anna"), "zoe", "read");
      await give(house.as("anna"), "ben", "read");
      const seen = await house.administration.perform(listFolderShares, house.as("dora"), { id: office });
      expect(seen.folderShares.map(({ name }) => name)).toEqual(["ben"]);
      expect(await house.tried(() => give(house.as("dora"), "zoe", "write"))).toBe("notPermitted");
      expect(await house.tried(() => give(house.as("ben"), "ben", "everything"))).toBe("notPermitted");
    });
  });
});

describe("new and removed mailboxes", () => {
  const add = (actor: Actor, input: { owner: string; addresses?: string[]; description?: string; group?: string }) =>
    house.administration.perform(addMailbox, actor, input);

  test("come with addresses and properties, and go with their mail", async () => {
    const made = await add(house.as("dora"), {
      owner: "ben",
      addresses: ["sales@home.example", "sales-*@home.example"],
      description: "Sales",
      group: "Staff",
    });
    expect(made).toMatchObject({ label: "sales@home.example", description: "Sales", group: "Staff", primary: false });
    expect(made.addresses.map(({ address, primary, wildcard }) => ({ address, primary, wildcard }))).toEqual([
      { address: "sales@home.example", primary: true, wildcard: false },
      { address: "sales-*@home.example", primary: false, wildcard: true },
    ]);
    await house.administration.perform(removeMailbox, house.as("dora"), { id: made.id });
    expect(await house.tried(() => show(CONSOLE, made.id))).toBe("notFound");
    expect(house.audit(`mailbox ${made.id}`).map(({ operation }) => operation)).toEqual([
      "mailbox.remove",
      "mailbox.add",
    ]);
    expect(await house.tried(() => add(house.as("anna"), { owner: "anna" }))).toBe("notPermitted");
    const primary = house.user("ben").primaryMailbox;
    expect(await house.tried(() => house.administration.perform(removeMailbox, CONSOLE, { id: primary }))).toBe(
      "notPermitted",
    );
  });

  test("stay within the domains of a delegated administrator, and off other people's addresses", async () => {
    const dora = house.as("dora");
    const tries: [string, () => Promise<unknown>, string][] = [
      ["owner outside", () => add(dora, { owner: "zoe" }), "notPermitted"],
      ["owner unknown", () => add(dora, { owner: "nobody" }), "notPermitted"],
      ["address outside", () => add(dora, { owner: "ben", addresses: ["ben@away.example"] }), "notPermitted"],
      ["address elsewhere", () => add(dora, { owner: "ben", addresses: ["ben@else.example"] }), "notPermitted"],
      ["the administrator's", () => add(dora, { owner: "ben", addresses: ["admin@home.example"] }), "exists"],
    ];
    for (const [what, work, kind] of tries) expect([what, await house.tried(work)]).toEqual([what, kind]);
    const address = (text: string, mailbox: number) =>
      house.tried(() => house.administration.perform(addAddress, dora, { address: text, mailbox }));
    expect(await address("x@away.example", office)).toBe("notPermitted");
    expect(await address("x@home.example", outside)).toBe("notPermitted");
    expect(await address("admin@home.example", office)).toBe("exists");
    expect(await address("ben@home.example", office)).toBe("done");
    expect(await house.tried(() => set(dora, { owner: "zoe" }))).toBe("notPermitted");
  });

  test("never take the last address by which a user is looked after", async () => {
    const gone = (actor: Actor) =>
      house.tried(() => house.administration.perform(removeAddress, actor, { address: "ben@home.example" }));
    expect(await gone(house.as("dora"))).toBe("notPermitted");
    expect(house.directory.addressesOf(house.user("ben").id)).toEqual(["ben@home.example"]);
    expect(await gone(house.as("admin"))).toBe("done");
  });
});

describe("addresses", () => {
  const list = async (actor: Actor, query: object = {}) => {
    const { addresses, total } = await house.administration.perform(listAddresses, actor, query);
    expect(total).toBe(addresses.length);
    return addresses.map(({ address }) => address);
  };
  const add = (
    input: Parameters<typeof house.administration.perform<typeof addAddress.input, typeof addAddress.output>>[2],
  ) => house.administration.perform(addAddress, CONSOLE, input);

  test("are listed by kind, domain and mailbox, for each as far as he may", async () => {
    await add({ address: "fair@home.example", mailbox: office, expiresAt: "2099-12-31" });
    await add({ address: "shop-*@home.example", mailbox: office });
    const home = [
      "anna@home.example",
      "ben@home.example",
      "fair@home.example",
      "office@home.example",
      "shop-*@home.example",
    ];
    expect(await list(house.as("dora"))).toEqual(home);
    expect(await list(CONSOLE)).toEqual([
      "admin@home.example",
      ...home.slice(0, 2),
      "dora@home.example",
      ...home.slice(2),
      "zoe@away.example",
    ]);
    expect(await list(house.as("anna"))).toEqual(home.filter((address) => !address.startsWith("ben")));
    expect(await list(house.as("zoe"))).toEqual(["zoe@away.example"]);
    expect(await list(CONSOLE, { kind: "temporary" })).toEqual(["fair@home.example"]);
    expect(await list(CONSOLE, { kind: "wildcard" })).toEqual(["shop-*@home.example"]);
    expect(await list(CONSOLE, { domain: "away.example" })).toEqual(["zoe@away.example"]);
    expect(await list(CONSOLE, { mailbox: office, search: "fair" })).toEqual(["fair@home.example"]);
    expect(await house.tried(() => list(house.as("dora"), { domain: "away.example" }))).toBe("notPermitted");
    expect(await house.tried(() => list(house.as("ben"), { mailbox: office }))).toBe("notPermitted");
    expect(await house.tried(() => list(house.withToken("admin", "self:read")))).toBe("notPermitted");
    expect(await house.tried(() => list(house.as("anna"), { domain: "home.example" }))).toBe("notPermitted");
  });

  test("end when they are told to, are extended, and are said to have ended", async () => {
    await expect(add({ address: "fair@home.example", mailbox: office, expiresAt: "2020-01-01" })).rejects.toThrow(
      "future",
    );
    const until = new Date(Date.now() + 2 * DAY);
    const day = `${until.getFullYear()}-${String(until.getMonth() + 1).padStart(2, "0")}-${String(until.getDate()).padStart(2, "0")}`;
    const line = await add({ address: "fair@home.example", mailbox: office, expiresAt: day, note: "Fair" });
    expect(line).toMatchObject({
      ended: false,
      expiresAt: new Date(`${day}T23:59:59.999`).toISOString(),
      owner: "anna",
    });
    house.later = 4 * DAY;
    expect(await list(CONSOLE, { kind: "ended" })).toEqual(["fair@home.example"]);
    const extended = await house.administration.perform(setAddress, CONSOLE, {
      address: "fair@home.example",
      expiresAt: null,
    });
    expect(extended).toMatchObject({ ended: false, expiresAt: null, note: "Fair" });
    expect(house.audit("address fair@home.example")[0]).toMatchObject({
      operation: "address.set",
      before: { expiresAt: line.expiresAt },
      after: {},
    });
  });

  test("on several mailboxes are changed one by one and removed together", async () => {
    const ben = house.user("ben").primaryMailbox;
    await add({ address: "team@home.example", mailbox: office });
    await add({ address: "team@home.example", mailbox: ben });
    const change = (mailbox?: number) =>
      house.administration.perform(setAddress, CONSOLE, {
        address: "team@home.example",
        note: "Both",
        ...(mailbox !== undefined && { mailbox }),
      });
    await expect(change()).rejects.toThrow("several mailboxes");
    expect(await change(ben)).toMatchObject({ note: "Both", mailbox: ben });
    await house.administration.perform(removeAddress, CONSOLE, { address: "TEAM@home.example" });
    expect(await house.tried(() => change())).toBe("notFound");
  });
});
