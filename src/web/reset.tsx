/** /reset/TOKEN: setting a new password under a link from an administrator. Whether a link was ever good is not told. */
import { Hono } from "hono";
import { z } from "zod";
import { Strength } from "../../views/parts/password.tsx";
import { Reset, ResetOver } from "../../views/sign-in.tsx";
import { t } from "../../views/words/words.ts";
import { Refusal } from "../refusal.ts";
import { sendOn, type WebContext, type WebEnv } from "./context.ts";
import { anyFields, posted, sentenceOf } from "./form.ts";
import type { Front } from "./site.ts";

const resetForm = z.strictObject({ username: z.string().max(512).optional(), password: z.string().max(1024) });

export const resetRoutes = ({ deps, cookies, sessions }: Front): Hono<WebEnv> => {
  const { auth } = deps;
  const app = new Hono<WebEnv>();

  const over = (c: WebContext) => {
    auth.lockout.strike(c.get("client").address, "page", { detail: "web: a link that is no longer good" });
    return c.html(<ResetOver frame={c.get("frame")()} />, 404);
  };

  const show = (c: WebContext, token: string, problem?: string) => {
    const user = auth.resets.find(token);
    if (user === undefined) return over(c);
    const page = { login: user.login, ...(problem !== undefined && { problem }) };
    const status = problem === undefined ? 200 : 422;
    return c.html(<Reset frame={c.get("frame")()} page={page} action={`/reset/${token}`} />, status);
  };

  app.get("/reset/:token", (c) => show(c, c.req.param("token")));

  app.post("/reset/:token", posted(resetForm), async (c) => {
    const token = c.req.param("token");
    const form = c.req.valid("form");
    if (!form.ok) return show(c, token, t("Choose a password of at most 1024 characters."));
    try {
      const user = await auth.resets.redeem(token, form.value.password);
      if (user === undefined) return over(c);
      const remote = c.get("client").address;
      deps.store.events.log({ room: "auth", name: "password.reset", user: user.login, remote, text: "Set by a link" });
    } catch (thrown) {
      return show(c, token, sentenceOf(thrown));
    }
    const who = c.get("signedIn");
    if (who !== undefined) await sessions.close(who.session.id);
    cookies.clearSession(c);
    return sendOn(c, "/login?signed=reset");
  });

  app.post("/reset/:token/strength", posted(anyFields), async (c) => {
    const user = auth.resets.find(c.req.param("token"));
    if (user === undefined) throw new Refusal("notPermitted", "This link is no longer good.");
    const { password = "" } = c.req.valid("form").fields;
    return c.html(<Strength strength={await auth.strength(password, auth.passwords.wordsOf(user))} />);
  });

  return app;
};
