/** The list of a folder or a search, part by part, and what is done with its messages. */
import type { Hono } from "hono";
import { z } from "zod";
import { NextRows, Rows } from "../../../views/webmail/list-rows.tsx";
import {
  BesideFragment,
  DoneFragment,
  ListFragment,
  RenewedFragment,
  StarredFragment,
} from "../../../views/webmail/page.tsx";
import { searchHref } from "../../../views/webmail/search.tsx";
import { localPath, signedIn, type WebContext, type WebEnv, wantsFragment } from "../context.ts";
import { asked, flag, posted, whole } from "../form.ts";
import type { RoledFolder } from "./access.ts";
import { type Action, Actions, type Done } from "./actions.ts";
import { addressOf, cursorOf } from "./addresses.ts";
import { actionForm, actionOf } from "./chosen.ts";
import { MOST_AGAIN } from "./listing.ts";
import { folderHref } from "./rail.ts";
import { folderOf, listWish, pageSizeOf, shownBy, targetOf, type Webmail, wishQuery } from "./room.ts";
import { isWide } from "./searches.ts";
import { undoHref } from "./undo.ts";

const undoForm = z.object({ back: z.string().optional() });
const rowsQuery = wishQuery.extend({ after: z.string().optional(), to: z.string().optional(), head: flag });

/** The UID of the message that the browser shows now, going by the address htmx says it is at. */
const openNow = (c: WebContext, folder: number): number => {
  const at = URL.parse(c.req.header("hx-current-url") ?? "");
  // An answer in another folder stands for the conversation in this one.
  const home = /^(\d+)\.(\d+)$/.exec(at?.searchParams.get("in") ?? "");
  const match = home ?? /^\/mail\/f\/(\d+)\/m\/(\d+)$/.exec(at?.pathname ?? "");
  return match !== null && Number(match[1]) === folder ? Number(match[2]) : 0;
};

/** The folder whose page the browser shows. */
const openFolder = (c: WebContext): number | undefined => {
  const path = URL.parse(c.req.header("hx-current-url") ?? "")?.pathname ?? "";
  const match = /^\/mail\/f\/(\d+)/.exec(path);
  return match === null ? undefined : Number(match[1]);
};

export function listRoutes(app: Hono<WebEnv>, webmail: Webmail) {
  const { front, access, lists } = webmail;
  const { store, mailstore } = front.deps;
  const failed = (fault: unknown) => store.events.fault("webmail", "finish what was begun", fault);
  const actions = new Actions(store, mailstore, access, failed);

  app.get("/f/:folder{\\d+}", asked(wishQuery), async (c) => {
    const folder = folderOf(c, webmail);
    const { q: query } = c.req.valid("query");
    if (isWide(query)) return c.redirect(searchHref(query, folder.id), 303);
    const asked = targetOf(c) === "list";
    // The list fetches itself anew beside an open message; that stays the current one.
    const open = asked && c.req.header("hx-source")?.endsWith("#list") ? openNow(c, folder.id) : 0;
    const list = await lists.read(folder, listWish(c.req.valid("query"), open), pageSizeOf(webmail));
    if (asked) {
      return c.html(<ListFragment around={webmail.around(c, folder.id)} list={list} message={open > 0} />);
    }
    return await webmail.show(c, folder.id, { kind: "mail", list, message: undefined });
  });

  app.get("/f/:folder{\\d+}/rows", asked(rowsQuery), async (c) => {
    const folder = folderOf(c, webmail);
    const asks = c.req.valid("query");
    const open = openNow(c, folder.id);
    const wish = listWish(asks, open);
    const [after, to] = [cursorOf(asks.after), cursorOf(asks.to)];
    const { head } = asks;
    const part = await lists.lines(folder, wish, { after, to, head }, head ? MOST_AGAIN : pageSizeOf(webmail));
    if (!head) {
      if (to === undefined) return c.html(<NextRows part={part} compose={folder.ownDrafts} />);
      return c.html(<Rows part={part} compose={folder.ownDrafts} />);
    }
    const list = await lists.read(folder, wish, pageSizeOf(webmail));
    const around = webmail.around(c, folder.id);
    if (part.rows.length > 0 && part.rows.length < MOST_AGAIN) {
      const renewed = { around, list: { ...list, ...part }, message: open > 0, marks: await marksOf(c, folder) };
      return c.html(<RenewedFragment {...renewed} />);
    }
    // Nothing is left of it, or it has become too long: it begins anew.
    return c.html(<ListFragment around={around} list={list} message={open > 0} />);
  });

  /** The marks of the message that the browser shows, if it lies in a folder. */
  const marksOf = async (c: WebContext, folder: RoledFolder) => {
    const path = URL.parse(c.req.header("hx-current-url") ?? "")?.pathname ?? "";
    const [, shown] = new RegExp(`^/mail/f/${folder.id}/m/(\\d+)$`).exec(path) ?? [];
    return shown === undefined ? undefined : await lists.marks(folder, Number(shown));
  };

  app.post("/f/:folder{\\d+}/act", posted(actionForm), async (c) => {
    const folder = folderOf(c, webmail);
    const { user, session } = signedIn(c);
    const form = whole(c.req.valid("form"));
    const action = await actionOf(form, folder, { lists, mailstore });
    const done = await actions.perform(user, folder, action, shownBy(c, webmail));
    const { sentence, reversal } = done;
    if (sentence !== undefined) {
      const undo = reversal && undoHref(webmail.undo.offer(user.id, reversal));
      front.sessions.leave(session.id, { kind: "info", text: sentence, ...(undo !== undefined && { undo }) });
    }
    // To open a message again would mark it as read again.
    const closed = action.what === "unread" ? action.uids : done.gone;
    if (!wantsFragment(c)) return c.redirect(afterAction(c, folder, form.back, closed), 303);
    return await showDone(c, { form: { all: form.all !== undefined, q: form.q }, action, done, closed });
  });

  /** What the page that acted shows now: the lines that it has are changed where they stand. */
  async function showDone(
    c: WebContext,
    {
      form,
      action,
      done,
      closed,
    }: { form: { all: boolean; q: string }; action: Action; done: Done; closed: readonly number[] },
  ) {
    const folder = folderOf(c, webmail);
    const open = openNow(c, folder.id);
    const closes = closed.includes(open);
    const wish = { page: 1, query: form.q, open: closes ? 0 : open };
    if (action.star !== undefined) {
      const [row] = await lists.rows(folder, [action.star], wish);
      const starred = { row, list: { opensCompose: folder.ownDrafts }, marks: await marksOf(c, folder) };
      return c.html(<StarredFragment {...starred} />);
    }
    const list = await lists.read(folder, wish, pageSizeOf(webmail));
    if (closes) c.header("HX-Replace-Url", addressOf(folder.id, undefined, wish));
    const emptied = list.rows.length === 0;
    if (form.all || emptied) {
      c.header("HX-Replace-Url", addressOf(folder.id, undefined, wish));
      return await webmail.show(c, folder.id, { kind: "mail", list, message: undefined });
    }
    const around = webmail.around(c, folder.id);
    const gone = new Set(done.gone);
    const marked = action.uids.filter((uid) => !gone.has(uid));
    const changed = await lists.rows(folder, marked, wish);
    const marks = closes ? undefined : await marksOf(c, folder);
    return c.html(<DoneFragment {...{ around, list, changed, marks }} gone={[...gone]} closed={closes} />);
  }

  app.post("/undo/:token", posted(undoForm), async (c) => {
    const { user, session } = signedIn(c);
    const text = await webmail.undo.take(user.id, c.req.param("token"));
    front.sessions.leave(session.id, { kind: "ok", text });
    // The list hears that something changed; whatever page it is, nothing else of it is another.
    if (wantsFragment(c)) return c.html(<BesideFragment around={webmail.around(c, openFolder(c))} />);
    const at = URL.parse(c.req.header("hx-current-url") ?? c.req.header("referer") ?? "");
    return c.redirect(localPath(at === null ? undefined : at.pathname + at.search, "/mail"), 303);
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
