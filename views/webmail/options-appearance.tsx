/** How one wants one's pages: language and time zone, colours, how mail is listed and written. */
import { Check, Choices, CsrfField, type FieldErrors, FormActions, Select } from "../parts/forms.tsx";
import { Problem } from "../parts/telling.tsx";
import { LANGUAGES, type Language, TONGUES, t } from "../words/words.ts";
import { OPTIONS, type OptionsFrame, OptionsPage, plainFormTo } from "./options.tsx";

/** Where the page stands. */
export const APPEARANCE = `${OPTIONS}/appearance`;

export interface AppearancePage {
  readonly language: string;
  /** The language of this very page. */
  readonly shown: Language;
  readonly zone: string;
  readonly serverZone: string;
  /** IANA names. */
  readonly zones: readonly string[];
  readonly theme: string;
  readonly density: string;
  /** What concerns mail; undefined for whoever has no webmail. */
  readonly mail?: MailWishes;
  readonly errors: FieldErrors;
}

export interface MailWishes {
  readonly conversations: boolean;
  readonly shortcuts: boolean;
  readonly startFolder: string;
  readonly folders: readonly { readonly id: number; readonly label: string; readonly of?: string }[];
  readonly undoSeconds: string;
  readonly format: string;
}

/** Zones by their part of the world: "Europe/Berlin" is Berlin in Europe. */
function byRegion(zones: readonly string[]): [region: string, zones: { value: string; label: string }[]][] {
  const regions = new Map<string, { value: string; label: string }[]>();
  for (const value of zones) {
    const at = value.indexOf("/");
    const region = at < 0 ? t("Others") : value.slice(0, at);
    const label = value
      .slice(at + 1)
      .replaceAll("_", " ")
      .replaceAll("/", ", ");
    regions.set(region, [...(regions.get(region) ?? []), { value, label }]);
  }
  return [...regions];
}

const Zone = ({ page }: { page: AppearancePage }) => (
  <div class="field">
    <label for="zone">{t("Time zone")}</label>
    <select class="input" id="zone" name="zone" aria-invalid={page.errors.zone ? "true" : undefined}>
      <option value="" selected={page.zone === ""}>
        {t("As on this server ({zone})", { zone: page.serverZone })}
      </option>
      {byRegion(page.zones).map(([region, zones]) => (
        <optgroup label={region}>
          {zones.map(({ value, label }) => (
            <option value={value} selected={value === page.zone}>
              {label}
            </option>
          ))}
        </optgroup>
      ))}
    </select>
  </div>
);

const Look = ({ page }: { page: AppearancePage }) => (
  <>
    <div class="across">
      <Choices
        legend={t("Colours")}
        name="theme"
        value={page.theme}
        options={[
          { value: "auto", label: t("Colours as on this device") },
          { value: "light", label: t("Light colours") },
          { value: "dark", label: t("Dark colours") },
        ]}
      />
    </div>
    <div class="across">
      <Choices
        legend={t("Lists")}
        name="density"
        value={page.density}
        options={[
          {
            value: "comfortable",
            label: t("Comfortable"),
            hint: t("Lines with room around them."),
          },
          { value: "compact", label: t("Compact"), hint: t("As many lines as fit on the screen.") },
        ]}
      />
    </div>
  </>
);

const UNDO_SECONDS = [0, 5, 10, 20, 30, 60, 120];

/** Those that are offered, and the one that holds where a command chose another. */
const secondsWith = (chosen: number): number[] =>
  [...new Set([...UNDO_SECONDS, chosen])].sort((one, other) => one - other);

const Mail = ({ mail, errors, csrf }: { mail: MailWishes; errors: FieldErrors; csrf: string }) => (
  <form class="panel form" {...plainFormTo(`${APPEARANCE}/mail`)}>
    <h2>{t("Mail")}</h2>
    <CsrfField token={csrf} />
    <Check
      name="conversations"
      checked={mail.conversations}
      label={t("Show conversations")}
      hint={t("Messages that belong together stand in one line of the list.")}
    />
    <Check
      name="shortcuts"
      checked={mail.shortcuts}
      label={t("Use keys")}
      hint={t("Keys such as j, k and e do what buttons do; ? shows them all.")}
    />
    <Select
      label={t("Webmail opens with")}
      name="startFolder"
      value={mail.startFolder}
      error={errors.startFolder}
      options={[
        { value: "0", label: t("Inbox") },
        ...mail.folders.map(({ id, label, of }) => ({ value: String(id), label: of ? `${label} (${of})` : label })),
      ]}
    />
    <Select
      label={t("New messages are written")}
      name="format"
      value={mail.format}
      options={[
        { value: "rich", label: t("with formatting") },
        { value: "plain", label: t("as plain text") },
      ]}
    />
    <Select
      label={t("A sent message can be called back")}
      name="undoSeconds"
      value={mail.undoSeconds}
      error={errors.undoSeconds}
      options={secondsWith(Number(mail.undoSeconds)).map((n) => ({
        value: String(n),
        label: n === 0 ? t("never") : t("for {n} seconds", { n }),
      }))}
    />
    <FormActions label={t("Save changes")} />
  </form>
);

export const AppearanceOptions = ({ frame, page }: { frame: OptionsFrame; page: AppearancePage }) => (
  <OptionsPage
    frame={frame}
    title={t("Appearance")}
    lede={t("How your pages look, wherever you sign in. The next page is as you chose.")}
  >
    <Problem text={page.errors[""]} />
    <form class="panel form" {...plainFormTo(APPEARANCE)}>
      <CsrfField token={frame.csrf} />
      <h2>{t("Language and look")}</h2>
      <Select
        label={t("Language")}
        name="language"
        value={page.language}
        error={page.errors.language}
        options={[
          { value: "", label: t("As the browser asks ({language})", { language: TONGUES[page.shown].name }) },
          ...LANGUAGES.map((value) => ({ value, label: TONGUES[value].name })),
        ]}
      />
      <Zone page={page} />
      <Look page={page} />
      <FormActions label={t("Save changes")} />
    </form>
    {page.mail ? <Mail mail={page.mail} errors={page.errors} csrf={frame.csrf} /> : null}
  </OptionsPage>
);
