/** A short message by which a person sees that mail works: from the administrator to any address. */
import type { TestState } from "../../../views/setup/done.tsx";
import { flatten, parseAddressList } from "../../mime/addresses.ts";
import { formatDate } from "../../mime/dates.ts";
import { addressField, structuredField, textField } from "../../mime/write.ts";
import { Refusal } from "../../refusal.ts";
import { newTrace } from "../../store/events.ts";
import { signedIn, type WebContext } from "../context.ts";
import type { Front } from "../site.ts";

const LONGEST = 320;

/** Composes and hands in the message; says what became of it. */
export const sendTrial = async ({ deps }: Front, c: WebContext, to: string): Promise<TestState> => {
  const { user } = signedIn(c);
  const from = deps.directory.addressesOf(user.id)[0];
  if (from === undefined)
    return { to, error: "You have no address yet to send from. Add a domain and an address first." };
  const [recipient] = flatten(parseAddressList(to));
  if (to.length > LONGEST || recipient === undefined || recipient.local === "" || recipient.domain === "") {
    return { to, error: "Give one e-mail address, such as anna@example.org." };
  }
  const address = `${recipient.local}@${recipient.domain}`;
  const trace = newTrace();
  const { hostname } = deps.clientPorts();
  const client = c.get("client");
  try {
    const accepted = await deps.transport.accept(
      {
        reversePath: from,
        recipients: [{ address }],
        smtputf8: /[^\x20-\x7e]/.test(from + address),
        origin: { kind: "web", protocol: "HTTP", user, remote: client.address, session: c.get("trace"), trace },
      },
      new TextEncoder().encode(messageText({ from, to: address, hostname, trace, at: deps.now() })),
    );
    return { to: address, sent: { trace, here: accepted.delivered.length > 0 } };
  } catch (thrown) {
    if (thrown instanceof Refusal) return { to, error: thrown.sentence };
    throw thrown;
  }
};

const messageText = (about: { from: string; to: string; hostname: string; trace: string; at: number }): string => {
  const one = (text: string) => flatten(parseAddressList(text));
  return [
    structuredField("Date", formatDate(about.at)),
    addressField("From", one(about.from)),
    addressField("To", one(about.to)),
    textField("Subject", "It works"),
    structuredField("Message-ID", `<${about.trace}.test@${about.hostname}>`),
    structuredField("MIME-Version", "1.0"),
    structuredField("Content-Type", "text/plain; charset=utf-8"),
    structuredField("Auto-Submitted", "auto-generated"),
    "\r\n",
    `This message came through your own mail server, ${about.hostname}.\r\n\r\n`,
    "If you read it here, mail arrives. If you sent it to an address elsewhere, mail also leaves.\r\n",
  ].join("");
};
