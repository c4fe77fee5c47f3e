/** Who is barred, why, until when and on what evidence; bars by hand, and the networks that are never barred. */
import {
  ActionButton,
  Check,
  CsrfField,
  EXACT,
  type FieldErrors,
  FormActions,
  Select,
  TextArea,
  TextField,
} from "../parts/forms.tsx";
import { type Found, FoundList, listHref, Pills } from "../parts/list.tsx";
import { fullTime, Lamp, Moment, momentWords, PageHead, Problem } from "../parts/telling.tsx";
import { Admin, type AdminFrame } from "./frame.tsx";

/** One address, network or account. Times are epoch milliseconds. */
export interface BarLine {
  readonly kind: "address" | "network" | "account";
  readonly name: string;
  readonly barred: boolean;
  /** In plain words. */
  readonly why: string;
  readonly by: string | null;
  readonly since: number | null;
  readonly until: number | null;
  readonly score: number;
  readonly bars: number;
  readonly turnedAway: number;
  /** Strikes that bar it. */
  readonly most: number;
  /** The latest first; what came several times over stands once. */
  readonly evidence: readonly { readonly at: number; readonly words: string; readonly times: number }[];
}

export type BarFilter = "all" | "barred" | "watched";

/** What the page shows. */
export interface BarsPage extends Found {
  readonly filter: BarFilter;
  readonly lines: readonly BarLine[];
  readonly barred: number;
  readonly turnedAway: number;
  readonly add: {
    readonly name: string;
    readonly length: string;
    readonly why: string;
    readonly errors: FieldErrors;
    readonly problem?: string;
  };
  readonly allow: { readonly networks: string; readonly exemptLan: boolean; readonly error?: string };
}

/** For how long one bars by hand. */
export const LENGTHS = [
  { value: "1h", label: "An hour" },
  { value: "1d", label: "A day" },
  { value: "1w", label: "A week" },
  { value: "30d", label: "30 days" },
  { value: "", label: "Until it is lifted" },
] as const;

const FILTERS: readonly { filter: BarFilter; label: string }[] = [
  { filter: "all", label: "All" },
  { filter: "barred", label: "Barred" },
  { filter: "watched", label: "On the way to it" },
];

const KINDS: Record<BarLine["kind"], string> = { address: "Address", network: "Network", account: "Account" };

const stateWords = ({ barred, until }: BarLine, now: number): string => {
  if (!barred) return "not barred";
  return until === null ? "barred until lifted" : `barred, ends ${momentWords(until, now)}`;
};

const Line = ({ line, frame }: { line: BarLine; frame: AdminFrame }) => (
  <li class="bar">
    <div class="spread wrap">
      <span class="two">
        <span class="strong mono wraps">{line.name}</span>
        <span class="muted small">
          {KINDS[line.kind]}: {line.why}
          {line.by === null ? "" : `, by ${line.by}`}
        </span>
      </span>
      <span class="row">
        <span title={line.until === null ? undefined : fullTime(line.until)}>
          <Lamp kind={line.barred ? "danger" : "warn"}>{stateWords(line, frame.now)}</Lamp>
        </span>
        <ActionButton
          action="/admin/bars/lift"
          csrf={frame.csrf}
          label={line.barred ? "Lift" : "Forget"}
          about={line.name}
          icon="unlock"
          class="btn btn-small"
          fields={{ name: line.name }}
        />
      </span>
    </div>
    <div class="bar-facts muted small num">
      {line.since === null ? null : (
        <span>
          {"Since "}
          <Moment at={line.since} now={frame.now} />
        </span>
      )}
      {line.barred ? <span>{`${line.turnedAway.toLocaleString("en")} turned away`}</span> : null}
      {line.score > 0 && !line.barred ? <span>{`${line.score} of ${line.most} strikes`}</span> : null}
      {line.bars > 1 ? <span>{`Barred ${line.bars} times`}</span> : null}
      {line.evidence.length > 0 ? (
        <details>
          <summary>Evidence</summary>
          <ol class="evidence">
            {line.evidence.map(({ at, words, times }) => (
              <li>
                <Moment at={at} now={frame.now} />
                <span class="wraps">{times > 1 ? `${words} (${times} times)` : words}</span>
              </li>
            ))}
          </ol>
        </details>
      ) : null}
    </div>
  </li>
);

const AddForm = ({ frame, add }: { frame: AdminFrame; add: BarsPage["add"] }) => (
  <form class="panel form" action="/admin/bars" method="post" id="add">
    <CsrfField token={frame.csrf} />
    <h2>Bar by hand</h2>
    <Problem text={add.problem} />
    <TextField
      label="Address, network or login name"
      name="name"
      value={add.name}
      error={add.errors.name}
      required
      hint="Such as 203.0.113.7, 203.0.113.0/24, 2001:db8::/64 or anna."
      attributes={EXACT}
    />
    <Select label="For how long" name="for" value={add.length} options={LENGTHS} error={add.errors.for} />
    <TextField label="Why" name="why" value={add.why} error={add.errors.why} hint="For whoever looks at it later." />
    <FormActions label="Bar it" />
  </form>
);

const AllowForm = ({ frame, allow }: { frame: AdminFrame; allow: BarsPage["allow"] }) => (
  <form class="panel form" action="/admin/bars/allow" method="post" id="allow">
    <CsrfField token={frame.csrf} />
    <h2>Never barred</h2>
    <TextArea
      label="Networks"
      name="networks"
      value={allow.networks}
      error={allow.error}
      rows={4}
      mono
      hint="One a line, such as 192.168.1.0/24. Whatever comes from there is neither slowed down nor barred."
      attributes={{ spellcheck: "false" }}
    />
    <Check
      as="switch"
      name="exemptLan"
      label="The LAN list, too"
      hint="What your own devices get wrong is not held against them. Bars by hand hold there all the same."
      checked={allow.exemptLan}
    />
    <FormActions label="Save list" plain />
  </form>
);

export const Bars = ({ frame, page }: { frame: AdminFrame; page: BarsPage }) => (
  <Admin title="Bars" frame={frame} place="bars">
    <PageHead
      title="Bars"
      lede="Whoever guesses passwords or addresses is slowed down, then barred for a growing time, by every service."
    >
      <a class="btn" href="#add">
        Bar by hand
      </a>
    </PageHead>
    <div class="split">
      <div class="stack">
        <div class="spread wrap">
          <Pills
            label="Which ones"
            choices={FILTERS.map(({ filter, label }) => ({
              label,
              href: listHref("/admin/bars", { q: page.search, only: filter === "all" ? "" : filter }),
              current: filter === page.filter,
            }))}
          />
          <p class="muted small num">
            {page.barred === 1 ? "One is barred now" : `${page.barred.toLocaleString("en")} are barred now`}
            {page.turnedAway > 0 ? `, ${page.turnedAway.toLocaleString("en")} connections were turned away` : ""}
          </p>
        </div>
        <FoundList
          at="/admin/bars"
          label="Search address or login name"
          found={page}
          lines={page.lines.length}
          noun={["entry", "entries"]}
          wishes={{ only: page.filter === "all" ? "" : page.filter }}
          empty={{
            icon: "lock",
            title: page.search || page.filter !== "all" ? "Nothing matches" : "Nobody is barred",
            hint: "Addresses and accounts stand here from the first failure on, with what is held against them.",
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
        <AddForm frame={frame} add={page.add} />
        <AllowForm frame={frame} allow={page.allow} />
      </div>
    </div>
  </Admin>
);
