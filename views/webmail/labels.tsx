/** The menus that put something aside, or mark it: labels, and times at which a message is to come back. */
import { Icon } from "../parts/icon.tsx";
import { formats, t } from "../words/words.ts";
import type { RowLabel } from "./list-rows.tsx";
import { Menu, Narrow } from "./menus.tsx";
import type { LaterChoice } from "./send-later.tsx";

/** A label that can be given. */
export interface LabelChoice extends RowLabel {
  readonly keyword: string;
}

/** What the menus offer. */
export interface AsideChoices {
  readonly labels: readonly LabelChoice[];
  /** Times to come back at; undefined where nothing is put off. */
  readonly snooze: { readonly moments: readonly LaterChoice[]; readonly local: string } | undefined;
  /** Conversations can be muted here. */
  readonly mute: boolean;
}

/** Labels to give and to take; what is typed can be a new one. */
export const LabelMenu = ({ choices }: { choices: AsideChoices }) => (
  <Menu icon="label" label={t("Label")} name="label">
    <Narrow label={t("Label, or a new one")} field="labelName" />
    {choices.labels.map(({ keyword, name, tone }) => (
      <button class="mail-menu-item" type="submit" name="label" value={keyword} data-name={name}>
        <span class={`mail-label-dot tone-${tone}`} />
        <bdi class="clip">{name}</bdi>
      </button>
    ))}
    <button class="mail-menu-item" type="submit" name="do" value="label" data-name="">
      <Icon name="plus" />
      {t("As a new label")}
    </button>
  </Menu>
);

/** When a message is to come back. */
export const SnoozeMenu = ({ choices }: { choices: AsideChoices }) =>
  choices.snooze === undefined ? null : (
    <Menu icon="clock" label={t("Snooze")} name="snooze">
      <p class="mail-menu-title">{t("Snooze until")}</p>
      {choices.snooze.moments.map(({ label, at }) => (
        <button class="mail-menu-item" type="submit" name="do" value={`snooze-${at}`}>
          <span>{label}</span>
          <span class="muted small num">{formats().weekday(at)}</span>
        </button>
      ))}
      <label class="mail-menu-title">
        {t("Day and time")}
        <input class="input" type="datetime-local" name="until" value={choices.snooze.local} />
      </label>
      <button class="btn btn-small" type="submit" name="do" value="snooze">
        {t("Snooze")}
      </button>
    </Menu>
  );

/** Whether one wants to hear of a conversation. */
export const MuteItems = ({ choices }: { choices: AsideChoices }) =>
  choices.mute ? (
    <>
      <button class="mail-menu-item" type="submit" name="do" value="mute">
        <Icon name="mute" />
        {t("Mute the conversation")}
      </button>
      <button class="mail-menu-item" type="submit" name="do" value="unmute">
        <Icon name="bell" />
        {t("Hear of it again")}
      </button>
    </>
  ) : null;
