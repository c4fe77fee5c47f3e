/** TLS on every port that has it, judged by openssl: versions, chain, names, STARTTLS without a way in for plain text. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Dialogue } from "../dialogue.ts";
import { Gatepost, PASSWORD, run, succeed, temporaryFolder } from "../harness.ts";
import { READERS } from "./readers.ts";

let server: Gatepost;
beforeAll(async () => {
  server = await Gatepost.start({ users: ["anna"] });
});
afterAll(() => server.remove());

/** Standard port, and the protocol whose STARTTLS leads to TLS. */
const PORTS: [name: string, port: number, starttls: string | undefined][] = [
  ["smtp", 25, "smtp"],
  ["submission", 587, "smtp"],
  ["submissions", 465, undefined],
  ["imap", 143, "imap"],
  ["imaps", 993, undefined],
  ["pop3", 110, "pop3"],
  ["pop3s", 995, undefined],
  ["https", 443, undefined],
];

/** What `openssl s_client` finds out about a port. */
async function look(port: number, starttls: string | undefined, ...options: string[]): Promise<string> {
  const words = [
    "-connect",
    `127.0.0.1:${server.port(port)}`,
    ...(starttls === undefined ? [] : ["-starttls", starttls]),
  ];
  const { out, error } = await run(["openssl", "s_client", ...words, ...options], { stdin: "" });
  return out + error;
}

describe.each(PORTS)("%s", (_name, port, starttls) => {
  test.each([
    ["-tls1_3", "TLSv1.3"],
    ["-tls1_2", "TLSv1.2"],
  ])("speaks TLS with %s, and its certificate holds for its names", async (option, version) => {
    const root = ["-CAfile", await server.rootFile(), "-verify_return_error", "-brief", option];
    for (const peer of [
      ["-verify_hostname", "mail.example.test", "-servername", "mail.example.test"],
      ["-verify_hostname", "localhost"],
      ["-verify_ip", "127.0.0.1", "-noservername"],
    ]) {
      const said = await look(port, starttls, ...root, ...peer);
      expect(said).toContain(`Protocol version: ${version}`);
      expect(said).toContain("Verification: OK");
    }
  });

  test("refuses versions that are broken", async () => {
    const said = await look(port, starttls, "-brief", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0");
    expect(said).not.toContain("CONNECTION ESTABLISHED");
    expect(said).toMatch(/alert protocol version/);
  });

  test("has no certificate that a stranger's name or root would fit", async () => {
    const root = await server.rootFile();
    expect(await look(port, starttls, "-brief", "-CAfile", root, "-verify_hostname", "evil.test")).toContain(
      "hostname mismatch",
    );
    expect(await look(port, starttls, "-brief", "-verify_return_error", "-no-CAfile", "-no-CApath")).toContain(
      "verify error",
    );
  });
});

test("the root is one that devices take as an authority, and the leaf is not", async () => {
  const text = await succeed(["openssl", "x509", "-in", await server.rootFile(), "-noout", "-text"]);
  expect(text).toContain("CA:TRUE");
  expect(text).toContain("Certificate Sign");
  const shown = await look(993, undefined, "-showcerts");
  const leaf = await succeed(["openssl", "x509", "-noout", "-text"], { stdin: shown });
  expect(leaf).toContain("CA:FALSE");
  expect(leaf).toContain("TLS Web Server Authentication");
  expect(leaf).toContain("DNS:mail.example.test");
});

describe("STARTTLS", () => {
  interface Case {
    readonly port: number;
    readonly before: readonly [say: string, expect: string][];
    readonly start: string;
    readonly go: string;
    /** What an attacker pipelines behind it in plain text. */
    readonly injected: readonly string[];
    /** The first command in TLS and the first line of its answer. */
    readonly after: readonly [say: string, expect: RegExp];
  }
  const CASES: Record<string, Case> = {
    smtp: {
      port: 25,
      before: [["EHLO client.example", "250"]],
      start: "STARTTLS",
      go: "220",
      injected: [
        "EHLO evil.test",
        "MAIL FROM:<evil@elsewhere.test>",
        "RCPT TO:<anna@example.test>",
        "DATA",
        "Subject: evil",
        "",
        ".",
      ],
      after: ["NOOP", /^250 2\.0\.0/],
    },
    imap: {
      port: 143,
      before: [["a CAPABILITY", "a OK"]],
      start: "b STARTTLS",
      go: "b OK",
      injected: ["c NOOP", `d LOGIN anna "${PASSWORD}"`, "e CREATE evil"],
      after: ["f NOOP", /^f OK/],
    },
    pop3: {
      port: 110,
      before: [["NOOP", "-ERR"]],
      start: "STLS",
      go: "+OK",
      injected: ["CAPA", "USER anna", `PASS ${PASSWORD}`, "STAT"],
      after: ["STAT", /^-ERR Log in first/],
    },
  };

  /** Says the first part of a case in clear text. */
  async function begin({ port, before }: Case): Promise<Dialogue> {
    const client = await Dialogue.open({ port: server.port(port) });
    await client.line();
    for (const [say, expected] of before) {
      client.send(say);
      while (!(await client.line()).startsWith(expected.length === 3 ? `${expected} ` : expected));
    }
    return client;
  }

  test.each(Object.entries(CASES))("in %s drops what was pipelined behind it in plain text", async (_name, one) => {
    const client = await begin(one);
    client.send(one.start, ...one.injected);
    await client.expect(one.go);
    await client.startTls();
    const [say, expected] = one.after;
    await client.say(say, expected);
    expect(client.pending).toBe("");
    client.destroy();
  });

  test.each(Object.entries(CASES))("in %s ends with plain text instead of a handshake", async (_name, one) => {
    const client = await begin(one);
    await client.say(one.start, one.go);
    client.send(...one.injected);
    expect(await client.closed()).not.toMatch(/^(250|354|c OK|d OK|\+OK)/m);
    expect((await READERS.imapflow?.(server, "anna"))?.length).toBe(0);
  });

  test.each(Object.entries(CASES))("in %s may be said once", async (_name, one) => {
    const client = await begin(one);
    await client.say(one.start, one.go);
    await client.startTls();
    const again = one.start.replace("b ", "g ");
    await client.say(again, /^(5\d\d |g (BAD|NO) |-ERR )/);
    client.destroy();
  });

  test("forgets in SMTP who the client said it was", async () => {
    const client = await begin(CASES.smtp as Case);
    await client.ask("STARTTLS", "220");
    await client.startTls();
    await client.ask("MAIL FROM:<a@elsewhere.test>", "503");
    client.destroy();
  });
});

test("a certificate brought by the administrator is served for its name at once, on every port", async () => {
  const folder = temporaryFolder("gatepost-certificate");
  const [chain, key] = [join(folder, "chain.pem"), join(folder, "key.pem")];
  await succeed([
    ...["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"],
    ...["-subj", "/CN=other.example.org", "-addext", "subjectAltName=DNS:other.example.org"],
    ...["-keyout", key, "-out", chain],
  ]);
  await upload(readFileSync(chain, "utf8"), readFileSync(key, "utf8"));
  for (const [, port, starttls] of PORTS) {
    const other = ["-servername", "other.example.org", "-verify_hostname", "other.example.org", "-CAfile", chain];
    expect(await look(port, starttls, "-brief", ...other)).toContain("Verification: OK");
    const own = [
      "-servername",
      "mail.example.test",
      "-verify_hostname",
      "mail.example.test",
      "-CAfile",
      await server.rootFile(),
    ];
    expect(await look(port, starttls, "-brief", ...own)).toContain("Verification: OK");
  }
  rmSync(folder, { recursive: true });
});

/** Does what the administrator does on the page of certificates. */
async function upload(chain: string, key: string): Promise<void> {
  const base = `http://127.0.0.1:${server.port(80)}`;
  let cookie = "";
  const page = async (path: string, fields?: Record<string, string>): Promise<string> => {
    const response = await fetch(base + path, {
      redirect: "manual",
      headers: { cookie },
      ...(fields !== undefined && { method: "POST", body: new URLSearchParams(fields) }),
    });
    const cookies = new Map(cookie.split("; ").map((one) => [one.split("=")[0], one] as const));
    for (const one of response.headers.getSetCookie()) cookies.set(one.split("=")[0], one.split(";")[0] ?? "");
    cookie = [...cookies.values()].filter((one) => one !== "").join("; ");
    const text = await response.text();
    if (response.status >= 400) throw new Error(`${path}: ${response.status}\n${text}`);
    return text;
  };
  const token = (text: string) => /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? "";
  await page("/login", { csrf: token(await page("/login")), login: "admin", password: PASSWORD });
  await page("/admin/certificates/upload", { csrf: token(await page("/admin/certificates")), chain, key });
}
