import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { OwnResults } from "../../../src/filter/authentication/own-results.ts";
import { processorMs } from "../../timing.ts";

const HOST = "mail.home.test";

/** The message as it passes, given in pieces that end at these places. */
function passed(message: string, cuts: readonly number[] = []): string {
  const octets = Buffer.from(message, "latin1");
  const filter = new OwnResults(HOST);
  const out: Uint8Array[] = [];
  let from = 0;
  for (const cut of [...cuts, octets.length]) {
    out.push(Uint8Array.from(filter.pass(octets.subarray(from, cut))));
    from = Math.max(from, cut);
  }
  out.push(filter.rest());
  return Buffer.concat(out).toString("latin1");
}

const BODY = "\r\nAuthentication-Results: mail.home.test; dmarc=pass\r\n";

const ours: [what: string, field: string][] = [
  ["a plain field", "Authentication-Results: mail.home.test; spf=pass\r\n"],
  ["any case", "AUTHENTICATION-results: Mail.HOME.test; spf=pass\r\n"],
  ["folded lines", "Authentication-Results:\r\n\tmail.home.test;\r\n spf=pass;\r\n\tdkim=pass\r\n"],
  ["a version", "Authentication-Results: mail.home.test 1; none\r\n"],
  ["comments before the name", "Authentication-Results: (a (nested\\) one)) (b)\r\n (c) mail.home.test; none\r\n"],
  ["a quoted name", 'Authentication-Results: "mail.home\\.test"; none\r\n'],
  ["blanks before the colon", "Authentication-Results \t: mail.home.test; none\r\n"],
  ["no methods", "Authentication-Results: mail.home.test\r\n"],
  ["lines that end in LF alone", "Authentication-Results: mail.home.test;\n spf=pass\n"],
  ["a name that does not come in time", `Authentication-Results: (${"x".repeat(5_000)}) mail.home.test; none\r\n`],
];

const others: [what: string, field: string][] = [
  ["another server's", "Authentication-Results: mx.example.com; spf=pass\r\n"],
  ["a longer name", "Authentication-Results: mail.home.test.example; spf=pass\r\n"],
  ["a name that begins like ours", "Authentication-Results: mail.home; spf=pass\r\n"],
  ["another field", "Authentication-Results-Old: mail.home.test; spf=pass\r\n"],
  ["a field with our name elsewhere", "Subject: Authentication-Results: mail.home.test; spf=pass\r\n"],
  ["an ARC field", "ARC-Authentication-Results: i=1; mail.home.test; spf=pass\r\n"],
  ["a folded line that looks like one", "Subject: x\r\n Authentication-Results: mail.home.test; spf=pass\r\n"],
  ["an empty one", "Authentication-Results:\r\n"],
];

describe("fields with our name are taken out", () => {
  for (const [what, field] of ours) {
    test(what, () => {
      const rest = "Subject: Hello\r\n";
      expect(passed(`${rest}${field}To: you\r\n${BODY}`)).toBe(`${rest}To: you\r\n${BODY}`);
      expect(passed(`${field}${BODY}`)).toBe(BODY);
      expect(passed(rest + field)).toBe(rest);
    });
  }
});

describe("everything else stays", () => {
  for (const [what, field] of others) {
    test(what, () => {
      const message = `Received: x\r\n${field}To: you\r\n${BODY}`;
      expect(passed(message)).toBe(message);
      expect(passed(field)).toBe(field);
    });
  }

  test("a message without a header", () => {
    expect(passed(BODY)).toBe(BODY);
    expect(passed("")).toBe("");
    expect(passed("\n")).toBe("\n");
  });
});

test("it makes no difference where the octets are cut", () => {
  const field = fc.constantFrom(...[...ours, ...others].map(([, text]) => text), "To: a\r\n b\r\n", "x\r\n", "\r", "A");
  const message = fc
    .tuple(fc.array(field, { maxLength: 6 }), fc.constantFrom("", BODY, "\n"))
    .map(([fields, body]) => fields.join("") + body);
  fc.assert(
    fc.property(message, fc.array(fc.nat(400), { maxLength: 30 }), (text, places) => {
      const cuts = places.filter((one) => one <= text.length).sort((a, b) => a - b);
      expect(passed(text, cuts)).toBe(passed(text));
    }),
    { numRuns: 300 },
  );
});

test("octet by octet it is the same too", () => {
  for (const [, field] of [...ours, ...others]) {
    const message = `To: you\r\n${field}${BODY}`;
    const every = Array.from({ length: message.length }, (_, at) => at);
    expect(passed(message, every)).toBe(passed(message));
  }
});

test("a flood of forged fields costs next to nothing", () => {
  const flood = "Authentication-Results: mail.home.test; spf=pass\r\n".repeat(50_000);
  const filter = new OwnResults(HOST);
  const before = processorMs();
  let left = 0;
  const octets = Buffer.from(`${flood}To: you\r\n\r\n`);
  for (let at = 0; at < octets.length; at += 16_384) left += filter.pass(octets.subarray(at, at + 16_384)).length;
  expect(processorMs() - before).toBeLessThan(1_000);
  expect(filter.dropped).toBe(50_000);
  expect(left).toBe("To: you\r\n\r\n".length);
});
