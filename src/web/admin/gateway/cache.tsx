/** The web proxy's cache. Mounted by gateway.tsx at /admin/gateway/cache. */
import { Hono } from "hono";
import { z } from "zod";
import { Confirm, ConfirmForm, type Question } from "../../../../views/admin/confirm.tsx";
import { CACHE, Cache } from "../../../../views/admin/gateway/cache.tsx";
import { purgeCache, showCache } from "../../../administration/gateway/cache.ts";
import { type WebContext, type WebEnv, wantsFragment } from "../../context.ts";
import { type Errors, errorsFrom, posted, statusFrom } from "../../form.ts";
import { doneAt, perform } from "../../performing.ts";
import type { Front } from "../../site.ts";
import { adminFrame } from "../office.ts";

const purgeForm = z.strictObject({ what: z.string().trim().min(1, "Say which address or host.").max(8_192) });

const removedWords = (removed: number): string =>
  removed === 1 ? "One answer was removed." : `${removed.toLocaleString("en")} answers were removed.`;
/** A slip of the keys is told from an address of which something was kept. */
const purgedWords = (removed: number, what: string): string =>
  removed === 0 ? `Nothing was kept of ${what.slice(0, 200)}.` : removedWords(removed);

export const cacheRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();

  const show = async (c: WebContext, typed = "", errors: Errors = {}, status: 200 | 403 | 422 = 200) => {
    const figures = await perform(front, c, showCache, {});
    const page = { ...figures, enabled: switchedOn(front), typed, errors };
    return c.html(<Cache frame={adminFrame(front, c)} page={page} />, status);
  };

  app.get("/", (c) => show(c));

  app.post("/purge", posted(purgeForm), async (c) => {
    const form = c.req.valid("form");
    if (!form.ok) return await show(c, form.fields.what, form.errors, 422);
    const { what } = form.value;
    try {
      const { removed } = await perform(front, c, purgeCache, /^https?:/i.test(what) ? { url: what } : { host: what });
      return doneAt(front, c, purgedWords(removed, what), CACHE);
    } catch (thrown) {
      return await show(c, what, errorsFrom(thrown, { url: "what", host: "what" }), statusFrom(thrown));
    }
  });

  app.get("/purge/all", (c) => {
    const question: Question = {
      title: "Empty the cache?",
      text: "Every answer that is kept is removed. Pages are fetched anew when somebody asks for them.",
      action: `${CACHE}/purge/all`,
      doIt: "Empty the cache",
      back: CACHE,
    };
    if (wantsFragment(c)) return c.html(<ConfirmForm question={question} csrf={c.get("csrf")} />);
    return c.html(<Confirm frame={adminFrame(front, c)} place="gateway/cache" question={question} />);
  });

  app.post("/purge/all", async (c) => {
    const { removed } = await perform(front, c, purgeCache, { all: true });
    return doneAt(front, c, removedWords(removed), CACHE);
  });

  return app;
};

/** Whether the cache is switched on; undefined where there is no such setting. */
function switchedOn({ deps }: Front): boolean | undefined {
  const titled = deps.settingsGroups.find(({ group }) => group.name === "proxyCache");
  const enabled = titled && deps.store.settings.get(titled.group).enabled;
  return typeof enabled === "boolean" ? enabled : undefined;
}
