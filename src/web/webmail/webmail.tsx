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
import { z } from "zod";
import completeScript from "../../../views/webmail/complete.js" with { type: "text" };
import { HeaderFields } from "../../../views/webmail/fields.tsx";
import { Row } from "../../../views/webmail/list.tsx";
import {
  ListFragment,
  type MailFrame,
  type MailMain,
  MailPage,
  MainFragment,
  ReaderFragment,
} from "../../../views/webmail/page.tsx";
import style from "../../../views/webmail/webmail.css" with { type: "text" };
import script from "../../../views/webmail/webmail.js" with { type: "text" };
import { SEEN } from "../../mailstore/flags.ts";
import { decodeWords } from "../../mime/words.ts";
import { Refusal } from "../../refusal.ts";
import { localPath, signedIn, type WebContext, type WebEnv, wantsFragment } from "../context.ts";
import { asked, flag, oneOf, pageNumber, posted, whole } from "../form.ts";
import { requireUser } from "../login.tsx";
import type { Front, Site } from "../site.ts";
import { Access, type RoledFolder } from "./access.ts";
import { Actions, actionForm, actionOf } from "./actions.ts";
import { composeRoutes } from "./compose.tsx";
import { displayMessage, type OpenWish } from "./display.ts";
import { bodyStream, messageResponse, partResponse, sourceResponse } from "./download.ts";
import { frameDocument, frameHeaders } from "./frame.ts";
import { addressOf, Lists, type ListWish } from "./listing.ts";
import { Live, liveHref } from "./live.ts";
import { Messages } from "./message.ts";
import { oneLine } from "./names.ts";
import { optionsRoutes } from "./options/options.tsx";
import { folderHref, railOf } from "./rail.ts";
import { Renderings } from "./rendering.ts";
import { Sanitiser } from "./sanitiser.ts";
import { webmailSettings } from "./settings.ts";

/** What the routes of webmail share. */
export interface Webmail {
  readonly front: Front;
  readonly access: Access;
  readonly messages: Messages;
  readonly lists: Lists;
  readonly renderings: Renderings;
  /** The page around a main part. `current` is the folder marked in the rail. */
  readonly around: (c: WebContext, current: number | undefined) => MailFrame;
  /** Answers with the whole page, or for htmx with the main part. */
  readonly show: (
    c: WebContext,
    current: number | undefined,
    main: MailMain,
    status?: 200 | 422,
  ) => Response | Promise<Response>;
}

/** Webmail as the front mounts it. */
export const webmailSite = (front: Front): Site => ({
  path: "/mail",
  app: webmailRoutes(front),
  assets: [
    { name: "webmail.css", type: "text/css", text: style },
    // Completion comes first: it takes keys before others see them.
    { name: "webmail.js", type: "text/javascript", text: `${completeScript}\n${script}` },
  ],
  largestBody: (multipart) => {
    const { attachmentOctets, textOctets } = front.deps.store.settings.get(webmailSettings);
    // Without files, a form writes an octet as three characters at worst.
    return (multipart ? attachmentOctets + textOctets : 3 * textOctets) + 100_000;
  },
});

/** All of webmail's addresses, below wherever they are mounted. */
const webmailRoutes = (front: Front): Hono<WebEnv> => {
  const webmail = assemble(front);
  const app = new Hono<WebEnv>();
  app.use(requireUser());
  // Also for administrators without webmail: they sign in, too.
  app.route("/options", optionsRoutes(webmail));
  app.use(async function requireWebmail(c, next) {
    if (signedIn(c).user.webmail) return await next();
    throw new Refusal("notPermitted", "Webmail is not open to this account. Ask the administrator.");
  });
  app.get("/", (c) => c.redirect(folderHref(webmail.access.inbox(signedIn(c).user).id), 303));
  listRoutes(app, webmail);
  messageRoutes(app, webmail);
  liveRoutes(app, webmail);
  app.route("/compose", composeRoutes(webmail));
  return app;
};

function assemble(front: Front): Webmail {
  const { store, directory, mailstore, now } = front.deps;
  const access = new Access(directory, mailstore);
  const messages = new Messages(mailstore, store.content);
  const around = (c: WebContext, current: number | undefined): MailFrame => {
    const { user } = signedIn(c);
    const frame = c.get("frame")();
    const shelf = c.get("assets");
    const scripts = [...frame.assets.scripts, shelf.address("webmail.js")];
    return {
      frame: { ...frame, assets: { ...frame.assets, styles: [shelf.address("webmail.css")], scripts } },
      ...(user.webmail
        ? { folders: railOf(access, user, current), live: liveHref(access, user) }
        : { folders: [], live: undefined }),
      userName: user.fullName || user.login,
      administrator: directory.permits(user, "web.administrator"),
    };
  };
  return {
    front,
    access,
    messages,
    lists: new Lists(mailstore, access, now),
    renderings: new Renderings(messages, new Sanitiser()),
    around,
    show: (c, current, main, status = 200) => {
      const page = { around: around(c, current), main };
      return c.html(wantsFragment(c) ? <MainFragment {...page} /> : <MailPage {...page} />, status);
    },
  };
}

/** Which element htmx will put the answer into, by its id. */
const targetOf = (c: WebContext): string =>
  wantsFragment(c) ? (c.req.header("hx-target") ?? "").replace(/^.*#/, "") : "";

const wishQuery = z.object({ q: z.string().default(""), page: pageNumber });
const readQuery = wishQuery.extend({ view: oneOf("", "text"), pictures: flag });

const partQuery = z.object({ view: flag });
const liveQuery = z.object({ since: z.string().optional() });

const listWish = ({ q: query, page }: z.output<typeof wishQuery>, open: number): ListWish => ({ page, query, open });

/** The UID of the message that the browser shows now, going by the address htmx says it is at. */
const openNow = (c: WebContext, folder: number): number => {
  const path = URL.parse(c.req.header("hx-current-url") ?? "")?.pathname ?? "";
  const match = /^\/mail\/f\/(\d+)\/m\/(\d+)$/.exec(path);
  return match !== null && Number(match[1]) === folder ? Number(match[2]) : 0;
};

const folderOf = (c: WebContext, { access }: Webmail): RoledFolder =>
  access.folder(signedIn(c).user, Number(c.req.param("folder")));

const pageSizeOf = ({ front }: Webmail): number => front.deps.store.settings.get(webmailSettings).pageSize;

function listRoutes(app: Hono<WebEnv>, webmail: Webmail) {
  const { front, access, lists } = webmail;
  const actions = new Actions(front.deps.store, front.deps.mailstore, access);

  app.get("/f/:folder{\\d+}", asked(wishQuery), async (c) => {
    const folder = folderOf(c, webmail);
    const asked = targetOf(c) === "list";
    // The list fetches itself anew beside an open message; that stays the current one.
    const open = asked && c.req.header("hx-source")?.endsWith("#list") ? openNow(c, folder.id) : 0;
    const list = await lists.read(folder, listWish(c.req.valid("query"), open), pageSizeOf(webmail));
    if (asked) {
      return c.html(<ListFragment around={webmail.around(c, folder.id)} list={list} message={open > 0} />);
    }
    return await webmail.show(c, folder.id, { kind: "mail", list, message: undefined });
  });

  app.post("/f/:folder{\\d+}/act", posted(actionForm), async (c) => {
    const folder = folderOf(c, webmail);
    const { user, session } = signedIn(c);
    const form = whole(c.req.valid("form"));
    const action = actionOf(form);
    const done = await actions.perform(user, folder, action);
    if (done.sentence !== undefined) front.sessions.leave(session.id, { kind: "info", text: done.sentence });
    // To open a message again would mark it as read again.
    const closed = action.what === "unread" ? action.uids : done.gone;
    return c.redirect(afterAction(c, folder, form.back, closed), 303);
  });
}

/** Where the browser goes on: where it was, but not to a message that is closed now. */
function afterAction(c: WebContext, folder: RoledFolder, back: string | undefined, closed: readonly number[]): string {
  const at = URL.parse(c.req.header("hx-current-url") ?? "");
  const wanted = at === null ? back : at.pathname + at.search;
  const path = localPath(wanted, folderHref(folder.id));
  const match = /^\/mail\/f\/\d+\/m\/(\d+)(\?.*)?$/.exec(path);
  if (match === null) return path.startsWith("/mail/") ? path : folderHref(folder.id);
  return closed.includes(Number(match[1])) ? `${folderHref(folder.id)}${match[2] ?? ""}` : path;
}

function messageRoutes(app: Hono<WebEnv>, webmail: Webmail) {
  const { front, access, messages, lists, renderings } = webmail;
  const openMessage = async (c: WebContext, folder: RoledFolder) =>
    await messages.open(folder, Number(c.req.param("uid")));

  app.get("/f/:folder{\\d+}/m/:uid{\\d+}", asked(readQuery), async (c) => {
    const asks = c.req.valid("query");
    const folder = folderOf(c, webmail);
    const message = await openMessage(c, folder);
    const { uid } = message;
    const inList = listWish(asks, uid);
    const wish: OpenWish = { ...inList, asText: asks.view === "text", pictures: asks.pictures };
    await markRead(c, webmail, folder, uid, message.flags.system);
    const about = { access, renderings, folder, now: front.deps.now() };
    const shown = await displayMessage(about, message, wish);
    const fresh = folderOf(c, webmail);
    if (targetOf(c) !== "reader") {
      const list = await lists.read(fresh, inList, pageSizeOf(webmail));
      return await webmail.show(c, folder.id, { kind: "mail", list, message: shown });
    }
    const row = await lists.row(fresh, uid, inList);
    const rows =
      row === undefined ? null : (
        <hx-partial hx-target={`#m${uid}`} hx-swap="outerMorph">
          <Row row={row} compose={false} />
        </hx-partial>
      );
    return c.html(<ReaderFragment around={webmail.around(c, folder.id)} message={shown} rows={rows} />);
  });

  app.get("/f/:folder{\\d+}/m/:uid{\\d+}/body", asked(readQuery), async (c) => {
    const message = await openMessage(c, folderOf(c, webmail));
    const { pictures } = c.req.valid("query");
    const rendered = await renderings.render(message, { asText: false, pictures });
    if (rendered.kind !== "html") throw new Refusal("notFound", "This message has no formatting.");
    const document = frameDocument(messages, message, rendered, front.cookies.theme(c));
    return new Response(bodyStream(document), { headers: frameHeaders(pictures) });
  });

  app.get("/f/:folder{\\d+}/m/:uid{\\d+}/part/:part{[\\d.]+|TEXT}", asked(partQuery), async (c) => {
    const message = await openMessage(c, folderOf(c, webmail));
    return partResponse(messages, message, c.req.param("part"), c.req.valid("query").view);
  });

  app.get("/f/:folder{\\d+}/m/:uid{\\d+}/message.eml", async (c) =>
    messageResponse(messages, await openMessage(c, folderOf(c, webmail))),
  );

  app.get("/f/:folder{\\d+}/m/:uid{\\d+}/source", async (c) =>
    sourceResponse(messages, await openMessage(c, folderOf(c, webmail))),
  );

  app.get("/f/:folder{\\d+}/m/:uid{\\d+}/headers", async (c) => {
    const folder = folderOf(c, webmail);
    const message = await openMessage(c, folder);
    const fields = message.header.fields.slice(0, MOST_FIELDS).map((field) => ({
      name: oneLine(message.header.octets.slice(field.start, field.valueStart - 1), 100),
      value: oneLine(decodeWords(message.header.octetsOf(field)), LONGEST_FIELD),
    }));
    const back = addressOf(folder.id, message.uid, { page: 1, query: "" });
    const content = <HeaderFields fields={fields} back={back} alone={targetOf(c) !== "dialog"} />;
    if (targetOf(c) === "dialog") return c.html(content);
    return await webmail.show(c, folder.id, { kind: "other", title: "Header fields", content });
  });
}

/** Fields and characters of one that the page of header fields shows; the source has all. */
const MOST_FIELDS = 500;
const LONGEST_FIELD = 4_000;

/** Opening a message marks it as read, unless a browser fetches it ahead of its reader. */
async function markRead(c: WebContext, { front, access }: Webmail, folder: RoledFolder, uid: number, system: number) {
  const ahead = /prefetch|preload|prerender/i.test(c.req.header("sec-purpose") ?? c.req.header("purpose") ?? "");
  if (ahead || (system & SEEN) !== 0) return;
  const { user } = signedIn(c);
  if (!access.permits(user, folder, "s")) return;
  const change = { mode: "add", flags: { system: SEEN } } as const;
  await front.deps.mailstore.setFlags(folder.id, [uid], change, { reader: folder.reader });
}

function liveRoutes(app: Hono<WebEnv>, { front, access }: Webmail) {
  const live = new Live();
  app.get("/events", asked(liveQuery), (c) => {
    const { user } = signedIn(c);
    const token = front.cookies.session(c);
    const stream = live.stream({
      livePages: front.livePages,
      store: front.deps.store,
      access,
      user,
      lastSeen: c.req.header("last-event-id") ?? c.req.valid("query").since,
      stillSignedIn: () => {
        const now = front.sessions.current(token, { quietly: true })?.user;
        return now?.id === user.id && now.webmail;
      },
    });
    const headers = { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" };
    return new Response(stream, { headers });
  });
}
