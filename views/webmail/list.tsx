/** The message list: search, what to do with the ticked ones, the rows, and the pages. */
import type { Child } from "hono/jsx";
import { CsrfField } from "../parts/forms.tsx";
import { Icon, type IconName } from "../parts/icon.tsx";
import { Empty, fullTime } from "../parts/telling.tsx";

/** One message in the list. */
export interface ListRow {
  readonly uid: number;
  readonly href: string;
  /** The author; in Sent and Drafts the recipients. */
  readonly who: string;
  readonly subject: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly when: string;
  /** Two letters and one of eight colours that stand for the correspondent. */
  readonly initials: string;
  readonly tone: number;
  readonly unread: boolean;
  readonly flagged: boolean;
  readonly answered: boolean;
  readonly forwarded: boolean;
  readonly attachments: boolean;
  /** Open in the reading pane. */
  readonly current: boolean;
}

/** A folder that messages can be moved to. */
export interface MoveTarget {
  readonly id: number;
  readonly label: string;
  readonly depth: number;
  readonly icon: IconName;
}

/** What the list shows. */
export interface MailList {
  /** The folder's name, or what was searched. */
  readonly title: string;
  readonly folderHref: string;
  /** The address of this very view, for refreshing it. */
  readonly href: string;
  readonly actHref: string;
  /** Where to be after an action. */
  readonly back: string;
  readonly rows: readonly ListRow[];
  readonly first: number;
  readonly total: number;
  readonly unread: number;
  readonly query: string;
  /** The search went only as far as this page; there may be more. */
  readonly partial: boolean;
  readonly newer: string | undefined;
  readonly older: string | undefined;
  /** "Inbox", or the special use of RFC 6154: "Sent", "Trash" … */
  readonly role: string | undefined;
  /** Where messages go back to from the archive; undefined elsewhere. */
  readonly restoresTo: string | undefined;
  readonly moveTo: readonly MoveTarget[];
  /** Drafts open in the compose page, not in the reading pane. */
  readonly opensCompose: boolean;
}

/** A button that does something to the ticked messages, or to the open one. */
export const Do = ({ what, icon, label, wide }: { what: string; icon: IconName; label: string; wide?: boolean }) => (
  <button
    class={wide ? "btn btn-quiet btn-small" : "btn btn-quiet btn-small btn-icon"}
    type="submit"
    name="do"
    value={what}
    title={label}
    aria-label={wide ? undefined : label}
  >
    <Icon name={icon} />
    {wide ? label : null}
  </button>
);

/** A menu that opens without a script. */
export const Menu = ({ icon, label, children }: { icon: IconName; label: string; children: Child }) => (
  <details class="mail-menu">
    <summary class="btn btn-quiet btn-small btn-icon" title={label} aria-label={label}>
      <Icon name={icon} class={icon === "more" ? "mail-dots" : undefined} />
    </summary>
    <div class="mail-menu-items">{children}</div>
  </details>
);

/** "Move to" with its folders. */
export const MoveMenu = ({ targets }: { targets: readonly MoveTarget[] }) => (
  <Menu icon="move" label="Move to another folder">
    <p class="mail-menu-title">Move to</p>
    {targets.map((target) => (
      <button class={`mail-menu-item depth-${Math.min(target.depth, 4)}`} type="submit" name="to" value={target.id}>
        <Icon name={target.icon} />
        <span class="clip">{target.label}</span>
      </button>
    ))}
  </Menu>
);

/** How the pages' buttons post: the answer is the page after it, and only what changed moves. */
export const actAttributes = (href: string) => ({
  action: href,
  method: "post" as const,
  "hx-post": href,
  "hx-target": "#main",
  "hx-swap": "outerMorph",
  "hx-replace-url": "true",
});

const Bulk = ({ list }: { list: MailList }) => (
  <div class="mail-bulk" role="toolbar" aria-label="What to do with the ticked messages">
    {list.restoresTo === undefined ? null : (
      <Do what="restore" icon="restore" label={`Restore to ${list.restoresTo}`} />
    )}
    {(list.role === undefined && list.restoresTo === undefined) || list.role === "Inbox" || list.role === "Sent" ? (
      <Do what="archive" icon="archive" label="Archive" />
    ) : null}
    {list.role === "Junk" ? <Do what="inbox" icon="inbox" label="Not junk" /> : null}
    {list.role === "Trash" ? (
      <Do what="erase" icon="trash" label="Delete for good" />
    ) : (
      <Do what="delete" icon="trash" label="Delete" />
    )}
    <Do what="read" icon="mailOpen" label="Mark as read" />
    <Do what="unread" icon="mail" label="Mark as unread" />
    <Do what="flag" icon="star" label="Put a star on" />
    <MoveMenu targets={list.moveTo} />
    <Menu icon="more" label="More">
      {list.role === "Junk" || list.role === "Drafts" ? null : (
        <button class="mail-menu-item" type="submit" name="do" value="junk">
          <Icon name="junk" />
          Junk
        </button>
      )}
      <button class="mail-menu-item" type="submit" name="do" value="unflag">
        <Icon name="star" />
        Take the star off
      </button>
    </Menu>
    <button
      class="btn btn-quiet btn-small btn-icon mail-untick"
      type="reset"
      title="Untick all"
      aria-label="Untick all"
    >
      <Icon name="close" />
    </button>
  </div>
);

/** One row; also sent alone, when opening a message changes its looks. */
export const Row = ({ row, compose }: { row: ListRow; compose: boolean }) => (
  <li
    class={row.unread ? "mail-row mail-unread" : "mail-row"}
    id={`m${row.uid}`}
    aria-current={row.current ? "true" : undefined}
  >
    <label class="mail-pick">
      <input
        type="checkbox"
        name="uid"
        value={row.uid}
        aria-label={`Tick the message from ${row.who}: ${row.subject}`}
      />
      <span class={`mail-avatar tone-${row.tone}`} aria-hidden="true">
        <span>{row.initials}</span>
        <Icon name="check" />
      </span>
    </label>
    <a
      class="mail-link"
      href={row.href}
      hx-get={row.href}
      hx-target={compose ? "#main" : "#reader"}
      hx-swap={compose ? "outerHTML" : "outerHTML show:top"}
      hx-push-url="true"
      hx-sync="#reader:replace"
    >
      <span class="mail-who">
        {row.unread ? <span class="visually-hidden">Unread: </span> : null}
        <bdi>{row.who}</bdi>
      </span>
      <time class="mail-when num" datetime={new Date(row.at).toISOString()} title={fullTime(row.at)}>
        {row.when}
      </time>
      <span class="mail-subject">
        {row.answered ? <Icon name="reply" label="Answered" /> : null}
        {row.forwarded ? <Icon name="forward" label="Forwarded" /> : null}
        <bdi>{row.subject}</bdi>
        {row.attachments ? <Icon name="attachment" label="With attachments" /> : null}
      </span>
    </a>
    <button
      class="mail-star"
      type="submit"
      name="star"
      value={row.uid}
      aria-pressed={row.flagged ? "true" : "false"}
      aria-label="Star"
      title={row.flagged ? "Take the star off" : "Put a star on"}
    >
      <Icon name="star" filled={row.flagged} />
    </button>
  </li>
);

const FOLDER: { icon: IconName; title: string; text: string } = {
  icon: "folder",
  title: "An empty folder",
  text: "Move messages here to keep them together.",
};

const EMPTY: Record<string, typeof FOLDER> = {
  search: { icon: "search", title: "Nothing found", text: "No message in this folder holds all of these words." },
  Drafts: { icon: "draft", title: "No drafts", text: "Messages you begin and do not send are kept here." },
  Sent: { icon: "send", title: "Nothing sent yet", text: "A copy of every message you send is kept here." },
  Archive: {
    icon: "archive",
    title: "Nothing archived",
    text: "Archiving takes a message out of the inbox and keeps it.",
  },
  Junk: { icon: "junk", title: "No junk", text: "Messages that look like junk come here." },
  Trash: {
    icon: "trash",
    title: "The trash is empty",
    text: "Deleted messages stay here until you delete them for good.",
  },
  Inbox: { icon: "inbox", title: "All done", text: "The inbox is empty. New mail appears here by itself." },
};

const Nothing = ({ list }: { list: MailList }) => {
  const { icon, title, text } = EMPTY[list.query ? "search" : (list.role ?? "folder")] ?? FOLDER;
  return (
    <Empty icon={icon} title={title}>
      <p>{text}</p>
      {list.query ? (
        <a class="btn" href={list.folderHref}>
          Show the whole folder
        </a>
      ) : null}
    </Empty>
  );
};

const Search = ({ list }: { list: MailList }) => (
  <search>
    <form
      class="search"
      action={list.folderHref}
      method="get"
      hx-get={list.folderHref}
      hx-target="#list"
      hx-swap="outerMorph"
      hx-push-url="true"
    >
      <Icon name="search" />
      <input
        class="input"
        type="search"
        name="q"
        id="q"
        value={list.query}
        placeholder="Search"
        aria-label={`Search in ${list.title}. Words, or from:, to:, subject:, is:unread, is:starred, has:attachment`}
        autocomplete="off"
        spellcheck={false}
        enterkeyhint="search"
      />
    </form>
  </search>
);

const number = (count: number): string => count.toLocaleString("en");

const counts = (list: MailList): string => {
  if (list.query) {
    if (!list.partial) return `${number(list.total)} found`;
    return list.older ? `more than ${number(list.total - 1)}` : `${number(list.total)} so far`;
  }
  const messages = list.total === 1 ? "1 message" : `${number(list.total)} messages`;
  return list.unread > 0 && list.role !== "Drafts" ? `${messages}, ${number(list.unread)} unread` : messages;
};

const Pages = ({ list }: { list: MailList }) => {
  if (list.newer === undefined && list.older === undefined && !list.partial) return null;
  const attributes = (href: string) => ({
    href,
    "hx-get": href,
    "hx-target": "#list",
    "hx-swap": "outerHTML show:top",
    "hx-push-url": "true",
  });
  return (
    <nav class="mail-pages" aria-label="Pages">
      {list.newer === undefined ? (
        <span />
      ) : (
        <a class="btn btn-quiet btn-small" rel="prev" {...attributes(list.newer)}>
          <Icon name="chevronLeft" />
          Newer
        </a>
      )}
      <span class="num muted small">
        {`${number(list.first)}–${number(list.first + list.rows.length - 1)}${list.partial ? "" : ` of ${number(list.total)}`}`}
      </span>
      {list.older !== undefined ? (
        <a class="btn btn-quiet btn-small" rel="next" {...attributes(list.older)}>
          Older
          <Icon name="chevronRight" />
        </a>
      ) : list.partial ? (
        <a class="btn btn-quiet btn-small" {...attributes(list.href)}>
          Search on
          <Icon name="search" />
        </a>
      ) : (
        <span />
      )}
    </nav>
  );
};

/** Says that the page renews itself and nobody asked: that must not keep a session alive that nobody uses. */
const renewing = (href: string): string => `${href}${href.includes("?") ? "&" : "?"}live=1`;

/** The list. It fetches itself anew when the server says that something changed. */
export const List = ({ list, csrf }: { list: MailList; csrf: string }) => (
  <section
    class="mail-list"
    id="list"
    aria-label={list.title}
    hx-get={renewing(list.href)}
    hx-trigger="changed from:#live"
    hx-target="this"
    hx-swap="outerMorph"
    hx-sync="this:replace"
  >
    <header class="mail-list-head">
      <Search list={list} />
      <div class="mail-list-title">
        <h2 class="clip">{list.title}</h2>
        <span class="muted small num">{counts(list)}</span>
      </div>
    </header>
    {list.rows.length === 0 ? (
      <Nothing list={list} />
    ) : (
      <form class="mail-rows-form" {...actAttributes(list.actHref)}>
        <CsrfField token={csrf} />
        <input type="hidden" name="back" value={list.back} />
        <Bulk list={list} />
        <ol class="mail-rows">
          {list.rows.map((row) => (
            <Row row={row} compose={list.opensCompose} />
          ))}
        </ol>
      </form>
    )}
    <Pages list={list} />
  </section>
);
