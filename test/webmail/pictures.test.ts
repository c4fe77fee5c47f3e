/** Pictures of other servers: held back, shown once or for a sender, and fetched by this server alone. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Server } from "bun";
import type { Errand } from "../../src/gateway/outside.ts";
import { pictureAddress } from "../../src/web/webmail/picture-address.ts";
import { Pictures, pictureType } from "../../src/web/webmail/pictures.ts";
import { until } from "../harness.ts";
import { Browser, House } from "./house.ts";

const GIF = Buffer.from("R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==", "base64");

let house: House;
let ann: Browser;
let inbox: number;
let elsewhere: Server<undefined>;
let at: string;
/** What the other server was asked, and by which fields. */
let asked: { readonly path: string; readonly fields: Headers }[] = [];

beforeAll(async () => {
  house = await House.build();
  ann = await house.signIn("ann");
  inbox = house.folderId("ann");
  elsewhere = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => {
      const { pathname } = new URL(request.url);
      asked.push({ path: pathname, fields: request.headers });
      if (pathname === "/page") return new Response("<script>alert(1)</script><p>no picture at all</p>");
      if (pathname === "/svg") return new Response("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>");
      if (pathname === "/away") return Response.redirect("http://192.168.1.1/gif");
      if (pathname === "/none") return new Response("gone", { status: 404 });
      if (pathname === "/endless") return new Response(endless());
      if (pathname === "/large") return new Response(Buffer.concat([GIF, Buffer.alloc(13_000_000)]));
      return new Response(GIF, { headers: { "content-type": "text/html", "set-cookie": "track=1" } });
    },
  });
  at = `http://127.0.0.1:${elsewhere.port}`;
});
afterAll(async () => {
  await elsewhere.stop(true);
  await house.close();
});

/** A picture that does not say how large it is, and is too large. */
function endless(): ReadableStream<Uint8Array> {
  let sent = 0;
  return new ReadableStream({
    pull: (controller) => {
      controller.enqueue(sent === 0 ? GIF : new Uint8Array(1_000_000));
      if (sent++ === 13) controller.close();
    },
  });
}

const letter = (body: string, from = "News <news@shop.example>") =>
  `From: ${from}\nTo: ann@home.example\nSubject: News\nContent-Type: text/html\n\n${body}\n`;

/** The signed addresses of pictures in the frame of a message. */
async function framed(uid: number): Promise<string[]> {
  const { text } = await ann.get(`/mail/f/${inbox}/m/${uid}/body?pictures=1`);
  return text.match(/\/mail\/pictures\/[\w/-]+/g) ?? [];
}

describe("a message with pictures elsewhere", () => {
  test("is shown without them, and nothing is fetched", async () => {
    asked = [];
    const uid = await house.put(inbox, letter(`<p>Hello</p><img src="${at}/a.gif"><img src="${at}/b.gif">`));
    const page = await ann.get(`/mail/f/${inbox}/m/${uid}`);
    expect(page.text).toContain("2 pictures were not loaded");
    expect(page.text).toContain("Always from this sender");
    const frame = await ann.get(`/mail/f/${inbox}/m/${uid}/body`);
    expect(frame.text).not.toContain(at);
    expect(frame.text).not.toContain("/mail/pictures/");
    expect(asked).toEqual([]);
  });

  test("shows them once where that is asked for, by way of this server", async () => {
    const uid = await house.put(
      inbox,
      letter(`<img src="${at}/a.gif"><p style="background: url(${at}/c.gif)">Hello</p>`),
    );
    const frame = await ann.get(`/mail/f/${inbox}/m/${uid}/body?pictures=1`);
    expect(frame.text).not.toContain(`${at}/a.gif`);
    expect(frame.headers.get("content-security-policy")).toContain("img-src data: 'self';");
    expect(await framed(uid)).toHaveLength(2);
    expect((await ann.get(`/mail/f/${inbox}/m/${uid}`)).text).toContain("were not loaded");
  });

  test("shows them always where its sender is named, until one asks to be asked again", async () => {
    const uid = await house.put(inbox, letter(`<img src="${at}/a.gif">`));
    const here = `/mail/f/${inbox}/m/${uid}`;
    await ann.get(here);
    expect((await ann.post(`${here}/pictures`, { show: "always", back: here })).location).toBe(here);
    const other = await house.put(inbox, letter(`<img src="${at}/b.gif">`, "NEWS@shop.example"));
    const shown = await ann.get(`/mail/f/${inbox}/m/${other}`);
    expect(shown.text).toContain("/body?pictures=1");
    expect(shown.text).toContain("shown without asking");
    expect((await ann.get("/mail/options/pictures")).text).toContain("news@shop.example");
    await ann.post("/mail/options/pictures/ask", { address: "news@shop.example" });
    expect((await ann.get(`/mail/f/${inbox}/m/${other}`)).text).toContain("One picture was not loaded");
  });

  test("of whose sender it is known that he is somebody else shows none without being asked", async () => {
    const forged = `Authentication-Results: mail.home.example; dmarc=fail header.from=shop.example\nReceived: from x by mail.home.example (Gatepost) with ESMTP id abc; Mon, 23 Nov 2026 10:00:00 +0000\n`;
    const uid = await house.put(inbox, forged + letter(`<img src="${at}/a.gif">`));
    const here = `/mail/f/${inbox}/m/${uid}`;
    const page = await ann.get(here);
    const hostname = house.transport.hostname();
    expect(hostname).toBe("mail.home.example");
    expect(page.text).toContain("nothing proves it");
    expect(page.text).toContain("Show pictures");
    expect(page.text).not.toContain("Always from this sender");
    expect((await ann.post(`${here}/pictures`, { show: "always", back: here })).status).toBe(403);
  });
});

describe("the proxy", () => {
  const pictureOf = async (path: string) => {
    const uid = await house.put(inbox, letter(`<img src="${path.startsWith("/") ? at + path : path}">`));
    const [address = ""] = await framed(uid);
    return address;
  };
  // The frame has no origin, so its browser brings no cookie along.
  const stranger = () => new Browser(house.web);

  test("gives a picture to whoever has its signed address, and tells its server nothing of him", async () => {
    const address = await pictureOf("/one.gif");
    asked = [];
    const picture = await stranger().get(address, { referer: "http://home/", cookie: "x=1", "user-agent": "Mine/1" });
    expect(picture.status).toBe(200);
    expect(picture.headers.get("content-type")).toBe("image/gif");
    expect(picture.headers.get("x-content-type-options")).toBe("nosniff");
    expect(picture.headers.get("set-cookie")).toBeNull();
    const fields = asked[0]?.fields;
    expect([...(fields?.keys() ?? [])].sort()).toEqual([
      "accept",
      "accept-encoding",
      "connection",
      "host",
      "user-agent",
    ]);
    expect(fields?.get("user-agent")).toBe("gatepost");
    await stranger().get(address);
    expect(asked).toHaveLength(1);
  });

  test("fetches nothing that no message named", async () => {
    const address = await pictureOf("/one.gif");
    asked = [];
    const other = Buffer.from(`${at}/two.gif`).toString("base64url");
    expect((await stranger().get(address.replace(/[^/]+$/, other))).status).toBe(404);
    expect((await stranger().get(pictureAddress(`${at}/two.gif`, "guessed"))).status).toBe(404);
    expect(asked).toEqual([]);
  });

  test.each([
    ["no picture", "/page", 404],
    ["an SVG", "/svg", 404],
    ["nothing", "/none", 404],
    ["a way into the local network", "/away", 503],
    ["the local network", "http://192.168.1.1/gif", 503],
    ["this machine by another address", "http://127.0.0.2/gif", 503],
    ["this machine by IPv6", "http://[::1]/gif", 503],
    ["a port of mail", "http://127.0.0.1:25/gif", 404],
  ])("gives %s to nobody", async (_what, path, status) => {
    expect((await stranger().get(await pictureOf(path))).status).toBe(status);
  });

  test("breaks off what is too large", async () => {
    expect((await stranger().get(await pictureOf("/large"))).status).toBe(404);
    const endless = await stranger().raw(await pictureOf("/endless"));
    expect(endless.status).toBe(200);
    expect(await endless.arrayBuffer().catch(() => "broken off")).toBe("broken off");
  });

  test("does not wait for whoever does not read", async () => {
    expect((await stranger().raw(await pictureOf("/large"), { method: "HEAD" })).status).toBe(405);
    const given = Promise.withResolvers<unknown>();
    const run = async (_url: string, { onPiece }: Errand) => {
      const piece = Buffer.concat([GIF, new Uint8Array(50_000)]);
      for (let sent = 0; sent < 100; sent++)
        await Promise.try(onPiece, piece).catch((error: unknown) => {
          given.resolve(error);
          throw error;
        });
      return 200;
    };
    const pictures = new Pictures({ run }, Date.now, 50);
    const unread = await ask(pictures, "https://slow.example/a.gif");
    expect(unread.status).toBe(200);
    expect(await given.promise).toBeInstanceOf(DOMException);
  });

  /** Asks a proxy for a picture, as the frame of a message does. */
  const ask = async (pictures: Pictures, at: string) => {
    const [, , , signature = "", url = ""] = pictureAddress(at, pictures.key()).split("/");
    return await pictures.respond(signature, url);
  };

  test("fetches a picture once for all who ask for it meanwhile", async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const fetched: string[] = [];
    const run = async (url: string, { onPiece }: Errand) => {
      fetched.push(url);
      await gate;
      if (url.endsWith("/none")) return 404;
      // One that nobody reads at first.
      for (const piece of [GIF, new Uint8Array(100_000), new Uint8Array(100_000)]) await onPiece(piece);
      return 200;
    };
    const pictures = new Pictures({ run }, Date.now);
    const asking = Array.from({ length: 5 }, () => ask(pictures, "https://shop.example/a.gif"));
    const missing = Array.from({ length: 5 }, () => ask(pictures, "https://shop.example/none"));
    const refused = Promise.allSettled(missing);
    open();
    for (const answer of await Promise.all(asking)) expect((await answer.bytes()).length).toBe(GIF.length + 200_000);
    expect((await refused).map(({ status }) => status)).toEqual(Array(5).fill("rejected"));
    expect(fetched).toEqual(["https://shop.example/a.gif", "https://shop.example/none"]);
  });

  test("keeps room for others where one host is slow, whose pictures wait for each other", async () => {
    const slow: (() => void)[] = [];
    let most = 0;
    let running = 0;
    const run = async (url: string, { onPiece }: Errand) => {
      if (url.startsWith("https://slow.example/")) {
        most = Math.max(most, ++running);
        await new Promise<void>((go) => slow.push(go));
        running--;
      }
      await onPiece(GIF);
      return 200;
    };
    const pictures = new Pictures({ run }, Date.now);
    const all = Array.from({ length: 100 }, (_, number) => ask(pictures, `https://slow.example/${number}.gif`));
    expect((await ask(pictures, "https://quick.example/a.gif")).status).toBe(200);
    let come = 0;
    for (const one of all) one.then(() => come++);
    await until(() => {
      for (const go of slow.splice(0)) go();
      return come === 100;
    }, "all to come");
    expect(most).toBe(16);
  });

  test("knows pictures by their first octets", () => {
    expect(pictureType(GIF)).toBe("image/gif");
    expect(pictureType(Buffer.from("\x89PNG\r\n\x1a\n--------", "latin1"))).toBe("image/png");
    expect(pictureType(Buffer.from("RIFF\0\0\0\0WEBPVP8 ", "latin1"))).toBe("image/webp");
    expect(pictureType(Buffer.from("<?xml version='1.0'?>"))).toBeUndefined();
    expect(pictureType(Buffer.from("GIF89<script>alert"))).toBeUndefined();
  });
});
