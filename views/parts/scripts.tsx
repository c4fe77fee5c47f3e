/** The Sieve scripts of a mailbox, or of the house: the list, and one of them to be written. Wherever that is done. */

import { rich } from "../words/rich.tsx";
import { said, t } from "../words/words.ts";
import { ActionButton, Check, CsrfField, EXACT, TextArea, TextField } from "./forms.tsx";
import { Badge, Empty, Moment, Notice, sizeWords } from "./telling.tsx";

/** One script in the list. */
export interface ScriptRow {
  readonly name: string;
  readonly active: boolean;
  /** Octets. */
  readonly size: number;
  /** Epoch milliseconds. */
  readonly changedAt: number;
}

/** What a script would do with a message, and why. */
export interface Tried {
  readonly done: readonly string[];
  readonly steps: readonly {
    readonly kind: string;
    readonly script: string;
    readonly line: number;
    readonly what: string;
    readonly held?: boolean | undefined;
    readonly why: string;
  }[];
  readonly error: string | null;
}

export interface ScriptsPart {
  /** The page, below which the forms are posted. */
  readonly at: string;
  readonly csrf: string;
  readonly now: number;
  readonly scripts: readonly ScriptRow[];
  /** Those of the house: none is made active, two run by their names. */
  readonly house: boolean;
  /** The script that is written. */
  readonly writing: {
    /** The name it has; "" for a new one. */
    readonly before: string;
    readonly name: string;
    readonly text: string;
    readonly activate: boolean;
    /** A message on which it is tried. */
    readonly message: string;
  };
  /** What came of trying it on that message. */
  readonly tried: Tried | undefined;
  /** What was wrong; beside "name", "text" or nothing ("") of both. */
  readonly errors: Readonly<Record<string, string>>;
  /** The script was only checked: what came of it. */
  readonly checked: readonly string[] | undefined;
}

const editHref = (at: string, name: string): string => `${at}?name=${encodeURIComponent(name)}`;

const Row = ({ part: { at, csrf, house, now }, row }: { part: ScriptsPart; row: ScriptRow }) => (
  <li>
    <span class="two">
      <span class="row">
        <a class="strong clip" href={editHref(at, row.name)}>
          {row.name}
        </a>
        {row.active ? <Badge kind="ok">{t("active")}</Badge> : null}
        {house && ["before", "after"].includes(row.name) ? <Badge kind="ok">{t("runs")}</Badge> : null}
      </span>
      <span class="muted small clip">
        {rich("{size} · changed {time}", { size: sizeWords(row.size), time: <Moment at={row.changedAt} now={now} /> })}
      </span>
    </span>
    <span class="row">
      {house ? null : (
        <ActionButton
          action={`${at}/activate`}
          csrf={csrf}
          label={row.active ? t("Switch off") : t("Make active")}
          about={row.name}
          fields={{ name: row.active ? "" : row.name }}
        />
      )}
      {row.active ? null : (
        <ActionButton
          action={`${at}/remove`}
          csrf={csrf}
          label={t("Remove {name}", { name: row.name })}
          icon="trash"
          class="btn btn-quiet btn-small"
          iconOnly
          fields={{ name: row.name }}
        />
      )}
    </span>
  </li>
);

const List = ({ part }: { part: ScriptsPart }) => (
  <section class="panel panel-flush" aria-label={t("Scripts")}>
    {part.scripts.length === 0 ? (
      <Empty icon="filter" title={t("No scripts")}>
        <p>{t("Arriving mail goes to the inbox.")}</p>
      </Empty>
    ) : (
      <ul class="lines">
        {part.scripts.map((row) => (
          <Row part={part} row={row} />
        ))}
      </ul>
    )}
  </section>
);

const Checked = ({ warnings }: { warnings: readonly string[] }) => (
  <Notice kind={warnings.length === 0 ? "ok" : "warn"} title={t("The script is good. It is not saved yet.")}>
    {warnings.map((warning) => (
      <p>{warning}</p>
    ))}
  </Notice>
);

const answerOf = ({ kind, held }: Tried["steps"][number]): string => {
  if (held !== undefined) return held ? "yes" : "no";
  return kind === "action" ? "done" : kind;
};

const Trial = ({ tried }: { tried: Tried }) => (
  <section class="panel stack" aria-label={t("What it would do")}>
    <h2>{t("What it would do")}</h2>
    {tried.error === null ? null : (
      <Notice kind="danger" title={t("The script would fail; the message would be kept.")}>
        <p>{tried.error}</p>
      </Notice>
    )}
    {tried.done.map((sentence) => (
      <p>{sentence}</p>
    ))}
    {tried.steps.length === 0 ? null : (
      <div class="table-wrap" tabindex={0}>
        <table class="table table-stacks">
          <thead>
            <tr>
              <th scope="col">{t("Line")}</th>
              <th scope="col">{t("The script says")}</th>
              <th scope="col">{t("Answer")}</th>
              <th scope="col">{t("Why")}</th>
            </tr>
          </thead>
          <tbody>
            {tried.steps.map((step) => (
              <tr>
                <td data-label={t("Line")}>{step.script === "" ? step.line : `${step.script}:${step.line}`}</td>
                <td class="mono" data-label={t("The script says")}>
                  {step.what}
                </td>
                <td data-label={t("Answer")}>{answerOf(step)}</td>
                <td data-label={t("Why")}>{step.why}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    )}
  </section>
);

const Writing = ({ part: { at, csrf, house, writing, errors } }: { part: ScriptsPart }) => (
  <form class="panel form" action={at} method="post">
    <CsrfField token={csrf} />
    <h2>{writing.before === "" ? t("New script") : writing.before}</h2>
    <input type="hidden" name="before" value={writing.before} />
    <TextField
      label={t("Name")}
      name="name"
      value={writing.name}
      {...(errors.name !== undefined && { error: errors.name })}
      required
      attributes={EXACT}
    />
    <TextArea
      label={t("Script")}
      name="text"
      value={writing.text}
      {...(errors.text !== undefined && { error: errors.text })}
      rows={18}
      mono
      hint={t("In the language Sieve (RFC 5228).")}
      attributes={{ autocapitalize: "none", spellcheck: "false", autocomplete: "off" }}
    />
    {house ? null : (
      <Check
        label={t("Make it the active one")}
        name="activate"
        checked={writing.activate}
        hint={t("One script sorts the mail.")}
      />
    )}
    {house ? null : (
      <TextArea
        label={t("A message to try it on")}
        name="message"
        value={writing.message}
        {...(errors.message !== undefined && { error: errors.message })}
        rows={4}
        mono
        hint={t("As it is sent: fields such as Subject: Invoice, an empty line, the text. Nothing is done with it.")}
        attributes={{ autocapitalize: "none", spellcheck: "false", autocomplete: "off" }}
      />
    )}
    <div class="form-actions">
      <button class="btn btn-primary" type="submit" name="do" value="save">
        {t("Save")}
      </button>
      <button class="btn" type="submit" name="do" value="check">
        {t("Check only")}
      </button>
      {house ? null : (
        <button class="btn" type="submit" name="do" value="try">
          {t("Try it")}
        </button>
      )}
      {writing.before === "" ? null : (
        <a class="btn btn-quiet" href={at}>
          {t("New script")}
        </a>
      )}
    </div>
  </form>
);

export const Scripts = ({ part }: { part: ScriptsPart }) => (
  <div class="stack">
    {part.errors[""] === undefined ? null : (
      <Notice kind="danger">
        <p>{said(part.errors[""])}</p>
      </Notice>
    )}
    {part.checked === undefined ? null : <Checked warnings={part.checked} />}
    <List part={part} />
    {part.tried === undefined ? null : <Trial tried={part.tried} />}
    <Writing part={part} />
  </div>
);
