/** The tab Mail: webmail, mailboxes, addresses, and what others share with the user. */

import { Hono } from "hono";
import { z } from "zod";
import { Mail, type MailTab } from "../../../../views/admin/users/mail.tsx";
import type { TabForm } from "../../../../views/admin/users/page.tsx";
import { atUser } from "../../../../views/admin/users/path.ts";
import { addAddress, listAddresses, removeAddress } from "../../../administration/mail/addresses.ts";
import { choosePrimaryAddress } from "../../../administration/mail/mailboxes.ts";
import { presetOf, RIGHT_WORDS } from "../../../administration/mail/rights.ts";
import type { UserView } from "../../../administration/users/users.ts";
import { Refusal } from "../../../refusal.ts";
import type { WebContext, WebEnv } from "../../context.ts";
import { type Errors, errorsFrom, type Fields, posted, standingForm, statusFrom, ticked, whole } from "../../form.ts";
import { perform } from "../../performing.ts";
import type { Desk, TabPage } from "./desk.tsx";

/** Addresses of one user that the page shows; all are on the page of addresses. */
const MOST_SHOWN = 1_000;

const mailForm = z.strictObject({ webmail: ticked, primaryMailbox: z.coerce.number().int().optional() });
const addressForm = z.strictObject({
  address: z.string().trim().min(1, "Give an address.").max(320, "That is too long."),
});

const PRESETS = { read: "Read", write: "Read and write", everything: "Everything" } as const;

/** Rights on a shared mailbox in words. */
const rightWords = (rights: string): string => {
  const preset = presetOf(rights);
  if (preset !== null) return PRESETS[preset];
  const words = [...rights].map((letter) => RIGHT_WORDS[letter]?.toLowerCase() ?? letter).join(", ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

const labelOf = ({ id, address, description }: { id: number; address: string | null; description: string }): string =>
  address ?? (description || `Mailbox ${id}`);

const addressesOf = async (c: WebContext, desk: Desk, { mailboxes, primaryMailbox }: UserView) => {
  const all = [];
  for (const { id } of mailboxes) {
    const found = await perform(desk.front, c, listAddresses, { mailbox: id, pageSize: MOST_SHOWN });
    all.push(...found.addresses);
  }
  return all.map(({ address, mailbox, primary, expiresAt, note }) => ({
    ...{ address, mailbox, note, primary: primary && mailbox === primaryMailbox },
    expiresAt: expiresAt === null ? null : Date.parse(expiresAt),
  }));
};

const tabOf = async (c: WebContext, desk: Desk, account: UserView, form: TabForm): Promise<MailTab> => {
  const { kind, login, webmail, primaryMailbox, mailboxes, shared } = account;
  // One form of the tab is refused at a time.
  const address = form.typed?.address !== undefined;
  const untouched = { csrf: form.csrf, action: form.action, errors: {} };
  return {
    ...{ kind, login, webmail, primaryMailbox: primaryMailbox ?? 0 },
    mailboxes: mailboxes.map((mailbox) => ({ ...mailbox, label: labelOf(mailbox) })),
    shared: shared.map((one) => ({
      ...{ id: one.id, owner: one.owner, label: labelOf(one) },
      ...{ rights: one.rights === "" ? "" : rightWords(one.rights), letters: one.rights, linked: desk.whole(c) },
      folders: one.folders.map((name) => (name === "INBOX" ? "Inbox" : name)).join(", "),
    })),
    addresses: kind === "user" ? await addressesOf(c, desk, account) : [],
    form: address ? untouched : form,
    addressForm: address ? form : untouched,
  };
};

const page = (desk: Desk): TabPage => ({
  name: "mail",
  render: async (c, account, form) => (
    <Mail
      tab={await tabOf(c, desk, account, form)}
      at={`/admin/users/${encodeURIComponent(account.login)}`}
      now={desk.front.deps.now()}
    />
  ),
});

/** The address in a form, if it stands on one of the user's mailboxes. */
const standing = (value: z.output<typeof standingForm>, { mailboxes }: UserView) => {
  if (mailboxes.some(({ id }) => id === value.mailbox)) return value;
  throw new Refusal("notFound", "That address does not belong to this user.");
};

export const mailRoutes = (desk: Desk): Hono<WebEnv> => {
  const back = (c: WebContext, { login }: UserView, text: string) =>
    desk.done(c, text, `${atUser(login, "mail")}#addresses`);
  const refused = (c: WebContext, account: UserView, errors: Errors, typed: Fields, status: 403 | 422 = 422) =>
    desk.answer(c, account, page(desk), { errors, typed, status });

  return new Hono<WebEnv>()
    .get("/:login/mail", (c) => desk.open(c, page(desk)))
    .post("/:login/mail", posted(mailForm), (c) =>
      desk.save(c, page(desk), c.req.valid("form"), (account, { webmail, primaryMailbox }) => ({
        webmail,
        ...(primaryMailbox !== undefined && primaryMailbox !== account.primaryMailbox && { primaryMailbox }),
      })),
    )
    .post("/:login/addresses", posted(addressForm), async (c) => {
      const account = await desk.account(c);
      const form = c.req.valid("form");
      if (!form.ok) return await refused(c, account, form.errors, form.fields);
      const input = { address: form.value.address, mailbox: account.primaryMailbox ?? 0 };
      try {
        const { address } = await perform(desk.front, c, addAddress, input);
        return back(c, account, `${address} leads to ${account.login} now.`);
      } catch (thrown) {
        const { "": sentence, ...errors } = errorsFrom(thrown);
        const at = sentence === undefined ? errors : { ...errors, address: sentence };
        return await refused(c, account, at, form.fields, statusFrom(thrown));
      }
    })
    .post("/:login/addresses/remove", posted(standingForm), async (c) => {
      const account = await desk.account(c);
      const input = standing(whole(c.req.valid("form")), account);
      await perform(desk.front, c, removeAddress, input);
      return back(c, account, `${input.address} was removed.`);
    })
    .post("/:login/addresses/primary", posted(standingForm), async (c) => {
      const account = await desk.account(c);
      const { address, mailbox: id } = standing(whole(c.req.valid("form")), account);
      await perform(desk.front, c, choosePrimaryAddress, { id, address });
      return back(c, account, `${address} is the return address now.`);
    });
};
