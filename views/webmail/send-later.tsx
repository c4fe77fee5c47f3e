/** Beside the button that sends: a menu of times at which the message is to leave. */
import { Icon } from "../parts/icon.tsx";
import { formats, t } from "../words/words.ts";

/** Where what waits is listed. */
export const SCHEDULED = "/mail/scheduled";

const FAR_MS = 300 * 86_400_000;

/** When a message leaves, in words: with the weekday, and with the year where it is far ahead. */
export const leavingWords = (at: number): string =>
  at - Date.now() < FAR_MS ? formats().weekday(at) : formats().full(at);

/** Times ahead that are offered. */
export interface LaterChoice {
  readonly label: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

export const SendLater = ({ moments, local }: { moments: readonly LaterChoice[]; local: string }) => (
  <details class="mail-menu send-later">
    <summary class="btn btn-primary btn-small btn-icon" title={t("Send later")} aria-label={t("Send later")}>
      <Icon name="clock" />
    </summary>
    <div class="mail-menu-items">
      <p class="mail-menu-title">{t("Send later")}</p>
      {moments.map(({ label, at }) => (
        <button class="mail-menu-item" type="submit" name="do" value={`send-${at}`}>
          <span>{label}</span>
          <span class="muted small num">{formats().weekday(at)}</span>
        </button>
      ))}
      <label class="small" for="later-at">
        {t("Day and time")}
      </label>
      <input class="input" type="datetime-local" id="later-at" name="laterAt" value={local} />
      <button class="btn btn-small" type="submit" name="do" value="send-at">
        {t("Send then")}
      </button>
    </div>
  </details>
);
