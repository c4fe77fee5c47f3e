/** The accounts elsewhere from which a mailbox's mail is collected: how each stands, and the form of one. Wherever that is done. */

import { rich } from "../words/rich.tsx";
import { said, t, tn } from "../words/words.ts";
import {
  ActionButton,
  Check,
  CsrfField,
  EXACT,
  type FieldErrors,
  FormActions,
  Select,
  TextArea,
  TextField,
} from "./forms.tsx";
import { Badge, Empty, Lamp, Moment, Notice, Problem } from "./telling.tsx";

/** One account in the list. */
export interface CollectionRow {
  readonly id: number;
  readonly label: string;
  /** `imap.example.org, IMAP`. */
  readonly where: string;
  readonly enabled: boolean;
  readonly looking: boolean;
  readonly collected: number;
  /** Epoch milliseconds. */
  readonly lastRunAt: number | null;
  readonly lastResult: string;
  readonly problem: string;
}

/** A provider whose servers are known. */
export interface ProviderChoice {
  readonly key: string;
  readonly label: string;
  readonly hint: string;
}

export interface CollectionPart {
  /** The page, below which the forms are posted. */
  readonly at: string;
  readonly csrf: string;
  readonly now: number;
  readonly accounts: readonly CollectionRow[];
  /** What only managers set is shown. */
  readonly manager: boolean;
  readonly providers: readonly ProviderChoice[];
  /** The account that is changed; 0 for a new one. */
  readonly account: number;
  /** A secret is kept already. */
  readonly hasSecret: boolean;
  /** The values of the form, as text; a box that is ticked is there. */
  readonly fields: Readonly<Record<string, string>>;
  readonly errors: FieldErrors;
  /** What came of trying the account. */
  readonly tried: { readonly good: boolean; readonly text: string } | undefined;
}

const State = ({ row }: { row: CollectionRow }) => {
  if (row.looking) return <Lamp kind="info">{t("Collecting …")}</Lamp>;
  if (row.problem !== "") return <Lamp kind="danger">{said(row.problem)}</Lamp>;
  if (!row.enabled) return <Lamp kind="off">{t("Switched off")}</Lamp>;
  if (row.lastRunAt === null) return <Lamp kind="off">{t("Nothing was collected yet.")}</Lamp>;
  return <Lamp kind="ok">{said(row.lastResult)}</Lamp>;
};

const Row = ({ part: { at, csrf, now }, row }: { part: CollectionPart; row: CollectionRow }) => (
  <li>
    <span class="two">
      <span class="row">
        <a class="strong clip" href={`${at}?account=${row.id}`}>
          {row.label}
        </a>
        {row.enabled ? null : <Badge>{t("off")}</Badge>}
      </span>
      <span class="muted small">
        {row.where} · {tn(row.collected, "{n} message", "{n} messages")}
        {row.lastRunAt === null ? null : (
          <> · {rich("looked {time}", { time: <Moment at={row.lastRunAt} now={now} /> })}</>
        )}
      </span>
      <span class="small wraps">
        <State row={row} />
      </span>
    </span>
    <span class="row">
      <ActionButton action={`${at}/${row.id}/look`} csrf={csrf} label={t("Collect now")} about={row.label} />
      <ActionButton action={`${at}/${row.id}/test`} csrf={csrf} label={t("Test")} about={row.label} />
      <ActionButton
        action={`${at}/${row.id}/remove`}
        csrf={csrf}
        label={t("Remove")}
        about={row.label}
        icon="trash"
        class="btn btn-quiet btn-small"
        iconOnly
      />
    </span>
  </li>
);

/** The list renews itself: while mail is being collected every second. `live` says that nobody asked. */
export const CollectionList = ({ part }: { part: CollectionPart }) => {
  const busy = part.accounts.some(({ looking }) => looking);
  const asks = {
    "hx-get": `${part.at}/status?live`,
    "hx-trigger": busy ? "every 1s" : "every 15s",
    "hx-swap": "outerMorph",
    "hx-target": "this",
  };
  return (
    <section class="panel panel-flush" id="accounts" aria-label={t("Accounts")} aria-live="polite" {...asks}>
      {part.accounts.length === 0 ? (
        <Empty icon="mailbox" title={t("No mail is collected from elsewhere")}>
          {t("Add an account below.")}
        </Empty>
      ) : (
        <ul class="lines">
          {part.accounts.map((row) => (
            <Row part={part} row={row} />
          ))}
        </ul>
      )}
    </section>
  );
};

type Form = Pick<CollectionPart, "fields" | "errors" | "account" | "hasSecret" | "manager" | "providers">;

const text = ({ fields, errors }: Form, name: string) => ({
  ...{ name, value: fields[name] ?? "" },
  ...(errors[name] !== undefined && { error: errors[name] }),
});
const box = ({ fields }: Form, name: string) => ({ name, checked: fields[name] !== undefined });

/** What some providers want first. */
const Wanted = ({ providers }: { providers: readonly ProviderChoice[] }) => (
  <details>
    <summary>{t("What providers want")}</summary>
    <ul class="small">
      {providers.map(({ label, hint }) => (hint === "" ? null : <li>{`${label}: ${said(hint)}`}</li>))}
    </ul>
  </details>
);

const Login = ({ form }: { form: Form }) => (
  <>
    {form.account === 0 ? (
      <>
        <Select
          label={t("Provider")}
          {...text(form, "provider")}
          options={[
            { value: "", label: t("Another one") },
            ...form.providers.map(({ key, label }) => ({ value: key, label })),
          ]}
        />
        <Wanted providers={form.providers} />
      </>
    ) : null}
    <TextField
      label={t("Server")}
      {...text(form, "host")}
      placeholder="imap.example.org"
      attributes={EXACT}
      {...(form.account === 0 && { hint: t("Filled in where you choose a provider.") })}
    />
    <TextField label={t("Login name there")} {...text(form, "login")} attributes={EXACT} />
    <TextField
      label={form.fields.auth === "oauth2" ? t("Token there") : t("Password there")}
      {...text(form, "secret")}
      type="password"
      attributes={{ autocomplete: "off" }}
      {...(form.hasSecret && { hint: t("Empty: the one that is kept.") })}
    />
    <Select
      label={t("Protocol")}
      {...text(form, "protocol")}
      options={[
        { value: "imap", label: "IMAP" },
        { value: "pop3", label: "POP3" },
      ]}
    />
    <Select
      label={t("Encryption")}
      {...text(form, "tls")}
      options={[
        { value: "implicit", label: "TLS" },
        { value: "starttls", label: "STARTTLS" },
        ...(form.manager || form.fields.tls === "none" ? [{ value: "none", label: t("None (own network only)") }] : []),
      ]}
    />
    <TextField
      label={t("Port")}
      {...text(form, "port")}
      hint={t("Empty: the usual one.")}
      short
      attributes={{ inputmode: "numeric", maxlength: 5 }}
    />
  </>
);

const What = ({ form }: { form: Form }) => (
  <>
    <TextArea
      label={t("Folders")}
      {...text(form, "folders")}
      id="collected"
      rows={2}
      hint={t("IMAP: one a line; * for all but drafts, sent mail, junk and trash.")}
      attributes={EXACT}
    />
    <TextField
      label={t("Days for which mail stays there")}
      {...text(form, "keepDays")}
      hint={t("Once it is collected. Empty: for ever; 0: not at all.")}
      short
      attributes={{ inputmode: "numeric", maxlength: 4 }}
    />
    <TextField
      label={t("Minutes from look to look")}
      {...text(form, "minutes")}
      short
      attributes={{ inputmode: "numeric", maxlength: 4 }}
    />
    <Check
      label={t("Hear at once of new mail")}
      {...box(form, "idle")}
      hint={t("IMAP servers that can tell (IDLE).")}
    />
    {form.account === 0 ? (
      <Check
        label={t("Collect what lies there already")}
        {...box(form, "existing")}
        hint={t("Otherwise only what comes.")}
      />
    ) : null}
    <TextField
      label={t("What to call it")}
      {...text(form, "name")}
      hint={t("Empty: its login name.")}
      attributes={{ maxlength: 100 }}
    />
    <Check as="switch" label={t("Collect")} {...box(form, "enabled")} />
  </>
);

const Managers = ({ form }: { form: Form }) => (
  <details
    open={["routing", "recipientFields", "tokenUrl", "clientId", "clientSecret", "trustedHops"].some(
      (name) => form.errors[name],
    )}
  >
    <summary>{t("More")}</summary>
    <div class="stack">
      <Select
        label={t("Whom the mail is for")}
        {...text(form, "routing")}
        options={[
          { value: "mailbox", label: t("This mailbox") },
          { value: "headers", label: t("Those here whom the header names, else this mailbox") },
        ]}
      />
      <TextArea
        label={t("Fields that name them")}
        {...text(form, "recipientFields")}
        rows={3}
        hint={t("One a line; the first one with somebody of this house counts.")}
        attributes={EXACT}
      />
      <Select
        label={t("Login")}
        {...text(form, "auth")}
        options={[
          { value: "password", label: t("With a password") },
          { value: "oauth2", label: t("With a token (OAuth2)") },
        ]}
      />
      <TextField
        label={t("Where tokens are given")}
        {...text(form, "tokenUrl")}
        hint={t("The token above is a refresh token then. Empty: it is shown as it is.")}
        attributes={EXACT}
      />
      <TextField label={t("Client")} {...text(form, "clientId")} attributes={EXACT} />
      <TextField
        label={t("Client's secret")}
        {...text(form, "clientSecret")}
        type="password"
        attributes={{ autocomplete: "off" }}
      />
      <TextField
        label={t("The provider's own steps")}
        {...text(form, "trustedHops")}
        hint={t(
          "Received fields that its servers write between themselves. What stands below names who brought the message.",
        )}
        short
        attributes={{ inputmode: "numeric", maxlength: 2 }}
      />
      <Check label={t("The server's certificate must be valid")} {...box(form, "verify")} />
      <Check label={t("The server is on this machine or its network")} {...box(form, "local")} />
    </div>
  </details>
);

export const Collection = ({ part }: { part: CollectionPart }) => (
  <div class="stack">
    {part.tried === undefined ? null : (
      <Notice kind={part.tried.good ? "ok" : "danger"}>
        <p>{part.tried.text}</p>
      </Notice>
    )}
    <CollectionList part={part} />
    <form class="panel form" action={part.account === 0 ? part.at : `${part.at}/${part.account}`} method="post">
      <CsrfField token={part.csrf} />
      <h2>{part.account === 0 ? t("Add an account") : t("Change the account")}</h2>
      <Problem text={part.errors[""]} />
      <Login form={part} />
      <What form={part} />
      {part.manager ? <Managers form={part} /> : null}
      <FormActions
        label={part.account === 0 ? t("Add the account") : t("Save changes")}
        {...(part.account !== 0 && { cancel: part.at })}
      />
    </form>
  </div>
);
