/** Rules in order, the first that fits decides. */
import { afterAll, describe, expect, test } from "bun:test";
import type { User } from "../../src/directory/user.ts";
import { HostSet, parseHostPattern } from "../../src/gateway/hosts.ts";
import { type NumberedRule, Policy } from "../../src/gateway/policy.ts";
import { PortSet, parsePorts } from "../../src/gateway/ports.ts";
import { wallTime, windowTest } from "../../src/gateway/times.ts";
import type { Target, Visitor } from "../../src/gateway/visit.ts";
import { processorMs } from "../timing.ts";

const zone = process.env.TZ;
afterAll(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

const EMPTY = {
  ...{
    name: "rule",
    enabled: true,
    users: [],
    groups: [],
    networks: [],
    services: [],
    hosts: [],
    ports: [],
    urls: [],
    schemes: [],
  },
  ...{ days: [], from: "", to: "", action: "bar" as const, text: "" },
};
const rule = (id: number, values: Partial<NumberedRule>): NumberedRule => ({
  ...EMPTY,
  id,
  name: `rule ${id}`,
  ...values,
});

const LISTS: Readonly<Record<number, readonly string[]>> = { 7: ["ads.example"] };
const policy = (...rules: NumberedRule[]) =>
  new Policy(rules, {
    isMember: (group, user) => group === 5 && user === 2,
    listHas: (list, host) => LISTS[list]?.includes(host) === true,
  });

const person = (id: number, administrator = false) =>
  ({ id, permissions: new Set(administrator ? ["web.administrator"] : []) }) as unknown as User;
const ANNA = person(1);
const BEN = person(2);
const ADMIN = person(3, true);

function visit(user: User | null = ANNA, remote = "192.168.1.9", service: Visitor["service"] = "proxy"): Visitor {
  return { user, remote, service, session: "s" };
}
const to = (host: string, port = 443, scheme: Target["scheme"] = "tunnel"): Target => ({ host, port, scheme });

/** The id of the rule that decides; 0 for none. */
function decided(rules: Policy, visitor: Visitor, target: Target, now = 0, address?: string | null): number | "open" {
  const verdict = rules.judge(visitor, target, now, address);
  return verdict.action === "open" ? "open" : (verdict.rule?.id ?? 0);
}

test("without rules everything is allowed", () => {
  expect(policy().judge(visit(), to("a.example"), 0)).toEqual({ action: "allow", rule: undefined });
});

test("the first rule that fits decides, and one that is off does not", () => {
  const rules = policy(
    rule(1, { hosts: ["a.example"], enabled: false }),
    rule(2, { hosts: ["a.example"], action: "allow" }),
    rule(3, { hosts: [".example"] }),
    rule(4, { action: "warn" }),
  );
  expect(decided(rules, visit(), to("a.example"))).toBe(2);
  expect(decided(rules, visit(), to("b.example"))).toBe(3);
  expect(rules.judge(visit(), to("c.test"), 0).action).toBe("warn");
});

describe("people", () => {
  const cases: [Partial<NumberedRule>, boolean[]][] = [
    // Anna, Ben, the administrator, a guest
    [{}, [true, true, true, true]],
    [{ groups: ["everybody"], users: [99] }, [true, true, true, true]],
    [{ users: [1] }, [true, false, false, false]],
    [{ groups: ["users"] }, [true, true, true, false]],
    [{ groups: ["guests"] }, [false, false, false, true]],
    [{ groups: ["administrators"] }, [false, false, true, false]],
    [{ groups: [5] }, [false, true, false, false]],
    [{ groups: [5, "guests"], users: [3] }, [false, true, true, true]],
    [{ users: [99] }, [false, false, false, false]],
  ];
  test.each(cases)("%p", (values, expected) => {
    const rules = policy(rule(1, values));
    const fits = [ANNA, BEN, ADMIN, null].map((user) => decided(rules, visit(user), to("a.example")) === 1);
    expect(fits).toEqual(expected);
  });
});

describe("what a rule says besides people", () => {
  const cases: [string, Partial<NumberedRule>, Visitor, Target, boolean][] = [
    ["network", { networks: ["192.168.1.0/28"] }, visit(), to("a.example"), true],
    ["other network", { networks: ["192.168.2.0/24", "fd00::/8"] }, visit(), to("a.example"), false],
    ["IPv6 network", { networks: ["fd00::/8"] }, visit(ANNA, "fd00::7"), to("a.example"), true],
    ["service", { services: ["socks"] }, visit(), to("a.example"), false],
    ["port", { ports: ["80", "400-500"] }, visit(), to("a.example"), true],
    ["other port", { ports: ["80", "400-442"] }, visit(), to("a.example"), false],
    ["scheme", { schemes: ["http", "ftp"] }, visit(), to("a.example"), false],
    ["exact host", { hosts: ["a.example"] }, visit(), to("a.example"), true],
    ["not below an exact host", { hosts: ["a.example"] }, visit(), to("b.a.example"), false],
    ["star: below", { hosts: ["*.a.example"] }, visit(), to("c.b.a.example"), true],
    ["star: not itself", { hosts: ["*.a.example"] }, visit(), to("a.example"), false],
    ["dot: itself", { hosts: [".a.example"] }, visit(), to("a.example"), true],
    ["dot: below", { hosts: [".a.example"] }, visit(), to("b.a.example"), true],
    ["dot: not beside", { hosts: [".a.example"] }, visit(), to("ba.example"), false],
    ["every host", { hosts: ["*"] }, visit(), to("10.0.0.1"), true],
    [
      "patterns in capitals and other letters",
      { hosts: [".BÜCHER.example"] },
      visit(),
      to("www.xn--bcher-kva.example"),
      true,
    ],
    ["address", { hosts: ["8.8.8.8"] }, visit(), to("8.8.8.8"), true],
    ["range", { hosts: ["8.8.8.0/24"] }, visit(), to("8.8.8.9"), true],
    ["IPv6 range", { hosts: ["2001:db8::/32"] }, visit(), to("2001:db8::9"), true],
    ["other range", { hosts: ["8.8.8.0/24"] }, visit(), to("8.8.9.9"), false],
    ["list", { hosts: ["list:7"] }, visit(), to("ads.example"), true],
    ["other list", { hosts: ["list:8"] }, visit(), to("ads.example"), false],
  ];
  test.each(cases)("%s", (_name, values, visitor, target, fits) => {
    expect(decided(policy(rule(1, values)), visitor, target)).toBe(fits ? 1 : 0);
  });
});

test("a rule about addresses is open for a name until its address is known", () => {
  const rules = policy(rule(1, { hosts: ["8.8.8.0/24"], action: "allow" }), rule(2, {}));
  expect(decided(rules, visit(), to("a.example"))).toBe("open");
  expect(decided(rules, visit(), to("a.example"), 0, "8.8.8.8")).toBe(1);
  expect(decided(rules, visit(), to("a.example"), 0, "9.9.9.9")).toBe(2);
  expect(decided(rules, visit(), to("a.example"), 0, null)).toBe(2);
  const first = policy(rule(1, { hosts: ["a.example"] }), rule(2, { hosts: ["8.8.8.0/24"] }));
  expect(decided(first, visit(), to("a.example"))).toBe(1);
});

/** What is asked of the web proxy: the whole address is seen. */
const page = (url: string): Target => {
  const [, scheme, host = ""] = /^(http|ftp):\/\/([^/]+)/.exec(url) ?? [];
  return { host, port: scheme === "ftp" ? 21 : 80, scheme: scheme as "http", url };
};

describe("rules about addresses", () => {
  test("hold for whom, when and where they say, before rules behind them", () => {
    process.env.TZ = "UTC";
    const rules = policy(
      rule(1, { users: [2], urls: ["*/homework/*"], action: "allow" }),
      rule(2, { users: [1], urls: ["*.exe"], from: "8:00", to: "16:00" }),
      rule(3, { groups: [5], hosts: [".games.example"], urls: ["*/play/*", "*/chat*"], action: "warn" }),
      rule(4, { hosts: [".games.example"] }),
    );
    const [noon, evening] = ["2026-11-20T12:00:00Z", "2026-11-20T17:00:00Z"].map((text) => Date.parse(text));
    const exe = page("http://a.example/x/Setup.EXE?v=1");
    expect(decided(rules, visit(ANNA), exe, noon)).toBe(2);
    expect(decided(rules, visit(ANNA), page("ftp://a.example/x/setup.exe;type=i"), noon)).toBe(2);
    expect(decided(rules, visit(ANNA), exe, evening)).toBe(0);
    expect(decided(rules, visit(BEN), exe, noon)).toBe(0);
    expect(decided(rules, visit(null), exe, noon)).toBe(0);
    expect(decided(rules, visit(BEN), page("http://www.games.example/homework/1"))).toBe(1);
    expect(decided(rules, visit(BEN), page("http://www.games.example/play/1"))).toBe(3);
    expect(decided(rules, visit(BEN), page("http://www.games.example/shop"))).toBe(4);
    expect(decided(rules, visit(ANNA), page("http://www.games.example/play/1"))).toBe(4);
  });

  test("say nothing of what hides its address", () => {
    const rules = policy(rule(1, { urls: ["*"] }));
    expect(decided(rules, visit(), page("http://a.example/"))).toBe(1);
    for (const scheme of ["tunnel", "udp", "ftp", "https", "http"] as const) {
      expect(decided(rules, visit(), to("a.example", 80, scheme))).toBe(0);
    }
    const allowed = policy(rule(1, { urls: ["*"], action: "allow" }), rule(2, {}));
    expect(decided(allowed, visit(), to("a.example"))).toBe(2);
  });

  test("wait for the addresses of a name only where their own patterns fit", () => {
    const rules = policy(rule(1, { hosts: ["8.8.8.0/24"], urls: ["*.exe"] }));
    expect(decided(rules, visit(), page("http://a.example/x.exe"))).toBe("open");
    expect(decided(rules, visit(), page("http://a.example/x.exe"), 0, "8.8.8.8")).toBe(1);
    expect(decided(rules, visit(), page("http://a.example/x.txt"))).toBe(0);
  });

  const OTHERWISE = [
    "/x/%73etup.e%78e",
    "/x/setup.exe;v=1",
    "/x/./y/../setup.exe",
    "/y/%2e%2E/x/setup.exe",
    "/..;a/x/setup.exe",
    "//x//SETUP.exe?a",
    "/x%2Fsetup.exe",
    "/x\\setup.exe",
  ];
  test.each(OTHERWISE)("bar and warn of %s as of what its server makes of it", (path) => {
    for (const action of ["bar", "warn"] as const) {
      const rules = policy(rule(1, { urls: ["a.example/x/setup.exe"], action }));
      expect(rules.judge(visit(), page(`http://a.example${path}`), 0).action).toBe(action);
    }
  });

  const NO_WAY_IN = [
    "/open/../secret.txt",
    "/open/%2e%2e/secret.txt",
    "/open/..%2fsecret.txt",
    "/open/..\\secret.txt",
    "/open/..;/secret.txt",
    "/secret.txt?/open/",
    "/secret.txt?.pdf",
    "/secret.txt;.pdf",
    "/secret.txt?x=http://a.example/open/x",
  ];
  test.each(NO_WAY_IN)("%s is no way into what is allowed", (path) => {
    const rules = policy(rule(1, { urls: ["a.example/open/*", "*.pdf"], action: "allow" }), rule(2, {}));
    expect(decided(rules, visit(), page(`http://a.example${path}`))).toBe(2);
  });

  const ALLOWED = [
    ["a.example/open/*", "/open/b%C3%BCcher/x.txt?q=1"],
    ["http://a.example:80/bücher/*", "/b%C3%BCcher/1"],
    ["*.pdf", "/Report%20of%20May.PDF?v=1"],
    ["a.example/find?q=*", "/find?q=a/../b"],
    ["a.example/x;v=1", "/x;v=1"],
  ] as const;
  test.each(ALLOWED)("%s allows %s", (pattern, path) => {
    const rules = policy(rule(1, { urls: [pattern], action: "allow" }), rule(2, {}));
    expect(decided(rules, visit(), page(`http://a.example${path}`))).toBe(1);
  });

  test("a hostile address costs no more than its length", () => {
    const urls = Array.from({ length: 50 }, () => `${"*a".repeat(400)}*b`);
    const rules = policy(rule(1, { urls, action: "allow" }), rule(2, { urls }));
    const began = processorMs();
    expect(decided(rules, visit(), page(`http://a.example/${"a;%61".repeat(1_600)}`))).toBe(0);
    expect(processorMs() - began).toBeLessThan(200);
  });
});

describe("times", () => {
  const at = (text: string) => new Date(text).getTime();
  const holds = (window: Parameters<typeof windowTest>[0], text: string) =>
    windowTest(window)?.(wallTime(at(text))) ?? "always";

  test("days, hours, and over midnight", () => {
    process.env.TZ = "Europe/Berlin";
    // 2026-11-20 is a Friday.
    const night = { days: ["friday" as const], from: "22:00", to: "6:30" };
    expect(holds(night, "2026-11-20T21:59:00")).toBe(false);
    expect(holds(night, "2026-11-20T22:00:00")).toBe(true);
    expect(holds(night, "2026-11-21T06:29:59")).toBe(true);
    expect(holds(night, "2026-11-21T06:30:00")).toBe(false);
    expect(holds(night, "2026-11-20T03:00:00")).toBe(false);
    expect(holds(night, "2026-11-21T22:30:00")).toBe(false);
    const office = { days: ["monday" as const], from: "8:00", to: "" };
    expect(holds(office, "2026-11-23T07:59:00")).toBe(false);
    expect(holds(office, "2026-11-23T23:59:00")).toBe(true);
    expect(holds(office, "2026-11-24T00:00:00")).toBe(false);
    const saturday = { days: ["saturday" as const], from: "", to: "" };
    expect(holds(saturday, "2026-11-21T00:00:00")).toBe(true);
    expect(holds(saturday, "2026-11-22T00:00:00")).toBe(false);
    expect(holds({ days: [], from: "", to: "24:00" }, "2026-11-22T23:59:00")).toBe(true);
    expect(holds({ days: [], from: "7:00", to: "7:00" }, "2026-11-22T03:00:00")).toBe(true);
    expect(holds({ days: [], from: "", to: "" }, "2026-11-22T03:00:00")).toBe("always");
  });

  test("the clock on the wall counts when it is moved in spring and autumn", () => {
    process.env.TZ = "Europe/Berlin";
    const bar = policy(rule(1, { from: "2:00", to: "3:30" }));
    const hit = (utc: string) => decided(bar, visit(), to("a.example"), Date.parse(utc));
    // Spring: 01:59 is followed by 03:00.
    expect(hit("2026-03-29T00:59:00Z")).toBe(0);
    expect(hit("2026-03-29T01:00:00Z")).toBe(1);
    expect(hit("2026-03-29T01:29:00Z")).toBe(1);
    expect(hit("2026-03-29T01:30:00Z")).toBe(0);
    // Autumn: 02:00 to 02:59 come twice.
    expect(hit("2026-10-24T23:59:00Z")).toBe(0);
    expect(hit("2026-10-25T00:00:00Z")).toBe(1);
    expect(hit("2026-10-25T01:00:00Z")).toBe(1);
    expect(hit("2026-10-25T02:29:00Z")).toBe(1);
    expect(hit("2026-10-25T02:30:00Z")).toBe(0);
  });

  test("the server's zone decides", () => {
    const bar = policy(rule(1, { days: ["sunday"] }));
    process.env.TZ = "Pacific/Auckland";
    expect(decided(bar, visit(), to("a.example"), Date.parse("2026-11-21T12:00:00Z"))).toBe(1);
    process.env.TZ = "America/Los_Angeles";
    expect(
      decided(policy(rule(1, { days: ["sunday"] })), visit(), to("a.example"), Date.parse("2026-11-21T12:00:00Z")),
    ).toBe(0);
  });
});

test.each([
  ["443", [443, 443]],
  [" 8000 - 8100 ", [8000, 8100]],
  ["1-65535", [1, 65535]],
  ["0", undefined],
  ["65536", undefined],
  ["9-8", undefined],
  ["-1", undefined],
  ["http", undefined],
  ["", undefined],
])("ports %p are %p", (text, range) => {
  expect(parsePorts(text)).toEqual(range as [number, number] | undefined);
});

test("a set of ports holds ranges, and all where any is said", () => {
  const some = new PortSet(["80", "8000-8100"]);
  expect([79, 80, 81, 7999, 8000, 8050, 8100, 8101].filter((port) => some.has(port))).toEqual([80, 8000, 8050, 8100]);
  expect(new PortSet(["any"]).has(25)).toBe(true);
});

test("patterns that cannot be meant are none", () => {
  for (const text of [
    "",
    "a b",
    "*a.example",
    "a.*.example",
    "list:",
    ".10.0.0.1",
    "10.0.0.0/33",
    "http://a.example",
  ]) {
    expect(parseHostPattern(text)).toBeUndefined();
  }
  expect(new HostSet(["list:5", "*.a.example"]).lists).toEqual(["5"]);
});

test("a thousand rules and five thousand hosts are judged in no time", () => {
  const hosts = Array.from({ length: 5_000 }, (_, at) => `.host${at}.example`);
  const many = policy(
    ...Array.from({ length: 100 }, (_, id) => rule(id + 1, { hosts, users: [99] })),
    rule(500, { hosts }),
  );
  const since = performance.now();
  for (let round = 0; round < 1_000; round++) decided(many, visit(), to("www.deep.host4999.example"));
  expect(decided(many, visit(), to("www.deep.host4999.example"))).toBe(500);
  expect(performance.now() - since).toBeLessThan(5_000);
});
