/** The cache in the executable: the proxy's clients, the commands, a restart and settings. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { Recorder, Sender, say, startGateway, statusOf } from "../attack/proxy-wire.ts";
import { type Gatepost, succeed, until } from "../harness.ts";

let server: Gatepost;
let origin: Recorder;
let proxy = 0;
let at = "";

beforeAll(async () => {
  [server, origin] = await Promise.all([startGateway(), Recorder.open()]);
  proxy = server.port(3128);
  at = `127.0.0.1:${origin.port}`;
});
afterAll(async () => {
  origin.close();
  await server.remove();
});
beforeEach(() => origin.forget());

const get = (path: string, more = "", method = "GET") =>
  say(proxy, `${method} http://${at}${path} HTTP/1.1\r\nHost: ${at}\r\n${more}Connection: close\r\n\r\n`);
const status = (answer: string) => /^cache-status: (.*)\r$/im.exec(answer)?.[1] ?? "";
const content = (answer: string) => answer.slice(answer.indexOf("\r\n\r\n") + 4);

/** Lets the origin answer all requests with these fields and this content. */
function says(fields: string, body: string, line = "200 OK"): void {
  origin.script = () => ({ octets: `HTTP/1.1 ${line}\r\n${fields}\r\nContent-Length: ${body.length}\r\n\r\n${body}` });
}

test("chunked and with an end by closing it is stored alike, and sent with its length", async () => {
  const head = "HTTP/1.1 200 OK\r\nCache-Control: max-age=100\r\n";
  const framings = [
    { octets: `${head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3;x=y\r\ndef\r\n0\r\nX-Trailer: 1\r\n\r\n` },
    { octets: `${head}\r\nabcdef`, end: true },
    { octets: `${head.replace("1.1", "1.0")}\r\nabcdef`, end: true },
  ];
  for (const [number, said] of framings.entries()) {
    origin.script = () => said;
    await get(`/framed/${number}`);
    const hit = await get(`/framed/${number}`);
    expect([status(hit).slice(0, 13), content(hit), /^content-length: 6\r$/im.test(hit)]).toEqual([
      "gatepost; hit",
      "abcdef",
      true,
    ]);
  }
});

test("an empty one ends, too", async () => {
  says("Cache-Control: max-age=100", "");
  await get("/empty");
  const sender = await Sender.dial(proxy);
  for (let turn = 0; turn < 2; turn++) sender.send(`GET http://${at}/empty HTTP/1.1\r\nHost: ${at}\r\n\r\n`);
  await until(() => sender.received.match(/content-length: 0\r\n/gi)?.length === 2, "two answers");
  sender.close();
  expect(origin.requests).toHaveLength(1);
});

test("a browser's conditions are answered here, and the origin's 304 with what is stored", async () => {
  says('Cache-Control: max-age=0\r\nETag: "v1"', "first");
  await get("/etag");
  origin.script = ({ head }) => ({
    octets: /if-none-match: "v1"\r/i.test(head)
      ? 'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\nCache-Control: max-age=100\r\n\r\n'
      : "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
  });
  const validated = await get("/etag");
  expect([statusOf(validated), content(validated), status(validated).includes("fwd-status=304")]).toEqual([
    200,
    "first",
    true,
  ]);
  expect(statusOf(await get("/etag", 'If-None-Match: "v1"\r\n'))).toBe(304);
  expect(origin.requests).toHaveLength(2);
});

test("a post makes what is stored invalid", async () => {
  says("Cache-Control: max-age=100", "before");
  await get("/form");
  await get("/form", "Content-Length: 0\r\n", "POST");
  says("Cache-Control: max-age=100", "after");
  // A request of the same millisecond is not trusted to be later.
  await until(async () => content(await get("/form")) === "after", "the new answer");
});

test("what is stale is used while it is asked for anew", async () => {
  says("Cache-Control: max-age=0, stale-while-revalidate=100", "old");
  await get("/swr");
  says("Cache-Control: max-age=100", "new");
  expect(content(await get("/swr"))).toBe("old");
  await until(async () => content(await get("/swr")) === "new", "the new answer");
  expect(origin.requests).toHaveLength(2);
});

test("a site that is down is answered for, unless it forbids it", async () => {
  const down = await Recorder.open();
  const site = `127.0.0.1:${down.port}`;
  const ask = (path: string) =>
    say(proxy, `GET http://${site}${path} HTTP/1.1\r\nHost: ${site}\r\nConnection: close\r\n\r\n`);
  for (const [path, said] of [
    ["/may", "max-age=0"],
    ["/must", "max-age=0, must-revalidate"],
  ] as const) {
    down.script = () => ({
      octets: `HTTP/1.1 200 OK\r\nCache-Control: ${said}\r\nETag: "a"\r\nContent-Length: 4\r\n\r\nkept`,
    });
    await ask(path);
  }
  down.close();
  expect(content(await ask("/may"))).toBe("kept");
  expect(statusOf(await ask("/must"))).toBe(504);
});

test("twenty who ask at once are one for the origin", async () => {
  const answers = Array.from({ length: 20 }, () => get("/crowd"));
  origin.script = () => ({ octets: "HTTP/1.1 200 OK\r\nCache-Control: max-age=100\r\nContent-Length: 4\r\n\r\nhere" });
  expect((await Promise.all(answers)).map(content)).toEqual(Array.from({ length: 20 }, () => "here"));
  expect(origin.requests).toHaveLength(1);
});

test("curl goes on with a large download from what is stored, also after a restart", async () => {
  const large = Array.from({ length: 100_000 }, (_, n) => String(n).padStart(9, "0")).join("\n");
  says('Cache-Control: max-age=1000\r\nETag: "large"', large);
  const curl = (...args: string[]) =>
    succeed(["curl", "-sS", "--noproxy", "", "-x", `http://127.0.0.1:${proxy}`, ...args, `http://${at}/large`]);
  expect(await curl()).toBe(large);
  await until(async () => status(await get("/large", "", "HEAD")).includes("hit"), "it to be stored");
  expect(await curl("-C", "500000")).toBe(large.slice(500_000));
  await server.stop();
  await server.resume();
  expect(await curl("-r", "-10")).toBe(large.slice(-10));
  expect(await curl()).toBe(large);
  expect(origin.requests.filter(({ head }) => head.startsWith("GET"))).toHaveLength(1);
});

test("the commands show figures and purge, and the switch turns it off", async () => {
  says("Cache-Control: max-age=100", "small");
  await get("/purged");
  await get("/purged");
  const before = await server.json<{ entries: number; hits: number; savedOctets: number }>("proxy", "cache", "show");
  expect(before.entries).toBeGreaterThan(0);
  expect(before.hits).toBeGreaterThan(0);
  await server.command(["proxy", "cache", "purge", `http://${at}/purged`]);
  await until(async () => status(await get("/purged")).includes("hit"), "it to be stored again");
  expect(origin.requests.length).toBeGreaterThan(1);
  await server.set("proxyCache.enabled=no");
  expect(status(await get("/purged"))).toContain("bypass");
  await until(
    async () => (await server.json<{ entries: number }>("proxy", "cache", "show")).entries === 0,
    "nothing to be kept",
  );
  await server.set("proxyCache.enabled=yes");
});
