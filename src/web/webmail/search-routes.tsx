/** Searching all folders: the page, what is done with what it found, what comes up while one types, and the form with all fields. */
import type { Hono } from "hono";
import { z } from "zod";
import { FoundFragment } from "../../../views/webmail/page.tsx";
import { SEARCH, searchHref } from "../../../views/webmail/search.tsx";
import { SearchForm } from "../../../views/webmail/search-form.tsx";
import { Panel } from "../../../views/webmail/search-panel.tsx";
import { t } from "../../../views/words/words.ts";
import { forgetSearches, keepSearch, removeSearch } from "../../administration/users/searches.ts";
import type { Mailstore } from "../../mailstore/mailstore.ts";
import { localPath, signedIn, type WebContext, type WebEnv } from "../context.ts";
import { asked, posted, whole } from "../form.ts";
import { perform } from "../performing.ts";
import type { RoledFolder } from "./access.ts";
import { type Action, Actions } from "./actions.ts";
import { labelChoices } from "./labels.ts";
import { queryText, type Token, written } from "./query.ts";
import { folderLabel, inOrder } from "./rail.ts";
import { pageSizeOf, targetOf, type Webmail, wishQuery } from "./room.ts";
import type { SearchWish } from "./searches.ts";
import { suggest } from "./suggesting.ts";
import { type Reversal, undoHref } from "./undo.ts";

const number = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);
const searchQuery = wishQuery.extend({ folder: number.optional().catch(undefined) });

/** "3.17": a message by its folder and UID. */
const message = z.string().regex(/^\d{1,15}\.\d{1,10}$/);
const actForm = z.object({
  uid: z.union([message.transform((one) => [one]), z.array(message)]).default([]),
  do: z.string().max(20).optional(),
  star: z.union([z.literal(""), message]).optional(),
  back: z.string().max(4_000).optional(),
});
const suggestQuery = z.object({
  q: z
    .string()
    .default("")
    .transform((text) => text.slice(0, 500)),
});
const keepForm = z.object({ q: z.string().trim().max(500), name: z.string().max(100).default("") });
const dropForm = z.object({ id: z.coerce.number().int() });
const formText = z.string().max(500).optional();
const formQuery = z.object({
  ...{ go: formText, q: formText, words: formText, without: formText, from: formText, to: formText, subject: formText },
  ...{ filename: formText, after: formText, before: formText, in: formText, is: formText, larger: formText },
  ...{ smaller: formText, has: formText },
});
/** Messages of one form; a page has at most 200 rows. */
const MOST_MESSAGES = 1_000;

export function searchRoutes(app: Hono<WebEnv>, webmail: Webmail) {
  const { front, access, searches } = webmail;
  const { store, mailstore } = front.deps;
  const failed = (fault: unknown) => store.events.fault("webmail", "finish what was begun", fault);
  const actions = new Actions(store, mailstore, access, failed);

  const wishOf = (c: WebContext, { q, page, folder }: z.output<typeof searchQuery>): SearchWish => {
    const from = folder === undefined ? undefined : access.find(signedIn(c).user, folder);
    return { query: q, page, folder: from };
  };

  app.get("/search", asked(searchQuery), async (c) => {
    const wish = wishOf(c, c.req.valid("query"));
    const found = await searches.page(signedIn(c).user, wish, pageSizeOf(webmail));
    if (wish.page === 1 && c.req.query("live") === undefined) await noteSearch(c, webmail, wish.query);
    if (targetOf(c) === "list") return c.html(<FoundFragment around={webmail.around(c, undefined)} found={found} />);
    return await webmail.show(c, undefined, { kind: "found", found, message: undefined });
  });

  suggestRoute(app, webmail);
  app.get("/search/counts", async (c) => c.json(await searches.unread(signedIn(c).user)));
  formRoute(app, webmail);

  app.post("/search/keep", posted(keepForm), async (c) => {
    const { q, name } = whole(c.req.valid("form"));
    const query = queryText(searches.tokens(q));
    const kept = await perform(front, c, keepSearch, { query, name });
    front.sessions.leave(signedIn(c).session.id, { kind: "ok", text: t("The search is kept among your folders.") });
    return c.redirect(searchHref(kept.query), 303);
  });

  app.post("/search/drop", posted(dropForm), async (c) => {
    const { id } = whole(c.req.valid("form"));
    await perform(front, c, removeSearch, { id });
    front.sessions.leave(signedIn(c).session.id, { kind: "ok", text: t("The search is no longer kept.") });
    return c.redirect("/mail/search", 303);
  });

  app.post("/search/forget", async (c) => {
    await perform(front, c, forgetSearches, {});
    front.sessions.leave(signedIn(c).session.id, { kind: "ok", text: t("Your earlier searches are forgotten.") });
    return c.redirect("/mail/search", 303);
  });

  app.post("/search/act", posted(actForm), async (c) => {
    const { uid, do: what, star, back } = whole(c.req.valid("form"));
    const { user, session } = signedIn(c);
    const meant = star ? [star] : [...new Set(uid)].slice(0, MOST_MESSAGES);
    const reversals: Reversal[] = [];
    const sentences: string[] = [];
    for (const [folder, uids] of byFolder(c, webmail, meant)) {
      const action: Action = { uids, what: star ? undefined : what, to: undefined, star: star ? uids[0] : undefined };
      const { sentence, reversal } = await actions.perform(user, folder, action);
      if (sentence !== undefined) sentences.push(sentence);
      if (reversal !== undefined) reversals.push(reversal);
    }
    if (sentences.length > 0) {
      const undo = reversals.length > 0 ? undoHref(webmail.undo.offer(user.id, together(reversals))) : undefined;
      front.sessions.leave(session.id, {
        kind: "info",
        text: sentences.join(" "),
        ...(undo !== undefined && { undo }),
      });
    }
    return c.redirect(localPath(back, "/mail/search"), 303);
  });
}

/** Remembers what was looked for, to offer it again. */
async function noteSearch(c: WebContext, { front, searches }: Webmail, query: string): Promise<void> {
  const { store, directory, now } = front.deps;
  const { user } = signedIn(c);
  const text = queryText(searches.tokens(query));
  if (text === "" || directory.searches.earlier(user.id, 1)[0] === text) return;
  await store.commit((tx) => directory.searches.noteWithin(tx, user.id, text, now()));
}

/** Messages below the box while one types, and how long is looked for them. */
const FIRST_HITS = 6;
const SUGGEST_MS = 70;

function suggestRoute(app: Hono<WebEnv>, { front, access, searches }: Webmail) {
  app.get("/search/suggest", asked(suggestQuery), async (c) => {
    const { q } = c.req.valid("query");
    const { user } = signedIn(c);
    const { directory, mailstore, now } = front.deps;
    const folders = () => access.reached(user).flatMap(({ folders: found }) => found);
    const labels = q.includes("label:") ? await labelsIn(mailstore, access.inbox(user)) : [];
    const { options } = suggest(q, {
      now: now(),
      people: (typed, most) => directory.completion.complete(user.id, typed, now(), most),
      folders,
      labels: () => labels,
      kept: () => directory.searches.kept(user.id),
      earlier: (most) => directory.searches.earlier(user.id, most),
    });
    const tokens = searches.tokens(q);
    const { hits, done } = await searches.find(user, tokens, { enough: FIRST_HITS + 1, patience: SUGGEST_MS });
    const rows = await searches.rows(hits.slice(0, FIRST_HITS), tokens, q);
    const more = hits.length > FIRST_HITS || (!done && tokens.length > 0) ? searchHref(q) : undefined;
    return c.html(<Panel panel={{ options, hits: rows, more }} />);
  });
}

/** The names of the labels that a mailbox has, and of those in use in a folder of it. */
async function labelsIn(mailstore: Mailstore, folder: RoledFolder): Promise<string[]> {
  const view = await mailstore.open(folder.id);
  const labels = labelChoices(mailstore.labels.of(folder.mailboxId), view.keywords);
  view.close();
  return labels.map(({ name }) => name);
}

/** Fields of the form, and the operators they stand for. */
const FORM_FIELDS = [
  "from",
  "to",
  "subject",
  "filename",
  "after",
  "before",
  "in",
  "is",
  "larger",
  "smaller",
  "has",
] as const;

function formRoute(app: Hono<WebEnv>, { access, searches, show }: Webmail) {
  app.get("/search/form", asked(formQuery), async (c) => {
    const fields = c.req.valid("query");
    if (fields.go !== undefined) return c.redirect(searchHref(queryFrom(fields)), 303);
    const { user } = signedIn(c);
    const folders = access
      .reached(user)
      .flatMap((reached) => inOrder(reached.folders))
      .map((folder) => ({ value: folder.role ?? folder.name, label: folderLabel(folder) }));
    const page = { fields: fieldsFrom(searches.tokens(fields.q ?? "")), folders };
    const content = <SearchForm page={page} />;
    return await show(c, undefined, { kind: "other", title: t("Search"), content, place: SEARCH });
  });
}

/** The search that a filled form stands for. */
function queryFrom(fields: z.output<typeof formQuery>): string {
  const without = (fields.without ?? "").split(/\s+/).filter(Boolean);
  const narrowing = FORM_FIELDS.filter((name) => fields[name]?.trim()).map((name) => written(name, fields[name] ?? ""));
  return [fields.words?.trim() ?? "", ...without.map((word) => `-${written("", word)}`), ...narrowing]
    .filter(Boolean)
    .join(" ");
}

/** The form's fields for a search; what it has no field for stands among the words. */
function fieldsFrom(tokens: readonly Token[]): Record<string, string> {
  const fields: Record<string, string> = {};
  const add = (name: string, text: string) => {
    fields[name] = fields[name] === undefined ? text : `${fields[name]} ${text}`;
  };
  for (const { text, not, condition } of tokens) {
    const [, name = "", value = ""] = /^([a-z]+):"?([^"]*)"?$/i.exec(text) ?? [];
    const field = FORM_FIELDS.find((one) => one === name.toLowerCase());
    if (not && condition.kind === "text") add("without", text.slice(1));
    else if (field !== undefined && condition.kind !== "text" && fields[field] === undefined) fields[field] = value;
    else add("words", text);
  }
  return fields;
}

/** Messages by their folders, each of which its reader reaches. @throws Refusal "notFound" */
function byFolder(c: WebContext, { access }: Webmail, messages: readonly string[]): [RoledFolder, number[]][] {
  const byId = Map.groupBy(messages, (one) => Number(one.split(".")[0]));
  return [...byId].map(([folder, some]) => [
    access.folder(signedIn(c).user, folder),
    [...new Set(some.map((one) => Number(one.split(".")[1])))],
  ]);
}

/** What was done in several folders is taken back at once. */
const together = (reversals: readonly Reversal[]): Reversal => ({
  reverse: async () => {
    const said: string[] = [];
    for (const { reverse } of reversals) said.push(await reverse());
    return said.join(" ");
  },
  settle: async () => {
    for (const { settle } of reversals) await settle?.();
  },
});
