/** API tokens: those there are, the form for a new one, and the text of a new one, which is shown once. */
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
} from "./forms.tsx";
import { Icon } from "./icon.tsx";
import { Empty, Lamp, Moment, Notice, Problem } from "./telling.tsx";

/** One token. Times are epoch milliseconds. */
export interface TokenLine {
  readonly id: number;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly networks: readonly string[];
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly lastUsed: { readonly at: number; readonly remote: string } | null;
}

/** What the page shows. */
export interface TokensPage {
  /** Where the forms are posted. */
  readonly at: string;
  readonly tokens: readonly TokenLine[];
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
  <Notice kind="ok" title={`The token “${name}” is made`}>
    <p>Copy it now: it is not shown again.</p>
    <p class="mono wraps" id="new-token">
      {secret}
    </p>
    <div>
      <button class="btn btn-small" type="button" data-copy="#new-token" hidden>
        <Icon name="copy" />
        Copy
      </button>
    </div>
  </Notice>
);

const Line = ({ token, at, csrf, now }: { token: TokenLine; at: string; csrf: string; now: number }) => (
  <li>
    <div class="spread">
      <span class="two">
        <span class="strong wraps">{token.name}</span>
        <span class="muted small wraps">{token.scopes.join(", ")}</span>
      </span>
      <span class="row">
        {token.expiresAt !== null && token.expiresAt <= now ? <Lamp kind="danger">expired</Lamp> : null}
        <ActionButton
          action={`${at}/revoke`}
          csrf={csrf}
          label="Revoke"
          about={token.name}
          class="btn btn-small"
          fields={{ id: String(token.id) }}
        />
      </span>
    </div>
    <div class="bar-facts muted small num">
      <span>
        {"Made "}
        <Moment at={token.createdAt} now={now} />
      </span>
      <span>
        {token.lastUsed === null ? (
          "Never used"
        ) : (
          <>
            {"Last used "}
            <Moment at={token.lastUsed.at} now={now} />
            {` from ${token.lastUsed.remote}`}
          </>
        )}
      </span>
      {token.expiresAt === null ? null : (
        <span>
          {token.expiresAt > now ? "Ends " : "Ended "}
          <Moment at={token.expiresAt} now={now} />
        </span>
      )}
      {token.networks.length > 0 ? <span class="wraps">{`Only from ${token.networks.join(", ")}`}</span> : null}
    </div>
  </li>
);

const MakeForm = ({ page: { at, scopes, form }, csrf }: { page: TokensPage; csrf: string }) => (
  <form class="panel form" action={at} method="post" id="new">
    <CsrfField token={csrf} />
    <h2>New token</h2>
    <Problem text={form.problem} />
    <TextField
      label="Name"
      name="name"
      value={form.name}
      error={form.errors.name}
      required
      hint="What it is for, such as “backup on the NAS”."
      attributes={{ maxlength: 60, autocomplete: "off" }}
    />
    <fieldset class="field" aria-describedby={form.errors.scopes ? "scopes-error" : undefined}>
      <legend>What it may do</legend>
      <div class="stack stack-s">
        {scopes.map(({ name, about }) => (
          <Check
            name="scopes"
            value={name}
            label={<span class="mono">{name}</span>}
            checked={form.scopes.includes(name)}
            hint={about}
          />
        ))}
      </div>
      <FieldError name="scopes" error={form.errors.scopes} />
    </fieldset>
    <TextField
      label="Good until"
      name="expiresAt"
      type="date"
      value={form.expiresAt}
      error={form.errors.expiresAt}
      short
      hint="Its last day. Without one it stays good until you revoke it."
    />
    <TextArea
      label="Only from these networks"
      name="networks"
      value={form.networks}
      error={form.errors.networks}
      rows={2}
      mono
      hint="One a line, such as 192.168.1.20 or 192.168.1.0/24. Empty means from everywhere that reaches this server."
      attributes={EXACT}
    />
    <FormActions label="Make token" />
  </form>
);

/** The tokens of whoever is signed in. */
export const Tokens = ({ page, csrf, now }: { page: TokensPage; csrf: string; now: number }) => (
  <div class="stack">
    {page.made ? <Made {...page.made} /> : null}
    <div class="split">
      <section class="panel panel-flush" aria-label="Your tokens">
        {page.tokens.length === 0 ? (
          <Empty icon="key" title="No tokens yet">
            <p>A program that uses the HTTP API proves itself with a token of yours.</p>
          </Empty>
        ) : (
          <ul class="bars">
            {page.tokens.map((token) => (
              <Line token={token} at={page.at} csrf={csrf} now={now} />
            ))}
          </ul>
        )}
      </section>
      {page.confirm === undefined ? (
        <MakeForm page={page} csrf={csrf} />
      ) : (
        <section class="panel stack" aria-label="New token">
          <h2>New token</h2>
          <p>A token opens this server without your password. Before you make one, show again who you are.</p>
          <div>
            <a class="btn btn-primary" href={page.confirm}>
              Go on
            </a>
          </div>
        </section>
      )}
    </div>
  </div>
);
