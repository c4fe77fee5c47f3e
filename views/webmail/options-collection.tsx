/** The accounts elsewhere whose mail is collected into one's own mailbox. */
import { Collection, type CollectionPart } from "../parts/collection.tsx";
import { t } from "../words/words.ts";
import { type OptionsFrame, OptionsPage } from "./options.tsx";
import { BELOW, type MailboxHead } from "./options-mailbox.tsx";

export const MailboxCollection = ({
  frame,
  head,
  part,
}: {
  frame: OptionsFrame;
  head: MailboxHead;
  part: CollectionPart;
}) => (
  <OptionsPage
    frame={frame}
    title={t("Mail from elsewhere")}
    under={BELOW(head)}
    lede={t("What arrives in your accounts at other providers is fetched and put into this mailbox.")}
  >
    <Collection part={part} />
  </OptionsPage>
);
