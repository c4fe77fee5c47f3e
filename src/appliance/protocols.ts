/** The mail protocols as the listener takes them: a session, and the protocol's own words for those who are not let in. */

import type { Administration } from "../administration/administration.ts";
import type { Auth } from "../auth/auth.ts";
import type { Directory } from "../directory/directory.ts";
import type { Files } from "../files/files.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Mailstore } from "../mailstore/mailstore.ts";
import type { Connection } from "../net/connection.ts";
import type { Refused } from "../net/listener.ts";
import type { Tunnels } from "../net/tunnels.ts";
import type { Crowd } from "../services/ftp/crowd.ts";
import { imapService } from "../services/imap/imap.ts";
import { Maildrops, pop3Session } from "../services/pop3/pop3.ts";
import { smtpSession } from "../services/smtp/smtp.ts";
import type { Store } from "../store/store.ts";
import type { Transport } from "../transport/transport.ts";
import type { Listening, Protocol } from "./listening.ts";
import type { WebProxyPart } from "./web-proxy.ts";

interface Rooms {
  readonly store: Store;
  readonly directory: Directory;
  readonly auth: Auth;
  readonly mailstore: Mailstore;
  readonly transport: Transport;
  readonly gateway: Gateway;
  readonly files: Files;
  readonly tunnels: Tunnels;
  /** Who is in an FTP session. */
  readonly ftpCrowd: Crowd;
  readonly webProxy: WebProxyPart;
  readonly administration: () => Administration;
  readonly hostname: () => string;
  readonly lan: () => readonly string[];
}

/** Plain words for each reason; undefined where saying nothing is best. */
const WORDS: Record<Refused, string> = {
  access: "This service may not be used from your network",
  barred: "Your address is barred after too many refusals; try again later",
  perAddress: "Too many connections from your address",
  total: "Too many connections, try again later",
  stopping: "The server is stopping, try again later",
  proxy: "The PROXY header is missing or malformed",
};

/** RFC 959 §5.4: 421 for a connection that is not served. */
const noFtp = (why: Refused) => `421 ${WORDS[why]}\r\n`;

const noWeb = (status: string, words: string) =>
  `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nContent-Length: ${words.length + 2}\r\nConnection: close\r\n\r\n${words}.\n`;

/** The sessions of all services but the web's. */
export function protocolsOf(rooms: Rooms): ConstructorParameters<typeof Listening>[2] {
  const maildrops = new Maildrops();
  const { hostname } = rooms;
  const smtp = (kind: "smtp" | "submission"): Protocol => ({
    session: (connection) => smtpSession(connection, rooms, kind),
    // RFC 5321 §3.1 (554 for no service here), §3.8 (421 for later).
    refusal: (why) =>
      why === "access" || why === "barred"
        ? `554 5.7.1 ${hostname()} ${WORDS[why]}\r\n`
        : `421 4.3.2 ${hostname()} ${WORDS[why]}\r\n`,
  });
  let socks: Promise<(connection: Connection) => Promise<void>> | undefined;
  return {
    smtp: smtp("smtp"),
    submission: smtp("submission"),
    imap: {
      session: imapService(rooms).session,
      refusal: (why) => `* BYE ${WORDS[why]}\r\n`,
    },
    ftp: {
      // Nobody who does not use it has it in memory.
      session: async (connection) => {
        const { ftpSession } = await import("../services/ftp/ftp.ts");
        await ftpSession(connection, { ...rooms, crowd: rooms.ftpCrowd });
      },
      refusal: noFtp,
    },
    ftpproxy: {
      session: async (connection) => {
        const { ftpProxySession } = await import("../services/ftp/proxy/proxy.ts");
        await ftpProxySession(connection, rooms);
      },
      refusal: noFtp,
    },
    proxy: {
      session: (connection) => rooms.webProxy.serve(connection),
      // RFC 9110 §15.5.4, §15.6.4. Under TLS these words go through TLS, too.
      refusal: (why) => noWeb(why === "access" ? "403 Forbidden" : "503 Service Unavailable", WORDS[why]),
    },
    socks: {
      session: async (connection) => {
        socks ??= import("../services/socks/socks.ts").then(({ socksService }) => socksService(rooms).session);
        await (await socks)(connection);
      },
      // Before the version is known there are no words that every client understands.
      refusal: () => undefined,
    },
    managesieve: {
      session: async (connection) => {
        const { managesieveSession } = await import("../services/managesieve/managesieve.ts");
        const { store, auth, transport } = rooms;
        const administration = rooms.administration();
        await managesieveSession(connection, { store, auth, administration, scripts: transport.scripts });
      },
      // RFC 5804 §1.3.
      refusal: (why) => `BYE${why === "access" ? "" : " (TRYLATER)"} "${WORDS[why]}"\r\n`,
    },
    pop3: {
      session: (connection) => pop3Session(connection, { ...rooms, maildrops }),
      refusal: (why) => `-ERR ${why === "access" ? "[SYS/PERM]" : "[SYS/TEMP]"} ${WORDS[why]}\r\n`,
    },
  };
}
