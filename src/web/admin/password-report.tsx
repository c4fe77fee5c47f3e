/** The report on passwords: weak ones, those that their users never chose, and accounts without a second factor. */
import { Hono } from "hono";
import { z } from "zod";
import { PasswordReport } from "../../../views/admin/password-report.tsx";
import { reportPasswords } from "../../administration/signing-in/passwords.ts";
import { actorOf, type WebEnv } from "../context.ts";
import { asked, flag, pageNumber } from "../form.ts";
import type { Front } from "../site.ts";
import { adminFrame, PAGE_SIZE, pagesOf } from "./office.ts";

const reportQuery = z.object({ page: pageNumber, weak: flag, neverChanged: flag, noFactor: flag });

export const passwordReportRoutes = (front: Front): Hono<WebEnv> =>
  new Hono<WebEnv>().get("/", asked(reportQuery), async (c) => {
    const wanted = c.req.valid("query");
    const { administration } = front.deps;
    const { users, total } = await administration.perform(reportPasswords, actorOf(c), {
      ...wanted,
      pageSize: PAGE_SIZE,
    });
    const lines = users.map(({ external, changedAt, ...line }) => ({
      ...line,
      external: external ?? "",
      changedAt: changedAt === null ? null : Date.parse(changedAt),
    }));
    const page = { ...wanted, total, pages: pagesOf(total), lines };
    return c.html(<PasswordReport frame={adminFrame(front, c)} page={page} />);
  });
