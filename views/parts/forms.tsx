/**
 * Form parts. Every control gets its label, its hint and its error tied together (aria-describedby, aria-invalid), so that a page
 * only names the field. `errors` is a record from field name to the sentence shown beside it.
 */
import type { Child, PropsWithChildren } from "hono/jsx";
import { said, t } from "../words/words.ts";
import { Icon, type IconName } from "./icon.tsx";

/** Field name → what is wrong with it, in a sentence. */
export type FieldErrors = Readonly<Record<string, string>>;

interface Described {
  name: string;
  hint?: Child;
  error?: string;
}

/** Where a field's hint and error stand; unset ones are left out. */
const describedBy = ({ name, hint, error }: Described): string | undefined =>
  [hint ? `${name}-hint` : "", error ? `${name}-error` : ""].filter(Boolean).join(" ") || undefined;

/** The sentence beside a wrong field. */
export const FieldError = ({ name, error }: { name: string; error?: string }) =>
  error ? (
    <p class="error" id={`${name}-error`}>
      <Icon name="warning" />
      <span>{said(error)}</span>
    </p>
  ) : null;

const Hint = ({ name, hint }: { name: string; hint?: Child }) =>
  hint ? (
    <p class="hint" id={`${name}-hint`}>
      {hint}
    </p>
  ) : null;

/** A text-like input with its label. `attributes` takes what is special to a field: autocomplete, hx-*, min, pattern. */
export const TextField = ({
  label,
  name,
  value,
  type = "text",
  hint,
  error,
  required,
  addon,
  placeholder,
  short,
  attributes = {},
  children,
}: PropsWithChildren<{
  label: string;
  name: string;
  value?: string | number;
  type?: string;
  hint?: Child;
  error?: string;
  required?: boolean;
  /** Fixed text at the end of the control, such as "@example.org" or "MB". */
  addon?: string;
  placeholder?: string;
  short?: boolean;
  attributes?: Record<string, string | number | boolean | undefined>;
}>) => {
  const control = (
    <input
      class={short ? "input input-short" : "input"}
      id={name}
      name={name}
      type={type}
      value={value === undefined ? undefined : String(value)}
      required={required}
      placeholder={placeholder}
      aria-describedby={describedBy({ name, hint, error })}
      aria-invalid={error ? "true" : undefined}
      dir={type === "text" ? "auto" : undefined}
      {...attributes}
    />
  );
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {addon ? (
        <div class="input-group">
          {control}
          <span class="addon">{addon}</span>
        </div>
      ) : (
        control
      )}
      <Hint name={name} hint={hint} />
      <FieldError name={name} error={error} />
      {children}
    </div>
  );
};

/** What keeps a browser from capitalising, correcting and completing a name that programs read. */
export const EXACT = { autocomplete: "off", autocapitalize: "none", spellcheck: "false" } as const;

/** A text field for a mail address. */
export const AddressField = (field: Parameters<typeof TextField>[0]) => (
  <TextField {...field} attributes={{ ...EXACT, inputmode: "email" }} />
);

/** Several lines of text. */
export const TextArea = ({
  label,
  name,
  id = name,
  value,
  hint,
  error,
  rows = 4,
  mono,
  attributes = {},
}: {
  label: string;
  name: string;
  /** Where another element of the page has the field's name for its id. */
  id?: string;
  value?: string;
  hint?: Child;
  error?: string;
  rows?: number;
  mono?: boolean;
  attributes?: Record<string, string | number | boolean | undefined>;
}) => (
  <div class="field">
    <label for={id}>{label}</label>
    <textarea
      class={mono ? "input mono" : "input"}
      id={id}
      name={name}
      rows={rows}
      aria-describedby={describedBy({ name: id, hint, error })}
      aria-invalid={error ? "true" : undefined}
      dir={mono ? undefined : "auto"}
      {...attributes}
    >
      {value ?? ""}
    </textarea>
    <Hint name={id} hint={hint} />
    <FieldError name={id} error={error} />
  </div>
);

/** One of a few values. */
export const Select = ({
  label,
  name,
  id = name,
  value,
  options,
  hint,
  error,
  attributes = {},
}: {
  label: string;
  name: string;
  /** Where another element of the page has the field's name for its id. */
  id?: string;
  value?: string;
  options: readonly { value: string; label: string }[];
  hint?: Child;
  error?: string;
  attributes?: Record<string, string | number | boolean | undefined>;
}) => (
  <div class="field">
    <label for={id}>{label}</label>
    <select
      class="input"
      id={id}
      name={name}
      aria-describedby={describedBy({ name: id, hint, error })}
      aria-invalid={error ? "true" : undefined}
      {...attributes}
    >
      {options.map((option) => (
        <option value={option.value} selected={option.value === value}>
          {option.label}
        </option>
      ))}
    </select>
    <Hint name={id} hint={hint} />
    <FieldError name={id} error={error} />
  </div>
);

/** A tick box, or with `as="switch"` an on-off switch. Unticked boxes send nothing, as forms do. */
export const Check = ({
  label,
  name,
  value = "on",
  checked,
  hint,
  as,
  disabled,
  attributes = {},
}: {
  label: Child;
  name: string;
  value?: string;
  checked?: boolean;
  hint?: Child;
  as?: "switch";
  disabled?: boolean;
  attributes?: Record<string, string | number | boolean | undefined>;
}) => {
  const id = `${name}-${value}`;
  return (
    <label class="check">
      <input
        type="checkbox"
        role={as}
        name={name}
        value={value}
        checked={checked}
        disabled={disabled}
        {...(hint ? named(id) : {})}
        {...attributes}
      />
      <span id={hint ? `${id}-name` : undefined}>{label}</span>
      {hint ? (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      ) : null}
    </label>
  );
};

/** The name of a box is its label; the hint inside the label only describes it. */
const named = (id: string) => ({ "aria-labelledby": `${id}-name`, "aria-describedby": `${id}-hint` });

/** A choice between a few ways, each a card with a sentence of explanation. */
export const Choices = ({
  legend,
  name,
  value,
  options,
  error,
}: {
  legend: string;
  name: string;
  value?: string;
  options: readonly { value: string; label: string; hint?: Child }[];
  error?: string;
}) => (
  <fieldset class="field" aria-describedby={error ? `${name}-error` : undefined}>
    <legend>{legend}</legend>
    <div class="stack stack-s">
      {options.map((option) => (
        <label class="choice">
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            {...(option.hint ? named(`${name}-${option.value}`) : {})}
          />
          <span class="strong" id={`${name}-${option.value}-name`}>
            {option.label}
          </span>
          {option.hint ? (
            <span class="hint" id={`${name}-${option.value}-hint`}>
              {option.hint}
            </span>
          ) : null}
        </label>
      ))}
    </div>
    <FieldError name={name} error={error} />
  </fieldset>
);

/** The hidden field that ties a form to the session; every form that changes something carries it. */
export const CsrfField = ({ token }: { token: string }) => <input type="hidden" name="csrf" value={token} />;

/** A search box that filters `target` while one types, and works as a plain form without scripts. */
export const SearchBox = ({
  action,
  value,
  label,
  target,
  children,
}: PropsWithChildren<{ action: string; value?: string; label: string; target: string }>) => (
  <search>
    <form class="row" action={action} method="get">
      <div class="search">
        <Icon name="search" />
        <input
          class="input"
          type="search"
          name="q"
          value={value}
          placeholder={label}
          aria-label={label}
          autocomplete="off"
          spellcheck={false}
          hx-get={action}
          hx-trigger="input changed delay:200ms"
          hx-include="closest form"
          hx-target={target}
          hx-select={target}
          hx-swap="outerHTML"
          hx-replace-url="true"
          hx-sync="this:replace"
        />
      </div>
      {children}
      <button class="visually-hidden" type="submit" tabindex={-1}>
        {t("Search")}
      </button>
    </form>
  </search>
);

/** The end of a form: the button that sends it, and the way out without it. */
export const FormActions = ({
  id,
  label,
  icon,
  plain,
  end,
  cancel,
}: {
  /** Of the button, in a form that its own answer replaces: the focus stays on it. */
  id?: string;
  label: string;
  icon?: IconName;
  /** The form is not the page's main matter. */
  plain?: boolean;
  /** The button stands at the right. */
  end?: boolean;
  /** Where "Cancel" leads. */
  cancel?: string;
}) => (
  <div class={end ? "form-actions form-end" : "form-actions"}>
    <button class={plain ? "btn" : "btn btn-primary"} type="submit" id={id}>
      {icon ? <Icon name={icon} /> : null}
      {label}
    </button>
    {cancel ? (
      <a class="btn btn-quiet" href={cancel}>
        {t("Cancel")}
      </a>
    ) : null}
  </div>
);

/** A small form that posts one action: a button that works with and without scripts. */
export const ActionButton = ({
  action,
  csrf,
  label,
  about,
  icon,
  class: extra = "btn btn-small",
  iconOnly,
  fields = {},
  attributes = {},
}: {
  action: string;
  csrf: string;
  label: string;
  /** What it is about, for those who do not see where it stands: buttons of one list differ by it. */
  about?: string;
  icon?: IconName;
  class?: string;
  iconOnly?: boolean;
  fields?: Record<string, string>;
  attributes?: Record<string, string | undefined>;
}) => (
  <form action={action} method="post" {...attributes}>
    <CsrfField token={csrf} />
    {Object.entries(fields).map(([name, value]) => (
      <input type="hidden" name={name} value={value} />
    ))}
    <button
      class={iconOnly ? `${extra} btn-icon` : extra}
      type="submit"
      title={iconOnly ? label : undefined}
      aria-label={about ? `${label}: ${about}` : iconOnly ? label : undefined}
    >
      {icon ? <Icon name={icon} /> : null}
      {iconOnly ? null : label}
    </button>
  </form>
);

/** Copies the text of an element, given by its id; there where scripts run. */
export const CopyButton = ({ of, about }: { of: string; about?: string }) => (
  <button
    class="btn btn-small"
    type="button"
    data-copy={`#${of}`}
    aria-label={about === undefined ? undefined : t("Copy {about}", { about })}
    hidden
  >
    <Icon name="copy" />
    {t("Copy")}
  </button>
);
