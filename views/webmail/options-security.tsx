/** Signing in, in one's own hands: the password, second factors, browsers. */
import { CodeField, RecoveryCodes, TotpPicture } from "../parts/factors.tsx";
import { ActionButton, CsrfField, type FieldErrors, FormActions, TextField } from "../parts/forms.tsx";
import { PasskeyForm } from "../parts/passkey.tsx";
import { NewPassword } from "../parts/password.tsx";
import { Badge, Empty, type Kind, Lamp, Moment, Notice, Problem } from "../parts/telling.tsx";
import { rich } from "../words/rich.tsx";
import { said, t, tn } from "../words/words.ts";
import { Confirm, formTo, OPTIONS, type OptionsFrame, OptionsPage, plainFormTo } from "./options.tsx";

/** The own password. Times are epoch milliseconds. */
export interface PasswordPage {
  readonly login: string;
  /** Why it is not changed here; undefined where it is. */
  readonly whyNot: string | undefined;
  readonly changedAt: number | null;
  readonly hasPassword: boolean;
  readonly errors: FieldErrors;
}

export const PasswordOptions = ({ frame, page }: { frame: OptionsFrame; page: PasswordPage }) => (
  <OptionsPage
    frame={frame}
    title={t("Password")}
    lede={t("One password for webmail, your mail programs, and all else here.")}
  >
    <Problem text={page.errors[""]} />
    {page.whyNot === undefined ? (
      <form class="panel form" {...plainFormTo(`${OPTIONS}/password`)}>
        <CsrfField token={frame.csrf} />
        <input type="text" name="username" value={page.login} autocomplete="username" hidden readonly />
        {page.hasPassword ? (
          <TextField
            label={t("Present password")}
            name="old"
            type="password"
            error={page.errors.old}
            required
            attributes={{ autocomplete: "current-password" }}
            {...(page.changedAt !== null && {
              hint: rich("Set {time}.", { time: <Moment at={page.changedAt} now={frame.now} /> }),
            })}
          />
        ) : null}
        <NewPassword
          label={t("New password")}
          error={page.errors.password}
          strengthUrl={`${OPTIONS}/password/strength`}
        />
        <p class="hint">
          {t("Every other browser is signed out, and programs that know the old password need the new one.")}
        </p>
        <FormActions label={t("Change the password")} />
      </form>
    ) : (
      <Notice kind="info" title={t("The password is not changed here")}>
        <p>{said(page.whyNot)}</p>
      </Notice>
    )}
  </OptionsPage>
);

/** One passkey. */
export interface PasskeyLine {
  readonly id: number;
  readonly name: string;
  readonly host: string;
  readonly synced: boolean;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
}

export interface FactorsPage {
  readonly on: boolean;
  readonly required: boolean;
  readonly totpSince: number | null;
  readonly passkeys: readonly PasskeyLine[];
  readonly recoveryCodes: number;
  /** Where one shows again who one is, where that comes before every change. */
  readonly confirm: string | undefined;
  /** What to ask an authenticator for; undefined where this address can have no passkeys. */
  readonly passkey: object | undefined;
  readonly noPasskey: string;
  /** A password alone opens no program any more. */
  readonly needsAppPasswords: boolean;
  readonly errors: FieldErrors;
}

const AT = `${OPTIONS}/second-factor`;

const Passkeys = ({ page, frame }: { page: FactorsPage; frame: OptionsFrame }) => (
  <section class="panel stack" aria-label={t("Passkeys")}>
    <div>
      <h2>{t("Passkeys")}</h2>
      <p class="muted small">
        {t("Your device's own lock (finger, face or PIN), or a security key. With one you need no password here.")}
      </p>
    </div>
    {page.passkeys.length === 0 ? null : (
      <ul class="lines lines-inset">
        {page.passkeys.map((passkey) => (
          <li class="passkey">
            <form class="row passkey-name" {...formTo(`${AT}/passkeys/${passkey.id}`)}>
              <CsrfField token={frame.csrf} />
              <input
                class="input"
                name="name"
                value={passkey.name}
                maxlength={60}
                required
                autocomplete="off"
                aria-label={t("Name of the passkey {name}", { name: passkey.name })}
              />
              <button class="btn btn-quiet btn-small" type="submit">
                {t("Rename")}
              </button>
            </form>
            <span class="muted small">
              {passkey.synced ? `${t("kept in several devices")} · ` : ""}
              {passkey.lastUsedAt === null
                ? t("never used")
                : rich("last used {time}", { time: <Moment at={passkey.lastUsedAt} now={frame.now} /> })}
              {` · ${t("for {host}", { host: passkey.host })}`}
            </span>
            {page.confirm === undefined ? (
              <ActionButton
                action={`${AT}/passkeys/${passkey.id}/remove`}
                csrf={frame.csrf}
                label={t("Remove")}
                about={passkey.name}
                class="btn btn-small"
              />
            ) : null}
          </li>
        ))}
      </ul>
    )}
    {page.passkey === undefined ? (
      <p class="hint">{page.noPasskey}</p>
    ) : page.confirm === undefined ? (
      <PasskeyForm
        ask="create"
        action={`${AT}/passkeys`}
        csrf={frame.csrf}
        options={page.passkey}
        label={t("Register a passkey")}
      >
        <TextField
          label={t("Name of the new passkey")}
          name="name"
          value={t("This device")}
          required
          attributes={{ maxlength: 60, autocomplete: "off" }}
        />
      </PasskeyForm>
    ) : null}
  </section>
);

const App = ({ page, frame }: { page: FactorsPage; frame: OptionsFrame }) => (
  <section class="panel stack" aria-label={t("Authenticator app")}>
    <div class="spread wrap">
      <div>
        <h2>{t("Authenticator app")}</h2>
        <p class="muted small">
          {page.totpSince === null
            ? t("An app on your phone that shows six digits, new ones every 30 seconds.")
            : rich("Asked for since {time}", { time: <Moment at={page.totpSince} now={frame.now} /> })}
        </p>
      </div>
      {page.confirm !== undefined ? null : page.totpSince === null ? (
        <a class="btn" href={`${AT}/app`}>
          {t("Set it up")}
        </a>
      ) : (
        <span class="row">
          <a class="btn" href={`${AT}/app`}>
            {t("Another phone")}
          </a>
          <ActionButton action={`${AT}/app/remove`} csrf={frame.csrf} label={t("Remove")} icon="trash" class="btn" />
        </span>
      )}
    </div>
  </section>
);

const Recovery = ({ page, frame }: { page: FactorsPage; frame: OptionsFrame }) => (
  <section class="panel" aria-label={t("Recovery codes")}>
    <div class="spread wrap">
      <div>
        <h2>{t("Recovery codes")}</h2>
        <p class="muted small">
          {page.recoveryCodes === 0
            ? t("None are left. Make new ones, for the day your phone is gone.")
            : tn(
                page.recoveryCodes,
                "{n} is left, for the day your phone is gone. It is good once.",
                "{n} are left, for the day your phone is gone. Each is good once.",
              )}
        </p>
      </div>
      {page.confirm === undefined ? (
        <ActionButton action={`${AT}/recovery`} csrf={frame.csrf} label={t("Make new ones")} class="btn" />
      ) : null}
    </div>
  </section>
);

export const SecondFactor = ({ frame, page }: { frame: OptionsFrame; page: FactorsPage }) => (
  <OptionsPage
    frame={frame}
    title={t("Second factor")}
    lede={t("Something besides the password when you sign in with a browser, so that a stolen password opens nothing.")}
  >
    <Problem text={page.errors[""]} />
    <p>
      <Lamp kind={page.on ? "ok" : "off"}>{page.on ? t("On") : t("Off")}</Lamp>
      {page.required ? <span class="muted"> · {t("this server asks for one")}</span> : null}
    </p>
    {page.on && page.needsAppPasswords ? (
      <Notice kind="info">
        <p>
          {rich("Your mail programs do not take your password any more: give each an {link}.", {
            link: <a href={`${OPTIONS}/app-passwords`}>{t("app password")}</a>,
          })}
        </p>
      </Notice>
    ) : null}
    {page.confirm === undefined ? null : (
      <Confirm href={page.confirm}>{t("To change how you sign in, show first that it is you.")}</Confirm>
    )}
    <App page={page} frame={frame} />
    <Passkeys page={page} frame={frame} />
    {page.on ? <Recovery page={page} frame={frame} /> : null}
  </OptionsPage>
);

const under = () => ({ href: AT, label: t("Second factor") });

/** A secret that waits for its first code. */
export const EnrolApp = ({
  frame,
  page,
}: {
  frame: OptionsFrame;
  page: { readonly svg: string; readonly secret: string; readonly problem?: string };
}) => (
  <OptionsPage frame={frame} title={t("Authenticator app")} under={under()}>
    <Problem text={page.problem} />
    <section class="panel form" aria-label={t("Set up")}>
      <p>
        {t(
          "Scan this with an authenticator app on your phone, and type the six digits that it shows. From then on they are asked for when you sign in.",
        )}
      </p>
      <TotpPicture svg={page.svg} secret={page.secret} />
      <form class="form" {...plainFormTo(`${AT}/app`)}>
        <CsrfField token={frame.csrf} />
        <CodeField label={t("Six digits")} digits />
        <FormActions label={t("Confirm")} cancel={AT} />
      </form>
    </section>
  </OptionsPage>
);

/** Recovery codes, shown once. */
export const NewRecoveryCodes = ({ frame, codes }: { frame: OptionsFrame; codes: readonly string[] }) => (
  <OptionsPage frame={frame} title={t("Recovery codes")} under={under()}>
    <section class="panel form" aria-label={t("Recovery codes")}>
      <p>
        {t(
          "If you lose your phone or key, one of these codes lets you in, each once. Print them or write them down; they are not shown again, and older ones are no longer good.",
        )}
      </p>
      <RecoveryCodes codes={codes} />
      <div class="form-actions">
        <a class="btn btn-primary" href={AT}>
          {t("I have kept them")}
        </a>
      </div>
    </section>
  </OptionsPage>
);

/** One browser in which one is signed in. */
export interface SessionLine {
  readonly id: string;
  readonly agent: string;
  readonly remote: string;
  readonly createdAt: number;
  readonly seenAt: number;
  readonly remembered: boolean;
  readonly current: boolean;
}

/** One time somebody signed in, or was refused. */
export interface SignInLine {
  readonly at: number;
  readonly kind: Kind;
  readonly words: string;
  readonly service: string;
  readonly remote: string;
}

export interface SessionsPage {
  readonly sessions: readonly SessionLine[];
  readonly signIns: readonly SignInLine[];
}

const SESSIONS = `${OPTIONS}/sessions`;

export const SessionsView = ({ frame, page }: { frame: OptionsFrame; page: SessionsPage }) => (
  <OptionsPage
    frame={frame}
    title={t("Sessions")}
    lede={t("Where you are signed in with a browser, and who tried to sign in as you lately.")}
    actions={
      page.sessions.length > 1 ? (
        <ActionButton
          action={`${SESSIONS}/others`}
          csrf={frame.csrf}
          label={t("Sign out everywhere else")}
          icon="signOut"
          class="btn"
        />
      ) : undefined
    }
  >
    <section class="panel panel-flush" aria-label={t("Browsers")}>
      <ul class="lines">
        {page.sessions.map((session) => (
          <li>
            <span class="two">
              <span class="row">
                <span class="strong">{session.agent}</span>
                {session.current ? <Badge kind="ok">{t("this one")}</Badge> : null}
              </span>
              <span class="muted small wraps">
                {session.remote} · {rich("last seen {time}", { time: <Moment at={session.seenAt} now={frame.now} /> })}{" "}
                · {rich("since {time}", { time: <Moment at={session.createdAt} now={frame.now} /> })}
                {session.remembered ? ` · ${t("stays signed in")}` : ""}
              </span>
            </span>
            <ActionButton
              action={`${SESSIONS}/close`}
              csrf={frame.csrf}
              label={t("Sign out")}
              about={`${session.agent}, ${session.remote}`}
              class="btn btn-small"
              fields={{ id: session.id }}
            />
          </li>
        ))}
      </ul>
    </section>
    <section class="panel panel-flush" aria-label={t("Recent sign-ins")}>
      <div class="panel-head">
        <h2>{t("Recent sign-ins")}</h2>
      </div>
      {page.signIns.length === 0 ? (
        <Empty icon="log" title={t("Nothing yet")}>
          <p>{t("Sign-ins and refused attempts are listed here as far back as the log goes.")}</p>
        </Empty>
      ) : (
        <table class="table table-stacks">
          <thead>
            <tr>
              <th>{t("When")}</th>
              <th>{t("What")}</th>
              <th>{t("Where to")}</th>
              <th>{t("From")}</th>
            </tr>
          </thead>
          <tbody>
            {page.signIns.map((line) => (
              <tr>
                <td>
                  <Moment at={line.at} now={frame.now} />
                </td>
                <td data-label={t("What")}>
                  <Lamp kind={line.kind}>{line.words}</Lamp>
                </td>
                <td data-label={t("Where to")}>{line.service}</td>
                <td class="num wraps" data-label={t("From")}>
                  {line.remote}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  </OptionsPage>
);
