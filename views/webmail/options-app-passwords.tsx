/** App passwords in a person's own hands: those there are, the form for one more, and a new one, which is shown once. */
import { Check, CopyButton, CsrfField, FieldError, type FieldErrors, FormActions, TextField } from "../parts/forms.tsx";
import { KeyLimits, type KeyLine, Keys } from "../parts/keys.tsx";
import { Empty, Notice, Problem } from "../parts/telling.tsx";
import { type ServerLine, ServerSettings } from "../setup/done.tsx";
import { t } from "../words/words.ts";
import { Confirm, OPTIONS, type OptionsFrame, OptionsPage, plainFormTo } from "./options.tsx";

export interface AppPasswordsPage {
  readonly passwords: readonly KeyLine[];
  readonly services: readonly { readonly value: string; readonly label: string }[];
  readonly form: {
    readonly name: string;
    readonly services: readonly string[];
    readonly networks: string;
    readonly expiresAt: string;
  };
  readonly confirm: string | undefined;
  /** One that was just made. */
  readonly made: { readonly name: string; readonly shown: string } | undefined;
  readonly login: string;
  readonly servers: readonly ServerLine[];
  readonly errors: FieldErrors;
}

const APPS = `${OPTIONS}/app-passwords`;

const Made = ({ page }: { page: AppPasswordsPage & { made: NonNullable<AppPasswordsPage["made"]> } }) => (
  <section class="panel stack" aria-label={t("The new app password")}>
    <Notice kind="ok" title={t("The app password “{name}” is made", { name: page.made.name })}>
      <p>{t("Type or copy it into the program now: it is not shown again.")}</p>
      <p class="mono secret" id="app-password">
        {page.made.shown}
      </p>
      <div>
        <CopyButton of="app-password" />
      </div>
    </Notice>
    {page.servers.length === 0 ? null : (
      <div class="stack stack-s">
        <h2>{t("What the program asks for")}</h2>
        <ServerSettings servers={page.servers} login={page.login} />
      </div>
    )}
  </section>
);

const NewAppPassword = ({ page, frame }: { page: AppPasswordsPage; frame: OptionsFrame }) => {
  const { form, errors } = page;
  return (
    <form class="panel form" {...plainFormTo(APPS)}>
      <CsrfField token={frame.csrf} />
      <h2>{t("New app password")}</h2>
      <TextField
        label={t("Name")}
        name="name"
        value={form.name}
        error={errors.name}
        required
        hint={t("The program or device it is for, such as “Mail on my phone”.")}
        attributes={{ maxlength: 60, autocomplete: "off" }}
      />
      <fieldset class="field" aria-describedby={errors.services ? "services-error" : undefined}>
        <legend>{t("What it opens")}</legend>
        <div>
          {page.services.map(({ value, label }) => (
            <Check name="services" value={value} label={label} checked={form.services.includes(value)} />
          ))}
        </div>
        <FieldError name="services" error={errors.services} />
      </fieldset>
      <details class="more" open={Boolean(form.expiresAt || form.networks || errors.networks || errors.expiresAt)}>
        <summary>{t("Limits")}</summary>
        <div class="stack">
          <KeyLimits form={form} errors={errors} />
        </div>
      </details>
      <FormActions label={t("Make the app password")} />
    </form>
  );
};

export const AppPasswords = ({ frame, page }: { frame: OptionsFrame; page: AppPasswordsPage }) => (
  <OptionsPage
    frame={frame}
    title={t("App passwords")}
    lede={t(
      "A password for one program or device: it opens only what it is for, and is revoked without touching any other.",
    )}
  >
    <Problem text={page.errors[""]} />
    {page.made === undefined ? null : <Made page={{ ...page, made: page.made }} />}
    <section class="panel panel-flush" aria-label={t("App passwords")}>
      {page.passwords.length === 0 ? (
        <Empty icon="phone" title={t("No app passwords yet")}>
          <p>{t("Give each mail program its own, and your password stays with you.")}</p>
        </Empty>
      ) : (
        <Keys keys={page.passwords} revoke={`${APPS}/revoke`} csrf={frame.csrf} now={frame.now} />
      )}
    </section>
    {page.confirm === undefined ? (
      <NewAppPassword page={page} frame={frame} />
    ) : (
      <Confirm href={page.confirm}>
        {t("An app password opens your mail without anything else. Before you make one, show that it is you.")}
      </Confirm>
    )}
  </OptionsPage>
);
