/** The list of messages: conversations, the parts it comes in, and what an action changes of a page that is open. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Browser, House, htmx } from "./house.ts";

let house: House;
let ann: Browser;
let mailbox: number;
let inbox: number;
let sent: number;

beforeAll(async () => {
  house = await House.build();
  ann = await house.signIn("ann");
  mailbox = house.user("ann").primaryMailbox;
  inbox = house.folderId("ann");
  sent = house.folderId("ann", "Sent");
  // The page that forms are sent from.
  await ann.get(`/mail/f/${inbox}`);
});
afterAll(async () => await house.close());

const letter = (id: string, options: { from?: string; refs?: string; subject?: string } = {}) =>
  `From: ${options.from ?? "Carol Carter <carol@else.example>"}\nTo: ann@home.example\nSubject: ${options.subject ?? "Plan"}\nMessage-ID: <${id}@x>\n${options.refs ? `References: <${options.refs}@x>\n` : ""}\ntext ${id}\n`;

const newFolder = async (name: string) => (await house.mailstore.createFolder(mailbox, name)).id;
/** The lines of a page: UID → its words. */
const linesOf = (text: string): Map<number, string> =>
  new Map(
    [...text.matchAll(/<li class="mail-row[^"]*" id="m(\d+)"[\s\S]*?<\/li>/g)].map(([line, uid]) => [
      Number(uid),
      line
        .replace(/<svg[\s\S]*?<\/svg>|<time[\s\S]*?<\/time>/g, "")
        .replace(/<[^>]*>/g, " ")
        .replace(/\s+/g, " ")
        .trim(),
    ]),
  );
const uidsOf = (text: string): number[] => [...linesOf(text).keys()];
const hrefOf = (text: string, what: RegExp) => what.exec(text)?.[1]?.replaceAll("&amp;", "&") ?? "";

describe("conversations", () => {
  test("are one line with who takes part, own answers in Sent included", async () => {
    const first = await house.put(inbox, letter("a"), { at: 1_000 });
    await house.put(sent, letter("b", { from: "Ann <ann@home.example>", refs: "a" }), { flags: 1, at: 2_000 });
    const last = await house.put(inbox, letter("c", { from: "Dora <dora@else.example>", refs: "b" }), { at: 3_000 });
    // First words are kept along with the index.
    await house.mailstore.index.catchUp();
    const { text } = await ann.get(`/mail/f/${inbox}`);
    const lines = linesOf(text);
    expect([...lines.keys()]).toEqual([last]);
    expect(lines.get(last)).toContain("Carol, me, Dora 3 Plan text c");
    expect(text).toContain("1 conversation, 2 unread");
    // Reading begins with what is not read yet.
    expect(text).toContain(`class="mail-link" href="/mail/f/${inbox}/m/${first}"`);
  });

  test("are listed above an open message, and answers are read beside the same list", async () => {
    const [view] = (await house.messages(inbox)).map(({ uid }) => uid);
    const page = await ann.get(`/mail/f/${inbox}/m/${view}`);
    const items = [...page.text.matchAll(/class="mail-conversation-item[^"]*" href="([^"]*)"/g)].map(
      ([, href]) => href ?? "",
    );
    expect(items).toHaveLength(3);
    const answer = await ann.get((items[1] ?? "").replaceAll("&amp;", "&"));
    expect(answer.text).toContain("text b");
    expect(answer.text).toContain(`data-line=`);
    expect(answer.text).toMatch(new RegExp(`<a class="rail-link[^>]*href="/mail/f/${inbox}"[^>]*aria-current="page"`));
  });

  test("are moved as a whole, and come back; mail that came meanwhile stays", async () => {
    const { text } = await ann.get(`/mail/f/${inbox}`);
    const [line] = uidsOf(text);
    const below = hrefOf(text, /name="below"[^>]* value="(\d+)"/);
    await house.put(inbox, letter("d", { refs: "c" }));
    const fields = { uid: String(line), whole: "1", below, do: "archive" };
    await ann.post(`/mail/f/${inbox}/act`, fields);
    expect((await house.messages(inbox)).map((one) => /text (\w)/.exec(one.text)?.[1])).toEqual(["d"]);
    const page = await ann.get(`/mail/f/${inbox}`);
    expect(page.text).toContain("2 messages moved to Archive.");
    await ann.post(hrefOf(page.text, /action="(\/mail\/undo\/[\w-]+)"/), {});
    expect([...linesOf((await ann.get(`/mail/f/${inbox}`)).text).values()]).toEqual([
      expect.stringContaining(" 4 Plan"),
    ]);
  });

  test("are single messages for whoever wants that, in Trash, and in what a search found", async () => {
    const count = async (path: string) => uidsOf((await ann.get(path)).text).length;
    expect(await count(`/mail/f/${inbox}?q=text`)).toBe(3);
    const preferences = house.directory.preferences;
    const ann_ = house.user("ann").id;
    await house.store.commit((tx) => preferences.setWithin(tx, ann_, { conversations: false }));
    expect(await count(`/mail/f/${inbox}`)).toBe(3);
    await house.store.commit((tx) => preferences.setWithin(tx, ann_, { conversations: true }));
    await ann.get(`/mail/f/${inbox}`);
    await ann.post(`/mail/f/${inbox}/act`, { all: "1", do: "delete" });
    expect(await count(`/mail/f/${house.folderId("ann", "Trash")}`)).toBe(3);
  });
});

describe("a long list", () => {
  test("goes on where it ends, without gaps and repetitions, though mail comes and goes", async () => {
    const folder = await newFolder("Long");
    for (let n = 1; n <= 120; n++) await house.put(folder, letter(`long${n}`), { at: n * 1_000 });
    const page = await ann.get(`/mail/f/${folder}`);
    const seen = uidsOf(page.text);
    await house.put(folder, letter("new"));
    await house.mailstore.expunge(folder, [seen.at(-1) ?? 0, 60]);
    const second = await ann.get(hrefOf(page.text, /id="more" hx-get="([^"]*)"/), htmx("p#more"));
    seen.push(...uidsOf(second.text));
    const third = await ann.get(hrefOf(second.text, /id="more" hx-get="([^"]*)"/), htmx("p#more"));
    seen.push(...uidsOf(third.text));
    expect(seen).toEqual(Array.from({ length: 120 }, (_, at) => 120 - at).filter((uid) => uid !== 60));
    expect(third.text).not.toContain('id="more"');
    // The same part again, as it is now.
    const again = await ann.get(hrefOf(second.text, /data-again="([^"]*)"/), htmx("ol.mail-rows"));
    expect(uidsOf(again.text)).toEqual(uidsOf(second.text));
    const top = await ann.get(hrefOf(page.text, /id="list"[^>]*hx-get="([^"]*)"/), htmx("section#list"));
    expect(top.text).toContain('hx-target="#rows"');
    expect(uidsOf(top.text)).toHaveLength(50);
    expect(top.text).toContain("119 conversations");
  });

  test("answers nonsense with its beginning", async () => {
    const folder = house.folderId("ann", "Long");
    for (const part of ["after=x", "after=1", "to=9.9.9", "after=1e9.1", "after=99999999999999999.1"]) {
      expect((await ann.get(`/mail/f/${folder}/rows?${part}`)).status).toBe(200);
    }
    expect((await (await house.signIn("bob")).get(`/mail/f/${folder}/rows`)).status).toBe(404);
  });
});

describe("an action on an open page", () => {
  test("is answered with what changed of it", async () => {
    const folder = await newFolder("Open");
    const uids = [];
    for (let n = 1; n <= 3; n++) uids.push(await house.put(folder, letter(`open${n}`)));
    const at = `/mail/f/${folder}/m/${uids[0]}`;
    await ann.get(at);
    const act = async (fields: Record<string, string>) =>
      await ann.post(`/mail/f/${folder}/act`, fields, htmx("main#main", at));
    const starred = await act({ star: String(uids[1]) });
    expect(uidsOf(starred.text)).toEqual([Number(uids[1])]);
    expect(starred.text).not.toContain('id="list"');
    const gone = await act({ uid: String(uids[1]), do: "delete" });
    expect(gone.text).toContain(`<hx-partial hx-target="#m${uids[1]}" hx-swap="delete">`);
    expect(gone.text).toContain("1 message moved to Trash.");
    expect(gone.text).not.toContain("Nothing open");
    const closed = await act({ uid: String(uids[0]), do: "delete" });
    expect(closed.text).toContain("Nothing open");
    expect(closed.headers.get("hx-replace-url")).toBe(`/mail/f/${folder}`);
    expect((await act({ uid: String(uids[2]), do: "delete" })).text).toContain("An empty folder");
  });
});
