/** A field of HTML: with a script an editor like that of messages, without one a field of its source. */
import { FieldError } from "../parts/forms.tsx";
import { t } from "../words/words.ts";
import { FormatBar } from "./compose-tools.tsx";

export const RichField = ({
  label,
  name,
  value,
  shown,
  hint,
  error,
}: {
  label: string;
  name: string;
  /** As it was typed or stored. */
  value: string;
  /** The same, tidied for the editor. */
  shown: string;
  hint: string;
  error?: string | undefined;
}) => (
  <div class="field rich-field" data-rich={shown}>
    <label for={name}>{label}</label>
    <FormatBar format="rich" />
    <div class="compose-rich input" id="rich" dir="auto" spellcheck data-label={label} data-picture="" />
    <textarea class="input mono" id={name} name={name} rows={6} spellcheck={false} aria-describedby={`${name}-hint`}>
      {value}
    </textarea>
    <p class="hint" id={`${name}-hint`}>
      {hint}
    </p>
    <noscript>
      <p class="hint">{t("Without scripts this is written as HTML.")}</p>
    </noscript>
    <FieldError name={name} {...(error !== undefined && { error })} />
  </div>
);
