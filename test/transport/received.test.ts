import { describe, expect, test } from "bun:test";
import type { Origin } from "../../src/transport/envelope.ts";
import { countHops, mailDate, receivedField, returnPathField } from "../../src/transport/received.ts";

const NOW = Date.UTC(2026, 6, 1, 8, 52, 37);
const origin: Origin = {
  kind: "smtp",
  remote: "192.0.2.7",
  helo: "client.example.net",
  protocol: "ESMTPS",
  session: "s1",
  trace: "t1",
  tls: { version: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256" },
};

/** The field on one line. */
function unfolded(field: string): string {
  return field.replace(/\r\n /g, " ").trimEnd();
}

describe("Received", () => {
  test("says from whom, by whom, how, under which id, for whom and when", () => {
    expect(unfolded(receivedField(origin, "mail.example.test", ["anna@example.test"], NOW))).toBe(
      `Received: from client.example.net ([192.0.2.7]) by mail.example.test (Gatepost) with ESMTPS (TLSv1.3 TLS_AES_128_GCM_SHA256) id t1 for <anna@example.test>; ${mailDate(NOW)}`,
    );
  });

  test("names nobody where there are several recipients", () => {
    expect(receivedField(origin, "m.test", ["a@b.test", "c@b.test"], NOW)).not.toContain(" for ");
  });

  test("shows IPv6 addresses and reverse names as RFC 5321 wants them", () => {
    const six = { ...origin, remote: "2001:db8::7", hostname: "host.example.net" };
    expect(receivedField(six, "m.test", [], NOW)).toContain(
      "from client.example.net (host.example.net [IPv6:2001:db8::7])",
    );
  });

  test("has no from clause for mail made here", () => {
    const own: Origin = { kind: "system", session: "s", trace: "t9" };
    expect(unfolded(receivedField(own, "m.test", [], NOW))).toBe(
      `Received: by m.test (Gatepost) id t9; ${mailDate(NOW)}`,
    );
  });

  test("no client can end the clause or begin a field", () => {
    const nasty = { ...origin, helo: "x (by evil)\r\nBcc: y", hostname: "a b" };
    const field = receivedField(nasty, "m.test", ['"a\r\nX: y"@b.test'], NOW);
    expect(field).toContain("from x?by?evil?Bcc:?y (a?b [192.0.2.7])");
    expect(field.match(/\r\n(?! )/g)).toHaveLength(1);
    expect(returnPathField("a\r\nX: y@b.test")).toBe("Return-Path: <a?X: y@b.test>\r\n");
  });

  test("an address beyond ASCII stands only under a UTF8 protocol", () => {
    expect(receivedField(origin, "m.test", ["jörg@b.test"], NOW)).not.toContain(" for ");
    expect(receivedField({ ...origin, protocol: "UTF8SMTPS" }, "m.test", ["jörg@b.test"], NOW)).toContain(
      " for <jörg@b.test>",
    );
  });
});

describe("hops", () => {
  const header = (...lines: string[]) => Buffer.from(`${lines.join("\r\n")}\r\n\r\n`);

  test("are the Received fields, however they are written", () => {
    expect(
      countHops(
        header(
          "RECEIVED: from a by b.test; x",
          "received:\tby c.test",
          "X-Received: by d",
          "Received-SPF: pass",
          "Subject: Received: x",
        ),
        "m.test",
      ),
    ).toEqual({ hops: 2, own: 0 });
    expect(countHops(new Uint8Array(), "m.test")).toEqual({ hops: 0, own: 0 });
  });

  test("through this server are told by the by clause, folded or not", () => {
    const field = receivedField(origin, "Mail.Example.test", [], NOW).trimEnd();
    expect(
      countHops(
        header(field, "Received: from mail.example.test by other.test; x", field, "Subject: x"),
        "mail.example.test",
      ),
    ).toEqual({ hops: 3, own: 2 });
  });

  test("a continuation line is not a field", () => {
    expect(countHops(header("Subject: x", " Received: by y"), "m.test")).toEqual({ hops: 0, own: 0 });
  });
});
