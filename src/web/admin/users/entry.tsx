/** The tab Directory. */
import { Hono } from "hono";
import { z } from "zod";
import { ENTRY_LINES, Entry } from "../../../../views/admin/users/entry.tsx";
import type { WebEnv } from "../../context.ts";
import { posted, ticked } from "../../form.ts";
import type { Desk, TabPage } from "./desk.tsx";

const line = z.string().max(1_000, "That is too long.");

const entryForm = z.strictObject({
  ...(Object.fromEntries(ENTRY_LINES.map((name) => [name, line])) as Record<(typeof ENTRY_LINES)[number], typeof line>),
  notes: z.string().max(4_000, "Notes have at most 4000 characters."),
  listed: ticked,
});

const page: TabPage = {
  name: "directory",
  render: (_c, { kind, entry }, form) => <Entry tab={{ kind, entry, form }} />,
};

export const entryRoutes = (desk: Desk): Hono<WebEnv> =>
  new Hono<WebEnv>()
    .get("/:login/directory", (c) => desk.open(c, page))
    .post("/:login/directory", posted(entryForm), (c) =>
      desk.save(c, page, c.req.valid("form"), (_account, entry) => ({ entry })),
    );
