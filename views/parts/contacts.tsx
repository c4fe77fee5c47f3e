/** Contacts, in the administration and in a user's own hands: the list, and the form of one. */

import { formats, key, t } from "../words/words.ts";
import { CsrfField, EXACT, type FieldErrors, FormActions, TextArea, TextField } from "./forms.tsx";
import { Icon } from "./icon.tsx";
import { type Found, FoundList, listHref } from "./list.tsx";
import { Empty, Problem } from "./telling.tsx";

/** One line of the list. */
export interface ContactLine {
  readonly id: number;
  readonly name: string;
  readonly organisation: string;
  readonly mails: readonly string[];
  readonly phones: readonly string[];
  readonly groups: readonly string[];
}

/** A group, and how many are in it. */
export interface GroupLink {
  readonly name: string;
  readonly contacts: number;
}

export interface ContactsPage extends Found {
  /** The list's address; a contact's is below it. */
  readonly at: string;
  readonly contacts: readonly ContactLine[];
  /** What to say where there is none yet. */
  readonly nobody: string;
  readonly groups: readonly GroupLink[];
  /** The one that is shown; "" for all. */
  readonly group: string;
}

const Groups = ({ page: { at, groups, group } }: { page: ContactsPage }) => (
  <nav class="pills" aria-label={t("Groups")}>
    <a href={at} aria-current={group === "" ? "true" : undefined}>
      {t("All")}
    </a>
    {groups.map(({ name, contacts }) => (
      <a
        href={listHref(at, { group: name })}
        aria-current={name.toLowerCase() === group.toLowerCase() ? "true" : undefined}
      >
        <bdi>{name}</bdi> <span class="muted num">{formats().number(contacts)}</span>
      </a>
    ))}
  </nav>
);

const short = (all: readonly string[]) =>
  all.length > 1 ? t("{first} and {n} more", { first: all[0] ?? "", n: all.length - 1 }) : (all[0] ?? "");

export const ContactList = ({ page }: { page: ContactsPage }) => (
  <div class="stack">
    {page.groups.length === 0 ? null : <Groups page={page} />}
    <Listed page={page} />
  </div>
);

const Listed = ({ page }: { page: ContactsPage }) => (
  <FoundList
    at={page.at}
    label={t("Search name, organisation or address")}
    found={page}
    lines={page.contacts.length}
    noun={[t("contact"), t("contacts")]}
    wishes={{ group: page.group }}
    empty={
      page.search
        ? {
            icon: "contacts",
            title: t("Nobody matches"),
            hint: t("No name or address begins with “{search}”.", { search: page.search }),
          }
        : { icon: "contacts", title: t("No contacts yet"), hint: t(page.nobody) }
    }
  >
    <div class="table-wrap">
      <table class="table table-stacks">
        <thead>
          <tr>
            <th>{t("Name")}</th>
            <th>{t("E-mail")}</th>
            <th>{t("Phone")}</th>
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
                    <bdi class="muted small clip">{contact.organisation}</bdi>
                  ) : null}
                  {contact.groups.length > 0 ? <bdi class="muted small clip">{contact.groups.join(", ")}</bdi> : null}
                </span>
              </td>
              <td class="wraps" data-label={t("E-mail")}>
                {short(contact.mails)}
              </td>
              <td class="num" data-label={t("Phone")}>
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
  /** Names, with commas between them. */
  readonly groups: string;
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
  ["work", key("Work")],
  ["home", key("Home")],
  ["other", key("Other")],
] as const;
const PHONE_KINDS = [
  ["work", key("Work")],
  ["mobile", key("Mobile")],
  ["home", key("Home")],
  ["fax", key("Fax")],
  ["pager", key("Pager")],
  ["other", key("Other")],
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
          <select class="input" name={`${name}Kind`} aria-label={t("Kind of {noun} {at}", { noun, at: at + 1 })}>
            {kinds.map(([value, label]) => (
              <option value={value} selected={value === row.kind}>
                {t(label)}
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
      {line(t("Name"), "fullName", { autofocus: page.isNew })}
      <div class="fields">
        {line(t("Given name"), "givenName")}
        {line(t("Family name"), "familyName")}
      </div>
      <Rows
        legend={t("E-mail")}
        noun={t("e-mail address")}
        name="mail"
        rows={fields.mails}
        kinds={MAIL_KINDS}
        attributes={{ ...EXACT, inputmode: "email" }}
      />
      <Rows
        legend={t("Phone")}
        noun={t("phone number")}
        name="phone"
        rows={fields.phones}
        kinds={PHONE_KINDS}
        attributes={{ type: "tel", autocomplete: "off" }}
      />
      <div class="fields">
        {line(t("Organisation"), "organisation")}
        {line(t("Department"), "department")}
        {line(t("Job title"), "title")}
      </div>
      <div class="fields">
        {line(t("Street"), "street")}
        {line(t("Postal code"), "postalCode")}
        {line(t("Town"), "city")}
        {line(t("Region"), "region")}
        {line(t("Country"), "country")}
        {line(t("Web address"), "website", { ...EXACT, inputmode: "url", maxlength: 500 })}
      </div>
      <TextField
        label={t("Groups")}
        name="groups"
        value={fields.groups}
        error={errors.groups}
        hint={t("Such as family, choir; commas between them.")}
        attributes={{ autocomplete: "off" }}
      />
      <TextArea label={t("Notes")} name="notes" value={fields.notes} error={errors.notes} rows={3} />
      <FormActions label={page.isNew ? t("Add contact") : t("Save changes")} cancel={page.back} />
    </form>
  );
};

/** Contacts that may be the same person, and the button that makes them one. */
export const Duplicates = ({
  at,
  csrf,
  sets,
}: {
  at: string;
  csrf: string;
  sets: readonly (readonly ContactLine[])[];
}) =>
  sets.length === 0 ? (
    <section class="panel panel-flush">
      <Empty icon="contacts" title={t("Nobody is there twice")}>
        <p>{t("Contacts that share an address or a name are shown here, to make one of them.")}</p>
      </Empty>
    </section>
  ) : (
    <div class="stack">
      {sets.map((set) => (
        <section class="panel panel-flush">
          <ul class="lines">
            {set.map((contact) => (
              <li>
                <span class="two">
                  <a class="strong clip" href={`${at}/${contact.id}`}>
                    <bdi>{contact.name}</bdi>
                  </a>
                  <bdi class="muted small clip">
                    {[contact.organisation, ...contact.mails, ...contact.phones].filter(Boolean).join(" · ")}
                  </bdi>
                </span>
              </li>
            ))}
          </ul>
          <form class="panel-foot" action={`${at}/merge`} method="post">
            <CsrfField token={csrf} />
            {set.map(({ id }) => (
              <input type="hidden" name="id" value={id} />
            ))}
            <button
              class="btn btn-small"
              type="submit"
              aria-label={t("Make one of them: {name}", { name: set[0]?.name ?? "" })}
            >
              {t("Make one of them")}
            </button>
          </form>
        </section>
      ))}
    </div>
  );

/** Taking contacts from a file, and giving them as one. */
export const ContactFiles = ({ at, csrf, error }: { at: string; csrf: string; error: string | undefined }) => (
  <div class="stack">
    <Problem text={error} />
    <form
      class="panel form"
      action={`${at}/import?csrf=${encodeURIComponent(csrf)}`}
      method="post"
      enctype="multipart/form-data"
    >
      <h2>{t("Take contacts from a file")}</h2>
      <CsrfField token={csrf} />
      <TextField
        label={t("File")}
        name="file"
        type="file"
        required
        hint={t(
          "Cards (vCard, .vcf) or a table (.csv), as Outlook, Google, Thunderbird and phones write them. Who is here already gets what the file has beside.",
        )}
        attributes={{ accept: ".vcf,.vcard,.csv,.txt,text/vcard,text/csv" }}
      />
      <TextField
        label={t("Put them into the group")}
        name="group"
        attributes={{ autocomplete: "off", maxlength: 60 }}
      />
      <FormActions label={t("Take them over")} />
    </form>
    <section class="panel stack">
      <h2>{t("Save all contacts as a file")}</h2>
      <p class="hint">{t("Cards are for phones and mail programs, the table is for spreadsheets.")}</p>
      <div class="row">
        <a class="btn" href={`${at}/contacts.vcf`} download>
          <Icon name="download" />
          {t("Cards (vCard)")}
        </a>
        <a class="btn" href={`${at}/contacts.csv`} download>
          <Icon name="download" />
          {t("Table (CSV)")}
        </a>
      </div>
    </section>
  </div>
);
