/** The executable among mail servers of other makers, Debian's Postfix, Exim and OpenSMTPD: what it sends to them, and what they send to it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createTransport } from "nodemailer";
import { Gatepost, PASSWORD, until } from "../harness.ts";
import { freePort } from "../ports.ts";
import { FakeRemote } from "../transport/fake-remote.ts";
import { MockDns } from "../transport/mock-dns.ts";
import { type Letter, letter } from "./letter.ts";
import { startExim } from "./neighbours/exim.ts";
import { type Identity, MOST_OCTETS, makeIdentity, type Neighbour } from "./neighbours/neighbour.ts";
import { startOpenSmtpd } from "./neighbours/opensmtpd.ts";
import { startPostfix } from "./neighbours/postfix.ts";
import { READERS } from "./readers.ts";
import { nodemailer } from "./senders.ts";

/**
 * Each has an address of its own, and all the same port, to which Gatepost sends. This OpenSMTPD offers TLS and breaks off when it begins
 * (its issue 1171): there are such servers, and their mail goes in clear where nothing forbids it.
 */
const NEIGHBOURS = [
  { name: "postfix", address: "127.0.0.2", start: startPostfix, securely: true },
  { name: "exim", address: "127.0.0.3", start: startExim, securely: true },
  { name: "opensmtpd", address: "127.0.0.4", start: startOpenSmtpd, securely: false },
] as const;

/** What signed records say of a certificate: its key (RFC 6698 §2.1), and one that it has not. */
function recordsOf(certificate: string): { readonly right: string; readonly wrong: string } {
  const key = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
  const hash = new Bun.CryptoHasher("sha256").update(key).digest("hex");
  return { right: `3 1 1 ${hash}`, wrong: `3 1 1 ${"0".repeat(64)}` };
}

let dns: MockDns;
let identity: Identity;
let server: Gatepost;
/** Where the neighbours' mail ends. */
let world: FakeRemote;
/** The answer to RCPT there, by address. */
const answers = new Map<string, string>();
const port = freePort("127.0.0.2");

beforeAll(async () => {
  world = await FakeRemote.start({
    extensions: ["PIPELINING", "8BITMIME", "SIZE 50000000"],
    answer: (stage, line) => (stage === "RCPT" ? answers.get(/<([^>]*)>/.exec(line)?.[1] ?? "") : undefined),
  });
  identity = await makeIdentity("mx.neighbour.test");
  const { right, wrong } = recordsOf(identity.certificate);
  dns = await MockDns.start({});
  for (const { name, address, securely } of NEIGHBOURS) {
    // It takes mail for the first domain, and none for the second; the third is said to have another key.
    for (const domain of [`${name}.test`, `closed.${name}.test`]) {
      dns.zone[domain] = { MX: [[10, `mx.${name}.test`]], signed: true };
    }
    dns.zone[`mx.${name}.test`] = { A: [address], signed: true };
    if (securely) dns.zone[`_${port}._tcp.mx.${name}.test`] = { TLSA: [right], signed: true };
    dns.zone[`forged.${name}.test`] = { MX: [[10, `forged.mx.${name}.test`]], signed: true };
    dns.zone[`forged.mx.${name}.test`] = { A: [address], signed: true };
    dns.zone[`_${port}._tcp.forged.mx.${name}.test`] = { TLSA: [wrong], signed: true };
  }
  server = await Gatepost.start({
    users: ["anna", "bert"],
    settings: [
      ...[`dns.servers=${dns.server}`, `transport.smtpPort=${port}`, "transport.idleSeconds=0.1"],
      ...["transport.hostname=mail.example.test", "spam.greylistAt=100", "spam.tarpitSeconds=0"],
    ],
  });
});
afterAll(async () => {
  await server.remove();
  await world.stop();
  dns.stop();
});

/** The message in somebody's INBOX that has this text in it. */
async function kept(login: string, text: string): Promise<Buffer> {
  const found = async () => (await READERS.imapflow?.(server, login))?.find((one) => one.includes(text));
  return await until(found, `a message with “${text}”`);
}

describe.each(NEIGHBOURS)("$name", ({ name, address, start, securely }) => {
  let neighbour: Neighbour;
  beforeAll(async () => {
    const ways = {
      [`${name}.test`]: { port: world.port, tls: false },
      "example.test": { port: server.port(25), tls: true },
    };
    neighbour = await start({ address, port, identity, ways });
  });
  afterAll(async () => await neighbour.stop());

  const idOf = (subject: string) => subject.replaceAll(" ", "-");
  const friend = `friend@${name}.test`;
  const arrived = async (text: string) =>
    await until(() => world.messages.find((one) => one.text.includes(text)), `“${text}” behind ${name}`);

  /** Sends as bert with nodemailer, which asks for reports (RFC 3461). */
  async function submit(to: string, subject: string, text = "text"): Promise<void> {
    const transport = createTransport({
      ...{ host: "localhost", port: server.port(465), secure: true, auth: { user: "bert", pass: PASSWORD } },
      tls: { ca: readFileSync(await server.rootFile(), "utf8") },
    });
    await transport.sendMail({
      ...{ from: "bert@example.test", to, subject, text },
      dsn: { id: idOf(subject), return: "headers", notify: ["success", "failure"] },
    });
    transport.close();
  }

  /** Gives the neighbour a letter to send on. */
  async function hand({ from, to, octets }: Letter): Promise<void> {
    const transport = createTransport({ host: address, port, ignoreTLS: true, name: "client.example" });
    await transport.sendMail({ envelope: { from, to: [...to], use8BitMime: true }, raw: octets });
    transport.close();
  }

  test(`takes what we send, ${securely ? "by a key that a signed record proves" : "in clear"}, and passes it on octet for octet`, async () => {
    const one = letter(`to ${name}`, { from: "bert@example.test", to: [friend], text: "8bit" });
    await nodemailer(465, true, "bert")(server, one);
    const { text, recipients } = await arrived(`Subject: to ${name}`);
    expect(recipients).toEqual([expect.stringContaining(`<${friend}>`)]);
    expect(text).toEndWith(one.octets.toString("latin1"));
    expect(/^Received: (?:.*\r\n\s)*.*/m.exec(text)?.[0]).toMatch(securely ? /\sESMTPS /i : /\sESMTP /i);
  });

  test("gets nothing where the record names another key", async () => {
    await submit(`friend@forged.${name}.test`, `forged ${name}`);
    const entry = await until(
      async () =>
        (await server.json<{ id: number; to: string; reply: string | null }[]>("queue", "list")).find(
          ({ to, reply }) => to.endsWith(`@forged.${name}.test`) && reply !== null,
        ),
      "the message to be put off",
    );
    expect(entry.reply).toMatch(/DANE|TLSA|certificate/);
    await server.command(["queue", "delete", String(entry.id)]);
  });

  test("is asked for reports of success, which reach the sender", async () => {
    await submit(friend, `report by ${name}`);
    await arrived(`Subject: report by ${name}`);
    const report = (await kept("bert", `Subject: report by ${name}`)).toString();
    expect(report).toMatch(/^Return-Path: <>/);
    expect(report).toMatch(/^Content-type: message\/delivery-status/im);
    // Exim says “delivered” of what it passed on to a server without DSN.
    expect(report).toMatch(/^Action: (relayed|delivered)/m);
  });

  test("refuses at RCPT, and the sender hears why in its words", async () => {
    await submit(`nobody@closed.${name}.test`, `closed ${name}`);
    const report = (await kept("bert", `Final-Recipient: rfc822; nobody@closed.${name}.test`)).toString();
    expect(report).toMatch(/^Action: failed/m);
    expect(report).toMatch(new RegExp(`^Remote-MTA: dns; mx\\.${name}\\.test`, "m"));
    expect(report).toMatch(/^Diagnostic-Code: smtp; 55\d /m);
  });

  test("is not sent what is larger than it says it takes", async () => {
    await submit(friend, `large for ${name}`, "large\r\n".repeat(MOST_OCTETS / 5));
    const report = (await kept("bert", idOf(`large for ${name}`))).toString();
    expect(report).toMatch(/^Status: 5\.3\.4/m);
  });

  test("sends back what cannot be delivered behind it", async () => {
    answers.set(`gone@${name}.test`, `550 5.1.1 Moved away from ${name}`);
    await submit(`gone@${name}.test`, `gone behind ${name}`);
    const report = (await kept("bert", `Moved away from ${name}`)).toString();
    expect(report).toMatch(/^Return-Path: <>/);
    expect(report).toContain(`gone@${name}.test`);
  });

  test("sends to us in TLS, octet for octet", async () => {
    const one = letter(`from ${name}`, { from: `ann@${name}.test`, text: "8bit" });
    await hand(one);
    const stored = await kept("anna", `Subject: from ${name}`);
    expect(stored.subarray(-one.octets.length).toString()).toBe(one.octets.toString());
    expect(stored.toString()).toMatch(/^Received: from [^;]*\n?[^;]*with E?SMTPS/m);
  });

  test("comes again after it was asked to, and what it brings is there once", async () => {
    await server.set("spam.greylistAt=-100", "filter.exempt=[]", "spam.greylistMinutes=0.02");
    const one = letter(`again from ${name}`, { from: `new@${name}.test` });
    await hand(one);
    await until(() => /451 4\.7\.1/.test(neighbour.log()), "the message to be put off");
    await until(async () => {
      await neighbour.retry();
      return (await READERS.imapflow?.(server, "anna"))?.some((one) => one.includes(`Subject: again from ${name}`));
    }, "the message to come again");
    await server.set("spam.greylistAt=100", "filter.exempt=127.0.0.0/8");
    const all = (await READERS.imapflow?.(server, "anna")) ?? [];
    expect(all.filter((one) => one.includes(`Subject: again from ${name}`))).toHaveLength(1);
  });
});
