/** The tab of mail rules: what sorts the mail of a mailbox, rule by rule. */
import { Hono } from "hono";
import type { WebEnv } from "../../context.ts";
import { rulePages } from "../../rules/pages.tsx";
import { atMailbox, type Desk } from "./desk.tsx";

export const ruleRoutes = (desk: Desk): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  rulePages(app, {
    front: desk.front,
    path: "/:id{\\d+}/rules",
    place: async (c) => {
      const { id, folders } = await desk.view(c);
      const names = folders.map(({ name }) => name);
      return { id, at: atMailbox(id, "rules"), scriptsAt: atMailbox(id, "scripts"), folders: names };
    },
    show: async (c, { content, errors }) => {
      const wrong = Object.keys(errors).length === 0 ? undefined : { errors, typed: {} };
      return await desk.answer(c, await desk.view(c), { name: "rules", render: () => content }, wrong);
    },
    done: (c, text, to) => desk.done(c, text, to),
  });
  return app;
};
