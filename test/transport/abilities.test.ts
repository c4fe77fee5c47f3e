import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { QueuedMessage, QueuedRecipient } from "../../src/transport/queue/rows.ts";
import { clientExchange } from "../../src/transport/send/login.ts";
import { announce, needsNature, recipientLine, xtext } from "../../src/transport/send/parameters.ts";
import { FakeRemote } from "./fake-remote.ts";
import { reportParts, World } from "./world.ts";

const message: QueuedMessage = {
  id: 1,
  trace: "t",
  content: 1,
  skip: 0,
  prefix: "",
  mailbox: null,
  size: 500,
  reversePath: "anna@home.test",
  ret: null,
  envid: null,
  smtputf8: false,
  body: "7BIT",
  requireTls: false,
  tlsOptional: false,
  userId: null,
  helo: null,
  untold: false,
  createdAt: 0,
  expiresAt: 0,
};

const recipient: QueuedRecipient = {
  id: 1,
  messageId: 1,
  address: "x@far.test",
  domain: "far.test",
  destination: "far.test",
  state: "waiting",
  result: null,
  attempts: 0,
  nextAttempt: 0,
  lastAttempt: null,
  lastReply: null,
  notify: "",
  orcpt: null,
  delayTold: false,
  placings: null,
};

function server(extensions: string, secure = false) {
  const map = new Map(
    extensions.split(",").flatMap((one): [string, string][] => {
      const [name = "", ...rest] = one.trim().split(" ");
      return name === "" ? [] : [[name, rest.join(" ")]];
    }),
  );
  return {
    remote: "mx [1]",
    extensions: map,
    offers: (name: string) => map.has(name),
    connection: { secure },
    verified: secure,
  };
}

describe("what MAIL says", () => {
  const all = "SIZE 1000,8BITMIME,SMTPUTF8,DSN,REQUIRETLS,BINARYMIME,CHUNKING";
  test.each([
    ["nothing more than the server knows", {}, "", "MAIL FROM:<anna@home.test>"],
    ["the size", {}, "SIZE", "MAIL FROM:<anna@home.test> SIZE=500"],
    ["the body", { body: "8BITMIME" }, "8BITMIME", "MAIL FROM:<anna@home.test> BODY=8BITMIME"],
    ["binary", { body: "BINARYMIME" }, all, "MAIL FROM:<anna@home.test> SIZE=500 BODY=BINARYMIME"],
    ["nobody", { reversePath: "" }, "", "MAIL FROM:<>"],
    [
      "UTF-8 where it is needed",
      { smtputf8: true, reversePath: "jörg@bücher.test" },
      "SMTPUTF8",
      "MAIL FROM:<jörg@bücher.test> SMTPUTF8",
    ],
    ["an ASCII domain where that will do", { reversePath: "j@bücher.test" }, "", "MAIL FROM:<j@xn--bcher-kva.test>"],
    ["DSN wishes", { ret: "HDRS", envid: "a b" }, "DSN", "MAIL FROM:<anna@home.test> RET=HDRS ENVID=a+20b"],
    ["no DSN wishes to who does not know them", { ret: "HDRS", envid: "a b" }, "", "MAIL FROM:<anna@home.test>"],
  ] as const)("%s", (_name, changes, extensions, line) => {
    expect(
      announce({ ...message, ...changes }, server(extensions), { eightBit: false, eightBitHeader: false }),
    ).toMatchObject({ kind: "mail", line });
  });

  test.each([
    ["too large", { size: 1001 }, all, {}, "5.3.4"],
    ["8-bit", { body: "8BITMIME" }, "", { eightBit: true }, "5.6.3"],
    ["binary", { body: "BINARYMIME" }, "8BITMIME,CHUNKING", {}, "5.6.3"],
    ["an international sender", { reversePath: "jörg@home.test" }, "", {}, "5.6.7"],
    ["an international header", { smtputf8: true }, "", { eightBit: true, eightBitHeader: true }, "5.6.9"],
    ["encryption that cannot go on", { requireTls: true }, all, {}, "5.7.30"],
  ] as const)("nothing where the server cannot take it: %s", (_name, changes, extensions, nature, status) => {
    const offer = server(extensions);
    const given = { eightBit: false, eightBitHeader: false, ...nature };
    expect(announce({ ...message, ...changes }, offer, given)).toMatchObject({
      kind: "refused",
      failure: { enhanced: status, permanent: true },
    });
  });

  test("a message that is declared 8-bit and is not goes to a 7-bit server", () => {
    const eight = { ...message, body: "8BITMIME" } as const;
    expect(needsNature(eight, server(""))).toBe(true);
    expect(announce(eight, server(""), { eightBit: false, eightBitHeader: false })).toMatchObject({ kind: "mail" });
  });

  test("SIZE without a number, or with 0, sets no limit", () => {
    for (const size of ["SIZE", "SIZE 0"]) {
      expect(announce({ ...message, size: 10 ** 9 }, server(size), undefined)).toMatchObject({ kind: "mail" });
    }
  });
});

describe("what RCPT says", () => {
  test.each([
    [{}, "DSN", "RCPT TO:<x@far.test>"],
    [
      { notify: "SUCCESS,DELAY", orcpt: "rfc822;a=b@c.test" },
      "DSN",
      "RCPT TO:<x@far.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+3Db@c.test",
    ],
    [{ notify: "SUCCESS", orcpt: "rfc822;a@c.test" }, "", "RCPT TO:<x@far.test>"],
    [{ orcpt: "utf-8;jörg@c.test" }, "DSN", "RCPT TO:<x@far.test> ORCPT=utf-8;j\\x{F6}rg@c.test"],
    [{ address: "x@bücher.test" }, "", "RCPT TO:<x@xn--bcher-kva.test>"],
    [{ address: "jörg@far.test" }, "SMTPUTF8", "RCPT TO:<jörg@far.test>"],
    [{ address: "jörg@far.test" }, "", undefined],
  ])("%j to a server with %s", (changes, extensions, line) => {
    expect(recipientLine({ ...recipient, ...changes }, server(extensions))).toBe(line);
  });

  test("xtext reads back and has no blank, plus or equals sign of its own", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const encoded = xtext(text);
        expect(encoded).toMatch(/^(?:[\x21-\x2a\x2c-\x3c\x3e-\x7e]|\+[0-9A-F]{2})*$/);
        const octets = encoded.replace(/\+([0-9A-F]{2})/g, (_all, hex: string) =>
          String.fromCharCode(Number.parseInt(hex, 16)),
        );
        expect(octets).toBe(Buffer.from(text, "utf8").toString("latin1"));
      }),
    );
  });
});

describe("octets of every kind", () => {
  async function meet(extensions: readonly string[]) {
    const remote = await FakeRemote.start({ extensions });
    const zone = {
      "far.test": { MX: [[10, "mx.remote.test"]] as [number, string][] },
      "mx.remote.test": { A: ["127.0.0.1"] },
    };
    const world = await World.open({ zone, settings: { smtpPort: remote.port } });
    return {
      remote,
      world,
      [Symbol.asyncDispose]: async () => {
        await world.close();
        await remote.stop();
      },
    };
  }

  test("an 8-bit message comes back from a 7-bit server", async () => {
    await using met = await meet(["PIPELINING"]);
    await met.world.send("x@far.test", "Subject: x\r\n\r\nGrüße\r\n", { body: "8BITMIME" });
    await met.world.happened("message.bounced");
    const { fields, returned } = reportParts(met.world.inbox("anna")[0] ?? "");
    expect(fields[1]?.get("Status")).toBe("5.6.3");
    expect(returned).toContain("Grüße");
    expect(met.remote.commands).not.toContain("DATA");
  });

  test("a message declared 8-bit that is all ASCII passes", async () => {
    await using met = await meet(["PIPELINING"]);
    await met.world.send("x@far.test", undefined, { body: "8BITMIME" });
    await met.world.happened("message.sent");
    expect(met.remote.messages[0]?.mail).not.toContain("BODY");
  });

  test("a binary message goes in chunks, octet for octet", async () => {
    await using met = await meet(["PIPELINING", "BINARYMIME", "CHUNKING"]);
    const body = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7) % 256)).toString("latin1");
    const octets = Buffer.from(`Subject: x\r\n\r\n${body}`, "latin1");
    await met.world.transport.accept(met.world.envelope("x@far.test", { body: "BINARYMIME" }), octets);
    await met.world.happened("message.sent");
    expect(met.remote.messages[0]?.text.endsWith(body)).toBe(true);
    expect(met.remote.messages[0]?.mail).toContain("BODY=BINARYMIME");
  });

  test("bare line ends that came in chunks go out as line ends, never as an end of message", async () => {
    await using met = await meet(["PIPELINING"]);
    await met.world.send("x@far.test", "Subject: x\r\n\r\na\n.\nMAIL FROM:<evil@x.test>\r\n");
    await met.world.happened("message.sent");
    expect(met.remote.messages).toHaveLength(1);
    expect(met.remote.messages[0]?.text).toEndWith("a\r\n.\r\nMAIL FROM:<evil@x.test>\r\n");
    expect(met.remote.commands).not.toContain("MAIL FROM:<evil@x.test>");
  });

  test("an international recipient comes back alone from a server without SMTPUTF8; the report names him", async () => {
    await using met = await meet(["PIPELINING"]);
    await met.world.send(["jörg@far.test", "x@far.test"]);
    await met.world.happened("message.bounced");
    const { fields } = reportParts(met.world.inbox("anna")[0] ?? "");
    expect(fields[1]?.get("Final-Recipient")).toBe("utf-8; j\\x{F6}rg@far.test");
    expect(fields[1]?.get("Status")).toBe("5.6.7");
    expect(met.remote.messages[0]?.recipients).toEqual(["RCPT TO:<x@far.test>"]);
  });

  test("a returned international header stands in a part made for it", async () => {
    await using met = await meet(["PIPELINING"]);
    await met.world.send("x@far.test", "Subject: Grüße\r\n\r\nx\r\n", { smtputf8: true, ret: "HDRS" });
    await met.world.happened("message.bounced");
    const { fields, returnedType, human } = reportParts(met.world.inbox("anna")[0] ?? "");
    expect(fields[1]?.get("Status")).toBe("5.6.9");
    expect(returnedType).toBe("message/global-headers");
    expect(human).toContain("Subject: Grüße");
  });
});

describe("the login", () => {
  const secret = { login: "user", password: "pencil" };

  test("takes the best that is offered", () => {
    expect(clientExchange("LOGIN PLAIN SCRAM-SHA-256", secret)?.mechanism).toBe("SCRAM-SHA-256");
    expect(clientExchange("login plain", secret)?.initial).toBe("\0user\0pencil");
    expect(clientExchange("LOGIN", secret)?.mechanism).toBe("LOGIN");
    expect(clientExchange("GSSAPI CRAM-MD5", secret)).toBeUndefined();
  });

  test("by SCRAM-SHA-256 gives the exchange of RFC 7677 §3", async () => {
    const exchange = clientExchange("SCRAM-SHA-256", secret, "rOprNGfwEbeRWgbNEkqO");
    expect(exchange?.initial).toBe("n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    const nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    expect(await exchange?.answer(`r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`)).toBe(
      `c=biws,r=${nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`,
    );
    expect(exchange?.complete).toBe(false);
    expect(await exchange?.answer("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")).toBe("");
    expect(exchange?.complete).toBe(true);
  });

  test("does not go on with a SCRAM server that changes the nonce, asks for too much work, or knows no password", async () => {
    for (const challenge of ["r=other,s=c2FsdA==,i=4096", "", "e=unknown-user"]) {
      const exchange = clientExchange("SCRAM-SHA-256", secret);
      await expect(exchange?.answer(challenge)).rejects.toThrow("does not hold");
    }
    const exchange = clientExchange("SCRAM-SHA-256", secret);
    const nonce = /r=(.*)$/.exec(exchange?.initial ?? "")?.[1] ?? "";
    await expect(exchange?.answer(`r=${nonce}x,s=c2FsdA==,i=9999999`)).rejects.toThrow("does not hold");
    const proof = await exchange?.answer(`r=${nonce}x,s=c2FsdA==,i=1`);
    expect(proof).toStartWith(`c=biws,r=${nonce}x,p=`);
    expect(exchange?.complete).toBe(false);
    await expect(exchange?.answer("v=AAAA")).rejects.toThrow("does not know the password");
  });
});
