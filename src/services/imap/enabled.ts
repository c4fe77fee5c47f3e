/** Extensions that a client switched on (RFC 5161), and what they change in what it is told. */
import type { Telling } from "./telling.ts";

/** The words that ENABLE was given and knows, in capitals. What follows from them is asked for every message, so it is kept. */
export class Enabled extends Set<string> implements Telling {
  /** IMAP4rev2: names are UTF-8, and what RFC 9051 dropped is not sent. */
  rev2 = false;
  /** UTF-8 stands in names and quoted strings (RFC 9755 §3). */
  utf8 = false;
  /** Mod-sequences are told (RFC 7162 §3.1). */
  condstore = false;
  /** What is gone is told by UID, and QRESYNC may be asked for (RFC 7162 §3.2.3). */
  qresync = false;
  /** Message numbers are used by nobody (RFC 9586). */
  uidOnly = false;
  recent = true;
  modseqs = false;
  uids = false;
  vanished = false;

  override add(word: string): this {
    super.add(word);
    this.#derive();
    return this;
  }

  override delete(word: string): boolean {
    const was = super.delete(word);
    this.#derive();
    return was;
  }

  override clear(): void {
    super.clear();
    this.#derive();
  }

  #derive(): void {
    this.rev2 = this.has("IMAP4REV2");
    this.utf8 = this.rev2 || this.has("UTF8=ACCEPT");
    this.qresync = this.has("QRESYNC");
    this.condstore = this.has("CONDSTORE") || this.qresync;
    this.uidOnly = this.has("UIDONLY");
    this.recent = !this.rev2;
    this.modseqs = this.condstore;
    this.uids = this.qresync;
    this.vanished = this.qresync || this.uidOnly;
  }
}
