/** The mail rules of a mailbox: the list in its order, and running them on a folder. Wherever that is done. */

import { folderName } from "../words/folders.ts";
import { key, t, tn } from "../words/words.ts";
import { ActionButton, CsrfField, Select } from "./forms.tsx";
import { Icon } from "./icon.tsx";
import { Badge, Empty, Notice, Problem } from "./telling.tsx";

/** One rule in the list. */
export interface RuleRow {
  readonly name: string;
  /** Undefined: written by hand. */
  readonly words: { readonly when: string; readonly does: string; readonly enabled: boolean } | undefined;
  /** As it stands in the script. */
  readonly text: string;
}

export interface RulesPart {
  /** The page, below which the forms are posted. */
  readonly at: string;
  /** The page of scripts. */
  readonly scriptsAt: string;
  readonly csrf: string;
  readonly version: string;
  readonly script: string;
  readonly active: boolean;
  /** Why the script cannot be read. */
  readonly problem: string | undefined;
  readonly rows: readonly RuleRow[];
  readonly error: string | undefined;
}

const nameOf = ({ name, words }: RuleRow, at: number): string =>
  name || (words === undefined ? t("Written by hand") : t("Rule {at}", { at: at + 1 }));

const Row = ({ part, row, at }: { part: RulesPart; row: RuleRow; at: number }) => {
  const { csrf, version, rows } = part;
  const name = nameOf(row, at);
  const fields = { at: String(at), version };
  const act = (action: string) => ({ action: `${part.at}/${action}`, csrf, about: name });
  const quiet = { class: "btn btn-quiet btn-small", iconOnly: true } as const;
  return (
    <li class="rule-line">
      <span class="two">
        <span class="row">
          {row.words === undefined ? (
            <bdi class="strong wraps">{name}</bdi>
          ) : (
            <a class="strong wraps" href={`${part.at}/${at}`}>
              {name}
            </a>
          )}
          {row.words === undefined && row.name !== "" ? <Badge>{t("by hand")}</Badge> : null}
          {row.words?.enabled === false ? <Badge>{t("off")}</Badge> : null}
        </span>
        {row.words === undefined ? (
          <details class="more small">
            <summary>{t("What it says")}</summary>
            <pre class="code code-lines" tabindex={0}>
              {row.text.trim()}
            </pre>
            <a href={`${part.scriptsAt}?name=${encodeURIComponent(part.script)}`}>{t("Change it in the script")}</a>
          </details>
        ) : (
          <span class="muted small wraps">
            {row.words.when}: {row.words.does}.
          </span>
        )}
      </span>
      <span class="row end">
        {row.words === undefined ? null : (
          <ActionButton
            {...act("switch")}
            label={row.words.enabled ? t("Switch off") : t("Switch on")}
            fields={{ ...fields, on: row.words.enabled ? "" : "on" }}
          />
        )}
        {at === 0 ? null : (
          <ActionButton
            {...act("move")}
            {...quiet}
            label={t("Move up")}
            icon="chevronUp"
            fields={{ ...fields, to: String(at - 1) }}
          />
        )}
        {at === rows.length - 1 ? null : (
          <ActionButton
            {...act("move")}
            {...quiet}
            label={t("Move down")}
            icon="chevronDown"
            fields={{ ...fields, to: String(at + 1) }}
          />
        )}
        <ActionButton {...act("remove")} {...quiet} label={t("Remove")} icon="trash" fields={fields} />
      </span>
    </li>
  );
};

/** The list. */
export const Rules = ({ part }: { part: RulesPart }) => (
  <div class="stack">
    <Problem text={part.error} />
    {part.problem === undefined ? null : (
      <Notice kind="danger" title={t("The script that sorts the mail cannot be read.")}>
        <p>{part.problem}</p>
        <p>
          <a href={`${part.scriptsAt}?name=${encodeURIComponent(part.script)}`}>{t("Mend it in the script")}</a>
        </p>
      </Notice>
    )}
    {part.rows.length > 0 && !part.active ? (
      <Notice kind="warn">
        <p>
          {t(
            "The script with these rules is not active, so they are not run. The next change of a rule switches it on.",
          )}
        </p>
      </Notice>
    ) : null}
    {part.problem === undefined ? (
      <div class="row">
        <a class="btn btn-primary" href={`${part.at}/new`}>
          <Icon name="plus" />
          {t("New rule")}
        </a>
        {part.rows.length === 0 ? null : (
          <a class="btn" href={`${part.at}/run`}>
            <Icon name="play" />
            {t("Run on a folder")}
          </a>
        )}
      </div>
    ) : null}
    <section class="panel panel-flush" aria-label={t("Rules")}>
      {part.rows.length === 0 ? (
        <Empty icon="filter" title={t("No rules")}>
          <p>{t("Arriving mail goes to the inbox.")}</p>
        </Empty>
      ) : (
        <ol class="lines rule-lines">
          {part.rows.map((row, at) => (
            <Row part={part} row={row} at={at} />
          ))}
        </ol>
      )}
    </section>
    <p class="hint">
      {t(
        "Rules are run from the top for each message that arrives. They stand in the Sieve script “{script}”, where mail programs read and write them, too.",
        { script: part.script },
      )}
    </p>
  </div>
);

/** How a run on a folder stands. */
export interface RuleRunLine {
  readonly folder: string;
  readonly called: string;
  readonly apply: boolean;
  readonly state: string;
  readonly total: number;
  readonly seen: number;
  readonly moved: number;
  readonly copied: number;
  readonly flagged: number;
  readonly trashed: number;
  readonly leftOut: number;
  readonly failures: number;
  readonly into: Readonly<Record<string, number>>;
  readonly missing: readonly string[];
  readonly examples: readonly { readonly subject: string; readonly from: string; readonly does: readonly string[] }[];
  readonly error: string | null;
  readonly undoable: boolean;
}

export interface RuleRunPart {
  readonly at: string;
  readonly csrf: string;
  readonly folders: readonly string[];
  /** Rules by their place, with their names. */
  readonly rules: readonly { readonly value: string; readonly label: string }[];
  readonly folder: string;
  readonly rule: string;
  readonly run: RuleRunLine | undefined;
  readonly error: string | undefined;
}

const messages = (number: number): string => tn(number, "{n} message", "{n} messages");

function Outcome({ run }: { run: RuleRunLine }) {
  const lines = [
    ...Object.entries(run.into).map(([folder, number]) => `${messages(number)} → ${folderName(folder)}`),
    ...(run.flagged > 0 ? [tn(run.flagged, "{n} message marked", "{n} messages marked")] : []),
  ];
  return (
    <>
      {lines.length === 0 ? (
        <p>{run.seen === 0 ? t("The folder is empty.") : t("Nothing is to be done with these messages.")}</p>
      ) : null}
      {lines.length === 0 ? null : (
        <ul class="wraps">
          {lines.map((line) => (
            <li>{line}</li>
          ))}
        </ul>
      )}
      {run.leftOut === 0 ? null : (
        <p class="hint">
          {tn(
            run.leftOut,
            "{n} message would be forwarded, answered or refused if it came now. Nothing of that is done with old mail.",
            "{n} messages would be forwarded, answered or refused if they came now. Nothing of that is done with old mail.",
          )}
        </p>
      )}
      {run.failures === 0 ? null : (
        <p class="hint">
          {tn(
            run.failures,
            "The rules failed at {n} message, which stays as it is.",
            "The rules failed at {n} messages, which stay as they are.",
          )}
        </p>
      )}
      {run.missing.length === 0 ? null : (
        <p class="hint">{t("There is no folder {missing}; that mail stays.", { missing: run.missing.join(", ") })}</p>
      )}
    </>
  );
}

const Examples = ({ run }: { run: RuleRunLine }) =>
  run.examples.length === 0 ? null : (
    <div class="table-wrap" tabindex={0}>
      <table class="table table-stacks">
        <caption class="visually-hidden">{t("The first messages")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("From")}</th>
            <th scope="col">{t("Subject")}</th>
            <th scope="col">{run.apply ? t("Done") : t("Would be done")}</th>
          </tr>
        </thead>
        <tbody>
          {run.examples.map(({ from, subject, does }) => (
            <tr>
              <td data-label={t("From")}>
                <bdi class="wraps">{from || t("nobody")}</bdi>
              </td>
              <td data-label={t("Subject")}>
                <bdi class="wraps">{subject || t("(no subject)")}</bdi>
              </td>
              <td data-label={t("What")}>{does.join(", ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );

const TITLES: Readonly<Record<string, string>> = {
  done: key("Done"),
  stopped: key("Stopped"),
  failed: key("It did not go well"),
  undoing: key("It is being taken back"),
  undone: key("Taken back"),
};

/** The run; asks again every second while it goes on. */
export const RuleRun = ({ part, run }: { part: Pick<RuleRunPart, "at" | "csrf">; run: RuleRunLine }) => {
  const busy = run.state === "running" || run.state === "undoing";
  const asks = { "hx-get": `${part.at}/run/status`, "hx-trigger": "every 1s", "hx-swap": "outerHTML" };
  const title = run.state === "running" ? (run.apply ? t("Running") : t("Looking")) : t(TITLES[run.state] ?? run.state);
  return (
    <section class="panel stack" id="rule-run" aria-live="polite" aria-label={t("The run")} {...(busy && asks)}>
      <h2>{!run.apply && run.state === "done" ? t("What would be done") : title}</h2>
      <p class="wraps">
        {t("“{rule}” on {folder}: {seen} of {total} looked at.", {
          rule: run.called,
          folder: folderName(run.folder),
          seen: run.seen,
          total: messages(run.total),
        })}
      </p>
      {busy ? (
        <progress
          class="wide"
          aria-label={t("How far it is")}
          {...(run.total > 0 && { max: run.total, value: run.seen })}
        />
      ) : null}
      {run.error === null ? null : <Problem text={run.error} />}
      <Outcome run={run} />
      <div class="row">
        {run.state === "running" ? (
          <>
            <ActionButton action={`${part.at}/run/stop`} csrf={part.csrf} label={t("Stop")} icon="close" />
            <a class="btn btn-quiet btn-small" href={`${part.at}/run`}>
              {t("Look again")}
            </a>
          </>
        ) : null}
        {run.undoable ? (
          <ActionButton action={`${part.at}/run/undo`} csrf={part.csrf} label={t("Take it back")} icon="restore" />
        ) : null}
      </div>
      {busy ? <p class="hint">{t("You may leave this page; it goes on.")}</p> : <Examples run={run} />}
    </section>
  );
};

/** The page for running rules on a folder. */
export const RunOnFolder = ({ part }: { part: RuleRunPart }) => (
  <div class="stack">
    <Problem text={part.error} />
    <form class="panel form" action={`${part.at}/run`} method="post">
      <CsrfField token={part.csrf} />
      <Select
        label={t("Rule")}
        name="rule"
        value={part.rule}
        options={[{ value: "", label: t("All rules, as for new mail") }, ...part.rules]}
      />
      <Select
        label={t("On the mail in")}
        name="folder"
        value={part.folder}
        options={part.folders.map((value) => ({ value, label: folderName(value) }))}
        hint={t(
          "Mail is moved, copied and marked; what a rule throws away goes to the trash. Nothing is forwarded, answered or refused.",
        )}
      />
      <div class="form-actions">
        <button class="btn btn-primary" type="submit" name="do" value="look">
          {t("Show what would be done")}
        </button>
        <button class="btn" type="submit" name="do" value="run">
          {t("Do it")}
        </button>
      </div>
    </form>
    {part.run === undefined ? null : <RuleRun part={part} run={part.run} />}
  </div>
);
