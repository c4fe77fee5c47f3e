/** Options: templates of letters. The list, and the form of one. */
import { ActionButton, CsrfField, type FieldErrors, FormActions, TextArea, TextField } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { Empty, Moment, Problem } from "../parts/telling.tsx";
import { t } from "../words/words.ts";
import { LinkDialog } from "./compose-tools.tsx";
import { formTo, OPTIONS, type OptionsFrame, OptionsPage } from "./options.tsx";
import { RichField } from "./rich-field.tsx";

/** Where these pages stand. */
export const TEMPLATES = `${OPTIONS}/templates`;

/** A line of the list. */
export interface TemplateLine {
  readonly id: number;
  readonly name: string;
  readonly subject: string;
  /** Epoch milliseconds. */
  readonly updatedAt: number;
}

/** What the form holds. */
export interface TemplateFields {
  readonly name: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export const TemplateList = ({ frame, templates }: { frame: OptionsFrame; templates: readonly TemplateLine[] }) => (
  <OptionsPage
    frame={frame}
    title={t("Templates")}
    lede={t("What you write again and again. While you write, “Templates” puts one in.")}
    actions={
      <a class="btn btn-primary" href={`${TEMPLATES}/new`}>
        <Icon name="plus" />
        {t("New template")}
      </a>
    }
  >
    <section class="panel panel-flush" aria-label={t("Templates")}>
      {templates.length === 0 ? (
        <Empty icon="copy" title={t("No template yet")}>
          <p>{t("Make one here, or keep what you are writing as one.")}</p>
        </Empty>
      ) : (
        <ul class="lines">
          {templates.map(({ id, name, subject, updatedAt }) => (
            <li>
              <span class="two">
                <bdi class="strong clip">{name}</bdi>
                <span class="muted small clip">
                  {subject ? <bdi>{subject}</bdi> : null}
                  {subject ? " · " : ""}
                  <Moment at={updatedAt} now={frame.now} />
                </span>
              </span>
              <span class="row wrap">
                <a
                  class="btn btn-small"
                  href={`/mail/compose?template=${id}`}
                  aria-label={t("Write with {name}", { name })}
                >
                  <Icon name="compose" />
                  {t("Write")}
                </a>
                <a class="btn btn-small" href={`${TEMPLATES}/${id}`} aria-label={t("Change {name}", { name })}>
                  {t("Change")}
                </a>
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  </OptionsPage>
);

export const TemplateForm = ({
  frame,
  id,
  template,
  editor,
  errors,
}: {
  frame: OptionsFrame;
  /** Undefined for a new one. */
  id: number | undefined;
  template: TemplateFields;
  /** The formatted text as the editor has it. */
  editor: string;
  errors: FieldErrors;
}) => (
  <OptionsPage
    frame={frame}
    title={id === undefined ? t("New template") : template.name}
    under={{ href: TEMPLATES, label: t("Templates") }}
    {...(id !== undefined && {
      actions: (
        <ActionButton
          action={`${TEMPLATES}/${id}/remove`}
          csrf={frame.csrf}
          label={t("Remove")}
          about={template.name}
          icon="trash"
          class="btn"
        />
      ),
    })}
  >
    <form class="panel form" {...formTo(`${TEMPLATES}/${id ?? "new"}`)}>
      <CsrfField token={frame.csrf} />
      <Problem text={errors[""]} />
      <TextField
        label={t("Name")}
        name="name"
        value={template.name}
        error={errors.name}
        required
        attributes={{ dir: "auto" }}
      />
      <TextField
        label={t("Subject")}
        name="subject"
        value={template.subject}
        error={errors.subject}
        hint={t("Put in where there is none yet.")}
        attributes={{ dir: "auto" }}
      />
      <TextArea
        label={t("Text")}
        name="text"
        value={template.text}
        error={errors.text}
        rows={10}
        attributes={{ dir: "auto" }}
      />
      <RichField
        label={t("Text with formatting")}
        name="html"
        value={template.html}
        shown={editor}
        hint={t("For messages with formatting; empty: the text above.")}
        error={errors.html}
      />
      <FormActions label={t("Save")} cancel={TEMPLATES} />
    </form>
    <LinkDialog />
  </OptionsPage>
);
