/** Second factors on a page: the picture an authenticator app reads, the field for its codes, and recovery codes to be kept. */
import { raw } from "hono/html";
import { rich } from "../words/rich.tsx";
import { t } from "../words/words.ts";
import { CopyButton, TextField } from "./forms.tsx";

/** A secret to be taken into an authenticator app. `svg` is our own drawing of it as a QR code. */
export const TotpPicture = ({ svg, secret }: { svg: string; secret: string }) => (
  <div class="stack stack-s">
    <div class="qr" role="img" aria-label={t("QR code for your authenticator app")}>
      {raw(svg)}
    </div>
    <p class="hint">
      {rich("No camera? Type this into the app instead: {text}", { text: <span class="mono">{secret}</span> })}
    </p>
  </div>
);

/** The field for a code. */
export const CodeField = ({
  label = t("Code"),
  hint,
  error,
  digits,
}: {
  label?: string;
  hint?: string;
  error?: string;
  /** Only digits come: a telephone shows its number keys. */
  digits?: boolean;
}) => (
  <TextField
    label={label}
    name="code"
    hint={hint}
    error={error}
    required
    short={digits}
    attributes={{
      autocomplete: "one-time-code",
      autocapitalize: "none",
      spellcheck: "false",
      maxlength: 40,
      autofocus: true,
      ...(digits && { inputmode: "numeric" }),
    }}
  />
);

/** Recovery codes, shown once. */
export const RecoveryCodes = ({ codes }: { codes: readonly string[] }) => (
  <div class="stack stack-s">
    <ul class="codes mono" id="recovery-codes">
      {codes.map((code) => (
        <li>{`${code}\n`}</li>
      ))}
    </ul>
    <div>
      <CopyButton of="recovery-codes" />
    </div>
  </div>
);
