/** Labels, messages that are put off, and conversations that are muted. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { until } from "../harness.ts";
import { type Browser, House } from "./house.ts";

let house: House;
let ann: Browser;
let inbox: number;

beforeAll(async () => {
  house = await House.build();
  house.mailstore.start();
  ann = await house.signIn("ann");
  inbox = house.folderId("ann");
  // The page that forms are sent from.
  await ann.get(`/mail/f/${inbox}`);
});
afterAll(async () => await house.close());

const letter = (id: string, refs = "") =>
  `From: Carol <carol@else.example>\nTo: ann@home.example\nSubject: ${id}\nMessage-ID: <${id}@x>\n${refs ? `References: <${refs}@x>\n` : ""}\ntext ${id}\n`;

type Fields = Record<string, string | readonly string[]>;

/** Does something; gives the page after it. */
async function act(fields: Fields, folder = inbox): Promise<string> {
  const { status } = await ann.post(`/mail/f/${folder}/act`, fields);
  expect(status).toBe(303);
  return (await ann.get(`/mail/f/${folder}`)).text;
}
const undo = async (page: string) => await ann.post(/action="(\/mail\/undo\/[\w-]+)"/.exec(page)?.[1] ?? "", {});
const inFolder = async (name: string) =>
  (await house.messages(house.folderId("ann", name))).map((one) => ({ ...one, id: /text (\w+)/.exec(one.text)?.[1] }));

describe("labels", () => {
  test("are keywords that other programs see, made by the name that somebody types", async () => {
    const uid = await house.put(inbox, letter("labelled"));
    const page = await act({ uid: String(uid), do: "label", labelName: "Zu erledigen – früh" });
    expect(page).toContain("Zu erledigen – früh</bdi>");
    const keywords = async () => (await inFolder("INBOX")).find((one) => one.uid === uid)?.keywords;
    expect(await keywords()).toEqual(["Zu_erledigen_fruh"]);
    // The same name is the same label; a button takes it where all have it.
    await act({ uid: String(uid), do: "label", labelName: "zu erledigen – FRÜH" });
    expect(await keywords()).toEqual(["Zu_erledigen_fruh"]);
    const without = await act({ uid: String(uid), label: "Zu_erledigen_fruh" });
    expect(await keywords()).toEqual([]);
    await undo(without);
    expect(await keywords()).toEqual(["Zu_erledigen_fruh"]);
    expect((await ann.get(`/mail/f/${inbox}/m/${uid}`)).text).toContain(`<p class="mail-labels" id="reader-labels">`);
  });

  test("of programs are shown by their names, and what programs tell each other is not", async () => {
    const uid = await house.put(inbox, letter("theirs"));
    const keywords = ["$label1", "$MDNSent", "NonJunk", "my_project", "<b>x"];
    await house.mailstore.setFlags(inbox, [uid], { mode: "add", flags: { system: 0, keywords } });
    const { text } = await ann.get(`/mail/f/${inbox}`);
    const line = new RegExp(`id="m${uid}"[\\s\\S]*?</li>`).exec(text)?.[0] ?? "";
    expect([...line.matchAll(/mail-label tone-\d">([^<]*)</g)].map(([, name]) => name)).toEqual([
      "Important",
      "&lt;b&gt;x",
      "my project",
    ]);
  });

  test("without a name are refused in words, and one more with each name of signs", async () => {
    const uid = await house.put(inbox, letter("nameless"));
    expect(await act({ uid: String(uid), do: "label", labelName: "  " })).toContain(
      "Type the name of the label first.",
    );
    await act({ uid: String(uid), do: "label", labelName: "日本" });
    await act({ uid: String(uid), do: "label", labelName: "$Junk" });
    const { keywords = [] } = (await inFolder("INBOX")).find((one) => one.uid === uid) ?? {};
    expect(keywords).toHaveLength(2);
    expect(keywords.every((keyword) => /^label_\w+$/.test(keyword))).toBe(true);
  });
});

describe("putting off", () => {
  test("takes a message away until its time; then it is back, unread and on top", async () => {
    const uid = await house.put(inbox, letter("later"), { flags: 5, at: 1_000 });
    await house.put(inbox, letter("newer"), { at: Date.now() - 5_000 });
    const page = await act({ uid: String(uid), do: `snooze-${Date.now() + 1_500}` });
    expect(page).toContain("1 message comes back");
    expect(await inFolder("Snoozed")).toMatchObject([{ id: "later", system: 5 }]);
    expect((await ann.get(`/mail/f/${house.folderId("ann", "Snoozed")}`)).text).toContain("Comes back");
    await until(async () => (await inFolder("INBOX")).some(({ id }) => id === "later"), "it is back");
    expect((await inFolder("INBOX")).find(({ id }) => id === "later")).toMatchObject({ system: 4 });
    const { text } = await ann.get(`/mail/f/${inbox}`);
    expect(text.indexOf(">later<")).toBeLessThan(text.indexOf(">newer<"));
    expect(await inFolder("Snoozed")).toEqual([]);
  });

  test("can be taken back, and given another time", async () => {
    const uid = await house.put(inbox, letter("again"));
    const page = await act({ uid: String(uid), do: "snooze", until: "2030-03-04T08:00" });
    await undo(page);
    expect((await inFolder("INBOX")).some(({ id }) => id === "again")).toBe(true);
    const [message] = (await house.messages(inbox)).slice(-1);
    await act({ uid: String(message?.uid), do: "snooze", until: "2030-03-04T08:00" });
    const folder = house.folderId("ann", "Snoozed");
    const put = (await house.messages(folder)).at(-1)?.uid ?? 0;
    const year = (uid = put) => new Date(house.mailstore.snoozes.dueAt(folder, uid) ?? 0).getFullYear();
    expect(year()).toBe(2030);
    const later = await act({ uid: String(put), do: "snooze", until: "2031-03-04T08:00" }, folder);
    expect(year()).toBe(2031);
    // One that was moved there by hand has no time before.
    const other = await house.put(folder, letter("by hand"));
    const both = await act({ uid: [String(put), String(other)], do: "snooze", until: "2032-03-04T08:00" }, folder);
    expect([year(), year(other)]).toEqual([2032, 2032]);
    await undo(both);
    expect(year()).toBe(2031);
    await undo(later);
    expect(year()).toBe(2030);
  });

  test("again, of many with times of their own, is taken back as it was", async () => {
    const folder = house.folderId("ann", "Snoozed");
    const uids = await Promise.all(Array.from({ length: 450 }, () => house.put(folder, letter("many"))));
    const due = (uid: number) => Date.UTC(2030, 0, 1 + uid);
    const times = uids.map((uid) => ({ uid, due: due(uid) }));
    expect(await house.mailstore.snoozes.set(folder, times, inbox)).toEqual([]);
    const same = uids.map((uid) => ({ uid, due: due(0) }));
    const before = await house.mailstore.snoozes.set(folder, [...same, { uid: 999_999, due: due(0) }], inbox);
    expect(before).toEqual(times);
    expect(await house.mailstore.snoozes.set(folder, before, inbox)).toEqual(same);
    expect(uids.map((uid) => house.mailstore.snoozes.dueAt(folder, uid))).toEqual(times.map((one) => one.due));
    await house.mailstore.expunge(folder, uids);
  });

  test("again, in somebody else's folder, needs the right to put messages into his inbox", async () => {
    const { id } = await house.addUser("dora");
    const { primaryMailbox } = house.user("ann");
    const folder = house.folderId("ann", "Snoozed");
    const uid = await house.put(folder, letter("shared"));
    const dora = await house.signIn("dora");
    const wish = { uid: String(uid), do: "snooze", until: "2033-03-04T08:00" };
    const snooze = async (rights: string) => {
      await house.directory.mailboxes.share(primaryMailbox, id, rights);
      await dora.get(`/mail/f/${folder}`);
      return (await dora.post(`/mail/f/${folder}/act`, wish)).status;
    };
    expect(await snooze("lrte")).toBe(403);
    expect(house.mailstore.snoozes.dueAt(folder, uid)).toBeUndefined();
    expect(await snooze("lrite")).toBe(303);
    expect(house.mailstore.snoozes.dueAt(folder, uid)).toBeDefined();
  });

  test("lasts through a restart, and forgets what somebody moved away", async () => {
    const gone = await house.put(inbox, letter("gone"));
    const stays = await house.put(inbox, letter("stays"));
    await house.mailstore.snoozes.stop();
    await act({ uid: [String(gone), String(stays)], do: `snooze-${Date.now() + 60_000}` });
    const folder = house.folderId("ann", "Snoozed");
    const there = (await house.messages(folder)).find((one) => one.text.includes("text gone"));
    await house.mailstore.copy(folder, [there?.uid ?? 0], house.folderId("ann", "Archive"), { move: true });
    house.store.client.run("UPDATE snoozed SET due = ?1 WHERE due < ?1 + 60000", [Date.now()]);
    house.mailstore.snoozes.start();
    await until(async () => (await inFolder("INBOX")).some(({ id }) => id === "stays"), "it is back");
    expect((await inFolder("INBOX")).some(({ id }) => id === "gone")).toBe(false);
    const left = house.store.client.query("SELECT count(*) FROM snoozed WHERE due < ?").values(Date.now());
    expect(left).toEqual([[0]]);
  });

  test("asks for a time to come", async () => {
    const uid = String(await house.put(inbox, letter("never")));
    for (const wish of [
      { do: "snooze" },
      { do: "snooze-1" },
      { do: "snooze", until: "soon" },
      { do: "snooze-999999999999999" },
    ])
      expect((await ann.post(`/mail/f/${inbox}/act`, { uid, ...wish } as Fields)).status).toBe(400);
  });
});

describe("muting", () => {
  const arrive = async (message: string) => {
    const receiver = house.transport.receiver({
      reversePath: "carol@else.example",
      recipients: [{ address: "ann@home.example" }],
      ...{ smtputf8: false, body: "7BIT", origin: { kind: "system", session: "s", trace: "t" } },
    });
    await receiver.write(Buffer.from(message.replaceAll("\n", "\r\n")));
    await receiver.finish();
  };

  test("takes a conversation out of the inbox, and what comes to it past it", async () => {
    const uid = await house.put(inbox, letter("noise"));
    const page = await act({ uid: String(uid), whole: "1", do: "mute" });
    expect(page).toContain("Muted. What comes to this conversation");
    expect((await inFolder("Archive")).find(({ id }) => id === "noise")?.keywords).toEqual(["$muted"]);
    await arrive(letter("answer", "noise"));
    await arrive(letter("further", "answer"));
    await arrive(letter("other"));
    const ids = async (name: string) => (await inFolder(name)).map(({ id }) => id);
    expect(await ids("Archive")).toEqual(expect.arrayContaining(["noise", "answer", "further"]));
    expect(await ids("INBOX")).toContain("other");
    expect(await ids("INBOX")).not.toContain("answer");
    await undo(page);
    expect((await inFolder("INBOX")).find(({ id }) => id === "noise")?.keywords).toEqual([]);
    await arrive(letter("heard", "noise"));
    expect(await ids("INBOX")).toContain("heard");
  });

  test("reaches no other conversation that a coming message names beside it", async () => {
    const uid = await house.put(inbox, letter("rumour"));
    await house.put(inbox, letter("contract"));
    await act({ uid: String(uid), whole: "1", do: "mute" });
    await arrive(letter("joined", "rumour@x> <contract"));
    await arrive(letter("signed", "contract"));
    await arrive(letter("rejoined", "joined"));
    const ids = async (name: string) => (await inFolder(name)).map(({ id }) => id);
    expect(await ids("Archive")).toEqual(expect.arrayContaining(["joined", "rejoined"]));
    expect(await ids("INBOX")).toContain("signed");
  });

  test("is ended where the conversation lies, and is the owner's alone", async () => {
    const uid = await house.put(inbox, letter("hush"));
    await act({ uid: String(uid), whole: "1", do: "mute" });
    const archive = house.folderId("ann", "Archive");
    const there = (await inFolder("Archive")).find(({ id }) => id === "hush")?.uid;
    await act({ uid: String(there), whole: "1", do: "unmute" }, archive);
    await arrive(letter("hushed", "hush"));
    expect((await inFolder("INBOX")).map(({ id }) => id)).toContain("hushed");
    const carol = await house.addUser("carol");
    await house.directory.mailboxes.share(house.user("ann").primaryMailbox, carol.id, "lrswite");
    const browser = await house.signIn("carol");
    await browser.get(`/mail/f/${inbox}`);
    const [one] = await house.messages(inbox);
    expect((await browser.post(`/mail/f/${inbox}/act`, { uid: String(one?.uid), do: "mute" })).status).toBe(403);
  });
});
