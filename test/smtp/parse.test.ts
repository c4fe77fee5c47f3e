import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Refusal } from "../../src/refusal.ts";
import {
  decodeBase64,
  decodeLine,
  decodeXtext,
  isAddressLiteral,
  parseAuth,
  parseBdat,
  parseHello,
  parseMail,
  parseName,
  parseRcpt,
  quoteLocalPart,
  splitCommand,
} from "../../src/services/smtp/parse.ts";
import { xtext } from "../../src/transport/send/parameters.ts";
import { processorMs } from "../timing.ts";

/** The reply a parser asks for, as "501 5.5.4", or undefined where it accepts. */
function replyOf(parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    if (!(error instanceof Refusal) || !error.smtp) throw error;
    return `${error.smtp.code} ${error.smtp.enhanced}`;
  }
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe("a command line", () => {
  test("is decoded as UTF-8, and cut into a verb in capitals and the rest", () => {
    expect(splitCommand(decodeLine(bytes("mail FROM:<a@b>  ")))).toEqual({ verb: "MAIL", rest: "FROM:<a@b>" });
    expect(splitCommand(decodeLine(bytes("quit")))).toEqual({ verb: "QUIT", rest: "" });
    expect(decodeLine(bytes("VRFY jürgen"))).toBe("VRFY jürgen");
  });

  test.each(["MAIL\rFROM", "NOOP\0", "NOOP \x1b[2J", "NOOP \x7f", "NOOP \u0085", "NOOP \u2028"])(
    "with a control character (%j) is refused",
    (line) => {
      expect(replyOf(() => decodeLine(bytes(line)))).toBe("500 5.5.2");
    },
  );

  test("that is not UTF-8 is refused", () => {
    expect(replyOf(() => decodeLine(Uint8Array.of(0x4e, 0xff, 0xfe)))).toBe("500 5.5.2");
    expect(replyOf(() => decodeLine(Uint8Array.of(0x4e, 0xc0, 0x80)))).toBe("500 5.5.2");
  });

  test("of any octets is decoded or refused, nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (octets) => {
        const reply = replyOf(() => {
          const { verb, rest } = splitCommand(decodeLine(octets));
          for (const parse of [parseMail, parseHello, parseBdat, parseAuth, parseName]) replyOf(() => parse(rest));
          replyOf(() => parseRcpt(rest, true));
          expect(verb.includes(" ")).toBe(false);
        });
        expect(reply === undefined || reply === "500 5.5.2").toBe(true);
      }),
    );
  });
});

describe("MAIL", () => {
  test.each<[string, string]>([
    ["FROM:<>", ""],
    ["from:<a@b.example>", "a@b.example"],
    ["FROM: <a@b.example>", "a@b.example"],
    ["FROM:<@one.example,@two.example:a@b.example>", "a@b.example"],
    ["FROM:<a.b+c=d@b.example>", "a.b+c=d@b.example"],
    ['FROM:<"a b"@b.example>', '"a b"@b.example'],
    ['FROM:<"plain"@b.example>', "plain@b.example"],
    ['FROM:<"pl\\ain"@b.example>', "plain@b.example"],
    ['FROM:<"a\\"b"@b.example>', '"a\\"b"@b.example'],
    ['FROM:<"a..b"@b.example>', '"a..b"@b.example'],
    ['FROM:<"a>b"@b.example>', '"a>b"@b.example'],
    ['FROM:<""@b.example>', '""@b.example'],
    ["FROM:<a@[192.0.2.1]>", "a@[192.0.2.1]"],
    ["FROM:<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]"],
    ["FROM:<a@under_score.example>", "a@under_score.example"],
    ["FROM:<jürgen@müller.example> SMTPUTF8", "jürgen@müller.example"],
    ["FROM:<用户@例え.example> SMTPUTF8 BODY=8BITMIME", "用户@例え.example"],
  ])("accepts %s", (rest, path) => {
    expect(parseMail(rest).reversePath).toBe(path);
  });

  test.each<[string, string]>([
    ["", "501 5.5.4"],
    ["TO:<a@b>", "501 5.5.4"],
    ["FROM:", "501 5.1.7"],
    ["FROM:a@b.example", "501 5.1.7"],
    ["FROM:<a@b.example", "501 5.1.7"],
    ["FROM:<a b@b.example>", "501 5.1.7"],
    ["FROM:<a@b..example>", "501 5.1.7"],
    ["FROM:<a@b.example.>", "501 5.1.7"],
    ["FROM:<a@-b.example>", "501 5.1.7"],
    ["FROM:<.a@b.example>", "501 5.1.7"],
    ["FROM:<a.@b.example>", "501 5.1.7"],
    ["FROM:<a..b@b.example>", "501 5.1.7"],
    ["FROM:<@b.example>", "501 5.1.7"],
    ["FROM:<a@>", "501 5.1.7"],
    ["FROM:<a>", "501 5.1.7"],
    ["FROM:<postmaster>", "501 5.1.7"],
    ["FROM:<a@b@c.example>", "501 5.1.7"],
    ['FROM:<"a@b.example>', "501 5.1.7"],
    ["FROM:<a@[256.0.2.1]>", "501 5.1.7"],
    ["FROM:<a@[IPv6:2001:db8::1::2]>", "501 5.1.7"],
    ["FROM:<a@[tag:content]>", "501 5.1.7"],
    ["FROM:<a@b.example>SIZE=1", "501 5.1.7"],
    [`FROM:<a@${"b".repeat(64)}.example>`, "501 5.1.7"],
    [`FROM:<${"a".repeat(600)}@b.example>`, "501 5.1.7"],
    ["FROM:<jürgen@b.example>", "553 5.6.7"],
    ["FROM:<a@müller.example>", "553 5.6.7"],
    ["FROM:<a@b\u00a0c.example> SMTPUTF8", "501 5.1.7"],
    ["FROM:<a@b.example> SIZE", "501 5.5.4"],
    ["FROM:<a@b.example> SIZE=-1", "501 5.5.4"],
    ["FROM:<a@b.example> SIZE=1 SIZE=1", "501 5.5.4"],
    ["FROM:<a@b.example> SIZE=123456789012345678901", "501 5.5.4"],
    ["FROM:<a@b.example> BODY=9BIT", "501 5.5.4"],
    ["FROM:<a@b.example> SMTPUTF8=yes", "501 5.5.4"],
    ["FROM:<a@b.example> RET=ALL", "501 5.5.4"],
    ["FROM:<a@b.example> ENVID=", "501 5.5.4"],
    ["FROM:<a@b.example> ENVID=a+0Ab", "501 5.5.4"],
    [`FROM:<a@b.example> ENVID=${"a".repeat(101)}`, "501 5.5.4"],
    ["FROM:<a@b.example> AUTH=", "501 5.5.4"],
    ["FROM:<a@b.example> X-UNKNOWN=1", "555 5.5.4"],
  ])("refuses %s with %s", (rest, reply) => {
    expect(replyOf(() => parseMail(rest))).toBe(reply);
  });

  test("takes every parameter of its extensions", () => {
    const rest =
      "FROM:<a@b.example> SIZE=1000 body=BinaryMIME SMTPUTF8 RET=hdrs ENVID=QQ+2B314 AUTH=e+3Dmc2@example.com REQUIRETLS";
    expect(parseMail(rest)).toEqual({
      reversePath: "a@b.example",
      size: 1000,
      body: "BINARYMIME",
      smtputf8: true,
      ret: "HDRS",
      envid: "QQ+314",
      auth: "e=mc2@example.com",
      requireTls: true,
    });
    expect(parseMail("FROM:<> AUTH=<>").auth).toBe("");
  });
});

describe("RCPT", () => {
  test.each<[string, ReturnType<typeof parseRcpt>]>([
    ["TO:<a@b.example>", { forwardPath: "a@b.example", notify: undefined, orcpt: undefined }],
    ["TO:<Postmaster>", { forwardPath: "Postmaster", notify: undefined, orcpt: undefined }],
    ["TO:<a@b.example> NOTIFY=never", { forwardPath: "a@b.example", notify: ["NEVER"], orcpt: undefined }],
    [
      "TO:<a@b.example> NOTIFY=DELAY,SUCCESS ORCPT=rfc822;Carol+2BTag@Ivory.EDU",
      { forwardPath: "a@b.example", notify: ["SUCCESS", "DELAY"], orcpt: "rfc822;Carol+Tag@Ivory.EDU" },
    ],
    [
      "TO:<a@b.example> ORCPT=utf-8;j\\x{FC}rgen@b.example",
      { forwardPath: "a@b.example", notify: undefined, orcpt: "utf-8;jürgen@b.example" },
    ],
  ])("accepts %s", (rest, expected) => {
    expect(parseRcpt(rest, false)).toEqual(expected);
  });

  test.each<[string, string]>([
    ["TO:<>", "501 5.1.3"],
    ["TO:<a>", "501 5.1.3"],
    ["TO:<a@b.example> NOTIFY=NEVER,SUCCESS", "501 5.5.4"],
    ["TO:<a@b.example> NOTIFY=", "501 5.5.4"],
    ["TO:<a@b.example> NOTIFY=SOMETIMES", "501 5.5.4"],
    ["TO:<a@b.example> ORCPT=rfc822", "501 5.5.4"],
    ["TO:<a@b.example> ORCPT=;a@b", "501 5.5.4"],
    ["TO:<a@b.example> ORCPT=rfc822;a+4", "501 5.5.4"],
    ["TO:<a@b.example> ORCPT=rfc822;a+0D+0ABcc:x", "501 5.5.4"],
    ["TO:<a@b.example> ORCPT=utf-8;a\\x{D800}", "501 5.5.4"],
    ["TO:<a@b.example> SIZE=1", "555 5.5.4"],
    ["TO:<jürgen@b.example>", "553 5.6.7"],
  ])("refuses %s with %s", (rest, reply) => {
    expect(replyOf(() => parseRcpt(rest, false))).toBe(reply);
  });

  test("takes UTF-8 where MAIL declared it", () => {
    expect(parseRcpt("TO:<jürgen@müller.example>", true).forwardPath).toBe("jürgen@müller.example");
  });
});

describe("addresses", () => {
  const atom = fc.stringMatching(/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~ü用-]{1,12}$/u);
  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/);
  const domain = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));

  test("of any well-formed dot-string come back as they were", () => {
    fc.assert(
      fc.property(fc.array(atom, { minLength: 1, maxLength: 4 }), domain, (atoms, host) => {
        const address = `${atoms.join(".")}@${host}`;
        expect(parseMail(`FROM:<${address}> SMTPUTF8`).reversePath).toBe(address);
        expect(parseRcpt(`TO:<${address}>`, true).forwardPath).toBe(address);
      }),
    );
  });

  test("of any local part survive quoting, and are spelled in one way", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\x20-\x7eü]{1,30}$/u), domain, (local, host) => {
        const quoted = `"${local.replace(/["\\]/g, "\\$&")}"@${host}`;
        const address = parseMail(`FROM:<${quoted}> SMTPUTF8`).reversePath;
        expect(address).toBe(`${quoteLocalPart(local)}@${host}`);
        expect(parseMail(`FROM:<${address}> SMTPUTF8`).reversePath).toBe(address);
      }),
    );
  });

  test("never let a line end, a blank outside quotes or an angle bracket outside quotes through", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80, unit: "grapheme" }), (text) => {
        let path = "";
        if (
          replyOf(() => {
            path = parseMail(`FROM:<${text}> SMTPUTF8`).reversePath;
          }) !== undefined
        )
          return;
        expect(path.replace(/^"(?:[^"\\]|\\.)*"/, "")).not.toMatch(/[\r\n\0 <>]/);
      }),
    );
  });

  test.each(["[127.0.0.1]", "[IPv6:::1]", "[ipv6:2001:db8::8:800:200c:417a]"])("literal %s is one", (text) => {
    expect(isAddressLiteral(text)).toBe(true);
  });
  test.each(["127.0.0.1", "[127.0.0]", "[::1]", "[IPv6:fe80::1%eth0]", "[IPv6:1.2.3.4]", "[]"])(
    "literal %s is none",
    (text) => {
      expect(isAddressLiteral(text)).toBe(false);
    },
  );

  test("are read in linear time", () => {
    const started = processorMs();
    for (const filler of ["a.", "-", '"\\a', "@a,", "[", "a@", " A=", "+2B"]) {
      const text = filler.repeat(20_000);
      for (const rest of [`FROM:<${text}`, `FROM:<a@b> ${text}`, `FROM:<@${text}:`, `FROM:<"${text}`])
        replyOf(() => parseMail(rest));
    }
    expect(processorMs() - started).toBeLessThan(1000);
  });
});

describe("xtext", () => {
  test("brings back any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (text) => {
        const encoded = xtext(text);
        expect(encoded).toMatch(/^[\x21-\x7e]*$/);
        expect(decodeXtext(encoded)).toBe(text.toWellFormed());
      }),
    );
  });

  test.each(["a b", "a=b", "a+", "a+2", "a+GG", "ü", "+FF"])("refuses %s", (text) => {
    expect(decodeXtext(text)).toBeUndefined();
  });
});

describe("EHLO", () => {
  test.each(["client.example", "[192.0.2.1]", "[IPv6:2001:db8::1]", "DESKTOP_7", "localhost", "müller.example"])(
    "accepts %s",
    (name) => {
      expect(parseHello(name)).toBe(name);
    },
  );
  test.each(["", "two words", "a(b)", "a;b", "<a>", "[a b]", "x".repeat(300)])("refuses %j", (name) => {
    expect(replyOf(() => parseHello(name))).toBe("501 5.5.4");
  });
});

describe("BDAT, AUTH and VRFY", () => {
  test("BDAT takes a size and LAST", () => {
    expect(parseBdat("86 LAST")).toEqual({ size: 86, last: true });
    expect(parseBdat("0")).toEqual({ size: 0, last: false });
    for (const rest of ["", "-1", "LAST", "1 2", "1 LAST x", "9999999999999999", "0x10"])
      expect(parseBdat(rest)).toBeUndefined();
  });

  test("AUTH takes a mechanism and an initial response, where = is an empty one", () => {
    expect(parseAuth("plain AGEAYg==")).toEqual({ mechanism: "PLAIN", initial: Buffer.from("\0a\0b") });
    expect(parseAuth("SCRAM-SHA-256")).toEqual({ mechanism: "SCRAM-SHA-256", initial: null });
    expect(parseAuth("EXTERNAL =").initial).toHaveLength(0);
    expect(replyOf(() => parseAuth("PLAIN not!base64"))).toBe("501 5.5.2");
    expect(replyOf(() => parseAuth("PLAIN a b"))).toBe("501 5.5.4");
    expect(replyOf(() => parseAuth(""))).toBe("501 5.5.4");
  });

  test("base64 is strict", () => {
    expect(decodeBase64("")).toHaveLength(0);
    expect(decodeBase64("YQ==")).toEqual(Buffer.from("a"));
    for (const text of ["YQ", "YQ=", "Y===", "Y Q=", "YQ==YQ==", "YQ-_"]) expect(decodeBase64(text)).toBeUndefined();
  });

  test("VRFY takes a name with or without brackets, and SMTPUTF8 for one outside ASCII", () => {
    expect(parseName("<a@b.example>")).toEqual({ name: "a@b.example", smtputf8: false });
    expect(parseName("jürgen SMTPUTF8")).toEqual({ name: "jürgen", smtputf8: true });
    expect(replyOf(() => parseName("jürgen"))).toBe("553 5.6.7");
    expect(replyOf(() => parseName(""))).toBe("501 5.5.4");
  });
});
