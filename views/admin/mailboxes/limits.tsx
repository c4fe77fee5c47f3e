/** The tabs Expiry and Quota. */
import { Fill, fillWords } from "../../parts/fill.tsx";
import { type TabForm, TabPanel } from "../../parts/tabs.tsx";
import { sizeWords } from "../../parts/telling.tsx";
import { FromGroup } from "./page.tsx";
import { type QuotaFields, QuotaForm, type RuleRow, RuleRows, ruleWords } from "./rules.tsx";

interface InGroup {
  readonly group: string | null;
  /** Whether whoever looks may see the mail group's page. */
  readonly whole: boolean;
}

export interface ExpiryTab extends InGroup {
  readonly rows: readonly RuleRow[];
  /** Rules of the mail group that hold here. */
  readonly inherited: readonly { readonly folder: string; readonly days: number; readonly action: string }[];
  readonly folders: readonly string[];
  readonly form: TabForm;
}

export const Expiry = ({ tab: { form, ...tab } }: { tab: ExpiryTab }) => (
  <div class="stack">
    {tab.group !== null && tab.inherited.length > 0 ? (
      <FromGroup group={tab.group} linked={tab.whole}>
        {tab.inherited.map(ruleWords).join(" ")}
      </FromGroup>
    ) : null}
    <TabPanel
      form={form}
      title="Message expiry"
      lede="Lets old messages go by the time since they came into their folder. Nothing expires where no rule says so. What moves to the archive can be searched and put back there."
    >
      <RuleRows rows={tab.rows} folders={tab.folders} form={form} />
    </TabPanel>
  </div>
);

export interface QuotaTab extends InGroup {
  readonly quota: QuotaFields;
  readonly effective: {
    readonly messages: number | null;
    readonly octets: number | null;
    readonly warnPercent: number;
  };
  readonly messages: number;
  readonly size: number;
  readonly fill: number | null;
  /** The mailbox has a limit of its own. */
  readonly own: boolean;
  readonly form: TabForm;
}

const number = (count: number) => count.toLocaleString("en");

const limitWords = ({ messages, octets }: QuotaTab["effective"]): string =>
  [octets === null ? "" : sizeWords(octets), messages === null ? "" : `${number(messages)} messages`]
    .filter(Boolean)
    .join(" and ");

const Usage = ({ tab: { effective, ...tab } }: { tab: QuotaTab }) => (
  <section class="panel stack" aria-labelledby="used">
    <h2 id="used">Used now</h2>
    <div class="figures figures-end">
      <div class="figure">
        <b>{sizeWords(tab.size)}</b>
        <span>{effective.octets === null ? "without a limit" : `of ${sizeWords(effective.octets)}`}</span>
      </div>
      <div class="figure">
        <b>{number(tab.messages)}</b>
        <span>
          {effective.messages === null
            ? tab.messages === 1
              ? "message"
              : "messages"
            : `of ${number(effective.messages)} messages`}
        </span>
      </div>
    </div>
    {tab.fill === null ? null : (
      <>
        <Fill fill={tab.fill} label="How full the mailbox is" warn={effective.warnPercent / 100} />
        <p class="muted small">
          {fillWords(tab.fill)}
          {tab.fill >= 1
            ? ": no mail is taken until there is room."
            : tab.fill >= effective.warnPercent / 100
              ? ": the owner has been warned, or will be."
              : `. The owner is warned from ${effective.warnPercent}\u00a0% on.`}
        </p>
      </>
    )}
  </section>
);

export const Quota = ({ tab: { form, ...tab } }: { tab: QuotaTab }) => (
  <div class="split">
    <div class="stack">
      {tab.group !== null && (tab.effective.messages !== null || tab.effective.octets !== null) && !tab.own ? (
        <FromGroup group={tab.group} linked={tab.whole}>
          {`at most ${limitWords(tab.effective)}.`}
        </FromGroup>
      ) : null}
      <TabPanel form={form} title="Limits">
        <QuotaForm
          quota={tab.quota}
          form={form}
          empty={tab.group === null ? "Empty: no limit." : "Empty: as the mail group has it."}
        />
      </TabPanel>
    </div>
    <Usage tab={{ ...tab, form }} />
  </div>
);
