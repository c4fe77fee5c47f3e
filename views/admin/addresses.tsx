/** Addresses that lead to mailboxes, as the pages of users, mailboxes and aliases show them. */
import { ActionButton, AddressField, CsrfField, FormActions } from "../parts/forms.tsx";
import { Moment } from "../parts/telling.tsx";

/** One address on one mailbox. */
export interface AddressLine {
  readonly address: string;
  readonly mailbox: number;
  /** It is the return address. */
  readonly primary: boolean;
  /** Epoch milliseconds. */
  readonly expiresAt: number | null;
  readonly note: string;
}

const QUIET = { iconOnly: true, class: "btn btn-quiet btn-small" } as const;

const standing = ({ address, mailbox }: AddressLine) => ({ address, mailbox: String(mailbox) });

/** The button that takes an address away. */
export const RemoveAddress = ({ action, csrf, line }: { action: string; csrf: string; line: AddressLine }) => (
  <ActionButton
    action={action}
    csrf={csrf}
    label={`Remove ${line.address}`}
    icon="trash"
    fields={standing(line)}
    {...QUIET}
  />
);

/** All addresses of a user or a mailbox, with the form for one more. `at` is the address of the page they stand on. */
export const Addresses = ({
  at,
  lines,
  typed,
  error,
  csrf,
  now,
  choose,
}: {
  at: string;
  lines: readonly AddressLine[];
  /** What the form held, where it was wrong. */
  typed?: string | undefined;
  error?: string | undefined;
  csrf: string;
  now: number;
  /** Another one may be made the return address here. */
  choose?: boolean;
}) => (
  <section class="panel" id="addresses" aria-labelledby="addresses-title">
    <h2 id="addresses-title">Addresses</h2>
    <ul class="lines lines-inset">
      {lines.map((line) => (
        <li>
          <span class="two">
            <span class="strong clip">{line.address}</span>
            {line.primary ? <span class="muted small">return address</span> : null}
            {line.note !== "" || line.expiresAt !== null ? (
              <span class="muted small">
                {line.note} <Until at={line.expiresAt} now={now} />
              </span>
            ) : null}
          </span>
          <span class="row end">
            {choose && !line.primary ? (
              <ActionButton
                action={`${at}/addresses/primary`}
                csrf={csrf}
                label="Make it the return address"
                icon="reply"
                fields={standing(line)}
                {...QUIET}
              />
            ) : null}
            <RemoveAddress action={`${at}/addresses/remove`} csrf={csrf} line={line} />
          </span>
        </li>
      ))}
    </ul>
    <form class="form" action={`${at}/addresses`} method="post">
      <CsrfField token={csrf} />
      <AddressField label="Add an address" name="address" value={typed} error={error} required />
      <FormActions label="Add" icon="plus" plain />
    </form>
  </section>
);

/** When an address ends, if it does. */
export const Until = ({ at, now }: { at: number | null; now: number }) =>
  at === null ? null : (
    <>
      until <Moment at={at} now={now} />
    </>
  );
