import { describe, expect, test } from "bun:test";
import { createElement } from "hono/jsx";
import { z } from "zod";
import { streamed } from "../../src/web/admin/log.tsx";
import { attentionOf } from "../../src/web/admin/overview.tsx";
import { fieldsOf, labelOf, readValues, strangersIn } from "../../src/web/admin/settings-form.ts";
import { errorsOf } from "../../src/web/form.ts";
import { Aliases } from "../../views/admin/aliases.tsx";
import { Confirm } from "../../views/admin/confirm.tsx";
import { Entry } from "../../views/admin/log.tsx";
import { Traffic } from "../../views/admin/overview.tsx";
import { QueueMessage } from "../../views/admin/queue.tsx";
import { Users } from "../../views/admin/users/list.tsx";
import { ErrorView } from "../../views/error.tsx";
import { Login } from "../../views/login.tsx";
import { momentWords, sizeWords, Toast } from "../../views/parts/telling.tsx";

const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(1)>' onfocus='x`;
const now = Date.UTC(2026, 10, 22, 14, 5);
const frame = {
  assets: { style: "/s.css", scripts: ["/h.js"], icon: "/i.svg", passkeys: "/p.js", fonts: [] },
  csrf: "token",
  now,
  login: HOSTILE,
  webmail: true,
  whole: true,
  waiting: 0,
};

/** No tag and no attribute may come out of a value. */
const expectHarmless = (html: string) => {
  expect(html).not.toContain("<script>alert");
  expect(html).not.toContain("<img src=x");
  expect(html).not.toMatch(/<[^>"]*(?:"[^"]*"[^>"]*)*\sonfocus=/);
};

describe("hostile text in views", () => {
  const line = {
    ...{ address: HOSTILE, mailbox: 1, label: HOSTILE, owner: HOSTILE, note: HOSTILE },
    ...{ primary: false, wildcard: false, ended: false, expiresAt: null },
  };
  const recipient = { address: HOSTILE, state: "waiting", kind: "warn" as const, attempts: 1, lastReply: HOSTILE };
  const user = { login: HOSTILE, fullName: HOSTILE, address: HOSTILE, administers: HOSTILE, lastLogin: null, size: 1 };
  const pages: Record<string, () => unknown> = {
    login: () => Login({ frame, page: { login: HOSTILE, next: HOSTILE, problem: HOSTILE, host: HOSTILE } }),
    error: () => ErrorView({ frame, page: { title: HOSTILE, sentence: HOSTILE, trace: HOSTILE } }),
    users: () =>
      Users({
        frame,
        page: {
          ...{
            search: HOSTILE,
            kind: "user",
            state: HOSTILE,
            sort: "login",
            descending: false,
            page: 1,
            pages: 2,
            total: 2,
          },
          users: [{ ...user, state: { kind: "ok", words: HOSTILE } }],
        },
      }),
    aliases: () =>
      Aliases({
        frame,
        page: {
          ...{
            search: HOSTILE,
            page: 1,
            pages: 1,
            total: 1,
            ...{ kind: "", domain: HOSTILE },
            fields: { address: HOSTILE, mailbox: HOSTILE, note: HOSTILE },
            errors: { address: HOSTILE },
          },
          aliases: [line],
        },
      }),
    queue: () =>
      QueueMessage({
        frame,
        page: {
          ...{
            id: 1,
            from: HOSTILE,
            to: HOSTILE,
            more: 0,
            subject: HOSTILE,
            size: 1,
            createdAt: now,
            state: "waiting",
          },
          ...{ trace: HOSTILE, expiresAt: now, recipients: [recipient] },
          attempts: [{ at: now, destination: HOSTILE, remote: HOSTILE, reply: HOSTILE }],
        },
      }),
    log: () =>
      Entry({
        line: {
          at: now,
          level: "info",
          room: HOSTILE,
          name: HOSTILE,
          text: HOSTILE,
          trace: HOSTILE,
          user: HOSTILE,
          detail: HOSTILE,
        },
      }),
    toast: () => Toast({ kind: "ok", text: HOSTILE }),
    confirm: () =>
      Confirm({
        frame,
        place: "users",
        question: { title: HOSTILE, text: HOSTILE, action: HOSTILE, doIt: HOSTILE, back: "/", fields: { a: HOSTILE } },
      }),
  };
  for (const [name, make] of Object.entries(pages)) {
    test(`is only text: ${name}`, async () => {
      const html = String(await make());
      expect(html).toContain("&lt;script&gt;alert(1)");
      expectHarmless(html);
    });
  }

  test("does not break out of the live log's stream", () => {
    const event = {
      at: now,
      level: "info" as const,
      room: "smtp",
      name: "x",
      text: `a\n\nevent: close\ndata: ${HOSTILE}`,
    };
    const text = streamed([event]);
    for (const row of text.trimEnd().split("\n").slice(1)) expect(row).toStartWith("data: ");
    expectHarmless(text);
  });
});

describe("words", () => {
  test("moments are short", () => {
    const day = 86_400_000;
    expect(momentWords(now + 5 * 60_000, now)).toBe("in 5 min");
    expect(momentWords(now + 5 * 3_600_000, now)).toBe("in 5 h");
    expect(momentWords(now - 400 * day, now)).toMatch(/^\d+ \w+ 2025$/);
    expect(momentWords(now - day, now)).toStartWith("yesterday ");
  });

  test("sizes are in a person's units", () => {
    expect([0, 999, 1500, 25_300_000, 4_300_000_000].map(sizeWords)).toEqual([
      "0 B",
      "999 B",
      "1.5 KB",
      "25 MB",
      "4.3 GB",
    ]);
  });

  test("a setting's name becomes words", () => {
    expect(["maxMessageSize", "requireTls", "smtpPort", "lan"].map(labelOf)).toEqual([
      "Max message size",
      "Require TLS",
      "SMTP port",
      "LAN",
    ]);
  });

  test("the day's traffic is told to those who do not see the picture", () => {
    const hours = Array.from({ length: 24 }, (_, hour) => ({ received: hour, sent: 1 }));
    const html = String(createElement(Traffic as never, { hours, now } as never));
    expect(html).toContain("276 messages were received and 24 sent; at most 23 in one hour.");
  });

  test("draws nothing for an hour without mail", () => {
    const hours = Array.from({ length: 24 }, (_, hour) => ({ received: hour === 5 ? 1 : 0, sent: 0 }));
    const html = String(createElement(Traffic as never, { hours, now } as never));
    expect(html.match(/class="pickets-received" d="M152 150v[^M"]*z"/)).not.toBeNull();
    expect(html).toContain('class="pickets-sent" d=""');
  });
});

describe("what needs attention", () => {
  const health = { version: "1", startedAt: 0, memory: 1, databaseSize: 1, diskFree: 5e10 };
  const calm = { services: [], waitingSince: [], certificates: [], health, domains: 1, now };

  test("is nothing on a calm day", () => {
    expect(attentionOf(calm)).toEqual([]);
  });

  test("is a failed port, a full disk, no domain, long waits and a certificate at its end", () => {
    const port = {
      ...{ id: "imap-993", address: "", port: 993, standardPort: 993, tls: "implicit" as const, enabled: true },
      ...{
        access: "lan" as const,
        state: "failed" as const,
        problem: "Port 993 is taken by another program.",
        connections: 0,
      },
    };
    const certificate = {
      ...{
        id: "1",
        names: ["mail.example"],
        issuer: "x",
        own: true,
        inUse: true,
        standard: true,
        servedFor: [],
        notBefore: 0,
        fingerprint: "",
      },
      notAfter: now + 3 * 86_400_000,
    };
    const found = attentionOf({
      services: [{ name: "imap", label: "IMAP", ports: [port] }],
      waitingSince: [now - 5 * 3_600_000, now - 1000],
      certificates: [certificate],
      health: { ...health, diskFree: 10_000_000 },
      domains: 0,
      now,
    });
    expect(found.map((item) => item.title)).toEqual([
      "IMAP does not listen on port 993",
      "Only 10 MB are free on the disk",
      "There is no domain yet",
      "One message has waited for more than four hours",
      "The certificate for mail.example ends in 3 days",
    ]);
  });
});

describe("settings as a form", () => {
  const schema = z.object({
    relayFor: z
      .union([z.literal("lan"), z.array(z.string())])
      .default([])
      .describe("Networks."),
    minutes: z.array(z.number().min(1)).default([5]),
    servers: z
      .array(z.strictObject({ host: z.string().min(1), port: z.number().default(25), secret: z.string().default("") }))
      .default([]),
    on: z.boolean().default(true),
  });
  const values = schema.parse({ servers: [{ host: "a", secret: "hidden" }, { host: "b" }] });
  const form = {
    relayFor: "",
    minutes: "5",
    "servers.0.host": "a",
    "servers.0.port": "25",
    "servers.0.secret": "",
    "servers.1.host": "b",
    "servers.1.port": "25",
    "servers.1.secret": "",
  };

  test("a word may stand instead of a list", () => {
    expect(readValues(schema, { ...form, relayFor: "lan" }, values).relayFor).toBe("lan");
    expect(readValues(schema, { ...form, relayFor: " 10.0.0.0/8\n\n::1 " }, values).relayFor).toEqual([
      "10.0.0.0/8",
      "::1",
    ]);
  });

  test("an entry that is removed takes its own password along and leaves the others theirs", () => {
    const { servers } = readValues(schema, { ...form, "servers.1.remove": "on" }, values);
    expect(servers).toEqual([{ host: "a", port: 25, secret: "hidden" }]);
    expect(readValues(schema, { ...form, "servers.0.remove": "on" }, values).servers).toEqual([
      { host: "b", port: 25, secret: "" },
    ]);
  });

  test("the empty entry counts only once its own fields are filled in", () => {
    const blank = { "servers.2.blank": "1", "servers.2.host": "", "servers.2.port": "25", "servers.2.secret": "" };
    expect(readValues(schema, { ...form, ...blank }, values).servers).toHaveLength(2);
    expect(readValues(schema, { ...form, ...blank, "servers.2.host": "c" }, values).servers).toHaveLength(3);
  });

  test("an error inside a list stands at the field it belongs to", () => {
    const wrong = schema.safeParse({ ...values, minutes: [5, 0], servers: [{ host: "" }] });
    if (wrong.success) throw new Error("that should not fit");
    const fields = fieldsOf(schema, values, errorsOf(wrong.error));
    expect(fields.find((field) => field.path === "minutes")?.error).toBeDefined();
    const list = fields.find((field) => field.path === "servers");
    if (list?.kind !== "list") throw new Error("servers is no list");
    expect(list.items[0]?.fields.find((field) => field.path === "servers.0.host")?.error).toBeDefined();
  });

  test("a field that no setting has is found", () => {
    expect(strangersIn(schema, { ...form, admin: "1" })).toEqual(["admin"]);
  });
});
