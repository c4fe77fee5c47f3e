/** The Sieve scripts that sort the mail of an own mailbox. */
import type { Hono } from "hono";
import { MailboxScripts } from "../../../../views/webmail/options-scripts.tsx";
import { t } from "../../../../views/words/words.ts";
import type { WebEnv } from "../../context.ts";
import { scriptPages } from "../../scripts.ts";
import type { Places } from "./mailbox.tsx";
import type { Office } from "./office.tsx";

export function ownScriptPages(app: Hono<WebEnv>, office: Office, placeOf: Places): void {
  scriptPages(app, {
    front: office.webmail.front,
    path: "/:mailbox{\\d+}/scripts",
    place: async (c) => {
      const { head, frame } = await placeOf(c, "scripts");
      return { id: head.id, at: frame.here };
    },
    show: async (c, part, errors) => {
      const { frame, head } = await placeOf(c, "scripts");
      return await office.show(c, t("Sieve scripts"), <MailboxScripts frame={frame} head={head} part={part} />, errors);
    },
    done: (c, text, to) => office.done(c, text, to),
  });
}
