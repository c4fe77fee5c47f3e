/** The pages of folders: all of them, one of them, and the menu that comes up beside one in the rail. */
import { CsrfField, type FieldErrors, FormActions, TextField } from "../parts/forms.tsx";
import { Icon, type IconName } from "../parts/icon.tsx";
import { PageHead, Problem, sizeWords } from "../parts/telling.tsx";
import { formats, key, t, tn } from "../words/words.ts";
import { FOLDERS, folderPage } from "./folders.tsx";
import { actAttributes } from "./menus.tsx";

/** What may be done to a folder. */
export interface FolderPowers {
  readonly read: boolean;
  readonly empty: boolean;
  readonly addBelow: boolean;
  readonly rename: boolean;
  readonly remove: boolean;
  /** Role, subscription and sharing are the owner's. */
  readonly own: boolean;
}

/** A folder as its page and the page of all show it. */
export interface FolderCard {
  readonly id: number;
  readonly mailbox: number;
  readonly href: string;
  readonly label: string;
  /** Its last level as it is stored. */
  readonly name: string;
  /** The folder above it; "" at the top. */
  readonly parent: string;
  readonly depth: number;
  readonly icon: IconName;
  readonly role: string;
  readonly colour: string;
  readonly subscribed: boolean;
  readonly messages: number;
  readonly unread: number;
  /** Octets. */
  readonly size: number;
  /** It stands in the trash, and what is deleted there is gone. */
  readonly inTrash: boolean;
  readonly may: FolderPowers;
}

/** The folders of one mailbox. */
export interface FolderSection {
  readonly mailbox: number;
  /** Undefined for the primary one. */
  readonly title: string | undefined;
  readonly own: boolean;
  readonly mayAdd: boolean;
  readonly folders: readonly FolderCard[];
}

/** What was typed for a new folder, where it was refused. */
export interface NewFolder {
  readonly mailbox: number;
  readonly name: string;
  readonly parent: string;
  readonly errors: FieldErrors;
}

const COLOUR_WORDS = [
  { value: "", label: key("No colour") },
  { value: "red", label: key("Red") },
  { value: "orange", label: key("Orange") },
  { value: "yellow", label: key("Yellow") },
  { value: "green", label: key("Green") },
  { value: "teal", label: key("Teal") },
  { value: "blue", label: key("Blue") },
  { value: "purple", label: key("Purple") },
  { value: "pink", label: key("Pink") },
] as const;

const ROLE_WORDS = [
  { value: "", label: key("Nothing in particular") },
  { value: "Drafts", label: key("Drafts") },
  { value: "Sent", label: key("Sent messages") },
  { value: "Archive", label: key("Archived messages") },
  { value: "Junk", label: key("Junk mail") },
  { value: "Trash", label: key("Deleted messages") },
] as const;

const Above = ({
  id,
  value,
  folders,
  none,
}: {
  id: string;
  value: string;
  folders: readonly FolderCard[];
  none: string;
}) => (
  <div class="field">
    <label for={id}>{t("Inside")}</label>
    <select class="input" id={id} name="parent">
      <option value="" selected={value === ""}>
        {none}
      </option>
      {folders.map((folder) => {
        const name = folder.parent === "" ? folder.name : `${folder.parent}/${folder.name}`;
        return (
          <option value={name} selected={name === value}>
            {`${"\u2003".repeat(folder.depth)}${folder.label}`}
          </option>
        );
      })}
    </select>
  </div>
);

const AddFolder = ({
  section,
  csrf,
  typed,
}: {
  section: FolderSection;
  csrf: string;
  typed: NewFolder | undefined;
}) => {
  const { mailbox, folders } = section;
  const mine = typed?.mailbox === mailbox ? typed : undefined;
  return (
    <details class="folder-add" open={mine !== undefined}>
      <summary class="btn">
        <Icon name="folderPlus" />
        {t("New folder")}
      </summary>
      <form class="folder-add-form" action={FOLDERS} method="post">
        <CsrfField token={csrf} />
        <input type="hidden" name="mailbox" value={mailbox} />
        <TextField
          label={t("Name")}
          name="name"
          value={mine?.name ?? ""}
          required
          {...(mine?.errors.name && { error: mine.errors.name })}
          attributes={{ maxlength: 200, autocomplete: "off", autofocus: mine !== undefined }}
        />
        <Above
          id={`parent-${mailbox}`}
          value={mine?.parent ?? ""}
          folders={folders.filter(({ may }) => may.addBelow)}
          none={t("No other folder")}
        />
        <FormActions label={t("Make the folder")} />
      </form>
    </details>
  );
};

const FolderLine = ({ folder }: { folder: FolderCard }) => (
  <tr>
    <th scope="row">
      <a
        class={`folder-name depth-${Math.min(folder.depth, 4)}`}
        href={folder.href}
        data-colour={folder.colour || undefined}
      >
        <Icon name={folder.icon} />
        <bdi class="clip">{folder.label}</bdi>
      </a>
    </th>
    <td class="num">{formats().number(folder.messages)}</td>
    <td class="num">{folder.unread > 0 ? formats().number(folder.unread) : ""}</td>
    <td class="num folder-size">{sizeWords(folder.size)}</td>
    <td>
      <a
        class="btn btn-quiet btn-small"
        href={folderPage(folder.id)}
        aria-label={t("Change {folder}", { folder: folder.label })}
      >
        {t("Change")}
      </a>
    </td>
  </tr>
);

/** All folders of all mailboxes. */
export const FoldersPage = ({
  sections,
  csrf,
  typed,
}: {
  sections: readonly FolderSection[];
  csrf: string;
  typed: NewFolder | undefined;
}) => (
  <>
    <PageHead
      title={t("Folders")}
      lede={t("Your folders, with what lies in them. Every mail program of yours sees the same ones.")}
    />
    <div class="stack">
      {sections.map((section) => (
        <section class="panel panel-flush folder-section">
          <div class="panel-head">
            <h2>{section.title ?? t("My folders")}</h2>
            {section.mayAdd ? <AddFolder section={section} csrf={csrf} typed={typed} /> : null}
          </div>
          <table class="table folder-table">
            <thead>
              <tr>
                <th scope="col">{t("Folder")}</th>
                <th scope="col" class="num">
                  {t("Messages")}
                </th>
                <th scope="col" class="num">
                  {t("Unread")}
                </th>
                <th scope="col" class="num folder-size">
                  {t("Size")}
                </th>
                <th scope="col">
                  <span class="visually-hidden">{t("Change")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {section.folders.map((folder) => (
                <FolderLine folder={folder} />
              ))}
            </tbody>
          </table>
        </section>
      ))}
    </div>
  </>
);

/** Something that may be done at once, or after a question. */
interface Act {
  readonly icon: IconName;
  readonly label: string;
  readonly does: string;
  readonly asks?: string;
}

const Doing = ({ act: { icon, label, does, asks }, class: look }: { act: Act; class: string }) =>
  asks === undefined ? (
    <button class={look} type="submit" name="do" value={does}>
      <Icon name={icon} />
      {label}
    </button>
  ) : (
    <a class={look} href={asks} hx-get={asks} hx-target="#dialog">
      <Icon name={icon} />
      {label}
    </a>
  );

const emptyLabel = (role: string) =>
  role === "Trash" ? t("Empty the trash") : role === "Junk" ? t("Delete all junk") : t("Delete all messages");

/** What may be done with a folder now. */
function actsOf({ id, may, unread, messages, role, inTrash }: FolderCard): Act[] {
  const acts: (Act | false)[] = [
    may.read && unread > 0 && { does: "read", icon: "mailOpen", label: t("Mark all as read") },
    may.empty &&
      messages > 0 && {
        ...{ does: "empty", icon: "trash", label: emptyLabel(role), asks: `${folderPage(id)}/empty` },
      },
    may.remove && {
      ...{ does: "remove", icon: "close" },
      label: inTrash ? t("Delete the folder for good") : t("Delete the folder"),
    },
  ];
  return acts.filter((act) => act !== false);
}

/** One folder: what may be done with it, and how it is. */
export const FolderPage = ({
  folder,
  others,
  csrf,
  errors = {},
  sharing,
}: {
  folder: FolderCard;
  /** Folders of the same mailbox in which it may stand. */
  others: readonly FolderCard[];
  csrf: string;
  errors?: FieldErrors;
  /** Where its mailbox is shared; undefined for those of others. */
  sharing: string | undefined;
}) => (
  <>
    <PageHead
      title={folder.label}
      lede={
        <>
          {tn(folder.messages, "{n} message", "{n} messages")}, {sizeWords(folder.size)}
        </>
      }
    >
      <a class="btn" href={folder.href}>
        <Icon name="mail" />
        {t("Open")}
      </a>
      <a class="btn btn-quiet" href={FOLDERS}>
        {t("All folders")}
      </a>
    </PageHead>
    <div class="stack">
      <Problem text={errors[""]} />
      <form class="row" action={`${folderPage(folder.id)}/act`} method="post">
        <CsrfField token={csrf} />
        {actsOf(folder).map((act) => (
          <Doing act={act} class="btn" />
        ))}
        {folder.may.addBelow ? (
          <a class="btn" href={`${FOLDERS}?in=${folder.id}`}>
            <Icon name="folderPlus" />
            {t("New folder inside")}
          </a>
        ) : null}
        {sharing ? (
          <a class="btn" href={sharing}>
            <Icon name="users" />
            {t("Share")}
          </a>
        ) : null}
      </form>
      <form class="panel form" action={folderPage(folder.id)} method="post">
        <CsrfField token={csrf} />
        {folder.may.rename ? (
          <>
            <TextField
              label={t("Name")}
              name="name"
              value={folder.name}
              required
              {...(errors.name && { error: errors.name })}
              attributes={{ maxlength: 200, autocomplete: "off" }}
            />
            <Above id="parent" value={folder.parent} folders={others} none={t("No other folder")} />
          </>
        ) : null}
        <fieldset class="field">
          <legend>{t("Colour")}</legend>
          <div class="folder-colours">
            {COLOUR_WORDS.map(({ value, label }) => (
              <label class="folder-colour" data-colour={value || undefined} title={t(label)}>
                <input
                  type="radio"
                  name="colour"
                  value={value}
                  checked={value === folder.colour}
                  aria-label={t(label)}
                />
              </label>
            ))}
          </div>
        </fieldset>
        {folder.may.own && folder.role !== "Inbox" ? <OwnersFields folder={folder} /> : null}
        <FormActions label={t("Save changes")} cancel={FOLDERS} />
      </form>
    </div>
  </>
);

const OwnersFields = ({ folder }: { folder: FolderCard }) => (
  <>
    <div class="field">
      <label for="role">{t("What it is for")}</label>
      <select class="input" id="role" name="role" aria-describedby="role-hint">
        {ROLE_WORDS.map(({ value, label }) => (
          <option value={value} selected={value === folder.role}>
            {t(label)}
          </option>
        ))}
      </select>
      <p class="hint" id="role-hint">
        {t("Each of these is for one folder; the one that had it before loses it.")}
      </p>
    </div>
    <label class="check">
      <input type="checkbox" name="subscribed" checked={folder.subscribed} />
      <span>{t("Show it among the folders, here and in mail programs")}</span>
    </label>
  </>
);

/** The question before all messages of a folder are gone. */
export const EmptyQuestion = ({ folder, csrf, alone }: { folder: FolderCard; csrf: string; alone?: boolean }) => (
  <form class="form" action={`${folderPage(folder.id)}/act`} method="post">
    <CsrfField token={csrf} />
    {alone ? <h1 class="as-h2">{emptyLabel(folder.role)}?</h1> : <h2>{emptyLabel(folder.role)}?</h2>}
    <p>
      {tn(
        folder.messages,
        "{n} message of {folder} is deleted for good.",
        "{n} messages of {folder} are deleted for good.",
        { folder: folder.label },
      )}{" "}
      {folder.role === "Trash" ? t("So are the folders in it.") : null}
    </p>
    <div class="form-actions">
      <a class="btn" href={folder.href} data-close autofocus>
        {t("Keep them")}
      </a>
      <button class="btn btn-danger" type="submit" name="do" value="empty">
        {t("Delete for good")}
      </button>
    </div>
  </form>
);

/** The menu of a folder in the rail. */
export const FolderMenu = ({
  folder,
  csrf,
  sharing,
}: {
  folder: FolderCard;
  csrf: string;
  sharing: string | undefined;
}) => (
  <form {...actAttributes(`${folderPage(folder.id)}/act`)}>
    <CsrfField token={csrf} />
    <p class="mail-menu-title clip">
      <bdi>{folder.label}</bdi>
    </p>
    {actsOf(folder).map((act) => (
      <Doing act={act} class="mail-menu-item" />
    ))}
    {folder.may.addBelow ? (
      <a class="mail-menu-item" href={`${FOLDERS}?in=${folder.id}`}>
        <Icon name="folderPlus" />
        {t("New folder inside")}
      </a>
    ) : null}
    <a class="mail-menu-item" href={folderPage(folder.id)}>
      <Icon name="settings" />
      {folder.may.rename ? t("Rename, move, more") : t("More")}
    </a>
    {sharing ? (
      <a class="mail-menu-item" href={sharing}>
        <Icon name="users" />
        {t("Share")}
      </a>
    ) : null}
    <div class="folder-colours">
      {COLOUR_WORDS.map(({ value, label }) => (
        <button
          class="folder-colour"
          type="submit"
          name="colour"
          value={value}
          data-colour={value || undefined}
          aria-pressed={value === folder.colour ? "true" : "false"}
          aria-label={t(label)}
          title={t(label)}
        />
      ))}
    </div>
  </form>
);
