/** Directory: the entry by which others find this user. */
import { Check, TextArea, TextField } from "../../parts/forms.tsx";
import { type AccountKind, type TabForm, TabPanel, textIn, tickedIn } from "./page.tsx";

export interface EntryTab {
  readonly kind: AccountKind;
  readonly entry: Readonly<Record<string, string | boolean>>;
  readonly form: TabForm;
}

interface Line {
  readonly name: string;
  readonly label: string;
  readonly type?: string;
}

const GROUPS: readonly { readonly title: string; readonly lines: readonly Line[] }[] = [
  {
    title: "Name",
    lines: [
      { name: "givenName", label: "Given name" },
      { name: "familyName", label: "Family name" },
    ],
  },
  {
    title: "Organisation",
    lines: [
      { name: "title", label: "Job title" },
      { name: "organisation", label: "Organisation" },
      { name: "department", label: "Department" },
      { name: "website", label: "Web address", type: "url" },
    ],
  },
  {
    title: "Phone",
    lines: [
      { name: "phoneWork", label: "Work", type: "tel" },
      { name: "phoneMobile", label: "Mobile", type: "tel" },
      { name: "phoneHome", label: "Home", type: "tel" },
      { name: "fax", label: "Fax", type: "tel" },
    ],
  },
  {
    title: "Postal address",
    lines: [
      { name: "street", label: "Street" },
      { name: "postalCode", label: "Postal code" },
      { name: "city", label: "Town" },
      { name: "region", label: "Region" },
      { name: "country", label: "Country" },
    ],
  },
];

/** The names of the fields, but for notes and the switch. */
export const ENTRY_LINES = GROUPS.flatMap(({ lines }) => lines.map(({ name }) => name));

export const Entry = ({ tab: { form, kind, entry } }: { tab: EntryTab }) => (
  <TabPanel
    form={form}
    wide
    title="Directory entry"
    lede={
      kind === "template"
        ? "What all users made from it have in common; names, private phones and notes are not copied."
        : "Served over LDAP to mail programs, and proposed by webmail while somebody addresses a message."
    }
  >
    <Check
      as="switch"
      name="listed"
      label="Others see this entry"
      checked={tickedIn(form, "listed", entry.listed === true)}
    />
    {GROUPS.map(({ title, lines }) => (
      <fieldset class="group">
        <legend>{title}</legend>
        <div class="fields fields-dense">
          {lines.map(({ name, label, type = "text" }) => (
            <TextField
              label={label}
              name={name}
              type={type === "url" ? "text" : type}
              value={textIn(form, name, String(entry[name] ?? ""))}
              error={form.errors[name]}
              attributes={{ autocomplete: "off", ...(type === "url" && { inputmode: "url" }) }}
            />
          ))}
        </div>
      </fieldset>
    ))}
    <TextArea
      label="Notes"
      name="notes"
      value={textIn(form, "notes", String(entry.notes ?? ""))}
      error={form.errors.notes}
    />
  </TabPanel>
);
