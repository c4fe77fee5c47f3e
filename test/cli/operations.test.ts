/** Whatever can be done can be done by a command, by the HTTP API, and where it changes something by a page. */
import { beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { changes, type Operation } from "../../src/administration/operation.ts";
import { OPERATIONS } from "../../src/administration/operations.ts";
import { allCommands } from "../../src/cli/commands.ts";
import { Routes } from "../../src/web/api/routes.ts";

const COMMANDS = await allCommands();

const ROOT = join(import.meta.dir, "..", "..");

/** Only a browser speaks with the authenticator that makes a passkey. */
const IN_BROWSERS_ONLY = ["session.tell", "passkey.begin", "passkey.add"];

const actions = COMMANDS.flatMap((command) =>
  Object.entries(command.actions).map(([word, action]) => ({ command, word, action })),
);

/** Operations by the names under which rooms above import them. */
const exported = new Map<string, Operation>();

beforeAll(async () => {
  for (const file of new Bun.Glob("src/administration/**/*.ts").scanSync({ cwd: ROOT })) {
    const room: Record<string, unknown> = await import(join(ROOT, file));
    for (const [name, value] of Object.entries(room)) {
      const found = OPERATIONS.find((operation) => operation === value);
      if (found !== undefined) exported.set(name, found);
    }
  }
});

/** The operations that sources hand to `perform`, or name in a table of what a page does. */
function performedIn(pattern: string): Map<string, Set<Operation>> {
  const files = [...new Bun.Glob(pattern).scanSync({ cwd: ROOT })].filter((file) => !file.startsWith("src/web/api/"));
  return new Map(
    files.map((file) => {
      const source = readFileSync(join(ROOT, file), "utf8").replace(/^import[\s\S]*?;$/gm, "");
      const words = source.match(/\b[a-z]\w*\b/g) ?? [];
      return [file, new Set(words.flatMap((word) => exported.get(word) ?? []))];
    }),
  );
}

describe("every operation", () => {
  test("is exported, so that pages and commands can do it", () => {
    const known = new Set(exported.values());
    expect(OPERATIONS.filter((operation) => !known.has(operation)).map(({ name }) => name)).toEqual([]);
  });

  test("is done by a command", () => {
    const done = new Set(actions.flatMap(({ action }) => action.performs ?? []));
    const missing = OPERATIONS.filter((operation) => !done.has(operation)).map(({ name }) => name);
    expect(missing).toEqual(IN_BROWSERS_ONLY);
  });

  test("is done by the HTTP API, unless a token may not", () => {
    const served = new Set(new Routes(OPERATIONS).all.map(({ operation }) => operation));
    for (const operation of OPERATIONS) expect(served.has(operation)).toBe(operation.notByToken === undefined);
  });

  test("that changes something is done by a page", () => {
    const done = new Set([...performedIn("src/web/**/*.{ts,tsx}").values()].flatMap((found) => [...found]));
    const missing = OPERATIONS.filter((operation) => changes(operation) && !done.has(operation));
    expect(missing.map(({ name }) => name)).toEqual([]);
  });
});

describe("every command", () => {
  test("says which operations it does", () => {
    const said = new Set(actions.flatMap(({ action }) => action.performs ?? []));
    for (const [file, found] of performedIn("src/cli/*.ts"))
      expect({ file, unsaid: [...found].filter((one) => !said.has(one)).map(({ name }) => name) }).toEqual({
        ...{ file, unsaid: [] },
      });
  });

  test("goes through operations, but for what is done before there is anybody to ask", () => {
    const without = actions.filter(({ action }) => action.performs === undefined || action.performs.length === 0);
    expect(without.map(({ command, word }) => `${command.name} ${word}`.trim())).toEqual(["setup"]);
  });
});
