/** The Sieve scripts of the house: what is sorted for everybody, before and after their own scripts. */
import { Hono } from "hono";
import { HouseScripts } from "../../../views/admin/scripts.tsx";
import { HOUSE } from "../../sieve/scripts.ts";
import type { WebEnv } from "../context.ts";
import { doneAt } from "../performing.ts";
import { scriptPages } from "../scripts.ts";
import type { Front } from "../site.ts";
import { adminFrame } from "./office.ts";

export const houseScriptRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  scriptPages(app, {
    ...{ front, path: "" },
    place: async () => ({ id: HOUSE, at: "/admin/scripts" }),
    show: (c, part, errors) => {
      const status = Object.keys(errors).length === 0 ? 200 : 422;
      return c.html(<HouseScripts frame={adminFrame(front, c)} part={part} />, status);
    },
    done: (c, text, to) => doneAt(front, c, text, to),
  });
  return app;
};
