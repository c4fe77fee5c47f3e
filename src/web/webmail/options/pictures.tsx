/** Whose pictures are shown without asking, and whether one is asked for receipts. */
import type { Hono } from "hono";
import { z } from "zod";
import { PICTURE_SENDERS, PictureSenders } from "../../../../views/webmail/options-pictures.tsx";
import { t } from "../../../../views/words/words.ts";
import { askForPicturesOf, listPictureSenders } from "../../../administration/users/pictures.ts";
import { setPreferences, showPreferences } from "../../../administration/users/preferences.ts";
import type { WebEnv } from "../../context.ts";
import { asked, pageNumber, posted, whole } from "../../form.ts";
import type { Office } from "./office.tsx";

/** Senders on one page. */
const SENDERS = 50;

export function picturePages(app: Hono<WebEnv>, office: Office) {
  app.get("/pictures", asked(z.object({ page: pageNumber })), async (c) => {
    const { page } = c.req.valid("query");
    const { frame } = await office.desk(c, PICTURE_SENDERS);
    const { addresses, total } = await office.perform(c, listPictureSenders, { page, pageSize: SENDERS });
    const found = { page, total, pages: Math.max(1, Math.ceil(total / SENDERS)) };
    const { receipts } = await office.perform(c, showPreferences, {});
    const content = <PictureSenders frame={frame} addresses={addresses} found={found} receipts={receipts} />;
    return await office.show(c, t("Pictures and receipts"), content);
  });

  app.post("/pictures/receipts", posted(z.strictObject({ receipts: z.enum(["ask", "never"]) })), async (c) => {
    await office.perform(c, setPreferences, whole(c.req.valid("form")));
    return office.done(c, t("Receipts are as you chose."), PICTURE_SENDERS);
  });

  app.post("/pictures/ask", posted(z.strictObject({ address: z.string().max(320) })), async (c) => {
    const { address } = whole(c.req.valid("form"));
    await office.perform(c, askForPicturesOf, { address });
    return office.done(
      c,
      t("You are asked again before pictures of {address} are shown.", { address }),
      PICTURE_SENDERS,
    );
  });
}
