import type { User } from "../directory/user.ts";

/** Whether the password has to be changed before it opens more than the page for that. Not where another database keeps it. */
export function mustChange(user: Pick<User, "mustChangePassword" | "external">): boolean {
  return user.mustChangePassword && user.external === null;
}
