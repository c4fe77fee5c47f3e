/** A file behind a link: what stands of it in a letter, and the page from which it is fetched. */
import type { Frame } from "../layout.tsx";
import { Gate } from "../parts/gate.tsx";
import { Icon } from "../parts/icon.tsx";
import { formats, t } from "../words/words.ts";

/** A link to a file, for a letter. */
export interface Linked {
  readonly href: string;
  readonly name: string;
  readonly size: string;
  /** Epoch milliseconds. */
  readonly until: number;
}

/** As it stands in a letter; its text alone is the same for plain letters. */
export const ParcelLink = ({ link }: { link: Linked }) => (
  <div>
    <a href={link.href}>{link.name}</a>
    {` (${t("{size}, to be fetched until {day}", { size: link.size, day: formats().dateAndYear(link.until) })})`}
  </div>
);

export interface ParcelPageOf extends Linked {
  readonly sender: string;
}

/** Where it is fetched. */
export const ParcelPage = ({ frame, page }: { frame: Frame; page: ParcelPageOf }) => (
  <Gate title={page.name} frame={frame} headline={t("A file for you.")}>
    <div class="stack">
      <h1>
        <bdi class="wraps">{page.name}</bdi>
      </h1>
      <p class="lede">
        {page.sender === ""
          ? t("{size}, here until {day}.", { size: page.size, day: formats().dateAndYear(page.until) })
          : t("{size} from {sender}, here until {day}.", {
              ...{ size: page.size, sender: page.sender },
              day: formats().dateAndYear(page.until),
            })}
      </p>
      <p class="muted">{t("Open it only if you know who sent you the link.")}</p>
      <div class="form-actions">
        <a class="btn btn-primary" href={page.href} download>
          <Icon name="download" />
          {t("Save the file")}
        </a>
      </div>
    </div>
  </Gate>
);
