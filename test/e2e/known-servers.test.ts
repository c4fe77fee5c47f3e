/** Mail leaves the executable only for servers that show who they are (RFC 7672), and only so much of it; sent by swaks. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createHash, X509Certificate } from "node:crypto";
import { Gatepost, PASSWORD, run, type Said, until } from "../harness.ts";
import { CERTIFICATE } from "../transport/certificates.ts";
import { FakeRemote } from "../transport/fake-remote.ts";
import { MockDns } from "../transport/mock-dns.ts";

const key = new X509Certificate(CERTIFICATE).publicKey.export({ type: "spki", format: "der" });
const RIGHT = `3 1 1 ${createHash("sha256").update(key).digest("hex")}`;
const WRONG = `3 1 1 ${"ab".repeat(32)}`;

let dns: MockDns;
let remote: FakeRemote;
let server: Gatepost;
beforeAll(async () => {
  remote = await FakeRemote.start({ extensions: ["STARTTLS"] });
  const domain = (name: string, tlsa: string) => ({
    [name]: { MX: [[10, `mx.${name}`]] as [number, string][], signed: true },
    [`mx.${name}`]: { A: ["127.0.0.1"], signed: true },
    [`_${remote.port}._tcp.mx.${name}`]: { TLSA: [tlsa], signed: true },
  });
  dns = await MockDns.start({ ...domain("right.test", RIGHT), ...domain("wrong.test", WRONG) });
  server = await Gatepost.start({
    users: ["anna"],
    settings: [`dns.servers=${dns.server}`, `transport.smtpPort=${remote.port}`, "transport.sendPerHour=3"],
  });
});
afterAll(async () => {
  await server.remove();
  await remote.stop();
  dns.stop();
});

async function swaks(...to: string[]): Promise<Said> {
  return await run([
    ...["swaks", "--server", "127.0.0.1", "--port", String(server.port(587)), "-tls"],
    ...["--auth", "PLAIN", "--auth-user", "anna", "--auth-password", PASSWORD],
    ...["--from", "anna@example.test", "--to", to.join(",")],
  ]);
}

test("mail goes to the server whose certificate a signed record names, and waits where it names another", async () => {
  expect((await swaks("x@right.test", "x@wrong.test")).code).toBe(0);
  const taken = await until(() => remote.messages[0], "the message to arrive");
  expect([taken.recipients, taken.secure]).toEqual([["RCPT TO:<x@right.test>"], true]);
  const said = await until(async () => {
    const [entry] = await server.json<{ to: string; reply: string | null }[]>("queue", "list");
    return entry?.reply?.includes("TLSA") ? entry : undefined;
  }, "a failed attempt");
  expect(said).toMatchObject({ to: "x@wrong.test", reply: expect.stringContaining("TLSA records") });
  expect(remote.messages).toHaveLength(1);
});

test("a user who has sent as much as one may hears when to go on, and an administrator is told", async () => {
  expect((await swaks("y@right.test")).code).toBe(0);
  const { code, out } = await swaks("z@right.test");
  expect(code).not.toBe(0);
  expect(out).toMatch(/450 4\.7\.1 You may send to 3 addresses .* try again in \d+ minutes/);
  await until(async () => /sending\.limited/.test(await server.command(["log", "--limit", "50"])), "the warning");
});
