/**
 * Writing a message. A plain form: without a script it is saved and sent by its buttons; with htmx it saves itself while one types,
 * and files go up as soon as they are chosen.
 */
import { CsrfField, FieldError, type FieldErrors } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { Notice } from "../parts/telling.tsx";

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
  readonly text: string;
  readonly files: readonly DraftFile[];
  readonly offered: readonly OfferedFile[];
}

/** An address the writer may send from. */
export interface Identity {
  readonly address: string;
  /** With his name. */
  readonly label: string;
}

/** The page. */
export interface ComposePage {
  readonly draft: Draft;
  readonly identities: readonly Identity[];
  readonly errors: FieldErrors;
  /** What went wrong as a whole, above the form. */
  readonly problem: string | undefined;
  readonly csrf: string;
  /** Largest sum of files, in words. */
  readonly limit: string;
  /** When a version was stored last, as clock time. */
  readonly saved: string | undefined;
  readonly title: string;
  readonly back: string;
  /** Large drafts save themselves less often: each time all of it is written anew. */
  readonly saveDelay: string;
}

/** The state of the draft: what ties the form to its stored version, and when that was stored. */
export const DraftState = ({ draft, saved }: { draft: Draft; saved: string | undefined }) => (
  <span class="compose-state muted small" id="draft-state" role="status">
    <input type="hidden" name="draft" value={draft.uid} form="compose" />
    {saved ? `Saved ${saved}` : ""}
  </span>
);

const AddressLine = ({
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
        aria-label={`Addresses for ${label}`}
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
                title="Remove"
                aria-label={`Remove ${file.name}`}
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
                aria-label={`Forward ${file.name}`}
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
        <span>Add files</span>
        <span class="muted small">{`up to ${page.limit} together`}</span>
        <input
          type="file"
          name="file"
          multiple
          hx-post="/mail/compose/attach"
          hx-encoding="multipart/form-data"
          hx-target="#compose-files"
          hx-swap="outerHTML"
          hx-sync="#compose:queue all"
          hx-indicator="#compose-files"
          hx-config="timeout:600000"
        />
        <span class="spinner htmx-indicator" aria-hidden="true" />
      </label>
    </div>
  );
};

const BODY_ROWS = 14;

/** The page's form. */
export const Compose = ({ page }: { page: ComposePage }) => {
  const { draft, errors } = page;
  const copies = draft.cc !== "" || draft.bcc !== "" || errors.cc !== undefined || errors.bcc !== undefined;
  return (
    <section class="compose" aria-label={page.title}>
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
          Save draft
        </button>
        <header class="compose-head">
          <a
            class="btn btn-quiet btn-small btn-icon"
            href={page.back}
            title="Back"
            aria-label="Back; what was saved stays in Drafts"
          >
            <Icon name="arrowLeft" />
          </a>
          <h1>{page.title}</h1>
          <DraftState draft={draft} saved={page.saved} />
          <button
            class="btn btn-quiet btn-small"
            type="submit"
            name="do"
            value="discard"
            formnovalidate
            title="Throw this draft away"
          >
            <Icon name="trash" />
            <span class="wide-only">Discard</span>
          </button>
          <button class="btn btn-small wide-only" type="submit" name="do" value="save" formnovalidate>
            Save draft
          </button>
          <button class="btn btn-primary btn-small" type="submit" name="do" value="send" data-key="send">
            <Icon name="send" />
            Send
          </button>
        </header>
        {page.problem ? (
          <Notice kind="danger">
            <p>{page.problem}</p>
          </Notice>
        ) : null}
        <div class="compose-fields" id="compose-fields">
          <div class="compose-line">
            <label for="from">From</label>
            {page.identities.length === 1 ? (
              <div>
                <input type="hidden" name="from" value={page.identities[0]?.address} />
                <span class="compose-input">{page.identities[0]?.label}</span>
              </div>
            ) : (
              <select class="compose-input" id="from" name="from">
                {page.identities.map((identity) => (
                  <option value={identity.address} selected={identity.address === draft.from}>
                    {identity.label}
                  </option>
                ))}
              </select>
            )}
          </div>
          <AddressLine label="To" name="to" value={draft.to} error={errors.to} focus={draft.to === ""} />
          <details class="compose-copies" open={copies}>
            <summary class="muted small">Cc and Bcc</summary>
            <AddressLine label="Cc" name="cc" value={draft.cc} error={errors.cc} />
            <AddressLine label="Bcc" name="bcc" value={draft.bcc} error={errors.bcc} />
          </details>
          <div class="compose-line">
            <label for="subject">Subject</label>
            <input
              class="compose-input"
              id="subject"
              name="subject"
              value={draft.subject}
              type="text"
              autocomplete="off"
              dir="auto"
            />
          </div>
          <label class="visually-hidden" for="text">
            Text
          </label>
          <textarea class="compose-text" id="text" name="text" rows={BODY_ROWS} dir="auto" autofocus={draft.to !== ""}>
            {/* A browser drops the first line end of a text area (HTML standard §13.2.6.4.7). */}
            {`\n${draft.text}`}
          </textarea>
        </div>
        <ComposeFiles page={page} />
      </form>
      {/* Outside the form, so that saving carries the text and never the files again. */}
      <div
        id="autosave"
        hx-post="/mail/compose/save"
        hx-trigger={`input from:#compose-fields delay:${page.saveDelay}, leave`}
        hx-include="#compose [name=key], #compose [name=about], #compose [name=take], #draft-state input, #compose-fields"
        hx-target="#draft-state"
        hx-swap="outerHTML"
        hx-sync="#compose:queue last"
      />
    </section>
  );
};
