/** API tokens: those there are, the form for a new one, and the text of a new one, which is shown once. */

import { said, t } from "../words/words.ts";
import { Check, CopyButton, CsrfField, FieldError, type FieldErrors, FormActions, TextField } from "./forms.tsx";
import { KeyLimits, type KeyLine, Keys } from "./keys.tsx";
import { Empty, Notice, Problem } from "./telling.tsx";

/** What the page shows. */
export interface TokensPage {
  /** Where the forms are posted. */
  readonly at: string;
  readonly tokens: readonly KeyLine[];
  /** What a token may be allowed, with a sentence each. */
  readonly scopes: readonly { readonly name: string; readonly about: string }[];
  readonly form: {
    readonly name: string;
    readonly scopes: readonly string[];
    readonly networks: string;
    readonly expiresAt: string;
    readonly errors: FieldErrors;
    readonly problem?: string;
  };
  /** Where one shows again who one is, where that must come first. */
  readonly confirm?: string;
  /** A token that was just made. */
  readonly made?: { readonly name: string; readonly secret: string };
}

const Made = ({ name, secret }: { name: string; secret: string }) => (
  <Notice kind="ok" title={t("The token “{name}” is made", { name })}>
    <p>{t("Copy it now: it is not shown again.")}</p>
    <p class="mono wraps" id="new-token">
      {secret}
    </p>
    <div>
      <CopyButton of="new-token" />
    </div>
  </Notice>
);

const MakeForm = ({ page: { at, scopes, form }, csrf }: { page: TokensPage; csrf: string }) => (
  <form class="panel form" action={at} method="post" id="new">
    <CsrfField token={csrf} />
    <h2>{t("New token")}</h2>
    <Problem text={form.problem} />
    <TextField
      label={t("Name")}
      name="name"
      value={form.name}
      error={form.errors.name}
      required
      hint={t("What it is for, such as “backup on the NAS”.")}
      attributes={{ maxlength: 60, autocomplete: "off" }}
    />
    <fieldset class="field" aria-describedby={form.errors.scopes ? "scopes-error" : undefined}>
      <legend>{t("What it may do")}</legend>
      <div class="stack stack-s">
        {scopes.map(({ name, about }) => (
          <Check
            name="scopes"
            value={name}
            label={<span class="mono">{name}</span>}
            checked={form.scopes.includes(name)}
            hint={said(about)}
          />
        ))}
      </div>
      <FieldError name="scopes" error={form.errors.scopes} />
    </fieldset>
    <KeyLimits form={form} errors={form.errors} />
    <FormActions label={t("Make token")} />
  </form>
);

/** The tokens of whoever is signed in. */
export const Tokens = ({ page, csrf, now }: { page: TokensPage; csrf: string; now: number }) => (
  <div class="stack">
    {page.made ? <Made {...page.made} /> : null}
    <div class="split">
      <section class="panel panel-flush" aria-label={t("Your tokens")}>
        {page.tokens.length === 0 ? (
          <Empty icon="key" title={t("No tokens yet")}>
            <p>{t("A program that uses the HTTP API proves itself with a token of yours.")}</p>
          </Empty>
        ) : (
          <Keys keys={page.tokens} revoke={`${page.at}/revoke`} csrf={csrf} now={now} />
        )}
      </section>
      {page.confirm === undefined ? (
        <MakeForm page={page} csrf={csrf} />
      ) : (
        <section class="panel stack" aria-label={t("New token")}>
          <h2>{t("New token")}</h2>
          <p>{t("A token opens this server without your password. Before you make one, show again who you are.")}</p>
          <div>
            <a class="btn btn-primary" href={page.confirm}>
              {t("Go on")}
            </a>
          </div>
        </section>
      )}
    </div>
  </div>
);
