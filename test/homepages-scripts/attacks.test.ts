/** What a page tries that should not be: to go on for ever, to take everything, to get out. The next page is always made. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { Runners } from "../../src/web/homepages/scripts/runners.ts";
import { pageScriptSettings } from "../../src/web/homepages/scripts/settings.ts";
import { until } from "../harness.ts";
import { House } from "./house.ts";

let house: House;

beforeAll(async () => {
  house = await House.build({ perUser: 2 });
});
afterAll(() => house.close());

/** Processes that run pages below this one, by what the system says of them. */
function children(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const parent = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
        return Number(parent) === process.pid && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("run-pages");
      } catch {
        return false; // It has gone meanwhile.
      }
    })
    .map(Number);
}

describe("pages that go on for ever are stopped, where they were", () => {
  test.each([
    ["a loop", "for (;;);"],
    ["a loop that catches everything", "for (;;) try { for (;;); } catch {} finally { continue }"],
    ["a loop in a getter", "({ get x() { for (;;); } }).x"],
    ["a loop in a string", "'' + { toString() { for (;;); } }"],
    ["a generator", "for (const x of (function* () { for (;;) yield 1 })());"],
    ["a regular expression", "/^(a+)+$/.test('a'.repeat(40) + 'b')"],
    ["a regular expression with backreferences", "/(.*)(.*)(.*)(.*)\\1\\2\\3\\4x/.test('a'.repeat(3000))"],
    ["promises that lead to promises", "(function on() { Promise.resolve().then(on) })()"],
    ["async functions", "(async () => { for (;;) await 0 })()"],
    ["a proxy", "const p = new Proxy({}, { get() { for (;;); } }); p.x"],
    ["sorting", "[1, 2].sort(() => { for (;;); })"],
    ["JSON", "JSON.stringify({ toJSON() { for (;;); } })"],
    ["a message that never comes", "throw { get message() { for (;;); }, get stack() { for (;;); } }"],
    ["a thrown proxy", "throw new Proxy({}, { get() { for (;;); } })"],
    ["asking for what takes long to say", "store.get({ toString() { for (;;); } })"],
  ])("%s", async (_, code) => {
    const report = await house.trouble(`\n<% ${code} %>`);
    expect(report.message).toMatch(/took longer than|took up|used up|^$/);
    expect(await house.text("<%= 6 * 7 %>")).toBe("42");
  });

  test("a loop inside the engine, which only ends with its process", async () => {
    const before = await until(() => children()[0], "a process");
    const report = await house.trouble("<% Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1) %>");
    expect(report.message).toContain("took longer than");
    expect(await house.text("<%= 6 * 7 %>")).toBe("42");
    await until(() => !children().includes(before), "the end of the process");
  });

  test("the last call in a loop is told", async () => {
    expect(await house.trouble("<p>\n<%\nfor (;;)\n  Math.abs(1);\n%>")).toMatchObject({ line: 4 });
  });
});

describe("pages that take everything get what is theirs", () => {
  test.each([
    ["strings", "let s = 'x'; for (;;) s += s"],
    ["arrays", "const a = []; for (;;) a.push('x'.repeat(10000) + a.length)"],
    ["buffers", "const a = []; for (;;) a.push(new ArrayBuffer(1 << 20))"],
    ["one large buffer", "new ArrayBuffer(2 ** 31)"],
    ["repeating", "'x'.repeat(2 ** 29)"],
    ["padding", "''.padEnd(2 ** 29)"],
    ["joining", "Array(2 ** 28).join('xx')"],
    ["replacing", "'x'.repeat(1e6).replace(/x/g, 'y'.repeat(1e6))"],
    ["large numbers", "let a = 2n ** 1000000n; for (;;) a *= a"],
    ["maps", "const m = new Map(); for (let i = 0; ; i++) m.set({ i }, 'x'.repeat(100) + i)"],
    ["recursion", "(function f() { return f() + 1 })()"],
    ["nested arrays", "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; JSON.stringify(a)"],
    ["nested JSON", "JSON.parse('['.repeat(1e5))"],
    ["nested code", "eval('('.repeat(1e5))"],
    ["nested regular expressions", "new RegExp('(?:'.repeat(1e5) + ')'.repeat(1e5))"],
    ["bound functions", "let f = () => 1; for (let i = 0; i < 1e6; i++) f = f.bind(null); f()"],
    ["proxies", "let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); p.x"],
    ["output", "for (;;) write('x'.repeat(1000))"],
    ["output that is caught", "for (;;) try { write('x'.repeat(1000)) } catch {}"],
    ["one large output", "write('x'.repeat(200000))"],
  ])("%s", async (_, code) => {
    const report = await house.trouble(`<% ${code} %>`);
    expect(report.kind).toBe("error");
    expect(await house.text("<%= 6 * 7 %>")).toBe("42");
  });

  test("what one page used is not missing in the next", async () => {
    for (let i = 0; i < 5; i++)
      await house.trouble("<% const a = []; for (;;) a.push('x'.repeat(10000) + a.length) %>");
    expect(await house.text("<%= 'x'.repeat(1e6).length %>")).toBe("1000000");
  });
});

describe("nothing else is there", () => {
  test("the names a page has are those of the language, and ours", async () => {
    const names = JSON.parse(
      await house.text(
        "<%- json(Object.getOwnPropertyNames(globalThis).filter((name) => !/^[A-Z]/.test(name)).sort()) %>",
      ),
    );
    expect(names).toEqual(
      [
        ...[
          "__escaped",
          "__include",
          "__raw",
          "__text",
          "console",
          "decodeURI",
          "decodeURIComponent",
          "echo",
          "encodeURI",
        ],
        ...[
          "encodeURIComponent",
          "escape",
          "eval",
          "exit",
          "globalThis",
          "html",
          "include",
          "isFinite",
          "isNaN",
          "json",
        ],
        ...[
          "mail",
          "parseFloat",
          "parseInt",
          "request",
          "response",
          "store",
          "token",
          "undefined",
          "unescape",
          "write",
        ],
      ].sort(),
    );
  });

  test.each([
    "typeof process + typeof require + typeof Bun + typeof fetch + typeof setTimeout + typeof WebAssembly + typeof Atomics?.wait",
    "(function () { return typeof this.process })()",
    "new Function('return typeof process')()",
    "echo.constructor('return typeof process')()",
    "store.get.constructor('return typeof process')()",
    "Error.prepareStackTrace = (e, s) => s; typeof new Error().stack?.[0]?.getThis",
  ])("%s", async (code) => {
    expect(
      await house.text(`<%= (() => { try { return eval(${JSON.stringify(code)}) } catch (e) { return e.name } })() %>`),
    ).not.toMatch(/object|function$/);
  });

  test("there are no modules to import", async () => {
    expect((await house.trouble("<% import x from 'fs' %>")).message).toContain("could not load module");
    expect(await house.text("<% import('fs').then(() => write('in'), () => write('out')) %>")).toBe("out");
  });

  test("a page leaves nothing to the next", async () => {
    await house.text("<% globalThis.left = 1; Object.prototype.left = 1; Array.prototype.map = null %>");
    expect(await house.text("<%= typeof left + ({}).left + typeof [].map %>", { login: "ben" })).toBe(
      "undefinedundefinedfunction",
    );
  });

  test("a page that bends the language's own objects bends only itself", async () => {
    const bent = [
      "Array.prototype.filter = () => [['set-cookie', 'a=b']]; Array.prototype.map = () => [1]; JSON.stringify = () => '{}';",
      "JSON.parse = () => ({ refused: undefined, value: 1 }); Object.prototype.toJSON = () => ({ status: 200, headers: [['set-cookie', 'x=y']] });",
      "Object.prototype.status = 999; String.prototype.toLowerCase = () => 'x-robots-tag'; response.header('Set-Cookie', 'a=b')",
    ].join("");
    const { headers, status } = await house.ask(`<% ${bent} %>`);
    expect(headers.get("set-cookie")).toBeNull();
    expect([200, 500]).toContain(status);
    expect(await house.text("<%= 6 * 7 %>")).toBe("42");
  });

  test.each([
    "store.list('', { limit: 1e9 })",
    "store.list('', { limit: '1; DROP TABLE users' })",
    "store.get('x'.repeat(1e6))",
    "store.set('a\\0b', 1)",
    "store.set('\\ud800', 1)",
    "store.set('', 1)",
    "store.increment('n', NaN)",
    "store.increment('n', Infinity)",
    "store.set('a', () => 1)",
    "store.set('a', 10n)",
    "mail.send({ subject: 'x'.repeat(1e5) })",
  ])("%s is refused", async (code) => {
    expect((await house.trouble(`<% ${code} %>`)).message).toMatch(/Error/);
    expect(house.faults).toEqual([]);
  });

  test("another user's values cannot be named", async () => {
    await house.text("<% store.set('secret', 1) %>", { login: "ben" });
    expect(await house.text("<%= typeof store.get('secret') + store.list().length %>")).toBe("undefined0");
  });

  test("a question may be long, and an answer too", async () => {
    await house.limit({ valueOctets: 2_000_000 });
    expect(await house.text("<% store.set('a', 'x'.repeat(1e6)) %><%= store.get('a').length %>")).toBe("1000000");
    await house.limit({ valueOctets: 65_536 });
  });

  test("a question that is too long is not asked", async () => {
    const report = await house.trouble("<% store.set('a', 'x'.repeat(2e6)) %>");
    expect(report.message).toContain("too long");
    expect(await house.text("<%= 6 * 7 %>")).toBe("42");
  });

  test("a page sets no more cookies than a browser takes", async () => {
    const report = await house.trouble("<% for (let i = 0; i < 51; i++) response.cookie('c' + i, 'x') %>", {
      cookies: {},
    });
    expect(report.message).toContain("at most 50 cookies");
  });

  test("one visitor's forms do not fill the memory", async () => {
    await house.limit({ formOctets: 3_000_000 });
    const body = `a=${"x".repeat(2_900_000)}`;
    const headers = { "content-type": "application/x-www-form-urlencoded", "content-length": String(body.length) };
    const form = { method: "POST", headers, body } as const;
    const seen = await Promise.all(Array.from({ length: 4 }, () => house.ask("<%= request.form.a.length %>", form)));
    expect(seen.map(({ status }) => status).sort()).toEqual([200, 200, 503, 503]);
    expect(await house.text("<%= request.form.a.length %>", { ...form, remote: "192.168.1.8" })).toBe("2900000");
    await house.limit({ formOctets: 1_048_576 });
  });

  test("a page asks no more often than it may", async () => {
    await house.limit({ questions: 50, milliseconds: 5_000 });
    const report = await house.trouble("<% for (;;) store.get('a') %>");
    await house.limit({ questions: 500, milliseconds: 300 });
    expect(report.message).toContain("at most 50 times");
  });

  test("a page that is too large is not run", async () => {
    await house.limit({ sourceOctets: 1_000 });
    const report = await house.trouble(`<%= 1 %>${"x".repeat(2_000)}`);
    await house.limit({ sourceOctets: 524_288 });
    expect(report.message).toContain("at most 1000 octets");
  });
});

describe("pages of one user do not keep out those of others", () => {
  test("a user has no more than his share, and the others are served meanwhile", async () => {
    await house.limit({ perUser: 1, waitingPerUser: 3 });
    let ended = 0;
    const loops = Array.from({ length: 6 }, async () => {
      const { status, headers } = await house.ask("<% for (;;); %>");
      if (status === 500) ended++;
      return { status, headers };
    });
    expect(await house.text("<%= 6 * 7 %>", { login: "ben" })).toBe("42");
    expect(ended).toBeLessThan(3);
    const statuses = (await Promise.all(loops)).map(({ status }) => status).sort();
    expect(statuses).toEqual([500, 500, 500, 500, 503, 503]);
    const { headers } = await Promise.resolve(loops[5]).then((seen) => seen ?? Promise.reject(new Error("no answer")));
    expect(headers.get("retry-after")).toBe("5");
    await house.limit({ perUser: 2, waitingPerUser: 30 });
  });

  test("no more processes are started than are set", async () => {
    await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        house.text("<% for (let i = 0; i < 1e5; i++); %>", { login: i % 2 ? "anna" : "ben" }),
      ),
    );
    expect(house.scripts.processes).toBeLessThanOrEqual(2);
  });

  test("processes end when no page comes", async () => {
    await house.limit({ idleSeconds: 1 });
    await house.text("<%= 1 %>");
    await until(() => house.scripts.processes === 0 && children().length === 0, "the end of the processes");
    await house.limit({ idleSeconds: 60 });
    expect(await house.text("<%= 6 * 7 %>")).toBe("42");
  });

  test.each(["/nowhere/at-all", "/bin/true"])(
    "where %s cannot run pages, each page says so and none hangs",
    async (command) => {
      const faults: unknown[] = [];
      const limits = pageScriptSettings.schema.parse({});
      const runners = new Runners(
        () => limits,
        (thrown) => faults.push(thrown),
        [command],
      );
      const request = {
        ...{ method: "GET", url: "http://home.example/", path: "/", base: "" },
        headers: [],
        cookies: null,
      };
      const run = {
        kind: "run",
        limits,
        formOctets: 0,
        request: { ...request, remote: "::1", secure: false, time: 0 },
      } as const;
      const job = { owner: 1, run, octets: [], answer: () => Promise.resolve({ kind: "reply" } as const) };
      const results = await Promise.all([runners.run(job), runners.run(job)]);
      expect(results).toEqual([
        { kind: "stopped", why: "died" },
        { kind: "stopped", why: "died" },
      ]);
      expect(faults).toHaveLength(command === "/bin/true" ? 0 : 2);
      runners.close();
    },
  );

  test("a process that is killed is replaced", async () => {
    await house.text("<%= 1 %>");
    for (const pid of children()) process.kill(pid, "SIGKILL");
    await until(() => house.scripts.processes === 0, "the end of the processes");
    expect(await house.text("<%= 6 * 7 %>")).toBe("42");
  });
});
