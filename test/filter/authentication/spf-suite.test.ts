/** The published suite for RFC 7208, where its file is at hand: `GATEPOST_TEST_DATA`, or `shared/data` beside the tree. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkSpf } from "../../../src/filter/authentication/spf.ts";
import { type Records, TableDns } from "../table-dns.ts";

const FOLDER = process.env.GATEPOST_TEST_DATA ?? join(import.meta.dir, "..", "..", "..", "..", "shared", "data");
const FILE = join(FOLDER, "rfc7208-tests.yml");

interface Case {
  readonly helo: string;
  readonly host: string;
  readonly mailfrom: string;
  readonly result: string | string[];
  readonly explanation?: string;
}

type Entry = "TIMEOUT" | Record<string, string | string[] | [number, string]>;

interface Scenario {
  readonly description: string;
  readonly tests: Record<string, Case>;
  readonly zonedata: Record<string, Entry[]>;
}

/** The zone as records. Records of type SPF stand for TXT where a name has none of its own: the suite's own rule. */
function recordsOf(entries: readonly Entry[]): Records {
  const records: { -readonly [K in keyof Records]: Records[K] } = {};
  const add = (type: "A" | "AAAA" | "TXT" | "PTR" | "MX", value: never) => {
    (records[type] as unknown[] | undefined) ??= [];
    (records[type] as unknown[]).push(value);
  };
  const hasText = entries.some((entry) => entry !== "TIMEOUT" && "TXT" in entry);
  for (const entry of entries) {
    if (entry === "TIMEOUT") {
      records.silent = true;
      continue;
    }
    for (const [type, value] of Object.entries(entry)) {
      if (type === "CNAME") records.CNAME = bare(String(value));
      else if (type === "MX") add("MX", [Number(value[0]), bare(String(value[1]))] as never);
      else if (type === "PTR") add("PTR", bare(String(value)) as never);
      else if (type === "TXT" || (type === "SPF" && !hasText)) {
        if (value !== "NONE") add("TXT", [value].flat().join("") as never);
      } else if (type !== "SPF") add(type as "A", String(value) as never);
    }
  }
  return records;
}

function bare(name: string): string {
  return name.replace(/\.$/, "");
}

function scenarios(): Scenario[] {
  if (!existsSync(FILE)) return [];
  return Bun.YAML.parse(readFileSync(FILE, "latin1")) as Scenario[];
}

test("the suite is whole where it is at hand", () => {
  const count = scenarios().reduce((sum, one) => sum + Object.keys(one.tests).length, 0);
  expect([0, 203]).toContain(count);
});

for (const { description, tests, zonedata } of scenarios()) {
  describe(description, () => {
    const dns = new TableDns(
      Object.fromEntries(Object.entries(zonedata).map(([name, entries]) => [name, recordsOf(entries)])),
    );
    for (const [name, one] of Object.entries(tests)) {
      test(name, async () => {
        const question = {
          client: one.host,
          helo: one.helo,
          reversePath: one.mailfrom,
          receiver: "mx.example",
          now: 0,
        };
        const outcome = await checkSpf(question, dns);
        expect([one.result].flat(), outcome.sentence).toContain(outcome.result);
        // DEFAULT is whatever the receiver says where the domain's owner says nothing.
        if (one.explanation === "DEFAULT") expect(outcome.explanation).toBeUndefined();
        else if (one.explanation !== undefined) expect(outcome.explanation).toBe(one.explanation);
      });
    }
  });
}
