/** Passwords and one-time links, for the pages of users. */
import { listUserDatabases } from "../../../administration/user-databases.ts";
import { actorOf, type WebContext } from "../../context.ts";
import type { Desk } from "./desk.tsx";

/** Sets the password of an account. @throws Refusal */
export const setPassword = async (
  _c: WebContext,
  desk: Desk,
  login: string,
  { password, mustChange }: { readonly password: string; readonly mustChange: boolean },
): Promise<void> => {
  await desk.front.deps.auth.setPassword(login, password, { mustChange });
};

/** A link under which the person sets a password, once. @throws Refusal */
export const linkFor = async (
  c: WebContext,
  desk: Desk,
  login: string,
): Promise<{ readonly url: string; readonly expiresAt: number }> => {
  const { token, expiresAt } = await desk.front.deps.auth.resets.create(login, "");
  return { url: new URL(`/reset/${token}`, c.req.url).href, expiresAt };
};

/** The user databases that an account can be in. */
export const databaseNames = async (c: WebContext, desk: Desk): Promise<string[]> => {
  const { databases } = await desk.front.deps.administration.perform(listUserDatabases, actorOf(c), {});
  return databases.map(({ name }) => name);
};
