/** What a message offers to do: invitations, contact cards, receipts, lists to leave, files in winmail.dat, signatures named. */
import { afterAll, beforeAll, describe, expect, spyOn, test } from "bun:test";
import type { Server } from "bun";
import type { WebDeps } from "../../src/web/deps.ts";
import { Messages } from "../../src/web/webmail/message.ts";
import { unsubscribe } from "../../src/web/webmail/offers/subscriptions.ts";
import { PackedLists, packedParts } from "../../src/web/webmail/packed.ts";
import { type Browser, House } from "./house.ts";

let house: House;
let ann: Browser;
let inbox: number;
let list: Server<undefined>;
const asked: { readonly method: string; readonly body: string }[] = [];

beforeAll(async () => {
  house = await House.build();
  ann = await house.signIn("ann");
  inbox = house.folderId("ann");
  list = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      asked.push({ method: request.method, body: await request.text() });
      return new Response("bye", { status: new URL(request.url).pathname === "/broken" ? 500 : 202 });
    },
  });
});
afterAll(async () => {
  expect(house.faults).toEqual([]);
  await list.stop(true);
  await house.close();
});

const FROM = "From: Bob <bob@home.example>\nTo: ann@home.example\nSubject: About it\nMessage-ID: <m1@else.example>\n";
const mixed = (fields: string, ...parts: readonly string[]) =>
  `${fields}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n${parts.map((part) => `--b\n${part}\n`).join("")}--b--\n`;
const here = (uid: number) => `/mail/f/${inbox}/m/${uid}`;
const keywords = async (uid: number) => (await house.messages(inbox)).find((one) => one.uid === uid)?.keywords;

describe("an invitation", () => {
  const calendar = (method: string, organizer = "bob@home.example") =>
    `Content-Type: text/calendar; charset=utf-8; method=${method}\n\nBEGIN:VCALENDAR\nMETHOD:${method}\nBEGIN:VEVENT\nUID:u1\nSUMMARY:Plans <b>\nLOCATION:Room 1\nDTSTART:20260330T100000Z\nDTEND:20260330T110000Z\nORGANIZER;CN=Bob:mailto:${organizer}\nATTENDEE;CN=Ann:mailto:ann@home.example\nEND:VEVENT\nEND:VCALENDAR`;

  test("is shown, answered by mail, and the answer stays with it", async () => {
    const uid = await house.put(inbox, mixed(FROM, "Content-Type: text/plain\n\nCome", calendar("REQUEST")));
    const page = await ann.get(here(uid));
    expect(page.text).toContain("You are invited");
    expect(page.text).toContain("Plans &lt;b&gt;");
    expect(page.text).toContain("30 March 2026");
    expect((await ann.post(`${here(uid)}/invitation`, { answer: "accepted" })).location).toBe(here(uid));
    const shown = await ann.get(here(uid));
    expect(shown.text).toContain("You accepted.");
    expect(await keywords(uid)).toEqual(["$Accepted"]);
    const [answer] = (await house.messages(house.folderId("bob"))).slice(-1);
    expect(answer?.text).toContain("Content-Type: text/calendar; charset=utf-8; method=REPLY");
    const encoded = answer?.text.split("method=REPLY")[1]?.split("\r\n\r\n")[1]?.split("\r\n--")[0] ?? "";
    const reply = Buffer.from(encoded, "base64").toString();
    expect(reply).toContain("METHOD:REPLY");
    expect(reply).toContain('ATTENDEE;PARTSTAT=ACCEPTED;CN="Ann Example":mailto:ann@home.example');
    expect(answer?.text).toContain("In-Reply-To: <m1@else.example>");
    expect((await house.messages(house.folderId("ann", "Sent"))).at(-1)?.text).toContain("method=REPLY");
    await ann.post(`${here(uid)}/invitation`, { answer: "declined" });
    expect(await keywords(uid)).toEqual(["$Declined"]);
  });

  test("of somebody else than the sender says where the answer goes", async () => {
    const uid = await house.put(inbox, mixed(FROM, calendar("REQUEST", "eve@evil.example")));
    expect((await ann.get(here(uid))).text).toContain("The answer goes to eve@evil.example, who is not the sender");
  });

  test("that is one's own, called off, or an answer is not answered", async () => {
    for (const [method, organizer, words] of [
      ["REQUEST", "ann@home.example", "You are invited"],
      ["CANCEL", "bob@home.example", "This was called off"],
      ["REPLY", "ann@home.example", "Ann maybe comes"],
    ] as const) {
      const uid = await house.put(inbox, mixed(FROM, calendar(method, organizer)));
      const page = await ann.get(here(uid));
      expect(page.text).toContain(words);
      expect(page.text).not.toContain('value="accepted"');
      expect((await ann.post(`${here(uid)}/invitation`, { answer: "accepted" })).status).toBe(404);
    }
  });
});

describe("a contact card", () => {
  test("is shown as text, and saved to one's own contacts", async () => {
    const card =
      'Content-Type: text/vcard\nContent-Disposition: attachment; filename="zoe.vcf"\n\nBEGIN:VCARD\nFN:Zoe <script>alert(1)</script>\nEMAIL:zoe@pipes.example\nEND:VCARD';
    const uid = await house.put(inbox, mixed(FROM, card));
    const page = await ann.get(here(uid));
    expect(page.text).toContain("Zoe &lt;script&gt;");
    await ann.post(`${here(uid)}/card`, { part: "1", card: "0" });
    const { contacts } = house.directory.contacts.list(house.user("ann").id);
    expect(contacts.map(({ card: { mails } }) => mails[0]?.address)).toEqual(["zoe@pipes.example"]);
    const again = await ann.get(here(uid));
    expect(again.text).toContain("stands in your contacts");
    expect((await ann.post(`${here(uid)}/card`, { part: "1", card: "7" })).status).toBe(404);
    expect((await ann.post(`${here(uid)}/card`, { part: "9", card: "0" })).status).toBe(404);
  });
});

describe("a receipt", () => {
  const ASKING = `${FROM}Disposition-Notification-To: Bob <bob@home.example>\n\nHello\n`;

  test("is sent where its reader wants that, once", async () => {
    const uid = await house.put(inbox, ASKING);
    expect((await ann.get(here(uid))).text).toContain("wants to hear that you read this, at bob@home.example");
    const before = (await house.messages(house.folderId("bob"))).length;
    await ann.post(`${here(uid)}/receipt`, { answer: "send" });
    const bobs = await house.messages(house.folderId("bob"));
    expect(bobs).toHaveLength(before + 1);
    const receipt = bobs.at(-1)?.text ?? "";
    expect(receipt).toContain("Disposition: manual-action/MDN-sent-manually; displayed");
    expect(receipt).toContain("Original-Message-ID: <m1@else.example>");
    expect(receipt).toContain("Final-Recipient: rfc822; ann@home.example");
    expect(receipt).toMatch(/^Return-Path: <>/);
    expect(await keywords(uid)).toEqual(["$MDNSent"]);
    expect((await ann.get(here(uid))).text).not.toContain("wants to hear");
    expect((await ann.post(`${here(uid)}/receipt`, { answer: "send" })).status).toBe(404);
  });

  test("is refused for good, and never asked about by whoever wants none", async () => {
    const uid = await house.put(inbox, ASKING);
    const before = (await house.messages(house.folderId("bob"))).length;
    await ann.get(here(uid));
    await ann.post(`${here(uid)}/receipt`, { answer: "refuse" });
    expect(await keywords(uid)).toEqual(["$MDNSent"]);
    expect((await house.messages(house.folderId("bob"))).length).toBe(before);
    const user = house.user("ann").id;
    await house.store.commit((tx) => house.directory.preferences.setWithin(tx, user, { receipts: "never" }));
    expect((await ann.get(here(await house.put(inbox, ASKING)))).text).not.toContain("wants to hear");
    await house.store.commit((tx) => house.directory.preferences.setWithin(tx, user, { receipts: "ask" }));
  });

  test("is not sent to many at once", async () => {
    const uid = await house.put(inbox, `${FROM}Disposition-Notification-To: a@b.example, c@d.example\n\nHello\n`);
    expect((await ann.get(here(uid))).text).not.toContain("wants to hear");
  });
});

describe("a mailing list", () => {
  /** As this server writes in front of what a signature of list.example was good for. */
  const told = (signed: string) =>
    `Authentication-Results: mail.home.example; dkim=pass header.d=list.example\nReceived: from x by mail.home.example (Gatepost) with ESMTP id abc; Mon, 23 Nov 2026 10:00:00 +0000\nDKIM-Signature: v=1; d=list.example; h=from:subject:${signed}; b=x\n`;
  const fields = (path: string) =>
    `From: news@list.example\nTo: ann@home.example\nSubject: News\nList-Unsubscribe: <mailto:leave@list.example?subject=leave>, <https://127.0.0.1:${list.port}${path}>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n\nNews\n`;

  test("is left with one click where its signature covers the fields", async () => {
    const uid = await house.put(inbox, told("list-unsubscribe:List-Unsubscribe-Post") + fields("/leave"));
    expect((await ann.get(here(uid))).text).toContain(`action="${here(uid)}/unsubscribe"`);
    // The address is of HTTPS, and the server of the test has no certificate that is good.
    expect((await ann.post(`${here(uid)}/unsubscribe`, {})).status).toBe(503);
    expect(asked).toEqual([]);
  });

  test("is told so in one request, by this server", async () => {
    const uid = await house.put(inbox, told("list-unsubscribe:list-unsubscribe-post") + fields("/leave"));
    const message = await new Messages(house.mailstore, house.store.content).open(
      { id: inbox, reader: undefined },
      uid,
    );
    const errands: string[] = [];
    const answering = (status: number): WebDeps => {
      const run: WebDeps["outside"]["run"] = (url, { post }) => {
        errands.push(`${url} ${post?.type} ${Buffer.from(post?.octets ?? []).toString()}`);
        return Promise.resolve(status);
      };
      return { ...house.deps, outside: { run } };
    };
    expect(await unsubscribe(answering(202), message)).toContain("was told that you leave the list");
    const url = `https://127.0.0.1:${list.port}/leave`;
    expect(errands).toEqual([`${url} application/x-www-form-urlencoded List-Unsubscribe=One-Click`]);
    expect(unsubscribe(answering(302), message)).rejects.toThrow("did not take it");
  });

  test("is left by mail where nothing proves that the list offers it", async () => {
    const uid = await house.put(inbox, told("list-unsubscribe") + fields("/leave"));
    const page = await ann.get(here(uid));
    expect(page.text).not.toContain("/unsubscribe");
    expect(page.text).toContain("/mail/compose?mailto=mailto%3Aleave%40list.example%3Fsubject%3Dleave");
    expect((await ann.post(`${here(uid)}/unsubscribe`, {})).status).toBe(404);
  });

  test("is not left where somebody on the way may have named the address", async () => {
    const proven = told("list-unsubscribe:list-unsubscribe-post").replace(
      "list.example\n",
      "list.example header.b=xyz\n",
    );
    const signed = (b: string, names: string) => `DKIM-Signature: v=1; d=list.example; h=${names}; b=${b}\n`;
    const both = "list-unsubscribe:list-unsubscribe-post";
    const without = proven.replace(/DKIM-Signature.*\n/, "");
    for (const [head, offered] of [
      [without + signed("xy\n z1", both), true],
      [without + signed("other", both), false],
      [without + signed("xyz1", "from") + signed("xyz2", both), false],
      [`${without}${signed("xyz1", both)}List-Unsubscribe: <https://crook.example/>\n`, false],
      [`${without}${signed("xyz1", both)}List-Unsubscribe-Post: List-Unsubscribe=One-Click\n`, false],
    ] as const) {
      const { text } = await ann.get(here(await house.put(inbox, head + fields("/leave"))));
      expect({ head, offered: text.includes('/unsubscribe"') }).toEqual({ head, offered });
    }
  });

  test("whose address is no web address offers nothing", async () => {
    const uid = await house.put(
      inbox,
      "From: a@b.example\nSubject: x\nList-Unsubscribe: <javascript:alert(1)>, <file:///etc/passwd>\n\nx\n",
    );
    const page = await ann.get(here(uid));
    expect(page.text).not.toContain("Unsubscribe");
    expect(page.text).not.toContain("javascript:");
  });
});

describe("winmail.dat", () => {
  test("is opened, and its files are saved like others", async () => {
    const u16 = (value: number) => Buffer.from([value & 255, value >> 8]);
    const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
    const attribute = (name: number, data: Uint8Array) =>
      Buffer.concat([Buffer.from([2]), u16(name), u16(6), u32(data.length), data, u16(0)]);
    const packed = Buffer.concat([
      ...[u32(0x223e9f78), u16(1), attribute(0x9002, Buffer.alloc(14))],
      ...[
        attribute(0x8010, Buffer.from("../plan <1>.html\0")),
        attribute(0x800f, Buffer.from("<script>alert(1)</script>")),
      ],
    ]);
    const winmail = `Content-Type: application/ms-tnef; name=winmail.dat\nContent-Disposition: attachment; filename=winmail.dat\nContent-Transfer-Encoding: base64\n\n${packed.toString("base64")}`;
    const uid = await house.put(inbox, mixed(FROM, winmail));
    const page = await ann.get(here(uid));
    expect(page.text).toContain("plan _1_.html");
    expect(page.text).not.toContain("winmail.dat");
    const file = await ann.get(`${here(uid)}/packed/1/0`);
    expect(file.text).toBe("<script>alert(1)</script>");
    expect(file.headers.get("content-type")).toBe("application/octet-stream");
    expect(file.headers.get("content-disposition")).toStartWith('attachment; filename="plan _1_.html"');
    expect(file.headers.get("content-security-policy")).toContain("sandbox");
    expect((await ann.get(`${here(uid)}/packed/1/1`)).status).toBe(404);
    const messages = new Messages(house.mailstore, house.store.content);
    const lists = new PackedLists(messages);
    const message = await messages.open({ id: inbox, reader: undefined }, uid);
    const [part] = packedParts(message);
    const unpacked = spyOn(messages, "decoded");
    for (let times = 0; times < 3; times++)
      expect(part && (await lists.of(message, part))).toEqual([{ name: "plan _1_.html", mediaType: "", size: 25 }]);
    expect(unpacked).toHaveBeenCalledTimes(1);
  });
});

describe("a signature", () => {
  const signed = (protocol: string, signature: string) =>
    `${FROM}MIME-Version: 1.0\nContent-Type: multipart/signed; protocol="${protocol}"; micalg=sha-256; boundary=s\n\n--s\nContent-Type: text/plain\n\nHello\n--s\n${signature}\n--s--\n`;

  test("of PGP is named", async () => {
    const uid = await house.put(
      inbox,
      signed("application/pgp-signature", "Content-Type: application/pgp-signature\n\n-----BEGIN PGP SIGNATURE-----"),
    );
    expect((await ann.get(here(uid))).text).toContain("has a PGP signature. It was not checked here.");
  });

  test("of S/MIME that cannot be read is named all the same", async () => {
    for (const body of ["", "MIIB", Buffer.from([0x30, 0x80, 0xff, 0xff]).toString("base64")]) {
      const part = `Content-Type: application/pkcs7-signature\nContent-Transfer-Encoding: base64\n\n${body}`;
      const uid = await house.put(inbox, signed("application/pkcs7-signature", part));
      expect((await ann.get(here(uid))).text).toContain("has an S/MIME signature");
    }
  });

  test("of S/MIME says who signed, as its certificate has it", async () => {
    const { root } = house.certificates;
    const { der } = root.call(house.certificates);
    const { explicit, integer, objectIdentifier, sequence, set } = await import("../../src/net/der.ts");
    const data = sequence(objectIdentifier("1.2.840.113549.1.7.1"));
    const content = sequence(integer(Uint8Array.of(1)), set(), data, explicit(0, der), set());
    const pkcs7 = sequence(objectIdentifier("1.2.840.113549.1.7.2"), explicit(0, content));
    const part = `Content-Type: application/pkcs7-signature\nContent-Transfer-Encoding: base64\n\n${Buffer.from(pkcs7).toString("base64")}`;
    const uid = await house.put(inbox, signed("application/pkcs7-signature", part));
    expect((await ann.get(here(uid))).text).toMatch(/Its certificate says [^,]*Gatepost[^,]*, by /);
  });

  test("and encryption are told apart", async () => {
    const uid = await house.put(
      inbox,
      `${FROM}MIME-Version: 1.0\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n\nMIIB\n`,
    );
    expect((await ann.get(here(uid))).text).toContain("encrypted with S/MIME");
  });
});
