/** Own files behind links: which there are, how long they stay, and their end. */
import type { Hono } from "hono";
import { z } from "zod";
import { PARCELS, ParcelList } from "../../../../views/webmail/options-parcels.tsx";
import { t } from "../../../../views/words/words.ts";
import { endParcel, listParcels, prolongParcel } from "../../../administration/mail/parcels.ts";
import { signedIn, type WebContext, type WebEnv } from "../../context.ts";
import { posted, whole } from "../../form.ts";
import { humanSize } from "../names.ts";
import { parcelAddress } from "../parcels.tsx";
import { webmailSettings } from "../settings.ts";
import type { Office } from "./office.tsx";

const named = z.strictObject({ id: z.coerce.number().int().min(1) });

/** Routes below /mail/options/parcels. */
export function parcelPages(app: Hono<WebEnv>, office: Office): void {
  const at = "/parcels";
  const loginOf = (c: WebContext) => signedIn(c).user.login;

  app.get(at, async (c) => {
    const { frame } = await office.desk(c, PARCELS);
    const { parcels } = await office.perform(c, listParcels, { login: loginOf(c) });
    const { deps } = office;
    const own = new Map(deps.transport.parcels.list(signedIn(c).user.id).map((one) => [one.id, one]));
    const lines = parcels.map(({ id, name, size, endsAt, fetched }) => {
      const parcel = own.get(id);
      const href = parcel === undefined ? "" : parcelAddress(deps, parcel);
      return { id, name, size: humanSize(size), until: Date.parse(endsAt), fetched, href };
    });
    const { parcelDays: days } = deps.store.settings.get(webmailSettings);
    return await office.show(c, t("Files behind links"), <ParcelList frame={frame} lines={lines} days={days} />);
  });

  app.post(`${at}/prolong`, posted(named), async (c) => {
    const { id } = whole(c.req.valid("form"));
    const { parcelDays: days } = office.deps.store.settings.get(webmailSettings);
    const { name } = await office.perform(c, prolongParcel, { login: loginOf(c), id, days });
    return office.done(c, t("{name} stays for {days} days more.", { name, days }), PARCELS);
  });

  app.post(`${at}/end`, posted(named), async (c) => {
    const { id } = whole(c.req.valid("form"));
    const { name } = await office.perform(c, endParcel, { login: loginOf(c), id });
    return office.done(c, t("{name} is gone.", { name }), PARCELS);
  });
}
