/** Account expiry: by a date or the days after creation, which are the same thing, and by days without signing in. */
import { ActionButton, Check, TextField } from "../../parts/forms.tsx";
import { dateWords, fullTime, Moment } from "../../parts/telling.tsx";
import { type AccountKind, type TabForm, TabPanel, textIn, tickedIn } from "./page.tsx";

export interface ExpiryTab {
  readonly kind: AccountKind;
  /** The day of creation, as 2026-11-22. */
  readonly created: string;
  /** The same in epoch milliseconds. */
  readonly createdAt: number;
  readonly byDate: boolean;
  /** The date, and the same as days after creation; what is proposed where the account does not expire by date. */
  readonly date: string;
  readonly days: string;
  readonly mostDays: number;
  readonly byIdle: boolean;
  readonly idleDays: string;
  /** Epoch milliseconds, as all times here. */
  readonly lastLogin: { readonly at: number; readonly service: string; readonly remote: string } | null;
  readonly ends: number | null;
  readonly renewedAt: number | null;
  readonly expired: boolean;
  /** What becomes of the mail of an expired account, as set. */
  readonly receives: boolean;
  readonly renewal: { readonly action: string; readonly words: string } | undefined;
  readonly form: TabForm;
}

const ByDate = ({ tab: { form, ...tab } }: { tab: ExpiryTab }) => (
  <fieldset class="option">
    <legend class="visually-hidden">Expiry on a date</legend>
    <Check
      name="byDate"
      label={tab.kind === "template" ? "Expires some days after creation" : "Expires on a specific date"}
      checked={tickedIn(form, "byDate", tab.byDate)}
    />
    <input type="hidden" name="dateWas" value={tab.date} />
    <input type="hidden" name="daysWas" value={tab.days} />
    <div class="fields option-fields" data-expiry={tab.created}>
      {tab.kind === "template" ? null : (
        <TextField
          label="Date"
          name="date"
          type="date"
          value={textIn(form, "date", tab.date)}
          error={form.errors.date}
          hint="It ends as this day begins."
        />
      )}
      <TextField
        label="Days after creation"
        name="days"
        type="number"
        value={textIn(form, "days", tab.days)}
        error={form.errors.days}
        hint={
          tab.kind === "template"
            ? "Counted for each user from his own creation."
            : `Counted from ${dateWords(tab.createdAt)}, when it was made.`
        }
        short
        attributes={{ min: 1, max: tab.mostDays, step: 1, inputmode: "numeric" }}
      />
    </div>
  </fieldset>
);

const ByIdle = ({ tab: { form, ...tab } }: { tab: ExpiryTab }) => (
  <fieldset class="option">
    <legend class="visually-hidden">Expiry without sign-ins</legend>
    <Check name="byIdle" label="Expires after not signing in" checked={tickedIn(form, "byIdle", tab.byIdle)} />
    <div class="fields option-fields">
      <TextField
        label="Days without signing in"
        name="idleDays"
        type="number"
        value={textIn(form, "idleDays", tab.idleDays)}
        error={form.errors.idleDays}
        hint="On any service. Counted from the creation until the first time."
        short
        attributes={{ min: 1, max: tab.mostDays, step: 1, inputmode: "numeric" }}
      />
    </div>
  </fieldset>
);

const Facts = ({ tab, now, csrf }: { tab: ExpiryTab; now: number; csrf: string }) => (
  <section class="panel stack" aria-label="As things stand">
    <dl class="facts facts-tight">
      <dt>Last login</dt>
      <dd>
        {tab.lastLogin ? (
          <span class="two">
            <time datetime={new Date(tab.lastLogin.at).toISOString()}>{fullTime(tab.lastLogin.at)}</time>
            <span class="muted small">
              {tab.lastLogin.service} from {tab.lastLogin.remote}
            </span>
          </span>
        ) : (
          "never"
        )}
      </dd>
      <dt>{tab.expired ? "Expired" : "Expires"}</dt>
      <dd>{tab.ends === null ? "never" : <Moment at={tab.ends} now={now} />}</dd>
      {tab.renewedAt === null ? null : (
        <>
          <dt>Renewed</dt>
          <dd>
            <Moment at={tab.renewedAt} now={now} />
          </dd>
        </>
      )}
    </dl>
    {tab.renewal ? (
      <div class="stack stack-s">
        {tab.expired ? null : (
          <ActionButton action={tab.renewal.action} csrf={csrf} label="Renew" icon="refresh" class="btn" />
        )}
        <p class="hint">{tab.renewal.words}</p>
      </div>
    ) : null}
    <p class="hint">
      An expired account is refused everywhere and keeps its mail. New mail{" "}
      {tab.receives ? "still arrives" : "is refused, too"}. The user and the administrators are told by mail before.
    </p>
  </section>
);

export const Expiry = ({ tab, now }: { tab: ExpiryTab; now: number }) => {
  const form = (
    <TabPanel form={tab.form} title="Account expiry">
      <ByDate tab={tab} />
      <ByIdle tab={tab} />
    </TabPanel>
  );
  if (tab.kind === "template") return form;
  return (
    <div class="split">
      {form}
      <Facts tab={tab} now={now} csrf={tab.form.csrf} />
    </div>
  );
};
