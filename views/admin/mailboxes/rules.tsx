/** Rules of expiry and limits in forms, as mailboxes and mail groups have them. */
import { Choices, FieldError, TextField } from "../../parts/forms.tsx";
import { type TabForm, textIn } from "../../parts/tabs.tsx";

/** One rule, as the form holds it. */
export interface RuleRow {
  readonly folder: string;
  readonly days: string;
  readonly action: string;
}

const ACTIONS = [
  { value: "archive", label: "Move to the archive" },
  { value: "delete", label: "Delete for good" },
] as const;

/** A rule in words: "Messages in Trash are deleted after 30 days." */
export const ruleWords = ({ folder, days, action }: { folder: string; days: number | string; action: string }) => {
  const where = folder === "*" ? "every other folder" : folder;
  const what = action === "archive" ? "move to the archive" : "are deleted";
  return `Messages in ${where} ${what} after ${days} ${String(days) === "1" ? "day" : "days"}.`;
};

const Row = ({ row, at, blank }: { row: RuleRow; at: number; blank: boolean }) => (
  <fieldset class="expiry-rule">
    <legend class="visually-hidden">{blank ? "A further rule" : `Rule ${at + 1}`}</legend>
    <label class="cell">
      <span class="small muted">Folder</span>
      <input
        class="input"
        name="folder"
        value={row.folder}
        list="folders-proposed"
        placeholder={blank ? "Add a folder" : undefined}
        autocomplete="off"
        spellcheck={false}
      />
    </label>
    <label class="cell">
      <span class="small muted">After days</span>
      <input class="input num" name="days" type="number" min={1} max={9999} value={row.days} inputmode="numeric" />
    </label>
    <label class="cell">
      <span class="small muted">Then</span>
      <select class="input" name="action">
        {ACTIONS.map(({ value, label }) => (
          <option value={value} selected={value === row.action}>
            {label}
          </option>
        ))}
      </select>
    </label>
  </fieldset>
);

/** The rules with an empty one to fill in. */
export const RuleRows = ({
  rows,
  folders,
  form,
}: {
  rows: readonly RuleRow[];
  folders: readonly string[];
  form: TabForm;
}) => (
  <div class="field">
    <div class="stack stack-s">
      {[...rows, { folder: "", days: "", action: "archive" }].map((row, at) => (
        <Row row={row} at={at} blank={at === rows.length} />
      ))}
    </div>
    <datalist id="folders-proposed">
      {folders.map((name) => (
        <option value={name} />
      ))}
      <option value="*">Every other folder</option>
    </datalist>
    <p class="hint">
      <code>*</code> stands for every folder without a rule of its own. Empty the days of a rule to take it away.
    </p>
    <FieldError name="rules" error={form.errors.rules} />
  </div>
);

const UNITS = [
  { value: "KB", label: "KB" },
  { value: "MB", label: "MB" },
  { value: "GB", label: "GB" },
  { value: "TB", label: "TB" },
] as const;

/** Limits as a form holds them. */
export interface QuotaFields {
  readonly messages: string;
  /** A number in units. */
  readonly size: string;
  readonly unit: string;
  readonly warnPercent: string;
  readonly warnDays: string;
  readonly whenFull: string;
}

/** The fields of limits. */
export const QuotaForm = ({ quota, form, empty }: { quota: QuotaFields; form: TabForm; empty: string }) => (
  <>
    <div class="fields">
      <div class="field">
        <label for="size">Size</label>
        <div class="input-group">
          <input
            class="input num"
            id="size"
            name="size"
            value={textIn(form, "size", quota.size)}
            inputmode="decimal"
            autocomplete="off"
            aria-describedby={form.errors.octets ? "size-hint octets-error" : "size-hint"}
            aria-invalid={form.errors.octets ? "true" : undefined}
          />
          <select class="input unit" name="unit" aria-label="Unit">
            {UNITS.map(({ value, label }) => (
              <option value={value} selected={value === textIn(form, "unit", quota.unit)}>
                {label}
              </option>
            ))}
          </select>
        </div>
        <p class="hint" id="size-hint">
          {empty}
        </p>
        <FieldError name="octets" error={form.errors.octets} />
      </div>
      <TextField
        label="Messages"
        name="messages"
        type="number"
        value={textIn(form, "messages", quota.messages)}
        error={form.errors.messages}
        hint={empty}
        attributes={{ min: 0, inputmode: "numeric" }}
      />
    </div>
    <Choices
      legend="When it is full"
      name="whenFull"
      value={textIn(form, "whenFull", quota.whenFull)}
      error={form.errors.whenFull}
      options={[
        {
          value: "defer",
          label: "Ask senders to try again later",
          hint: "Mail arrives once there is room, for some days.",
        },
        { value: "refuse", label: "Refuse for good", hint: "Senders are told at once that the mailbox is full." },
      ]}
    />
    <div class="fields">
      <TextField
        label="Warn the owner from"
        name="warnPercent"
        type="number"
        value={textIn(form, "warnPercent", quota.warnPercent)}
        error={form.errors.warnPercent}
        addon="% full"
        short
        attributes={{ min: 1, max: 100, inputmode: "numeric" }}
      />
      <TextField
        label="At most one warning in"
        name="warnDays"
        type="number"
        value={textIn(form, "warnDays", quota.warnDays)}
        error={form.errors.warnDays}
        addon="days"
        short
        attributes={{ min: 1, max: 365, inputmode: "numeric" }}
      />
    </div>
  </>
);
