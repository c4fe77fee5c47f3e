/**
 * Pictures of other servers, fetched by this one for whoever reads a message: their servers learn neither his address nor his browser, get
 * no cookie and no referrer, and cannot be in the local network (src/gateway/outside.ts). What comes back must begin as a picture does; it
 * is passed on as it comes, and small ones are remembered for a while.
 *
 * The frame of a message has no origin and so sends no cookie; that an address was made for somebody who may read here, its signature
 * proves.
 */
import { randomBytes } from "node:crypto";
import { Hono } from "hono";
import { Slots } from "../../auth/slots.ts";
import { sameSecret } from "../../auth/tokens.ts";
import type { Outside } from "../../gateway/outside.ts";
import { Refusal } from "../../refusal.ts";
import type { WebEnv } from "../context.ts";
import type { Front, Site } from "../site.ts";
import { PICTURES, signatureOf } from "./picture-address.ts";

/** Octets of one picture. */
const LARGEST = 12_000_000;
/** Octets of a picture that is remembered, and of all of them. */
const REMEMBERED_EACH = 400_000;
const REMEMBERED = 8_000_000;
/** How long after the last look pictures are remembered, in milliseconds. */
const REMEMBERED_MS = 600_000;
/** Pictures that are fetched at a time; a newsletter has some dozens. Those of one host wait for each other, so that a slow one keeps room for the rest. */
const MOST_AT_ONCE = 64;
const OF_ONE_HOST = { running: 16, waiting: 200 };
const TOO_MANY = "Too many pictures are fetched at once.";
/** How long one waits, in the line and while it comes. */
const PATIENCE_MS = 30_000;
/** How long an address is good at least, in milliseconds; at most for twice that. */
const KEY_MS = 43_200_000;
/** Octets by which every kind of picture is known. */
const MAGIC = 16;

interface Picture {
  readonly type: string;
  readonly octets: Uint8Array;
}

export class Pictures {
  #key = { value: freshKey(), from: 0 };
  #before = "";
  readonly #kept = new Map<string, Picture>();
  #octets = 0;
  #running = 0;
  readonly #hosts = new Map<string, Slots>();
  /** Pictures on their way, until it is known whether they are remembered: who asks for one meanwhile waits for it. */
  readonly #coming = new Map<string, Promise<void>>();
  #forget: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly outside: Pick<Outside, "run">,
    private readonly now: () => number,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  /** With what addresses are signed now. */
  key(): string {
    const now = this.now();
    if (now - this.#key.from > KEY_MS) {
      this.#before = this.#key.from === 0 ? "" : this.#key.value;
      this.#key = { value: freshKey(), from: now };
    }
    return this.#key.value;
  }

  /** The picture at a signed address. @throws Refusal "notFound", "temporary" */
  async respond(signature: string, encoded: string): Promise<Response> {
    const url = Buffer.from(encoded, "base64url").toString();
    const known = [this.key(), this.#before].some((key) => key !== "" && sameSecret(signature, signatureOf(url, key)));
    if (!known) throw new Refusal("notFound", "This picture is no longer shown. Open the message again.");
    const coming = this.#coming.get(url);
    if (coming !== undefined) await coming;
    const kept = this.#kept.get(url);
    if (kept !== undefined) return answer(kept.type, kept.octets);
    return await this.#fetch(url);
  }

  /** Waits in the line of its host, and begins to pass the picture on as soon as it is known to be one. */
  async #fetch(url: string): Promise<Response> {
    const began = Promise.withResolvers<Response>();
    const known = Promise.withResolvers<void>();
    this.#coming.set(url, known.promise);
    const forget = () => this.#coming.get(url) === known.promise && this.#coming.delete(url);
    known.promise.then(forget, forget);
    const host = URL.parse(url)?.host ?? "";
    const slots = this.#hosts.get(host) ?? new Slots(() => OF_ONE_HOST, TOO_MANY);
    this.#hosts.set(host, slots);
    const signal = AbortSignal.timeout(this.patienceMs);
    slots
      .run(() => this.#pass(url, signal, { began: began.resolve, known: known.resolve }))
      .catch((error: unknown) => {
        const refusal =
          error instanceof Refusal ? error : new Refusal("temporary", "The picture could not be fetched.");
        began.reject(refusal);
        known.reject(refusal);
      })
      .finally(() => slots.running === 0 && this.#hosts.delete(host));
    return await began.promise;
  }

  /** @param tell.known is called as soon as the picture is remembered, or too large for it */
  async #pass(
    url: string,
    signal: AbortSignal,
    tell: { readonly began: (answer: Response) => void; readonly known: () => void },
  ): Promise<void> {
    signal.throwIfAborted();
    if (this.#running >= MOST_AT_ONCE) throw new Refusal("temporary", TOO_MANY);
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    let head: Uint8Array = new Uint8Array();
    let type: string | undefined;
    let seen: Uint8Array[] | undefined = [];
    let octets = 0;
    const late = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    late.catch(() => undefined);
    const pass = async (piece: Uint8Array) => {
      octets += piece.length;
      const written = writer.write(piece);
      if (octets <= REMEMBERED_EACH) {
        // It is held in memory anyway, and others wait for it: it comes as fast as its server sends it.
        written.catch(() => undefined);
        seen?.push(piece);
        return;
      }
      seen = undefined;
      tell.known();
      // Whoever asked may not read what comes: he is not waited for either.
      await Promise.race([written, late]);
    };
    const onPiece = async (piece: Uint8Array) => {
      if (type !== undefined) return await pass(new Uint8Array(piece));
      head = Buffer.concat([head, piece]);
      if (head.length < MAGIC) return;
      type = pictureType(head);
      if (type === undefined) throw new Refusal("invalid", "What is there is no picture.");
      tell.began(answer(type, readable));
      await pass(head);
    };
    this.#running++;
    try {
      const status = await this.outside.run(url, { accept: "image/*", most: LARGEST, onPiece, signal });
      if (type === undefined) throw new Refusal("notFound", `The other server has no picture there (${status}).`);
      if (seen !== undefined) this.#remember(url, { type, octets: Buffer.concat(seen) });
      tell.known();
      // All of it has come: whoever still reads it holds up nobody.
      writer.close().catch(() => undefined);
    } catch (error) {
      writer.abort(error).catch(() => undefined);
      throw error;
    } finally {
      this.#running--;
    }
  }

  #remember(url: string, picture: Picture): void {
    if (this.#kept.has(url)) return;
    this.#kept.set(url, picture);
    this.#octets += picture.octets.length;
    for (const [oldest, { octets }] of this.#kept) {
      if (this.#octets <= REMEMBERED) break;
      this.#kept.delete(oldest);
      this.#octets -= octets.length;
    }
    clearTimeout(this.#forget);
    this.#forget = setTimeout(() => {
      this.#kept.clear();
      this.#octets = 0;
    }, REMEMBERED_MS);
    this.#forget.unref();
  }
}

/** The site on which pictures stand: it asks for no session, since a signed address is proof enough. */
export const pictureSite = ({ deps }: Front, pictures: Pictures): Site => ({
  path: PICTURES,
  app: new Hono<WebEnv>().get("/:signature{[\\w-]{43}}/:url{[\\w-]{1,12000}}", async (c) => {
    // Nothing is fetched for somebody who would not read it.
    if (c.req.method === "HEAD") return c.body(null, 405, { allow: "GET" });
    return await pictures.respond(c.req.param("signature"), c.req.param("url"));
  }),
  forPrograms: (c, thrown) => {
    for (const [name, value] of Object.entries(SEALED)) c.header(name, value);
    if (thrown instanceof Refusal) return c.text(thrown.sentence, thrown.kind === "temporary" ? 503 : 404);
    deps.store.events.fault("web", "fetch a picture", thrown);
    return c.text("The picture could not be fetched.", 500);
  },
});

const freshKey = () => randomBytes(32).toString("base64url");

const SEALED: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  // The frame that shows it has no origin, and so is none of ours to the browser.
  "cross-origin-resource-policy": "cross-origin",
  "referrer-policy": "no-referrer",
};

const answer = (type: string, body: Uint8Array | ReadableStream<Uint8Array>): Response =>
  new Response(body as BodyInit, {
    headers: { ...SEALED, "content-type": type, "cache-control": "private, max-age=3600, immutable" },
  });

/** The type of a picture by its first octets, whatever its server calls it; undefined for all else, SVG too: that is a document. */
export function pictureType(head: Uint8Array): string | undefined {
  const text = Buffer.from(head.subarray(0, MAGIC)).toString("latin1");
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (text.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (/^GIF8[79]a/.test(text)) return "image/gif";
  if (/^RIFF[\s\S]{4}WEBPVP8/.test(text)) return "image/webp";
  if (/^[\s\S]{4}ftypavi[fs]/.test(text)) return "image/avif";
  if (/^BM[\s\S]{4}\0\0\0\0/.test(text)) return "image/bmp";
  return undefined;
}
