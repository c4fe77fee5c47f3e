/** What others report of a domain, in plain words: whose mail passes for its own, what is wrong with TLS, and what to do next. */
import { Icon } from "../parts/icon.tsx";
import { Badge, dateWords, Empty, type Kind, Lamp, Notice, PageHead } from "../parts/telling.tsx";
import { Admin, type AdminFrame, Crumbs } from "./frame.tsx";
import { Figure, numberWords, shareWords } from "./gateway/parts.tsx";
import { type Boards, Pickets } from "./gateway/pickets.tsx";

/** One report. Times are epoch milliseconds. */
export interface ReportLine {
  readonly id: number;
  readonly organization: string;
  /** "" where its sender proved nothing: then it does not count. */
  readonly proven: string;
  readonly begin: number;
  readonly passed: number;
  readonly failed: number;
}

/** What both kinds of reports come to. */
interface Figures {
  readonly address: string;
  readonly sentence: string;
  readonly passed: number;
  readonly failed: number;
  /** Passed stands for received, failed for sent. */
  readonly days: readonly Boards[];
  readonly reports: readonly ReportLine[];
}

export interface SourceLine {
  readonly source: string;
  readonly host: string;
  readonly passed: number;
  readonly failed: number;
  readonly stopped: number;
  readonly kind: "good" | "own" | "forwarder" | "service" | "forger";
  readonly sentence: string;
  readonly reporters: readonly string[];
}

export interface FailureLine {
  readonly type: string;
  readonly sentence: string;
  readonly server: string;
  readonly reason: string;
  readonly count: number;
  readonly reporters: readonly string[];
}

/** A report that this server sent. */
export interface SentLine {
  readonly kind: "dmarc" | "tls";
  readonly domain: string;
  readonly day: number;
  readonly outcome: string;
  readonly told: number;
}

export interface DomainReportsPage {
  readonly name: string;
  readonly displayName: string;
  readonly span: number;
  readonly dmarc: Figures & {
    readonly advice: string;
    readonly policy: string | null;
    readonly sources: readonly SourceLine[];
    readonly more: number;
  };
  readonly tls: Figures & { readonly failures: readonly FailureLine[] };
  /** Of the whole server; nothing for those who do not administrate it. */
  readonly sent: readonly SentLine[] | undefined;
}

const KINDS: Readonly<Record<SourceLine["kind"], { readonly kind: Kind; readonly words: string }>> = {
  good: { kind: "ok", words: "yours" },
  own: { kind: "danger", words: "this server" },
  service: { kind: "warn", words: "a service?" },
  forwarder: { kind: "info", words: "a forwarder" },
  forger: { kind: "danger", words: "a forger?" },
};

const SPANS = [7, 30, 90, 365] as const;

const reportersWords = (reporters: readonly string[]): string => {
  const more = reporters.length - 3;
  return `Told by ${reporters.slice(0, 3).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
};

const Source = ({ line }: { line: SourceLine }) => {
  const { kind, words } = KINDS[line.kind];
  return (
    <li>
      <div class="spread">
        <span class="two">
          <span class="strong wraps">{line.host === "" ? line.source : line.host}</span>
          {line.host === "" ? null : <span class="muted small mono wraps">{line.source}</span>}
        </span>
        <Lamp kind={kind}>{words}</Lamp>
      </div>
      <p class="small wraps">{line.sentence}</p>
      <p class="muted small wraps num">
        {`${numberWords(line.passed)} passed, ${numberWords(line.failed)} failed`}
        {line.stopped > 0 ? `, ${numberWords(line.stopped)} put aside or refused` : ""}
        {`. ${reportersWords(line.reporters)}.`}
      </p>
    </li>
  );
};

const Overview = ({ figures, ok, bad, noun }: { figures: Figures; ok: string; bad: string; noun: string }) => (
  <>
    <div class="figures">
      <Figure value={numberWords(figures.passed + figures.failed)} label={noun} />
      <Figure value={shareWords(figures.passed, figures.passed + figures.failed)} label={ok} />
      <Figure value={numberWords(figures.failed)} label={bad} />
    </div>
    <Pickets boards={figures.days} label="Day by day" received={ok} sent={bad} amount={numberWords} />
  </>
);

const Reports = ({ lines, here, kind }: { lines: readonly ReportLine[]; here: string; kind: string }) =>
  lines.length === 0 ? null : (
    <details class="fold">
      <summary>{lines.length === 1 ? "One report" : `${lines.length} reports`}</summary>
      <div class="table-wrap">
        <table class="table table-stacks">
          <thead>
            <tr>
              <th>From</th>
              <th>About</th>
              <th>Passed / failed</th>
              <th>
                <span class="visually-hidden">Download</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr>
                <td class="who">
                  <span class="two">
                    <span class="wraps">{line.organization || line.proven || "somebody"}</span>
                    {line.proven === "" ? <Badge kind="warn">not proven, not counted</Badge> : null}
                  </span>
                </td>
                <td data-label="About" class="one-line">
                  {dateWords(line.begin)}
                </td>
                <td data-label="Passed / failed" class="num one-line">
                  {`${numberWords(line.passed)} / ${numberWords(line.failed)}`}
                </td>
                <td class="end">
                  <a
                    class="btn btn-small btn-quiet btn-icon"
                    href={`${here}/${line.id}`}
                    aria-label={`Download ${kind} report ${line.id} of ${line.organization || "somebody"}`}
                    title="Download"
                    download
                  >
                    <Icon name="download" />
                  </a>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );

const Dmarc = ({ page, here }: { page: DomainReportsPage; here: string }) => {
  const { dmarc } = page;
  return (
    <section class="panel stack" aria-labelledby="dmarc">
      <div class="panel-head">
        <h2 id="dmarc">Mail in your name (DMARC)</h2>
        {dmarc.policy === null ? null : <Badge>{`p=${dmarc.policy}`}</Badge>}
      </div>
      <p>{dmarc.sentence}</p>
      <Notice kind="info" title="What to do next">
        <p>{dmarc.advice}</p>
      </Notice>
      {dmarc.reports.length === 0 ? (
        <Empty icon="chart" title="No reports yet">
          <p class="wraps">
            They go to <code class="wraps">{dmarc.address}</code>, which this server reads by itself.{" "}
            <a href={`/admin/domains/${encodeURIComponent(page.name)}/dns`}>Look at the DNS records</a>
          </p>
        </Empty>
      ) : (
        <>
          <Overview figures={dmarc} ok="passed" bad="failed" noun="messages" />
          <ul class="bars">
            {dmarc.sources.map((line) => (
              <Source line={line} />
            ))}
          </ul>
          {dmarc.more > 0 ? <p class="muted small">{`and ${numberWords(dmarc.more)} more addresses`}</p> : null}
          <Reports lines={dmarc.reports} here={here} kind="DMARC" />
        </>
      )}
    </section>
  );
};

const Tls = ({ page, here }: { page: DomainReportsPage; here: string }) => {
  const { tls } = page;
  return (
    <section class="panel stack" aria-labelledby="tls">
      <div class="panel-head">
        <h2 id="tls">Encryption on the way here (TLS)</h2>
      </div>
      <p>{tls.sentence}</p>
      {tls.reports.length === 0 ? (
        <Empty icon="chart" title="No reports yet">
          <p class="wraps">
            They go to <code class="wraps">{tls.address}</code>, which this server reads by itself.
          </p>
        </Empty>
      ) : (
        <>
          <Overview figures={tls} ok="encrypted" bad="failed" noun="connections" />
          {tls.failures.length === 0 ? null : (
            <ul class="bars">
              {tls.failures.map((line) => (
                <li>
                  <div class="spread">
                    <span class="strong wraps">{line.sentence}</span>
                    <span class="num">{numberWords(line.count)}</span>
                  </div>
                  <p class="muted small wraps">
                    {[line.type, line.server, line.reason, reportersWords(line.reporters)].filter(Boolean).join(" · ")}
                  </p>
                </li>
              ))}
            </ul>
          )}
          <Reports lines={tls.reports} here={here} kind="TLS" />
        </>
      )}
    </section>
  );
};

const Sent = ({ lines }: { lines: readonly SentLine[] }) => (
  <section class="panel stack" aria-labelledby="sent">
    <h2 id="sent">What this server reported to others</h2>
    {lines.length === 0 ? (
      <p class="hint">Nothing yet. Once a day those domains that ask for it are told what came here in their name.</p>
    ) : (
      <ul class="bars">
        {lines.map((line) => (
          <li>
            <div class="spread">
              <span class="two">
                <span class="strong wraps">{line.domain}</span>
                <span class="muted small">{`${line.kind === "dmarc" ? "DMARC" : "TLS"}, ${dateWords(line.day)}`}</span>
              </span>
              <span class="num">{numberWords(line.told)}</span>
            </div>
            <p class="small wraps">{line.outcome}</p>
          </li>
        ))}
      </ul>
    )}
  </section>
);

export const DomainReports = ({ frame, page }: { frame: AdminFrame; page: DomainReportsPage }) => {
  const domain = `/admin/domains/${encodeURIComponent(page.name)}`;
  const here = `${domain}/reports`;
  return (
    <Admin title={`Reports about ${page.displayName}`} frame={frame} place="domains">
      <Crumbs href={domain} label={page.displayName} here="Reports" />
      <PageHead
        title={`Reports about ${page.displayName}`}
        lede="What other mail servers say of mail in your name, and of yours."
      />
      <div class="stack">
        <nav class="row wraps" aria-label="How far back">
          {SPANS.map((days) => (
            <a
              class="btn btn-small"
              href={`${here}?days=${days}`}
              aria-current={days === page.span ? "page" : undefined}
            >
              {`${days} days`}
            </a>
          ))}
        </nav>
        <Dmarc page={page} here={here} />
        <Tls page={page} here={here} />
        {page.sent === undefined ? null : <Sent lines={page.sent} />}
      </div>
    </Admin>
  );
};
