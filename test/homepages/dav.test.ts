/** Home-page folders as network drives: the executable with the clients that people have, and with those that mean no good. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { type Gatepost, PASSWORD, run, succeed, temporaryFolder, until } from "../harness.ts";
import { dav as ask, baseOf, basic, put, rawGet, startSite, statusOf } from "./site.ts";

let server: Gatepost;
let folder: string;
beforeAll(async () => {
  server = await startSite();
  folder = join(server.folder, "files/people/anna/www");
  await put(server, "/index.html", "<h1>Anna</h1>");
});
afterAll(async () => {
  await server.remove();
  expect(server.log).not.toContain("fault");
});

const dav = (method: string, path: string, options: Parameters<typeof ask>[3] = {}) =>
  ask(server, method, path, options);
const statusFor = async (...asked: Parameters<typeof dav>) => (await dav(...asked)).status;
const address = (path: string) => `${baseOf(server)}/dav/pages/anna${path}`;
const onDisk = (path: string) => readFileSync(join(folder, path), "utf8");

const LOCK =
  '<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner>Anna &amp; laptop</D:owner></D:lockinfo>';
const find = (inner: string) => `<?xml version="1.0"?><D:propfind xmlns:D="DAV:">${inner}</D:propfind>`;

describe("clients", () => {
  test("litmus finds nothing wrong", async () => {
    const said = await run(["litmus", "-k", address("/"), "anna", PASSWORD], { cwd: temporaryFolder(), seconds: 50 });
    const results = [...said.out.matchAll(/of (\d+) tests run: (\d+) passed, (\d+) failed/g)].map(([, ...numbers]) =>
      numbers.map(Number),
    );
    expect(results.map(([, , failed]) => failed)).toEqual([0, 0, 0, 0, 0]);
    expect(results.reduce((sum, [ran = 0]) => sum + ran, 0)).toBeGreaterThan(100);
    expect(said.out).not.toContain("WARNING");
  }, 60_000);

  test("rclone brings a tree there and back, and finds it as it was", async () => {
    const [here, back] = [temporaryFolder(), temporaryFolder()];
    mkdirSync(join(here, "Bilder & Töne/leer nicht"), { recursive: true });
    writeFileSync(join(here, "Bilder & Töne/leer nicht/a%20b #1?.txt"), "eins");
    writeFileSync(join(here, "groß.bin"), new Uint8Array(3_000_000).fill(7));
    const secret = (await succeed(["rclone", "obscure", PASSWORD])).trim();
    const options = [
      "--webdav-url",
      address("/"),
      "--webdav-user",
      "anna",
      "--webdav-pass",
      secret,
      "--webdav-vendor",
      "other",
      "--config",
      "/dev/null",
      "-q",
    ];
    await succeed(["rclone", "copy", here, ":webdav:tree", ...options]);
    expect(onDisk("tree/Bilder & Töne/leer nicht/a%20b #1?.txt")).toBe("eins");
    await succeed(["rclone", "check", here, ":webdav:tree", ...options]);
    await succeed(["rclone", "moveto", ":webdav:tree", ":webdav:Baum 2", ...options]);
    await succeed(["rclone", "copy", ":webdav:Baum 2", back, ...options]);
    await succeed(["diff", "-r", here, back]);
    await succeed(["rclone", "purge", ":webdav:Baum 2", ...options]);
    expect(existsSync(join(folder, "Baum 2"))).toBe(false);
  }, 60_000);

  test("cadaver looks, brings, locks, gives properties and removes", async () => {
    const home = temporaryFolder();
    writeFileSync(join(home, ".netrc"), `machine 127.0.0.1\nlogin anna\npassword ${PASSWORD}\n`, { mode: 0o600 });
    writeFileSync(join(home, "page.html"), "<p>aus cadaver</p>");
    const lines = [
      "mkcol sub",
      "cd sub",
      "put page.html",
      "lock page.html",
      "propset page.html colour blue",
      "propget page.html colour",
      "unlock page.html",
      "copy page.html other.html",
      "ls",
      "quit",
    ];
    const { out } = await run(["cadaver", address("/")], {
      stdin: `${lines.join("\n")}\n`,
      cwd: home,
      env: { HOME: home },
    });
    expect(out).toContain("blue");
    expect(out).toContain("other.html");
    expect(out).not.toMatch(/failed/i);
    expect(onDisk("sub/other.html")).toBe("<p>aus cadaver</p>");
  });

  test("what a file manager asks first is answered to everybody", async () => {
    const response = await fetch(address("/"), { method: "OPTIONS" });
    expect(response.headers.get("dav")).toBe("1, 2, 3");
    expect(response.headers.get("ms-author-via")).toBe("DAV");
    expect(response.headers.get("allow")).toContain("PROPFIND");
  });

  test("the way to a folder is there, as far as one may go", async () => {
    const look = (path: string, depth: string, login = "berta") =>
      fetch(`${baseOf(server)}${path}`, { method: "PROPFIND", headers: { authorization: basic(login), depth } });
    for (const [path, next] of [
      ["/dav", "/dav/pages/"],
      ["/dav/pages/", "/dav/pages/berta/"],
    ] as const) {
      expect((await look(path, "0")).status).toBe(207);
      expect(await (await look(path, "1")).text()).toContain(`<D:href>${next}</D:href>`);
    }
    expect((await look("/dav/other", "0")).status).toBe(404);
    const first = { method: "OPTIONS", headers: { "user-agent": "Microsoft-WebDAV-MiniRedir/10.0.19045" } };
    expect((await fetch(`${baseOf(server)}/`, first)).headers.get("dav")).toBe("1, 2, 3");
  });

  test("what is brought is at once on the page", async () => {
    await put(server, "/news.html", "<p>neu</p>");
    expect(await (await fetch(`${baseOf(server)}/~anna/news.html`)).text()).toBe("<p>neu</p>");
  });
});

describe("PROPFIND", () => {
  test("shows a folder and what is in it, and nothing deeper", async () => {
    await dav("MKCOL", "/eins");
    await put(server, "/eins/a&b <c>.txt", "abc");
    const text = await (await dav("PROPFIND", "/eins", { headers: { depth: "1" } })).text();
    expect(text.match(/<D:response>/g)).toHaveLength(2);
    expect(text).toContain("<D:href>/dav/pages/anna/eins/</D:href>");
    expect(text).toContain("<D:href>/dav/pages/anna/eins/a%26b%20%3Cc%3E.txt</D:href>");
    expect(text).toContain("<D:getcontentlength>3</D:getcontentlength>");
    expect(text).not.toContain("quota-");
  });

  test("of everything at once is refused as it should be", async () => {
    for (const headers of [{ depth: "infinity" }, {}] as Record<string, string>[]) {
      const response = await dav("PROPFIND", "/", { headers });
      expect([response.status, await response.text()]).toEqual([403, expect.stringContaining("propfind-finite-depth")]);
    }
    expect(await statusFor("PROPFIND", "/", { headers: { depth: "2" } })).toBe(400);
    expect(await statusFor("PROPFIND", "/nothing", { headers: { depth: "0" } })).toBe(404);
  });

  test("tells how much room is left, where somebody asks", async () => {
    const body = find("<D:prop><D:quota-used-bytes/><D:quota-available-bytes/><x:y xmlns:x='urn:x'/></D:prop>");
    const ask = async () => await (await dav("PROPFIND", "/", { headers: { depth: "0" }, body })).text();
    expect(await ask()).toMatch(/<D:quota-used-bytes>[1-9]\d*<\/D:quota-used-bytes>/);
    await server.set("files.maxOctets=50000000");
    const text = await ask();
    expect(text).toMatch(/<D:quota-available-bytes>\d+<\/D:quota-available-bytes>/);
    expect(text).toContain("<D:status>HTTP/1.1 404 Not Found</D:status>");
    await server.set("files.maxOctets=");
  });
});

describe("writing", () => {
  test("over the limit is refused, and what was there stays", async () => {
    await put(server, "/full.txt", "vorher");
    await server.set("files.maxOctets=1000000");
    expect(await statusFor("PUT", "/full.txt", { body: new Uint8Array(2_000_000) })).toBe(507);
    const pieces = new ReadableStream({
      start(controller) {
        for (let at = 0; at < 20; at++) controller.enqueue(new Uint8Array(100_000));
        controller.close();
      },
    });
    expect(await statusFor("PUT", "/full.txt", { body: pieces })).toBe(507);
    await server.set("files.maxOctets=");
    expect(onDisk("full.txt")).toBe("vorher");
  });

  test("that breaks off leaves what was there", async () => {
    await put(server, "/whole.txt", "ganz");
    const head = (length: string) =>
      `PUT /dav/pages/anna/whole.txt HTTP/1.1\r\nHost: a\r\nAuthorization: ${basic("anna")}\r\n${length}\r\n\r\n`;
    for (const octets of [
      `${head("Content-Length: 100000")}halb`,
      `${head("Transfer-Encoding: chunked")}4\r\nhalb\r\n`,
    ]) {
      const socket = connect(server.port(80), "127.0.0.1");
      await new Promise<void>((resolve) => socket.write(octets, () => resolve()));
      await until(
        async () => (await run(["sh", "-c", `ls -A '${folder}' | grep -q gatepost-upload`])).code === 0,
        "the upload to begin",
      );
      socket.destroy();
      await until(
        async () => (await run(["sh", "-c", `ls -A '${folder}' | grep -q gatepost-upload`])).code !== 0,
        "the upload to be given up",
      );
      expect(onDisk("whole.txt")).toBe("ganz");
    }
  });

  test("happens only on what the client knows", async () => {
    await put(server, "/known.txt", "eins");
    const etag = (await dav("HEAD", "/known.txt")).headers.get("etag") ?? "";
    expect(await statusFor("PUT", "/known.txt", { body: "x", headers: { "if-none-match": "*" } })).toBe(412);
    expect(await statusFor("PUT", "/known.txt", { body: "x", headers: { "if-match": '"other"' } })).toBe(412);
    expect(await statusFor("DELETE", "/known.txt", { headers: { "if-match": '"other"' } })).toBe(412);
    expect(await statusFor("PUT", "/known.txt", { body: "zwei", headers: { "if-match": etag } })).toBe(204);
    expect(await statusFor("PUT", "/known.txt", { body: "x", headers: { if: `([${etag}])` } })).toBe(412);
    expect(await statusFor("PUT", "/known.txt", { body: "x", headers: { "content-range": "bytes 0-0/1" } })).toBe(400);
    expect(onDisk("known.txt")).toBe("zwei");
  });

  test("keeps the time that a client gives", async () => {
    const response = await dav("PUT", "/old.txt", { body: "alt", headers: { "x-oc-mtime": "1000000000" } });
    expect(response.headers.get("x-oc-mtime")).toBe("accepted");
    expect((await dav("HEAD", "/old.txt")).headers.get("last-modified")).toBe("Sun, 09 Sep 2001 01:46:40 GMT");
  });

  test("of much is not held in memory", async () => {
    const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))?.[1]) / 1_024;
    const before = memory();
    const large = join(temporaryFolder(), "large");
    await succeed(["truncate", "-s", "300M", large]);
    await succeed(["curl", "-sf", "-u", `anna:${PASSWORD}`, "-T", large, address("/large.bin")], { seconds: 50 });
    expect(memory() - before).toBeLessThan(200);
    expect(await statusFor("DELETE", "/large.bin")).toBe(204);
  }, 60_000);
});

describe("moving and copying", () => {
  test("stay in the folder", async () => {
    await put(server, "/m.txt", "m");
    const to = (destination: string) => statusFor("MOVE", "/m.txt", { headers: { destination } });
    for (const away of [
      "http://elsewhere.test/dav/pages/anna/x",
      `${baseOf(server)}/dav/pages/berta/x`,
      `${baseOf(server)}/~anna/x`,
      "/x",
    ])
      expect([away, await to(away)]).toEqual([away, 502]);
    for (const bad of ["x.txt", address("/%2e%2e%2fx"), address("/a%00b"), address("/%c0%ae"), address("/a%5cb")])
      expect([bad, await to(bad)]).toEqual([bad, 400]);
    expect(await to(address("/m.txt"))).toBe(403);
    expect(await to(address("/"))).toBe(403);
    expect(await to(address("/no/such/m.txt"))).toBe(409);
    await dav("MKCOL", "/top");
    expect(await statusFor("COPY", "/top", { headers: { destination: address("/top/in") } })).toBe(403);
    expect(await statusFor("DELETE", "/")).toBe(403);
  });

  test("replace only where that is wanted", async () => {
    await put(server, "/from.txt", "neu");
    await put(server, "/to.txt", "alt");
    const headers = { destination: address("/to.txt") };
    expect(await statusFor("COPY", "/from.txt", { headers: { ...headers, overwrite: "F" } })).toBe(412);
    expect(onDisk("to.txt")).toBe("alt");
    expect(await statusFor("MOVE", "/from.txt", { headers })).toBe(204);
    expect(onDisk("to.txt")).toBe("neu");
  });

  const tree = async (path: string, content: string) => {
    await dav("MKCOL", path);
    await put(server, `${path}/${content}.txt`, content);
  };
  const hidden = (path = "") => readdirSync(join(folder, path)).filter((name) => name.startsWith(".gatepost-"));

  test("put folders and files in each other's place", async () => {
    await tree("/old", "old");
    await tree("/new", "new");
    await put(server, "/file.txt", "file");
    const headers = { destination: address("/old") };
    expect(await statusFor("COPY", "/new", { headers })).toBe(204);
    expect(readdirSync(join(folder, "old"))).toEqual(["new.txt"]);
    expect(await statusFor("COPY", "/file.txt", { headers })).toBe(204);
    expect(onDisk("old")).toBe("file");
    expect(await statusFor("MOVE", "/new", { headers })).toBe(204);
    expect(onDisk("old/new.txt")).toBe("new");
    expect(existsSync(join(folder, "new"))).toBe(false);
    expect(hidden()).toEqual([]);
  });

  test("leave what is there where they are refused: too deep, no room", async () => {
    await tree("/deep", "deep");
    mkdirSync(join(folder, "deep", ...Array.from({ length: 60 }, () => "d")), { recursive: true });
    const low = Array.from({ length: 50 }, () => "l").join("/");
    mkdirSync(join(folder, low, "kept"), { recursive: true });
    writeFileSync(join(folder, low, "kept/old.txt"), "old");
    for (const method of ["MOVE", "COPY"]) {
      const headers = { destination: address(`/${low}/kept`) };
      expect([method, await statusFor(method, "/deep", { headers })]).toEqual([method, 400]);
      expect(onDisk(`${low}/kept/old.txt`)).toBe("old");
      expect(onDisk("deep/deep.txt")).toBe("deep");
    }
    await tree("/kept", "kept");
    await tree("/large", "large");
    await put(server, "/large/large.bin", new Uint8Array(300_000));
    const propfind = await (
      await dav("PROPFIND", "/", { headers: { depth: "0" }, body: find("<D:prop><D:quota-used-bytes/></D:prop>") })
    ).text();
    const used = Number(/quota-used-bytes>(\d+)/.exec(propfind)?.[1]);
    await server.command(["settings", "set", `files.maxOctets=${used + 100_000}`]);
    expect(await statusFor("COPY", "/large", { headers: { destination: address("/kept") } })).toBe(507);
    await server.command(["settings", "set", "files.maxOctets="]);
    expect(onDisk("kept/kept.txt")).toBe("kept");
    expect([hidden(), hidden(low)]).toEqual([[], []]);
  });
});

describe("locks", () => {
  const locked = async (path: string, headers: Record<string, string> = {}) => {
    const response = await dav("LOCK", path, { body: LOCK, headers });
    return { status: response.status, token: response.headers.get("lock-token") ?? "", text: await response.text() };
  };

  test("keep others of one's devices from changing what is open", async () => {
    await put(server, "/open.odt", "1");
    const { token, text } = await locked("/open.odt", { timeout: "Second-100000, Infinite" });
    expect(text).toContain("<D:timeout>Second-3600</D:timeout>");
    expect(text).toContain("Anna &#38; laptop");
    for (const [method, headers] of [
      ["PUT", {}],
      ["DELETE", {}],
      ["MOVE", { destination: address("/x.odt") }],
      ["LOCK", {}],
    ] as const)
      expect([
        method,
        await statusFor(method, "/open.odt", {
          headers,
          ...(method === "LOCK" ? { body: LOCK } : method === "PUT" && { body: "2" }),
        }),
      ]).toEqual([method, 423]);
    expect(await statusFor("PUT", "/open.odt", { body: "2", headers: { if: `(${token})` } })).toBe(204);
    expect(await statusFor("UNLOCK", "/index.html", { headers: { "lock-token": token } })).toBe(409);
    expect(await statusFor("UNLOCK", "/open.odt", { headers: { "lock-token": token } })).toBe(204);
    expect(await statusFor("PUT", "/open.odt", { body: "3" })).toBe(204);
  });

  test("on something in a folder keep the folder", async () => {
    await dav("MKCOL", "/keep");
    await put(server, "/keep/a.txt", "a");
    const { token } = await locked("/keep/a.txt");
    const response = await dav("DELETE", "/keep");
    expect([response.status, await response.text()]).toEqual([207, expect.stringContaining("423 Locked")]);
    expect(onDisk("keep/a.txt")).toBe("a");
    await dav("UNLOCK", "/keep/a.txt", { headers: { "lock-token": token } });
  });

  test("on a name that is not there yet make an empty file", async () => {
    const { status, token } = await locked("/later.txt");
    expect([status, onDisk("later.txt")]).toEqual([201, ""]);
    await dav("UNLOCK", "/later.txt", { headers: { "lock-token": token } });
  });

  test("cannot be taken without end", async () => {
    await dav("MKCOL", "/many");
    const statuses: number[] = [];
    for (let at = 0; at < 520; at += 20)
      statuses.push(
        ...(await Promise.all(Array.from({ length: 20 }, async (_, n) => (await locked(`/many/${at + n}`)).status))),
      );
    expect(statuses.filter((status) => status === 201)).toHaveLength(500);
    expect(statuses.filter((status) => status === 429)).toHaveLength(20);
    expect(await (await dav("PROPFIND", "/index.html", { headers: { depth: "0" } })).text()).toContain("index.html");
    expect(await statusFor("PUT", "/still.txt", { body: "works" })).toBe(201);
  }, 30_000);
});

describe("whoever is not the owner", () => {
  test("is not let in", async () => {
    expect((await fetch(address("/"), { method: "PROPFIND" })).headers.get("www-authenticate")).toStartWith("Basic");
    expect(await statusFor("GET", "/index.html", { headers: { authorization: basic("anna", "wrong") } })).toBe(401);
    expect(await statusFor("GET", "/index.html", { headers: { authorization: "Basic !!!" } })).toBe(401);
    for (const method of ["GET", "PUT", "DELETE", "PROPFIND", "LOCK", "MKCOL"])
      expect([method, await statusFor(method, "/index.html", { headers: { authorization: basic("berta") } })]).toEqual([
        method,
        403,
      ]);
    expect(await statusFor("GET", "/index.html", { login: "nobody", headers: { authorization: basic("berta") } })).toBe(
      403,
    );
  });

  test("and may only read, changes nothing", async () => {
    expect(await statusFor("PROPFIND", "/", { login: "carl", headers: { depth: "1" } })).toBe(207);
    for (const [method, init] of [
      ["PUT", { body: "x" }],
      ["MKCOL", {}],
      ["DELETE", {}],
      ["PROPPATCH", { body: "<a/>" }],
      ["LOCK", { body: LOCK }],
      ["COPY", {}],
      ["MOVE", {}],
      ["UNLOCK", {}],
    ] as const)
      expect([method, await statusFor(method, "/x", { login: "carl", ...init })]).toEqual([method, 403]);
  });

  test("comes in with an app password for it", async () => {
    const password = (await server.command(["app", "add", "anna", "--name", "Laptop", "--service", "dav"])).trim();
    expect(await statusFor("GET", "/index.html", { headers: { authorization: basic("anna", password) } })).toBe(200);
  });

  test("may not use a page of another site to do it", async () => {
    for (const headers of [
      { origin: "http://evil.test" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-origin", "sec-fetch-dest": "script" },
    ] as Record<string, string>[])
      for (const method of ["GET", "DELETE", "OPTIONS", "PUT"])
        expect([method, (await dav(method, "/index.html", { headers })).status]).toEqual([method, 403]);
    expect(onDisk("index.html")).toBe("<h1>Anna</h1>");
    expect((await dav("POST", "/index.html", { body: "a=b" })).status).toBe(405);
  });

  test("runs nothing of what is stored there", async () => {
    const { headers } = await dav("GET", "/index.html");
    expect(headers.get("content-security-policy")).toBe("sandbox; default-src 'none'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });
});

describe("an attacker with a login", () => {
  test("leaves the folder by no path", async () => {
    writeFileSync(join(server.folder, "files/people/anna/private.txt"), "nobody's business");
    symlinkSync(server.folder, join(folder, "out"));
    const header = `Authorization: ${basic("anna")}\r\n`;
    for (const path of [
      "/../private.txt",
      "/%2e%2e/private.txt",
      "/..%2fprivate.txt",
      "/..%5cprivate.txt",
      "/%c0%ae%c0%ae/private.txt",
      "/%252e%252e/private.txt",
      "/out/gatepost.db",
      "/out/",
      "/a%00",
      "//etc/passwd",
    ]) {
      const answer = await rawGet(server, `/dav/pages/anna${path}`, "127.0.0.1", header);
      expect([path, [400, 403, 404].includes(statusOf(answer))]).toEqual([path, true]);
      expect(answer).not.toContain("nobody's business");
    }
    expect(await statusFor("PUT", "/out/new.txt", { body: "x" })).toBe(409);
    expect(await statusFor("PUT", "/.gatepost-upload-x", { body: "x" })).toBe(400);
    expect(await statusFor("DELETE", "/out")).toBe(404);
    expect(existsSync(join(server.folder, "gatepost.db"))).toBe(true);
  });

  test("makes nothing of XML", async () => {
    const bombs: [string, string | Uint8Array, number][] = [
      ["entities", '<!DOCTYPE a [<!ENTITY a "b"><!ENTITY b "&a;&a;&a;">]><a>&b;</a>', 400],
      [
        "a file",
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><D:propfind xmlns:D="DAV:"><D:prop><D:x>&x;</D:x></D:prop></D:propfind>',
        400,
      ],
      ["no XML", "a=b", 400],
      ["not closed", '<D:propfind xmlns:D="DAV:"><D:prop>', 400],
      ["no prefix", "<D:propfind><D:allprop/></D:propfind>", 400],
      ["deep", `${"<a>".repeat(10_000)}`, 413],
      ["wide", `<a>${"<b/>".repeat(20_000)}</a>`, 413],
      ["large", new Uint8Array(2_000_000).fill(32), 413],
      ["many names", find(`<D:prop>${"<x/>".repeat(600)}</D:prop>`), 413],
      ["a long namespace", find(`<D:prop xmlns="${"x".repeat(9_000)}">${"<x/>".repeat(400)}</D:prop>`), 413],
      ["many prefixes", `<a ${Array.from({ length: 200 }, (_, at) => `xmlns:p${at}="x"`).join(" ")}/>`, 413],
      ["a name like code", "<constructor/>", 400],
      ["not UTF-8", Uint8Array.from([60, 255, 47, 62]), 400],
    ];
    for (const [what, body, status] of bombs)
      expect([what, await statusFor("PROPFIND", "/", { headers: { depth: "0" }, body: body as BodyInit })]).toEqual([
        what,
        status,
      ]);
  });

  test("gets properties back as they were, and no others", async () => {
    const value = '<x:note xmlns:x="urn:&quot;x">a &lt; b <i xml:lang="de">é</i></x:note>';
    const body = `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop>${value}</D:prop></D:set></D:propertyupdate>`;
    expect(await statusFor("PROPPATCH", "/index.html", { body })).toBe(207);
    const text = await (await dav("PROPFIND", "/index.html", { headers: { depth: "0" } })).text();
    expect(text).toContain('<note xmlns="urn:&#34;x">a &#60; b <i xmlns="" xml:lang="de">é</i></note>');
    const live =
      '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:getetag>"x"</D:getetag><y/></D:prop></D:set></D:propertyupdate>';
    const answer = await (await dav("PROPPATCH", "/index.html", { body: live })).text();
    expect(answer).toContain("403 Forbidden");
    expect(answer).toContain("424 Failed Dependency");
    const huge = `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><y>${"z".repeat(50_000)}</y></D:prop></D:set></D:propertyupdate>`;
    expect(await (await dav("PROPPATCH", "/index.html", { body: huge })).text()).toContain("507");
  });

  test("does not fill the server's own file with properties", async () => {
    const set = (properties: string) =>
      `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop>${properties}</D:prop></D:set></D:propertyupdate>`;
    const patched = async (path: string, properties: string) =>
      await (await dav("PROPPATCH", path, { body: set(properties) })).text();
    const named = (count: number, prefix: string, text = "") =>
      Array.from({ length: count }, (_, at) => `<${prefix}${at}>${text}</${prefix}${at}>`).join("");
    await put(server, "/many.txt", "x");
    expect(await patched("/many.txt", named(101, "a"))).toContain("507 Insufficient Storage");
    expect(await patched("/many.txt", named(100, "a"))).not.toContain("507");
    let taken = 0;
    while (taken < 60) {
      await put(server, `/many-${taken}.txt`, "x");
      if ((await patched(`/many-${taken}.txt`, named(15, "b", "z".repeat(16_000)))).includes("507")) break;
      taken++;
    }
    // Eight megabytes.
    expect(taken).toBeGreaterThan(25);
    expect(taken).toBeLessThan(40);
  });

  test("hears what is wrong with an If", async () => {
    for (const field of ["(", "()", "(<a>", "<a> <b>", "(Not)", `(${"<a>".repeat(9_000)})`, "([x])"])
      expect([
        field.slice(0, 9),
        [400, 412, 431].includes(await statusFor("PUT", "/if.txt", { body: "x", headers: { if: field } })),
      ]).toEqual([field.slice(0, 9), true]);
    expect(existsSync(join(folder, "if.txt"))).toBe(false);
  });
});

test("the drive can be switched off", async () => {
  await server.set("homepages.dav=false");
  expect(await statusFor("PROPFIND", "/", { headers: { depth: "0" } })).toBe(404);
  await server.set("homepages.dav=true");
});
