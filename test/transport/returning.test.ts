import { afterEach, describe, expect, test } from "bun:test";
import type { Judgement } from "../../src/filter/judgement.ts";
import { Refusal } from "../../src/refusal.ts";
import type { Envelope } from "../../src/transport/envelope.ts";
import { BarredList } from "../../src/transport/house-rules/barred-list.ts";
import { transportSettings } from "../../src/transport/settings.ts";
import { FakeRemote } from "./fake-remote.ts";
import { HOUR, reportParts, World, type WorldOptions } from "./world.ts";

let world: World;
let remote: FakeRemote | undefined;
afterEach(async () => {
  await world.close();
  await remote?.stop();
  remote = undefined;
});

const DAY = 24 * HOUR;
const stranger = { kind: "smtp", protocol: "ESMTP", session: "s", trace: "t", remote: "192.0.2.1" } as const;
const ZONE = {
  "far.test": { MX: [[10, "mx.far.test"]] as [number, string][] },
  "stranger.test": { MX: [[10, "mx.far.test"]] as [number, string][] },
  "mx.far.test": { A: ["127.0.0.1"] },
};

async function meet(options: WorldOptions = {}, answer?: (line: string) => string | undefined): Promise<FakeRemote> {
  const server = await FakeRemote.start({ answer: (_stage, line) => answer?.(line) });
  remote = server;
  world = await World.open({ zone: ZONE, ...options, settings: { smtpPort: server.port, ...options.settings } });
  return server;
}

async function forward(login: string, to: string, more = {}): Promise<void> {
  const forwarding = { enabled: true, addresses: [to], keepCopy: false, ...more };
  await world.directory.mailboxes.update(world.user(login).primaryMailbox, { forwarding });
}

const receive = (to: string, changes: Partial<Omit<Envelope, "recipients">> = {}) =>
  world.send(to, "From: x@stranger.test\r\nSubject: Hello\r\n\r\nHow are you?\r\n", {
    reversePath: "x@stranger.test",
    origin: stranger,
    ...changes,
  });

const pathOf = (line = "") => /<([^>]*)>/.exec(line)?.[1] ?? "";

function verdict(work: () => unknown): string {
  try {
    work();
    return "taken";
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return `${error.kind} ${error.smtp?.code} ${error.smtp?.enhanced}`;
  }
}

const check = (address: string, reversePath: string) =>
  world.transport.checkRecipient(address, stranger, undefined, reversePath);

describe("what is sent on for somebody elsewhere", () => {
  test("leaves with a return path of this server, and a report to that goes back to him", async () => {
    const far = await meet();
    await forward("bert", "y@far.test");
    await receive("bert@home.test");
    await world.happened("message.sent");
    const path = pathOf(far.messages[0]?.mail);
    expect(path).toMatch(/^SRS0=\w{6}=\w\w=stranger\.test=x@home\.test$/);
    await receive(path.toUpperCase(), { reversePath: "" });
    await world.happened("message.sent", 2);
    expect(far.messages[1]).toMatchObject({ recipients: [expect.stringContaining("<X@STRANGER.TEST>")] });
    expect(pathOf(far.messages[1]?.mail)).toBe("");
    expect(world.left().messages).toBe(0);
    const told = world.logged("path.rewritten").map(({ text }) => text);
    expect(told).toEqual([
      `It leaves with the return path <${path}>.`,
      `What comes to ${path.toUpperCase()} goes to X@STRANGER.TEST.`,
    ]);
  });

  test("comes back to him, not to the return path, where it is refused", async () => {
    const far = await meet({}, (line) => (line.startsWith("RCPT TO:<y@") ? "550 5.1.1 Nobody" : undefined));
    await forward("bert", "y@far.test");
    await receive("bert@home.test");
    await world.happened("message.sent");
    expect(far.messages[0]?.recipients).toEqual([expect.stringContaining("<x@stranger.test>")]);
    const { text = "" } = far.messages[0] ?? {};
    expect(text).toContain("To: <x@stranger.test>");
    expect(reportParts(text).fields[1]?.get("Final-Recipient")).toBe("rfc822; y@far.test");
  });

  test("reports go to return paths of any length, as forwarders before us made them", async () => {
    const far = await meet();
    await world.directory.domains.update("home.test", { unknownRecipients: "bounce" });
    const long = `SRS0=abcd=xy=${"a-long-name.".repeat(8)}test=somebody@stranger.test`;
    await receive("nobody@home.test", { reversePath: long });
    await world.happened("message.sent");
    expect(far.messages[0]?.recipients).toEqual([expect.stringContaining(`<${long}>`)]);
  });

  test("that comes from another forwarder is told so", async () => {
    const far = await meet();
    await forward("bert", "y@far.test");
    await receive("bert@home.test", { reversePath: "SRS0=abcd=xy=first.test=z@stranger.test" });
    await world.happened("message.sent");
    const path = pathOf(far.messages[0]?.mail);
    expect(path).toMatch(/^SRS1=\w{6}=stranger\.test==abcd=xy=first\.test=z@home\.test$/);
    expect(check(path, "")).toMatchObject({ kind: "remote", address: "SRS0=abcd=xy=first.test=z@stranger.test" });
  });

  test.each([
    ["for people here", { reversePath: "anna@home.test" }, {}, {}, "anna@home.test"],
    ["by a mailbox in its own name", {}, { sender: "mailbox" }, {}, "bert@home.test"],
    ["that is a report", { reversePath: "" }, {}, {}, ""],
    ["where that is switched off", {}, {}, { srs: false }, "x@stranger.test"],
  ])("%s keeps its return path", async (_what, changes, forwarding, settings, expected) => {
    await meet({ start: false, settings });
    await forward("bert", "y@far.test", forwarding);
    await receive("bert@home.test", changes);
    expect(world.transport.queue.list().entries.map((one) => one.reversePath)).toEqual([expected]);
  });

  test("a letter to a return path goes back as one of ours does, so that it holds there, too", async () => {
    await meet({ start: false });
    await forward("bert", "y@far.test");
    await receive("bert@home.test");
    const [{ reversePath: path = "" } = {}] = world.transport.queue.list().entries;
    await receive(path, { reversePath: "postmaster@far.test" });
    const [latest] = world.transport.queue.list().entries;
    expect(latest?.reversePath).toMatch(/^SRS0=.*=far\.test=postmaster@home\.test$/);
    expect(latest?.recipient).toBe("x@stranger.test");
    // Whoever claims to be of this house gets no tag from it.
    await world.store.settings.set(transportSettings, { batv: "sign" });
    await receive(path, { reversePath: "anna@home.test" });
    expect(world.transport.queue.list().entries[0]?.reversePath).toBe("anna@home.test");
  });

  test("return paths that are forged or over reach nobody", async () => {
    await meet({ start: false });
    await forward("bert", "y@far.test");
    await receive("bert@home.test");
    const [{ reversePath: path = "" } = {}] = world.transport.queue.list().entries;
    for (const forged of [path.replace("=x@", "=eve@"), "SRS0=aaaaaa=aa=far.test=eve@home.test", "srs1=x@home.test"]) {
      expect(verdict(() => check(forged, ""))).toBe("unknownRecipient 550 5.7.1");
    }
    world.clock += 20 * DAY;
    expect(verdict(() => check(path, ""))).toBe("taken");
    world.clock += 2 * DAY;
    expect(verdict(() => check(path, ""))).toBe("notPermitted 550 5.7.1");
    // Return paths of others are theirs.
    expect(verdict(() => check("SRS0=aaaaaa=aa=far.test=eve@stranger.test", ""))).toBe(
      "relayDenied undefined undefined",
    );
  });

  test("keys change, and those of before hold as long as their tags", async () => {
    await meet({ start: false });
    await forward("bert", "y@far.test");
    const keys = () => world.store.client.query("SELECT id FROM return_path_keys").values().length;
    await receive("bert@home.test");
    world.clock += 91 * DAY;
    await world.transport.keepHouse();
    expect(keys()).toBe(2);
    const paths = () => world.transport.queue.list().entries.map((one) => one.reversePath);
    await receive("bert@home.test");
    expect(verdict(() => check(paths()[0] ?? "", ""))).toBe("taken");
    expect(verdict(() => check(paths()[1] ?? "", ""))).toBe("notPermitted 550 5.7.1");
    world.clock += 34 * DAY;
    await world.transport.keepHouse();
    expect(keys()).toBe(1);
  });
});

describe("the mail of people here", () => {
  test("carries a tag where that is set, and reports find their way by it", async () => {
    const far = await meet({ settings: { batv: "enforce" } }, (line) =>
      line.startsWith("RCPT TO:<nobody@") ? "550 5.1.1 Nobody" : undefined,
    );
    await world.send("y@far.test");
    await world.happened("message.sent");
    const path = pathOf(far.messages[0]?.mail);
    expect(path).toMatch(/^prvs=\d{4}[0-9a-f]{6}=anna@home\.test$/);
    await receive(path, { reversePath: "" });
    expect(world.inbox("anna")).toHaveLength(1);
    await world.send("nobody@far.test");
    await world.until(() => world.inbox("anna").length === 2);
    expect(world.inbox("anna")[1]).toContain("To: <anna@home.test>");
  });

  test("reports about what they did not send are refused, but to postmaster and abuse", async () => {
    await meet({ start: false, settings: { batv: "enforce" } });
    await world.send("y@far.test");
    const [{ reversePath: path = "" } = {}] = world.transport.queue.list().entries;
    expect(verdict(() => check("anna@home.test", ""))).toBe("notPermitted 550 5.7.1");
    expect(verdict(() => check(path.replace("=anna@", "=bert@"), ""))).toBe("notPermitted 550 5.7.1");
    expect(verdict(() => check("anna@home.test", "x@stranger.test"))).toBe("taken");
    // A letter to the tagged address is a letter.
    expect(verdict(() => check(path, "x@stranger.test"))).toBe("taken");
    expect(verdict(() => check(path, ""))).toBe("taken");
    world.clock += 8 * DAY;
    expect(verdict(() => check(path, ""))).toBe("notPermitted 550 5.7.1");
    await world.store.settings.set(transportSettings, { batv: "sign" });
    expect(verdict(() => check("anna@home.test", ""))).toBe("taken");
  });

  test("a tag, true or not, does not lead past rules about the address", async () => {
    await meet({ start: false });
    const values = { side: "recipient", direction: "in", action: "bar", text: "", note: "" } as const;
    await world.store.commit((tx) =>
      new BarredList(world.store, () => world.clock).addWithin(tx, ["anna@home.test"], values),
    );
    const address = "prvs=1234abcdef=anna@home.test";
    expect(verdict(() => check(address, "x@stranger.test"))).toStartWith("barred");
    await expect(receive(address)).rejects.toMatchObject({ kind: "barred" });
    await receive("prvs=1234abcdef=bert@home.test");
    expect(world.inbox("bert")).toHaveLength(1);
  });

  test("to many has a return path for each, which says whom a report is about and carries no further tag", async () => {
    await meet({ start: false, settings: { batv: "enforce" } });
    const { returnPaths } = world.transport;
    const path = returnPaths.forEach("anna@home.test", "y@far.test");
    expect(path).toMatch(/^verp=\w{6}=\w\w=anna=far\.test=y@home\.test$/);
    await world.send("y@far.test", undefined, { reversePath: path });
    expect(world.transport.queue.list().entries[0]?.reversePath).toBe(path);
    expect(check(path, "")).toMatchObject({ kind: "local", address: "anna@home.test" });
    expect(returnPaths.find(path)).toMatchObject({ about: "y@far.test", proven: true });
    expect(verdict(() => check(path.replace("=y@", "=z@"), ""))).toBe("unknownRecipient 550 5.7.1");
  });

  test("carries none unless that is set", async () => {
    await meet({ start: false });
    await world.send("y@far.test");
    expect(world.transport.queue.list().entries[0]?.reversePath).toBe("anna@home.test");
  });
});

describe("a sender who did not prove to be one", () => {
  const judging = (judgement: Partial<Judgement>): NonNullable<WorldOptions["filter"]> => ({
    scan: async () => undefined,
    judges: () => true,
    begin: async () => ({
      write: () => undefined,
      end: async () => ({ fields: "", results: "", junk: new Set(), findings: [], ...judgement }),
      abort: () => undefined,
    }),
  });
  const bounces = () => world.directory.domains.update("home.test", { unknownRecipients: "bounce" });

  test.each([["unknown"], ["disproven"]] as const)(
    "(%s) is told by the client, not by a report, that nobody has the address",
    async (returnPath) => {
      await meet({ start: false, filter: judging({ returnPath }) });
      await bounces();
      expect(verdict(() => check("who@home.test", "x@stranger.test"))).toBe("taken");
      await expect(receive("who@home.test")).rejects.toMatchObject({ kind: "unknownRecipient" });
      expect(world.left().messages + world.contents()).toBe(0);
    },
  );

  test("hears nothing of those who do not exist beside one who does", async () => {
    await meet({ start: false, filter: judging({ returnPath: "unknown" }) });
    await bounces();
    await world.transport.accept(
      world.envelope(["who@home.test", "anna@home.test"], { reversePath: "x@stranger.test", origin: stranger }),
      Buffer.from("Subject: Hello\r\n\r\nHow are you?\r\n"),
    );
    expect(world.inbox("anna")).toHaveLength(1);
    expect(world.left().messages).toBe(0);
    expect(world.logged("report.withheld")[0]?.text).toContain("who@home.test");
  });

  test.each([
    ["unknown", new Set<number>()],
    ["disproven", new Set<number>()],
    ["proven", new Set([1])],
  ] as const)(
    "(%s, junk for %p) gets no report when a forward is refused; the message goes to the mailbox",
    async (returnPath, junk) => {
      const far = await meet({ filter: judging({ returnPath, junk }) }, (line) =>
        line.startsWith("RCPT") ? "550 5.1.1 Nobody" : undefined,
      );
      await forward("bert", "y@far.test");
      await receive("bert@home.test");
      await world.until(() => world.inbox("bert").length === 1);
      expect(far.messages).toEqual([]);
      expect(world.left().messages).toBe(0);
    },
  );

  test("who proved it is told", async () => {
    const far = await meet({ filter: judging({ returnPath: "proven" }) });
    await bounces();
    await receive("who@home.test");
    await world.happened("message.sent");
    expect(far.messages[0]?.recipients).toEqual([expect.stringContaining("<x@stranger.test>")]);
  });

  test.each([
    ["unknown", 1],
    ["disproven", 0],
  ] as const)("(%s) is answered %i times by an autoresponder", async (returnPath, count) => {
    await meet({ start: false, filter: judging({ returnPath }) });
    const { autoresponder, id } = world.directory.mailboxes.byId(world.user("bert").primaryMailbox) ?? {};
    if (autoresponder === undefined || id === undefined) throw new Error("no mailbox");
    await world.directory.mailboxes.update(id, { autoresponder: { ...autoresponder, enabled: true, text: "Away" } });
    await world.send("bert@home.test", "From: x@stranger.test\r\nTo: bert@home.test\r\nSubject: Hello\r\n\r\nHi\r\n", {
      reversePath: "x@stranger.test",
      origin: stranger,
    });
    expect(world.left().messages).toBe(count);
  });
});
