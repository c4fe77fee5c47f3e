/** The envelope: MAIL and RCPT, and the lookups VRFY and EXPN. */
import type { Login } from "../../auth/auth.ts";
import { Refusal } from "../../refusal.ts";
import type { Command } from "./commands.ts";
import { type MailArguments, parseMail, parseName, parseRcpt } from "./parse.ts";
import { Farewell, refusalReply, reply, replyText } from "./reply.ts";
import type { SmtpSession } from "./session.ts";

const SENDER_OK = reply(250, "2.1.0", "Sender ok.");
const RECIPIENT_OK = reply(250, "2.1.5", "Recipient ok.");

/**
 * RFC 5321 §4.1.1.2 with the parameters of RFC 1870, 6152, 3030, 6531, 3461, 4954 and 8689. In submission (RFC 6409 §4.3, §6.1)
 * only a logged-in user may say it, and only with an address of his own.
 *
 *     C: MAIL FROM:<ann@home.example> SIZE=2048 BODY=8BITMIME
 *     S: 250 2.1.0 Sender ok.
 */
export const mail: Command = {
  verb: "MAIL",
  states: ["ready"],
  syntax:
    "MAIL FROM:<address> [SIZE=n] [BODY=7BIT|8BITMIME|BINARYMIME] [SMTPUTF8] [RET=FULL|HDRS] [ENVID=xtext] [AUTH=xtext] [REQUIRETLS]",
  rfc: "RFC 5321 §4.1.1.2",
  summary: "Begins a message.",
  idle: false,
  keywords: ({ settings, connection }) => [
    `SIZE ${settings.maxMessageSize}`,
    "8BITMIME",
    "SMTPUTF8",
    "DSN",
    ...(connection.secure ? ["REQUIRETLS"] : []),
  ],
  run: (session, rest) => {
    session.mailRefused = true;
    const { settings } = session;
    if (session.messages >= settings.maxMessages) {
      throw new Farewell(reply(421, "4.7.0", "Enough messages for one session; connect again."));
    }
    renewLogin(session);
    const args = parseMail(rest);
    if (args.requireTls && !session.connection.secure) {
      return reply(530, "5.7.10", "REQUIRETLS needs a session in TLS.");
    }
    if (args.size !== undefined && args.size > settings.maxMessageSize) throw tooLarge(settings.maxMessageSize);
    checkSender(session, args);
    const origin = session.newOrigin(args.smtputf8);
    session.deps.transport.checkSender(args.reversePath, origin);
    session.transaction = { mail: args, recipients: [], addresses: new Set(), origin, intake: undefined };
    session.mailRefused = false;
    return SENDER_OK;
  },
};

/** A session may last for hours: each message asks what its user may do by now, and whether he is still who logged in. */
function renewLogin(session: SmtpSession): void {
  const { login } = session;
  if (!login) return;
  const user = session.deps.auth.renewed(login);
  if (user === undefined) {
    throw new Farewell(reply(421, "4.7.0", "This login is no longer good; connect and log in again."));
  }
  session.login = { ...login, user };
}

function checkSender(session: SmtpSession, { reversePath }: MailArguments): void {
  const { login, kind } = session;
  if (!login) {
    if (kind === "smtp") return;
    const sentence = session.connection.secure ? "Log in first." : "Use STARTTLS and log in first.";
    throw new Refusal("notPermitted", sentence, { smtp: { code: 530, enhanced: "5.7.0" } });
  }
  // Mail clients send disposition notifications from the null path (RFC 8098 §3).
  if (reversePath === "" || maySendAs(session, login, reversePath)) return;
  session.log("sender.refused", `${login.user.login} may not send as ${reversePath}.`);
  throw new Refusal("senderRefused", `You may not send as <${reversePath}>.`, {
    smtp: { code: 553, enhanced: "5.7.1" },
  });
}

/** Whether a login may send as an address: its user's, or, with a mailbox's own password, that mailbox's alone. */
export function maySendAs({ deps: { directory } }: SmtpSession, login: Login, address: string): boolean {
  if (!directory.maySendAs(login.user.id, address)) return false;
  if (!login.mailboxOnly) return true;
  const found = directory.resolve(directory.withoutDays(address));
  return found.kind === "local" && found.mailboxes.includes(login.mailbox);
}

/** The refusal of a message of more than `limit` octets (RFC 1870 §6.1). */
export const tooLarge = (limit: number) =>
  new Refusal("tooLarge", `The message is larger than the ${limit} octets allowed here.`, {
    smtp: { code: 552, enhanced: "5.3.4" },
  });

/**
 * RFC 5321 §4.1.1.3 and RFC 3461 §4. Who does not exist here, and whither may not be relayed, is refused now, so that
 * nothing has to be returned later.
 */
export const rcpt: Command = {
  verb: "RCPT",
  states: ["mail", "rcpt"],
  syntax: "RCPT TO:<address> [NOTIFY=NEVER|SUCCESS,FAILURE,DELAY] [ORCPT=type;xtext]",
  rfc: "RFC 5321 §4.1.1.3",
  summary: "Adds a recipient.",
  idle: false,
  run: async (session, rest) => {
    const { transaction, settings } = session;
    if (!transaction) return reply(503, "5.5.1", "Say MAIL first.");
    const { forwardPath, notify, orcpt } = parseRcpt(rest, transaction.mail.smtputf8);
    if (transaction.recipients.length >= settings.maxRecipients) {
      return reply(452, "4.5.3", "Too many recipients; send the rest in another message.");
    }
    try {
      const { mail, origin } = transaction;
      await session.deps.transport.lookUp(forwardPath);
      await session.deps.transport.checkRecipient(forwardPath, origin, mail.size, mail.reversePath);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return await refuseRecipient(session, forwardPath, error);
    }
    if (transaction.addresses.has(forwardPath)) return RECIPIENT_OK;
    transaction.addresses.add(forwardPath);
    transaction.recipients.push({
      address: forwardPath,
      ...(notify && { notify }),
      ...(orcpt !== undefined && { orcpt }),
    });
    return RECIPIENT_OK;
  },
};

async function refuseRecipient(session: SmtpSession, address: string, refusal: Refusal): Promise<string> {
  session.log("recipient.refused", refusal.sentence, {
    trace: session.transaction?.origin.trace ?? "",
    data: { recipient: address, sender: session.transaction?.mail.reversePath ?? "", kind: refusal.kind },
  });
  if (refusal.kind === "unknownRecipient") await session.strike("recipient", address);
  if (refusal.kind === "relayDenied") await session.strike("relay", address);
  return refusalReply(refusal, session.utf8);
}

/** RFC 5321 §4.1.1.6 and §3.5: strangers learn nothing (§7.3), users whether a local address exists. */
export const vrfy: Command = {
  verb: "VRFY",
  states: ["ready", "mail", "rcpt", "start"],
  syntax: "VRFY address [SMTPUTF8]",
  rfc: "RFC 5321 §4.1.1.6",
  summary: "Asks whether an address exists here.",
  idle: true,
  keywords: () => ["VRFY"],
  run: (session, rest) => {
    const { name, smtputf8 } = parseName(rest);
    if (!session.login) return reply(252, "2.1.5", "Send mail and see: RCPT says whether an address exists.");
    const found = session.deps.directory.resolve(name);
    if (found.kind === "local") return reply(250, "2.1.5", `<${replyText(found.address, smtputf8)}>`);
    if (found.kind === "unknown") return reply(550, "5.1.1", "No such address here.");
    return reply(252, "2.1.5", "That address is not of this server.");
  },
};

/** RFC 5321 §4.1.1.7: what an alias stands for, told to users only. */
export const expn: Command = {
  verb: "EXPN",
  states: ["ready", "mail", "rcpt", "start"],
  syntax: "EXPN address [SMTPUTF8]",
  rfc: "RFC 5321 §4.1.1.7",
  summary: "Lists whom an address reaches.",
  idle: true,
  keywords: ({ login }) => (login ? ["EXPN"] : []),
  run: (session, rest) => {
    const { name, smtputf8 } = parseName(rest);
    if (!session.login) return reply(550, "5.7.1", "Only those who are logged in may ask that.");
    const { directory } = session.deps;
    const found = directory.resolve(name);
    if (found.kind !== "local" || found.mailboxes.length === 0) return reply(550, "5.1.1", "No such address here.");
    const owners = found.mailboxes.map((id) => directory.mailboxes.byId(id)?.ownerId);
    const lines = owners.flatMap((owner) => {
      const address = owner === undefined ? undefined : directory.addressesOf(owner)[0];
      return address === undefined ? [] : [`<${replyText(address, smtputf8)}>`];
    });
    return lines.length > 0 ? reply(250, "2.1.5", ...lines) : reply(252, "2.1.5", "It exists, and leads to no user.");
  },
};
