/**
 * Where files behind links are fetched: a page that says what it is, and the file. Everybody who has the address may; it is looked for by nothing
 * but its secret. The file is never a page of this site: it is always saved, in a sandbox, as a type no browser runs.
 */
import { Hono } from "hono";
import { ParcelPage } from "../../../views/webmail/parcel.tsx";
import { hasExpired } from "../../directory/expiry.ts";
import { Refusal } from "../../refusal.ts";
import type { Parcel } from "../../transport/parcels.ts";
import type { WebContext, WebEnv } from "../context.ts";
import type { WebDeps } from "../deps.ts";
import type { Front, Site } from "../site.ts";
import { bodyStream, SEALED } from "./download.ts";
import { contentDisposition, humanSize } from "./names.ts";

/** Where they stand. */
const PATH = "/p";

/** The address of a parcel for other people: the server's name, and the port that is open in fact. */
export function parcelAddress({ transport, httpsPort }: WebDeps, { token }: Parcel): string {
  const port = httpsPort();
  return `https://${transport.hostname()}${port === undefined || port === 443 ? "" : `:${port}`}${PATH}/${token}`;
}

/** The site that hands files out. */
export const parcelSite = (front: Front): Site => {
  const { deps } = front;
  const app = new Hono<WebEnv>();

  const parcelOf = (c: WebContext): Parcel => {
    const parcel = deps.transport.parcels.at(c.req.param("token") ?? "");
    const owner = parcel && deps.directory.users.byId(parcel.userId);
    // Nobody guesses such an address; whoever comes in vain had a link that has ended, and gets no strike for it. Whose account is switched
    // off gives nothing to anybody.
    if (parcel === undefined || owner?.enabled !== true || hasExpired(owner, deps.now()))
      throw new Refusal("notFound", "This file is no longer here. Ask whoever sent you the link for another.");
    return parcel;
  };

  app.get("/:token{[\\w-]{43}}", (c) => {
    const { name, size, expiresAt, userId } = parcelOf(c);
    const sender = deps.directory.users.byId(userId)?.fullName ?? "";
    // The address is a secret: no other page may learn it from this one.
    c.header("referrer-policy", "no-referrer");
    c.header("x-robots-tag", "noindex");
    const page = { name, size: humanSize(size), until: expiresAt, sender, href: `${c.req.path}/file` };
    return c.html(<ParcelPage frame={c.get("frame")()} page={page} />);
  });

  app.get("/:token{[\\w-]{43}}/file", async (c) => {
    const { id, content, name, size } = parcelOf(c);
    await deps.store.commit((tx) => deps.transport.parcels.fetchedWithin(tx, id));
    return new Response(bodyStream(deps.store.content.stream(content)), {
      headers: {
        ...SEALED,
        "content-type": "application/octet-stream",
        "content-length": String(size),
        "content-disposition": contentDisposition("attachment", name),
        "x-robots-tag": "noindex",
      },
    });
  });

  return { path: PATH, app };
};
