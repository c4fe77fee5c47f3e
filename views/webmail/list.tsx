/** The message list: search, what to do with the ticked ones, the rows, and the pages. */
import { CsrfField } from "../parts/forms.tsx";
import { Icon, type IconName } from "../parts/icon.tsx";
import { Empty } from "../parts/telling.tsx";
import { formats, key, t, tn } from "../words/words.ts";
import { type AsideChoices, LabelMenu, MuteItems, SnoozeMenu } from "./labels.tsx";
import { liveList, More, type RowPart, Rows } from "./list-rows.tsx";
import { actAttributes, Do, Menu, MoveMenu, type MoveTarget, NoDefault, Ticked } from "./menus.tsx";
import { SearchBox, type SearchBoxOf } from "./search.tsx";

/** What the list shows. */
export interface MailList extends RowPart {
  /** The folder's name, or what was searched. */
  readonly title: string;
  readonly box: SearchBoxOf;
  readonly folderHref: string;
  /** The address of this very view, for refreshing it. */
  readonly href: string;
  readonly actHref: string;
  /** Where to be after an action. */
  readonly back: string;
  readonly first: number;
  readonly total: number;
  readonly unread: number;
  /** Messages with this UID or a greater one are not shown: they come later. */
  readonly below: number;
  readonly query: string;
  /** The search went only as far as this page; there may be more. */
  readonly partial: boolean;
  readonly newer: string | undefined;
  readonly older: string | undefined;
  /** Lines stand for conversations. */
  readonly together: boolean;
  /** "Inbox", or the special use of RFC 6154: "Sent", "Trash" … */
  readonly role: string | undefined;
  /** Where messages go back to from the archive; undefined elsewhere. */
  readonly restoresTo: string | undefined;
  readonly moveTo: readonly MoveTarget[];
  readonly aside: AsideChoices;
  /** Drafts open in the compose page, not in the reading pane. */
  readonly opensCompose: boolean;
}

const allWords = (list: MailList): string => {
  if (list.partial) return t("All that the search finds");
  return list.query ? tn(list.total, "The one found", "All {n} found") : tn(list.total, "All {n}", "All {n}");
};

const Bulk = ({ list }: { list: MailList }) => (
  <fieldset class="mail-bulk" aria-label={t("What to do with the ticked messages")}>
    {list.restoresTo === undefined ? null : (
      <Do what="restore" icon="restore" label={t("Restore to {folder}", { folder: list.restoresTo })} />
    )}
    {(list.role === undefined && list.restoresTo === undefined) || list.role === "Inbox" || list.role === "Sent" ? (
      <Do what="archive" icon="archive" label={t("Archive")} />
    ) : null}
    {list.role === "Junk" ? <Do what="inbox" icon="inbox" label={t("Not junk")} /> : null}
    {list.role === "Trash" ? (
      <Do what="erase" icon="trash" label={t("Delete for good")} />
    ) : (
      <Do what="delete" icon="trash" label={t("Delete")} />
    )}
    <Do what="read" icon="mailOpen" label={t("Mark as read")} />
    <SnoozeMenu choices={list.aside} />
    <MoveMenu targets={list.moveTo} />
    <LabelMenu choices={list.aside} />
    <Menu icon="more" label={t("More")}>
      <button class="mail-menu-item" type="submit" name="do" value="unread">
        <Icon name="mail" />
        {t("Mark as unread")}
      </button>
      <button class="mail-menu-item" type="submit" name="do" value="flag">
        <Icon name="star" filled />
        {t("Put a star on")}
      </button>
      {list.role === "Junk" || list.role === "Drafts" ? null : (
        <button class="mail-menu-item" type="submit" name="do" value="junk">
          <Icon name="junk" />
          {t("Junk")}
        </button>
      )}
      <button class="mail-menu-item" type="submit" name="do" value="unflag">
        <Icon name="star" />
        {t("Take the star off")}
      </button>
      <MuteItems choices={list.aside} />
      <button class="mail-menu-item" type="reset">
        <Icon name="close" />
        {t("Untick all")}
      </button>
    </Menu>
    <Ticked />
    <label class="mail-all small">
      <input type="checkbox" name="all" value="1" />
      {allWords(list)}
    </label>
  </fieldset>
);

const FOLDER: { icon: IconName; title: string; text: string } = {
  icon: "folder",
  title: key("An empty folder"),
  text: key("Move messages here to keep them together."),
};

const EMPTY: Record<string, typeof FOLDER> = {
  search: {
    icon: "search",
    title: key("Nothing found"),
    text: key("No message in this folder holds all of these words."),
  },
  Drafts: { icon: "draft", title: key("No drafts"), text: key("Messages you begin and do not send are kept here.") },
  Sent: { icon: "send", title: key("Nothing sent yet"), text: key("A copy of every message you send is kept here.") },
  Archive: {
    icon: "archive",
    title: key("Nothing archived"),
    text: key("Archiving takes a message out of the inbox and keeps it."),
  },
  Junk: { icon: "junk", title: key("No junk"), text: key("Messages that look like junk come here.") },
  Trash: {
    icon: "trash",
    title: key("The trash is empty"),
    text: key("Deleted messages stay here until you delete them for good."),
  },
  Inbox: { icon: "inbox", title: key("All done"), text: key("The inbox is empty. New mail appears here by itself.") },
};

const Nothing = ({ list }: { list: MailList }) => {
  const { icon, title, text } = EMPTY[list.query ? "search" : (list.role ?? "folder")] ?? FOLDER;
  return (
    <Empty icon={icon} title={t(title)}>
      <p>{t(text)}</p>
      {list.query ? (
        <a class="btn" href={list.folderHref}>
          {t("Show the whole folder")}
        </a>
      ) : null}
    </Empty>
  );
};

/** What the list says of how much is in it. */
export type Counted = Pick<MailList, "query" | "partial" | "total" | "older" | "together" | "unread" | "role">;

const counts = (list: Counted): string => {
  if (list.query) {
    if (!list.partial) return tn(list.total, "{n} found", "{n} found");
    return list.older ? t("more than {n}", { n: list.total - 1 }) : t("{n} so far", { n: list.total });
  }
  const lines = list.together
    ? tn(list.total, "{n} conversation", "{n} conversations")
    : tn(list.total, "{n} message", "{n} messages");
  return list.unread > 0 && list.role !== "Drafts" ? t("{lines}, {n} unread", { lines, n: list.unread }) : lines;
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
    <nav class="mail-pages" aria-label={t("Pages")}>
      {list.newer === undefined ? (
        <span />
      ) : (
        <a class="btn btn-quiet btn-small" rel="prev" {...attributes(list.newer)}>
          <Icon name="chevronLeft" />
          {t("Newer")}
        </a>
      )}
      <span class="num muted small">
        {list.partial ? range(list) : t("{range} of {n}", { range: range(list), n: list.total })}
      </span>
      {list.older !== undefined ? (
        <a class="btn btn-quiet btn-small" rel="next" {...attributes(list.older)}>
          {t("Older")}
          <Icon name="chevronRight" />
        </a>
      ) : list.partial ? (
        <a class="btn btn-quiet btn-small" {...attributes(list.href)}>
          {t("Search on")}
          <Icon name="search" />
        </a>
      ) : (
        <span />
      )}
    </nav>
  );
};

const range = ({ first, rows }: MailList): string =>
  `${formats().number(first)}–${formats().number(first + rows.length - 1)}`;

/** Says that the page renews itself and nobody asked: that must not keep a session alive that nobody uses. */
const renewing = (href: string): string => `${href}${href.includes("?") ? "&" : "?"}live=1`;

/** A list is renewed from its top to where the next part begins; an empty one, or that of a search, as a whole. */
const renewal = ({ rows, again, href }: MailList): string =>
  again === undefined || rows.length === 0 ? renewing(href) : renewing(again);

/** Up to which messages the list is drawn: what came later is not meant by what is done to all of it, or to a conversation. */
export const ListEnd = ({ below }: { below: number }) => (
  <input type="hidden" name="below" id="list-end" value={below} />
);

/** Searches that one does most, as one presses them. */
const FILTERS: readonly { readonly query: string; readonly says: string; readonly icon: IconName }[] = [
  { query: "is:unread", says: key("Unread"), icon: "mail" },
  { query: "is:starred", says: key("Starred"), icon: "star" },
  { query: "has:attachment", says: key("With files"), icon: "attachment" },
];

const Filters = ({ list }: { list: MailList }) =>
  list.query !== "" && !FILTERS.some(({ query }) => query === list.query) ? null : (
    <nav class="mail-filters" aria-label={t("Show only")}>
      {FILTERS.map(({ query, says, icon }) => {
        const on = query === list.query;
        const href = on ? list.folderHref : `${list.folderHref}?q=${encodeURIComponent(query)}`;
        return (
          <a
            class="mail-filter"
            href={href}
            aria-current={on ? "true" : undefined}
            hx-get={href}
            hx-target="#list"
            hx-swap="outerMorph"
            hx-push-url="true"
          >
            <Icon name={icon} />
            {t(says)}
            {on ? <Icon name="close" label={t("Show the whole folder")} /> : null}
          </a>
        );
      })}
    </nav>
  );

/** What the list is, and how much is in it. */
export const ListTitle = ({ list }: { list: MailList }) => (
  <div class="mail-list-title" id="list-title">
    <input class="mail-tick-shown" type="checkbox" id="tick-shown" aria-label={t("Tick all that are shown")} />
    <h2 class="clip">
      <bdi>{list.title}</bdi>
    </h2>
    <ListCounts list={list} />
  </div>
);

/** How much is in the list. */
export const ListCounts = ({ list }: { list: Counted }) => (
  <span class="muted small num" id="list-counts">
    {counts(list)}
  </span>
);

/** The list. It fetches itself anew when the server says that something changed. */
export const List = ({ list, csrf }: { list: MailList; csrf: string }) => (
  <section aria-label={list.title} {...liveList(renewal(list))}>
    <header class="mail-list-head">
      <SearchBox box={list.box} csrf={csrf} />
      <ListTitle list={list} />
      <Filters list={list} />
    </header>
    {list.rows.length === 0 ? (
      <Nothing list={list} />
    ) : (
      <form class="mail-rows-form" {...actAttributes(list.actHref)}>
        <NoDefault />
        <CsrfField token={csrf} />
        <input type="hidden" name="back" value={list.back} />
        <input type="hidden" name="q" value={list.query} />
        <ListEnd below={list.below} />
        {list.together && !list.query ? <input type="hidden" name="whole" value="1" /> : null}
        <Bulk list={list} />
        <Rows part={list} compose={list.opensCompose} first />
        {list.more === undefined ? null : <More href={list.more} />}
      </form>
    )}
    {/* With a script the list goes on where it ends. */}
    {list.more === undefined ? (
      <Pages list={list} />
    ) : (
      <noscript>
        <Pages list={list} />
      </noscript>
    )}
  </section>
);
