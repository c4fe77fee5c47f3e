/** App passwords in a person's own hands: those there are, the form for one more, and a new one, which is shown once. */
import {
  ActionButton,
  Check,
  CsrfField,
  EXACT,
  FieldError,
  type FieldErrors,
  FormActions,
  TextArea,
  TextField,
} from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { Empty, Lamp, Moment, Notice, Problem } from "../parts/telling.tsx";
import { type ServerLine, ServerSettings } from "../setup/done.tsx";
import { Confirm, OPTIONS, type OptionsFrame, OptionsPage, plainFormTo } from "./options.tsx";

/** One app password. */
export interface AppPasswordLine {
  readonly id: number;
  readonly name: string;
  /** What it opens, in words. */
  readonly services: readonly string[];
  readonly networks: readonly string[];
  readonly expiresAt: number | null;
  readonly expired: boolean;
  readonly createdAt: number;
  readonly lastUse: { readonly at: number; readonly service: string; readonly remote: string } | null;
}

export interface AppPasswordsPage {
  readonly passwords: readonly AppPasswordLine[];
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
  <section class="panel stack" aria-label="The new app password">
    <Notice kind="ok" title={`The app password “${page.made.name}” is made`}>
      <p>Type or copy it into the program now: it is not shown again.</p>
      <p class="mono secret" id="app-password">
        {page.made.shown}
      </p>
      <div>
        <button class="btn btn-small" type="button" data-copy="#app-password" hidden>
          <Icon name="copy" />
          Copy
        </button>
      </div>
    </Notice>
    {page.servers.length === 0 ? null : (
      <div class="stack stack-s">
        <h2>What the program asks for</h2>
        <ServerSettings servers={page.servers} login={page.login} />
      </div>
    )}
  </section>
);

const AppPassword = ({ app, frame }: { app: AppPasswordLine; frame: OptionsFrame }) => (
  <li class="app-line">
    <div class="spread">
      <span class="two">
        <span class="strong wraps">{app.name}</span>
        <span class="muted small wraps">{app.services.join(", ")}</span>
      </span>
      <span class="row">
        {app.expired ? <Lamp kind="danger">expired</Lamp> : null}
        <ActionButton
          action={`${APPS}/revoke`}
          csrf={frame.csrf}
          label="Revoke"
          about={app.name}
          class="btn btn-small"
          fields={{ id: String(app.id) }}
        />
      </span>
    </div>
    <div class="bar-facts muted small num">
      <span>
        {"Made "}
        <Moment at={app.createdAt} now={frame.now} />
      </span>
      <span>
        {app.lastUse === null ? (
          "Never used"
        ) : (
          <>
            {"Last used "}
            <Moment at={app.lastUse.at} now={frame.now} />
            {` for ${app.lastUse.service} from ${app.lastUse.remote}`}
          </>
        )}
      </span>
      {app.expiresAt === null ? null : (
        <span>
          {app.expired ? "Ended " : "Ends "}
          <Moment at={app.expiresAt} now={frame.now} />
        </span>
      )}
      {app.networks.length === 0 ? null : <span class="wraps">{`Only from ${app.networks.join(", ")}`}</span>}
    </div>
  </li>
);

const NewAppPassword = ({ page, frame }: { page: AppPasswordsPage; frame: OptionsFrame }) => {
  const { form, errors } = page;
  return (
    <form class="panel form" {...plainFormTo(APPS)}>
      <CsrfField token={frame.csrf} />
      <h2>New app password</h2>
      <TextField
        label="Name"
        name="name"
        value={form.name}
        error={errors.name}
        required
        hint="The program or device it is for, such as “Mail on my phone”."
        attributes={{ maxlength: 60, autocomplete: "off" }}
      />
      <fieldset class="field" aria-describedby={errors.services ? "services-error" : undefined}>
        <legend>What it opens</legend>
        <div>
          {page.services.map(({ value, label }) => (
            <Check name="services" value={value} label={label} checked={form.services.includes(value)} />
          ))}
        </div>
        <FieldError name="services" error={errors.services} />
      </fieldset>
      <details class="more" open={Boolean(form.expiresAt || form.networks || errors.networks || errors.expiresAt)}>
        <summary>Limits</summary>
        <div class="stack">
          <TextField
            label="Good until"
            name="expiresAt"
            type="date"
            value={form.expiresAt}
            error={errors.expiresAt}
            short
            hint="Without a day it is good until you revoke it."
          />
          <TextArea
            label="Only from these networks"
            name="networks"
            value={form.networks}
            error={errors.networks}
            rows={2}
            hint="One on each line, such as 192.168.1.0/24. Empty: from everywhere."
            attributes={EXACT}
          />
        </div>
      </details>
      <FormActions label="Make the app password" />
    </form>
  );
};

export const AppPasswords = ({ frame, page }: { frame: OptionsFrame; page: AppPasswordsPage }) => (
  <OptionsPage
    frame={frame}
    title="App passwords"
    lede="A password for one program or device: it opens only what it is for, and is revoked without touching any other."
  >
    <Problem text={page.errors[""]} />
    {page.made === undefined ? null : <Made page={{ ...page, made: page.made }} />}
    <section class="panel panel-flush" aria-label="App passwords">
      {page.passwords.length === 0 ? (
        <Empty icon="phone" title="No app passwords yet">
          <p>Give each mail program its own, and your password stays with you.</p>
        </Empty>
      ) : (
        <ul class="lines">
          {page.passwords.map((app) => (
            <AppPassword app={app} frame={frame} />
          ))}
        </ul>
      )}
    </section>
    {page.confirm === undefined ? (
      <NewAppPassword page={page} frame={frame} />
    ) : (
      <Confirm href={page.confirm}>
        An app password opens your mail without anything else. Before you make one, show that it is you.
      </Confirm>
    )}
  </OptionsPage>
);
