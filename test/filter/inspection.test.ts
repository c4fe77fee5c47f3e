/** How the tests of a message are put together, and what a test that fails does to the rest. */
import { expect, test } from "bun:test";
import { type InspectionParts, MessageInspection } from "../../src/filter/inspection.ts";
import type { Finding, Tester, Verdict, Weigher } from "../../src/filter/judgement.ts";
import { parseStructure } from "../../src/mime/parser.ts";
import { Refusal } from "../../src/refusal.ts";
import { type Records, TableDns } from "./table-dns.ts";

const LETTER = Buffer.from("From: ann@example.com\r\nSubject: Hi\r\n\r\nHello.\r\n");
const VISIT = {
  ...{ remote: "192.0.2.1", helo: "mx.example.com", reversePath: "ann@example.com", tls: true, smtputf8: false },
  ...{ trace: "t", session: "s", recipients: [{ address: "bob@home.test", mailboxes: [7] }] },
};
const found = (name: string): Finding => ({ test: name, result: "odd", points: 2, sentence: `${name} found it odd.` });

function tester(name: string, end: () => Promise<Finding[]>, begin = () => {}): Tester {
  return {
    name,
    begin: () => {
      begin();
      return { end };
    },
  };
}

async function judged(
  testers: Tester[],
  weigh: Weigher["weigh"],
  options: Partial<InspectionParts> & { zone?: Record<string, Records> } = {},
) {
  const faults: string[] = [];
  const inspection = new MessageInspection(
    {
      conduct: {
        ...{ spf: true, signatures: true, reverseName: true, dmarc: "apply", dnsSeconds: 5 },
        ...{ trustedForwarders: [], trustedSealers: [] },
      },
      lookups: new TableDns(options.zone ?? {}),
      panel: { testers, weigher: { weigh } },
      ...{ host: "mail.home.test", now: () => 0, random: () => 0 },
      onFault: (doing) => faults.push(doing),
    },
    VISIT,
  );
  await inspection.write(LETTER);
  const structure = parseStructure(LETTER);
  const judgement = await inspection.end({
    structure,
    octets: async function* () {
      yield LETTER;
    },
  });
  return { ...judgement, faults };
}

const nothing: Verdict = { fields: "", junk: new Set() };

test("all tests run at once, after it is known who wrote the message", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const seen: string[] = [];
  const waits = tester("first", async () => {
    await promise;
    return [found("first")];
  });
  const goesOn = tester("second", async () => {
    resolve();
    return [found("second")];
  });
  const judgement = await judged([waits, goesOn], async (mail, findings) => {
    seen.push(mail.authentication.spf.result, ...findings.map((one) => one.test));
    return { fields: "X-Verdict: odd\r\n", junk: new Set([7]) };
  });
  expect(seen).toEqual(["none", "iprev", "spf", "dkim", "dmarc", "first", "second"]);
  expect(judgement.fields).toEndWith("X-Verdict: odd\r\n");
  expect([...judgement.junk]).toEqual([7]);
  expect(judgement.faults).toEqual([]);
});

test("a test that fails says nothing, and the message goes on", async () => {
  const broken = tester("broken", () => Promise.reject(new Error("no")));
  const unwilling = tester(
    "unwilling",
    async () => [],
    () => {
      throw new Error("no");
    },
  );
  const judgement = await judged([broken, unwilling, tester("good", async () => [found("good")])], async () => nothing);
  expect(judgement.findings.map((one) => one.test)).toEqual(["iprev", "spf", "dkim", "dmarc", "good"]);
  expect(judgement.faults).toEqual(["begin to test a message (unwilling)", "test a message (broken)"]);
  const unweighed = await judged([], () => Promise.reject(new Error("no")));
  expect(unweighed.faults).toEqual(["weigh a message"]);
  expect(unweighed.refusal).toBeUndefined();
});

test("what a domain asks to refuse is not tested further, and what it puts aside stays aside", async () => {
  let tested = 0;
  const counting = tester("counting", async () => {
    tested++;
    return [];
  });
  const zone = (policy: string) => ({ "_dmarc.example.com": { TXT: [`v=DMARC1; p=${policy}`] } });
  const refused = await judged([counting], async () => nothing, { zone: zone("reject") });
  expect(refused.refusal?.smtp).toEqual({ code: 550, enhanced: "5.7.1" });
  expect(tested).toBe(0);
  const aside = await judged([counting], async () => nothing, { zone: zone("quarantine") });
  expect([...aside.junk]).toEqual([7]);
  expect(tested).toBe(1);
});

test("the weigher may refuse", async () => {
  const refusal = new Refusal("senderRefused", "This is junk.");
  expect((await judged([], async () => ({ ...nothing, refusal }))).refusal).toBe(refusal);
});
