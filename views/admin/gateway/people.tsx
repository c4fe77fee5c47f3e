/** The people that a rule, a group or a shared folder is about: ticked where they are few, named where they are many. */
import { Check, FieldError } from "../../parts/forms.tsx";
import { type TabForm, textIn } from "../../parts/tabs.tsx";
import { Lines } from "./parts.tsx";

/** So many are shown to be ticked. */
export const MOST_TICKED = 40;

/** Somebody who can be chosen. */
export interface Somebody {
  readonly login: string;
  readonly fullName: string;
}

const wordsFor = ({ login, fullName }: Somebody) =>
  fullName === "" || fullName === login ? login : `${login} (${fullName})`;

/** A field for people. Whoever is chosen and not among them, since his account is gone, can be unticked. */
export const People = ({
  form,
  name,
  label,
  chosen,
  people,
  hint,
}: {
  form: TabForm;
  name: string;
  label: string;
  chosen: readonly string[];
  /** Undefined where they are too many to be listed. */
  people: readonly Somebody[] | undefined;
  hint?: string;
}) => {
  if (people === undefined || people.length === 0)
    return (
      <Lines
        form={form}
        name={name}
        label={label}
        values={chosen}
        hint={`Login names, with commas, blanks or new lines between. ${hint ?? ""}`.trim()}
      />
    );
  const error = form.errors[name];
  const ticked = textIn(form, name, chosen.join("\n")).split(/[\s,;]+/);
  const known = new Set(people.map(({ login }) => login));
  const gone = chosen.filter((login) => !known.has(login)).map((login) => ({ login, fullName: "" }));
  return (
    <fieldset class="field" aria-describedby={error ? `${name}-error` : undefined}>
      <legend>{label}</legend>
      {hint ? <p class="hint">{hint}</p> : null}
      <div class="ticks-people">
        {[...people, ...gone].map((one) => (
          <Check name={name} value={one.login} label={wordsFor(one)} checked={ticked.includes(one.login)} />
        ))}
      </div>
      <FieldError name={name} error={error} />
    </fieldset>
  );
};
