/** ARC (RFC 8617): the published suites, and chains that strangers make up. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { crlf, verified } from "./signatures.ts";

interface Suite {
  readonly tests: Record<
    string,
    { readonly description: string; readonly message: string; readonly cv: string | null }
  >;
  readonly "txt-records": Record<string, string> | null;
}

const folder = process.env.GATEPOST_TEST_DATA ?? join(import.meta.dir, "../../../shared/data");

/** The documents of one file of suites. */
function suitesOf(file: string): Suite[] {
  const path = join(folder, file);
  return existsSync(path) ? (Bun.YAML.parse(readFileSync(path, "utf8")) as Suite[]) : [];
}

describe("the published suite for validation", () => {
  for (const suite of suitesOf("arc-draft-validation-tests.yml")) {
    const records = suite["txt-records"] ?? {};
    for (const [name, { description, message, cv }] of Object.entries(suite.tests)) {
      test(`${name}: ${description}`, async () => {
        const { arc } = await verified(crlf(message), records);
        const expected = (cv ?? "").toLowerCase();
        expect(`${arc.result} (${arc.sentence})`).toStartWith(expected === "" ? "fail" : expected);
      });
    }
  }
});
