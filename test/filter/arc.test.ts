/** ARC (RFC 8617): the published suites, and chains that strangers make up. */
import { describe, expect, test } from "bun:test";
import { createPrivateKey } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SignedMessage } from "../../src/filter/authentication/sign.ts";
import { crlf, verified } from "./signatures.ts";

interface SealSuite {
  readonly tests: Record<
    string,
    { readonly message: string; readonly t: number; readonly AS: string; readonly AMS: string }
  >;
  readonly domain: string;
  readonly sel: string;
  readonly privatekey: string;
  readonly "txt-records": Record<string, string>;
}

interface Suite {
  readonly tests: Record<
    string,
    { readonly description: string; readonly message: string; readonly cv: string | null }
  >;
  readonly "txt-records": Record<string, string> | null;
}

const folder = process.env.GATEPOST_TEST_DATA ?? join(import.meta.dir, "../../../shared/data");

/** The documents of one file of suites. */
function suitesOf<T>(file: string): T[] {
  const path = join(folder, file);
  return existsSync(path) ? (Bun.YAML.parse(readFileSync(path, "utf8")) as T[]) : [];
}

describe("the published suite for validation", () => {
  for (const suite of suitesOf<Suite>("arc-draft-validation-tests.yml")) {
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

/**
 * The suite has its own choice of fields and order of tags, and so its own values of b=, which nobody else can have; everything else is the
 * same, and what was sealed holds.
 */
describe("the published suite for sealing", () => {
  const tagOf = (list: string, name: string) =>
    new RegExp(`(?:^|;)\\s*${name}=([^;]*)`).exec(list)?.[1]?.replace(/\s/g, "");
  const fieldOf = (fields: string, name: string) => new RegExp(`${name}:([^]*?)\r\n(?=\\S)`).exec(fields)?.[1] ?? "";

  for (const suite of suitesOf<SealSuite>("arc-draft-sign-tests.yml")) {
    const { domain, sel: selector, "txt-records": records } = suite;
    const signer = { domain, selector, algorithm: "rsa-sha256", key: createPrivateKey(suite.privatekey) } as const;
    for (const [name, { message, t, AS, AMS }] of Object.entries(suite.tests)) {
      test(name, async () => {
        const octets = crlf(message);
        const before = (await verified(octets, records)).arc.result;
        const outgoing = new SignedMessage();
        outgoing.write(Buffer.from(octets, "latin1"));
        outgoing.end();
        const fields = await outgoing.seal(signer, { chain: before, results: "lists.example.org; none" }, t * 1_000);
        const [seal, signature] = [fieldOf(fields, "ARC-Seal"), fieldOf(fields, "ARC-Message-Signature")];
        for (const tag of ["i", "a", "cv", "d", "s", "t"]) expect(tagOf(seal, tag)).toBe(tagOf(AS, tag));
        for (const tag of ["i", "a", "d", "s", "t", "bh"]) expect(tagOf(signature, tag)).toBe(tagOf(AMS, tag));
        const after = (await verified(fields + octets, records)).arc.result;
        expect(after).toBe(before === "fail" ? "fail" : "pass");
      });
    }
  }
});
