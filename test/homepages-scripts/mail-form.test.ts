/** Mail that pages send: to their owner, as often as is set, and never with a field of the visitor's own. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { form, House } from "./house.ts";

let house: House;

beforeAll(async () => {
  house = await House.build({ mailPerVisitor: 1_000, mailPerPage: 1_000 });
});
afterAll(() => house.close());

const SEND = "<% mail.send(request.form) %>sent";

const letters = async (login = "anna") => (await house.messages(house.folderId(login))).map(({ text }) => text);

/** Sends a form; gives the letter that came of it. */
async function sent(fields: Readonly<Record<string, string>>): Promise<string> {
  expect(await house.text(SEND, form(fields))).toBe("sent");
  return (await letters()).at(-1) ?? "";
}

test("a letter reaches the owner, and an answer its sender", async () => {
  const letter = await sent({ subject: "Grüße", text: "Hello\nAnna", replyTo: "zoe@example.org", name: "Zoë" });
  expect(letter).toContain("\r\nSubject: =?UTF-8?");
  expect(letter).toMatch(/\r\nReply-To: =\?UTF-8\?[^<]*<zoe@example\.org>\r\n/i);
  expect(letter).toContain("\r\nTo: anna@home.example\r\n");
  expect(letter).toContain("\r\nAuto-Submitted: auto-generated\r\n");
  expect(letter).toContain("Hello\r\nAnna\r\n");
  expect(letter).toContain("Sent with the form at /~anna/index.html from 192.168.1.7.");
});

describe("no field begins in what a visitor writes", () => {
  test.each([
    [{ subject: "a\r\nBcc: all@example.org", text: "x" }],
    [{ subject: "a", text: "x", name: "b\r\nBcc: all@example.org" }],
    [{ subject: "a\u2028Bcc: all@example.org", text: "x", name: "b\u0000\nBcc: all@example.org" }],
    [{ subject: "a", text: "\r\n.\r\nBcc: all@example.org\r\n" }],
  ])("%j", async (fields) => {
    const [head = ""] = (await sent(fields)).split("\r\n\r\n");
    expect(head).not.toMatch(/^bcc:/im);
    expect(head).toContain("\r\nTo: anna@home.example\r\n");
  });

  test.each([
    "a@b.example\r\nBcc: c@d.example",
    "a@b.example, c@d.example",
    "nobody",
    "<a@b.example>",
    `${"a".repeat(300)}@b.example`,
  ])("%j is no address to answer to", async (replyTo) => {
    const before = (await letters()).length;
    expect((await house.trouble(SEND, form({ subject: "a", text: "b", replyTo }))).message).toContain(
      "no mail address",
    );
    expect(await letters()).toHaveLength(before);
  });
});

test("whatever the page says, nobody but the owner gets it", async () => {
  const before = (await letters("ben")).length;
  await house.text(
    "<% mail.send({ subject: 'a', text: 'b', to: 'ben@home.example', mailbox: 2, owner: 'ben', cc: 'ben@home.example' }) %>",
  );
  expect(await letters("ben")).toHaveLength(before);
  expect((await letters()).at(-1)).toContain("\r\nTo: anna@home.example\r\n");
});

test("a visitor sends so many in an hour, and all visitors of a page together", async () => {
  await house.limit({ mailPerVisitor: 2, mailPerPage: 4 });
  const from = (remote: string, path = "/limits.html") => ({ ...form({ subject: "a", text: "b" }), remote, path });
  await house.text(SEND, from("2001:db8::1"));
  await house.text(SEND, from("2001:db8:0:0:1::2"));
  expect((await house.trouble(SEND, from("2001:db8::3"))).message).toContain("You have sent as many");
  await house.text(SEND, from("192.168.1.8"));
  await house.text(SEND, from("192.168.1.9"));
  expect((await house.trouble(SEND, from("192.168.1.10"))).message).toContain("This page has sent as many");
  // Whatever the page is called in the address.
  for (const [at, base] of ["/%7Eanna", "/~%61nna", "/~ANNA", ""].entries())
    expect((await house.trouble(SEND, { ...from(`192.168.1.2${at}`), base })).message).toContain("This page has sent");
  await house.text(SEND, from("192.168.1.10", "/other.html"));
  house.later += 3_700_000;
  await house.text(SEND, from("2001:db8::1"));
  await house.limit({ mailPerVisitor: 1_000, mailPerPage: 1_000 });
});

test("mail for a mailbox that is full is refused, and the page can say so", async () => {
  const mailbox = house.user("anna").primaryMailbox;
  await house.directory.mailboxes.update(mailbox, {
    quota: { messages: 1, octets: null, whenFull: "refuse", warnPercent: 100, warnDays: 7 },
  });
  const before = (await letters()).length;
  expect(
    await house.text(
      "<% try { mail.send(request.form) } catch (e) { write(e.message) } %>",
      form({ subject: "a", text: "b" }),
    ),
  ).toBe("The mailbox is full.");
  expect(await letters()).toHaveLength(before);
});
