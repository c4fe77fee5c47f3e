/** Verifying DKIM signatures: published messages, forms of header and body, and what strangers try. */
import { describe, expect, test } from "bun:test";
import { RFC6376, RFC8463, verified } from "./signatures.ts";

describe("published messages", () => {
  test("RFC 6376 appendix A.2 holds, in pieces of any size", async () => {
    for (const pieces of [1, 7, 64, 100_000]) {
      const { dkim, arc } = await verified(RFC6376.message, RFC6376.records, { pieces });
      expect(dkim).toEqual([
        {
          result: "pass",
          domain: "example.com",
          identity: "joe@football.example.com",
          selector: "brisbane",
          algorithm: "rsa-sha256",
          signature: "AuUoFEfD",
          testing: false,
          sentence: "Signed by example.com, and unchanged since.",
        },
      ]);
      expect(arc.result).toBe("none");
    }
  });

  test("RFC 8463 appendix A holds with Ed25519 and with RSA", async () => {
    const { dkim } = await verified(RFC8463.message, RFC8463.records);
    expect(dkim.map(({ result, algorithm }) => `${algorithm} ${result}`)).toEqual([
      "ed25519-sha256 pass",
      "rsa-sha256 pass",
    ]);
  });
});
