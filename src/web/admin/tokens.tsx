/** The administrator's own API tokens. */
import type { Hono } from "hono";
import { AdminTokens } from "../../../views/admin/tokens.tsx";
import type { WebEnv } from "../context.ts";
import type { Front } from "../site.ts";
import { tokenRoutes as routesAt } from "../tokens.tsx";
import { adminFrame } from "./office.ts";

export const tokenRoutes = (front: Front): Hono<WebEnv> =>
  routesAt(front, "/admin/tokens", (c, page) => <AdminTokens frame={adminFrame(front, c)} page={page} />);
