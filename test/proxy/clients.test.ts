/** The web proxy with the programs that people use, against the executable. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { launchWholeChromium } from "../chromium.ts";
import { Gatepost, PASSWORD, run, type Said, succeed, temporaryFolder } from "../harness.ts";
import { makePem } from "../tls.ts";
import { Raw } from "./house.ts";

const BODY = "0123456789".repeat(40_000);

let house: Gatepost;
let proxy: string;
let secure: string;
let origin: ReturnType<typeof Bun.serve>;
let origin6: ReturnType<typeof Bun.serve>;
let originTls: ReturnType<typeof Bun.serve>;
let roots: string;
const folder = temporaryFolder("gatepost-proxy");

/** What the origin shows: what was sent, a file, a socket that says back what it hears. */
async function answer(request: Request, server: Bun.Server<undefined>): Promise<Response | undefined> {
  const { pathname } = new URL(request.url);
  if (pathname === "/socket" && server.upgrade(request)) return undefined;
  if (pathname === "/echo") return new Response(await request.arrayBuffer());
  if (pathname === "/head") return Response.json(Object.fromEntries(request.headers));
  if (pathname.startsWith("/files/")) {
    const file = Bun.file(join(folder, "repository", pathname.slice(7)));
    return (await file.exists()) ? new Response(file) : new Response("", { status: 404 });
  }
  if (pathname === "/page")
    return new Response("<title>Through</title><h1>Through the proxy</h1>", {
      headers: { "content-type": "text/html" },
    });
  return new Response(BODY);
}

function serve(hostname: string, tls?: { cert: string; key: string }): ReturnType<typeof Bun.serve> {
  const websocket = {
    message: (socket: Bun.ServerWebSocket<undefined>, text: string | Buffer) => void socket.send(`heard ${text}`),
  };
  return Bun.serve<undefined>({ hostname, port: 0, fetch: answer, websocket, ...(tls && { tls }) });
}

beforeAll(async () => {
  house = await Gatepost.start({ settings: ["gateway.reachable=127.0.0.0/8,::1/128", "gateway.tunnelPorts=any"] });
  await house.addUser("ann", "permissions=+http.proxy");
  proxy = `127.0.0.1:${house.port(3128)}`;
  secure = `https://127.0.0.1:${house.port(3129)}`;
  const pem = makePem();
  roots = join(folder, "roots.pem");
  writeFileSync(roots, `${pem.cert}\n${readFileSync(await house.rootFile(), "utf8")}`);
  origin = serve("127.0.0.1");
  origin6 = serve("::1");
  originTls = serve("127.0.0.1", pem);
}, 60_000);

afterAll(async () => {
  await house.remove();
  await Promise.all([origin, origin6, originTls].map((server) => server.stop(true)));
  rmSync(folder, { recursive: true, force: true });
});

const guests = (may: boolean) => house.command(["user", "set", "guest", `permissions=${may ? "+" : "-"}http.proxy`]);
const ANN = ["--proxy-user", `ann:${PASSWORD}`];
const curl = (...args: string[]): Promise<Said> => run(["curl", "-sS", "-m", "15", "--noproxy", "", ...args]);
const through = (...args: string[]) => curl("-x", `http://${proxy}`, ...ANN, ...args);
const fine = { code: 0, out: BODY, error: "" };

describe("curl", () => {
  test("fetches http, https through a tunnel, and both from IPv6 addresses", async () => {
    expect(await through(`http://127.0.0.1:${origin.port}/`)).toEqual(fine);
    expect(await through(`http://localhost:${origin.port}/`)).toEqual(fine);
    expect(await through(`http://[::1]:${origin6.port}/`)).toEqual(fine);
    expect(await through("-p", `http://[::1]:${origin6.port}/`)).toEqual(fine);
    expect(await through("--cacert", roots, `https://localhost:${originTls.port}/`)).toEqual(fine);
  });

  test("speaks TLS with the proxy itself", async () => {
    const own = ["--proxy-cacert", roots, "-x", secure, ...ANN];
    expect(await curl(...own, `http://localhost:${origin.port}/`)).toEqual(fine);
    expect(await curl(...own, "--cacert", roots, `https://localhost:${originTls.port}/`)).toEqual(fine);
  });

  test("needs a right login, unless guests may come; the origin never sees it", async () => {
    const url = `http://127.0.0.1:${origin.port}/head`;
    const code = ["-o", "/dev/null", "-w", "%{http_code} %{http_connect}"];
    expect((await curl("-x", proxy, ...code, url)).out).toBe("407 000");
    expect((await curl("-x", proxy, "-U", "ann:wrong", ...code, url)).out).toBe("407 000");
    expect((await curl("-x", proxy, "-p", ...code, url)).out).toBe("000 407");
    expect((await through("--proxy-anyauth", url)).out).not.toContain("proxy-auth");
    await guests(true);
    expect(JSON.parse((await curl("-x", proxy, url)).out)).toMatchObject({
      via: expect.stringMatching(/^1\.1 gatepost-/),
    });
    await guests(false);
    expect((await curl("-x", proxy, ...code, url)).out).toBe("407 000");
  });

  test("uploads with a length, in chunks, and after 100 (Continue)", async () => {
    const file = join(folder, "upload");
    writeFileSync(file, BODY);
    const url = `http://127.0.0.1:${origin.port}/echo`;
    for (const more of [[], ["-H", "Transfer-Encoding: chunked"], ["-H", "Expect: 100-continue"], ["--http1.0"]]) {
      expect([more, await through("-T", file, ...more, url)]).toEqual([more, fine]);
      expect([more, await through("--data-binary", `@${file}`, ...more, url)]).toEqual([more, fine]);
    }
  });

  test("keeps its connection for many requests, and hears why something is not fetched", async () => {
    const url = `http://127.0.0.1:${origin.port}/page`;
    const said = await through(
      "-o",
      "/dev/null",
      "-w",
      "%{num_connects} ",
      ...Array.from({ length: 5 }, () => ["-o", "/dev/null", url]).flat(),
    );
    expect(said.out).toBe("1 0 0 0 0 ");
    const page = await through("http://10.255.255.1/");
    expect(page.out).toContain("<title>");
    const code = async (url: string) => (await through("-o", "/dev/null", "-w", "%{http_code}", url)).out;
    expect(await code("http://10.255.255.1/")).toBe("403");
    expect(await code(`http://127.0.0.1:${house.port(3128)}/`)).toBe("403");
    expect(await code("http://nothing.invalid/")).toBe("502");
    expect(await code("http://127.0.0.1:1025/")).toBe("502");
  });
});

describe("rules about addresses", () => {
  const at = (path: string) => `http://127.0.0.1:${origin.port}${path}`;
  const codes = async (login: readonly string[], ...urls: string[]) => {
    const each = urls.flatMap((url) => ["-o", "/dev/null", "--path-as-is", "-x", `http://${proxy}`, ...login, url]);
    return (await curl("-w", "%{http_code}:%{num_connects} ", ...each)).out.trim();
  };
  const rule = async (...words: string[]) => await house.command(["proxy", "rule", ...words]);
  /** "from=… to=…" of an hour of today in which it is, or is not. */
  const hours = (now: boolean) => {
    const hour = (new Date().getHours() + (now ? 23 : 11)) % 24;
    return [`from=${hour}:00`, `to=${(hour + 3) % 24}:00`];
  };

  test("bar, warn and allow by user, time and address, request by request on one connection", async () => {
    await house.addUser("bob", "permissions=+http.proxy");
    const bob = ["--proxy-user", `bob:${PASSWORD}`];
    await rule("add", "Open", "action=allow", "urls=*/open/*");
    await rule("add", "Programs", "action=bar", "users=ann", "urls=*.exe", ...hours(true));
    await rule("add", "Chat", "action=warn", "users=bob", "urls=*/chat*");
    const paths = ["/page", "/x/setup.exe", "/x/%73etup.%65xe?v=1", "/page"].map(at);
    expect(await codes(ANN, ...paths)).toBe("200:1 403:0 403:0 200:0");
    expect(await codes(bob, ...paths)).toBe("200:1 200:0 200:0 200:0");
    expect(await codes(ANN, at("/open/setup.exe"), at("/open/../setup.exe"))).toBe("200:1 403:0");
    expect(await codes(bob, at("/chat/1"), at("/page"))).toBe("403:1 200:0");
    // A tunnel hides what is asked for.
    expect(await through("-p", at("/x/setup.exe"))).toEqual(fine);
    await rule("set", "Programs", ...hours(false));
    expect(await codes(ANN, ...paths)).toBe("200:1 200:0 200:0 200:0");
    const trips = await house.json<{ login: string; rule: string }[]>("proxy", "log", "--verdict", "barred");
    expect(trips.filter(({ rule }) => rule === "Programs").every(({ login }) => login === "ann")).toBe(true);
  });

  test("are told by the trial, the list and the API", async () => {
    const test = async (...words: string[]) => await house.command(["proxy", "test", "127.0.0.1", ...words]);
    await rule("set", "Programs", ...hours(true));
    expect(await test("--user", "ann", "--path", "/setup.exe")).toContain("bar: ");
    expect(await test("--user", "ann", "--port", "21", "--path", "/setup.exe")).toContain("Programs");
    expect(await test("--user", "ann")).toContain("allow: ");
    const listed = await house.json<{ name: string; urls: string[] }[]>("proxy", "rule", "list");
    expect(listed.map(({ urls }) => urls)).toEqual([["*/open/*"], ["*.exe"], ["*/chat*"]]);
    for (const { name } of listed) await rule("remove", name);
  });
});

test("an upload that is too large is in the log", async () => {
  const file = join(folder, "large");
  writeFileSync(file, BODY);
  const send = async (...more: string[]) =>
    (
      await through(
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        "-T",
        file,
        ...more,
        `http://localhost:${origin.port}/echo`,
      )
    ).out;
  await house.command(["settings", "set", "webproxy.maxRequest=1000"]);
  expect(await send()).toBe("413");
  expect(await send("-H", "Transfer-Encoding: chunked")).toBe("413");
  await house.command(["settings", "set", "webproxy.maxRequest=0"]);
  const log = () =>
    house.json<{ login: string; why: string; times: number }[]>(
      "proxy",
      "log",
      "--verdict",
      "barred",
      "--host",
      "localhost",
    );
  let trips = await log();
  while (trips.reduce((sum, { times }) => sum + times, 0) < 2) trips = await log();
  for (const { login, why } of trips) {
    expect([login, why]).toEqual(["ann", "No more than 1000 octets may be sent through the proxy at once."]);
  }
}, 30_000);

test("python's http.client fetches, posts and makes tunnels", async () => {
  const script = `
import base64, http.client, ssl, sys
host, port, plain, tls, roots, login = sys.argv[1:]
auth = {"Proxy-Authorization": "Basic " + base64.b64encode(login.encode()).decode()}
c = http.client.HTTPConnection(host, int(port), timeout=10)
for n in (0, 10, 300000):
    c.request("POST", "http://localhost:%s/echo" % plain, body=b"x" * n, headers=auth)
    r = c.getresponse()
    assert (r.status, len(r.read())) == (200, n), (n, r.status)
c.request("POST", "http://localhost:%s/echo" % plain, body=iter([b"a" * 10, b"b" * 70000]), headers=auth, encode_chunked=True)
r = c.getresponse()
assert len(r.read()) == 70010
c.request("HEAD", "http://localhost:%s/" % plain, headers=auth)
r = c.getresponse()
assert (r.status, r.read()) == (200, b"")
t = http.client.HTTPSConnection(host, int(port), timeout=10, context=ssl.create_default_context(cafile=roots))
t.set_tunnel("localhost", int(tls), headers=auth)
t.request("GET", "/")
print(len(t.getresponse().read()))
`;
  const args = ["127.0.0.1", `${house.port(3128)}`, `${origin.port}`, `${originTls.port}`, roots, `ann:${PASSWORD}`];
  expect((await succeed(["python3", "-c", script, ...args])).trim()).toBe(String(BODY.length));
});

test("a WebSocket goes through, by Upgrade and by a tunnel", async () => {
  const login = `Proxy-Authorization: Basic ${Buffer.from(`ann:${PASSWORD}`).toString("base64")}\r\n`;
  const authority = `127.0.0.1:${origin.port}`;
  const upgrade = `Host: ${authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n`;
  // RFC 6455 §5.2: one text frame "hi", masked with zeros.
  const frame = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]);
  const plain = await Raw.dial(house.port(3128));
  plain.write(`GET http://${authority}/socket HTTP/1.1\r\n${upgrade}${login}\r\n`);
  const head = await plain.until(/\r\n\r\n/);
  expect(head).toStartWith("HTTP/1.1 101 ");
  expect(head).toContain("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  plain.write(frame);
  await plain.until(/heard hi/);
  plain.close();
  const tunnel = await Raw.dial(house.port(3128));
  tunnel.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${login}\r\n`);
  await tunnel.until(/\r\n\r\n/);
  tunnel.write(`GET /socket HTTP/1.1\r\n${upgrade}\r\n`);
  await tunnel.until(/\r\n\r\n/);
  tunnel.write(frame);
  await tunnel.until(/heard hi/);
  tunnel.close();
});

test("apt fetches a repository", async () => {
  const root = join(folder, "apt");
  const dist = join(folder, "repository");
  for (const path of ["lists/partial", "cache/archives/partial", "etc/preferences.d", "etc/apt.conf.d", "state"]) {
    mkdirSync(join(root, path), { recursive: true });
  }
  mkdirSync(dist, { recursive: true });
  const packages =
    "Package: hello-gatepost\nVersion: 1.0\nArchitecture: all\nMaintainer: x\nFilename: ./hello.deb\nSize: 9\nDescription: x\n\n";
  writeFileSync(join(dist, "Packages"), packages);
  writeFileSync(join(root, "status"), "");
  writeFileSync(join(root, "sources.list"), `deb [trusted=yes] http://127.0.0.1:${origin.port}/files ./\n`);
  const options = {
    "Dir::Etc": join(root, "etc"),
    "Dir::Etc::sourcelist": join(root, "sources.list"),
    "Dir::Etc::sourceparts": "-",
    "Dir::State": join(root, "state"),
    "Dir::State::lists": join(root, "lists"),
    "Dir::State::status": join(root, "status"),
    "Dir::Cache": join(root, "cache"),
    "Acquire::http::Proxy": `http://ann:${PASSWORD}@${proxy}/`,
    "APT::Sandbox::User": "root",
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  await succeed(["apt-get", ...flags, "update"]);
  expect(await succeed(["apt-cache", ...flags, "show", "hello-gatepost"])).toContain("Version: 1.0");
});

/** Types ann's login when the browser asks for one, as a person would: Playwright's own way knows servers alone. Gives who asked. */
async function answerTheProxy(page: Page): Promise<string[]> {
  const asked: string[] = [];
  const devtools = await page.context().newCDPSession(page);
  devtools.on("Fetch.requestPaused", ({ requestId }) => void devtools.send("Fetch.continueRequest", { requestId }));
  devtools.on("Fetch.authRequired", ({ requestId, authChallenge: { origin } }) => {
    asked.push(origin);
    const authChallengeResponse = { response: "ProvideCredentials", username: "ann", password: PASSWORD } as const;
    void devtools.send("Fetch.continueWithAuth", { requestId, authChallengeResponse });
  });
  await devtools.send("Fetch.enable", { handleAuthRequests: true, patterns: [{ urlPattern: "*" }] });
  return asked;
}

describe("Chromium", () => {
  test("goes through the proxy with a login, and by the file for automatic set-up", async () => {
    const browser = await launchWholeChromium("--proxy-bypass-list=<-loopback>");
    try {
      const context = await browser.newContext({
        proxy: { server: `http://${proxy}`, username: "ann", password: PASSWORD, bypass: "<-loopback>" },
        ignoreHTTPSErrors: true,
      });
      const page = await context.newPage();
      await page.goto(`http://127.0.0.1:${origin.port}/page`);
      expect(await page.title()).toBe("Through");
      const socket = await page.evaluate(
        (port) =>
          new Promise<string>((resolve) => {
            const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`);
            socket.onopen = () => socket.send("browser");
            socket.onmessage = ({ data }) => resolve(String(data));
            socket.onerror = () => resolve("error");
          }),
        origin.port as number,
      );
      expect(socket).toBe("heard browser");
      await page.goto(`https://localhost:${originTls.port}/page`);
      expect(await page.title()).toBe("Through");
      await page.goto("http://10.255.255.1/");
      expect(await page.title()).toContain("not outside");
    } finally {
      await browser.close();
    }
    const other = await launchWholeChromium(`--proxy-pac-url=http://${proxy}/proxy.pac`);
    try {
      const page = await other.newPage();
      const asked = await answerTheProxy(page);
      await page.goto("http://nothing.invalid/");
      expect(await page.title()).toContain("cannot be found");
      expect(await page.goto("https://tunnel.invalid/").catch(String)).toContain("ERR_TUNNEL_CONNECTION_FAILED");
      expect(asked).toEqual([`http://${proxy}`]);
    } finally {
      await other.close();
    }
    const log = () =>
      house.json<{ login: string; host: string; verdict: string }[]>("proxy", "log", "--host", ".invalid");
    let trips = await log();
    while (!trips.some(({ host }) => host === "tunnel.invalid")) trips = await log();
    expect(trips.every(({ login, verdict }) => login === "ann" && verdict === "unresolved")).toBe(true);
    // That the browser asked without a login first is nothing to tell.
    expect(await house.json("proxy", "log", "--verdict", "login", "--login", "guest")).toEqual([]);
  }, 60_000);
});

test("the list of services shows the proxy's ports", async () => {
  const services = await house.json<{ service: string; port: number; state: string }[]>("services");
  const ports = services.filter(({ service }) => service === "proxy").map(({ port, state }) => [port, state]);
  expect(ports).toEqual([
    [house.port(3128), "listening"],
    [house.port(3129), "listening"],
  ]);
});
