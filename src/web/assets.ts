/**
 * The files that pages need, carried inside the executable: style sheet, htmx, our own script, fonts, mark. Each gets an address
 * with its content's hash, so that a browser keeps it for good and never shows an old one. Called by app.ts.
 */
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import latinExtended from "@fontsource-variable/figtree/files/figtree-latin-ext-wght-normal.woff2" with {
  type: "file",
};
import sse from "htmx.org/dist/ext/hx-sse.min.js" with { type: "text" };
import htmx from "htmx.org/dist/htmx.min.js" with { type: "text" };
import latin from "../../views/figtree-latin.woff2" with { type: "file" };
import type { Assets as AssetLinks } from "../../views/layout.tsx";
import mark from "../../views/mark.svg" with { type: "text" };
import script from "../../views/page.js" with { type: "text" };
import pages from "../../views/pages.css" with { type: "text" };
import passkey from "../../views/passkey.js" with { type: "text" };
import style from "../../views/style.css" with { type: "text" };
import { smallerScript, smallerSheet } from "./smaller.ts";

/** Where the files stand. */
export const ASSET_PATH = "/assets";

/** The best first. */
const ENCODINGS = ["br", "zstd", "gzip"] as const;
type Encoding = (typeof ENCODINGS)[number];

interface Asset {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Compression helps. */
  readonly text: boolean;
  /** The compressed forms that were asked for so far. */
  readonly packed: Map<Encoding, Uint8Array<ArrayBuffer>>;
  /** The smallest form is being made, or there. */
  packing: boolean;
}

/** An asset compressed as well as the browser understands, once for all who ask; undefined for one that it takes as it is. */
const packed = (asset: Asset, accepted: string): readonly [Encoding, Uint8Array<ArrayBuffer>] | undefined => {
  for (const encoding of asset.text ? ENCODINGS : []) {
    if (!new RegExp(`\\b${encoding}\\b`).test(accepted)) continue;
    const known = asset.packed.get(encoding);
    if (known !== undefined) return [encoding, known];
    if (encoding === "br") {
      // The smallest takes a tenth of a second: it is made beside, and who asks meanwhile gets the next best.
      packSmallest(asset).catch(() => undefined);
      continue;
    }
    const made =
      encoding === "gzip"
        ? Bun.gzipSync(asset.bytes, { level: 9 })
        : new Uint8Array(Bun.zstdCompressSync(asset.bytes, { level: ZSTD_LEVEL }));
    asset.packed.set(encoding, made);
    return [encoding, made];
  }
  return undefined;
};

const packSmallest = async (asset: Asset): Promise<void> => {
  if (asset.packing) return;
  asset.packing = true;
  const size = { [constants.BROTLI_PARAM_SIZE_HINT]: asset.bytes.length };
  const made = await promisify(brotliCompress)(asset.bytes, { params: size });
  asset.packed.set("br", new Uint8Array(made));
};

/** As small as gzip's best, in a few milliseconds. */
const ZSTD_LEVEL = 12;
const YEAR_SECONDS = 31_536_000;

const SMALLER: Readonly<Record<string, (text: string) => string>> = {
  "text/css": smallerSheet,
  "text/javascript": smallerScript,
};

/** A further file that a site brings along: its name and what it holds. */
export interface ExtraAsset {
  readonly name: string;
  readonly type: string;
  readonly text: string;
}

export class AssetShelf {
  readonly #files = new Map<string, Asset>();
  /** Addresses for the documents' heads. */
  readonly links: AssetLinks;
  readonly #addresses = new Map<string, string>();

  private constructor(
    fonts: { latin: Uint8Array<ArrayBuffer>; extended: Uint8Array<ArrayBuffer> },
    extra: readonly ExtraAsset[],
  ) {
    const font = this.#add("figtree-latin.woff2", "font/woff2", fonts.latin);
    const extended = this.#add("figtree-latin-ext.woff2", "font/woff2", fonts.extended);
    const sheet = style
      .replace('url("figtree-latin.woff2")', `url("${font}")`)
      .replace('url("figtree-latin-ext.woff2")', `url("${extended}")`);
    this.links = {
      style: this.#text("style.css", "text/css", smallerSheet(sheet)),
      styles: [this.#text("pages.css", "text/css", smallerSheet(pages))],
      scripts: [
        // One file: htmx begins to work right after it was run, and would begin without what another file brings later.
        this.#text("page.js", "text/javascript", [htmx, sse, smallerScript(script)].join("\n")),
      ],
      passkeys: this.#text("passkey.js", "text/javascript", smallerScript(passkey)),
      icon: this.#text("mark.svg", "image/svg+xml", mark),
      fonts: [font],
    };
    for (const { name, type, text } of extra) this.#text(name, type, SMALLER[type]?.(text) ?? text);
  }

  /** Reads the files out of the executable. */
  static open(extra: readonly ExtraAsset[] = []): AssetShelf {
    return new AssetShelf(
      { latin: new Uint8Array(readFileSync(latin)), extended: new Uint8Array(readFileSync(latinExtended)) },
      extra,
    );
  }

  /** The address of a file by its plain name. */
  address(name: string): string {
    const address = this.#addresses.get(name);
    if (address === undefined) throw new Error(`the executable has no file ${name}`);
    return address;
  }

  /** Answers a request for a file, compressed as the browser likes; undefined where there is none of that name. */
  respond(path: string, acceptEncoding: string): Response | undefined {
    const asset = this.#files.get(path);
    if (asset === undefined) return undefined;
    const headers = new Headers({
      "content-type": asset.type,
      "cache-control": `public, max-age=${YEAR_SECONDS}, immutable`,
      "x-content-type-options": "nosniff",
      vary: "accept-encoding",
    });
    const form = packed(asset, acceptEncoding);
    if (form === undefined) return new Response(asset.bytes, { headers });
    headers.set("content-encoding", form[0]);
    return new Response(form[1], { headers });
  }

  #text(name: string, type: string, text: string): string {
    return this.#add(name, `${type}; charset=utf-8`, new TextEncoder().encode(text), true);
  }

  #add(name: string, type: string, bytes: Uint8Array<ArrayBuffer>, compress = false): string {
    const hash = new Bun.CryptoHasher("sha256").update(bytes).digest("hex").slice(0, 12);
    const address = `${ASSET_PATH}/${hash}/${name}`;
    this.#addresses.set(name, address);
    this.#files.set(address, {
      type,
      bytes,
      text: compress,
      packed: new Map(),
      packing: false,
    });
    return address;
  }
}
