/** What the directory tells the change feed. Every change is sent after the commit that holds it. */
import { topic } from "../store/changes.ts";

export type ChangeKind = "created" | "updated" | "removed";

/** A user, the guest entry or a template changed. `credentials` is true where the password or its keys changed. */
export const userChanged = topic<{
  readonly id: number;
  readonly login: string;
  readonly change: ChangeKind;
  readonly credentials: boolean;
}>("directory.user");

/** A domain or its aliases changed. */
export const domainChanged = topic<{ readonly id: number; readonly name: string; readonly change: ChangeKind }>(
  "directory.domain",
);

/** A mailbox's properties changed, or it is new. A removal is told by `mailboxRemoved` alone. */
export const mailboxChanged = topic<{
  readonly id: number;
  readonly ownerId: number;
  readonly change: "created" | "updated";
  readonly credentials: boolean;
}>("directory.mailbox");

/** A mailbox is gone: whoever keeps something for it lets go of it. */
export const mailboxRemoved = topic<{ readonly id: number; readonly ownerId: number }>("directory.mailboxRemoved");

/** The addresses of a mailbox changed. */
export const addressChanged = topic<{ readonly mailboxId: number; readonly address: string }>("directory.address");

/** Who else reaches a mailbox changed. */
export const shareChanged = topic<{ readonly mailboxId: number; readonly userId: number; readonly rights: string }>(
  "directory.share",
);

/** The limits that a set of mailboxes shares changed. */
export const mailGroupChanged = topic<{ readonly id: number; readonly change: ChangeKind }>("directory.mailGroup");

/** A contact changed; no owner: one that is shared with everybody. */
export const contactChanged = topic<{ readonly id: number; readonly ownerId: number | null }>("directory.contact");

/** Somebody wants his pages otherwise. */
export const preferencesChanged = topic<{ readonly userId: number }>("directory.preferences");
