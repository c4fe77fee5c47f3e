/**
 * Options: what people see and change of their own account, in webmail's frame. Every page shows what the account's permissions allow,
 * and nothing else; what a form may do the operations decide, whatever page it came from. Open to everybody who is signed in, also to
 * administrators without webmail. Mounted by webmail.tsx at /mail/options.
 */
import { Hono } from "hono";
import { z } from "zod";
import { OPTIONS, type OptionsGroup, OptionsOverview } from "../../../../views/webmail/options.tsx";
import { DirectoryEntry, OwnContacts, Written } from "../../../../views/webmail/options-people.tsx";
import { key, said, t, tn } from "../../../../views/words/words.ts";
import { type CollectionView, listCollection } from "../../../administration/mail/collection.ts";
import type { MailboxView } from "../../../administration/mail/mailbox-view.ts";
import { showMailbox } from "../../../administration/mail/mailboxes.ts";
import { listHeld } from "../../../administration/mail/quarantine.ts";
import { listMailRules, type RuleList } from "../../../administration/mail/rules.ts";
import { listScripts } from "../../../administration/mail/scripts.ts";
import { forgetCorrespondent, listCorrespondents } from "../../../administration/users/contacts.ts";
import { type ContactPlace, contactRoutes } from "../../contact-routes.tsx";
import type { WebContext, WebEnv } from "../../context.ts";
import { asked, pageNumber, posted, whole } from "../../form.ts";
import { humanSize } from "../names.ts";
import type { Webmail } from "../room.ts";
import { appearancePages } from "./appearance.tsx";
import { homePagePages } from "./home-page.tsx";
import { identityPages } from "./identities.tsx";
import { mailboxRoutes } from "./mailbox.tsx";
import { notificationPages } from "./notifications.tsx";
import { mailboxHref, Office } from "./office.tsx";
import { parcelPages } from "./parcels.tsx";
import { picturePages } from "./pictures.tsx";
import { securityRoutes } from "./security.tsx";
import { securityStates } from "./states.ts";
import { templatePages } from "./templates.tsx";
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
      const links = group.links.map((link) => ({ ...link, ...stateOf(states.get(link.href)) }));
      return { ...group, links };
    });
    const page = { frame: { ...frame, groups }, name: self.fullName || self.login, address: self.addresses[0] ?? "" };
    return await office.show(c, t("Options"), <OptionsOverview {...page} />);
  });

  app.get("/entry", async (c) => {
    const { self, frame } = await office.desk(c, `${OPTIONS}/entry`);
    return await office.show(c, t("Directory entry"), <DirectoryEntry frame={frame} self={self} />);
  });

  app.get("/written", asked(z.object({ page: pageNumber })), async (c) => {
    const { page } = c.req.valid("query");
    const { frame } = await office.desk(c, `${OPTIONS}/contacts`);
    const { people, total } = await office.perform(c, listCorrespondents, { page, pageSize: PEOPLE });
    const shown = people.map((one) => ({ ...one, lastAt: Date.parse(one.lastAt) }));
    const found = { page, total, pages: Math.max(1, Math.ceil(total / PEOPLE)) };
    return await office.show(c, t("People you wrote to"), <Written frame={frame} people={shown} found={found} />);
  });

  app.post("/written/forget", posted(z.strictObject({ address: z.string().max(320) })), async (c) => {
    const { address } = whole(c.req.valid("form"));
    await office.perform(c, forgetCorrespondent, { address });
    return office.done(c, t("{address} is forgotten.", { address }), `${OPTIONS}/written`);
  });

  identityPages(app, office);
  parcelPages(app, office);
  notificationPages(app, office);
  templatePages(app, office);
  picturePages(app, office);
  appearancePages(app, office);
  homePagePages(app, office);
  webPages(app, office);
  app.route("/", securityRoutes(office));
  app.route("/tokens", tokenRoutes(office));
  app.route("/mailboxes", mailboxRoutes(office));
  app.route("/contacts", ownContacts(office));
  return app;
};

const stateOf = (state: string | undefined) => (state === undefined ? {} : { state });

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
    const { total: held } = await office.perform(c, listHeld, { id, pageSize: 1 });
    const collects = view.changeable.includes("collection");
    const { accounts } = collects ? await office.perform(c, listCollection, { id }) : { accounts: [] };
    const rules = await office.perform(c, listMailRules, { id });
    const href = mailboxHref(id);
    states.push(
      [href, storageWords(view)],
      [`${href}/reply`, replyWords(view)],
      [`${href}/forwarding`, forwardingWords(view)],
      [`${href}/rules`, ruleWords(rules)],
      [`${href}/scripts`, scripts.find(({ active }) => active)?.name ?? t("off")],
      [`${href}/collection`, collectionWords(accounts)],
      [`${href}/held`, held === 0 ? t("nothing") : tn(held, "{n} message", "{n} messages")],
      [`${href}/expiry`, view.expiry.length === 0 ? t("off") : rulesIn(view.expiry)],
      [`${href}/sharing`, sharedWords(view)],
      [`${href}/password`, view.hasPassword ? t("set") : t("none")],
    );
  }
  return states;
}

const rulesIn = ({ length }: { readonly length: number }) => tn(length, "{n} rule", "{n} rules");
const nameOf = ({ fullName, login }: { fullName: string; login: string }) => fullName || login;

function sharedWords({ shares }: MailboxView): string {
  return shares.length === 0 ? t("with nobody") : t("with {people}", { people: shares.map(nameOf).join(", ") });
}

function storageWords({ size, effectiveQuota: { octets } }: MailboxView): string {
  return octets === null ? humanSize(size) : t("{some} of {all}", { some: humanSize(size), all: humanSize(octets) });
}

function ruleWords({ active, problem, rules }: RuleList): string {
  if (problem !== null) return t("cannot be read");
  if (!active || rules.length === 0) return t("none");
  return rulesIn(rules);
}

function collectionWords(accounts: readonly CollectionView[]): string {
  const wrong = accounts.find(({ problem }) => problem !== "");
  if (wrong !== undefined) return `${wrong.label}: ${said(wrong.problem)}`;
  const on = accounts.filter(({ enabled }) => enabled);
  return on.length === 0 ? t("off") : t("from {accounts}", { accounts: on.map(({ label }) => label).join(", ") });
}

function replyWords({ autoresponder: { enabled, answers } }: MailboxView): string {
  if (!enabled) return t("off");
  return answers ? t("on") : t("on, but not today");
}

function forwardingWords({ forwarding: { enabled, addresses } }: MailboxView): string {
  return enabled && addresses.length > 0 ? t("to {whom}", { whom: addresses.join(", ") }) : t("off");
}

function titleOf(place: ContactPlace): string {
  if (place.kind === "one") return place.contact.name;
  if (place.kind === "new") return t("New contact");
  if (place.kind === "files") return t("Contacts and files");
  return place.kind === "duplicates" ? t("Who is there twice") : t("Contacts");
}

const ownContacts = (office: Office): Hono<WebEnv> => {
  const at = `${OPTIONS}/contacts`;
  return contactRoutes(office.webmail.front, {
    book: "own",
    at,
    nobody: key("Only you see what you keep here. The addresses are offered to you when you write."),
    page: async (c, place, content, errors) => {
      const { frame } = await office.desk(c, at);
      const title = titleOf(place);
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
