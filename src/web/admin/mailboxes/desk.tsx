/** What the pages of one mailbox have in common: which it is, its tabs, and how a tab is shown, saved and refused. */
import type { Child } from "hono/jsx";
import type { z } from "zod";
import { MailboxFragment, type MailboxHead, MailboxPage } from "../../../../views/admin/mailboxes/page.tsx";
import type { TabForm } from "../../../../views/parts/tabs.tsx";
import { isAtLeast } from "../../../administration/actor.ts";
import type { MailboxView } from "../../../administration/mail/mailbox-view.ts";
import { setMailbox, showMailbox } from "../../../administration/mail/mailboxes.ts";
import { Refusal } from "../../../refusal.ts";
import { actorOf, type WebContext, wantsFragment } from "../../context.ts";
import { type Checked, type Errors, errorsFrom, type Fields, statusFrom } from "../../form.ts";
import { doneAt, perform } from "../../performing.ts";
import type { Front } from "../../site.ts";
import { adminFrame, idOf } from "../office.ts";

const TABS = [
  { name: "general", label: "General" },
  { name: "addresses", label: "Addresses" },
  { name: "forwarding", label: "Forwarding" },
  { name: "autoresponder", label: "Autoresponder" },
  { name: "rules", label: "Mail rules" },
  { name: "scripts", label: "Sieve scripts" },
  { name: "collection", label: "Collection" },
  { name: "expiry", label: "Expiry" },
  { name: "quota", label: "Quota" },
  { name: "sharing", label: "Sharing" },
] as const;

export type TabName = (typeof TABS)[number]["name"];

/** The address of a mailbox's page. */
export const atMailbox = (id: number, tab: TabName = "general"): string =>
  tab === "general" ? `/admin/mailboxes/${id}` : `/admin/mailboxes/${id}/${tab}`;

/** How one tab shows a mailbox; `form` has what was typed and what is wrong, where it was refused. */
export interface TabPage {
  readonly name: TabName;
  render(c: WebContext, view: MailboxView, form: TabForm): Child | Promise<Child>;
}

/** Why a form was refused, and what it held. */
export interface Wrong {
  readonly errors: Errors;
  readonly typed: Fields;
  readonly status?: 403 | 422;
}

/** What can be set on a mailbox, but its number. */
export type MailboxChange = Omit<z.input<typeof setMailbox.input>, "id">;

export class Desk {
  constructor(readonly front: Front) {}

  /** The mailbox in the path, if whoever asks looks after it. @throws Refusal "notFound", "notPermitted" */
  async view(c: WebContext): Promise<MailboxView> {
    const id = idOf(c);
    if (id === undefined || id === 0) throw new Refusal("notFound", "There is no such mailbox.");
    const view = await perform(this.front, c, showMailbox, { id });
    // Who owns a mailbox without looking after its owner has its pages in webmail.
    if (!view.changeable.includes("owner"))
      throw new Refusal("notPermitted", "You look after this mailbox in webmail, under Options.");
    return view;
  }

  /** A tab as a page, or as a fragment for htmx. */
  async open(c: WebContext, page: TabPage): Promise<Response> {
    return await this.answer(c, await this.view(c), page);
  }

  /** The same for a mailbox that is known; with what is wrong where its form was refused. */
  async answer(c: WebContext, view: MailboxView, page: TabPage, wrong?: Wrong): Promise<Response> {
    const form: TabForm = {
      csrf: c.get("csrf"),
      action: `/admin/mailboxes/${view.id}/${page.name}`,
      errors: wrong?.errors ?? {},
      ...(wrong && { typed: wrong.typed }),
    };
    const head = this.#head(view, page.name);
    const body = await page.render(c, view, form);
    c.header("Vary", "HX-Request");
    if (wantsFragment(c)) return await c.html(<MailboxFragment head={head}>{body}</MailboxFragment>);
    return await c.html(
      <MailboxPage frame={adminFrame(this.front, c)} head={head}>
        {body}
      </MailboxPage>,
      wrong === undefined ? 200 : (wrong.status ?? 422),
    );
  }

  /** Saves the form of a tab: what `change` makes of it is set on the mailbox. */
  async save<T>(
    c: WebContext,
    page: TabPage,
    form: Checked<T>,
    change: (view: MailboxView, value: T) => MailboxChange,
  ): Promise<Response> {
    const view = await this.view(c);
    if (!form.ok) return await this.answer(c, view, page, { errors: form.errors, typed: form.fields });
    try {
      const after = await perform(this.front, c, setMailbox, { id: view.id, ...change(view, form.value) });
      return this.done(c, `${after.label} was changed.`, atMailbox(view.id, page.name));
    } catch (thrown) {
      return await this.refused(c, view, page, thrown, form.fields);
    }
  }

  /** A tab whose form was refused. Anything but a refusal is a fault and goes on. */
  async refused(c: WebContext, view: MailboxView, page: TabPage, thrown: unknown, typed: Fields, plain = "") {
    const { "": sentence, ...errors } = errorsFrom(thrown);
    const all = sentence === undefined ? errors : { ...errors, [plain]: sentence };
    return await this.answer(c, view, page, { errors: all, typed, status: statusFrom(thrown) });
  }

  /** Says what was done, and goes on to a page. */
  done(c: WebContext, text: string, to: string): Response {
    return doneAt(this.front, c, text, to);
  }

  /** Whether whoever asks administrates everything. */
  whole(c: WebContext): boolean {
    return isAtLeast(actorOf(c), "administrator");
  }

  #head(view: MailboxView, tab: TabName): MailboxHead {
    const { id, label, owner, description, primary, forwarding, autoresponder } = view;
    return {
      ...{ id, label, owner, description, primary },
      forwards: forwarding.enabled && forwarding.addresses.length > 0,
      answers: autoresponder.answers,
      tabs: TABS.map((one) => ({ ...one, href: atMailbox(id, one.name), current: one.name === tab })),
    };
  }
}
