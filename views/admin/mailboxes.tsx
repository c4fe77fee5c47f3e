/** Mailboxes and aliases: the lists, and one mailbox's page. */
import { CsrfField, type FieldErrors, Proposing, SearchBox, TextField } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { Badge, Empty, Moment, Notice, PageHead, Pager, sizeWords } from "../parts/telling.tsx";
import { RemoveAddress } from "./domains.tsx";
import { Admin, type AdminFrame } from "./frame.tsx";

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
export interface MailboxesPage {
  readonly search: string;
  readonly mailboxes: readonly MailboxLine[];
  readonly page: number;
  readonly pages: number;
  readonly total: number;
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
  readonly entries: readonly AliasLine[];
  readonly fields: Values;
  readonly errors: FieldErrors;
}

/** One address on one mailbox. */
export interface AliasLine {
  readonly address: string;
  readonly mailbox: number;
  readonly label: string;
  readonly primary: boolean;
  readonly expiresAt: number | null;
  readonly note: string;
}

/** The list of addresses. */
export interface AliasesPage {
  readonly search: string;
  readonly aliases: readonly AliasLine[];
  readonly page: number;
  readonly pages: number;
  readonly total: number;
  /** Mailboxes to propose. */
  readonly proposed: readonly string[];
  readonly fields: Values;
  readonly errors: FieldErrors;
}

const pageHref = (path: string, search: string) => (page: number) =>
  `${path}?${new URLSearchParams({ ...(search !== "" && { q: search }), page: String(page) })}`;

export const Mailboxes = ({ frame, page }: { frame: AdminFrame; page: MailboxesPage }) => (
  <Admin title="Mailboxes" frame={frame} place="mailboxes">
    <PageHead
      title="Mailboxes"
      lede="Every user has one. Further ones sort mail apart, or are shared, such as office@ or family@."
    />
    <div class="split">
      <div class="stack">
        <SearchBox action="/admin/mailboxes" value={page.search} label="Search owner or address" target="#list" />
        <section class="panel panel-flush" id="list" aria-live="polite">
          {page.mailboxes.length === 0 ? (
            <Empty icon="mailbox" title="No mailbox matches">
              <p>Try a shorter piece of the name.</p>
            </Empty>
          ) : (
            <>
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
              <Pager
                page={page.page}
                pages={page.pages}
                total={page.total}
                noun={page.total === 1 ? "mailbox" : "mailboxes"}
                href={pageHref("/admin/mailboxes", page.search)}
              />
            </>
          )}
        </section>
      </div>
      <form class="panel form" action="/admin/mailboxes" method="post">
        <CsrfField token={frame.csrf} />
        <h2>A further mailbox</h2>
        <TextField
          label="Owner's login name"
          name="owner"
          value={page.fields.owner}
          error={page.errors.owner}
          required
          attributes={{ autocapitalize: "none", spellcheck: "false", autocomplete: "off" }}
        />
        <TextField
          label="Address"
          name="address"
          value={page.fields.address}
          error={page.errors.address}
          required
          attributes={{ autocapitalize: "none", spellcheck: "false", autocomplete: "off", inputmode: "email" }}
        />
        <TextField
          label="Description"
          name="description"
          value={page.fields.description}
          error={page.errors.description}
        />
        <div class="form-actions">
          <button class="btn btn-primary" type="submit">
            Create mailbox
          </button>
        </div>
      </form>
    </div>
  </Admin>
);

const Entries = ({
  entries,
  action,
  csrf,
  now,
}: {
  entries: readonly AliasLine[];
  action: string;
  csrf: string;
  now: number;
}) => (
  <ul class="lines lines-inset">
    {entries.map((entry) => (
      <li>
        <span class="two">
          <span class="strong clip">{entry.address}</span>
          {entry.primary ? <span class="muted small">return address</span> : null}
          {entry.expiresAt !== null || entry.note !== "" ? (
            <span class="muted small">
              {entry.note}
              {entry.expiresAt !== null ? (
                <>
                  {" "}
                  until <Moment at={entry.expiresAt} now={now} />
                </>
              ) : null}
            </span>
          ) : null}
        </span>
        <span class="row end">
          <RemoveAddress action={action} csrf={csrf} address={entry.address} mailbox={entry.mailbox} />
        </span>
      </li>
    ))}
  </ul>
);

export const MailboxView = ({ frame, page }: { frame: AdminFrame; page: MailboxPage }) => {
  const here = `/admin/mailboxes/${page.id}`;
  return (
    <Admin title={page.label} frame={frame} place="mailboxes">
      <nav class="crumbs" aria-label="Where this is">
        <a href="/admin/mailboxes">Mailboxes</a>
        <Icon name="chevronRight" />
        <span>{page.label}</span>
      </nav>
      <PageHead
        title={page.label}
        lede={
          <>
            Owned by <a href={`/admin/users/${encodeURIComponent(page.owner)}`}>{page.owner}</a>
            {page.primary ? ", as the primary mailbox" : ""}.
          </>
        }
      >
        {page.primary ? null : (
          <a class="btn" href={`${here}/remove`} hx-get={`${here}/remove`} hx-target="#dialog">
            <Icon name="trash" />
            Remove
          </a>
        )}
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
            <div class="form-actions">
              <button class="btn" type="submit">
                Save
              </button>
            </div>
          </form>
          <section class="panel" aria-labelledby="addresses">
            <h2 id="addresses">Addresses</h2>
            <Entries entries={page.entries} action={`${here}/addresses/remove`} csrf={frame.csrf} now={frame.now} />
            <form class="form" action={`${here}/addresses`} method="post">
              <CsrfField token={frame.csrf} />
              <TextField
                label="Add an address"
                name="address"
                value={page.fields.address}
                error={page.errors.address}
                required
                attributes={{ autocapitalize: "none", spellcheck: "false", autocomplete: "off", inputmode: "email" }}
              />
              <div class="form-actions">
                <button class="btn" type="submit">
                  <Icon name="plus" />
                  Add
                </button>
              </div>
            </form>
          </section>
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
      <div class="stack">
        <SearchBox action="/admin/aliases" value={page.search} label="Search address or mailbox" target="#list" />
        <section class="panel panel-flush" id="list" aria-live="polite">
          {page.aliases.length === 0 ? (
            <Empty icon="alias" title="No address matches">
              <p>Try a shorter piece of it, or add the address.</p>
            </Empty>
          ) : (
            <>
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
                            {" "}
                            · until <Moment at={alias.expiresAt} now={frame.now} />
                          </>
                        ) : null}
                      </span>
                    </span>
                    <span class="row end">
                      {alias.primary ? <Badge kind="ok">return address</Badge> : null}
                      <RemoveAddress
                        action="/admin/aliases/remove"
                        csrf={frame.csrf}
                        address={alias.address}
                        mailbox={alias.mailbox}
                      />
                    </span>
                  </li>
                ))}
              </ul>
              <Pager
                page={page.page}
                pages={page.pages}
                total={page.total}
                noun={page.total === 1 ? "address" : "addresses"}
                href={pageHref("/admin/aliases", page.search)}
              />
            </>
          )}
        </section>
      </div>
      <form class="panel form" action="/admin/aliases" method="post">
        <CsrfField token={frame.csrf} />
        <h2>Add an address</h2>
        {page.errors[""] ? (
          <Notice kind="danger">
            <p>{page.errors[""]}</p>
          </Notice>
        ) : null}
        <TextField
          label="Address"
          name="address"
          value={page.fields.address}
          error={page.errors.address}
          required
          attributes={{ autocapitalize: "none", spellcheck: "false", autocomplete: "off", inputmode: "email" }}
        />
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
        <div class="form-actions">
          <button class="btn btn-primary" type="submit">
            Add address
          </button>
        </div>
      </form>
    </div>
  </Admin>
);
