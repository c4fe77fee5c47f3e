/** The page on which a user, or a template, is made; and the one that says what to give to the person. */
import {
  Check,
  Choices,
  CopyButton,
  CsrfField,
  EXACT,
  type FieldErrors,
  FormActions,
  TextField,
} from "../../parts/forms.tsx";
import { Icon } from "../../parts/icon.tsx";
import { NewPassword } from "../../parts/password.tsx";
import { Moment, Notice, PageHead, Problem } from "../../parts/telling.tsx";
import { type ServerLine, ServerSettings } from "../../setup/done.tsx";
import { Admin, type AdminFrame, Crumbs } from "../frame.tsx";
import { atUser } from "./path.ts";
import { Administration, type AdministrationChoice } from "./permissions.tsx";

type Typed = Readonly<Record<string, string>>;

const AT = "/admin/users/new";

/** The address that follows the login name, and the welcome message that names it. */
export interface Following {
  readonly address: string;
  /** The address as it was proposed last: as long as that stands in the field, it follows. */
  readonly followed: string;
  readonly error?: string;
  readonly also: readonly { readonly address: string; readonly chosen: boolean }[];
  readonly domains: readonly string[];
  readonly welcome: { readonly subject: string; readonly text: string };
}

/** What is copied from a template or a user, in words. */
export interface Model {
  readonly login: string;
  readonly kind: "template" | "user";
  readonly facts: readonly { readonly label: string; readonly value: string }[];
}

export interface NewUserPage {
  /** Empty before the first try. */
  readonly typed?: Typed;
  readonly errors: FieldErrors;
  readonly models: readonly { readonly login: string; readonly label: string; readonly kind: "template" | "user" }[];
  readonly model?: Model;
  readonly following: Following;
  /** Whether the welcome message is proposed. */
  readonly welcome: boolean;
  readonly links: boolean;
  readonly administration?: AdministrationChoice;
}

const ways = (links: boolean) => [
  { value: "typed", label: "I type one", hint: "And tell it to the person." },
  { value: "made", label: "Make one", hint: "A random one, shown once on the next page." },
  ...(links
    ? [{ value: "link", label: "The person chooses", hint: "With a one-time link, shown once on the next page." }]
    : []),
];

/** The address field with its proposals: made anew while the login name is typed. */
export const AddressOf = ({ following: { address, followed, also, domains, error } }: { following: Following }) => (
  <div class="stack stack-s" id="address-part">
    <input type="hidden" name="followed" value={followed} />
    <TextField
      label="Address"
      name="address"
      value={address}
      error={error}
      placeholder={domains[0] ? `anna@${domains[0]}` : undefined}
      hint={
        domains.length === 0
          ? "Add a domain first; then this user gets an address in it."
          : "The return address. It follows the login name until you change it."
      }
      attributes={{ ...EXACT, inputmode: "email" }}
    />
    {also.length > 0 ? (
      <fieldset>
        <legend class="hint">Also give</legend>
        {also.map(({ address: further, chosen }) => (
          <Check name="also" value={further} label={further} checked={chosen} />
        ))}
      </fieldset>
    ) : null}
  </div>
);

/** The message as it will be. */
export const WelcomePreview = ({ welcome }: { welcome: Following["welcome"] }) => (
  <div class="letter" id="welcome-part">
    <p class="strong">{welcome.subject}</p>
    <p class="letter-text">{welcome.text}</p>
  </div>
);

/** What the address and the message become while one types. */
export const FollowingParts = ({ following }: { following: Following }) => (
  <>
    <AddressOf following={following} />
    <hx-partial hx-target="#welcome-part" hx-swap="outerHTML">
      <WelcomePreview welcome={following.welcome} />
    </hx-partial>
  </>
);

const FOLLOW = {
  "hx-get": `${AT}/following`,
  "hx-trigger": "input changed delay:250ms",
  "hx-include": "closest form",
  "hx-target": "#address-part",
  "hx-swap": "outerHTML",
  "hx-sync": "closest form:replace",
} as const;

const From = ({ page }: { page: NewUserPage }) => {
  const groups = Map.groupBy(page.models, ({ kind }) => kind);
  const chosen = page.model?.login ?? "";
  return (
    <div class="field">
      <label for="template">Begin with</label>
      <div class="input-group">
        <select
          class="input"
          id="template"
          name="template"
          aria-describedby="template-hint"
          aria-invalid={page.errors.template ? "true" : undefined}
          hx-get={AT}
          hx-trigger="change"
          hx-include="closest form"
          hx-target="#rights"
          hx-select="#rights"
          hx-swap="outerHTML"
        >
          <option value="">Nothing: the usual permissions</option>
          {(["template", "user"] as const).map((kind) =>
            groups.has(kind) ? (
              <optgroup label={kind === "template" ? "Templates" : "The same as"}>
                {groups.get(kind)?.map(({ login, label }) => (
                  <option value={login} selected={login === chosen}>
                    {label}
                  </option>
                ))}
              </optgroup>
            ) : null,
          )}
        </select>
      </div>
      <p class="hint" id="template-hint">
        A template, or a user whose permissions and limits are copied.
      </p>
      {page.errors.template ? <p class="error">{page.errors.template}</p> : null}
    </div>
  );
};

/** What the new user may do: what is copied, or the few questions. */
const Rights = ({ page }: { page: NewUserPage }) => {
  const { model, typed, administration } = page;
  return (
    <div class="stack" id="rights">
      <input type="hidden" name="shownFor" value={model?.login ?? ""} />
      {model ? (
        <>
          <p class="hint">
            Copied from the {model.kind} {model.login}. Everything can be changed afterwards.
          </p>
          <dl class="facts facts-tight">
            {model.facts.map(({ label, value }) => (
              <>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </>
            ))}
          </dl>
        </>
      ) : (
        <>
          <Check
            as="switch"
            name="webmail"
            label="Enable webmail login"
            checked={typed === undefined || typed.webmail !== undefined}
            hint="Reading and writing mail in the browser."
          />
          {administration ? (
            <Administration choice={administration} typed={typed} error={page.errors.administers} />
          ) : null}
        </>
      )}
    </div>
  );
};

const PasswordPart = ({ page }: { page: NewUserPage }) => {
  const { typed, errors, links } = page;
  return (
    <section class="panel stack" aria-labelledby="password-part">
      <h2 id="password-part">First password</h2>
      <div class="across">
        <Choices legend="How" name="way" value={typed?.way ?? "typed"} options={ways(links)} error={errors.way} />
      </div>
      <div class="when-typed">
        <NewPassword required={false} error={errors.password} strengthUrl="/admin/users/strength" />
      </div>
      <div class="unless-link">
        <Check
          name="mustChange"
          label="Must be changed at the first sign-in"
          checked={typed === undefined || typed.mustChange !== undefined}
          hint="Then only the person knows it. Mail programs work once it is changed."
        />
      </div>
    </section>
  );
};

const WelcomePart = ({ page }: { page: NewUserPage }) => (
  <section class="panel stack" aria-labelledby="welcome-title">
    <h2 id="welcome-title">Welcome message</h2>
    <Check
      as="switch"
      name="welcome"
      label="Put a welcome message into the mailbox"
      checked={page.typed === undefined ? page.welcome : page.typed.welcome !== undefined}
    />
    <details class="fold">
      <summary>What it says</summary>
      <WelcomePreview welcome={page.following.welcome} />
    </details>
  </section>
);

export const NewUser = ({ frame, page }: { frame: AdminFrame; page: NewUserPage }) => {
  const { typed, errors } = page;
  return (
    <Admin title="New user" frame={frame} place="users">
      <Crumbs href="/admin/users" label="Users" here="New user" />
      <PageHead title="New user" lede="The mailbox with its folders and the address come with it." />
      <form class="stack new-user" action={AT} method="post">
        <CsrfField token={frame.csrf} />
        <Problem text={errors[""]} />
        <section class="panel stack" aria-labelledby="who">
          <h2 id="who">Who</h2>
          <div class="fields">
            <TextField
              label="Full name"
              name="fullName"
              value={typed?.fullName}
              error={errors.fullName}
              hint="For people to read, such as Anna Berg."
              attributes={{ autocomplete: "off", autofocus: true, ...FOLLOW }}
            />
            <TextField
              label="Login name"
              name="login"
              value={typed?.login}
              error={errors.login}
              required
              hint="Short, such as anna. It opens every service."
              attributes={{ ...EXACT, ...FOLLOW }}
            />
          </div>
          <AddressOf following={page.following} />
          <TextField
            label="Quota"
            name="quota"
            value={typed?.quota}
            error={errors.quota}
            short
            addon="MB"
            hint="Empty: no limit."
            attributes={{ inputmode: "numeric", autocomplete: "off" }}
          />
        </section>
        <PasswordPart page={page} />
        <section class="panel stack" aria-labelledby="may">
          <h2 id="may">What this user may do</h2>
          <From page={page} />
          <Rights page={page} />
        </section>
        <WelcomePart page={page} />
        <FormActions label="Create user" cancel="/admin/users" />
      </form>
    </Admin>
  );
};

/** The form for a template: a name; its properties follow on its own page. */
export const NewTemplate = ({
  frame,
  page,
}: {
  frame: AdminFrame;
  page: { readonly typed?: Typed; readonly errors: FieldErrors; readonly models: NewUserPage["models"] };
}) => (
  <Admin title="New template" frame={frame} place="users">
    <Crumbs href="/admin/users?kind=template" label="Templates" here="New template" />
    <PageHead title="New template" lede="What several new users will have in common." />
    <form class="panel form" action="/admin/users/new/template" method="post">
      <CsrfField token={frame.csrf} />
      <Problem text={page.errors[""]} />
      <TextField
        label="Name"
        name="login"
        value={page.typed?.login}
        error={page.errors.login}
        required
        hint="Such as staff. No user can have the same name."
        attributes={{ ...EXACT, autofocus: true }}
      />
      <TextField label="Description" name="fullName" value={page.typed?.fullName} error={page.errors.fullName} />
      <div class="field">
        <label for="template">Begin with</label>
        <select class="input" id="template" name="template">
          <option value="">Nothing: the usual permissions</option>
          {page.models.map(({ login, label }) => (
            <option value={login} selected={login === page.typed?.template}>
              {label}
            </option>
          ))}
        </select>
      </div>
      <FormActions label="Create template" cancel="/admin/users?kind=template" />
    </form>
  </Admin>
);

/** What the person needs, once the account is there. */
export interface MadePage {
  readonly login: string;
  readonly fullName: string;
  readonly addresses: readonly string[];
  /** A password that was made for the person: shown only here. */
  readonly password?: string;
  readonly link?: { readonly url: string; readonly expiresAt: number };
  readonly mustChange: boolean;
  readonly welcomed: boolean;
  readonly webmail?: string;
  readonly servers: readonly ServerLine[];
}

const Copied = ({ id, label, children }: { id: string; label: string; children: string }) => (
  <span class="row">
    <code class="wraps" id={id}>
      {children}
    </code>
    <CopyButton of={id} about={label} />
  </span>
);

const ToGive = ({ page, now }: { page: MadePage; now: number }) => (
  <dl class="facts">
    <dt>Login name</dt>
    <dd>
      <Copied id="made-login" label="the login name">
        {page.login}
      </Copied>
    </dd>
    {page.password ? (
      <>
        <dt>Password</dt>
        <dd>
          <Copied id="made-password" label="the password">
            {page.password}
          </Copied>
        </dd>
      </>
    ) : null}
    {page.link ? (
      <>
        <dt>One-time link</dt>
        <dd class="stack stack-s">
          <Copied id="made-link" label="the link">
            {page.link.url}
          </Copied>
          <span class="muted small">
            Good once, until <Moment at={page.link.expiresAt} now={now} />. The password is chosen there.
          </span>
        </dd>
      </>
    ) : null}
    <dt>{page.addresses.length === 1 ? "Address" : "Addresses"}</dt>
    <dd>{page.addresses.length === 0 ? "none yet" : page.addresses.map((address) => <div>{address}</div>)}</dd>
    {page.webmail ? (
      <>
        <dt>Webmail</dt>
        <dd class="wraps">{page.webmail}</dd>
      </>
    ) : null}
  </dl>
);

export const UserMade = ({ frame, page }: { frame: AdminFrame; page: MadePage }) => (
  <Admin title={`${page.fullName || page.login} was created`} frame={frame} place="users">
    <Crumbs href="/admin/users" label="Users" here={page.login} />
    <PageHead
      title={`${page.fullName || page.login} was created`}
      lede={page.welcomed ? "The mailbox is ready, and the welcome message is in it." : "The mailbox is ready."}
    />
    <div class="stack made">
      {page.password || page.link ? (
        <Notice kind="warn">
          <p>
            Write down or copy the {page.password ? "password" : "link"} now. It is shown only on this page, and cannot
            be found out later.
          </p>
        </Notice>
      ) : null}
      <section class="panel stack" aria-labelledby="to-give">
        <h2 id="to-give">What to give to the person</h2>
        <ToGive page={page} now={frame.now} />
        {page.mustChange ? (
          <p class="hint">
            The password must be changed at the first sign-in in the browser; mail programs work after that.
          </p>
        ) : null}
      </section>
      <section class="panel panel-flush" aria-labelledby="programs">
        <div class="panel-head">
          <h2 id="programs">Mail programs</h2>
        </div>
        <ServerSettings servers={page.servers} login={page.login} />
      </section>
      <div class="form-actions">
        <a class="btn btn-primary" href={atUser(page.login)}>
          All properties
        </a>
        <a class="btn" href={AT}>
          <Icon name="plus" />
          Another user
        </a>
      </div>
    </div>
  </Admin>
);
