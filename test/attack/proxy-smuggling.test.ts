/**
 * Requests and responses that two readers could understand in two ways, through the web proxy of the executable. What counts is what
 * reaches an origin that records every octet: exactly the requests that were meant, or nothing and a closed connection. RFC 9112 §11.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Gatepost, until } from "../harness.ts";
import { Recorder, Sender, say, startGateway, statusOf } from "./proxy-wire.ts";

let server: Gatepost;
let origin: Recorder;
let proxy = 0;
/** The origin's authority. */
let at = "";

beforeAll(async () => {
  [server, origin] = await Promise.all([
    startGateway("webproxy.headTimeout=5", "webproxy.bodyTimeout=5"),
    Recorder.open(),
  ]);
  proxy = server.port(3128);
  at = `127.0.0.1:${origin.port}`;
});
afterAll(async () => {
  origin.close();
  await server.remove();
});
beforeEach(() => origin.forget());

/** Whatever was tried: another client is answered with what is meant for him. */
afterEach(async () => {
  origin.forget();
  origin.script = () => ({ octets: "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhonest" });
  const answer = await say(proxy, `GET http://${at}/honest HTTP/1.1\r\nHost: ${at}\r\nConnection: close\r\n\r\n`);
  expect(answer).toEndWith("\r\n\r\nhonest");
  expect(server.log).not.toContain("fault");
});

const SMUGGLED = "GET http://AT/smuggled HTTP/1.1\r\nHost: AT\r\n\r\n";
const INNER = "GET /smuggled HTTP/1.1\r\nHost: AT\r\n\r\n";
const POST = "POST http://AT/ HTTP/1.1\r\nHost: AT\r\n";
const GET = "GET http://AT/ HTTP/1.1\r\nHost: AT\r\n";
const chunked = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;

interface Attack {
  readonly name: string;
  /** AT stands for the origin's authority. */
  readonly octets: string;
}

/** Refused before anything is sent to the origin. */
const REFUSED: readonly Attack[] = [
  // Two lengths
  { name: "CL.TE", octets: `${POST}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${INNER}` },
  { name: "TE.CL", octets: `${POST}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n${chunked(INNER)}` },
  {
    name: "CL.TE with a length of 0",
    octets: `${POST}Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n${chunked(INNER)}`,
  },
  { name: "CL.CL, different", octets: `${POST}Content-Length: 5\r\nContent-Length: 0\r\n\r\n${INNER}` },
  { name: "CL.CL, the same", octets: `${POST}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello${SMUGGLED}` },
  { name: "a list of lengths", octets: `${POST}Content-Length: 5, 5\r\n\r\nhello${SMUGGLED}` },
  { name: "a list of different lengths", octets: `${POST}Content-Length: 0, 40\r\n\r\n${INNER}` },
  // Lengths that are none
  ...[
    "+5",
    "-5",
    "5.0",
    "0x5",
    "5 5",
    "5;",
    "5\t5",
    "",
    "five",
    "05e0",
    "99999999999999999999",
    "5\u00a0",
    "\u00b2",
  ].map((length) => ({
    name: `a length of “${length}”`,
    octets: `${POST}Content-Length: ${length}\r\n\r\nhello${SMUGGLED}`,
  })),
  {
    name: "an underscore for the hyphen does not count, so there is no content but a request that is none",
    octets: `${POST}Content_Length: 5\r\nContent-Length: x\r\n\r\nhello`,
  },
  // Transfer codings
  ...[
    "xchunked",
    "chunked, identity",
    "identity",
    "identity, chunked",
    "gzip, chunked",
    "chunked, chunked",
    "chunked;q=1",
    '"chunked"',
    "chunked,",
    ", chunked",
    "cow",
    "",
    "\u000bchunked",
    "chunked\u000b",
    "chunked\u00a0",
    "chunked\u0000",
    "chunk",
  ].map((coding) => ({
    name: `Transfer-Encoding: ${JSON.stringify(coding)}`,
    octets: `${POST}Transfer-Encoding: ${coding}\r\n\r\n${chunked(INNER)}`,
  })),
  {
    name: "two lines of Transfer-Encoding",
    octets: `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n\r\n${chunked(INNER)}`,
  },
  {
    name: "Transfer-Encoding twice the same",
    octets: `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n${chunked(INNER)}`,
  },
  {
    name: "Transfer-Encoding in HTTP/1.0",
    octets: `POST http://AT/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n${chunked(INNER)}`,
  },
  {
    name: "a length and a coding with a space before its colon",
    octets: `${POST}Content-Length: 6\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\nX`,
  },
  {
    name: "a length and a coding that is folded",
    octets: `${POST}Content-Length: 6\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\nX`,
  },
  { name: "a coding after a bare LF", octets: `${POST}X: y\nTransfer-Encoding: chunked\r\n\r\n${chunked(INNER)}` },
  { name: "a coding after a bare CR", octets: `${POST}X: y\rTransfer-Encoding: chunked\r\n\r\n${chunked(INNER)}` },
  // Lines
  { name: "obs-fold", octets: `${GET}X: a\r\n b\r\n\r\n` },
  { name: "obs-fold on the first field", octets: `GET http://AT/ HTTP/1.1\r\n Host: AT\r\n\r\n` },
  { name: "bare LF everywhere", octets: `GET http://AT/ HTTP/1.1\nHost: AT\n\n` },
  { name: "bare LF at the end of the head", octets: `${GET}\n${SMUGGLED}` },
  { name: "bare LF in the request line", octets: `GET http://AT/ HTTP/1.1\nHost: AT\r\n\r\n` },
  { name: "CR CR LF", octets: `${GET}X: a\r\r\n\r\n` },
  { name: "NUL in a value", octets: `${GET}X: a\u0000b\r\n\r\n` },
  { name: "NUL in a name", octets: `${GET}X\u0000: a\r\n\r\n` },
  { name: "a space in a name", octets: `${GET}Content Length: 5\r\n\r\nhello` },
  { name: "a space before the colon", octets: `${GET}Host2 : a\r\n\r\n` },
  { name: "a tab before the colon", octets: `${GET}X\t: a\r\n\r\n` },
  { name: "a name that is empty", octets: `${GET}: a\r\n\r\n` },
  { name: "a line without a colon", octets: `${GET}GET /smuggled HTTP/1.1\r\n\r\n` },
  { name: "a name in quotes", octets: `${GET}"Content-Length": 5\r\n\r\n` },
  { name: "a name beyond ASCII", octets: `${GET}Content-L\u00eangth: 5\r\n\r\n` },
  // The request line
  { name: "HTTP/0.9", octets: "GET http://AT/\r\n" },
  { name: "HTTP/2.0", octets: "GET http://AT/ HTTP/2.0\r\nHost: AT\r\n\r\n" },
  { name: "HTTP/1.10", octets: "GET http://AT/ HTTP/1.10\r\nHost: AT\r\n\r\n" },
  { name: "http/1.1 in small letters", octets: "GET http://AT/ http/1.1\r\nHost: AT\r\n\r\n" },
  { name: "the preface of HTTP/2", octets: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" },
  { name: "two spaces", octets: "GET  http://AT/ HTTP/1.1\r\nHost: AT\r\n\r\n" },
  { name: "a tab for the space", octets: "GET\thttp://AT/ HTTP/1.1\r\nHost: AT\r\n\r\n" },
  { name: "a space in the target", octets: "GET http://AT/a b HTTP/1.1\r\nHost: AT\r\n\r\n" },
  { name: "octets beyond ASCII in the target", octets: "GET http://AT/\u00e4 HTTP/1.1\r\nHost: AT\r\n\r\n" },
  { name: "a CR in the target", octets: "GET http://AT/a\rb HTTP/1.1\r\nHost: AT\r\n\r\n" },
  { name: "a fragment", octets: "GET http://AT/#/../x HTTP/1.1\r\nHost: AT\r\n\r\n" },
  { name: "a user name in the target", octets: "GET http://AT@other.test/ HTTP/1.1\r\nHost: AT\r\n\r\n" },
  { name: "a backslash in the authority", octets: "GET http://AT\\@other.test/ HTTP/1.1\r\nHost: AT\r\n\r\n" },
  { name: "a line before the request line", octets: ` \r\n${GET}\r\n` },
  // Host
  { name: "no Host", octets: "GET http://AT/ HTTP/1.1\r\n\r\n" },
  { name: "two Hosts", octets: `${GET}Host: other.test\r\n\r\n` },
  { name: "two Hosts, the same", octets: `${GET}Host: AT\r\n\r\n` },
  { name: "a Host with a path", octets: "GET http://AT/ HTTP/1.1\r\nHost: AT/x\r\n\r\n" },
  { name: "a list of Hosts", octets: "GET http://AT/ HTTP/1.1\r\nHost: AT, other.test\r\n\r\n" },
  // Content where none belongs
  { name: "CONNECT with content", octets: `CONNECT AT HTTP/1.1\r\nHost: AT\r\nContent-Length: 5\r\n\r\nhello` },
  { name: "TRACE with content", octets: `TRACE http://AT/ HTTP/1.1\r\nHost: AT\r\nContent-Length: 5\r\n\r\nhello` },
  // Expect
  {
    name: "an expectation nobody knows",
    octets: `${POST}Expect: 100-continue, miracle\r\nContent-Length: 5\r\n\r\nhello`,
  },
];

const here = (text: string): string => text.replaceAll("AT", at);

describe("requests that are refused", () => {
  for (const { name, octets } of REFUSED) {
    test(name, async () => {
      const answer = await say(proxy, here(octets) + here(SMUGGLED));
      expect(statusOf(answer)).toBeOneOf([400, 408, 411, 413, 414, 417, 431, 501, 505]);
      // One answer and no more: what came behind was not looked at.
      expect(answer.match(/HTTP\/1\.1 \d{3}/g)).toHaveLength(1);
      expect(answer).toMatch(/^connection: close\r$/im);
      expect(origin.octets).toBe("");
    });
  }
});

/** The head was in order and went out; then the content breaks the grammar. */
const CUT: readonly { readonly name: string; readonly content: string }[] = [
  ...[
    "g",
    "0x5",
    "+5",
    "-5",
    " 5",
    "5 ",
    "",
    "5\t",
    "00000000000000000000005",
    "ffffffffffffffff",
    "10000000000000005",
    "5_0",
    "\u0665",
  ].map((size) => ({ name: `a chunk size of ${JSON.stringify(size)}`, content: `${size}\r\nhello\r\n0\r\n\r\n` })),
  { name: "a chunk size that ends with LF", content: "5\nhello\r\n0\r\n\r\n" },
  { name: "a chunk size with a bare CR", content: "5\rhello\r\n0\r\n\r\n" },
  { name: "an extension with a bare LF", content: `5;a\nb\r\nhello\r\n0\r\n\r\n` },
  { name: "an extension with NUL", content: "5;a=\u0000\r\nhello\r\n0\r\n\r\n" },
  { name: "an extension without end", content: `5;${"a".repeat(100_000)}\r\nhello\r\n0\r\n\r\n` },
  { name: "extensions on many chunks", content: `${`1;${"a".repeat(200)}\r\nx\r\n`.repeat(1_000)}0\r\n\r\n` },
  { name: "a chunk that is longer", content: "3\r\nhello\r\n0\r\n\r\n" },
  { name: "a chunk that is shorter", content: "7\r\nhello\r\n0\r\n\r\n" },
  { name: "a chunk that ends with LF", content: "5\r\nhello\n0\r\n\r\n" },
  { name: "a chunk with two octets for CRLF", content: "5\r\nhelloXX0\r\n\r\n" },
  { name: "a trailer with a space before its colon", content: "5\r\nhello\r\n0\r\nX : y\r\n\r\n" },
  { name: "a trailer that is folded", content: "5\r\nhello\r\n0\r\nX: y\r\n z\r\n\r\n" },
  { name: "a trailer with bare LF", content: "5\r\nhello\r\n0\r\nX: y\n\r\n" },
  { name: "too many trailers", content: `5\r\nhello\r\n0\r\n${"X: y\r\n".repeat(2_000)}\r\n` },
];

describe("contents that are cut off", () => {
  for (const { name, content } of CUT) {
    test(name, async () => {
      const answer = await say(proxy, here(`${POST}Transfer-Encoding: chunked\r\n\r\n${content}${SMUGGLED}`));
      expect(statusOf(answer)).toBeOneOf([400, 413, 431, 502]);
      expect(answer.match(/HTTP\/1\.1 \d{3}/g)).toHaveLength(1);
      // The origin was never told that this is all, and hears no second request.
      await until(() => origin.connections.every(({ ended }) => ended), "the origin's connection to end");
      expect(origin.requests).toEqual([]);
      expect(origin.octets).not.toContain("smuggled");
      expect(origin.octets.match(/ HTTP\/1\.1\r\n/g) ?? []).toBeArrayOfSize(origin.octets === "" ? 0 : 1);
    });
  }
});

interface Passed {
  readonly name: string;
  readonly octets: string;
  /** What reaches the origin: the first line, fields beside Host and Via, and the content. */
  readonly reaches: readonly { readonly line: string; readonly fields: readonly string[]; readonly body: string }[];
}

const LINE = "POST / HTTP/1.1";

/** Odd, but with one meaning: what goes out says it plainly. */
const PASSED: readonly Passed[] = [
  {
    name: "chunked in capitals, chunk extensions and trailers that frame",
    octets: `${POST}TRANSFER-ENCODING: Chunked\r\n\r\n5;a=b;c="d"\r\nhello\r\n0\r\nContent-Length: 40\r\nTransfer-Encoding: cow\r\nHost: evil.test\r\nX-T: y\r\n\r\n`,
    reaches: [{ line: LINE, fields: ["Transfer-Encoding: chunked"], body: "5\r\nhello\r\n0\r\nX-T: y\r\n\r\n" }],
  },
  {
    name: "leading zeros in a chunk size",
    octets: `${POST}Transfer-Encoding: chunked\r\n\r\n005\r\nhello\r\n0\r\n\r\n`,
    reaches: [{ line: LINE, fields: ["Transfer-Encoding: chunked"], body: "5\r\nhello\r\n0\r\n\r\n" }],
  },
  {
    name: "tabs and spaces around values",
    octets: `${POST}Content-Length: \t 5 \t\r\n\r\nhello`,
    reaches: [{ line: LINE, fields: ["Content-Length: 5"], body: "hello" }],
  },
  {
    name: "a request in a content",
    octets: here0(`${POST}Content-Length: ${INNER.length}\r\n\r\n${INNER}`),
    reaches: [{ line: LINE, fields: [`Content-Length: ${INNER.length}`], body: INNER }],
  },
  {
    name: "Connection that names what frames",
    octets: `${POST}Connection: Content-Length, Host, X-A, close\r\nX-A: 1\r\nContent-Length: 5\r\n\r\nhello`,
    reaches: [{ line: LINE, fields: ["Content-Length: 5"], body: "hello" }],
  },
  {
    name: "Connection that names Transfer-Encoding",
    octets: `${POST}Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    reaches: [{ line: LINE, fields: ["Transfer-Encoding: chunked"], body: "5\r\nhello\r\n0\r\n\r\n" }],
  },
  {
    name: "absolute form that disagrees with Host",
    octets: `GET http://AT/x HTTP/1.1\r\nHost: evil.test\r\n\r\n`,
    reaches: [{ line: "GET /x HTTP/1.1", fields: [], body: "" }],
  },
  {
    name: "three pipelined requests",
    octets: `${POST}Content-Length: 2\r\n\r\nhi${GET}\r\n${POST}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`,
    reaches: [
      { line: LINE, fields: ["Content-Length: 2"], body: "hi" },
      { line: "GET / HTTP/1.1", fields: [], body: "" },
      { line: LINE, fields: ["Transfer-Encoding: chunked"], body: "1\r\nx\r\n0\r\n\r\n" },
    ],
  },
  {
    name: "an empty line before a request",
    octets: `\r\n${GET}\r\n`,
    reaches: [{ line: "GET / HTTP/1.1", fields: [], body: "" }],
  },
];

/** Keeps a length that was counted with AT in it: the content is sent as it is. */
function here0(text: string): string {
  return text.replace(INNER, INNER.replaceAll("AT", "\u0001"));
}

describe("requests that have one meaning", () => {
  for (const { name, octets, reaches } of PASSED) {
    test(name, async () => {
      const sender = await Sender.dial(proxy);
      sender.send(here(octets).replaceAll("\u0001", "AT"));
      await until(() => origin.requests.length >= reaches.length, "the requests");
      await sender.until(new RegExp(String.raw`(HTTP/1.1 200[\s\S]*?\r\n\r\n(2\r\n)?ok[\s\S]*){${reaches.length}}`));
      sender.close();
      const head = ({ line, fields }: Passed["reaches"][number]) =>
        [line, `Host: ${at}`, ...fields, "Via: 1.1 gatepost"].sort();
      expect(origin.requests.map((request) => request.head.trimEnd().split("\r\n").sort())).toEqual(reaches.map(head));
      expect(origin.requests.map(({ body }) => body)).toEqual(reaches.map(({ body }) => body));
      // Not an octet more.
      expect(origin.octets).toHaveLength(origin.requests.reduce((sum, { length }) => sum + length, 0));
    });
  }

  test("what belongs to the connection goes no further", async () => {
    const answer = await say(
      proxy,
      here(
        `${GET}TE: gzip, trailers\r\nKeep-Alive: 5\r\nProxy-Connection: close\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\nX-A: 1\r\nConnection: Upgrade, HTTP2-Settings, TE, X-A\r\n\r\n`,
      ),
    );
    expect(answer).toEndWith("ok");
    expect(origin.requests[0]?.head.split("\r\n").sort()).toEqual(
      ["", "", "GET / HTTP/1.1", `Host: ${at}`, "Connection: TE", "TE: trailers", "Via: 1.1 gatepost"].sort(),
    );
  });

  test("a login for the proxy is not shown to origins", async () => {
    const credentials = Buffer.from("admin:correct-horse-battery-staple").toString("base64");
    const sender = await Sender.dial(proxy);
    await sender.send(here(`${GET}Proxy-Authorization: Basic ${credentials}\r\n\r\n`)).until(/\r\n\r\n/);
    sender.close();
    expect(origin.octets.toLowerCase()).not.toContain("proxy-authorization");
    expect(origin.octets).not.toContain(credentials);
  });
});

// The other direction

const NEXT = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled";
const H200 = "HTTP/1.1 200 OK\r\n";

/** Responses that are not passed on. */
const BAD: readonly Attack[] = [
  {
    name: "a length and a coding",
    octets: `${H200}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n`,
  },
  { name: "two lengths", octets: `${H200}Content-Length: 2\r\nContent-Length: 40\r\n\r\nhi` },
  { name: "a list of lengths", octets: `${H200}Content-Length: 2, 40\r\n\r\nhi` },
  { name: "a length with a sign", octets: `${H200}Content-Length: +2\r\n\r\nhi` },
  { name: "a negative length", octets: `${H200}Content-Length: -2\r\n\r\nhi` },
  { name: "a coding nobody asked for", octets: `${H200}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n` },
  { name: "chunked that is not last", octets: `${H200}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n` },
  { name: "chunked in HTTP/1.0", octets: `HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n` },
  { name: "a folded line", octets: `${H200}X: a\r\n b\r\nContent-Length: 2\r\n\r\nhi` },
  { name: "bare LF", octets: `HTTP/1.1 200 OK\nContent-Length: 2\n\nhi` },
  { name: "one bare LF", octets: `${H200}X: a\nSet-Cookie: b\r\nContent-Length: 2\r\n\r\nhi` },
  { name: "a bare CR", octets: `${H200}X: a\rSet-Cookie: b\r\nContent-Length: 2\r\n\r\nhi` },
  { name: "NUL", octets: `${H200}X: a\u0000\r\nContent-Length: 2\r\n\r\nhi` },
  { name: "a space before a colon", octets: `${H200}Content-Length : 2\r\n\r\nhi` },
  { name: "HTTP/0.9", octets: "<html>hello</html>\r\n\r\n" },
  { name: "HTTP/2.0", octets: "HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nhi" },
  { name: "a status of four digits", octets: "HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nhi" },
  { name: "a CR in the reason", octets: "HTTP/1.1 200 O\rK\r\nContent-Length: 2\r\n\r\nhi" },
  {
    name: "a switch that nobody asked for",
    octets: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
  },
  { name: "no end of 100", octets: "HTTP/1.1 100 Continue\r\n\r\n".repeat(200) },
  { name: "a head without end", octets: `${H200}${"X: y\r\n".repeat(10_000)}` },
  { name: "a line without end", octets: `${H200}X: ${"y".repeat(300_000)}` },
  {
    name: "a login for proxies",
    octets:
      'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="gatepost"\r\nContent-Length: 0\r\n\r\n',
  },
];

describe("responses that are not passed on", () => {
  for (const { name, octets } of BAD) {
    test(name, async () => {
      origin.script = () => ({ octets: octets + NEXT });
      const sender = await Sender.dial(proxy);
      sender.send(here(`${GET}\r\n`));
      const answer = await sender.until(/\r\n\r\n[\s\S]*(?:<\/html>|\.)\s*$/);
      const final = answer.replace(/^(?:HTTP\/1\.1 1\d\d [\s\S]*?\r\n\r\n)*/, "");
      expect(statusOf(final)).toBe(502);
      expect(answer).not.toContain("smuggled");
      // What the origin sent beyond is nobody's: the connection is not used again.
      await until(() => origin.connections.every(({ ended }) => ended), "the origin's connection to end");
      sender.close();
    });
  }
});

/** Contents that break off: the client sees that this was not all. */
const BROKEN: readonly Attack[] = [
  { name: "a chunk size that is none", octets: "2\r\nhi\r\nxyz\r\n" },
  { name: "a chunk size too large", octets: "2\r\nhi\r\nffffffffffffffff\r\n" },
  { name: "a chunk that is longer than it says", octets: "2\r\nhi there\r\n0\r\n\r\n" },
  { name: "a chunk that ends with LF", octets: "2\r\nhi\n0\r\n\r\n" },
  { name: "a trailer that is folded", octets: "2\r\nhi\r\n0\r\nX: a\r\n b\r\n\r\n" },
  { name: "an end in the middle", octets: "5\r\nhi" },
];

describe("responses that break off", () => {
  for (const { name, octets } of BROKEN) {
    test(name, async () => {
      origin.script = () => ({ octets: `${H200}Transfer-Encoding: chunked\r\n\r\n${octets}`, end: true });
      const answer = await say(proxy, here(`${GET}\r\n`));
      // What had not left yet is not sent any more.
      expect(statusOf(answer)).toBeOneOf([0, 200, 502]);
      if (statusOf(answer) === 200) expect(answer).not.toContain("\r\n0\r\n");
    });
  }

  test("a length that is not reached", async () => {
    origin.script = () => ({ octets: `${H200}Content-Length: 20\r\n\r\nhi`, end: true });
    const answer = await say(proxy, here(`${GET}\r\n`));
    expect(answer).toMatch(/^content-length: 20\r$/im);
    expect(answer).toEndWith("\r\n\r\nhi");
  });
});

/** What an origin sends behind a response must not become the answer to somebody else. */
const EXTRA: readonly { readonly name: string; readonly method: string; readonly octets: string }[] = [
  { name: "a second response", method: "GET", octets: `${H200}Content-Length: 2\r\n\r\nok${NEXT}` },
  {
    name: "a response behind chunks",
    method: "GET",
    octets: `${H200}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n${NEXT}`,
  },
  { name: "a content to HEAD", method: "HEAD", octets: `${H200}Content-Length: ${NEXT.length}\r\n\r\n${NEXT}` },
  { name: "a content with 204", method: "GET", octets: `HTTP/1.1 204 No Content\r\n\r\n${NEXT}` },
  {
    name: "a content with 304",
    method: "GET",
    octets: `HTTP/1.1 304 Not Modified\r\nContent-Length: ${NEXT.length}\r\n\r\n${NEXT}`,
  },
  { name: "a response behind an empty one", method: "GET", octets: `${H200}Content-Length: 0\r\n\r\n${NEXT}` },
  { name: "stray octets", method: "GET", octets: `${H200}Content-Length: 2\r\n\r\nok\r\n\r\n` },
];

describe("octets behind a response", () => {
  for (const { name, method, octets } of EXTRA) {
    test(name, async () => {
      let count = 0;
      origin.script = () => ({ octets: ++count === 1 ? octets : `${H200}Content-Length: 4\r\n\r\ntrue` });
      const first = await Sender.dial(proxy);
      await first.send(here(`${method} http://AT/ HTTP/1.1\r\nHost: AT\r\n\r\n`)).until(/\r\n\r\n/);
      // On the same connection, and on another one.
      const own = await first.send(here(`${GET}\r\n`)).until(/true$/);
      const other = await say(proxy, here(`${GET}Connection: close\r\n\r\n`));
      first.close();
      for (const answer of [own, other])
        expect([name, answer.includes("smuggled"), answer.endsWith("true")]).toEqual([name, false, true]);
    });
  }
});
