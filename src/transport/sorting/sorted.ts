/** What the Sieve scripts of a mailbox want done with one message. Types only. */
import type { Structure } from "../../mime/structure.ts";
import type { Filing, Notify, Reject, Vacation } from "../../sieve/outcome.ts";
import type { Staged } from "../../store/content-writer.ts";
import type { EnvelopeRecipient } from "../envelope.ts";

/** A message on its way to a mailbox, for the scripts of that mailbox. */
export interface Arrival {
  readonly mailbox: number;
  /** The recipient of the envelope through whom it came here. */
  readonly recipient: EnvelopeRecipient;
  /** The return path with which it came here. */
  readonly sender: string;
}

/** A message as it came, or as a script changed it. */
export interface Version {
  readonly structure: Structure;
  /** Octets `start` (inclusive) to `end` (exclusive). */
  read(start: number, end: number): Promise<Uint8Array>;
  /** All octets, from the start. */
  octets(): AsyncIterable<Uint8Array>;
}

/** A message that a script changed (RFC 5293, RFC 5703). */
export interface Changed extends Version {
  /** Ends it; only then it can be put anywhere. Gives the same when it is called again. */
  finish(): Promise<Staged>;
  /** Octets at its start that stay here: the Return-Path. */
  readonly skip: number;
  /** Drops it, as long as it was put nowhere. */
  drop(): Promise<void>;
}

/** Where a copy goes in the mailbox; also as JSON. */
export interface Place {
  /** Undefined: where mail goes without scripts. */
  readonly filing?: Omit<Filing, "flags"> | undefined;
  readonly flags: readonly string[];
}

/** One copy in the mailbox. */
export interface Placing extends Place {
  /** Undefined: the message as it came. */
  readonly changed: Changed | undefined;
}

/** One address to which it is sent on. */
export interface Redirecting {
  readonly address: string;
  readonly changed: Changed | undefined;
}

/** Something is remembered once the message is on disk. */
export interface ToRemember {
  readonly id: string;
  readonly seconds: number;
}

/** What comes of all scripts that run for a mailbox. */
export interface Sorted extends Arrival {
  /** As it came. */
  readonly message: Version;
  /** None where it is not kept. */
  readonly placings: readonly Placing[];
  readonly redirects: readonly Redirecting[];
  readonly refusal: Reject | undefined;
  readonly vacations: readonly Vacation[];
  readonly notifications: readonly Notify[];
  readonly remember: readonly ToRemember[];
  /** Scripts that failed; what they were to do was not done. */
  readonly failures: readonly Failure[];
  /** What was done, for the log. */
  readonly story: readonly StoryLine[];
  /** Every changed version that was made. */
  readonly changes: readonly Changed[];
}

/** One thing that a script had done. */
export interface StoryLine {
  /** The script's name. */
  readonly script: string;
  /** In a few words: "into Lists". */
  readonly what: string;
  readonly line?: number;
  /** The rule's name; "" for none. */
  readonly rule?: string;
}

export interface Failure {
  /** The script's name. */
  readonly script: string;
  /** It is one of the house: its owner is not told. */
  readonly house: boolean;
  readonly sentence: string;
}
