/** Guests: whoever has no name here, as the guest entry permits. */
import type { Directory } from "../../directory/directory.ts";
import type { User } from "../../directory/user.ts";

/** The guest entry, where guests may log in. */
export function guestOf(directory: Directory): User | undefined {
  const guest = directory.users.guest();
  return guest.enabled && guest.permissions.has("ftp.login") ? guest : undefined;
}
