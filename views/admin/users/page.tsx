/** The frame of one account's properties: its head, its tabs, and the tab that is shown. A tab is a page, or a fragment for htmx. */
import type { PropsWithChildren } from "hono/jsx";
import { ActionButton } from "../../parts/forms.tsx";
import { Icon } from "../../parts/icon.tsx";
import { type TabLink, Tabs } from "../../parts/tabs.tsx";
import { Badge, type Kind, Lamp } from "../../parts/telling.tsx";
import { AskToRemove } from "../confirm.tsx";
import { Admin, type AdminFrame, Crumbs } from "../frame.tsx";

export { type TabForm, TabPanel, textIn, tickedIn } from "../../parts/tabs.tsx";

/** What the page of an account is about. */
export type AccountKind = "user" | "guest" | "template";

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
    <Tabs tabs={head.tabs} target="#properties" />
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
