/** The HTTP API of the executable: what docs/api.md shows, as it is written there, and what programs meet on the wire. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { Gatepost, run, until } from "../harness.ts";

const PAGE = readFileSync(join(import.meta.dir, "..", "..", "docs", "api.md"), "utf8");

/** The commands of the page, lines that go on put together. */
const examples = [...PAGE.matchAll(/^ {4}(curl (?:.*\\\n)*.*)$/gm)].map(([, command = ""]) => command);

let server: Gatepost;
let token: string;

beforeAll(async () => {
  server = await Gatepost.start({ users: ["anna"] });
  const scopes = ["users:read", "users:write", "mail:read", "server:read", "self:read"];
  token = (await server.command(["token", "add", "admin", "--name", "test", "--scope", scopes.join(",")])).trim();
});

afterAll(() => server.remove());

const base = (port = 80) => `http${port === 443 ? "s" : ""}://127.0.0.1:${server.port(port)}`;

const ask = async (path: string, init: RequestInit = {}) => {
  const headers = { authorization: `Bearer ${token}`, ...init.headers };
  const response = await fetch(`${base()}${path}`, { ...init, headers });
  return { status: response.status, value: (await response.json()) as Record<string, unknown> };
};

/** Sends octets as they are, and gives what comes back until the server has answered. */
const raw = async (request: string): Promise<string> =>
  await new Promise((resolve, reject) => {
    let heard = "";
    const socket = connect(server.port(80), "127.0.0.1", () => socket.write(request));
    socket.setTimeout(10_000, () => socket.destroy(new Error(`silence after: ${heard}`)));
    socket.on("data", (octets) => {
      heard += octets.toString();
      if (/\r\n\r\n[\s\S]+/.test(heard)) socket.destroy();
    });
    socket.on("close", () => resolve(heard));
    socket.on("error", reject);
  });

describe("docs/api.md", () => {
  test.each(examples.map((example) => [example]))("%s", async (example) => {
    const env = { GATEPOST: base(), TOKEN: token };
    const { code, out, error } = await run(["sh", "-c", example], { env });
    expect({ code, error }).toEqual({ code: 0, error: "" });
    expect(JSON.parse(out)).toBeObject();
  });

  test("has examples that do something", async () => {
    expect(examples.length).toBeGreaterThan(4);
    const { value } = await ask("/api/v1/users?search=bruno");
    expect(value.total).toBe(0);
  });
});

describe("the executable", () => {
  test("answers commands and programs alike", async () => {
    const shown = await server.json<Record<string, unknown>>("user", "show", "anna");
    expect((await ask("/api/v1/users/anna")).value).toEqual(shown);
    const body = JSON.stringify({ fullName: "Anna by API" });
    const headers = { "content-type": "application/json" };
    expect((await ask("/api/v1/users/anna", { method: "PATCH", body, headers })).status).toBe(200);
    expect(await server.json("user", "show", "anna")).toMatchObject({ fullName: "Anna by API" });
    await server.command(["user", "set", "anna", "fullName=Anna by command"]);
    expect((await ask("/api/v1/users/anna")).value).toMatchObject({ fullName: "Anna by command" });
  });

  test("answers over TLS too, and describes itself", async () => {
    const root = await server.rootFile();
    const said = await run(["curl", "-sS", "--fail", "--cacert", root, `${base(443)}/api/openapi.json`]);
    expect({ code: said.code, error: said.error }).toEqual({ code: 0, error: "" });
    expect(JSON.parse(said.out)).toMatchObject({ openapi: "3.1.0" });
  });

  test("takes a command's revocation at once, and notes the last use", async () => {
    const args = ["token", "add", "anna", "--name", "phone", "--scope", "self:read"];
    const own = (await server.command(args)).trim();
    const as = { headers: { authorization: `Bearer ${own}` } };
    expect((await ask("/api/v1/users/anna/tokens", as)).status).toBe(200);
    expect((await ask("/api/v1/users/admin", as)).status).toBe(403);
    const used = await until(async () => {
      const [first] = await server.json<{ lastUsed: { remote: string } | null }[]>("token", "list", "anna");
      return first?.lastUsed ?? undefined;
    }, "the last use");
    expect(used.remote).toBe("127.0.0.1");
    await server.command(["token", "revoke", "anna", "phone"]);
    expect((await ask("/api/v1/users/anna/tokens", as)).status).toBe(401);
  });

  test("is not led astray by what is written on the wire", async () => {
    const authorization = `Authorization: Bearer ${token}`;
    const head = (line: string, ...headers: string[]) =>
      [line, "Host: x", authorization, ...headers, "Connection: close", "", ""].join("\r\n");
    expect(await raw(head("GET /api/v1/users/../../../admin HTTP/1.1"))).not.toMatch(/^HTTP\/1\.1 200/);
    expect(await raw(head("GET /api/v1/users/..%2f..%2fadmin HTTP/1.1"))).toMatch(/^HTTP\/1\.1 404/);
    expect(await raw(head("GET //api/v1/users/anna HTTP/1.1"))).not.toMatch(/^HTTP\/1\.1 200/);
    expect(await raw(head("GET /api/v1/users/anna HTTP/1.1", authorization))).not.toContain('"login":"anna"');
    expect(await raw(head("TRACE /api/v1/users/anna HTTP/1.1"))).not.toMatch(/^HTTP\/1\.1 200/);
    expect((await ask("/api/v1/users/anna")).status).toBe(200);
  });
});
