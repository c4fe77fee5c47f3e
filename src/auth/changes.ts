/** What auth tells the change feed, after the commit that holds it. */
import { topic } from "../store/changes.ts";

/**
 * What opens an account changed beside its password: an app password was made or revoked, a second factor came or went. Whoever keeps a
 * session open asks `auth.renewed` whether its login is still good.
 */
export const loginsChanged = topic<{ readonly user: number }>("auth.logins");
