/** Contacts, in the administration and in a user's own hands: the list, and the form of one. */
import { CsrfField, EXACT, type FieldErrors, FormActions, TextArea, TextField } from "./forms.tsx";
import { type Found, FoundList } from "./list.tsx";
import { Problem } from "./telling.tsx";

/** One line of the list. */
export interface ContactLine {
  readonly id: number;
  readonly name: string;
  readonly organisation: string;
  readonly mails: readonly string[];
  readonly phones: readonly string[];
}

export interface ContactsPage extends Found {
  /** The list's address; a contact's is below it. */
  readonly at: string;
  readonly contacts: readonly ContactLine[];
  /** What to say where there is none yet. */
  readonly nobody: string;
}

const short = (all: readonly string[]) => (all.length > 1 ? `${all[0]} and ${all.length - 1} more` : (all[0] ?? ""));

export const ContactList = ({ page }: { page: ContactsPage }) => (
  <FoundList
    at={page.at}
    label="Search name, organisation or address"
    found={page}
    lines={page.contacts.length}
    noun={["contact", "contacts"]}
    empty={
      page.search
        ? { icon: "contacts", title: "Nobody matches", hint: `No name or address begins with “${page.search}”.` }
        : { icon: "contacts", title: "No contacts yet", hint: page.nobody }
    }
  >
    <div class="table-wrap">
      <table class="table table-stacks">
        <thead>
          <tr>
            <th>Name</th>
            <th>E-mail</th>
            <th>Phone</th>
          </tr>
        </thead>
        <tbody>
          {page.contacts.map((contact) => (
            <tr>
              <td>
                <span class="two">
                  <a class="clip" href={`${page.at}/${contact.id}`}>
                    <bdi>{contact.name}</bdi>
                  </a>
                  {contact.organisation && contact.organisation !== contact.name ? (
                    <span class="muted small clip">{contact.organisation}</span>
                  ) : null}
                </span>
              </td>
              <td class="wraps" data-label="E-mail">
                {short(contact.mails)}
              </td>
              <td class="num" data-label="Phone">
                {short(contact.phones)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </FoundList>
);

/** A mail address or a phone number of some kind. */
export interface KindRow {
  readonly kind: string;
  readonly value: string;
}

/** A postal address. */
export interface PostalRow {
  readonly street: string;
  readonly city: string;
  readonly postalCode: string;
  readonly region: string;
  readonly country: string;
}

/** What the form of a contact shows. */
export interface ContactFields extends PostalRow {
  readonly fullName: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly organisation: string;
  readonly department: string;
  readonly title: string;
  readonly website: string;
  readonly notes: string;
  /** Those there are, and empty ones to fill in. */
  readonly mails: readonly KindRow[];
  readonly phones: readonly KindRow[];
}

export interface ContactFormPage {
  readonly action: string;
  /** Where "Cancel" leads. */
  readonly back: string;
  readonly fields: ContactFields;
  readonly errors: FieldErrors;
  readonly isNew: boolean;
}

const MAIL_KINDS = [
  ["work", "Work"],
  ["home", "Home"],
  ["other", "Other"],
] as const;
const PHONE_KINDS = [
  ["work", "Work"],
  ["mobile", "Mobile"],
  ["home", "Home"],
  ["fax", "Fax"],
  ["pager", "Pager"],
  ["other", "Other"],
] as const;

const Rows = ({
  legend,
  noun,
  name,
  rows,
  kinds,
  attributes,
}: {
  legend: string;
  noun: string;
  name: string;
  rows: readonly KindRow[];
  kinds: readonly (readonly [string, string])[];
  attributes: Record<string, string>;
}) => (
  <fieldset class="field">
    <legend>{legend}</legend>
    <div class="stack stack-s">
      {rows.map((row, at) => (
        <div class="kind-row">
          <select class="input" name={`${name}Kind`} aria-label={`Kind of ${noun} ${at + 1}`}>
            {kinds.map(([value, label]) => (
              <option value={value} selected={value === row.kind}>
                {label}
              </option>
            ))}
          </select>
          <input class="input" name={name} value={row.value} aria-label={`${noun} ${at + 1}`} {...attributes} />
        </div>
      ))}
    </div>
  </fieldset>
);

/** The form. */
export const ContactForm = ({ page, csrf }: { page: ContactFormPage; csrf: string }) => {
  const { fields, errors } = page;
  const line = (label: string, name: keyof ContactFields & string, attributes = {}) => (
    <TextField
      label={label}
      name={name}
      value={String(fields[name])}
      error={errors[name]}
      attributes={{ maxlength: 200, autocomplete: "off", ...attributes }}
    />
  );
  return (
    <form class="panel form" action={page.action} method="post">
      <CsrfField token={csrf} />
      <Problem text={errors[""]} />
      {line("Name", "fullName", { autofocus: page.isNew })}
      <div class="fields">
        {line("Given name", "givenName")}
        {line("Family name", "familyName")}
      </div>
      <Rows
        legend="E-mail"
        noun="e-mail address"
        name="mail"
        rows={fields.mails}
        kinds={MAIL_KINDS}
        attributes={{ ...EXACT, inputmode: "email" }}
      />
      <Rows
        legend="Phone"
        noun="phone number"
        name="phone"
        rows={fields.phones}
        kinds={PHONE_KINDS}
        attributes={{ type: "tel", autocomplete: "off" }}
      />
      <div class="fields">
        {line("Organisation", "organisation")}
        {line("Department", "department")}
        {line("Job title", "title")}
      </div>
      <div class="fields">
        {line("Street", "street")}
        {line("Postal code", "postalCode")}
        {line("Town", "city")}
        {line("Region", "region")}
        {line("Country", "country")}
        {line("Web address", "website", { ...EXACT, inputmode: "url", maxlength: 500 })}
      </div>
      <TextArea label="Notes" name="notes" value={fields.notes} error={errors.notes} rows={3} />
      <FormActions label={page.isNew ? "Add contact" : "Save changes"} cancel={page.back} />
    </form>
  );
};
