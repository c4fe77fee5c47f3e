/** The tab News. */
import { Hono } from "hono";
import { z } from "zod";
import { News } from "../../../../views/admin/users/news.tsx";
import type { WebEnv } from "../../context.ts";
import { lines, posted } from "../../form.ts";
import type { Desk, TabPage } from "./desk.tsx";

const newsForm = z.strictObject({ newsRead: lines, newsPost: lines });

const page: TabPage = {
  name: "news",
  render: (_c, { newsRead, newsPost }, form) => <News tab={{ newsRead, newsPost, form }} />,
};

export const newsRoutes = (desk: Desk): Hono<WebEnv> =>
  new Hono<WebEnv>()
    .get("/:login/news", (c) => desk.open(c, page))
    .post("/:login/news", posted(newsForm), (c) =>
      desk.save(c, page, c.req.valid("form"), (_account, groups) => groups),
    );
