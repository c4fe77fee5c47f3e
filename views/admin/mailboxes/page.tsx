/** The frame of one mailbox's properties: its head, its tabs, and the tab that is shown. A tab is a page, or a fragment for htmx. */
import type { PropsWithChildren } from "hono/jsx";
import { Icon } from "../../parts/icon.tsx";
import { type TabLink, Tabs } from "../../parts/tabs.tsx";
import { Badge } from "../../parts/telling.tsx";
import { AskToRemove } from "../confirm.tsx";
import { Admin, type AdminFrame, Crumbs } from "../frame.tsx";
import { atUser } from "../users/path.ts";

/** What stands above every tab. */
export interface MailboxHead {
  readonly id: number;
  readonly label: string;
  readonly owner: string;
  readonly description: string;
  readonly primary: boolean;
  readonly forwards: boolean;
  readonly answers: boolean;
  readonly tabs: readonly TabLink[];
}

const Head = ({ head }: { head: MailboxHead }) => (
  <>
    <Crumbs href="/admin/mailboxes" label="Mailboxes" here={head.label} />
    <div class="page-head">
      <div>
        <h1>{head.label}</h1>
        <p class="lede row">
          <span>
            {head.primary ? "Primary mailbox of " : "Belongs to "}
            <a href={atUser(head.owner)}>{head.owner}</a>
            {head.description === "" || head.description === head.label ? "" : ` · ${head.description}`}
          </span>
          {head.forwards ? <Badge kind="info">forwards</Badge> : null}
          {head.answers ? <Badge kind="warn">answers</Badge> : null}
        </p>
      </div>
      {head.primary ? null : (
        <div class="row">
          <AskToRemove href={`/admin/mailboxes/${head.id}/remove`} />
        </div>
      )}
    </div>
  </>
);

/** The part that a tab's link replaces. */
const Properties = ({ head, children }: PropsWithChildren<{ head: MailboxHead }>) => (
  <div id="properties">
    <Head head={head} />
    <Tabs tabs={head.tabs} target="#properties" />
    {children}
  </div>
);

const titleOf = ({ label, tabs }: MailboxHead): string =>
  [label, tabs.find(({ current }) => current)?.label].filter(Boolean).join(": ");

/** The properties as a page. */
export const MailboxPage = ({ frame, head, children }: PropsWithChildren<{ frame: AdminFrame; head: MailboxHead }>) => (
  <Admin title={titleOf(head)} frame={frame} place="mailboxes">
    <Properties head={head}>{children}</Properties>
  </Admin>
);

/** The properties as a fragment; the title is for the browser's own tab. */
export const MailboxFragment = ({ head, children }: PropsWithChildren<{ head: MailboxHead }>) => (
  <>
    <title>{`${titleOf(head)} · Gatepost`}</title>
    <Properties head={head}>{children}</Properties>
  </>
);

/** What holds besides, from a mail group, with the way to it. */
export const FromGroup = ({ group, linked, children }: PropsWithChildren<{ group: string; linked: boolean }>) => (
  <div class="notice" data-kind="info">
    <Icon name="info" />
    <div class="stack stack-s">
      <p>
        From the mail group{" "}
        {linked ? <a href={`/admin/groups/${encodeURIComponent(group)}`}>{group}</a> : <strong>{group}</strong>}
        {": "}
        {children}
      </p>
    </div>
  </div>
);
