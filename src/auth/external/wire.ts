/**
 * Between a Connection and the LDAP library: a socket as the library expects one, over octets that were bounded before. Every message
 * (RFC 4511 §4.1.1, BER of RFC 4511 §5.1) is cut out here by its length, so that the library is given whole messages of a sound size
 * and shape, one at a time, whatever a server sends.
 */
import { EventEmitter } from "node:events";
import type { Connection } from "../../net/connection.ts";
import { isSound } from "./shape.ts";

/** The largest message, in octets: one entry with the few attributes that are asked for. */
const MOST_MESSAGE_OCTETS = 1 << 20;
/**
 * The most that may come for one request, in octets: some ten thousand entries from a server that does not know pages. What the library
 * makes of them takes up to twenty times as much memory.
 */
const MOST_ANSWER_OCTETS = 8 << 20;

const SEQUENCE = 0x30;
const STARTTLS_NAME = "1.3.6.1.4.1.1466.20037";
const EXTENDED_RESPONSE = 0x78;

/** A server sent what is not LDAP, or too much. */
export class WireError extends Error {
  override readonly name = "WireError";
}

/** One LDAPMessage as it came. @throws WireError, ConnectionClosed, DeadlineExceeded */
async function readMessage(connection: Connection): Promise<Buffer> {
  const [tag = 0, first = 0] = await connection.readBytes(2);
  if (tag !== SEQUENCE) throw new WireError("the server does not speak LDAP");
  const long = first & 0x80 ? first & 0x7f : 0;
  // RFC 4511 §5.1: definite lengths only; four octets are more than any message here may have.
  if (first === 0x80 || long > 4) throw new WireError("the server sent a malformed message");
  const lengthOctets = long === 0 ? new Uint8Array(0) : await connection.readBytes(long);
  const length = long === 0 ? first : lengthOctets.reduce((sum, octet) => sum * 256 + octet, 0);
  if (length === 0) throw new WireError("the server sent a malformed message");
  if (length > MOST_MESSAGE_OCTETS) throw new WireError("the server sent an entry that is too large");
  const body = await connection.readBytes(length);
  return Buffer.concat([Uint8Array.of(tag, first), lengthOctets, body]);
}

/**
 * Asks for TLS (RFC 4511 §4.14) as the first request of a connection; gives the result code, 0 if the handshake may begin.
 * @throws WireError, ConnectionClosed, DeadlineExceeded
 */
export async function requestStartTls(connection: Connection): Promise<number> {
  const name = Buffer.from(STARTTLS_NAME);
  const operation = Buffer.concat([Uint8Array.of(0x77, name.length + 2, 0x80, name.length), name]);
  connection
    .write(Buffer.concat([Uint8Array.of(SEQUENCE, operation.length + 3, 0x02, 0x01, 0x01), operation]))
    .catch(ignore);
  const message = await readMessage(connection);
  // The header of the message, then messageID 1, the response, and as its first element the ENUMERATED result code.
  const at = 2 + ((message[1] ?? 0) & 0x80 ? (message[1] ?? 0) & 0x7f : 0);
  if (message[at] !== 0x02 || message[at + 1] !== 1 || message[at + 3] !== EXTENDED_RESPONSE)
    throw new WireError("the server gave no answer to STARTTLS");
  const skip = (message[at + 4] ?? 0) & 0x80 ? (message[at + 4] ?? 0) & 0x7f : 0;
  const code = at + 5 + skip;
  if (message[code] !== 0x0a || message[code + 1] !== 1) throw new WireError("the server gave no answer to STARTTLS");
  return message[code + 2] ?? 80;
}

/** As much of a `net.Socket` as the LDAP library uses, already connected. */
export class LdapSocket extends EventEmitter {
  readonly connecting = false;
  readonly readyState = "open";
  #begun = false;
  #answered = 0;
  #closed = false;

  constructor(private readonly connection: Connection) {
    super();
    connection.onClose(() => this.#close());
  }

  /** Sends a request; what comes from now on is its answer. */
  write(octets: Uint8Array, callback?: () => void): boolean {
    this.#answered = 0;
    this.connection.write(octets).then(() => callback?.(), ignore);
    if (!this.#begun) {
      this.#begun = true;
      void this.#pump();
    }
    return true;
  }

  /** The library ends a socket only to destroy it. */
  end(): void {
    this.destroy();
  }

  destroy(): void {
    this.connection.destroy();
  }

  /** Hands messages over as they come. Never rejects: whatever goes wrong ends the connection. */
  async #pump(): Promise<void> {
    try {
      while (!this.#closed) {
        const message = await readMessage(this.connection);
        this.#answered += message.length;
        if (this.#answered > MOST_ANSWER_OCTETS) throw new WireError("the server sent too much at once");
        if (!isSound(message)) throw new WireError("the server sent a malformed message");
        this.emit("data", message);
      }
    } catch (error) {
      if (error instanceof WireError && this.listenerCount("error") > 0) this.emit("error", error);
      this.connection.destroy();
    }
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.emit("close");
  }
}

/** Of a connection that breaks the reader hears as well. */
function ignore(): void {}
