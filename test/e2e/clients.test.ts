/** A message sent by each real client and read by the others: octet for octet what was sent. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { simpleParser } from "mailparser";
import { createTransport } from "nodemailer";
import { Gatepost, PASSWORD, temporaryFolder } from "../harness.ts";
import { behindTrace, letter } from "./letter.ts";
import { Mutt, type MuttOptions } from "./mutt.ts";
import { READERS, type Reader } from "./readers.ts";
import { SENDERS, type Sender } from "./senders.ts";

let server: Gatepost;
beforeAll(async () => {
  server = await Gatepost.start({ users: ["anna", "bert", "carl", "dora"] });
});
afterAll(() => server.remove());

/** The only message, or the last one, that a reader finds. */
async function last(reader: string, login: string): Promise<Buffer> {
  const message = (await (READERS[reader] as Reader)(server, login)).at(-1);
  if (message === undefined) throw new Error(`${reader} finds nothing`);
  return message;
}

describe("what one client sends", () => {
  const sent: Buffer[] = [];

  test.each(Object.keys(SENDERS))("%s is taken", async (name) => {
    const { login, text, send } = SENDERS[name] as Sender;
    const message = letter(name, { ...(login && { from: `${login}@example.test` }), ...(text && { text }) });
    await send(server, message);
    sent.push(message.octets);
  });

  test.each(Object.keys(READERS))("is read octet for octet by %s", async (name) => {
    const stored = await (READERS[name] as Reader)(server, "anna");
    expect(stored.map((one) => behindTrace(one).toString())).toEqual(sent.map((one) => one.toString()));
  });
});

describe("mutt", () => {
  const file = join(temporaryFolder("gatepost-attachment"), "photo.bin");
  const photo = randomBytes(200_000);
  const text = "Grüße aus dem Terminal\n.\n..\nFrom here to there\n";
  writeFileSync(file, photo);
  afterAll(() => rmSync(join(file, ".."), { recursive: true }));

  const mutts: Mutt[] = [];
  const create = async (login: string, options: MuttOptions) => {
    const mutt = await Mutt.create(server, login, options);
    mutts.push(mutt);
    return mutt;
  };
  afterEach(async () => {
    for (const mutt of mutts.splice(0)) await mutt.remove();
  });

  const ways: [string, MuttOptions][] = [
    ["PLAIN after STARTTLS", { mechanism: "plain" }],
    ["LOGIN over TLS", { mechanism: "login", implicit: true }],
    ["SCRAM-SHA-256 after STARTTLS", { mechanism: "scram-sha-256" }],
  ];

  test.each(ways)("sends with %s what three others read octet for octet", async (_name, options) => {
    const copy = await (await create("bert", options)).send("From mutt", "carl@example.test", text, [file]);
    // mutt writes the header of its own copy anew, a second later where the clock says so.
    const dateless = (octets: Buffer) => octets.toString("latin1").replace(/^Date: .*?\r?\n/, "");
    const sent = dateless(copy).replaceAll("\n", "\r\n");
    for (const reader of ["imaplib over TLS", "poplib with STLS", "imapflow"]) {
      expect(dateless(behindTrace(await last(reader, "carl")))).toBe(sent);
    }
    const { attachments } = await simpleParser(await last("imapflow", "carl"));
    expect(attachments[0]?.content.equals(photo)).toBe(true);
  });

  test.each(ways)("reads with %s, in a terminal, what another sent", async (name, options) => {
    await (SENDERS["smtplib with STARTTLS, AUTH PLAIN"] as Sender).send(
      server,
      letter(name, { from: "bert@example.test", to: ["dora@example.test"] }),
    );
    const screen = await (await create("dora", options)).open();
    await screen.shows(new RegExp(`\\d N .*Jürgen Größe.*${name}`));
    await screen.press("Enter");
    const shown = await screen.shows(/trailing blanks/);
    expect(shown).toContain(`Subject: ${name}`);
    expect(shown).toMatch(/^\.$/m);
    expect(shown).toMatch(/^\.\.two dots$/m);
    await screen.press("d");
    await screen.shows(/INBOX \[Msgs:1 .*Del:1/);
    await screen.press("q");
    await screen.over();
    expect(await READERS.imapflow?.(server, "dora")).toEqual([]);
  });
});

test("nodemailer's attachments arrive as they were, whatever their names and kinds", async () => {
  const attachments = [
    { filename: "Straßenbahn – 電車.pdf", content: randomBytes(50_000), contentType: "application/pdf" },
    { filename: "notes.txt", content: Buffer.from("line\r\n.\r\nFrom line\r\n"), contentType: "text/plain" },
    { filename: "empty.bin", content: Buffer.alloc(0), contentType: "application/octet-stream" },
  ];
  const transport = createTransport({
    ...{ host: "localhost", port: server.port(587), requireTLS: true, auth: { user: "bert", pass: PASSWORD } },
    tls: { ca: readFileSync(await server.rootFile(), "utf8") },
  });
  await transport.sendMail({
    from: "Bert Größe <bert@example.test>",
    to: { name: 'Carl; the "Great"', address: "carl@example.test" },
    bcc: "dora@example.test",
    subject: "Bilder aus Köln 📷",
    text: "Schöne Grüße",
    html: "<p>Schöne <b>Grüße</b></p>",
    attachments,
  });
  const stored = await last("imaplib over TLS", "carl");
  const parsed = await simpleParser(stored);
  expect(parsed.subject).toBe("Bilder aus Köln 📷");
  expect(parsed.text?.trim()).toBe("Schöne Grüße");
  expect(parsed.html).toBe("<p>Schöne <b>Grüße</b></p>");
  expect(parsed.attachments.map(({ filename }) => filename)).toEqual(attachments.map(({ filename }) => filename));
  for (const [at, { content }] of attachments.entries()) {
    expect(parsed.attachments[at]?.content.equals(content)).toBe(true);
  }
  expect(stored.toString("latin1")).not.toMatch(/^bcc:/im);
  expect(behindTrace(await last("curl imaps", "dora"))).toEqual(behindTrace(stored));
});
