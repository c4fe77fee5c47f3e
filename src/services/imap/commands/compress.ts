/** COMPRESS: what follows is deflated in both directions (RFC 4978). */
import { command, LOGGED_IN } from "../command.ts";
import { Bad } from "../refusals.ts";

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
    if (!p.acceptWord("DEFLATE")) p.fail("Only DEFLATE is offered");
  },
  run: async (session) => {
    const { connection } = session;
    // RFC 4978 §3: NO would say that another layer compresses.
    if (connection.coded) throw new Bad("COMPRESSIONACTIVE", "COMPRESS DEFLATE is active already");
    const { Deflate } = await import("../../../net/deflate.ts");
    session.afterResponse = async () => {
      await session.out.drain();
      connection.code((host) => new Deflate(host));
    };
  },
});
