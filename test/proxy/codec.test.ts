/** The pure parts of the web proxy: heads, framing, chunks, targets, fields of the connection, patterns, the file for set-up. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Fields } from "../../src/net/http/fields.ts";
import { parseFields, parseRequestLine, parseStatusLine, SectionScanner } from "../../src/net/http/head.ts";
import { ChunkedDecoder, chunk, lastChunk } from "../../src/services/proxy/chunked.ts";
import { requestFraming, responseFraming } from "../../src/services/proxy/framing.ts";
import { passableTrailers, takeHopFields, upgradesOf, wentThrough } from "../../src/services/proxy/hop.ts";
import { basicOf } from "../../src/services/proxy/identify.ts";
import { pacFile } from "../../src/services/proxy/pac.ts";
import { BarredUrls, barredType } from "../../src/services/proxy/screening.ts";
import { parseTarget } from "../../src/services/proxy/target.ts";
import { processorMs } from "../timing.ts";

const LIMITS = { line: 100, section: 400, fields: 5 };
const octets = (text: string) => Buffer.from(text, "latin1");
const fieldsOf = (...lines: string[]) => parseFields(`${lines.map((line) => `${line}\r\n`).join("")}\r\n`);

/** The lines of a section that comes in two parts, cut at each place. */
function scan(text: string, cut: number): string[] | undefined {
  const scanner = new SectionScanner(LIMITS);
  const first = scanner.scan(octets(text.slice(0, cut)));
  const length = first ?? scanner.scan(octets(text));
  return length === undefined ? undefined : text.slice(0, length).split("\r\n").slice(0, -2);
}

test("a section ends with its empty line, wherever its octets are cut", () => {
  const text = "A: b\r\nC:\r\n\r\nrest\nof it";
  for (let cut = 0; cut <= text.length; cut++) expect(scan(text, cut)).toEqual(["A: b", "C:"]);
  expect(scan("\r\n", 1)).toEqual([]);
  expect(scan("A: b\r\n", 3)).toBeUndefined();
});

test.each<[string, string]>([
  ["A: b\n\r\n", "LF alone"],
  ["\n", "LF alone"],
  ["A: b\r\n\n", "LF alone"],
  [`A: ${"b".repeat(100)}`, "line is too long"],
  ["A: b\r\n".repeat(7), "too many fields"],
  [`${"A: ".padEnd(95, "b")}\r\n`.repeat(5), "section is too large"],
])("the section %j is refused", (text, why) => {
  for (const cut of [1, 3, text.length]) expect(() => scan(text, cut) ?? scan(`${text}x`, 1)).toThrow(why);
});

test.each<[string]>([
  [" folded: x"],
  ["\tfolded"],
  ["Name : x"],
  ["Name\t: x"],
  ["no colon"],
  [": no name"],
  ["Na me: x"],
  ["Näme: x"],
  ["A: x\ry"],
  ["A: x\u0000"],
  ["A: x\u0007"],
  ["A: x\u007f"],
  ["A\r: x"],
  ["A(: x"],
])("the field line %j is refused", (line) => {
  expect(() => fieldsOf(line)).toThrow();
});

test("values lose blanks around them and nothing else", () => {
  expect([...fieldsOf("A:b", "B: \t c d \t", "C:", "D: ä:ö")]).toEqual([
    ["A", "b"],
    ["B", "c d"],
    ["C", ""],
    ["D", "ä:ö"],
  ]);
  expect([...fieldsOf("A: \u00a0x\u0085")]).toEqual([["A", "\u00a0x\u0085"]]);
});

test.each<[string]>([
  ["GET  http://a/ HTTP/1.1"],
  ["GET\thttp://a/ HTTP/1.1"],
  [" GET http://a/ HTTP/1.1"],
  ["GET http://a/ HTTP/1.1 "],
  ["GET http://a/"],
  ["GET http://a/ http/1.1"],
  ["GET http://a/ HTTP/1.1\r"],
  ["GET http://a/\u00e4 HTTP/1.1"],
  ["G@T http://a/ HTTP/1.1"],
  ["GET http://a/ HTTP/11.1"],
])("the request line %j is refused", (line) => {
  expect(() => parseRequestLine(line)).toThrow("does not begin");
});

test("versions: 1.0, 1.1 and later ones of HTTP/1, nothing else", () => {
  expect(parseRequestLine("GET / HTTP/1.0").minor).toBe(0);
  expect(parseRequestLine("GET / HTTP/1.7").minor).toBe(1);
  expect(() => parseRequestLine("PRI * HTTP/2.0")).toThrow("speaks HTTP/1.1");
  expect(parseStatusLine("HTTP/1.1 200")).toEqual({ minor: 1, status: 200, reason: "" });
  expect(parseStatusLine("HTTP/1.0 404 Not here")).toEqual({ minor: 0, status: 404, reason: "Not here" });
  for (const line of ["HTTP/2.0 200 OK", "HTTP/1.1 20 OK", "HTTP/1.1 099 no", "ICY 200 OK", "HTTP/1.1  200 OK", ""]) {
    expect(() => parseStatusLine(line)).toThrow();
  }
});

test.each<[string[], unknown]>([
  [[], { kind: "none" }],
  [["Content-Length: 0"], { kind: "none" }],
  [["Content-Length: 12"], { kind: "length", octets: 12 }],
  [["Transfer-Encoding: chunked"], { kind: "chunked" }],
  [["Transfer-Encoding: Chunked"], { kind: "chunked" }],
])("a request with %j is framed as %j", (lines, framing) => {
  expect(requestFraming(fieldsOf(...lines), 1)).toEqual(framing as never);
});

test.each<[string[], 0 | 1]>([
  [["Content-Length: 1", "Content-Length: 1"], 1],
  [["Content-Length: 1", "Content-Length: 2"], 1],
  [["Content-Length: 1, 1"], 1],
  [["Content-Length: +1"], 1],
  [["Content-Length: -1"], 1],
  [["Content-Length: 0x1"], 1],
  [["Content-Length: 1 2"], 1],
  [["Content-Length:"], 1],
  [["Content-Length: 99999999999999999999"], 1],
  [["Content-Length: 1", "Transfer-Encoding: chunked"], 1],
  [["Transfer-Encoding: chunked"], 0],
  [["Transfer-Encoding: identity"], 1],
  [["Transfer-Encoding: chunked, chunked"], 1],
  [["Transfer-Encoding: gzip, chunked"], 1],
  [["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], 1],
  [["Transfer-Encoding: chunked;q=1"], 1],
  [["Transfer-Encoding: xchunked"], 1],
  [["Transfer-Encoding:"], 1],
])("%j frames neither a request nor a response (HTTP/1.%i)", (lines, minor) => {
  expect(() => requestFraming(fieldsOf(...lines), minor)).toThrow();
  expect(() => responseFraming("GET", 200, fieldsOf(...lines), minor)).toThrow();
});

test("responses without content have none, whatever their fields say", () => {
  for (const [method, status] of [["HEAD", 200] as const, ["GET", 204] as const, ["GET", 304] as const]) {
    expect(responseFraming(method, status, fieldsOf("Content-Length: 9"), 1)).toEqual({ kind: "none" });
    expect(responseFraming(method, status, fieldsOf("Transfer-Encoding: chunked"), 1)).toEqual({ kind: "none" });
  }
  expect(responseFraming("GET", 200, fieldsOf(), 1)).toEqual({ kind: "close" });
});

/** Decodes octets cut into two at a place; content, trailers, and what is left over. */
function decode(text: string, cut: number): { content: string; trailers: string; rest: string; done: boolean } {
  const decoder = new ChunkedDecoder(LIMITS);
  let content = "";
  const take = (piece: Uint8Array) => {
    content += Buffer.from(piece).toString("latin1");
  };
  const first = decoder.push(octets(text.slice(0, cut)), take);
  const used = first < cut ? first : cut + decoder.push(octets(text.slice(cut)), take);
  return { content, trailers: decoder.trailers.toString(), rest: text.slice(used), done: decoder.done };
}

test("chunks are joined, extensions left out, trailers kept, wherever the octets are cut", () => {
  const text = "5;name=value\r\nhello\r\n00a\r\n world, yo\r\n0\r\nX-Sum: 1\r\n\r\nGET /";
  for (let cut = 0; cut <= text.length; cut++) {
    const decoded = decode(text, cut);
    expect(decoded).toEqual({ content: "hello world, yo", trailers: "X-Sum: 1\r\n", rest: "GET /", done: true });
  }
});

test.each<[string]>([
  ["5\nhello\r\n0\r\n\r\n"],
  ["5\r\nhello0\r\n\r\n"],
  ["5\r\nhello\n0\r\n\r\n"],
  ["5\r\nhello\r0\r\n\r\n"],
  ["0x5\r\nhello\r\n0\r\n\r\n"],
  ["+5\r\nhello\r\n0\r\n\r\n"],
  ["5 \r\nhello\r\n0\r\n\r\n"],
  [" 5\r\nhello\r\n0\r\n\r\n"],
  ["5 ;x\r\nhello\r\n0\r\n\r\n"],
  ["\r\n5\r\nhello\r\n0\r\n\r\n"],
  ["-1\r\n"],
  ["ffffffffffffff\r\n"],
  ["5;a\rb\r\nhello\r\n0\r\n\r\n"],
  ["0\r\nA : b\r\n\r\n"],
  ["0\r\nA: b\n\r\n"],
  [`5;${"x".repeat(300)}`],
  [`0\r\n${"A: b\r\n".repeat(9)}\r\n`],
])("the chunked content %j is refused", (text) => {
  for (const cut of [0, 1, 2, text.length]) expect(() => decode(text, cut)).toThrow();
});

test("what is written in chunks is read again as it was", () => {
  const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 });
  fc.assert(
    fc.property(pieces, fc.nat(400), (contents, cut) => {
      const written = Buffer.concat([...contents.flatMap(chunk), lastChunk(Fields.of([["X-A", "b"]]))]).toString(
        "latin1",
      );
      const decoded = decode(written, Math.min(cut, written.length));
      expect(decoded.content).toBe(Buffer.concat(contents).toString("latin1"));
      expect(decoded.done).toBe(true);
    }),
  );
});

test.each<[string, string]>([
  ["http://Example.TEST", "http://example.test/"],
  ["HTTP://example.test:80/a?b", "http://example.test/a?b"],
  ["http://example.test.:8080?q", "http://example.test:8080/?q"],
  ["http://[2001:DB8::1]:81/x", "http://[2001:db8::1]:81/x"],
  ["http://[::ffff:192.0.2.1]/", "http://192.0.2.1/"],
  ["http://0x7f.1/", "http://127.0.0.1/"],
  ["ftp://example.test/f", "ftp://example.test/f"],
])("the target %s is %s", (text, url) => {
  const target = parseTarget("GET", text);
  expect(target.form === "absolute" && target.uri.url).toBe(url);
});

test.each<[string, string]>([
  ["GET", "http://user@example.test/"],
  ["GET", "http://user:pw@example.test/"],
  ["GET", "http:///path"],
  ["GET", "http://"],
  ["GET", "http://a b/"],
  ["GET", "http://ex%61mple.test/"],
  ["GET", "http://example.test:0/"],
  ["GET", "http://example.test:65536/"],
  ["GET", "http://example.test:+80/"],
  ["GET", "http://example.test\\@evil.test/"],
  ["GET", "http://[fe80::1%25eth0]/"],
  ["GET", "http://1.2.3.4.5/"],
  ["GET", "http://example.test/#top"],
  ["GET", "https://example.test/"],
  ["GET", "gopher://example.test/"],
  ["GET", "example.test:80"],
  ["GET", "*"],
  ["CONNECT", "http://example.test/"],
  ["CONNECT", "example.test"],
  ["CONNECT", "example.test:"],
  ["CONNECT", "user@example.test:443"],
  ["CONNECT", "/"],
])("%s %s is refused", (method, text) => {
  expect(() => parseTarget(method, text)).toThrow();
});

test("OPTIONS for a whole server, and CONNECT to an IPv6 address", () => {
  expect(parseTarget("OPTIONS", "http://example.test")).toMatchObject({
    uri: { path: "*", url: "http://example.test" },
  });
  expect(parseTarget("OPTIONS", "*")).toEqual({ form: "asterisk" });
  expect(parseTarget("CONNECT", "[::1]:443")).toEqual({ form: "authority", host: "::1", port: 443 });
});

test("fields of the connection are taken out, those that others live by are not", () => {
  const fields = fieldsOf(
    "Connection: close, X-Hop, Content-Length, Authorization",
    "Proxy-Connection: keep-alive",
    "Keep-Alive: 5",
    "X-Hop: 1",
    "TE: trailers, deflate;q=0.5",
    "Upgrade: h2c",
    "HTTP2-Settings: x",
    "Proxy-Authorization: Basic x",
    "Content-Length: 3",
    "Authorization: y",
    "X-End: 2",
  );
  expect(takeHopFields(fields)).toEqual({ close: true, upgrade: [], trailers: true });
  expect([...fields].map(([name]) => name)).toEqual(["Content-Length", "Authorization", "X-End"]);
  expect(upgradesOf(["websocket", "h2c", "HTTP/2.0", "TLS/1.0", "bad one"])).toEqual(["websocket"]);
  expect(passableTrailers(fieldsOf("Connection: x-hop", "X-Hop: 1", "X-Sum: 1")).toString()).toBe("X-Sum: 1\r\n");
  expect(passableTrailers(fieldsOf("X-Sum: 1", "Content-Length: 5", "Set-Cookie: a", "Host: b")).toString()).toBe(
    "X-Sum: 1\r\n",
  );
});

test("a message that was here is known by Via, whatever stands beside it", () => {
  expect(wentThrough(fieldsOf("Via: 1.0 fred, 1.1 me (comment)"), "me")).toBe(true);
  expect(wentThrough(fieldsOf("Via: 1.1 fred", "Via: HTTP/1.1 me"), "me")).toBe(true);
  expect(wentThrough(fieldsOf("Via: 1.1 mee, 1.1 fred (me)"), "me")).toBe(false);
});

test("nothing can be put into a head that ends its line", () => {
  const fields = new Fields();
  for (const value of ["a\r\nB: c", "a\n", "a\u0000", "\u0100"])
    expect(() => fields.set("A", value)).toThrow(TypeError);
  expect(() => fields.add("A b", "c")).toThrow(TypeError);
  expect(() => fields.add("", "c")).toThrow(TypeError);
});

test("the Basic scheme, in UTF-8, with what may stand in it", () => {
  const basic = (text: string) => basicOf(`Basic ${Buffer.from(text).toString("base64")}`);
  expect(basic("ann:pass:wörd")).toEqual({ login: "ann", password: "pass:wörd" });
  for (const text of ["ann", ":x", "a\u0000:b", "a:b\r\n"]) expect(basic(text)).toBeUndefined();
  expect(basicOf("Basic !!!")).toBeUndefined();
  expect(basicOf(`Basic ${Buffer.from([0x61, 0x3a, 0xff]).toString("base64")}`)).toBeUndefined();
  expect(basicOf("Bearer YTpi")).toBeUndefined();
});

/** The readings of an address that somebody could write to get past a pattern. */
const EVASIONS = [
  "http://a.test/x/Setup.EXE",
  "http://a.test/x/setup%2Eexe",
  "http://a.test/x/%73etup.e%78e?v=1",
  "http://a.test/x/setup.exe;v=1",
  "http://a.test/x/./y/../setup.exe",
  "http://a.test/y/%2e%2E/x/setup.exe",
  "http://a.test/..;a/x/setup.exe",
  "http://a.test//x//setup.exe",
  "http://a.test/x%2Fsetup.exe",
  "http://a.test/x\\setup.exe",
] as const;

test.each(["*/x/setup.exe", "A.test./x/setup.exe", "http://a.test:80/x/setup%2eexe", "http://a.test/x/*p.exe"])(
  "an address is barred by %s however it is written",
  (pattern) => {
    const barred = new BarredUrls(() => [pattern]);
    for (const url of EVASIONS) expect([url, barred.has(url)]).toEqual([url, true]);
    for (const url of ["http://a.test/x/setup.ex", "http://a.test/x/setup%252Eexe"])
      expect(barred.has(url)).toBe(false);
  },
);

test("patterns of addresses and media types", () => {
  const barredUrl = (url: string, patterns: readonly string[]) => new BarredUrls(() => patterns).has(url);
  expect(barredUrl("http://xn--mller-kva.test/b%C3%BCcher", ["müller.test/BÜCHER"])).toBe(true);
  expect(barredUrl("ftp://a.test/pub/x.iso;type=i", ["ftp://a.test:21/*.iso"])).toBe(true);
  expect(barredUrl("http://a.test/", ["*//a.test/*"])).toBe(true);
  expect(barredUrl("http://a.test:8080/", ["a.test:80/*"])).toBe(false);
  expect(barredUrl("http://a.test/x*y", ["a.test/x%2Ay"])).toBe(true);
  expect(barredUrl("http://a.test/xay", ["a.test/x%2Ay"])).toBe(false);
  expect(barredUrl("http://a.test/x/Setup.EXE?v=1", ["*.exe"])).toBe(true);
  expect(barredUrl("http://a.test/x", ["a.test/*"])).toBe(true);
  expect(barredUrl("http://a.test/ads/banner/1", ["*/ads/*/1"])).toBe(true);
  expect(barredUrl("http://a.test/", ["*.exe", "b.test/*"])).toBe(false);
  expect(barredUrl(`http://a/${"a".repeat(10_000)}`, [`${"*a".repeat(400)}*b`])).toBe(false);
  expect(barredType("Video/MP4; codecs=x", ["video/*"])).toBe(true);
  expect(barredType("text/html, video/mp4", ["video/*"])).toBe(true);
  expect(barredType("text/html", ["video/*", "text/plain"])).toBe(false);
});

/** What a device makes of the file. */
function ask(file: string, host: string): string {
  const glob = (text: string, pattern: string) => new Bun.Glob(pattern).match(text);
  const find = new Function("isPlainHostName", "shExpMatch", `${file}; return FindProxyForURL;`);
  return find((name: string) => !name.includes("."), glob)(`http://${host}/`, host) as string;
}

test("the file for automatic set-up leads outside through the proxy and home directly", () => {
  const options = {
    host: "gate.test",
    port: 3128,
    tlsPort: 3129,
    direct: ["*.Corp.test", "</script>\u2028'\""],
    fallback: false,
  };
  const file = pacFile(options);
  expect(ask(file, "example.test")).toBe("PROXY gate.test:3128; HTTPS gate.test:3129");
  for (const host of [
    "nas",
    "localhost",
    "127.0.0.1",
    "10.1.2.3",
    "172.16.9.9",
    "192.168.1.1",
    "::1",
    "fd00::1",
    "a.corp.test",
    "gate.test",
  ]) {
    expect([host, ask(file, host)]).toEqual([host, "DIRECT"]);
  }
  expect(ask(file, "172.32.0.1")).toContain("PROXY");
  expect(ask(file, "10.example.test")).toContain("PROXY");
  expect(ask(pacFile({ ...options, tlsPort: undefined, fallback: true }), "a.test")).toBe(
    "PROXY gate.test:3128; DIRECT",
  );
  expect(file).not.toContain("</script");
});

test("a line that is no field is refused as quickly, whatever its length", () => {
  const begun = processorMs();
  const blanks = "\t".repeat(30_000);
  expect(() => parseFields(`a${blanks}b:\r\n`)).toThrow("may not stand there");
  expect(() => parseFields(`a${blanks}:\r\n`)).toThrow("between a field's name and its colon");
  expect(() => parseFields(`a${blanks}\r\n`)).toThrow("no colon");
  expect(processorMs() - begun).toBeLessThan(300);
});
