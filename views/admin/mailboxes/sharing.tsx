/** The tab Sharing: who else reaches the mailbox, and with which rights. */
import { FolderSharing, type FolderSharingPart } from "../../parts/folder-sharing.tsx";
import { ActionButton, Check, Choices, CsrfField, FormActions } from "../../parts/forms.tsx";
import { Icon } from "../../parts/icon.tsx";
import { NamedField } from "../../parts/named.tsx";
import { type TabForm, textIn, tickedIn } from "../../parts/tabs.tsx";
import { Badge, Empty, Problem } from "../../parts/telling.tsx";
import { atUser } from "../users/path.ts";

/** Somebody who reaches the mailbox. */
export interface ShareRow {
  readonly login: string;
  readonly fullName: string;
  readonly rights: string;
  /** What these rights are called; "" where they have no name. */
  readonly words: string;
}

export interface SharingTab {
  readonly id: number;
  readonly owner: string;
  readonly shares: readonly ShareRow[];
  /** The person whose rights the form changes; "" for somebody new. */
  readonly login: string;
  /** The preset, or "own" for single rights. */
  readonly preset: string;
  readonly rights: string;
  readonly letters: readonly { readonly letter: string; readonly words: string }[];
  readonly form: TabForm;
  readonly folderSharing: FolderSharingPart;
}

const PRESETS = [
  { value: "read", label: "Read", hint: "See folders and messages, and mark them as read." },
  { value: "write", label: "Read and file", hint: "Also flag, move, add and delete messages." },
  { value: "everything", label: "Everything", hint: "Also make and remove folders, and share them." },
  { value: "own", label: "Single rights", hint: "As mail programs know them (RFC 4314)." },
] as const;

const Line = ({ share, at, csrf }: { share: ShareRow; at: string; csrf: string }) => (
  <li>
    <span class="two">
      {share.login === "anyone" ? (
        <span class="strong clip">{share.fullName}</span>
      ) : (
        <a class="strong clip" href={atUser(share.login)}>
          {share.fullName || share.login}
        </a>
      )}
      {share.fullName ? <span class="muted small clip">{share.login}</span> : null}
    </span>
    <span class="row end row-s">
      {share.words === "" ? <code class="muted">{share.rights}</code> : <Badge kind="info">{share.words}</Badge>}
      <a
        class="btn btn-quiet btn-small btn-icon"
        href={`${at}?login=${encodeURIComponent(share.login)}`}
        hx-get={`${at}?login=${encodeURIComponent(share.login)}`}
        hx-target="#properties"
        hx-swap="outerHTML"
        hx-push-url="true"
        title={`Change the rights of ${share.login}`}
        aria-label={`Change the rights of ${share.login}`}
      >
        <Icon name="compose" />
      </a>
      <ActionButton
        action={`${at}/remove`}
        csrf={csrf}
        label={`Let ${share.login} in no longer`}
        icon="trash"
        class="btn btn-quiet btn-small"
        iconOnly
        fields={{ login: share.login }}
      />
    </span>
  </li>
);

const ShareForm = ({ tab: { form, ...tab }, at }: { tab: SharingTab; at: string }) => (
  <form class="panel form share-form" action={at} method="post">
    <CsrfField token={form.csrf} />
    <h2>{tab.login === "" ? "Let somebody in" : `Rights of ${tab.login}`}</h2>
    <Problem text={form.errors[""]} />
    {tab.login === "" ? (
      <NamedField
        label="User"
        name="login"
        value={textIn(form, "login", "")}
        error={form.errors.login}
        required
        from="/admin/mailboxes/people"
        hint="By the login name, or anyone for everybody. They sign in with their own passwords, as always."
      />
    ) : (
      <input type="hidden" name="login" value={tab.login} />
    )}
    <Choices
      legend="May"
      name="preset"
      value={textIn(form, "preset", tab.preset)}
      error={form.errors.rights}
      options={PRESETS}
    />
    <fieldset class="field when-own">
      <legend>Rights</legend>
      {tab.letters.map(({ letter, words }) => (
        <Check
          name={`right.${letter}`}
          label={
            <>
              {words} <code class="muted">{letter}</code>
            </>
          }
          checked={tickedIn(form, `right.${letter}`, tab.rights.includes(letter))}
        />
      ))}
    </fieldset>
    <FormActions label={tab.login === "" ? "Share" : "Save rights"} {...(tab.login !== "" && { cancel: at })} />
  </form>
);

export const Sharing = ({ tab }: { tab: SharingTab }) => {
  const at = `/admin/mailboxes/${tab.id}/sharing`;
  return (
    <div class="split split-form">
      <div class="stack">
        <section class="panel panel-flush" aria-label="Who reaches this mailbox">
          {tab.shares.length === 0 ? (
            <Empty icon="users" title={`Only ${tab.owner} reaches it`}>
              <p>Others are let in with their own password: a shared mailbox needs no shared password.</p>
            </Empty>
          ) : (
            <ul class="lines">
              {tab.shares.map((share) => (
                <Line share={share} at={at} csrf={tab.form.csrf} />
              ))}
            </ul>
          )}
        </section>
        <FolderSharing part={tab.folderSharing} />
      </div>
      <ShareForm tab={tab} at={at} />
    </div>
  );
};
