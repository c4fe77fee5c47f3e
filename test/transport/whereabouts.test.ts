import { afterEach, describe, expect, test } from "bun:test";
import { Refusal } from "../../src/refusal.ts";
import type { Action } from "../../src/transport/house-rules/rule.ts";
import { RuleList } from "../../src/transport/house-rules/rule-list.ts";
import type { Led, MailDirectory } from "../../src/transport/whereabouts.ts";
import { FakeRemote } from "./fake-remote.ts";
import { HOUR, World } from "./world.ts";

let world: World;
const remotes: FakeRemote[] = [];
afterEach(async () => {
  await world.close();
  for (const remote of remotes.splice(0)) await remote.stop();
});

const stranger = { kind: "smtp", protocol: "ESMTP", session: "s", trace: "t", remote: "192.0.2.1" } as const;

/** A directory that knows what a table says, and is away for what stands there as such. */
class Table implements MailDirectory {
  readonly asked: string[] = [];
  changed: () => void = () => undefined;

  constructor(readonly entries: Record<string, Led | "away">) {}

  covers(domain: string): boolean {
    return domain === "home.test";
  }

  async find(address: string): Promise<Led | undefined> {
    this.asked.push(address);
    const found = this.entries[address];
    if (found === "away") throw new Refusal("temporary", "It does not answer.");
    return found;
  }

  onChange(listener: () => void): void {
    this.changed = listener;
  }
}

async function meet(entries: Record<string, Led | "away">): Promise<Table> {
  const table = new Table(entries);
  const remote = await FakeRemote.start({});
  remotes.push(remote);
  const zone = {
    "far.test": { MX: [[10, "mx.far.test"]] as [number, string][] },
    "mx.far.test": { A: ["127.0.0.1"] },
    "branch.far.test": { A: ["127.0.0.1"] },
  };
  world = await World.open({ zone, mailDirectory: table, settings: { smtpPort: remote.port } });
  return table;
}

async function check(address: string): Promise<unknown> {
  await world.transport.lookUp(address);
  try {
    return world.transport.checkRecipient(address, stranger, undefined, "x@stranger.test");
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return `${error.kind} ${error.smtp?.code ?? ""}`.trim();
  }
}

const receive = (...to: string[]) =>
  world.send(to, "Subject: Hello\r\n\r\nHow are you?\r\n", { reversePath: "x@stranger.test", origin: stranger });

describe("a directory elsewhere says of an address here", () => {
  test("that its mail goes to a mailbox here, to an address elsewhere, or to another server", async () => {
    await meet({
      "boss@home.test": { address: "anna@home.test" },
      "seller@home.test": { address: "y@far.test" },
      "branch@home.test": { host: "branch.far.test" },
      "both@home.test": { address: "z@branch.test", host: "branch.far.test:2525" },
      "own@home.test": { address: "bert@home.test", host: "mail.home.test" },
    });
    expect(await check("Boss@HOME.test")).toMatchObject({ kind: "local", address: "anna@home.test" });
    expect(await check("own@home.test")).toMatchObject({ kind: "local", address: "bert@home.test" });
    expect(await check("seller@home.test")).toMatchObject({ address: "y@far.test", through: "home.test" });
    expect(await check("both@home.test")).toMatchObject({ address: "z@branch.test", host: "branch.far.test:2525" });
    await receive("boss@home.test", "seller@home.test", "branch@home.test");
    await world.happened("message.sent", 2);
    expect(world.inbox("anna")).toHaveLength(1);
    const [remote] = remotes;
    const sent = remote?.messages.map(({ mail, recipients }) => `${mail} ${recipients.join()}`).sort() ?? [];
    expect(sent[0]).toMatch(/^MAIL FROM:<SRS0=.*@home\.test>.*RCPT TO:<y@far\.test>/);
    expect(sent[1]).toMatch(/^MAIL FROM:<x@stranger\.test>.*RCPT TO:<branch@home\.test>/);
  });

  test("that nobody has it; it is not asked again at once, nor about those who are known here", async () => {
    const table = await meet({});
    expect(await check("nobody@home.test")).toBe("unknownRecipient");
    expect(await check("nobody@home.test")).toBe("unknownRecipient");
    expect(await check("anna@home.test")).toMatchObject({ kind: "local" });
    expect(await check("anna+shop@home.test")).toMatchObject({ kind: "local" });
    expect(await check("x@far.test")).toBe("relayDenied");
    expect(table.asked).toEqual(["nobody@home.test"]);
    world.clock += HOUR;
    await check("nobody@home.test");
    expect(table.asked).toHaveLength(2);
  });

  test("before a catch-all gets it", async () => {
    await meet({ "boss@home.test": { address: "anna@home.test" } });
    await world.directory.domains.update("home.test", {
      unknownRecipients: "mailbox",
      catchAllMailbox: world.user("carl").primaryMailbox,
    });
    await receive("boss@home.test", "whoever@home.test");
    expect([world.inbox("anna").length, world.inbox("carl").length]).toEqual([1, 1]);
  });

  test("nothing while it is away: mail waits at its sender's, and what was known before holds", async () => {
    const table = await meet({ "boss@home.test": { address: "anna@home.test" }, "new@home.test": "away" });
    expect(await check("new@home.test")).toBe("temporary 451");
    await check("boss@home.test");
    table.entries["boss@home.test"] = "away";
    world.clock += HOUR;
    expect(await check("boss@home.test")).toMatchObject({ address: "anna@home.test" });
    table.entries["new@home.test"] = { address: "bert@home.test" };
    world.clock += 6_000;
    expect(await check("new@home.test")).toMatchObject({ address: "bert@home.test" });
  });

  test("once for all who ask at the same time, and anew when it is set another way", async () => {
    const table = await meet({ "boss@home.test": { address: "anna@home.test" } });
    await Promise.all([check("boss@home.test"), check("boss@home.test"), check("BOSS@home.test")]);
    expect(table.asked).toEqual(["boss@home.test"]);
    table.entries["boss@home.test"] = { address: "bert@home.test" };
    table.changed();
    expect(await check("boss@home.test")).toMatchObject({ address: "bert@home.test" });
  });

  test("another that leads nowhere", async () => {
    await meet({ "ring@home.test": { address: "round@home.test" }, "round@home.test": { address: "ring@home.test" } });
    expect(await check("ring@home.test")).toBe("unknownRecipient");
  });

  test("where a mailbox forwards to", async () => {
    await meet({ "boss@home.test": { address: "anna@home.test" } });
    const forwarding = { enabled: true, addresses: ["boss@home.test"], keepCopy: false };
    await world.directory.mailboxes.update(world.user("bert").primaryMailbox, { forwarding });
    await receive("bert@home.test");
    expect(world.inbox("anna")).toHaveLength(1);
  });

  test("to whom a message would go with which rules of the house are tried", async () => {
    await meet({ "boss@home.test": { address: "anna@home.test" } });
    const rules = new RuleList(world.store);
    const actions: Action[] = [{ do: "header", value: "X-Seen: yes" }];
    await world.store.commit((tx) => rules.createWithin(tx, { name: "Seen", actions }));
    const to = ["boss@home.test"];
    const octets = Buffer.from("Subject: Hello\r\n\r\nHow are you?\r\n");
    const tried = { from: "x@stranger.test", to, direction: "in", user: undefined, octets } as const;
    expect(await world.transport.tryHouseRules(tried)).toMatchObject({ outcome: "changed" });
  });

  test("where a rule of the house sends mail; while it is away, the mail goes where it was to go", async () => {
    const table = await meet({ "boss@home.test": { address: "anna@home.test" }, "new@home.test": "away" });
    const rules = new RuleList(world.store);
    const add = (actions: Action[]) =>
      world.store.commit((tx) => rules.createWithin(tx, { name: `To ${actions[0]?.value}`, actions }));
    const { id } = await add([{ do: "redirect", value: "boss@home.test" }]);
    await receive("bert@home.test");
    expect([world.inbox("anna").length, world.inbox("bert").length]).toEqual([1, 0]);
    await world.store.commit((tx) => rules.removeWithin(tx, id));
    await add([{ do: "redirect", value: "new@home.test" }]);
    await receive("bert@home.test");
    expect([world.inbox("anna").length, world.inbox("bert").length]).toEqual([1, 1]);
    expect(table.asked).toEqual(["boss@home.test", "new@home.test"]);
  });
});
