/** External user databases: the list, and of one of them the frame with its tabs, the test and the import. */
import type { PropsWithChildren } from "hono/jsx";
import { ActionButton, CsrfField, EXACT, FormActions, Select, TextField } from "../parts/forms.tsx";
import { type Found, FoundList, listHref } from "../parts/list.tsx";
import { type TabForm, type TabLink, Tabs, textIn } from "../parts/tabs.tsx";
import { Badge, Empty, type Kind, Lamp, Moment, Notice, PageHead, Problem } from "../parts/telling.tsx";
import { AskToRemove } from "./confirm.tsx";
import { Admin, type AdminFrame, Crumbs } from "./frame.tsx";

const HERE = "/admin/user-databases";

/** The kinds of directory servers, as people call them. */
export const KIND_OPTIONS = [
  { value: "openldap", label: "OpenLDAP, 389 Directory Server" },
  { value: "activeDirectory", label: "Active Directory, Samba" },
  { value: "lldap", label: "lldap" },
  { value: "other", label: "Another LDAP server" },
] as const;

const kindWords = (kind: string) => KIND_OPTIONS.find(({ value }) => value === kind)?.label ?? kind;

/** What a run did. Times are epoch milliseconds. */
export interface RunLine {
  readonly kind: "import" | "synchronisation";
  readonly endedAt: number;
  readonly created: number;
  readonly updated: number;
  readonly disabled: number;
  readonly problems: readonly string[];
  readonly problemCount: number;
  readonly failure: string;
}

/** One database in the list. */
export interface DatabaseLine {
  readonly name: string;
  readonly description: string;
  readonly kind: string;
  readonly enabled: boolean;
  readonly servers: readonly string[];
  readonly users: number;
  readonly autoCreate: boolean;
  readonly syncMinutes: number;
  readonly lastRun: RunLine | null;
}

/** The address of a database's page. */
export const atDatabase = (name: string, tab = ""): string =>
  `${HERE}/${encodeURIComponent(name)}${tab === "" ? "" : `/${tab}`}`;

const runKind = ({ failure, problemCount }: RunLine): Kind =>
  failure !== "" ? "danger" : problemCount > 0 ? "warn" : "ok";

const runWords = ({ failure, created, updated, disabled }: RunLine): string => {
  if (failure !== "") return failure;
  const done = [
    [created, "created"],
    [updated, "updated"],
    [disabled, "switched off"],
  ].filter(([count]) => count !== 0);
  return done.length === 0 ? "Nothing had changed." : `${done.map((pair) => pair.join(" ")).join(", ")}.`;
};

const Line = ({ line, first, frame }: { line: DatabaseLine; first: boolean; frame: AdminFrame }) => (
  <li>
    <span class="two">
      <span class="row wrap">
        <a class="strong" href={atDatabase(line.name)}>
          {line.name}
        </a>
        {line.enabled ? null : <Badge kind="off">switched off</Badge>}
        {line.autoCreate ? <Badge kind="info">makes accounts</Badge> : null}
      </span>
      <span class="muted small wraps">
        {[line.description, kindWords(line.kind), line.servers.join(", ")].filter(Boolean).join(" · ")}
      </span>
      {line.lastRun === null ? null : (
        <span class="small">
          <Lamp kind={runKind(line.lastRun)}>{runWords(line.lastRun)}</Lamp>{" "}
          <span class="muted">
            <Moment at={line.lastRun.endedAt} now={frame.now} />
          </span>
        </span>
      )}
    </span>
    <span class="row end">
      <span class="muted num">{line.users === 1 ? "1 user" : `${line.users.toLocaleString("en")} users`}</span>
      {first ? null : (
        <ActionButton
          action={`${HERE}/order`}
          csrf={frame.csrf}
          label="Ask this one earlier"
          about={line.name}
          icon="chevronUp"
          iconOnly
          class="btn btn-small btn-quiet"
          fields={{ name: line.name }}
        />
      )}
    </span>
  </li>
);

export const UserDatabases = ({
  frame,
  lines,
  form,
}: {
  frame: AdminFrame;
  lines: readonly DatabaseLine[];
  form: TabForm;
}) => (
  <Admin title="User databases" frame={frame} place="user-databases">
    <PageHead
      title="User databases"
      lede="LDAP directories and Active Directory, whose users log in here with the password they have there. Local accounts stay as they are."
    />
    <div class="split">
      <section class="panel panel-flush" aria-label="User databases">
        {lines.length === 0 ? (
          <Empty icon="database" title="No user database">
            <p>All accounts are local. Add a directory if people have accounts in one already.</p>
          </Empty>
        ) : (
          <ul class="lines lines-wrap">
            {lines.map((line, at) => (
              <Line line={line} first={at === 0} frame={frame} />
            ))}
          </ul>
        )}
      </section>
      <form class="panel form" action={HERE} method="post">
        <CsrfField token={frame.csrf} />
        <h2>Add a user database</h2>
        <Problem text={form.errors[""]} />
        <TextField
          label="Name"
          name="name"
          value={textIn(form, "name", "")}
          error={form.errors.name}
          required
          hint="Short, such as office. It cannot be changed."
          attributes={EXACT}
        />
        <Select
          label="Kind of server"
          name="kind"
          value={textIn(form, "kind", "openldap")}
          options={KIND_OPTIONS}
          error={form.errors.kind}
          hint="Fills in the names of attributes."
        />
        <TextField
          label="Server"
          name="server"
          value={textIn(form, "server", "")}
          error={form.errors.server}
          required
          placeholder="ldaps://ldap.example.org"
          hint="ldaps:// or ldap:// (with STARTTLS). Further servers are added later."
          attributes={EXACT}
        />
        <TextField
          label="Base"
          name="base"
          value={textIn(form, "base", "")}
          error={form.errors.base}
          placeholder="ou=people,dc=example,dc=org"
          hint="Where users are searched."
          attributes={EXACT}
        />
        <FormActions label="Add user database" />
        <p class="hint">Nothing is imported yet: you set the rest, test it, and see a preview first.</p>
      </form>
    </div>
  </Admin>
);

/** What stands above every tab of one database. */
export interface DatabaseHead {
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly users: number;
  readonly tab: "settings" | "test" | "import";
}

const tabsOf = ({ name, tab }: DatabaseHead): TabLink[] => [
  { name: "settings", label: "Settings", href: atDatabase(name), current: tab === "settings" },
  { name: "test", label: "Test", href: atDatabase(name, "test"), current: tab === "test" },
  { name: "import", label: "Import", href: atDatabase(name, "import"), current: tab === "import" },
];

const Inside = ({ head, children }: PropsWithChildren<{ head: DatabaseHead }>) => (
  <div id="database">
    <Crumbs href={HERE} label="User databases" here={head.name} />
    <div class="page-head">
      <div>
        <h1>{head.name}</h1>
        <p class="row lede">
          <Lamp kind={head.enabled ? "ok" : "off"}>{head.enabled ? "In use" : "Switched off"}</Lamp>
          <span class="num">{head.users === 1 ? "1 user" : `${head.users.toLocaleString("en")} users`}</span>
          {head.description === "" ? null : <span>{head.description}</span>}
        </p>
      </div>
      <AskToRemove href={atDatabase(head.name, "remove")} />
    </div>
    <Tabs tabs={tabsOf(head)} target="#database" />
    {children}
  </div>
);

/** One tab of one database, as a page. */
export const DatabasePage = ({
  frame,
  head,
  children,
}: PropsWithChildren<{ frame: AdminFrame; head: DatabaseHead }>) => (
  <Admin title={head.name} frame={frame} place="user-databases">
    <Inside head={head}>{children}</Inside>
  </Admin>
);

/** The same as a fragment for htmx. */
export const DatabaseFragment = ({ head, children }: PropsWithChildren<{ head: DatabaseHead }>) => (
  <>
    <title>{`${head.name} · Gatepost`}</title>
    <Inside head={head}>{children}</Inside>
  </>
);

/** One thing that was tried. */
export interface StepLine {
  readonly name: string;
  readonly state: "good" | "doubtful" | "bad";
  readonly text: string;
  readonly details: readonly string[];
}

const STEP: Readonly<Record<StepLine["state"], { readonly kind: Kind; readonly words: string }>> = {
  good: { kind: "ok", words: "Good" },
  doubtful: { kind: "warn", words: "Look at this" },
  bad: { kind: "danger", words: "Wrong" },
};

/** What a test found; replaced by the next one. */
export const TestResult = ({ steps }: { steps: readonly StepLine[] | undefined }) => (
  <section class={steps === undefined ? undefined : "panel panel-flush"} id="result" aria-live="polite">
    {steps === undefined ? null : (
      <ol class="lines lines-wrap">
        {steps.map(({ name, state, text, details }) => (
          <li>
            <span class="two grows">
              <span class="spread">
                <span class="strong wraps">{name}</span>
                <Lamp kind={STEP[state].kind}>{STEP[state].words}</Lamp>
              </span>
              <span class="wraps">{text}</span>
              {details.map((detail) => (
                <span class="muted small wraps">{detail}</span>
              ))}
            </span>
          </li>
        ))}
      </ol>
    )}
  </section>
);

export const DatabaseTest = ({
  name,
  csrf,
  login,
  steps,
}: {
  name: string;
  csrf: string;
  login: string;
  steps: readonly StepLine[] | undefined;
}) => (
  <div class="stack">
    <form
      class="panel form"
      action={atDatabase(name, "test")}
      method="post"
      hx-post={atDatabase(name, "test")}
      hx-target="#result"
      hx-swap="outerHTML"
      hx-disable="find button"
    >
      <CsrfField token={csrf} />
      <p>
        Goes through everything as it is saved: name, connection, certificate, bind, entries, attributes and groups.
      </p>
      <TextField
        label="Login name to try"
        name="login"
        value={login}
        hint="If you give one, it is looked up too."
        attributes={EXACT}
      />
      <TextField
        label="Password"
        name="password"
        type="password"
        hint="To try a whole login. It is not kept."
        attributes={{ autocomplete: "off" }}
      />
      <FormActions label="Test this" icon="play" />
    </form>
    <TestResult steps={steps} />
  </div>
);

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
      <nav class="pills" aria-label="What would be done">
        {ACTIONS.map(({ action, label }) => (
          <a href={listHref(here, { action })} aria-current={action === page.action ? "page" : undefined}>
            {label} <span class="num muted">{page.counts[action].toLocaleString("en")}</span>
          </a>
        ))}
      </nav>
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
