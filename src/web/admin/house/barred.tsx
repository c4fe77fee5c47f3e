/** Barred addresses: the list, adding to it, trying it, and one entry. Mounted by house.tsx at /admin/house/barred. */
import { Hono } from "hono";
import { z } from "zod";
import {
  BARRED,
  BarredAddresses,
  BarredEntry,
  type BarredLine,
  type BarredTest,
} from "../../../../views/admin/house/barred.tsx";
import type { TabForm } from "../../../../views/parts/tabs.tsx";
import {
  addBarred,
  type BarredAnswer,
  type BarredView,
  listBarred,
  removeBarred,
  setBarred,
  showBarred,
  tryBarred,
} from "../../../administration/house/barred.ts";
import type { WebContext, WebEnv } from "../../context.ts";
import {
  anyFields,
  asked,
  type Errors,
  errorsFrom,
  type Fields,
  listQuery,
  oneOf,
  posted,
  searchText,
  statusFrom,
} from "../../form.ts";
import { doneAt, perform } from "../../performing.ts";
import type { Front } from "../../site.ts";
import { linesOf, parsed } from "../gateway/fields.ts";
import { adminFrame, idOf, PAGE_SIZE, pagesOf } from "../office.ts";

const query = z.object({
  ...listQuery,
  only: oneOf("all", "bar", "allow"),
  address: searchText,
  as: oneOf("sender", "recipient"),
  way: oneOf("in", "out"),
});
type Query = z.output<typeof query>;

const lineOf = ({ lastHitAt, createdAt: _, ...entry }: BarredView): BarredLine => ({
  ...entry,
  lastHitAt: lastHitAt === null ? null : Date.parse(lastHitAt),
});

const ANSWERS = {
  taken: { kind: "ok", title: "It is taken" },
  excepted: { kind: "ok", title: "It is excepted" },
  refused: { kind: "danger", title: "It is refused" },
} as const satisfies Record<BarredAnswer["outcome"], object>;

/** What the form says of an entry; the operation judges it. */
const valuesOf = ({ side = "", direction = "", action = "", text = "", note = "" }: Fields) => ({
  ...{ side, direction, action, text, note },
});

export const barredRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();

  const trial = async (c: WebContext, { address, as: side, way: direction }: Query): Promise<BarredTest> => {
    const typed = { address, side, direction, errors: {} };
    if (address === "") return typed;
    try {
      const answer = await perform(front, c, tryBarred, { address, side, direction });
      return { ...typed, answer: { ...ANSWERS[answer.outcome], sentence: answer.sentence, entry: answer.entry } };
    } catch (thrown) {
      return { ...typed, errors: errorsFrom(thrown) };
    }
  };

  const show = async (
    c: WebContext,
    wishes: Query,
    typed?: Fields,
    errors: Errors = {},
    status: 200 | 403 | 422 = 200,
  ) => {
    const { q: search, page, only } = wishes;
    const found = await perform(front, c, listBarred, {
      ...{ search, page, pageSize: PAGE_SIZE },
      ...(only !== "all" && { action: only }),
    });
    const add: TabForm = { csrf: c.get("csrf"), action: BARRED, errors, ...(typed && { typed }) };
    const view = {
      ...{ search, page, filter: only, total: found.total, pages: pagesOf(found.total), add },
      lines: found.entries.map(lineOf),
      test: await trial(c, wishes),
    };
    return c.html(<BarredAddresses frame={adminFrame(front, c)} page={view} />, status);
  };

  const entryOf = (c: WebContext): Promise<BarredView> => perform(front, c, showBarred, { id: idOf(c) ?? 0 });

  const showOne = async (
    c: WebContext,
    entry: BarredView,
    typed?: Fields,
    errors: Errors = {},
    status: 200 | 403 | 422 = 200,
  ) => {
    const form = { csrf: c.get("csrf"), action: `${BARRED}/${entry.id}`, errors, ...(typed && { typed }) };
    return c.html(<BarredEntry frame={adminFrame(front, c)} line={lineOf(entry)} form={form} />, status);
  };

  app.get("/", asked(query), (c) => show(c, c.req.valid("query")));

  app.post("/", posted(anyFields), async (c) => {
    const { fields } = c.req.valid("form");
    try {
      const given = parsed(addBarred.input, { ...valuesOf(fields), patterns: linesOf(fields.patterns) });
      const { entries } = await perform(front, c, addBarred, given);
      const [first, ...more] = entries;
      const words = more.length > 0 ? `${entries.length} entries are listed.` : `${first?.pattern} is listed.`;
      return doneAt(front, c, words, BARRED);
    } catch (thrown) {
      return await show(c, query.parse({}), fields, errorsFrom(thrown), statusFrom(thrown));
    }
  });

  app.get("/:id{\\d+}", async (c) => showOne(c, await entryOf(c)));

  app.post("/:id{\\d+}", posted(anyFields), async (c) => {
    const entry = await entryOf(c);
    const { fields } = c.req.valid("form");
    try {
      const given = { ...valuesOf(fields), pattern: fields.pattern ?? "", id: entry.id };
      const after = await perform(front, c, setBarred, parsed(setBarred.input, given));
      return doneAt(front, c, `${after.pattern} was changed.`, BARRED);
    } catch (thrown) {
      return await showOne(c, entry, fields, errorsFrom(thrown), statusFrom(thrown));
    }
  });

  app.post("/:id{\\d+}/remove", async (c) => {
    const entry = await entryOf(c);
    await perform(front, c, removeBarred, { id: entry.id });
    return doneAt(front, c, `${entry.pattern} is not listed any more.`, BARRED);
  });

  return app;
};
