/**
 * The compose form's addresses: opening it, saving (by itself while one types), attaching, removing, sending, discarding. The form is
 * read as it arrives, fields first and files last, so that files go from the browser into the stored message in one pass. What is
 * done is in bench.tsx.
 */

import { Hono } from "hono";
import { z } from "zod";
import { ComposeFiles, type ComposePage, ComposeText, DraftState } from "../../../views/webmail/compose.tsx";
import { Suggestions } from "../../../views/webmail/suggestions.tsx";
import { completeAddress } from "../../administration/users/contacts.ts";
import { setPreferences } from "../../administration/users/preferences.ts";
import { formatAddress } from "../../mime/write.ts";
import { actorOf, type WebEnv } from "../context.ts";
import { asked } from "../form.ts";
import { perform } from "../performing.ts";
import { Bench, openQuery } from "./bench.tsx";
import { readForm } from "./letter-form.ts";
import { parcelRoutes } from "./parcel-routes.tsx";
import { addressNamed } from "./recipients.ts";
import { redirectRoutes } from "./redirect.tsx";
import type { Webmail } from "./room.ts";

/** The beginning of an address that is to be completed; more than this is no beginning. */
const completeQuery = z.object({ typed: z.string().transform((text) => text.slice(0, 200)) });
const pictureQuery = z.object({ key: z.string(), about: z.string().default(""), cid: z.string() });

/** Routes below /mail/compose. */
export const composeRoutes = (webmail: Webmail): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const bench = new Bench(webmail);

  app.get("/", asked(openQuery), async (c) => await bench.open(c, c.req.valid("query")));

  app.get("/complete", asked(completeQuery), async (c) => {
    const { administration } = webmail.front.deps;
    const { suggestions } = await administration.perform(completeAddress, actorOf(c), c.req.valid("query"));
    const offered = suggestions.map((one) => ({ ...one, value: formatAddress(addressNamed(one.name, one.address)) }));
    return c.html(<Suggestions suggestions={offered} />);
  });

  app.get("/picture", asked(pictureQuery), async (c) => await bench.picture(c, c.req.valid("query")));

  app.post("/", async (c) => await bench.act(c, await readForm(c, bench.limits)));

  app.post("/attach", async (c) => {
    const page = await bench.attach(c, await readForm(c, bench.limits));
    return page === undefined ? c.body(null, 204) : c.html(<Saved page={page} files />);
  });

  app.post("/save", async (c) => {
    const form = await readForm(c, bench.limits);
    const page = await bench.save(c, form);
    return page === undefined ? c.body(null, 204) : c.html(<Saved page={page} files={form.take.length > 0} />);
  });

  // The text in its other form. It is how the next message begins, too.
  app.post("/format", async (c) => {
    const form = await readForm(c, bench.limits);
    const format = form.values.into === "plain" ? "plain" : "rich";
    const page = await bench.convert(c, form, format);
    await perform(webmail.front, c, setPreferences, { format });
    return c.html(<ComposeText page={page} />);
  });

  redirectRoutes(app, webmail);
  parcelRoutes(app, webmail);
  return app;
};

/** Pieces of the page that look different now; the script puts each in the place of the one with its id. */
const Saved = ({ page, files }: { page: ComposePage; files: boolean }) => (
  <>
    <DraftState draft={page.draft} saved={page.saved} />
    {files ? <ComposeFiles page={page} /> : null}
  </>
);
