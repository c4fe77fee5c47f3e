/** The list of what a search found in all folders. */
import type { Child } from "hono/jsx";
import { ActionButton, CsrfField } from "../parts/forms.tsx";
import { Icon, type IconName } from "../parts/icon.tsx";
import { Empty, fullTime, minuteOf } from "../parts/telling.tsx";
import { t, tn } from "../words/words.ts";
import { LabelChip, type ListRow } from "./list-rows.tsx";
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
  <li
    class={row.unread ? "mail-row mail-unread" : "mail-row"}
    id={`found-${row.id.replace(".", "-")}`}
    aria-current={row.current ? "true" : undefined}
  >
    <label class="mail-pick">
      <input
        type="checkbox"
        name="uid"
        value={row.id}
        aria-label={t("Tick the message: {subject}", { subject: row.name })}
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
      hx-target={row.opensCompose ? "#main" : "#reader"}
      hx-swap="outerHTML"
      hx-push-url="true"
      hx-sync="#reader:replace"
    >
      <span class="mail-who">
        {row.unread ? <span class="visually-hidden">{t("Unread")}: </span> : null}
        <bdi>
          <MarkedText text={row.who} />
        </bdi>
      </span>
      <time class="mail-when num" datetime={minuteOf(row.at)} title={fullTime(row.at)}>
        {row.when}
      </time>
      <span class="mail-subject">
        {row.answered ? <Icon name="reply" label={t("Answered")} /> : null}
        {row.forwarded ? <Icon name="forward" label={t("Forwarded")} /> : null}
        <bdi>
          <MarkedText text={row.subject} />
        </bdi>
        {row.labels.map((label) => (
          <LabelChip label={label} />
        ))}
        {row.attachments ? <Icon name="attachment" label={t("With attachments")} /> : null}
      </span>
      <span class="found-where">
        <span class="found-folder clip">
          <Icon name={row.folder.icon} />
          <bdi>{row.folder.label}</bdi>
        </span>
        <bdi class="found-snippet clip">
          <MarkedText text={row.snippet ?? row.words} />
        </bdi>
      </span>
    </a>
    <button
      class="mail-star"
      type="submit"
      name="star"
      value={row.id}
      aria-pressed={row.flagged ? "true" : "false"}
      aria-label={t("Star")}
      title={row.flagged ? t("Take the star off") : t("Put a star on")}
    >
      <Icon name="star" filled={row.flagged} />
    </button>
  </li>
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
  <section
    class="mail-list"
    id="list"
    tabindex={-1}
    aria-label={t("Search")}
    hx-get={`${found.href}&live=1`}
    hx-trigger="changed from:#live"
    hx-target="this"
    hx-swap="outerMorph"
    hx-sync="this:replace"
  >
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
