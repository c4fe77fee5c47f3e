/**
 * Pages go out compressed, to browsers that say that one of our own pages or the person himself asked for them: somebody else's page that
 * could have them asked for, with words of its own in the address, would learn from the length what else stands in them (BREACH).
 */
import { promisify } from "node:util";
import { brotliCompress, brotliCompressSync, constants, gzip } from "node:zlib";
import type { MiddlewareHandler } from "hono";
import type { WebEnv } from "./context.ts";

/** Shorter pages gain nothing. */
const LEAST_OCTETS = 1_000;
/** Larger ones are compressed on other threads: they would hold the event loop. */
const BESIDE_OCTETS = 200_000;
/** Quick rather than small: pages are made for one person and sent once. 36 KB take 0.4, 0.2 and 0.8 ms. */
const LEVELS = { br: 5, zstd: 6, gzip: 6 } as const;

/** Compresses pages, but for documents that say `no-transform`: those are sent as they are made, and never held in memory whole. */
export const packPages = (): MiddlewareHandler<WebEnv> =>
  async function packPages(c, next) {
    await next();
    const { res } = c;
    if (!res.headers.get("content-type")?.startsWith("text/html") || c.req.method === "HEAD" || res.body === null)
      return;
    if (res.headers.get("cache-control")?.includes("no-transform")) return;
    if (!/^(same-origin|none)$/.test(c.req.header("sec-fetch-site") ?? "")) return;
    const accepted = c.req.header("accept-encoding") ?? "";
    const encoding = ENCODINGS.find((name) => new RegExp(`\\b${name}\\b`).test(accepted));
    if (encoding === undefined) return;
    const page = await res.bytes();
    const small = page.length < LEAST_OCTETS;
    const octets = small ? page : await pack[encoding](page);
    // Set over another answer, this one would be copied as a stream.
    c.res = undefined;
    c.res = new Response(octets, { status: res.status, headers: res.headers });
    if (small) return;
    c.res.headers.set("content-encoding", encoding);
    c.res.headers.append("vary", "accept-encoding");
  };

type Octets = Uint8Array<ArrayBuffer>;

const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: LEVELS.br } };

const isLong = (page: Octets): boolean => page.length > BESIDE_OCTETS;

const pack = {
  br: async (page: Octets) =>
    new Uint8Array(isLong(page) ? await promisify(brotliCompress)(page, BROTLI) : brotliCompressSync(page, BROTLI)),
  zstd: async (page: Octets) => {
    const level = { level: LEVELS.zstd };
    return new Uint8Array(isLong(page) ? await Bun.zstdCompress(page, level) : Bun.zstdCompressSync(page, level));
  },
  gzip: async (page: Octets) => {
    const level = { level: LEVELS.gzip };
    return isLong(page) ? new Uint8Array(await promisify(gzip)(page, level)) : Bun.gzipSync(page, level);
  },
};

/** The smallest first. */
const ENCODINGS = ["br", "zstd", "gzip"] as const;
