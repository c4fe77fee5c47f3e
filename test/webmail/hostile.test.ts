/** Hostile mail in a real browser: whatever it holds, no script runs, no request leaves, nothing leaves its frame, nothing hangs. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Server } from "bun";
import type { BrowserContext, Page } from "playwright-core";
import { frameHeaders } from "../../src/web/webmail/frame.ts";
import { printHeaders } from "../../src/web/webmail/print.ts";
import { until } from "../harness.ts";
import { ATTACKS } from "./attacks.ts";
import type { House } from "./house.ts";
import { html, type Misdeeds, Windows } from "./windows.ts";

const SECONDS = 1000;
const SANDBOX = "allow-popups allow-popups-to-escape-sandbox";

/** Messages that are open beside one another. */
const FRAMES = 50;

let windows: Windows;
let house: House;
let base: string;
let inbox: number;
let context: BrowserContext;
let page: Page;
let misdeeds: Misdeeds;

beforeAll(async () => {
  windows = await Windows.open();
  ({ house, base } = windows);
  inbox = house.folderId("ann");
  ({ context, page, misdeeds } = await windows.enter("ann"));
  context.setDefaultNavigationTimeout(60 * SECONDS);
}, 60 * SECONDS);

afterAll(async () => {
  expect(house?.faults).toEqual([]);
  await windows?.close();
});

/** Sets a mark wherever a script of the message could reach. */
const PAYLOAD = "window.pwned=1;try{top.pwned=1}catch(e){}";
const armed = (attack: string) => attack.replaceAll("alert(1)", PAYLOAD);
const hereOf = (uid: number) => `${base}/mail/f/${inbox}/m/${uid}`;

async function pwned(): Promise<boolean> {
  const marks = await Promise.all(
    page.frames().map((frame) => frame.evaluate("window.pwned === 1").catch(() => false)),
  );
  return marks.includes(true);
}

/** Nothing happened, and what was noted is forgotten. */
async function expectPeace(name: string): Promise<void> {
  expect({ name, pwned: await pwned(), misdeeds: misdeeds.list.splice(0) }).toEqual({
    name,
    pwned: false,
    misdeeds: [],
  });
}

/** A page of ours with frames as the reading pane has them. */
async function openFrames(addresses: readonly string[]): Promise<void> {
  const frames = addresses.map((address) => `<iframe src="${address}" sandbox="${SANDBOX}"></iframe>`).join("");
  await page.route("**/frames", (route) =>
    route.fulfill({ contentType: "text/html", body: `<!doctype html>${frames}` }),
  );
  await page.goto(`${base}/frames`, { waitUntil: "load" });
  await page.unroute("**/frames");
}

test("what is watched for is seen where nothing holds it back", async () => {
  const body = `<!doctype html>${armed("<img src=x onerror=alert(1)><img src='http://leak.invalid/'>")}`;
  await page.route("**/open", (route) => route.fulfill({ contentType: "text/html", body }));
  await page.goto(`${base}/open`);
  expect(await pwned()).toBe(true);
  expect(misdeeds.list.splice(0)).toContain("request http://leak.invalid/");
});

describe("HTML", () => {
  test(
    "of every kind runs no script, sends no request, opens no window, and is shown",
    async () => {
      const names = Object.keys(ATTACKS);
      const uids = new Map<string, number>();
      for (const [name, attack] of Object.entries(ATTACKS))
        uids.set(name, await house.put(inbox, html(`${armed(attack)}<p>the end of it</p>`, name)));
      const bodies = names.map((name) => `${hereOf(uids.get(name) ?? 0)}/body?pictures=1`);
      for (let at = 0; at < bodies.length; at += FRAMES) {
        const some = bodies.slice(at, at + FRAMES);
        await openFrames(some);
        await expectPeace(names.slice(at, at + FRAMES).join(", "));
        const shown = await Promise.all(
          page
            .frames()
            .slice(1)
            .map((frame) => frame.title()),
        );
        expect(shown).toEqual(some.map(() => "Message"));
      }
      // A list of them all, and some in the reading pane itself.
      await page.goto(`${base}/mail/f/${inbox}`);
      await expectPeace("the list");
      for (const name of [names[0] ?? "", names[40] ?? "", "hundreds of elements deep", names.at(-1) ?? ""]) {
        const here = hereOf(uids.get(name) ?? 0);
        await page.goto(here);
        await page.locator("#reader article").waitFor();
        await page.frames()[1]?.waitForLoadState("load");
        await expectPeace(name);
        expect(page.url()).toBe(here);
      }
    },
    60 * SECONDS,
  );

  test(
    "runs no script even where the sanitiser were to let it through",
    async () => {
      // Markup that never met the sanitiser: sandbox and policy must hold by themselves, in the frame and on the page to be printed.
      const all = Object.values(ATTACKS).map(armed).join("<hr>");
      // The page to be printed may run the one script that prints; with that, browsers follow a refresh.
      const still = all.replace(/<meta http-equiv="refresh"[^>]*>/g, "");
      for (const [headers, markup] of [
        [frameHeaders(true, false), all],
        [printHeaders(false), still],
      ] as const) {
        await page.route("**/raw-frame", (route) => route.fulfill({ headers, body: `<!doctype html>${markup}` }));
        await openFrames([`${base}/raw-frame`]);
        expect(await pwned()).toBe(false);
        await page.goto(`${base}/raw-frame`);
        expect(await pwned()).toBe(false);
        await page.unroute("**/raw-frame");
        expect(misdeeds.list.splice(0).filter((deed) => !/^(?:error|console)/.test(deed))).toEqual([]);
      }
    },
    60 * SECONDS,
  );

  test(
    "that is huge or deeply nested hangs nothing",
    async () => {
      const bodies = {
        "nested tables": `${"<table><tr><td>".repeat(60)}x${"</td></tr></table>".repeat(60)}`,
        "nested blocks": `${"<div>".repeat(190)}x`,
        "too deep": `${"<b><i>".repeat(5000)}x`,
        "many cells": `<table>${`<tr>${"<td colspan=99 rowspan=99>x".repeat(50)}`.repeat(60)}</table>`,
        "one long word": "x".repeat(1_500_000),
        "many elements": "<p>x</p>".repeat(30_000),
        "many rules": `<style>${Array.from({ length: 2000 }, (_, at) => `.a${at} p:hover b{color:red}`).join("")}</style>${"<p><b>x</b></p>".repeat(3000)}`,
        "many colours": `<p style="${"color:#123456;background:linear-gradient(red,blue);".repeat(50)}">x</p>`.repeat(
          2000,
        ),
        "many links": '<a href="https://evil.example/">https://bank.com/</a> '.repeat(3000),
        "large type": '<p style="font-size:9999px;line-height:9999px;margin:9999px">x</p>'.repeat(500),
        "many pictures":
          '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==" width=9999 height=9999>'.repeat(
            2000,
          ),
      };
      const uids = new Map<string, number>();
      for (const [name, body] of Object.entries(bodies)) uids.set(name, await house.put(inbox, html(body, name)));
      // What is too tangled for a frame is shown as text by the reading pane.
      await page.goto(hereOf(uids.get("too deep") ?? 0));
      await page.locator(".notice", { hasText: "too tangled" }).waitFor();
      uids.delete("too deep");
      for (const [name, uid] of uids) {
        await openFrames([`${hereOf(uid)}/body`]);
        expect(page.frames()).toHaveLength(2);
        // What takes longer to clean than it may is shown as text, and has no frame then.
        misdeeds.list.splice(
          0,
          misdeeds.list.length,
          ...misdeeds.list.filter((deed) => !deed.includes("frame-ancestors")),
        );
        await expectPeace(name);
      }
    },
    120 * SECONDS,
  );
});

describe("layout", () => {
  test(
    "stays in its frame",
    async () => {
      const cover =
        '<style>*{position:fixed!important;z-index:99999!important}html,body{width:9999px;height:9999px}</style><div style="position:fixed;inset:0;z-index:9999;width:9999px;height:9999px;margin:-5000px;background:red">Password?</div>';
      await page.goto(hereOf(await house.put(inbox, html(cover))));
      const frame = await page.locator("iframe.mail-frame").boundingBox();
      const head = await page.locator(".mail-message-head").boundingBox();
      expect(frame?.y ?? 0).toBeGreaterThanOrEqual((head?.y ?? 0) + (head?.height ?? 0));
      expect(await page.evaluate("document.elementFromPoint(720, 20)?.closest('.mail-tools') !== null")).toBe(true);
      await expectPeace("a cover");
    },
    30 * SECONDS,
  );

  test(
    "hides neither where a link leads nor the mark beside one that says otherwise",
    async () => {
      const hiding = `<style>a,a:hover{opacity:1} #x span, #x *{display:none!important;font-size:0!important;color:#fff!important} #x a{display:inline!important}</style><div id=x><a href="https://evil.example/login">https://www.bank.com/</a></div>`;
      const uid = await house.put(inbox, html(hiding));
      await page.goto(hereOf(uid));
      const link = page.frameLocator("iframe.mail-frame").locator("a");
      await link.focus();
      const frame = page.frames().find((one) => one.url().includes("/body"));
      expect(
        await frame?.evaluate(`(() => {
          const mark = document.querySelector("[class^=mark-]");
          const [seen, leads] = [getComputedStyle(mark), getComputedStyle(document.querySelector("a"), "::after")];
          return [mark.textContent, mark.getBoundingClientRect().width > 50, seen.fontSize, leads.content, leads.display, leads.position];
        })()`),
      ).toEqual(["\u2192 evil.example", true, "12px", '"https://evil.example/login"', "block", "fixed"]);
      await page
        .locator(".mail-message-head", { hasText: "A link says bank.com, but leads to evil.example." })
        .waitFor();

      const fading = `<div style="opacity:0"><a href="https://evil.example/">pay</a></div><div style="width:150px;height:1.2em;overflow:hidden"><a href="https://evil.example/login">https://www.bank.com/</a></div><div style="display:inline-block;margin:-30px 0 0;width:400px;height:60px;background:#fff"></div>`;
      await page.goto(hereOf(await house.put(inbox, html(fading))));
      await page.frameLocator("iframe.mail-frame").locator("a").first().focus();
      const faded = page.frames().find((one) => one.url().includes("/body"));
      expect(
        await faded?.evaluate(`(() => {
          const mark = document.querySelector("[class^=mark-]");
          const { x, y } = mark.getBoundingClientRect();
          return [getComputedStyle(document.querySelector("div")).opacity, document.elementFromPoint(x + 8, y + 8) === mark];
        })()`),
      ).toEqual(["1", true]);
    },
    30 * SECONDS,
  );
});

describe("names, fields and files", () => {
  const evil = `"><script>${PAYLOAD}</script><img src=http://leak.invalid/ onerror=${PAYLOAD}>`;
  const word = `=?utf-8?b?${Buffer.from(evil).toString("base64")}?=`;
  const plain = evil.replaceAll('"', "'");
  const turned = "\u202egpj.exe\u2066";

  test(
    "are text wherever they stand",
    async () => {
      const calendar = `BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:${evil}\nSUMMARY:${evil}\nLOCATION:${evil}\nDTSTART;TZID=${plain}:20260101T000000\nRRULE:FREQ=${evil}\nORGANIZER;CN="${plain}":mailto:${plain}@x.example\nATTENDEE;CN="${plain}":mailto:ann@home.example\nEND:VEVENT\nEND:VCALENDAR`;
      const card = `BEGIN:VCARD\nFN:${evil}\nORG:${evil}\nEMAIL:a@b.example\nTEL:${evil}\nURL:javascript:${PAYLOAD}\nEND:VCARD`;
      const fields = [
        `Authentication-Results: mail.home.example; dmarc=fail header.from=${plain}`,
        `From: ${word} <crook@else.example>`,
        `Reply-To: ${word} <a@b.example>`,
        `Sender: ${word} <c@b.example>`,
        `To: ${word} <ann@home.example>, "${turned}" <x@y.example>`,
        `Cc: "${plain}" <c@d.example>`,
        `Subject: ${word} ${turned}`,
        `Date: ${evil}`,
        `Message-ID: <${evil}@x>`,
        `In-Reply-To: <${evil}@x>`,
        `List-Id: ${evil}`,
        `List-Unsubscribe: <https://leak.invalid/${plain.replace(/[<>]/g, "")}>, <javascript:${PAYLOAD}>`,
        `Disposition-Notification-To: ${word} <crook@else.example>`,
        `X-Priority: ${evil}`,
        `X-Evil-${"y".repeat(50)}: ${evil}`,
        "MIME-Version: 1.0",
        `Content-Type: multipart/mixed; boundary=b; x="${plain}"`,
      ];
      const parts = [
        `Content-Type: text/plain; charset="${plain}"\n\n${evil} http://leak.invalid/<script> mailto:"onclick=${PAYLOAD}@x.example`,
        `Content-Type: image/svg+xml; name="${word}"\nContent-Disposition: attachment; filename="${word}.svg"\n\n<svg xmlns="http://www.w3.org/2000/svg" onload="${PAYLOAD}"/>`,
        `Content-Type: text/calendar; method=REQUEST\n\n${calendar}`,
        `Content-Type: text/vcard\n\n${card}`,
        `Content-Type: ${plain}; charset=${plain}\nContent-Disposition: ${plain}; filename="${turned}.pdf"\nContent-Transfer-Encoding: ${plain}\nContent-ID: <${plain}>\n\nx`,
      ];
      const uid = await house.put(
        inbox,
        `${fields.join("\n")}\n\n${parts.map((part) => `--b\n${part}\n`).join("")}--b--\n`,
      );
      for (const path of ["", "?view=text", "/headers", "/source", "/why", "/print"]) {
        await page.goto(`${hereOf(uid)}${path}`);
        if (path === "") await page.locator(".mail-people summary").click();
        expect(await page.title()).not.toContain("\u202e");
        await expectPeace(path);
      }
      const message = `${inbox}.${uid}`;
      const search = `/mail/f/${inbox}?q=${encodeURIComponent(evil)}`;
      for (const path of [
        `/mail/compose?reply=${message}`,
        `/mail/compose?forward=${message}`,
        search,
        `/mail/f/${inbox}`,
      ]) {
        await page.goto(`${base}${path}`);
        await expectPeace(path);
      }
    },
    60 * SECONDS,
  );

  test(
    "that are two things at once are none of them that runs",
    async () => {
      const script = `<script>${PAYLOAD}</script>`;
      const files: readonly (readonly [type: string, name: string, content: string])[] = [
        ["image/gif", "a.gif", `GIF89a/*${script}*/=1;${PAYLOAD}`],
        ["image/png", "a.html", `\x89PNG\r\n\x1a\n<html>${script}`],
        ["image/jpeg", "a.svg", `<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`],
        ["image/bmp", "a.js", `BM=1;${PAYLOAD}`],
        ["application/pdf", "a.pdf", `<html>${script}`],
        ["application/pdf", "b.html", `%PDF-1.4\n<html>${script}</html>`],
        ["text/html", "a.pdf", `<html>${script}`],
        ["image/svg+xml", "a.png", `<svg xmlns="http://www.w3.org/2000/svg" onload="${PAYLOAD}"/>`],
        ["text/xml", "a.xml", `<x xmlns="http://www.w3.org/1999/xhtml">${script}</x>`],
        ["multipart/x-mixed-replace", "a.bin", script],
      ];
      const parts = files.map(
        ([type, name, content]) =>
          `--b\nContent-Type: ${type}; name=${name}\nContent-Disposition: attachment; filename=${name}\nContent-Transfer-Encoding: base64\n\n${Buffer.from(content, "latin1").toString("base64")}\n`,
      );
      const uid = await house.put(
        inbox,
        `From: crook@else.example\nSubject: files\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n${parts.join("")}--b--\n`,
      );
      await page.goto(hereOf(uid));
      await expectPeace("pictures below the text");
      for (const at of files.keys()) {
        for (const way of ["", "?view=1"]) {
          // What is only saved ends the navigation.
          await page.goto(`${hereOf(uid)}/part/${at + 1}${way}`).catch(() => undefined);
          expect({ file: files[at]?.[1], pwned: await pwned() }).toEqual({ file: files[at]?.[1], pwned: false });
        }
      }
      // The browser's own viewer of PDF is a page of its own.
      const own = /^(?:console|error)|^request chrome/;
      expect(misdeeds.list.splice(0).filter((deed) => !own.test(deed))).toEqual([]);
    },
    60 * SECONDS,
  );
});

describe("honest mail", () => {
  const invitation =
    "From: Bob <bob@home.example>\nTo: ann@home.example\nSubject: Come\nMIME-Version: 1.0\nContent-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:u1\nSUMMARY:Plans\nDTSTART:20260330T100000Z\nORGANIZER:mailto:bob@home.example\nATTENDEE:mailto:ann@home.example\nEND:VEVENT\nEND:VCALENDAR\n";

  test(
    "is answered in place, with and without scripts",
    async () => {
      const plainly = await windows.enter("ann", { javaScriptEnabled: false });
      for (const one of [page, plainly.page]) {
        const uid = await house.put(inbox, invitation);
        await one.goto(hereOf(uid));
        await one.click("text=Accept");
        await one.locator(".mail-offer", { hasText: "You accepted." }).waitFor();
        await one.locator(".toast", { hasText: "Your answer was sent to bob@home.example." }).waitFor();
        expect(one.url()).toBe(hereOf(uid));
        expect(await one.locator("#reader").count()).toBe(1);
      }
      await plainly.context.close();
      await expectPeace("an invitation");
    },
    30 * SECONDS,
  );

  test(
    "is printed by the browser's own dialogue, from a page without an origin",
    async () => {
      await page.goto(hereOf(await house.put(inbox, html("<p>On paper</p>"))));
      await context.addInitScript("window.print = () => { document.title = 'printed ' + window.origin; }");
      await page.click("#reader summary[aria-label=More]");
      const [paper] = await Promise.all([context.waitForEvent("page"), page.click("text=Print")]);
      await paper.waitForFunction("document.title === 'printed null'");
      await paper.locator("text=On paper").waitFor();
      await paper.close();
      expect(misdeeds.list.splice(0).filter((deed) => !deed.startsWith("window"))).toEqual([]);
    },
    30 * SECONDS,
  );
});

describe("pictures of other servers", () => {
  let elsewhere: Server<undefined>;
  let asked = 0;
  beforeAll(() => {
    const gif = Buffer.from("R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==", "base64");
    elsewhere = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: () => {
        asked++;
        return new Response(gif);
      },
    });
  });
  afterAll(async () => await elsewhere?.stop(true));

  test(
    "are shown when asked for, and never fetched by the browser itself",
    async () => {
      const at = `http://127.0.0.1:${elsewhere.port}`;
      const uid = await house.put(inbox, html(`<img src="${at}/p.gif"><p style="background:url(${at}/q.gif)">x</p>`));
      await page.goto(hereOf(uid));
      await page.frameLocator("iframe.mail-frame").locator("p").waitFor();
      expect(asked).toBe(0);
      await page.click("text=Show pictures");
      await page.frameLocator("iframe.mail-frame[src*=pictures]").locator("img").waitFor();
      const frame = page.frames().find((one) => one.url().includes("/body?pictures=1"));
      const seen = `(async () => {
        const picture = document.querySelector("img");
        await picture.decode();
        return [picture.naturalWidth, new URL(picture.src).pathname.startsWith("/mail/pictures/")];
      })()`;
      expect(await frame?.evaluate(seen)).toEqual([1, true]);
      await until(() => asked === 2, "both pictures");
      await page.goto(hereOf(uid));
      await page.click("text=Always from this sender");
      await page.locator(".mail-held", { hasText: "are shown without asking" }).waitFor();
      expect(page.url()).toBe(hereOf(uid));
      await page.locator("iframe.mail-frame[src*=pictures]").waitFor();
      await page.click("text=Ask again next time");
      await page.locator("text=Show pictures").waitFor();
      await expectPeace("pictures");
      await context.close();
    },
    30 * SECONDS,
  );
});
