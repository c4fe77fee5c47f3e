/** The list of what a search found in all folders. */
import type { Child } from "hono/jsx";
import { ActionButton, CsrfField } from "../parts/forms.tsx";
import { Icon, type IconName } from "../parts/icon.tsx";
import { Empty } from "../parts/telling.tsx";
import { t, tn } from "../words/words.ts";
import { Line, type ListRow, liveList } from "./list-rows.tsx";
import { actAttributes, Do, Menu, NoDefault, Ticked } from "./menus.tsx";
import { type Marked, MarkedText, SEARCH, SearchBox, type SearchBoxOf, searchHref, swaps } from "./search.tsx";

/** One message that was found. */
export interface FoundRow extends Omit<ListRow, "who" | "subject"> {
  /** Its folder and UID, as the form sends it. */
  readonly id: string;
  readonly name: string;
  readonly who: string | Marked;
  readonly subject: string | Marked;
  readonly folder: { readonly label: string; readonly icon: IconName };
  readonly snippet: Marked | undefined;
  readonly opensCompose: boolean;
}

/** What was found in all folders. */
export interface FoundList {
  readonly box: SearchBoxOf;
  readonly href: string;
  readonly rows: readonly FoundRow[];
  readonly first: number;
  /** Found so far. */
  readonly count: number;
  readonly done: boolean;
  readonly newer: string | undefined;
  readonly older: string | undefined;
  /** What was looked for before, while nothing is. */
  readonly earlier: readonly string[];
  /** Folders that were not looked in: the trash and the junk. */
  readonly everywhere: string | undefined;
}

const FoundLine = ({ row }: { row: FoundRow }) => (
  <Line
    row={row}
    id={`found-${row.id.replace(".", "-")}`}
    value={row.id}
    tick={t("Tick the message: {subject}", { subject: row.name })}
    opensCompose={row.opensCompose}
    who={<MarkedText text={row.who} />}
    subject={<MarkedText text={row.subject} />}
    below={
      <span class="found-where">
        <span class="found-folder clip">
          <Icon name={row.folder.icon} />
          <bdi>{row.folder.label}</bdi>
        </span>
        <bdi class="found-snippet clip">
          <MarkedText text={row.snippet ?? row.words} />
        </bdi>
      </span>
    }
  />
);

const Bulk = () => (
  <fieldset class="mail-bulk" aria-label={t("What to do with the ticked messages")}>
    <Do what="archive" icon="archive" label={t("Move to the archive")} />
    <Do what="delete" icon="trash" label={t("Delete")} />
    <Do what="read" icon="mailOpen" label={t("Mark as read")} />
    <Do what="unread" icon="mail" label={t("Mark as unread")} />
    <Do what="flag" icon="star" label={t("Put a star on")} />
    <Menu icon="more" label={t("More")}>
      <button class="mail-menu-item" type="submit" name="do" value="junk">
        <Icon name="junk" />
        {t("Junk")}
      </button>
      <button class="mail-menu-item" type="submit" name="do" value="unflag">
        <Icon name="star" />
        {t("Take the star off")}
      </button>
    </Menu>
    <Ticked />
    <button
      class="btn btn-quiet btn-small btn-icon mail-untick"
      type="reset"
      title={t("Untick all")}
      aria-label={t("Untick all")}
    >
      <Icon name="close" />
    </button>
  </fieldset>
);

const counted = ({ count, done }: FoundList): string =>
  done ? tn(count, "{n} found", "{n} found") : tn(count, "{n} so far", "{n} so far");

const Turn = ({ href, rel, children }: { href: string; rel?: "prev" | "next"; children: Child }) => (
  <a
    class="btn btn-quiet btn-small"
    href={href}
    rel={rel}
    hx-get={href}
    hx-target="#list"
    hx-swap="outerHTML show:top"
    hx-push-url="true"
  >
    {children}
  </a>
);

const Pages = ({ found }: { found: FoundList }) =>
  found.newer === undefined && found.older === undefined && found.done ? null : (
    <nav class="mail-pages" aria-label={t("Pages")}>
      {found.newer === undefined ? (
        <span />
      ) : (
        <Turn href={found.newer} rel="prev">
          <Icon name="chevronLeft" />
          {t("Newer")}
        </Turn>
      )}
      {found.older !== undefined ? (
        <Turn href={found.older} rel="next">
          {t("Older")}
          <Icon name="chevronRight" />
        </Turn>
      ) : found.done ? (
        <span />
      ) : (
        <Turn href={found.href}>
          {t("Search on")}
          <Icon name="search" />
        </Turn>
      )}
    </nav>
  );

/** What was found, in place of a folder's list. It fetches itself anew when the server says that something changed. */
export const Found = ({ found, csrf }: { found: FoundList; csrf: string }) => (
  <section aria-label={t("Search")} {...liveList(`${found.href}&live=1`)}>
    <header class="mail-list-head">
      <SearchBox box={found.box} csrf={csrf} />
      <div class="mail-list-title">
        <h2 class="clip">{t("Search")}</h2>
        <span class="muted small num" role="status">
          {found.box.query === "" ? "" : counted(found)}
        </span>
      </div>
    </header>
    {found.rows.length === 0 ? (
      <NothingFound found={found} csrf={csrf} />
    ) : (
      <form class="mail-rows-form" {...actAttributes(`${SEARCH}/act`)}>
        <NoDefault />
        <CsrfField token={csrf} />
        <input type="hidden" name="back" value={found.href} />
        <Bulk />
        <ol class="mail-rows">
          {found.rows.map((row) => (
            <FoundLine row={row} />
          ))}
        </ol>
      </form>
    )}
    <Pages found={found} />
  </section>
);

const Earlier = ({ searches, csrf }: { searches: readonly string[]; csrf: string }) => (
  <>
    <ul class="search-earlier">
      {searches.map((query) => (
        <li>
          <a class="search-option" href={searchHref(query)} hx-get={searchHref(query)} {...swaps}>
            <Icon name="clock" />
            <bdi class="clip">{query}</bdi>
          </a>
        </li>
      ))}
    </ul>
    <ActionButton action={`${SEARCH}/forget`} csrf={csrf} label={t("Forget earlier searches")} />
  </>
);

const NothingFound = ({ found, csrf }: { found: FoundList; csrf: string }) => (
  <Empty icon="search" title={found.box.query === "" ? t("Search all folders") : t("Nothing found")}>
    <p>
      {found.box.query === ""
        ? t("Type words that stand in the message, a name, or from:, subject:, has:attachment, before: and others.")
        : t("No message holds all of this.")}
    </p>
    {found.earlier.length > 0 ? <Earlier searches={found.earlier} csrf={csrf} /> : null}
    {found.everywhere ? (
      <a class="btn" href={found.everywhere}>
        {t("Look in the trash and the junk, too")}
      </a>
    ) : null}
  </Empty>
);
