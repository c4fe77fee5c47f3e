/** Mail that the server writes to its own people: put into one mailbox, full or not, and sent on where its owner forwards. */
import { newTrace } from "../store/events.ts";
import { addressOf, composeLetter, inLines } from "./letter.ts";
import type { Parts } from "./parts.ts";
import type { Sealed } from "./receiver.ts";

/** A notice ready for the commit that makes it needful. */
export async function noticeTo(
  parts: Parts,
  mailbox: number,
  { subject, text }: { readonly subject: string; readonly text: string },
): Promise<Sealed> {
  const { directory } = parts;
  const trace = newTrace();
  const postmaster = `postmaster@${directory.domains.primary()?.name ?? parts.hostname()}`;
  const address = directory.aliases.list({ mailboxId: mailbox })[0]?.address ?? postmaster;
  const receiver = parts.receive({
    reversePath: "",
    recipients: [{ address, mailbox, notify: ["NEVER"] }],
    origin: { kind: "system", session: trace, trace },
    smtputf8: /[^\x00-\x7f]/.test(address),
  });
  const letter = composeLetter({
    from: addressOf(postmaster, "Mail server"),
    to: address,
    subject,
    text: inLines(text),
    date: parts.now(),
    messageId: `notice-${trace}@${parts.hostname()}`,
    submitted: "auto-generated",
  });
  try {
    await receiver.write(letter);
  } catch (error) {
    await receiver.abort();
    throw error;
  }
  return await receiver.seal();
}
