/** Signing in the executable: keys, their records, their use and their replacement; what arrives elsewhere is verified by dkimpy and OpenDKIM. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Gatepost, succeed, temporaryFolder, until } from "../harness.ts";
import { FakeRemote } from "../transport/fake-remote.ts";
import { MockDns } from "../transport/mock-dns.ts";
import { letter } from "./letter.ts";
import { SENDERS } from "./senders.ts";

let dns: MockDns;
let remote: FakeRemote;
let server: Gatepost;
beforeAll(async () => {
  dns = await MockDns.start({ "far.test": { MX: [[10, "mx.far.test"]] }, "mx.far.test": { A: ["127.0.0.1"] } });
  remote = await FakeRemote.start({ extensions: ["PIPELINING", "SIZE 50000000", "8BITMIME", "SMTPUTF8", "STARTTLS"] });
  server = await Gatepost.start({
    users: ["bert", "carl"],
    settings: [
      ...[`dns.servers=${dns.server}`, `transport.smtpPort=${remote.port}`, "transport.idleSeconds=0.1"],
      ...["records.addresses=203.0.113.5", "transport.hostname=mail.example.test"],
      ...["filter.exempt=[]", "filter.dnsSeconds=1", "spam.greylistAt=100"],
    ],
  });
});
afterAll(async () => {
  await server.remove();
  await remote.stop();
  dns.stop();
});

interface Key {
  readonly selector: string;
  readonly algorithm: string;
  readonly state: string;
  readonly record: { readonly name: string; readonly value: string };
}

/** Puts the records of keys into the DNS, as their owner would. */
function publish(keys: readonly Key[]): void {
  for (const { record } of keys) dns.zone[record.name] = { TXT: [record.value] };
}

const keysOf = async (action: "list" | "rotate" | "check") => await server.json<Key[]>("dkim", action, "example.test");

/** What dkimpy, which shares nothing with this server, says of the message that arrived last. */
async function judged(): Promise<{
  readonly dkim: readonly { held: boolean; domain?: string; selector?: string }[];
  readonly arc: string;
  readonly sets: number;
}> {
  const { text } = await until(() => remote.messages.at(-1), "the message");
  const records = Object.fromEntries(Object.entries(dns.zone).map(([name, { TXT }]) => [name, TXT?.[0] ?? null]));
  const task = { message: Buffer.from(text, "latin1").toString("base64"), records };
  const script = join(import.meta.dir, "python", "dkim_verify.py");
  // Debian's own Python has Debian's packages, whichever one comes first in the path.
  return JSON.parse(await succeed(["/usr/bin/python3", script], { stdin: JSON.stringify(task) }));
}

/** The same asked of OpenDKIM: its findings, one a signature. */
async function opendkim(): Promise<string[]> {
  const { text } = await until(() => remote.messages.at(-1), "the message");
  const folder = temporaryFolder("gatepost-opendkim");
  const [message, keys, conf] = ["message.eml", "keys", "opendkim.conf"].map((name) => join(folder, name));
  const records = Object.entries(dns.zone).filter(([name]) => name.includes("._domainkey."));
  writeFileSync(message as string, text, "latin1");
  writeFileSync(keys as string, records.map(([name, { TXT }]) => `${name} ${TXT?.[0]}\n`).join(""));
  writeFileSync(conf as string, `TestPublicKeys ${keys}\nMode v\n`);
  try {
    const said = await succeed(["/usr/sbin/opendkim", "-x", conf as string, "-vv", "-t", message as string]);
    return [...said.matchAll(/dkim=(\w+)[^;]*header\.a=([\w-]+) header\.s=(\w+)/g)].map((found) =>
      found.slice(1).join(" "),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Sends a letter with swaks, as bert, and waits until it is elsewhere. */
async function send(text: "7bit" | "8bit" = "7bit"): Promise<void> {
  const before = remote.messages.length;
  const one = letter(`signed ${text}`, { from: "bert@example.test", to: ["friend@far.test"], text });
  await SENDERS["swaks with STARTTLS and AUTH LOGIN"]?.send(server, one);
  await until(() => remote.messages.length > before, "the message elsewhere");
}

test("keys sign once their records are in the DNS, and are replaced with overlap; others verify what they signed", async () => {
  const made = await keysOf("rotate");
  expect(made.map(({ algorithm, state }) => `${algorithm} ${state}`)).toEqual(["rsa-sha256 new", "ed25519-sha256 new"]);
  await send();
  expect((await judged()).dkim).toEqual([]);

  publish(made);
  expect((await keysOf("check")).map(({ state }) => state)).toEqual(["signing", "signing"]);
  const first = made.map(({ selector }) => ({ held: true, domain: "example.test", selector }));
  await send("8bit");
  expect((await judged()).dkim).toEqual(first);
  expect(await opendkim()).toEqual(made.map(({ algorithm, selector }) => `pass ${algorithm} ${selector}`));

  // The new pair takes over when it is seen, the old one stays in the DNS.
  const both = await keysOf("rotate");
  const fresh = both.filter(({ state }) => state === "new");
  expect(both.map(({ state }) => state)).toEqual(["signing", "signing", "new", "new"]);
  publish(fresh);
  const after = await keysOf("check");
  expect(after.map(({ state }) => state)).toEqual(["signing", "signing", "retired", "retired"]);
  await send();
  expect((await judged()).dkim).toEqual(
    fresh.map(({ selector }) => ({ held: true, domain: "example.test", selector })),
  );
});

test("a stranger's mail that is forwarded is sealed with what was found, and not signed as ours", async () => {
  await server.command(["mailbox", "set", "carl", "forwarding.addresses=friend@far.test", "forwarding.enabled=on"]);
  const before = remote.messages.length;
  const one = letter("sent on", { from: "stranger@elsewhere.test", to: ["carl@example.test"] });
  await SENDERS["swaks with STARTTLS"]?.send(server, one);
  await until(() => remote.messages.length > before, "the message elsewhere");
  const text = remote.messages.at(-1)?.text ?? "";
  expect(text).toContain("ARC-Authentication-Results: i=1; mail.example.test;");
  expect(await judged()).toMatchObject({ dkim: [], arc: "pass", sets: 1 });
});

test("the records of a domain are shown, and looked at as the world sees them", async () => {
  const look = async () =>
    await server.json<{ records: { name: string; type: string; state: string; value: string; sentence: string }[] }>(
      ...["dns", "check", "example.test"],
    );
  const stateOf = (records: Awaited<ReturnType<typeof look>>["records"], name: string, type: string) =>
    records.filter((one) => one.name === name && one.type === type).map(({ state }) => state);
  const { records } = await look();
  expect(stateOf(records, "example.test", "MX")).toEqual(["missing"]);
  expect(stateOf(records, "mail.example.test", "A")).toEqual(["missing"]);
  expect(stateOf(records, "5.113.0.203.in-addr.arpa", "PTR")).toEqual(["missing"]);
  expect(stateOf(records, "_dmarc.example.test", "TXT")).toEqual(["missing"]);

  Object.assign(dns.zone, {
    "example.test": { MX: [[10, "mail.example.test"]], TXT: ["v=spf1 mx ~all", "something else"] },
    "mail.example.test": { A: ["203.0.113.5"] },
    "5.113.0.203.in-addr.arpa": { PTR: ["mail.example.test"] },
    "_dmarc.example.test": { TXT: ["v=DMARC1; p=quarantine"] },
    "_smtp._tls.example.test": { TXT: ["v=TLSRPTv1; rua=mailto:postmaster@example.test"] },
    "_imaps._tcp.example.test": { SRV: [[0, 1, 993, "mail.example.test"]] },
    "_25._tcp.mail.example.test": { TLSA: [`3 1 1 ${"00".repeat(32)}`] },
  });
  const { records: now } = await look();
  const wrong = now.filter(
    ({ state, name }) => state !== "right" && !name.startsWith("_imap._") && !/_(sub|pop)/.test(name),
  );
  expect(wrong.map(({ name, type, state }) => `${type} ${name} ${state}`)).toEqual([
    "TLSA _25._tcp.mail.example.test wrong",
  ]);
  await server.set("records.mtaSts=testing");
  const [name, port] = ["mta-sts.example.test", server.port(443)];
  const policy = await succeed([
    ...["curl", "--silent", "--insecure", "--resolve", `${name}:${port}:127.0.0.1`],
    `https://${name}:${port}/.well-known/mta-sts.txt`,
  ]);
  expect(policy.split("\r\n").slice(0, 3)).toEqual(["version: STSv1", "mode: testing", "mx: mail.example.test"]);
  const zone = await server.command(["dns", "zone", "example.test"]);
  expect(zone).toContain("example.test. IN MX 10 mail.example.test.");
  expect(zone).toContain('example.test. IN TXT "v=spf1 mx ~all"');
  expect(zone).toMatch(/gp\d{8}r._domainkey.example.test. IN TXT "v=DKIM1; k=rsa; p=[^"]+" "[^"]+"/);
});
