/** The tab Sharing: whom the mailbox is shared with, by presets or single rights. */
import { Hono } from "hono";
import { z } from "zod";
import { Sharing } from "../../../../views/admin/mailboxes/sharing.tsx";
import { shareFolder, unshareFolder } from "../../../administration/mail/folder-shares.ts";
import type { MailboxView } from "../../../administration/mail/mailbox-view.ts";
import { setMailbox } from "../../../administration/mail/mailboxes.ts";
import { PRESET_NAMES, PRESET_WORDS, RIGHT_PRESETS, RIGHT_WORDS } from "../../../administration/mail/rights.ts";
import { shareMailbox, unshareMailbox } from "../../../administration/mail/shares.ts";
import { Refusal } from "../../../refusal.ts";
import type { WebEnv } from "../../context.ts";
import { folderShareForm, folderSharingOf, folderUnshareForm, marksForm } from "../../folder-sharing.ts";
import { posted, ticked, whole } from "../../form.ts";
import { perform } from "../../performing.ts";
import { atMailbox, type Desk, type TabPage } from "./desk.tsx";

const LETTERS = Object.entries(RIGHT_WORDS).map(([letter, words]) => ({ letter, words }));

const shareForm = z.strictObject({
  login: z.string().trim().min(1, "Name the user by the login name.").max(512, "That is too long."),
  preset: z.enum([...PRESET_NAMES, "own"], "Choose one of the four."),
  ...Object.fromEntries(LETTERS.map(({ letter }) => [`right.${letter}`, ticked])),
});
const unshareForm = z.strictObject({ login: z.string().max(512) });

/** The rights that a form asks for. */
const rightsFrom = (form: Readonly<Record<string, unknown>>): string =>
  form.preset === "own"
    ? LETTERS.filter(({ letter }) => form[`right.${letter}`] === true)
        .map(({ letter }) => letter)
        .join("")
    : String(form.preset);

const sharingPage = (login = "", refused?: Parameters<typeof folderSharingOf>[3]): TabPage => ({
  name: "sharing",
  render: (c, view: MailboxView, form) => {
    const share = view.shares.find((one) => one.login === login);
    const tab = {
      ...{ id: view.id, owner: view.owner, form, letters: LETTERS },
      shares: view.shares.map((one) => ({ ...one, words: one.preset === null ? "" : PRESET_WORDS[one.preset] })),
      login: share?.login ?? "",
      preset: share === undefined ? "read" : (share.preset ?? "own"),
      rights: share?.rights ?? RIGHT_PRESETS.read,
      folderSharing: folderSharingOf(view, atMailbox(view.id, "sharing"), c.get("csrf"), refused),
    };
    return <Sharing tab={tab} />;
  },
});

export const sharingRoutes = (desk: Desk): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  app.get("/:id{\\d+}/sharing", (c) => desk.open(c, sharingPage(c.req.query("login"))));

  app.post("/:id{\\d+}/sharing", posted(shareForm), async (c) => {
    const view = await desk.view(c);
    const form = c.req.valid("form");
    const page = sharingPage(form.fields.login);
    if (!form.ok) return await desk.answer(c, view, page, { errors: form.errors, typed: form.fields });
    const { login } = form.value;
    const rights = rightsFrom(form.value);
    if (rights === "")
      return await desk.answer(c, view, page, { errors: { rights: "Choose at least one right." }, typed: form.fields });
    try {
      await perform(desk.front, c, shareMailbox, { id: view.id, login, rights });
      return desk.done(c, `${login} reaches this mailbox.`, atMailbox(view.id, "sharing"));
    } catch (thrown) {
      const known = view.shares.some((one) => one.login === login);
      return await desk.refused(c, view, page, thrown, form.fields, known ? "" : "login");
    }
  });

  app.post("/:id{\\d+}/sharing/remove", posted(unshareForm), async (c) => {
    const { id } = await desk.view(c);
    const { login } = whole(c.req.valid("form"));
    await perform(desk.front, c, unshareMailbox, { id, login });
    return desk.done(c, `${login} does not reach this mailbox any more.`, atMailbox(id, "sharing"));
  });

  folderRoutes(app, desk);
  return app;
};

/** Rights on single folders, and whose read marks there are. */
function folderRoutes(app: Hono<WebEnv>, desk: Desk): void {
  app.post("/:id{\\d+}/sharing/folder", posted(folderShareForm), async (c) => {
    const view = await desk.view(c);
    const form = c.req.valid("form");
    const refuse = (problem: string) =>
      desk.answer(c, view, sharingPage("", { typed: form.fields, problem }), { errors: {}, typed: {} });
    if (!form.ok) return await refuse(form.errors.who ?? "Choose a folder and what may be done there.");
    const { folder, who, may } = form.value;
    try {
      await perform(desk.front, c, shareFolder, { id: view.id, folder, name: who, rights: may });
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      return await refuse(thrown.sentence);
    }
    return desk.done(c, `${who} has rights of its own in ${folder}.`, atMailbox(view.id, "sharing"));
  });

  app.post("/:id{\\d+}/sharing/folder/remove", posted(folderUnshareForm), async (c) => {
    const { id } = await desk.view(c);
    const { folder, who } = whole(c.req.valid("form"));
    await perform(desk.front, c, unshareFolder, { id, folder, name: who });
    return desk.done(c, `In ${folder}, ${who} may what the mailbox says.`, atMailbox(id, "sharing"));
  });

  app.post("/:id{\\d+}/sharing/marks", posted(marksForm), async (c) => {
    const { id } = await desk.view(c);
    const { ownReadMarks } = whole(c.req.valid("form"));
    await perform(desk.front, c, setMailbox, { id, ownReadMarks });
    const now = ownReadMarks ? "Each reader has own read marks now." : "Read marks are for all readers now.";
    return desk.done(c, now, atMailbox(id, "sharing"));
  });
}
