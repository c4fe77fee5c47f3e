/** Domains: list, add, change, remove. */
import { Hono } from "hono";
import { z } from "zod";
import { Confirm, ConfirmForm, type Question } from "../../../views/admin/confirm.tsx";
import { type DomainLine, Domains, DomainView } from "../../../views/admin/domains.tsx";
import type { Domain } from "../../directory/directory.ts";
import { type WebContext, type WebEnv, wantsFragment } from "../context.ts";
import { type Errors, type Fields, lines, posted, sentenceOf, ticked } from "../form.ts";
import type { Front } from "../site.ts";
import { adminFrame, doneAt, labelsOf, mailboxNamed, proposedMailboxes } from "./office.ts";

const newForm = z.strictObject({
  name: z.string().trim().min(1, "Give the domain's name.").max(253, "That is too long."),
});

const changeForm = z.strictObject({
  description: z.string().trim().max(200, "A description has at most 200 characters."),
  aliases: lines,
  unknownRecipients: z.enum(["refuse", "bounce", "mailbox"], "Choose one of the three."),
  catchAllMailbox: z.string().trim().max(320, "That is too long."),
  passwordChange: ticked,
});

export const domainRoutes = (front: Front): Hono<WebEnv> => {
  const { deps } = front;
  const { domains, aliases } = deps.directory;
  const app = new Hono<WebEnv>();
  const at = (domain: Domain) => `/admin/domains/${encodeURIComponent(domain.name)}`;

  const lineOf = (domain: Domain): DomainLine => ({
    name: domain.name,
    displayName: domain.displayName,
    description: domain.description,
    aliases: domain.aliases,
    addresses: aliases.count(domain.id),
    first: domain.id === domains.primary()?.id,
  });

  const showList = (c: WebContext, fields: Fields, errors: Errors) =>
    c.html(
      <Domains frame={adminFrame(front, c)} page={{ domains: domains.list().map(lineOf), fields, errors }} />,
      Object.keys(errors).length > 0 ? 422 : 200,
    );

  const show = (c: WebContext, domain: Domain, errors: Errors, catchAll?: string) => {
    const { passwordChange, unknownRecipients, catchAllMailbox } = domain;
    const page = {
      ...{ ...lineOf(domain), passwordChange, unknownRecipients, errors },
      catchAll:
        catchAll ?? (catchAllMailbox === null ? "" : (labelsOf(deps, [catchAllMailbox]).get(catchAllMailbox) ?? "")),
      proposed: proposedMailboxes(deps),
    };
    return c.html(<DomainView frame={adminFrame(front, c)} page={page} />, Object.keys(errors).length > 0 ? 422 : 200);
  };

  app.get("/", (c) => showList(c, {}, {}));

  app.post("/", posted(newForm), async (c) => {
    const form = c.req.valid("form");
    if (!form.ok) return showList(c, form.fields, form.errors);
    try {
      const domain = await domains.create({ name: form.value.name });
      return doneAt(front, c, "domain.created", `${domain.displayName} is local now.`, "/admin/domains");
    } catch (thrown) {
      return showList(c, form.fields, { name: sentenceOf(thrown) });
    }
  });

  app.get("/:name", (c) => show(c, domains.require(c.req.param("name")), {}));

  app.post("/:name", posted(changeForm), async (c) => {
    const domain = domains.require(c.req.param("name"));
    const form = c.req.valid("form");
    if (!form.ok) return show(c, domain, form.errors);
    const { catchAllMailbox: named, ...change } = form.value;
    const catchAllMailbox = named === "" ? null : mailboxNamed(deps, named);
    if (catchAllMailbox === undefined || (catchAllMailbox === null && change.unknownRecipients === "mailbox")) {
      const wrong = "Name the mailbox that takes this mail, by its address or its owner's login name.";
      return show(c, domain, { catchAllMailbox: wrong }, named);
    }
    try {
      await domains.update(domain.name, { ...change, catchAllMailbox });
      return doneAt(front, c, "domain.changed", `${domain.displayName} was changed.`, at(domain));
    } catch (thrown) {
      return show(c, domain, { "": sentenceOf(thrown) });
    }
  });

  app.get("/:name/remove", (c) => {
    const domain = domains.require(c.req.param("name"));
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
    const domain = domains.require(c.req.param("name"));
    try {
      await domains.remove(domain.name);
    } catch (thrown) {
      return show(c, domain, { "": sentenceOf(thrown) });
    }
    return doneAt(front, c, "domain.removed", `${domain.displayName} was removed.`, "/admin/domains");
  });

  return app;
};
