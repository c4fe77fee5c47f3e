/** The message and its envelope: smuggling, sizes, chunks, delivery status, UTF-8. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Dialogue } from "../dialogue.ts";
import { House } from "./house.ts";

let house: House;
beforeEach(async () => {
  house = await House.build();
});
afterEach(async () => {
  await house.close();
});

/** A client that has said EHLO. */
async function greeted(): Promise<Dialogue> {
  const client = await house.dial();
  await client.reply("220 ");
  await client.ask("EHLO client.example", "250-");
  return client;
}

/** A client that has named sender and recipient. */
async function addressed(parameters = ""): Promise<Dialogue> {
  const client = await greeted();
  await client.ask(`MAIL FROM:<eve@other.example>${parameters}`, "250 2.1.0");
  await client.ask("RCPT TO:<ann@home.example>", "250 2.1.5");
  return client;
}

describe("smuggling", () => {
  const SMUGGLED =
    "MAIL FROM:<admin@home.example>\r\nRCPT TO:<bob@home.example>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n";
  const variants: Record<string, string> = {
    "LF . LF": "\n.\n",
    "LF . CR LF": "\n.\r\n",
    "CR . CR": "\r.\r",
    "CR LF . LF": "\r\n.\n",
    "CR LF . CR": "\r\n.\r",
    "CR . CR LF": "\r.\r\n",
    "LF . CR": "\n.\r",
    "CR LF . CR CR LF": "\r\n.\r\r\n",
    "CR LF NUL . CR LF and a bare LF": "\r\n\0.\r\n\n",
    "CR CR LF . CR LF": "\r\r\n\n.\r\n",
  };

  test.each(Object.entries(variants))("%s ends no message, wherever it is cut", async (_name, variant) => {
    const attack = `Subject: a\r\n\r\nbody${variant}${SMUGGLED}`;
    const start = attack.indexOf(variant);
    for (let cut = start - 1; cut <= start + variant.length + 1; cut++) {
      const client = await addressed();
      await client.ask("DATA", "354 ");
      await client.sendAll(attack.slice(0, cut));
      await client.sendAll(attack.slice(cut));
      client.sendRaw("\r\n.\r\n");
      await client.reply("550 5.6.11");
      await client.ask("QUIT", "221 ");
      expect(await client.closed()).toBe("");
    }
    expect(house.post.posted).toHaveLength(0);
  });

  test("octet by octet it is refused as well, and a proper message passes", async () => {
    const client = await addressed();
    await client.ask("DATA", "354 ");
    for (const octet of "body\r\n.\nQUIT\r\n.\r\n") await client.sendAll(octet);
    await client.reply("550 5.6.11");
    await client.ask("MAIL FROM:<eve@other.example>", "250 ");
    await client.ask("RCPT TO:<ann@home.example>", "250 ");
    await client.ask("DATA", "354 ");
    for (const octet of "body\r\n..\r\n.\r\n") await client.sendAll(octet);
    await client.reply("250 2.0.0");
    expect(house.post.only.text).toBe("body\r\n.\r\n");
    client.destroy();
  });

  test("a line end that stands alone is refused in a chunk too, but not in binary mail", async () => {
    for (const body of ["a\nb\r\n", "a\rb\r\n", "a\r\n\r"]) {
      const client = await addressed();
      client.sendRaw(`BDAT ${body.length} LAST\r\n${body}`);
      await client.reply("550 5.6.11");
      client.destroy();
    }
    const binary = await addressed(" BODY=BINARYMIME");
    binary.sendRaw("BDAT 7 LAST\r\na\nb\rc\r\n");
    await binary.reply("250 2.0.0");
    expect(house.post.only).toMatchObject({ text: "a\nb\rc\r\n", envelope: { body: "BINARYMIME" } });
    binary.destroy();
  });
});

describe("size", () => {
  test("a message declared too large is refused at MAIL, one that is so at its end", async () => {
    await house.set({ maxMessageSize: 2000 });
    const client = await addressed(" SIZE=2000");
    await client.ask("RSET", "250 ");
    await client.ask("MAIL FROM:<eve@other.example> SIZE=2001", "552 5.3.4");
    await client.ask("MAIL FROM:<eve@other.example> SIZE=10", "250 ");
    await client.ask("RCPT TO:<ann@home.example>", "250 ");
    await client.ask("DATA", "354 ");
    client.send("x".repeat(2500), ".");
    await client.reply("552 5.3.4");
    await client.ask("NOOP", "250 ");
    expect(house.post.posted).toHaveLength(0);
    expect(house.post.aborted).toBe(1);
    client.destroy();
  });

  test("what goes far beyond the limit is cut off", async () => {
    await house.set({ maxMessageSize: 2000 });
    const client = await addressed();
    await client.ask("DATA", "354 ");
    client.send(...Array.from({ length: 100 }, () => "x".repeat(100)));
    await client.reply("552 5.3.4");
    await client.closed();
  });

  test("a sender that is too slow is cut off, and so is one that pauses too long", async () => {
    await house.set({ dataGrace: 0.05, dataMinimumSpeed: 1_000_000 });
    const slow = await addressed();
    await slow.ask("DATA", "354 ");
    const dripping = setInterval(() => slow.send("drip"), 10);
    try {
      await slow.reply("421 4.4.2");
      await slow.closed();
    } finally {
      clearInterval(dripping);
    }
    await house.set({ dataTimeout: 0.05 });
    const pausing = await addressed();
    await pausing.ask("DATA", "354 ");
    pausing.send("one line");
    await pausing.reply("421 4.4.2");
    await pausing.closed();
    expect(house.post.posted).toHaveLength(0);
    await house.quiet();
    expect(house.post.aborted).toBe(2);
  });
});

describe("BDAT", () => {
  test("takes a message in chunks, pipelined or not", async () => {
    const client = await addressed();
    client.sendRaw("BDAT 10\r\nSubject: a");
    await client.reply("250 2.0.0 10 octets");
    client.sendRaw("BDAT 4\r\n\r\n\r\nBDAT 3\r\n.\r\nBDAT 0 LAST\r\n");
    await client.reply("250 ");
    await client.reply("250 ");
    await client.reply(/^250 2\.0\.0 Accepted/);
    expect(house.post.only.text).toBe("Subject: a\r\n\r\n.\r\n");
    await client.ask("MAIL FROM:<eve@other.example>", "250 ");
    client.destroy();
  });

  test("only BDAT follows BDAT, until RSET", async () => {
    const client = await addressed();
    client.sendRaw("BDAT 2\r\na:");
    await client.reply("250 ");
    await client.ask("DATA", "503 5.5.1");
    await client.ask("RCPT TO:<bob@home.example>", "503 5.5.1");
    await client.ask("MAIL FROM:<eve@other.example>", "503 5.5.1");
    await client.ask("NOOP", "250 ");
    await client.ask("RSET", "250 ");
    await client.ask("MAIL FROM:<eve@other.example>", "250 ");
    expect(house.post.aborted).toBe(1);
    client.destroy();
  });

  test("chunks that nobody wants are read all the same", async () => {
    const client = await greeted();
    client.send("BDAT 6 LAST", "QUIT", "MAIL FROM:<eve@other.example>", "BDAT 6 LAST", "QUIT", "NOOP");
    await client.reply("503 5.5.1");
    await client.reply("250 2.1.0");
    await client.reply("554 5.5.1");
    await client.reply("250 2.0.0");
    client.destroy();
  });

  test("after the last chunk another is out of order", async () => {
    const client = await addressed();
    client.sendRaw("BDAT 3 LAST\r\na\r\nBDAT 3 LAST\r\nb\r\nNOOP\r\n");
    await client.reply("250 ");
    await client.reply("503 5.5.1");
    await client.reply("250 ");
    expect(house.post.only.text).toBe("a\r\n");
    client.destroy();
  });

  test("too large a message is refused, its chunks are read; too large a chunk ends the session", async () => {
    await house.set({ maxMessageSize: 2000 });
    const client = await addressed();
    client.sendRaw(`BDAT 2500\r\n${"x".repeat(2500)}BDAT 5 LAST\r\nxxx\r\nNOOP\r\n`);
    await client.reply("552 5.3.4");
    await client.reply("503 5.5.1");
    await client.reply("250 ");
    const other = await addressed();
    other.sendRaw(`BDAT 100000000 LAST\r\n${"x".repeat(5000)}`);
    await other.reply("552 5.3.4");
    await other.closed();
    client.destroy();
  });

  test("a malformed one ends the session, for nobody knows what follows", async () => {
    for (const command of ["BDAT", "BDAT x", "BDAT -5 LAST", "BDAT 5 FIRST", "BDAT 99999999999999999999"]) {
      const client = await addressed();
      await client.ask(command, "501 5.5.4");
      await client.closed();
    }
  });

  test("binary mail needs it", async () => {
    const client = await addressed(" BODY=BINARYMIME");
    await client.ask("DATA", "503 5.5.1");
    client.destroy();
  });
});

describe("parameters", () => {
  test("of delivery status reach the transport, decoded", async () => {
    const client = await greeted();
    await client.ask("MAIL FROM:<eve@other.example> RET=HDRS ENVID=QQ314159+2B1 BODY=8BITMIME", "250 ");
    await client.ask("RCPT TO:<ann@home.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+2Bb@home.example", "250 ");
    await client.ask("RCPT TO:<bob@home.example> NOTIFY=NEVER", "250 ");
    await client.ask("DATA", "354 ");
    await client.ask(".", "250 ");
    expect(house.post.only.envelope).toMatchObject({
      ret: "HDRS",
      envid: "QQ314159+1",
      body: "8BITMIME",
      smtputf8: false,
      requireTls: false,
      recipients: [
        { address: "ann@home.example", notify: ["SUCCESS", "DELAY"], orcpt: "rfc822;a+b@home.example" },
        { address: "bob@home.example", notify: ["NEVER"] },
      ],
    });
    client.destroy();
  });

  test("SMTPUTF8 opens the envelope and the replies to UTF-8", async () => {
    const client = await greeted();
    await client.ask("MAIL FROM:<evé@other.example>", "553 5.6.7");
    await client.ask("MAIL FROM:<eve@other.example>", "250 ");
    await client.ask("RCPT TO:<jürgen@home.example>", "553 5.6.7");
    await client.ask("RSET", "250 ");
    await client.ask("MAIL FROM:<evé@øther.example> SMTPUTF8", "250 ");
    await client.ask("RCPT TO:<jürgen@home.example>", "250 ");
    expect(await client.ask("RCPT TO:<jörg@home.example>", "550 5.1.1")).toContain("jörg");
    await client.ask("DATA", "354 ");
    await client.ask("Subject: ü\r\n\r\nü\r\n.", "250 ");
    expect(house.post.only).toMatchObject({
      text: "Subject: ü\r\n\r\nü\r\n",
      envelope: { smtputf8: true, reversePath: "evé@øther.example", origin: { protocol: "UTF8SMTP" } },
    });
    client.destroy();
  });
});
