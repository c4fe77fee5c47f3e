/** The local domains: the list, and one domain's page. */
import {
  Check,
  Choices,
  CsrfField,
  EXACT,
  type FieldErrors,
  FormActions,
  TextArea,
  TextField,
} from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { NamedField } from "../parts/named.tsx";
import { Badge, Empty, PageHead, Problem } from "../parts/telling.tsx";
import { AskToRemove } from "./confirm.tsx";
import { Admin, type AdminFrame, Crumbs } from "./frame.tsx";

/** One domain. */
export interface DomainLine {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly aliases: readonly string[];
  readonly addresses: number;
  readonly first: boolean;
  readonly unknownRecipients: "refuse" | "bounce" | "mailbox" | "relay";
  readonly catchAll: { readonly mailbox: number; readonly label: string } | null;
}

/** The list with the form for one more. */
export interface DomainsPage {
  readonly domains: readonly DomainLine[];
  readonly fields: Readonly<Record<string, string>>;
  readonly errors: FieldErrors;
}

/** One domain's page. */
export interface DomainPage extends DomainLine {
  readonly passwordChange: boolean;
  readonly fields: Readonly<Record<string, string>>;
  readonly errors: FieldErrors;
}

const about = (domain: DomainLine): string =>
  [domain.aliases.length > 0 ? `also ${domain.aliases.join(", ")}` : "", domain.description]
    .filter(Boolean)
    .join(" · ");

const Line = ({ domain }: { domain: DomainLine }) => (
  <li>
    <span class="two">
      <span class="row row-s">
        <a class="strong clip" href={`/admin/domains/${encodeURIComponent(domain.name)}`}>
          {domain.displayName}
        </a>
        {domain.first ? <Badge kind="ok">first</Badge> : null}
        {domain.unknownRecipients === "mailbox" ? <Badge kind="info">catch-all</Badge> : null}
        {domain.unknownRecipients === "relay" ? <Badge kind="info">sent on</Badge> : null}
      </span>
      <span class="muted small clip">{about(domain)}</span>
    </span>
    <span class="muted num end">
      {domain.addresses.toLocaleString("en")} {domain.addresses === 1 ? "address" : "addresses"}
    </span>
  </li>
);

const AddDomain = ({ frame, page }: { frame: AdminFrame; page: DomainsPage }) => (
  <form class="panel form" action="/admin/domains" method="post">
    <CsrfField token={frame.csrf} />
    <h2>Add a domain</h2>
    <TextField
      label="Domain"
      name="name"
      value={page.fields.name}
      error={page.errors.name}
      placeholder="example.org"
      required
      attributes={EXACT}
    />
    <FormActions label="Add domain" />
    <p class="hint">For mail from outside it needs records in the DNS; its page shows them.</p>
  </form>
);

export const Domains = ({ frame, page }: { frame: AdminFrame; page: DomainsPage }) => {
  const list = (
    <section class="panel panel-flush" aria-label="Domains">
      {page.domains.length === 0 ? (
        <Empty icon="domain" title="No domain yet">
          <p>Add the part of your addresses after the @. Then users can have addresses in it.</p>
        </Empty>
      ) : (
        <ul class="lines">
          {page.domains.map((domain) => (
            <Line domain={domain} />
          ))}
        </ul>
      )}
    </section>
  );
  return (
    <Admin title="Domains" frame={frame} place="domains">
      <PageHead
        title="Domains"
        lede={
          frame.whole
            ? "Mail for these arrives here. New users get their address in the first one."
            : "The domains whose users you look after."
        }
      />
      {frame.whole ? (
        <div class="split">
          {list}
          <AddDomain frame={frame} page={page} />
        </div>
      ) : (
        list
      )}
    </Admin>
  );
};

const Names = ({ page }: { page: DomainPage }) => (
  <>
    <TextField
      label="Name"
      name="rename"
      value={page.fields.rename ?? page.displayName}
      error={page.errors.rename}
      required
      hint="With another name all addresses in it change too."
      attributes={EXACT}
    />
    <TextArea
      label="Further names of this domain"
      name="aliases"
      value={page.fields.aliases ?? page.aliases.join("\n")}
      error={page.errors.aliases}
      rows={3}
      mono
      hint="One a line. Mail to anna@ any of them reaches the same mailbox."
      attributes={{ autocapitalize: "none", spellcheck: "false" }}
    />
  </>
);

const UNKNOWN = [
  {
    value: "refuse",
    label: "Refuse it at once",
    hint: "The sending server tells its user. Right for almost everybody.",
  },
  {
    value: "bounce",
    label: "Take it and send it back",
    hint: "To senders who prove to be who they say; mail of others is refused.",
  },
  { value: "mailbox", label: "Put it into one mailbox", hint: "Nothing is missed, junk neither." },
  {
    value: "relay",
    label: "Send it on to the domain's other server",
    hint: "The one that the DNS or a route names. For a second server, or people whose mailboxes are elsewhere.",
  },
] as const;

export const DomainView = ({ frame, page }: { frame: AdminFrame; page: DomainPage }) => {
  const here = `/admin/domains/${encodeURIComponent(page.name)}`;
  return (
    <Admin title={page.displayName} frame={frame} place="domains">
      <Crumbs href="/admin/domains" label="Domains" here={page.displayName} />
      <PageHead
        title={page.displayName}
        lede={
          <>
            <a href={`/admin/aliases?domain=${encodeURIComponent(page.name)}`}>
              {page.addresses.toLocaleString("en")} {page.addresses === 1 ? "address" : "addresses"}
            </a>
            {page.first ? ". New users get theirs here." : "."}
          </>
        }
      >
        <a class="btn" href={`${here}/reports`}>
          <Icon name="chart" />
          Reports
        </a>
        <a class="btn" href={`${here}/dns`}>
          <Icon name="domain" />
          DNS records
        </a>
        {frame.whole ? <AskToRemove href={`${here}/remove`} /> : null}
      </PageHead>
      <form class="panel form" action={here} method="post">
        <CsrfField token={frame.csrf} />
        <Problem text={page.errors[""]} />
        {frame.whole ? <Names page={page} /> : null}
        <TextField
          label="Description"
          name="description"
          value={page.fields.description ?? page.description}
          error={page.errors.description}
        />
        <Choices
          legend="Mail to an address that nobody has"
          name="unknownRecipients"
          value={page.fields.unknownRecipients ?? page.unknownRecipients}
          error={page.errors.unknownRecipients}
          options={UNKNOWN}
        />
        <div class="when-mailbox">
          <NamedField
            label="That mailbox"
            name="catchAllMailbox"
            value={page.fields.catchAllMailbox ?? page.catchAll?.label ?? ""}
            error={page.errors.catchAllMailbox}
            from="/admin/mailboxes/named"
            hint={
              !frame.whole && page.unknownRecipients === "mailbox" && page.catchAll === null
                ? "It goes to a mailbox outside your domains now. Empty: leave it so."
                : "One of its addresses, or its owner's login name."
            }
          />
        </div>
        <Check
          as="switch"
          name="passwordChange"
          label="Users may change their own password in webmail"
          checked={"description" in page.fields ? page.fields.passwordChange !== undefined : page.passwordChange}
        />
        <FormActions label="Save changes" />
      </form>
    </Admin>
  );
};
