/** Mail: webmail, mailboxes and their addresses, and the mailboxes of others that the user reaches. */
import { Check, Select } from "../../parts/forms.tsx";
import { Badge, sizeWords } from "../../parts/telling.tsx";
import { Addresses, type AddressLine } from "../addresses.tsx";
import { type AccountKind, type TabForm, TabPanel, textIn, tickedIn } from "./page.tsx";

export interface MailTab {
  readonly kind: AccountKind;
  readonly login: string;
  readonly webmail: boolean;
  readonly primaryMailbox: number;
  readonly mailboxes: readonly {
    readonly id: number;
    readonly label: string;
    readonly description: string;
    readonly primary: boolean;
    readonly messages: number;
    readonly size: number;
  }[];
  readonly shared: readonly {
    readonly id: number;
    readonly label: string;
    readonly owner: string;
    /** What these rights are called, or what they allow. */
    readonly rights: string;
    readonly letters: string;
    /** Folders in which the user has rights of their own, in words; "" for none. */
    readonly folders: string;
    /** Whoever looks may see its page. */
    readonly linked: boolean;
  }[];
  readonly addresses: readonly AddressLine[];
  readonly form: TabForm;
  readonly addressForm: TabForm;
}

const Settings = ({ tab: { form, ...tab } }: { tab: MailTab }) => (
  <TabPanel form={form} title={tab.kind === "template" ? "Mail" : "Webmail and return address"}>
    <Check
      as="switch"
      name="webmail"
      label="Enable webmail login"
      checked={tickedIn(form, "webmail", tab.webmail)}
      hint="May read and write mail in the browser. Mail programs do not ask for it."
    />
    {tab.kind === "template" ? null : (
      <Select
        label="Primary mailbox"
        name="primaryMailbox"
        value={textIn(form, "primaryMailbox", String(tab.primaryMailbox))}
        error={form.errors.primaryMailbox}
        options={tab.mailboxes.map(({ id, label }) => ({ value: String(id), label }))}
        hint="Webmail opens it first, and its return address is the user's."
      />
    )}
  </TabPanel>
);

const Name = ({ linked, id, label }: { linked: boolean; id: number; label: string }) =>
  linked ? (
    <a class="strong" href={`/admin/mailboxes/${id}`}>
      {label}
    </a>
  ) : (
    <span class="strong">{label}</span>
  );

const Mailboxes = ({ tab }: { tab: MailTab }) => (
  <section class="panel panel-flush" aria-labelledby="mailboxes-title">
    <div class="panel-head">
      <h2 id="mailboxes-title">Mailboxes</h2>
      <a class="small" href={`/admin/mailboxes?q=${encodeURIComponent(tab.login)}`}>
        All of {tab.login}
      </a>
    </div>
    <ul class="lines lines-wrap">
      {tab.mailboxes.map(({ id, label, description, primary, messages, size }) => (
        <li>
          <span class="two">
            <Name linked id={id} label={label} />
            {description && description !== label ? <span class="muted small clip">{description}</span> : null}
          </span>
          {primary ? <Badge kind="info">primary</Badge> : null}
          <span class="num muted end">
            {messages.toLocaleString("en")} {messages === 1 ? "message" : "messages"}, {sizeWords(size)}
          </span>
        </li>
      ))}
    </ul>
  </section>
);

const Shared = ({ tab }: { tab: MailTab }) => (
  <section class="panel panel-flush" aria-labelledby="shared-title">
    <div class="panel-head">
      <div>
        <h2 id="shared-title">Shared mailboxes</h2>
        <p class="hint">Mailboxes of others that {tab.login} reaches. The rights are changed on the mailbox itself.</p>
      </div>
    </div>
    {tab.shared.length === 0 ? (
      <p class="muted pad">Nobody shares a mailbox with this user.</p>
    ) : (
      <div class="table-wrap">
        <table class="table table-stacks">
          <thead>
            <tr>
              <th>Mailbox</th>
              <th>Owner</th>
              <th>Rights</th>
            </tr>
          </thead>
          <tbody>
            {tab.shared.map(({ id, label, owner, rights, letters, folders, linked }) => (
              <tr>
                <td>
                  <Name linked={linked} id={id} label={label} />
                </td>
                <td data-label="Owner">{owner}</td>
                <td data-label="Rights">
                  <span>
                    {rights} <code class="muted">{letters}</code>
                  </span>
                  {folders === "" ? null : <span class="muted small">Rights in single folders: {folders}</span>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    )}
  </section>
);

export const Mail = ({ tab, at, now }: { tab: MailTab; at: string; now: number }) =>
  tab.kind === "template" ? (
    <Settings tab={tab} />
  ) : (
    <div class="split">
      <div class="stack">
        <Settings tab={tab} />
        <Mailboxes tab={tab} />
        <Shared tab={tab} />
      </div>
      <Addresses
        at={at}
        lines={tab.addresses}
        typed={tab.addressForm.typed?.address}
        error={tab.addressForm.errors.address}
        csrf={tab.addressForm.csrf}
        now={now}
        choose
      />
    </div>
  );
