/**
 * /confirm: showing again who one is, before second factors are taken away and the like. The session gets a new token and notes the time
 * of the proof, which `auth.provenLately` reads.
 */
import { Hono } from "hono";
import { z } from "zod";
import { ConfirmWho } from "../../views/sign-in.tsx";
import { t } from "../../views/words/words.ts";
import { Refusal } from "../refusal.ts";
import { localPath, sendOn, signedIn, type WebContext, type WebEnv } from "./context.ts";
import { asked, posted, sentenceOf } from "./form.ts";
import { requireUser } from "./login.tsx";
import { passkeySite } from "./passkey-site.ts";
import type { Front } from "./site.ts";
import { answerField, answerOf } from "./steps.tsx";

const confirmQuery = z.object({ next: z.string().optional() });
const confirmForm = z.strictObject({
  next: z.string().max(2000).optional(),
  password: z.string().max(1024).optional(),
  code: z.string().max(100).optional(),
});
const passkeyForm = z.strictObject({ next: z.string().max(2000).optional(), credential: answerField });

/** The page on which one shows again who one is, before going on to `next`. */
export const confirmPath = (next: string): string => `/confirm?next=${encodeURIComponent(next)}`;

export const confirmRoutes = ({ deps, sessions, cookies }: Front): Hono<WebEnv> => {
  const { auth } = deps;
  const { factors } = auth;
  const app = new Hono<WebEnv>();
  app.use("/confirm", requireUser());
  app.use("/confirm/*", requireUser());

  const about = (c: WebContext) => ({ purpose: "prove", binding: c.get("csrf") }) as const;

  const show = (c: WebContext, next: string, problem?: string) => {
    const { user } = signedIn(c);
    const site = passkeySite(c);
    const here = factors.passkeys.list(user.id).some(({ host }) => host === site?.host) ? site : undefined;
    const page = {
      ...{ next, login: user.login, password: user.hasPassword || user.external !== null },
      code: factors.totp.confirmedAt(user.id) !== undefined,
      ...(problem !== undefined && { problem }),
      ...(here && { passkey: factors.passkeys.signInOptions(about(c), here, user.id) }),
    };
    return c.html(<ConfirmWho frame={c.get("frame")()} page={page} />, problem === undefined ? 200 : 401);
  };

  const goOn = async (c: WebContext, next: string) => {
    const { session } = signedIn(c);
    cookies.setSession(c, await sessions.prove(session), session.remembered);
    return sendOn(c, next);
  };

  app.get("/confirm", asked(confirmQuery), (c) => show(c, localPath(c.req.valid("query").next, "/")));

  app.post("/confirm", posted(confirmForm), async (c) => {
    const form = c.req.valid("form");
    if (!form.ok) return show(c, "/", t("Give your password."));
    const { password, code } = form.value;
    const next = localPath(form.value.next, "/");
    const { user } = signedIn(c);
    const { address: remote, secure } = c.get("client");
    try {
      if (password !== undefined) await auth.confirmation.byPassword(user, { password, remote, secure });
      else await auth.confirmation.byCode(user, { code: code ?? "", remote });
    } catch (thrown) {
      return show(c, next, sentenceOf(thrown));
    }
    return await goOn(c, next);
  });

  app.post("/confirm/passkey", posted(passkeyForm), async (c) => {
    const form = c.req.valid("form");
    const site = passkeySite(c);
    if (!form.ok || site === undefined)
      throw new Refusal("invalid", "That form was not complete. Load the page again.");
    const next = localPath(form.value.next, "/");
    const proof = await factors.passkeys.proof(about(c), answerOf(form.value.credential), site);
    if (proof?.passkey.user !== signedIn(c).user.id) return show(c, next, t("That passkey is not one of yours."));
    return await goOn(c, next);
  });

  return app;
};
