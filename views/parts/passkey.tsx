/** Passkeys on a page: the form whose button asks the browser's authenticator, and the script behind it. */
import type { PropsWithChildren } from "hono/jsx";
import type { Frame } from "../layout.tsx";
import { CsrfField } from "./forms.tsx";
import { Icon } from "./icon.tsx";

/** The frame of a page on which passkeys are used. */
export const withPasskeys = (frame: Frame): Frame => ({
  ...frame,
  assets: { ...frame.assets, scripts: [...frame.assets.scripts, frame.assets.passkeys] },
});

/**
 * A form that sends what an authenticator answers, in the field `credential` (JSON). `options` is what the server asks it for. Hidden
 * where the browser knows no passkeys. With `offered` the browser proposes passkeys while the login name is typed.
 */
export const PasskeyForm = ({
  ask,
  action,
  csrf,
  options,
  label,
  primary,
  offered,
  fields = {},
  rememberLike,
  children,
}: PropsWithChildren<{
  ask: "get" | "create";
  action: string;
  csrf: string;
  options: object;
  label: string;
  primary?: boolean;
  offered?: boolean;
  fields?: Record<string, string>;
  /** The box on the page that says whether to stay signed in, as a selector. */
  rememberLike?: string;
}>) => (
  <div data-passkeys hidden>
    <form
      class="form"
      action={action}
      method="post"
      data-passkey={ask}
      data-options={JSON.stringify(options)}
      data-offered={offered ? "" : undefined}
    >
      <CsrfField token={csrf} />
      {Object.entries(fields).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      {rememberLike ? <input type="hidden" name="remember" value="on" data-like={rememberLike} disabled /> : null}
      <input type="hidden" name="credential" value="" />
      {children}
      <button class={primary ? "btn btn-primary btn-wide" : "btn btn-wide"} type="submit">
        <Icon name="key" />
        {label}
      </button>
      <p class="error" role="alert" data-passkey-problem></p>
    </form>
  </div>
);
