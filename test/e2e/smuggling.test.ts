/** Input that is made to deceive or to hurt: each is answered with the protocol's own error, while other sessions go on. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { Dialogue } from "../dialogue.ts";
import { Gatepost, PASSWORD } from "../harness.ts";
import { Client } from "../imap/client.ts";
import { behindTrace } from "./letter.ts";
import { READERS } from "./readers.ts";

const SIZE = 100_000;

let server: Gatepost;
/** Sessions that are there all the time and must not notice anything. */
let bystanders: { smtp: Dialogue; imap: Client; pop3: Dialogue };
let pid: number;

beforeAll(async () => {
  server = await Gatepost.start({
    users: ["anna", "bert", "carl"],
    settings: [`smtp.maxMessageSize=${SIZE}`, `imap.maxMessageSize=${SIZE}`, "smtp.errorsBeforeDelay=1000"],
  });
  pid = server.pid;
  const smtp = await Dialogue.open({ port: server.port(25) });
  await smtp.reply("220");
  await smtp.ask("EHLO bystander.example", "250");
  const imap = await Client.open({ port: server.port(143) });
  await imap.ok(`LOGIN carl "${PASSWORD}"`);
  await imap.ok("SELECT INBOX");
  const pop3 = await Dialogue.open({ port: server.port(995), tls: true });
  await pop3.expect("+OK");
  await pop3.say("USER carl", "+OK");
  await pop3.say(`PASS ${PASSWORD}`, "+OK");
  bystanders = { smtp, imap, pop3 };
});
afterAll(() => server.remove());

let delivered = 0;
/** Whatever a test did: others still send, read and hear from the same process at once. */
afterEach(async () => {
  const { smtp, imap, pop3 } = bystanders;
  await smtp.ask("MAIL FROM:<bystander@elsewhere.test>", "250");
  await smtp.ask("RCPT TO:<carl@example.test>", "250");
  await smtp.ask("DATA", "354");
  smtp.send("Subject: still here", "", "text", ".");
  await smtp.reply("250");
  delivered++;
  expect((await imap.ok("NOOP")).join()).toContain(`${delivered} EXISTS`);
  await pop3.say("NOOP", "+OK");
  expect(server.pid).toBe(pid);
  expect(server.log).not.toMatch(/^\S+ error /m);
});

/** An SMTP session from outside that has said MAIL and RCPT. */
async function transaction(): Promise<Dialogue> {
  const client = await Dialogue.open({ port: server.port(25) });
  await client.reply("220");
  await client.ask("EHLO attacker.example", "250");
  await client.ask("MAIL FROM:<attacker@elsewhere.test>", "250");
  await client.ask("RCPT TO:<anna@example.test>", "250");
  return client;
}

/** Resident memory of the server, in octets. */
function memory(): number {
  const status = readFileSync(`/proc/${server.pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

async function inbox(login: string): Promise<string[]> {
  const messages = await READERS["imaplib over TLS"]?.(server, login);
  return (messages ?? []).map((one) => behindTrace(one).toString("latin1"));
}

describe("SMTP smuggling", () => {
  const ENDS: [name: string, end: string][] = [
    ["LF . LF", "\n.\n"],
    ["LF . CR LF", "\n.\r\n"],
    ["CR . CR", "\r.\r"],
    ["CR . CR LF", "\r.\r\n"],
    ["CR LF . LF", "\r\n.\n"],
    ["CR LF . CR", "\r\n.\r"],
    ["LF . CR", "\n.\r"],
    ["CR . LF", "\r.\n"],
    ["CR LF . NUL CR LF", "\r\n.\0\r\n"],
    ["CR LF NUL . CR LF", "\r\n\0.\r\n"],
    ["CR LF . blank CR LF", "\r\n. \r\n"],
    ["CR LF . tab CR LF", "\r\n.\t\r\n"],
    ["CR CR LF . CR CR LF", "\r\r\n.\r\r\n"],
    ["CR LF . CR CR LF", "\r\n.\r\r\n"],
    ["VT . VT", "\v.\v"],
    ["FF . FF", "\f.\f"],
    ["NEL . NEL in Latin-1", "\x85.\x85"],
    ["NEL . NEL in UTF-8", "\xc2\x85.\xc2\x85"],
    ["U+2028 . U+2028", "\xe2\x80\xa8.\xe2\x80\xa8"],
  ];
  const SECOND =
    "MAIL FROM:<admin@example.test>\r\nRCPT TO:<bert@example.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nevil\r\n";

  let before: string[];
  beforeEach(async () => {
    before = await inbox("anna");
  });

  test.each(ENDS)("%s does not end a message", async (_name, end) => {
    const client = await transaction();
    await client.ask("DATA", "354");
    const text = Buffer.from(`Subject: outer\r\n\r\nbefore${end}${SECOND}`, "latin1");
    client.sendRaw(Buffer.concat([text, Buffer.from(".\r\n")]));
    const answer = await client.reply(/^(250|550) /);
    // Nothing else was answered: what follows the message was no command.
    await client.ask("NOOP", "250 2.0.0");
    await client.ask("QUIT", "221");
    const bare = /\r(?!\n)|(?<!\r)\n/.test(end);
    expect(answer.slice(0, 3)).toBe(bare ? "550" : "250");
    const after = await inbox("anna");
    expect(after).toHaveLength(before.length + (bare ? 0 : 1));
    if (!bare)
      expect(after.at(-1)).toBe(
        text
          .toString("latin1")
          .replace("\r\n.\0", "\r\n\0")
          .replace(/\r\n\.([ \t])/, "\r\n$1")
          // IMAP has no NUL in a message's text (RFC 9051 §9, CHAR8).
          .replace("\0", "\x80"),
      );
    expect(await inbox("bert")).toEqual([]);
  });

  test("no cut of the octets makes an end of what is none, or hides the true one", async () => {
    for (const end of ["\n.\n", "\r\n.\n", "\n.\r\n", "\r.\r\n", "\r\n.\r\n"]) {
      const text = `Subject: cut\r\n\r\nbefore${end}`;
      for (let cut = text.length - end.length; cut < text.length; cut++) {
        const client = await transaction();
        await client.ask("DATA", "354");
        await client.sendAll(text.slice(0, cut));
        // The server has surely read the first part once it has answered another session.
        await bystanders.smtp.ask("NOOP", "250");
        await client.sendAll(text.slice(cut));
        await bystanders.smtp.ask("NOOP", "250");
        if (end === "\r\n.\r\n") await client.reply("250");
        else {
          expect(client.pending).toBe("");
          client.sendRaw("\r\n.\r\n");
          await client.reply("550 5.6.11");
        }
        await client.ask("NOOP", "250 2.0.0");
        client.destroy();
      }
    }
    const sent = "Subject: cut\r\n\r\nbefore\r\n";
    const after = await inbox("anna");
    expect(after.slice(before.length)).toEqual(Array(5).fill(sent));
    expect(await inbox("bert")).toEqual([]);
  });

  test("a message sent octet by octet is the same message", async () => {
    const client = await transaction();
    await client.ask("DATA", "354");
    for (const octet of "Subject: slow\r\n\r\n..\r\n..two\r\n.\r\n") await client.sendAll(octet);
    await client.reply("250");
    expect((await inbox("anna")).at(-1)).toBe("Subject: slow\r\n\r\n.\r\n.two\r\n");
  });

  test("a line that ends in LF alone is no command", async () => {
    const client = await Dialogue.open({ port: server.port(25) });
    await client.reply("220");
    client.sendRaw("EHLO attacker.example\n");
    await client.reply("500 5.5.2");
    client.sendRaw("EHLO attacker.example\rMAIL FROM:<x@y.test>\r\n");
    await client.reply(/^5/);
    client.destroy();
  });

  test("octets of a BDAT chunk are never commands", async () => {
    const client = await transaction();
    const chunk = `Subject: chunk\r\n\r\n.\r\n${SECOND}.\r\n`;
    client.sendRaw(`BDAT ${chunk.length} LAST\r\n${chunk}NOOP\r\n`);
    await client.reply("250 2.0.0 Accepted");
    await client.reply("250 2.0.0");
    await client.ask("QUIT", "221");
    expect((await inbox("anna")).at(-1)).toBe(chunk);
    expect(await inbox("bert")).toEqual([]);
  });
});

describe("too much", () => {
  test("of a line, in SMTP", async () => {
    const client = await Dialogue.open({ port: server.port(25) });
    await client.reply("220");
    await client.ask(`EHLO ${"x".repeat(50_000)}`, "500 5.5.6");
    await client.ask("EHLO attacker.example", "250");
    await client.ask(`MAIL FROM:<${"x".repeat(5_000)}@elsewhere.test>`, "500 5.5.6");
    await client.ask("QUIT", "221");
  });

  test.each([
    [25, "NOOP", /^500 /, /^250 /],
    [587, "NOOP", /^500 /, /^250 /],
    [143, "b NOOP", /^\S+ BAD /, /^b OK /],
    [110, "CAPA", /^-ERR /, /^\+OK/],
  ])(
    "of a line on port %i, however long: refused if it ends, cut off if it does not",
    async (port, next, refusal, ok) => {
      const client = await Dialogue.open({ port: server.port(port) });
      await client.line();
      client.sendRaw(Buffer.alloc(3_000_000, "x"));
      await client.say("", refusal);
      await client.say(next, ok);
      client.sendRaw(Buffer.alloc(40_000_000, "x"));
      await client.closed();
      expect(memory()).toBeLessThan(400_000_000);
    },
  );

  test("of a line in IMAP and POP3", async () => {
    const imap = await Client.open({ port: server.port(143) });
    expect(await imap.fails(`LOGIN ${"x".repeat(60_000)} y`)).toStartWith("BAD");
    await imap.ok(`LOGIN anna "${PASSWORD}"`);
    expect(await imap.fails(`SELECT ${"x".repeat(600_000)}`)).toStartWith("BAD");
    await imap.ok("LOGOUT");
    const pop3 = await Dialogue.open({ port: server.port(110) });
    await pop3.expect("+OK");
    await pop3.say(`USER ${"x".repeat(60_000)}`, "-ERR");
    await pop3.say("QUIT", "+OK");
  });

  test("of a message, announced by SIZE", async () => {
    const client = await Dialogue.open({ port: server.port(25) });
    await client.reply("220");
    await client.ask("EHLO attacker.example", new RegExp(`^250[ -]SIZE ${SIZE}$`, "m"));
    await client.ask(`MAIL FROM:<attacker@elsewhere.test> SIZE=${SIZE + 1}`, "552 5.3.4");
    await client.ask(`MAIL FROM:<attacker@elsewhere.test> SIZE=99999999999999999999999`, /^5/);
    await client.ask(`MAIL FROM:<attacker@elsewhere.test> SIZE=${SIZE}`, "250");
    client.destroy();
  });

  test("of a message, not announced: refused at its end, or cut off", async () => {
    const before = (await inbox("anna")).length;
    const line = `${"x".repeat(98)}\r\n`;
    const client = await transaction();
    await client.ask("DATA", "354");
    await client.sendAll(line.repeat(SIZE / 100 + 1));
    client.sendRaw(".\r\n");
    await client.reply("552 5.3.4");
    await client.ask("NOOP", "250");
    client.destroy();
    const flood = await transaction();
    await flood.ask("DATA", "354");
    flood.sendRaw(line.repeat((5 * SIZE) / 100));
    expect(await flood.closed()).toStartWith("552 5.3.4");
    expect(await inbox("anna")).toHaveLength(before);
  });

  test("of a chunk", async () => {
    const client = await transaction();
    await client.ask("BDAT 99999999999999999999999 LAST", /^5/);
    await client.closed();
    const other = await Dialogue.open({ port: server.port(25) });
    await other.reply("220");
    await other.ask("BDAT 4000000000 LAST", "552 5.3.4");
    await other.closed();
  });

  test("of a literal in IMAP, synchronising or not, before login and after", async () => {
    const client = await Client.open({ port: server.port(143) });
    expect(await client.fails("LOGIN {1000000}")).toMatch(/^(NO \[TOOBIG\]|BAD)/);
    expect(await client.fails("LOGIN {99999999999999999999}")).toMatch(/^(NO|BAD)/);
    await client.ok(`LOGIN anna "${PASSWORD}"`);
    expect(await client.fails(`APPEND INBOX {${SIZE + 1}}`)).toStartWith("NO [TOOBIG]");
    const large = "x".repeat(SIZE + 1);
    expect(await client.fails(`APPEND INBOX {${large.length}+}\r\n${large}`)).toStartWith("NO [TOOBIG]");
    expect(await client.fails("SELECT {4000000}")).toStartWith("NO [TOOBIG]");
    await client.ok("NOOP");
    client.dialogue.send("z APPEND INBOX {4000000000+}");
    expect(await client.dialogue.closed()).toContain("BYE");
    expect((await inbox("anna")).some((text) => text.includes(large))).toBe(false);
  });

  test("of recipients: the rest is put off", async () => {
    const client = await transaction();
    const many = Array.from({ length: 1_100 }, (_, at) => `RCPT TO:<anna+${at}@example.test>`);
    client.send(...many);
    let [taken, putOff] = [0, 0];
    for (const _ of many) {
      const answer = await client.reply(/^(250|452)/);
      if (answer.startsWith("250")) taken++;
      else putOff++;
    }
    expect([taken, putOff]).toEqual([999, 101]);
    client.destroy();
  });
});

describe("what is no mail at all", () => {
  const PORTS = [25, 587, 143, 110];

  test.each(PORTS)("a browser's request on port %i is sent away", async (port) => {
    const client = await Dialogue.open({ port: server.port(port) });
    await client.line();
    const form = "MAIL FROM:<evil@elsewhere.test>\r\nRCPT TO:<anna@example.test>\r\n";
    client.sendRaw(
      `POST / HTTP/1.1\r\nHost: 127.0.0.1:${server.port(port)}\r\nContent-Length: ${form.length}\r\n\r\n${form}`,
    );
    client.end();
    expect(await client.closed()).toMatch(/^(421 |\S+ BAD|\* BAD|\* BYE|-ERR)/);
  });

  test.each([...PORTS, 465, 993, 995])("random octets on port %i end in errors, not in harm", async (port) => {
    for (let round = 0; round < 20; round++) {
      const client = await Dialogue.open({ port: server.port(port) });
      const junk = Buffer.alloc(2_000);
      crypto.getRandomValues(junk);
      client.sendRaw(junk);
      client.sendRaw("\r\n\r\nQUIT\r\nx LOGOUT\r\n");
      client.end();
      await client.closed();
    }
  });

  test.each(PORTS)("a TLS handshake on port %i, where text belongs, is answered in text", async (port) => {
    const client = await Dialogue.open({ port: server.port(port) });
    await client.line();
    client.sendRaw(Buffer.from("160301020001000001fc0303\r\n\r\n", "latin1"));
    client.sendRaw(Uint8Array.of(0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0, 13, 10, 13, 10));
    client.end();
    expect(await client.closed()).toMatch(/^(5\d\d |\S+ BAD|-ERR)/);
  });
});
