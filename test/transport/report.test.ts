import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { composeReport, type ReportInput, type ReportKind } from "../../src/transport/report.ts";
import { processorMs } from "../timing.ts";
import { reportParts } from "./world.ts";

const NOW = Date.UTC(2026, 5, 1, 12);
const header = Buffer.from("From: a@b.test\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <1@b.test>\r\n\r\n");

function input(changes: Partial<ReportInput> = {}): ReportInput {
  return {
    kind: "failed",
    hostname: "mail.home.test",
    from: "postmaster@home.test",
    now: NOW,
    id: "id1",
    recipients: [
      {
        address: "x@far.test",
        status: "5.1.1",
        remote: "mx.far.test",
        reply: "550 5.1.1 No",
        sentence: "mx said: 550 5.1.1 No",
        lastAttempt: NOW,
      },
    ],
    message: { reversePath: "a@b.test", arrivedAt: NOW - 1000, header, full: false },
    ...changes,
  };
}

/** The whole report, with the given message in it where it is returned in full. */
function whole(given: ReportInput, octets = ""): string {
  const { head, tail } = composeReport(given);
  return Buffer.concat([head, Buffer.from(octets), tail]).toString("utf8");
}

describe("a report", () => {
  test.each(["failed", "delayed", "delivered", "relayed"] as const)(
    "of kind %s has its three parts and says what happened",
    (kind: ReportKind) => {
      const { fields, human, returned } = reportParts(whole(input({ kind })));
      expect(fields[0]?.get("Reporting-MTA")).toBe("dns; mail.home.test");
      expect(fields[1]?.get("Action")).toBe(kind);
      expect(human).toContain("x@far.test");
      expect(human).toContain("Subject: Grüße");
      expect(returned).toBe("From: a@b.test\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <1@b.test>\r\n");
    },
  );

  test("returns a header full of bare line ends at once", () => {
    const bare = Buffer.from(`Subject: a\r\nX: ${"\r".repeat(32_000)}x\r\n\r\n`);
    const started = processorMs();
    const { returned } = reportParts(whole(input({ message: { ...input().message, header: bare } })));
    expect(processorMs() - started).toBeLessThan(300);
    expect(returned.startsWith("Subject: a\r\nX: \r\r")).toBe(true);
    expect(returned.endsWith("\rx\r\n")).toBe(true);
  });

  test("answers its message and is answered by no machine", () => {
    const text = whole(input());
    expect(text).toContain("\r\nIn-Reply-To: <1@b.test>\r\nReferences: <1@b.test>\r\nAuto-Submitted: auto-replied\r\n");
  });

  test("holds the whole message where it should", () => {
    const message = { ...input().message, full: true };
    const { returned, returnedType } = reportParts(whole(input({ message }), `${header}body\r\n`));
    expect(returnedType).toBe("message/rfc822");
    expect(returned).toBe(`${header}body\r\n`);
  });

  test("says when the last attempt was and until when others follow", () => {
    const recipients = [
      { ...input().recipients[0], address: "x@far.test", status: "4.4.1", sentence: "s", retryUntil: NOW },
    ];
    const { fields, human } = reportParts(whole(input({ kind: "delayed", recipients })));
    expect(fields[1]?.has("Last-Attempt-Date")).toBe(true);
    expect(fields[1]?.has("Will-Retry-Until")).toBe(true);
    expect(human).toContain("it will come back to you");
  });

  test("cuts a header that is very long", () => {
    const long = Buffer.from(`${"X-Long: yes\r\n".repeat(10_000)}\r\n`);
    const { returned } = reportParts(whole(input({ message: { ...input().message, header: long } })));
    expect(returned.length).toBeLessThan(33_000);
    expect(returned).toEndWith("X-Long: yes\r\n");
  });

  test("stays a report with the same fields, whatever strangers put into names, replies and addresses", () => {
    const text = fc.string({ unit: "binary", maxLength: 300 });
    fc.assert(
      fc.property(text, text, text, text, text, (address, reply, sentence, envid, orcpt) => {
        const recipients = [{ address, reply, sentence, remote: reply, status: "5.0.0", orcpt: `rfc822;${orcpt}` }];
        const message = { ...input().message, envid, helo: orcpt };
        const report = whole(input({ recipients, message }));
        const { fields } = reportParts(report);
        expect(fields).toHaveLength(2);
        expect([...(fields[0]?.keys() ?? [])]).toEqual([
          "Reporting-MTA",
          "Original-Envelope-Id",
          "Received-From-MTA",
          "Arrival-Date",
        ]);
        expect([...(fields[1]?.keys() ?? [])]).toEqual([
          "Original-Recipient",
          "Final-Recipient",
          "Action",
          "Status",
          "Remote-MTA",
          "Diagnostic-Code",
        ]);
        expect(report).not.toMatch(/\r(?!\n)|(?<!\r)\n/);
      }),
      { numRuns: 500 },
    );
  });
});
