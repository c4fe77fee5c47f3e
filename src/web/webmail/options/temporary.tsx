/** Temporary addresses of an own mailbox. */
import type { Hono } from "hono";
import { z } from "zod";
import { TemporaryAddresses } from "../../../../views/webmail/options-temporary.tsx";
import { t } from "../../../../views/words/words.ts";
import { addTemporary, endTemporary, listTemporary, setTemporary } from "../../../administration/mail/temporary.ts";
import type { WebContext, WebEnv } from "../../context.ts";
import { type Errors, type Fields, posted, whole } from "../../form.ts";
import type { Places } from "./mailbox.tsx";
import { type Office, problemOf } from "./office.tsx";

const AT = "/:mailbox{\\d+}/temporary";
const addForm = z.strictObject({ days: z.string().trim().min(1, "Give a number of days.").max(10), note: z.string() });
const extendForm = z.strictObject({ address: z.string().max(320), days: z.string().max(10) });
const endForm = z.strictObject({ address: z.string().max(320) });

/** Routes below a mailbox. */
export function temporaryPages(app: Hono<WebEnv>, office: Office, placeOf: Places): void {
  type Place = Awaited<ReturnType<Places>>;

  const show = async (c: WebContext, { frame, head, view }: Place, errors: Errors = {}, typed: Fields = {}) => {
    const { addresses, allowed } = await office.perform(c, listTemporary, { id: head.id });
    const page = {
      ...{ ...head, errors, allowed },
      addresses: addresses.map((one) => ({ ...one, expiresAt: Date.parse(one.expiresAt) })),
      own: view.addresses.find(({ primary }) => primary)?.address ?? "you@example.com",
      ...{ days: typed.days ?? "60", note: typed.note ?? "" },
    };
    return await office.show(c, t("Temporary addresses"), <TemporaryAddresses frame={frame} page={page} />, errors);
  };

  app.get(AT, async (c) => await show(c, await placeOf(c, "temporary")));

  app.post(AT, posted(addForm), async (c) => {
    const here = await placeOf(c, "temporary");
    const form = c.req.valid("form");
    if (!form.ok) return await show(c, here, form.errors, form.fields);
    try {
      const made = await office.perform(c, addTemporary, { id: here.head.id, ...form.value });
      return office.done(c, t("{address} is yours.", { address: made.address }), here.frame.here);
    } catch (thrown) {
      return await show(c, here, problemOf(thrown), form.fields);
    }
  });

  app.post(`${AT}/extend`, posted(extendForm), async (c) => {
    const here = await placeOf(c, "temporary");
    const { address, days } = whole(c.req.valid("form"));
    await office.perform(c, setTemporary, { id: here.head.id, address, days });
    return office.done(c, t("{address} takes mail for {days} days more.", { address, days }), here.frame.here);
  });

  app.post(`${AT}/end`, posted(endForm), async (c) => {
    const here = await placeOf(c, "temporary");
    const { address } = whole(c.req.valid("form"));
    await office.perform(c, endTemporary, { id: here.head.id, address });
    return office.done(c, t("{address} takes no mail any more.", { address }), here.frame.here);
  });
}
