/** How one wants one's pages. Its form is a plain one: the next page is in another language or colour from its first line on. */
import type { Hono } from "hono";
import { z } from "zod";
import { APPEARANCE, AppearanceOptions, type MailWishes } from "../../../../views/webmail/options-appearance.tsx";
import { asReader, t } from "../../../../views/words/words.ts";
import { preferencesChange, setPreferences, showPreferences } from "../../../administration/users/preferences.ts";
import type { Preferences } from "../../../directory/preferences.ts";
import { signedIn, type WebContext, type WebEnv } from "../../context.ts";
import { type Checked, type Errors, type Fields, posted, ticked } from "../../form.ts";
import { languageFor, readerOf } from "../../reader.ts";
import { folderLabel } from "../rail.ts";
import { type Office, problemOf } from "./office.tsx";

const { language, zone, theme, density, format, startFolder, undoSeconds } = preferencesChange.shape;
const typedNumber = z.coerce.number();
const lookForm = z.strictObject({ language, zone, theme, density });
const mailForm = z.strictObject({
  conversations: ticked,
  shortcuts: ticked,
  format,
  startFolder: typedNumber.pipe(startFolder.unwrap()),
  undoSeconds: typedNumber.pipe(undoSeconds.unwrap()),
});

export function appearancePages(app: Hono<WebEnv>, office: Office): void {
  const show = async (c: WebContext, wishes: Preferences, errors: Errors = {}, typed: Fields = {}) => {
    const { frame } = await office.desk(c, APPEARANCE);
    const chosen = (name: "language" | "zone" | "theme" | "density") => typed[name] ?? wishes[name];
    const zones = Intl.supportedValuesOf("timeZone");
    const page = {
      ...{ language: chosen("language"), zone: chosen("zone"), theme: chosen("theme"), density: chosen("density") },
      shown: languageFor(c.req.header("accept-language")),
      serverZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      zones: wishes.zone === "" || zones.includes(wishes.zone) ? zones : [...zones, wishes.zone],
      ...(signedIn(c).user.webmail && { mail: mailOf(c, wishes, typed) }),
      errors,
    };
    return await office.show(c, t("Appearance"), <AppearanceOptions frame={frame} page={page} />, errors);
  };

  const mailOf = (c: WebContext, wishes: Preferences, typed: Fields): MailWishes => {
    const { access } = office.webmail;
    const { user } = signedIn(c);
    const folders = access.reached(user).flatMap(({ mailbox, folders: found }) =>
      found.map((folder) => ({
        id: folder.id,
        label: folderLabel(folder),
        ...(mailbox.id !== user.primaryMailbox && { of: access.nameOf(mailbox) }),
      })),
    );
    const inbox = access.inbox(user).id;
    const wasSent = typed.startFolder !== undefined;
    return {
      conversations: wasSent ? typed.conversations !== undefined : wishes.conversations,
      shortcuts: wasSent ? typed.shortcuts !== undefined : wishes.shortcuts,
      startFolder: typed.startFolder ?? String(wishes.startFolder),
      folders: folders.filter(({ id }) => id !== inbox),
      undoSeconds: typed.undoSeconds ?? String(wishes.undoSeconds),
      format: typed.format ?? wishes.format,
    };
  };

  app.get("/appearance", async (c) => await show(c, await office.perform(c, showPreferences, {})));

  const set = async (c: WebContext, form: Checked<z.input<typeof preferencesChange>>) => {
    const before = await office.perform(c, showPreferences, {});
    if (!form.ok) return await show(c, before, form.errors, form.fields);
    try {
      const after = await office.perform(c, setPreferences, form.value);
      office.webmail.front.cookies.setTheme(c, after.theme);
      const words = async () => t("Your pages are as you chose.");
      return office.done(c, await asReader(readerOf(after, c.req.header("accept-language")), words), APPEARANCE);
    } catch (thrown) {
      return await show(c, before, problemOf(thrown), form.fields);
    }
  };

  app.post("/appearance", posted(lookForm), async (c) => await set(c, c.req.valid("form")));
  app.post("/appearance/mail", posted(mailForm), async (c) => await set(c, c.req.valid("form")));
}
