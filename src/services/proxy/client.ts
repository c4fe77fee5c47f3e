/** The client's side of a session: what is sent to it, and what becomes of its connection. */
import type { Connection } from "../../net/connection.ts";
import { type Answer, answerOctets } from "./answers.ts";
import { readContent } from "./content.ts";
import type { ProxiedResponse } from "./exchange.ts";
import type { Incoming } from "./incoming.ts";
import { interimHead } from "./outgoing.ts";
import type { Bounds } from "./settings.ts";

/** A content nobody wants is read away up to this size (octets), so that the connection can go on. */
const DRAIN = 64 * 1024;

/** The client's side of one request. */
export class Client {
  /** The connection must end after the response. */
  closing: boolean;
  /** A head was sent: there is no way back to a page. */
  answered = false;
  /** Somebody has begun to read the content. */
  contentTaken = false;
  /** All of it was read. */
  contentRead = false;

  constructor(
    readonly connection: Connection,
    readonly request: Incoming,
    readonly bounds: Bounds,
    /** This proxy's, in Via. */
    private readonly pseudonym: string,
  ) {
    // RFC 9112 Appendix C.2.2: a proxy keeps no connection to a client of HTTP/1.0.
    this.closing = request.hop.close || request.minor === 0 || connection.stopping;
  }

  get headOnly(): boolean {
    return this.request.method === "HEAD";
  }

  /** Passes an interim response on, at once. @param minor the version it came with */
  interim(response: ProxiedResponse, minor: 0 | 1): void {
    void this.connection.write(interimHead(response, minor, this.pseudonym), "latin1");
    void this.connection.flush();
  }

  /** Sends an answer of the proxy's own; the content of the request, where there is one, is not wanted. */
  async answer(answer: Answer, now: number): Promise<void> {
    const { connection } = this;
    if (!this.#canDrain()) this.closing = true;
    this.answered = true;
    await connection.write(answerOctets(answer, { headOnly: this.headOnly, close: this.closing, now }));
    if (!this.closing) await this.#drain();
  }

  /**
   * Whether the unread content can be read away. A client that waits for 100 may send it or not (RFC 9110 §10.1.1), and one whose content
   * was cut in the middle cannot be understood any more.
   */
  #canDrain(): boolean {
    const { framing, expectsContinue } = this.request;
    if (framing.kind === "none" || this.contentRead) return true;
    return !this.contentTaken && !expectsContinue && framing.kind === "length" && framing.octets <= DRAIN;
  }

  async #drain(): Promise<void> {
    const { connection } = this;
    const { limits, haste } = this.bounds;
    const { framing } = this.request;
    if (framing.kind === "none" || this.contentRead) return;
    await readContent({ connection, framing, limits, haste }, () => undefined);
  }
}
