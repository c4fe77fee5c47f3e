/** What happens to mail that arrives in one's own mailbox: where it is sent on to, and the reply while one is away. */
import { Check, CsrfField, type FieldErrors, FormActions, Select, TextArea, TextField } from "../parts/forms.tsx";
import { Notice, Problem } from "../parts/telling.tsx";
import { t } from "../words/words.ts";
import { formTo, type OptionsFrame, OptionsPage } from "./options.tsx";
import { BELOW, type MailboxHead } from "./options-mailbox.tsx";

/** Where mail goes on to. */
export interface ForwardingPage extends MailboxHead {
  readonly enabled: boolean;
  /** One on each line. */
  readonly addresses: string;
  readonly keepCopy: boolean;
  readonly sender: string;
  /** Addresses under which the owner may send. */
  readonly own: readonly string[];
  readonly errors: FieldErrors;
}

export const Forwarding = ({ frame, page }: { frame: OptionsFrame; page: ForwardingPage }) => (
  <OptionsPage frame={frame} title={t("Forwarding")} under={BELOW(page)} lede={t("Sends on what arrives here.")}>
    <Problem text={page.errors[""]} />
    <form class="panel form" {...formTo(`${page.href}/forwarding`)}>
      <CsrfField token={frame.csrf} />
      <Check label={t("Forward my mail")} name="enabled" checked={page.enabled} as="switch" />
      <TextArea
        label={t("To these addresses")}
        name="addresses"
        value={page.addresses}
        error={page.errors.addresses}
        rows={3}
        hint={t("One on each line.")}
        attributes={{ inputmode: "email", autocapitalize: "none", spellcheck: "false", autocomplete: "off" }}
      />
      <Check
        label={t("Keep a copy here")}
        name="keepCopy"
        checked={page.keepCopy}
        hint={t("Without it what was forwarded is not in this mailbox.")}
      />
      <Select
        label={t("Envelope sender")}
        name="sender"
        value={page.sender}
        error={page.errors.sender}
        hint={t(
          "Who hears when a forwarded message cannot be delivered. Some servers refuse mail from a sender whose domain is not ours.",
        )}
        options={[
          { value: "original", label: t("Whoever wrote the message") },
          { value: "mailbox", label: t("This mailbox") },
          ...page.own.map((address) => ({ value: address, label: address })),
        ]}
      />
      <FormActions label={t("Save changes")} />
    </form>
  </OptionsPage>
);

/** The reply while one is away. */
export interface AutoreplyPage extends MailboxHead {
  readonly enabled: boolean;
  /** Dates as YYYY-MM-DD; "" for none. */
  readonly startsAt: string;
  readonly endsAt: string;
  readonly subject: string;
  readonly text: string;
  readonly periodDays: string;
  /** One on each line. */
  readonly doNotRespond: string;
  readonly maySwitch: boolean;
  readonly mayWrite: boolean;
  readonly errors: FieldErrors;
}

export const Autoreply = ({ frame, page }: { frame: OptionsFrame; page: AutoreplyPage }) => (
  <OptionsPage
    frame={frame}
    title={t("Out-of-office reply")}
    under={BELOW(page)}
    lede={t(
      "Answers mail while you are away. Mailing lists, bulk mail and other automatic replies are never answered.",
    )}
  >
    <Problem text={page.errors[""]} />
    {page.mayWrite || page.text !== "" ? null : (
      <Notice kind="warn">
        <p>
          {t(
            "No reply is written for this mailbox yet. Ask your administrator to write one; you can switch it on here.",
          )}
        </p>
      </Notice>
    )}
    <form class="panel form" {...formTo(`${page.href}/reply`)}>
      <CsrfField token={frame.csrf} />
      {page.maySwitch ? (
        <>
          <Check label={t("Answer my mail")} name="enabled" checked={page.enabled} as="switch" />
          <div class="fields">
            <TextField
              label={t("From")}
              name="startsAt"
              type="date"
              value={page.startsAt}
              error={page.errors.startsAt}
              hint={t("Empty: at once.")}
            />
            <TextField
              label={t("Up to and including")}
              name="endsAt"
              type="date"
              value={page.endsAt}
              error={page.errors.endsAt}
              hint={t("Empty: until you switch it off.")}
            />
          </div>
        </>
      ) : null}
      {page.mayWrite ? <ReplyText page={page} /> : <ReplyShown page={page} />}
      <FormActions label={t("Save changes")} />
    </form>
  </OptionsPage>
);

const ReplyText = ({ page }: { page: AutoreplyPage }) => (
  <>
    <TextField
      label={t("Subject")}
      name="subject"
      value={page.subject}
      error={page.errors.subject}
      hint={t("Empty: “Auto:” and the subject that is answered.")}
      attributes={{ maxlength: 200, dir: "auto" }}
    />
    <TextArea
      label={t("Text")}
      name="text"
      value={page.text}
      error={page.errors.text}
      rows={8}
      attributes={{ dir: "auto" }}
    />
    <TextField
      label={t("Answer the same sender again after")}
      name="periodDays"
      type="number"
      value={page.periodDays}
      error={page.errors.periodDays}
      addon={t("days")}
      short
      attributes={{ min: 1, max: 365 }}
    />
    <TextArea
      label={t("Never answer")}
      name="doNotRespond"
      value={page.doNotRespond}
      error={page.errors.doNotRespond}
      rows={3}
      hint={t("Addresses, one on each line; * stands for anything, as in *@shop.example.")}
      attributes={{ autocapitalize: "none", spellcheck: "false" }}
    />
  </>
);

const ReplyShown = ({ page }: { page: AutoreplyPage }) =>
  page.text === "" ? null : (
    <div class="field">
      <span class="label">{t("What is answered")}</span>
      {page.subject ? (
        <p class="strong wraps" dir="auto">
          {page.subject}
        </p>
      ) : null}
      <p class="code reply-text" dir="auto">
        {page.text}
      </p>
      <p class="hint">{t("Your administrator writes this text.")}</p>
    </div>
  );
