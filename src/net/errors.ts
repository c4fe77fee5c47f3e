/**
 * What can go wrong with a connection, as few classes. A session that lets one of these out ends quietly; anything
 * else it throws is a fault and is reported.
 */

/** The peer has gone, or the connection was closed from here; there is nobody left to answer. */
export class ConnectionClosed extends Error {
  override readonly name: string = "ConnectionClosed";

  constructor(message = "connection closed", options?: ErrorOptions) {
    super(message, options);
  }
}

/** The server is stopping; raised only by reads between two commands, so that the session can say goodbye. */
export class Stopping extends ConnectionClosed {
  override readonly name = "Stopping";

  constructor() {
    super("server is stopping");
  }
}

/** A TLS handshake did not succeed, or the peer's certificate was not the one asked for; the connection is closed. */
export class TlsFailed extends ConnectionClosed {
  override readonly name = "TlsFailed";
}

/** The peer took longer than the deadline; the connection is still open for a last reply. */
export class DeadlineExceeded extends Error {
  override readonly name = "DeadlineExceeded";

  constructor(readonly milliseconds: number) {
    super(`peer was silent for ${milliseconds} ms`);
  }
}

/**
 * A line was longer than its limit. The rest of it has been read and thrown away, so the session can refuse it and
 * go on with the next line; a peer that never ends its line finds its input closed instead.
 */
export class LineTooLong extends Error {
  override readonly name = "LineTooLong";

  constructor(
    readonly limit: number,
    /** The first octets of the line (at most 128): an IMAP tag or an SMTP verb to answer to. */
    readonly start: Uint8Array,
    /** The last octets before the line end (at most 64): where an IMAP literal would be announced. */
    readonly tail: Uint8Array,
  ) {
    super(`line is longer than ${limit} octets`);
  }
}

/** No address of a host could be reached; `attempts` has one reason for each address tried. */
export class ConnectFailed extends Error {
  override readonly name = "ConnectFailed";

  constructor(
    readonly target: string,
    readonly attempts: readonly { readonly address: string; readonly reason: string }[],
  ) {
    super(
      `cannot connect to ${target}: ${attempts.map((a) => `${a.address}: ${a.reason}`).join("; ") || "no address"}`,
    );
  }
}

/** The peer sends what cannot be decoded: the cause of a ConnectionClosed. */
export class Undecodable extends Error {
  override readonly name = "Undecodable";
}
