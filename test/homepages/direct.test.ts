/**
 * Home pages that are answered on the client's own connection, and those that the HTTP server answers: nobody can tell them apart. And what
 * hostile clients make of a connection on which both take turns.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync, utimesSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { type Gatepost, until } from "../harness.ts";
import { baseOf, dav, put, raw, startSite } from "./site.ts";

let server: Gatepost;
let folder: string;
/** Older than what is too fresh to be held. */
const lay = (name: string, text: string, age = 3_600) => {
  const at = Date.now() / 1_000 - age;
  writeFileSync(join(folder, name), text);
  utimesSync(join(folder, name), at, at);
};

beforeAll(async () => {
  server = await startSite("homepages.host=pages.example.test", "web.requireTls=false", "lockout.tellPerMinute=0");
  folder = join(server.folder, "files/people/anna/www");
  await put(server, "/index.html", "<!doctype html><title>Anna</title>");
  await dav(server, "MKCOL", "/empty/");
  lay("text.txt", "0123456789".repeat(200));
  lay("picture.png", "x".repeat(100_000));
  lay("large.bin", "0123456789".repeat(70_000));
  lay("large.txt", "0123456789".repeat(70_000));
  const laid = Date.now();
  await until(() => Date.now() - laid > 2_000, "files to be old enough to be held");
});
afterAll(async () => {
  await server?.remove();
  expect(server.log).not.toContain("fault");
});

interface Answer {
  readonly status: number;
  readonly fields: Readonly<Record<string, string>>;
  readonly body: string;
}

const NO_CONTENT = [204, 304];

/** The first answer in some octets, and what stands behind it. */
const firstAnswer = (text: string, method: string): [Answer, string] => {
  const end = text.indexOf("\r\n\r\n");
  const [line = "", ...lines] = text.slice(0, end).split("\r\n");
  const fields = Object.fromEntries(
    lines.map((field) => [
      field.slice(0, field.indexOf(":")).toLowerCase(),
      field.slice(field.indexOf(":") + 1).trim(),
    ]),
  );
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(line)?.[1]);
  const rest = text.slice(end + 4);
  if (method === "HEAD" || NO_CONTENT.includes(status)) return [{ status, fields, body: "" }, rest];
  if (fields["transfer-encoding"] !== "chunked") {
    const length = Number(fields["content-length"]);
    return [{ status, fields, body: rest.slice(0, length) }, rest.slice(length)];
  }
  let [at, body] = [0, ""];
  for (;;) {
    const size = Number.parseInt(rest.slice(at), 16);
    const from = rest.indexOf("\r\n", at) + 2;
    body += rest.slice(from, from + size);
    at = from + size + 2;
    if (!(size > 0)) return [{ status, fields, body }, rest.slice(at)];
  }
};

/** The HTTP server sends a body that it gets as a stream in chunks, whether its length is known or not. */
const OF_THE_CONNECTION = ["date", "connection", "transfer-encoding", "content-length"];

/** What is the same on all connections. */
const comparable = ({ status, fields, body }: Answer) => {
  const others = Object.entries(fields).filter(([name]) => !OF_THE_CONNECTION.includes(name));
  const text = JSON.stringify([status, Object.fromEntries(others.sort()), body]);
  // Boundaries of parts, and tokens for forms.
  return text.replaceAll(/[0-9a-f]{36}|[\w-]{43}/g, "new each time");
};

const head = (method: string, path: string, more: Record<string, string> = {}) => {
  const fields = { Host: "127.0.0.1", ...more };
  return `${method} ${path} HTTP/1.1\r\n${Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n`;
};

const own = { Host: "anna.pages.example.test" };
const REQUESTS: readonly (readonly [string, string, Record<string, string>?])[] = [
  ["GET", "/~anna/text.txt"],
  ["GET", "/%7Eanna/text.txt?query"],
  ["HEAD", "/~anna/text.txt"],
  ["GET", "/~anna/text.txt", { "Accept-Encoding": "gzip, br" }],
  ["GET", "/~anna/text.txt", { Range: "bytes=3-5" }],
  ["GET", "/~anna/text.txt", { Range: "bytes=3-5, 10-12" }],
  ["GET", "/~anna/text.txt", { Range: "bytes=5000-" }],
  ["GET", "/~anna/text.txt", { "If-None-Match": "*" }],
  ["GET", "/~anna/text.txt", { "If-Match": '"other"' }],
  ["GET", "/~anna/text.txt", { "If-Modified-Since": "Fri, 01 Jan 2088 00:00:00 GMT" }],
  ["GET", "/~anna/text.txt", { "If-Unmodified-Since": "Fri, 01 Jan 1988 00:00:00 GMT" }],
  ["GET", "/~anna/text.txt", { "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "script" }],
  ["GET", "/~anna/text.txt", { "Service-Worker": "script" }],
  ["GET", "/~anna/picture.png"],
  ["GET", "/~anna/large.bin"],
  ["HEAD", "/~anna/large.bin"],
  ["GET", "/~anna/large.bin", { Range: "bytes=100000-499999" }],
  ["GET", "/~anna/large.txt", { "Accept-Encoding": "gzip" }],
  ["HEAD", "/~anna/large.txt", { "Accept-Encoding": "gzip" }],
  ["GET", "/~anna/"],
  ["GET", "/~anna"],
  ["GET", "/~anna/empty/"],
  ["HEAD", "/~anna/nothing"],
  ["GET", "/~anna/%2e%2e/%2e%2e/gatepost.db"],
  ["GET", "/~anna/a/../text.txt"],
  ["GET", "/~anna/text.txt%00"],
  ["GET", "/~anna/.hidden"],
  ["GET", "/~nobody/"],
  ["GET", "/text.txt", own],
  ["GET", "/admin", own],
  ["GET", "/", own],
  ["GET", "/text.txt", { Host: "berta.pages.example.test" }],
  ["GET", "/~anna/text.txt", { Host: "127.0.0.1/x" }],
];

/** All answers of one connection on which requests follow each other without a pause; the last of them ends it. */
const pipelined = async (requests: readonly (readonly [string, string])[]): Promise<Answer[]> => {
  let text = await raw(server.port(80), requests.map(([, octets]) => octets).join(""), 10_000);
  const answers: Answer[] = [];
  for (const [method] of requests) {
    const [answer, rest] = firstAnswer(text, method);
    answers.push(answer);
    text = rest;
  }
  expect(text).toBe("");
  return answers;
};

test("what is answered directly is what the HTTP server answers, whether it was ready or not", async () => {
  const closing = { Connection: "close" };
  const expected = await Promise.all(
    REQUESTS.map(async ([method, path, more]) => {
      const [answer] = await pipelined([[method, head(method, path, { ...more, ...closing })]]);
      return answer as Answer;
    }),
  );
  const last = ["GET", head("GET", "/~anna/text.txt", closing)] as const;
  for (let round = 0; round < 3; round++) {
    for (const [index, [method, path, more]] of REQUESTS.entries()) {
      const octets = head(method, path, more);
      const both = await pipelined([[method, octets], [method, octets], last]);
      for (const answer of both.slice(0, 2)) {
        expect(answer.fields.date).toMatch(/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/);
        expect([octets, comparable(answer)]).toEqual([octets, comparable(expected[index] as Answer)]);
      }
    }
  }
  const statuses = new Set(expected.map(({ status }) => status));
  for (const status of [200, 206, 301, 304, 400, 403, 404, 412, 416]) expect([...statuses]).toContain(status);
});

test("requests without a pause are answered in their order, whoever answers", async () => {
  const paths = Array.from({ length: 300 }, (_, at) => ["/text.txt", "/large.bin", "/nothing", "/picture.png"][at % 4]);
  const requests = paths.map((path) => ["GET", head("GET", `/~anna${path}`)] as const);
  const answers = await pipelined([...requests, ["GET", head("GET", "/~anna/text.txt", { Connection: "close" })]]);
  const sizes: Record<string, number> = { "/text.txt": 2_000, "/large.bin": 700_000, "/picture.png": 100_000 };
  for (const [at, path] of paths.entries()) {
    const { status, body } = answers[at] as Answer;
    expect(status).toBe(path === "/nothing" ? 404 : 200);
    if (path !== "/nothing") expect(body.length).toBe(sizes[path as string] as number);
  }
  expect(answers.at(-1)?.body.length).toBe(2_000);
  const connection = await kept();
  const page = head("GET", "/~anna/text.txt");
  expect((await connection.ask(page)).status).toBe(200);
  expect((await connection.ask(`${head("POST", "/~anna/text.txt", { "Content-Length": "4" })}GET `)).status).toBe(405);
  expect((await connection.ask(head("GET", "/login"))).body).toContain("Sign in");
  expect((await connection.ask(page)).body.length).toBe(2_000);
  connection.end();
});

test("a head that two readers could understand in two ways is answered as if it had come first", async () => {
  const good = head("GET", "/~anna/text.txt");
  const hidden = head("GET", "/~anna/picture.png");
  for (const bad of [
    `GET /~anna/text.txt HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n`,
    `GET /~anna/text.txt HTTP/1.1\r\nHost : a\r\n\r\n`,
    `GET /~anna/text.txt HTTP/1.1\r\n\r\n`,
    `GET /~anna/text.txt HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${hidden.length}\r\nTransfer-Encoding: chunked\r\n\r\n${hidden}`,
    `GET /~anna/text.txt HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1, 2\r\n\r\n`,
    `GET /~anna/text.txt HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\r\n continued\r\nConnection: close\r\n\r\n`,
    `GET /~anna/text.txt HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
    `GET http://127.0.0.1/~anna/text.txt HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`,
    `GET /~anna/text.txt HTTP/1.0\r\n\r\n`,
  ]) {
    const alone = (await raw(server.port(80), bad, 500)).replace(/\r\nDate: .*/i, "");
    const [, behind] = firstAnswer(await raw(server.port(80), good + bad, 500), "GET");
    expect([bad, behind.replace(/\r\nDate: .*/i, "")]).toEqual([bad, alone]);
    expect(behind).not.toContain("x".repeat(1_000));
  }
});

/** A connection that is kept, and asked one thing after the other. */
const kept = async (): Promise<{ ask(octets: string): Promise<Answer>; end(): void; readonly socket: Socket }> => {
  const socket = connect(server.port(80), "127.0.0.1");
  await new Promise((resolve) => socket.once("connect", resolve));
  socket.setEncoding("latin1");
  let text = "";
  let wake = () => {};
  socket.on("data", (more) => {
    text += more;
    wake();
  });
  const ask = async (octets: string): Promise<Answer> => {
    socket.write(octets);
    for (;;) {
      const length = Number(/\r\ncontent-length: (\d+)\r\n/i.exec(text)?.[1] ?? Number.NaN);
      if (text.length >= text.indexOf("\r\n\r\n") + 4 + length) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const [answer, rest] = firstAnswer(text, "GET");
    text = rest;
    return answer;
  };
  return { ask, end: () => socket.destroy(), socket };
};

test("a changed file is sent as it is now on a kept connection, however many others ask for it", async () => {
  const octets = head("GET", "/~anna/changing.txt");
  let over = false;
  const crowd = Array.from({ length: 8 }, async () => {
    const connection = await kept();
    while (!over) await connection.ask(octets);
    connection.end();
  });
  const connection = await kept();
  for (let round = 0; round < 300; round++) {
    // Of one length, and of one time to the second: it is another file all the same.
    lay("changing.txt", `round ${String(round).padStart(5)}`);
    expect((await connection.ask(octets)).body).toBe(`round ${String(round).padStart(5)}`);
    expect((await connection.ask(octets)).body).toBe(`round ${String(round).padStart(5)}`);
  }
  rmSync(join(folder, "changing.txt"));
  expect((await connection.ask(octets)).status).toBe(404);
  over = true;
  await Promise.all(crowd);
  connection.end();
});

test("on a kept connection owner, settings and the bars of those behind a proxy hold at once", async () => {
  const connection = await kept();
  const plain = head("GET", "/~anna/text.txt");
  const forwarded = head("GET", "/~anna/text.txt", { "X-Forwarded-For": "10.66.0.9" });
  const three = async (octets: string, status: number) => {
    for (let round = 0; round < 3; round++) expect((await connection.ask(octets)).status).toBe(status);
  };
  await three(plain, 200);
  await server.command(["user", "disable", "anna"]);
  await three(plain, 404);
  await server.command(["user", "enable", "anna"]);
  await three(plain, 200);
  await server.set("homepages.enabled=false");
  await three(plain, 404);
  await server.set("homepages.enabled=true");
  await three(forwarded, 200);
  await server.command(["bar", "add", "10.66.0.9"]);
  await three(forwarded, 200);
  await server.set("web.proxies=127.0.0.1/32");
  expect((await connection.ask(forwarded)).status).toBe(429);
  await three(plain, 200);
  await server.set("web.proxies=");
  await three(forwarded, 200);
  connection.end();
});

test("who asks without reading is not read any further, and holds nobody up", async () => {
  const { socket, end } = await kept();
  socket.pause();
  const octets = head("GET", "/~anna/picture.png");
  const many = octets.repeat(Math.ceil(16_777_216 / octets.length));
  socket.write(many);
  const other = await kept();
  for (let round = 0; round < 50; round++) expect((await other.ask(octets)).body.length).toBe(100_000);
  expect(socket.writableLength).toBeGreaterThan(0);
  other.end();
  end();
});

test("a head that comes octet by octet is answered, also behind one that came whole", async () => {
  const connection = await kept();
  const octets = head("GET", "/~anna/text.txt");
  expect((await connection.ask(octets)).status).toBe(200);
  connection.socket.setNoDelay(true);
  for (const octet of octets.slice(0, -1)) {
    connection.socket.write(octet);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await connection.ask(octets.slice(-1))).body.length).toBe(2_000);
  connection.end();
});

test("pages in a browser's many fields come from their own head as well", async () => {
  const fields = { "User-Agent": "x".repeat(300), Accept: "*/*", Cookie: `gatepost=${"y".repeat(400)}` };
  for (let round = 0; round < 4; round++) {
    const response = await fetch(`${baseOf(server)}/~anna/text.txt`, { headers: fields });
    expect([response.status, (await response.text()).length, response.headers.get("set-cookie")]).toEqual([
      200,
      2_000,
      null,
    ]);
  }
});
