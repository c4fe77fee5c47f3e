/** The tab Addresses, and what other pages of addresses share with it: an address in words, and the form that changes one. */
import type { Child } from "hono/jsx";
import { ActionButton, AddressField, Check, CsrfField, FormActions, TextField } from "../../parts/forms.tsx";
import { Icon } from "../../parts/icon.tsx";
import { type TabForm, textIn, tickedIn } from "../../parts/tabs.tsx";
import { Badge, Empty, Moment, Problem } from "../../parts/telling.tsx";

/** One address on one mailbox. */
export interface AddressRow {
  readonly address: string;
  readonly mailbox: number;
  readonly primary: boolean;
  readonly wildcard: boolean;
  readonly ended: boolean;
  /** ISO 8601. */
  readonly expiresAt: string | null;
  readonly note: string;
}

export interface AddressesTab {
  readonly id: number;
  readonly addresses: readonly AddressRow[];
  /** The address as everybody can hand it out for a time, where that is on. */
  readonly temporary: string | undefined;
  readonly form: TabForm;
}

const QUIET = { iconOnly: true, class: "btn btn-quiet btn-small" } as const;

/** What is special about an address, in a badge each. */
export const AddressBadges = ({ row, now }: { row: AddressRow; now: number }) => (
  <>
    {row.primary ? <Badge kind="ok">return address</Badge> : null}
    {row.wildcard ? <Badge kind="info">pattern</Badge> : null}
    {row.expiresAt === null ? null : row.ended ? (
      <Badge kind="danger">ended</Badge>
    ) : (
      <Badge kind="warn">
        until <Moment at={Date.parse(row.expiresAt)} now={now} />
      </Badge>
    )}
  </>
);

/** The link to the form that changes an address, in the page's dialog or on a page of its own. */
export const ChangeAddress = ({ row, back }: { row: AddressRow; back: string }) => {
  const wishes = new URLSearchParams({ address: row.address, mailbox: String(row.mailbox), back });
  const href = `/admin/aliases/change?${wishes}`;
  return (
    <a
      class="btn btn-quiet btn-small btn-icon"
      href={href}
      hx-get={href}
      hx-target="#dialog"
      title={`Change ${row.address}`}
      aria-label={`Change ${row.address}`}
    >
      <Icon name="compose" />
    </a>
  );
};

/** The button that takes an address away. */
export const TakeAway = ({ row, csrf, back }: { row: AddressRow; csrf: string; back: string }) => (
  <ActionButton
    action="/admin/aliases/remove"
    csrf={csrf}
    label={`Remove ${row.address}`}
    icon="trash"
    fields={{ address: row.address, mailbox: String(row.mailbox), back }}
    {...QUIET}
  />
);

const Line = ({ row, csrf, at, now }: { row: AddressRow; csrf: string; at: string; now: number }) => (
  <li>
    <span class="two">
      <span class="row row-s">
        <bdi class="strong wraps">{row.address}</bdi>
        <AddressBadges row={row} now={now} />
      </span>
      {row.note ? <span class="muted small wraps">{row.note}</span> : null}
    </span>
    <span class="row end row-tight">
      {row.primary || row.wildcard || row.expiresAt !== null ? null : (
        <ActionButton
          action={`${at}/primary`}
          csrf={csrf}
          label={`Make ${row.address} the return address`}
          icon="reply"
          fields={{ address: row.address }}
          {...QUIET}
        />
      )}
      <ChangeAddress row={row} back={at} />
      <TakeAway row={row} csrf={csrf} back={at} />
    </span>
  </li>
);

const WILDCARD: Child = (
  <>
    With a <code>*</code> before the @ it takes whatever nobody else has there, as <code>shop-*@</code> does.
  </>
);

/** What is asked about a new address beside the address itself. */
export const AboutAddress = ({ form }: { form: TabForm }) => (
  <>
    <TextField
      label="Note"
      name="note"
      value={textIn(form, "note", "")}
      error={form.errors.note}
      hint="Such as what it is used for."
      attributes={{ maxlength: 200 }}
    />
    <TextField
      label="Ends after"
      name="expiresOn"
      type="date"
      value={textIn(form, "expiresOn", "")}
      error={form.errors.expiresOn ?? form.errors.expiresAt}
      hint="Takes mail up to and including this day. Empty: it stays."
    />
  </>
);

/** The field for a new address. */
export const NewAddressField = ({ form }: { form: TabForm }) => (
  <AddressField
    label="Address"
    name="address"
    value={textIn(form, "address", "")}
    error={form.errors.address}
    required
    hint={WILDCARD}
  />
);

export const Addresses = ({ tab: { form, ...tab }, now }: { tab: AddressesTab; now: number }) => {
  const at = `/admin/mailboxes/${tab.id}/addresses`;
  return (
    <div class="split">
      <section class="panel panel-flush" aria-label="Addresses">
        {tab.addresses.length === 0 ? (
          <Empty icon="alias" title="No address leads here">
            <p>Mail reaches this mailbox once it has an address.</p>
          </Empty>
        ) : (
          <ul class="lines">
            {tab.addresses.map((row) => (
              <Line row={row} csrf={form.csrf} at={at} now={now} />
            ))}
          </ul>
        )}
        {tab.temporary === undefined ? null : (
          <p class="hint pad rule-top">
            Without adding anything, <bdi class="mono wraps">{tab.temporary}</bdi> reaches this mailbox too, up to and
            including that day: each address can be handed out so, with any date.
          </p>
        )}
      </section>
      <form class="panel form" action={at} method="post">
        <CsrfField token={form.csrf} />
        <h2>Add an address</h2>
        <Problem text={form.errors[""]} />
        <NewAddressField form={form} />
        <AboutAddress form={form} />
        <Check label="Make it the return address" name="primary" checked={tickedIn(form, "primary", false)} />
        <FormActions label="Add address" icon="plus" plain />
      </form>
    </div>
  );
};
