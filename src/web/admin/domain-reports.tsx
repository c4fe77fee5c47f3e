/** What others report of a domain, and what this server reported to others. */
import { Hono } from "hono";
import { DomainReports } from "../../../views/admin/domain-reports.tsx";
import { dateWords } from "../../../views/parts/telling.tsx";
import { listSentReports, showDmarcReports, showReport, showTlsReports } from "../../administration/mail/reports.ts";
import { timeOf } from "../../administration/values.ts";
import type { WebContext, WebEnv } from "../context.ts";
import { perform } from "../performing.ts";
import type { Front } from "../site.ts";
import { contentDisposition } from "../webmail/names.ts";
import { adminFrame } from "./office.ts";

/** What an operation gives of both kinds. */
interface Given {
  readonly address: string;
  readonly sentence: string;
  readonly passed: number;
  readonly failed: number;
  readonly days: readonly { readonly day: string; readonly passed: number; readonly failed: number }[];
  readonly reports: readonly {
    readonly id: number;
    readonly organization: string;
    readonly proven: string;
    readonly begin: string;
    readonly passed: number;
    readonly failed: number;
  }[];
}

const SENT_LISTED = 20;
const HALF_DAY_MS = 43_200_000;

export const domainReportRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const nameOf = (c: WebContext) => c.req.param("name") ?? "";

  app.get("/:name/reports", async (c) => {
    const asked = Number(c.req.query("days") ?? 30);
    const days = Number.isInteger(asked) && asked >= 1 && asked <= 400 ? asked : 30;
    const frame = adminFrame(front, c);
    const [dmarc, tls, sent] = await Promise.all([
      perform(front, c, showDmarcReports, { name: nameOf(c), days }),
      perform(front, c, showTlsReports, { name: nameOf(c), days }),
      frame.whole ? perform(front, c, listSentReports, {}) : undefined,
    ]);
    const page = {
      ...{ name: dmarc.domain, displayName: dmarc.displayName, span: days },
      dmarc: { ...dmarc, ...figuresOf(dmarc) },
      tls: { ...tls, ...figuresOf(tls) },
      sent: sent?.reports.slice(0, SENT_LISTED).map((line) => ({ ...line, day: noonOf(line.day) })),
    };
    return c.html(<DomainReports frame={frame} page={page} />);
  });

  app.get("/:name/reports/:id", async (c) => {
    const id = Number(c.req.param("id"));
    const { fileName, text } = await perform(front, c, showReport, { name: nameOf(c), id });
    // Never shown: it is a stranger's text.
    c.header("content-type", "application/octet-stream");
    c.header("content-disposition", contentDisposition("attachment", fileName));
    return c.body(text);
  });

  return app;
};

/** Days are those of UTC: at noon the date is the same nearly everywhere. */
function noonOf(day: string): number {
  return timeOf(day) + HALF_DAY_MS;
}

function figuresOf({ days, reports }: Given) {
  return {
    days: days.map(({ day, passed, failed }) => ({ words: dateWords(noonOf(day)), received: passed, sent: failed })),
    reports: reports.map((one) => ({ ...one, begin: noonOf(one.begin) })),
  };
}
