/** The table of properties itself: complete, walked, and true about services that are not there yet. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HEADINGS, ROWS, rowsOf, waitsFor } from "../../docs/make/accounts.ts";
import { PORTS } from "../../src/appliance/ports.ts";
import { PERMISSION_NAMES } from "../../src/directory/permissions.ts";
import { directoryEntrySchema } from "../../src/directory/user.ts";

test("every heading is walked by one test", () => {
  const sources = readdirSync(import.meta.dir)
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => readFileSync(join(import.meta.dir, file), "utf8"));
  const walked = sources.flatMap((text) =>
    [...text.matchAll(/^walk(?:ing\(\))?\("([^"]+)"/gm)].map(([, name]) => name),
  );
  expect(walked.sort()).toEqual([...HEADINGS].sort());
});

test("no property stands there twice", () => {
  expect(new Set(ROWS.map(({ id }) => id)).size).toBe(ROWS.length);
  for (const heading of HEADINGS) {
    const names = rowsOf(heading).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  }
});

test("every permission, and every property of the directory entry, is there", () => {
  expect(rowsOf("Permissions").map(({ id }) => id)).toEqual(PERMISSION_NAMES);
  const text = JSON.stringify(rowsOf("Directory"));
  for (const name of Object.keys(directoryEntrySchema.shape)) expect(text).toContain(`entry.${name}`);
});

test("of a service that does not listen it is said that it is not there, and of no other", () => {
  const listening = new Set<string>(PORTS.map(({ service }) => service));
  for (const row of ROWS)
    expect(waitsFor(row) === "").toBe(
      row.seen.every((service) => listening.has(service === "homepages" ? "web" : service)),
    );
});
