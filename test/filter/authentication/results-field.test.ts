import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Checked, resultsField, resultsValue } from "../../../src/filter/authentication/results-field.ts";

const VISIT = { remote: "192.0.2.1", helo: "mx.example.com", reversePath: "anna@example.com" };

const CHECKED: Checked = {
  iprev: { result: "pass", hostname: "mx.example.com" },
  spf: { result: "pass", identity: "mailfrom", domain: "example.com", sentence: "" },
  dkim: [
    {
      ...{ result: "pass", domain: "example.com", identity: "@example.com", selector: "s1", algorithm: "rsa-sha256" },
      ...{ signature: "AbC+/9=x", testing: false, sentence: "" },
    },
    {
      ...{ result: "fail", domain: "list.example", selector: "k", algorithm: "ed25519-sha256", signature: "xyz" },
      ...{ testing: false, sentence: 'The body was "changed" on the way.' },
    },
  ],
  arc: { result: "pass", sealers: ["list.example"], selector: "k", results: [""], oldestPass: 0, sentence: "" },
  dmarc: {
    ...{ result: "pass", domain: "example.com", policyDomain: "example.com", policy: "reject", disposition: "none" },
    sentence: "",
  },
};

test("every check has a line with what it was about", () => {
  expect(resultsField(resultsValue("mail.home.test", CHECKED, VISIT)).split("\r\n")).toEqual([
    "Authentication-Results: mail.home.test;",
    " iprev=pass (mx.example.com) policy.iprev=192.0.2.1;",
    " spf=pass smtp.mailfrom=anna@example.com;",
    ' dkim=pass header.d=example.com header.i="@example.com" header.s=s1 header.a=rsa-sha256 header.b="AbC+/9=x";',
    " dkim=fail reason=\"The body was 'changed' on the way.\" header.d=list.example header.s=k header.a=ed25519-sha256 header.b=xyz;",
    " arc=pass header.oldest-pass=0 smtp.remote-ip=192.0.2.1;",
    " dmarc=pass (p=reject dis=none) header.from=example.com",
    "",
  ]);
});

test("what was not checked is not there, and nothing at all is “none” (RFC 8601 §2.2)", () => {
  expect(resultsValue("mail.home.test", {}, VISIT)).toBe("mail.home.test;\r\n none");
  expect(resultsValue("mail.home.test", { dkim: [] }, VISIT)).toBe("mail.home.test;\r\n dkim=none");
});

test("the name in HELO stands for an empty return path, and IPv6 is quoted", () => {
  const spf = { result: "none", identity: "helo", domain: "mx.example.com", sentence: "" } as const;
  const visit = { remote: "2001:db8::1", helo: 'mx"; dmarc=pass', reversePath: "" };
  expect(resultsValue("h.test", { iprev: { result: "permerror" }, spf }, visit)).toBe(
    'h.test;\r\n iprev=permerror policy.iprev="2001:db8::1";\r\n spf=none smtp.helo="mx\\"; dmarc=pass"',
  );
});

test("no value begins another line, field or method", () => {
  const text = fc.string({ unit: "binary", maxLength: 400 });
  fc.assert(
    fc.property(text, text, text, (helo, reversePath, domain) => {
      const value = resultsValue(
        "h.test",
        {
          iprev: { result: "pass", hostname: helo },
          spf: { result: "permerror", identity: "mailfrom", domain, sentence: reversePath },
          dkim: [
            {
              ...(CHECKED.dkim?.[1] as NonNullable<Checked["dkim"]>[number]),
              domain,
              sentence: helo,
              selector: reversePath,
            },
          ],
          dmarc: { result: "fail", domain, disposition: "none", sentence: "" },
        },
        { remote: helo, helo, reversePath },
      );
      const lines = value.split("\r\n");
      expect(lines).toHaveLength(5);
      for (const line of lines) expect(line).toMatch(/^[\x20-\x7e]{1,990}$/);
      const bare = lines
        .join("")
        .replace(/"(?:[^"\\]|\\.)*"/g, "")
        .replace(/\([^)]*\)/g, "");
      expect(bare.split(";")).toHaveLength(5);
    }),
  );
});
