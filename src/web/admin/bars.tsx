/** Bars: who is barred and why, lifting, barring by hand, and the networks that are never barred. */
import { Hono } from "hono";
import { z } from "zod";
import { type BarLine, Bars, type BarsPage, LENGTHS } from "../../../views/admin/bars.tsx";
import {
  addBar,
  type BarView,
  liftBar,
  listBars,
  setAllowList,
  showAllowList,
} from "../../administration/server/bars.ts";
import { lockoutSettings } from "../../auth/settings.ts";
import type { WebContext, WebEnv } from "../context.ts";
import { asked, listQuery, oneOf, posted, sentenceOf, ticked, whole } from "../form.ts";
import { doneAt, perform } from "../performing.ts";
import type { Front } from "../site.ts";
import { adminFrame, PAGE_SIZE, pagesOf } from "./office.ts";
import { networkLines } from "./services.tsx";

const barsQuery = z.object({ ...listQuery, only: oneOf("all", "barred", "watched") });

const addForm = z.strictObject({
  name: z.string().trim().min(1, "Say whom: an address, a network or a login name.").max(512),
  for: z.enum(
    LENGTHS.map(({ value }) => value),
    "Choose for how long.",
  ),
  why: z.string().trim().max(200, "A reason has at most 200 characters."),
});
const allowForm = z.strictObject({ networks: networkLines, exemptLan: ticked });
const liftForm = z.strictObject({ name: z.string().max(512) });

const WHY: Readonly<Record<BarView["why"], string>> = {
  login: "wrong passwords",
  repeat: "one wrong password, over and over",
  recipient: "mail to addresses that do not exist",
  relay: "mail for others, without a login",
  protocol: "senseless commands",
  page: "pages that do not exist",
  hand: "barred by hand",
};

const wordsFor = (why: string): string => WHY[why as BarView["why"]] ?? why;

/** The latest first; what came several times over stands once. */
const evidenceOf = (evidence: BarView["evidence"]): BarLine["evidence"] => {
  const found: { at: number; words: string; times: number }[] = [];
  for (const { at, why, detail } of evidence) {
    const words = detail === "" ? wordsFor(why) : `${wordsFor(why)}: ${detail}`;
    const last = found.at(-1);
    if (last?.words === words) found.splice(-1, 1, { at: Date.parse(at), words, times: last.times + 1 });
    else found.push({ at: Date.parse(at), words, times: 1 });
  }
  return found.reverse();
};

const lineOf = (
  { since, until, why, text, evidence, ...bar }: BarView,
  most: Record<BarView["kind"], number>,
): BarLine => ({
  ...bar,
  most: most[bar.kind],
  why: text === "" ? wordsFor(why) : text,
  since: since === null ? null : Date.parse(since),
  until: until === null ? null : Date.parse(until),
  evidence: evidenceOf(evidence),
});

/** What stays in the forms where something was wrong with them. */
type Typed = { add?: BarsPage["add"]; allow?: BarsPage["allow"] };

export const barRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();

  const show = async (c: WebContext, { q, page, only }: z.output<typeof barsQuery>, typed: Typed = {}) => {
    const found = await perform(front, c, listBars, { search: q, only, page, pageSize: PAGE_SIZE });
    const allowed = await perform(front, c, showAllowList, {});
    const { barAfter, barAccountAfter } = front.deps.store.settings.get(lockoutSettings);
    const most = { address: barAfter, network: barAfter, account: barAccountAfter };
    const view: BarsPage = {
      ...{ search: q, page, filter: only, total: found.total, pages: pagesOf(found.total) },
      ...{ barred: found.barred, turnedAway: found.turnedAway, lines: found.bars.map((bar) => lineOf(bar, most)) },
      add: typed.add ?? { name: "", length: "1d", why: "", errors: {} },
      allow: typed.allow ?? { networks: allowed.networks.join("\n"), exemptLan: allowed.exemptLan },
    };
    const wrong = typed.add !== undefined || typed.allow !== undefined;
    return c.html(<Bars frame={adminFrame(front, c)} page={view} />, wrong ? 422 : 200);
  };

  const all = { q: "", page: 1, only: "all" } as const;

  app.get("/", asked(barsQuery), (c) => show(c, c.req.valid("query")));

  app.post("/", posted(addForm), async (c) => {
    const form = c.req.valid("form");
    const { name = "", for: length = "", why = "" } = form.fields;
    if (!form.ok) return await show(c, all, { add: { name, length, why, errors: form.errors } });
    const { for: chosen, ...bar } = form.value;
    try {
      await perform(front, c, addBar, { ...bar, ...(chosen !== "" && { for: chosen }) });
    } catch (thrown) {
      return await show(c, all, { add: { name, length, why, errors: {}, problem: sentenceOf(thrown) } });
    }
    return doneAt(front, c, `${bar.name} is barred.`, "/admin/bars");
  });

  app.post("/lift", posted(liftForm), async (c) => {
    const { name } = whole(c.req.valid("form"));
    await perform(front, c, liftBar, { name });
    return doneAt(front, c, `Nothing is held against ${name} any more.`, "/admin/bars");
  });

  app.post("/allow", posted(allowForm), async (c) => {
    const form = c.req.valid("form");
    const typed = { networks: form.fields.networks ?? "", exemptLan: form.fields.exemptLan !== undefined };
    if (!form.ok) {
      const error = form.errors.networks ?? "These networks cannot be read.";
      return await show(c, all, { allow: { ...typed, error } });
    }
    try {
      await perform(front, c, setAllowList, form.value);
    } catch (thrown) {
      return await show(c, all, { allow: { ...typed, error: sentenceOf(thrown) } });
    }
    return doneAt(front, c, "The list of networks that are never barred was changed.", "/admin/bars");
  });

  return app;
};
