/** The settings: pages made from the settings' own schemas. What a field is comes in as a value; this only draws it. */
import { Check, CsrfField, FormActions, Select, TextArea, TextField } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { PageHead, Problem } from "../parts/telling.tsx";
import { Admin, type AdminFrame } from "./frame.tsx";

interface Described {
  /** Names the field in the form, such as "smartHosts.0.host". */
  readonly path: string;
  readonly label: string;
  readonly help: string;
  readonly error?: string;
}

/** One setting, as its schema describes it. */
export type SettingField =
  | (Described & { readonly kind: "text" | "secret"; readonly value: string })
  | (Described & {
      readonly kind: "number";
      readonly value: string;
      readonly min?: number;
      readonly max?: number;
      readonly step: string;
    })
  | (Described & { readonly kind: "switch"; readonly value: boolean })
  | (Described & { readonly kind: "choice"; readonly value: string; readonly options: readonly string[] })
  | (Described & { readonly kind: "lines" | "json"; readonly value: string })
  | (Described & { readonly kind: "list"; readonly items: readonly SettingItem[] });

/** One entry of a list of groups; the last one is empty, for one more. */
export interface SettingItem {
  readonly path: string;
  readonly title: string;
  readonly blank: boolean;
  readonly fields: readonly SettingField[];
}

/** A group in the list of groups. */
export interface SettingGroupLink {
  readonly name: string;
  readonly title: string;
}

/** One group's page. */
export interface SettingsPage {
  readonly groups: readonly SettingGroupLink[];
  readonly name: string;
  readonly title: string;
  readonly fields: readonly SettingField[];
  readonly problem?: string;
}

const Item = ({ item }: { item: SettingItem }) => {
  const inside = (
    <div class="stack">
      <div class="settings">
        {item.fields.map((field) => (
          <div class={WIDE.has(field.kind) ? "wide" : undefined}>
            <Field field={field} />
          </div>
        ))}
      </div>
      {item.blank ? null : <Check name={`${item.path}.remove`} label="Remove this one" />}
    </div>
  );
  return item.blank ? (
    <details class="fold">
      <summary>{item.title}</summary>
      <input type="hidden" name={`${item.path}.blank`} value="1" />
      {inside}
    </details>
  ) : (
    <fieldset class="nested">
      <legend class="label">{item.title}</legend>
      {inside}
    </fieldset>
  );
};

/** Fields that take the whole width of the form. */
const WIDE: ReadonlySet<SettingField["kind"]> = new Set(["list", "json"]);

/** One setting. */
const Field = ({ field }: { field: SettingField }) => {
  const { path: name, label, help: hint, error } = field;
  const about = { name, label, hint, ...(error !== undefined && { error }) };
  switch (field.kind) {
    case "text":
      return <TextField {...about} value={field.value} attributes={{ spellcheck: "false", autocapitalize: "none" }} />;
    case "secret":
      return (
        <TextField
          {...about}
          type="password"
          hint={field.value === "" ? hint : `${hint} Empty keeps the one that is set.`}
          attributes={{ autocomplete: "new-password" }}
        />
      );
    case "number":
      return (
        <TextField
          {...about}
          type="number"
          value={field.value}
          short
          attributes={{ min: field.min, max: field.max, step: field.step, inputmode: "decimal" }}
        />
      );
    case "switch":
      return (
        <div>
          <Check as="switch" name={name} label={label} hint={hint} checked={field.value} />
          {error ? <p class="error">{error}</p> : null}
        </div>
      );
    case "choice":
      return (
        <Select
          {...about}
          value={field.value}
          options={field.options.map((option) => ({ value: option, label: option }))}
        />
      );
    case "lines":
      return <TextArea {...about} value={field.value} rows={3} mono attributes={{ spellcheck: "false" }} />;
    case "json":
      return <TextArea {...about} value={field.value} rows={6} mono attributes={{ spellcheck: "false" }} />;
    case "list":
      return (
        <div class="field">
          <span class="label">{label}</span>
          <p class="hint">{hint}</p>
          {error ? (
            <p class="error">
              <Icon name="warning" />
              <span>{error}</span>
            </p>
          ) : null}
          <div class="stack stack-s">
            {field.items.map((item) => (
              <Item item={item} />
            ))}
          </div>
        </div>
      );
  }
};

export const Settings = ({ frame, page }: { frame: AdminFrame; page: SettingsPage }) => (
  <Admin title={`Settings: ${page.title}`} frame={frame} place="settings">
    <PageHead title="Settings" lede="Changes take effect at once, without a restart." />
    <nav class="tabs" aria-label="Groups of settings">
      {page.groups.map((group) => (
        <a href={`/admin/settings/${group.name}`} aria-current={group.name === page.name ? "page" : undefined}>
          {group.title}
        </a>
      ))}
    </nav>
    <form class="panel form form-wide" action={`/admin/settings/${page.name}`} method="post" autocomplete="off">
      <CsrfField token={frame.csrf} />
      <Problem text={page.problem} />
      <div class="settings">
        {page.fields.map((field) => (
          <div class={WIDE.has(field.kind) ? "wide" : undefined}>
            <Field field={field} />
          </div>
        ))}
      </div>
      <FormActions label="Save changes" end />
    </form>
  </Admin>
);
