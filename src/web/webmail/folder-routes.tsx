/** The pages of folders, and what is done there: everything is an operation of the administration, which knows who may. */
import type { Hono } from "hono";
import { z } from "zod";
import {
  EmptyQuestion,
  type FolderCard,
  FolderMenu,
  FolderPage,
  type FolderPowers,
  type FolderSection,
  FoldersPage,
  type NewFolder,
} from "../../../views/webmail/folder-pages.tsx";
import { FOLDERS, folderPage } from "../../../views/webmail/folders.tsx";
import { t, tn } from "../../../views/words/words.ts";
import { addFolder, emptyFolder, readFolder, removeFolder, setFolder } from "../../administration/mail/folders.ts";
import type { User } from "../../directory/user.ts";
import { COLOURS } from "../../mailstore/colours.ts";
import { SEEN } from "../../mailstore/flags.ts";
import type { Mailstore } from "../../mailstore/mailstore.ts";
import { parentsOf, SEPARATOR } from "../../mailstore/names.ts";
import { Refusal } from "../../refusal.ts";
import { localPath, signedIn, type WebContext, type WebEnv, wantsFragment } from "../context.ts";
import { asked, type Errors, posted, ticked, whole } from "../form.ts";
import { perform } from "../performing.ts";
import type { Right, RoledFolder } from "./access.ts";
import { mailboxHref } from "./options/office.tsx";
import { folderHref, folderIcon, folderLabel, inOrder } from "./rail.ts";
import { folderOf, targetOf, type Webmail } from "./room.ts";
import { undoHref } from "./undo.ts";

/** One level of a name. */
const level = z
  .string()
  .trim()
  .min(1, "Give the folder a name.")
  .max(200)
  .refine(
    (name) => !name.includes(SEPARATOR),
    "A name has no / in it. Choose the folder in which this one stands instead.",
  );
const parent = z.string().max(1_000).default("");
const colour = z.enum(["", ...COLOURS]);

const addForm = z.strictObject({ mailbox: z.coerce.number().int(), name: level, parent });
const changeForm = z.strictObject({
  ...{ name: level.optional(), parent, colour: colour.optional() },
  ...{ role: z.string().max(20).optional(), subscribed: ticked },
});
const actForm = z.strictObject({
  do: z.enum(["read", "empty", "remove"]).optional(),
  colour: colour.optional(),
});
const foldersQuery = z.object({ in: z.string().optional() });

const under = (above: string, name: string): string => (above === "" ? name : `${above}${SEPARATOR}${name}`);

export function folderRoutes(app: Hono<WebEnv>, webmail: Webmail) {
  const { front } = webmail;
  const cards = new Cards(webmail);

  const showAll = (c: WebContext, typed?: NewFolder) => {
    const content = <FoldersPage sections={cards.sections(c)} csrf={c.get("csrf")} typed={typed} />;
    const main = { kind: "other", title: t("Folders"), content, place: FOLDERS } as const;
    return webmail.show(c, undefined, main, Object.keys(typed?.errors ?? {}).length > 0 ? 422 : 200);
  };

  const showOne = (c: WebContext, folder: RoledFolder, errors: Errors = {}) => {
    const card = cards.card(c, folder);
    const page = { folder: card, others: cards.others(c, folder), csrf: c.get("csrf"), errors };
    const content = <FolderPage {...page} sharing={cards.sharing(c, folder)} />;
    const main = { kind: "other", title: card.label, content } as const;
    return webmail.show(c, folder.id, main, Object.keys(errors).length > 0 ? 422 : 200);
  };

  const done = (c: WebContext, text: string, to: string) => {
    front.sessions.leave(signedIn(c).session.id, { kind: "ok", text });
    return c.redirect(to, 303);
  };

  /** The same, with a button that takes it back. */
  const undoable = (c: WebContext, text: string, to: string, reverse: () => Promise<string>) => {
    const { user, session } = signedIn(c);
    const undo = undoHref(webmail.undo.offer(user.id, { reverse }));
    front.sessions.leave(session.id, { kind: "ok", text, undo });
    return c.redirect(to, 303);
  };

  app.get("/folders", asked(foldersQuery), (c) => {
    const within = c.req.valid("query").in;
    if (within === undefined) return showAll(c);
    const above = webmail.access.folder(signedIn(c).user, Number(within));
    return showAll(c, { mailbox: above.mailboxId, name: "", parent: above.name, errors: {} });
  });

  app.post("/folders", posted(addForm), async (c) => {
    const form = c.req.valid("form");
    const { mailbox = "0", name = "", parent = "" } = form.fields;
    const typed = { mailbox: Number(mailbox), name, parent };
    if (!form.ok) return await showAll(c, { ...typed, errors: form.errors });
    try {
      const wanted = { id: form.value.mailbox, name: under(form.value.parent, form.value.name) };
      const made = await perform(front, c, addFolder, wanted);
      return done(c, t("The folder {folder} is there.", { folder: form.value.name }), folderHref(made.folder));
    } catch (thrown) {
      return await showAll(c, { ...typed, errors: { name: sentenceFor(thrown) } });
    }
  });

  app.get("/folders/:folder{\\d+}", (c) => showOne(c, folderOf(c, webmail)));

  app.post("/folders/:folder{\\d+}", posted(changeForm), async (c) => {
    const folder = folderOf(c, webmail);
    const form = c.req.valid("form");
    if (!form.ok) return await showOne(c, folder, form.errors);
    const { name, parent, role, subscribed, colour } = form.value;
    try {
      await perform(front, c, setFolder, {
        ...{ id: folder.mailboxId, folder: folder.name },
        ...(name !== undefined && { name: under(parent, name) }),
        ...(role !== undefined && { role, subscribed }),
        ...(colour !== undefined && { colour }),
      });
    } catch (thrown) {
      return await showOne(c, folder, { name: sentenceFor(thrown) });
    }
    return done(c, t("The folder is changed."), folderPage(folder.id));
  });

  app.get("/folders/:folder{\\d+}/menu", (c) => {
    const folder = folderOf(c, webmail);
    const menu = { folder: cards.card(c, folder), csrf: c.get("csrf"), sharing: cards.sharing(c, folder) };
    return c.html(<FolderMenu {...menu} />);
  });

  app.get("/folders/:folder{\\d+}/empty", (c) => {
    const folder = folderOf(c, webmail);
    const question = { folder: cards.card(c, folder), csrf: c.get("csrf") };
    if (wantsFragment(c) && targetOf(c) === "dialog") return c.html(<EmptyQuestion {...question} />);
    const content = (
      <div class="panel narrow">
        <EmptyQuestion {...question} alone />
      </div>
    );
    return webmail.show(c, folder.id, { kind: "other", title: question.folder.label, content });
  });

  app.post("/folders/:folder{\\d+}/act", posted(actForm), async (c) => {
    const folder = folderOf(c, webmail);
    const { do: what, colour } = whole(c.req.valid("form"));
    const named = { id: folder.mailboxId, folder: folder.name };
    const label = folderLabel(folder);
    const back = localPath(pathOf(c.req.header("hx-current-url") ?? c.req.header("referer")), folderHref(folder.id));
    if (colour !== undefined) {
      await perform(front, c, setFolder, { ...named, colour });
      return c.redirect(back, 303);
    }
    if (what === "read") {
      const unread = await unreadIn(front.deps.mailstore, folder);
      const { marked } = await perform(front, c, readFolder, named);
      const text = tn(marked, "{n} message marked as read.", "{n} messages marked as read.");
      return undoable(c, text, back, async () => {
        const change = { mode: "remove", flags: { system: SEEN } } as const;
        const again = webmail.access.folder(signedIn(c).user, folder.id, "s");
        await front.deps.mailstore.setFlags(again.id, unread, change, { reader: again.reader });
        return tn(unread.length, "{n} message is unread again.", "{n} messages are unread again.");
      });
    }
    if (what === "empty") {
      const { deleted } = await perform(front, c, emptyFolder, named);
      return done(
        c,
        tn(deleted, "{n} message deleted for good.", "{n} messages deleted for good."),
        folderHref(folder.id),
      );
    }
    const { movedTo } = await perform(front, c, removeFolder, named);
    if (movedTo === null) return done(c, t("The folder {folder} is gone.", { folder: label }), FOLDERS);
    return undoable(c, t("The folder {folder} is in the trash.", { folder: label }), FOLDERS, async () => {
      await perform(front, c, setFolder, { id: folder.mailboxId, folder: movedTo, name: folder.name });
      return t("The folder {folder} is back.", { folder: label });
    });
  });
}

/** UIDs of what its reader has not read. */
async function unreadIn(mailstore: Mailstore, { id, reader }: RoledFolder): Promise<number[]> {
  const view = await mailstore.open(id, reader);
  const unread = [...view.uids].filter((_, index) => (view.systemAt(index) & SEEN) === 0);
  view.close();
  return unread;
}

/** The page from which a form was sent, where it shows mail or folders. */
const pathOf = (at: string | undefined): string | undefined => {
  const url = URL.parse(at ?? "");
  return url === null || !url.pathname.startsWith("/mail/f") ? undefined : url.pathname + url.search;
};

/** What a refusal says beside the name; a fault, and what is not allowed, go on. */
function sentenceFor(thrown: unknown): string {
  if (thrown instanceof Refusal && (thrown.kind === "exists" || thrown.kind === "invalid")) return thrown.sentence;
  throw thrown;
}

/** Folders as their pages show them. */
class Cards {
  constructor(private readonly webmail: Webmail) {}

  sections(c: WebContext): FolderSection[] {
    const { access } = this.webmail;
    const { user } = signedIn(c);
    return access.reached(user).map(({ mailbox, folders: found }) => {
      const own = mailbox.ownerId === user.id;
      const folders = this.#cards(user, found);
      return {
        ...{ mailbox: mailbox.id, own, folders },
        title: mailbox.id === user.primaryMailbox ? undefined : access.nameOf(mailbox),
        mayAdd: own || folders.some(({ may }) => may.addBelow),
      };
    });
  }

  card(c: WebContext, folder: RoledFolder): FolderCard {
    const { user } = signedIn(c);
    const [card] = this.#cards(user, this.webmail.access.folders(user, folder.mailboxId), folder.id);
    if (card === undefined) throw new Refusal("notFound", "There is no such folder.");
    return card;
  }

  /** Folders of the same mailbox in which this one may stand. */
  others(c: WebContext, { id, name, mailboxId }: RoledFolder): FolderCard[] {
    const { user } = signedIn(c);
    const folders = this.webmail.access.folders(user, mailboxId);
    const possible = folders.filter((one) => one.id !== id && !one.name.startsWith(`${name}${SEPARATOR}`));
    return this.#cards(user, possible).filter(({ may }) => may.addBelow);
  }

  /** Where a folder is shared; undefined where it is not the user's to share. */
  sharing(c: WebContext, folder: RoledFolder): string | undefined {
    if (!this.webmail.access.owns(signedIn(c).user, folder)) return undefined;
    return `${mailboxHref(folder.mailboxId)}/sharing?folder=${encodeURIComponent(folder.name)}`;
  }

  /** Folders of one mailbox, or one of them. */
  #cards(user: User, folders: readonly RoledFolder[], only?: number): FolderCard[] {
    const colours = this.webmail.front.deps.mailstore.colours.of(user.id);
    const trash = folders.find(({ role }) => role === "Trash")?.name;
    const wanted = only === undefined ? inOrder(folders) : folders.filter(({ id }) => id === only);
    return wanted.map((folder) => {
      const { id, mailboxId, name, role, subscribed, exists, unseen, size } = folder;
      const above = parentsOf(name);
      return {
        ...{ id, mailbox: mailboxId, href: folderHref(id), label: folderLabel(folder), icon: folderIcon(folder) },
        ...{ name: name.split(SEPARATOR).at(-1) ?? "", parent: above.at(-1) ?? "", depth: above.length },
        ...{ role: role ?? "", colour: colours.get(id) ?? "", subscribed, messages: exists, unread: unseen, size },
        inTrash: trash !== undefined && above[0] === trash,
        may: this.#powers(user, folder),
      };
    });
  }

  #powers(user: User, folder: RoledFolder): FolderPowers {
    const { access } = this.webmail;
    const may = (...rights: Right[]) => rights.every((right) => access.permits(user, folder, right));
    const { role } = folder;
    return {
      ...{ own: access.owns(user, folder), read: may("s"), empty: may("t", "e"), addBelow: may("k") },
      rename: role !== "Inbox" && may("x"),
      remove: role === undefined && may("x"),
    };
  }
}
