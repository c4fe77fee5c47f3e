/** Security: how somebody proves who he is, where he is signed in, and what his logins came to. */
import type { Child } from "hono/jsx";
import { ActionButton, Check, CopyButton, CsrfField, FormActions, TextField } from "../../parts/forms.tsx";
import { Badge, Lamp, Moment, Notice, Problem } from "../../parts/telling.tsx";
import type { TabForm } from "./page.tsx";

/** Epoch milliseconds in all times here. */
export interface SecurityTab {
  readonly login: string;
  readonly self: boolean;
  /** The address of the tab; actions stand below it. */
  readonly at: string;
  readonly csrf: string;
  /** Where whoever looks at his own account shows again who he is; missing where that is not needed. */
  readonly confirm?: string;
  readonly factors: {
    readonly on: boolean;
    readonly required: boolean;
    readonly totpSince: number | null;
    readonly recoveryCodes: number;
    readonly passkeys: readonly {
      readonly id: number;
      readonly name: string;
      readonly host: string;
      readonly createdAt: number;
      readonly lastUsedAt: number | null;
    }[];
  };
  readonly appPasswords: readonly {
    readonly id: number;
    readonly name: string;
    readonly services: string;
    readonly networks: string;
    readonly expiresAt: number | null;
    readonly expired: boolean;
    readonly lastUse: { readonly at: number; readonly service: string; readonly remote: string } | null;
  }[];
  /** An app password that was just made: shown once. */
  readonly made?: { readonly name: string; readonly shown: string };
  readonly services: readonly { readonly name: string; readonly label: string }[];
  readonly tokens: readonly {
    readonly id: number;
    readonly name: string;
    readonly scopes: string;
    readonly lastUsed: { readonly at: number; readonly remote: string } | null;
  }[];
  readonly sessions: readonly {
    readonly id: string;
    readonly agent: string;
    readonly remote: string;
    readonly createdAt: number;
    readonly seenAt: number;
    readonly current: boolean;
  }[];
  readonly logins: readonly {
    readonly at: number;
    readonly accepted: boolean;
    readonly service: string;
    readonly remote: string;
    readonly text: string;
  }[];
  /** The address of what was before. */
  readonly earlier?: string;
  readonly form: TabForm;
}

const Panel = ({ id, title, action, children }: { id: string; title: string; action?: Child; children: Child }) => (
  <section class="panel panel-flush" id={id} aria-labelledby={`${id}-title`}>
    <div class="panel-head">
      <h2 id={`${id}-title`}>{title}</h2>
      {action}
    </div>
    {children}
  </section>
);

const None = ({ children }: { children: Child }) => <p class="muted pad">{children}</p>;

const Revoke = ({ action, csrf, id, label }: { action: string; csrf: string; id: string; label: string }) => (
  <ActionButton
    action={action}
    csrf={csrf}
    label={label}
    icon="trash"
    fields={{ id }}
    iconOnly
    class="btn btn-quiet btn-small end"
  />
);

const Factors = ({ tab: { factors, at, csrf, login }, now }: { tab: SecurityTab; now: number }) => (
  <Panel
    id="factors"
    title="Second factors"
    action={
      factors.on ? (
        <a class="btn btn-small" href={`${at}/factors/remove`} hx-get={`${at}/factors/remove`} hx-target="#dialog">
          Take all away
        </a>
      ) : undefined
    }
  >
    {factors.on ? (
      <ul class="lines lines-wrap">
        {factors.totpSince === null ? null : (
          <li>
            <span class="two">
              <span class="strong">Codes of an authenticator app</span>
              <span class="muted small">
                since <Moment at={factors.totpSince} now={now} />, {factors.recoveryCodes} recovery codes left
              </span>
            </span>
          </li>
        )}
        {factors.passkeys.map(({ id, name, host, createdAt, lastUsedAt }) => (
          <li>
            <span class="two">
              <span class="strong">{name}</span>
              <span class="muted small">
                passkey for {host}, made <Moment at={createdAt} now={now} />,{" "}
                {lastUsedAt === null ? (
                  "never used"
                ) : (
                  <>
                    last used <Moment at={lastUsedAt} now={now} />
                  </>
                )}
              </span>
            </span>
            <Revoke action={`${at}/passkeys/remove`} csrf={csrf} id={String(id)} label={`Remove the passkey ${name}`} />
          </li>
        ))}
      </ul>
    ) : (
      <None>
        None: the password alone opens the account.{" "}
        {factors.required
          ? `${login} is asked to set one up at the next sign-in.`
          : "Everybody sets up his own in webmail's options."}
      </None>
    )}
  </Panel>
);

const AppPasswords = ({ tab, now }: { tab: SecurityTab; now: number }) => (
  <Panel id="app-passwords" title="App passwords">
    {tab.made ? (
      <div class="pad">
        <Notice kind="ok" title={`The app password “${tab.made.name}”. It is shown only now.`}>
          <p class="row">
            <code class="wraps" id="made-app-password">
              {tab.made.shown}
            </code>
            <CopyButton of="made-app-password" />
          </p>
        </Notice>
      </div>
    ) : null}
    {tab.appPasswords.length === 0 ? (
      <None>None. An app password is for one program or device, and can be taken away by itself.</None>
    ) : (
      <ul class="lines">
        {tab.appPasswords.map((app) => (
          <li>
            <span class="two">
              <span class="strong">
                {app.name} {app.expired ? <Badge kind="warn">expired</Badge> : null}
              </span>
              <span class="muted small">
                {app.services}
                {app.networks ? `, from ${app.networks}` : ""}
                {app.expiresAt === null || app.expired ? null : (
                  <>
                    , until <Moment at={app.expiresAt} now={now} />
                  </>
                )}
              </span>
              <span class="muted small">
                {app.lastUse === null ? (
                  "never used"
                ) : (
                  <>
                    last used <Moment at={app.lastUse.at} now={now} />, {app.lastUse.service} from {app.lastUse.remote}
                  </>
                )}
              </span>
            </span>
            <Revoke
              action={`${tab.at}/app-passwords/revoke`}
              csrf={tab.csrf}
              id={String(app.id)}
              label={`Revoke ${app.name}`}
            />
          </li>
        ))}
      </ul>
    )}
    <NewAppPassword tab={tab} />
  </Panel>
);

const NewAppPassword = ({ tab: { form, at, services } }: { tab: SecurityTab }) => (
  <details class="fold fold-in" open={form.typed !== undefined}>
    <summary>Make one</summary>
    <form class="form" action={`${at}/app-passwords`} method="post">
      <CsrfField token={form.csrf} />
      <Problem text={form.errors[""]} />
      <div class="fields">
        <TextField
          label="For which device or program"
          name="name"
          value={form.typed?.name}
          error={form.errors.name}
          required
          placeholder="Printer in the hall"
          attributes={{ autocomplete: "off" }}
        />
        <TextField
          label="Good until"
          name="until"
          type="date"
          value={form.typed?.until}
          error={form.errors.until}
          hint="Empty: for always."
        />
        <TextField
          label="Only from these networks"
          name="networks"
          value={form.typed?.networks}
          error={form.errors.networks}
          placeholder="192.168.1.0/24"
          hint="Separated by spaces; empty: from everywhere."
          attributes={{ autocomplete: "off", spellcheck: "false" }}
        />
      </div>
      <fieldset>
        <legend class="label">What it opens</legend>
        <div class="ticks">
          {services.map(({ name, label }) => (
            <Check
              name={`opens.${name}`}
              label={label}
              checked={
                form.typed ? form.typed[`opens.${name}`] !== undefined : name === "imap" || name === "submission"
              }
            />
          ))}
        </div>
        {form.errors.services ? <p class="error">{form.errors.services}</p> : null}
      </fieldset>
      <FormActions label="Make an app password" icon="key" plain />
    </form>
  </details>
);

const Tokens = ({ tab, now }: { tab: SecurityTab; now: number }) => (
  <Panel id="tokens" title="API tokens">
    <ul class="lines">
      {tab.tokens.map(({ id, name, scopes, lastUsed }) => (
        <li>
          <span class="two">
            <span class="strong">{name}</span>
            <span class="muted small">{scopes}</span>
            <span class="muted small">
              {lastUsed === null ? (
                "never used"
              ) : (
                <>
                  last used <Moment at={lastUsed.at} now={now} /> from {lastUsed.remote}
                </>
              )}
            </span>
          </span>
          <Revoke action={`${tab.at}/tokens/revoke`} csrf={tab.csrf} id={String(id)} label={`Revoke ${name}`} />
        </li>
      ))}
    </ul>
  </Panel>
);

const Sessions = ({ tab: { sessions, at, csrf, self }, now }: { tab: SecurityTab; now: number }) => (
  <Panel
    id="sessions"
    title="Signed in"
    action={
      sessions.some(({ current }) => !current) ? (
        <ActionButton
          action={`${at}/sessions/close-all`}
          csrf={csrf}
          label={self ? "Sign out elsewhere" : "Sign out everywhere"}
          icon="signOut"
        />
      ) : undefined
    }
  >
    {sessions.length === 0 ? (
      <None>In no browser.</None>
    ) : (
      <ul class="lines">
        {sessions.map(({ id, agent, remote, createdAt, seenAt, current }) => (
          <li>
            <span class="two">
              <span class="strong">
                {agent} {current ? <Badge kind="info">this browser</Badge> : null}
              </span>
              <span class="muted small">
                from {remote}, since <Moment at={createdAt} now={now} />, last seen <Moment at={seenAt} now={now} />
              </span>
            </span>
            {current ? null : (
              <ActionButton
                action={`${at}/sessions/close`}
                csrf={csrf}
                label={`Sign out ${agent}`}
                icon="signOut"
                fields={{ id }}
                iconOnly
                class="btn btn-quiet btn-small end"
              />
            )}
          </li>
        ))}
      </ul>
    )}
  </Panel>
);

const Logins = ({ tab, now }: { tab: SecurityTab; now: number }) => (
  <Panel id="logins" title="Recent logins and refusals">
    {tab.logins.length === 0 ? (
      <None>None are in the log.</None>
    ) : (
      <div class="table-wrap">
        <table class="table table-stacks">
          <thead>
            <tr>
              <th>When</th>
              <th>What became of it</th>
              <th>Service</th>
              <th>From</th>
            </tr>
          </thead>
          <tbody>
            {tab.logins.map(({ at, accepted, service, remote, text }) => (
              <tr>
                <td>
                  <Moment at={at} now={now} />
                </td>
                <td data-label="Outcome">
                  <span class="two">
                    <Lamp kind={accepted ? "ok" : "danger"}>{accepted ? "Logged in" : "Refused"}</Lamp>
                    <span class="muted small">{text}</span>
                  </span>
                </td>
                <td data-label="Service">{service}</td>
                <td data-label="From" class="num">
                  {remote}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    )}
    {tab.earlier ? (
      <p class="pad">
        <a class="btn btn-small" href={tab.earlier}>
          Earlier ones
        </a>
      </p>
    ) : null}
  </Panel>
);

export const Security = ({ tab, now }: { tab: SecurityTab; now: number }) => (
  <div class="stack">
    {tab.confirm ? (
      <Notice kind="info">
        <p>
          It is your own account. Before second factors or passwords change,{" "}
          <a href={tab.confirm}>show again that it is you</a>.
        </p>
      </Notice>
    ) : null}
    <div class="halves">
      <div class="stack">
        <Factors tab={tab} now={now} />
        <Sessions tab={tab} now={now} />
      </div>
      <div class="stack">
        <AppPasswords tab={tab} now={now} />
        {tab.tokens.length > 0 ? <Tokens tab={tab} now={now} /> : null}
      </div>
    </div>
    <Logins tab={tab} now={now} />
  </div>
);
