import { afterEach, describe, expect, test } from "bun:test";
import { type SmartHost, transportSettings } from "../../src/transport/settings.ts";
import { type Behaviour, FakeRemote } from "./fake-remote.ts";
import { reportParts, World, type WorldOptions } from "./world.ts";

let world: World;
let remote: FakeRemote;

afterEach(async () => {
  await world.close();
  await remote.stop();
});

const EXTENSIONS = ["PIPELINING", "SIZE 1000000", "8BITMIME", "SMTPUTF8", "DSN", "STARTTLS", "AUTH PLAIN LOGIN"];
const ZONE = {
  "far.test": { MX: [[10, "mx.remote.test"]] as [number, string][] },
  "mx.remote.test": { A: ["127.0.0.1"] },
};

async function meet(behaviour: Behaviour = {}, options: WorldOptions = {}): Promise<void> {
  remote = await FakeRemote.start({ extensions: EXTENSIONS, ...behaviour });
  world = await World.open({ zone: ZONE, ...options, settings: { smtpPort: remote.port, ...options.settings } });
}

/** A world whose mail goes through the remote server as its smart host. */
async function hire(host: Partial<SmartHost>, behaviour: Behaviour = {}): Promise<void> {
  remote = await FakeRemote.start({ extensions: EXTENSIONS, ...behaviour });
  const smartHosts = [{ host: "mx.remote.test", port: remote.port, ...host }];
  world = await World.open({ zone: ZONE, settings: { smartHosts } });
}

describe("encryption on the way to a domain's own server", () => {
  test("is used where it is offered, whatever the certificate", async () => {
    await meet({}, { zone: { "far.test": { MX: [[10, "odd.name.test"]] }, "odd.name.test": { A: ["127.0.0.1"] } } });
    await world.send("x@far.test");
    await world.happened("message.sent");
    expect(remote.messages[0]?.secure).toBe(true);
    expect(remote.commands.filter((line) => line.startsWith("EHLO"))).toHaveLength(2);
  });

  test.each([
    ["speaks no TLS after all", { tls: "garbage" as const }],
    ["breaks off instead", { tls: "drop" as const }],
    ["breaks off once it is encrypted", { tls: "lost" as const }],
  ])("is left out, on a fresh connection, where the server %s", async (_name, behaviour) => {
    await meet(behaviour);
    await world.send("x@far.test");
    await world.happened("message.sent");
    expect(remote.messages[0]?.secure).toBe(false);
    expect(remote.sessions).toBe(2);
  });

  test("is left out where the server breaks off when it hears of it", async () => {
    await meet({ answer: (stage) => (stage === "STARTTLS" ? "drop" : undefined) });
    await world.send("x@far.test");
    await world.happened("message.sent");
    expect(remote.messages[0]?.secure).toBe(false);
  });

  test("is not tried again for some hours where it was broken", async () => {
    await meet({ tls: "garbage" }, { settings: { messagesPerConnection: 1 } });
    await world.send("x@far.test");
    await world.happened("message.sent");
    await world.send("x@far.test");
    await world.happened("message.sent", 2);
    expect(remote.sessions).toBe(3);
  });

  test("is left out where STARTTLS is refused", async () => {
    await meet({ answer: (stage) => (stage === "STARTTLS" ? "454 4.7.0 No TLS today" : undefined) });
    await world.send("x@far.test");
    await world.happened("message.sent");
    expect(remote.messages[0]?.secure).toBe(false);
    expect(remote.sessions).toBe(1);
  });
});

describe("REQUIRETLS", () => {
  const send = () => world.send("x@far.test", undefined, { requireTls: true });
  const withRequireTls = { extensions: [...EXTENSIONS, "REQUIRETLS"] };
  const SIGNED = { zone: { ...ZONE, "far.test": { ...ZONE["far.test"], signed: true } } };

  test("goes over verified TLS to a server that promises the same", async () => {
    await meet(withRequireTls, SIGNED);
    await send();
    await world.happened("message.sent");
    expect(remote.messages[0]?.secure).toBe(true);
    expect(remote.messages[0]?.mail).toContain(" REQUIRETLS");
  });

  test.each([
    ["does not promise it", {}, SIGNED, "5.7.30"],
    ["has no TLS", { extensions: ["REQUIRETLS"] }, SIGNED, "5.7.30"],
    ["is named by an MX record that nobody vouches for", withRequireTls, {}, "5.7.30"],
  ])("comes back, header only, where the server %s", async (_name, behaviour, options, status) => {
    await meet(behaviour, options);
    await send();
    await world.happened("message.bounced");
    const { fields, returnedType } = reportParts(world.inbox("anna")[0] ?? "");
    expect(fields[1]?.get("Status")).toBe(status);
    expect(returnedType).toBe("text/rfc822-headers");
    expect(remote.messages).toEqual([]);
  });

  test("waits where the certificate is not good, and takes no other mail along", async () => {
    const zone = {
      "far.test": { MX: [[10, "odd.name.test"]] as [number, string][], signed: true },
      "odd.name.test": { A: ["127.0.0.1"] },
    };
    await meet(withRequireTls, { zone });
    await send();
    await world.happened("message.deferred");
    await world.send("x@far.test");
    await world.happened("message.sent");
    expect(remote.messages).toHaveLength(1);
    expect(remote.messages[0]?.mail).not.toContain("REQUIRETLS");
  });
});

describe("a smart host", () => {
  const secret = { login: "me", password: "geheim" };

  test("gets all mail, in one transaction for all domains, after a login over verified TLS", async () => {
    await hire(secret, { credentials: secret });
    await world.send(["a@one.test", "b@two.test"]);
    await world.happened("message.sent");
    expect(remote.messages[0]).toMatchObject({ secure: true, login: "me" });
    expect(remote.messages[0]?.recipients).toHaveLength(2);
  });

  test("is spoken to over TLS from the first octet where it is set so", async () => {
    await hire({ ...secret, tls: "implicit" }, { credentials: secret, implicitTls: true });
    await world.send("a@one.test");
    await world.happened("message.sent");
    expect(remote.messages[0]).toMatchObject({ secure: true, login: "me" });
  });

  test("is logged in at with LOGIN where it offers nothing else", async () => {
    await hire(secret, { credentials: secret, extensions: ["STARTTLS", "AUTH LOGIN"] });
    await world.send("a@one.test");
    await world.happened("message.sent");
    expect(remote.messages[0]?.login).toBe("me");
  });

  test.each([
    ["a wrong password", { ...secret, password: "x" }, {}, "refused the login: 535 5.7.8 No"],
    ["no login offered", secret, { extensions: ["STARTTLS"] }, "no way to log in"],
    ["no STARTTLS offered", secret, { extensions: ["AUTH PLAIN"] }, "does not offer the encryption"],
    ["no TLS wanted", { ...secret, tls: "none" as const }, {}, "the password was not sent"],
    ["broken TLS", secret, { tls: "garbage" as const }, "Encryption with mx.remote.test [127.0.0.1] failed"],
    [
      "a server that wants a login",
      {},
      { answer: (stage: string) => (stage === "MAIL" ? "530 5.7.0 Log in" : undefined) },
      "530 5.7.0 Log in",
    ],
  ])("%s lets the mail wait: the settings can be repaired", async (_name, host, behaviour, words) => {
    await hire(host, { credentials: secret, ...behaviour });
    await world.send("a@one.test");
    expect((await world.happened("message.deferred")).text).toContain(words);
    expect(remote.messages).toEqual([]);
    expect(remote.commands.filter((line) => line.startsWith("AUTH")).join()).not.toContain(
      Buffer.from("\0me\0geheim").toString("base64"),
    );
  });

  test("whose certificate is for another name gets no password, unless it need not be valid", async () => {
    await hire({ ...secret, host: "127.0.0.1" }, { credentials: secret });
    await world.send("a@one.test");
    expect((await world.happened("message.deferred")).text).toContain("Encryption with 127.0.0.1");
    expect(remote.commands.some((line) => line.startsWith("AUTH"))).toBe(false);
    await world.close();
    await remote.stop();
    await hire({ ...secret, host: "127.0.0.1", verify: false }, { credentials: secret });
    await world.send("a@one.test");
    await world.happened("message.sent");
    expect(remote.messages[0]?.login).toBe("me");
  });

  test("falls back to the next one that works", async () => {
    remote = await FakeRemote.start({ extensions: EXTENSIONS });
    const working = { host: "mx.remote.test", port: remote.port };
    const smartHosts = [{ host: "nowhere.test" }, { host: "127.0.0.98", port: remote.port }, working];
    world = await World.open({ zone: ZONE, settings: { smartHosts } });
    await world.send("a@one.test");
    expect((await world.happened("message.sent")).remote).toBe("mx.remote.test [127.0.0.1]");
  });

  test("refusals of the message itself return it", async () => {
    await hire({}, { answer: (stage) => (stage === "final" ? "554 5.7.1 Spam" : undefined) });
    await world.send("a@one.test");
    await world.happened("message.bounced");
    expect(reportParts(world.inbox("anna")[0] ?? "").fields[1]?.get("Status")).toBe("5.7.1");
  });
});

describe("routes", () => {
  test("send some domains another way, and a change moves what waits", async () => {
    await hire({}, { answer: (stage) => (stage === "greeting" ? "421 4.3.2 Later" : undefined) });
    await world.send(["a@one.test", "b@far.test"]);
    await world.happened("message.deferred");
    expect(world.transport.queue.counts().map((one) => one.destination)).toEqual(["smarthost"]);
    await world.store.settings.set(transportSettings, { routes: [{ domain: "far.test" }], smtpPort: remote.port });
    await world.until(() => world.transport.queue.counts().length === 2, "two destinations");
    expect(world.transport.queue.counts().map((one) => one.destination)).toEqual(["far.test", "smarthost"]);
    remote.behaviour = { extensions: EXTENSIONS };
    await world.transport.queue.retry({});
    await world.happened("message.sent", 2);
    expect(remote.messages).toHaveLength(2);
  });
});
