/** Of which new mail browsers tell, and when; and whether this one does. */
import type { Hono } from "hono";
import { z } from "zod";
import { NOTIFICATIONS, Notifications } from "../../../../views/webmail/options-notifications.tsx";
import { reader, t } from "../../../../views/words/words.ts";
import { quietSession, tellSession } from "../../../administration/signing-in/notifications.ts";
import { listSessions } from "../../../administration/signing-in/security.ts";
import { preferencesChange, setPreferences, showPreferences } from "../../../administration/users/preferences.ts";
import type { Preferences } from "../../../directory/preferences.ts";
import { Refusal } from "../../../refusal.ts";
import { signedIn, type WebContext, type WebEnv } from "../../context.ts";
import { type Errors, posted, several, ticked, whole } from "../../form.ts";
import { isPublicKey, newServerKeys } from "../../push/encrypt.ts";
import { SILENT } from "../../push/news.ts";
import { folderLabel } from "../rail.ts";
import { type Office, problemOf } from "./office.tsx";

const { notify, quietFrom, quietUntil } = preferencesChange.shape;
const wishForm = z.strictObject({
  ...{ notify, quietFrom, quietUntil, details: ticked },
  folder: several(500, 15).default([]),
});
const subscription = z.strictObject({
  endpoint: z.string().max(1_000),
  p256dh: z.string().max(200),
  auth: z.string().max(100),
});
const endForm = z.strictObject({ session: z.string().max(100).optional() });

/** Routes below /mail/options/notifications. */
export function notificationPages(app: Hono<WebEnv>, office: Office): void {
  const at = "/notifications";

  const show = async (c: WebContext, wishes: Preferences, errors: Errors = {}) => {
    const { frame } = await office.desk(c, NOTIFICATIONS);
    const { user } = signedIn(c);
    const { access } = office.webmail;
    const { sessions } = await office.perform(c, listSessions, { login: user.login });
    const told = sessions.filter((one) => one.told);
    const own = access.reached(user).filter(({ mailbox }) => mailbox.ownerId === user.id);
    const folders = own.flatMap((reached) => reached.folders).filter(({ role }) => !SILENT.has(role));
    const { publicKey: key } = await office.deps.auth.subscriptions.keys(newServerKeys);
    const page = {
      ...{ notify: wishes.notify, details: wishes.notifyDetails, key, errors },
      ...{ quietFrom: wishes.quietFrom, quietUntil: wishes.quietUntil },
      folders: folders.map((folder) => ({
        ...{ id: folder.id, label: folderLabel(folder), chosen: wishes.notifyFolders.includes(folder.id) },
      })),
      told: told.some(({ current }) => current),
      others: told.filter(({ current }) => !current),
    };
    return await office.showWith(
      c,
      ["tell.js"],
      t("Notifications"),
      <Notifications frame={frame} page={page} />,
      errors,
    );
  };

  app.get(at, async (c) => await show(c, await office.perform(c, showPreferences, {})));

  app.post(at, posted(wishForm), async (c) => {
    const before = await office.perform(c, showPreferences, {});
    const form = c.req.valid("form");
    if (!form.ok) return await show(c, before, form.errors);
    const { folder, details, ...wishes } = form.value;
    try {
      await office.perform(c, setPreferences, {
        ...{ ...wishes, notifyDetails: details, notifyFolders: folder.map(Number) },
      });
      return office.done(c, t("Your browsers tell you as you chose."), NOTIFICATIONS);
    } catch (thrown) {
      return await show(c, before, problemOf(thrown));
    }
  });

  app.post(`${at}/begin`, posted(subscription), async (c) => {
    const value = whole(c.req.valid("form"));
    if (!(await isPublicKey(value.p256dh))) throw new Refusal("invalid", "That is no key of a browser.");
    const { login } = signedIn(c).user;
    await office.perform(c, tellSession, { login, ...value, language: reader().language });
    return office.done(c, t("This browser tells you of new mail."), NOTIFICATIONS);
  });

  app.post(`${at}/end`, posted(endForm), async (c) => {
    const { user, session } = signedIn(c);
    const id = whole(c.req.valid("form")).session ?? Buffer.from(session.id).toString("hex");
    await office.perform(c, quietSession, { login: user.login, id });
    return office.done(c, t("It tells you no more."), NOTIFICATIONS);
  });
}
