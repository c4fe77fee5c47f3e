import { expect, test } from "bun:test";
import type { Authentication, DkimOutcome, SpfOutcome } from "../../src/filter/judgement.ts";
import { returnPathOf } from "../../src/filter/proven.ts";

const spf = (result: SpfOutcome["result"], identity: SpfOutcome["identity"] = "mailfrom"): SpfOutcome => ({
  ...{ result, identity, domain: "far.test", sentence: "" },
});
const signed = (domain: string, result: DkimOutcome["result"] = "pass"): DkimOutcome => ({
  ...{ result, domain, selector: "s", algorithm: "rsa-sha256", signature: "", testing: false, sentence: "" },
});
const found = (changes: Partial<Authentication>): Authentication => ({
  iprev: { result: "pass" },
  spf: spf("none"),
  dkim: [],
  arc: { result: "none", sealers: [], results: [], sentence: "" },
  dmarc: { result: "none", domain: "", disposition: "none", sentence: "" },
  ...changes,
});
const failed = { result: "fail", domain: "far.test", disposition: "none", sentence: "" } as const;

test.each([
  ["SPF of its domain", { spf: spf("pass") }, "proven"],
  ["SPF of what the client calls itself", { spf: spf("pass", "helo") }, "unknown"],
  ["a signature of its domain, or of one above", { dkim: [signed("far.test")] }, "proven"],
  ["a signature of another domain", { dkim: [signed("other.test")] }, "unknown"],
  ["a broken signature", { dkim: [signed("far.test", "fail")] }, "unknown"],
  ["nothing", {}, "unknown"],
  ["an answer that did not come", { spf: spf("temperror") }, "unknown"],
  ["a soft word of its domain", { spf: spf("softfail") }, "unknown"],
  ["SPF, which fails, beside a signature", { spf: spf("fail"), dkim: [signed("far.test")] }, "disproven"],
  ["SPF, in a message whose author is another", { spf: spf("pass"), dmarc: failed }, "disproven"],
] as const)("a return path with %s", (_what, changes, expected) => {
  expect(returnPathOf(found(changes as Partial<Authentication>), "ann@mail.far.test")).toBe(expected);
});
