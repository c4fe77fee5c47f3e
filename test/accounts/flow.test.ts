/** What mailboxes do with mail by themselves: forwarding, automatic replies, limits, old mail; sent by real clients and read over IMAP. */
import { expect } from "bun:test";
import { DOMAIN, until } from "../harness.ts";
import { FakeRemote } from "../transport/fake-remote.ts";
import { deliver, folder, program, subjects, submit } from "./clients.ts";
import { fieldOf, type Proof, press, type Scene, save, walking } from "./walk.ts";

const walk = walking();
const DAY_MS = 86_400_000;

/** What a stranger hears who writes to anna. */
const writes = (scene: Scene, subject: string, text = "Text") =>
  deliver(scene.town, { to: scene.address, subject, text });

/** Forwards to ben as the page asks it, with more said by `also`. */
async function forwarded(scene: Scene, also: (scene: Scene) => Promise<unknown> = () => Promise.resolve()) {
  const field = await scene.field("To these addresses");
  await field.fill(scene.named("ben@example.org"));
  await scene.page.getByLabel("Send arriving mail on").check();
  await also(scene);
  await save(field);
}

/** Forwards to another server as it is set; gives the MAIL command that arrives there. */
async function elsewhere(scene: Scene): Promise<string> {
  const remote = await FakeRemote.start();
  const smartHost = { host: "127.0.0.1", port: remote.port, tls: "none", verify: false, login: "", password: "" };
  try {
    await scene.town.done("PATCH /settings", { values: { "transport.smartHosts": [smartHost] } });
    const forwarding = { addresses: ["somebody@elsewhere.example"] };
    await scene.town.done(`PATCH /mailboxes/${scene.mailbox}`, { forwarding });
    await writes(scene, "For elsewhere");
    await remote.taken(1);
    return remote.messages[0]?.mail ?? "";
  } finally {
    await scene.town.done("PATCH /settings", { values: { "transport.smartHosts": [] } });
    await remote.stop();
  }
}

walk("Forwarding", {
  forwardTo: {
    change: (scene) => forwarded(scene),
    async effect(scene) {
      expect(await writes(scene, "For anna")).toMatch(/^250/);
      expect(await subjects(scene.town, scene.ben)).toEqual(["For anna"]);
      expect(await subjects(scene.town, scene.anna)).toEqual(["For anna"]);
      expect(await elsewhere(scene)).toMatch(/FROM:<SRS0=\S+=outside\.example=somebody@example\.test>/);
    },
  },
  forwardKeep: {
    change: (scene) => forwarded(scene, (one) => fieldOf(one.page, one.row.page.field).check()),
    async effect(scene) {
      await writes(scene, "For anna");
      expect(await subjects(scene.town, scene.ben)).toEqual(["For anna"]);
      expect(await subjects(scene.town, scene.anna)).toEqual([]);
    },
  },
  forwardSender: {
    change: (scene) => forwarded(scene, (one) => fieldOf(one.page, one.row.page.field).selectOption("mailbox")),
    async effect(scene) {
      expect(await elsewhere(scene)).toContain(`FROM:<${scene.address}>`);
    },
  },
});

/** Makes ben, who writes to anna. */
const ben = async (scene: Scene) => {
  if ((await scene.town.ask(`GET /users/${scene.ben}`)).status === 404) await scene.user("ben");
};

/** Fills the page, and saves. */
async function answering(scene: Scene, fields: Readonly<Record<string, string>>): Promise<void> {
  await scene.page.goto(scene.named(scene.row.page.at));
  await scene.page.getByLabel("Answer mail", { exact: true }).check();
  for (const [label, value] of Object.entries(fields)) await fieldOf(scene.page, label).fill(scene.named(value));
  await save(fieldOf(scene.page, "Text"));
}

/** ben writes to anna; gives how many answers he has had. */
async function answers(scene: Scene): Promise<number> {
  const letter = { from: `${scene.ben}@${DOMAIN}`, to: scene.address, subject: "Are you there?" };
  expect(await submit(scene.town, scene.ben, letter)).toMatch(/^250/);
  return (await folder(scene.town, scene.ben)).filter((text) => text.includes("Auto-Submitted: auto-replied")).length;
}

const replying = (fields: Readonly<Record<string, string>>, effect: Proof["effect"]): Proof => ({
  before: ben,
  change: (scene) => answering(scene, fields),
  effect,
});

walk("Automatic replies", {
  replies: {
    ...replying({ Text: "I am away." }, async (scene) => {
      expect(await answers(scene)).toBe(1);
      // Once in a period, and never a list.
      expect(await answers(scene)).toBe(1);
      const list = { from: `admin@${DOMAIN}`, to: scene.address, headers: { "List-Id": "<talk.example>" } };
      await submit(scene.town, "admin", list);
      expect((await subjects(scene.town, "admin")).join()).not.toContain(scene.anna);
    }),
    without: async (scene) => expect(await answers(scene)).toBe(0),
  },
  replyText: replying({ Subject: "Away", Text: "Back in May." }, async (scene) => {
    expect(await answers(scene)).toBe(1);
    const [letter] = await folder(scene.town, scene.ben);
    expect(letter).toMatch(/^Subject: Away\r$/m);
    expect(letter).toContain("Back in May.");
  }),
  replyPeriod: replying({ Text: "Away", "Answer the same sender again after": "1" }, async (scene) => {
    expect(await answers(scene)).toBe(1);
    expect(await answers(scene)).toBe(1);
    await scene.town.meanwhile(({ store }) => {
      store.client.run("UPDATE auto_replies SET at = at - ? WHERE mailbox = ?", [DAY_MS + 1, scene.mailbox]);
    });
    expect(await answers(scene)).toBe(2);
  }),
  replyNever: replying({ Text: "Away", "Never answer": "ben@*" }, async (scene) => {
    expect(await answers(scene)).toBe(0);
    await submit(scene.town, "admin", { from: `admin@${DOMAIN}`, to: scene.address, subject: scene.anna });
    expect((await folder(scene.town, "admin")).join()).toContain(`From: ${scene.address}`);
  }),
  replyDates: replying({ Text: "Away", From: "2099-01-31" }, async (scene) => {
    expect(await answers(scene)).toBe(0);
    await answering(scene, { From: "2020-01-31", "Up to and including": "2020-02-29" });
    expect(await answers(scene)).toBe(0);
    await answering(scene, { From: "2020-01-31", "Up to and including": "2099-01-31" });
    expect(await answers(scene)).toBe(1);
  }),
});

/** So many days pass for the messages of the mailbox, and the hourly round comes. */
const grown = (scene: Scene, count: number) =>
  scene.town.meanwhile(async ({ store, transport }) => {
    const inMailbox = "id >> 32 IN (SELECT id FROM folders WHERE mailbox = ?)";
    store.client.run(`UPDATE messages SET saved_date = saved_date - ? WHERE ${inMailbox}`, [
      count * DAY_MS,
      scene.mailbox,
    ]);
    await transport.keepHouse();
  });

/** Lets mail of the INBOX expire in one of the two ways. */
async function expiring(scene: Scene, way: "archive" | "delete"): Promise<void> {
  await scene.page.goto(scene.named(scene.row.page.at));
  await scene.page.getByLabel("Folder").last().fill("INBOX");
  await scene.page.getByLabel("Then").last().selectOption(way);
  const days = scene.page.getByLabel("After days").last();
  await days.fill("30");
  await save(days);
}

walk("Limits and old mail", {
  quotaSize: {
    async change(scene) {
      const field = await scene.field();
      await field.fill("3");
      await scene.page.getByLabel("Unit").selectOption("KB");
      await save(field);
    },
    async effect(scene) {
      expect(await writes(scene, "Fits", "x".repeat(1_500))).toMatch(/^250/);
      expect(await writes(scene, "Does not", "x".repeat(1_500))).toMatch(/^452 4\.2\.2/);
      const client = await program(scene.town, scene.anna);
      const refused = client.append("INBOX", Buffer.from(`Subject: Too much\r\n\r\n${"x".repeat(3_000)}\r\n`));
      const outcome = await refused.then(
        () => "done",
        (thrown: { serverResponseCode?: string }) => thrown.serverResponseCode,
      );
      expect(outcome).toBe("OVERQUOTA");
      await client.logout();
    },
  },
  quotaMessages: {
    change: (scene) => scene.type("1"),
    async effect(scene) {
      expect(await writes(scene, "One")).toMatch(/^250/);
      expect(await writes(scene, "Two")).toMatch(/^452 4\.2\.2/);
      const client = await program(scene.town, scene.anna);
      await client.mailboxOpen("INBOX");
      await client.messageDelete("1:*");
      await client.logout();
      expect(await writes(scene, "Two")).toMatch(/^250/);
    },
  },
  whenFull: {
    async change(scene) {
      const field = await scene.field();
      await field.check();
      await fieldOf(scene.page, "Messages").fill("0");
      await save(field);
    },
    effect: async (scene) => expect(await writes(scene, "One")).toMatch(/^552 5\.2\.2/),
  },
  warning: {
    async change(scene) {
      const field = await scene.field();
      await field.fill("10");
      await fieldOf(scene.page, "Messages").fill("10");
      await save(field);
    },
    async effect(scene) {
      await writes(scene, "One");
      const inbox = () => folder(scene.town, scene.anna);
      const warned = async () => (await inbox()).some((text) => text.includes("Auto-Submitted: auto-generated"));
      await until(warned, "the warning");
      await writes(scene, "Two");
      expect((await inbox()).filter((text) => text.includes("Auto-Submitted: auto-generated")).length).toBe(1);
    },
  },
  expiryDelete: {
    change: (scene) => expiring(scene, "delete"),
    async effect(scene) {
      await writes(scene, "Old");
      await grown(scene, 29);
      expect(await subjects(scene.town, scene.anna)).toEqual(["Old"]);
      await grown(scene, 1);
      expect(await subjects(scene.town, scene.anna)).toEqual([]);
    },
  },
  expiryArchive: {
    change: (scene) => expiring(scene, "archive"),
    async effect(scene) {
      await writes(scene, "Old");
      await grown(scene, 30);
      expect(await subjects(scene.town, scene.anna)).toEqual([]);
      expect(await subjects(scene.town, scene.anna, "Archive/INBOX")).toEqual(["Old"]);
    },
  },
  restore: {
    async before(scene) {
      await writes(scene, "Archived");
      const client = await program(scene.town, scene.anna);
      await client.mailboxCreate("Archive/INBOX");
      await client.mailboxOpen("INBOX");
      await client.messageMove("1:*", "Archive/INBOX");
      await client.logout();
      type Archive = { folders: { folder: number; messages: number }[] };
      const { folders } = await scene.town.done<Archive>(`GET /mailboxes/${scene.mailbox}/archive`);
      scene.stands("archived", folders.find(({ messages }) => messages > 0)?.folder ?? 0);
    },
    without: async (scene) => expect(await subjects(scene.town, scene.anna)).toEqual([]),
    async change(scene) {
      const page = await scene.town.visit(scene.anna);
      page.on("dialog", (dialog) => void dialog.accept());
      await page.goto(scene.named(scene.row.page.at));
      await page.getByLabel("Words in the message").fill("Archived");
      await page.getByRole("button", { name: "Search", exact: true }).last().click();
      await page.getByText("Archived").first().waitFor();
      await page.goto(scene.named(scene.row.page.at));
      await press(page.getByRole("button", { name: scene.row.page.field }));
    },
    effect: async (scene) => expect(await subjects(scene.town, scene.anna)).toEqual(["Archived"]),
  },
});
