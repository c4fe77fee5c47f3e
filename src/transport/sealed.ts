/** A message that is received and not stored yet. Types only. */
import type { Structure } from "../mime/structure.ts";
import type { Staged } from "../store/content-writer.ts";
import type { Tx } from "../store/store.ts";
import type { Accepted } from "./envelope.ts";

/** A message that is received and needs only a commit to be accepted. */
export interface Sealed {
  /** Puts the message where it goes, inside a commit. May run again if that commit is tried again. */
  place(tx: Tx): Accepted;
  /** Logs what happened, after the commit. */
  report(accepted: Accepted): void;
  /** Drops it, if there was no commit. */
  discard(): Promise<void>;
  /** Its octets and parts, for a copy that the same commit puts beside those delivered. Whoever asks must adopt them. */
  copy(): Copy;
}

/** A message that was received and is not stored yet. */
export interface Copy {
  readonly staged: Staged;
  readonly structure: Structure;
}

/** What else is done in the commit that accepts a message. May run again, as `Sealed.place`. */
export type Also = (tx: Tx, copy: () => Copy) => void;
