/** Where mail goes from the executable, and comes back: return paths over a real Postfix, routes by who sends, mail that is kept for others. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { Dialogue } from "../dialogue.ts";
import { Gatepost, PASSWORD, run, until } from "../harness.ts";
import { freePort } from "../ports.ts";
import { FakeRemote } from "../transport/fake-remote.ts";
import { MockDns } from "../transport/mock-dns.ts";
import { makeIdentity, type Neighbour } from "./neighbours/neighbour.ts";
import { startPostfix } from "./neighbours/postfix.ts";

let dns: MockDns;
let server: Gatepost;
let postfix: Neighbour;
const nextDoor = freePort();
/** The servers of all domains but those that go through Postfix; and that behind Postfix, which refuses everybody. */
let world: FakeRemote;
let last: FakeRemote;
let branchIsUp = false;

beforeAll(async () => {
  world = await FakeRemote.start({
    answer: (stage, line) =>
      stage === "RCPT" && line.includes("@branch.test") && !branchIsUp ? "450 Later" : undefined,
  });
  last = await FakeRemote.start({
    answer: (stage) => (stage === "RCPT" ? "550 5.1.1 Nobody of that name" : undefined),
  });
  const at = (name: string) => ({ [name]: { MX: [[10, "mx.world.test"]] as [number, string][] } });
  dns = await MockDns.start({ ...at("first.test"), ...at("branch.test"), "mx.world.test": { A: ["127.0.0.1"] } });
  server = await Gatepost.start({
    users: ["anna", "bert"],
    settings: [
      ...[`dns.servers=${dns.server}`, `transport.smtpPort=${world.port}`, "transport.idleSeconds=0.1"],
      ...["transport.hostname=mail.example.test", "transport.batv=sign"],
    ],
  });
  postfix = await startPostfix({
    ...{ address: "127.0.0.1", port: nextDoor, identity: await makeIdentity("next.test") },
    ways: { "last.test": { port: last.port, tls: false }, "example.test": { port: server.port(25), tls: false } },
  });
});
afterAll(async () => {
  await Promise.all([server.remove(), postfix.stop()]);
  await Promise.all([world.stop(), last.stop()]);
  dns.stop();
});

const swaks = (port: number, ...more: string[]) =>
  run(["swaks", "--server", "127.0.0.1", "--port", String(port), "--helo", "first.test", ...more]);
const submit = (login: string, to: string) =>
  swaks(
    server.port(587),
    "-tls",
    "--auth",
    "PLAIN",
    "--auth-user",
    login,
    "--auth-password",
    PASSWORD,
    ...["--from", `${login}@example.test`, "--to", to],
  );

test("a forward that Postfix cannot deliver comes back through the return path to who sent it", async () => {
  await server.command(["route", "add", "Next door", "to=last.test", `hosts=127.0.0.1:${nextDoor}`, "tls=none"]);
  await server.command(["mailbox", "set", "bert", "forwarding.addresses=gone@last.test", "forwarding.enabled=on"]);
  const said = await swaks(server.port(25), "--from", "ann@first.test", "--to", "bert@example.test");
  expect(said.code).toBe(0);
  const report = await until(() => world.messages[0], "the report");
  expect(postfix.log()).toMatch(/from=<SRS0=\w{6}=\w\w=first\.test=ann@example\.test>/);
  expect(report.mail).toStartWith("MAIL FROM:<>");
  expect(report.recipients).toEqual([expect.stringContaining("<ann@first.test>")]);
  expect(report.text).toMatch(/Nobody of that name/);
  expect(report.text).toMatch(/^Return-Path: <>|^Received: /m);
}, 60_000);

test("a return path that was made up reaches nobody", async () => {
  const said = await swaks(server.port(25), "--from", "<>", "--to", "SRS0=aaaaaa=aa=first.test=ann@example.test");
  expect(said.out).toContain("550 5.7.1 This server did not make this return path.");
});

test("who sends decides the way, and a tag does not hide him", async () => {
  const own = await FakeRemote.start({});
  const before = world.messages.length;
  await server.command([
    "route",
    "add",
    "Anna",
    "users=anna",
    `hosts=127.0.0.1:${own.port}`,
    "tls=none",
    "otherwise=direct",
  ]);
  expect(await server.command(["route", "try", "x@first.test", "--user", "anna"])).toContain(
    `127.0.0.1:${own.port}, then`,
  );
  expect((await submit("anna", "x@first.test")).code).toBe(0);
  expect((await submit("bert", "y@first.test")).code).toBe(0);
  const mine = await until(() => own.messages[0], "anna's message");
  expect(mine.mail).toMatch(/^MAIL FROM:<prvs=\d{4}[0-9a-f]{6}=anna@example\.test>/);
  const other = await until(() => world.messages[before], "bert's message");
  expect(other.recipients).toEqual([expect.stringContaining("y@first.test")]);
  await own.stop();
  expect((await submit("anna", "z@first.test")).code).toBe(0);
  await until(() => world.messages[before + 1], "anna's message by the other way");
}, 60_000);

test("mail for a domain's other server is kept until that asks for it", async () => {
  await server.command(["domain", "add", "branch.test", "unknownRecipients=relay"]);
  const before = world.messages.length;
  expect((await swaks(server.port(25), "--from", "ann@first.test", "--to", "who@branch.test")).code).toBe(0);
  await until(async () => {
    const [entry] = await server.json<{ reply: string | null }[]>("queue", "list", "--search", "branch.test");
    return entry?.reply?.includes("450") === true;
  }, "a first attempt");
  branchIsUp = true;
  const branch = await Dialogue.open({ port: server.port(25) });
  await branch.reply("220 ");
  await branch.ask("EHLO mx.branch.test", /\n250-ETRN\n/);
  await branch.ask("ETRN branch.test", "253 2.0.0 1 recipient waits at branch.test; they are tried now.");
  branch.destroy();
  await until(() => world.messages[before], "the message at the branch");
}, 60_000);

test("who did not prove to have sent a message hears from his client, not by mail, that nobody has the address", async () => {
  await server.set("filter.exempt=[]", "spam.greylistAt=100");
  await server.command(["domain", "set", "example.test", "unknownRecipients=bounce"]);
  const before = world.messages.length;
  const unproven = await swaks(server.port(25), "--from", "victim@first.test", "--to", "nobody@example.test");
  expect(unproven.out).toMatch(/<\*\* +550 5\.1\.1 There is no mailbox nobody@example\.test here/);
  expect(world.messages).toHaveLength(before);
  dns.zone["branch.test"] = { ...dns.zone["branch.test"], TXT: ["v=spf1 ip4:127.0.0.1 -all"] };
  const proven = await swaks(server.port(25), "--from", "ann@branch.test", "--to", "nobody@example.test");
  expect(proven.code).toBe(0);
  const report = await until(() => world.messages[before], "the report");
  expect(report.recipients).toEqual([expect.stringContaining("<ann@branch.test>")]);
}, 60_000);
