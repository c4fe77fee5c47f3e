/** Mail from outside is judged on its way in: what is refused, what goes to Junk, and what the header says of it. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { SignedMessage } from "../../src/filter/authentication/sign.ts";
import type { Mail, Verdict } from "../../src/filter/judgement.ts";
import { quarantineSettings } from "../../src/filter/quarantine/settings.ts";
import { Refusal } from "../../src/refusal.ts";
import type { Origin } from "../../src/transport/envelope.ts";
import { FilterHouse } from "./house.ts";

const LIST_KEY = generateKeyPairSync("rsa", { modulusLength: 2_048 });

const ZONE = {
  "example.com": { TXT: ["v=spf1 ip4:192.0.2.1 ip6:2001:db8::/32 -all"] },
  "mx.example.com": { A: ["192.0.2.1"], AAAA: ["2001:db8::1"] },
  "1.2.0.192.in-addr.arpa": { PTR: ["mx.example.com"] },
  "strict.test": { TXT: ["v=spf1 -all exp=why.strict.test"] },
  "why.strict.test": { TXT: ["%{i} is none of us"] },
  "_dmarc.strict.test": { TXT: ["v=DMARC1; p=reject"] },
  "careful.test": { TXT: ["v=spf1 -all"] },
  "_dmarc.careful.test": { TXT: ["v=DMARC1; p=quarantine; pct=50"] },
  "list.test": { TXT: ["v=spf1 -all"] },
  "a._domainkey.list.test": {
    TXT: [`v=DKIM1; k=rsa; p=${LIST_KEY.publicKey.export({ type: "spki", format: "der" }).toString("base64")}`],
  },
  "fails.test": { fail: true },
  "_dmarc.fails.test": { fail: true },
  "crowd.test": { TXT: Array.from({ length: 1_500 }, (_, at) => `proof=${at}`), truncate: true },
  "long.test": { TXT: [`v=spf1 ${"ip4:192.0.2.1 ".repeat(4_000)}-all`], truncate: true },
  "silent.test": { silent: true },
  "_dmarc.silent.test": { silent: true },
};

/** A message as a list sends it on, sealed with what it found when that came to it. */
async function sealed(message: string, found: string): Promise<string> {
  const outgoing = new SignedMessage();
  outgoing.write(Buffer.from(message, "latin1"));
  outgoing.end();
  const signer = { domain: "list.test", selector: "a", algorithm: "rsa-sha256", key: LIST_KEY.privateKey } as const;
  const results = `mx.list.test;\r\n ${found}`;
  return (await outgoing.seal(signer, { chain: "none", results }, Date.now())) + message;
}

let house: FilterHouse;

beforeAll(async () => {
  house = await FilterHouse.open(ZONE);
});
afterAll(async () => await house.close());
afterEach(async () => {
  expect(house.faults).toEqual([]);
  house.sample = 0;
  await house.set({ dmarc: "apply", dnsSeconds: 10, trustedForwarders: [], trustedSealers: [], exempt: [] });
});

const letter = (from: string, subject: string) =>
  `From: ${from}\r\nTo: anna@home.test\r\nSubject: ${subject}\r\n\r\nHello.\r\n`;

async function last(login = "anna", folder = "INBOX"): Promise<string> {
  return (await house.letters(login, folder)).at(-1) ?? "";
}

async function refusalOf(work: Promise<unknown>): Promise<Refusal> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error("it was taken");
}

describe("what was found stands at the top", () => {
  test("with the client's confirmed name in Received", async () => {
    await house.receive(letter("anna@example.com", "One"));
    const [head = ""] = (await last()).split("\r\nFrom:");
    expect(head.replace(/\n {1}\S{3}, .*$/m, "\n DATE")).toMatch(
      /^Return-Path: <eve@example\.com>\r\nAuthentication-Results: mail\.home\.test;\r\n iprev=pass \(mx\.example\.com\) policy\.iprev=192\.0\.2\.1;\r\n spf=pass smtp\.mailfrom=eve@example\.com;\r\n dkim=none;\r\n arc=none;\r\n dmarc=none header\.from=example\.com\r\nReceived: from mx\.example\.com \(mx\.example\.com \[192\.0\.2\.1\]\)\r\n by mail\.home\.test /,
    );
  });

  test("and nobody else says it for us", async () => {
    const forged = "Authentication-Results: mail.home.test; dmarc=pass header.from=bank.test\r\n";
    const other = "Authentication-Results: mx.elsewhere.test; spf=pass\r\n";
    await house.receive(`${forged}${other}${letter("anna@example.com", "Two")}${forged}`);
    const message = await last();
    expect(message.match(/^Authentication-Results: mail\.home\.test/gm)).toHaveLength(2);
    expect(message).not.toContain("dmarc=pass header.from=bank.test\r\nAuth");
    expect(message.endsWith(`${other}${letter("anna@example.com", "Two")}${forged}`)).toBe(true);
  });

  test("also where a user or a trusted network wrote it, who are not judged", async () => {
    const forged = `Authentication-Results: mail.home.test; dmarc=pass\r\n${letter("anna@strict.test", "Three")}`;
    await house.receive(forged, { kind: "submission", user: house.user("bert") });
    expect(await last()).not.toContain("Authentication-Results");
    await house.receive(forged, { trusted: true });
    expect(await last()).not.toContain("Authentication-Results");
    expect(house.logged("message.judged").some((one) => one.text?.includes("strict.test"))).toBe(false);
  });

  test("and the trace says it in sentences", async () => {
    const { trace } = await house.receive(letter("anna@example.com", "Four"), { remote: "2001:db8::7" });
    const event = house.logged("message.judged").find((one) => one.trace === trace);
    expect(event?.text).toBe(
      "The client's address has no name. example.com lets 2001:db8::7 send its mail (ip6:2001:db8::/32). Nobody signed it (DKIM). example.com asks for nothing (DMARC).",
    );
    expect(event?.data?.findings).toContainEqual({
      ...{ test: "spf", result: "pass", points: 0 },
      sentence: "example.com lets 2001:db8::7 send its mail (ip6:2001:db8::/32).",
    });
  });
});

describe("a domain's wish", () => {
  test("to refuse is done at the end of the message, and nothing of it is kept", async () => {
    const before = (await house.letters("anna")).length;
    const refusal = await refusalOf(house.receive(letter("ceo@strict.test", "Pay this"), { from: "ceo@strict.test" }));
    expect(refusal.smtp).toEqual({ code: 550, enhanced: "5.7.1" });
    expect(refusal.sentence).toBe(
      "strict.test asks to refuse mail that does not prove to be its own (DMARC), and this message does not.",
    );
    expect(await house.letters("anna")).toHaveLength(before);
    expect(house.logged("message.judged").at(-1)?.text).toContain("It adds: “192.0.2.1 is none of us”");
  });

  test("to put aside leads to Junk, which is made where it is missing", async () => {
    const bert = house.user("bert").primaryMailbox;
    await house.mailstore.deleteFolder(bert, "Junk");
    await house.receive(letter("ann@careful.test", "Odd"), { to: ["bert@home.test", "anna@home.test"] });
    expect(await last("bert", "Junk")).toContain("dmarc=fail (p=quarantine dis=quarantine) header.from=careful.test");
    expect(await last("anna", "Junk")).toContain("Subject: Odd");
    expect(house.mailstore.folder(bert, "Junk")?.specialUse).toBe("Junk");
    expect(await house.letters("bert")).toEqual([]);
  });

  test("to put aside holds what nothing else holds already", async () => {
    const weigh = async ({ visit }: Mail): Promise<Verdict> => {
      const mailboxes = new Set(visit.recipients[0]?.mailboxes);
      return { fields: "", junk: new Set(), hold: { reason: "junk", sentence: "It is junk.", mailboxes } };
    };
    const other = await FilterHouse.open(ZONE, async () => ({ testers: [], weigher: { weigh } }));
    await other.store.settings.set(quarantineSettings, { dmarc: true });
    await other.receive(letter("ann@careful.test", "Odd"), { to: ["anna@home.test", "bert@home.test"] });
    const { held } = (await other.transport.quarantine()).list({ limit: 5 });
    expect(held.map(({ reason, recipients }) => [reason, ...recipients.map((one) => one.address)])).toEqual([
      ["policy", "bert@home.test"],
      ["junk", "anna@home.test"],
    ]);
    await other.close();
  });

  test("holds for as much of the mail as it says", async () => {
    house.sample = 0.5;
    await house.receive(letter("ann@careful.test", "Spared"));
    expect(await last()).toContain("Subject: Spared");
  });

  test("is not got around by a header that is too long to be read", async () => {
    const padding = `X-Padding: ${"x".repeat(900)}\r\n`.repeat(400);
    await house.receive(padding + letter("ceo@strict.test", "Hidden"));
    const message = await last("anna", "Junk");
    expect(message).toContain("Subject: Hidden");
    expect(message).toContain("dmarc=permerror");
  });

  test("is weakened, or only noted, by a setting", async () => {
    await house.set({ dmarc: "junk" });
    await house.receive(letter("ceo@strict.test", "Aside"));
    expect(await last("anna", "Junk")).toContain("dmarc=fail (p=reject dis=quarantine)");
    await house.set({ dmarc: "observe" });
    await house.receive(letter("ceo@strict.test", "Noted"));
    expect(await last()).toContain("dmarc=fail (p=reject dis=none)");
    await house.set({ dmarc: "off" });
    await house.receive(letter("ceo@strict.test", "Unasked"));
    expect(await last()).not.toContain("dmarc=");
  });

  test("gives way to a forwarder the administrator trusts", async () => {
    await house.set({ trustedForwarders: ["192.0.2.0/24"] });
    await house.receive(letter("ceo@strict.test", "By a list"));
    expect(await last()).toContain("dmarc=fail (p=reject dis=none)");
    expect(house.logged("message.judged").at(-1)?.text).toEndWith(
      "It is taken all the same: it came through 192.0.2.0/24, which is trusted.",
    );
  });

  test("gives way to what a sealer the administrator trusts found before", async () => {
    const proven = "dmarc=pass (p=reject) header.from=strict.test";
    const message = await sealed(letter("ceo@strict.test", "By a sealing list"), proven);
    await refusalOf(house.receive(message));
    await house.set({ trustedSealers: ["list.test"] });
    await house.receive(message);
    expect(await last()).toMatch(/arc=pass header\.oldest-pass=0 [\s\S]*dmarc=fail \(p=reject dis=none\)/);
    expect(house.logged("message.judged").at(-1)?.text).toEndWith(
      "It is taken all the same: list.test, which is trusted, sealed that it was proven before.",
    );
    await refusalOf(house.receive(message.replace("Hello.", "Pay me.")));
    await refusalOf(
      house.receive(await sealed(letter("ceo@strict.test", "Forged"), "dmarc=fail header.from=strict.test")),
    );
  });

  test("does not hold for networks that are not judged", async () => {
    await house.set({ exempt: ["192.0.2.0/24"] });
    await house.receive(letter("ceo@strict.test", "From a device"));
    expect(await last()).not.toContain("Authentication-Results");
  });
});

describe("name servers", () => {
  test("that fail lose no mail", async () => {
    await house.receive(letter("a@fails.test", "Failing"), { from: "a@fails.test", remote: "198.51.100.9" });
    expect(await last()).toMatch(/spf=temperror reason="[^"]+" smtp\.mailfrom=a@fails\.test;[\s\S]*dmarc=temperror/);
  });

  test("that answer without measure are heard out to a bound", async () => {
    await house.receive(letter("a@crowd.test", "Crowd"), { from: "a@crowd.test" });
    expect(await last()).toContain("spf=temperror");
    await house.receive(letter("a@long.test", "Long"), { from: "a@long.test" });
    expect(await last()).toMatch(/spf=permerror reason="[^"]*longer than 10000 characters/);
  });

  test("that are silent hold a sender for a bounded time", async () => {
    await house.set({ dnsSeconds: 0.2 });
    const began = performance.now();
    await house.receive(letter("a@silent.test", "Silent"), { from: "a@silent.test" });
    expect(performance.now() - began).toBeLessThan(1_500);
    expect(await last()).toMatch(/spf=temperror reason=[\s\S]*dmarc=temperror/);
  });
});

test("junk for a mailbox that is full waits, and goes to Junk when there is room", async () => {
  const bert = house.user("bert").primaryMailbox;
  house.transport.start();
  await house.directory.mailboxes.update(bert, { quota: { messages: 2, whenFull: "defer" } });
  await house.receive(letter("ann@example.com", "First"), { to: ["bert@home.test"] });
  await house.receive(letter("ann@careful.test", "Later"), { to: ["bert@home.test", "anna@home.test"] });
  expect(await last("bert", "Junk")).not.toContain("Subject: Later");
  await house.directory.mailboxes.update(bert, { quota: { messages: null } });
  expect(await house.transport.queue.retry({})).toBe(1);
  house.transport.wake();
  while (!(await last("bert", "Junk")).includes("Subject: Later"))
    await new Promise((resolve) => setImmediate(resolve));
});

test("junk is not answered", async () => {
  const anna = house.user("anna").primaryMailbox;
  await house.directory.mailboxes.update(anna, { autoresponder: { enabled: true, text: "I am away." } });
  const answers = () => house.logged("message.accepted").filter((one) => one.data?.origin === "system").length;
  const before = answers();
  await house.receive(letter("ann@careful.test", "Hi"), { from: "ann@careful.test" });
  expect(answers()).toBe(before);
  await house.receive(letter("ann@example.com", "Hi"), { from: "ann@example.com" });
  expect(answers()).toBe(before + 1);
});

describe("collected mail", () => {
  const collected = (remote: string): Partial<Origin> => ({
    kind: "collection",
    ...{ remote: "198.51.100.9", helo: "imap.provider.test", protocol: "IMAP" },
    broughtBy: { remote, helo: "mx.example.com" },
  });

  test("is judged by who brought it to the provider", async () => {
    await house.receive(letter("anna@example.com", "Fetched"), collected("192.0.2.1"));
    const message = await last();
    expect(message).toContain("policy.iprev=192.0.2.1");
    expect(message).toContain("spf=pass smtp.mailfrom=eve@example.com");
    expect(message).toContain(
      "Received: from imap.provider.test ([198.51.100.9])\r\n by mail.home.test (Gatepost) with IMAP",
    );
  });

  test("goes to Junk where other mail is refused", async () => {
    await house.receive(letter("anna@strict.test", "Unproven"), { from: "eve@strict.test", ...collected("192.0.2.1") });
    expect(await last("anna", "Junk")).toContain("Subject: Unproven");
  });

  test("is not held against anybody where nobody knows who brought it", async () => {
    await house.receive(letter("anna@strict.test", "Unknown"), { from: "eve@strict.test", ...collected("") });
    const message = await last();
    expect(message).toContain("Subject: Unknown");
    expect(message).not.toMatch(/^ (?:spf|iprev)=/m);
    expect(message).toContain("dmarc=fail");
  });

  test("relays for nobody", async () => {
    const refusal = await refusalOf(
      house.receive(letter("a@example.com", "On"), { to: ["x@elsewhere.test"], ...collected("") }),
    );
    expect(refusal.kind).toBe("relayDenied");
  });
});
