/** `gatepost reports`: what other servers report of the domains here, and what was reported to them. */
import { listDomains } from "../administration/mail/domains.ts";
import { listSentReports, showDmarcReports, showReport, showTlsReports } from "../administration/mail/reports.ts";
import { type Command, type Context, printOne, printRows, textOf, UsageError } from "./command.ts";

const options = { days: { type: "string" } } as const;

/** What is asked about each domain: the one that is named, or all. */
async function asked(context: Context): Promise<{ name: string; days?: number }[]> {
  const text = textOf(context.values, "days");
  const days = text === undefined ? undefined : Number(text);
  if (days !== undefined && !(Number.isSafeInteger(days) && days >= 1)) throw new UsageError("Days are a number.");
  const [name] = context.args;
  const names = name === undefined ? (await context.perform(listDomains, {})).domains.map((one) => one.name) : [name];
  return names.map((one) => ({ name: one, ...(days !== undefined && { days }) }));
}

export const reports = {
  name: "reports",
  summary: "What other servers report of mail in our names (DMARC) and of TLS, and what is reported to them.",
  actions: {
    dmarc: {
      usage: "[DOMAIN] [--days N]",
      summary: "Says whose mail passed for a domain's, who sends in its name without right, and what to do next.",
      options,
      arity: [0, 1],
      performs: [showDmarcReports, listDomains],
      run: async (context) => {
        for (const one of await asked(context)) {
          const seen = await context.perform(showDmarcReports, one);
          if (context.json) {
            printOne(context, seen);
            continue;
          }
          context.out(`${seen.displayName}: ${seen.sentence}`);
          context.out(seen.advice);
          for (const { source, host, passed, failed, sentence } of seen.sources) {
            context.out(
              `  ${source}${host === "" ? "" : ` (${host})`}: ${passed} passed, ${failed} failed. ${sentence}`,
            );
          }
        }
      },
    },
    tls: {
      usage: "[DOMAIN] [--days N]",
      summary: "Says whether others could bring mail over TLS, and what went wrong.",
      options,
      arity: [0, 1],
      performs: [showTlsReports, listDomains],
      run: async (context) => {
        for (const one of await asked(context)) {
          const seen = await context.perform(showTlsReports, one);
          if (context.json) {
            printOne(context, seen);
            continue;
          }
          context.out(`${seen.displayName}: ${seen.sentence}`);
          for (const { type, server, count, sentence } of seen.failures) {
            context.out(`  ${count} × ${type}${server === "" ? "" : ` at ${server}`}: ${sentence}`);
          }
        }
      },
    },
    list: {
      usage: "dmarc|tls DOMAIN [--days N]",
      summary: "Lists the reports about a domain.",
      options,
      arity: [2, 2],
      performs: [showDmarcReports, showTlsReports],
      run: async (context) => {
        const [kind = "", name = ""] = context.args;
        if (kind !== "dmarc" && kind !== "tls") throw new UsageError("Say which reports: dmarc or tls.");
        const [one = { name }] = await asked({ ...context, args: [name] });
        const seen =
          kind === "dmarc" ? await context.perform(showDmarcReports, one) : await context.perform(showTlsReports, one);
        printRows(context, seen.reports, ["id", "organization", "proven", "begin", "passed", "failed"]);
      },
    },
    show: {
      usage: "DOMAIN NUMBER",
      summary: "Prints a report as it came.",
      arity: [2, 2],
      performs: [showReport],
      run: async (context) => {
        const [name = "", id = ""] = context.args;
        if (!/^\d{1,12}$/.test(id)) throw new UsageError("Name the report by its number.");
        const report = await context.perform(showReport, { name, id: Number(id) });
        if (context.json) printOne(context, report);
        else context.out(report.text.trimEnd());
      },
    },
    sent: {
      usage: "",
      summary: "Lists the reports that this server sent to others.",
      arity: [0, 0],
      performs: [listSentReports],
      run: async (context) => {
        const { reports } = await context.perform(listSentReports, {});
        printRows(context, reports, ["kind", "day", "domain", "told", "destinations", "outcome"]);
      },
    },
  },
} satisfies Command;
