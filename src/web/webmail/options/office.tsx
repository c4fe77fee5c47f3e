/** What the pages of Options share: who asks, the frame with the pages that are open to him, and the words left for the next page. */
import type { Child } from "hono/jsx";
import type { z } from "zod";
import { withPasskeys } from "../../../../views/parts/passkey.tsx";
import { CONTACTS } from "../../../../views/webmail/folders.tsx";
import { OPTIONS, type OptionsFrame, type OptionsGroup, type OptionsLink } from "../../../../views/webmail/options.tsx";
import { APPEARANCE } from "../../../../views/webmail/options-appearance.tsx";
import { HOME_PAGE } from "../../../../views/webmail/options-home-page.tsx";
import { IDENTITIES } from "../../../../views/webmail/options-identities.tsx";
import { NOTIFICATIONS } from "../../../../views/webmail/options-notifications.tsx";
import { PARCELS } from "../../../../views/webmail/options-parcels.tsx";
import { PICTURE_SENDERS } from "../../../../views/webmail/options-pictures.tsx";
import { TEMPLATES } from "../../../../views/webmail/options-templates.tsx";
import { MailPage } from "../../../../views/webmail/page.tsx";
import { said, t } from "../../../../views/words/words.ts";
import type { Operation } from "../../../administration/operation.ts";
import { type OwnMailbox, type SelfView, showSelf } from "../../../administration/users/self.ts";
import { SERVICES, type Service } from "../../../auth/services.ts";
import { Refusal } from "../../../refusal.ts";
import { confirmPath } from "../../confirm.tsx";
import { signedIn, type WebContext, wantsFragment } from "../../context.ts";
import { type Errors, errorsFrom } from "../../form.ts";
import { perform } from "../../performing.ts";
import { withInlineStyles } from "../../security.ts";
import type { Webmail } from "../room.ts";

/** What stands behind every page: the account as it is now, and the frame. */
export interface Desk {
  readonly self: SelfView;
  readonly frame: OptionsFrame;
}

export class Office {
  constructor(readonly webmail: Webmail) {}

  get deps() {
    return this.webmail.front.deps;
  }

  /** Does what an operation does, for whoever is signed in. @throws Refusal */
  perform<I extends z.ZodObject, O extends z.ZodType>(
    c: WebContext,
    operation: Operation<I, O>,
    input: z.input<I>,
  ): Promise<z.output<O>> {
    return perform(this.webmail.front, c, operation, input);
  }

  /** The account as it is now, and the frame of the page at an address. */
  async desk(c: WebContext, here: string): Promise<Desk> {
    const self = await this.perform(c, showSelf, {});
    return { self, frame: { groups: groupsFor(self), here, csrf: c.get("csrf"), now: this.deps.now() } };
  }

  /** Answers with a page: whole, or for htmx its main part. */
  show(c: WebContext, title: string, content: Child, errors: Errors = {}): Response | Promise<Response> {
    const status = Object.keys(errors).length > 0 ? 422 : 200;
    // Of these pages the one has a place of its own beside the folders.
    const place = c.req.path.startsWith(CONTACTS) ? CONTACTS : "options";
    return this.webmail.show(c, undefined, { kind: "other", place, title, content }, status);
  }

  /** The same, always whole: for pages with passkeys, whose script must be there. */
  showWhole(c: WebContext, title: string, content: Child, errors: Errors = {}): Response | Promise<Response> {
    const around = this.webmail.around(c, undefined);
    const frame = withPasskeys(around.frame);
    const page = { around: { ...around, frame }, main: { kind: "other", place: "options", title, content } } as const;
    return c.html(<MailPage {...page} />, Object.keys(errors).length > 0 ? 422 : 200);
  }

  /** A page with files of its own, by their names. A link to it leads to the whole page, which brings them along. */
  showWith(c: WebContext, files: readonly string[], title: string, content: Child, errors: Errors = {}) {
    if (wantsFragment(c)) return this.show(c, title, content, errors);
    const around = this.webmail.around(c, undefined);
    const { assets } = around.frame;
    const added = (ending: string) =>
      files.filter((name) => name.endsWith(ending)).map(c.get("assets").address, c.get("assets"));
    const own = { styles: [...(assets.styles ?? []), ...added(".css")], scripts: [...assets.scripts, ...added(".js")] };
    const frame = { ...around.frame, assets: { ...assets, ...own } };
    const page = { around: { ...around, frame }, main: { kind: "other", place: "options", title, content } } as const;
    return c.html(<MailPage {...page} />, Object.keys(errors).length > 0 ? 422 : 200);
  }

  /** A page with the editor of formatted text, which shows what `forEditor` gives. */
  showEditor(c: WebContext, title: string, content: Child, errors: Errors = {}) {
    withInlineStyles(c);
    return this.showWith(c, ["compose.css", "compose.js", "rich-editor.js"], title, content, errors);
  }

  /** Somebody's HTML as the editor has it; nothing of what is too tangled. */
  async forEditor(html: string): Promise<string> {
    try {
      return html === "" ? "" : await this.webmail.sanitiser.tidy(html, { for: "editor", picture: "" });
    } catch (thrown) {
      if (!(thrown instanceof Refusal) || thrown.kind !== "invalid") throw thrown;
      return "";
    }
  }

  /** HTML as a form brought it, made well formed and harmless. @throws Refusal "invalid" */
  async fromEditor(html: string): Promise<string> {
    return html.trim() === "" ? "" : await this.webmail.sanitiser.tidy(html, { for: "letter" });
  }

  /** Leaves words for the next page, and goes on to it within the frame that stands, where htmx put one. */
  done(c: WebContext, text: string, to: string): Response {
    this.webmail.front.sessions.leave(signedIn(c).session.id, { kind: "ok", text });
    return c.redirect(to, 303);
  }
}

/** What was wrong with a form, by its fields; a fault, and what is not allowed, go on. */
export function problemOf(thrown: unknown): Errors {
  if (!(thrown instanceof Refusal) || thrown.kind === "notPermitted" || thrown.kind === "notFound") throw thrown;
  return errorsFrom(thrown);
}

/** Where one shows again who one is before going on to a page; undefined where one has lately. */
export function confirmFor(c: WebContext, office: Office, next: string): string | undefined {
  return office.deps.auth.confirmation.isRecent(signedIn(c).session.id) ? undefined : confirmPath(next);
}

/** A service by the name it has among people. */
export const titleOf = (service: string | null): string =>
  service !== null && Object.hasOwn(SERVICES, service) ? said(SERVICES[service as Service].title) : (service ?? "");

/** The address of a mailbox's page. */
export const mailboxHref = (id: number): string => `${OPTIONS}/mailboxes/${id}`;

/** A mailbox's pages that are open to its owner. */
function mailboxLinks({ id, changeable }: OwnMailbox): OptionsLink[] {
  const href = mailboxHref(id);
  const may = (...what: OwnMailbox["changeable"]) => what.some((one) => changeable.includes(one));
  const links: (OptionsLink | false)[] = [
    { href, label: t("Storage and addresses"), icon: "mailbox" },
    may("autoresponderSwitch", "autoresponderText") && {
      href: `${href}/reply`,
      label: t("Out-of-office reply"),
      icon: "reply",
    },
    may("forwarding") && { href: `${href}/forwarding`, label: t("Forwarding"), icon: "forward" },
    { href: `${href}/rules`, label: t("Mail rules"), icon: "filter" },
    { href: `${href}/scripts`, label: t("Sieve scripts"), icon: "log" },
    { href: `${href}/temporary`, label: t("Temporary addresses"), icon: "alias" },
    may("collection") && { href: `${href}/collection`, label: t("Mail from elsewhere"), icon: "download" },
    { href: `${href}/junk`, label: t("Junk"), icon: "junk" },
    { href: `${href}/held`, label: t("Held mail"), icon: "pause" },
    may("expiry") && { href: `${href}/expiry`, label: t("Message expiry"), icon: "clock" },
    may("sharing") && { href: `${href}/sharing`, label: t("Sharing"), icon: "users" },
    may("password") && { href: `${href}/password`, label: t("Mailbox password"), icon: "lock" },
    { href: `${href}/archive`, label: t("Archive"), icon: "archive" },
    { href: `${href}/import`, label: t("Import and export"), icon: "upload" },
  ];
  return links.filter((link) => link !== false);
}

/** What the account has beside mail, as far as it may use it. */
function webLinks({ permissions }: SelfView): OptionsGroup[] {
  const may = (...some: SelfView["permissions"]) => some.some((one) => permissions.includes(one));
  const links: (OptionsLink | false)[] = [
    may("http.proxy", "ftp.proxy") && { href: `${OPTIONS}/traffic`, label: t("Web proxy"), icon: "chart" },
    { href: `${OPTIONS}/files`, label: t("Files and home page"), icon: "folder" },
    may("http.scripts") && { href: HOME_PAGE, label: t("Scripts in pages"), icon: "domain" },
  ];
  return [{ title: t("Web and files"), links: links.filter((link) => link !== false) }];
}

/** How one reads and writes here. */
const preferenceLinks = ({ webmail }: SelfView): OptionsGroup => ({
  title: t("Preferences"),
  links: [
    { href: APPEARANCE, label: t("Appearance"), icon: "sun" },
    ...(webmail
      ? ([
          { href: IDENTITIES, label: t("Identities"), icon: "user" },
          { href: PARCELS, label: t("Files behind links"), icon: "link" },
          { href: TEMPLATES, label: t("Templates"), icon: "copy" },
          { href: NOTIFICATIONS, label: t("Notifications"), icon: "info", whole: true },
          { href: PICTURE_SENDERS, label: t("Pictures and receipts"), icon: "image" },
        ] as const)
      : []),
  ],
});

function groupsFor(self: SelfView): OptionsGroup[] {
  const alone = self.mailboxes.length === 1;
  const [primary = [], ...others] = self.mailboxes.map((mailbox): OptionsGroup[] => [
    { title: alone ? t("Mailbox") : mailbox.description || mailbox.label, links: mailboxLinks(mailbox) },
  ]);
  return [
    ...primary,
    preferenceLinks(self),
    {
      title: t("Signing in"),
      links: [
        { href: `${OPTIONS}/password`, label: t("Password"), icon: "key" },
        { href: `${OPTIONS}/second-factor`, label: t("Second factor"), icon: "certificate", whole: true },
        { href: `${OPTIONS}/app-passwords`, label: t("App passwords"), icon: "phone" },
        { href: `${OPTIONS}/sessions`, label: t("Sessions"), icon: "desktop" },
        { href: `${OPTIONS}/tokens`, label: t("API tokens"), icon: "services" },
      ],
    },
    {
      title: t("People"),
      links: [
        { href: CONTACTS, label: t("Contacts"), icon: "contacts" },
        { href: `${OPTIONS}/entry`, label: t("Directory entry"), icon: "user" },
      ],
    },
    ...webLinks(self),
    ...others.flat(),
  ];
}
