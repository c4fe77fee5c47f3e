/** Compiled scripts are kept while there is room for them, and made anew when their text changes. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Library } from "../../src/sieve/library.ts";
import { HOUSE, Scripts } from "../../src/sieve/scripts.ts";
import { Store } from "../../src/store/store.ts";

let folder: string;
let store: Store;
let scripts: Scripts;
let library: Library;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gatepost-library-"));
  store = Store.open(folder);
  scripts = new Scripts(store);
  library = new Library(store, scripts);
});
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const put = (name: string, text: string) => store.commit((tx) => scripts.putWithin(tx, HOUSE, name, text, 0));

test("a script is compiled once, and again when it changed", async () => {
  await put("one", "keep;");
  const first = library.compiled(HOUSE, "one");
  expect(library.compiled(HOUSE, "one")).toBe(first);
  await put("one", "discard;");
  expect(library.compiled(HOUSE, "one")?.text).toBe("discard;");
  expect(library.compiled(HOUSE, "none")).toBeUndefined();
});

test("those that were not used for long make room", async () => {
  const large = "keep;".repeat(8_000);
  for (const name of ["a", "b", "c"]) await put(name, large);
  const [a, b] = [library.compiled(HOUSE, "a"), library.compiled(HOUSE, "b")];
  expect(library.compiled(HOUSE, "a")).toBe(a);
  library.compiled(HOUSE, "c");
  expect(library.compiled(HOUSE, "a")).toBe(a);
  expect(library.compiled(HOUSE, "b")).not.toBe(b);
});
