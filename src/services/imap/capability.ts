/**
 * What the server says it can do (RFC 9051 §7.2.2): the capabilities that commands bring, those of the grammar and of
 * items, and those that depend on the session's state.
 */
import type { Command } from "./command.ts";
import { COMMANDS } from "./commands/table.ts";
import type { Session } from "./session.ts";

/** Capabilities that no single command brings, with the RFC they come from. */
export const GENERAL: readonly { readonly name: string; readonly rfc: string; readonly beforeLogin: boolean }[] = [
  { name: "IMAP4rev2", rfc: "RFC 9051", beforeLogin: true },
  { name: "IMAP4rev1", rfc: "RFC 3501", beforeLogin: true },
  { name: "LITERAL+", rfc: "RFC 7888", beforeLogin: true },
  { name: "SASL-IR", rfc: "RFC 4959", beforeLogin: true },
  { name: "UIDPLUS", rfc: "RFC 4315", beforeLogin: false },
  { name: "BINARY", rfc: "RFC 3516", beforeLogin: false },
  { name: "UTF8=ACCEPT", rfc: "RFC 9755", beforeLogin: false },
  { name: "PREVIEW", rfc: "RFC 8970", beforeLogin: false },
  { name: "ESEARCH", rfc: "RFC 4731", beforeLogin: false },
  { name: "SEARCHRES", rfc: "RFC 5182", beforeLogin: false },
  { name: "CHILDREN", rfc: "RFC 3348", beforeLogin: false },
  { name: "SPECIAL-USE", rfc: "RFC 6154", beforeLogin: false },
  { name: "LIST-EXTENDED", rfc: "RFC 5258", beforeLogin: false },
  { name: "LIST-STATUS", rfc: "RFC 5819", beforeLogin: false },
  { name: "FILTERS", rfc: "RFC 5466", beforeLogin: false },
  { name: "LIST-METADATA", rfc: "RFC 9590", beforeLogin: false },
  { name: "LIST-MYRIGHTS", rfc: "RFC 8440", beforeLogin: false },
  { name: "STATUS=SIZE", rfc: "RFC 8438", beforeLogin: false },
  { name: "STATUS=DELETED", rfc: "RFC 9051 §6.3.11", beforeLogin: false },
  { name: "OBJECTID", rfc: "RFC 8474", beforeLogin: false },
  { name: "SAVEDATE", rfc: "RFC 8514", beforeLogin: false },
  { name: "CONDSTORE", rfc: "RFC 7162 §3.1", beforeLogin: false },
  { name: "QRESYNC", rfc: "RFC 7162 §3.2", beforeLogin: false },
  { name: "UIDONLY", rfc: "RFC 9586", beforeLogin: false },
];

/** What may be said to this client now. */
export function capabilities(session: Session): string[] {
  const before = session.login === undefined;
  const general = GENERAL.filter(({ beforeLogin }) => beforeLogin || !before).map(({ name }) => name);
  const fromCommands = COMMANDS.filter((each) => isOffered(session, each, before)).flatMap(
    (each) => each.capabilities ?? [],
  );
  const list = [...general, ...fromCommands, ...(before ? login(session) : after(session))];
  return [...new Set(list)];
}

/** Before login few words are worth sending; clients ask again afterwards. */
function isOffered(session: Session, { states, verb, offered }: Command, before: boolean): boolean {
  if (offered?.(session) === false) return false;
  return before ? states.includes("notAuthenticated") || verb === "ENABLE" || verb === "IDLE" : true;
}

function login(session: Session): string[] {
  const mechanisms = session.mechanisms;
  const words = mechanisms.map((mechanism) => `AUTH=${mechanism}`);
  if (session.mayStartTls) words.push("STARTTLS");
  if (!session.mayLogin) words.push("LOGINDISABLED");
  return words;
}

function after(session: Session): string[] {
  return [`APPENDLIMIT=${session.settings.maxMessageSize}`];
}
