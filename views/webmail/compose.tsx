/**
 * Writing a message. A plain form: without a script it is saved and sent by its buttons, as plain text. With writing.js it saves itself
 * while one types, text can have formatting, and files go up as soon as they are chosen, dropped or pasted.
 */
import { CsrfField, FieldError, type FieldErrors } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { Notice } from "../parts/telling.tsx";
import { t } from "../words/words.ts";
import { FormatBar, LinkDialog } from "./compose-tools.tsx";
import { type LaterChoice, SendLater } from "./send-later.tsx";
import { TemplatesMenu } from "./templates-menu.tsx";

/** A file of the draft. */
export interface DraftFile {
  /** Names the part within the stored draft. */
  readonly part: string;
  readonly name: string;
  readonly size: string;
}

/** A file of the message that is forwarded, not yet in the draft. */
export interface OfferedFile extends DraftFile {
  readonly taken: boolean;
}

/** What the form holds. */
export interface Draft {
  /** Stays the same through all versions of this draft; becomes the Message-ID. */
  readonly key: string;
  /** The UID of the stored version; 0 while nothing is stored. */
  readonly uid: number;
  /** What is answered or forwarded: "reply:3.17", "forward:3.17", or "". */
  readonly about: string;
  readonly from: string;
  readonly to: string;
  readonly cc: string;
  readonly bcc: string;
  readonly subject: string;
  readonly format: "rich" | "plain";
  readonly text: string;
  /** The text with its formatting, for the editor; "" where the format is plain. */
  readonly html: string;
  readonly priority: "" | "high" | "low";
  /** A receipt is asked for. */
  readonly receipt: boolean;
  readonly files: readonly DraftFile[];
  readonly offered: readonly OfferedFile[];
}

/** An address the writer may send from. */
export interface Sender {
  readonly address: string;
  /** With his name. */
  readonly label: string;
  /** As it stands in a letter; "" for none. */
  readonly signature: { readonly text: string; readonly html: string };
}

/** The page. */
export interface ComposePage {
  readonly draft: Draft;
  readonly identities: readonly Sender[];
  readonly errors: FieldErrors;
  /** What went wrong as a whole, above the form. */
  readonly problem: string | undefined;
  /** The text speaks of a file, and there is none. */
  readonly forgotten: boolean;
  readonly csrf: string;
  /** Whose copies on this device are taken up again. */
  readonly user: number;
  /** Largest sum of files, in words. */
  readonly limit: string;
  /** The same in octets: a larger file goes behind a link. */
  readonly mostOctets: number;
  /** When a version was stored last, as clock time. */
  readonly saved: string | undefined;
  /** Times at which it can leave, and one as a field has it. */
  readonly templates: readonly { readonly id: number; readonly name: string }[];
  readonly later: { readonly moments: readonly LaterChoice[]; readonly local: string };
  readonly title: string;
  readonly back: string;
  /** Where pictures of the text are; a Content-ID follows. */
  readonly picture: string;
  /** Large drafts save themselves less often: each time all of it is written anew. */
  readonly saveSeconds: number;
}

/** What the script says. It finds these words in the page, so that they are in the reader's language. */
const words = () => ({
  saving: t("Saving …"),
  unsaved: t("The server cannot be reached. What you write is kept on this device."),
  signedOut: t(
    "You are signed out. What you write is kept on this device; sign in in another window, and it is saved.",
  ),
  refused: t("Not saved: {why}"),
  broughtBack: t("Brought back from this device: it had not been saved."),
  elsewhere: t("A message that was not saved is kept on this device: {subject}"),
  takeUp: t("Go on writing it"),
  forget: t("Throw it away"),
  noSubject: t("without a subject"),
  sending: t("Sending …"),
  notSent: t("The server cannot be reached, so nothing was sent. Your message is kept; send it again in a moment."),
  cancel: t("Cancel"),
  failed: t("{name} could not be attached: {why}"),
  unreachable: t("the server cannot be reached."),
  drop: t("Drop files here"),
  losesFormat: t("As plain text this message loses its formatting and pictures. Go on?"),
});

/** The state of the draft: what ties the form to its stored version, and when that was stored. */
export const DraftState = ({ draft, saved }: { draft: Draft; saved: string | undefined }) => (
  <span
    class="compose-state muted small"
    id="draft-state"
    role="status"
    data-href={draft.uid === 0 ? undefined : `/mail/compose?key=${encodeURIComponent(draft.key)}`}
  >
    <input type="hidden" name="draft" value={draft.uid} form="compose" />
    {saved ? t("Saved {time}", { time: saved }) : ""}
  </span>
);

export const AddressLine = ({
  label,
  name,
  value,
  error,
  focus,
}: {
  label: string;
  name: string;
  value: string;
  error: string | undefined;
  focus?: boolean;
}) => (
  <div class="compose-line">
    <label for={name}>{label}</label>
    <div class="compose-address">
      <input
        class="compose-input"
        id={name}
        name={name}
        value={value}
        type="text"
        dir="auto"
        inputmode="email"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        role="combobox"
        aria-autocomplete="list"
        aria-expanded="false"
        aria-controls={`${name}-options`}
        data-complete="/mail/compose/complete"
        aria-invalid={error ? "true" : undefined}
        aria-describedby={error ? `${name}-error` : undefined}
        autofocus={focus}
      />
      <div
        class="compose-options"
        id={`${name}-options`}
        role="listbox"
        tabindex={-1}
        aria-label={t("Addresses for {field}", { field: label })}
        hidden
      />
      <FieldError name={name} error={error} />
    </div>
  </div>
);

/** The files, and the way to add more. Replaced as a whole after a file went up. */
export const ComposeFiles = ({ page }: { page: ComposePage }) => {
  const { draft } = page;
  return (
    <div class="compose-files" id="compose-files">
      {draft.files.length + draft.offered.length === 0 ? null : (
        <ul>
          {draft.files.map((file) => (
            <li class="mail-attachment">
              <Icon name="attachment" />
              <span class="mail-attachment-name">
                <bdi class="clip">{file.name}</bdi>
                <span class="muted small num">{file.size}</span>
              </span>
              <button
                class="btn btn-quiet btn-small btn-icon"
                type="submit"
                name="remove"
                value={file.part}
                formnovalidate
                title={t("Remove")}
                aria-label={t("Remove {name}", { name: file.name })}
              >
                <Icon name="close" />
              </button>
            </li>
          ))}
          {draft.offered.map((file) => (
            <li class="mail-attachment">
              <input
                type="checkbox"
                name="take"
                value={file.part}
                checked={file.taken}
                id={`take-${file.part}`}
                aria-label={t("Forward {name}", { name: file.name })}
              />
              <label class="mail-attachment-name" for={`take-${file.part}`}>
                <bdi class="clip">{file.name}</bdi>
                <span class="muted small num">{file.size}</span>
              </label>
            </li>
          ))}
        </ul>
      )}
      <label class="compose-add">
        <Icon name="attachment" />
        <span>{t("Add files")}</span>
        <span class="muted small">{t("up to {limit} together", { limit: page.limit })}</span>
        <input type="file" name="file" multiple />
      </label>
    </div>
  );
};

const BODY_ROWS = 14;

/**
 * The text, in one of its forms. The field of plain text is always there, for browsers without a script; the script shows the editor
 * where the format is rich, and says so in the field `format`.
 */
export const ComposeText = ({ page }: { page: ComposePage }) => {
  const { draft } = page;
  return (
    <div class="compose-body" id="compose-body" data-format={draft.format}>
      <input type="hidden" name="format" value="plain" />
      <input type="hidden" name="html" value={draft.html} />
      <FormatBar format={draft.format} />
      <label class="visually-hidden" for="text">
        {t("Text")}
      </label>
      <textarea
        class="compose-text"
        id="text"
        name="text"
        rows={BODY_ROWS}
        dir="auto"
        spellcheck
        autofocus={draft.to !== ""}
      >
        {/* A browser drops the first line end of a text area (HTML standard §13.2.6.4.7). */}
        {`\n${draft.text}`}
      </textarea>
      <div class="compose-rich" id="rich" dir="auto" spellcheck data-label={t("Text")} data-picture={page.picture} />
    </div>
  );
};

/** As whom one writes; with signatures, which the script exchanges. */
export const FromLine = ({
  identities,
  from,
  error,
}: {
  identities: readonly (Omit<Sender, "signature"> & Partial<Pick<Sender, "signature">>)[];
  from: string;
  error: string | undefined;
}) => {
  const [only] = identities;
  return (
    <div class="compose-line">
      <label for="from">{t("From")}</label>
      <div>
        {identities.length === 1 ? (
          <>
            <input type="hidden" name="from" value={only?.address} />
            <span class="compose-input">{only?.label}</span>
          </>
        ) : (
          <select class="compose-input" id="from" name="from" dir="auto">
            {identities.map((one) => (
              <option
                value={one.address}
                selected={one.address === from}
                data-text={one.signature?.text}
                data-html={one.signature?.html}
              >
                {one.label}
              </option>
            ))}
          </select>
        )}
        <FieldError name="from" error={error} />
      </div>
    </div>
  );
};

/** What is seldom wanted: how urgent it is, and a receipt. */
const Wishes = ({ draft }: { draft: Draft }) => (
  <div class="compose-wishes small">
    <label>
      <span class="muted">{t("Priority")}</span>
      <select name="priority">
        <option value="">{t("normal")}</option>
        <option value="high" selected={draft.priority === "high"}>
          {t("high")}
        </option>
        <option value="low" selected={draft.priority === "low"}>
          {t("low")}
        </option>
      </select>
    </label>
    <label>
      <input type="checkbox" name="receipt" checked={draft.receipt} />
      <span>{t("Ask for a receipt when it is read")}</span>
    </label>
  </div>
);

const Head = ({ page }: { page: ComposePage }) => (
  <header class="compose-head">
    <a
      class="btn btn-quiet btn-small btn-icon"
      href={page.back}
      title={t("Back")}
      aria-label={t("Back; what was saved stays in Drafts")}
    >
      <Icon name="arrowLeft" />
    </a>
    <h1>{page.title}</h1>
    <DraftState draft={page.draft} saved={page.saved} />
    <button
      class="btn btn-quiet btn-small"
      type="submit"
      name="do"
      value="discard"
      formnovalidate
      title={t("Throw this draft away")}
    >
      <Icon name="trash" />
      <span class="wide-only">{t("Discard")}</span>
    </button>
    <TemplatesMenu templates={page.templates} />
    <button class="btn btn-small wide-only" type="submit" name="do" value="save" formnovalidate>
      {t("Save draft")}
    </button>
    <button class="btn btn-primary btn-small" type="submit" name="do" value="send" data-key="send">
      <Icon name="send" />
      {t("Send")}
    </button>
    <SendLater {...page.later} />
  </header>
);

/** The page's form. */
export const Compose = ({ page }: { page: ComposePage }) => {
  const { draft, errors } = page;
  const copies = draft.cc !== "" || draft.bcc !== "" || errors.cc !== undefined || errors.bcc !== undefined;
  const more = copies || draft.priority !== "" || draft.receipt;
  return (
    <section
      class="compose"
      aria-label={page.title}
      data-compose={page.user}
      data-words={JSON.stringify(words())}
      data-save-seconds={page.saveSeconds}
      data-most={page.mostOctets}
    >
      <form
        id="compose"
        action={`/mail/compose?csrf=${page.csrf}`}
        method="post"
        enctype="multipart/form-data"
        novalidate
      >
        <CsrfField token={page.csrf} />
        <input type="hidden" name="key" value={draft.key} />
        <input type="hidden" name="about" value={draft.about} />
        <input type="hidden" name="back" value={page.back} />
        {/* Enter in a field presses the form's first button, whichever that is. */}
        <button class="visually-hidden" type="submit" name="do" value="save" tabindex={-1}>
          {t("Save draft")}
        </button>
        <Head page={page} />
        <div id="compose-notices" aria-live="polite">
          {page.problem ? (
            <Notice kind="danger">
              <p>{page.problem}</p>
            </Notice>
          ) : null}
          {page.forgotten ? (
            <Notice kind="warn">
              <p>{t("You write of an attachment, but there is no file. Add it, or send once more to leave it so.")}</p>
              <input type="hidden" name="sure" value="no-file" />
            </Notice>
          ) : null}
        </div>
        <div class="compose-fields" id="compose-fields">
          <FromLine identities={page.identities} from={draft.from} error={errors.from} />
          <AddressLine label={t("To")} name="to" value={draft.to} error={errors.to} focus={draft.to === ""} />
          <details class="compose-copies" open={more}>
            <summary class="muted small">{t("Cc, Bcc, priority, receipt")}</summary>
            <AddressLine label={t("Cc")} name="cc" value={draft.cc} error={errors.cc} />
            <AddressLine label={t("Bcc")} name="bcc" value={draft.bcc} error={errors.bcc} />
            <Wishes draft={draft} />
          </details>
          <div class="compose-line">
            <label for="subject">{t("Subject")}</label>
            <input
              class="compose-input"
              id="subject"
              name="subject"
              value={draft.subject}
              type="text"
              autocomplete="off"
              dir="auto"
              spellcheck
            />
          </div>
          <ComposeText page={page} />
        </div>
        <ul class="compose-uploads" id="compose-uploads" />
        <ComposeFiles page={page} />
      </form>
      <LinkDialog />
    </section>
  );
};
