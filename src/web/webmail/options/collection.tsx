/** Mail from elsewhere, collected into an own mailbox. */
import type { Hono } from "hono";
import { MailboxCollection } from "../../../../views/webmail/options-collection.tsx";
import { t } from "../../../../views/words/words.ts";
import { collectionPages } from "../../collection.tsx";
import type { WebEnv } from "../../context.ts";
import type { Places } from "./mailbox.tsx";
import type { Office } from "./office.tsx";

export function ownCollectionPages(app: Hono<WebEnv>, office: Office, placeOf: Places): void {
  collectionPages(app, {
    front: office.webmail.front,
    path: "/:mailbox{\\d+}/collection",
    manager: false,
    place: async (c) => {
      const { head, frame } = await placeOf(c, "collection", "collection");
      return { id: head.id, at: frame.here };
    },
    show: async (c, part, errors) => {
      const { frame, head } = await placeOf(c, "collection", "collection");
      const page = <MailboxCollection frame={frame} head={head} part={part} />;
      return await office.show(c, t("Mail from elsewhere"), page, errors);
    },
    done: (c, text, to) => office.done(c, text, to),
  });
}
