/** The Sieve scripts that sort the mail of one's own mailbox. */
import { Scripts, type ScriptsPart } from "../parts/scripts.tsx";
import { t } from "../words/words.ts";
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
    title={t("Sieve scripts")}
    under={BELOW(head)}
    lede={t(
      "Scripts that sort arriving mail, for all that rules have no form for, and a box to try them. Mail programs with Sieve write them here, too.",
    )}
  >
    <Scripts part={part} />
  </OptionsPage>
);
