/** What waits to be sent: each message with its time, to be sent now, put off, or called back. */
import { ActionButton, CsrfField } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { Empty, Notice, PageHead } from "../parts/telling.tsx";
import { t } from "../words/words.ts";
import { formTo } from "./options.tsx";
import { leavingWords, SCHEDULED } from "./send-later.tsx";

/** A message that waits. */
export interface Waiting {
  readonly id: number;
  readonly subject: string;
  readonly to: string;
  /** Epoch milliseconds. */
  readonly leavesAt: number;
  /** As a field for day and hour has it. */
  readonly leavesLocal: string;
  readonly problem: string | null;
}

const Line = ({ one, csrf }: { one: Waiting; csrf: string }) => (
  <li class="scheduled">
    <span class="two">
      <bdi class="strong clip">{one.subject || t("(no subject)")}</bdi>
      <span class="muted small clip">{t("to {people}", { people: one.to })}</span>
      {one.problem === null ? (
        <span class="row small num">
          <Icon name="clock" />
          <span>{t("leaves {time}", { time: leavingWords(one.leavesAt) })}</span>
        </span>
      ) : (
        <Notice kind="danger">
          <p>{t("It could not be sent: {why}", { why: t(one.problem) })}</p>
        </Notice>
      )}
    </span>
    <span class="row wrap">
      <ActionButton
        action={`${SCHEDULED}/${one.id}/back`}
        csrf={csrf}
        label={t("Change")}
        about={one.subject}
        icon="compose"
      />
      <ActionButton
        action={`${SCHEDULED}/${one.id}/now`}
        csrf={csrf}
        label={t("Send now")}
        about={one.subject}
        icon="send"
      />
      <details class="mail-menu">
        <summary class="btn btn-small">
          <Icon name="clock" />
          {t("Another time")}
        </summary>
        <form class="mail-menu-items scheduled-time" {...formTo(`${SCHEDULED}/${one.id}/time`)}>
          <CsrfField token={csrf} />
          <label class="visually-hidden" for={`at-${one.id}`}>
            {t("Day and time")}
          </label>
          <input class="input" type="datetime-local" id={`at-${one.id}`} name="at" value={one.leavesLocal} required />
          <button class="btn btn-small btn-primary" type="submit">
            {t("Put off")}
          </button>
        </form>
      </details>
    </span>
  </li>
);

/** The page. */
export const Scheduled = ({ letters, csrf }: { letters: readonly Waiting[]; csrf: string }) => (
  <div class="stack" id="scheduled">
    <PageHead
      title={t("Scheduled")}
      lede={t(
        "Messages that wait to be sent at their time. Until then each of them is a draft that you can take up again.",
      )}
    />
    <section class="panel panel-flush" aria-label={t("Scheduled")}>
      {letters.length === 0 ? (
        <Empty icon="clock" title={t("Nothing waits")}>
          <p>{t("When you write, “Send later” is beside the button that sends.")}</p>
        </Empty>
      ) : (
        <ul class="lines">
          {letters.map((one) => (
            <Line one={one} csrf={csrf} />
          ))}
        </ul>
      )}
    </section>
  </div>
);
