/** What is asked again before something changes that opens an account. */
import { ADMINISTRATOR } from "../directory/permissions.ts";
import type { User } from "../directory/user.ts";
import { Refusal } from "../refusal.ts";
import type { Context } from "./operation.ts";

/** Why a token may not do it. */
export const NOT_BY_TOKEN = "This is done by the person, not by a program: sign in with a browser.";

/** Whether whoever asks has shown lately who he is. A browser that was left open must not give an account away. */
export function isProven({ actor, auth }: Pick<Context, "actor" | "auth">): boolean {
  return actor.via !== "web" || (actor.session !== undefined && auth.confirmation.isRecent(actor.session));
}

/** @throws Refusal "notPermitted" where a browser session changes its own account and the last proof is too long ago */
export function needsProof(context: Pick<Context, "actor" | "auth">, user: User): void {
  if (context.actor.user?.id !== user.id || isProven(context)) return;
  throw new Refusal(
    "notPermitted",
    "Show first that it is still you: open /confirm, give your password, and come back.",
  );
}

/**
 * A token must not become more than it is by the password of an administrator.
 * @throws Refusal "notPermitted" where a program asks for that
 */
export function notByTokenOver({ actor }: Pick<Context, "actor">, user: User): void {
  if (actor.scopes === undefined || !user.permissions.has(ADMINISTRATOR)) return;
  throw new Refusal(
    "notPermitted",
    "What opens an administrator's account is not for programs: sign in with a browser.",
  );
}

/** The own account only: nobody sets up for another what is to show that it is he. @throws Refusal "notPermitted" */
export function onlyOwn({ actor }: Pick<Context, "actor">, user: User): void {
  if (actor.user?.id === user.id) return;
  throw new Refusal("notPermitted", "Everybody sets up only his own.");
}
