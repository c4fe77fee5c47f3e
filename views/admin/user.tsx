/** One user: the form for a new one, and the page with the basics of an account. */

import { ActionButton, Check, CsrfField, type FieldErrors, Select, TextField } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { NewPassword, type PasswordStrength } from "../parts/password.tsx";
import { fullTime, type Kind, Lamp, Moment, Notice, sizeWords } from "../parts/telling.tsx";
import { type ServerLine, ServerSettings } from "../setup/done.tsx";
import { Admin, type AdminFrame } from "./frame.tsx";

/** One permission as a switch. */
export interface PermissionSwitch {
  readonly name: string;
  readonly group: string;
  readonly label: string;
  readonly help: string;
  readonly on: boolean;
}

type Values = Readonly<Record<string, string>>;

/** The form for a new user. */
export interface NewUserPage {
  readonly fields: Values;
  readonly errors: FieldErrors;
  readonly problem?: string;
  readonly domains: readonly string[];
  readonly strength?: PasswordStrength;
}

/** An account as its page shows it. */
export interface UserPage {
  readonly login: string;
  readonly fullName: string;
  readonly enabled: boolean;
  readonly webmail: boolean;
  readonly self: boolean;
  readonly state: { readonly kind: Kind; readonly words: string };
  readonly createdAt: number;
  readonly passwordChangedAt: number | null;
  readonly passwordScore: number | null;
  readonly lastLogin: { readonly at: number; readonly service: string; readonly remote: string } | null;
  readonly permissions: readonly PermissionSwitch[];
  readonly primaryMailbox: number;
  readonly mailboxes: readonly { readonly id: number; readonly label: string; readonly size: number }[];
  readonly addresses: readonly {
    readonly address: string;
    readonly mailbox: number;
    readonly primary: boolean;
    readonly expiresAt: number | null;
  }[];
  readonly servers: readonly ServerLine[];
  /** Errors by form ("basics", "password", "addresses") and field, with what was typed. */
  readonly wrong?: {
    readonly form: "basics" | "password" | "addresses";
    readonly errors: FieldErrors;
    readonly fields: Values;
  };
  readonly strength?: PasswordStrength;
}

export const NewUser = ({ frame, page }: { frame: AdminFrame; page: NewUserPage }) => (
  <Admin title="New user" frame={frame} place="users">
    <nav class="crumbs" aria-label="Where this is">
      <a href="/admin/users">Users</a>
      <Icon name="chevronRight" />
      <span>New user</span>
    </nav>
    <div class="page-head">
      <h1>New user</h1>
    </div>
    <form class="panel form" action="/admin/users/new" method="post">
      <CsrfField token={frame.csrf} />
      {page.problem ? (
        <Notice kind="danger">
          <p>{page.problem}</p>
        </Notice>
      ) : null}
      <div class="fields">
        <TextField
          label="Full name"
          name="fullName"
          value={page.fields.fullName}
          error={page.errors.fullName}
          hint="For people to read, such as Anna Berg."
          attributes={{ autocomplete: "off", autofocus: true }}
        />
        <TextField
          label="Login name"
          name="login"
          value={page.fields.login}
          error={page.errors.login}
          required
          hint="Short, such as anna. It opens every service."
          attributes={{ autocomplete: "off", autocapitalize: "none", spellcheck: "false" }}
        />
      </div>
      <TextField
        label="Address"
        name="address"
        value={page.fields.address}
        error={page.errors.address}
        placeholder={page.domains[0] ? `anna@${page.domains[0]}` : undefined}
        hint={
          page.domains[0]
            ? `Leave it empty for the login name at ${page.domains[0]}. More addresses can be added afterwards.`
            : "Add a domain first; then this user gets an address in it."
        }
        attributes={{ autocomplete: "off", autocapitalize: "none", spellcheck: "false", inputmode: "email" }}
      />
      <NewPassword error={page.errors.password} strengthUrl="/admin/users/strength" strength={page.strength} />
      <div>
        <Check
          as="switch"
          name="webmail"
          label="May use webmail"
          checked={page.fields.login === undefined || page.fields.webmail !== undefined}
          hint="Reading and writing mail in the browser."
        />
        <Check
          as="switch"
          name="administrator"
          label="Is an administrator"
          checked={page.fields.administrator !== undefined}
          hint="May change everything here, other users too."
        />
      </div>
      <div class="form-actions">
        <button class="btn btn-primary" type="submit">
          Create user
        </button>
        <a class="btn btn-quiet" href="/admin/users">
          Cancel
        </a>
      </div>
    </form>
  </Admin>
);

const base = (page: UserPage) => `/admin/users/${encodeURIComponent(page.login)}`;

const wrongIn = (page: UserPage, form: "basics" | "password" | "addresses") =>
  page.wrong?.form === form ? page.wrong : { errors: {} as FieldErrors, fields: {} as Values };

const Basics = ({ page, csrf }: { page: UserPage; csrf: string }) => {
  const { errors, fields } = wrongIn(page, "basics");
  const typed = page.wrong?.form === "basics";
  const groups = Map.groupBy(page.permissions, (permission) => permission.group);
  return (
    <form class="panel form" id="basics" action={base(page)} method="post">
      <CsrfField token={csrf} />
      <h2>Account</h2>
      {errors[""] ? (
        <Notice kind="danger">
          <p>{errors[""]}</p>
        </Notice>
      ) : null}
      <div class="fields">
        <TextField
          label="Full name"
          name="fullName"
          value={typed ? fields.fullName : page.fullName}
          error={errors.fullName}
        />
        <TextField
          label="Login name"
          name="login"
          value={typed ? fields.login : page.login}
          error={errors.login}
          required
          attributes={{ autocapitalize: "none", spellcheck: "false" }}
        />
      </div>
      <div>
        <Check
          as="switch"
          name="enabled"
          label="Account is enabled"
          checked={typed ? fields.enabled !== undefined : page.enabled}
          hint="Switched off, nobody can sign in with it; its mail is kept and still arrives."
        />
        <Check
          as="switch"
          name="webmail"
          label="May use webmail"
          checked={typed ? fields.webmail !== undefined : page.webmail}
        />
      </div>
      {page.mailboxes.length > 1 ? (
        <Select
          label="Primary mailbox"
          name="primaryMailbox"
          value={fields.primaryMailbox ?? String(page.primaryMailbox)}
          error={errors.primaryMailbox}
          options={page.mailboxes.map((mailbox) => ({ value: String(mailbox.id), label: mailbox.label }))}
          hint="Opened by webmail; its first address is the return address."
        />
      ) : null}
      <h3 class="rule">What this user may do</h3>
      <div class="permissions">
        {[...groups].map(([group, permissions]) => (
          <fieldset>
            <legend class="label">{group}</legend>
            {permissions.map((permission) => (
              <Check
                name={`may.${permission.name}`}
                label={permission.label}
                hint={permission.help}
                checked={typed ? fields[`may.${permission.name}`] !== undefined : permission.on}
              />
            ))}
          </fieldset>
        ))}
      </div>
      <div class="form-actions">
        <button class="btn btn-primary" type="submit">
          Save changes
        </button>
      </div>
    </form>
  );
};

const Password = ({ page, csrf }: { page: UserPage; csrf: string }) => {
  const { errors } = wrongIn(page, "password");
  return (
    <form class="panel form" id="password-form" action={`${base(page)}/password`} method="post">
      <CsrfField token={csrf} />
      <h2>New password</h2>
      <NewPassword error={errors.password} strengthUrl="/admin/users/strength" strength={page.strength} />
      <input type="hidden" name="login" value={page.login} />
      <div class="form-actions">
        <button class="btn" type="submit">
          <Icon name="key" />
          Set password
        </button>
      </div>
      <p class="hint">Every browser that is signed in as {page.login} is signed out.</p>
    </form>
  );
};

const Addresses = ({ page, csrf, now }: { page: UserPage; csrf: string; now: number }) => {
  const { errors, fields } = wrongIn(page, "addresses");
  return (
    <section class="panel" id="addresses" aria-labelledby="addresses-title">
      <h2 id="addresses-title">Addresses</h2>
      <ul class="lines lines-inset">
        {page.addresses.map((entry) => (
          <li>
            <span class="two">
              <span class="strong clip">{entry.address}</span>
              {entry.primary ? <span class="muted small">return address</span> : null}
              {entry.expiresAt !== null ? (
                <span class="muted small">
                  until <Moment at={entry.expiresAt} now={now} />
                </span>
              ) : null}
            </span>
            <span class="row end">
              {entry.primary ? null : (
                <ActionButton
                  action={`${base(page)}/addresses/primary`}
                  csrf={csrf}
                  label="Make it the return address"
                  icon="reply"
                  iconOnly
                  class="btn btn-quiet btn-small"
                  fields={{ address: entry.address, mailbox: String(entry.mailbox) }}
                />
              )}
              <ActionButton
                action={`${base(page)}/addresses/remove`}
                csrf={csrf}
                label={`Remove ${entry.address}`}
                icon="trash"
                iconOnly
                class="btn btn-quiet btn-small"
                fields={{ address: entry.address, mailbox: String(entry.mailbox) }}
              />
            </span>
          </li>
        ))}
      </ul>
      <form class="form" action={`${base(page)}/addresses`} method="post">
        <CsrfField token={csrf} />
        <TextField
          label="Add an address"
          name="address"
          value={fields.address}
          error={errors.address}
          required
          attributes={{ autocomplete: "off", autocapitalize: "none", spellcheck: "false", inputmode: "email" }}
        />
        <div class="form-actions">
          <button class="btn" type="submit">
            <Icon name="plus" />
            Add
          </button>
        </div>
      </form>
    </section>
  );
};

const STRENGTH = ["very weak", "weak", "fair", "strong", "very strong"];

const About = ({ page, now }: { page: UserPage; now: number }) => (
  <section class="panel" aria-label="About this account">
    <dl class="facts facts-tight">
      <dt>State</dt>
      <dd>
        <Lamp kind={page.state.kind}>{page.state.words}</Lamp>
      </dd>
      <dt>Last sign-in</dt>
      <dd>
        {page.lastLogin ? (
          <>
            <Moment at={page.lastLogin.at} now={now} />
            <span class="muted small">
              {" "}
              {page.lastLogin.service} from {page.lastLogin.remote}
            </span>
          </>
        ) : (
          "never"
        )}
      </dd>
      <dt>Password</dt>
      <dd>
        {page.passwordChangedAt === null ? (
          "none set"
        ) : (
          <>
            {page.passwordScore === null ? "set" : STRENGTH[page.passwordScore]},{" "}
            <Moment at={page.passwordChangedAt} now={now} />
          </>
        )}
      </dd>
      <dt>Mail</dt>
      <dd class="num">
        {page.mailboxes.map((mailbox) => (
          <div class="two">
            <a href={`/admin/mailboxes/${mailbox.id}`}>{mailbox.label}</a>
            <span class="muted small">{sizeWords(mailbox.size)}</span>
          </div>
        ))}
      </dd>
      <dt>Created</dt>
      <dd title={fullTime(page.createdAt)}>
        <Moment at={page.createdAt} now={now} />
      </dd>
    </dl>
  </section>
);

export const UserView = ({ frame, page }: { frame: AdminFrame; page: UserPage }) => (
  <Admin title={page.fullName || page.login} frame={frame} place="users">
    <nav class="crumbs" aria-label="Where this is">
      <a href="/admin/users">Users</a>
      <Icon name="chevronRight" />
      <span>{page.login}</span>
    </nav>
    <div class="page-head">
      <h1>{page.fullName || page.login}</h1>
      {page.self ? null : (
        <a class="btn" href={`${base(page)}/remove`} hx-get={`${base(page)}/remove`} hx-target="#dialog">
          <Icon name="trash" />
          Remove
        </a>
      )}
    </div>
    <div class="split">
      <div class="stack">
        <Basics page={page} csrf={frame.csrf} />
        <section class="panel panel-flush" aria-labelledby="programs">
          <div class="panel-head">
            <h2 id="programs">Mail programs</h2>
          </div>
          <ServerSettings servers={page.servers} login={page.login} />
        </section>
      </div>
      <div class="stack">
        <About page={page} now={frame.now} />
        <Addresses page={page} csrf={frame.csrf} now={frame.now} />
        <Password page={page} csrf={frame.csrf} />
      </div>
    </div>
  </Admin>
);
