/** Junk of one's own mailbox: what it has learned, what becomes of mail from which score, whose mail is wanted, and teaching it with a folder. */
import { ActionButton, CsrfField, type FieldErrors, FormActions, Select, TextField } from "../parts/forms.tsx";
import { Senders, type SendersPart } from "../parts/senders.tsx";
import { Problem } from "../parts/telling.tsx";
import { folderName } from "../words/folders.ts";
import { t, tn } from "../words/words.ts";
import { formTo, type OptionsFrame, OptionsPage } from "./options.tsx";
import { BELOW, type MailboxHead } from "./options-mailbox.tsx";

export interface JunkPage extends MailboxHead {
  /** Messages from which was learned what is junk, and what is none. */
  readonly spam: number;
  readonly ham: number;
  /** As it was typed; "" for as everywhere. */
  readonly junkAt: string;
  readonly quarantineAt: string;
  readonly refuseAt: string;
  /** What holds where nothing is set. */
  readonly usual: { readonly junkAt: number; readonly quarantineAt: number; readonly refuseAt: number };
  /** Whose mail is always or never wanted. */
  readonly senders: readonly { readonly pattern: string; readonly wanted: boolean }[];
  /** What was typed as further ones. */
  readonly patterns: string;
  readonly wanted: boolean;
  readonly folders: readonly string[];
  readonly errors: FieldErrors;
}

const counted = (count: number) => tn(count, "{n} message", "{n} messages");

const Teaching = ({ frame, page }: { frame: OptionsFrame; page: JunkPage }) => (
  <form class="panel form" {...formTo(`${page.href}/junk/train`)}>
    <h2>{t("Learn from a folder")}</h2>
    <CsrfField token={frame.csrf} />
    <Select
      label={t("Folder")}
      name="folder"
      value={page.folders[0] ?? ""}
      error={page.errors.folder}
      options={page.folders.map((name) => ({ value: name, label: folderName(name) }))}
    />
    <Select
      label={t("Its messages")}
      name="kind"
      value="ham"
      options={[
        { value: "ham", label: t("are wanted") },
        { value: "spam", label: t("are junk") },
        { value: "none", label: t("taught something wrong: take it back") },
      ]}
    />
    <FormActions label={t("Learn")} />
  </form>
);

const usualWords = (at: number) => (at >= 100 ? "never" : String(at));

const Limit = ({
  page,
  name,
  label,
  hint,
}: {
  page: JunkPage;
  name: keyof JunkPage["usual"];
  label: string;
  hint: string;
}) => (
  <TextField
    label={label}
    name={name}
    value={page[name]}
    error={page.errors[name]}
    hint={t("Empty: {usual}, as everywhere. {hint}", { usual: usualWords(page.usual[name]), hint })}
    short
    attributes={{ inputmode: "decimal", maxlength: 10 }}
  />
);

const senders = (page: JunkPage, { csrf }: OptionsFrame): SendersPart => {
  const { action, method: _, ...attributes } = formTo(`${page.href}/junk/senders`);
  const { senders, patterns, wanted, errors } = page;
  return { action, csrf, senders, patterns, wanted, errors, attributes };
};

export const MailboxJunk = ({ frame, page }: { frame: OptionsFrame; page: JunkPage }) => (
  <OptionsPage
    frame={frame}
    title={t("Junk")}
    under={BELOW(page)}
    lede={t("Mail that is moved into Junk, and out of it, teaches what junk is here.")}
  >
    <Problem text={page.errors[""]} />
    <dl class="facts">
      <dt>{t("Junk it knows")}</dt>
      <dd>{counted(page.spam)}</dd>
      <dt>{t("Wanted mail it knows")}</dt>
      <dd>{counted(page.ham)}</dd>
    </dl>
    <form class="panel form" {...formTo(`${page.href}/junk`)}>
      <CsrfField token={frame.csrf} />
      <Limit
        page={page}
        name="junkAt"
        label={t("Mail goes to Junk from this score")}
        hint={t("Lower is stricter; 100: never.")}
      />
      <Limit
        page={page}
        name="quarantineAt"
        label={t("It is held from this score")}
        hint={t("It stands under Held mail then, and is deleted after its time.")}
      />
      <Limit
        page={page}
        name="refuseAt"
        label={t("It is refused from this score")}
        hint={t("Its sender hears of it.")}
      />
      <FormActions label={t("Save changes")} />
    </form>
    <Senders part={senders(page, frame)} />
    <Teaching frame={frame} page={page} />
    <ActionButton
      action={`${page.href}/junk/reset`}
      csrf={frame.csrf}
      label={t("Forget what it has learned")}
      icon="trash"
      class="btn"
    />
  </OptionsPage>
);
