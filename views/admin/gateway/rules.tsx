/** Rules: who may reach what, in order; what would happen to somebody; and one rule's page. */
import {
  Check,
  Choices,
  CsrfField,
  EXACT,
  type FieldErrors,
  FormActions,
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
import { capital, Lines, Ticks } from "./parts.tsx";
import { People, type Somebody } from "./people.tsx";
import { PolicyTabs } from "./policy-tabs.tsx";
import { GROUP_WORDS, ruleSentence, SCHEME_WORDS, SERVICE_WORDS, type ToldRule, WEEK } from "./rule-words.ts";

export const RULES = "/admin/gateway/rules";

export interface RuleLine extends ToldRule {
  readonly id: number;
  readonly position: number;
  readonly name: string;
  readonly enabled: boolean;
  readonly text: string;
}

/** What somebody asked the test box, and what came of it. */
export interface RuleTest {
  readonly user: string;
  readonly address: string;
  readonly host: string;
  readonly port: string;
  readonly path: string;
  readonly time: string;
  readonly errors: FieldErrors;
  readonly answer?: {
    readonly kind: Kind;
    readonly title: string;
    readonly sentence: string;
    /** The rule that decides. */
    readonly rule?: { readonly id: number; readonly name: string };
  };
}

export interface RulesPage {
  readonly rules: readonly RuleLine[];
  readonly test: RuleTest;
}

const ACTION: Record<ToldRule["action"], { kind: Kind; words: string }> = {
  allow: { kind: "ok", words: "allow" },
  bar: { kind: "danger", words: "bar" },
  warn: { kind: "warn", words: "warn" },
};

const TestBox = ({ test, now }: { test: RuleTest; now: string }) => (
  <TryForm
    at={RULES}
    title="What would happen?"
    error={test.errors[""]}
    answer={
      test.answer ? (
        <Notice kind={test.answer.kind} title={test.answer.title}>
          <p>
            {test.answer.sentence}{" "}
            {test.answer.rule ? <a href={`${RULES}/${test.answer.rule.id}`}>See the rule</a> : null}
          </p>
        </Notice>
      ) : null
    }
  >
    <TextField
      label="User"
      name="user"
      value={test.user}
      error={test.errors.user}
      hint="A login name; empty for a guest."
      attributes={EXACT}
    />
    <TextField
      label="Host"
      name="host"
      value={test.host}
      error={test.errors.host}
      placeholder="www.example.org"
      required
      attributes={{ ...EXACT, inputmode: "url" }}
    />
    <TextField
      label="Path"
      name="path"
      value={test.path}
      error={test.errors.path}
      hint="For rules about addresses: the rest of an http:// address; empty for a tunnel, as https has it."
      placeholder="/games/1.html"
      attributes={EXACT}
    />
    <div class="fields fields-dense">
      <TextField
        label="Port"
        name="port"
        value={test.port}
        error={test.errors.port}
        type="number"
        placeholder={test.path === "" ? "443" : "80"}
      />
      <TextField
        label="Client's address"
        name="address"
        value={test.address}
        error={test.errors.address}
        attributes={EXACT}
      />
    </div>
    <TextField label="When" name="time" value={test.time || now} error={test.errors.time} type="datetime-local" />
  </TryForm>
);

export const Rules = ({ frame, page, now }: { frame: AdminFrame; page: RulesPage; now: string }) => (
  <Admin title="Rules" frame={frame} place="gateway/rules">
    <PageHead
      title="Rules and limits"
      lede="Who reaches what through the web proxy, SOCKS and the FTP proxy. The first rule that fits decides; where none fits, everything is open but this server and the local network."
    >
      <a class="btn btn-primary" href={`${RULES}/new`}>
        <Icon name="plus" />
        New rule
      </a>
    </PageHead>
    <PolicyTabs current="rules" />
    <div class="split">
      <OrderedList
        at={RULES}
        frame={frame}
        label="Rules"
        list={page.rules}
        marks={({ action }) => <Badge kind={ACTION[action].kind}>{ACTION[action].words}</Badge>}
        sentence={ruleSentence}
        empty={{
          icon: "filter",
          title: "No rule yet",
          hint: "Whoever has the permission “Use the Web Proxy” reaches everything on the Internet. Make a rule to bar a list of hosts, or to let children go out in the afternoon only.",
        }}
      />
      <TestBox test={page.test} now={now} />
    </div>
  </Admin>
);

/** One rule's page, or that of a new one. */
export interface RulePage {
  readonly rule: RuleLine;
  readonly isNew: boolean;
  /** Names of groups of people that were made here. */
  readonly groups: readonly string[];
  readonly lists: readonly string[];
  readonly people: readonly Somebody[] | undefined;
  readonly form: TabForm;
}

const WhoFields = ({ page: { rule, groups, people, form } }: { page: RulePage }) => (
  <>
    <h2 class="rule">Who</h2>
    <p class="hint">Nothing chosen: everybody.</p>
    <Ticks
      legend="Groups"
      name="group"
      options={[
        ...Object.entries(GROUP_WORDS).map(([value, words]) => ({ value, label: capital(words) })),
        ...groups.map((value) => ({ value, label: value })),
      ]}
      chosen={rule.groups}
      form={form}
    />
    <People form={form} name="users" label="Users" chosen={rule.users} people={people} />
    <Lines
      form={form}
      name="networks"
      label="Networks they come from"
      values={rule.networks}
      rows={2}
      hint="Such as 192.168.1.0/24, one a line; empty: from anywhere."
    />
  </>
);

const isList = (host: string): boolean => /^list:/i.test(host);

const WhereFields = ({ page: { rule, lists, form } }: { page: RulePage }) => (
  <>
    <h2 class="rule">Where</h2>
    <Lines
      form={form}
      name="hosts"
      label="Hosts"
      values={rule.hosts.filter((host) => !isList(host))}
      rows={4}
      hint="One a line: example.com is that name, .example.com that and everything below, 192.0.2.0/24 a range. Empty, and no list chosen: every host."
    />
    {lists.length === 0 ? null : (
      <Ticks
        legend="Host lists"
        name="list"
        options={lists.map((value) => ({ value, label: value }))}
        chosen={rule.hosts.filter(isList).map((host) => host.slice(5))}
        form={form}
      />
    )}
    <Lines
      form={form}
      name="urls"
      label="Addresses"
      values={rule.urls}
      rows={3}
      hint="One a line, with * for anything: *.exe, www.example.com/games/*. Only http:// and ftp:// through the web proxy show their addresses: with one here, the rule does not hold for https and SOCKS. Empty: every address."
    />
    <TextField
      label="Ports"
      name="ports"
      value={textIn(form, "ports", rule.ports.join(", "))}
      error={form.errors.ports}
      hint="Such as 443, 8000-8100; empty: every port."
      attributes={EXACT}
    />
    <div class="fields">
      <Ticks
        legend="Through"
        name="service"
        options={Object.entries(SERVICE_WORDS).map(([value, words]) => ({ value, label: capital(words) }))}
        chosen={rule.services}
        form={form}
        hint="Nothing chosen: all of them."
      />
      <Ticks
        legend="By"
        name="scheme"
        options={Object.entries(SCHEME_WORDS).map(([value, words]) => ({ value, label: capital(words) }))}
        chosen={rule.schemes}
        form={form}
        hint="Nothing chosen: every way."
      />
    </div>
  </>
);

/** A time of day as a field for times takes it; midnight at the end of a day is what it means left empty. */
const clockIn = (time: string): string => (time === "" || time === "24:00" ? "" : time.padStart(5, "0"));

const WhenFields = ({ page: { rule, form } }: { page: RulePage }) => (
  <>
    <h2 class="rule">When</h2>
    <Ticks
      legend="Days"
      name="day"
      options={WEEK.map((value) => ({ value, label: capital(value) }))}
      chosen={rule.days}
      form={form}
      hint="Nothing chosen: every day."
    />
    <div class="fields fields-dense">
      <TextField
        label="From"
        name="from"
        value={textIn(form, "from", clockIn(rule.from))}
        error={form.errors.from}
        type="time"
      />
      <TextField
        label="To"
        name="to"
        value={textIn(form, "to", clockIn(rule.to))}
        error={form.errors.to}
        type="time"
        hint="Earlier than “from”: on the next day."
      />
    </div>
  </>
);

/** Asks whether a rule that says nothing of who, where and when is meant so; shown once it was sent. */
const Everything = ({ form }: { form: TabForm }) =>
  form.errors.everything || form.typed?.everything !== undefined ? (
    <Notice kind="warn" title="This rule bars everybody from everything">
      <p id="everything-error">
        Nobody gets out any more, but to what rules before it allow. Say above who, where or when; or, if that is what
        you want:
      </p>
      <Check
        name="everything"
        label="Bar everybody from everything"
        checked={tickedIn(form, "everything", false)}
        attributes={{
          "aria-invalid": form.errors.everything ? "true" : undefined,
          "aria-describedby": "everything-error",
        }}
      />
    </Notice>
  ) : null;

export const RuleView = ({ frame, page }: { frame: AdminFrame; page: RulePage }) => {
  const { rule, isNew, form } = page;
  const title = isNew ? "New rule" : rule.name;
  return (
    <Admin title={title} frame={frame} place="gateway/rules">
      <Crumbs href={RULES} label="Rules" here={title} />
      <PageHead title={title} {...(!isNew && { lede: ruleSentence(rule) })}>
        {isNew ? null : <AskToRemove href={`${RULES}/${rule.id}/remove`} />}
      </PageHead>
      <form class="panel form form-wide" action={form.action} method="post">
        <CsrfField token={form.csrf} />
        <Problem text={form.errors[""]} />
        <TextField
          label="Name"
          name="name"
          value={textIn(form, "name", rule.name)}
          error={form.errors.name}
          hint="What it is for; the page that a barred person sees names it."
          required
        />
        <Choices
          legend="What happens"
          name="action"
          value={textIn(form, "action", rule.action)}
          error={form.errors.action}
          options={[
            { value: "allow", label: "Allow", hint: "They reach these hosts, whatever later rules say." },
            { value: "bar", label: "Bar", hint: "They see a page that says so, with the text below." },
            { value: "warn", label: "Warn", hint: "They see the text below first, and may go on." },
          ]}
        />
        <TextArea
          label="What they are told"
          name="text"
          value={textIn(form, "text", rule.text)}
          error={form.errors.text}
          rows={2}
          hint="Empty: the usual sentence."
        />
        <Check
          as="switch"
          name="enabled"
          label="The rule holds"
          checked={tickedIn(form, "enabled", rule.enabled)}
          hint="Switched off it is kept, and passed over."
        />
        <WhoFields page={page} />
        <WhereFields page={page} />
        <WhenFields page={page} />
        <Everything form={form} />
        <FormActions label={isNew ? "Add the rule" : "Save changes"} cancel={RULES} />
      </form>
    </Admin>
  );
};
