/** TLS, logins and submission. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Dialogue } from "../dialogue.ts";
import { ScramClient } from "../scram.ts";
import { setUpCodes } from "../totp.ts";
import { House, PASSWORD } from "./house.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const PLAIN = base64(`\0ann\0${PASSWORD}`);

let house: House;
let open: Dialogue[];
beforeEach(async () => {
  open = [];
  house = await House.build({ people: true });
});
afterEach(async () => {
  for (const client of open) client.destroy();
  await house.close();
});

/** A client that has said EHLO. */
async function greeted(standard = 25): Promise<Dialogue> {
  const client = await house.dial(standard);
  open.push(client);
  await client.reply("220 ");
  await client.ask("EHLO client.example", "250-");
  return client;
}

/** A client that has logged in as ann, by default over TLS to port 465. */
async function submitter(standard = 465): Promise<Dialogue> {
  const client = await greeted(standard);
  await client.ask(`AUTH PLAIN ${PLAIN}`, "235 2.7.0");
  return client;
}

async function submit(client: Dialogue, message: string, from = "ann@home.example"): Promise<void> {
  await client.ask(`MAIL FROM:<${from}>`, "250 2.1.0");
  await client.ask("RCPT TO:<friend@far.example>", "250 2.1.5");
  await client.ask("DATA", "354 ");
  client.sendRaw(`${message}\r\n.\r\n`);
}

describe("STARTTLS", () => {
  test("goes on in TLS, and what was said before is forgotten", async () => {
    const client = await greeted();
    await client.ask("STARTTLS now", "501 5.5.4");
    await client.ask("STARTTLS", "220 2.0.0");
    await client.startTls();
    await client.ask("MAIL FROM:<eve@other.example>", "503 5.5.1");
    const reply = await client.ask("EHLO client.example", /REQUIRETLS/);
    expect(reply).not.toContain("STARTTLS");
    await client.ask("STARTTLS", "503 5.5.1");
    await client.ask("MAIL FROM:<eve@other.example> REQUIRETLS", "250 ");
    await client.ask("RCPT TO:<ann@home.example>", "250 ");
    await client.ask("DATA", "354 ");
    await client.ask(".", "250 ");
    expect(house.post.only.envelope).toMatchObject({
      requireTls: true,
      origin: { protocol: "ESMTPS", tls: { version: "TLSv1.3" } },
    });
  });

  test("drops commands that were injected before it", async () => {
    const client = await greeted();
    client.send("STARTTLS", "EHLO injected.example", "MAIL FROM:<injected@other.example>");
    await client.reply("220 2.0.0");
    expect(client.pending).toBe("");
    await client.startTls();
    await client.ask("RCPT TO:<ann@home.example>", "503 5.5.1 Say EHLO");
    await client.ask("NOOP", "250 ");
  });

  test("a handshake that fails ends the session, and others go on", async () => {
    const client = await greeted();
    await client.ask("STARTTLS", "220 2.0.0");
    client.sendRaw("this is no handshake at all\r\n".repeat(20));
    await client.closed();
    const other = await greeted();
    await other.ask("NOOP", "250 ");
    expect(house.store.events.recent({ room: "smtp", level: "error" })).toEqual([]);
  });
});

describe("AUTH", () => {
  test("PLAIN and LOGIN, with an initial response or without", async () => {
    await submitter(465);
    const plain = await greeted(465);
    await plain.ask("AUTH PLAIN", "334 ");
    await plain.ask(PLAIN, "235 2.7.0");
    const login = await greeted(465);
    await login.ask("AUTH LOGIN", `334 ${base64("Username:")}`);
    await login.ask(base64("ann"), `334 ${base64("Password:")}`);
    await login.ask(base64(PASSWORD), "235 2.7.0");
    const short = await greeted(465);
    await short.ask(`auth login ${base64("ann")}`, `334 ${base64("Password:")}`);
    await short.ask(base64(PASSWORD), "235 2.7.0");
  });

  test.each(["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"])("%s, where the server proves itself too", async (mechanism) => {
    const client = await greeted(465);
    const binding = mechanism.endsWith("PLUS") ? client.tlsExporter() : undefined;
    const scram = new ScramClient("ann", PASSWORD, binding);
    const decode = (reply: string) => Buffer.from(reply.slice(4), "base64").toString();
    const challenge = decode(await client.ask(`AUTH ${mechanism} ${base64(scram.first)}`, "334 "));
    const last = decode(await client.ask(base64(scram.final(challenge)), "334 "));
    expect(last).toBe(scram.expected);
    await client.ask("", "235 2.7.0");
    await client.ask("MAIL FROM:<ann@home.example>", "250 ");
  });

  test("is cancelled with a star, and refuses what is malformed", async () => {
    await house.set({ errorsBeforeDelay: 100, maxErrors: 100 });
    const client = await greeted(465);
    await client.ask("AUTH PLAIN", "334 ");
    await client.ask("*", "501 5.7.0");
    await client.ask("AUTH PLAIN", "334 ");
    await client.ask("not base64!", "501 5.5.2");
    await client.ask("AUTH LOGIN", "334 ");
    await client.ask("x".repeat(20_000), "500 5.5.6");
    await client.ask("AUTH", "501 5.5.4");
    await client.ask("AUTH PLAIN =", /^5/);
    await client.ask("AUTH NTLM", "504 5.5.4");
    await client.ask("AUTH PLAIN !!!!", "501 5.5.2");
    await client.ask(`AUTH PLAIN ${base64("\0ann\0wrong")}`, "535 5.7.8");
    await client.ask(`AUTH PLAIN ${base64("\0nobody\0wrong")}`, "535 5.7.8");
    await client.ask("MAIL FROM:<ann@home.example>", "530 5.7.0");
    await client.ask(`AUTH PLAIN ${PLAIN}`, "235 2.7.0");
    await client.ask(`AUTH PLAIN ${PLAIN}`, "503 5.5.1");
    expect(await client.ask("EHLO client.example", "250-")).not.toContain("AUTH");
    await client.ask("MAIL FROM:<ann@home.example>", "250 ");
    await client.ask("AUTH PLAIN", "503 5.5.1");
  });

  test("is offered on port 25 too, unless that is switched off", async () => {
    const client = await greeted(25);
    await client.ask(`AUTH PLAIN ${PLAIN}`, "235 2.7.0");
    await client.ask("MAIL FROM:<ann@home.example>", "250 ");
    await client.ask("RCPT TO:<friend@far.example>", "250 ");
    await house.set({ authOnPort25: false });
    const other = await greeted(25);
    await other.ask(`AUTH PLAIN ${PLAIN}`, "502 5.5.1");
  });

  test("who guesses passwords is barred from all sessions", async () => {
    await house.setLockout({ allow: [], freeStrikes: 100, weightLogin: 1.1, barAfter: 3 });
    const client = await greeted(465);
    for (const guess of ["a", "b", "c"]) await client.ask(`AUTH PLAIN ${base64(`\0ann\0${guess}`)}`, "535 5.7.8");
    await client.ask(`AUTH PLAIN ${PLAIN}`, "421 4.7.0");
    await client.closed();
    const again = await house.dial(25);
    await again.reply("barred");
    await again.closed();
  });
});

describe("submission", () => {
  test("wants a login before MAIL", async () => {
    const client = await greeted(587);
    await client.ask("MAIL FROM:<ann@home.example>", "530 5.7.0 Use STARTTLS");
    await client.ask("STARTTLS", "220 ");
    await client.startTls();
    await client.ask("EHLO client.example", "250-");
    await client.ask("MAIL FROM:<ann@home.example>", "530 5.7.0 Log in");
    await client.ask(`AUTH PLAIN ${PLAIN}`, "235 ");
    await submit(client, "Subject: a\r\n\r\nbody");
    await client.reply("250 2.0.0");
    expect(house.post.only.envelope.origin).toMatchObject({
      kind: "submission",
      protocol: "ESMTPSA",
      user: { login: "ann" },
    });
    // Only of servers is noted whether they know of it: mail programs do not come again by themselves.
    await client.ask("NOOP", "250 ");
    expect(house.post.known).toEqual([]);
  });

  test("takes only one's own addresses, in envelope and header", async () => {
    await house.addUser("bob");
    const client = await submitter();
    await client.ask("MAIL FROM:<bob@home.example>", "553 5.7.1");
    await client.ask("MAIL FROM:<ann@elsewhere.example>", "553 5.7.1");
    await submit(client, "From: Ann <ann@home.example>, Bob <bob@home.example>\r\n\r\nbody");
    await client.reply("550 5.7.1");
    await submit(client, 'From: "ann@home.example" <president@far.example>\r\n\r\nbody');
    await client.reply("550 5.7.1");
    await submit(client, "From: Ann Home <ANN+shop@Home.Example>\r\n\r\nbody", "Ann+shop@home.example");
    await client.reply("250 ");
    await submit(client, "From: ann@home.example\r\n\r\nread receipt", "");
    await client.reply("250 ");
    expect(house.post.posted).toHaveLength(2);
  });

  test("completes the header, and keeps Bcc at home", async () => {
    const client = await submitter();
    await submit(client, "Subject: a\r\nBcc: secret@far.example\r\n\r\nbody");
    await client.reply("250 ");
    const { text, envelope } = house.post.only;
    expect(text).toMatch(
      /^Subject: a\r\nDate: \w{3}, \d+ \w{3} \d{4} [\d:]{8} [+-]\d{4}\r\nFrom: <ann@home\.example>\r\nMessage-ID: <[^@>]+@mail\.home\.example>\r\n\r\nbody\r\n$/,
    );
    expect(text).toContain(envelope.origin.trace);
  });

  test("completes it in chunks as well", async () => {
    const client = await submitter();
    await client.ask("MAIL FROM:<ann@home.example>", "250 ");
    await client.ask("RCPT TO:<friend@far.example>", "250 ");
    client.sendRaw("BDAT 8\r\nSubject:");
    await client.reply("250 ");
    client.sendRaw("BDAT 10 LAST\r\n a\r\n\r\nbod\n");
    await client.reply("550 5.6.11");
    await submit(client, "Subject: b\r\n\r\nbody");
    await client.reply("250 ");
    expect(house.post.only.text).toContain("\r\nMessage-ID: <");
  });

  test("whoever may not relay reaches local recipients only", async () => {
    const client = await greeted();
    await client.ask("MAIL FROM:<ann@home.example>", "250 ");
    await client.ask("RCPT TO:<friend@far.example>", "550 5.7.1");
    await client.ask("RCPT TO:<friend%far.example@home.example>", "550 5.1.1");
    await client.ask('RCPT TO:<"friend@far.example"@home.example>', "550 5.1.1");
    await client.ask("RCPT TO:<@home.example:friend@far.example>", "550 5.7.1");
    await client.ask("RCPT TO:<ann@home.example>", "250 ");
  });

  test("a trusted network relays without a login, and its devices' headers are completed", async () => {
    await house.set({ relayFor: "lan" });
    const client = await greeted();
    await client.ask("MAIL FROM:<scanner@home.example>", "250 ");
    await client.ask("RCPT TO:<friend@far.example>", "250 ");
    await client.ask("DATA", "354 ");
    await client.ask("From: copier@anything.example\r\n\r\nscan\r\n.", "250 ");
    expect(house.post.only).toMatchObject({ envelope: { origin: { kind: "smtp", trusted: true } } });
    expect(house.post.only.text).toContain("Date: ");
    await house.set({ relayFor: ["192.0.2.0/24"] });
    const stranger = await greeted();
    await stranger.ask("MAIL FROM:<scanner@home.example>", "250 ");
    await stranger.ask("RCPT TO:<friend@far.example>", "550 5.7.1");
  });

  test("users may ask whether an address exists", async () => {
    const client = await submitter();
    await client.ask("VRFY <ann@home.example>", "250 2.1.5 <ann@home.example>");
    await client.ask("VRFY nobody@home.example", "550 5.1.1");
    await client.ask("VRFY friend@far.example", "252 2.1.5");
    await client.ask("EXPN ann@home.example", "250 2.1.5 <ann@home.example>");
    await client.ask("EXPN friend@far.example", "550 5.1.1");
  });
});

describe("a session that outlives its login", () => {
  const changes: Record<string, () => Promise<unknown>> = {
    "the account is switched off": () => house.directory.users.update("ann", { enabled: false }),
    "the account expires": () => house.directory.users.update("ann", { expiresAt: 1 }),
    "the password changes": () => house.auth.setPassword("ann", "another horse without batteries"),
    "the user is removed": () => house.directory.users.remove("ann"),
  };
  test.each(Object.keys(changes))("sends nothing more once %s", async (what) => {
    const client = await submitter();
    await submit(client, "Subject: before\r\n\r\n");
    await client.reply("250 2.0.0");
    await changes[what]?.();
    await client.ask("MAIL FROM:<ann@home.example>", "421 4.7.0");
    await client.closed();
  });

  test("has only the permissions that are left", async () => {
    const real = await House.build({ people: true, delivery: true });
    await real.directory.users.update("ann", { permissions: ["smtp.relay"] });
    const client = await real.dial(465);
    open.push(client);
    await client.reply("220 ");
    await client.ask("EHLO client.example", "250-");
    await client.ask(`AUTH PLAIN ${PLAIN}`, "235 2.7.0");
    await client.ask("MAIL FROM:<ann@home.example>", "250 2.1.0");
    await client.ask("RCPT TO:<friend@far.example>", "250 2.1.5");
    await client.ask("RSET", "250 ");
    await real.directory.users.update("ann", { permissions: [] });
    await client.ask("MAIL FROM:<ann@home.example>", "250 2.1.0");
    await client.ask("RCPT TO:<friend@far.example>", "550 5.7.1");
    await real.close();
  });
});

describe("beside the password", () => {
  test("a second factor asks for an app password, which ends with its revocation", async () => {
    const { auth } = house;
    await setUpCodes(auth, house.user("ann"));
    const client = await greeted(465);
    expect(await client.ask(`AUTH PLAIN ${PLAIN}`, "534 5.7.9")).toContain("app password");
    const scram = new ScramClient("ann", PASSWORD);
    const first = await client.ask(`AUTH SCRAM-SHA-256 ${base64(scram.first)}`, "334 ");
    const final = scram.final(Buffer.from(first.slice(4), "base64").toString());
    await client.ask(base64(final), "534 5.7.9");
    const { shown, created } = await auth.appPasswords.create("ann", { name: "Desk", services: ["submission"] });
    await client.ask(`AUTH PLAIN ${base64(`\0ann\0${shown}`)}`, "235 2.7.0");
    await auth.appPasswords.revoke(created.user, created.id);
    await client.ask("MAIL FROM:<ann@home.example>", "421 4.7.0");
  });

  test("a password to be changed and an app password for something else are refused as what they are", async () => {
    const { auth } = house;
    const imap = await auth.appPasswords.create("ann", { name: "Other", services: ["imap"] });
    const client = await greeted(465);
    await client.ask(`AUTH PLAIN ${base64(`\0ann\0${imap.shown}`)}`, "535 5.7.8");
    await auth.setPassword("ann", PASSWORD, { mustChange: true });
    expect(await client.ask(`AUTH PLAIN ${PLAIN}`, "535 5.7.13")).toContain("must be changed");
  });
});
