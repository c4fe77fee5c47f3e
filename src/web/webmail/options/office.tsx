/** What the pages of Options share: who asks, the frame with the pages that are open to him, and the words left for the next page. */
import type { Child } from "hono/jsx";
import type { z } from "zod";
import { withPasskeys } from "../../../../views/parts/passkey.tsx";
import { OPTIONS, type OptionsFrame, type OptionsGroup, type OptionsLink } from "../../../../views/webmail/options.tsx";
import { HOME_PAGE } from "../../../../views/webmail/options-home-page.tsx";
import { MailPage } from "../../../../views/webmail/page.tsx";
import type { Operation } from "../../../administration/operation.ts";
import { type OwnMailbox, type SelfView, showSelf } from "../../../administration/users/self.ts";
import { SERVICES, type Service } from "../../../auth/services.ts";
import { Refusal } from "../../../refusal.ts";
import { confirmPath } from "../../confirm.tsx";
import { signedIn, type WebContext } from "../../context.ts";
import { type Errors, errorsFrom } from "../../form.ts";
import { perform } from "../../performing.ts";
import type { Webmail } from "../webmail.tsx";

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
    return this.webmail.show(c, undefined, { kind: "other", place: "options", title, content }, status);
  }

  /** The same, always whole: for pages with passkeys, whose script must be there. */
  showWhole(c: WebContext, title: string, content: Child, errors: Errors = {}): Response | Promise<Response> {
    const around = this.webmail.around(c, undefined);
    const frame = withPasskeys(around.frame);
    const page = { around: { ...around, frame }, main: { kind: "other", place: "options", title, content } } as const;
    return c.html(<MailPage {...page} />, Object.keys(errors).length > 0 ? 422 : 200);
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
  service !== null && Object.hasOwn(SERVICES, service) ? SERVICES[service as Service].title : (service ?? "");

/** The address of a mailbox's page. */
export const mailboxHref = (id: number): string => `${OPTIONS}/mailboxes/${id}`;

/** A mailbox's pages that are open to its owner. */
function mailboxLinks({ id, changeable }: OwnMailbox): OptionsLink[] {
  const href = mailboxHref(id);
  const may = (...what: OwnMailbox["changeable"]) => what.some((one) => changeable.includes(one));
  const links: (OptionsLink | false)[] = [
    { href, label: "Storage and addresses", icon: "mailbox" },
    may("autoresponderSwitch", "autoresponderText") && {
      href: `${href}/reply`,
      label: "Out-of-office reply",
      icon: "reply",
    },
    may("forwarding") && { href: `${href}/forwarding`, label: "Forwarding", icon: "forward" },
    { href: `${href}/scripts`, label: "Mail rules", icon: "filter" },
    { href: `${href}/junk`, label: "Junk", icon: "junk" },
    may("expiry") && { href: `${href}/expiry`, label: "Message expiry", icon: "clock" },
    may("sharing") && { href: `${href}/sharing`, label: "Sharing", icon: "users" },
    may("password") && { href: `${href}/password`, label: "Mailbox password", icon: "lock" },
    { href: `${href}/archive`, label: "Archive", icon: "archive" },
  ];
  return links.filter((link) => link !== false);
}

/** What the account has beside mail, as far as it may use it. */
function webLinks({ permissions }: SelfView): OptionsGroup[] {
  const may = (...some: SelfView["permissions"]) => some.some((one) => permissions.includes(one));
  const links: (OptionsLink | false)[] = [
    may("http.proxy", "ftp.proxy") && { href: `${OPTIONS}/traffic`, label: "Web proxy", icon: "chart" },
    { href: `${OPTIONS}/files`, label: "Files and home page", icon: "folder" },
    may("http.scripts") && { href: HOME_PAGE, label: "Scripts in pages", icon: "domain" },
  ];
  return [{ title: "Web and files", links: links.filter((link) => link !== false) }];
}

function groupsFor(self: SelfView): OptionsGroup[] {
  const alone = self.mailboxes.length === 1;
  const [primary = [], ...others] = self.mailboxes.map((mailbox): OptionsGroup[] => [
    { title: alone ? "Mailbox" : mailbox.description || mailbox.label, links: mailboxLinks(mailbox) },
  ]);
  return [
    ...primary,
    {
      title: "Signing in",
      links: [
        { href: `${OPTIONS}/password`, label: "Password", icon: "key" },
        { href: `${OPTIONS}/second-factor`, label: "Second factor", icon: "certificate", whole: true },
        { href: `${OPTIONS}/app-passwords`, label: "App passwords", icon: "phone" },
        { href: `${OPTIONS}/sessions`, label: "Sessions", icon: "desktop" },
        { href: `${OPTIONS}/tokens`, label: "API tokens", icon: "services" },
      ],
    },
    {
      title: "People",
      links: [
        { href: `${OPTIONS}/contacts`, label: "Contacts", icon: "contacts" },
        { href: `${OPTIONS}/entry`, label: "Directory entry", icon: "user" },
      ],
    },
    ...webLinks(self),
    ...others.flat(),
  ];
}
