/** The HTTP API as programs use it, and as attackers do. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { CONSOLE, type Scope } from "../../src/administration/actor.ts";
import { readAudit } from "../../src/administration/audit.ts";
import { addToken } from "../../src/administration/signing-in/tokens.ts";
import { showUser } from "../../src/administration/users/users.ts";
import { readJson } from "../../src/web/api/json.ts";
import { webSettings } from "../../src/web/settings.ts";
import { until } from "../harness.ts";
import { Browser, House, PASSWORD } from "./house.ts";

const DAY_MS = 86_400_000;
const ORIGIN = "https://mail.home.example:10443";

let house: House;

beforeEach(async () => {
  house = await House.build();
});

afterEach(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

interface Asked {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly address?: string;
  readonly secure?: boolean;
}

/** One request of a program. A body that is no text goes as JSON. */
async function ask(request: string, { token, body, headers = {}, address, secure }: Asked = {}) {
  const [method = "", path = ""] = request.split(" ");
  const sent = typeof body === "string" || body instanceof Uint8Array || body === undefined;
  const all = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && { "content-type": "application/json" }),
    ...headers,
  };
  const init = { method, headers: all, ...(body !== undefined && { body: sent ? body : JSON.stringify(body) }) };
  const connected = { address: address ?? "192.168.1.20", secure: secure ?? true };
  const response = await house.web.fetch(new Request(new URL(path, ORIGIN), init as RequestInit), connected);
  const text = await response.text();
  const isJson = text !== "" && /json/.test(response.headers.get("content-type") ?? "");
  const value = isJson ? JSON.parse(text) : text;
  return { status: response.status, headers: response.headers, text, value };
}

/** A token of a user, made at the console. */
async function tokenFor(login: string, scopes: Scope[], more: { expiresAt?: string; networks?: string[] } = {}) {
  const { administration } = house.deps;
  const name = `test ${Math.random()}`;
  return (await administration.perform(addToken, CONSOLE, { login, name, scopes, ...more })).secret;
}

/** The refusal of a request, as far as programs look at it. */
const problem = (status: number, kind: string, more: object = {}) =>
  expect.objectContaining({ status, value: expect.objectContaining({ status, kind, ...more }) });

describe("a program", () => {
  test("sees and changes a user, and the audit log says by which way and with which token", async () => {
    const token = await tokenFor("admin", ["users:read", "users:write"]);
    const shown = await ask("GET /api/v1/users/ann", { token });
    expect(shown).toMatchObject({ status: 200, value: { login: "ann", fullName: "Ann Example" } });
    expect(shown.headers.get("content-type")).toBe("application/json");
    expect(shown.headers.get("cache-control")).toBe("no-store");
    const change = { fullName: "Ann Other", expiresAfterDays: 30 };
    const changed = await ask("PATCH /api/v1/users/ann", { token, body: change });
    expect(changed.value).toMatchObject(change);
    expect(house.user("ann").fullName).toBe("Ann Other");
    expect(readAudit(house.store)[0]).toMatchObject({
      ...{ actor: "admin", via: "api", operation: "user.set", subject: "user ann", remote: "192.168.1.20" },
      ...{ token: expect.stringMatching(/^test /), after: { fullName: "Ann Other" } },
    });
    const browser = new Browser(house.web);
    await browser.login("admin");
    expect((await browser.get("/admin/audit")).text).toContain("by a program with the token “test ");
  });

  test("asks lists in the query, and gets what it asked for", async () => {
    const token = await tokenFor("admin", ["users:read"]);
    const found = await ask("GET /api/v1/users?pageSize=1&page=1&sort=login&descending=true", { token });
    expect(found.value).toMatchObject({ total: 2, users: [{ login: "ann" }] });
  });

  test("creates and removes", async () => {
    const token = await tokenFor("admin", ["users:read", "users:write"]);
    expect((await ask("POST /api/v1/users", { token, body: { login: "new", password: PASSWORD } })).status).toBe(200);
    expect(await ask("POST /api/v1/users", { token, body: { login: "new" } })).toEqual(problem(409, "exists"));
    expect((await ask("DELETE /api/v1/users/new", { token })).value).toEqual({});
    expect(await ask("GET /api/v1/users/new", { token })).toEqual(problem(404, "notFound"));
  });

  test("gets nothing that the output's schema does not name", async () => {
    const token = await tokenFor("admin", ["users:read"]);
    const { value } = await ask("GET /api/v1/users/ann", { token });
    expect(Object.keys(value).sort()).toEqual(Object.keys(showUser.output.shape).sort());
    expect(JSON.stringify(value)).not.toMatch(/argon2|storedKey|hash/i);
  });

  test("asks HEAD and OPTIONS, and hears which methods there are", async () => {
    const token = await tokenFor("admin", ["users:read"]);
    expect(await ask("HEAD /api/v1/users/ann", { token })).toMatchObject({ status: 200, text: "" });
    const options = await ask("OPTIONS /api/v1/users/ann");
    expect(options.status).toBe(204);
    expect(options.headers.get("allow")).toBe("GET, PATCH, DELETE, HEAD, OPTIONS");
    expect([...options.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    const put = await ask("PUT /api/v1/users/ann", { token, body: {} });
    expect(put).toEqual(problem(405, "methodNotAllowed"));
    expect(put.headers.get("allow")).toBe("GET, PATCH, DELETE, HEAD, OPTIONS");
    expect(await ask("GET /api/v1/nothing", { token })).toEqual(problem(404, "notFound"));
    expect(await ask("GET /api/v2/users", { token })).toEqual(problem(404, "notFound"));
  });

  test("hears which property is wrong", async () => {
    const token = await tokenFor("admin", ["users:read", "users:write"]);
    const set = (body: unknown) => ask("PATCH /api/v1/users/ann", { token, body });
    expect(await set({ shoeSize: 46 })).toEqual(problem(400, "invalid", { field: "shoeSize" }));
    expect(await set({ enabled: "yes" })).toEqual(problem(400, "invalid", { field: "enabled" }));
    expect(await set({ entry: { city: 5 } })).toEqual(problem(400, "invalid", { field: "entry.city" }));
    expect(await ask("GET /api/v1/users?page=first", { token })).toEqual(problem(400, "invalid", { field: "page" }));
    expect(await ask("GET /api/v1/users?colour=red", { token })).toEqual(problem(400, "invalid", { field: "colour" }));
  });
});

describe("a token", () => {
  test("is needed, and asked for as bearer", async () => {
    const none = await ask("GET /api/v1/users");
    expect(none).toEqual(problem(401, "unauthenticated"));
    expect(none.headers.get("www-authenticate")).toBe('Bearer realm="Gatepost"');
    expect(none.headers.get("content-type")).toBe("application/problem+json");
    const basic = { authorization: `Basic ${btoa(`admin:${PASSWORD}`)}` };
    expect(await ask("GET /api/v1/users", { headers: basic })).toEqual(problem(401, "unauthenticated"));
  });

  test("opens no more than its scopes", async () => {
    const token = await tokenFor("admin", ["users:read"]);
    const refused = await ask("PATCH /api/v1/users/ann", { token, body: { fullName: "X" } });
    expect(refused).toEqual(problem(403, "notPermitted"));
    expect(refused.headers.get("www-authenticate")).toContain('error="insufficient_scope", scope="users:write"');
    expect(house.user("ann").fullName).toBe("Ann Example");
  });

  test("has no more rights than its user has now", async () => {
    await house.addUser("other", { permissions: ["web.administrator"] });
    const token = await tokenFor("admin", ["users:read"]);
    await house.directory.users.update("admin", { permissions: [] });
    expect(await ask("GET /api/v1/users/ann", { token })).toEqual(problem(403, "notPermitted"));
    await house.directory.users.update("admin", { permissions: ["web.administrator"], enabled: false });
    expect(await ask("GET /api/v1/users/ann", { token })).toEqual(problem(401, "credentials"));
    await house.directory.users.update("admin", { enabled: true, expiresAt: Date.now() - 1 });
    expect(await ask("GET /api/v1/users/ann", { token })).toEqual(problem(401, "credentials"));
    await house.directory.users.update("admin", { expiresAt: null });
    expect((await ask("GET /api/v1/users/ann", { token })).status).toBe(200);
  });

  test("goes with its user", async () => {
    await house.addUser("brief");
    const token = await tokenFor("brief", ["self:read"]);
    expect((await ask("GET /api/v1/users/brief/tokens", { token })).status).toBe(200);
    await house.directory.users.remove("brief");
    const gone = await ask("GET /api/v1/users/brief/tokens", { token });
    expect(gone).toEqual(problem(401, "credentials"));
    expect(gone.headers.get("www-authenticate")).toContain('error="invalid_token"');
  });

  test("outlives a new password, and ends when it expires or is revoked", async () => {
    const token = await tokenFor("ann", ["self:read", "self:write"], {
      expiresAt: new Date(Date.now() + DAY_MS).toISOString(),
    });
    await house.auth.setPassword("ann", "another correct horse battery");
    const { value } = await ask("GET /api/v1/users/ann/tokens", { token });
    expect(value.tokens).toHaveLength(1);
    house.later = 2 * DAY_MS;
    expect(await ask("GET /api/v1/users/ann/tokens", { token })).toEqual(
      problem(401, "credentials", { detail: expect.stringContaining("expired") }),
    );
    house.later = 0;
    expect((await ask(`DELETE /api/v1/users/ann/tokens/${value.tokens[0].id}`, { token })).status).toBe(200);
    expect(await ask("GET /api/v1/users/ann/tokens", { token })).toEqual(problem(401, "credentials"));
  });

  test("is good from its networks only", async () => {
    const token = await tokenFor("ann", ["self:read"], { networks: ["192.168.7.0/24"] });
    const from = (address: string) => ask("GET /api/v1/users/ann/tokens", { token, address });
    expect((await from("192.168.7.9")).status).toBe(200);
    expect(await from("192.168.1.20")).toEqual(problem(401, "credentials"));
  });

  test("makes no other token, and nobody makes one for somebody else", async () => {
    const token = await tokenFor("admin", ["self:write", "users:write"]);
    const body = { name: "more", scopes: ["users:write"] };
    for (const login of ["admin", "ann"])
      expect((await ask(`POST /api/v1/users/${login}/tokens`, { token, body })).status).toBe(405);
    const { administration } = house.deps;
    const actor = { kind: "user", user: house.user("admin"), via: "web" } as const;
    const make = (login: string, session?: Uint8Array) =>
      administration.perform(
        addToken,
        { ...actor, ...(session && { session }) },
        { login, name: "x", scopes: ["self:read"] },
      );
    const browser = new Browser(house.web);
    await browser.login("admin");
    const session = house.auth.sessions.current(browser.cookies.get("__Host-gatepost"))?.session.id;
    expect((await make("admin", session)).secret).toMatch(/^gpt_[\w-]{43}$/);
    expect(make("admin")).rejects.toThrow("still you");
    expect(make("ann", session)).rejects.toThrow("only his own");
  });

  test("is not made with scopes that its user could not use", async () => {
    expect(tokenFor("ann", ["self:read", "users:read"])).rejects.toThrow("users:read");
    expect(tokenFor("nobody", ["self:read"])).rejects.toThrow("nobody");
    expect(tokenFor("ann", ["self:read"], { expiresAt: "2020-01-01" })).rejects.toThrow("future");
    expect(tokenFor("ann", ["self:read"], { networks: ["everywhere"] })).rejects.toThrow("network");
  });

  test("is listed without its text, with its last use", async () => {
    const token = await tokenFor("ann", ["self:read"]);
    const used = async () => {
      const answer = await ask("GET /api/v1/users/ann/tokens", { token });
      return answer.value.tokens[0].lastUsed !== null && answer;
    };
    const { text, value } = await until(used, "the use to be noted");
    expect(value.tokens[0]).toMatchObject({ lastUsed: { remote: "192.168.1.20" }, expiresAt: null, networks: [] });
    expect(text).not.toContain(token);
    expect(house.store.client.query("SELECT count(*) AS n FROM audit WHERE after LIKE ?").get(`%${token}%`)).toEqual({
      n: 0,
    });
    const rows = JSON.stringify(house.store.client.query("SELECT * FROM api_tokens").all());
    expect(rows).not.toContain(token.slice(4));
  });

  test("reaches tokens of others only with a scope for users too", async () => {
    const own = await tokenFor("admin", ["self:read", "self:write"]);
    expect(await ask("GET /api/v1/users/ann/tokens", { token: own })).toEqual(problem(403, "notPermitted"));
    const both = await tokenFor("admin", ["self:read", "users:read"]);
    expect((await ask("GET /api/v1/users/ann/tokens", { token: both })).value).toEqual({ tokens: [] });
  });
});

describe("over an open line", () => {
  test("a token is refused, and ended, because others may have read it", async () => {
    const token = await tokenFor("admin", ["users:read"]);
    const openly = await ask("GET /api/v1/users/ann", { token, secure: false });
    expect(openly).toEqual(problem(403, "notPermitted", { detail: expect.stringContaining("revoked") }));
    expect(openly.headers.get("location")).toBeNull();
    expect(await ask("GET /api/v1/users/ann", { token })).toEqual(problem(401, "credentials"));
    expect(readAudit(house.store)[0]).toMatchObject({ actor: "system", operation: "token.revoke" });
    expect(await ask("GET /api/v1/users", { secure: false })).toEqual(problem(403, "notPermitted"));
    expect(await ask("GET /api/openapi.json", { secure: false })).toEqual(problem(403, "notPermitted"));
  });

  test("this machine itself needs no TLS, nor anybody where pages do not", async () => {
    const token = await tokenFor("admin", ["users:read"]);
    const openly = (address: string) => ask("GET /api/v1/users/ann", { token, secure: false, address });
    expect((await openly("127.0.0.1")).status).toBe(200);
    await house.store.settings.set(webSettings, { requireTls: false });
    expect((await openly("192.168.1.20")).status).toBe(200);
  });
});

describe("an attacker", () => {
  const STRANGER = "203.0.113.5";

  test("who guesses tokens is struck, then barred", async () => {
    house.webAccess = "any";
    const guess = `gpt_${"A".repeat(43)}`;
    let answer = await ask("GET /api/v1/users", { token: guess, address: STRANGER });
    expect(answer).toEqual(problem(401, "credentials"));
    for (let at = 0; at < 100 && answer.status === 401; at++)
      answer = await ask("GET /api/v1/users", { token: `gpt_${String(at).padStart(43, "B")}`, address: STRANGER });
    expect(answer).toEqual(problem(429, "barred"));
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    const token = await tokenFor("admin", ["users:read"]);
    expect((await ask("GET /api/v1/users/ann", { token, address: STRANGER })).status).toBe(429);
    expect((await ask("GET /api/v1/users/ann", { token, address: "203.0.113.77" })).status).toBe(200);
  });

  test("from a network that may not use the pages gets nothing, in the form of the API", async () => {
    const token = await tokenFor("admin", ["users:read"]);
    expect(await ask("GET /api/v1/users/ann", { token, address: STRANGER })).toEqual(problem(403, "notPermitted"));
    expect(await ask("GET /api/openapi.json", { address: STRANGER })).toEqual(problem(403, "notPermitted"));
  });

  test("gets nothing by a browser's session, with or without a form's proof", async () => {
    const browser = new Browser(house.web);
    await browser.login("admin");
    await browser.get("/admin/users");
    expect((await browser.get("/api/v1/users")).status).toBe(401);
    const headers = { "x-csrf-token": browser.csrf, "content-type": "application/json" };
    const posted = await browser.raw("/api/v1/users", { method: "POST", headers, body: '{"login":"evil"}' });
    expect(posted.status).toBe(401);
    expect(house.directory.users.get("evil")).toBeUndefined();
    expect(posted.headers.getSetCookie()).toEqual([]);
  });

  test("gets nothing by tokens in addresses, bodies and cookies", async () => {
    const token = await tokenFor("admin", ["users:read", "users:write"]);
    expect((await ask(`GET /api/v1/users?access_token=${token}`)).status).toBe(401);
    expect((await ask(`GET /api/v1/users?token=${token}`)).status).toBe(401);
    expect((await ask("POST /api/v1/users", { body: { login: "x", access_token: token } })).status).toBe(401);
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect((await ask("POST /api/v1/users", { body: `access_token=${token}`, headers: form })).status).toBe(401);
    expect((await ask("GET /api/v1/users", { headers: { cookie: `gatepost=${token}` } })).status).toBe(401);
    expect((await ask(`GET /api/v1/users?access_token=${token}`, { token })).status).toBe(400);
  });

  test("sends no other method than he sends", async () => {
    const token = await tokenFor("admin", ["users:read", "users:write"]);
    for (const name of ["x-http-method-override", "x-method-override", "x-http-method"])
      await ask("POST /api/v1/users/ann/renewal", { token, body: {}, headers: { [name]: "DELETE" } });
    await ask("GET /api/v1/users/ann?_method=DELETE", { token });
    expect(house.user("ann").login).toBe("ann");
  });

  test("smuggles no other content", async () => {
    const token = await tokenFor("admin", ["users:write"]);
    const types = [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/json, text/html",
      "application/json; charset=utf-16",
      "application/json; charset=utf-7",
      "application/jsonp",
      "text/json",
    ];
    for (const type of types) {
      const answer = await ask("PATCH /api/v1/users/ann", {
        ...{ token, body: '{"fullName":"X"}', headers: { "content-type": type } },
      });
      expect(answer).toEqual(problem(415, "mediaType"));
    }
    const packed = { "content-encoding": "gzip" };
    expect(await ask("PATCH /api/v1/users/ann", { token, body: "{}", headers: packed })).toEqual(
      problem(415, "mediaType"),
    );
    expect(await ask("DELETE /api/v1/users/ann", { token, body: { login: "admin" } })).toEqual(problem(400, "invalid"));
    expect(await ask("PATCH /api/v1/users/ann?fullName=X", { token, body: {} })).toEqual(problem(400, "invalid"));
    expect(await ask("PATCH /api/v1/users/ann", { token, body: { login: "admin" } })).toEqual(problem(400, "invalid"));
    expect(house.user("ann").fullName).toBe("Ann Example");
  });

  test("sends JSON that nobody means", async () => {
    const token = await tokenFor("admin", ["users:write"]);
    const bodies = [
      "",
      "null",
      "5",
      '"text"',
      "[]",
      "{",
      '{"fullName":"A","fullName":"B"}',
      '{"fullName":"A","full\\u004eame":"B"}',
      '{"__proto__":{"permissions":["web.administrator"]}}',
      '{"entry":{"__proto__":{"city":"X"}}}',
      '{"constructor":{"prototype":{"x":1}}}',
      `{"entry":${'{"entry":'.repeat(50)}1${"}".repeat(50)}}`,
      `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
      '{"fullName":["A"]}',
      '{"fullName":{"toString":"A"}}',
      '{"permissions":"web.administrator"}',
      '{"permissions":{"0":"web.administrator","length":1}}',
      '{"expiresAfterDays":1e400}',
      '{"expiresAfterDays":"30"}',
      new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    ];
    for (const body of bodies.slice(1))
      expect(await ask("PATCH /api/v1/users/ann", { token, body })).toEqual(problem(400, "invalid"));
    const before = house.user("ann");
    expect((await ask("PATCH /api/v1/users/ann", { token, body: "" })).status).toBe(200);
    expect(house.user("ann").permissions).toEqual(before.permissions);
    expect(({} as Record<string, unknown>).permissions).toBeUndefined();
  });

  test("sends more than anybody needs", async () => {
    const token = await tokenFor("admin", ["users:write"]);
    const body = JSON.stringify({ fullName: "x".repeat(2_000_000) });
    expect(await ask("PATCH /api/v1/users/ann", { token, body })).toEqual(problem(413, "tooLarge"));
    const endless = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(65_536).fill(0x20));
      },
    });
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const request = new Request(`${ORIGIN}/api/v1/users/ann`, { method: "PATCH", headers, body: endless });
    const response = await house.web.fetch(request, { address: "192.168.1.20", secure: true });
    expect(response.status).toBe(413);
  });

  test("plays with paths", async () => {
    const token = await tokenFor("admin", ["users:read"]);
    const paths = [
      ["/api/v1/users/..%2fann", 404],
      ["/api/v1/users/%2e%2e%2fann", 404],
      ["/api/v1/users/ann%2F", 404],
      ["/api/v1/users/ann/", 404],
      ["/api/v1/users//ann", 404],
      ["/api/v1//users/ann", 404],
      ["/api/v1/users/%", 400],
      ["/api/v1/users/%ff", 400],
      ["/api/v1/users/ann%00", 404],
      ["/api/v1/users/{login}", 404],
      ["/api/v1/Users/ann", 404],
      ["/api/v1/users/ann;x=y", 404],
      ["/api/v1/users/__proto__", 404],
      ["/api/v1/users/constructor", 404],
      ["/api/v1", 404],
      ["/api/", 404],
      ["/api", 404],
    ] as const;
    for (const [path, status] of paths)
      expect({ path, status: (await ask(`GET ${path}`, { token })).status }).toEqual({ path, status });
    expect((await ask("GET /api/v1/users/%61nn", { token })).value.login).toBe("ann");
  });

  test("learns nothing from tokens of odd forms", async () => {
    const token = await tokenFor("admin", ["users:read"]);
    const odd = [
      "",
      "gpt_",
      "gpt_x",
      `${token}A`,
      token.slice(0, -1),
      token.slice(4),
      `gpt_${token}`,
      "x".repeat(5000),
    ];
    for (const one of odd) expect((await ask("GET /api/v1/users/ann", { token: one })).status).toBe(401);
    const twice = await ask("GET /api/v1/users/ann", {
      headers: { authorization: `Bearer ${token}, Bearer ${token}` },
    });
    expect(twice.status).toBe(401);
    expect((await ask("GET /api/v1/users/ann", { token: token.toUpperCase() })).status).toBe(401);
  });
});

describe("reading JSON", () => {
  const read = (text: string) => readJson(new TextEncoder().encode(text));

  test("gives what JSON says", () => {
    const text = '{"a":[1,{"b":"}{\\"a\\":"},{"b":[]}],"c\\n":"[[[","d":{"a":null}}';
    expect(read(text)).toEqual(JSON.parse(text));
    expect(read(" [ ] ")).toEqual([]);
  });

  test("refuses what two readers may read differently", () => {
    expect(() => read('{"a":1,"b":{"c":1,"c":2}}')).toThrow("says twice");
    expect(() => read('{"a" : 1, "\\u0061" : 2}')).toThrow("says twice");
    expect(() => read('[{"a":1},{"a":"x\\\\","__proto__":1}]')).toThrow("__proto__");
    expect(() => read("[".repeat(33) + "]".repeat(33))).toThrow("deep");
  });
});
