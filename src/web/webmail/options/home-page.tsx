/** One's own home page: what went wrong in its scripts, and how they are written. */
import type { Hono } from "hono";
import { z } from "zod";
import { HOME_PAGE, HomePageOptions, ScriptGuide } from "../../../../views/webmail/options-home-page.tsx";
import { t } from "../../../../views/words/words.ts";
import { forgetPageReports, listPageReports } from "../../../administration/gateway/pages.ts";
import type { WebEnv } from "../../context.ts";
import { posted } from "../../form.ts";
import type { Office } from "./office.tsx";

export function homePagePages(app: Hono<WebEnv>, office: Office): void {
  app.get("/home-page", async (c) => {
    const { frame } = await office.desk(c, HOME_PAGE);
    const { reports } = await office.perform(c, listPageReports, {});
    const lines = reports.map((report) => ({ ...report, at: Date.parse(report.at) }));
    return await office.show(c, t("Scripts in pages"), <HomePageOptions frame={frame} reports={lines} />);
  });

  app.get("/home-page/guide", async (c) => {
    const { frame } = await office.desk(c, HOME_PAGE);
    // Read when somebody asks for it: few do.
    const { default: text } = await import("../../../../docs/homepage-scripts.md", { with: { type: "text" } });
    return await office.show(c, t("How scripts are written"), <ScriptGuide frame={frame} html={guideHtml(text)} />);
  });

  app.post("/home-page/forget", posted(z.strictObject({})), async (c) => {
    await office.perform(c, forgetPageReports, {});
    return office.done(c, t("Forgotten."), HOME_PAGE);
  });
}

/** The guide as it stands in the handbook, without its title, which the page has, and without links to other parts of the handbook. */
function guideHtml(text: string): string {
  const body = text.replace(/^# .*\n/, "").replace(/\[([^\]]+)\]\([\w-]+\.md(?:#[\w-]+)?\)/g, "$1");
  return Bun.markdown
    .html(body)
    .replaceAll("<pre>", '<pre class="code code-lines" tabindex="0">')
    .replaceAll("<table>", '<div class="table-wrap" tabindex="0"><table class="table">')
    .replaceAll("</table>", "</table></div>");
}
