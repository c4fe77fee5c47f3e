/** What a script can see: the message, and what the server knows about it and about the mailbox. All of it is asked, nothing is done. */
import type { Structure } from "../mime/structure.ts";
import type { Turns } from "../turns.ts";
import type { Script } from "./script.ts";

/** The message a script runs on. */
export interface SieveMessage {
  readonly structure: Structure;
  /** Gives octets `start` (inclusive) to `end` (exclusive) of the message. Asked only by scripts that look into bodies. */
  read(start: number, end: number): Uint8Array | Promise<Uint8Array>;
}

/** The parts of the envelope (RFC 5228 §5.4). */
export interface SieveEnvelope {
  /** The reverse path; "" for the null path. */
  readonly from: string;
  /** The recipient for whom the script runs. */
  readonly to: string;
  /** Who was logged in, if somebody was. */
  readonly auth?: string;
}

/** Bounds of one run. */
export interface RunLimits {
  /** Tests and actions that are carried out. */
  readonly steps: number;
  /** Actions in all. */
  readonly actions: number;
  /** `redirect` among them (RFC 5228 §10). */
  readonly redirects: number;
  /** `notify` among them. */
  readonly notifications: number;
  /** Octets of the message's text that `body` and `extracttext` look at. */
  readonly bodyOctets: number;
  /** Characters of one variable (RFC 5229 §6). */
  readonly variable: number;
  /** Characters of all variables together. */
  readonly variables: number;
  /** Times the message is changed (RFC 5293, RFC 5703 §5, §6). */
  readonly changes: number;
  /** Characters that are compared in all, which bounds the time. */
  readonly work: number;
}

/** What is known besides the message. Everything is answered from memory or a prepared statement. */
export interface Surroundings {
  readonly envelope: SieveEnvelope;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Minutes east of UTC of the local clock at a moment. */
  offsetAt(time: number): number;
  /** Addresses of the mailbox's owner. */
  readonly addresses: readonly string[];
  /** Items of RFC 5183 §4 by their names, e.g. "remote-ip". */
  readonly environment: Readonly<Record<string, string>>;
  /** 0 (surely no spam) to 100; undefined if nobody judged (RFC 5235). */
  readonly spamPercent: number | undefined;
  /** 0 not judged, 1 no virus, 2 cured, 3 perhaps cured, 4 and 5 a virus (RFC 5235 §3.3). */
  readonly virus: number;
  /** Whether the folder exists and the owner may put messages into it (RFC 5490 §3.1). */
  mailboxExists(name: string): boolean;
  /** Whether a folder with that id exists (RFC 9042 §5). */
  mailboxIdExists(id: string): boolean;
  /** Whether a folder (or any, without a name) has that special use (RFC 8579 §5). */
  hasSpecialUse(use: string, mailbox: string | undefined): boolean;
  /** An annotation of a folder, or of the server for undefined (RFC 5490 §3.3, §4). */
  metadata(mailbox: string | undefined, name: string): string | undefined;
  /** Whether an identifier is remembered (RFC 7352). */
  remembers(id: string): boolean;
  /** Whether an address or other text is on a list; undefined if there is no such list (RFC 6134). */
  onList(list: string, text: string): boolean | undefined;
  /** A script that `include` names, compiled (RFC 6609 §3.2); undefined where there is none. */
  include(location: "personal" | "global", name: string): Script | undefined;
  /** Asks for a story; it costs some time and memory. */
  readonly explain?: boolean;
  readonly limits?: Partial<RunLimits>;
  /** Whose turn it is on the event loop, among all that have much to do. */
  readonly turns?: Turns;
}

export const RUN_LIMITS: RunLimits = {
  steps: 20_000,
  actions: 64,
  redirects: 10,
  notifications: 5,
  bodyOctets: 1_048_576,
  variable: 4_096,
  variables: 1_048_576,
  changes: 50,
  work: 50_000_000,
};

/** Surroundings in which there is nothing but an envelope: for tests, and to build others upon. */
export function bareSurroundings(envelope: SieveEnvelope, now: number): Surroundings {
  return {
    envelope,
    now,
    offsetAt: () => 0,
    addresses: envelope.to === "" ? [] : [envelope.to],
    environment: {},
    spamPercent: undefined,
    virus: 0,
    mailboxExists: () => false,
    mailboxIdExists: () => false,
    hasSpecialUse: () => false,
    metadata: () => undefined,
    remembers: () => false,
    onList: () => undefined,
    include: () => undefined,
  };
}
