/**
 * Reads the reports that came in: finds the file in the message, unpacks and parses it in slices, and puts its figures beside the others'. What is no report, or
 * about somebody else's domain, goes to the postmaster as the message it is, a few a day; what is sent back to us goes nowhere.
 */

import { readingDmarc } from "../../filter/reports/dmarc-read.ts";
import type { DmarcReport, DmarcRow } from "../../filter/reports/dmarc-report.ts";
import { type PolicyType, readTlsReport, type TlsFailure, type TlsReport } from "../../filter/reports/tls-report.ts";
import { Refusal } from "../../refusal.ts";
import type { Tx } from "../../store/store.ts";
import type { Parts } from "../parts.ts";
import { reportIn } from "./files.ts";

/** A message that waits to be read. */
interface Waiting {
  readonly id: number;
  readonly content: number;
  readonly trace: string;
  readonly address: string;
  readonly reverse_path: string;
  readonly proven: string;
}

/** What was in a message. */
type Found =
  | { readonly kind: "dmarc"; readonly report: DmarcReport; readonly rows: readonly DmarcRow[] }
  | { readonly kind: "tls"; readonly report: TlsReport };

/** The domain here that a report is about, and what it comes to. */
interface Summary {
  readonly kind: Found["kind"];
  readonly domain: string;
  readonly organization: string;
  readonly reportId: string;
  readonly beginAt: number;
  readonly endAt: number;
  readonly policy: string;
  readonly passed: number;
  readonly failed: number;
}

/** Writes one row of a report. */
type Line = (tx: Tx, report: number) => void;

/** Rows written in one commit. */
const SLICE = 500;
const DAY_MS = 86_400_000;
/** The clock of a reporter may be wrong by so much; what lies further ahead would stand above all others for years. */
const MOST_AHEAD_MS = 2 * DAY_MS;
/** Messages a day that are no reports, and go to the postmaster. */
const MOST_HANDED_ON = 20;

export class ReportReader {
  #running: Promise<void> | undefined;
  #again = false;
  #stopping = false;
  #day = 0;
  #handedOn = 0;

  constructor(private readonly parts: Parts) {}

  /** Reads all that waits; resolves when nothing does. Never rejects. */
  run(): Promise<void> {
    this.#again = true;
    this.#running ??= this.#all().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  async #all(): Promise<void> {
    const { store } = this.parts;
    const next = store.client.query<Waiting, [number]>(
      `SELECT id, content, trace, address, reverse_path, proven FROM received_reports
       WHERE state = 'new' AND id > ? ORDER BY id LIMIT 1`,
    );
    while (this.#again && !this.#stopping) {
      this.#again = false;
      let last = 0;
      for (let one = next.get(last); one !== null && !this.#stopping; one = next.get(last)) {
        last = one.id;
        try {
          await this.#take(one);
        } catch (fault) {
          // It stays, and is tried again at the next start.
          store.events.fault("transport", "read a report", fault, { trace: one.trace });
        }
        await store.turns.next();
      }
    }
  }

  async #take(waiting: Waiting): Promise<void> {
    try {
      const found = await this.#find(waiting.content);
      const summary = this.#summary(found);
      if (summary.endAt > this.parts.now() + MOST_AHEAD_MS) {
        throw new Refusal("invalid", "The report is about a time that is still to come.");
      }
      await this.#keep(waiting, found, summary);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      await this.#handOn(waiting, error.sentence);
    }
  }

  /** The report in a message. @throws Refusal with what is wrong with it */
  async #find(content: number): Promise<Found> {
    const { kind, octets } = await reportIn(this.parts.store, content);
    if (kind === "tls") return { kind, report: readTlsReport(octets) };
    const rows: DmarcRow[] = [];
    const reading = readingDmarc(octets, (row) => rows.push(row));
    const { turns } = this.parts.store;
    for (;;) {
      const { done, value } = reading.next();
      if (done === true) return { kind, report: value, rows };
      if (turns.over) await turns.next();
    }
  }

  /** @throws Refusal where it is not about a domain of this server */
  #summary(found: Found): Summary {
    const { organization, id: reportId } = found.report;
    const about = { kind: found.kind, organization: organization.slice(0, 200), reportId: reportId.slice(0, 255) };
    if (found.kind === "dmarc") {
      const { begin, end, published } = found.report;
      const passed = sum(found.rows.filter(passes).map(({ count }) => count));
      return {
        ...{ ...about, domain: this.#localDomain(published.domain), policy: published.policy },
        ...{ beginAt: begin * 1_000, endAt: end * 1_000 },
        ...{ passed, failed: sum(found.rows.map(({ count }) => count)) - passed },
      };
    }
    const { begin, end, policies } = found.report;
    const domain = this.#localDomain(policies[0]?.domain ?? "");
    const ours = policies.filter((one) => this.#isWithin(one.domain, domain));
    return {
      ...{ ...about, domain, policy: [...new Set(ours.map(({ type }) => type))].join(" ") },
      ...{ beginAt: begin, endAt: end },
      ...{ passed: sum(ours.map(({ successes }) => successes)), failed: sum(ours.map(({ failures }) => failures)) },
    };
  }

  /** The domain here of which a name is, or below which it is; a reporter may name one that has a policy of its own. */
  #localDomain(name: string): string {
    for (let rest = name; rest.includes("."); rest = rest.slice(rest.indexOf(".") + 1)) {
      const domain = this.parts.directory.domains.byName(rest);
      if (domain !== undefined) return domain.name;
    }
    throw new Refusal("invalid", `The report is about ${name.slice(0, 100)}, which is no domain of this server.`);
  }

  #isWithin(name: string, domain: string): boolean {
    try {
      return this.#localDomain(name) === domain;
    } catch {
      return false;
    }
  }

  async #keep(waiting: Waiting, found: Found, summary: Summary): Promise<void> {
    const { store } = this.parts;
    // What proves nothing counts for nothing: its lines would only push others' out.
    const lines = waiting.proven === "" ? [] : this.#linesOf(found, summary.domain);
    // Many rows are written in slices; they count once the report itself is read.
    for (let at = 0; at < lines.length; at += SLICE) {
      await store.commit((tx) => {
        if (at === 0) forgetLines(tx, waiting.id);
        for (const line of lines.slice(at, at + SLICE)) line(tx, waiting.id);
      });
    }
    const kept = await store.commit((tx) => {
      if (isThere(tx, waiting, summary)) {
        this.#dropWithin(tx, waiting);
        return false;
      }
      const { kind, domain, organization, reportId, beginAt, endAt, policy, passed, failed } = summary;
      tx.client
        .query(
          `UPDATE received_reports SET state = 'read', kind = ?, domain = ?, organization = ?, report_id = ?, begin_at = ?, end_at = ?,
             policy = ?, passed = ?, failed = ? WHERE id = ?`,
        )
        .run(kind, domain, organization, reportId, beginAt, endAt, policy, passed, failed, waiting.id);
      return true;
    });
    const text = kept
      ? `A report of ${summary.organization || "somebody"} about ${summary.domain} was read.`
      : `A report of ${summary.organization || "somebody"} about ${summary.domain} came again, and was put away.`;
    store.events.log({ room: "transport", name: kept ? "report.read" : "report.again", trace: waiting.trace, text });
  }

  #linesOf(found: Found, domain: string): Line[] {
    if (found.kind === "dmarc") return found.rows.map((row) => (tx, report) => insertSource(tx, report, row));
    return found.report.policies
      .filter((one) => this.#isWithin(one.domain, domain))
      .flatMap(({ type, details }) =>
        details.map(
          (one): Line =>
            (tx, report) =>
              insertFailure(tx, report, type, one),
        ),
      );
  }

  #dropWithin(tx: Tx, { id }: Waiting): void {
    const gone = tx.client
      .query<{ content: number }, [number]>("DELETE FROM received_reports WHERE id = ? RETURNING content")
      .get(id);
    if (gone !== null) this.parts.store.content.release(tx, gone.content);
  }

  /** What is no report: the postmaster gets it, but not what comes back of our own reports, and not a flood. */
  async #handOn(waiting: Waiting, why: string): Promise<void> {
    const { store, directory, now } = this.parts;
    const { trace, address, reverse_path: reversePath } = waiting;
    const day = Math.floor(now() / DAY_MS);
    if (day !== this.#day) [this.#day, this.#handedOn] = [day, 0];
    const postmaster = `postmaster@${address.slice(address.lastIndexOf("@") + 1)}`;
    const found = directory.resolve(postmaster);
    const about = { room: "transport", trace } as const;
    if (
      reversePath === "" ||
      this.#handedOn >= MOST_HANDED_ON ||
      found.kind !== "local" ||
      found.mailboxes.length === 0
    ) {
      await store.commit((tx) => this.#dropWithin(tx, waiting));
      const text = `What came to ${address} was thrown away: ${why}`;
      store.events.log({ ...about, name: "report.dropped", level: "warn", text });
      return;
    }
    this.#handedOn++;
    const receiver = this.parts.receive({
      reversePath,
      recipients: found.mailboxes.map((mailbox) => ({ address: postmaster, mailbox, notify: ["NEVER"] })),
      origin: { kind: "system", session: trace, trace },
      body: "8BITMIME",
    });
    try {
      for await (const octets of store.content.stream(waiting.content)) await receiver.write(octets);
    } catch (error) {
      await receiver.abort();
      throw error;
    }
    const sealed = await receiver.seal();
    const placed = await store.commit((tx) => {
      this.#dropWithin(tx, waiting);
      return sealed.place(tx);
    });
    sealed.report(placed);
    store.events.log({
      ...about,
      name: "report.unreadable",
      text: `What came to ${address} went to the postmaster: ${why}`,
    });
  }
}

/** Whether the same report is here already: mail may come twice. What proves nothing never takes another's place. */
function isThere({ client }: Tx, { proven, id }: Waiting, { kind, domain, organization, reportId, beginAt }: Summary) {
  const found = client
    .query<{ id: number }, (string | number)[]>(
      `SELECT id FROM received_reports WHERE state = 'read' AND kind = ? AND domain = ? AND proven = ? AND organization = ?
         AND report_id = ? AND begin_at = ? AND id <> ?`,
    )
    .get(kind, domain, proven, organization, reportId, beginAt, id);
  return found !== null;
}

function insertSource({ client }: Tx, report: number, row: DmarcRow): void {
  const named = (held: boolean) => [
    ...new Set(row.signatures.filter(({ result }) => (result === "pass") === held).map(({ domain }) => domain)),
  ];
  client
    .query(
      `INSERT INTO report_sources (report, source, count, disposition, dkim, spf, override, header_from, signed, broken, sender)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      ...([report, row.source, row.count, row.disposition, row.dkim, row.spf, row.override, row.headerFrom] as const),
      ...([named(true).join(" "), named(false).join(" ")] as const),
      row.checked.result === "pass" ? row.checked.domain : "",
    );
}

function insertFailure({ client }: Tx, report: number, policy: PolicyType, one: TlsFailure): void {
  const { type, server, sender, count, reason } = one;
  client
    .query(
      "INSERT INTO report_failures (report, policy, type, server, sender, count, reason) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .run(report, policy, type.slice(0, 100), server.slice(0, 255), sender.slice(0, 50), count, reason);
}

function forgetLines({ client }: Tx, report: number): void {
  client.query("DELETE FROM report_sources WHERE report = ?").run(report);
  client.query("DELETE FROM report_failures WHERE report = ?").run(report);
}

function passes({ dkim, spf }: DmarcRow): boolean {
  return dkim || spf;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
