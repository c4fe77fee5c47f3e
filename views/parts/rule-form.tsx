/**
 * The form of one mail rule: rows of conditions and of actions. Which fields of a row count depends on what it is about; the style sheet
 * shows those alone, and without it all of them. Rows come and go by buttons that send the form, so it works without a script as well.
 */

import { folderName } from "../words/folders.ts";
import { key, said, t } from "../words/words.ts";
import { Check, CsrfField, type FieldErrors, TextField } from "./forms.tsx";
import { Icon } from "./icon.tsx";
import { Problem } from "./telling.tsx";

/** A condition as the form has it: all in words. */
export interface ConditionRow {
  /** "from", "subject", "size" …; "" for none yet. */
  readonly what: string;
  /** Names of header fields, between commas. */
  readonly header: string;
  readonly part: string;
  /** How texts are compared: "contains", "not is" … */
  readonly op: string;
  readonly size: string;
  readonly when: string;
  readonly yes: string;
  /** One to a line. */
  readonly value: string;
  /** Weekdays by their numbers. */
  readonly day: string;
}

/** An action as the form has it. */
export interface ActionRow {
  readonly does: string;
  readonly folder: string;
  readonly newFolder: string;
  readonly argument: string;
  readonly subject: string;
  readonly days: string;
  /** What the form has no field for, as JSON. */
  readonly more: string;
}

/** A rule as the form has it. */
export interface RuleFields {
  readonly name: string;
  readonly enabled: boolean;
  readonly join: string;
  readonly conditions: readonly ConditionRow[];
  readonly actions: readonly ActionRow[];
}

export interface RuleFormPart {
  /** Where it is posted. */
  readonly action: string;
  /** The way out without it. */
  readonly cancel: string;
  readonly csrf: string;
  readonly version: string;
  readonly fields: RuleFields;
  readonly folders: readonly string[];
  /** By "c0", "a0", "name", or "" for all of it. */
  readonly errors: FieldErrors;
}

type Choice = readonly [value: string, label: string];

const WHAT: readonly Choice[] = [
  ["", key("Choose…")],
  ["from", key("From")],
  ["to", key("To")],
  ["cc", key("Cc")],
  ["tocc", key("To or Cc")],
  ["subject", key("Subject")],
  ["list", key("Mailing list")],
  ["body", key("Text")],
  ["size", key("Size")],
  ["attachment", key("Has an attachment")],
  ["high", key("High priority")],
  ["low", key("Low priority")],
  ["known", key("Sender is in the contacts")],
  ["spam", key("Spam score is at least")],
  ["weekday", key("Day of the week")],
  ["date", key("Date of arrival")],
  ["time", key("Time of arrival")],
  ["header", key("Another header field")],
  ["address", key("Address in a header field")],
  ["envelope", key("Envelope (from, to)")],
];
const OPS: readonly Choice[] = [
  ["contains", key("contains")],
  ["not contains", key("does not contain")],
  ["is", key("is")],
  ["not is", key("is not")],
  ["begins", key("begins with")],
  ["not begins", key("does not begin with")],
  ["ends", key("ends with")],
  ["not ends", key("does not end with")],
  ["matches", key("is like (with * and ?)")],
  ["not matches", key("is not like (with * and ?)")],
  ["regex", key("matches (regular expression)")],
  ["not regex", key("does not match (regular expression)")],
  ["exists", key("is there")],
  ["not exists", key("is not there")],
];
const SIZES: readonly Choice[] = [
  ["over", key("larger than")],
  ["under", key("smaller than")],
  ["not over", key("not larger than")],
  ["not under", key("not smaller than")],
];
const WHEN: readonly Choice[] = [
  ["is", key("is")],
  ["not is", key("is not")],
  ["from", key("is or later")],
  ["until", key("is or earlier")],
  ["not from", key("is earlier than")],
  ["not until", key("is later than")],
];
const YES: readonly Choice[] = [
  ["yes", key("yes")],
  ["no", key("no")],
];
const PARTS: readonly Choice[] = [
  ["all", key("whole address")],
  ["localpart", key("before the @")],
  ["domain", key("domain")],
  ["user", key("user (before +)")],
  ["detail", key("detail (behind +)")],
];
const DAYS: readonly Choice[] = [
  ["1", key("Monday")],
  ["2", key("Tuesday")],
  ["3", key("Wednesday")],
  ["4", key("Thursday")],
  ["5", key("Friday")],
  ["6", key("Saturday")],
  ["0", key("Sunday")],
  ["1,2,3,4,5", key("Monday to Friday")],
  ["0,6", key("weekend")],
];
const DOES: readonly Choice[] = [
  ["", key("Choose…")],
  ["move", key("Move to a folder")],
  ["copy", key("Put a copy into a folder")],
  ["read", key("Mark as read")],
  ["star", key("Put a star on")],
  ["label", key("Add a label")],
  ["forward copy", key("Forward, keep a copy")],
  ["forward", key("Forward, keep no copy")],
  ["reply", key("Answer automatically")],
  ["reject", key("Refuse with a text")],
  ["discard", key("Throw away")],
  ["keep", key("Keep in the inbox")],
  ["stop", key("Stop: no further rules")],
  ["set flags", key("Set these flags only")],
  ["remove flags", key("Take flags off")],
  ["ereject", key("Refuse while it is received")],
];

const Choose = ({
  name,
  label,
  value,
  choices,
  part,
}: {
  name: string;
  label: string;
  value: string;
  choices: readonly Choice[];
  part: string;
}) => (
  <select class="input" name={name} aria-label={label} data-part={part}>
    {choices.some(([one]) => one === value) ? null : (
      <option value={value} selected>
        {value}
      </option>
    )}
    {choices.map(([one, words]) => (
      <option value={one} selected={one === value}>
        {t(words)}
      </option>
    ))}
  </select>
);

const Wrong = ({ id, error }: { id: string; error: string | undefined }) =>
  error === undefined ? null : (
    <p class="error" id={id}>
      <Icon name="warning" />
      <span>{said(error)}</span>
    </p>
  );

/** Sends the form for another look at it, in place where scripts run. */
const again = (action: string) => ({
  "hx-post": action,
  "hx-target": "#rule",
  "hx-select": "#rule",
  "hx-swap": "outerHTML",
});

const Drop = ({ action, which, label }: { action: string; which: string; label: string }) => (
  <button
    class="btn btn-quiet btn-small btn-icon rule-drop"
    type="submit"
    name="drop"
    value={which}
    title={label}
    aria-label={label}
    formnovalidate
    {...again(action)}
  >
    <Icon name="close" />
  </button>
);

const Condition = ({ row, at, form }: { row: ConditionRow; at: number; form: RuleFormPart }) => {
  const number = at + 1;
  const error = form.errors[`c${at}`];
  const described = {
    "aria-invalid": error ? "true" : undefined,
    "aria-describedby": error ? `c${at}-error` : undefined,
  };
  return (
    <fieldset class="rule-row">
      <legend class="visually-hidden">{t("Condition {number}", { number })}</legend>
      <Choose name="what" label={t("Condition {number}", { number })} value={row.what} choices={WHAT} part="what" />
      <input
        class="input"
        name="header"
        value={row.header}
        placeholder="X-Spam-Flag"
        aria-label={t("Names of header fields")}
        data-part="header"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        {...described}
      />
      <Choose name="part" label={t("Which part")} value={row.part} choices={PARTS} part="part" />
      <Choose name="op" label={t("How it is compared")} value={row.op} choices={OPS} part="op" />
      <Choose name="size" label={t("How it is compared")} value={row.size} choices={SIZES} part="size" />
      <Choose name="when" label={t("How it is compared")} value={row.when} choices={WHEN} part="when" />
      <Choose name="yes" label={t("Whether it is so")} value={row.yes} choices={YES} part="yes" />
      <textarea
        class="input"
        name="value"
        rows={Math.min(Math.max(row.value.split("\n").length, 1), 8)}
        aria-label={t("What is looked for, one to a line")}
        title={t("Several: one to a line; one of them is enough.")}
        data-part="value"
        spellcheck={false}
        autocapitalize="none"
        {...described}
      >
        {row.value}
      </textarea>
      <Choose name="day" label={t("Day")} value={row.day} choices={DAYS} part="day" />
      <Drop action={form.action} which={`c${at}`} label={t("Remove condition {number}", { number })} />
      <Wrong id={`c${at}-error`} error={error} />
    </fieldset>
  );
};

const Action = ({ row, at, form }: { row: ActionRow; at: number; form: RuleFormPart }) => {
  const number = at + 1;
  const error = form.errors[`a${at}`];
  const described = {
    "aria-invalid": error ? "true" : undefined,
    "aria-describedby": error ? `a${at}-error` : undefined,
  };
  const named = row.folder === "" || form.folders.includes(row.folder) ? form.folders : [row.folder, ...form.folders];
  return (
    <fieldset class="rule-row">
      <legend class="visually-hidden">{t("Action {number}", { number })}</legend>
      <Choose name="does" label={t("Action {number}", { number })} value={row.does} choices={DOES} part="does" />
      <Choose
        name="folder"
        label={t("Folder")}
        value={row.folder}
        choices={[["", t("A new folder…")], ...named.map((name): Choice => [name, folderName(name)])]}
        part="folder"
      />
      <input
        class="input"
        name="newFolder"
        value={row.newFolder}
        placeholder={t("Name of the new folder")}
        aria-label={t("Name of the new folder")}
        data-part="newFolder"
        autocomplete="off"
        {...described}
      />
      <textarea
        class="input"
        name="argument"
        rows={row.does === "reply" || row.does.endsWith("reject") ? 4 : 1}
        aria-label={t("Address, label or text")}
        data-part="argument"
        {...described}
      >
        {row.argument}
      </textarea>
      <input
        class="input"
        name="subject"
        value={row.subject}
        placeholder={t("Subject of the answer")}
        aria-label={t("Subject of the answer")}
        data-part="subject"
        autocomplete="off"
      />
      <input
        class="input"
        name="days"
        value={row.days}
        placeholder={t("Again after days")}
        aria-label={t("Days until a sender is answered again")}
        data-part="days"
        inputmode="numeric"
        autocomplete="off"
      />
      <input type="hidden" name="more" value={row.more} />
      <Drop action={form.action} which={`a${at}`} label={t("Remove action {number}", { number })} />
      <Wrong id={`a${at}-error`} error={error} />
    </fieldset>
  );
};

const More = ({ action, what, label }: { action: string; what: string; label: string }) => (
  <div>
    <button
      class="btn btn-small"
      type="submit"
      name="do"
      value={what}
      id={`more-${what}`}
      formnovalidate
      {...again(action)}
    >
      <Icon name="plus" />
      {label}
    </button>
  </div>
);

/** The form. */
export const RuleForm = ({ form }: { form: RuleFormPart }) => (
  <form class="panel form rule-form" id="rule" action={form.action} method="post">
    <CsrfField token={form.csrf} />
    <input type="hidden" name="version" value={form.version} />
    {/* The Enter key takes the first button of a form. */}
    <button class="visually-hidden" type="submit" name="do" value="save" tabindex={-1}>
      {t("Save")}
    </button>
    <Problem text={form.errors[""]} />
    <TextField
      label={t("Name")}
      name="name"
      value={form.fields.name}
      {...(form.errors.name !== undefined && { error: form.errors.name })}
      attributes={{ maxlength: 200, autocomplete: "off" }}
    />
    <Check label={t("Switched on")} name="enabled" as="switch" checked={form.fields.enabled} />
    <fieldset class="stack stack-s rule-part">
      <legend>{t("When a message comes")}</legend>
      <select class="input" name="join" aria-label={t("Whether all conditions have to hold, or one of them")}>
        <option value="all" selected={form.fields.join !== "any"}>
          {t("for which all of these hold")}
        </option>
        <option value="any" selected={form.fields.join === "any"}>
          {t("for which one of these holds")}
        </option>
      </select>
      {form.fields.conditions.length === 0 ? (
        <p class="hint">{t("No condition: the rule is for every message.")}</p>
      ) : null}
      {form.fields.conditions.map((row, at) => (
        <Condition row={row} at={at} form={form} />
      ))}
      <More action={form.action} what="condition" label={t("Add a condition")} />
    </fieldset>
    <fieldset class="stack stack-s rule-part">
      <legend>{t("do this")}</legend>
      {form.fields.actions.map((row, at) => (
        <Action row={row} at={at} form={form} />
      ))}
      <More action={form.action} what="action" label={t("Add an action")} />
    </fieldset>
    <div class="form-actions">
      <button class="btn btn-primary" type="submit" name="do" value="save">
        {t("Save")}
      </button>
      <a class="btn btn-quiet" href={form.cancel}>
        {t("Cancel")}
      </a>
    </div>
    <p class="hint">
      {t(
        "Several words to look for stand one to a line; one of them is enough, in capitals or not. A message that no rule puts anywhere goes to the inbox.",
      )}
    </p>
  </form>
);
