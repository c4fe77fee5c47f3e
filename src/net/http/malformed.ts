/** A head or a chunked content that breaks the grammar; whose it is, the caller knows. */
export class Malformed extends Error {
  override readonly name = "Malformed";

  constructor(
    readonly sentence: string,
    /** What a server answers to it (RFC 9110 §15.5, RFC 6585 §5). */
    readonly status = 400,
  ) {
    super(sentence);
  }
}
