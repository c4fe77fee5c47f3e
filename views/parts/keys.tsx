/** Keys beside the password, app passwords and tokens alike: the list of those there are, and limits for a new one. */

import { rich } from "../words/rich.tsx";
import { t } from "../words/words.ts";
import { ActionButton, EXACT, type FieldErrors, TextArea, TextField } from "./forms.tsx";
import { Lamp, Moment } from "./telling.tsx";

/** One key. Times are epoch milliseconds. */
export interface KeyLine {
  readonly id: number;
  readonly name: string;
  /** What it opens, in words. */
  readonly opens: readonly string[];
  readonly networks: readonly string[];
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly lastUse: { readonly at: number; readonly service?: string; readonly remote: string } | null;
}

interface Place {
  /** Where a key's number is posted to revoke it. */
  readonly revoke: string;
  readonly csrf: string;
  readonly now: number;
}

const LastUse = ({ use, now }: { use: KeyLine["lastUse"]; now: number }) => {
  if (use === null) return <span>{t("Never used")}</span>;
  const time = <Moment at={use.at} now={now} />;
  const { remote, service } = use;
  return (
    <span>
      {service === undefined
        ? rich("Last used {time} from {remote}", { time, remote })
        : rich("Last used {time} for {service} from {remote}", { time, service, remote })}
    </span>
  );
};

const Key = ({ one, place: { revoke, csrf, now } }: { one: KeyLine; place: Place }) => {
  const ended = one.expiresAt !== null && one.expiresAt <= now;
  return (
    <li>
      <div class="spread">
        <span class="two">
          <bdi class="strong wraps">{one.name}</bdi>
          <span class="muted small wraps">{one.opens.join(", ")}</span>
        </span>
        <span class="row">
          {ended ? <Lamp kind="danger">{t("expired")}</Lamp> : null}
          <ActionButton
            action={revoke}
            csrf={csrf}
            label={t("Revoke")}
            about={one.name}
            class="btn btn-small"
            fields={{ id: String(one.id) }}
          />
        </span>
      </div>
      <div class="bar-facts muted small num">
        <span>{rich("Made {time}", { time: <Moment at={one.createdAt} now={now} /> })}</span>
        <LastUse use={one.lastUse} now={now} />
        {one.expiresAt === null ? null : (
          <span>{rich(ended ? "Ended {time}" : "Ends {time}", { time: <Moment at={one.expiresAt} now={now} /> })}</span>
        )}
        {one.networks.length > 0 ? (
          <span class="wraps">{t("Only from {networks}", { networks: one.networks.join(", ") })}</span>
        ) : null}
      </div>
    </li>
  );
};

/** The keys there are, each with what it opens, when it was used, and how to revoke it. */
export const Keys = ({ keys, ...place }: Place & { keys: readonly KeyLine[] }) => (
  <ul class="bars">
    {keys.map((one) => (
      <Key one={one} place={place} />
    ))}
  </ul>
);

/** Until when and from where a new key is good. */
export const KeyLimits = ({
  form,
  errors,
}: {
  form: { readonly expiresAt: string; readonly networks: string };
  errors: FieldErrors;
}) => (
  <>
    <TextField
      label={t("Good until")}
      name="expiresAt"
      type="date"
      value={form.expiresAt}
      error={errors.expiresAt}
      short
      hint={t("Its last day. Without one it stays good until you revoke it.")}
    />
    <TextArea
      label={t("Only from these networks")}
      name="networks"
      value={form.networks}
      error={errors.networks}
      rows={2}
      mono
      hint={t(
        "One a line, such as 192.168.1.20 or 192.168.1.0/24. Empty means from everywhere that reaches this server.",
      )}
      attributes={EXACT}
    />
  </>
);
