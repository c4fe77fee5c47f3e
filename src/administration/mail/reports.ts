/** What other servers report of a domain: whose mail they took for its own (DMARC), and whether TLS to its servers worked; and what is reported to them. */
import { z } from "zod";
import { reportAddress } from "../../directory/resolve.ts";
import { recordSettings } from "../../filter/records/settings.ts";
import type { SourceKind } from "../../filter/reports/words.ts";
import { normaliseAddress } from "../../net/access.ts";
import { machineAddresses } from "../../transport/own.ts";
import type { Overview, ReportLine, SourceFigures } from "../../transport/reports/desk.ts";
import { managedDomain } from "../may.ts";
import { type Context, operation } from "../operation.ts";
import { textOfTime, timeText } from "../values.ts";

const asked = z.strictObject({
  name: z.string().trim().min(1, "Give the domain's name.").max(253, "That is too long for a domain."),
  days: z.coerce.number().int().min(1).max(400).default(30).describe("So many days back."),
});

const count = z.number().int();
const dayView = z.object({ day: timeText, passed: count, failed: count });
const reportView = z.object({
  id: count,
  organization: z.string().describe("Who reports, as it calls itself."),
  proven: z
    .string()
    .describe("The domain that its sender proved to have; empty: it proved none, and the report does not count."),
  begin: timeText,
  end: timeText,
  received: timeText,
  policy: z.string(),
  passed: count,
  failed: count,
});
const figures = {
  domain: z.string(),
  displayName: z.string(),
  address: z.string().describe("Where others send these reports."),
  sentence: z.string().describe("What it comes to."),
  days: z.array(dayView),
  reports: z.array(reportView).describe("The newest, those too that do not count."),
  passed: count,
  failed: count,
};

const sourceView = z.object({
  source: z.string().describe("The address that sent."),
  host: z.string().describe("Its name; empty where it has none."),
  passed: count,
  failed: count,
  stopped: count.describe("Messages put aside or refused by those who got them."),
  kind: z.enum(["good", "own", "forwarder", "service", "forger"]).describe("Who it probably is."),
  sentence: z.string(),
  reporters: z.array(z.string()),
});

const POLICIES = ["none", "quarantine", "reject"] as const;

const dmarcView = z.object({
  ...figures,
  advice: z.string().describe("What to do next."),
  policy: z.enum(POLICIES).nullable().describe("What the domain asks for, as last reported."),
  sources: z.array(sourceView).describe("Those whose mail failed most come first."),
  more: count.describe("Further addresses that are not listed."),
});

const tlsView = z.object({
  ...figures,
  failures: z.array(
    z.object({
      type: z.string().describe("What went wrong, as RFC 8460 §4.3 calls it."),
      sentence: z.string(),
      server: z.string(),
      policy: z.string(),
      reason: z.string(),
      count,
      reporters: z.array(z.string()),
    }),
  ),
});

/** Addresses and reports that are listed. */
const MOST_LISTED = 100;
/** Addresses whose names are looked up, and how long that may take in all (milliseconds). */
const MOST_NAMED = 30;
const PATIENCE_MS = 2_000;
const DAY_MS = 86_400_000;

export const showDmarcReports = operation({
  name: "reports.dmarc",
  summary: "Says what others report of mail in a domain's name (DMARC), who sends it, and what to do.",
  http: "GET /domains/{name}/reports/dmarc",
  scope: "mail:read",
  who: "manager",
  input: asked,
  output: dmarcView,
  async run(context, { name, days }) {
    const domain = managedDomain(context, name);
    const [desk, words] = await Promise.all([context.transport.reportDesk(), import("../../filter/reports/words.ts")]);
    const overview = desk.overview("dmarc", domain.name, days);
    const all = await desk.sources(overview);
    const own = await ownAddresses(context);
    const judged = all.map((one) => ({
      ...one,
      ...words.judgeSource(domain.name, { ...one, ...evidenceOf(one, own) }),
    }));
    const failedBy: Record<SourceKind, number> = { good: 0, own: 0, forwarder: 0, service: 0, forger: 0 };
    for (const { kind, failed } of judged) failedBy[kind] += failed;
    const policy = POLICIES.find((one) => one === counting(overview)[0]?.policy);
    const comes = {
      ...{ reports: counting(overview).length, messages: overview.passed + overview.failed, passed: overview.passed },
      ...{ days: daysTold(overview), policy, failedBy },
    };
    const listed = judged.slice(0, MOST_LISTED);
    const names = await namesOf(
      context,
      listed.map(({ source }) => source),
    );
    return {
      ...figuresOf(overview, domain, reportAddress("dmarc", domain.name)),
      sentence: words.dmarcSentence(comes),
      advice: words.dmarcAdvice(comes),
      policy: policy ?? null,
      sources: listed.map(({ source, passed, failed, stopped, kind, sentence, reporters }) => ({
        ...{ source, host: names.get(source) ?? "", passed, failed, stopped, kind, sentence },
        reporters: [...reporters],
      })),
      more: Math.max(0, judged.length - MOST_LISTED),
    };
  },
});

export const showTlsReports = operation({
  name: "reports.tls",
  summary: "Says what others report of TLS to a domain's servers (RFC 8460).",
  http: "GET /domains/{name}/reports/tls",
  scope: "mail:read",
  who: "manager",
  input: asked,
  output: tlsView,
  async run(context, { name, days }) {
    const domain = managedDomain(context, name);
    const [desk, words] = await Promise.all([context.transport.reportDesk(), import("../../filter/reports/words.ts")]);
    const overview = desk.overview("tls", domain.name, days);
    const failures = await desk.failures(overview);
    return {
      ...figuresOf(overview, domain, reportAddress("tls", domain.name)),
      sentence: words.tlsSentence(counting(overview).length, overview.passed, overview.failed),
      failures: failures.slice(0, MOST_LISTED).map((one) => ({
        ...{ type: one.type, sentence: words.tlsFailureSentence(one.type), server: one.server, policy: one.policy },
        ...{ reason: one.reason, count: one.count, reporters: [...one.reporters] },
      })),
    };
  },
});

export const showReport = operation({
  name: "reports.original",
  summary: "Gives a report as it came, unpacked.",
  http: "GET /domains/{name}/reports/{id}",
  scope: "mail:read",
  who: "manager",
  input: z.strictObject({
    name: asked.shape.name,
    id: z.coerce.number().int().min(1).describe("The report's number."),
  }),
  output: z.object({ fileName: z.string(), text: z.string() }),
  async run(context, { name, id }) {
    const domain = managedDomain(context, name);
    const { fileName, octets } = await (await context.transport.reportDesk()).original(domain.name, id);
    return { fileName, text: Buffer.from(octets).toString("utf8") };
  },
});

export const listSentReports = operation({
  name: "reports.sent",
  summary: "Lists the reports that this server sent to others, and what became of them.",
  http: "GET /reports/sent",
  scope: "server:read",
  who: "administrator",
  input: z.strictObject({}),
  output: z.object({
    reports: z.array(
      z.object({
        kind: z.enum(["dmarc", "tls"]),
        day: timeText.describe("The day it tells of."),
        domain: z.string(),
        at: timeText,
        destinations: z.array(z.string()),
        outcome: z.string(),
        told: count.describe("Messages, or connections, that it tells of."),
        trace: z.string(),
      }),
    ),
  }),
  async run({ transport }) {
    const lines = (await transport.reportDesk()).sent(MOST_LISTED);
    return {
      reports: lines.map(({ day, at, destinations, ...line }) => ({
        ...{ ...line, day: textOfTime(day * DAY_MS), at: textOfTime(at) },
        destinations: destinations === "" ? [] : destinations.split(" "),
      })),
    };
  },
});

function counting({ reports }: Overview): ReportLine[] {
  return reports.filter(({ proven }) => proven !== "");
}

/** From the first day that the reports tell of to the last. */
function daysTold(overview: Overview): number {
  const told = counting(overview);
  if (told.length === 0) return 0;
  const first = Math.min(...told.map(({ beginAt }) => beginAt));
  return Math.ceil((Math.max(...told.map(({ endAt }) => endAt)) - first) / DAY_MS);
}

function figuresOf(overview: Overview, domain: { name: string; displayName: string }, address: string) {
  const { passed, failed, days, reports } = overview;
  return {
    ...{ domain: domain.name, displayName: domain.displayName, address, passed, failed },
    days: days.map((one) => ({ day: textOfTime(one.at), passed: one.passed, failed: one.failed })),
    reports: reports.slice(0, MOST_LISTED).map(({ beginAt, endAt, receivedAt, ...one }) => ({
      ...one,
      ...{ begin: textOfTime(beginAt), end: textOfTime(endAt), received: textOfTime(receivedAt) },
    })),
  };
}

function evidenceOf({ source, ...sets }: SourceFigures, own: ReadonlySet<string>) {
  return {
    own: own.has(source),
    ...{
      signed: [...sets.signed],
      broken: [...sets.broken],
      senders: [...sets.senders],
      overrides: [...sets.overrides],
    },
  };
}

/** The addresses of this server, as far as they are known. */
async function ownAddresses({ store, transport, resolver }: Context): Promise<ReadonlySet<string>> {
  const named = await inTime(resolver.addresses(transport.hostname()), []);
  const all = [...store.settings.get(recordSettings).addresses, ...machineAddresses(), ...named];
  return new Set(all.map(normaliseAddress));
}

/** The names of addresses, those that lead back to them; what takes long is left out. */
async function namesOf({ resolver }: Context, sources: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { confirmedName } = await import("../../filter/authentication/reverse-name.ts");
  const names = new Map<string, string>();
  const looking = sources.slice(0, MOST_NAMED).map(async (source) => {
    const { hostname } = await confirmedName(source, resolver);
    if (hostname !== undefined) names.set(source, hostname);
  });
  await inTime(Promise.all(looking), []);
  return new Map(names);
}

/** What a question gives, or something else where it takes too long or fails. */
async function inTime<T>(answer: Promise<T>, otherwise: T): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), PATIENCE_MS);
  });
  try {
    return await Promise.race([answer.catch(() => otherwise), late]);
  } finally {
    clearTimeout(timer);
  }
}

export const reportOperations = [showDmarcReports, showTlsReports, showReport, listSentReports] as const;
