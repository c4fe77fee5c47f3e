/** The folders in the rail, with what is unread in each. Refreshed as a whole, by its id, whenever counts change. */
import { Icon, type IconName } from "../parts/icon.tsx";

/** One folder as the rail shows it. */
export interface FolderLink {
  readonly id: number;
  readonly href: string;
  /** The last level of its name, in the reader's words for the usual ones. */
  readonly label: string;
  /** Levels above it. */
  readonly depth: number;
  readonly icon: IconName;
  /** The number beside it: unread messages, or drafts in Drafts. */
  readonly count: number;
  readonly current: boolean;
}

/** The folders of one mailbox. */
export interface FolderGroup {
  /** Missing for the user's own primary mailbox. */
  readonly title?: string;
  readonly folders: readonly FolderLink[];
}

/** What the rail must be given to be refreshed: as a partial beside another answer, or in the page. */
export const Folders = ({ groups }: { groups: readonly FolderGroup[] }) => (
  <div class="mail-folders" id="folders">
    {groups.map((group) => (
      <div>
        {group.title ? <h2 class="clip">{group.title}</h2> : null}
        <ul>
          {group.folders.map((folder) => (
            <li>
              <a
                class={`rail-link depth-${Math.min(folder.depth, 4)}`}
                href={folder.href}
                title={folder.label}
                aria-current={folder.current ? "page" : undefined}
                hx-get={folder.href}
                hx-target="#main"
                hx-swap="outerHTML"
                hx-push-url="true"
                hx-sync="#folders:replace"
              >
                <Icon name={folder.icon} />
                <span class="clip">{folder.label}</span>
                {folder.count > 0 ? <span class="count">{folder.count.toLocaleString("en")}</span> : null}
              </a>
            </li>
          ))}
        </ul>
      </div>
    ))}
  </div>
);

/** The same beside the main answer of an htmx request. */
export const FoldersPartial = ({ groups }: { groups: readonly FolderGroup[] }) => (
  <hx-partial hx-target="#folders" hx-swap="outerMorph">
    <Folders groups={groups} />
  </hx-partial>
);
