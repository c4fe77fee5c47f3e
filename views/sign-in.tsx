/** The steps of signing in beyond the password, the page of a reset link, and showing again who one is. */
import type { PropsWithChildren } from "hono/jsx";
import type { Frame } from "./layout.tsx";
import { CodeField, RecoveryCodes, TotpPicture } from "./parts/factors.tsx";
import { CsrfField, TextField } from "./parts/forms.tsx";
import { Gate } from "./parts/gate.tsx";
import { PasskeyForm, withPasskeys } from "./parts/passkey.tsx";
import { NewPassword, type PasswordStrength } from "./parts/password.tsx";
import { Notice, Problem } from "./parts/telling.tsx";
import { t } from "./words/words.ts";

/** The frame of all steps: who is signing in, and the way back to the beginning. */
const StepGate = ({
  title,
  frame,
  headline,
  login,
  problem,
  back = true,
  children,
}: PropsWithChildren<{
  title: string;
  frame: Frame;
  headline: string;
  login?: string;
  problem?: string;
  back?: boolean;
}>) => (
  <Gate
    title={title}
    frame={withPasskeys(frame)}
    headline={headline}
    words={login && t("You are signing in as {login}.", { login })}
  >
    <div class="stack stack-l">
      <h1>{title}</h1>
      <Problem text={problem} />
      {children}
      {back ? (
        <form action="/login/cancel" method="post">
          <CsrfField token={frame.csrf} />
          <button class="btn btn-quiet btn-small" type="submit">
            {t("Sign in as somebody else")}
          </button>
        </form>
      ) : null}
    </div>
  </Gate>
);

const Send = ({ label }: { label: string }) => (
  <button class="btn btn-primary btn-wide" type="submit">
    {label}
  </button>
);

/** What the second step offers. */
export interface SecondStepPage {
  readonly login: string;
  readonly problem?: string;
  /** Codes of an app are set up. */
  readonly totp: boolean;
  /** Recovery codes that are left. */
  readonly recoveryCodes: number;
  /** What to ask an authenticator for, where there is a passkey for this host name. */
  readonly passkey?: object;
  /** Why passkeys cannot be used here, where there are some. */
  readonly noPasskey?: string;
}

export const SecondStep = ({ frame, page }: { frame: Frame; page: SecondStepPage }) => (
  <StepGate
    title={t("One more step")}
    frame={frame}
    headline={t("Is it really you?")}
    login={page.login}
    problem={page.problem}
  >
    {page.passkey ? (
      <PasskeyForm
        ask="get"
        action="/login/factor/passkey"
        csrf={frame.csrf}
        options={page.passkey}
        label={t("Use a passkey")}
        primary={!page.totp}
      />
    ) : null}
    {page.noPasskey ? (
      <Notice kind="info">
        <p>{page.noPasskey}</p>
      </Notice>
    ) : null}
    <form class="form" action="/login/factor" method="post">
      <CsrfField token={frame.csrf} />
      {page.totp ? (
        <CodeField hint={t("The six digits your authenticator app shows now. Or a recovery code.")} />
      ) : (
        <CodeField label={t("Recovery code")} hint={t("One of the codes you kept on paper. Each is good once.")} />
      )}
      <Send label={t("Go on")} />
    </form>
    {page.recoveryCodes === 0 ? (
      <p class="muted small">{t("No recovery codes are left. Whoever looks after this server can help you.")}</p>
    ) : null}
  </StepGate>
);

/** A page on which a new password is chosen. */
export interface NewPasswordPage {
  readonly login: string;
  readonly problem?: string;
  readonly strength?: PasswordStrength;
}

export const MustChange = ({ frame, page }: { frame: Frame; page: NewPasswordPage }) => (
  <StepGate
    title={t("Choose a new password")}
    frame={frame}
    headline={t("A password of your own.")}
    login={page.login}
    problem={page.problem}
  >
    <p>{t("Your password must be changed before you go on. The new one is for your mail program too.")}</p>
    <form class="form" action="/login/password" method="post">
      <CsrfField token={frame.csrf} />
      <NewPassword label={t("New password")} strengthUrl="/login/strength" strength={page.strength} />
      <Send label={t("Set the password")} />
    </form>
  </StepGate>
);

export const Reset = ({ frame, page, action }: { frame: Frame; page: NewPasswordPage; action: string }) => (
  <StepGate
    title={t("Choose a new password")}
    frame={frame}
    headline={t("A new key to the gate.")}
    problem={page.problem}
    back={false}
  >
    <p>
      {t(
        "This sets the password of {login}, for the pages and for mail programs. Wherever you are signed in, you will have to sign in again.",
        { login: page.login },
      )}
    </p>
    <form class="form" action={action} method="post">
      <CsrfField token={frame.csrf} />
      <input type="hidden" name="username" value={page.login} autocomplete="username" />
      <NewPassword label={t("New password")} strengthUrl={`${action}/strength`} strength={page.strength} />
      <Send label={t("Set the password")} />
    </form>
  </StepGate>
);

export const ResetOver = ({ frame }: { frame: Frame }) => (
  <StepGate title={t("This link is no longer good")} frame={frame} headline={t("Your mail, at home.")} back={false}>
    <p>
      {t(
        "A link to set a new password is good once, and only for a time. Ask whoever looks after this server for a new one.",
      )}
    </p>
    <a class="btn" href="/login">
      {t("To the sign-in page")}
    </a>
  </StepGate>
);

/** Setting up a first factor, because the server asks for one. */
export interface EnrolPage {
  readonly login: string;
  readonly problem?: string;
  readonly svg: string;
  readonly secret: string;
  /** What to ask an authenticator for; missing where this address can have no passkeys. */
  readonly passkey?: object;
  readonly noPasskey?: string;
}

export const Enrol = ({ frame, page }: { frame: Frame; page: EnrolPage }) => (
  <StepGate
    title={t("Set up a second factor")}
    frame={frame}
    headline={t("A second lock.")}
    login={page.login}
    problem={page.problem}
  >
    <p>{t("This server asks you for more than a password. Choose one way; you can add others later.")}</p>
    {page.passkey ? (
      <section class="stack stack-s">
        <h2>{t("A passkey")}</h2>
        <p class="muted small">{t("Your device's own lock (finger, face or PIN), or a security key.")}</p>
        <PasskeyForm
          ask="create"
          action="/login/enrol/passkey"
          csrf={frame.csrf}
          options={page.passkey}
          label={t("Register a passkey")}
        >
          <TextField label={t("Name")} name="name" value="This device" required attributes={{ maxlength: 60 }} />
        </PasskeyForm>
      </section>
    ) : (
      <Notice kind="info">
        <p>{page.noPasskey}</p>
      </Notice>
    )}
    <section class="stack stack-s">
      <h2>{t("An authenticator app")}</h2>
      <p class="muted small">{t("Scan this with an app that shows six digits, and type what it shows.")}</p>
      <TotpPicture svg={page.svg} secret={page.secret} />
      <form class="form" action="/login/enrol/code" method="post">
        <CsrfField token={frame.csrf} />
        <CodeField digits />
        <Send label={t("Confirm")} />
      </form>
    </section>
  </StepGate>
);

/** The recovery codes that came with the first factor. */
export const Codes = ({ frame, codes, next }: { frame: Frame; codes: readonly string[]; next: string }) => (
  <StepGate title={t("Keep these codes")} frame={frame} headline={t("For a rainy day.")} back={false}>
    <p>
      {t(
        "If you lose your phone or key, one of these recovery codes lets you in, each once. Print them or write them down; they are not shown again.",
      )}
    </p>
    <RecoveryCodes codes={codes} />
    <a class="btn btn-primary btn-wide" href={next}>
      {t("I have kept them")}
    </a>
  </StepGate>
);

/** Showing again who one is, before something that matters. */
export interface ConfirmPage {
  readonly next: string;
  readonly login: string;
  readonly problem?: string;
  /** There is a password to ask for. */
  readonly password: boolean;
  /** There are codes to ask for. */
  readonly code: boolean;
  readonly passkey?: object;
}

export const ConfirmWho = ({ frame, page }: { frame: Frame; page: ConfirmPage }) => (
  <StepGate
    title={t("Is it still you?")}
    frame={frame}
    headline={t("One look, please.")}
    problem={page.problem}
    back={false}
  >
    <p>
      {t("What you are about to do changes how {login} signs in. Show once more that it is you.", {
        login: page.login,
      })}
    </p>
    {page.passkey ? (
      <PasskeyForm
        ask="get"
        action="/confirm/passkey"
        csrf={frame.csrf}
        options={page.passkey}
        label={t("Use a passkey")}
        fields={{ next: page.next }}
      />
    ) : null}
    {page.password ? (
      <form class="form" action="/confirm" method="post">
        <CsrfField token={frame.csrf} />
        <input type="hidden" name="next" value={page.next} />
        <TextField
          label={t("Password")}
          name="password"
          type="password"
          required
          attributes={{ autocomplete: "current-password", autofocus: true }}
        />
        <Send label={t("Go on")} />
      </form>
    ) : null}
    {page.code && !page.password ? (
      <form class="form" action="/confirm" method="post">
        <CsrfField token={frame.csrf} />
        <input type="hidden" name="next" value={page.next} />
        <CodeField hint={t("From your authenticator app, or a recovery code.")} />
        <Send label={t("Go on")} />
      </form>
    ) : null}
    <a class="btn btn-quiet btn-small" href={page.next}>
      {t("Go back")}
    </a>
  </StepGate>
);
