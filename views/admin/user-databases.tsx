/** External user databases: the list, and of one of them the frame with its tabs, and the test. */
import type { PropsWithChildren } from "hono/jsx";
import { ActionButton, CsrfField, EXACT, FormActions, Select, TextField } from "../parts/forms.tsx";

import { type TabForm, type TabLink, Tabs, textIn } from "../parts/tabs.tsx";
import { Badge, Empty, type Kind, Lamp, Moment, PageHead, Problem } from "../parts/telling.tsx";
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

/** How a run went, at a glance. */
export const runKind = ({ failure, problemCount }: RunLine): Kind =>
  failure !== "" ? "danger" : problemCount > 0 ? "warn" : "ok";

/** How a run went, in words. */
export const runWords = ({ failure, created, updated, disabled }: RunLine): string => {
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
