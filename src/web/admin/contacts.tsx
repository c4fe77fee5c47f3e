/** Shared contacts, in the administration. */
import type { Hono } from "hono";
import { Contacts } from "../../../views/admin/contacts.tsx";
import { contactRoutes as routesOf } from "../contact-routes.tsx";
import type { WebEnv } from "../context.ts";
import { doneAt } from "../performing.ts";
import type { Front } from "../site.ts";
import { adminFrame } from "./office.ts";

export const contactRoutes = (front: Front): Hono<WebEnv> =>
  routesOf(front, {
    book: "shared",
    at: "/admin/contacts",
    nobody: "Add the people whom everybody here writes to: suppliers, the school, the doctor.",
    page: (c, place, content, errors) =>
      c.html(
        <Contacts frame={adminFrame(front, c)} place={place}>
          {content}
        </Contacts>,
        Object.keys(errors).length > 0 ? 422 : 200,
      ),
    done: (c, text, to) => doneAt(front, c, text, to),
  });
