/** What waits to be sent: the list, and what its writer does with each message. */
import type { Hono } from "hono";
import { z } from "zod";
import { Scheduled } from "../../../views/webmail/scheduled.tsx";
import { SCHEDULED } from "../../../views/webmail/send-later.tsx";
import { t } from "../../../views/words/words.ts";
import { callBackLetter, listLetters, putOffLetter } from "../../administration/mail/letters.ts";
import { Refusal } from "../../refusal.ts";
import { signedIn, type WebContext, type WebEnv } from "../context.ts";
import { anyFields, posted, whole } from "../form.ts";
import { doneAt, perform } from "../performing.ts";
import { localMoment, momentOf } from "./moments.ts";
import type { Webmail } from "./room.ts";

const at = z.strictObject({ at: z.string().max(30) });

/** Routes below /mail. */
export function scheduledRoutes(app: Hono<WebEnv>, webmail: Webmail): void {
  const { front } = webmail;
  const letterOf = (c: WebContext) => ({ login: signedIn(c).user.login, id: Number(c.req.param("letter")) });

  const done = (c: WebContext, kind: "ok" | "danger", text: string): Response => {
    front.sessions.leave(signedIn(c).session.id, { kind, text });
    return c.redirect(SCHEDULED, 303);
  };

  app.get("/scheduled", async (c) => {
    const { letters } = await perform(front, c, listLetters, { login: signedIn(c).user.login });
    const waiting = letters.map((one) => {
      const leavesAt = Date.parse(one.leavesAt);
      return { ...one, leavesAt, leavesLocal: localMoment(leavesAt) };
    });
    const content = <Scheduled letters={waiting} csrf={c.get("csrf")} />;
    return await webmail.show(c, undefined, { kind: "other", title: t("Scheduled"), content, place: SCHEDULED });
  });

  app.post("/scheduled/:letter{\\d+}/back", posted(anyFields), async (c) => {
    const { messageId } = await perform(front, c, callBackLetter, letterOf(c));
    // The page of writing brings files of its own along: it is opened whole.
    return doneAt(front, c, t("It is a draft again."), `/mail/compose?key=${encodeURIComponent(messageId)}`);
  });

  app.post("/scheduled/:letter{\\d+}/now", posted(anyFields), async (c) => {
    await perform(front, c, putOffLetter, letterOf(c));
    return done(c, "ok", t("Your message is on its way."));
  });

  app.post("/scheduled/:letter{\\d+}/time", posted(at), async (c) => {
    const chosen = momentOf(whole(c.req.valid("form")).at);
    try {
      if (chosen === undefined || chosen <= front.deps.now())
        throw new Refusal("invalid", "Choose a day and a time that are still to come.");
      await perform(front, c, putOffLetter, { ...letterOf(c), at: new Date(chosen).toISOString() });
      return done(c, "ok", t("It leaves at the time you chose."));
    } catch (thrown) {
      if (!(thrown instanceof Refusal) || thrown.kind !== "invalid") throw thrown;
      return done(c, "danger", t(thrown.sentence));
    }
  });
}
