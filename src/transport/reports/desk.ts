/** What the reports of others come to, for pages and commands: figures of a domain over some days, in slices, and the reports themselves. */
import type { DmarcPolicy } from "../../filter/judgement.ts";
import { fileNameOf } from "../../mime/attachments.ts";
import { Refusal } from "../../refusal.ts";
import type { Store } from "../../store/store.ts";
import { reportIn } from "./files.ts";

/** A report that was read. Times are milliseconds since the epoch. */
export interface ReportLine {
  readonly id: number;
  readonly organization: string;
  /** The domain that its sender is proven to have; "" for none: then it counts for nothing. */
  readonly proven: string;
  readonly beginAt: number;
  readonly endAt: number;
  readonly receivedAt: number;
  readonly policy: string;
  readonly passed: number;
  readonly failed: number;
}

/** What one address sent in the domain's name. */
export interface SourceFigures {
  readonly source: string;
  passed: number;
  failed: number;
  /** Put aside or refused. */
  stopped: number;
  readonly reporters: Set<string>;
  readonly signed: Set<string>;
  readonly broken: Set<string>;
  readonly senders: Set<string>;
  readonly overrides: Set<string>;
}

/** What went wrong with TLS in one way. */
export interface FailureFigures {
  readonly type: string;
  readonly server: string;
  readonly policy: string;
  readonly reason: string;
  count: number;
  readonly reporters: Set<string>;
}

export interface DayFigures {
  /** Milliseconds since the epoch, midnight UTC. */
  readonly at: number;
  passed: number;
  failed: number;
}

/** The figures of reports that count. */
export interface Overview {
  readonly reports: readonly ReportLine[];
  readonly days: readonly DayFigures[];
  readonly passed: number;
  readonly failed: number;
}

interface SourceRow {
  readonly source: string;
  readonly count: number;
  readonly disposition: DmarcPolicy;
  readonly dkim: number;
  readonly spf: number;
  readonly override: string;
  readonly signed: string;
  readonly broken: string;
  readonly sender: string;
}

const DAY_MS = 86_400_000;
/** Reports of a domain that are looked at; the newest. */
const MOST_REPORTS = 3_000;
/** Addresses of which anything is remembered, and what of each. */
const MOST_SOURCES = 20_000;
const MOST_WORDS = 20;

export class ReportDesk {
  constructor(
    private readonly store: Store,
    private readonly now: () => number,
  ) {}

  /** The reports about a domain that tell of the last days, the newest first; those that prove nothing stand behind all others. */
  overview(kind: "dmarc" | "tls", domain: string, days: number): Overview {
    const reports = this.store.client
      .query<ReportLine, [string, string, number]>(
        `SELECT id, organization, proven, begin_at AS beginAt, end_at AS endAt, received_at AS receivedAt, policy, passed, failed
         FROM received_reports WHERE domain = ? AND kind = ? AND state = 'read' AND end_at > ?
         ORDER BY proven = '', end_at DESC, id DESC LIMIT ${MOST_REPORTS}`,
      )
      .all(domain, kind, this.now() - days * DAY_MS);
    const counting = reports.filter(({ proven }) => proven !== "");
    return {
      reports,
      days: daysOf(counting, this.now(), days),
      passed: sum(counting.map(({ passed }) => passed)),
      failed: sum(counting.map(({ failed }) => failed)),
    };
  }

  /** Who sent in the domain's name, those whose mail failed most first. */
  async sources({ reports }: Overview): Promise<SourceFigures[]> {
    const { client, turns } = this.store;
    const sources = new Map<string, SourceFigures>();
    const rows = client.query<SourceRow, [number]>(
      "SELECT source, count, disposition, dkim, spf, override, signed, broken, sender FROM report_sources WHERE report = ?",
    );
    for (const { id, organization, proven } of reports) {
      if (proven === "") continue;
      for (const row of rows.all(id)) {
        const found = sources.get(row.source) ?? figuresOf(row.source);
        if (sources.size < MOST_SOURCES) sources.set(row.source, found);
        addRow(found, row, organization || proven);
      }
      if (turns.over) await turns.next();
    }
    return [...sources.values()].sort((a, b) => b.failed - a.failed || b.passed - a.passed);
  }

  /** What went wrong with TLS, the most frequent first. */
  async failures({ reports }: Overview): Promise<FailureFigures[]> {
    const { client, turns } = this.store;
    const failures = new Map<string, FailureFigures>();
    const rows = client.query<
      { type: string; server: string; policy: string; reason: string; count: number },
      [number]
    >("SELECT type, server, policy, reason, count FROM report_failures WHERE report = ?");
    for (const { id, organization, proven } of reports) {
      if (proven === "") continue;
      for (const { type, server, policy, reason, count } of rows.all(id)) {
        const key = `${type} ${server} ${policy}`;
        const found = failures.get(key) ?? { type, server, policy, reason, count: 0, reporters: new Set<string>() };
        if (failures.size < MOST_SOURCES) failures.set(key, found);
        found.count += count;
        remember(found.reporters, organization || proven);
      }
      if (turns.over) await turns.next();
    }
    return [...failures.values()].sort((a, b) => b.count - a.count);
  }

  /** A report as it came, unpacked. @throws Refusal "notFound" */
  async original(domain: string, id: number): Promise<{ readonly fileName: string; readonly octets: Uint8Array }> {
    const row = this.store.client
      .query<{ content: number; kind: string }, [number, string]>(
        "SELECT content, kind FROM received_reports WHERE id = ? AND domain = ? AND state = 'read'",
      )
      .get(id, domain);
    if (row === null) throw new Refusal("notFound", "There is no such report.");
    const { part, octets } = await reportIn(this.store, row.content);
    const base = fileNameOf(part).replace(/\.(?:gz|zip|xml|json)\b/gi, "") || `report-${id}`;
    return { fileName: `${base}.${row.kind === "tls" ? "json" : "xml"}`, octets };
  }

  /** Reports that this server sent, the newest first. */
  sent(most: number): SentLine[] {
    return this.store.client
      .query<SentLine, [number]>(
        "SELECT kind, day, domain, at, destinations, outcome, told, trace FROM sent_reports ORDER BY id DESC LIMIT ?",
      )
      .all(most);
  }
}

/** A report that was sent, or not. */
export interface SentLine {
  readonly kind: "dmarc" | "tls";
  /** In days since the epoch. */
  readonly day: number;
  readonly domain: string;
  readonly at: number;
  readonly destinations: string;
  readonly outcome: string;
  readonly told: number;
  readonly trace: string;
}

function figuresOf(source: string): SourceFigures {
  const sets = () => new Set<string>();
  return {
    ...{ source, passed: 0, failed: 0, stopped: 0, reporters: sets() },
    ...{ signed: sets(), broken: sets(), senders: sets(), overrides: sets() },
  };
}

/** What speaks for somebody counts only of mail that failed: of the rest there is no question. */
function addRow(found: SourceFigures, row: SourceRow, reporter: string): void {
  const passes = row.dkim === 1 || row.spf === 1;
  if (passes) found.passed += row.count;
  else found.failed += row.count;
  if (row.disposition !== "none") found.stopped += row.count;
  remember(found.reporters, reporter);
  if (passes) return;
  for (const domain of row.signed.split(" ")) remember(found.signed, domain);
  for (const domain of row.broken.split(" ")) remember(found.broken, domain);
  remember(found.senders, row.sender);
  remember(found.overrides, row.override);
}

function remember(set: Set<string>, word: string): void {
  if (word !== "" && set.size < MOST_WORDS) set.add(word);
}

/** One entry a day, also for days without reports. */
function daysOf(reports: readonly ReportLine[], now: number, most: number): DayFigures[] {
  const today = Math.floor(now / DAY_MS);
  const days = Array.from({ length: most }, (_, back) => ({
    ...{ at: (today - most + 1 + back) * DAY_MS, passed: 0, failed: 0 },
  }));
  for (const { beginAt, passed, failed } of reports) {
    const day = days[Math.floor(beginAt / DAY_MS) - today + most - 1];
    if (day === undefined) continue;
    day.passed += passed;
    day.failed += failed;
  }
  return days;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
