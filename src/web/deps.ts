/**
 * Everything the web sites need from the rest of the house, handed in by the appliance. What stands on a floor below is asked for
 * by its own type; what only the appliance can do (set the server up, tell ports and figures) is an interface here that the appliance
 * implements.
 */
import type { Administration } from "../administration/administration.ts";
import type { CertificateOffice, PortTls, ServiceBoard, TitledGroup } from "../administration/parts.ts";
import type { Auth } from "../auth/auth.ts";
import type { Directory } from "../directory/directory.ts";
import type { Files } from "../files/files.ts";
import type { Outside } from "../gateway/outside.ts";
import type { Mailstore } from "../mailstore/mailstore.ts";
import type { Tunnels } from "../net/tunnels.ts";
import type { Store } from "../store/store.ts";
import type { Queue } from "../transport/queue/queue.ts";
import type { Transport } from "../transport/transport.ts";
import type { PageScripts } from "./homepages/script-seam.ts";
import type { SetupAnswers } from "./setup/answers.ts";

/** First start: the one-time token and the work of the wizard, shared with `gatepost setup`. */
export interface Setup {
  /** False until the first start's questions are answered. */
  done(): boolean;
  /** Whether a token is the one that `serve` printed; a token is good once. */
  redeem(token: string): boolean;
  /** What to offer before anything is known: the machine's name, its own names and addresses for the certificate. */
  suggestions(): { readonly hostname: string; readonly names: readonly string[] };
  /** Does it: the administrator, the domain, the way out, the certificate. @throws Refusal where an answer does not do */
  apply(answers: SetupAnswers): Promise<void>;
}

/** What mail programs are told. */
export interface ClientPorts {
  /** The name that devices should use for this server. */
  readonly hostname: string;
  readonly imap?: { readonly port: number; readonly tls: PortTls };
  readonly pop3?: { readonly port: number; readonly tls: PortTls };
  readonly submission?: { readonly port: number; readonly tls: PortTls };
}

/** Figures for the overview. */
export interface Health {
  readonly version: string;
  readonly startedAt: number;
  /** Resident memory of the process, octets. */
  readonly memory: number;
  /** Size of the database with its log, octets. */
  readonly databaseSize: number;
  /** Free room where the data folder is, octets. */
  readonly diskFree: number;
}

/** A third party's work inside the executable. */
export interface Licence {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly text: string;
}

export interface WebDeps {
  /** Passes the octets of the web ports on to the HTTP server. */
  readonly tunnels: Tunnels;
  readonly administration: Administration;
  readonly store: Store;
  readonly directory: Directory;
  readonly auth: Auth;
  readonly mailstore: Mailstore;
  readonly files: Files;
  /** Fetches what mail names. */
  readonly outside: Pick<Outside, "run">;
  readonly transport: Transport;
  readonly queue: Queue;
  /** What runs scripts in home pages; its code is read when it is first asked for. */
  readonly pageScripts: () => Promise<PageScripts>;
  readonly services: ServiceBoard;
  readonly certificates: CertificateOffice;
  readonly setup: Setup;
  /** Whether a client's address may use the site over HTTP or HTTPS (the port's access rule). */
  readonly permits: (tls: boolean, address: string) => boolean;
  /** The HTTPS port that browsers are sent to; undefined where HTTPS does not listen. */
  readonly httpsPort: () => number | undefined;
  readonly clientPorts: () => ClientPorts;
  /** The file from which devices set up the web proxy, for those who reach this server by a name; undefined where it does not listen. */
  readonly proxySetUp: (host: string) => string | undefined;
  readonly health: () => Health;
  /** Every settings group that the settings page offers, with the heading it stands under. */
  readonly settingsGroups: readonly TitledGroup[];
  readonly licences: readonly Licence[];
  /** The clock, epoch milliseconds. */
  readonly now: () => number;
}
