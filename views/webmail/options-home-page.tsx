/** One's own home page: what went wrong in its scripts lately, and how they are written. */
import { raw } from "hono/html";
import { ActionButton } from "../parts/forms.tsx";
import { Badge, Empty, Moment } from "../parts/telling.tsx";
import { t } from "../words/words.ts";
import { OPTIONS, type OptionsFrame, OptionsPage } from "./options.tsx";

/** Something that happened while a page was made; the time is in epoch milliseconds. */
export interface ReportLine {
  readonly reference: string;
  readonly kind: "error" | "note";
  readonly at: number;
  readonly page: string;
  readonly remote: string;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly excerpt: string;
}

export const HOME_PAGE = `${OPTIONS}/home-page`;
export const SCRIPT_GUIDE = `${HOME_PAGE}/guide`;

const GuideLink = () => (
  <a class="btn" href={SCRIPT_GUIDE}>
    {t("How scripts are written")}
  </a>
);

const Report = ({ report, now }: { report: ReportLine; now: number }) => (
  <section class="panel">
    <p>
      <Badge kind={report.kind === "error" ? "danger" : "off"}>
        {report.kind === "error" ? t("Error") : t("Note")}
      </Badge>{" "}
      <span class="strong">{report.page}</span>{" "}
      <span class="muted small">
        <Moment at={report.at} now={now} /> · {report.reference} · {t("from {remote}", { remote: report.remote })}
      </span>
    </p>
    <p>
      {report.message}
      {report.line > 0 ? ` (${t("{file}, line {line}", { file: report.file, line: report.line })})` : null}
    </p>
    {report.excerpt ? <pre class="code">{report.excerpt}</pre> : null}
  </section>
);

export const HomePageOptions = ({ frame, reports }: { frame: OptionsFrame; reports: readonly ReportLine[] }) => (
  <OptionsPage
    frame={frame}
    title={t("Scripts in pages")}
    lede={t(
      "What went wrong in the scripts of your pages, and what they noted. Visitors see a reference and nothing else.",
    )}
    actions={
      <>
        <GuideLink />
        {reports.length === 0 ? null : (
          <ActionButton action={`${HOME_PAGE}/forget`} csrf={frame.csrf} label="Forget these" />
        )}
      </>
    }
  >
    {reports.length === 0 ? (
      <Empty icon="checkCircle" title={t("Nothing went wrong")}>
        <p>{t("When a page cannot be made, you find here why, with the file and the line.")}</p>
      </Empty>
    ) : (
      reports.map((report) => <Report report={report} now={frame.now} />)
    )}
  </OptionsPage>
);

/** The guide. @param html of this program's own making */
export const ScriptGuide = ({ frame, html }: { frame: OptionsFrame; html: string }) => (
  <OptionsPage
    frame={frame}
    title={t("How scripts are written")}
    lede={t("JavaScript in your pages that the server runs before it sends them.")}
    actions={
      <a class="btn" href={HOME_PAGE}>
        What went wrong
      </a>
    }
  >
    <section class="panel prose">{raw(html)}</section>
  </OptionsPage>
);
