/** ftp:// through the web proxy, with curl; the server behind it is a second executable. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readListLine, readMlsdLine } from "../../src/gateway/ftp/listing.ts";
import { parseFtpPath } from "../../src/services/proxy/ftp.ts";
import { Gatepost, PASSWORD, run, succeed, temporaryFolder } from "../harness.ts";

let far: Gatepost;
let near: Gatepost;
const TEXT = "line\n".repeat(1_000);
const OCTETS = crypto.getRandomValues(new Uint8Array(600_000));

beforeAll(async () => {
  [far, near] = await Promise.all([
    Gatepost.start({ users: ["anna"] }),
    Gatepost.start({ users: ["bert"], settings: ["gateway.reachable=127.0.0.0/8"] }),
  ]);
  await far.command(["user", "set", "anna", "grant=ftp.login,ftp.modify"]);
  await near.command(["user", "set", "bert", "grant=http.proxy"]);
  const work = temporaryFolder("ftp-web");
  for (const [name, content] of [
    ["a b.txt", TEXT],
    ["<i>ä.bin", OCTETS],
  ] as const) {
    writeFileSync(join(work, "file"), content);
    const at = `ftp://anna:${PASSWORD}@127.0.0.1:${far.port(21)}/below/${encodeURIComponent(name)}`;
    await succeed(["curl", "-sS", "--ftp-create-dirs", "-T", join(work, "file"), at]);
  }
}, 60_000);
afterAll(async () => {
  await Promise.all([far?.remove(), near?.remove()]);
});

const curl = (path: string, ...options: string[]) =>
  run([
    ...["curl", "-sS", "--max-time", "20", "-x", `http://bert:${PASSWORD}@127.0.0.1:${near.port(3128)}`, ...options],
    `ftp://anna:${PASSWORD}@127.0.0.1:${far.port(21)}${path}`,
  ]);

test("a file comes with its length, time and type", async () => {
  expect((await curl("/below/a%20b.txt")).out).toBe(TEXT);
  const head = (await curl("/below/a%20b.txt", "-I")).out;
  expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(head).toContain("Content-Length: 5000\r\n");
  expect(head).toMatch(/Last-Modified: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT\r\n/);
  expect(head).toContain("Content-Type: text/plain");
});

test("a large file, and its rest", async () => {
  const whole = await fetchOctets("/below/%3Ci%3E%C3%A4.bin");
  expect(whole.equals(Buffer.from(OCTETS))).toBe(true);
  const rest = await fetchOctets("/below/%3Ci%3E%C3%A4.bin", "-H", "Range: bytes=500000-");
  expect(rest.equals(Buffer.from(OCTETS.subarray(500_000)))).toBe(true);
});

async function fetchOctets(path: string, ...options: string[]): Promise<Buffer> {
  const file = join(temporaryFolder("ftp-web"), "out");
  const said = await curl(path, "-o", file, ...options);
  expect(said).toEqual({ code: 0, out: "", error: "" });
  return Buffer.from(await Bun.file(file).arrayBuffer());
}

test("a folder is a page of links, and nothing in a name becomes markup", async () => {
  const page = (await curl("/below/")).out;
  expect(page).toContain('href="./a%20b.txt"');
  expect(page).toContain('href="./%3Ci%3E%C3%A4.bin"');
  expect(page).toContain("&lt;i&gt;ä.bin");
  expect(page).not.toContain("<i>");
  expect(page).toContain("One folder up");
  expect((await curl("/")).out).not.toContain("One folder up");
});

test.each([
  ["a folder without its slash", "/below", [], 301, "Location: ftp://"],
  ["a file that is not there", "/below/none", [], 404, ""],
  ["a folder that is not there", "/none/", [], 404, ""],
  ["two commands in one", "/below/a%0d%0aDELE%20a", [], 400, ""],
  ["changing something", "/below/a%20b.txt", ["-X", "DELETE"], 405, "Allow: GET, HEAD"],
])("%s", async (_what, path, options, status, field) => {
  const { out } = await curl(path, "-i", ...options);
  expect(out).toStartWith(`HTTP/1.1 ${status} `);
  expect(out).toContain(field);
});

test("a wrong login is asked for under the server's name, by a field or in the address", async () => {
  const proxy = ["curl", "-sS", "-i", "-x", `http://bert:${PASSWORD}@127.0.0.1:${near.port(3128)}`];
  const url = `ftp://127.0.0.1:${far.port(21)}/below/a%20b.txt`;
  const refused = (await run([...proxy, url])).out;
  expect(refused).toStartWith("HTTP/1.1 401 ");
  expect(refused).toContain(`WWW-Authenticate: Basic realm="FTP 127.0.0.1:${far.port(21)}"`);
  const basic = Buffer.from(`anna:${PASSWORD}`).toString("base64");
  expect((await run([...proxy, "-H", `Authorization: Basic ${basic}`, url])).out).toEndWith(TEXT);
});

test("who may not use the proxy, or go there, does not", async () => {
  const url = `ftp://127.0.0.1:${far.port(21)}/`;
  const open = ["curl", "-sS", "-i", "-x", `http://127.0.0.1:${near.port(3128)}`, url];
  expect((await run(open)).out).toStartWith("HTTP/1.1 407 ");
  await near.set("gateway.reachable=");
  expect((await curl("/", "-i")).out).toStartWith("HTTP/1.1 403 ");
  await near.set("gateway.reachable=127.0.0.0/8");
});

test.each([
  ["/a/b.txt", { folders: ["a"], file: "b.txt", text: false }],
  ["/", { folders: [], file: undefined, text: false }],
  ["//etc/motd;type=a", { folders: ["/", "etc"], file: "motd", text: true }],
  ["/a/b;type=d", { folders: ["a", "b"], file: undefined, text: false }],
  ["/%2Fetc/", { folders: ["/etc"], file: undefined, text: false }],
])("the path %s", (path, wanted) => {
  expect(parseFtpPath(path)).toEqual(wanted);
});

test("listings of several servers are read, and what they should not say is not", () => {
  const unix = "-rw-r--r--   1 ftp      ftp       1048576 Nov 22 14:05 a file.bin";
  expect(readListLine(unix)).toMatchObject({ name: "a file.bin", kind: "file", size: 1048576 });
  expect(readListLine("drwxr-xr-x 2 0 0 4096 Jan 1 2024 pub")).toMatchObject({ name: "pub", kind: "folder" });
  expect(readListLine("lrwxrwxrwx 1 0 0 7 Jan 1 2024 here -> /etc")).toMatchObject({ name: "here", kind: "link" });
  expect(readListLine("11-22-26  02:05PM       <DIR>          docs")).toMatchObject({ name: "docs", kind: "folder" });
  expect(readListLine("11-22-26  02:05PM            12345 a.txt")).toMatchObject({ name: "a.txt", size: 12345 });
  for (const line of ["total 12", "", "-rw-r--r-- 1 a b 1 Jan 1 2024 ../../x", "x".repeat(5_000)])
    expect(readListLine(line)).toBeUndefined();
  const facts = "type=file;size=12;modify=20261122140500.123; a b.txt";
  expect(readMlsdLine(facts)).toEqual({ name: "a b.txt", kind: "file", size: 12, modified: "2026-11-22 14:05" });
  for (const line of ["type=cdir; /", "type=pdir; ..", "type=file; ..", "type=file; a/b", "type=file;a"])
    expect(readMlsdLine(line)).toBeUndefined();
});
