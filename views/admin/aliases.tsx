/** Every address and the mailbox it leads to: the list, a new one, and changing one. */
import { CsrfField, type FieldErrors, FormActions, TextField } from "../parts/forms.tsx";
import { type Found, FoundList, listHref, Pills } from "../parts/list.tsx";
import { NamedField } from "../parts/named.tsx";
import { Badge, PageHead, Problem } from "../parts/telling.tsx";
import { Admin, type AdminFrame, Crumbs } from "./frame.tsx";
import {
  AboutAddress,
  AddressBadges,
  type AddressRow,
  ChangeAddress,
  NewAddressField,
  TakeAway,
} from "./mailboxes/addresses.tsx";

const AT = "/admin/aliases";

/** One address in the list of all. */
export interface AliasLine extends AddressRow {
  /** The mailbox, in words. */
  readonly label: string;
  readonly owner: string;
}

type Values = Readonly<Record<string, string>>;

/** The list of addresses. */
export interface AliasesPage extends Found {
  readonly aliases: readonly AliasLine[];
  readonly kind: string;
  /** Only those in a domain; "" for all. */
  readonly domain: string;
  readonly fields: Values;
  readonly errors: FieldErrors;
}

const KINDS = [
  { kind: "", label: "All" },
  { kind: "temporary", label: "Ending" },
  { kind: "ended", label: "Ended" },
  { kind: "wildcard", label: "Patterns" },
] as const;

const NOTHING: Readonly<Record<string, { readonly title: string; readonly hint: string }>> = {
  "": { title: "No address matches", hint: "Try a shorter piece of it, or add the address." },
  temporary: {
    title: "No address is about to end",
    hint: "Give an address a day on which it ends: good for shops, fairs and forms.",
  },
  ended: { title: "No address has ended", hint: "Those that have ended refuse mail, and can be extended here." },
  wildcard: { title: "There is no pattern", hint: "A pattern such as shop-*@home.example takes what nobody else has." },
};

const Line = ({ line, csrf, here, now }: { line: AliasLine; csrf: string; here: string; now: number }) => (
  <li>
    <span class="two">
      <span class="row row-s">
        <bdi class="strong wraps">{line.address}</bdi>
        <AddressBadges row={line} now={now} />
      </span>
      <span class="muted small wraps">
        to <a href={`/admin/mailboxes/${line.mailbox}`}>{line.label === line.address ? line.owner : line.label}</a>
        {line.note ? ` · ${line.note}` : ""}
      </span>
    </span>
    <span class="row end row-tight">
      <ChangeAddress row={line} back={here} />
      <TakeAway row={line} csrf={csrf} back={here} />
    </span>
  </li>
);

export const Aliases = ({ frame, page }: { frame: AdminFrame; page: AliasesPage }) => {
  const here = listHref(AT, { q: page.search, kind: page.kind, domain: page.domain }, page.page);
  const typed = Object.keys(page.errors).length > 0 ? { typed: page.fields } : {};
  const form = { csrf: frame.csrf, action: AT, errors: page.errors, ...typed };
  return (
    <Admin title="Aliases" frame={frame} place="aliases">
      <PageHead
        title="Aliases"
        lede="Every address here and the mailbox it leads to. One address may lead to several mailboxes."
      />
      {page.domain === "" ? null : (
        <p class="row filtered">
          <Badge kind="info">in {page.domain}</Badge>
          <a href={AT}>All addresses</a>
        </p>
      )}
      <div class="split">
        <div class="stack">
          <Pills
            label="Kinds of addresses"
            choices={KINDS.map(({ kind, label }) => ({
              label,
              href: listHref(AT, { q: page.search, kind, domain: page.domain }),
              current: kind === page.kind,
            }))}
          />
          <FoundList
            at={AT}
            label="Search address, note or owner"
            found={page}
            lines={page.aliases.length}
            noun={["address", "addresses"]}
            wishes={{ kind: page.kind, domain: page.domain }}
            empty={{ icon: "alias", ...(NOTHING[page.search === "" ? page.kind : ""] ?? { title: "", hint: "" }) }}
          >
            <ul class="lines">
              {page.aliases.map((line) => (
                <Line line={line} csrf={frame.csrf} here={here} now={frame.now} />
              ))}
            </ul>
          </FoundList>
        </div>
        <form class="panel form" action={AT} method="post">
          <CsrfField token={frame.csrf} />
          <h2>Add an address</h2>
          <Problem text={page.errors[""]} />
          <NewAddressField form={form} />
          <NamedField
            label="Leads to"
            name="mailbox"
            value={page.fields.mailbox}
            error={page.errors.mailbox}
            required
            from="/admin/mailboxes/named"
            hint="An address of the mailbox, or its owner's login name."
          />
          <AboutAddress form={form} />
          <FormActions label="Add address" icon="plus" />
        </form>
      </div>
    </Admin>
  );
};

/** One address that is changed. */
export interface ChangePage {
  readonly address: string;
  readonly mailbox: number;
  readonly label: string;
  readonly note: string;
  /** The day as 2027-01-31; "" for none. */
  readonly expiresOn: string;
  readonly back: string;
  readonly errors: FieldErrors;
}

/** The form, for the dialog. Its fields have names of their own, as the page behind has a form for a new address. */
export const ChangeForm = ({ page, csrf }: { page: ChangePage; csrf: string }) => (
  <form class="form" action={`${AT}/change`} method="post">
    <CsrfField token={csrf} />
    <input type="hidden" name="address" value={page.address} />
    <input type="hidden" name="mailbox" value={String(page.mailbox)} />
    <input type="hidden" name="back" value={page.back} />
    <div class="stack stack-s">
      <h2 class="wraps">{page.address}</h2>
      <p class="muted">leads to {page.label}</p>
    </div>
    <Problem text={page.errors[""]} />
    <TextField
      label="Note"
      name="newNote"
      value={page.note}
      error={page.errors.newNote}
      hint="Such as what it is used for."
      attributes={{ maxlength: 200 }}
    />
    <TextField
      label="Ends after"
      name="newEnd"
      type="date"
      value={page.expiresOn}
      error={page.errors.newEnd}
      hint="Takes mail up to and including this day. Empty: it stays."
    />
    <div class="form-actions">
      <button class="btn btn-primary" type="submit">
        Save
      </button>
      <a class="btn btn-quiet" href={page.back} data-close>
        Cancel
      </a>
    </div>
  </form>
);

/** The form as a page. */
export const ChangeAlias = ({ frame, page }: { frame: AdminFrame; page: ChangePage }) => (
  <Admin title={page.address} frame={frame} place="aliases">
    <Crumbs href={AT} label="Aliases" here={page.address} />
    <h1 class="visually-hidden">Change {page.address}</h1>
    <div class="panel narrow">
      <ChangeForm page={page} csrf={frame.csrf} />
    </div>
  </Admin>
);
