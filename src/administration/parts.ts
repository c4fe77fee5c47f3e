/**
 * What the administration works with: the rooms below by their own types, and as interfaces what only the appliance on the floor above
 * can do (start and stop services, install certificates). The appliance hands it in.
 */
import type { z } from "zod";
import type { Auth } from "../auth/auth.ts";
import type { UserDatabases } from "../auth/external/user-databases.ts";
import type { Directory } from "../directory/directory.ts";
import type { Files } from "../files/files.ts";
import type { DkimKeys } from "../filter/keys/keys.ts";
import type { Spam } from "../filter/spam.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Mailstore } from "../mailstore/mailstore.ts";
import type { AccessRule } from "../net/access.ts";
import type { Resolver } from "../net/dns.ts";
import type { SettingsGroup } from "../store/settings.ts";
import type { Store, Tx } from "../store/store.ts";
import type { Transport } from "../transport/transport.ts";

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
  /** Changes a port; once that is committed, `apply` makes it so. @throws Refusal "notFound", "invalid" */
  updateWithin(tx: Tx, portId: string, rule: { enabled: boolean; access: AccessRule }): void;
  /** Opens or closes a port as it is set. @throws Refusal "inUse" with the reason where it cannot be opened */
  apply(portId: string): Promise<void>;
  /** The networks that the rule "lan" stands for. */
  lan(): readonly string[];
  /** @throws Refusal "invalid" for what is no network */
  setLanWithin(tx: Tx, networks: readonly string[]): void;
}

/** One certificate, in plain values. */
export interface CertificateView {
  readonly id: string;
  /** Names and addresses it is valid for. */
  readonly names: readonly string[];
  readonly issuer: string;
  /** Made by this server's own authority. */
  readonly own: boolean;
  /** The one that is served where a client names no server, or one that no certificate is for. */
  readonly standard: boolean;
  /** The names with which clients ask and get this one. */
  readonly servedFor: readonly string[];
  /** Some clients get it. */
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

/** What the web proxy keeps of public answers, as the pages see it. */
export interface CacheOffice {
  statistics(): CacheStatistics;
  /** Removes what is kept of one address (with every variant of it), of a host, or everything; answers how many answers that were. */
  purge(what: { readonly url: string } | { readonly host: string } | "all"): Promise<number>;
}

/** Figures of the cache; sizes in octets. Counts are since the start. */
export interface CacheStatistics {
  /** Answers that are kept. */
  readonly entries: number;
  readonly memoryOctets: number;
  readonly diskOctets: number;
  /** Requests that could have been answered from the cache. */
  readonly requests: number;
  /** Of those, answered without asking the origin. */
  readonly hits: number;
  /** Of those, answered after the origin said that what is kept is still good. */
  readonly validated: number;
  /** Octets that did not have to be fetched. */
  readonly savedOctets: number;
}

/** Who is logged in to the FTP service. */
export interface FtpOffice {
  sessions(): readonly FtpSession[];
  /** Ends a session; false where there is none of this name. */
  end(session: string): boolean;
}

/** One FTP session. */
export interface FtpSession {
  /** The session's name in the log. */
  readonly id: string;
  /** The login name; "guest" for the guest, "" before the login. */
  readonly login: string;
  readonly remote: string;
  readonly secure: boolean;
  readonly since: number;
  /** The folder it is in. */
  readonly folder: string;
  /** What it does now: "RETR /films/a.mkv"; "" while it waits. */
  readonly doing: string;
  /** Octets of files sent and received. */
  readonly sent: number;
  readonly received: number;
}

/** What owners of home pages hear of the scripts in them. */
export interface PageOffice {
  /** What went wrong lately, and what the pages noted; the newest first. */
  reports(owner: number): readonly PageReport[];
  /** Forgets what there is. */
  forget(owner: number): void;
}

/** Something that happened while a page was made. */
export interface PageReport {
  /** What the visitor was given to name it. */
  readonly reference: string;
  /** "note" for what the page itself said with console.log. */
  readonly kind: "error" | "note";
  readonly at: number;
  /** The page's virtual path. */
  readonly page: string;
  /** The visitor's address. */
  readonly remote: string;
  readonly message: string;
  /** Where it happened: the page, or a file that it includes; the line is 0 where it is not known. */
  readonly file: string;
  readonly line: number;
  /** The lines around it. */
  readonly excerpt: string;
}

/** A settings group under the heading that it is shown with. */
export interface TitledGroup {
  readonly title: string;
  readonly group: SettingsGroup<z.ZodObject>;
}

export interface Parts {
  readonly store: Store;
  readonly directory: Directory;
  readonly auth: Auth;
  readonly userDatabases: UserDatabases;
  readonly mailstore: Mailstore;
  readonly transport: Transport;
  /** The keys with which mail of the domains here is signed. */
  readonly signingKeys: DkimKeys;
  /** Asks the DNS what the world sees of the domains here. */
  readonly resolver: Resolver;
  readonly files: Files;
  /** What is learned of junk. */
  readonly spam: Spam;
  readonly gateway: Gateway;
  readonly services: ServiceBoard;
  readonly certificates: CertificateOffice;
  /** The web proxy's cache; its code is read when it is first asked for. */
  readonly cache: () => Promise<CacheOffice>;
  readonly ftp: FtpOffice;
  readonly pages: PageOffice;
  /** Every settings group that people may change. */
  readonly settingsGroups: readonly TitledGroup[];
  /** The clock, milliseconds since the epoch. */
  readonly now: () => number;
}
