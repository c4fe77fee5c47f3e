/** While one writes: puts a template in, and keeps what is written as one. Its buttons save the draft as others do. */
import { Icon } from "../parts/icon.tsx";
import { t } from "../words/words.ts";

export const TemplatesMenu = ({
  templates,
}: {
  templates: readonly { readonly id: number; readonly name: string }[];
}) => (
  <details class="mail-menu compose-templates">
    <summary class="btn btn-quiet btn-small btn-icon" title={t("Templates")} aria-label={t("Templates")}>
      <Icon name="copy" />
    </summary>
    <div class="mail-menu-items">
      <p class="mail-menu-title">{t("Templates")}</p>
      {templates.map(({ id, name }) => (
        <button class="mail-menu-item" type="submit" name="do" value={`template-${id}`} formnovalidate>
          <bdi class="clip">{name}</bdi>
        </button>
      ))}
      <button class="mail-menu-item" type="submit" name="do" value="keep-template" formnovalidate>
        <Icon name="plus" />
        <span>{t("Keep this as a template")}</span>
      </button>
      <a class="mail-menu-item" href="/mail/options/templates">
        <Icon name="settings" />
        <span>{t("All templates")}</span>
      </a>
    </div>
  </details>
);
