/**
 * Everything the web sites need from the rest of the house, handed in by the appliance. What stands on a floor below is asked for
 * by its own type; what only the appliance can do (set the server up, start and stop services, install certificates) is an
 * interface here that the appliance implements.
 */
import type { z } from "zod";
import type { Auth } from "../auth/auth.ts";
import type { Directory } from "../directory/directory.ts";
import type { Mailstore } from "../mailstore/mailstore.ts";
import type { AccessRule } from "../net/access.ts";
import type { SettingsGroup } from "../store/settings.ts";
import type { Store } from "../store/store.ts";
import type { Queue } from "../transport/queue/queue.ts";
import type { Transport } from "../transport/transport.ts";
import type { SetupAnswers } from "./setup/answers.ts";

/** How a port speaks TLS. */
export type PortTls = "none" | "starttls" | "implicit";

/** One port of a service, as it is now. */
export interface PortState {
  /** Names the port among all, such as "imap-143". */
  readonly id: string;
  /** The address it listens on; "" stands for all. */
  readonly address: string;
  /** The port in fact, with the offset. */
  readonly port: number;
  /** The port that the protocol's standard names. */
  readonly standardPort: number;
  readonly tls: PortTls;
  readonly enabled: boolean;
  readonly access: AccessRule;
  readonly state: "listening" | "stopped" | "failed";
  /** Why it failed, and what to do. */
  readonly problem?: string;
  /** Open connections now. */
  readonly connections: number;
}

/** One service with its ports. */
export interface ServiceState {
  /** "smtp", "imap" …: the name in the command line. */
  readonly name: string;
  /** "Receiving mail (SMTP)". */
  readonly label: string;
  readonly ports: readonly PortState[];
}

/** The services as the appliance runs them. */
export interface ServiceBoard {
  list(): readonly ServiceState[];
  /** Changes a port and applies that at once. @throws Refusal "notFound", "invalid" */
  update(portId: string, change: { enabled: boolean; access: AccessRule }): Promise<void>;
  /** The networks that the rule "lan" stands for. */
  lan(): readonly string[];
  /** @throws Refusal "invalid" for what is no network */
  setLan(networks: readonly string[]): Promise<void>;
}

/** One certificate, in plain values. */
export interface CertificateView {
  readonly id: string;
  /** Names and addresses it is valid for. */
  readonly names: readonly string[];
  readonly issuer: string;
  /** Made by this server's own authority. */
  readonly own: boolean;
  /** The one that is served where a client names no server. */
  readonly inUse: boolean;
  readonly notBefore: number;
  readonly notAfter: number;
  /** SHA-256 of the certificate in hexadecimal pairs. */
  readonly fingerprint: string;
}

/** A certificate with its key, as HTTPS needs it. */
export interface ServingCertificate {
  readonly names: readonly string[];
  /** Leaf first. */
  readonly chainPem: string;
  readonly keyPem: string;
}

/** The certificates and the own authority. */
export interface CertificateOffice {
  /** What is served now; the first is for clients that name no server. */
  serving(): readonly ServingCertificate[];
  /** Calls `listener` after what is served changed; returns the function that ends it. */
  onChange(listener: () => void): () => void;
  list(): readonly CertificateView[];
  /** The own authority's root certificate, to be installed on devices. */
  root(): {
    readonly pem: string;
    readonly der: Uint8Array<ArrayBuffer>;
    readonly fingerprint: string;
    readonly notAfter: number;
  };
  /** Makes a new certificate for these names under the own authority and uses it. @throws Refusal "invalid" */
  issue(names: readonly string[]): Promise<void>;
  /** Takes a certificate (leaf first, then its chain) with its key, both PEM. @throws Refusal "invalid" with what is wrong */
  upload(chainPem: string, keyPem: string): Promise<void>;
  /** @throws Refusal "notFound", "inUse" */
  remove(id: string): Promise<void>;
}

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
  readonly store: Store;
  readonly directory: Directory;
  readonly auth: Auth;
  readonly mailstore: Mailstore;
  readonly transport: Transport;
  readonly queue: Queue;
  readonly services: ServiceBoard;
  readonly certificates: CertificateOffice;
  readonly setup: Setup;
  /** Whether a client's address may use the site over HTTP or HTTPS (the port's access rule). */
  readonly permits: (tls: boolean, address: string) => boolean;
  /** The HTTPS port that browsers are sent to; undefined where HTTPS does not listen. */
  readonly httpsPort: () => number | undefined;
  readonly clientPorts: () => ClientPorts;
  readonly health: () => Health;
  /** Every settings group that the settings page offers, with the heading it stands under. */
  readonly settingsGroups: readonly { readonly title: string; readonly group: SettingsGroup<z.ZodObject> }[];
  readonly licences: readonly Licence[];
  /** The clock, epoch milliseconds. */
  readonly now: () => number;
}
