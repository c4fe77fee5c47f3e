/** Rules of the house: their order, one rule's page, and what they would do with a message. */

import {
  Check,
  Choices,
  CsrfField,
  EXACT,
  type FieldErrors,
  FormActions,
  Select,
  TextArea,
  TextField,
} from "../../parts/forms.tsx";
import { Icon } from "../../parts/icon.tsx";
import { type TabForm, textIn, tickedIn } from "../../parts/tabs.tsx";
import { Badge, type Kind, Notice, PageHead, Problem } from "../../parts/telling.tsx";
import { AskToRemove } from "../confirm.tsx";
import { Admin, type AdminFrame, Crumbs } from "../frame.tsx";
import { OrderedList } from "../ordered.tsx";
import { TryForm } from "../try-form.tsx";
import { HouseTabs } from "./tabs.tsx";

export const HOUSE_RULES = "/admin/house/rules";

export interface HouseRuleLine {
  readonly id: number;
  readonly position: number;
  readonly name: string;
  readonly enabled: boolean;
  readonly direction: "in" | "out" | "both";
  readonly match: "all" | "any";
  readonly conditions: readonly { readonly on: string; readonly not: boolean; readonly value: string }[];
  readonly actions: readonly { readonly do: string; readonly value: string }[];
  readonly last: boolean;
  readonly hits: number;
}

/** What a condition looks at, as it stands in a sentence. */
const SUBJECTS: readonly { value: string; label: string; words: (value: string, not: boolean) => string }[] = [
  { value: "sender", label: "Sender", words: (value, not) => `the sender is ${not ? "not " : ""}${value}` },
  { value: "recipient", label: "Recipient", words: (value, not) => `it is ${not ? "not " : ""}for ${value}` },
  { value: "subject", label: "Subject", words: (value, not) => `the subject has ${not ? "no " : ""}“${value}”` },
  { value: "header", label: "Header field", words: (value, not) => `the field ${not ? "is not" : "is"} ${value}` },
  {
    value: "attachment",
    label: "Attachment",
    words: (value, not) => `it has ${not ? "no" : "an"} attachment ${fileWords(value)}`,
  },
  { value: "larger", label: "Larger than", words: (value, not) => `it is ${not ? "not " : ""}larger than ${value}` },
  {
    value: "recipients",
    label: "More recipients than",
    words: (value, not) => `it is ${not ? "not " : ""}for more than ${value} recipients`,
  },
  {
    value: "user",
    label: "Logged-in user",
    words: (value, not) => `${not ? "somebody else than " : ""}${value} sends it`,
  },
  { value: "group", label: "Mail group", words: (value, not) => `the mail group is ${not ? "not " : ""}${value}` },
  {
    value: "score",
    label: "Spam score at least",
    words: (value, not) => `the spam score is ${not ? "below" : "at least"} ${value}`,
  },
];

const FILES: Readonly<Record<string, string>> = {
  dangerous: "that is dangerous",
  program: "that is a program",
  script: "that is a script",
  shortcut: "that is a shortcut",
  image: "that is the image of a disk",
  macro: "with macros",
  encrypted: "with a password",
  disguised: "whose name hides what it is",
};

const fileWords = (value: string): string => FILES[value] ?? value;

const DEEDS: readonly { value: string; label: string; words: (value: string) => string; kind: Kind }[] = [
  {
    value: "refuse",
    label: "Refuse it, saying",
    words: (value) => (value ? `refuse it: “${value}”` : "refuse it"),
    kind: "danger",
  },
  { value: "discard", label: "Throw it away", words: () => "throw it away", kind: "danger" },
  { value: "quarantine", label: "Hold it in the quarantine", words: () => "hold it in the quarantine", kind: "warn" },
  { value: "redirect", label: "Send it instead to", words: (value) => `send it to ${value} instead`, kind: "info" },
  { value: "copy", label: "Send a copy to", words: (value) => `send a copy to ${value}`, kind: "info" },
  {
    value: "route",
    label: "Send it by the route",
    words: (value) => `send what goes elsewhere by the route ${value}`,
    kind: "info",
  },
  { value: "folder", label: "Put it into the folder", words: (value) => `put it into ${value}`, kind: "info" },
  {
    value: "subject",
    label: "Mark the subject with",
    words: (value) => `mark the subject with ${value}`,
    kind: "info",
  },
  { value: "header", label: "Add the field", words: (value) => `add ${value}`, kind: "info" },
  { value: "warn", label: "Warn of its files", words: () => "warn of its files", kind: "warn" },
  { value: "rename", label: "Rename its files", words: () => "rename its files", kind: "warn" },
  { value: "remove", label: "Take its files out", words: () => "take its files out", kind: "warn" },
];

const DIRECTION: Record<HouseRuleLine["direction"], string> = {
  in: "Mail from outside",
  out: "Mail of people here",
  both: "All mail",
};

/** A rule in plain words. */
export const houseSentence = ({ direction, match, conditions, actions, last }: HouseRuleLine): string => {
  const conditionWords = conditions.map(
    ({ on, not, value }) => SUBJECTS.find((one) => one.value === on)?.words(value, not) ?? "",
  );
  const when = conditionWords.length === 0 ? "" : `, if ${conditionWords.join(match === "all" ? " and " : " or ")}`;
  const what = actions.map(({ do: deed, value }) => DEEDS.find((one) => one.value === deed)?.words(value) ?? "");
  const sentence = `${DIRECTION[direction]}${when}: ${what.join(", ")}${last ? ", and ask no further rule" : ""}`;
  return sentence.endsWith(".”") ? sentence : `${sentence}.`;
};

/** What was asked of the test box. */
export interface HouseTest {
  readonly from: string;
  readonly to: string;
  readonly direction: string;
  readonly message: string;
  readonly errors: FieldErrors;
  readonly answer?: {
    readonly kind: Kind;
    readonly title: string;
    readonly lines: readonly string[];
  };
}

/** What it does first, and how often it did. */
const HouseMarks = ({ rule }: { rule: HouseRuleLine }) => (
  <>
    <Badge kind={DEEDS.find((one) => one.value === rule.actions[0]?.do)?.kind ?? "info"}>{rule.actions[0]?.do}</Badge>
    <span class="muted small num">{rule.hits === 0 ? "" : `${rule.hits.toLocaleString("en")}×`}</span>
  </>
);

const TestBox = ({ test, csrf }: { test: HouseTest; csrf: string }) => (
  <TryForm
    at={`${HOUSE_RULES}/try`}
    title="What would happen to…"
    error={test.errors[""]}
    csrf={csrf}
    answer={
      test.answer ? (
        <Notice kind={test.answer.kind} title={test.answer.title}>
          {test.answer.lines.map((line) => (
            <p class="wraps">{line}</p>
          ))}
        </Notice>
      ) : null
    }
  >
    <TextField label="Mail from" name="from" value={test.from} error={test.errors.from} attributes={EXACT} />
    <TextField label="To" name="to" value={test.to} error={test.errors.to} required attributes={EXACT} />
    <Select
      label="That is"
      name="direction"
      value={test.direction}
      options={[
        { value: "in", label: "from outside" },
        { value: "out", label: "of somebody here" },
      ]}
    />
    <TextArea
      label="Message"
      name="message"
      value={test.message}
      error={test.errors.message}
      rows={6}
      mono
      hint="Its source: header fields, a blank line, the text."
      attributes={EXACT}
    />
  </TryForm>
);

/** Beginnings of rules that most houses want. */
const SUGGESTIONS = [
  { like: "programs", label: "Take programs out of mail" },
  { like: "macros", label: "Warn of macros" },
  { like: "outside", label: "Mark mail from outside" },
] as const;

export const HouseRules = ({
  frame,
  rules,
  test,
}: {
  frame: AdminFrame;
  rules: readonly HouseRuleLine[];
  test: HouseTest;
}) => (
  <Admin title="House rules" frame={frame} place="house">
    <PageHead
      title="House rules"
      lede="What is done with everybody's mail, once for each message, before it reaches a mailbox or leaves. Every rule that fits is carried out, in this order."
    >
      <a class="btn btn-primary" href={`${HOUSE_RULES}/new`}>
        <Icon name="plus" />
        New rule
      </a>
    </PageHead>
    <HouseTabs current="rules" />
    <div class="split">
      <div class="stack">
        <OrderedList
          at={HOUSE_RULES}
          frame={frame}
          label="Rules"
          list={rules}
          marks={(rule) => <HouseMarks rule={rule} />}
          sentence={houseSentence}
          empty={{
            icon: "filter",
            title: "No rule yet",
            hint: "Mail goes where its envelope says, and people's own rules sort it there.",
          }}
        />
        <p class="row wrap small">
          <span class="muted">Begin with:</span>
          {SUGGESTIONS.map(({ like, label }) => (
            <a href={`${HOUSE_RULES}/new?like=${like}`}>{label}</a>
          ))}
        </p>
      </div>
      <TestBox test={test} csrf={frame.csrf} />
    </div>
  </Admin>
);

export interface HouseRulePage {
  readonly rule: HouseRuleLine;
  readonly isNew: boolean;
  readonly form: TabForm;
}

const options = (of: readonly { value: string; label: string }[], none: string) => [
  { value: "", label: none },
  ...of.map(({ value, label }) => ({ value, label })),
];

const ConditionRow = ({ at, page: { rule, form } }: { at: number; page: HouseRulePage }) => {
  const one = rule.conditions[at];
  return (
    <fieldset class="field">
      <legend class="visually-hidden">Condition {at + 1}</legend>
      <div class="fields fields-dense">
        <Select
          label={at === 0 ? "If" : "And"}
          name={`on${at}`}
          value={textIn(form, `on${at}`, one?.on ?? "")}
          options={options(SUBJECTS, "—")}
        />
        <TextField
          label="is"
          name={`value${at}`}
          value={textIn(form, `value${at}`, one?.value ?? "")}
          attributes={EXACT}
        />
      </div>
      <Check name={`not${at}`} label="… is not so" checked={tickedIn(form, `not${at}`, one?.not ?? false)} />
    </fieldset>
  );
};

const ActionRow = ({ at, page: { rule, form } }: { at: number; page: HouseRulePage }) => {
  const one = rule.actions[at];
  return (
    <fieldset class="field">
      <legend class="visually-hidden">Action {at + 1}</legend>
      <div class="fields fields-dense">
        <Select
          label={at === 0 ? "Then" : "And"}
          name={`do${at}`}
          value={textIn(form, `do${at}`, one?.do ?? "")}
          options={options(DEEDS, "—")}
        />
        <TextField
          label="With"
          name={`with${at}`}
          value={textIn(form, `with${at}`, one?.value ?? "")}
          attributes={EXACT}
        />
      </div>
    </fieldset>
  );
};

/** Rows of a form: what there is, and some more. */
export const ROWS = { conditions: 20, actions: 10 } as const;

const rowsFor = (there: number, typed: TabForm["typed"], name: string, most: number): number[] => {
  const last = Array.from({ length: most }, (_, at) => at).filter((at) => typed?.[`${name}${at}`]);
  return Array.from({ length: Math.min(most, Math.max(there, (last.at(-1) ?? -1) + 1) + 2) }, (_, at) => at);
};

export const HouseRuleView = ({ frame, page }: { frame: AdminFrame; page: HouseRulePage }) => {
  const { rule, isNew, form } = page;
  const title = isNew ? "New rule" : rule.name;
  return (
    <Admin title={title} frame={frame} place="house">
      <Crumbs href={HOUSE_RULES} label="House rules" here={title} />
      <PageHead title={title} lede={isNew ? undefined : houseSentence(rule)}>
        {isNew ? null : <AskToRemove href={`${HOUSE_RULES}/${rule.id}/remove`} label="Remove the rule" />}
      </PageHead>
      <form class="panel form form-wide" action={form.action} method="post">
        <CsrfField token={form.csrf} />
        <Problem text={form.errors[""]} />
        <TextField
          label="Name"
          name="name"
          value={textIn(form, "name", rule.name)}
          error={form.errors.name}
          hint="The log names it."
          required
        />
        <Check as="switch" name="enabled" label="It holds" checked={tickedIn(form, "enabled", rule.enabled)} />
        <Select
          label="For"
          name="direction"
          value={textIn(form, "direction", rule.direction)}
          options={Object.entries(DIRECTION).map(([value, label]) => ({ value, label }))}
          error={form.errors.direction}
        />
        <h2 class="rule">Which messages</h2>
        <p class="hint">
          Addresses: ann@example.com, example.com, .example.com (with all below), shop-*@example.com. Texts: a word, or
          * for anything. Header fields: X-Mailer: *bulk*. Sizes: 10M. Attachments: *.exe, or dangerous, program,
          script, shortcut, image, macro, encrypted, disguised.
        </p>
        <Problem text={form.errors.conditions} />
        {rowsFor(rule.conditions.length, form.typed, "on", ROWS.conditions).map((at) => (
          <ConditionRow at={at} page={page} />
        ))}
        <Choices
          legend="Several conditions"
          name="match"
          value={textIn(form, "match", rule.match)}
          options={[
            { value: "all", label: "All of them hold" },
            { value: "any", label: "One of them is enough" },
          ]}
        />
        <h2 class="rule">What is done</h2>
        <Problem text={form.errors.actions} />
        {rowsFor(rule.actions.length, form.typed, "do", ROWS.actions).map((at) => (
          <ActionRow at={at} page={page} />
        ))}
        <p class="hint">
          Mail that is signed or encrypted is never changed: its files are only warned of in a header field. To keep
          files out there, too, refuse or hold it.
        </p>
        <Check name="last" label="Ask no further rule where it fits" checked={tickedIn(form, "last", rule.last)} />
        <FormActions label={isNew ? "Make the rule" : "Save changes"} cancel={HOUSE_RULES} />
      </form>
    </Admin>
  );
};
