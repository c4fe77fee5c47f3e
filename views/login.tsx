/** The sign-in page. */
import type { Frame } from "./layout.tsx";
import { Check, CsrfField, TextField } from "./parts/forms.tsx";
import { Gate } from "./parts/gate.tsx";
import { PasskeyForm, withPasskeys } from "./parts/passkey.tsx";
import { Notice, Problem } from "./parts/telling.tsx";
import { t } from "./words/words.ts";

/** What the sign-in page shows. */
export interface LoginPage {
  readonly login?: string;
  readonly remember?: boolean;
  /** The path to go on to. */
  readonly next: string;
  /** Why the last try failed, and what to do. */
  readonly problem?: string;
  /** Why the person is here again, such as after signing out. */
  readonly note?: string;
  /** What this server is called. */
  readonly host: string;
  /** What to ask an authenticator for, where passkeys are used here. */
  readonly passkey?: object;
  /** Why they cannot be used at this address, where they are at another. */
  readonly noPasskey?: string;
}

export const Login = ({ frame, page }: { frame: Frame; page: LoginPage }) => (
  <Gate
    title={t("Sign in")}
    frame={withPasskeys(frame)}
    headline={t("Your mail, at home.")}
    words={t("This is {host}.", { host: page.host })}
  >
    <div class="stack stack-l">
      <h1>{t("Sign in")}</h1>
      <Problem text={page.problem} />
      {page.note ? (
        <Notice kind="ok">
          <p>{page.note}</p>
        </Notice>
      ) : null}
      <form class="form" action="/login" method="post">
        <CsrfField token={frame.csrf} />
        <input type="hidden" name="next" value={page.next} />
        <TextField
          label={t("Login name")}
          name="login"
          value={page.login}
          required
          attributes={{
            autocomplete: page.passkey ? "username webauthn" : "username",
            autocapitalize: "none",
            spellcheck: "false",
            autofocus: page.login === undefined,
          }}
        />
        <TextField
          label={t("Password")}
          name="password"
          type="password"
          required
          attributes={{ autocomplete: "current-password", autofocus: page.login !== undefined }}
        />
        <Check name="remember" label={t("Stay signed in on this device")} checked={page.remember} />
        <button class="btn btn-primary btn-wide" type="submit">
          {t("Sign in")}
        </button>
      </form>
      {page.passkey ? (
        <PasskeyForm
          ask="get"
          action="/login/passkey"
          csrf={frame.csrf}
          options={page.passkey}
          label={t("Sign in with a passkey")}
          offered={page.problem === undefined}
          fields={{ next: page.next }}
          rememberLike="[name=remember][type=checkbox]"
        />
      ) : null}
      {page.noPasskey ? <p class="muted small">{page.noPasskey}</p> : null}
      <p class="muted small">
        {t(
          "Use the same login name and password as in your mail program. If you have forgotten them, ask whoever looks after this server.",
        )}
      </p>
    </div>
  </Gate>
);
