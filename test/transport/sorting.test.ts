import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { AFTER, BEFORE, HOUSE } from "../../src/sieve/scripts.ts";
import { sieveSettings } from "../../src/sieve/settings.ts";
import type { Envelope } from "../../src/transport/envelope.ts";
import { processorMs } from "../timing.ts";
import { HOUR, reportParts, World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await World.open({ start: false, settings: { srs: false } });
});
afterEach(async () => {
  expect(world.faults).toEqual([]);
  await world.close();
});

const stranger = { kind: "smtp", protocol: "ESMTP", session: "s", trace: "t", remote: "192.0.2.1" } as const;

const mailboxOf = (login: string) => world.user(login).primaryMailbox;

/** Lets a script sort somebody's mail, or that of all. */
async function sorts(login: string, script: string, name = "rules"): Promise<void> {
  const mailbox = login === "" ? HOUSE : mailboxOf(login);
  await world.store.commit((tx) => {
    world.transport.scripts.putWithin(tx, mailbox, name, script, world.clock);
    if (mailbox !== HOUSE) world.transport.scripts.activateWithin(tx, mailbox, name);
  });
}

/** A message from somebody elsewhere. */
const receive = (
  to: Parameters<World["envelope"]>[0],
  text = "From: x@stranger.test\r\nTo: bert@home.test\r\nSubject: Hello\r\nMessage-ID: <1@stranger.test>\r\n\r\nHow are you?\r\n",
  changes: Partial<Omit<Envelope, "recipients">> = {},
) => world.send(to, text, { reversePath: "x@stranger.test", origin: stranger, ...changes });

/** Folders that hold messages, with how many and which flags. */
async function lies(login: string): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const folder of world.mailstore.folders(mailboxOf(login))) {
    if (folder.exists === 0) continue;
    const messages = await world.messages(folder.id);
    found[folder.name] = messages.map(({ system, keywords }) => [system, ...keywords].join(" "));
  }
  return found;
}

/** How many contents there are in the file, whether anybody has them or not. */
const contents = () => world.store.client.query<{ n: number }, []>("SELECT count(*) AS n FROM contents").get()?.n ?? 0;

const queued = () =>
  world.transport.queue
    .list()
    .entries.map(({ id }) => world.transport.queue.show(id))
    .map(({ message, recipients }) => `<${message.reversePath}> ${recipients.map((one) => one.address).join(" ")}`)
    .sort();

describe("a script puts a message", () => {
  test("into a folder even where it had to wait until the mailbox had room, each form of it where it belongs", async () => {
    await sorts(
      "bert",
      'require ["fileinto", "imap4flags", "editheader", "mailbox"]; fileinto :flags "\\\\Flagged" "Archive"; addheader "X-Seen" "yes"; fileinto :create "Work";',
    );
    await world.directory.mailboxes.update(mailboxOf("bert"), { quota: { messages: 0 } });
    await receive(["anna@home.test", "bert@home.test"]);
    world.transport.start();
    await world.happened("message.deferred", 2);
    expect(await lies("bert")).toEqual({});
    await world.directory.mailboxes.update(mailboxOf("bert"), { quota: { messages: 5 } });
    world.pass(HOUR);
    await world.until(() => world.left().messages === 0);
    expect(await lies("bert")).toEqual({ Archive: ["4"], Work: ["0"] });
    const [plain] = await world.messages(world.folderId("bert", "Archive"));
    const [changed] = await world.messages(world.folderId("bert", "Work"));
    expect([plain?.text, changed?.text].map((text) => text?.includes("X-Seen: yes"))).toEqual([false, true]);
  });

  test.each([
    ["nowhere else", "", { INBOX: ["0"] }],
    ["into a folder", 'require "fileinto"; fileinto "Archive";', { Archive: ["0"] }],
    ["into INBOX where there is no such folder", 'require "fileinto"; fileinto "None";', { INBOX: ["0"] }],
    ["into one that is made", 'require ["fileinto","mailbox"]; fileinto :create "A/B";', { "A/B": ["0"] }],
    ["into two", 'require ["fileinto","copy"]; fileinto :copy "Archive";', { INBOX: ["0"], Archive: ["0"] }],
    ["into one, once", 'require "fileinto"; fileinto "Archive"; fileinto "Archive";', { Archive: ["0"] }],
    [
      "with flags",
      'require ["fileinto","imap4flags"]; fileinto :flags ["\\\\Seen","$Work"] "Archive";',
      { Archive: ["1 $Work"] },
    ],
    [
      "into the folder of a use",
      'require ["fileinto","special-use"]; fileinto :specialuse "\\\\Junk" "X";',
      { Junk: ["0"] },
    ],
    ["away", "discard;", {}],
    [
      "where a list says",
      'require ["extlists","fileinto"]; if header :list "from" ":addrbook:default" { fileinto "Archive"; }',
      { INBOX: ["0"] },
    ],
  ])("%s", async (_what, script, expected) => {
    await sorts("bert", script);
    await receive(["bert@home.test"]);
    expect(await lies("bert")).toEqual(expected as Record<string, string[]>);
  });

  test("by the folder's own id, whatever it is called", async () => {
    const { id } = await world.mailstore.createFolder(mailboxOf("bert"), "Kept");
    await sorts("bert", `require ["fileinto","mailboxid"]; fileinto :mailboxid "F${id}" "Gone";`);
    await receive(["bert@home.test"]);
    expect(await lies("bert")).toEqual({ Kept: ["0"] });
  });

  test("with another header, which is its own content", async () => {
    await sorts(
      "bert",
      'require ["editheader","fileinto","copy"]; fileinto :copy "Archive"; addheader "X-Seen" "yes";',
    );
    await receive(["bert@home.test"]);
    const [kept] = await world.messages(world.folderId("bert"));
    const [before] = await world.messages(world.folderId("bert", "Archive"));
    expect(kept?.text).toContain("X-Seen: yes\r\n");
    expect(kept?.text).toEndWith("\r\n\r\nHow are you?\r\n");
    expect(before?.text).not.toContain("X-Seen");
  });

  test("that is large, and leaves nothing behind of what came to nothing", async () => {
    await sorts("", 'require "editheader"; addheader "X-First" "yes";', BEFORE);
    const large = `Subject: large\r\n\r\n${"0123456789abcdef".repeat(400_000)}\r\n`;
    await sorts("bert", 'require "editheader"; addheader "X-Own" "yes";');
    await receive(["bert@home.test"], large);
    expect(world.inbox("bert")[0]).toStartWith("Return-Path: <x@stranger.test>\r\nX-Own: yes\r\nX-First: yes\r\n");
    await sorts("bert", "discard;");
    await receive(["bert@home.test"], large);
    await sorts("bert", 'require "reject"; reject "Too large.";');
    expect(receive(["bert@home.test"], large)).rejects.toThrow("Too large.");
    await world.until(() => contents() === 1);
  });

  test("once, where `duplicate` remembers it", async () => {
    await sorts("bert", 'require ["duplicate","fileinto"]; if duplicate { discard; }');
    await receive(["bert@home.test"]);
    await receive(["bert@home.test"]);
    expect(await lies("bert")).toEqual({ INBOX: ["0"] });
    world.clock += 40 * 86_400_000;
    await receive(["bert@home.test"]);
    expect(await lies("bert")).toEqual({ INBOX: ["0", "0"] });
    await world.transport.keepHouse();
  });
});

test("a script asks how surely a message is junk, where somebody judged it", async () => {
  const script = `require ["spamtestplus","relational","comparator-i;ascii-numeric","fileinto"];
    if not spamtest :percent :value "eq" "0" { fileinto "Archive"; }`;
  await sorts("bert", script.replaceAll("\n", "\r\n"));
  await receive(["bert@home.test"]);
  expect(await lies("bert")).toEqual({ INBOX: ["0"] });
});

describe("scripts of the house", () => {
  test("run ahead and behind, as long as the message is kept", async () => {
    await sorts(
      "",
      'require ["fileinto","copy","mailbox"]; if header :is "subject" "spam" { fileinto "Junk"; } else { fileinto :copy :create "First"; }',
      BEFORE,
    );
    await sorts("bert", 'require ["fileinto","mailbox","copy"]; fileinto :copy :create "Own";');
    await sorts(
      "",
      'require ["fileinto","mailbox","imap4flags"]; fileinto :create :flags "\\\\Flagged" "Last";',
      AFTER,
    );
    await receive(["bert@home.test"]);
    expect(await lies("bert")).toEqual({ First: ["0"], Own: ["0"], Last: ["4"] });
    expect(world.logged("sieve.sorted").map(({ text }) => text)).toEqual([
      "before: into First; rules: into Own; after: into Last",
    ]);
    await receive(["bert@home.test"], "Subject: spam\r\n\r\n");
    expect((await lies("bert")).Junk).toEqual(["0"]);
    expect((await lies("bert")).Own).toEqual(["0"]);
    await receive(["carl@home.test"]);
    expect(await lies("carl")).toEqual({ First: ["0"], Last: ["4"] });
  });

  test("are included by others", async () => {
    await sorts("", 'require "fileinto"; fileinto "Archive";', "common");
    await sorts("bert", 'require "include"; include :global "common";');
    await receive(["bert@home.test"]);
    expect(await lies("bert")).toEqual({ Archive: ["0"] });
  });

  test("and all others rest where that is set", async () => {
    await sorts("bert", "discard;");
    await world.store.settings.set(sieveSettings, { enabled: false });
    await receive(["bert@home.test"]);
    expect(await lies("bert")).toEqual({ INBOX: ["0"] });
  });
});

describe("redirect", () => {
  test("sends on as forwarding does, with the mark that ends rings", async () => {
    await sorts("bert", 'redirect "y@far.test";');
    await receive(["bert@home.test"]);
    expect(await lies("bert")).toEqual({});
    expect(queued()).toEqual(["<x@stranger.test> y@far.test"]);
    const [entry] = world.transport.queue.list().entries;
    expect(world.transport.queue.show(entry?.id ?? 0).message.prefix).toBe("Delivered-To: bert@home.test\r\n");
    await receive(["bert@home.test"], "Delivered-To: bert@home.test\r\nSubject: back\r\n\r\n");
    expect(await lies("bert")).toEqual({ INBOX: ["0"] });
    expect(queued()).toHaveLength(1);
  });

  test("keeps a copy with :copy, and goes to mailboxes here with their own scripts", async () => {
    await sorts("bert", 'require "copy"; redirect :copy "anna@home.test";');
    await sorts("anna", 'require "fileinto"; fileinto "Archive";');
    await receive(["bert@home.test"]);
    expect(await lies("bert")).toEqual({ INBOX: ["0"] });
    expect(await lies("anna")).toEqual({ Archive: ["0"] });
  });

  test("round in a ring stays in the first mailbox", async () => {
    await sorts("bert", 'redirect "anna@home.test";');
    await sorts("anna", 'redirect "bert@home.test";');
    await receive(["bert@home.test"]);
    expect(await lies("bert")).toEqual({ INBOX: ["0"] });
    expect(await lies("anna")).toEqual({});
  });

  test("to more addresses than may be keeps the message, and its owner is told once", async () => {
    const many = Array.from({ length: 500 }, (_, at) => `redirect "y${at}@far.test";`).join("");
    await sorts("bert", many);
    await receive(["bert@home.test"]);
    await receive(["bert@home.test"]);
    expect(queued()).toEqual([]);
    const texts = world.inbox("bert");
    expect(texts).toHaveLength(3);
    expect(texts.filter((text) => text.includes("A mail rule of yours failed"))).toHaveLength(1);
    expect(world.logged("sieve.failed")).toHaveLength(2);
  });

  test("with another header sends on that one", async () => {
    await sorts("bert", 'require ["editheader"]; addheader "X-On" "yes"; redirect "y@far.test";');
    await receive(["bert@home.test"]);
    const [entry] = world.transport.queue.list().entries;
    const { message } = world.transport.queue.show(entry?.id ?? 0);
    const text = Buffer.from(world.store.content.read(message.content, message.skip)).toString();
    expect(text).toContain("X-On: yes\r\n");
    expect(text).not.toContain("Return-Path");
  });
});

describe("reject", () => {
  test("refuses while the sender is there, if all his recipients do", async () => {
    await sorts("bert", 'require "reject"; reject "No, thank you.";');
    expect(receive(["bert@home.test"])).rejects.toMatchObject({
      sentence: "No, thank you.",
      smtp: { code: 550, enhanced: "5.7.1" },
    });
    await receive(["bert@home.test", "anna@home.test"]);
    expect(await lies("bert")).toEqual({});
    expect(await lies("anna")).toEqual({ INBOX: ["0"] });
    expect(queued()).toEqual(["<> x@stranger.test"]);
    const [entry] = world.transport.queue.list().entries;
    const { message } = world.transport.queue.show(entry?.id ?? 0);
    const text = Buffer.from(world.store.content.read(message.content)).toString();
    expect(text).toContain("report-type=disposition-notification");
    expect(text).toContain("\r\n\r\nNo, thank you.");
    expect(text).toContain("Final-Recipient: rfc822; bert@home.test\r\nOriginal-Message-ID: <1@stranger.test>\r\n");
    expect(text).toContain("Disposition: automatic-action/MDN-sent-automatically; deleted\r\n");
  });

  test("with ereject is told by a delivery report", async () => {
    await sorts("bert", 'require "ereject"; ereject "No, thank you.";');
    await receive(["bert@home.test", "anna@home.test"]);
    const [entry] = world.transport.queue.list().entries;
    const { message } = world.transport.queue.show(entry?.id ?? 0);
    const { fields, human } = reportParts(Buffer.from(world.store.content.read(message.content)).toString());
    expect(fields[1]?.get("Status")).toBe("5.7.1");
    expect(human).toContain("No, thank you.");
  });

  test("tells nothing to the null path, and takes what this server reports", async () => {
    await sorts("bert", 'require "ereject"; ereject "Nein, danke — nicht für mich.";');
    expect(receive(["bert@home.test"], undefined, { reversePath: "" })).rejects.toMatchObject({
      smtp: { code: 550, enhanced: "5.7.1" },
    });
    await receive(["bert@home.test", "anna@home.test"], undefined, { reversePath: "" });
    expect(queued()).toEqual([]);
    await world.transport.deliverNotice(mailboxOf("bert"), { subject: "Told", text: "Something." });
    expect(world.inbox("bert")).toHaveLength(1);
  });
});

describe("vacation", () => {
  const away = 'require ["vacation","vacation-seconds"]; vacation :seconds 3600 :subject "Away" "Back on Monday.";';

  test("answers each sender once in its time", async () => {
    await sorts("bert", away);
    await receive(["bert@home.test"]);
    await receive(["bert@home.test"]);
    expect(queued()).toEqual(["<> x@stranger.test"]);
    expect(await lies("bert")).toEqual({ INBOX: ["0", "0"] });
    world.clock += 3_601_000;
    await receive(["bert@home.test"]);
    expect(queued()).toHaveLength(2);
    await sorts("bert", away.replace("Monday", "Tuesday"));
    await receive(["bert@home.test"]);
    expect(queued()).toHaveLength(3);
    const [entry] = world.transport.queue.list().entries;
    const { message } = world.transport.queue.show(entry?.id ?? 0);
    const text = Buffer.from(world.store.content.read(message.content)).toString();
    expect(text).toContain("Subject: Away\r\n");
    expect(text).toContain("Auto-Submitted: auto-replied\r\n");
    expect(text).toContain("In-Reply-To: <1@stranger.test>\r\n");
  });

  test.each([
    ["a list", "List-Id: <x>\r\nTo: bert@home.test\r\n"],
    ["a machine", "Auto-Submitted: auto-generated\r\nTo: bert@home.test\r\n"],
    ["what is not addressed to the owner", "To: others@far.test\r\n"],
  ])("does not answer %s", async (_what, fields) => {
    await sorts("bert", away);
    await receive(["bert@home.test"], `From: x@stranger.test\r\n${fields}Subject: x\r\n\r\n`);
    expect(queued()).toEqual([]);
  });

  test("answers what names another address of the owner", async () => {
    await sorts("bert", 'require "vacation"; vacation :addresses "b@old.test" "Away.";');
    await receive(["bert@home.test"], "To: b@old.test\r\nSubject: x\r\n\r\n");
    expect(queued()).toEqual(["<> x@stranger.test"]);
  });

  test("is silent where the autoresponder answers", async () => {
    const autoresponder = { enabled: true, text: "The other one." };
    await world.directory.mailboxes.update(mailboxOf("bert"), { autoresponder });
    await sorts("bert", away);
    await receive(["bert@home.test"]);
    expect(queued()).toEqual(["<> x@stranger.test"]);
  });
});

describe("what goes beside a message", () => {
  const letters = () =>
    world.transport.queue.list().entries.map(({ id }) => {
      const { message } = world.transport.queue.show(id);
      return Buffer.from(world.store.content.read(message.content)).toString();
    });

  test("may be a MIME entity, under another address of the owner, with a copy in a folder", async () => {
    await world.directory.aliases.add("b.other@home.test", mailboxOf("bert"));
    const entity = "From: boss@far.test\r\nContent-Type: text/html;\r\n charset=utf-8\r\n\r\n<b>Für später</b>";
    await sorts(
      "bert",
      `require ["vacation","fcc","imap4flags"]; vacation :mime :from "Bert B <b.other@home.test>" :fcc "Sent" :flags "\\\\Seen" text:\r\n${entity}\r\n.\r\n;`,
    );
    await receive(["bert@home.test"]);
    const [letter = ""] = letters();
    expect(letter).toContain("From: Bert B <b.other@home.test>\r\n");
    expect(letter).toContain(
      "MIME-Version: 1.0\r\nContent-Type: text/html;\r\n charset=utf-8\r\n\r\n<b>Für später</b>",
    );
    expect(letter).not.toContain("boss");
    expect(await lies("bert")).toEqual({ INBOX: ["0"], Sent: ["1"] });
  });

  test("is sent as quickly, however long the name is under which it goes", async () => {
    const blanks = " ".repeat(3_000);
    await sorts("bert", `require "vacation"; vacation :from "${blanks}x${blanks}\\"\\" <bert@home.test>" "Away.";`);
    const begun = processorMs();
    await receive(["bert@home.test"]);
    expect(processorMs() - begun).toBeLessThan(1_500);
  });

  test("is never under somebody else's address", async () => {
    await sorts("bert", 'require "vacation"; vacation :from "anna@home.test" "Away.";');
    await receive(["bert@home.test"]);
    expect(letters()[0]).toContain("From: bert@home.test\r\n");
  });

  test("goes to everybody in the address book", async () => {
    const bert = world.user("bert").id;
    await world.store.commit((tx) => {
      for (const address of ["p@far.test", "q@far.test"]) {
        world.directory.contacts.createWithin(tx, bert, { mails: [{ kind: "work", address }] }, 1);
      }
    });
    await sorts(
      "bert",
      'require ["extlists","envelope","copy"]; if envelope :list "from" ":addrbook:default" { redirect :copy :list ":addrbook:default"; }',
    );
    await receive(["bert@home.test"]);
    expect(queued()).toEqual([]);
    await receive(["bert@home.test"], undefined, { reversePath: "P@far.test" });
    expect(queued()).toEqual(["<P@far.test> p@far.test q@far.test"]);
  });
});

describe("notify", () => {
  test("sends a letter that leads to no other", async () => {
    await sorts("bert", 'require "enotify"; notify :message "Mail came" "mailto:phone@far.test";');
    await receive(["bert@home.test"]);
    expect(queued()).toEqual(["<> phone@far.test"]);
    await receive(["bert@home.test"], "Auto-Submitted: auto-notified\r\nSubject: x\r\n\r\n");
    expect(queued()).toHaveLength(1);
    expect(await lies("bert")).toEqual({ INBOX: ["0", "0"] });
  });
});

describe("what goes wrong", () => {
  test("in a script that was stored and is not good keeps the message", async () => {
    await sorts("bert", "this is no script");
    await receive(["bert@home.test"]);
    expect(world.inbox("bert").map((text) => /^Subject: (.*)$/m.exec(text)?.[1])).toEqual([
      "Hello",
      "A mail rule of yours failed",
    ]);
  });

  test("in a script of the house is not its owner's matter", async () => {
    await sorts("", "this is no script", BEFORE);
    await sorts("bert", 'require "fileinto"; fileinto "Archive";');
    await receive(["bert@home.test"]);
    expect(await lies("bert")).toEqual({ Archive: ["0"] });
    expect(world.logged("sieve.failed")[0]?.text).toContain("The house's script “before” failed");
  });

  test("goes with its mailbox", async () => {
    const { id } = await world.directory.mailboxes.create({
      ownerId: world.user("bert").id,
      addresses: ["b2@home.test"],
    });
    await world.store.commit((tx) => world.transport.scripts.putWithin(tx, id, "x", "keep;", 1));
    await world.directory.mailboxes.remove(id);
    await world.until(() => world.transport.scripts.list(id).length === 0);
  });
});
