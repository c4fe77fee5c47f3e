/** Mailboxes and aliases: the lists, and one mailbox's page. */
import {
  AddressField,
  CsrfField,
  EXACT,
  type FieldErrors,
  FormActions,
  Proposing,
  TextField,
} from "../parts/forms.tsx";
import { type Found, FoundList } from "../parts/list.tsx";
import { Badge, PageHead, Problem, sizeWords } from "../parts/telling.tsx";
import { Addresses, type AddressLine, RemoveAddress, Until } from "./addresses.tsx";
import { AskToRemove } from "./confirm.tsx";
import { Admin, type AdminFrame, Crumbs } from "./frame.tsx";

/** One mailbox. */
export interface MailboxLine {
  readonly id: number;
  readonly label: string;
  readonly owner: string;
  readonly primary: boolean;
  readonly addresses: readonly string[];
  readonly messages: number;
  readonly size: number;
}

type Values = Readonly<Record<string, string>>;

/** The list with the form for one more. */
export interface MailboxesPage extends Found {
  readonly mailboxes: readonly MailboxLine[];
  readonly fields: Values;
  readonly errors: FieldErrors;
}

/** One mailbox's page. */
export interface MailboxPage extends MailboxLine {
  readonly description: string;
  readonly folders: readonly {
    readonly name: string;
    readonly messages: number;
    readonly unseen: number;
    readonly size: number;
  }[];
  readonly entries: readonly AddressLine[];
  readonly fields: Values;
  readonly errors: FieldErrors;
}

/** One address in the list of all. */
export interface AliasLine extends AddressLine {
  /** The mailbox, in words. */
  readonly label: string;
}

/** The list of addresses. */
export interface AliasesPage extends Found {
  readonly aliases: readonly AliasLine[];
  /** Mailboxes to propose. */
  readonly proposed: readonly string[];
  readonly fields: Values;
  readonly errors: FieldErrors;
}

export const Mailboxes = ({ frame, page }: { frame: AdminFrame; page: MailboxesPage }) => (
  <Admin title="Mailboxes" frame={frame} place="mailboxes">
    <PageHead
      title="Mailboxes"
      lede="Every user has one. Further ones sort mail apart, or are shared, such as office@ or family@."
    />
    <div class="split">
      <FoundList
        at="/admin/mailboxes"
        label="Search owner or address"
        found={page}
        lines={page.mailboxes.length}
        noun={["mailbox", "mailboxes"]}
        empty={{ icon: "mailbox", title: "No mailbox matches", hint: "Try a shorter piece of the name." }}
      >
        <ul class="lines">
          {page.mailboxes.map((mailbox) => (
            <li>
              <span class="two">
                <a class="strong clip" href={`/admin/mailboxes/${mailbox.id}`}>
                  {mailbox.label}
                </a>
                <span class="muted small clip">
                  {mailbox.owner}
                  {mailbox.addresses.length > 1 ? ` · ${mailbox.addresses.slice(1).join(", ")}` : ""}
                </span>
              </span>
              <span class="row end">
                {mailbox.primary ? null : <Badge kind="info">further</Badge>}
                <span class="muted num">{sizeWords(mailbox.size)}</span>
              </span>
            </li>
          ))}
        </ul>
      </FoundList>
      <form class="panel form" action="/admin/mailboxes" method="post">
        <CsrfField token={frame.csrf} />
        <h2>A further mailbox</h2>
        <TextField
          label="Owner's login name"
          name="owner"
          value={page.fields.owner}
          error={page.errors.owner}
          required
          attributes={EXACT}
        />
        <AddressField label="Address" name="address" value={page.fields.address} error={page.errors.address} required />
        <TextField
          label="Description"
          name="description"
          value={page.fields.description}
          error={page.errors.description}
        />
        <FormActions label="Create mailbox" />
      </form>
    </div>
  </Admin>
);

export const MailboxView = ({ frame, page }: { frame: AdminFrame; page: MailboxPage }) => {
  const here = `/admin/mailboxes/${page.id}`;
  return (
    <Admin title={page.label} frame={frame} place="mailboxes">
      <Crumbs href="/admin/mailboxes" label="Mailboxes" here={page.label} />
      <PageHead
        title={page.label}
        lede={
          <>
            Owned by <a href={`/admin/users/${encodeURIComponent(page.owner)}`}>{page.owner}</a>
            {page.primary ? ", as the primary mailbox" : ""}.
          </>
        }
      >
        {page.primary ? null : <AskToRemove href={`${here}/remove`} />}
      </PageHead>
      <div class="split">
        <div class="stack">
          <section class="panel panel-flush" aria-labelledby="folders">
            <div class="panel-head">
              <h2 id="folders">Folders</h2>
              <span class="muted num">
                {page.messages.toLocaleString("en")} messages, {sizeWords(page.size)}
              </span>
            </div>
            <ul class="lines">
              {page.folders.map((folder) => (
                <li>
                  <span class="clip">{folder.name}</span>
                  <span class="muted num end">
                    {folder.unseen > 0 ? `${folder.unseen.toLocaleString("en")} unread, ` : ""}
                    {folder.messages.toLocaleString("en")} messages, {sizeWords(folder.size)}
                  </span>
                </li>
              ))}
            </ul>
          </section>
        </div>
        <div class="stack">
          <form class="panel form" action={here} method="post">
            <CsrfField token={frame.csrf} />
            <TextField
              label="Description"
              name="description"
              value={page.fields.description ?? page.description}
              error={page.errors.description}
            />
            <FormActions label="Save" plain />
          </form>
          <Addresses
            at={here}
            lines={page.entries}
            typed={page.fields.address}
            error={page.errors.address}
            csrf={frame.csrf}
            now={frame.now}
          />
        </div>
      </div>
    </Admin>
  );
};

export const Aliases = ({ frame, page }: { frame: AdminFrame; page: AliasesPage }) => (
  <Admin title="Aliases" frame={frame} place="aliases">
    <PageHead
      title="Aliases"
      lede="Every address here and the mailbox it leads to. One address may lead to several mailboxes."
    />
    <div class="split">
      <FoundList
        at="/admin/aliases"
        label="Search address or mailbox"
        found={page}
        lines={page.aliases.length}
        noun={["address", "addresses"]}
        empty={{
          icon: "alias",
          title: "No address matches",
          hint: "Try a shorter piece of it, or add the address.",
        }}
      >
        <ul class="lines">
          {page.aliases.map((alias) => (
            <li>
              <span class="two">
                <span class="strong clip">{alias.address}</span>
                <span class="muted small clip">
                  to <a href={`/admin/mailboxes/${alias.mailbox}`}>{alias.label}</a>
                  {alias.note ? ` · ${alias.note}` : ""}
                  {alias.expiresAt !== null ? (
                    <>
                      {" · "}
                      <Until at={alias.expiresAt} now={frame.now} />
                    </>
                  ) : null}
                </span>
              </span>
              <span class="row end">
                {alias.primary ? <Badge kind="ok">return address</Badge> : null}
                <RemoveAddress action="/admin/aliases/remove" csrf={frame.csrf} line={alias} />
              </span>
            </li>
          ))}
        </ul>
      </FoundList>
      <form class="panel form" action="/admin/aliases" method="post">
        <CsrfField token={frame.csrf} />
        <h2>Add an address</h2>
        <Problem text={page.errors[""]} />
        <AddressField label="Address" name="address" value={page.fields.address} error={page.errors.address} required />
        <Proposing
          label="Leads to"
          name="mailbox"
          value={page.fields.mailbox}
          error={page.errors.mailbox}
          required
          proposed={page.proposed}
          hint="An address of the mailbox, or its owner's login name."
        />
        <TextField
          label="Note"
          name="note"
          value={page.fields.note}
          error={page.errors.note}
          hint="Such as what it is used for."
        />
        <TextField
          label="Ends on"
          name="expiresOn"
          type="date"
          value={page.fields.expiresOn}
          error={page.errors.expiresOn}
          hint="Empty: it stays."
        />
        <FormActions label="Add address" />
      </form>
    </div>
  </Admin>
);
