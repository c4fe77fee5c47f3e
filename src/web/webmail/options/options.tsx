/**
 * Options: what people see and change of their own account, in webmail's frame. Every page shows what the account's permissions allow,
 * and nothing else; what a form may do the operations decide, whatever page it came from. Open to everybody who is signed in, also to
 * administrators without webmail. Mounted by webmail.tsx at /mail/options.
 */
import { Hono } from "hono";
import { z } from "zod";
import { OPTIONS, type OptionsGroup, OptionsOverview } from "../../../../views/webmail/options.tsx";
import { DirectoryEntry, OwnContacts, Written } from "../../../../views/webmail/options-people.tsx";
import type { MailboxView } from "../../../administration/mail/mailbox-view.ts";
import { showMailbox } from "../../../administration/mail/mailboxes.ts";
import { listScripts } from "../../../administration/mail/scripts.ts";
import { forgetCorrespondent, listCorrespondents } from "../../../administration/users/contacts.ts";
import { contactRoutes } from "../../contact-routes.tsx";
import type { WebContext, WebEnv } from "../../context.ts";
import { asked, pageNumber, posted, whole } from "../../form.ts";
import { humanSize } from "../names.ts";
import type { Webmail } from "../webmail.tsx";
import { homePagePages } from "./home-page.tsx";
import { mailboxRoutes } from "./mailbox.tsx";
import { mailboxHref, Office } from "./office.tsx";
import { securityRoutes } from "./security.tsx";
import { securityStates } from "./states.ts";
import { tokenRoutes } from "./tokens.tsx";
import { webPages } from "./web.tsx";

/** People on one page. */
const PEOPLE = 50;

/** Routes below /mail/options. */
export const optionsRoutes = (webmail: Webmail): Hono<WebEnv> => {
  const office = new Office(webmail);
  const app = new Hono<WebEnv>();

  app.get("/", async (c) => {
    const { self, frame } = await office.desk(c, OPTIONS);
    const states = new Map([
      ...(await securityStates(c, office, self)),
      ...(await mailboxStates(c, office, self.mailboxes)),
    ]);
    const groups = frame.groups.map((group): OptionsGroup => {
      const links = group.links.map((link) => ({ ...link, ...said(states.get(link.href)) }));
      return { ...group, links };
    });
    const page = { frame: { ...frame, groups }, name: self.fullName || self.login, address: self.addresses[0] ?? "" };
    return await office.show(c, "Options", <OptionsOverview {...page} />);
  });

  app.get("/entry", async (c) => {
    const { self, frame } = await office.desk(c, `${OPTIONS}/entry`);
    return await office.show(c, "Directory entry", <DirectoryEntry frame={frame} self={self} />);
  });

  app.get("/written", asked(z.object({ page: pageNumber })), async (c) => {
    const { page } = c.req.valid("query");
    const { frame } = await office.desk(c, `${OPTIONS}/contacts`);
    const { people, total } = await office.perform(c, listCorrespondents, { page, pageSize: PEOPLE });
    const shown = people.map((one) => ({ ...one, lastAt: Date.parse(one.lastAt) }));
    const found = { page, total, pages: Math.max(1, Math.ceil(total / PEOPLE)) };
    return await office.show(c, "People you wrote to", <Written frame={frame} people={shown} found={found} />);
  });

  app.post("/written/forget", posted(z.strictObject({ address: z.string().max(320) })), async (c) => {
    const { address } = whole(c.req.valid("form"));
    await office.perform(c, forgetCorrespondent, { address });
    return office.done(c, `${address} is forgotten.`, `${OPTIONS}/written`);
  });

  homePagePages(app, office);
  webPages(app, office);
  app.route("/", securityRoutes(office));
  app.route("/tokens", tokenRoutes(office));
  app.route("/mailboxes", mailboxRoutes(office));
  app.route("/contacts", ownContacts(office));
  return app;
};

const said = (state: string | undefined) => (state === undefined ? {} : { state });

/** How things stand with own mailboxes, by the addresses of their pages. */
async function mailboxStates(
  c: WebContext,
  office: Office,
  mailboxes: readonly { readonly id: number }[],
): Promise<[string, string][]> {
  const states: [string, string][] = [];
  for (const { id } of mailboxes) {
    const view = await office.perform(c, showMailbox, { id });
    const { scripts } = await office.perform(c, listScripts, { id });
    const href = mailboxHref(id);
    states.push(
      [href, storageWords(view)],
      [`${href}/reply`, replyWords(view)],
      [`${href}/forwarding`, forwardingWords(view)],
      [`${href}/scripts`, scripts.find(({ active }) => active)?.name ?? "off"],
      [`${href}/expiry`, view.expiry.length === 0 ? "off" : counted(view.expiry.length, "rule", "rules")],
      [`${href}/sharing`, view.shares.length === 0 ? "with nobody" : `with ${view.shares.map(nameOf).join(", ")}`],
      [`${href}/password`, view.hasPassword ? "set" : "none"],
    );
  }
  return states;
}

const counted = (count: number, one: string, more: string) => `${count} ${count === 1 ? one : more}`;
const nameOf = ({ fullName, login }: { fullName: string; login: string }) => fullName || login;

function storageWords({ size, effectiveQuota: { octets } }: MailboxView): string {
  return octets === null ? humanSize(size) : `${humanSize(size)} of ${humanSize(octets)}`;
}

function replyWords({ autoresponder: { enabled, answers } }: MailboxView): string {
  if (!enabled) return "off";
  return answers ? "on" : "on, but not today";
}

function forwardingWords({ forwarding: { enabled, addresses } }: MailboxView): string {
  return enabled && addresses.length > 0 ? `to ${addresses.join(", ")}` : "off";
}

const ownContacts = (office: Office): Hono<WebEnv> => {
  const at = `${OPTIONS}/contacts`;
  return contactRoutes(office.webmail.front, {
    book: "own",
    at,
    nobody: "Only you see what you keep here. The addresses are offered to you when you write.",
    page: async (c, place, content, errors) => {
      const { frame } = await office.desk(c, at);
      const title = place.kind === "list" ? "Contacts" : place.kind === "new" ? "New contact" : place.contact.name;
      const page = (
        <OwnContacts frame={frame} title={title} place={place}>
          {content}
        </OwnContacts>
      );
      return await office.show(c, title, page, errors);
    },
    done: (c, text, to) => office.done(c, text, to),
  });
};
