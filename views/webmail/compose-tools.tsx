/** The bar of formats above the text, and the dialog of a link. Shown only where the script is there to work them. */
import { Icon, type IconName } from "../parts/icon.tsx";
import { t } from "../words/words.ts";
import type { Draft } from "./compose.tsx";

/** One button. `of` names what writing.js does; `keys` as people read them. */
const Tool = ({ of, icon, label, keys }: { of: string; icon: IconName; label: string; keys?: string }) => (
  <button
    class="btn btn-quiet btn-small btn-icon"
    type="button"
    data-tool={of}
    title={keys === undefined ? label : `${label} (${keys})`}
    aria-label={label}
    tabindex={-1}
  >
    <Icon name={icon} />
  </button>
);

/** Colours that can be read on paper, light and dark. */
const COLOURS = ["#16211b", "#5f6d64", "#b42318", "#b54708", "#a15c07", "#1d6a4a", "#175cd3", "#6941c6", "#c11574"];

const SIZES = [
  { size: "12px", name: () => t("Small") },
  { size: "", name: () => t("Normal") },
  { size: "20px", name: () => t("Large") },
  { size: "28px", name: () => t("Huge") },
] as const;

/** A menu of choices that each set one format. */
const Choices = ({
  of,
  icon,
  label,
  choices,
}: {
  of: string;
  icon: IconName;
  label: string;
  choices: readonly { readonly value: string; readonly name: string }[];
}) => (
  <details class="mail-menu compose-menu">
    <summary class="btn btn-quiet btn-small btn-icon" title={label} aria-label={label} tabindex={-1} data-bar>
      <Icon name={icon} />
    </summary>
    <div class={`mail-menu-items compose-choices compose-choices-${of}`}>
      {choices.map(({ value, name }) => (
        <button class="mail-menu-item" type="button" data-tool={of} data-value={value} title={name}>
          {of === "colour" ? <span class="compose-colour" data-colour={value} /> : null}
          <span class={of === "colour" ? "visually-hidden" : undefined}>{name}</span>
        </button>
      ))}
    </div>
  </details>
);

const Divider = () => <span class="mail-divider" />;

/** The bar. In plain text it has only the way back to formatting. */
export const FormatBar = ({ format }: { format: Draft["format"] }) => (
  <div class="compose-bar" role="toolbar" aria-label={t("Formatting")} aria-controls="rich">
    {format === "plain" ? (
      <button class="btn btn-quiet btn-small" type="button" data-format="rich" tabindex={-1}>
        <Icon name="textSize" />
        {t("Write with formatting")}
      </button>
    ) : (
      <>
        <Tool of="bold" icon="bold" label={t("Bold")} keys="Ctrl B" />
        <Tool of="italic" icon="italic" label={t("Italic")} keys="Ctrl I" />
        <Tool of="underline" icon="underline" label={t("Underlined")} keys="Ctrl U" />
        <Tool of="strike" icon="strike" label={t("Struck through")} />
        <Choices
          of="size"
          icon="textSize"
          label={t("Size")}
          choices={SIZES.map(({ size, name }) => ({ value: size, name: name() }))}
        />
        <Choices
          of="colour"
          icon="palette"
          label={t("Colour of the text")}
          choices={COLOURS.map((value, at) => ({ value: at === 0 ? "" : value, name: value }))}
        />
        <Divider />
        <Tool of="bullets" icon="listBullets" label={t("List")} keys="Ctrl Shift 8" />
        <Tool of="numbers" icon="listNumbers" label={t("Numbered list")} keys="Ctrl Shift 9" />
        <Tool of="quote" icon="quote" label={t("Quotation")} keys="Ctrl ]" />
        <Divider />
        <Tool of="link" icon="link" label={t("Link")} keys="Ctrl K" />
        <label class="btn btn-quiet btn-small btn-icon compose-picture" title={t("Picture in the text")}>
          <Icon name="image" label={t("Picture in the text")} />
          <input
            type="file"
            accept="image/png,image/jpeg,image/gif,image/webp,image/avif,image/bmp"
            data-pictures
            multiple
            tabindex={-1}
            data-bar
          />
        </label>
        <Tool of="clear" icon="clearFormat" label={t("Take the formatting off")} />
        <button class="btn btn-quiet btn-small compose-to-plain" type="button" data-format="plain" tabindex={-1}>
          {t("Plain text")}
        </button>
      </>
    )}
  </div>
);

/** Where a link leads. */
export const LinkDialog = () => (
  <dialog class="dialog" id="link-dialog" aria-labelledby="link-title">
    <form class="form" method="dialog">
      <h2 id="link-title">{t("Link")}</h2>
      <div class="field">
        <label for="link-address">{t("Leads to")}</label>
        <input
          class="input"
          id="link-address"
          type="text"
          inputmode="url"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          placeholder="https://"
        />
      </div>
      <div class="form-actions">
        <button class="btn btn-primary" type="submit" value="set">
          {t("Set the link")}
        </button>
        <button class="btn" type="submit" value="remove" formnovalidate>
          {t("Remove the link")}
        </button>
      </div>
    </form>
  </dialog>
);
