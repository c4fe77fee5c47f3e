/** The tab Addresses: what leads to the mailbox, with patterns and addresses that end. */
import { Hono } from "hono";
import { z } from "zod";
import { Addresses } from "../../../../views/admin/mailboxes/addresses.tsx";
import { addAddress } from "../../../administration/mail/addresses.ts";
import type { MailboxView } from "../../../administration/mail/mailbox-view.ts";
import { choosePrimaryAddress } from "../../../administration/mail/mailboxes.ts";
import { directorySettings } from "../../../directory/settings.ts";
import type { WebEnv } from "../../context.ts";
import { dayOf, dayOrNone, posted, ticked, whole } from "../../form.ts";
import { perform } from "../../performing.ts";
import { atMailbox, type Desk, type TabPage } from "./desk.tsx";

/** What is asked about a new address; the page of all addresses asks the same. */
export const newAddressFields = {
  address: z.string().trim().min(1, "Give an address.").max(320, "That is too long."),
  note: z.string().max(1_000, "A note has at most 200 characters."),
  expiresOn: dayOrNone,
};
const addressForm = z.strictObject({ ...newAddressFields, primary: ticked });
const primaryForm = z.strictObject({ address: z.string().max(320) });

const DAY_MS = 86_400_000;

/** An address that is good for a month, for the reader to see how one is written. */
const temporaryOf = ({ addresses }: MailboxView, now: number): string | undefined => {
  const address = addresses.find(({ primary }) => primary)?.address;
  if (address === undefined) return undefined;
  const at = address.lastIndexOf("@");
  const date = dayOf(now + 30 * DAY_MS).replaceAll("-", "");
  return `${address.slice(0, at)}$E${date}${address.slice(at)}`;
};

const addressesPage = (desk: Desk): TabPage => ({
  name: "addresses",
  render: (_c, view, form) => {
    const { store, now } = desk.front.deps;
    const temporary = store.settings.get(directorySettings).temporaryAddresses ? temporaryOf(view, now()) : undefined;
    const addresses = view.addresses.map((one) => ({ ...one, mailbox: view.id }));
    return <Addresses tab={{ id: view.id, addresses, temporary, form }} now={now()} />;
  },
});

export const addressRoutes = (desk: Desk): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  app.get("/:id{\\d+}/addresses", (c) => desk.open(c, addressesPage(desk)));

  app.post("/:id{\\d+}/addresses", posted(addressForm), async (c) => {
    const view = await desk.view(c);
    const form = c.req.valid("form");
    if (!form.ok) return await desk.answer(c, view, addressesPage(desk), { errors: form.errors, typed: form.fields });
    const { expiresOn: expiresAt, ...rest } = form.value;
    try {
      const { address } = await perform(desk.front, c, addAddress, { ...rest, expiresAt, mailbox: view.id });
      const to = atMailbox(view.id, "addresses");
      return desk.done(c, `${address} leads to this mailbox now.`, to);
    } catch (thrown) {
      return await desk.refused(c, view, addressesPage(desk), thrown, form.fields, "address");
    }
  });

  app.post("/:id{\\d+}/addresses/primary", posted(primaryForm), async (c) => {
    const { id } = await desk.view(c);
    const { address } = whole(c.req.valid("form"));
    await perform(desk.front, c, choosePrimaryAddress, { id, address });
    return desk.done(c, `${address} is the return address now.`, atMailbox(id, "addresses"));
  });

  return app;
};
