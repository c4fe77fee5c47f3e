/**
 * What a mailbox may hold: GETQUOTA, GETQUOTAROOT, and SETQUOTA, which is refused (RFC 9208). A mailbox with a limit is a quota
 * root; its resources are STORAGE and MESSAGE, those of them that are limited.
 */
import { command, LOGGED_IN } from "../command.ts";
import { No } from "../refusals.ts";
import { astringOf, folderNameOf } from "../respond.ts";
import type { Session } from "../session.ts";

/** The root of the mailbox that was opened; those of others are called what stands before their folders' names. */
const OWN_ROOT = "Mailbox";

/** A limit or a usage goes up to 63 bits (RFC 9208 §7 `number64`); the list of SETQUOTA is read and not used. */
const MOST_LIMITS = 64;

/** `STORAGE 10 512` for each resource that has a limit; none for a mailbox without limits. */
function resources(session: Session, mailbox: number): string[] {
  const { storage, message } = session.mailstore.quota(mailbox);
  return Object.entries({ STORAGE: storage, MESSAGE: message })
    .filter(([, { limit }]) => limit !== null)
    .map(([name, { usage, limit }]) => `${name} ${usage} ${limit}`);
}

/** The name of a mailbox's root, for whom it stands among his. */
function rootName(session: Session, mailbox: number): string {
  return session.places.prefixOf(mailbox) || OWN_ROOT;
}

function tell(session: Session, mailbox: number, limits: readonly string[]): void {
  session.untagged(`QUOTA ${astringOf(rootName(session, mailbox))} (${limits.join(" ")})`);
}

/**
 * ```
 * C: a1 GETQUOTA Mailbox
 * S: * QUOTA Mailbox (STORAGE 104 10923847)
 * ```
 * Of another's mailbox it tells those who may read in it; to all others, it does not exist.
 */
export const getQuota = command({
  verb: "GETQUOTA",
  states: LOGGED_IN,
  rfc: "RFC 9208 §4.1.1",
  usage: "quota-root",
  about: "Tells how much a mailbox holds, and how much it may.",
  capabilities: ["QUOTA", "QUOTA=RES-STORAGE", "QUOTA=RES-MESSAGE"],
  syntax: (p) => {
    p.space();
    return p.text8("a quota root");
  },
  run: async (session, root) => {
    const mailbox = session.places.mailboxes().find((each) => rootName(session, each) === root);
    const known = mailbox !== undefined && session.places.readsIn(mailbox);
    const limits = known ? resources(session, mailbox) : [];
    if (!known || limits.length === 0) throw new No("NONEXISTENT", "There is no such quota root");
    tell(session, mailbox, limits);
  },
});

/**
 * The mailbox whose limits hold in a folder, or would hold in one that could be made (RFC 9208 §4.1.2).
 * @throws No "NONEXISTENT", "NOPERM"; Refusal "invalid"
 */
function mailboxOf(session: Session, name: string): number {
  const { places } = session;
  if (places.find(name) === undefined) {
    const { mailbox, rights } = places.site(name);
    if (rights.includes("k") && places.readsIn(mailbox)) return mailbox;
  }
  return places.require(name, ["r"]).mailbox;
}

/**
 * ```
 * C: a1 GETQUOTAROOT INBOX
 * S: * QUOTAROOT INBOX Mailbox
 * S: * QUOTA Mailbox (STORAGE 10 512 MESSAGE 3 1000)
 * ```
 */
export const getQuotaRoot = command({
  verb: "GETQUOTAROOT",
  states: LOGGED_IN,
  rfc: "RFC 9208 §4.1.2",
  usage: "folder",
  about: "Tells which limits hold in a folder, and how much of them is used.",
  syntax: (p) => {
    p.space();
    return p.folder();
  },
  run: async (session, name) => {
    const mailbox = mailboxOf(session, name);
    const limits = resources(session, mailbox);
    const roots = limits.length === 0 ? "" : ` ${astringOf(rootName(session, mailbox))}`;
    const told = session.places.find(name)?.name ?? session.places.canonical(name);
    session.untagged(`QUOTAROOT ${folderNameOf(told, session.utf8)}${roots}`);
    if (limits.length > 0) tell(session, mailbox, limits);
  },
});

/** Limits are the administrator's: nobody sets them here, and so QUOTASET is not offered (RFC 9208 §3.1.1). */
export const setQuota = command({
  verb: "SETQUOTA",
  states: LOGGED_IN,
  rfc: "RFC 9208 §4.1.3",
  usage: "quota-root (resource limit …)",
  about: "Is refused: limits are set by the administrator.",
  syntax: (p) => {
    p.space();
    p.text8("a quota root");
    p.space();
    const limits = p.list(() => {
      p.atom("a resource");
      p.space();
      p.number64("a limit");
    });
    if (limits.length > MOST_LIMITS) p.fail("Too many limits");
  },
  run: async () => {
    throw new No("NOPERM", "Limits are set by the administrator");
  },
});
