/** Extensions that a client switched on (RFC 5161), and what they change in what it is told. */
import type { Telling } from "./telling.ts";

/** The words that ENABLE was given and knows, in capitals. */
export class Enabled extends Set<string> implements Telling {
  /** IMAP4rev2: names are UTF-8, and what RFC 9051 dropped is not sent. */
  get rev2(): boolean {
    return this.has("IMAP4REV2");
  }
  /** Mod-sequences are told (RFC 7162 §3.1). */
  get condstore(): boolean {
    return this.has("CONDSTORE") || this.qresync;
  }
  /** What is gone is told by UID, and QRESYNC may be asked for (RFC 7162 §3.2.3). */
  get qresync(): boolean {
    return this.has("QRESYNC");
  }
  /** Message numbers are used by nobody (RFC 9586). */
  get uidOnly(): boolean {
    return this.has("UIDONLY");
  }
  get recent(): boolean {
    return !this.rev2;
  }
  get modseqs(): boolean {
    return this.condstore;
  }
  get uids(): boolean {
    return this.qresync;
  }
  get vanished(): boolean {
    return this.qresync || this.uidOnly;
  }
}
