/** The routes of outgoing mail: the list in order, what a message would do, and one of them. */
import { Check, Choices, CsrfField, EXACT, FormActions, TextField } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { type TabForm, textIn, tickedIn } from "../parts/tabs.tsx";
import { Notice, PageHead, Problem } from "../parts/telling.tsx";
import { AskToRemove } from "./confirm.tsx";
import { Admin, type AdminFrame, Crumbs } from "./frame.tsx";
import { capital, Lines, Ticks } from "./gateway/parts.tsx";
import { listed } from "./gateway/rule-words.ts";
import { OrderedList } from "./ordered.tsx";
import { TryForm } from "./try-form.tsx";

export const ROUTES = "/admin/routes";

export interface RouteLine {
  readonly id: number;
  readonly position: number;
  readonly name: string;
  readonly enabled: boolean;
  /** Only rules of the house send mail by it. */
  readonly ruled: boolean;
  readonly to: readonly string[];
  readonly from: readonly string[];
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly hosts: readonly string[];
  readonly tls: string;
  readonly verify: boolean;
  readonly login: string;
  readonly hasPassword: boolean;
  readonly otherwise: string;
}

/** What was asked about a message, and the answer. */
export interface RouteTest {
  readonly to: string;
  readonly from: string;
  readonly user: string;
  readonly errors: Readonly<Record<string, string>>;
  readonly answer?: string;
}

const LAST = { wait: "", direct: ", else straight to its domain", next: ", else by the next route that fits" } as const;

const senderWords = ({ from, users, groups }: RouteLine): string => {
  const who = [
    ...(from.length > 0 ? [`from ${listed(from)}`] : []),
    ...(users.length + groups.length > 0 ? [`by ${listed([...users, ...groups])}`] : []),
  ];
  return who.length === 0 ? "" : ` ${who.join(", sent ")}`;
};

/** A route in one sentence. */
const sentence = (line: RouteLine): string => {
  const to = line.to.length === 0 ? "" : ` to ${listed(line.to)}`;
  const fits = senderWords(line) === "" && to === "" ? "all mail" : `mail${senderWords(line)}${to}`;
  const way =
    line.hosts.length === 0
      ? "goes straight to each domain's own servers"
      : `goes through ${listed(line.hosts)}${LAST[line.otherwise as keyof typeof LAST] ?? ""}`;
  return `${capital(line.ruled ? "what house rules send by it" : fits)} ${way}.`;
};

const TestBox = ({ test }: { test: RouteTest }) => (
  <TryForm
    at={ROUTES}
    title="Which way would it go?"
    error={test.errors[""]}
    answer={
      test.answer ? (
        <Notice kind="info" title="The way">
          <p class="wraps">{test.answer}</p>
        </Notice>
      ) : null
    }
  >
    <TextField
      label="To"
      name="to"
      value={test.to}
      error={test.errors.to}
      placeholder="ann@example.org"
      required
      attributes={{ ...EXACT, inputmode: "email" }}
    />
    <TextField
      label="User"
      name="user"
      value={test.user}
      error={test.errors.user}
      hint="Who is logged in; empty for nobody."
      attributes={EXACT}
    />
    <TextField
      label="From"
      name="from"
      value={test.from}
      error={test.errors.from}
      hint="Empty: the user's own address."
      attributes={{ ...EXACT, inputmode: "email" }}
    />
  </TryForm>
);

export const RouteList = ({
  frame,
  routes,
  test,
}: {
  frame: AdminFrame;
  routes: readonly RouteLine[];
  test: RouteTest;
}) => (
  <Admin title="Routes" frame={frame} place="routes">
    <PageHead
      title="Routes"
      lede="Outgoing mail by other ways: through a provider's server, by who sends it or where it goes. The first route that fits counts; where none fits, the settings of sending do."
    >
      <a class="btn btn-primary" href={`${ROUTES}/new`}>
        <Icon name="plus" />
        New route
      </a>
    </PageHead>
    <div class="split">
      <OrderedList
        at={ROUTES}
        frame={frame}
        label="Routes"
        list={routes}
        sentence={sentence}
        empty={{
          icon: "send",
          title: "No route",
          hint: (
            <>
              All mail takes the way that the <a href="/admin/settings/transport">settings</a> say. Add a route if some
              people send through an account elsewhere, or some domains want their mail by another server.
            </>
          ),
        }}
      />
      <TestBox test={test} />
    </div>
  </Admin>
);

export const RoutePage = ({
  frame,
  line,
  groups,
  form,
  isNew,
}: {
  frame: AdminFrame;
  line: RouteLine;
  /** The mail groups there are. */
  groups: readonly string[];
  form: TabForm;
  isNew: boolean;
}) => {
  const title = isNew ? "New route" : line.name;
  return (
    <Admin title={title} frame={frame} place="routes">
      <Crumbs href={ROUTES} label="Routes" here={title} />
      <PageHead title={title} {...(!isNew && { lede: sentence(line) })}>
        {isNew ? null : <AskToRemove href={`${ROUTES}/${line.id}/remove`} />}
      </PageHead>
      <form class="panel form form-wide" action={form.action} method="post">
        <CsrfField token={form.csrf} />
        <Problem text={form.errors[""]} />
        <TextField label="Name" name="name" value={textIn(form, "name", line.name)} error={form.errors.name} required />
        <WhichMail form={form} line={line} groups={groups} />
        <WhichServers form={form} line={line} />
        <Check
          as="switch"
          name="ruled"
          label="Only what house rules send by it"
          checked={tickedIn(form, "ruled", line.ruled)}
        />
        <Check as="switch" name="enabled" label="In use" checked={tickedIn(form, "enabled", line.enabled)} />
        <FormActions label={isNew ? "Add the route" : "Save changes"} cancel={ROUTES} />
      </form>
    </Admin>
  );
};

const WhichMail = ({ form, line, groups }: { form: TabForm; line: RouteLine; groups: readonly string[] }) => (
  <>
    <h2>Which mail</h2>
    <div class="fields">
      <Lines
        form={form}
        name="from"
        label="Sent from"
        values={line.from}
        hint="One a line: ann@example.com, sales-*@example.com, example.com, *.example.com; <> for reports. Empty: from anybody."
      />
      <Lines
        form={form}
        name="to"
        label="Sent to"
        values={line.to}
        hint="One a line: example.org, *.example.org. Empty: to everybody."
      />
      <Lines
        form={form}
        name="users"
        label="By these users"
        values={line.users}
        hint="Login names, one a line. Empty: by anybody."
      />
    </div>
    {groups.length === 0 ? null : (
      <Ticks
        legend="By users whose mailbox is in these mail groups"
        name="group"
        options={groups.map((name) => ({ value: name, label: name }))}
        chosen={line.groups}
        form={form}
      />
    )}
  </>
);

const WhichServers = ({ form, line }: { form: TabForm; line: RouteLine }) => (
  <>
    <h2>Which servers</h2>
    <Lines
      form={form}
      name="hosts"
      label="Servers"
      values={line.hosts}
      hint="One a line, with its port, the first that works: smtp.example.net:587. Empty: each domain's own."
    />
    <Choices
      legend="Encryption"
      name="tls"
      value={textIn(form, "tls", line.tls)}
      error={form.errors.tls}
      options={[
        { value: "starttls", label: "STARTTLS", hint: "Required; usual at port 587." },
        { value: "implicit", label: "TLS from the start", hint: "Usual at port 465." },
        { value: "opportunistic", label: "Where offered", hint: "Without it where there is none." },
        { value: "none", label: "None", hint: "No password is sent then." },
      ]}
    />
    <Check
      as="switch"
      name="verify"
      label="Their certificates must be valid"
      checked={tickedIn(form, "verify", line.verify)}
    />
    <div class="fields">
      <TextField
        label="Login name"
        name="login"
        value={textIn(form, "login", line.login)}
        error={form.errors.login}
        hint="Empty: no login."
        attributes={EXACT}
      />
      <TextField
        label="Password"
        name="password"
        type="password"
        error={form.errors.password}
        hint={
          line.hasPassword
            ? "One is kept; type one to replace it. Other servers ask for it again."
            : "Kept, and never shown."
        }
        attributes={{ autocomplete: "new-password" }}
      />
    </div>
    <Choices
      legend="Where none of them can be reached"
      name="otherwise"
      value={textIn(form, "otherwise", line.otherwise)}
      error={form.errors.otherwise}
      options={[
        { value: "wait", label: "The mail waits", hint: "And is tried again." },
        { value: "next", label: "The next route that fits", hint: "Or what the settings say, where there is none." },
        { value: "direct", label: "Straight to each domain's own servers" },
      ]}
    />
  </>
);
