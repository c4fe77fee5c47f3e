/**
 * Reports between mail servers: what others say of mail in our domains' names (DMARC) and of TLS to our servers, and what we tell others of
 * both. This is the door, which costs little: it takes reports in with the commit that accepts their message, and counts what happens.
 * Reading them (reading.ts), showing them (desk.ts) and sending our own (sending.ts) is code that is read when it is needed.
 *
 * RFC 7489 §7.2 and RFC 9990 (aggregate reports of DMARC), RFC 8460 (TLS reports). Reports of single messages (`ruf=`) are not sent: they would show
 * strangers what people here get.
 */
import type { Authentication } from "../../filter/judgement.ts";
import { dmarcLine } from "../../filter/reports/evidence.ts";
import { Refusal } from "../../refusal.ts";
import { topic } from "../../store/changes.ts";
import type { Staged } from "../../store/content-writer.ts";
import type { Tx } from "../../store/store.ts";
import type { Envelope } from "../envelope.ts";
import type { Parts } from "../parts.ts";
import type { Plan } from "../placement.ts";
import { type TlsTrouble, type TlsWish, tlsLine } from "../send/tls-outcome.ts";
import { Counts } from "./counts.ts";
import type { Outside } from "./posting.ts";
import type { ReportReader } from "./reading.ts";
import type { ReportSender } from "./sending.ts";
import { reportSettings } from "./settings.ts";

/** A report came in. */
const reportArrived = topic<{ readonly id: number }>("transport.reports");

/** Octets of a message with a report. */
const LARGEST_LETTER = 5 * 1024 * 1024;
/** Messages a day that prove nothing and are kept all the same, and those of one owner's domains that is proven: some report every hour. */
const MOST_UNPROVEN = 200;
const MOST_PROVEN = 50;
/** For how long those are kept that prove nothing: long enough to look into why. */
const UNPROVEN_DAYS = 7;
/** Rows of all reports; beyond that the oldest reports are forgotten. */
const MOST_STORED = 300_000;
/** Octets of all messages that are kept; beyond that those go that prove nothing, and then the oldest. */
const MOST_OCTETS = 2 ** 30;
const DAY_MS = 86_400_000;

/** A message with reports, ready for the commit that accepts it. */
export interface Intake {
  place(tx: Tx, staged: Staged): void;
}

/** A report that is kept, and its message. */
interface Kept {
  readonly id: number;
  readonly content: number;
}

export class Reports {
  /** What is told to others. */
  readonly counts: Counts;
  #reader: Promise<ReportReader> | undefined;
  #sender: Promise<ReportSender> | undefined;
  #whole: Parts | undefined;
  #end: (() => void) | undefined;

  constructor(
    private readonly parts: Pick<Parts, "store" | "directory" | "now">,
    private readonly outside: Outside,
  ) {
    this.counts = new Counts(parts.store, parts.now);
  }

  /** Begins to read what comes in, and takes up what an earlier run left. */
  start(parts: Parts): void {
    const { store } = this.parts;
    this.#whole = parts;
    const read = () => {
      this.#reader ??= import("./reading.ts").then(({ ReportReader }) => new ReportReader(parts));
      this.#reader
        .then((reader) => reader.run())
        .catch((fault) => store.events.fault("transport", "begin to read reports", fault));
    };
    this.#end ??= store.changes.on(reportArrived, read);
    if (store.client.query("SELECT 1 FROM received_reports WHERE state = 'new' LIMIT 1").get() !== null) read();
  }

  async stop(): Promise<void> {
    this.#end?.();
    this.#end = undefined;
    await (await this.#reader)?.stop();
    await (await this.#sender)?.stop();
    await this.counts.flush();
  }

  /** The hourly round: reports that are due, and those that were kept long enough. */
  async keepHouse(): Promise<void> {
    const { store } = this.parts;
    const whole = this.#whole;
    await this.counts.flush();
    await this.#forget(store.settings.get(reportSettings).keepDays);
    if (whole === undefined || store.client.query("SELECT 1 FROM report_counts LIMIT 1").get() === null) return;
    this.#sender ??= import("./sending.ts").then(({ ReportSender }) => new ReportSender(whole, this.outside));
    await (await this.#sender).run();
  }

  /** Forgets reports after their days, and others where there is too much of them, some at a time. */
  async #forget(days: number): Promise<void> {
    const { store, now } = this.parts;
    const before = now() - days * DAY_MS;
    const oldest = store.client.query<Kept, [number, number]>(
      `SELECT id, content FROM received_reports WHERE received_at < ? OR (proven = '' AND received_at < ?)
         OR (SELECT coalesce(max(id) - min(id), 0) FROM report_sources) > ${MOST_STORED} ORDER BY id LIMIT 20`,
    );
    const old = () => oldest.all(before, now() - UNPROVEN_DAYS * DAY_MS);
    for (let gone = old(); gone.length > 0; gone = old()) await this.#drop(gone);
    await this.#makeRoom();
    await store.commit(({ client }) => client.run("DELETE FROM sent_reports WHERE at < ?", [before]));
  }

  /** Forgets reports until the messages of the others are not too much. */
  async #makeRoom(): Promise<void> {
    const { client } = this.parts.store;
    const from = "FROM received_reports r JOIN contents c ON c.id = r.content";
    let octets = client.query<{ size: number }, []>(`SELECT coalesce(sum(c.size), 0) AS size ${from}`).get()?.size ?? 0;
    const least = client.query<Kept & { size: number }, []>(
      `SELECT r.id, r.content, c.size ${from} ORDER BY r.proven <> '', r.id LIMIT 20`,
    );
    for (let next = least.all(); octets > MOST_OCTETS && next.length > 0; next = least.all()) {
      const gone: Kept[] = [];
      for (const one of next) {
        if (octets <= MOST_OCTETS) break;
        gone.push(one);
        octets -= one.size;
      }
      await this.#drop(gone);
    }
  }

  async #drop(gone: readonly Kept[]): Promise<void> {
    const { store } = this.parts;
    await store.commit((tx) => {
      for (const { id, content } of gone) {
        const { changes } = tx.client.query("DELETE FROM received_reports WHERE id = ?").run(id);
        if (changes > 0) store.content.release(tx, content);
      }
    });
  }

  /**
   * Takes a message that came to the address of reports; undefined where it did not.
   * @param who who wrote it, where that was looked at
   * @param size octets
   * @throws Refusal tooLarge (552 5.3.4)
   */
  async take(
    envelope: Envelope,
    plan: Plan,
    who: Authentication | undefined,
    size: number,
  ): Promise<Intake | undefined> {
    const [first] = plan.reports;
    if (first === undefined) return undefined;
    if (size > LARGEST_LETTER) {
      throw new Refusal("tooLarge", `A message with a report may have at most ${LARGEST_LETTER} octets.`, {
        smtp: { code: 552, enhanced: "5.3.4" },
      });
    }
    const author = who?.dmarc.domain ?? "";
    const { isProven } = await import("../../filter/proven.ts");
    const { organizationalDomain } = await import("../../filter/authentication/organization.ts");
    const proven = who !== undefined && author !== "" && isProven(who, author) ? author : "";
    const owner = organizationalDomain(proven);
    const { store, now } = this.parts;
    return {
      place: (tx, staged) => {
        // Anybody can prove a domain of his own: no flood may fill the file.
        if (this.#today(tx, owner) >= (proven === "" ? MOST_UNPROVEN : MOST_PROVEN)) return;
        const insert = tx.client.query<{ id: number }, (string | number)[]>(
          `INSERT INTO received_reports (kind, state, content, trace, address, reverse_path, proven, received_at)
           VALUES (?, 'new', ?, ?, ?, ?, ?, ?) RETURNING id`,
        );
        const { origin, reversePath } = envelope;
        const content = store.content.adopt(tx, staged);
        const row = insert.get(first.kind, content, origin.trace, first.address, reversePath, proven, now());
        if (row !== null) tx.emit(reportArrived, { id: row.id });
      },
    };
  }

  /** Reports in the last day that are proven to be from a domain or one below it; "" for those that prove nothing. */
  #today({ client }: Tx, owner: string): number {
    const sql = `SELECT count(*) AS many FROM received_reports WHERE received_at > ?1
      AND (proven = ?2 OR (?2 <> '' AND substr(proven, -length(?2) - 1) = '.' || ?2))`;
    return client.query<{ many: number }, [number, string]>(sql).get(this.parts.now() - DAY_MS, owner)?.many ?? 0;
  }

  /** Counts a message that was judged, for the owner of the domain it says it is from (RFC 7489 §7.2). */
  judged({ reversePath, origin, recipients }: Envelope, plan: Plan, authentication: Authentication): void {
    const { policyDomain = "" } = authentication.dmarc;
    // Reports about reports would go on for ever between two servers.
    if (plan.reports.length === recipients.length || origin.remote === undefined) return;
    if (!this.#mayTell("sendDmarc", policyDomain)) return;
    const line = dmarcLine(authentication, origin.remote, reversePath);
    if (line !== undefined) this.counts.add("dmarc", policyDomain, line);
  }

  /** Counts a session with one of a domain's servers, and what was wrong with its TLS (RFC 8460 §4.3). */
  session(wish: TlsWish, trouble: TlsTrouble | undefined): void {
    if (this.#mayTell("sendTls", wish.domain)) this.counts.add("tls", wish.domain, tlsLine(wish, trouble));
  }

  /** Whether a domain is told; our own are not. */
  #mayTell(what: "sendDmarc" | "sendTls", domain: string): boolean {
    const { store, directory } = this.parts;
    const settings = store.settings.get(reportSettings);
    if (!settings[what] || domain === "") return false;
    for (let rest = domain; rest.includes("."); rest = rest.slice(rest.indexOf(".") + 1)) {
      if (directory.domains.byName(rest) !== undefined || settings.notTo.includes(rest)) return false;
    }
    return true;
  }
}
