/** The folders in the rail, with what is unread in each. Refreshed as a whole, by its id, whenever counts change. */
import { Icon, type IconName } from "../parts/icon.tsx";
import { formats, t, tn } from "../words/words.ts";
import { SEARCH } from "./search.tsx";
import { SCHEDULED } from "./send-later.tsx";

/** One folder as the rail shows it. */
export interface FolderLink {
  readonly id: number;
  readonly href: string;
  /** The last level of its name, in the reader's words for the usual ones. */
  readonly label: string;
  /** Levels above it. */
  readonly depth: number;
  readonly icon: IconName;
  /** The colour that the reader gave it. */
  readonly colour: string | undefined;
  /** The number beside it: unread messages, or drafts in Drafts. */
  readonly count: number;
  readonly current: boolean;
}

/** The folders of one mailbox. */
export interface FolderGroup {
  /** Missing for the user's own primary mailbox. */
  readonly title?: string;
  readonly folders: readonly FolderLink[];
  /** Messages that wait to be sent; of the own primary mailbox alone. */
  readonly scheduled?: number;
  /** Searches that stand among them; of the own primary mailbox alone. */
  readonly searches?: readonly SearchLink[];
  /** Folders that programs do not show: they are there when one asks for them. */
  readonly more: readonly FolderLink[];
}

/** A search that is kept. */
export interface SearchLink {
  readonly id: number;
  readonly href: string;
  readonly label: string;
}

/** Where all folders are kept in order. */
export const FOLDERS = "/mail/folders";
/** The page of one's contacts, one of the options. */
export const CONTACTS = "/mail/options/contacts";

/** The page of one folder. */
export const folderPage = (id: number): string => `${FOLDERS}/${id}`;

const Folder = ({ folder }: { folder: FolderLink }) => (
  <li class="mail-folder">
    <a
      class={`rail-link depth-${Math.min(folder.depth, 4)}`}
      href={folder.href}
      title={folder.label}
      data-folder={folder.id}
      data-colour={folder.colour}
      aria-current={folder.current ? "page" : undefined}
      hx-get={folder.href}
    >
      <Icon name={folder.icon} />
      <bdi class="clip">{folder.label}</bdi>
      {folder.count > 0 ? <span class="count">{formats().number(folder.count)}</span> : null}
    </a>
    <a
      class="mail-folder-more"
      href={folderPage(folder.id)}
      aria-label={t("What to do with {folder}", { folder: folder.label })}
      aria-haspopup="true"
      hx-get={`${folderPage(folder.id)}/menu`}
      hx-target="#folder-menu"
      hx-swap="innerHTML"
      hx-push-url="false"
      hx-sync="this:replace"
    >
      <Icon name="more" class="mail-dots" />
    </a>
  </li>
);

const ScheduledLink = ({ count, current }: { count: number; current: boolean }) => (
  <li class="mail-folder">
    <a
      class="rail-link"
      href={SCHEDULED}
      title={t("Scheduled")}
      aria-current={current ? "page" : undefined}
      hx-get={SCHEDULED}
    >
      <Icon name="clock" />
      <span class="clip">{t("Scheduled")}</span>
      {count > 0 ? <span class="count">{formats().number(count)}</span> : null}
    </a>
  </li>
);

const SearchesList = ({ searches }: { searches: readonly SearchLink[] }) => (
  <div class="mail-searches" data-counts={`${SEARCH}/counts`}>
    <h2>{t("Searches")}</h2>
    <ul>
      {searches.map(({ id, href, label }) => (
        <li>
          <a class="rail-link" href={href} title={label} data-search={id} hx-get={href}>
            <Icon name="search" />
            <bdi class="clip">{label}</bdi>
            {/* What is unread among what it finds: asked for afterwards, for it takes longer than the page. */}
            <span class="count" hidden />
          </a>
        </li>
      ))}
    </ul>
  </div>
);

interface Place {
  readonly href: string;
  readonly icon: IconName;
  readonly label: string;
  readonly current: boolean;
}

const PlaceLink = ({ href, icon, label, current }: Place) => (
  <li>
    <a class="rail-link" href={href} title={label} aria-current={current ? "page" : undefined} hx-get={href}>
      <Icon name={icon} />
      <span>{label}</span>
    </a>
  </li>
);

/** What the links of the rail have in common: each leads to another main part. */
const LEADING = {
  "hx-target:inherited": "#main",
  "hx-swap:inherited": "outerHTML",
  "hx-push-url:inherited": "true",
  "hx-sync:inherited": "#folders:replace",
};

/** What the rail must be given to be refreshed: as a partial beside another answer, or in the page. */
export const Folders = ({ groups, place }: { groups: readonly FolderGroup[]; place?: string | undefined }) => (
  <div
    class="mail-folders"
    id="folders"
    {...LEADING}
    data-unread={groups[0]?.folders.find(({ icon }) => icon === "inbox")?.count}
  >
    {groups.map((group) => (
      <div>
        {group.title ? (
          <h2 class="clip">
            <bdi>{group.title}</bdi>
          </h2>
        ) : null}
        <ul>
          {group.folders.map((folder) => (
            <Folder folder={folder} />
          ))}
          {group.scheduled || (group.scheduled === 0 && place === SCHEDULED) ? (
            <ScheduledLink count={group.scheduled} current={place === SCHEDULED} />
          ) : null}
        </ul>
        {group.more.length === 0 ? null : (
          <details class="mail-folders-more" open={group.more.some(({ current }) => current)}>
            <summary class="rail-link">
              <Icon name="chevronDown" />
              <span>{tn(group.more.length, "{n} more folder", "{n} more folders")}</span>
            </summary>
            <ul>
              {group.more.map((folder) => (
                <Folder folder={folder} />
              ))}
            </ul>
          </details>
        )}
        {group.searches?.length ? <SearchesList searches={group.searches} /> : null}
      </div>
    ))}
    {groups.length === 0 ? null : (
      <ul class="mail-folders-foot">
        <PlaceLink href={SEARCH} icon="search" label={t("Search")} current={place === SEARCH} />
        <PlaceLink href={FOLDERS} icon="folderPlus" label={t("Folders")} current={place === FOLDERS} />
        <PlaceLink href={CONTACTS} icon="contacts" label={t("Contacts")} current={place === CONTACTS} />
      </ul>
    )}
  </div>
);

/** Where the menu of a folder comes up. */
export const FolderMenuPlace = () => <div class="mail-folder-menu" id="folder-menu" popover="auto" />;

/** The same beside the main answer of an htmx request. */
export const FoldersPartial = ({ groups, place }: { groups: readonly FolderGroup[]; place?: string | undefined }) => (
  <hx-partial hx-target="#folders" hx-swap="outerMorph">
    <Folders groups={groups} place={place} />
  </hx-partial>
);
