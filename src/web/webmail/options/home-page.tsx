/** One's own home page: what went wrong in its scripts. */
import type { Hono } from "hono";
import { z } from "zod";
import { HOME_PAGE, HomePageOptions } from "../../../../views/webmail/options-home-page.tsx";
import { forgetPageReports, listPageReports } from "../../../administration/gateway/pages.ts";
import type { WebEnv } from "../../context.ts";
import { posted } from "../../form.ts";
import type { Office } from "./office.tsx";

export function homePagePages(app: Hono<WebEnv>, office: Office): void {
  app.get("/home-page", async (c) => {
    const { frame } = await office.desk(c, HOME_PAGE);
    const { reports } = await office.perform(c, listPageReports, {});
    const lines = reports.map((report) => ({ ...report, at: Date.parse(report.at) }));
    return await office.show(c, "Scripts in pages", <HomePageOptions frame={frame} reports={lines} />);
  });

  app.post("/home-page/forget", posted(z.strictObject({})), async (c) => {
    await office.perform(c, forgetPageReports, {});
    return office.done(c, "Forgotten.", HOME_PAGE);
  });
}
