/** What is done with what a message offers: answered, kept, ended. Each is a form of the reading pane, and leads back to it. */
import type { Hono } from "hono";
import { z } from "zod";
import { t } from "../../../../views/words/words.ts";
import { addContact } from "../../../administration/users/contacts.ts";
import { signedIn, type WebContext, type WebEnv } from "../../context.ts";
import { posted, whole } from "../../form.ts";
import { perform } from "../../performing.ts";
import { originOf } from "../recipients.ts";
import { folderOf, type Webmail } from "../room.ts";
import { hereOf, type Opened } from "./opened.ts";

const receiptForm = z.object({ answer: z.enum(["send", "refuse"]) });
const invitationForm = z.object({ answer: z.enum(["accepted", "tentative", "declined"]) });
const cardForm = z.object({ part: z.string().max(100), card: z.coerce.number().int().min(0).max(100) });
const AT = "/f/:folder{\\d+}/m/:uid{\\d+}";

export function offerRoutes(app: Hono<WebEnv>, webmail: Webmail) {
  const { front, access, messages } = webmail;

  const opened = async (c: WebContext): Promise<Opened> => {
    const folder = folderOf(c, webmail);
    const message = await messages.open(folder, Number(c.req.param("uid")));
    return { deps: front.deps, access, messages, user: folder.user, folder, message };
  };
  const done = (c: WebContext, one: Opened, text: string) => {
    front.sessions.leave(signedIn(c).session.id, { kind: "ok", text });
    return c.redirect(hereOf(one), 303);
  };

  app.post(`${AT}/receipt`, posted(receiptForm), async (c) => {
    const { answer } = whole(c.req.valid("form"));
    const { answerReceipt } = await import("./receipts.ts");
    const one = await opened(c);
    return done(c, one, await answerReceipt(one, answer, originOf(c)));
  });

  app.post(`${AT}/invitation`, posted(invitationForm), async (c) => {
    const { answer } = whole(c.req.valid("form"));
    const { answerInvitation } = await import("./invitations.ts");
    const one = await opened(c);
    return done(c, one, await answerInvitation(one, answer, originOf(c)));
  });

  app.post(`${AT}/unsubscribe`, async (c) => {
    const { unsubscribe } = await import("./subscriptions.ts");
    const one = await opened(c);
    return done(c, one, await unsubscribe(front.deps, one.message));
  });

  app.post(`${AT}/card`, posted(cardForm), async (c) => {
    const { part, card } = whole(c.req.valid("form"));
    const { cardAt } = await import("./cards.ts");
    const one = await opened(c);
    const kept = await perform(front, c, addContact, { ...cardAt(one, part, card), book: "own" });
    return done(c, one, t("{name} stands in your contacts now.", { name: kept.name }));
  });
}
