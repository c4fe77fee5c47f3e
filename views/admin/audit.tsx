/** The audit log: who changed what, when, from where; what it was before and is since. */
import { Icon } from "../parts/icon.tsx";
import { listHref } from "../parts/list.tsx";
import { Badge, Empty, Moment, PageHead } from "../parts/telling.tsx";
import { Admin, type AdminFrame } from "./frame.tsx";

/** One change. */
export interface AuditEntry {
  readonly id: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly actor: string;
  /** "on the command line". */
  readonly via: string;
  readonly remote: string;
  /** In plain words: "changed user anna". */
  readonly operation: string;
  readonly subject: string;
  /** What is new has no before, what is gone no after. */
  readonly differences: readonly {
    readonly property: string;
    readonly before?: string;
    readonly after?: string;
  }[];
}

/** What is looked for. */
export interface AuditFilter {
  readonly actor: string;
  readonly operation: string;
  readonly subject: string;
  readonly since: string;
  readonly until: string;
}

/** What the page shows. */
export interface AuditPage {
  readonly filter: AuditFilter;
  readonly lines: readonly AuditEntry[];
  /** The id from which the next page goes on; undefined at the end. */
  readonly older?: number;
  /** This is an older page. */
  readonly past: boolean;
}

const hrefOf = (filter: AuditFilter, before = "") => listHref("/admin/audit", { ...filter, before });

const Change = ({ line, now }: { line: AuditEntry; now: number }) => (
  <li class="change">
    <div class="spread wrap">
      <span class="two">
        <span class="strong wraps">{line.subject}</span>
        <span class="muted small wraps">
          <a href={`/admin/audit?actor=${encodeURIComponent(line.actor)}`}>{line.actor}</a>
          {` ${line.via}`}
          {line.remote === "" ? "" : `, from ${line.remote}`}
        </span>
      </span>
      <span class="row">
        <Badge kind="off">{line.operation}</Badge>
        <span class="muted small">
          <Moment at={line.at} now={now} />
        </span>
      </span>
    </div>
    {line.differences.length === 0 ? null : (
      <dl class="differences small">
        {line.differences.map(({ property, before, after }) => (
          <div>
            <dt>{property}</dt>
            <dd>
              {before === undefined ? null : <del class="wraps">{before}</del>}
              {before === undefined || after === undefined ? null : <Icon name="arrowRight" label="became" />}
              {after === undefined ? null : <ins class="wraps">{after}</ins>}
            </dd>
          </div>
        ))}
      </dl>
    )}
  </li>
);

const Filter = ({ filter }: { filter: AuditFilter }) => (
  <form class="row filters" action="/admin/audit" method="get">
    <input
      class="input"
      name="actor"
      value={filter.actor}
      placeholder="Who"
      aria-label="Who made the change"
      autocomplete="off"
      autocapitalize="none"
      spellcheck={false}
    />
    <input
      class="input"
      name="subject"
      value={filter.subject}
      placeholder="What, such as anna"
      aria-label="What was changed"
      autocomplete="off"
      autocapitalize="none"
      spellcheck={false}
    />
    <input
      class="input"
      name="operation"
      value={filter.operation}
      placeholder="Kind, such as user.set"
      aria-label="Kind of change"
      autocomplete="off"
      autocapitalize="none"
      spellcheck={false}
    />
    <span class="row">
      <label class="small">
        From
        <input class="input" type="date" name="since" value={filter.since} />
      </label>
      <label class="small">
        to
        <input class="input" type="date" name="until" value={filter.until} />
      </label>
    </span>
    <button class="btn" type="submit">
      <Icon name="filter" />
      Show
    </button>
    {Object.values(filter).some((value) => value !== "") ? (
      <a class="btn btn-quiet" href="/admin/audit">
        Everything
      </a>
    ) : null}
  </form>
);

export const Audit = ({ frame, page }: { frame: AdminFrame; page: AuditPage }) => (
  <Admin title="Changes" frame={frame} place="audit">
    <PageHead title="Changes" lede="Who changed what, from where, and what it was before. The latest first.">
      {page.past ? (
        <a class="btn" href={hrefOf(page.filter)}>
          Back to now
        </a>
      ) : null}
    </PageHead>
    <div class="stack">
      <Filter filter={page.filter} />
      <section class="panel panel-flush" aria-label="Changes">
        {page.lines.length === 0 ? (
          <Empty icon="licence" title="No change fits">
            <p>Every change that an administrator or a user makes is written down here, whichever way it is made.</p>
          </Empty>
        ) : (
          <ol class="changes">
            {page.lines.map((line) => (
              <Change line={line} now={frame.now} />
            ))}
          </ol>
        )}
        {page.older === undefined ? null : (
          <nav class="pager" aria-label="Pages">
            <span />
            <a class="btn btn-small" href={hrefOf(page.filter, String(page.older))}>
              Older
              <Icon name="chevronRight" />
            </a>
          </nav>
        )}
      </section>
    </div>
  </Admin>
);
