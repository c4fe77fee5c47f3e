/** Junk of one's own mailbox: what it has learned, where its Junk begins, and teaching it with a folder. */
import { ActionButton, CsrfField, type FieldErrors, FormActions, Select, TextField } from "../parts/forms.tsx";
import { Problem } from "../parts/telling.tsx";
import { formTo, type OptionsFrame, OptionsPage } from "./options.tsx";
import { BELOW, type MailboxHead } from "./options-mailbox.tsx";

export interface JunkPage extends MailboxHead {
  /** Messages from which was learned what is junk, and what is none. */
  readonly spam: number;
  readonly ham: number;
  /** As it was typed; "" for as everywhere. */
  readonly junkAt: string;
  /** What holds where nothing is set. */
  readonly usualAt: number;
  readonly folders: readonly string[];
  readonly errors: FieldErrors;
}

const counted = (count: number) => (count === 1 ? "1 message" : `${count.toLocaleString("en")} messages`);

const Teaching = ({ frame, page }: { frame: OptionsFrame; page: JunkPage }) => (
  <form class="panel form" {...formTo(`${page.href}/junk/train`)}>
    <h2>Learn from a folder</h2>
    <CsrfField token={frame.csrf} />
    <Select
      label="Folder"
      name="folder"
      value={page.folders[0] ?? ""}
      error={page.errors.folder}
      options={page.folders.map((name) => ({ value: name, label: name === "INBOX" ? "Inbox" : name }))}
    />
    <Select
      label="Its messages"
      name="kind"
      value="ham"
      options={[
        { value: "ham", label: "are wanted" },
        { value: "spam", label: "are junk" },
        { value: "none", label: "taught something wrong: take it back" },
      ]}
    />
    <FormActions label="Learn" />
  </form>
);

export const MailboxJunk = ({ frame, page }: { frame: OptionsFrame; page: JunkPage }) => (
  <OptionsPage
    frame={frame}
    title="Junk"
    under={BELOW(page)}
    lede="Mail that is moved into Junk, and out of it, teaches what junk is here."
  >
    <Problem text={page.errors[""]} />
    <dl class="facts">
      <dt>Junk it knows</dt>
      <dd>{counted(page.spam)}</dd>
      <dt>Wanted mail it knows</dt>
      <dd>{counted(page.ham)}</dd>
    </dl>
    <form class="panel form" {...formTo(`${page.href}/junk`)}>
      <CsrfField token={frame.csrf} />
      <TextField
        label="Mail goes to Junk from this score"
        name="junkAt"
        value={page.junkAt}
        error={page.errors.junkAt}
        hint={`Empty: ${page.usualAt}, as everywhere. Lower is stricter; 100: never.`}
        short
        attributes={{ inputmode: "decimal", maxlength: 10 }}
      />
      <FormActions label="Save changes" />
    </form>
    <Teaching frame={frame} page={page} />
    <ActionButton
      action={`${page.href}/junk/reset`}
      csrf={frame.csrf}
      label="Forget what it has learned"
      icon="trash"
      class="btn"
    />
  </OptionsPage>
);
