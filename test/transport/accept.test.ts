import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Refusal } from "../../src/refusal.ts";
import { transportSettings } from "../../src/transport/settings.ts";
import { reportParts, World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await World.open({ start: false });
});
afterEach(() => world.close());

/** What a refusal says in SMTP terms, or "taken". */
async function verdict(work: () => unknown): Promise<string> {
  try {
    await work();
    return "taken";
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.kind;
  }
}

const stranger = {
  kind: "smtp",
  protocol: "ESMTP",
  session: "s",
  trace: "t",
  remote: "192.0.2.1",
  helo: "x.test",
} as const;

describe("recipients", () => {
  test.each([
    ["bert@home.test", "a stranger", stranger, "taken"],
    ["BERT+shop@Home.Test", "a stranger", stranger, "taken"],
    ["postmaster", "a stranger", stranger, "unknownRecipient"],
    ["nobody@home.test", "a stranger", stranger, "unknownRecipient"],
    ["x@elsewhere.test", "a stranger", stranger, "relayDenied"],
    ["x%elsewhere.test@home.test", "a stranger", stranger, "unknownRecipient"],
    ['"x@elsewhere.test"@home.test', "a stranger", stranger, "unknownRecipient"],
    ["elsewhere.test!x@home.test", "a stranger", stranger, "unknownRecipient"],
    ["x@[192.0.2.9]", "a stranger", stranger, "relayDenied"],
    ["bert@[127.0.0.1]", "a stranger", stranger, "taken"],
    ["x@[nonsense]", "a stranger", stranger, "unknownRecipient"],
    ["x@elsewhere.test", "a trusted network", { ...stranger, trusted: true }, "taken"],
    ["nobody@home.test", "a trusted network", { ...stranger, trusted: true }, "unknownRecipient"],
  ] as const)("%s from %s", async (address, _who, origin, expected) => {
    expect(await verdict(() => world.transport.checkRecipient(address, origin))).toBe(expected);
  });

  test("a user relays by permission alone, however trusted his network", async () => {
    const check = (login: string) =>
      verdict(() =>
        world.transport.checkRecipient("x@elsewhere.test", world.origin({ user: world.user(login), trusted: true })),
      );
    expect(await check("anna")).toBe("taken");
    expect(await check("carl")).toBe("relayDenied");
  });

  test("what a service forgot to check is refused when the message comes", async () => {
    expect(await verdict(() => world.send("x@elsewhere.test", "", { origin: stranger }))).toBe("relayDenied");
    expect(world.left().messages).toBe(0);
  });
});

describe("local delivery", () => {
  test("puts the message with its trace fields into the INBOX", async () => {
    const accepted = await world.send("bert@home.test");
    expect(accepted.delivered).toHaveLength(1);
    expect(accepted.queueId).toBeUndefined();
    const [text = ""] = world.inbox("bert");
    expect(text).toStartWith("Return-Path: <anna@home.test>\r\nReceived: by mail.home.test (Gatepost) with ESMTPSA");
    expect(text).toEndWith("\r\nSubject: Hello\r\n\r\nHow are you?\r\n");
  });

  test("stores a message to several people once, and delivers once to each mailbox", async () => {
    const accepted = await world.send(["anna@home.test", "bert@home.test", "bert+x@home.test", "BERT@home.test"]);
    expect(accepted.delivered).toHaveLength(2);
    expect(world.contents()).toBe(1);
    expect(world.inbox("anna")).toEqual(world.inbox("bert"));
  });

  test("logs what became of it under its trace", async () => {
    const { trace } = await world.send("bert@home.test");
    const names = world.events.filter((event) => event.trace === trace).map((event) => event.name);
    expect(names).toEqual(["message.accepted", "message.delivered"]);
  });

  test("what must be remembered together with a message is in the same commit", async () => {
    const broken = world.transport.accept(world.envelope("bert@home.test"), Buffer.from("x"), () => {
      throw new Refusal("exists", "seen before");
    });
    await expect(broken).rejects.toThrow("seen before");
    expect(world.inbox("bert")).toEqual([]);
    expect(world.contents()).toBe(0);
  });

  test("an aborted message leaves nothing, however large it was", async () => {
    const receiver = world.transport.receiver(world.envelope("bert@home.test"));
    const chunk = Buffer.alloc(200_000, "abcdefgh\r\n");
    for (let i = 0; i < 20; i++) await receiver.write(chunk);
    await receiver.abort();
    expect(world.contents()).toBe(0);
    expect(world.inbox("bert")).toEqual([]);
  });

  test("an abort that comes too late takes nothing away", async () => {
    const receiver = world.transport.receiver(world.envelope("bert@home.test"));
    const body = Buffer.alloc(3_000_000, "abcdefgh\r\n");
    await receiver.write(body);
    await receiver.finish();
    await receiver.abort();
    expect(world.inbox("bert")[0]?.endsWith(body.toString())).toBe(true);
  });

  test("a return path with a line break in it is none", async () => {
    expect(await verdict(() => world.send("bert@home.test", "", { reversePath: "a\r\nBcc: x@y.test" }))).toBe(
      "invalid",
    );
  });
});

describe("limits", () => {
  const received = (count: number, by = "x.test") => `Received: from a by ${by}; now\r\n`.repeat(count);

  test("a message that came through too many servers is in a loop", async () => {
    expect(await verdict(() => world.send("bert@home.test", `${received(29)}\r\n`))).toBe("taken");
    expect(await verdict(() => world.send("bert@home.test", `${received(30)}\r\n`))).toBe("loop");
    expect(world.contents()).toBe(1);
  });

  test("a message that came through this server too often is in a loop", async () => {
    expect(await verdict(() => world.send("bert@home.test", `${received(4, "mail.home.test")}\r\n`))).toBe("taken");
    expect(await verdict(() => world.send("bert@home.test", `${received(5, "MAIL.home.test")}\r\n`))).toBe("loop");
  });

  test("a message beyond the size limit is refused while it comes", async () => {
    await world.store.settings.set(transportSettings, { maxMessageSize: 2048 });
    expect(await verdict(() => world.send("bert@home.test", "x".repeat(2048)))).toBe("taken");
    expect(await verdict(() => world.send("bert@home.test", "x".repeat(2049)))).toBe("tooLarge");
  });
});

describe("reports at once", () => {
  test("a success that was asked for is reported to the sender, with the header alone", async () => {
    await world.send([{ address: "bert@home.test", notify: ["SUCCESS"], orcpt: "rfc822;berti@old.test" }], undefined, {
      envid: "E=1",
      ret: "FULL",
    });
    const [text = ""] = world.inbox("anna");
    const { fields, human, returned, returnedType } = reportParts(text);
    expect(text).toStartWith("Return-Path: <>\r\n");
    expect(fields[0]?.get("Original-Envelope-Id")).toBe("E=1");
    expect(fields[1]).toEqual(
      new Map([
        ["Original-Recipient", "rfc822; berti@old.test"],
        ["Final-Recipient", "rfc822; bert@home.test"],
        ["Action", "delivered"],
        ["Status", "2.1.5"],
      ]),
    );
    expect(human).toContain("Subject: Hello");
    expect(returnedType).toBe("text/rfc822-headers");
    expect(returned).toContain("Subject: Hello");
    expect(returned).not.toContain("How are you");
  });

  test("where a domain takes mail for nobody and returns it, the sender gets it back", async () => {
    await world.directory.domains.update("home.test", { unknownRecipients: "bounce" });
    await world.send(["ghost@home.test", "bert@home.test"]);
    expect(world.inbox("bert")).toHaveLength(1);
    const { fields } = reportParts(world.inbox("anna")[0] ?? "");
    expect(fields[1]?.get("Final-Recipient")).toBe("rfc822; ghost@home.test");
    expect(fields[1]?.get("Status")).toBe("5.1.1");
  });

  test("nobody hears of mail without a return address; it is logged", async () => {
    await world.directory.domains.update("home.test", { unknownRecipients: "bounce" });
    await world.send("ghost@home.test", undefined, { reversePath: "" });
    expect(world.inbox("anna")).toEqual([]);
    expect(world.logged("report.dropped")).toHaveLength(1);
    expect(world.contents()).toBe(0);
  });
});
