/** Choosing a password: the field, a button to see it, and how strong it is. */

import { key, said, t } from "../words/words.ts";
import { FieldError } from "./forms.tsx";
import { Icon } from "./icon.tsx";

/** What was found out about a password. */
export interface PasswordStrength {
  /** 0 (guessed at once) to 4 (as good as it gets). */
  readonly score: number;
  readonly warning?: string;
  readonly suggestions: readonly string[];
}

const WORDS = [
  key("Guessed at once"),
  key("Guessed quickly"),
  key("Fair, but longer is better"),
  key("Strong"),
  key("Very strong"),
] as const;

/** The meter under the field; replaced while one types. With no strength it is empty and keeps its place. */
export const Strength = ({ strength }: { strength?: PasswordStrength }) => (
  <div class="strength" id="strength" aria-live="polite">
    <div class="meter" data-score={strength?.score}>
      <i />
      <i />
      <i />
      <i />
    </div>
    {strength ? (
      <p class="hint">
        <span class="strong">{t(WORDS[Math.max(0, Math.min(4, strength.score))] ?? "")}.</span>{" "}
        {[strength.warning ?? "", ...strength.suggestions].map(said).filter(Boolean).join(" ")}
      </p>
    ) : (
      <p class="hint">{t("Four or five unrelated words are strong and easy to remember.")}</p>
    )}
  </div>
);

/** A field for a new password. `strengthUrl` judges it while one types (a POST with the form's fields, answering {@link Strength}). */
export const NewPassword = ({
  label = t("Password"),
  name = "password",
  error,
  strengthUrl,
  strength,
  required = true,
}: {
  label?: string;
  name?: string;
  error?: string;
  strengthUrl: string;
  strength?: PasswordStrength;
  required?: boolean;
}) => (
  <div class="field">
    <label for={name}>{label}</label>
    <div class="input-group">
      <input
        class="input"
        id={name}
        name={name}
        type="password"
        required={required}
        autocomplete="new-password"
        aria-describedby={error ? `${name}-error strength` : "strength"}
        aria-invalid={error ? "true" : undefined}
        hx-post={strengthUrl}
        hx-trigger="input changed delay:150ms"
        hx-target="#strength"
        hx-swap="outerHTML"
        hx-sync="this:replace"
      />
      <button
        class="btn btn-icon"
        type="button"
        data-reveal={`#${name}`}
        aria-pressed="false"
        aria-label={t("Show the password")}
        title={t("Show the password")}
        hidden
      >
        <Icon name="eye" />
      </button>
    </div>
    <FieldError name={name} error={error} />
    <Strength strength={strength} />
  </div>
);
