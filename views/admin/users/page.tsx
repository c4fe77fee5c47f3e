/** The frame of one account's properties: its head, its tabs, and the tab that is shown. A tab is a page, or a fragment for htmx. */
import type { Child, PropsWithChildren } from "hono/jsx";
import { ActionButton, CsrfField, type FieldErrors, FormActions } from "../../parts/forms.tsx";
import { Icon } from "../../parts/icon.tsx";
import { Badge, type Kind, Lamp, Problem } from "../../parts/telling.tsx";
import { AskToRemove } from "../confirm.tsx";
import { Admin, type AdminFrame, Crumbs } from "../frame.tsx";

/** What the page of an account is about. */
export type AccountKind = "user" | "guest" | "template";

/** One tab of the properties. */
export interface TabLink {
  readonly name: string;
  readonly label: string;
  readonly href: string;
  readonly current: boolean;
}

/** What stands above every tab. */
export interface AccountHead {
  readonly kind: AccountKind;
  readonly login: string;
  readonly title: string;
  /** The address of the account's pages, without a tab. */
  readonly at: string;
  readonly state: { readonly kind: Kind; readonly words: string };
  /** It is the account of whoever looks. */
  readonly self: boolean;
  readonly expired: boolean;
  readonly tabs: readonly TabLink[];
}

/** A form of a tab: what was typed and what is wrong with it, where it was sent and refused. */
export interface TabForm {
  readonly csrf: string;
  /** Where it is posted. */
  readonly action: string;
  readonly errors: FieldErrors;
  /** What was typed; missing before the first try. */
  readonly typed?: Readonly<Record<string, string>>;
}

/** The value a text field shows: what was typed, else what is. */
export const textIn = ({ typed }: TabForm, name: string, value: string): string =>
  typed ? (typed[name] ?? "") : value;

/** Whether a box is ticked. */
export const tickedIn = ({ typed }: TabForm, name: string, value: boolean): boolean =>
  typed ? typed[name] !== undefined : value;

const LISTS: Readonly<Record<AccountKind, { readonly href: string; readonly label: string }>> = {
  user: { href: "/admin/users", label: "Users" },
  guest: { href: "/admin/users", label: "Users" },
  template: { href: "/admin/users?kind=template", label: "Templates" },
};

const ABOUT: Partial<Record<AccountKind, string>> = {
  guest:
    "What holds for whoever uses this server without logging in, such as programs in the LAN that use the web proxy.",
  template: "What new users get that are made from it. Users that were made before do not change with it.",
};

const Head = ({ head, csrf }: { head: AccountHead; csrf: string }) => (
  <>
    <Crumbs {...LISTS[head.kind]} here={head.kind === "guest" ? "Guest entry" : head.login} />
    <div class="page-head">
      <div>
        <h1>{head.title}</h1>
        {head.kind === "user" ? (
          <p class="row lede">
            <Lamp kind={head.state.kind}>{head.state.words}</Lamp>
            {head.self ? <Badge kind="info">your own account</Badge> : null}
          </p>
        ) : (
          <p class="lede">{ABOUT[head.kind]}</p>
        )}
      </div>
      <div class="row">
        {head.expired ? (
          <ActionButton action={`${head.at}/renew`} csrf={csrf} label="Renew" icon="refresh" class="btn btn-primary" />
        ) : null}
        {head.kind === "guest" ? null : (
          <a class="btn" href={`/admin/users/new?template=${encodeURIComponent(head.login)}`}>
            <Icon name="copy" />
            {head.kind === "template" ? "Make a user from it" : "Another like this"}
          </a>
        )}
        {head.self || head.kind === "guest" ? null : <AskToRemove href={`${head.at}/remove`} />}
      </div>
    </div>
  </>
);

/** The part that a tab's link replaces. */
export const Properties = ({ head, csrf, children }: PropsWithChildren<{ head: AccountHead; csrf: string }>) => (
  <div id="properties">
    <Head head={head} csrf={csrf} />
    <nav class="tabs" aria-label="Properties">
      {head.tabs.map(({ name, label, href, current }) => (
        <a
          href={href}
          id={`tab-${name}`}
          aria-current={current ? "page" : undefined}
          hx-get={href}
          hx-target="#properties"
          hx-swap="outerHTML"
          hx-push-url="true"
        >
          {label}
        </a>
      ))}
    </nav>
    {children}
  </div>
);

/** What a browser shows in its own tab. */
export const titleOf = ({ title, tabs }: AccountHead): string =>
  [title, tabs.find(({ current }) => current)?.label].filter(Boolean).join(": ");

/** The properties as a page. */
export const PropertiesPage = ({
  frame,
  head,
  children,
}: PropsWithChildren<{ frame: AdminFrame; head: AccountHead }>) => (
  <Admin title={titleOf(head)} frame={frame} place="users">
    <Properties head={head} csrf={frame.csrf}>
      {children}
    </Properties>
  </Admin>
);

/** The properties as a fragment; the title is for the browser's own tab. */
export const PropertiesFragment = ({
  csrf,
  head,
  children,
}: PropsWithChildren<{ csrf: string; head: AccountHead }>) => (
  <>
    <title>{`${titleOf(head)} · Gatepost`}</title>
    <Properties head={head} csrf={csrf}>
      {children}
    </Properties>
  </>
);

/** The form of a tab, in a panel. */
export const TabPanel = ({
  form,
  title,
  lede,
  save = "Save changes",
  wide,
  id,
  children,
}: PropsWithChildren<{ form: TabForm; title?: string; lede?: Child; save?: string; wide?: boolean; id?: string }>) => (
  <form class={wide ? "panel form form-wide" : "panel form"} action={form.action} method="post" id={id}>
    <CsrfField token={form.csrf} />
    {title ? (
      <div class="stack stack-s">
        <h2>{title}</h2>
        {lede ? <p class="hint">{lede}</p> : null}
      </div>
    ) : null}
    <Problem text={form.errors[""]} />
    {children}
    <FormActions label={save} />
  </form>
);
