/** General: who the account is for, how it signs in, and its folders. */
import { Check, CopyButton, CsrfField, EXACT, FormActions, Select, TextField } from "../../parts/forms.tsx";
import { Icon } from "../../parts/icon.tsx";
import { NewPassword } from "../../parts/password.tsx";
import { Moment, Notice, Problem, sizeWords } from "../../parts/telling.tsx";
import { type ServerLine, ServerSettings } from "../../setup/done.tsx";
import { type AccountKind, type TabForm, TabPanel, textIn, tickedIn } from "./page.tsx";

export interface GeneralTab {
  readonly kind: AccountKind;
  readonly login: string;
  readonly fullName: string;
  readonly enabled: boolean;
  readonly self: boolean;
  /** Whoever looks administrates everything, and may set folders and user databases. */
  readonly whole: boolean;
  readonly mustChangePassword: boolean;
  readonly homePageFolder: string;
  readonly ftpDirectory: string;
  /** The name of the user database that decides about the password; "" for a password kept here. */
  readonly external: string;
  readonly externalId: string;
  readonly databases: readonly string[];
  readonly form: TabForm;
  readonly password: PasswordPanel;
  readonly about: AccountFacts;
  readonly servers: readonly ServerLine[];
}

/** What is known about the password, and the form for a new one. */
export interface PasswordPanel {
  readonly form: TabForm;
  readonly hasPassword: boolean;
  /** Epoch milliseconds. */
  readonly changedAt: number | null;
  readonly score: number | null;
  readonly chosen: boolean;
  /** Where whoever looks at his own account must show again that it is he, before the password changes. */
  readonly confirm?: string;
  /** Where a one-time link is made; missing where that cannot be. */
  readonly linkAction?: string;
  /** A link that was just made: shown once. */
  readonly link?: { readonly url: string; readonly expiresAt: number };
}

/** What stands beside the forms. */
export interface AccountFacts {
  readonly createdAt: number;
  readonly lastLogin: { readonly at: number; readonly service: string; readonly remote: string } | null;
  readonly addresses: readonly string[];
  readonly size: number;
}

const Account = ({ tab }: { tab: GeneralTab }) => {
  const { form } = tab;
  const template = tab.kind === "template";
  return (
    <TabPanel form={form} title={template ? "Template" : "Account"}>
      <div class="fields">
        <TextField
          label={template ? "Description" : "Full name"}
          name="fullName"
          value={textIn(form, "fullName", tab.fullName)}
          error={form.errors.fullName}
          hint={template ? "What it is for. It is not copied." : "For people to read; it has no other effect."}
        />
        <TextField
          label={template ? "Name" : "Login name"}
          name="login"
          value={textIn(form, "login", tab.login)}
          error={form.errors.login}
          required
          hint={template ? undefined : "Opens every service. Addresses stay as they are when it changes."}
          attributes={EXACT}
        />
      </div>
      <div>
        {template ? null : (
          <Check
            as="switch"
            name="enabled"
            label="Account is enabled"
            checked={tickedIn(form, "enabled", tab.enabled)}
            hint="Switched off, nobody can sign in with it; its mail is kept and still arrives."
          />
        )}
        <Check
          as="switch"
          name="mustChange"
          label="Must change the password"
          checked={tickedIn(form, "mustChange", tab.mustChangePassword)}
          hint="Until it is changed, the password opens only the web page where that is done."
        />
      </div>
      {tab.whole ? <OfTheHouse tab={tab} /> : null}
    </TabPanel>
  );
};

const OfTheHouse = ({ tab }: { tab: GeneralTab }) => {
  const { form } = tab;
  const known = tab.external === "" || tab.databases.includes(tab.external);
  const databases = known ? tab.databases : [...tab.databases, tab.external];
  return (
    <>
      <h3 class="rule">Who decides about the password</h3>
      {databases.length === 0 ? (
        <p class="hint">This server does. To let LDAP or Active Directory decide, add a user database first.</p>
      ) : (
        <div class="fields">
          <Select
            label="Password is checked by"
            name="external"
            value={textIn(form, "external", tab.external)}
            error={form.errors.external}
            options={[
              { value: "", label: "This server" },
              ...databases.map((name) => ({ value: name, label: `User database ${name}` })),
            ]}
            hint="With a user database, the password is never kept here."
          />
          <TextField
            label="Name in that database"
            name="externalId"
            value={textIn(form, "externalId", tab.externalId)}
            error={form.errors.externalId}
            hint="Leave it empty to look it up by the login name."
            attributes={EXACT}
          />
        </div>
      )}
      <h3 class="rule">Folders</h3>
      <div class="fields">
        <TextField
          label="Home-page folder"
          name="homePageFolder"
          value={textIn(form, "homePageFolder", tab.homePageFolder)}
          error={form.errors.homePageFolder}
          placeholder={`people/${tab.login}/www`}
          hint={`Shown at /~${tab.login}/; below the folder “files” of the data folder. Empty: as shown.`}
          attributes={EXACT}
        />
        <TextField
          label="FTP directory"
          name="ftpDirectory"
          value={textIn(form, "ftpDirectory", tab.ftpDirectory)}
          error={form.errors.ftpDirectory}
          placeholder={`people/${tab.login}`}
          hint="The root of an FTP session; below the folder “files” of the data folder. Empty: as shown."
          attributes={EXACT}
        />
      </div>
    </>
  );
};

const STRENGTH = ["very weak", "weak", "fair", "strong", "very strong"];

const passwordWords = ({ hasPassword, score, chosen }: PasswordPanel): string => {
  if (!hasPassword) return "None is set: nobody can sign in with this account.";
  const strength = score === null ? "" : `, judged ${STRENGTH[score]}`;
  return `Set ${chosen ? "by the user" : "for the user"}${strength}.`;
};

const Password = ({ tab, now }: { tab: GeneralTab; now: number }) => {
  const { password } = tab;
  if (tab.external !== "") {
    return (
      <section class="panel stack stack-s" aria-labelledby="password-title">
        <h2 id="password-title">Password</h2>
        <p class="muted">
          The user database {tab.external} decides about it. It is changed there, and not kept on this server.
        </p>
      </section>
    );
  }
  return (
    <section class="panel stack" id="password-form" aria-labelledby="password-title">
      <div class="stack stack-s">
        <h2 id="password-title">Password</h2>
        <p class="hint">
          {passwordWords(password)}{" "}
          {password.changedAt === null ? null : (
            <>
              Last changed <Moment at={password.changedAt} now={now} />.
            </>
          )}
        </p>
      </div>
      {password.confirm ? (
        <p>
          <a class="btn" href={password.confirm}>
            Show that it is you
          </a>
        </p>
      ) : (
        <NewOne tab={tab} />
      )}
      <OneTimeLink tab={tab} now={now} />
    </section>
  );
};

const NewOne = ({ tab: { password, ...tab } }: { tab: GeneralTab }) => (
  <form class="form" action={password.form.action} method="post">
    <CsrfField token={password.form.csrf} />
    <input type="hidden" name="login" value={tab.login} />
    <Problem text={password.form.errors[""]} />
    <NewPassword label="New password" error={password.form.errors.password} strengthUrl="/admin/users/strength" />
    {tab.self ? null : (
      <Check
        name="mustChange"
        value="password"
        label="Must be changed at the next sign-in"
        checked={tickedIn(password.form, "mustChange", true)}
      />
    )}
    <FormActions label="Set password" icon="key" plain />
    <p class="hint">
      {tab.self
        ? "Your other browsers are signed out."
        : `Every browser that is signed in as ${tab.login} is signed out.`}
    </p>
  </form>
);

const OneTimeLink = ({ tab: { password, login }, now }: { tab: GeneralTab; now: number }) => {
  const { link, linkAction } = password;
  if (link !== undefined) {
    return (
      <Notice kind="ok" title="Give this link to the person. It is shown only now.">
        <p>
          <code class="wraps" id="one-time-link">
            {link.url}
          </code>
        </p>
        <p class="row">
          <CopyButton of="one-time-link" />
          <span class="small">
            Good once, until <Moment at={link.expiresAt} now={now} />.
          </span>
        </p>
      </Notice>
    );
  }
  if (linkAction === undefined) return null;
  return (
    <form class="stack stack-s rule" action={linkAction} method="post">
      <CsrfField token={password.form.csrf} />
      <h3>Let the person choose</h3>
      <p class="hint">
        A link with which {login} sets a password without you knowing it. The present one stays until then.
      </p>
      <div class="form-actions">
        <button class="btn" type="submit">
          <Icon name="external" />
          Make a one-time link
        </button>
      </div>
    </form>
  );
};

const Facts = ({ about, now }: { about: AccountFacts; now: number }) => (
  <section class="panel" aria-label="About this account">
    <dl class="facts facts-tight">
      <dt>Last login</dt>
      <dd>
        {about.lastLogin ? (
          <span class="two">
            <Moment at={about.lastLogin.at} now={now} />
            <span class="muted small">
              {about.lastLogin.service} from {about.lastLogin.remote}
            </span>
          </span>
        ) : (
          "never"
        )}
      </dd>
      <dt>Addresses</dt>
      <dd>
        {about.addresses.length === 0
          ? "none"
          : about.addresses.slice(0, 5).map((address) => <div class="wraps">{address}</div>)}
        {about.addresses.length > 5 ? <div class="muted small">and {about.addresses.length - 5} more</div> : null}
      </dd>
      <dt>Mail</dt>
      <dd class="num">{sizeWords(about.size)}</dd>
      <dt>Created</dt>
      <dd>
        <Moment at={about.createdAt} now={now} />
      </dd>
    </dl>
  </section>
);

export const General = ({ tab, now }: { tab: GeneralTab; now: number }) =>
  tab.kind === "template" ? (
    <Account tab={tab} />
  ) : (
    <div class="split">
      <div class="stack">
        <Account tab={tab} />
        <section class="panel panel-flush" aria-labelledby="programs">
          <div class="panel-head">
            <h2 id="programs">Mail programs</h2>
          </div>
          <ServerSettings servers={tab.servers} login={tab.login} />
        </section>
      </div>
      <div class="stack">
        <Facts about={tab.about} now={now} />
        <Password tab={tab} now={now} />
      </div>
    </div>
  );
