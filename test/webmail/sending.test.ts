/** Sending: as whom one writes, and when what was sent leaves. */
import { afterAll, beforeAll, expect, spyOn, test } from "bun:test";
import { webmailSettings } from "../../src/web/webmail/settings.ts";
import { type Browser, House } from "./house.ts";

let house: House;
let ann: Browser;

beforeAll(async () => {
  house = await House.build();
  ann = await house.signIn("ann");
  await ann.get("/mail");
});
afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

const IDENTITIES = "/mail/options/identities";
const field = (text: string, name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1] ?? "";

test("as whom one writes is said on a page, and stands in what is written and sent", async () => {
  const list = await ann.get(IDENTITIES);
  expect(list.text).toContain("Ann Example");
  expect((await ann.post(`${IDENTITIES}/add`, { address: "bob@home.example" })).text).toContain(
    "not an address to send from",
  );
  const added = await ann.post(`${IDENTITIES}/add`, { address: "ann+shop@home.example" });
  expect(added.location).toBe(`${IDENTITIES}/edit?address=ann%2Bshop%40home.example`);
  const said = {
    ...{
      address: "ann+shop@home.example",
      name: "Ann’s Shop",
      replyTo: "ann@home.example",
      organisation: "Pipes & Co",
    },
    ...{ signature: "Ann\nShop", signatureHtml: "<b>Ann</b>" },
  };
  expect((await ann.post(`${IDENTITIES}/edit`, { ...said, replyTo: "nobody" })).status).toBe(422);
  await ann.post(`${IDENTITIES}/edit`, said);
  await ann.post(`${IDENTITIES}/default`, { address: said.address });
  const page = await ann.get("/mail/compose");
  expect(page.text).toMatch(/<option value="ann\+shop@home.example" selected=""[^>]*>Ann’s Shop/);
  expect(page.text).toContain("\n\n-- \nAnn\nShop\n");
  const sent = { key: field(page.text, "key"), about: "", back: "/mail", from: said.address, to: "bob@home.example" };
  await ann.compose("/mail/compose", { ...sent, cc: "", bcc: "", subject: "Offer", text: "Hello", do: "send" });
  const [message = ""] = (await house.messages(house.folderId("bob"))).map(({ text }) => text);
  expect(message).toContain("From: =?UTF-8?Q?Ann=E2=80=99s_Shop?= <ann+shop@home.example>\r\n");
  expect(message).toContain("Reply-To: ann@home.example\r\n");
  expect(message).toContain("Organization: Pipes & Co\r\n");
  await ann.post(`${IDENTITIES}/remove`, { address: said.address });
  await ann.get(IDENTITIES);
  expect((await ann.get("/mail/compose")).text).not.toContain("ann+shop");
});

/** A letter of ann's to bob as the form sends it. */
async function letter(subject: string, more: Record<string, string> = {}) {
  const page = await ann.get("/mail/compose");
  const form = { key: field(page.text, "key"), about: "", back: "/mail", from: "ann@home.example", cc: "", bcc: "" };
  return { ...form, to: "bob@home.example", subject, format: "plain", text: "Hello", do: "send", ...more };
}
const subjects = async (login: string, folder = "INBOX") =>
  (await house.messages(house.folderId(login, folder))).map(({ text }) => /^Subject: (.*)\r$/m.exec(text)?.[1]);
const flash = async () =>
  /class="toast"[\s\S]*?<p>([^<]*)<\/p>[\s\S]*?(?:action="([^"]*)"|<button)/.exec(
    (await ann.get("/mail/scheduled")).text,
  );

test("what was sent can be called back for some seconds, and goes on as a draft", async () => {
  await house.setUndo(house.user("ann"), 10);
  const form = await letter("Slip");
  expect((await ann.compose("/mail/compose", form)).status).toBe(303);
  const [, said, undo = ""] = (await flash()) ?? [];
  expect(said).toBe("Your message is on its way.");
  expect(await subjects("bob")).not.toContain("Slip");
  // A late save brings nothing back, and another click sends nothing.
  expect((await ann.post("/mail/compose/save", form)).status).toBe(204);
  expect((await ann.compose("/mail/compose", form)).location).toBe("/mail/scheduled");
  expect((await ann.get(`/mail/compose?key=${encodeURIComponent(form.key)}`)).location).toBe("/mail/scheduled");
  const back = await ann.post(undo, {});
  expect(back.location).toBe(`/mail/compose?key=${encodeURIComponent(form.key)}`);
  expect((await ann.get(back.location ?? "")).text).toContain('value="Slip"');
  expect((await ann.post(undo, {})).status).toBe(404);
  expect(await subjects("ann", "Drafts")).toEqual(["Slip"]);
});

test("a message leaves at the time chosen; until then it is listed, put off and sent at once", async () => {
  const at = Date.now() + 5 * 3_600_000;
  await ann.compose("/mail/compose", await letter("Later", { do: `send-${at}`, bcc: "carol@else.example" }));
  expect((await flash())?.[1]).toStartWith("Your message leaves ");
  const list = (await ann.get("/mail/scheduled")).text;
  expect(list).toContain("Later");
  expect(list).toContain('class="count">1<');
  const [, id = ""] = /scheduled\/(\d+)\/back/.exec(list) ?? [];
  await ann.post(`/mail/scheduled/${id}/time`, { at: "2001-01-01T08:00" });
  expect((await flash())?.[1]).toContain("still to come");
  const bob = await house.signIn("bob");
  await bob.get("/mail/scheduled");
  expect((await bob.post(`/mail/scheduled/${id}/now`, {})).status).toBe(404);
  await ann.post(`/mail/scheduled/${id}/time`, { at: "2099-01-01T08:00" });
  expect((await flash())?.[1]).toContain("three years");
  expect((await ann.post(`/mail/scheduled/${id}/time`, { at: "2028-01-01T08:00" })).status).toBe(303);
  expect((await ann.get("/mail/scheduled")).text).toMatch(/Saturday,? 1 January 2028/);
  await ann.post(`/mail/scheduled/${id}/now`, {});
  house.transport.later.start();
  while (!(await subjects("bob")).includes("Later")) await new Promise((resolve) => setImmediate(resolve));
  await house.transport.later.stop();
  expect(await subjects("ann", "Sent")).toContain("Later");
  const past = await ann.compose("/mail/compose", await letter("Past", { do: "send-at", laterAt: "2001-01-01T08:00" }));
  expect(past.text).toContain("still to come");
});

test("templates are kept, put in above what is written, and made of letters", async () => {
  const at = "/mail/options/templates";
  await ann.get(at);
  const fields = {
    name: "Thanks",
    subject: "Your order",
    text: "Thank you.",
    html: "<p>Thank <b>you</b>.<script>x</script></p>",
  };
  expect((await ann.post(`${at}/new`, { ...fields, name: "" })).status).toBe(422);
  expect((await ann.post(`${at}/new`, fields)).location).toBe(at);
  const [template] = house.directory.templates.of(house.user("ann").id);
  expect((await ann.get(at)).text).toContain("Thanks");
  const fresh = await ann.get(`/mail/compose?template=${template?.id}`);
  expect(fresh.text).toContain('value="Your order"');
  expect(fresh.text).toContain("Thank &lt;b&gt;you&lt;/b&gt;");
  expect(fresh.text).not.toContain("script&gt;x");
  const form = await letter("Mine", { do: `template-${template?.id}` });
  const { location = "" } = await ann.compose("/mail/compose", form);
  expect((await ann.get(location)).text).toContain("Thank you.\nHello");
  await ann.compose(
    "/mail/compose",
    await letter("Reply", { text: "Own words\n\n-- \nAnn\n> quoted", do: "keep-template" }),
  );
  expect(house.directory.templates.of(house.user("ann").id).map(({ name, text }) => [name, text])).toEqual([
    ["Reply", "Own words"],
    ["Thanks", "Thank you."],
  ]);
  const bob = await house.signIn("bob");
  await bob.get("/mail/options/templates");
  expect((await bob.get(`/mail/compose?template=${template?.id}`)).status).toBe(404);
  expect((await bob.post(`${at}/${template?.id}/remove`, {})).status).toBe(404);
  const inbox = house.folderId("ann");
  const uid = await house.put(inbox, "From: c@else.example\nSubject: Directions\n\nLeft, then right.\n");
  expect((await ann.get(`${at}/new?like=${inbox}.${uid}`)).text).toContain("Left, then right.");
  expect((await bob.get(`${at}/new?like=${inbox}.${uid}`)).status).toBe(404);
  await ann.get(at);
  expect((await ann.post(`${at}/${template?.id}/remove`, {})).location).toBe(at);
});

test("to more people than a letter may have, it asks no directory about any of them", async () => {
  const { recipients } = house.store.settings.get(webmailSettings);
  const page = await ann.get("/mail/compose");
  const to = Array.from({ length: recipients + 1 }, (_, number) => `a${number}@home.example`).join(", ");
  const letter = { key: field(page.text, "key"), about: "", back: "/mail", from: "ann@home.example", to };
  const lookUp = spyOn(house.transport, "lookUp");
  const answer = await ann.compose("/mail/compose", { ...letter, cc: "", bcc: "", subject: "", text: "", do: "send" });
  expect(answer.text).toContain(`at most ${recipients} recipients`);
  expect(lookUp).not.toHaveBeenCalled();
  lookUp.mockRestore();
});
