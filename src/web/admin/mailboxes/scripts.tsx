/** The tab Scripts: the Sieve scripts that sort the mail of a mailbox. */
import { Hono } from "hono";
import { Scripts, type ScriptsPart } from "../../../../views/parts/scripts.tsx";
import type { WebEnv } from "../../context.ts";
import { scriptPages } from "../../scripts.ts";
import { atMailbox, type Desk, type TabPage } from "./desk.tsx";

const scriptsPage = (part: ScriptsPart): TabPage => ({ name: "scripts", render: () => <Scripts part={part} /> });

export const scriptRoutes = (desk: Desk): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  scriptPages(app, {
    front: desk.front,
    path: "/:id{\\d+}/scripts",
    place: async (c) => {
      const { id } = await desk.view(c);
      return { id, at: atMailbox(id, "scripts") };
    },
    show: async (c, part, errors) => {
      const wrong = Object.keys(errors).length === 0 ? undefined : { errors, typed: {} };
      return await desk.answer(c, await desk.view(c), scriptsPage(part), wrong);
    },
    done: (c, text, to) => desk.done(c, text, to),
  });
  return app;
};
