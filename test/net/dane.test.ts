import { describe, expect, test } from "bun:test";
import { createHash, X509Certificate } from "node:crypto";
import { daneProblem, isUsable, type Tlsa, tlsaFrom } from "../../src/net/dane.ts";
import { AUTHORITY, CERTIFICATE } from "../transport/certificates.ts";

const leaf = new X509Certificate(CERTIFICATE);
const authority = new X509Certificate(AUTHORITY);
const keyOf = (certificate: X509Certificate) => certificate.publicKey.export({ type: "spki", format: "der" });
const hex = (octets: Uint8Array) => Buffer.from(octets).toString("hex");
const digest = (name: "sha256" | "sha512", octets: Uint8Array) => createHash(name).update(octets).digest("hex");

function record(text: string): Tlsa {
  return tlsaFrom(text) ?? { usage: -1, selector: -1, matching: -1, data: "" };
}

const MX = ["mx.remote.test"];
const LATER = Date.UTC(2200, 0, 1);

describe("a certificate that is named itself (DANE-EE)", () => {
  test.each([
    ["by its key's SHA-256", `3 1 1 ${digest("sha256", keyOf(leaf))}`],
    ["by its key's SHA-512", `3 1 2 ${digest("sha512", keyOf(leaf))}`],
    ["by its key", `3 1 0 ${hex(keyOf(leaf))}`],
    ["by its SHA-256", `3 0 1 ${digest("sha256", leaf.raw)}`],
    [
      "in capitals, with spaces",
      `3 0 1 ${digest("sha256", leaf.raw)
        .toUpperCase()
        .replace(/(.{8})/g, "$1 ")
        .trim()}`,
    ],
    ["whole", `3 0 0 ${hex(leaf.raw)}`],
  ])("is good %s, whatever its name and its dates", (_how, text) => {
    expect(isUsable(record(text))).toBe(true);
    expect(daneProblem([leaf], [record(text)], ["other.test"], LATER)).toBeUndefined();
  });

  test("is not good by another's key", () => {
    const other = record(`3 1 1 ${digest("sha256", keyOf(authority))}`);
    expect(daneProblem([leaf, authority], [other], MX)).toContain("not the one that its TLSA records name");
  });

  test("is good where one of several records names it: keys change", () => {
    const old = record(`3 1 1 ${"0".repeat(64)}`);
    expect(daneProblem([leaf], [old, record(`3 1 1 ${digest("sha256", keyOf(leaf))}`)], MX)).toBeUndefined();
  });
});

describe("a certificate whose key is of no known kind", () => {
  const unreadable = (certificate: X509Certificate): X509Certificate =>
    Object.create(certificate, {
      raw: { value: certificate.raw },
      publicKey: {
        get() {
          throw new Error("unsupported");
        },
      },
    });

  test("is a problem that can be told, not a fault", () => {
    const named = record(`3 1 1 ${digest("sha256", keyOf(leaf))}`);
    expect(daneProblem([unreadable(leaf)], [named], MX)).toBe("its certificate cannot be read");
  });

  test("is good where it is named whole, and ends a chain where it stands above", () => {
    const other = record(`3 1 1 ${"0".repeat(64)}`);
    const whole = record(`3 0 1 ${digest("sha256", leaf.raw)}`);
    expect(daneProblem([unreadable(leaf)], [other, whole], MX)).toBeUndefined();
    const above = record(`2 0 1 ${digest("sha256", authority.raw)}`);
    expect(daneProblem([leaf, unreadable(authority)], [above], MX)).toContain("no authority of its chain");
  });
});

describe("an authority that is named (DANE-TA)", () => {
  const named = record(`2 0 1 ${digest("sha256", authority.raw)}`);

  test("vouches for the certificates it made, with the right name", () => {
    expect(daneProblem([leaf, authority], [named], MX)).toBeUndefined();
    expect(daneProblem([leaf, authority], [named], ["elsewhere.test", "a.remote.test"])).toBeUndefined();
  });

  test("vouches for no other name, and for none that is out of date", () => {
    expect(daneProblem([leaf, authority], [named], ["elsewhere.test"])).toContain("elsewhere.test");
    expect(daneProblem([leaf, authority], [named], MX, LATER)).toContain("out of date");
  });

  test("has to be shown", () => {
    expect(daneProblem([leaf], [named], MX)).toContain("no authority of its chain");
  });

  test("vouches for nothing that merely stands beside it", () => {
    expect(daneProblem([leaf, leaf, authority], [named], MX)).toContain("no authority of its chain");
  });

  test("is no server: its key does not make a certificate good by itself", () => {
    const itself = record(`2 1 1 ${digest("sha256", keyOf(leaf))}`);
    expect(daneProblem([leaf, authority], [itself], MX)).toContain("no authority of its chain");
  });
});

test.each([
  "0 1 1 00",
  "1 1 1 00",
  "3 2 1 00",
  `3 1 1 ${"0".repeat(62)}`,
  `3 1 2 ${"0".repeat(64)}`,
  "3 1 3 00",
  "3 1 0 ",
])("a record that says nothing about mail servers is not used: %s", (text) => {
  const read = tlsaFrom(text);
  expect(read === undefined || !isUsable(read)).toBe(true);
});

test("a server without a certificate is none of those named", () => {
  expect(daneProblem([], [record(`3 1 1 ${"0".repeat(64)}`)], MX)).toContain("no certificate");
});
