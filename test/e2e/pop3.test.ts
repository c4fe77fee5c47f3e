/** POP3 with poplib and curl: what is fetched, deleted and kept. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { Dialogue } from "../dialogue.ts";
import { Gatepost, PASSWORD } from "../harness.ts";
import { behindTrace, letter } from "./letter.ts";
import { type Call, calls } from "./python.ts";
import { curl, imapFlow, READERS } from "./readers.ts";
import { SENDERS } from "./senders.ts";

let server: Gatepost;
beforeAll(async () => {
  server = await Gatepost.start({ users: ["anna", "bert"] });
  for (let at = 1; at <= 4; at++) await SENDERS["smtplib in clear, 8BITMIME"]?.send(server, letter(`number ${at}`));
});
afterAll(() => server.remove());

const login: Call[] = [
  ["user", "anna"],
  ["pass_", PASSWORD],
];

test("poplib begins in clear text, goes over to TLS and logs in", async () => {
  const [before, begun, after, , entered, stat] = await calls(
    server,
    "pop3",
    ["capa"],
    ["stls"],
    ["capa"],
    ...login,
    ["stat"],
    ["quit"],
  );
  expect(before).toMatchObject({ STLS: [], UIDL: [], TOP: [], PIPELINING: [], UTF8: expect.anything() });
  expect(begun).toStartWith("+OK");
  expect(after).not.toHaveProperty("STLS");
  expect(after).toMatchObject({ SASL: expect.arrayContaining(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"]) });
  expect(entered).toStartWith("+OK");
  expect(stat).toEqual([4, expect.any(Number)]);
});

test("sizes, unique ids and the first lines are what they say", async () => {
  const [, , list, uidl, top, , one] = await calls(
    server,
    "pop3s",
    ...login,
    ["list"],
    ["uidl"],
    ["top", 2, 1],
    ["stat"],
    ["retr", 2],
    ["quit"],
  );
  const sizes = (list as [string, string[], number])[1].map((line) => Number(line.split(" ")[1]));
  const stored = await READERS["imaplib over TLS"]?.(server, "anna");
  expect(sizes).toEqual((stored ?? []).map(({ length }) => length));
  const ids = (uidl as [string, string[], number])[1].map((line) => line.split(" ")[1]);
  expect(new Set(ids).size).toBe(4);
  const whole = (one as [string, string[], number])[1];
  expect((top as [string, string[], number])[1]).toEqual(whole.slice(0, whole.indexOf("") + 2));
  const [, , again] = await calls(server, "pop3s", ...login, ["uidl"], ["quit"]);
  expect((again as [string, string[], number])[1]).toEqual((uidl as [string, string[], number])[1]);
});

test("what a session deletes is gone only after QUIT, and not after RSET or a broken connection", async () => {
  await calls(server, "pop3s", ...login, ["dele", 1], ["dele", 2], ["rset"], ["quit"]);
  await calls(server, "pop3s", ...login, ["dele", 1], ["close"]);
  const [, , before] = await calls(server, "pop3s", ...login, ["stat"], ["dele", 2], ["dele", 3], ["quit"]);
  expect(before).toEqual([4, expect.any(Number)]);
  const flow = await imapFlow(server, "anna");
  await flow.mailboxOpen("INBOX");
  const left = await flow.fetchAll("1:*", { uid: true, envelope: true });
  await flow.logout();
  expect(left.map(({ envelope }) => envelope?.subject)).toEqual(["number 1", "number 4"]);
});

test("a second session on the same maildrop is told to wait", async () => {
  const first = await Dialogue.open({ port: server.port(995), tls: true });
  await first.expect("+OK");
  await first.say("USER anna", "+OK");
  await first.say(`PASS ${PASSWORD}`, "+OK 2 messages");
  const [, refused] = await calls(server, "pop3s", ...login);
  expect(refused).toEqual({ error: expect.stringContaining("[IN-USE]") });
  const [, other] = await calls(server, "pop3s", ["user", "bert"], ["pass_", PASSWORD]);
  expect(other).toStartWith("+OK");
  await first.say("QUIT", "+OK");
  const [, entered] = await calls(server, "pop3s", ...login);
  expect(entered).toStartWith("+OK");
});

test("curl deletes a message", async () => {
  const url = `pop3s://localhost:${server.port(995)}/1`;
  await curl(server, "anna", url, "--request", "DELE", "--head");
  const left = await READERS["curl pop3s"]?.(server, "anna");
  expect((left ?? []).map((one) => behindTrace(one).toString())).toEqual([
    expect.stringContaining("Subject: number 4"),
  ]);
});
