/** The command line as a whole: its help, its exit codes, and that what a command does takes effect at once. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { EXECUTABLE, Gatepost, PASSWORD, run, temporaryFolder } from "../harness.ts";
import { Client } from "../imap/client.ts";
import { OTHER_PASSWORD, STEPS } from "./cli-steps.ts";
import { calls } from "./python.ts";

test("every action that `gatepost help` knows is exercised", async () => {
  const help = async (...words: string[]) => (await run([EXECUTABLE, "help", ...words])).out;
  const names = [...(await help()).matchAll(/^ {2}([a-z]+) /gm)].flatMap(([, name = ""]) =>
    ["serve", "help", "version"].includes(name) ? [] : [name],
  );
  expect(names.length).toBeGreaterThan(8);
  const known: string[] = [];
  for (const name of names) {
    for (const [, words = ""] of (await help(name)).matchAll(/^ {2}gatepost ([a-z ]+)/gm)) known.push(words.trim());
  }
  const exercised = STEPS.filter(({ code = 0 }) => code < 2).map(({ args }) => args.join(" "));
  expect(known.filter((words) => !exercised.some((line) => `${line} `.startsWith(`${words} `)))).toEqual([]);
});

describe("what a command does takes effect at once", () => {
  let server: Gatepost;
  beforeAll(async () => {
    server = await Gatepost.start({ users: ["anna"] });
  });
  afterAll(() => server.remove());

  const mayLogIn = async (login: string, secret: string) =>
    !JSON.stringify(await calls(server, "imaps", ["login", login, secret])).includes("error");

  test("a new user, another password, a user who is switched off and one who is removed", async () => {
    await server.addUser("carl");
    expect(await mayLogIn("carl", PASSWORD)).toBe(true);
    await server.command(["user", "password", "carl", "--password-stdin"], OTHER_PASSWORD);
    expect(await mayLogIn("carl", PASSWORD)).toBe(false);
    expect(await mayLogIn("carl", OTHER_PASSWORD)).toBe(true);
    await server.command(["user", "set", "carl", "enabled=no"]);
    expect(await mayLogIn("carl", OTHER_PASSWORD)).toBe(false);
    await server.command(["user", "set", "carl", "enabled=yes"]);
    expect(await mayLogIn("carl", OTHER_PASSWORD)).toBe(true);
    await server.command(["user", "remove", "carl"]);
    expect(await mayLogIn("carl", OTHER_PASSWORD)).toBe(false);
  });

  test("passwords of any characters and any sensible length", async () => {
    for (const secret of [
      "Grüße aus Köln 日本語 🙂",
      'with "quotes" and \\ and spaces  ',
      "x".repeat(20).concat("long-".repeat(30)),
    ]) {
      await server.command(["user", "password", "anna", "--password-stdin"], secret);
      const client = await Client.open({ port: server.port(993), tls: true });
      await client.ok(`AUTHENTICATE PLAIN ${Buffer.from(`\0anna\0${secret}`).toString("base64")}`);
      await client.ok("LOGOUT");
    }
  });

  test("forty commands at the same time", async () => {
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, at) => server.attempt(["alias", "add", `a${at}@example.test`, "anna"])),
    );
    expect(results.map(({ code }) => code)).toEqual(Array(40).fill(0));
    const aliases = await server.json<{ address: string }[]>("alias", "list");
    expect(aliases.filter(({ address }) => /^a\d+@/.test(address))).toHaveLength(40);
  });
});

describe("the executable without a server", () => {
  const folder = temporaryFolder("gatepost-cli");
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const call = async (args: string[], env: Record<string, string> = {}) =>
    await run([EXECUTABLE, ...args], { env: { GATEPOST_DATA: folder, ...env } });

  test.each([
    [[], 0, /^Gatepost: /],
    [["help"], 0, /Usage: gatepost serve/],
    [["--help"], 0, /Usage: gatepost serve/],
    [["-h"], 0, /Usage: gatepost serve/],
    [["help", "queue"], 0, /gatepost queue retry ID\[,ID…\]\|all/],
    [["queue", "--help"], 0, /gatepost queue retry ID\[,ID…\]\|all/],
    [["queue", "list", "-h"], 0, /gatepost queue retry ID\[,ID…\]\|all/],
    [["version"], 0, /^gatepost \d+\.\d+\.\d+\n$/],
    [["--version"], 0, /^gatepost \d+\.\d+\.\d+\n$/],
  ])("gatepost %p ends with %i", async (args, code, out) => {
    const result = await call(args);
    expect(result.code).toBe(code);
    expect(result.out).toMatch(out);
    expect(result.error).toBe("");
  });

  test.each([
    [["help", "dance"], 2, /dance/],
    [["serve", "--loud"], 2, /--loud/],
    [["serve", "--port-offset", "many"], 2, /number/],
    [["serve", "--port-offset", "70000"], 2, /offset/],
    [["serve", "--listen", "300.1.1.1"], 2, /300\.1\.1\.1/],
    [["serve", "--log", "xml"], 2, /text.*json/],
    [["user", "list", "--data"], 2, /--data/],
    [["user", "list", "--data", "/dev/null/x"], 1, /\/dev\/null\/x/],
    [["user", "list", "--data", "/proc/gatepost"], 1, /\/proc\/gatepost/],
  ])("gatepost %p ends with %i and a clear line", async (args, code, error) => {
    const result = await call(args);
    expect(result.code).toBe(code);
    expect(result.error).toMatch(error);
    expect(result.error).not.toMatch(/^ +at /m);
    expect(result.out).toBe("");
  });

  test("the data folder comes from the environment, or from --data", async () => {
    await call(["domain", "add", "one.test"]);
    expect(JSON.parse((await call(["domain", "list", "--json"])).out)).toMatchObject([{ name: "one.test" }]);
    const other = `${folder}/other`;
    expect(JSON.parse((await call(["domain", "list", "--json", "--data", other])).out)).toEqual([]);
    expect(JSON.parse((await call(["domain", "list", "--json"], { GATEPOST_DATA: other })).out)).toEqual([]);
  });

  test("a file from a later version is left alone, with a clear sentence", async () => {
    const later = temporaryFolder("gatepost-later");
    await call(["domain", "list", "--data", later]);
    const database = new Database(`${later}/gatepost.db`);
    database.run("PRAGMA user_version = 999");
    database.close();
    const result = await call(["domain", "list", "--data", later]);
    expect(result.code).toBe(1);
    expect(result.error).toMatch(/newer Gatepost/);
    rmSync(later, { recursive: true });
  });
});
