/** Domains: list, add, change, remove. They stand on the operations of src/administration. */
import { Hono } from "hono";
import { z } from "zod";
import { Confirm, ConfirmForm, type Question } from "../../../views/admin/confirm.tsx";
import { Domains, DomainView } from "../../../views/admin/domains.tsx";
import {
  addDomain,
  type DomainView as Domain,
  listDomains,
  removeDomain,
  setDomain,
  showDomain,
} from "../../administration/mail/domains.ts";
import { findMailbox } from "../../administration/mail/mailboxes.ts";
import { type WebContext, type WebEnv, wantsFragment } from "../context.ts";
import { type Errors, errorsFrom, type Fields, lines, posted, sentenceOf, statusFrom, ticked } from "../form.ts";
import { doneAt, perform } from "../performing.ts";
import type { Front } from "../site.ts";
import { adminFrame } from "./office.ts";

const newForm = z.strictObject({
  name: z.string().trim().min(1, "Give the domain's name.").max(253, "That is too long."),
});

const changeForm = z.strictObject({
  rename: z.string().trim().min(1, "Give the domain's name.").max(253, "That is too long.").optional(),
  description: z.string().trim().max(200, "A description has at most 200 characters."),
  aliases: lines.optional(),
  unknownRecipients: z.enum(["refuse", "bounce", "mailbox", "relay"], "Choose one of the four."),
  catchAllMailbox: z.string().trim().max(320, "That is too long."),
  passwordChange: ticked,
});
type Change = z.output<typeof changeForm>;

const at = ({ name }: Pick<Domain, "name">) => `/admin/domains/${encodeURIComponent(name)}`;

export const domainRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();

  const domainOf = (c: WebContext): Promise<Domain> =>
    perform(front, c, showDomain, { name: c.req.param("name") ?? "" });

  const showList = async (c: WebContext, fields: Fields, errors: Errors, status: 200 | 403 | 422 = 200) => {
    const { domains } = await perform(front, c, listDomains, {});
    return c.html(<Domains frame={adminFrame(front, c)} page={{ domains, fields, errors }} />, status);
  };

  const show = (
    c: WebContext,
    domain: Domain,
    fields: Fields = {},
    errors: Errors = {},
    status: 200 | 403 | 422 = 200,
  ) => c.html(<DomainView frame={adminFrame(front, c)} page={{ ...domain, fields, errors }} />, status);

  /** The mailbox that the form names; nothing where it names none, or the one that is set already. @throws Refusal "notFound" */
  const catchAll = async (c: WebContext, domain: Domain, { catchAllMailbox: name, unknownRecipients }: Change) => {
    if (name === domain.catchAll?.label) return {};
    if (name !== "") return { catchAllMailbox: (await perform(front, c, findMailbox, { name })).id };
    // Nothing is said where it goes outside the reach of whoever looks, and stays so.
    const isHidden = domain.unknownRecipients === "mailbox" && domain.catchAll === null;
    return isHidden && unknownRecipients === "mailbox" ? {} : { catchAllMailbox: null };
  };

  app.get("/", (c) => showList(c, {}, {}));

  app.post("/", posted(newForm), async (c) => {
    const form = c.req.valid("form");
    if (!form.ok) return await showList(c, form.fields, form.errors, 422);
    try {
      const domain = await perform(front, c, addDomain, { name: form.value.name });
      return doneAt(front, c, `${domain.displayName} is local now.`, "/admin/domains");
    } catch (thrown) {
      return await showList(c, form.fields, { name: sentenceOf(thrown) }, statusFrom(thrown));
    }
  });

  app.get("/:name", async (c) => show(c, await domainOf(c)));

  app.post("/:name", posted(changeForm), async (c) => {
    const domain = await domainOf(c);
    const form = c.req.valid("form");
    if (!form.ok) return show(c, domain, form.fields, form.errors, 422);
    const { rename, catchAllMailbox: _, ...change } = form.value;
    let mailbox: Awaited<ReturnType<typeof catchAll>>;
    try {
      mailbox = await catchAll(c, domain, form.value);
    } catch (thrown) {
      return show(c, domain, form.fields, { catchAllMailbox: sentenceOf(thrown) }, statusFrom(thrown));
    }
    try {
      const after = await perform(front, c, setDomain, {
        ...{ name: domain.name, ...change, ...mailbox },
        ...(rename !== undefined && rename !== domain.displayName && rename !== domain.name && { rename }),
      });
      return doneAt(front, c, `${after.displayName} was changed.`, at(after));
    } catch (thrown) {
      return show(c, domain, form.fields, errorsFrom(thrown), statusFrom(thrown));
    }
  });

  app.get("/:name/remove", async (c) => {
    const domain = await domainOf(c);
    const question: Question = {
      title: `Remove ${domain.displayName}?`,
      text: "Mail for it is not taken any more. Addresses in it must be gone first.",
      action: `${at(domain)}/remove`,
      doIt: "Remove the domain",
      back: at(domain),
    };
    if (wantsFragment(c)) return c.html(<ConfirmForm question={question} csrf={c.get("csrf")} />);
    return c.html(<Confirm frame={adminFrame(front, c)} place="domains" question={question} />);
  });

  app.post("/:name/remove", async (c) => {
    const domain = await domainOf(c);
    try {
      await perform(front, c, removeDomain, { name: domain.name });
    } catch (thrown) {
      return show(c, domain, {}, { "": sentenceOf(thrown) }, statusFrom(thrown));
    }
    return doneAt(front, c, `${domain.displayName} was removed.`, "/admin/domains");
  });

  return app;
};
