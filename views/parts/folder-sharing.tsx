/** Rights on single folders of a mailbox, and whose read marks there are: below the sharing of the whole, wherever that is changed. */

import { folderName } from "../words/folders.ts";
import { t } from "../words/words.ts";
import { ActionButton, Check, CsrfField, EXACT, FormActions, Select, TextField } from "./forms.tsx";

export interface FolderSharingPart {
  /** The page of sharing, below which the forms are posted. */
  readonly at: string;
  readonly csrf: string;
  readonly folders: readonly string[];
  readonly shares: readonly { readonly folder: string; readonly name: string; readonly words: string }[];
  readonly choices: readonly { readonly value: string; readonly label: string }[];
  readonly ownReadMarks: boolean;
  /** What was typed. */
  readonly folder: string;
  readonly who: string;
  readonly may: string;
  /** Why that was refused; "" where it was not. */
  readonly problem: string;
}

const Shares = ({ part: { shares, at, csrf } }: { part: FolderSharingPart }) => (
  <section class="panel panel-flush" aria-label={t("Folders with rights of their own")}>
    <ul class="lines">
      {shares.map(({ folder, name, words }) => (
        <li>
          <span class="two">
            <bdi class="strong clip">{folderName(folder)}</bdi>
            <span class="muted small clip">{`${name.replace(/^-/, "")} · ${words}`}</span>
          </span>
          <ActionButton
            action={`${at}/folder/remove`}
            csrf={csrf}
            label={t("Let the mailbox's rights hold for {name} in {folder} again", {
              name,
              folder: folderName(folder),
            })}
            icon="trash"
            class="btn btn-quiet btn-small"
            iconOnly
            fields={{ folder, who: name }}
          />
        </li>
      ))}
    </ul>
  </section>
);

export const FolderSharing = ({ part }: { part: FolderSharingPart }) => (
  <>
    {part.shares.length === 0 ? null : <Shares part={part} />}
    <form class="panel form" action={`${part.at}/folder`} method="post">
      <CsrfField token={part.csrf} />
      <h2>{t("Rights in one folder")}</h2>
      <p class="hint">
        {t("They hold there instead of those on the whole mailbox. New folders take those of the one above.")}
      </p>
      <div class="fields">
        <Select
          label={t("Folder")}
          name="folder"
          value={part.folder}
          options={part.folders.map((name) => ({ value: name, label: folderName(name) }))}
        />
        <TextField
          label={t("For")}
          name="who"
          value={part.who}
          error={part.problem}
          required
          attributes={EXACT}
          hint={t("A login name, or anyone.")}
        />
        <Select label={t("May there")} name="may" value={part.may} options={part.choices} />
      </div>
      <FormActions label={t("Set rights")} plain />
    </form>
    <form class="panel form" action={`${part.at}/marks`} method="post">
      <CsrfField token={part.csrf} />
      <h2>{t("Read marks")}</h2>
      <Check
        name="ownReadMarks"
        as="switch"
        label={t("Each reader has own read marks")}
        checked={part.ownReadMarks}
        hint={t(
          "What one has read stays unread for the others. Otherwise a message is read for all once anybody has read it.",
        )}
      />
      <FormActions label={t("Save")} plain />
    </form>
  </>
);
