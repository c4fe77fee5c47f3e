/** Passwords and one-time links, and the user databases that can decide instead, for the pages of users. */

import { listUserDatabases } from "../../../administration/server/user-databases.ts";
import { resetPassword } from "../../../administration/signing-in/passwords.ts";
import type { WebContext } from "../../context.ts";
import { perform } from "../../performing.ts";
import type { Desk } from "./desk.tsx";

/** A link under which the person sets a password, once. @throws Refusal */
export const linkFor = async (
  c: WebContext,
  desk: Desk,
  login: string,
): Promise<{ readonly url: string; readonly expiresAt: number }> => {
  const made = await perform(desk.front, c, resetPassword, { login });
  return { url: new URL(made.path, c.req.url).href, expiresAt: Date.parse(made.expiresAt) };
};

/** The user databases that an account can be in. */
export const databaseNames = async (c: WebContext, desk: Desk): Promise<string[]> => {
  const { databases } = await perform(desk.front, c, listUserDatabases, {});
  return databases.map(({ name }) => name);
};
