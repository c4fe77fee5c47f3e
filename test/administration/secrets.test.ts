import { describe, expect, test } from "bun:test";
import { COVER, covered, coveredChange, UnknownSecret, uncovered } from "../../src/administration/server/secrets.ts";

const hosts = [
  { host: "one.example", port: 587, password: "first" },
  { host: "two.example", port: 25, password: "second" },
];

describe("passwords among settings", () => {
  test("are covered however deep, and empty ones are seen to be empty", () => {
    expect(covered({ routes: [{ domain: "x", smartHosts: hosts }], bindPassword: "", token: "t" })).toEqual({
      routes: [
        {
          domain: "x",
          smartHosts: [
            { host: "one.example", port: 587, password: COVER },
            { host: "two.example", port: 25, password: COVER },
          ],
        },
      ],
      bindPassword: "",
      token: COVER,
    });
  });

  test("come back where their cover comes back", () => {
    expect(uncovered(covered({ hosts }), { hosts })).toEqual({ hosts });
  });

  test("stay with their entry when others are taken away, moved or changed", () => {
    const [one, two] = covered(hosts) as Record<string, unknown>[];
    expect(uncovered([two], hosts)).toEqual([hosts[1]]);
    expect(uncovered([two, one], hosts)).toEqual([hosts[1], hosts[0]]);
    expect(uncovered([{ ...one, port: 465 }, two], hosts)).toEqual([{ ...hosts[0], port: 465 }, hosts[1]]);
  });

  test("never go to another entry", () => {
    const [one] = covered(hosts) as Record<string, unknown>[];
    expect(() => uncovered([{ ...one, host: "thief.example" }], hosts)).toThrow(UnknownSecret);
    expect(() => uncovered([one, { host: "thief.example", password: COVER }, one], hosts)).toThrow(UnknownSecret);
    expect(() => uncovered({ password: COVER }, { password: "" })).toThrow(UnknownSecret);
  });

  test("that are others than before are seen to be so, and not which", () => {
    const change = coveredChange(
      { hosts, name: "a" },
      { hosts: [hosts[0], { ...hosts[1], password: "new" }], name: "a" },
    );
    expect(JSON.stringify(change)).not.toMatch(/first|second|new/);
    expect(change.after).toEqual({ hosts: `${COVER} (another one)`, name: "a" });
  });
});
