/** Whom mail reaches: aliases, details, several recipients; who may send what to whom. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { Dialogue } from "../dialogue.ts";
import { Gatepost, PASSWORD } from "../harness.ts";
import { behindTrace, letter } from "./letter.ts";
import { READERS } from "./readers.ts";
import { SENDERS } from "./senders.ts";

let server: Gatepost;
beforeAll(async () => {
  server = await Gatepost.start({
    users: ["anna", "bert", "carl"],
    settings: ["smtp.errorsBeforeDelay=1000", "smtp.maxErrors=1000"],
  });
  await server.command(["alias", "add", "info@example.test", "anna"]);
  await server.command(["alias", "add", "team@example.test", "anna"]);
  await server.command(["alias", "add", "team@example.test", "bert"]);
  await server.command(["user", "set", "carl", "permissions=-smtp.relay"]);
});
afterAll(() => server.remove());

async function inbox(login: string): Promise<string[]> {
  const messages = await READERS.imapflow?.(server, login);
  return (messages ?? []).map((one) => behindTrace(one).toString());
}

const subjects = async (login: string) =>
  (await inbox(login)).map((text) => /^Subject: (.*)\r$/m.exec(text)?.[1] ?? "");

/** How many messages' octets the store keeps. */
function contents(): number {
  const database = new Database(join(server.folder, "gatepost.db"), { readonly: true });
  try {
    return Number(database.query("SELECT count(*) FROM contents").values()[0]?.[0]);
  } finally {
    database.close();
  }
}

/** Begins a session, logged in over TLS where a login is given. */
async function session(standardPort: number, login?: string): Promise<Dialogue> {
  const client = await Dialogue.open({ port: server.port(standardPort), tls: standardPort === 465 });
  await client.expect("220 ");
  await client.ask("EHLO client.example", "250");
  if (login === undefined) return client;
  if (standardPort !== 465) {
    await client.ask("STARTTLS", "220");
    await client.startTls();
    await client.ask("EHLO client.example", "250");
  }
  const initial = Buffer.from(`\0${login}\0${PASSWORD}`).toString("base64");
  await client.ask(`AUTH PLAIN ${initial}`, "235");
  return client;
}

describe("addresses", () => {
  test.each([
    ["an alias", "info@example.test", ["anna"]],
    ["an alias of two", "team@example.test", ["anna", "bert"]],
    ["an address with a detail", "anna+shop@example.test", ["anna"]],
    ["an alias with a detail", "info+2026@example.test", ["anna"]],
    ["any case", "ANNA@Example.TEST", ["anna"]],
    ["a quoted form", '"anna"@example.test', ["anna"]],
    ["postmaster", "postmaster@example.test", ["admin"]],
    ["abuse", "Abuse@example.test", ["admin"]],
  ])("%s is reached", async (name, address, logins) => {
    await SENDERS["smtplib with SMTPUTF8"]?.send(server, letter(name, { to: [address] }));
    for (const login of ["anna", "bert", "carl", "admin"]) {
      expect((await subjects(login)).includes(name)).toBe(logins.includes(login));
    }
  });

  test("an address of its own in UTF-8 is reached", async () => {
    await server.command(["alias", "add", "jürgen@example.test", "bert"]);
    await SENDERS["smtplib with SMTPUTF8"]?.send(
      server,
      letter("to Jürgen", { to: ["jürgen@example.test"], text: "utf8" }),
    );
    expect(await subjects("bert")).toContain("to Jürgen");
  });

  test("a message to several people is stored once and reads the same for each", async () => {
    const before = contents();
    const to = ["anna@example.test", "bert@example.test", "carl@example.test", "team@example.test"];
    await SENDERS["swaks with STARTTLS"]?.send(server, letter("to all", { to }));
    expect(contents()).toBe(before + 1);
    const copies = await Promise.all(
      ["anna", "bert", "carl"].map(async (login) => await READERS.imapflow?.(server, login)),
    );
    const [anna, bert, carl] = copies.map((messages) =>
      (messages ?? []).filter((one) => one.includes("Subject: to all")).map(String),
    );
    expect(anna).toHaveLength(1);
    expect(bert).toEqual(anna as string[]);
    expect(carl).toEqual(anna as string[]);
  });

  test("one unknown recipient is refused alone, and the others get the message", async () => {
    const client = await session(25);
    await client.ask("MAIL FROM:<stranger@elsewhere.test>", "250");
    await client.ask("RCPT TO:<anna@example.test>", "250");
    await client.ask("RCPT TO:<nobody@example.test>", /^550[ -]5\.1\.1 /);
    await client.ask("RCPT TO:<bert@example.test>", "250");
    await client.ask("DATA", "354");
    client.send("Subject: two of three", "", "text", ".");
    await client.reply("250");
    await client.ask("QUIT", "221");
    expect(await subjects("anna")).toContain("two of three");
    expect(await subjects("bert")).toContain("two of three");
  });
});

describe("no open relay", () => {
  const TARGETS = [
    "victim@elsewhere.test",
    "victim%elsewhere.test@example.test",
    "victim%elsewhere.test@[127.0.0.1]",
    '"victim@elsewhere.test"@example.test',
    '"victim%elsewhere.test"@example.test',
    "elsewhere.test!victim@example.test",
    "@example.test:victim@elsewhere.test",
    "@example.test,@mail.example.test:victim@elsewhere.test",
    "victim@elsewhere.test@example.test",
    "victim@[192.0.2.1]",
    "victim@[IPv6:2001:db8::1]",
    "victim@sub.example.test",
    "victim",
  ];
  const SENDERS_NAMED = [
    "",
    "stranger@elsewhere.test",
    "anna@example.test",
    "anna@mail.example.test",
    "anna@localhost",
    "anna@[127.0.0.1]",
    "postmaster@example.test",
  ];
  const WAYS: [string, number, string | undefined][] = [
    ["port 25, nobody logged in", 25, undefined],
    ["port 587, nobody logged in", 587, undefined],
    ["port 465, nobody logged in", 465, undefined],
    ["port 25, a user who may not relay", 25, "carl"],
    ["port 587, a user who may not relay", 587, "carl"],
    ["port 465, a user who may not relay", 465, "carl"],
  ];

  test.each(WAYS)("by %s", async (_name, port, login) => {
    const client = await session(port, login);
    for (const sender of [...SENDERS_NAMED, ...(login === undefined ? [] : [`${login}@example.test`])]) {
      for (const target of TARGETS) {
        const mail = await client.ask(`MAIL FROM:<${sender}>`);
        const rcpt = await client.ask(`RCPT TO:<${target}>`);
        expect({ sender, target, mail, rcpt, taken: rcpt.startsWith("2") }).toMatchObject({ taken: false });
        expect(rcpt).toMatch(/^5\d\d/);
        await client.ask("RSET", "250");
      }
    }
    await client.ask("QUIT", "221");
  });

  test("nothing of it waits to be sent", async () => {
    expect(await server.json("queue", "list")).toEqual([]);
  });
});

describe("submission", () => {
  const header = (from: string) => [`From: ${from}`, "To: bert@example.test", "Subject: mine"];

  test.each([
    ["his own address", "anna@example.test", "Anna <anna@example.test>", "250"],
    ["his alias", "info@example.test", "info@example.test", "250"],
    ["his address with a detail", "anna+x@example.test", "anna+x@example.test", "250"],
    ["the null path", "", "anna@example.test", "250"],
    ["another's address", "bert@example.test", "anna@example.test", "553"],
    ["an address elsewhere", "anna@elsewhere.test", "anna@example.test", "553"],
    ["an address that nobody has", "nobody@example.test", "anna@example.test", "553"],
    ["another's From", "anna@example.test", "Bert <bert@example.test>", "550"],
    ["a From elsewhere", "anna@example.test", "anna@elsewhere.test", "550"],
    ["two Froms, one of them another's", "anna@example.test", "anna@example.test, bert@example.test", "550"],
  ])("a user sends as %s: <%s>, From %s → %s", async (_name, path, from, code) => {
    for (const port of [587, 465, 25]) {
      const client = await session(port, "anna");
      const mail = await client.ask(`MAIL FROM:<${path}>`);
      if (mail.startsWith("2")) {
        await client.ask("RCPT TO:<bert@example.test>", "250");
        await client.ask("DATA", "354");
        client.send(...header(from), "", "text", ".");
        expect((await client.reply()).slice(0, 3)).toBe(code);
      } else expect(mail.slice(0, 3)).toBe(code);
      await client.ask("QUIT", "221");
    }
  });

  test("Date and Message-ID that a client forgot are added, Bcc is taken out, the rest stays", async () => {
    const client = await session(465, "anna");
    await client.ask("MAIL FROM:<anna@example.test>", "250");
    await client.ask("RCPT TO:<carl@example.test>", "250");
    await client.ask("DATA", "354");
    client.send(
      "From: anna@example.test",
      "Bcc: carl@example.test,",
      "\tbert@example.test",
      "Subject: bare",
      "",
      "..dot",
      ".",
    );
    await client.reply("250");
    const [message = ""] = (await inbox("carl")).filter((text) => text.includes("Subject: bare"));
    expect(message).toMatch(
      /^From: anna@example\.test\r\nSubject: bare\r\nDate: \w{3}, [^\r\n]+\r\nMessage-ID: <[^<>@\s]+@mail\.example\.test>\r\n\r\n\.dot\r\n$/,
    );
  });
});
