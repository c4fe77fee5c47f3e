/** NOTIFY: which events the client wants to hear of as they happen. */
import { command, LOGGED_IN } from "../command.ts";
import { notifyArguments } from "../notify-groups.ts";

/**
 * ```
 * C: a NOTIFY SET STATUS (selected (MessageNew (UID) MessageExpunge)) (subtree Lists (MessageNew MessageExpunge))
 * S: * STATUS Lists/Lemonade (UIDVALIDITY 4 UIDNEXT 9999 MESSAGES 500)
 * S: a OK NOTIFY completed
 * S: * STATUS Lists/Lemonade (UIDVALIDITY 4 UIDNEXT 10000 MESSAGES 501)
 * ```
 */
export const notify = command({
  verb: "NOTIFY",
  states: LOGGED_IN,
  rfc: "RFC 5465",
  usage: "SET [STATUS] (folders (event …)|NONE) … | NONE",
  about: "Says of which folders and events the client hears without asking.",
  capabilities: ["NOTIFY"],
  syntax: notifyArguments,
  run: async (session, wanted) => {
    const notifying = await session.unasked.notify(wanted?.groups ?? []);
    await notifying.begin(wanted?.status === true);
  },
});
