/** The Sieve scripts that sort the mail of one's own mailbox. */
import { Scripts, type ScriptsPart } from "../parts/scripts.tsx";
import { type OptionsFrame, OptionsPage } from "./options.tsx";
import { BELOW, type MailboxHead } from "./options-mailbox.tsx";

export const MailboxScripts = ({
  frame,
  head,
  part,
}: {
  frame: OptionsFrame;
  head: MailboxHead;
  part: ScriptsPart;
}) => (
  <OptionsPage
    frame={frame}
    title="Mail rules"
    under={BELOW(head)}
    lede="Scripts that sort arriving mail. Mail programs with Sieve write them here, too."
  >
    <Scripts part={part} />
  </OptionsPage>
);
