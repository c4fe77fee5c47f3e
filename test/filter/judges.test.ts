/** rspamd and SpamAssassin: what they are asked and told, what becomes of what they say, and what they cannot do to us. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Finding } from "../../src/filter/judgement.ts";
import { findingsOf } from "../../src/filter/scanners/outer-verdict.ts";
import { scannerSettings } from "../../src/filter/scanners/settings.ts";
import { spamSettings } from "../../src/filter/spam-settings.ts";
import { type FakeScanner, fakeScanner } from "./fake-scanner.ts";
import { FilterHouse } from "./house.ts";

let house: FilterHouse;
const scanners: FakeScanner[] = [];

beforeAll(async () => {
  house = await FilterHouse.open({}, (house) => house.spam.panel());
  await house.set({ exempt: [], dnsSeconds: 0.1 });
  await house.store.settings.set(spamSettings, { tarpitSeconds: 0, greylistMinutes: 0 });
});

afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

const NONE = { rspamd: "", rspamdController: "", spamassassin: "", spamassassinLearns: false } as const;
beforeEach(async () => await set({ ...NONE, weigh: "beside", rspamdFactor: 0.5, spamassassinFactor: 1, seconds: 5 }));

afterEach(() => {
  for (const scanner of scanners.splice(0)) scanner.close();
});

const set = async (patch: Parameters<typeof house.store.settings.set<typeof scannerSettings.schema>>[1]) =>
  await house.store.settings.set(scannerSettings, patch);

async function scanner(...how: Parameters<typeof fakeScanner>): Promise<FakeScanner> {
  const made = await fakeScanner(...how);
  scanners.push(made);
  return made;
}

/** Answers once the message is there. */
const saying = (answer: string) => (socket: Parameters<Parameters<typeof fakeScanner>[0]>[0], asked: Buffer) => {
  const end = asked.indexOf("\r\n\r\n");
  const length = Number(/^content-length: (\d+)\r$/im.exec(asked.toString("latin1"))?.[1]);
  if (end !== -1 && asked.length >= end + 4 + length) socket.end(answer);
};

const JSON_ANSWER = {
  score: 12,
  required_score: 15,
  symbols: {
    SUBJ_ALL_CAPS: { score: 3, description: "All capital letters in subject" },
    "EVIL\r\nX-Field: y": { score: 8.5, description: "\u202etwo\r\nlines" },
    MIME_GOOD: { score: -0.1 },
    NOTHING: { score: 0, description: "does not count" },
  },
};
const RSPAMD = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(JSON_ANSWER)}`;
const SPAMD = [
  ...["SPAMD/1.1 0 EX_OK", "Content-length: 500", "Spam: True ; 7.3 / 5.0", "", "Content analysis details:"],
  ...["", " pts rule name              description", "---- ---------------------- ---------------"],
  ...[" 5.5 DRUGS_ERECTILE         Refers to an erectile", "                            drug"],
  ...["-0.0 NO_RELAYS              Informational", " 1.8 SUBJ_ALL_CAPS          Subject is all capitals", ""],
].join("\r\n");

/** The same letter from other hands each time. */
const receive = (letter: string, options: Parameters<typeof house.receive>[1] = {}) =>
  house.receive(letter, { from: `${crypto.randomUUID()}@example.com`, ...options });

const LETTER =
  "From: Ben <ben@example.com>\r\nTo: anna@home.test\r\nSubject: Lunch\r\nMessage-ID: <1@example.com>\r\n" +
  "Date: Mon, 1 Jun 2026 12:00:00 +0000\r\n\r\nShall we meet at noon?\r\n";

const findings = (test: string) =>
  ((house.logged("message.judged").at(-1)?.data?.findings ?? []) as Finding[]).filter((one) => one.test === test);
const results = (test: string) => findings(test).map(({ result, points }) => `${result}:${points}`);
const total = (test: string) => findings(test).reduce((sum, { points }) => sum + points, 0);

describe("rspamd", () => {
  test("is told who brings a message, and what it finds stands beside our own findings", async () => {
    const rspamd = await scanner(saying(RSPAMD));
    await set({ rspamd: rspamd.place });
    await receive(LETTER, { to: ["anna@home.test", "bert@home.test"], helo: "mx\r\nevil: 1", from: "eve@example.com" });
    const asked = rspamd.asked[0]?.toString() ?? "";
    expect(asked).toStartWith("POST /checkv2 HTTP/1.0\r\nIP: 192.0.2.1\r\nHelo: mx??evil: 1\r\n");
    for (const field of ["From: eve@example.com", "Rcpt: bert@home.test", "Deliver-To: anna@home.test"]) {
      expect(asked).toContain(`\r\n${field}\r\n`);
    }
    expect(asked).toEndWith(`\r\n\r\n${LETTER}`);
    expect(results("rspamd")).toEqual(["score:0.3", "EVIL_X-Field__y:4.25", "SUBJ_ALL_CAPS:1.5", "MIME_GOOD:-0.05"]);
    expect(total("rspamd")).toBe(6);
    expect(findings("rspamd")[0]?.sentence).toBe("rspamd gives it 12 of 15 points.");
    expect(findings("rspamd")[1]?.sentence).toBe("rspamd: two lines.");
  });

  test("counts instead of our own findings where that is set, as long as it answers", async () => {
    const rspamd = await scanner(saying(RSPAMD.replace('"score":12', '"score":2')));
    await set({ rspamd: rspamd.place, weigh: "instead" });
    await receive(LETTER.replace("Lunch", "YOU HAVE WON THE LOTTERY"));
    expect(findings("header").every(({ points }) => points === 0)).toBe(true);
    rspamd.close();
    await receive(LETTER.replace("Lunch", "YOU HAVE WON THE LOTTERY"));
    expect(findings("rspamd").map(({ result }) => result)).toEqual(["silent"]);
    expect(total("header")).toBeGreaterThan(1);
  });

  const liars: [string, Parameters<typeof fakeScanner>[0]][] = [
    ["never answers", () => {}],
    ["answers without end", (socket) => socket.write("x".repeat(2_000_000))],
    ["is no rspamd", (socket) => socket.end("220 mail ESMTP\r\n")],
    ["answers no JSON", saying("HTTP/1.1 200 OK\r\n\r\n{")],
    ["answers a list", saying("HTTP/1.1 200 OK\r\n\r\n[]")],
    ["gives no number", saying('HTTP/1.1 200 OK\r\n\r\n{"score":"1e999","required_score":15}')],
    ["refuses", saying("HTTP/1.1 403 No\r\n\r\n")],
  ];
  test.each(liars)("that %s changes nothing", async (_, answer) => {
    const rspamd = await scanner(answer);
    await set({ rspamd: rspamd.place, seconds: 0.2 });
    await receive(LETTER);
    expect(results("rspamd")).toEqual(["silent:0"]);
  });
});

describe("SpamAssassin", () => {
  test("sees who brings a message, and each of its rules is a finding", async () => {
    const spamd = await scanner(saying(SPAMD));
    await set({ spamassassin: spamd.place });
    await receive(LETTER, { helo: "mx.example.com\r\nX: y", from: "eve@example.com" });
    const asked = spamd.asked[0]?.toString() ?? "";
    expect(asked).toStartWith("REPORT SPAMC/1.5\r\nContent-length: ");
    expect(asked).toContain(
      "\r\n\r\nReturn-Path: <eve@example.com>\r\nReceived: from mx.example.com??X:?y (unknown [192.0.2.1])\r\n\tby ",
    );
    expect(asked).toEndWith(LETTER);
    expect(results("spamassassin")).toEqual(["score:0", "DRUGS_ERECTILE:5.5", "SUBJ_ALL_CAPS:1.8"]);
    expect(findings("spamassassin")[1]?.sentence).toBe("SpamAssassin: Refers to an erectile drug.");
  });

  test("that fails changes nothing", async () => {
    for (const answer of ["SPAMD/1.1 69 EX_UNAVAILABLE\r\n\r\n", "SPAMD/1.1 0 EX_OK\r\n\r\n", "+OK\r\n"]) {
      const spamd = await scanner(saying(answer));
      await set({ spamassassin: spamd.place });
      await receive(LETTER);
      expect(results("spamassassin")).toEqual(["silent:0"]);
    }
  });
});

test("both are taught what people move into Junk and out of it", async () => {
  const [controller, spamd] = [await scanner(saying("HTTP/1.1 200 OK\r\n\r\n{}")), await scanner(saying(SPAMD))];
  const uid = await house.put(house.folderId("anna"), LETTER.replace("<1@", "<2@"));
  await set({
    ...{ rspamdController: controller.place, rspamdPassword: "secret" },
    ...{ spamassassin: spamd.place, spamassassinLearns: true },
  });
  await house.mailstore.copy(house.folderId("anna"), [uid], house.folderId("anna", "Junk"), { move: true });
  await house.spam.settled();
  expect(controller.asked[0]?.toString()).toStartWith("POST /learnspam HTTP/1.0\r\nPassword: secret\r\n");
  expect(spamd.asked[0]?.toString()).toStartWith("TELL SPAMC/1.5\r\nMessage-class: spam\r\nSet: local\r\n");
  expect(spamd.asked[0]?.toString()).toContain("Shall we meet");
});

test("points are bounded, whatever a judge says", () => {
  const tests = [{ name: "HUGE", points: 1e300, about: "x" }];
  const found = findingsOf("rspamd", { score: Number.POSITIVE_INFINITY, required: Number.NaN, tests }, 10);
  expect(found.every(({ points }) => Math.abs(points) <= 100)).toBe(true);
});
