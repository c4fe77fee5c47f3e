/** What becomes of mail in one's own mailbox: when it expires, and who else sees it. */
import { FolderSharing, type FolderSharingPart } from "../parts/folder-sharing.tsx";
import {
  ActionButton,
  CsrfField,
  EXACT,
  FieldError,
  type FieldErrors,
  FormActions,
  Select,
  TextField,
} from "../parts/forms.tsx";
import { Notice, Problem } from "../parts/telling.tsx";
import { folderName } from "../words/folders.ts";
import { key, t } from "../words/words.ts";
import { formTo, type OptionsFrame, OptionsPage } from "./options.tsx";
import { BELOW, type MailboxHead } from "./options-mailbox.tsx";

/** One rule of expiry. */
export interface ExpiryRow {
  readonly folder: string;
  readonly days: string;
  readonly action: "archive" | "delete";
}

export interface ExpiryPage extends MailboxHead {
  /** The rules there are, and an empty one to fill in. */
  readonly rows: readonly ExpiryRow[];
  readonly folders: readonly string[];
  /** Rules of the mail group, which hold where there is none here. */
  readonly inherited: readonly string[];
  readonly errors: FieldErrors;
}

const EVERY = { value: "*", label: key("Every other folder") };
const ACTIONS = [
  { value: "archive", label: key("Move to the archive") },
  { value: "delete", label: key("Delete for good") },
];

const Option = ({ value, label, chosen }: { value: string; label: string; chosen: boolean }) => (
  <option value={value} selected={chosen}>
    {label}
  </option>
);

const ExpiryRule = ({ row, at, folders }: { row: ExpiryRow; at: number; folders: readonly string[] }) => {
  const known =
    row.folder === "" || row.folder === "*" || folders.includes(row.folder) ? folders : [row.folder, ...folders];
  return (
    <fieldset class="rule">
      <legend class="visually-hidden">{t("Rule {at}", { at: at + 1 })}</legend>
      <select class="input" name="folder" aria-label={t("Folder")}>
        <Option value="" label={t("No folder")} chosen={row.folder === ""} />
        {known.map((name) => (
          <Option value={name} label={folderName(name)} chosen={row.folder === name} />
        ))}
        <Option {...EVERY} label={t(EVERY.label)} chosen={row.folder === "*"} />
      </select>
      <div class="input-group">
        <input
          class="input"
          name="days"
          type="number"
          min={1}
          max={9999}
          value={row.days}
          aria-label={t("After how many days")}
          inputmode="numeric"
        />
        <span class="addon">{t("days")}</span>
      </div>
      <select class="input" name="action" aria-label={t("What happens then")}>
        {ACTIONS.map((action) => (
          <Option value={action.value} label={t(action.label)} chosen={action.value === row.action} />
        ))}
      </select>
    </fieldset>
  );
};

export const MessageExpiry = ({ frame, page }: { frame: OptionsFrame; page: ExpiryPage }) => (
  <OptionsPage
    frame={frame}
    title={t("Message expiry")}
    under={BELOW(page)}
    lede={t(
      "Lets old messages of a folder go. Age counts from the day a message came into its folder; nothing expires where no rule says so.",
    )}
  >
    <Problem text={page.errors[""]} />
    {page.inherited.length === 0 ? null : (
      <Notice kind="info" title={t("Your administrator has set for all mailboxes of your group")}>
        {page.inherited.map((rule) => (
          <p>{rule}</p>
        ))}
      </Notice>
    )}
    <form class="panel form" {...formTo(`${page.href}/expiry`)}>
      <CsrfField token={frame.csrf} />
      <div class="stack">
        {page.rows.map((row, at) => (
          <ExpiryRule row={row} at={at} folders={page.folders} />
        ))}
      </div>
      <FieldError name="rules" error={page.errors.rules} />
      <p class="hint">{t("Empty the days of a rule to take it away. An empty rule is added with each saving.")}</p>
      <FormActions label={t("Save changes")} />
    </form>
  </OptionsPage>
);

/** Somebody who reaches the mailbox too. */
export interface ShareLine {
  readonly login: string;
  readonly fullName: string;
  readonly preset: string | null;
  /** What the rights allow, in words. */
  readonly words: string;
}

export interface SharingPage extends MailboxHead {
  readonly shares: readonly ShareLine[];
  readonly presets: readonly { readonly value: string; readonly label: string }[];
  readonly login: string;
  readonly rights: string;
  readonly errors: FieldErrors;
  readonly folderSharing: FolderSharingPart;
}

export const Sharing = ({ frame, page }: { frame: OptionsFrame; page: SharingPage }) => (
  <OptionsPage
    frame={frame}
    title={t("Sharing")}
    under={BELOW(page)}
    lede={t(
      "Lets others here into this mailbox, with their own password. They see its folders in webmail and in their mail programs.",
    )}
  >
    <Problem text={page.errors[""]} />
    {page.shares.length === 0 ? (
      <p class="muted">{t("Nobody but you reaches this mailbox.")}</p>
    ) : (
      <section class="panel panel-flush" aria-label={t("Who reaches this mailbox")}>
        <ul class="lines">
          {page.shares.map((share) => (
            <li>
              <span class="two">
                <bdi class="strong clip">{share.fullName || share.login}</bdi>
                <span class="muted small clip">
                  {[share.fullName ? share.login : "", share.words].filter(Boolean).join(" · ")}
                </span>
              </span>
              <ActionButton
                action={`${page.href}/sharing/remove`}
                csrf={frame.csrf}
                label={t("Let {login} in no longer", { login: share.login })}
                icon="trash"
                class="btn btn-quiet btn-small"
                iconOnly
                fields={{ login: share.login }}
              />
            </li>
          ))}
        </ul>
      </section>
    )}
    <form class="panel form" {...formTo(`${page.href}/sharing`)}>
      <CsrfField token={frame.csrf} />
      <h2>{t("Let somebody in")}</h2>
      <div class="fields">
        <TextField
          label={t("Login name")}
          name="login"
          value={page.login}
          error={page.errors.login}
          required
          attributes={EXACT}
        />
        <Select label={t("May")} name="rights" value={page.rights} error={page.errors.rights} options={page.presets} />
      </div>
      <FormActions label={t("Share")} />
    </form>
    <FolderSharing part={page.folderSharing} />
  </OptionsPage>
);
