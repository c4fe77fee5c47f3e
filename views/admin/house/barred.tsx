/** Barred addresses: the list, adding to it, whether somebody would be refused, and one entry's page. */
import {
  ActionButton,
  CsrfField,
  EXACT,
  type FieldErrors,
  FormActions,
  Select,
  TextArea,
  TextField,
} from "../../parts/forms.tsx";
import { type Found, FoundList, listHref, Pills } from "../../parts/list.tsx";
import { type TabForm, TabPanel, textIn } from "../../parts/tabs.tsx";
import { Badge, type Kind, Moment, Notice, PageHead, Problem } from "../../parts/telling.tsx";
import { Admin, type AdminFrame, Crumbs } from "../frame.tsx";
import { TryForm } from "../try-form.tsx";
import { HouseTabs } from "./tabs.tsx";

export const BARRED = "/admin/house/barred";

export interface BarredLine {
  readonly id: number;
  readonly pattern: string;
  readonly side: "sender" | "recipient";
  readonly direction: "in" | "out" | "both";
  readonly action: "bar" | "allow";
  readonly text: string;
  readonly note: string;
  readonly hits: number;
  readonly lastHitAt: number | null;
}

export interface BarredTest {
  readonly address: string;
  readonly side: string;
  readonly direction: string;
  readonly errors: FieldErrors;
  readonly answer?: {
    readonly kind: Kind;
    readonly title: string;
    readonly sentence: string;
    readonly entry: number | null;
  };
}

export type BarredFilter = "all" | "bar" | "allow";

export interface BarredPage extends Found {
  readonly filter: BarredFilter;
  readonly lines: readonly BarredLine[];
  readonly add: TabForm;
  readonly test: BarredTest;
}

const SIDES = [
  { value: "sender", label: "Who writes" },
  { value: "recipient", label: "Whom it is for" },
] as const;
const DIRECTIONS = [
  { value: "in", label: "Mail from outside" },
  { value: "out", label: "Mail of people here" },
  { value: "both", label: "All mail" },
] as const;
const ACTIONS = [
  { value: "bar", label: "Refuse it" },
  { value: "allow", label: "Except it: take it all the same" },
] as const;

const WHERE: Record<BarredLine["direction"], string> = {
  in: "mail from outside",
  out: "mail of people here",
  both: "all mail",
};

const sentenceOf = ({ side, direction, text, note }: BarredLine): string =>
  [
    `${side === "sender" ? "As sender" : "As recipient"}, ${WHERE[direction]}`,
    ...(text === "" ? [] : [`“${text}”`]),
    ...(note === "" ? [] : [note]),
  ].join(" · ");

const Line = ({ line, frame }: { line: BarredLine; frame: AdminFrame }) => (
  <li class="bar">
    <div class="spread wrap">
      <span class="two">
        <span class="row wrap">
          <a class="strong mono wraps" href={`${BARRED}/${line.id}`}>
            {line.pattern}
          </a>
          <Badge kind={line.action === "bar" ? "danger" : "ok"}>{line.action === "bar" ? "barred" : "excepted"}</Badge>
        </span>
        <span class="muted small wraps">{sentenceOf(line)}</span>
      </span>
      <span class="row">
        {line.action === "allow" ? null : (
          <span class="muted small num">
            {line.hits === 0 ? "never met" : `refused ${line.hits.toLocaleString("en")}×`}
            {line.lastHitAt === null ? null : (
              <>
                {", "}
                <Moment at={line.lastHitAt} now={frame.now} />
              </>
            )}
          </span>
        )}
        <ActionButton
          action={`${BARRED}/${line.id}/remove`}
          csrf={frame.csrf}
          label="Remove"
          about={line.pattern}
          icon="trash"
          class="btn btn-small"
        />
      </span>
    </div>
  </li>
);

/** What an entry says, for a new one and for one that is changed. */
const Fields = ({ form, line }: { form: TabForm; line: Omit<BarredLine, "id" | "pattern" | "hits" | "lastHitAt"> }) => (
  <>
    <Select
      label="Look at"
      name="side"
      value={textIn(form, "side", line.side)}
      options={SIDES}
      error={form.errors.side}
    />
    <Select
      label="In"
      name="direction"
      value={textIn(form, "direction", line.direction)}
      options={DIRECTIONS}
      error={form.errors.direction}
    />
    <Select
      label="And"
      name="action"
      value={textIn(form, "action", line.action)}
      options={ACTIONS}
      error={form.errors.action}
      hint="An exception holds before every bar."
    />
    <TextField
      label="What the other server is told"
      name="text"
      value={textIn(form, "text", line.text)}
      error={form.errors.text}
      hint="A sentence for whoever wrote; empty: the usual one."
    />
    <TextField label="Note" name="note" value={textIn(form, "note", line.note)} error={form.errors.note} />
  </>
);

const NEW = { side: "sender", direction: "in", action: "bar", text: "", note: "" } as const;

const AddForm = ({ form }: { form: TabForm }) => (
  <TabPanel form={form} title="Bar addresses" save="Add to the list" id="add">
    <TextArea
      label="Addresses, one a line"
      name="patterns"
      value={textIn(form, "patterns", "")}
      error={form.errors.patterns}
      rows={3}
      mono
      hint="ann@example.com, example.com (a domain), .example.com (with all below it), shop-*@example.com."
      attributes={EXACT}
    />
    <Fields form={form} line={NEW} />
  </TabPanel>
);

const TestForm = ({ test }: { test: BarredTest }) => (
  <TryForm
    at={BARRED}
    title="Would it be refused?"
    error={test.errors[""]}
    answer={
      test.answer ? (
        <Notice kind={test.answer.kind} title={test.answer.title}>
          <p>
            {test.answer.sentence}{" "}
            {test.answer.entry === null ? null : <a href={`${BARRED}/${test.answer.entry}`}>See the entry</a>}
          </p>
        </Notice>
      ) : null
    }
  >
    <TextField
      label="Address"
      name="address"
      value={test.address}
      error={test.errors.address}
      required
      attributes={{ ...EXACT, inputmode: "email" }}
    />
    <Select label="As" name="as" value={test.side} options={SIDES} />
    <Select label="In" name="way" value={test.direction} options={DIRECTIONS.slice(0, 2)} />
  </TryForm>
);

const FILTERS: readonly { filter: BarredFilter; label: string }[] = [
  { filter: "all", label: "All" },
  { filter: "bar", label: "Barred" },
  { filter: "allow", label: "Excepted" },
];

export const BarredAddresses = ({ frame, page }: { frame: AdminFrame; page: BarredPage }) => (
  <Admin title="Barred addresses" frame={frame} place="house">
    <PageHead
      title="House rules"
      lede="From whom and to whom no mail is taken. It is refused while the other server waits, so whoever wrote hears of it at once."
    >
      <a class="btn" href="#add">
        Bar addresses
      </a>
    </PageHead>
    <HouseTabs current="barred" />
    <div class="split">
      <div class="stack">
        <Pills
          label="Which ones"
          choices={FILTERS.map(({ filter, label }) => ({
            label,
            href: listHref(BARRED, { q: page.search, only: filter === "all" ? "" : filter }),
            current: filter === page.filter,
          }))}
        />
        <FoundList
          at={BARRED}
          label="Search pattern or note"
          found={page}
          lines={page.lines.length}
          noun={["entry", "entries"]}
          wishes={{ only: page.filter === "all" ? "" : page.filter }}
          empty={{
            icon: "lock",
            title: page.search || page.filter !== "all" ? "Nothing matches" : "Nobody is barred",
            hint: "Mail is taken from everybody and for everybody, and judged by what it is.",
          }}
        >
          <ul class="bars">
            {page.lines.map((line) => (
              <Line line={line} frame={frame} />
            ))}
          </ul>
        </FoundList>
      </div>
      <div class="stack">
        <AddForm form={page.add} />
        <TestForm test={page.test} />
      </div>
    </div>
  </Admin>
);

/** One entry's page. */
export const BarredEntry = ({ frame, line, form }: { frame: AdminFrame; line: BarredLine; form: TabForm }) => (
  <Admin title={line.pattern} frame={frame} place="house">
    <Crumbs href={BARRED} label="Barred addresses" here={line.pattern} />
    <PageHead title={line.pattern} lede={sentenceOf(line)} />
    <form class="panel form" action={form.action} method="post">
      <CsrfField token={form.csrf} />
      <Problem text={form.errors[""]} />
      <TextField
        label="Address, domain or pattern"
        name="pattern"
        value={textIn(form, "pattern", line.pattern)}
        error={form.errors.pattern ?? form.errors.patterns}
        required
        attributes={EXACT}
      />
      <Fields form={form} line={line} />
      <FormActions label="Save changes" cancel={BARRED} />
    </form>
  </Admin>
);
