/**
 * The pages of users, templates and the guest entry: the list, making new ones, and the tabs of their properties. They stand on the
 * operations of src/administration alone, which hold everybody to what is his. Mounted by ../admin.tsx at /admin/users.
 */
import { Hono } from "hono";
import { Strength } from "../../../../views/parts/password.tsx";
import type { WebEnv } from "../../context.ts";
import { anyFields, posted } from "../../form.ts";
import type { Front } from "../../site.ts";
import { Desk } from "./desk.tsx";
import { entryRoutes } from "./entry.tsx";
import { expiryRoutes } from "./expiry.tsx";
import { generalPage, generalRoutes } from "./general.tsx";
import { listRoutes } from "./list.tsx";
import { mailRoutes } from "./mail.tsx";
import { newRoutes } from "./new.tsx";
import { newsRoutes } from "./news.tsx";
import { permissionPage, permissionRoutes } from "./permissions.tsx";
import { securityRoutes } from "./security.tsx";

export const userRoutes = (front: Front): Hono<WebEnv> => {
  const desk = new Desk(front);
  const app = new Hono<WebEnv>();
  app.route("/", listRoutes(desk));
  app.route("/", newRoutes(desk));
  app.post("/strength", posted(anyFields), async (c) => {
    const { password = "", login, fullName, address } = c.req.valid("form").fields;
    const words = [login, fullName, address].filter((value) => value !== undefined);
    const strength = await front.deps.auth.strength(password, words);
    return c.html(<Strength {...(password !== "" && { strength })} />);
  });
  for (const routes of [
    generalRoutes,
    newsRoutes,
    permissionRoutes,
    mailRoutes,
    expiryRoutes,
    entryRoutes,
    securityRoutes,
  ]) {
    app.route("/", routes(desk));
  }
  app.get("/:login", async (c) => {
    const account = await desk.account(c);
    return await desk.open(c, account.kind === "guest" ? permissionPage(desk) : generalPage(desk), account);
  });
  return app;
};
