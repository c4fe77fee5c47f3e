/**
 * Identifiers that stay with a message wherever it lies (RFC 8474). Nothing is kept for them: the EMAILID is the content's hash,
 * the THREADID that of the oldest message it refers to.
 */
import type { Store } from "../store/store.ts";
import type { Folder } from "./folders.ts";
import { LINK } from "./head.ts";
import type { Heads } from "./heads.ts";

/** Octets of a SHA-256. */
const HASH = 32;

/**
 * The MAILBOXID of a folder (RFC 8474 §4): it stays when the folder is renamed, and is given to no other. What INBOX held goes with
 * its identifier where INBOX is renamed, and the empty INBOX that is left has a new one.
 */
export function mailboxId({ id }: Pick<Folder, "id">): string {
  return `F${id}`;
}

/** The EMAILID of a content (RFC 8474 §5.1); undefined where it is gone. */
export function emailIdOf(store: Store, content: number): string | undefined {
  const hash = store.content.hashOf(content);
  return hash && `M${Buffer.from(hash).toString("base64url")}`;
}

/** The content with this EMAILID. */
export function contentOf(store: Store, emailId: string): number | undefined {
  const hash = emailId.startsWith("M") ? Buffer.from(emailId.slice(1), "base64url") : Buffer.alloc(0);
  return hash.length === HASH ? store.content.withHash(hash) : undefined;
}

/**
 * The THREADID of a content (RFC 8474 §5.2): whatever names the same message as the first it refers to has the same. A message
 * without any identifier is alone in its thread.
 */
export function threadIdOf(store: Store, heads: Heads, content: number): string {
  const links = heads.linksOf(content);
  const root = (links[LINK.count] as number) > 0 ? links[LINK.references] : links[LINK.id];
  return root ? `T${root.toString(36)}` : `T-${(emailIdOf(store, content) ?? "").slice(1)}`;
}
