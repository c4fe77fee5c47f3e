/**
 * A small house in a folder that is gone afterwards: what a server says to its clients is asked of the sessions
 * themselves, so that the pages cannot say anything else.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Appliance } from "../../src/appliance.ts";
import type { Login } from "../../src/auth/auth.ts";
import { FolderRights } from "../../src/auth/folder-rights.ts";
import type { Connection } from "../../src/net/connection.ts";
import { commands as ftpCommands } from "../../src/services/ftp/commands.ts";
import { Crowd } from "../../src/services/ftp/crowd.ts";
import { FtpSession } from "../../src/services/ftp/session.ts";
import { capabilities as imapCapabilities } from "../../src/services/imap/capability.ts";
import { Recents } from "../../src/services/imap/recents.ts";
import { Session as ImapSession } from "../../src/services/imap/session.ts";
import { Sessions } from "../../src/services/imap/sessions.ts";
import { capabilityLines } from "../../src/services/managesieve/capabilities.ts";
import { ManageSieveSession } from "../../src/services/managesieve/session.ts";
import { commands as pop3Commands } from "../../src/services/pop3/commands.ts";
import { Maildrops } from "../../src/services/pop3/maildrop.ts";
import { Pop3Session } from "../../src/services/pop3/session.ts";
import { commands as smtpCommands } from "../../src/services/smtp/commands.ts";
import { SmtpSession } from "../../src/services/smtp/session.ts";

/** When something is offered, in the order of a session's life. */
export const MOMENTS = ["before TLS", "in TLS", "after login"] as const;
export type Moment = (typeof MOMENTS)[number];

/** A word that is offered, without its values, and when. */
export interface Offered {
  readonly word: string;
  readonly moments: readonly Moment[];
}

/** What the services offer. */
export interface Offers {
  readonly smtp: readonly Offered[];
  readonly pop3: readonly Offered[];
  readonly imap: readonly Offered[];
  readonly ftp: readonly Offered[];
  readonly managesieve: readonly Offered[];
}

/** Asks sessions of every service at every moment what they offer to a client on the LAN. */
export async function askOffers(): Promise<Offers> {
  const folder = mkdtempSync(join(tmpdir(), "gatepost-docs-"));
  const appliance = Appliance.open(folder);
  try {
    // ETRN is offered where mail is kept for somebody.
    await appliance.directory.domains.create({ name: "branch.example", unknownRecipients: "relay" });
    return {
      smtp: gather((moment) => smtpWords(appliance, moment)),
      pop3: gather((moment) => pop3Words(appliance, moment)),
      imap: gather((moment) => imapWords(appliance, moment)),
      ftp: gather((moment) => ftpWords(appliance, moment)),
      managesieve: gather((moment) => managesieveWords(appliance, moment)),
    };
  } finally {
    await appliance.close();
    rmSync(folder, { recursive: true });
  }
}

function gather(wordsAt: (moment: Moment) => readonly string[]): Offered[] {
  const moments = new Map<string, Moment[]>();
  for (const moment of MOMENTS) {
    for (const word of new Set(wordsAt(moment).map(withoutValue))) {
      moments.set(word, [...(moments.get(word) ?? []), moment]);
    }
  }
  return [...moments].map(([word, at]) => ({ word, moments: at }));
}

/** "SIZE 52428800" is SIZE, and "AUTH=PLAIN" is AUTH=PLAIN. */
function withoutValue(line: string): string {
  return (line.split(" ")[0] ?? "").replace(/^(APPENDLIMIT)=.*$/, "$1");
}

/** As much of a connection as is asked for by what is offered. */
function connectionAt(moment: Moment): Connection {
  const secure = moment !== "before TLS";
  const about = {
    secure,
    canStartTls: !secure,
    remote: { address: "192.168.1.2", port: 50_000 },
    channelBinding: () => (secure ? new Uint8Array(32) : undefined),
  };
  return about as unknown as Connection;
}

/** Somebody, for what is offered to anybody who has logged in. */
const SOMEBODY = {} as unknown as Login;

function smtpWords(appliance: Appliance, moment: Moment): string[] {
  const { store, auth, directory, transport } = appliance;
  const deps = { store, auth, directory, transport, hostname: () => "", lan: () => [] };
  const session = new SmtpSession(connectionAt(moment), deps, "submission");
  if (moment === "after login") session.login = SOMEBODY;
  return [...smtpCommands.values()].flatMap((command) => command.keywords?.(session) ?? []);
}

function pop3Words(appliance: Appliance, moment: Moment): string[] {
  const { store, auth, mailstore } = appliance;
  const deps = { store, auth, mailstore, maildrops: new Maildrops(), hostname: () => "" };
  const session = new Pop3Session(connectionAt(moment), deps);
  if (moment === "after login") session.state = "transaction";
  return [...pop3Commands.values()].flatMap((command) => command.capabilities?.(session) ?? []);
}

function managesieveWords({ store, auth, administration, transport }: Appliance, moment: Moment): string[] {
  const deps = { store, auth, administration, scripts: transport.scripts };
  const session = new ManageSieveSession(connectionAt(moment), deps);
  if (moment === "after login") session.login = { user: { login: "" } } as unknown as Login;
  return capabilityLines(session).map(([name]) => name);
}

function ftpWords(appliance: Appliance, moment: Moment): string[] {
  const { store, auth, directory, files, tunnels } = appliance;
  const deps = { store, auth, directory, files, tunnels, crowd: new Crowd(), hostname: () => "", lan: () => [] };
  const session = new FtpSession(connectionAt(moment), deps);
  return [...ftpCommands.values()].flatMap((command) => command.features?.(session) ?? []);
}

function imapWords(appliance: Appliance, moment: Moment): string[] {
  const { store, auth, directory, mailstore } = appliance;
  const sessions = new Sessions(store, auth);
  const rights = new FolderRights(directory, mailstore);
  const session = new ImapSession(connectionAt(moment), {
    ...{ store, auth, directory, mailstore, rights, sessions, recents: new Recents(mailstore) },
  });
  if (moment === "after login") session.login = SOMEBODY;
  return imapCapabilities(session);
}
