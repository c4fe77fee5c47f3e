/** Passwords and one-time links, and the user databases that can decide instead, for the pages of users. */
import { resetPassword } from "../../../administration/passwords.ts";
import { listUserDatabases } from "../../../administration/user-databases.ts";
import { actorOf, type WebContext } from "../../context.ts";
import type { Desk } from "./desk.tsx";

/** A link under which the person sets a password, once. @throws Refusal */
export const linkFor = async (
  c: WebContext,
  desk: Desk,
  login: string,
): Promise<{ readonly url: string; readonly expiresAt: number }> => {
  const made = await desk.front.deps.administration.perform(resetPassword, actorOf(c), { login });
  return { url: new URL(made.path, c.req.url).href, expiresAt: Date.parse(made.expiresAt) };
};

/** The user databases that an account can be in. */
export const databaseNames = async (c: WebContext, desk: Desk): Promise<string[]> => {
  const { databases } = await desk.front.deps.administration.perform(listUserDatabases, actorOf(c), {});
  return databases.map(({ name }) => name);
};
