import { describe, expect, test } from "bun:test";
import { Header } from "../../src/mime/header.ts";
import { parseStructure } from "../../src/mime/parser.ts";
import { decodeBody } from "../../src/mime/transfer.ts";
import { decodeWords } from "../../src/mime/words.ts";
import { composeAnswer, matchesPattern, whyNotAnswered } from "../../src/transport/auto-reply.ts";
import { processorMs } from "../timing.ts";

const PERSON = "ann@far.test";

describe("what is answered", () => {
  test.each([
    ["a letter", "", PERSON, true],
    ["Auto-Submitted: no", "Auto-Submitted: no", PERSON, true],
    ["the same with a comment", "Auto-Submitted: (really) No (thanks); x=y", PERSON, true],
    ["an ordinary precedence", "Precedence: first-class", PERSON, true],
    ["no return path", "", "", false],
    ["something that is no address", "", "ann", false],
    ["Auto-Submitted: auto-replied", "Auto-Submitted: auto-replied", PERSON, false],
    ["Auto-Submitted: auto-generated", "AUTO-SUBMITTED:\r\n auto-generated", PERSON, false],
    ["Auto-Submitted: auto-notified with a parameter", "Auto-Submitted: auto-notified; owner-email=x@y", PERSON, false],
    ["Auto-Submitted of the future", "Auto-Submitted: auto-x", PERSON, false],
    ["Precedence: bulk", "Precedence: bulk", PERSON, false],
    ["Precedence: List", "Precedence: List", PERSON, false],
    ["Precedence: junk", "Precedence:  junk (really)", PERSON, false],
    ["List-Id", "List-Id: <list.far.test>", PERSON, false],
    ["List-Unsubscribe", "List-Unsubscribe: <mailto:x@far.test>", PERSON, false],
    ["any other List field", "List-Whatever: x", PERSON, false],
    ["Mailing-List", "Mailing-List: list x@far.test", PERSON, false],
    ["a list by name alone, in its subject", "Subject: List-Id: no", PERSON, true],
    ["a delivery report", "Content-Type: multipart/report; report-type=delivery-status", PERSON, false],
    ["Exchange's wish", "X-Auto-Response-Suppress: DR, OOF", PERSON, false],
    ["Exchange's other wishes", "X-Auto-Response-Suppress: RN", PERSON, true],
    ["MAILER-DAEMON", "", "MAILER-DAEMON@far.test", false],
    ["a list's request address", "", "talk-request@far.test", false],
    ["a list's owner", "", "owner-talk@far.test", false],
    ["a list's owner the other way round", "", "talk-owner@far.test", false],
    ["a list's bounces", "", "talk-bounces+bert=home.test@far.test", false],
    ["a bounce address with a key", "", "bounce+123-bert=home.test@far.test", false],
    ["noreply", "", "No-Reply@far.test", false],
    ["do_not_reply", "", "do_not_reply@far.test", false],
    ["LISTSERV", "", "LISTSERV@far.test", false],
    ["somebody called Owner", "", "mr.owner@far.test", true],
    ["somebody who requests", "", "request@far.test", true],
  ])("%s", (_what, field, reversePath, answered) => {
    const header = new Header(`${field}${field === "" ? "" : "\r\n"}From: ann@far.test\r\n\r\n`);
    expect(whyNotAnswered(header, reversePath) === undefined).toBe(answered);
  });
});

describe("the list of those who get none", () => {
  test.each([
    ["ann@far.test", "Ann@FAR.test", true],
    ["ann@far.test", "hann@far.test", false],
    ["*@far.test", "ann@far.test", true],
    ["*@far.test", "ann@very.far.test", false],
    ["*far.test", "ann@very.far.test", true],
    ["ann@*", "ann@far.test", true],
    ["*news*@*.test", "daily-news-1@far.test", true],
    ["*news*@*.test", "daily@far.test", false],
    ["a*a", "a", false],
    ["a*a", "aa", true],
    ["**", "x@y", true],
    ["ÄRGER@*", "ärger@far.test", true],
    ["a.b@far.test", "axb@far.test", false],
    ["", "x@y", false],
  ])("%s and %s", (pattern, address, expected) => {
    expect(matchesPattern([pattern], address)).toBe(expected);
  });

  test("a pattern of stars takes no longer than it has characters", () => {
    const began = processorMs();
    const pattern = `${"*a".repeat(150)}*b`;
    for (let round = 0; round < 100; round++) matchesPattern([pattern], "a".repeat(320));
    expect(processorMs() - began).toBeLessThan(200);
  });
});

const answer = {
  ...{ from: "bert@home.test", name: "Bert", to: PERSON, subject: "", text: "I am away." },
  ...{ now: Date.UTC(2026, 5, 1), messageId: "auto-1@mail.home.test" },
};

function composed(fields: string, changes: Partial<typeof answer> = {}) {
  const octets = composeAnswer(new Header(`${fields}\r\n\r\n`), { ...answer, ...changes });
  const { root } = parseStructure(octets);
  const body = Buffer.from(decodeBody(octets.subarray(root.bodyStart, root.bodyEnd), root.encoding)).toString("utf8");
  return { text: Buffer.from(octets).toString("utf8"), header: new Header(octets), body };
}

describe("the answer", () => {
  test("is a reply, and says that a machine wrote it", () => {
    const { header, body } = composed("Subject: Hello\r\nMessage-ID: <1@far.test>\r\nReferences: <0@far.test>");
    expect(header.get("from")).toBe("Bert <bert@home.test>");
    expect(header.get("to")).toBe(PERSON);
    expect(header.get("subject")).toBe("Auto: Hello");
    expect(header.get("auto-submitted")).toBe("auto-replied");
    expect(header.get("in-reply-to")).toBe("<1@far.test>");
    expect(header.get("references")).toBe("<0@far.test> <1@far.test>");
    expect(header.get("message-id")).toBe("<auto-1@mail.home.test>");
    expect(header.get("date")).toContain("Jun 2026");
    expect(body).toBe("I am away.\r\n");
  });

  test("is text in any language, in lines of bounded length", () => {
    const long = `${"Grüße aus dem Süden — bis bald. ".repeat(20)}=\n.\n trailing \nlast`;
    const { text, header, body } = composed("Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=", {
      text: long,
      name: "Bärbel, Süß",
    });
    expect(/^[\x00-\x7f]*$/.test(text)).toBe(true);
    expect(Math.max(...text.split("\r\n").map((line) => line.length))).toBeLessThanOrEqual(78);
    expect(body).toBe(`${long.replaceAll("\n", "\r\n")}\r\n`);
    expect(decodeWords(header.get("subject") ?? "")).toBe("Auto: Grüße");
    expect(decodeWords(header.get("from") ?? "")).toBe("Bärbel, Süß <bert@home.test>");
  });

  test.each([
    ["the subject that was set", { subject: "Away\r\nBcc: x@evil.test" }, ""],
    ["the subject that is answered", {}, "Subject: x\r\n =?UTF-8?Q?=0D=0ABcc:_x@evil.test?="],
    ["the name", { name: "B\r\nBcc: x@evil.test" }, ""],
    ["the return path", { to: "x\r\nBcc: x@evil.test" }, ""],
    ["the Message-ID", {}, "Message-ID: <1@x>\r\n\tBcc: x@evil.test"],
    ["the references", {}, "Message-ID: <1@x>\r\nReferences: <a@x\r\n\tBcc: x@evil.test> <b@x>"],
  ])("%s begins no field", (_what, changes, fields) => {
    const { header } = composed(fields === "" ? "Subject: x" : fields, changes);
    expect(header.get("bcc")).toBeUndefined();
    expect(header.fields.map((field) => field.key).filter((key) => key === "to")).toHaveLength(1);
  });

  test("bounds what it repeats", () => {
    const references = Array.from({ length: 3_000 }, (_, index) => `<${index}@far.test>`).join("\r\n ");
    const { header } = composed(`Subject: ${"x".repeat(50_000)}\r\nMessage-ID: <1@x>\r\nReferences: ${references}`);
    expect(header.get("subject")?.length).toBeLessThan(220);
    expect(header.get("references")?.split(" ")).toHaveLength(21);
  });

  test.each([
    ["nothing", "Subject: x", undefined, undefined],
    ["a broken one", "Message-ID: 1@far.test", undefined, undefined],
    ["In-Reply-To alone", "Message-ID: <2@x>\r\nIn-Reply-To: <1@x>", "<2@x>", "<1@x> <2@x>"],
    ["several in In-Reply-To", "Message-ID: <3@x>\r\nIn-Reply-To: <1@x> <2@x>", "<3@x>", "<3@x>"],
  ])("refers to %s", (_what, fields, inReplyTo, references) => {
    const { header } = composed(fields);
    expect(header.get("in-reply-to")).toBe(inReplyTo);
    expect(header.get("references")).toBe(references);
  });

  test("without a text says at least that the message arrived", () => {
    expect(composed("Subject: x", { text: " \n" }).body).toStartWith("Your message has arrived.");
  });
});
