/** The page of one's own API tokens, for every site that has one: what it does is the same, only the frame differs. */
import { Hono } from "hono";
import { z } from "zod";
import type { KeyLine } from "../../views/parts/keys.tsx";
import type { TokensPage } from "../../views/parts/tokens.tsx";
import { t } from "../../views/words/words.ts";
import { isScope, SCOPE_NAMES, SCOPES } from "../administration/actor.ts";
import {
  addToken,
  listUserTokens,
  revokeToken,
  scopesFor,
  type TokenView,
} from "../administration/signing-in/tokens.ts";
import { confirmPath } from "./confirm.tsx";
import { signedIn, type WebContext, type WebEnv } from "./context.ts";
import { errorsFrom, lines, posted, several, statusFrom, whole } from "./form.ts";
import { doneAt, perform } from "./performing.ts";
import type { Front } from "./site.ts";

const makeForm = z.strictObject({
  name: z.string(),
  scopes: several(SCOPE_NAMES.length, 40).optional().default([]),
  networks: lines.default([]),
  expiresAt: z.string().default(""),
});
const revokeForm = z.strictObject({ id: z.coerce.number().int() });

type Form = TokensPage["form"];

const EMPTY: Form = { name: "", scopes: [], networks: "", expiresAt: "", errors: {} };

const lineOf = ({ scopes, expiresAt, createdAt, lastUsed, ...token }: TokenView): KeyLine => ({
  ...token,
  opens: scopes,
  expiresAt: expiresAt === null ? null : Date.parse(expiresAt),
  createdAt: Date.parse(createdAt),
  lastUse: lastUsed && { ...lastUsed, at: Date.parse(lastUsed.at) },
});

/** The routes of the page at `at`; `render` puts it into the site's frame. */
export const tokenRoutes = (
  front: Front,
  at: string,
  render: (c: WebContext, page: TokensPage) => Parameters<WebContext["html"]>[0],
): Hono<WebEnv> => {
  const { deps } = front;
  const app = new Hono<WebEnv>();

  const show = async (c: WebContext, more: Partial<TokensPage> = {}, status: 200 | 403 | 422 = 200) => {
    const { user, session } = signedIn(c);
    const { tokens } = await perform(front, c, listUserTokens, { login: user.login });
    const page: TokensPage = {
      ...{ at, tokens: tokens.map(lineOf), form: EMPTY },
      scopes: scopesFor(deps, user.login).map((name) => ({ name, about: SCOPES[name] })),
      ...(!deps.auth.confirmation.isRecent(session.id) && { confirm: confirmPath(at) }),
      ...more,
    };
    return c.html(render(c, page), status);
  };

  app.get("/", (c) => show(c));

  app.post("/", posted(makeForm), async (c) => {
    const { name, scopes, networks, expiresAt } = whole(c.req.valid("form"));
    const { login } = signedIn(c).user;
    const wanted = { login, name, scopes: scopes.filter(isScope), networks, expiresAt: expiresAt || null };
    try {
      const { token, secret } = await perform(front, c, addToken, wanted);
      return await show(c, { made: { name: token.name, secret } });
    } catch (thrown) {
      const typed = { name, scopes, networks: networks.join("\n"), expiresAt };
      const { "": problem, ...errors } = errorsFrom(thrown);
      const form = { ...typed, errors, ...(problem !== undefined && { problem }) };
      return await show(c, { form }, statusFrom(thrown));
    }
  });

  app.post("/revoke", posted(revokeForm), async (c) => {
    const { id } = whole(c.req.valid("form"));
    await perform(front, c, revokeToken, { login: signedIn(c).user.login, id });
    return doneAt(front, c, t("The token is revoked. It opens nothing any more."), at);
  });

  return app;
};
