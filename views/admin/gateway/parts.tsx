/** What the gateway's pages share: figures, lines that are moved up and down, boxes, words for numbers. */
import { Check, EXACT, TextArea, TextField } from "../../parts/forms.tsx";
import { type TabForm, textIn, tickedIn } from "../../parts/tabs.tsx";

/** A figure with what it says. */
export const Figure = ({ value, label }: { value: string; label: string }) => (
  <div class="figure">
    <b>{value}</b>
    <span>{label}</span>
  </div>
);

/** 12,345 */
export const numberWords = (value: number): string => value.toLocaleString("en");

/** One of many, as a part of a hundred; a dash where there is nothing yet. */
export const shareWords = (part: number, whole: number): string =>
  whole === 0 ? "–" : `${Math.round((part / whole) * 100)} %`;

/** Several of a few, as boxes named "name.value". */
export const Ticks = ({
  legend,
  name,
  options,
  chosen,
  form,
  hint,
}: {
  legend: string;
  name: string;
  options: readonly { value: string; label: string }[];
  chosen: readonly string[];
  form: TabForm;
  hint?: string;
}) => (
  <fieldset class="field">
    <legend>{legend}</legend>
    {hint ? <p class="hint">{hint}</p> : null}
    <div class="ticks">
      {options.map(({ value, label }) => (
        <Check
          name={`${name}.${value}`}
          label={label}
          checked={tickedIn(form, `${name}.${value}`, chosen.includes(value))}
        />
      ))}
    </div>
  </fieldset>
);

/** A list, one a line. */
export const Lines = ({
  form,
  name,
  label,
  values,
  hint,
  rows = 3,
}: {
  form: TabForm;
  name: string;
  label: string;
  values: readonly string[];
  hint: string;
  rows?: number;
}) => (
  <TextArea
    label={label}
    name={name}
    value={textIn(form, name, values.join("\n"))}
    error={form.errors[name]}
    hint={hint}
    rows={rows}
    mono
    attributes={EXACT}
  />
);

/** The name and the description of something that has a page of its own. */
export const NameFields = ({
  form,
  name,
  of,
  hint,
}: {
  form: TabForm;
  /** "rename" where it has a name already. */
  name: "name" | "rename";
  of: { readonly name: string; readonly description: string };
  hint?: string;
}) => (
  <>
    <TextField
      label="Name"
      name={name}
      value={textIn(form, name, of.name)}
      error={form.errors[name]}
      hint={hint}
      required
    />
    <TextField
      label="Description"
      name="description"
      value={textIn(form, "description", of.description)}
      error={form.errors.description}
    />
  </>
);

/** What renews a part of a page by itself: `id` of what stands at an address, so often. */
export const renewing = (at: string, id: string, every: "1s" | "5s") => ({
  "hx-get": at,
  "hx-trigger": `every ${every}`,
  "hx-select": `#${id}`,
  "hx-swap": "outerMorph",
  "hx-target": "this",
});

/** With a big first letter. */
export const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
