/**
 * Webmail: folders, list, reading pane, compose form, over the mail store, the directory and the transport. Mounted at /mail by the
 * web front, which has found the session and refused forged forms before a request comes here.
 *
 * Every page is whole without a script; for htmx the same addresses answer with the part of the page that was asked for (HX-Target).
 * A folder's number in an address is looked up through Access alone, which knows whose it is.
 *
 * What messages bring along is hostile: see sanitise.ts (HTML), frame.ts (where it stands), download.ts (files), names.ts (names).
 */

import { Hono } from "hono";
import squire from "squire-rte/dist/squire.js" with { type: "text" };
import { z } from "zod";
import unreadMark from "../../../views/mark-unread.svg" with { type: "text" };
import completeScript from "../../../views/webmail/complete.js" with { type: "text" };
import composeStyle from "../../../views/webmail/compose.css" with { type: "text" };
import menuScript from "../../../views/webmail/folder-menu.js" with { type: "text" };
import folderStyle from "../../../views/webmail/folders.css" with { type: "text" };
import { KeySheet } from "../../../views/webmail/keys.tsx";
import listStyle from "../../../views/webmail/list.css" with { type: "text" };
import listScript from "../../../views/webmail/list-script.js" with { type: "text" };
import messageStyle from "../../../views/webmail/message.css" with { type: "text" };
import notifyScript from "../../../views/webmail/notify.js" with { type: "text" };
import optionsStyle from "../../../views/webmail/options.css" with { type: "text" };
import { OPTIONS } from "../../../views/webmail/options.tsx";
import { type MailFrame, MailPage, MainFragment } from "../../../views/webmail/page.tsx";
import richEditorScript from "../../../views/webmail/rich-editor.js" with { type: "text" };
import searchStyle from "../../../views/webmail/search.css" with { type: "text" };
import searchScript from "../../../views/webmail/search-box.js" with { type: "text" };
import sendingStyle from "../../../views/webmail/sending.css" with { type: "text" };
import tellScript from "../../../views/webmail/tell.js" with { type: "text" };
import style from "../../../views/webmail/webmail.css" with { type: "text" };
import script from "../../../views/webmail/webmail.js" with { type: "text" };
import writing from "../../../views/webmail/writing.js" with { type: "text" };
import writingEditor from "../../../views/webmail/writing-editor.js" with { type: "text" };
import writingFiles from "../../../views/webmail/writing-files.js" with { type: "text" };
import { t } from "../../../views/words/words.ts";
import type { User } from "../../directory/user.ts";
import { Refusal } from "../../refusal.ts";
import { signedIn, type WebContext, type WebEnv, wantsFragment } from "../context.ts";
import { asked } from "../form.ts";
import { requireUser } from "../login.tsx";
import { webSettings } from "../settings.ts";
import type { Front, Site } from "../site.ts";
import { Access } from "./access.ts";
import { composeRoutes } from "./compose.tsx";
import { folderRoutes } from "./folder-routes.tsx";
import { installedRoutes, MANIFEST, nameReader } from "./installed.tsx";
import { listRoutes } from "./list-routes.tsx";
import { Lists } from "./listing.ts";
import { Live, listening } from "./live.ts";
import { Messages } from "./message.ts";
import { offerRoutes } from "./offers/routes.tsx";
import { optionsRoutes } from "./options/options.tsx";
import { PIECE_OCTETS } from "./parcel-uploads.ts";
import { parcelSite } from "./parcels.tsx";
import { Pictures, pictureSite } from "./pictures.ts";
import { folderHref, railOf } from "./rail.ts";
import { messageRoutes } from "./reading.tsx";
import { Renderings } from "./rendering.ts";
import { targetOf, type Webmail } from "./room.ts";
import { Sanitiser } from "./sanitiser.ts";
import { scheduledRoutes } from "./scheduled.tsx";
import { searchRoutes } from "./search-routes.tsx";
import { Searches } from "./searches.ts";
import { webmailSettings } from "./settings.ts";
import { Undo } from "./undo.ts";

/** Webmail as the front mounts it, and beside it the pictures of other servers that it shows, and files behind links. */
export const webmailSites = (front: Front): Site[] => {
  const pictures = new Pictures(front.deps.outside, front.deps.now);
  return [pictureSite(front, pictures), parcelSite(front), webmailSite(front, pictures)];
};

const webmailSite = (front: Front, pictures: Pictures): Site => ({
  path: "/mail",
  app: webmailRoutes(front, pictures),
  assets: [
    {
      name: "webmail.css",
      type: "text/css",
      text: `${style}\n${listStyle}\n${folderStyle}\n${messageStyle}\n${sendingStyle}\n${searchStyle}`,
    },
    {
      name: "webmail.js",
      type: "text/javascript",
      text: `${searchScript}\n${script}\n${listScript}\n${menuScript}\n${notifyScript}`,
    },
    // It stands before other scripts of writing: it takes keys before they see them.
    { name: "complete.js", type: "text/javascript", text: completeScript },
    { name: "rich-editor.js", type: "text/javascript", text: richEditorScript },
    { name: "tell.js", type: "text/javascript", text: tellScript },
    { name: "mark-unread.svg", type: "image/svg+xml", text: unreadMark },
    { name: "options.css", type: "text/css", text: optionsStyle },
    { name: "compose.css", type: "text/css", text: composeStyle },
    { name: "compose.js", type: "text/javascript", text: [squire, writingEditor, writingFiles, writing].join("\n") },
  ],
  largestBody: (multipart, path) => {
    const { attachmentOctets, textOctets, importOctets } = front.deps.store.settings.get(webmailSettings);
    if (PIECES.test(path)) return PIECE_OCTETS;
    if (multipart && IMPORTS.test(path)) return importOctets;
    // What is not read as it comes is held in memory.
    if (multipart && !WITH_FILES.test(path)) return front.deps.store.settings.get(webSettings).formOctets;
    // Without files, a form writes an octet as three characters at worst.
    return (multipart ? attachmentOctets + textOctets : 3 * textOctets) + 100_000;
  },
});

/** Files of mail are taken as they come, and are larger than forms. */
const IMPORTS = /^\/mail\/options\/mailboxes\/\d+\/import$/;

/** Where files behind links come in pieces. */
const PIECES = /^\/mail\/compose\/parcel\/[^/]+\/piece$/;

/** Where forms have files. */
const WITH_FILES = /^\/mail\/(?:compose|options\/contacts)(?:\/|$)/;

/** All of webmail's addresses, below wherever they are mounted. */
const webmailRoutes = (front: Front, pictures: Pictures): Hono<WebEnv> => {
  const webmail = assemble(front, pictures);
  const app = new Hono<WebEnv>();
  installedRoutes(app);
  app.use(requireUser());
  app.use(nameReader());
  app.use(async function takeTurns(c, next) {
    await webmail.sanitiser.onBehalf(signedIn(c).user.id, next);
  });
  // Also for administrators without webmail: they sign in, too.
  app.route("/options", optionsRoutes(webmail));
  app.use(async function requireWebmail(c, next) {
    if (signedIn(c).user.webmail) return await next();
    throw new Refusal("notPermitted", "Webmail is not open to this account. Ask the administrator.");
  });
  app.get("/", (c) => c.redirect(folderHref(startFolder(webmail, signedIn(c).user)), 303));
  app.get("/keys", (c) => {
    const alone = targetOf(c) !== "dialog";
    const content = <KeySheet alone={alone} />;
    return alone ? webmail.show(c, undefined, { kind: "other", title: t("Keys"), content }) : c.html(content);
  });
  listRoutes(app, webmail);
  messageRoutes(app, webmail);
  offerRoutes(app, webmail);
  folderRoutes(app, webmail);
  searchRoutes(app, webmail);
  scheduledRoutes(app, webmail);
  liveRoutes(app, webmail);
  app.route("/compose", composeRoutes(webmail));
  return app;
};

/** The folder that somebody's webmail opens with: the one he chose, while he may read it. */
function startFolder({ front, access }: Webmail, user: User): number {
  const chosen = front.deps.directory.preferences.of(user.id).startFolder;
  return access.find(user, chosen)?.id ?? access.inbox(user).id;
}

function assemble(front: Front, pictures: Pictures): Webmail {
  const { store, directory, mailstore, transport, now } = front.deps;
  const access = new Access(directory, mailstore);
  const messages = new Messages(mailstore, store.content);
  const lists = new Lists(mailstore, access, now, store.turns, ({ id }) => directory.preferences.of(id).conversations);
  const sanitiser = new Sanitiser();
  const folders = (user: User, current: number | undefined) =>
    railOf(access, user, current, {
      colours: mailstore.colours.of(user.id),
      scheduled: transport.later.count(user.id),
      searches: directory.searches.kept(user.id),
    });
  const around = (c: WebContext, current: number | undefined): MailFrame => {
    const { user } = signedIn(c);
    const frame = c.get("frame")();
    const shelf = c.get("assets");
    const scripts = [...frame.assets.scripts, shelf.address("webmail.js")];
    const sheet = shelf.address("webmail.css");
    // Options are forms and figures; mail has none, and whoever reads it waits for no sheet of theirs.
    const styles = isOption(c) ? [...(frame.assets.styles ?? []), sheet, shelf.address("options.css")] : [sheet];
    return {
      frame: {
        ...frame,
        assets: { ...frame.assets, styles, scripts, manifest: MANIFEST },
      },
      ...(user.webmail
        ? {
            folders: folders(user, current),
            live: () => listening(access, user),
            unreadIcon: shelf.address("mark-unread.svg"),
          }
        : { folders: [], live: undefined }),
      userName: user.fullName || user.login,
      administrator: directory.permits(user, "web.administrator"),
    };
  };
  return {
    front,
    access,
    messages,
    lists,
    searches: new Searches({ mailstore, turns: store.turns, now, saved: directory.searches }, access),
    renderings: new Renderings(messages, sanitiser, pictures),
    sanitiser,
    live: new Live(),
    undo: new Undo((fault) => store.events.fault("webmail", "let go of what was deleted", fault)),
    around,
    show: (c, current, main, status = 200) => {
      const page = { around: around(c, current), main };
      return c.html(wantsFragment(c) ? <MainFragment {...page} /> : <MailPage {...page} />, status);
    },
  };
}

/** Whether the page is one of the options. */
const isOption = (c: WebContext): boolean => c.req.path === OPTIONS || c.req.path.startsWith(`${OPTIONS}/`);

const liveQuery = z.object({ since: z.string().optional(), page: z.uuid().optional().catch(undefined) });

function liveRoutes(app: Hono<WebEnv>, { front, access, live }: Webmail) {
  app.get("/events", asked(liveQuery), (c) => {
    const { user } = signedIn(c);
    const token = front.cookies.session(c);
    const { since, page } = c.req.valid("query");
    const stream = live.stream({
      livePages: front.livePages,
      store: front.deps.store,
      directory: front.deps.directory,
      mailstore: front.deps.mailstore,
      access,
      user,
      lastSeen: c.req.header("last-event-id") ?? since,
      page,
      stillSignedIn: () => {
        const now = front.sessions.current(token, { quietly: true })?.user;
        return now?.id === user.id && now.webmail;
      },
    });
    const headers = { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" };
    return new Response(stream, { headers });
  });
}
