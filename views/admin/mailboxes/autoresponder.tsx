/** The tab Autoresponder: when mail is answered and with what, and beside it what the answer looks like and who gets it. */
import { Check, TextArea, TextField } from "../../parts/forms.tsx";
import { Icon } from "../../parts/icon.tsx";
import { type TabForm, TabPanel, textIn, tickedIn } from "../../parts/tabs.tsx";
import { Lamp } from "../../parts/telling.tsx";

/** What the answer will look like, and who gets it. */
export interface ReplyPreview {
  readonly from: string;
  readonly enabled: boolean;
  readonly subject: string;
  readonly text: string;
  /** The days as 2026-11-22; "" for none. */
  readonly startsOn: string;
  readonly endsOn: string;
  readonly today: string;
  readonly periodDays: string;
  readonly doNotRespond: readonly string[];
}

export interface AutoresponderTab extends ReplyPreview {
  readonly id: number;
  readonly form: TabForm;
}

/** What is answered where nothing is written. */
const USUAL_TEXT =
  "Your message has arrived. This is an automatic reply: the recipient is away or cannot answer at the moment, and will read it later.";

const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "long", year: "numeric" });
const dayWords = (day: string): string => {
  const at = new Date(`${day}T12:00:00`);
  return Number.isNaN(at.getTime()) ? day : DAY.format(at);
};

/** Whether mail is answered today, in words. */
const stateOf = ({ enabled, startsOn, endsOn, today }: ReplyPreview) => {
  if (!enabled) return { kind: "off", words: "Off" } as const;
  if (endsOn !== "" && endsOn < today) return { kind: "off", words: `Over since ${dayWords(endsOn)}` } as const;
  if (startsOn > today) return { kind: "warn", words: `Begins on ${dayWords(startsOn)}` } as const;
  if (endsOn !== "") return { kind: "ok", words: `Answers until the end of ${dayWords(endsOn)}` } as const;
  return { kind: "ok", words: "Answers until it is switched off" } as const;
};

const Point = ({ yes, children }: { yes: boolean; children: unknown }) => (
  <li class="point" data-kind={yes ? "ok" : "off"}>
    <Icon name={yes ? "check" : "close"} />
    <span>{children as string}</span>
  </li>
);

/** The preview; made anew while one types. */
export const Preview = ({ id, preview }: { id: number; preview: ReplyPreview }) => {
  const state = stateOf(preview);
  const period = preview.periodDays === "1" ? "once a day" : `once in ${preview.periodDays || "…"} days`;
  return (
    <section
      class="panel stack"
      id="reply-preview"
      aria-label="Preview"
      hx-post={`/admin/mailboxes/${id}/autoresponder/preview`}
      hx-trigger="input delay:250ms from:#autoresponder-form"
      hx-include="#autoresponder-form"
      hx-swap="outerHTML"
      hx-sync="this:replace"
    >
      <div class="spread wrap">
        <h2>What is answered</h2>
        <Lamp kind={state.kind}>{state.words}</Lamp>
      </div>
      <div class="letter letter-card">
        <dl class="facts facts-tight">
          <dt>From</dt>
          <dd class="wraps">{preview.from}</dd>
          <dt>Subject</dt>
          <dd class="wraps" dir="auto">
            {preview.subject === "" ? (
              <>
                Auto: <span class="muted">the subject that is answered</span>
              </>
            ) : (
              preview.subject
            )}
          </dd>
        </dl>
        <p class="letter-text wraps" dir="auto">
          {preview.text.trim() === "" ? USUAL_TEXT : preview.text}
        </p>
      </div>
      <h3>Who gets it</h3>
      <ul class="stack stack-s">
        <Point yes>Whoever writes to one of the mailbox's addresses, {period}</Point>
        <Point yes={false}>Mailing lists, bulk mail, and other automatic answers</Point>
        <Point yes={false}>Senders whose message was only handed on here without naming the address</Point>
        {preview.doNotRespond.slice(0, 8).map((pattern) => (
          <Point yes={false}>{pattern}</Point>
        ))}
        {preview.doNotRespond.length > 8 ? (
          <Point yes={false}>and {preview.doNotRespond.length - 8} more of the list</Point>
        ) : null}
      </ul>
    </section>
  );
};

export const Autoresponder = ({ tab: { form, ...tab } }: { tab: AutoresponderTab }) => (
  <div class="split split-even">
    <TabPanel form={form} id="autoresponder-form">
      <Check as="switch" name="enabled" label="Answer mail" checked={tickedIn(form, "enabled", tab.enabled)} />
      <div class="fields">
        <TextField
          label="From"
          name="startsOn"
          type="date"
          value={textIn(form, "startsOn", tab.startsOn)}
          error={form.errors.startsOn ?? form.errors.startsAt}
          hint="Empty: at once."
        />
        <TextField
          label="Up to and including"
          name="endsOn"
          type="date"
          value={textIn(form, "endsOn", tab.endsOn)}
          error={form.errors.endsOn ?? form.errors.endsAt}
          hint="Empty: until it is switched off."
        />
      </div>
      <TextField
        label="Subject"
        name="subject"
        value={textIn(form, "subject", tab.subject)}
        error={form.errors.subject}
        hint="Empty: “Auto:” and the subject that is answered."
        attributes={{ maxlength: 200, dir: "auto" }}
      />
      <TextArea
        label="Text"
        name="text"
        value={textIn(form, "text", tab.text)}
        error={form.errors.text}
        rows={7}
        attributes={{ dir: "auto" }}
      />
      <TextField
        label="Answer the same sender again after"
        name="periodDays"
        type="number"
        value={textIn(form, "periodDays", tab.periodDays)}
        error={form.errors.periodDays}
        addon="days"
        short
        attributes={{ min: 1, max: 365, inputmode: "numeric" }}
      />
      <TextArea
        label="Never answer"
        name="doNotRespond"
        value={textIn(form, "doNotRespond", tab.doNotRespond.join("\n"))}
        error={form.errors.doNotRespond}
        rows={3}
        mono
        hint="Senders, one a line; * stands for any characters, as in *@shop.example."
        attributes={{ autocapitalize: "none", spellcheck: "false" }}
      />
    </TabPanel>
    <Preview id={tab.id} preview={tab} />
  </div>
);
