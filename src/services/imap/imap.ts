/**
 * IMAP: mail read and kept on the server (ports 143 and 993). The appliance lists this service and gives its session to
 * listeners.
 *
 * IMAP4rev2 (RFC 9051) and IMAP4rev1 (RFC 3501), with LITERAL+ (7888), SASL-IR (4959), ID (2971), IDLE (2177), NAMESPACE
 * (2342), UIDPLUS (4315), UNSELECT (3691), MOVE (6851), ENABLE (5161), ESEARCH (4731), SEARCHRES (5182), CHILDREN (3348),
 * SPECIAL-USE (6154), OBJECTID (8474), SAVEDATE (8514), QUOTA (9208), METADATA (5464) with LIST-METADATA (9590), COMPRESS (4978),
 * UNAUTHENTICATE (8437), ACL (4314) with LIST-MYRIGHTS (8440), LIST-EXTENDED (5258), LIST-STATUS (5819), STATUS=SIZE (8438),
 * APPENDLIMIT (7889), CONDSTORE and QRESYNC (7162), NOTIFY (5465), UIDONLY (9586), response codes of RFC 5530, MULTIAPPEND (3502),
 * BINARY (3516), CATENATE (4469), REPLACE (8508), PREVIEW (8970) and UTF8=ACCEPT (9755).
 */
import type { Auth } from "../../auth/auth.ts";
import { FolderRights } from "../../auth/folder-rights.ts";
import type { Directory } from "../../directory/directory.ts";
import type { Mailstore } from "../../mailstore/mailstore.ts";
import type { AccessRule } from "../../net/access.ts";
import type { Connection } from "../../net/connection.ts";
import type { Store } from "../../store/store.ts";
import { Recents } from "./recents.ts";
import { imapSession } from "./session.ts";
import { Sessions } from "./sessions.ts";

/** What IMAP needs from the rooms below. */
export interface ImapDeps {
  readonly store: Store;
  readonly directory: Directory;
  readonly auth: Auth;
  readonly mailstore: Mailstore;
}

/** A service: its standard ports, and the session that runs on each connection. */
export interface ImapService {
  readonly name: "imap";
  readonly ports: readonly {
    readonly port: number;
    readonly tls: "starttls" | "implicit";
    readonly access: AccessRule;
  }[];
  session(connection: Connection): Promise<void>;
}

/** The service. Its sessions know of each other, so it is made once. */
export function imapService(deps: ImapDeps): ImapService {
  const { store, directory, auth, mailstore } = deps;
  const sessions = new Sessions(store, auth);
  const rights = new FolderRights(directory, mailstore);
  const sessionDeps = { store, directory, auth, mailstore, rights, sessions, recents: new Recents(mailstore) };
  return {
    name: "imap",
    ports: [
      { port: 143, tls: "starttls", access: "lan" },
      { port: 993, tls: "implicit", access: "lan" },
    ],
    session: (connection) => imapSession(connection, sessionDeps),
  };
}
