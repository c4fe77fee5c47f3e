/** ETRN (RFC 1985): a domain's own server, back on the line, asks for the mail that waits for it here. */
import { Refusal } from "../../refusal.ts";
import type { Command } from "./commands.ts";
import { reply } from "./reply.ts";

const SYNTAX = "ETRN domain";
/** `@` stands for the domain and all below it (§5.3.1); queues with names of their own (`#`) there are none here. */
const NODE = /^@?[A-Za-z0-9][A-Za-z0-9.-]{0,253}$/;

/**
 * RFC 1985 §5. The mail goes to the domain's server as the DNS or the routes say, whoever asks: so nobody can fetch what is another's.
 *
 *     C: ETRN branch.example
 *     S: 253 2.0.0 3 recipients wait at branch.example; they are tried now.
 */
export const etrn: Command = {
  verb: "ETRN",
  states: ["ready"],
  syntax: SYNTAX,
  rfc: "RFC 1985 §5",
  summary: "Sends what waits here for a domain that this server keeps mail for.",
  idle: true,
  keywords: ({ deps: { directory } }) =>
    directory.domains.list().some(({ unknownRecipients }) => unknownRecipients === "relay") ? ["ETRN"] : [],
  run: async (session, rest) => {
    if (!NODE.test(rest)) return reply(501, "5.5.4", `Syntax: ${SYNTAX}`);
    try {
      const count = await session.deps.transport.sendWaiting(rest);
      session.log("etrn", `Mail for ${rest} was asked for: ${count} recipients.`);
      if (count === 0) return reply(251, "2.0.0", `Nothing waits for ${rest}.`);
      return reply(
        253,
        "2.0.0",
        `${count} ${count === 1 ? "recipient waits" : "recipients wait"} at ${rest}; they are tried now.`,
      );
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // §5.2: 459 where the node is not allowed, 458 where it cannot be done now.
      if (error.temporary) return reply(458, "4.3.0", error.sentence);
      await session.strike("relay", rest);
      return reply(459, "5.7.1", error.sentence);
    }
  },
};
