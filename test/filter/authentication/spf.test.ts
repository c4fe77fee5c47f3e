import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { checkSpf } from "../../../src/filter/authentication/spf.ts";
import { parseSpfRecord } from "../../../src/filter/authentication/spf-record.ts";
import { DnsError } from "../../../src/net/dns.ts";
import { processorMs } from "../../timing.ts";
import { type Records, TableDns } from "../table-dns.ts";

const ASKED = {
  client: "192.0.2.1",
  helo: "mx.example.com",
  reversePath: "anna@example.com",
  receiver: "here.test",
  now: 0,
};

async function check(zone: Record<string, Records>, asked: Partial<typeof ASKED> = {}) {
  const dns = new TableDns(zone);
  const outcome = await checkSpf({ ...ASKED, ...asked }, dns);
  return { ...outcome, asked: dns.asked };
}

const spf = (text: string): Records => ({ TXT: [text] });

describe("what is checked", () => {
  test("is the return path, or the name in HELO where there is none", async () => {
    const zone = { "example.com": spf("v=spf1 ip4:192.0.2.1 -all"), "mx.example.com": spf("v=spf1 -all") };
    expect(await check(zone)).toMatchObject({ result: "pass", identity: "mailfrom", domain: "example.com" });
    expect(await check(zone, { reversePath: "" })).toMatchObject({
      ...{ result: "fail", identity: "helo", domain: "mx.example.com" },
    });
  });

  test("is an international domain in its ASCII form", async () => {
    const zone = { "xn--bcher-kva.example": spf("v=spf1 ip4:192.0.2.1 -all") };
    expect((await check(zone, { reversePath: "anna@bücher.example" })).result).toBe("pass");
  });

  test("is nothing where no domain can be asked", async () => {
    for (const reversePath of ["anna", "anna@localhost", "anna@[192.0.2.1]", "anna@a..b", "anna@"]) {
      expect((await check({}, { reversePath })).result).toBe("none");
    }
    expect((await check({}, { client: "no address" })).result).toBe("none");
  });

  test("is said in a sentence", async () => {
    const zone = {
      "example.com": spf("v=spf1 include:other.test ip4:192.0.2.9 ~all"),
      "other.test": spf("v=spf1 ip4:192.0.2.0/24 -all"),
    };
    expect((await check(zone)).sentence).toBe("example.com lets 192.0.2.1 send its mail (include:other.test).");
    expect((await check(zone, { client: "2001:DB8::1" })).sentence).toBe(
      "example.com does not count 2001:db8::1 among those that send its mail (~all).",
    );
    expect((await check({ "example.com": spf("v=spf1 oops -all") })).sentence).toBe(
      "The SPF record of example.com is wrong: “oops” is not a term of SPF.",
    );
  });
});

describe("IPv6", () => {
  test("matches networks, hosts and mail exchangers", async () => {
    const zone = {
      "example.com": spf("v=spf1 ip6:2001:db8:1::/48 a mx -all"),
      "one.test": spf("v=spf1 a//64 -all"),
    };
    const hosts = { AAAA: ["2001:db8:2::1"], A: ["192.0.2.7"], MX: [[1, "mx.one.test"]] as [number, string][] };
    const world = {
      "example.com": { ...zone["example.com"], ...hosts },
      "mx.one.test": { AAAA: ["2001:db8:3::1"] },
    };
    const results = ["2001:db8:1:ffff::1", "2001:db8:2::1", "2001:db8:3::1", "2001:db8:4::1", "::ffff:192.0.2.7"].map(
      async (client) => (await check(world, { client })).result,
    );
    expect(await Promise.all(results)).toEqual(["pass", "pass", "pass", "fail", "pass"]);
  });

  test("a mapped network is no network of IPv4", async () => {
    const zone = { "example.com": spf("v=spf1 ip6:::ffff:192.0.2.0/120 -all") };
    expect((await check(zone)).result).toBe("fail");
  });
});

describe("questions", () => {
  test("that a record will ask are put at once", async () => {
    const waiting: (() => void)[] = [];
    const records = new TableDns({
      "example.com": spf("v=spf1 include:a.test include:b.test include:c.test -all"),
      ...Object.fromEntries(["a.test", "b.test", "c.test"].map((name) => [name, spf("v=spf1 -all")])),
    });
    const slow = new Proxy(records, {
      get: (target, key) =>
        key !== "txt"
          ? Reflect.get(target, key)
          : async (name: string) => {
              await new Promise<void>((resolve) => waiting.push(resolve));
              return await target.txt(name);
            },
    });
    const outcome = checkSpf(ASKED, slow);
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    await turn();
    for (const go of waiting.splice(0)) go();
    await turn();
    // The three names together (and the first of them once more, which a resolver answers from the same question).
    expect(waiting.length).toBe(4);
    while (waiting.length > 0) {
      for (const go of waiting.splice(0)) go();
      await turn();
    }
    expect((await outcome).result).toBe("fail");
  });

  test("a record never leads to more than its ten", async () => {
    // Each record includes ten others, which include ten others: a bomb of a hundred million questions.
    const bomb = new Map<string, string>();
    const dns = new TableDns({});
    const asked: string[] = [];
    const endless = new Proxy(dns, {
      get: (target, key) =>
        key !== "txt"
          ? Reflect.get(target, key)
          : async (name: string) => {
              asked.push(name);
              bomb.set(name, name);
              return [`v=spf1 ${Array.from({ length: 10 }, (_, at) => `include:i${at}.${name}`).join(" ")} -all`];
            },
    });
    const outcome = await checkSpf(ASKED, endless);
    expect(outcome.result).toBe("permerror");
    expect(asked.length).toBeLessThanOrEqual(1 + 10 + 10);
  });

  test("names that lead nowhere are few", async () => {
    const zone = { "example.com": spf("v=spf1 a:one.test a:two.test a:three.test ip4:192.0.2.1 -all") };
    expect(await check(zone)).toMatchObject({ result: "permerror" });
    const fewer = { "example.com": spf("v=spf1 a:one.test a:two.test ip4:192.0.2.1 -all") };
    expect(await check(fewer)).toMatchObject({ result: "pass" });
  });

  test("an include of itself ends", async () => {
    expect((await check({ "example.com": spf("v=spf1 include:example.com -all") })).result).toBe("permerror");
    expect((await check({ "example.com": spf("v=spf1 redirect=example.com") })).result).toBe("permerror");
  });

  test("of whom nobody answers are a temporary matter", async () => {
    expect((await check({ "example.com": { silent: true } })).result).toBe("temperror");
    const zone = { "example.com": spf("v=spf1 include:silent.test -all"), "silent.test": { silent: true } };
    expect((await check(zone)).result).toBe("temperror");
  });
});

describe("hostile records", () => {
  test("ten thousand text records, one of them SPF, are gone through quickly", async () => {
    const texts = Array.from({ length: 10_000 }, (_, at) => `verification=${at}`);
    const before = processorMs();
    expect((await check({ "example.com": { TXT: [...texts, "v=spf1 ip4:192.0.2.1 -all"] } })).result).toBe("pass");
    expect((await check({ "example.com": { TXT: texts.map(() => "v=spf1 -all") } })).result).toBe("permerror");
    expect(processorMs() - before).toBeLessThan(500);
  });

  test("records of any length are judged in time linear in it", async () => {
    const shapes = ["1", "a:", "-", "%{l", "%{d1r.-+,/_=}", " ", "/1", "ip4:1.2.3.4 ", "x=", "include:a.b "];
    const before = processorMs();
    for (const shape of shapes) {
      await check({ "example.com": spf(`v=spf1 a:${shape.repeat(60_000)}`) });
      await check({ "example.com": spf(`v=spf1 ${shape.repeat(Math.floor(9_900 / shape.length))}`) });
    }
    expect(processorMs() - before).toBeLessThan(2_000);
  });

  test("macros do not make names without end", async () => {
    const local = "x".repeat(60);
    const macro = "%{s}".repeat(2_000);
    const zone = { "example.com": spf(`v=spf1 exists:${macro}.test -all`) };
    const { asked, result } = await check(zone, { reversePath: `${local}@example.com` });
    expect(result).toBe("fail");
    expect(Math.max(...asked.map((one) => one.length))).toBeLessThan(300);
  });

  test("an explanation is one line of ASCII of a bounded length", async () => {
    const explained = async (text: string) =>
      (await check({ "example.com": spf("v=spf1 -all exp=why.test"), "why.test": { TXT: [text] } })).explanation;
    expect(await explained("See http://x.test/%{i}")).toBe("See http://x.test/192.0.2.1");
    expect(await explained("one\r\nTwo: three")).toBeUndefined();
    expect(await explained("%{z}")).toBeUndefined();
    expect((await explained("y".repeat(5_000)))?.length).toBe(500);
  });

  test("any text is read or refused, never more", () => {
    const piece = fc.constantFrom(
      "a",
      "mx",
      ":",
      "/",
      "//",
      "%{",
      "}",
      "d",
      "r",
      "2",
      "=",
      "exp",
      " ",
      "ip6",
      "::",
      "-",
      "all",
      "é",
      "\u0000",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        try {
          parseSpfRecord(`v=spf1 ${pieces.join("")}`);
        } catch (error) {
          expect((error as Error).name).toBe("BadRecord");
        }
      }),
      { numRuns: 500 },
    );
  });

  test("a resolver that fails in any way leads to a result", async () => {
    for (const failure of [new DnsError("temporary", "x"), new Error("odd")]) {
      const broken = { txt: () => Promise.reject(failure), mx: () => Promise.reject(failure) } as unknown as TableDns;
      expect((await checkSpf(ASKED, broken)).result).toBe("temperror");
    }
  });
});
