/** APPEND: messages from the client, streamed to the store and through the structure parser, never whole in memory. */
import { command, LOGGED_IN } from "../command.ts";
import { asMessage, MessageReceiver } from "../receiving.ts";
import { formatSet } from "../sequence.ts";

/**
 * ```
 * C: a1 APPEND Sent (\Seen) {310}
 * S: + Go on
 * C: (310 octets) (\Draft) {42}
 * S: + Go on
 * C: (42 octets)
 * S: a1 OK [APPENDUID 38505 3955:3956] APPEND completed
 * ```
 */
export const append = command({
  verb: "APPEND",
  states: LOGGED_IN,
  rfc: "RFC 9051 §6.3.12, RFC 3502, RFC 4315, RFC 4469, RFC 5550 §3.4, RFC 6855 §4, RFC 7889",
  usage: "folder ([(flag …)] [date-time] message|UTF8 (message)|CATENATE (TEXT text|URL url …)) …",
  about: "Puts messages into a folder, all of them or none.",
  capabilities: ["MULTIAPPEND", "CATENATE", "URL-PARTIAL"],
  streams: true,
  syntax: (p) => {
    p.space();
    return { name: p.folder(), rest: p };
  },
  run: async (session, { name, rest }) => {
    const target = session.target(name);
    const receiver = new MessageReceiver(session, rest, { target });
    try {
      const received = await receiver.all();
      // What the user may do there can have changed while he sent.
      const now = session.target(name);
      const messages = received.map((each) => asMessage(now, each, session.origin));
      const appended = await session.store.commit((tx) => messages.map((each) => session.mailstore.append(tx, each)));
      const uids = appended.map(({ uid }) => uid);
      return { code: `APPENDUID ${appended[0]?.uidValidity} ${formatSet(uids)}` };
    } catch (thrown) {
      await receiver.drop();
      throw thrown;
    }
  },
});
