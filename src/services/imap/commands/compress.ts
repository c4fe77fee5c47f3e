/** COMPRESS: what follows is deflated in both directions (RFC 4978). */
import { command, LOGGED_IN } from "../command.ts";
import { No } from "../refusals.ts";

/**
 * ```
 * C: b1 COMPRESS DEFLATE
 * S: b1 OK COMPRESS completed
 * ```
 * From here on both sides speak deflate (RFC 1951) without headers. The limits of lines and literals are those of what is inflated.
 */
export const compress = command({
  verb: "COMPRESS",
  states: LOGGED_IN,
  rfc: "RFC 4978",
  usage: "DEFLATE",
  about: "Compresses all that follows, in both directions.",
  capabilities: ["COMPRESS=DEFLATE"],
  syntax: (p) => {
    p.space();
    return p.word("an algorithm");
  },
  run: async (session, algorithm) => {
    const { connection } = session;
    if (algorithm !== "DEFLATE") throw new No("CANNOT", "Only DEFLATE is offered");
    if (connection.coded) throw new No("COMPRESSIONACTIVE", "The connection is compressed already");
    const { Deflate } = await import("../../../net/deflate.ts");
    session.afterResponse = async () => {
      await session.out.drain();
      connection.code((host) => new Deflate(host));
    };
  },
});
