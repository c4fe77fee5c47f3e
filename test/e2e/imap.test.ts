/** IMAP with real clients: logging in, folders, flags, searching, moving, and what one session sees of another. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { DOMAIN, Gatepost, PASSWORD, run, until } from "../harness.ts";
import { Client } from "../imap/client.ts";
import { ScramClient } from "../scram.ts";
import { letter } from "./letter.ts";
import { type Call, calls } from "./python.ts";
import { curl, imapFlow } from "./readers.ts";
import { SENDERS } from "./senders.ts";

let server: Gatepost;
beforeAll(async () => {
  server = await Gatepost.start({
    users: ["anna", "bert", "carl"],
    settings: ["network.proxies=127.0.0.2/32"],
  });
});
afterAll(() => server.remove());

const login: Call = ["login", "anna", PASSWORD];
const words = (capability: unknown) => JSON.stringify(capability);

describe("logging in", () => {
  test("imaplib over TLS and with STARTTLS", async () => {
    const [before, begun, after, secure] = await calls(
      server,
      "imap",
      ["capability"],
      ["starttls"],
      ["capability"],
      login,
    );
    expect(words(before)).toContain("STARTTLS");
    expect(begun).toMatchObject(["OK", expect.anything()]);
    expect(words(after)).not.toContain("STARTTLS");
    expect(words(after)).toContain("AUTH=PLAIN");
    expect(words(after)).toContain("AUTH=SCRAM-SHA-256-PLUS");
    expect(secure).toMatchObject(["OK", expect.anything()]);
    expect(await calls(server, "imaps", login)).toMatchObject([["OK", expect.anything()]]);
  });

  test("a wrong password is refused, and the session goes on to a right one", async () => {
    const [wrong, right] = await calls(server, "imaps", ["login", "anna", "wrong"], login);
    expect(words(wrong)).toContain("AUTHENTICATIONFAILED");
    expect(right).toMatchObject(["OK", expect.anything()]);
  });

  test("the whole address is a login name too", async () => {
    expect(await calls(server, "imaps", ["login", `anna@${DOMAIN}`, PASSWORD])).toMatchObject([
      ["OK", expect.anything()],
    ]);
  });

  test("SCRAM-SHA-256-PLUS binds the login to the TLS connection", async () => {
    const client = await Client.open({ port: server.port(993), tls: true });
    const scram = new ScramClient("anna", PASSWORD, client.dialogue.tlsExporter());
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    client.dialogue.send(`a AUTHENTICATE SCRAM-SHA-256-PLUS ${base64(scram.first)}`);
    const challenge = (await client.response()).slice(2);
    client.dialogue.send(base64(scram.final(Buffer.from(challenge, "base64").toString())));
    expect((await client.response()).slice(2)).toBe(base64(scram.expected));
    client.dialogue.send("");
    expect((await client.answer("a")).tagged).toStartWith("OK");
  });

  test.each([
    ["imap", 143],
    ["pop3", 110],
  ])("openssl s_client takes %s from clear text to a session", async (protocol, port) => {
    const commands =
      protocol === "imap"
        ? [`a LOGIN anna "${PASSWORD}"`, "b EXAMINE INBOX", "c LOGOUT"]
        : ["USER anna", `PASS ${PASSWORD}`, "STAT", "QUIT"];
    const { out } = await run(
      [
        ...["openssl", "s_client", "-quiet", "-crlf", "-starttls", protocol, "-verify_return_error"],
        ...["-connect", `127.0.0.1:${server.port(port)}`, "-CAfile", await server.rootFile()],
      ],
      { stdin: commands.map((line) => `${line}\n`).join("") },
    );
    expect(out).toMatch(protocol === "imap" ? /^a OK [\s\S]*^b OK \[READ-ONLY\][\s\S]*^c OK /m : /^\+OK 0 0\r\n\+OK/m);
  });

  test("a client of the LAN must begin TLS before it shows a password", async () => {
    const client = await Client.open({
      port: server.port(143),
      localAddress: "127.0.0.2",
      preface: proxied("192.168.7.7"),
    });
    expect(client.greeting).toContain("LOGINDISABLED");
    expect(client.greeting).not.toContain("AUTH=PLAIN");
    expect(await client.fails(`LOGIN anna "${PASSWORD}"`)).toStartWith("NO [PRIVACYREQUIRED]");
    expect(await client.fails(`AUTHENTICATE PLAIN ${Buffer.from(`\0anna\0${PASSWORD}`).toString("base64")}`)).toMatch(
      /^NO/,
    );
    await client.ok("STARTTLS");
    await client.dialogue.startTls();
    expect((await client.ok("CAPABILITY")).join()).not.toContain("LOGINDISABLED");
    await client.ok(`LOGIN anna "${PASSWORD}"`);
    await client.ok("LOGOUT");
  });

  test("a client from outside is told that IMAP is not for him", async () => {
    const client = await Client.open({
      port: server.port(143),
      localAddress: "127.0.0.2",
      preface: proxied("203.0.113.9"),
    });
    expect(client.greeting).toStartWith("BYE ");
    await client.dialogue.closed();
  });
});

/** What a load balancer says before its client's first octet (PROXY protocol, version 1). */
const proxied = (address: string) => `PROXY TCP4 ${address} 127.0.0.1 50000 143\r\n`;

describe("folders", () => {
  test("with names in any script are made by one client and found by the others", async () => {
    const flow = await imapFlow(server, "anna", false);
    await flow.mailboxCreate(["Entwürfe & Pläne", "日本語"]);
    await flow.mailboxCreate("Käse");
    await flow.mailboxRename("Käse", ["Entwürfe & Pläne", "Käse 🧀"]);
    const names = (await flow.list()).map(({ path }) => path);
    expect(names).toContain("Entwürfe & Pläne/日本語");
    expect(names).toContain("Entwürfe & Pläne/Käse 🧀");
    const [, listed] = (await calls(server, "imaps", login, ["list"]))[1] as [string, string[]];
    expect(listed.join("\n")).toContain('"Entw&APw-rfe &- Pl&AOQ-ne/&ZeVnLIqe-"');
    const folders = await curl(server, "anna", `imaps://localhost:${server.port(993)}/`);
    expect(folders).toContain('"Entw&APw-rfe &- Pl&AOQ-ne/K&AOQ-se &2D7dwA-"');
    await flow.mailboxDelete(["Entwürfe & Pläne", "日本語"]);
    expect((await flow.list()).map(({ path }) => path)).not.toContain("Entwürfe & Pläne/日本語");
    await flow.logout();
  });

  test("the usual ones are there with their purpose", async () => {
    const flow = await imapFlow(server, "anna");
    const uses = new Map((await flow.list()).map(({ path, specialUse }) => [path, specialUse]));
    await flow.logout();
    for (const name of ["Drafts", "Sent", "Archive", "Junk", "Trash"]) expect(uses.get(name)).toBe(`\\${name}`);
    expect(uses.has("INBOX")).toBe(true);
  });

  test("subscriptions are kept", async () => {
    await calls(server, "imaps", login, ["create", "Lists"], ["subscribe", "Lists"], ["unsubscribe", "Junk"]);
    const listed = words((await calls(server, "imaps", login, ["lsub"]))[1]);
    expect(listed).toContain("Lists");
    expect(listed).not.toContain("Junk");
  });
});

describe("messages", () => {
  const octets = letter("Kept by imaplib").octets;

  test("appended by imaplib come back with their flags and date", async () => {
    const [, , appended, selected, fetched] = await calls(
      server,
      "imaps",
      login,
      ["create", "Kept"],
      ["append", "Kept", "(\\Seen $Work)", '"01-Feb-2024 03:04:05 +0100"', { base64: octets.toString("base64") }],
      ["select", "Kept"],
      ["fetch", "1", "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])"],
    );
    expect(words(appended)).toMatch(/APPENDUID \d+ 1\]/);
    expect(selected).toEqual(["OK", ["1"]]);
    const [[head, body]] = (fetched as [string, [string, string][]])[1] as [[string, string]];
    expect(head).toContain('INTERNALDATE " 1-Feb-2024 02:04:05 +0000"');
    expect(head).toContain(`RFC822.SIZE ${octets.length}`);
    expect(head).toMatch(/FLAGS \((\\Recent )?\\Seen \$Work( \\Recent)?\)/);
    expect(body).toBe(octets.toString("latin1"));
  });

  test("appended by curl are read in parts by curl", async () => {
    const base = `imaps://localhost:${server.port(993)}/Kept`;
    const file = `${server.folder}.eml`;
    const fromCurl = letter("Kept by curl").octets;
    await Bun.write(file, fromCurl);
    await curl(server, "anna", base, "--upload-file", file);
    await Bun.file(file).delete();
    expect(await curl(server, "anna", `${base};MAILINDEX=2;SECTION=HEADER.FIELDS%20(SUBJECT)`)).toBe(
      "Subject: Kept by curl\r\n\r\n",
    );
    expect(await curl(server, "anna", `${base};MAILINDEX=2;SECTION=TEXT`)).toStartWith(".\r\n..two dots\r\n");
    expect(await curl(server, "anna", base, "--request", "STATUS Kept (MESSAGES RECENT SIZE)")).toContain(
      `(MESSAGES 2 RECENT 0 SIZE ${octets.length + fromCurl.length})`,
    );
  });

  test("of 20 megabytes go in and out octet for octet", async () => {
    const flow = await imapFlow(server, "anna");
    const line = `${"0123456789abcdef".repeat(4)}\r\n.\r\n`;
    const large = Buffer.from(`Subject: large\r\n\r\n${line.repeat(290_000)}`);
    await flow.append("Kept", large, ["\\Flagged"]);
    await flow.mailboxOpen("Kept");
    const found = await flow.fetchOne("*", { source: true, size: true, flags: true });
    await flow.logout();
    if (found === false || found === undefined) throw new Error("nothing found");
    expect(found.size).toBe(large.length);
    expect(found.flags?.has("\\Flagged")).toBe(true);
    expect(found.source?.equals(large)).toBe(true);
  });

  test("are searched by what they say", async () => {
    const flow = await imapFlow(server, "anna");
    await flow.mailboxCreate("Search");
    const mails: [string, string, string][] = [
      ["Rechnung für März", "Bitte überweisen Sie 100 €", "ben@elsewhere.test"],
      ["Invoice", "Please pay the Rechnung", "amy@elsewhere.test"],
      ["Lunch?", "At noon", "amy@elsewhere.test"],
    ];
    for (const [subject, text, from] of mails) {
      const encoded = `=?utf-8?b?${Buffer.from(subject).toString("base64")}?=`;
      const head = `From: ${from}\r\nSubject: ${encoded}\r\nContent-Type: text/plain; charset=utf-8\r\n`;
      const body = Buffer.from(text).toString("base64");
      await flow.append("Search", `${head}Content-Transfer-Encoding: base64\r\n\r\n${body}\r\n`);
    }
    await flow.mailboxOpen("Search");
    const found = async (query: object) => await flow.search(query, { uid: true });
    expect(await found({ subject: "rechnung FÜR" })).toEqual([1]);
    expect(await found({ body: "rechnung" })).toEqual([2]);
    expect(await found({ or: [{ subject: "lunch" }, { body: "überweisen" }] })).toEqual([1, 3]);
    expect(await found({ from: "amy", not: { subject: "lunch" } })).toEqual([2]);
    await flow.logout();
    const [, , , decoded] = await calls(
      server,
      "imaps",
      login,
      ["select", "Search"],
      ["store", "3", "+FLAGS", "(Hungry)"],
      ["search", null, "KEYWORD", "Hungry", "UNSEEN", "SMALLER", "1000"],
    );
    expect(decoded).toEqual(["OK", ["3"]]);
  });

  test("are copied and moved, and every other session sees it", async () => {
    const [mover, watcher] = [await imapFlow(server, "bert"), await imapFlow(server, "bert", false)];
    await mover.mailboxCreate("From");
    await mover.mailboxCreate("To");
    for (let at = 1; at <= 5; at++)
      await mover.append("From", letter(`number ${at}`).octets, at === 3 ? ["\\Seen"] : []);
    await watcher.mailboxOpen("From");
    await mover.mailboxOpen("From");
    const copied = await mover.messageCopy("1:2", "To");
    if (copied === false || copied === undefined) throw new Error("not copied");
    expect([...(copied.uidMap ?? [])]).toEqual([
      [1, 1],
      [2, 2],
    ]);
    const gone: number[] = [];
    watcher.on("expunge", (event: { seq: number }) => gone.push(event.seq));
    const moved = await mover.messageMove("2:4", "To", { uid: true });
    if (moved === false || moved === undefined) throw new Error("not moved");
    expect([...(moved.uidMap ?? [])]).toEqual([
      [2, 3],
      [3, 4],
      [4, 5],
    ]);
    await watcher.noop();
    expect(gone).toHaveLength(3);
    const left = await watcher.fetchAll("1:*", { uid: true });
    expect(left.map(({ uid }) => uid)).toEqual([1, 5]);
    await mover.mailboxOpen("To");
    const arrived = await mover.fetchAll("1:*", { uid: true, flags: true, envelope: true });
    expect(arrived.map(({ envelope }) => envelope?.subject)).toEqual([1, 2, 2, 3, 4].map((at) => `number ${at}`));
    expect(arrived[3]?.flags?.has("\\Seen")).toBe(true);
    await Promise.all([mover.logout(), watcher.logout()]);
  });
});

test("IDLE tells of new mail within a second of its delivery, and of flags and deletions", async () => {
  const [idler, other] = [await imapFlow(server, "carl"), await imapFlow(server, "carl")];
  const seen: { what: string; at: number }[] = [];
  for (const what of ["exists", "flags", "expunge"]) idler.on(what, () => seen.push({ what, at: performance.now() }));
  await idler.mailboxOpen("INBOX");
  const idle = idler.idle();
  await until(() => idler.idling, "IDLE");
  for (let round = 0; round < 3; round++) {
    seen.length = 0;
    await SENDERS["nodemailer with STARTTLS"]?.send(server, letter(`push ${round}`, { to: [`carl@${DOMAIN}`] }));
    const delivered = performance.now();
    const event = await until(() => seen.find(({ what }) => what === "exists"), "news of the message");
    expect(event.at - delivered).toBeLessThan(1_000);
  }
  await other.mailboxOpen("INBOX");
  await other.messageFlagsAdd("2", ["\\Flagged"]);
  await until(() => seen.some(({ what }) => what === "flags"), "news of the flag");
  await other.messageDelete("1");
  await until(() => seen.some(({ what }) => what === "expunge"), "news of the deletion");
  await Promise.all([idler.logout(), other.logout(), idle]);
});

test("imaplib enables, sorts, threads, and asks for quota, rights and namespaces", async () => {
  const text = (subject: string, more = "") => ({
    base64: Buffer.from(`From: a@b.example\r\nSubject: ${subject}\r\n${more}\r\nHello\r\n`).toString("base64"),
  });
  const [, , ...said] = await calls(
    server,
    "imaps",
    ["login", "carl", PASSWORD],
    ["create", "Sorted"],
    ["enable", "CONDSTORE"],
    ["append", "Sorted", null, null, text("pear", "Message-ID: <1@b.example>\r\n")],
    ["append", "Sorted", null, null, text("apple", "Message-ID: <2@b.example>\r\n")],
    ["append", "Sorted", null, null, text("Re: pear", "Message-ID: <3@b.example>\r\nIn-Reply-To: <1@b.example>\r\n")],
    ["select", "Sorted"],
    ["sort", "(SUBJECT ARRIVAL)", "UTF-8", "ALL"],
    ["thread", "REFERENCES", "UTF-8", "ALL"],
    ["getquotaroot", "Sorted"],
    ["myrights", "Sorted"],
    ["getacl", "Sorted"],
    ["namespace"],
    ["unselect"],
  );
  const [enabled, , , , , sorted, threaded, quota, rights, entries, namespace, left] = said;
  expect(enabled).toMatchObject(["OK", expect.anything()]);
  expect(sorted).toEqual(["OK", ["2 1 3"]]);
  expect(threaded).toEqual(["OK", ["(1 3)(2)"]]);
  expect(quota).toEqual(["OK", [["Sorted"], [null]]]);
  expect(rights).toEqual(["OK", ["Sorted lrswipkxtecda"]]);
  expect(entries).toEqual(["OK", ["Sorted carl lrswipkxtecda"]]);
  expect(namespace).toEqual(["OK", ['(("" "/")) (("Other Users/" "/")) (("Shared/" "/"))']]);
  expect(left).toMatchObject(["OK", expect.anything()]);
}, 30_000);
