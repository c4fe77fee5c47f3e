/**
 * Sends what was counted: after the day (of UTC), some time within four hours that is another for each domain, each domain that asks for it gets its report.
 * The letters, what is remembered of them and the counts that they tell of are one commit, so no report is sent twice and none forgotten.
 *
 * RFC 7489 §7.2 (DMARC), RFC 8460 §4.1 and §5 (TLS).
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { reportAddress } from "../../directory/resolve.ts";
import { isDmarcRecord, parseDmarcRecord } from "../../filter/authentication/dmarc-record.ts";
import { organizationalDomain } from "../../filter/authentication/organization.ts";
import type { DmarcReport } from "../../filter/reports/dmarc-report.ts";
import { DMARC_TAIL, dmarcFileName, dmarcHead, dmarcRecord, dmarcSubject } from "../../filter/reports/dmarc-write.ts";
import { rowOfLine } from "../../filter/reports/evidence.ts";
import { tlsFileName, tlsSubject, writeTlsReport } from "../../filter/reports/tls-report.ts";
import { DnsError, type Resolver } from "../../net/dns.ts";
import { Refusal } from "../../refusal.ts";
import { newTrace } from "../../store/events.ts";
import type { Tx } from "../../store/store.ts";
import type { Parts } from "../parts.ts";
import type { Sealed } from "../sealed.ts";
import { policiesOf } from "../send/tls-outcome.ts";
import type { CountKind } from "./counts.ts";
import { agreed, type Destination, destinationsIn, textsOf, tlsDestinations } from "./destinations.ts";
import { type ReportLetter, reportLetter } from "./letter.ts";
import type { Outside } from "./posting.ts";
import { reportSettings } from "./settings.ts";

/** A domain and day of which something was counted. */
interface Due {
  readonly kind: CountKind;
  readonly day: number;
  readonly domain: string;
}

interface Counted {
  readonly line: string;
  readonly count: number;
}

/** A report ready to go. */
interface Ready {
  readonly destinations: readonly Destination[];
  readonly letter: Pick<ReportLetter, "subject" | "text" | "file" | "tls">;
  readonly told: number;
}

const DAY_MS = 86_400_000;
/** Counts of a day that ends are still written. */
const SETTLE_MS = 60_000;
/** RFC 8460 §4.1: a random delay up to four hours. */
const SPREAD_MS = 4 * 3_600_000;
/** What could not be told for so long is forgotten. */
const FORGET_DAYS = 3;
const MOST_ROWS = 10_000;
/** Domains of one round, how long it may take (milliseconds), and how many of them may be one owner's. */
const MOST_DUE = 2_000;
const ROUND_MS = 120_000;
const MOST_TURNS = 10;
const packed = promisify(gzip);

export class ReportSender {
  #running: Promise<void> | undefined;
  #stopping = false;

  constructor(
    private readonly parts: Parts,
    private readonly outside: Outside,
  ) {}

  get #dns(): Pick<Resolver, "txt"> {
    return this.outside.resolver;
  }

  /** Sends what is due. A round that is under way is joined. */
  run(): Promise<void> {
    this.#running ??= this.#all().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running?.catch(() => undefined);
  }

  async #all(): Promise<void> {
    const { store, now } = this.parts;
    const today = Math.floor(now() / DAY_MS);
    await store.commit(({ client }) => client.run("DELETE FROM report_counts WHERE day < ?", [today - FORGET_DAYS]));
    // Whoever sends mail in a thousand made-up names comes last, and has a few turns: each may be slow to answer.
    const days = store.client
      .query<Due, [number]>(
        `SELECT kind, day, domain FROM report_counts WHERE day < ? GROUP BY kind, day, domain
         ORDER BY sum(count) DESC, domain LIMIT ${MOST_DUE}`,
      )
      .all(today);
    const turns = new Map<string, number>();
    const started = performance.now();
    for (const due of days) {
      if (this.#stopping || this.#left() <= 0 || performance.now() - started > ROUND_MS) return;
      if (now() < (due.day + 1) * DAY_MS + SETTLE_MS + delayOf(due.domain)) continue;
      const owner = organizationalDomain(due.domain);
      const turn = turns.get(owner) ?? 0;
      if (turn >= MOST_TURNS) continue;
      turns.set(owner, turn + 1);
      try {
        await this.#tell(due);
      } catch (error) {
        // Nobody could say whether the domain wants a report: the next round asks again.
        if (error instanceof DnsError) {
          turns.set(owner, MOST_TURNS);
          continue;
        }
        if (!(error instanceof Refusal)) throw error;
        await this.#close(due, 0, [], [], `It could not be sent: ${error.sentence}`);
      }
    }
  }

  /** How many reports may still be sent today; those that nobody wants count too. */
  #left(): number {
    const { store, now } = this.parts;
    const sql = "SELECT count(*) AS many FROM sent_reports WHERE at > ?";
    const sent = store.client.query<{ many: number }, [number]>(sql).get(now() - DAY_MS)?.many ?? 0;
    return store.settings.get(reportSettings).perDay - sent;
  }

  async #tell(due: Due): Promise<void> {
    const ready = due.kind === "dmarc" ? await this.#dmarc(due) : await this.#tls(due);
    if (ready === undefined) {
      await this.parts.store.commit((tx) => forgetWithin(tx, due));
      return;
    }
    const mails = ready.destinations.flatMap((one) =>
      one.kind === "mail" && this.#isElsewhere(one.address) ? [one] : [],
    );
    const letters: { readonly to: string; readonly sealed: Sealed }[] = [];
    try {
      for (const { address, most } of mails) {
        // In base64, as it is sent.
        if (ready.letter.file.octets.length * 1.37 > most) continue;
        letters.push({ to: address, sealed: await this.#letter(ready, address) });
      }
    } catch (error) {
      for (const { sealed } of letters) await sealed.discard();
      throw error;
    }
    const posted = await this.#post(ready);
    const to = [...letters.map((one) => one.to), ...posted.done];
    const outcome = to.length > 0 ? `It was sent to ${to.join(", ")}.` : "Nobody whom the domain names wants it.";
    await this.#close(due, ready.told, letters, posted.done, [outcome, ...posted.failed].join(" "));
  }

  /** What stays in this house needs no report. */
  #isElsewhere(address: string): boolean {
    return this.parts.directory.resolve(address).kind === "remote";
  }

  async #close(
    due: Due,
    told: number,
    letters: readonly { readonly to: string; readonly sealed: Sealed }[],
    posted: readonly string[],
    outcome: string,
  ): Promise<void> {
    const { store, now } = this.parts;
    const placed = await store.commit((tx) => {
      const accepted = letters.map(({ sealed }) => sealed.place(tx));
      forgetWithin(tx, due);
      tx.client
        .query(
          "INSERT INTO sent_reports (kind, day, domain, at, destinations, outcome, told, trace) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .run(
          ...([due.kind, due.day, due.domain, now()] as const),
          ...([
            [...letters.map(({ to }) => to), ...posted].join(" "),
            outcome,
            told,
            accepted[0]?.trace ?? "",
          ] as const),
        );
      return accepted;
    });
    for (const [at, accepted] of placed.entries()) letters[at]?.sealed.report(accepted);
    const text = `Report about ${due.domain} (${due.kind === "dmarc" ? "DMARC" : "TLS"}): ${outcome}`;
    const trace = placed[0]?.trace;
    store.events.log({ room: "transport", name: "report.sent", text, ...(trace !== undefined && { trace }) });
  }

  async #letter({ letter }: Ready, to: string): Promise<Sealed> {
    const { now, hostname, receive } = this.parts;
    const trace = newTrace();
    const from = this.#sender(letter.tls === undefined ? "dmarc" : "tls");
    const receiver = receive({
      reversePath: from,
      recipients: [{ address: to, notify: ["NEVER"] }],
      origin: { kind: "system", session: trace, trace },
      tlsOptional: letter.tls !== undefined,
    });
    try {
      await receiver.write(reportLetter({ ...letter, from, to, date: now(), id: trace, hostname: hostname() }));
    } catch (error) {
      await receiver.abort();
      throw error;
    }
    return await receiver.seal();
  }

  /** Who reports; what comes back to it is known for what it is. */
  #sender(kind: CountKind): string {
    return reportAddress(kind, this.#domain());
  }

  #domain(): string {
    return this.parts.directory.domains.primary()?.name ?? this.parts.hostname();
  }

  /** A report about DMARC; undefined where the domain wants none. @throws DnsError */
  async #dmarc({ kind, day, domain }: Due): Promise<Ready | undefined> {
    const { hostname } = this.parts;
    const records = (await textsOf(`_dmarc.${domain}`, this.#dns)).filter(isDmarcRecord);
    const record = records.length === 1 ? parseDmarcRecord(records[0] as string) : undefined;
    if (record === undefined || record.reportsTo === "") return undefined;
    const destinations = await agreed(domain, destinationsIn(record.reportsTo), this.#dns);
    const { policy, subdomains, dkim, spf, percent } = record;
    const id = newTrace();
    const report: DmarcReport = {
      organization: this.#domain(),
      email: this.#sender("dmarc"),
      id: `${id}@${hostname()}`,
      begin: (day * DAY_MS) / 1_000,
      end: ((day + 1) * DAY_MS) / 1_000 - 1,
      published: { domain, policy, subdomains, dkim, spf, percent },
    };
    const rows = this.#rows({ kind, day, domain });
    const pieces = [dmarcHead(report)];
    for (const { line, count } of rows) {
      pieces.push(dmarcRecord(rowOfLine(line, count)));
      if (this.parts.store.turns.over) await this.parts.store.turns.next();
    }
    pieces.push(DMARC_TAIL);
    const octets = await packed(pieces.join(""));
    return {
      destinations,
      told: rows.reduce((all, { count }) => all + count, 0),
      letter: {
        subject: dmarcSubject(hostname(), report),
        text: `This is a report about mail that came to ${hostname()} in the name of ${domain}\r\non ${dateOf(day)} (UTC), as RFC 7489 describes it.`,
        file: { name: dmarcFileName(hostname(), { ...report, id }), type: "application/gzip", octets },
      },
    };
  }

  /** A report about TLS; undefined where the domain wants none. @throws DnsError */
  async #tls(due: Due): Promise<Ready | undefined> {
    const { day, domain } = due;
    const destinations = await tlsDestinations(domain, this.#dns);
    if (destinations.length === 0) return undefined;
    const rows = this.#rows(due);
    const id = newTrace();
    const submitter = this.#domain();
    const report = {
      ...{ organization: submitter, contact: this.#sender("tls"), id: `${id}@${this.parts.hostname()}` },
      ...{ begin: day * DAY_MS, end: (day + 1) * DAY_MS - 1_000, policies: policiesOf(domain, rows) },
    };
    return {
      destinations,
      told: rows.reduce((all, { count }) => all + count, 0),
      letter: {
        subject: tlsSubject(submitter, domain, report),
        text: `This is a report about TLS to the mail servers of ${domain}\r\non ${dateOf(day)} (UTC), as RFC 8460 describes it.`,
        file: {
          name: tlsFileName(submitter, domain, { ...report, id }),
          type: "application/tlsrpt+gzip",
          octets: await packed(writeTlsReport(report)),
        },
        tls: { domain, submitter },
      },
    };
  }

  /** Brings a report to web servers (RFC 8460 §5.4), each tried once. */
  async #post({ destinations, letter }: Ready): Promise<{ done: string[]; failed: string[] }> {
    const done: string[] = [];
    const failed: string[] = [];
    for (const one of destinations) {
      if (one.kind !== "web") continue;
      const { postReport } = await import("./posting.ts");
      try {
        await postReport(one.url, letter.file, this.outside);
        done.push(one.url.href);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        failed.push(`${one.url.host} did not take it: ${why}`);
      }
    }
    return { done, failed };
  }

  #rows({ kind, day, domain }: Due): Counted[] {
    return this.parts.store.client
      .query<Counted, [string, number, string]>(
        `SELECT line, count FROM report_counts WHERE kind = ? AND day = ? AND domain = ? ORDER BY count DESC LIMIT ${MOST_ROWS}`,
      )
      .all(kind, day, domain);
  }
}

function forgetWithin({ client }: Tx, { kind, day, domain }: Due): void {
  client.query("DELETE FROM report_counts WHERE kind = ? AND day = ? AND domain = ?").run(kind, day, domain);
}

/** Another for each domain, and the same whenever it is asked. */
function delayOf(domain: string): number {
  return Bun.hash.crc32(domain) % SPREAD_MS;
}

function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
