/** Scripts in pages as a visitor sees them: the executable, with curl. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { type Gatepost, succeed, until } from "../harness.ts";
import { dav, put as putFile, startSite } from "../homepages/site.ts";

let server: Gatepost;

beforeAll(async () => {
  server = await startSite("pageScripts.milliseconds=300");
  await server.command(["user", "set", "anna", "grant=http.scripts"]);
  const guide = readFileSync(join(import.meta.dir, "..", "..", "docs", "homepage-scripts.md"), "utf8");
  for (const [, name = "", source = ""] of guide.matchAll(/^`([\w.]+)`:\n\n```html\n(.*?)^```$/gms))
    await write(name, source);
});
afterAll(() => server.remove());

/** Puts a file into somebody's home-page folder. */
const write = (name: string, text: string, login = "anna") => putFile(server, `/${name}`, text, login);

const curl = (path: string, ...more: string[]) =>
  succeed(["curl", "--silent", "--show-error", ...more, `http://127.0.0.1:${server.port(80)}/~anna/${path}`]);

/** Processes of the server that run pages. */
const runners = (): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const isOurs = readFileSync(`/proc/${pid}/status`, "utf8").includes(`PPid:\t${server.pid}\n`);
        return isOurs && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("run-pages");
      } catch {
        return false; // It has gone meanwhile.
      }
    })
    .map(Number);

const exists = (pid: number): boolean => readdirSync("/proc").includes(String(pid));

describe("with curl", () => {
  test("nothing runs before somebody asks for a page that needs it", async () => {
    await write("plain.html", "<p>plain");
    expect(await curl("plain.html")).toBe("<p>plain");
    expect(runners()).toEqual([]);
  });

  test("the guide's pages work", async () => {
    expect(await curl("hello.html?name=Zo%C3%AB")).toContain("<h1>Hello, Zoë</h1>");
    expect(await curl("counter.html")).toContain("number 1.");
    expect(await curl("counter.html")).toContain("number 2.");
    const posted = await curl("guestbook.html", "--data-urlencode", "name=Zoë", "--data", "text=<b>Hi", "--include");
    expect(posted).toMatch(/^HTTP\/1\.1 303 .*\r\n/);
    expect(posted).toMatch(/\r\nlocation: guestbook\.html\r\n/i);
    expect(await curl("guestbook.html")).toContain("&lt;b&gt;Hi");
    const fields = ["name=Zoë", "address=zoe@example.org", "text=Hello"].flatMap((field) => ["--form", field]);
    expect(await curl("contact.html", "--include", ...fields)).toMatch(/\r\nlocation: contact\.html\?sent\r\n/i);
  });

  test("files are included from the owner's folder, and from nowhere else", async () => {
    expect((await dav(server, "MKCOL", "/parts")).status).toBe(201);
    await write("parts/head.html", "<h1><%= title %></h1>");
    await write("with.html", '<% const title = "A" %><!--#include file="parts/head.html" -->');
    expect(await curl("with.html")).toBe("<h1>A</h1>");
    await write("outside.html", '<% include("../../berta/www/secret.html") %>');
    await write("secret.html", "secret of berta", "berta");
    expect(await curl("outside.html")).toContain("This page could not be made");
  });

  test("scripts of those without the permission are neither run nor is the rest of the page changed", async () => {
    await write("page.html", "<%= 1 + 1 %>", "berta");
    const seen = await succeed(["curl", "--silent", `http://127.0.0.1:${server.port(80)}/~berta/page.html`]);
    expect(seen).toBe("<%= 1 + 1 %>");
  });

  test("pages stay behind the fence of their origin, whatever they say", async () => {
    await write("fence.html", "<% response.header('Cache-Control', 'max-age=5') %>x");
    const head = await curl("fence.html", "--include");
    expect(head).toMatch(/\r\ncontent-security-policy: sandbox /i);
    expect(head).not.toMatch(/\r\nset-cookie:/i);
    expect(head).toMatch(/\r\ncache-control: max-age=5\r\n/i);
    await write("cookie.html", "<% response.cookie('a', 'b') %>");
    expect(await curl("cookie.html", "--include")).not.toMatch(/\r\nset-cookie:/i);
  });

  test("a page sees nothing that opens something elsewhere", async () => {
    await write("headers.html", "<%- json([request.headers, request.cookies]) %>");
    const seen = await curl("headers.html", "--user", "anna:password", "--cookie", "gatepost=secret");
    expect(seen).not.toMatch(/authorization|cookie|secret|password/i);
  });
});

describe("what is wrong", () => {
  test("visitors get a reference, and the owner what it stands for", async () => {
    await write("broken.html", "<p>\n<%= nothing %>");
    const text = await curl("broken.html", "--include");
    expect(text).toMatch(/^HTTP\/1\.1 500 /);
    expect(text).not.toContain("nothing");
    const reports = await server.json<{ reference: string; line: number; message: string }[]>(
      "pages",
      "errors",
      "--as",
      "anna",
    );
    expect(reports[0]).toMatchObject({ line: 2, message: "ReferenceError: 'nothing' is not defined" });
    expect(text).toContain(reports[0]?.reference ?? "no reference");
    expect(await server.json<unknown[]>("pages", "errors", "--as", "berta")).toEqual([]);
    await server.command(["pages", "forget", "--as", "anna"]);
    expect(await server.json<unknown[]>("pages", "errors", "--as", "anna")).toEqual([]);
  });

  test("a page that loops inside the engine is ended with its process, and the next is made", async () => {
    await write("loop.html", "<% Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1) %>");
    expect(await curl("loop.html")).toContain("This page could not be made");
    expect(await curl("hello.html")).toContain("Hello, stranger");
  });

  test("what runs pages has no environment, no files and no connection of the server's", async () => {
    await curl("hello.html");
    const [pid = 0] = runners();
    expect(readFileSync(`/proc/${pid}/environ`, "utf8")).toBe("");
    const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    expect(open.filter((path) => path.startsWith(server.folder))).toEqual([]);
    expect(open.filter((path) => path.startsWith("socket:")).length).toBeLessThanOrEqual(2);
  });
});

test("when the server is killed, its processes that run pages end too", async () => {
  await curl("hello.html");
  const looping = curl("loop.html").catch(() => "");
  await until(() => runners().length > 0, "a process");
  const processes = runners();
  await server.kill();
  await until(() => processes.every((pid) => !exists(pid)), "the end of the processes");
  await looping;
  await server.resume();
  expect(await curl("counter.html")).toContain("number 3.");
});
