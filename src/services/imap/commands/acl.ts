/** Rights on folders: GETACL, SETACL, DELETEACL, LISTRIGHTS, MYRIGHTS (RFC 4314). */
import { type Change, writeAudit } from "../../../administration/audit.ts";
import { RIGHTS } from "../../../directory/mailboxes.ts";
import type { Grantee } from "../../../mailstore/grants.ts";
import { Refusal } from "../../../refusal.ts";
import { type Command, command, LOGGED_IN } from "../command.ts";
import { GrammarError, type Parser } from "../parse.ts";
import { toldRights, writtenRights } from "../permissions.ts";
import type { Place } from "../places.ts";
import { No } from "../refusals.ts";
import { astringOf, folderNameOf } from "../respond.ts";
import type { Session } from "../session.ts";

/** Longest identifier and list of rights that are looked at, in characters. */
const LONGEST_IDENTIFIER = 512;
const LONGEST_RIGHTS = 64;

interface Named {
  readonly name: string;
  readonly identifier: string;
}

function folderArgument(p: Parser): string {
  p.space();
  return p.folder();
}

function namedArguments(p: Parser): Named {
  const name = folderArgument(p);
  p.space();
  const identifier = p.text8("an identifier");
  return identifier.length > LONGEST_IDENTIFIER ? p.fail("The identifier is too long") : { name, identifier };
}

/** Rights to give, to add ("+") or to take ("-"): what they make of those that were there. */
function change(p: Parser): (before: string) => string {
  p.space();
  const text = p.text8("rights");
  const sign = /^[+-]/.exec(text)?.[0] ?? "";
  const letters = text.slice(sign.length);
  // An unknown right is an error, never passed over (RFC 4314 §3.1); so are capitals.
  const rights = letters.length > LONGEST_RIGHTS ? undefined : writtenRights(letters);
  if (rights === undefined) return p.fail("Rights are small letters of lrswipkxteacd");
  if (sign === "+") return (before) => before + rights;
  if (sign === "-") return (before) => [...before].filter((right) => !rights.includes(right)).join("");
  return () => rights;
}

/** @throws GrammarError for what is no identifier (RFC 4314 §3), No for nobody here */
function granteeOf(session: Session, identifier: string): Grantee {
  try {
    return session.rights.granteeOf(identifier);
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    if (thrown.kind === "invalid") throw new GrammarError(thrown.sentence);
    throw new No("CANNOT", thrown.sentence);
  }
}

/** Changes what an identifier may do in a folder, and writes that into the audit log. */
async function give(session: Session, { name, identifier }: Named, after: (before: string) => string): Promise<void> {
  const { directory, rights, login, store, connection } = session;
  const { folder } = session.place(name, "a");
  const grantee = granteeOf(session, identifier);
  // Giving the owner everything is what is so anyway.
  if (rights.isOwner(folder, grantee) && !grantee.negative && isEverything(after(RIGHTS))) return;
  const actor = {
    ...({ kind: "user", via: "imap", remote: connection.remote.address } as const),
    ...(login && { user: login.user }),
  };
  const { grantWithin } = await import("../../../administration/mail/granting.ts");
  await store.commit((tx) => {
    const note = (line: Change) => writeAudit(tx, Date.now(), actor, "mailbox.shareFolder", line);
    grantWithin(tx, note, { directory, rights, folder }, grantee, after);
  });
}

const isEverything = (rights: string) => [...RIGHTS].every((right) => rights.includes(right));

function tell(session: Session, response: string, { name }: Place, words: readonly string[]): void {
  session.untagged([response, folderNameOf(name, session.utf8), ...words.map(astringOf)].join(" "));
}

/**
 * ```
 * C: a1 GETACL Team
 * S: * ACL Team ann lrswipkxtecda ben lrs
 * ```
 */
export const getAcl = command({
  verb: "GETACL",
  states: LOGGED_IN,
  rfc: "RFC 4314 §3.3",
  usage: "folder",
  about: "Tells who may do what in a folder.",
  capabilities: ["ACL", "RIGHTS=texk"],
  syntax: folderArgument,
  run: async (session, name) => {
    const place = session.place(name, "a");
    const entries = session.rights.entries(place.folder);
    tell(
      session,
      "ACL",
      place,
      entries.flatMap(({ identifier, rights }) => [identifier, toldRights(rights)]),
    );
  },
});

/**
 * ```
 * C: a1 SETACL Team ben +wite
 * ```
 */
export const setAcl: Command<Named & { readonly after: (before: string) => string }> = command({
  verb: "SETACL",
  states: LOGGED_IN,
  rfc: "RFC 4314 §3.1",
  usage: "folder identifier [+|-]rights",
  about:
    "Gives somebody rights in a folder, or takes them; anyone stands for everybody, and -name for rights withheld.",
  syntax: (p) => ({ ...namedArguments(p), after: change(p) }),
  run: (session, { after, ...named }) => give(session, named, after),
});

/** Takes the entry of an identifier away; what it had in the whole mailbox ends in this folder, too. */
export const deleteAcl: Command<Named> = command({
  verb: "DELETEACL",
  states: LOGGED_IN,
  rfc: "RFC 4314 §3.2",
  usage: "folder identifier",
  about: "Takes somebody's rights in a folder away.",
  syntax: namedArguments,
  run: (session, named) => give(session, named, () => ""),
});

/**
 * ```
 * C: a1 LISTRIGHTS Team ben
 * S: * LISTRIGHTS Team ben "" l r s w i p k x t e c d a
 * ```
 */
export const listRights: Command<Named> = command({
  verb: "LISTRIGHTS",
  states: LOGGED_IN,
  rfc: "RFC 4314 §3.4",
  usage: "folder identifier",
  about: "Tells which rights somebody always has in a folder, and which can be given.",
  syntax: namedArguments,
  run: async (session, { name, identifier }) => {
    const place = session.place(name, "a");
    const grantee = granteeOf(session, identifier);
    const always = session.rights.isOwner(place.folder, grantee);
    const all = toldRights(RIGHTS);
    // No right is tied to another one (RFC 4314 §3.7); the identifier is told as it was written.
    tell(session, "LISTRIGHTS", place, [identifier, ...(always ? [all] : ["", ...all])]);
  },
});

/**
 * ```
 * C: a1 MYRIGHTS "Other Users/ann@home.example/Team"
 * S: * MYRIGHTS "Other Users/ann@home.example/Team" lrs
 * ```
 */
export const myRights = command({
  verb: "MYRIGHTS",
  states: LOGGED_IN,
  rfc: "RFC 4314 §3.5",
  usage: "folder",
  about: "Tells what one may do in a folder.",
  syntax: folderArgument,
  run: async (session, name) => {
    const place = session.places.requireAny(name, ["l", "r", "i", "k", "x", "a"]);
    tell(session, "MYRIGHTS", place, [toldRights(place.rights)]);
  },
});
