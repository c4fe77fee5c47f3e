/**
 * What makes webmail a page that can be installed: its manifest, its pictures, its service worker, and the page that stands in where nothing
 * can be reached. Open to everybody: browsers fetch a manifest without cookies.
 */
import { readFileSync } from "node:fs";
import type { Hono, MiddlewareHandler } from "hono";
import small from "../../../views/webmail/app-192.png" with { type: "file" };
import large from "../../../views/webmail/app-512.png" with { type: "file" };
import { Offline } from "../../../views/webmail/offline.tsx";
import worker from "../../../views/webmail/worker.js" with { type: "text" };
import { t } from "../../../views/words/words.ts";
import { signedIn, type WebEnv } from "../context.ts";

/** Where the manifest stands. */
export const MANIFEST = "/mail/app.webmanifest";

const PICTURES = { "app-192.png": small, "app-512.png": large } as const;
/** A day: names do not change with the content. */
const KEPT = "public, max-age=86400";

/** Says for whom a page was made, so that a browser never shows what it kept for one session in another. */
export const nameReader = (): MiddlewareHandler<WebEnv> =>
  async function nameReader(c, next) {
    await next();
    const hash = new Bun.CryptoHasher("sha256").update("reader ").update(signedIn(c).session.id);
    c.header("x-reader", hash.digest("base64url").slice(0, 16));
  };

/** Routes below /mail, for everybody. */
export function installedRoutes(app: Hono<WebEnv>): void {
  app.get("/app.webmanifest", (c) => {
    const icons = [192, 512].flatMap((size) =>
      ["any", "maskable"].map((purpose) => ({
        ...{ src: `/mail/app-${size}.png`, sizes: `${size}x${size}`, type: "image/png", purpose },
      })),
    );
    const manifest = {
      ...{ id: "/mail", name: "Gatepost", short_name: "Gatepost", description: t("Mail of this house") },
      ...{ start_url: "/mail", scope: "/", display: "standalone", icons },
      ...{ background_color: "#f1f4f0", theme_color: "#15291f", categories: ["productivity"] },
      shortcuts: [{ name: t("Write a message"), url: "/mail/compose" }],
    };
    c.header("content-type", "application/manifest+json");
    return c.body(JSON.stringify(manifest));
  });

  for (const [name, file] of Object.entries(PICTURES)) {
    app.get(`/${name}`, (c) => {
      c.header("content-type", "image/png");
      c.header("cache-control", KEPT);
      return c.body(new Uint8Array(readFileSync(file)));
    });
  }

  app.get("/worker.js", (c) => {
    c.header("content-type", "text/javascript; charset=utf-8");
    // The browser asks for it anew by itself, and must not be told an old one.
    c.header("cache-control", "no-cache");
    return c.body(worker);
  });

  // It is kept on the device beyond the session, and so says nothing of anybody: no token, and no message that waits for his next page.
  app.get("/offline", (c) => {
    c.set("signedIn", undefined);
    c.set("csrf", "");
    return c.html(<Offline frame={c.get("frame")()} />);
  });
}
