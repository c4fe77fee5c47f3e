/** Importing users from a user database: what is under way, how the last run went, and a preview of the next. */
import { ActionButton, CsrfField } from "../parts/forms.tsx";
import { type Found, FoundList, listHref, Pills } from "../parts/list.tsx";
import { Lamp, Moment, Notice } from "../parts/telling.tsx";
import { atDatabase, type RunLine, runKind, runWords } from "./user-databases.tsx";

/** What would be done with one entry. */
export interface PlanLine {
  readonly id: string;
  readonly action: "create" | "update" | "leave" | "disable" | "conflict";
  readonly login: string;
  readonly fullName: string;
  readonly dn: string;
  readonly template: string;
  readonly addresses: readonly string[];
  readonly fields: readonly { readonly name: string; readonly from: string; readonly to: string }[];
  readonly notes: readonly string[];
}

/** The import of one database. */
export interface ImportPage extends Found {
  readonly name: string;
  readonly csrf: string;
  readonly now: number;
  readonly syncMinutes: number;
  readonly lastRun: RunLine | null;
  /** The run that is under way; then there is no preview. */
  readonly progress: ProgressLine | null;
  /** Why there is no preview. */
  readonly problem?: string;
  readonly action: PlanLine["action"];
  readonly counts: Readonly<Record<PlanLine["action"], number>>;
  readonly items: readonly PlanLine[];
}

/** How far a run is. */
export interface ProgressLine {
  readonly kind: "import" | "synchronisation";
  readonly phase: "reading" | "changing";
  readonly done: number;
  readonly total: number;
}

interface ActionWords {
  readonly action: PlanLine["action"];
  readonly label: string;
  /** What can be done about the chosen ones, and about all. */
  readonly buttons?: readonly [chosen: string, all: string];
}

const ACTIONS: readonly ActionWords[] = [
  { action: "create", label: "New", buttons: ["Create the chosen", "Create all"] },
  { action: "update", label: "Changed", buttons: ["Update the chosen", "Update all"] },
  { action: "disable", label: "Gone", buttons: ["Switch the chosen off", "Switch off all"] },
  { action: "conflict", label: "Conflicts" },
  { action: "leave", label: "As they are" },
];

/** What people call the properties that change. */
const FIELDS: Readonly<Record<string, string>> = {
  ...{ login: "Login name", fullName: "Full name", enabled: "Switched on", permissions: "Permissions" },
  ...{ addresses: "Further addresses", givenName: "Given name", familyName: "Family name", title: "Title" },
  ...{ organisation: "Organisation", department: "Department", phoneWork: "Work phone", phoneHome: "Home phone" },
  ...{ phoneMobile: "Mobile phone", fax: "Fax", street: "Street", city: "Town", region: "Region" },
  ...{ postalCode: "Postal code", country: "Country", website: "Web address" },
};

/** How far the run is; asks again every second, and leads to the page with the result in the end. */
export const RunStatus = ({ name, progress }: { name: string; progress: ProgressLine }) => (
  <section
    class="panel stack"
    id="run"
    aria-live="polite"
    hx-get={atDatabase(name, "import/run")}
    hx-trigger="every 1s"
    hx-swap="outerHTML"
  >
    <p class="strong">
      {progress.phase === "reading"
        ? "The directory is being read."
        : `${progress.done.toLocaleString("en")} of ${progress.total.toLocaleString("en")} done.`}
    </p>
    <progress
      class="wide"
      aria-label="How far it is"
      {...(progress.total > 0 ? { max: progress.total, value: progress.done } : {})}
    />
    <p class="hint">You may leave this page; it goes on.</p>
  </section>
);

const LastRun = ({ run, now }: { run: RunLine; now: number }) => (
  <div class="stack stack-s">
    <p>
      <Lamp kind={runKind(run)}>{runWords(run)}</Lamp>{" "}
      <span class="muted small">
        {run.kind === "import" ? "Import, " : "Synchronisation, "}
        <Moment at={run.endedAt} now={now} />
      </span>
    </p>
    {run.problemCount === 0 ? null : (
      <details>
        <summary>{run.problemCount === 1 ? "One problem" : `${run.problemCount} problems`}</summary>
        <ul class="small wraps">
          {run.problems.map((problem) => (
            <li>{problem}</li>
          ))}
        </ul>
      </details>
    )}
  </div>
);

const Item = ({ item, picks }: { item: PlanLine; picks: boolean }) => (
  <tr>
    {picks ? (
      <td class="pick-cell">
        <input
          class="pick"
          type="checkbox"
          name="entry"
          value={item.id}
          aria-label={`Choose ${item.login || item.dn}`}
        />
      </td>
    ) : null}
    <td data-label="Login">
      <span class="two">
        <span class="strong wraps">{item.login || "—"}</span>
        <span class="muted small wraps">{item.fullName}</span>
      </span>
    </td>
    <td data-label="What">
      <span class="two">
        {item.addresses.length === 0 ? null : <span class="wraps">{item.addresses.join(", ")}</span>}
        {item.template === "" ? null : <span class="small">Template {item.template}</span>}
        {item.fields.map(({ name, from, to }) => (
          <span class="small wraps">
            {FIELDS[name] ?? name}: {from === "" ? null : <del>{from}</del>} <ins>{to}</ins>
          </span>
        ))}
        {item.notes.map((note) => (
          <span class={item.action === "conflict" ? "small wraps" : "muted small wraps"}>{note}</span>
        ))}
        <span class="muted small wraps">{item.dn}</span>
      </span>
    </td>
  </tr>
);

const PlanTable = ({ page }: { page: ImportPage }) => {
  const buttons = ACTIONS.find(({ action }) => action === page.action)?.buttons;
  return (
    <form action={atDatabase(page.name, "import")} method="post">
      <CsrfField token={page.csrf} />
      <div class="table-wrap">
        <table class={buttons === undefined ? "table table-stacks" : "table table-stacks table-picks"}>
          <thead>
            <tr>
              {buttons === undefined ? null : (
                <th class="pick-cell">
                  <input type="checkbox" data-pick-all aria-label="Choose all on this page" hidden />
                </th>
              )}
              <th>Login</th>
              <th>What</th>
            </tr>
          </thead>
          <tbody>
            {page.items.map((item) => (
              <Item item={item} picks={buttons !== undefined} />
            ))}
          </tbody>
        </table>
      </div>
      {buttons === undefined ? null : (
        <div class="form-actions form-inset">
          <button class="btn btn-primary" type="submit">
            {buttons[0]}
          </button>
          <button class="btn" type="submit" name="all" value={page.action}>
            {`${buttons[1]} ${page.counts[page.action].toLocaleString("en")}`}
          </button>
        </div>
      )}
    </form>
  );
};

const Preview = ({ page }: { page: ImportPage }) => {
  const here = atDatabase(page.name, "import");
  return (
    <>
      <Pills
        label="What would be done"
        choices={ACTIONS.map(({ action, label }) => ({
          label,
          href: listHref(here, { action }),
          current: action === page.action,
          count: page.counts[action],
        }))}
      />
      <FoundList
        at={here}
        label="Search login, name, address"
        found={page}
        lines={page.items.length}
        noun={["entry", "entries"]}
        wishes={{ action: page.action }}
        empty={{ icon: "users", title: "Nobody here", hint: "There is no entry of this kind." }}
      >
        <PlanTable page={page} />
      </FoundList>
    </>
  );
};

export const DatabaseImport = ({ page }: { page: ImportPage }) => (
  <div class="stack">
    {page.progress === null ? (
      <section class="panel stack" id="run">
        <div class="spread wrap">
          {page.lastRun === null ? (
            <p class="muted">Nothing was imported yet.</p>
          ) : (
            <LastRun run={page.lastRun} now={page.now} />
          )}
          <ActionButton
            action={atDatabase(page.name, "sync")}
            csrf={page.csrf}
            label="Synchronise now"
            icon="refresh"
            class="btn"
          />
        </div>
        <p class="hint">
          {page.syncMinutes === 0
            ? "It does not run by itself. Set an interval in the settings to change that."
            : `It runs by itself every ${page.syncMinutes} minutes.`}
        </p>
      </section>
    ) : (
      <RunStatus name={page.name} progress={page.progress} />
    )}
    {page.problem === undefined ? null : (
      <Notice kind="danger" title="There is no preview">
        <p>{page.problem}</p>
        <p>
          <a href={atDatabase(page.name, "test")}>Test it to see what is wrong</a>
        </p>
      </Notice>
    )}
    {page.progress === null && page.problem === undefined ? <Preview page={page} /> : null}
  </div>
);
