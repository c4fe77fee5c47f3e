/** Redirecting a message: from whom, to whom. */
import { CsrfField, type FieldErrors } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { PageHead } from "../parts/telling.tsx";
import { t } from "../words/words.ts";
import { AddressLine, FromLine, type Sender } from "./compose.tsx";

/** The page. */
export interface RedirectPage {
  /** The message, as "3.17". */
  readonly message: string;
  readonly key: string;
  readonly subject: string;
  readonly author: string;
  readonly identities: readonly Omit<Sender, "signature">[];
  readonly from: string;
  readonly to: string;
  readonly back: string;
  readonly csrf: string;
  readonly errors: FieldErrors;
}

export const RedirectForm = ({ page }: { page: RedirectPage }) => (
  <section class="compose-redirect stack" aria-label={t("Redirect")}>
    <PageHead
      title={t("Redirect")}
      lede={t("“{subject}” from {author} goes on as it is. Answers go to {author}, not to you.", {
        subject: page.subject || t("without a subject"),
        author: page.author || t("somebody"),
      })}
    />
    <form class="panel stack" action="/mail/compose/redirect" method="post" novalidate>
      <CsrfField token={page.csrf} />
      <input type="hidden" name="message" value={page.message} />
      <input type="hidden" name="key" value={page.key} />
      <input type="hidden" name="back" value={page.back} />
      <FromLine identities={page.identities} from={page.from} error={page.errors.from} />
      <AddressLine label={t("To")} name="to" value={page.to} error={page.errors.to} focus />
      <div class="form-actions">
        <button class="btn btn-primary" type="submit" data-key="send">
          <Icon name="send" />
          {t("Send on")}
        </button>
        <a class="btn" href={page.back}>
          {t("Back")}
        </a>
      </div>
    </form>
  </section>
);
