/** The local domains: the list, and one domain's page. */
import {
  Check,
  Choices,
  CsrfField,
  EXACT,
  type FieldErrors,
  FormActions,
  Proposing,
  TextArea,
  TextField,
} from "../parts/forms.tsx";
import { Empty, PageHead, Problem } from "../parts/telling.tsx";
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
  readonly unknownRecipients: "refuse" | "bounce" | "mailbox";
  /** The label of the mailbox that takes mail for nobody; "" for none. */
  readonly catchAll: string;
  readonly proposed: readonly string[];
  readonly errors: FieldErrors;
}

export const Domains = ({ frame, page }: { frame: AdminFrame; page: DomainsPage }) => (
  <Admin title="Domains" frame={frame} place="domains">
    <PageHead title="Domains" lede="Mail for these arrives here. New users get their address in the first one." />
    <div class="split">
      <section class="panel panel-flush" aria-label="Domains">
        {page.domains.length === 0 ? (
          <Empty icon="domain" title="No domain yet">
            <p>Add the part of your addresses after the @. Then users can have addresses in it.</p>
          </Empty>
        ) : (
          <ul class="lines">
            {page.domains.map((domain) => (
              <li>
                <span class="two">
                  <a class="strong clip" href={`/admin/domains/${encodeURIComponent(domain.name)}`}>
                    {domain.displayName}
                  </a>
                  <span class="muted small clip">
                    {[
                      domain.first ? "the first domain" : "",
                      domain.aliases.length > 0 ? `also ${domain.aliases.join(", ")}` : "",
                      domain.description,
                    ]
                      .filter(Boolean)
                      .join(" · ")}
                  </span>
                </span>
                <span class="muted num end">
                  {domain.addresses} {domain.addresses === 1 ? "address" : "addresses"}
                </span>
              </li>
            ))}
          </ul>
        )}
      </section>
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
        <p class="hint">For mail from outside, its MX record must name this server.</p>
      </form>
    </div>
  </Admin>
);

export const DomainView = ({ frame, page }: { frame: AdminFrame; page: DomainPage }) => {
  const here = `/admin/domains/${encodeURIComponent(page.name)}`;
  return (
    <Admin title={page.displayName} frame={frame} place="domains">
      <Crumbs href="/admin/domains" label="Domains" here={page.displayName} />
      <div class="page-head">
        <h1>{page.displayName}</h1>
        <AskToRemove href={`${here}/remove`} />
      </div>
      <form class="panel form" action={here} method="post">
        <CsrfField token={frame.csrf} />
        <Problem text={page.errors[""]} />
        <TextField label="Description" name="description" value={page.description} error={page.errors.description} />
        <TextArea
          label="Further names of this domain"
          name="aliases"
          value={page.aliases.join("\n")}
          error={page.errors.aliases}
          rows={3}
          mono
          hint="One a line. Mail to anna@ any of them reaches the same mailbox."
          attributes={{ autocapitalize: "none", spellcheck: "false" }}
        />
        <Choices
          legend="Mail to an address that nobody has"
          name="unknownRecipients"
          value={page.unknownRecipients}
          error={page.errors.unknownRecipients}
          options={[
            {
              value: "refuse",
              label: "Refuse it at once",
              hint: "The sending server tells its user. Right for almost everybody.",
            },
            {
              value: "bounce",
              label: "Take it and send it back",
              hint: "Some senders then get reports they never asked for.",
            },
            { value: "mailbox", label: "Put it into one mailbox", hint: "Nothing is missed, junk neither." },
          ]}
        />
        <Proposing
          label="That mailbox"
          name="catchAllMailbox"
          value={page.catchAll}
          error={page.errors.catchAllMailbox}
          proposed={page.proposed}
          hint="One of its addresses, or its owner's login name."
        />
        <Check
          as="switch"
          name="passwordChange"
          label="Users may change their own password in webmail"
          checked={page.passwordChange}
        />
        <FormActions label="Save changes" />
      </form>
    </Admin>
  );
};
