/** What is wrong with a message, as values: the session turns them into responses. */

/** A message from the client that is answered with an error and, where its end is not certain, with the end of the connection. */
export class BadRequest extends Error {
  override readonly name = "BadRequest";

  constructor(
    /** The status to answer with. */
    readonly status: number,
    /** One plain sentence. */
    readonly sentence: string,
    /** No program that means well sends this: it counts against the address. */
    readonly hostile = false,
  ) {
    super(sentence);
  }
}

/** What an origin sent cannot be passed on: 502 (RFC 9110 §15.6.3). */
export class BadResponse extends Error {
  override readonly name = "BadResponse";

  constructor(readonly sentence: string) {
    super(sentence);
  }
}
