/** The tab Collection: accounts elsewhere from which the mailbox's mail is collected. */
import { Hono } from "hono";
import { Collection, type CollectionPart } from "../../../../views/parts/collection.tsx";
import { collectionPages } from "../../collection.tsx";
import type { WebEnv } from "../../context.ts";
import { atMailbox, type Desk, type TabPage } from "./desk.tsx";

const collectionPage = (part: CollectionPart): TabPage => ({
  name: "collection",
  render: () => <Collection part={part} />,
});

export const collectionRoutes = (desk: Desk): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  collectionPages(app, {
    front: desk.front,
    path: "/:id{\\d+}/collection",
    manager: true,
    place: async (c) => {
      const { id } = await desk.view(c);
      return { id, at: atMailbox(id, "collection") };
    },
    show: async (c, part, errors) => {
      const wrong = Object.keys(errors).length === 0 ? undefined : { errors, typed: {} };
      return await desk.answer(c, await desk.view(c), collectionPage(part), wrong);
    },
    done: (c, text, to) => desk.done(c, text, to),
  });
  return app;
};
