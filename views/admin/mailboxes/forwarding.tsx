/** The tab Forwarding: where mail goes on to, whether a copy stays, and under which sender it travels. */
import { Check, Choices, FieldError, Select, TextArea } from "../../parts/forms.tsx";
import { type TabForm, TabPanel, textIn, tickedIn } from "../../parts/tabs.tsx";

export interface ForwardingTab {
  readonly label: string;
  readonly enabled: boolean;
  readonly addresses: readonly string[];
  readonly keepCopy: boolean;
  readonly sender: string;
  /** Addresses of the mailbox under which mail may be sent on. */
  readonly own: readonly string[];
  readonly form: TabForm;
}

const LISTING = new Intl.ListFormat("en", { type: "conjunction" });

/** What becomes of mail now, in a sentence. */
const nowWords = ({ enabled, addresses, keepCopy, label }: ForwardingTab): string => {
  if (!enabled || addresses.length === 0) return `Mail for ${label} stays here.`;
  const to = LISTING.format(addresses);
  return keepCopy
    ? `Mail for ${label} is kept here and sent on to ${to}.`
    : `Mail for ${label} is sent on to ${to} and not kept here.`;
};

export const Forwarding = ({ tab: { form, ...tab } }: { tab: ForwardingTab }) => {
  const senders = [...new Set([...tab.own, ...(["original", "mailbox"].includes(tab.sender) ? [] : [tab.sender])])];
  return (
    <TabPanel form={form} lede={nowWords({ ...tab, form })} title="Forwarding">
      <Check
        as="switch"
        name="enabled"
        label="Send arriving mail on"
        checked={tickedIn(form, "enabled", tab.enabled)}
      />
      <TextArea
        label="To these addresses"
        name="addresses"
        value={textIn(form, "addresses", tab.addresses.join("\n"))}
        error={form.errors.addresses}
        rows={3}
        mono
        hint="One a line, here or elsewhere."
        attributes={{ inputmode: "email", autocapitalize: "none", spellcheck: "false", autocomplete: "off" }}
      />
      <Choices
        legend="What was sent on"
        name="keepCopy"
        value={textIn(form, "keepCopy", tab.keepCopy ? "yes" : "no")}
        options={[
          { value: "yes", label: "Stays here too", hint: "Nothing is lost if the other side refuses it." },
          { value: "no", label: "Is not kept here", hint: "The mailbox stays empty." },
        ]}
      />
      <Select
        label="Envelope sender"
        name="sender"
        value={textIn(form, "sender", tab.sender)}
        error={form.errors.sender}
        options={[
          { value: "original", label: "Whoever wrote the message" },
          { value: "mailbox", label: "This mailbox" },
          ...senders.map((address) => ({ value: address, label: address })),
        ]}
        hint="Who hears of it when a forwarded message cannot be delivered. Some servers refuse mail whose sender's domain is not this server's."
      />
      <FieldError name="forwarding" error={form.errors.forwarding} />
    </TabPanel>
  );
};
