/** Putting a file behind a link while one writes, in pieces. Mounted below /mail/compose. */
import type { Hono } from "hono";
import { z } from "zod";
import { ParcelLink } from "../../../views/webmail/parcel.tsx";
import { Refusal } from "../../refusal.ts";
import { signedIn, type WebEnv } from "../context.ts";
import { asked, posted, whole } from "../form.ts";
import { humanSize } from "./names.ts";
import { ParcelUploads, PIECE_OCTETS } from "./parcel-uploads.ts";
import { parcelAddress } from "./parcels.tsx";
import type { Webmail } from "./room.ts";

const beginForm = z.object({
  name: z.string().max(1_000),
  type: z.string().max(200).default(""),
  size: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
});
const pieceQuery = z.object({ at: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER) });

export function parcelRoutes(app: Hono<WebEnv>, { front }: Webmail) {
  const { deps } = front;
  const uploads = new ParcelUploads(deps.store, deps.transport.parcels, deps.now);

  app.post("/parcel", posted(beginForm), (c) => {
    const { name, type, size } = whole(c.req.valid("form"));
    return c.json({ id: uploads.begin(signedIn(c).user, name, type, size), piece: PIECE_OCTETS });
  });

  app.post("/parcel/:upload/piece", asked(pieceQuery), async (c) => {
    const { at } = c.req.valid("query");
    const octets = await c.req.bytes();
    if (octets.length > PIECE_OCTETS) throw new Refusal("tooLarge", "That piece is too large.");
    return c.json({ size: await uploads.piece(signedIn(c).user, c.req.param("upload"), at, octets) });
  });

  // Answers with what stands in the letter.
  app.post("/parcel/:upload/end", async (c) => {
    const parcel = await uploads.end(signedIn(c).user, c.req.param("upload"));
    const link = { href: parcelAddress(deps, parcel), name: parcel.name, size: humanSize(parcel.size) };
    return c.html(<ParcelLink link={{ ...link, until: parcel.expiresAt }} />);
  });

  app.post("/parcel/:upload/drop", async (c) => {
    await uploads.drop(signedIn(c).user, c.req.param("upload"));
    return c.body(null, 204);
  });
}
