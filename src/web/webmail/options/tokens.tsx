/** Own API tokens: the routes are those of every site that has such a page, the frame is that of Options. */
import { Hono } from "hono";
import { OPTIONS } from "../../../../views/webmail/options.tsx";
import { TokenOptions } from "../../../../views/webmail/options-tokens.tsx";
import { MailPage, MainFragment } from "../../../../views/webmail/page.tsx";
import { t } from "../../../../views/words/words.ts";
import { type WebEnv, wantsFragment } from "../../context.ts";
import { tokenRoutes as routesAt } from "../../tokens.tsx";
import type { Desk, Office } from "./office.tsx";

export const tokenRoutes = (office: Office): Hono<WebEnv> => {
  const at = `${OPTIONS}/tokens`;
  const desks = new WeakMap<Request, Desk>();
  const app = new Hono<WebEnv>();
  app.use(async (c, next) => {
    desks.set(c.req.raw, await office.desk(c, at));
    await next();
  });
  const routes = routesAt(office.webmail.front, at, (c, page) => {
    const frame = desks.get(c.req.raw)?.frame;
    if (frame === undefined) throw new Error("a page of Options was made without its frame");
    const content = <TokenOptions frame={frame} page={page} />;
    const whole = {
      around: office.webmail.around(c, undefined),
      main: { kind: "other", place: "options", title: t("API tokens"), content },
    } as const;
    return wantsFragment(c) ? <MainFragment {...whole} /> : <MailPage {...whole} />;
  });
  app.route("/", routes);
  return app;
};
