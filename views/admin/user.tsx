/** One user: the form for a new one, and the page with the basics of an account. */
import {
  AddressField,
  Check,
  CsrfField,
  EXACT,
  type FieldErrors,
  FormActions,
  Select,
  TextField,
} from "../parts/forms.tsx";
import { NewPassword, type PasswordStrength } from "../parts/password.tsx";
import { fullTime, type Kind, Lamp, Moment, Problem, sizeWords } from "../parts/telling.tsx";
import { type ServerLine, ServerSettings } from "../setup/done.tsx";
import { Addresses, type AddressLine } from "./addresses.tsx";
import { AskToRemove } from "./confirm.tsx";
import { Admin, type AdminFrame, Crumbs } from "./frame.tsx";

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
  readonly addresses: readonly AddressLine[];
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
    <Crumbs href="/admin/users" label="Users" here="New user" />
    <div class="page-head">
      <h1>New user</h1>
    </div>
    <form class="panel form" action="/admin/users/new" method="post">
      <CsrfField token={frame.csrf} />
      <Problem text={page.problem} />
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
          attributes={EXACT}
        />
      </div>
      <AddressField
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
      <FormActions label="Create user" cancel="/admin/users" />
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
      <Problem text={errors[""]} />
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
      <FormActions label="Save changes" />
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
      <FormActions label="Set password" icon="key" plain />
      <p class="hint">Every browser that is signed in as {page.login} is signed out.</p>
    </form>
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
    <Crumbs href="/admin/users" label="Users" here={page.login} />
    <div class="page-head">
      <h1>{page.fullName || page.login}</h1>
      {page.self ? null : <AskToRemove href={`${base(page)}/remove`} />}
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
        <Addresses
          at={base(page)}
          lines={page.addresses}
          typed={wrongIn(page, "addresses").fields.address}
          error={wrongIn(page, "addresses").errors.address}
          csrf={frame.csrf}
          now={frame.now}
          choose
        />
        <Password page={page} csrf={frame.csrf} />
      </div>
    </div>
  </Admin>
);
