/** Home pages of the executable, as visitors and attackers meet them. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { type Gatepost, run, succeed, temporaryFolder, until } from "../harness.ts";
import { baseOf, basic, dav, put, raw, rawGet, startSite, statusOf } from "./site.ts";

const PAGE = `<!doctype html><title>Anna</title>${"<p>Grüße aus dem Garten.</p>".repeat(100)}`;
const SANDBOX = "sandbox allow-scripts allow-forms";

let server: Gatepost;
let base: string;
let folder: string;
beforeAll(async () => {
  server = await startSite("homepages.host=pages.example.test");
  base = baseOf(server);
  await put(server, "/index.html", PAGE);
  await dav(server, "MKCOL", "/Fotos im Mai/");
  await put(server, "/Fotos im Mai/übersicht <1>.txt", "eins");
  await put(server, "/Fotos im Mai/.geheim", "nichts für andere");
  await put(
    server,
    "/film.mp4",
    Uint8Array.from({ length: 700_000 }, (_, at) => at % 251),
  );
  await put(server, "/words.txt", "0123456789".repeat(10));
  folder = join(server.folder, "files/people/anna/www");
});
afterAll(async () => {
  await server.remove();
  expect(server.log).not.toContain("fault");
});

const get = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
  fetch(`${base}${path}`, { redirect: "manual", headers, ...init });

describe("a visitor", () => {
  test("sees an index file, in a sandbox and without a cookie", async () => {
    const response = await get("/~anna/");
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(PAGE);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("content-security-policy")).toStartWith(SANDBOX);
    expect(response.headers.get("content-security-policy")).not.toContain("allow-same-origin");
    expect(response.headers.get("set-cookie")).toBeNull();
    expect(response.headers.get("cache-control")).toBe("no-cache");
  });

  test("is led to the slash that a folder's address ends in", async () => {
    expect((await get("/~anna")).headers.get("location")).toBe("/~anna/");
    expect((await get("/%7Eanna?x=1")).headers.get("location")).toBe("/%7Eanna/?x=1");
    const response = await get("/~anna/Fotos%20im%20Mai?a=b");
    expect([response.status, response.headers.get("location")]).toEqual([301, "/~anna/Fotos%20im%20Mai/?a=b"]);
  });

  test("finds nobody's pages where there are none", async () => {
    for (const path of [
      "/~",
      "/~/",
      "/~nobody/",
      "/~guest/",
      "/~admin/",
      "/~berta/",
      "/~anna/nothing",
      "/~anna/words.txt/",
    ])
      expect([path, (await get(path)).status]).toEqual([path, 404]);
  });

  test("does not see what begins with a dot", async () => {
    expect((await dav(server, "GET", "/Fotos im Mai/.geheim")).status).toBe(200);
    expect((await get("/~anna/Fotos%20im%20Mai/.geheim")).status).toBe(404);
    expect((await get("/~anna/Fotos%20im%20Mai/%2egeheim")).status).toBe(404);
  });

  test("hears which methods there are", async () => {
    const refused = await get("/~anna/", {}, { method: "POST", body: "a=b" });
    expect([refused.status, refused.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
    expect((await get("/~anna/", {}, { method: "OPTIONS" })).headers.get("allow")).toBe("GET, HEAD, OPTIONS");
    expect((await get("/~anna/", {}, { method: "DELETE" })).status).toBe(405);
  });

  test("gets a folder's list only where the administrator wants it", async () => {
    expect((await get("/~anna/Fotos%20im%20Mai/")).status).toBe(404);
    await server.set("homepages.listings=true");
    const response = await get("/~anna/Fotos%20im%20Mai/");
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(text).toContain('<a href="./%C3%BCbersicht%20%3C1%3E.txt">übersicht &lt;1&gt;.txt</a>');
    expect(text).not.toContain("geheim");
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    await server.set("homepages.listings=false");
  });

  test("sees the owner's own words where nothing is", async () => {
    await put(server, "/404.html", "<h1>Nichts da</h1>");
    const response = await get("/~anna/nothing", { range: "bytes=0-1", "if-none-match": "*" });
    expect([response.status, await response.text()]).toEqual([404, "<h1>Nichts da</h1>"]);
    await dav(server, "DELETE", "/404.html");
  });

  test("keeps files of no known kind instead of opening them", async () => {
    await put(server, "/thing.xyzzy", "<script>alert(1)</script>");
    const { headers } = await get("/~anna/thing.xyzzy");
    expect(headers.get("content-type")).toBe("application/octet-stream");
    expect(headers.get("content-disposition")).toBe("attachment; filename*=UTF-8''thing.xyzzy");
  });

  test("gets pages in other encodings without a wrong charset", async () => {
    await put(server, "/alt.html", Buffer.from('<meta charset="iso-8859-1">Gr\xfc\xdfe', "latin1"));
    expect((await get("/~anna/alt.html")).headers.get("content-type")).toBe("text/html");
  });
});

describe("what a browser has already", () => {
  test("is not sent again", async () => {
    const first = await get("/~anna/words.txt");
    const etag = first.headers.get("etag") ?? "";
    const modified = first.headers.get("last-modified") ?? "";
    expect(etag).toMatch(/^"[^"]+"$/);
    const known: Record<string, string>[] = [
      { "if-none-match": etag },
      { "if-none-match": `"x", W/${etag}` },
      { "if-modified-since": modified },
    ];
    for (const headers of known) {
      const response = await get("/~anna/words.txt", headers);
      expect([response.status, response.headers.get("etag"), await response.text()]).toEqual([304, etag, ""]);
    }
    expect((await get("/~anna/words.txt", { "if-none-match": '"x"', "if-modified-since": modified })).status).toBe(200);
    expect((await get("/~anna/words.txt", { "if-match": '"x"' })).status).toBe(412);
    expect((await get("/~anna/words.txt", { "if-unmodified-since": "Sat, 01 Jan 2000 00:00:00 GMT" })).status).toBe(
      412,
    );
  });

  test("is known by another tag when it has changed, within the same second too", async () => {
    const tags = new Set<string | null>();
    for (const text of ["aa", "bb", "cc"]) {
      await put(server, "/changing.txt", text);
      tags.add((await get("/~anna/changing.txt")).headers.get("etag"));
    }
    expect(tags.size).toBe(3);
  });

  test("is new as soon as the file is, held in memory or not", async () => {
    const [name, text] = [join(folder, "held.txt"), async () => await (await get("/~anna/held.txt")).text()];
    const settled = new Date(Date.now() - 60_000);
    writeFileSync(name, "eins");
    // What has rested for a while is held; a time that is set is itself a change.
    await until(async () => Date.now() - statSync(name).ctimeMs > 2_500, "the file to settle");
    for (let at = 0; at < 3; at++) expect(await text()).toBe("eins");
    expect((await get("/~anna/held.txt", { range: "bytes=1-2" })).headers.get("content-range")).toBe("bytes 1-2/4");
    writeFileSync(name, "zwei");
    utimesSync(name, settled, settled);
    expect(await text()).toBe("zwei");
    rmSync(name);
    expect((await get("/~anna/held.txt")).status).toBe(404);
  });

  test("curl goes on where it stopped, and asks whether it is still the same", async () => {
    const place = temporaryFolder();
    const file = join(place, "film.mp4");
    writeFileSync(file, readFileSync(join(folder, "film.mp4")).subarray(0, 300_000));
    await succeed(["curl", "-sf", "-C", "-", "-o", file, `${base}/~anna/film.mp4`]);
    expect(readFileSync(file)).toEqual(readFileSync(join(folder, "film.mp4")));
    const tag = join(place, "etag");
    const ask = ["curl", "-sf", "--etag-save", tag, "--etag-compare", tag, "-o", "/dev/null", "-w", "%{http_code}"];
    expect(await succeed([...ask, `${base}/~anna/film.mp4`])).toBe("200");
    expect(await succeed([...ask, `${base}/~anna/film.mp4`])).toBe("304");
  });
});

describe("parts of files", () => {
  const part = async (range: string, more: Record<string, string> = {}) => {
    const response = await get("/~anna/words.txt", { range, ...more });
    return [response.status, response.headers.get("content-range"), await response.text()];
  };

  test("are sent as they are asked for", async () => {
    expect(await part("bytes=2-5")).toEqual([206, "bytes 2-5/100", "2345"]);
    expect(await part("bytes=95-")).toEqual([206, "bytes 95-99/100", "56789"]);
    expect(await part("bytes=-3")).toEqual([206, "bytes 97-99/100", "789"]);
    expect(await part("bytes=0-4,3-9")).toEqual([206, "bytes 0-9/100", "0123456789"]);
    expect(await part("bytes=100-")).toEqual([416, "bytes */100", ""]);
    expect(await part("bytes=-0")).toEqual([416, "bytes */100", ""]);
  });

  test("several come in one answer", async () => {
    const response = await get("/~anna/words.txt", { range: "bytes=0-1, 10-11, -1" });
    const text = await response.text();
    const boundary = /boundary=(\w+)/.exec(response.headers.get("content-type") ?? "")?.[1];
    expect(response.status).toBe(206);
    const bodies = text.split(`--${boundary}`).slice(1, -1);
    expect(bodies.map((one) => one.split("\r\n\r\n")[1]?.trim())).toEqual(["01", "01", "9"]);
    expect(bodies[2]).toContain("Content-Range: bytes 99-99/100");
  });

  test("are not taken for those of another file", async () => {
    const etag = (await get("/~anna/words.txt")).headers.get("etag") ?? "";
    expect((await part("bytes=0-0", { "if-range": etag }))[0]).toBe(206);
    expect((await part("bytes=0-0", { "if-range": '"x"' }))[0]).toBe(200);
    expect((await part("bytes=0-0", { "if-range": `W/${etag}` }))[0]).toBe(200);
  });

  test("that make no sense, or work without end, are not looked at", async () => {
    const many = Array.from({ length: 500 }, (_, at) => `${at % 50}-`).join(",");
    for (const range of ["bytes=5-2", "bytes=a-b", "lines=1-2", "bytes=", `bytes=${many}`])
      expect([range.slice(0, 12), (await part(range))[0]]).toEqual([range.slice(0, 12), 200]);
  });

  test("of a large file lead to its last octet", async () => {
    const octets = readFileSync(join(folder, "film.mp4"));
    const response = await get("/~anna/film.mp4", { range: "bytes=299999-" });
    expect(Buffer.from(await response.arrayBuffer())).toEqual(octets.subarray(299_999));
    expect([response.headers.get("content-length"), response.headers.get("content-type")]).toEqual([
      "400001",
      "video/mp4",
    ]);
    const whole = await get("/~anna/film.mp4");
    expect(Buffer.from(await whole.arrayBuffer())).toEqual(octets);
    expect([whole.headers.get("content-length"), whole.headers.get("content-range")]).toEqual(["700000", null]);
    const root = await server.rootFile();
    const secure = ["curl", "-sf", "--cacert", root, "--resolve", `localhost:${server.port(443)}:127.0.0.1`];
    const place = join(temporaryFolder(), "film");
    await succeed([...secure, "-o", place, `https://localhost:${server.port(443)}/~anna/film.mp4`]);
    expect(readFileSync(place)).toEqual(octets);
  });
});

describe("compression", () => {
  const asked = async (path: string, accepted: string, method = "GET") => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: { "accept-encoding": accepted },
      decompress: false,
    });
    return { headers: response.headers, octets: Buffer.from(await response.arrayBuffer()) };
  };

  test("is what the browser likes best, with a tag of its own", async () => {
    const plain = await asked("/~anna/index.html", "identity");
    const tags = new Set([plain.headers.get("etag")]);
    for (const [accepted, encoding, undo] of [
      ["gzip, deflate", "gzip", gunzipSync],
      ["gzip, br", "br", brotliDecompressSync],
      ["br;q=0.5, zstd", "zstd", zstdDecompressSync],
    ] as const) {
      const { headers, octets } = await asked("/~anna/index.html", accepted);
      expect(headers.get("content-encoding")).toBe(encoding);
      expect(headers.get("vary")).toBe("Accept-Encoding");
      expect(undo(octets).toString()).toBe(PAGE);
      const head = await asked("/~anna/index.html", accepted, "HEAD");
      expect(head.headers.get("content-length")).toBe(String(octets.length));
      tags.add(headers.get("etag"));
      const again = await get("/~anna/index.html", {
        "accept-encoding": accepted,
        "if-none-match": headers.get("etag") ?? "",
      });
      expect(again.status).toBe(304);
    }
    expect(tags.size).toBe(4);
  });

  test("is left out where it would not help", async () => {
    for (const [path, accepted] of [
      ["/~anna/film.mp4", "br"],
      ["/~anna/words.txt", "br"],
      ["/~anna/index.html", "br;q=0"],
    ] as const)
      expect((await asked(path, accepted)).headers.get("content-encoding")).toBeNull();
    expect((await asked("/~anna/film.mp4", "br")).headers.get("vary")).toBeNull();
  });

  test("of a large text happens on its way", async () => {
    const text = Array.from({ length: 60_000 }, (_, at) => `line ${at * 7919}\n`).join("");
    await put(server, "/large.txt", text);
    const { headers, octets } = await asked("/~anna/large.txt", "gzip");
    expect(headers.get("content-encoding")).toBe("gzip");
    expect(gunzipSync(octets).toString()).toBe(text);
    await succeed(["curl", "-sf", "--compressed", "-r", "0-9", "-o", "/dev/null", `${base}/~anna/large.txt`]);
  });

  test("of large texts happens for a few at once; who takes nothing keeps it from nobody for good", async () => {
    // Hardly to be compressed, so that it does not go into what the system holds for a peer.
    const octets = randomBytes(18_000_000).toString("base64");
    await put(server, "/huge.txt", octets);
    const sockets: Socket[] = [];
    const encodings = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const socket = connect(server.port(80), "127.0.0.1");
        sockets.push(socket);
        socket.write("GET /~anna/huge.txt HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: br\r\n\r\n");
        const head = await new Promise<string>((resolve) =>
          socket.once("data", (data) => resolve(data.toString("latin1"))),
        );
        socket.pause();
        return /content-encoding: br\r\n/i.test(head);
      }),
    );
    expect(encodings.filter((compressed) => compressed)).toHaveLength(4);
    for (const socket of sockets) socket.destroy();
    await until(async () => {
      const response = await fetch(`${base}/~anna/huge.txt`, {
        headers: { "accept-encoding": "br" },
        decompress: false,
      });
      await response.body?.cancel();
      return response.headers.get("content-encoding") === "br";
    }, "the next one to be compressed");
  });
});

describe("host names of their own", () => {
  const at = (host: string, path = "/", more = "") => rawGet(server, path, host, more);

  test("show the pages without a sandbox, and nothing else of this server", async () => {
    const answer = await at(`anna.pages.example.test:${server.port(80)}`);
    expect(statusOf(answer)).toBe(200);
    expect(answer).toContain("Garten");
    expect(answer.toLowerCase()).not.toContain("content-security-policy");
    for (const path of [
      "/admin",
      "/mail",
      "/login",
      "/api/v1/users",
      "/api/openapi.json",
      "/setup",
      "/ca.crt",
      "/robots.txt",
      "/assets/x.js",
      "/dav/pages/anna/",
      "/~anna/",
    ])
      for (const host of [
        "anna.pages.example.test",
        "ANNA.PAGES.example.test.",
        "nobody.pages.example.test",
        "a.b.pages.example.test",
        "pages.example.test",
      ]) {
        const said = await at(host, path, `Authorization: ${basic("anna")}\r\n`);
        expect([host, path, statusOf(said)]).toEqual([host, path, 404]);
        expect(said.toLowerCase()).not.toContain("set-cookie");
      }
  });

  test("speak TLS with a certificate for all of them", async () => {
    await server.command(["certificate", "issue", "localhost", "*.pages.example.test"]);
    const address = `anna.pages.example.test:${server.port(443)}`;
    const ask = ["curl", "-sf", "--cacert", await server.rootFile(), "--resolve", `${address}:127.0.0.1`];
    expect(await succeed([...ask, `https://${address}/words.txt`])).toStartWith("0123456789");
  });

  test("do not take the others away from the administration", async () => {
    for (const host of ["127.0.0.1", "whatever.test", "[::1]:80", "xpages.example.test", "example.test"])
      expect([host, statusOf(await at(host, "/login"))]).toEqual([host, 200]);
  });

  test("are one, and are names", async () => {
    for (const host of ["anna.pages.example.test, x", "a b", "a/b", "x@y", "anna.pages.example.test/"])
      expect([host, statusOf(await at(host, "/~anna/"))]).toEqual([host, 400]);
    const twice =
      "GET /login HTTP/1.1\r\nHost: example.test\r\nHost: anna.pages.example.test\r\nConnection: close\r\n\r\n";
    expect(statusOf(await raw(server.port(80), twice))).toBe(400);
  });

  test("decide, whatever else an absolute address says", async () => {
    const answer = await at("anna.pages.example.test", "http://example.test/login");
    expect(statusOf(answer)).toBe(404);
  });
});

describe("an attacker", () => {
  test("leaves the folder by no way of writing a path", async () => {
    writeFileSync(join(server.folder, "files/people/anna/private.txt"), "nobody's business");
    const ups = [
      "..",
      "%2e%2e",
      "%2E.",
      "%252e%252e",
      "..%2f",
      "..%5c",
      "..\\",
      "%c0%ae%c0%ae",
      "%e0%80%ae%e0%80%ae",
      "%uff0e%uff0e",
      "..%00",
      "..;",
      "....//",
      ".%00.",
    ];
    const paths = ups.flatMap((up) => [
      `/~anna/${up}/private.txt`,
      `/~anna/Fotos%20im%20Mai/${up}/${up}/private.txt`,
      `/~anna/${up}private.txt`,
    ]);
    const others = [
      "/~anna/%2fetc/passwd",
      "/~anna//etc/passwd",
      "/~anna/%00",
      "/~anna/words.txt%00.html",
      "/~anna/%",
      "/~anna/%zz",
      "/~anna/%ff",
      "/~anna/C:%5cx",
      "/~anna%2f..%2f..",
      "/~..",
      "/~../",
      "/~%2e%2e/",
      "/~anna%00/",
      "/~.",
      "/~%2fetc/",
    ];
    for (const path of [...paths, ...others]) {
      const answer = await rawGet(server, path);
      expect([path, [301, 302, 303, 307, 400, 404].includes(statusOf(answer))]).toEqual([path, true]);
      expect(answer).not.toContain("nobody's business");
      expect(answer).not.toContain("root:");
    }
  });

  test("gets out through no link", async () => {
    writeFileSync(join(server.folder, "secret.txt"), "nobody's business");
    symlinkSync(join(server.folder, "secret.txt"), join(folder, "link.txt"));
    symlinkSync(server.folder, join(folder, "out"));
    symlinkSync(join(folder, "words.txt"), join(folder, "inside.txt"));
    mkdirSync(join(folder, "indexed"));
    symlinkSync(join(server.folder, "secret.txt"), join(folder, "indexed/index.html"));
    for (const path of [
      "/~anna/link.txt",
      "/~anna/out/secret.txt",
      "/~anna/out/",
      "/~anna/inside.txt",
      "/~anna/indexed/",
    ])
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    expect(await (await dav(server, "PROPFIND", "/", { headers: { depth: "1" } })).text()).not.toContain("link.txt");
  });

  test("opens no pipe that would keep the server waiting", async () => {
    await succeed(["mkfifo", join(folder, "pipe.html")]);
    expect((await get("/~anna/pipe.html")).status).toBe(404);
  });

  test("hears that an address or a head is too long", async () => {
    expect(statusOf(await rawGet(server, `/~anna/${"a".repeat(9_000)}`))).toBe(414);
    expect(statusOf(await rawGet(server, `/~anna/${"a".repeat(40_000)}`))).toBe(431);
    expect(statusOf(await rawGet(server, `/~anna/${"a".repeat(300)}`))).toBe(404);
  });

  test("who goes away in the middle leaves no file open", async () => {
    const open = async () =>
      Number(await succeed(["sh", "-c", `ls -l /proc/${server.pid}/fd | grep -c film.mp4 || true`]));
    for (let at = 0; at < 6; at++)
      await run(["curl", "-s", "--limit-rate", "100", "-m", "0.2", "-o", "/dev/null", `${base}/~anna/film.mp4`]);
    await until(async () => (await open()) === 0, "all files to be closed");
  });

  test("finds no pages of who is switched off, and none when there are none for anybody", async () => {
    await server.command(["user", "set", "anna", "enabled=false"]);
    expect((await get("/~anna/")).status).toBe(404);
    await server.command(["user", "set", "anna", "enabled=true", "expiresAt=2020-01-01"]);
    expect((await get("/~anna/")).status).toBe(404);
    await server.command(["user", "set", "anna", "expiresAt="]);
    expect((await get("/~anna/")).status).toBe(200);
    await server.set("homepages.enabled=false");
    expect((await get("/~anna/")).status).toBe(404);
    expect(statusOf(await rawGet(server, "/login", "anna.pages.example.test"))).toBe(404);
    await server.set("homepages.enabled=true");
  });
});

describe("the server's own pages", () => {
  test("are not given a home page's file as a script of theirs", async () => {
    const as = (destination: string, site = "same-origin") =>
      get("/~anna/words.txt", { "sec-fetch-site": site, "sec-fetch-dest": destination });
    for (const destination of ["script", "style", "worker", "serviceworker", "iframe", "empty", "image", "object"])
      expect([destination, (await as(destination)).status]).toEqual([destination, 403]);
    expect((await as("document")).status).toBe(200);
    expect((await as("style", "cross-site")).status).toBe(200);
    expect((await get("/~anna/words.txt", { "service-worker": "script" })).status).toBe(403);
  });
});

describe("over HTTPS, a host name below the one for pages", () => {
  /** What curl hears from an address at the server's port for HTTPS; certificates of `trusted` alone are believed. */
  const heard = (name: string, path: string, trusted: string, ...more: string[]) => {
    const port = server.port(443);
    const here = ["--resolve", `${name}:${port}:127.0.0.1`, "--cacert", trusted];
    return run(["curl", "-sSi", ...here, ...more, `https://${name}:${port}${path}`]);
  };

  test("has a certificate of the server's own authority, or one that somebody else has made", async () => {
    const own = join(temporaryFolder("trust"), "root.pem");
    await server.command(["certificate", "issue", "example.test", "pages.example.test", "*.pages.example.test"]);
    writeFileSync(own, await server.command(["certificate", "root"]));
    const page = await heard("anna.pages.example.test", "/", own);
    expect(page.out).toStartWith("HTTP/1.1 200");
    expect(page.out).toEndWith(PAGE);
    expect(page.out).not.toContain("sandbox");
    expect((await heard("anna.pages.example.test", "/words.txt", own, "-r", "3-5")).out).toEndWith("\r\n345");
    expect((await heard("anna.pages.example.test", "/admin", own)).out).toStartWith("HTTP/1.1 404");
    expect((await heard("example.test", "/~anna/", own)).out).toContain(SANDBOX);

    const folder = temporaryFolder("theirs");
    const made = ["-subj", "/CN=Theirs", "-addext", "subjectAltName=DNS:berta.pages.example.test"];
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "key.pem"];
    await succeed(["openssl", "req", "-x509", ...key, "-out", "theirs.pem", ...made], { cwd: folder });
    // The server, which reads them, has become another account.
    chmodSync(folder, 0o755);
    chmodSync(join(folder, "key.pem"), 0o644);
    const [chain, secret] = [join(folder, "theirs.pem"), join(folder, "key.pem")];
    await server.command(["certificate", "install", chain, secret]);
    expect((await heard("berta.pages.example.test", "/", chain)).out).toStartWith("HTTP/1.1 404");
    expect((await heard("berta.pages.example.test", "/", own)).code).not.toBe(0);
    expect((await heard("anna.pages.example.test", "/", own)).out).toEndWith(PAGE);
  });
});
