/** Options: of which new mail this browser tells, and when. */
import { ActionButton, Check, Choices, CsrfField, type FieldErrors, FormActions, TextField } from "../parts/forms.tsx";
import { Badge, Notice, Problem } from "../parts/telling.tsx";
import { t } from "../words/words.ts";
import { formTo, OPTIONS, type OptionsFrame, OptionsPage } from "./options.tsx";

/** Where this stands. */
export const NOTIFICATIONS = `${OPTIONS}/notifications`;

/** The page. */
export interface NotificationsPage {
  readonly notify: string;
  readonly folders: readonly { readonly id: number; readonly label: string; readonly chosen: boolean }[];
  readonly details: boolean;
  readonly quietFrom: string;
  readonly quietUntil: string;
  /** The key of this server for push services. */
  readonly key: string;
  /** This browser is told. */
  readonly told: boolean;
  /** Other browsers of the same user that are told, in words. */
  readonly others: readonly { readonly id: string; readonly agent: string }[];
  readonly errors: FieldErrors;
}

const ThisBrowser = ({ page, csrf }: { page: NotificationsPage; csrf: string }) => (
  <section class="panel form" aria-label={t("This browser")}>
    <div class="spread wrap">
      <h2>{t("This browser")}</h2>
      {page.told ? <Badge kind="ok">{t("is told")}</Badge> : null}
    </div>
    <p class="muted">
      {t(
        "New mail is told here also while no page is open, as long as you are signed in. What is told goes encrypted by way of the maker of your browser, who cannot read it.",
      )}
    </p>
    <noscript>
      <p>{t("This needs scripts.")}</p>
    </noscript>
    {page.told ? (
      <ActionButton
        action={`${NOTIFICATIONS}/end`}
        csrf={csrf}
        label={t("Tell no more")}
        icon="close"
        class="btn"
        attributes={{ "data-tell-no-more": "" }}
      />
    ) : (
      <form
        class="stack stack-s"
        action={`${NOTIFICATIONS}/begin`}
        method="post"
        hidden
        data-key={page.key}
        data-cannot={t("This browser cannot tell of anything.")}
        data-denied={t(
          "The browser does not allow it. Allow notifications for this site in its settings, then try again.",
        )}
        data-open-only={t(
          "New mail is told while a page of webmail is open. For more, this browser must trust the certificate of this server, and reach its maker's push service.",
        )}
      >
        <CsrfField token={csrf} />
        <input type="hidden" name="endpoint" />
        <input type="hidden" name="p256dh" />
        <input type="hidden" name="auth" />
        <div>
          <button class="btn btn-primary" type="button" data-tell="">
            {t("Tell me of new mail")}
          </button>
        </div>
        <p class="muted" role="status" data-says="" hidden />
      </form>
    )}
    {page.others.length === 0 ? null : (
      <ul class="lines">
        {page.others.map(({ id, agent }) => (
          <li>
            <span>{t("{browser} is told, too", { browser: agent })}</span>
            <ActionButton
              action={`${NOTIFICATIONS}/end`}
              csrf={csrf}
              label={t("Tell no more")}
              about={agent}
              fields={{ session: id }}
            />
          </li>
        ))}
      </ul>
    )}
  </section>
);

export const Notifications = ({ frame, page }: { frame: OptionsFrame; page: NotificationsPage }) => (
  <OptionsPage
    frame={frame}
    title={t("Notifications")}
    lede={t("Of which new mail your browsers tell you, and when they keep quiet.")}
  >
    <ThisBrowser page={page} csrf={frame.csrf} />
    <form class="panel form" {...formTo(NOTIFICATIONS)}>
      <CsrfField token={frame.csrf} />
      <Problem text={page.errors[""]} />
      <Choices
        legend={t("Tell of mail in")}
        name="notify"
        value={page.notify}
        error={page.errors.notify}
        options={[
          { value: "inbox", label: t("the inbox") },
          { value: "all", label: t("all folders"), hint: t("But for Junk, Trash, Sent and Drafts.") },
          { value: "chosen", label: t("the folders chosen below") },
        ]}
      />
      <details open={page.notify === "chosen"}>
        <summary>{t("Folders")}</summary>
        <div class="stack stack-s">
          {page.folders.map(({ id, label, chosen }) => (
            <Check label={label} name="folder" value={String(id)} checked={chosen} />
          ))}
        </div>
      </details>
      <Check
        label={t("Tell the sender and the subject")}
        name="details"
        checked={page.details}
        as="switch"
        hint={t("Otherwise only that there is a new message: for screens that others see.")}
      />
      <fieldset class="field">
        <legend>{t("Quiet hours")}</legend>
        <div class="row wrap">
          <TextField
            label={t("From")}
            name="quietFrom"
            type="time"
            value={page.quietFrom}
            error={page.errors.quietFrom}
            short
          />
          <TextField
            label={t("until")}
            name="quietUntil"
            type="time"
            value={page.quietUntil}
            error={page.errors.quietUntil}
            short
          />
        </div>
        <p class="hint">{t("In your time zone. Leave both empty to be told at any time.")}</p>
      </fieldset>
      <FormActions label={t("Save")} />
    </form>
    <Notice kind="info" title={t("As an app")}>
      <p>
        {t(
          "Your browser can install this page: it then has a window and a picture of its own, and what you read there can be read again without a connection, until you sign out.",
        )}
      </p>
    </Notice>
  </OptionsPage>
);
