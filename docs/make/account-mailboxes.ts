/** What is set on mailboxes and their addresses: the other rows of docs/accounts.md. */
import type { Heading, Row, Seen, Shown } from "./account-row.ts";
import { setting } from "./account-users.ts";

type About = Pick<Row, "id" | "name" | "effect" | "initially" | "first" | "seen">;

const TABS = {
  general: "General",
  addresses: "Addresses",
  forwarding: "Forwarding",
  autoresponder: "Autoresponder",
  expiry: "Expiry",
  quota: "Quota",
  sharing: "Sharing",
} as const;

const pageOf = (tab: keyof typeof TABS, field: string): Row["page"] => ({
  at: `/admin/mailboxes/{id}${tab === "general" ? "" : `/${tab}`}`,
  ...{ way: `Mailboxes → the mailbox → ${TABS[tab]}`, field },
});

/** A property that `mailbox set` sets. */
function property(
  heading: Heading,
  about: About,
  of: {
    readonly tab: keyof typeof TABS;
    readonly field: string;
    readonly set: string;
    readonly body: Readonly<Record<string, unknown>>;
    readonly at: string;
    readonly shown: Shown;
  },
): Row {
  return {
    ...{ heading, ...about, at: of.at, shown: of.shown, page: pageOf(of.tab, of.field) },
    command: `gatepost mailbox set anna ${of.set}`,
    show: "gatepost mailbox show anna",
    api: { change: "PATCH /mailboxes/{id}", body: of.body, read: "GET /mailboxes/{id}" },
  };
}

const PROGRAMS = ["imap", "pop3"] as const satisfies readonly Seen[];

const MAILBOXES: readonly Row[] = [
  {
    ...{ id: "further", heading: "Mailboxes", name: "Further mailboxes" },
    effect:
      "Beside the primary one a user may own more, to sort mail apart or to share them. Each has addresses, limits and rules of its own.",
    initially: "the primary mailbox alone",
    page: { at: "/admin/mailboxes/new", way: "Mailboxes → New mailbox", field: "Owner" },
    command: "gatepost mailbox add anna --address more-anna@example.org",
    show: "gatepost mailbox show more-anna@example.org",
    api: {
      change: "POST /mailboxes",
      body: { owner: "anna", addresses: ["more-anna@example.org"] },
      read: "GET /mailboxes?owner=anna",
      reading: { at: "mailboxes", shown: { has: { owner: "anna", primary: false } } },
    },
    ...{ at: "owner", shown: { is: "anna" }, seen: ["smtp", "web"] },
  },
  property(
    "Mailboxes",
    {
      id: "description",
      name: "Description",
      effect: "What the mailbox is for. Those with whom it is shared see it in webmail as its name.",
      initially: "empty",
      first: "",
      seen: ["web"],
    },
    {
      ...{ tab: "general", field: "Description", set: 'description="For the office"' },
      ...{ body: { description: "For the office" }, at: "description", shown: { is: "For the office" } },
    },
  ),
  property(
    "Mailboxes",
    {
      id: "ownLogin",
      name: "Login name of its own",
      effect:
        "A name that opens this mailbox alone, over IMAP, POP3 and submission, for a device or a program that should see nothing else.",
      initially: "none",
      first: null,
      seen: [...PROGRAMS, "submission"],
    },
    {
      ...{ tab: "general", field: "Login name of its own", set: "login=the-anna", body: { login: "the-anna" } },
      ...{ at: "login", shown: { is: "the-anna" } },
    },
  ),
  {
    ...{ id: "ownPasswordOf", heading: "Mailboxes", name: "Password of its own" },
    effect: "Goes with that login name. It does not open the pages, and the owner's password is another one.",
    initially: "none",
    first: false,
    page: pageOf("general", "Password"),
    ...{ command: "gatepost mailbox password anna --password-stdin", stdin: "seven-grey-herons-wait" },
    show: "gatepost mailbox show anna",
    api: {
      ...{ change: "PUT /mailboxes/{id}/password", body: { password: "seven-grey-herons-wait" } },
      read: "GET /mailboxes/{id}",
    },
    ...{ at: "hasPassword", shown: { is: true }, seen: PROGRAMS },
  },
  {
    ...{ id: "sharing", heading: "Mailboxes", name: "Sharing" },
    effect:
      "Lets another user, or `anyone`, into the whole mailbox with certain rights: `read`, `write`, `everything`, or letters of RFC 4314. He signs in with his own password and finds it in webmail, and in mail programs among [the mailboxes of others](imap.md#mailboxes-of-others).",
    initially: "with nobody",
    first: [],
    page: pageOf("sharing", "User"),
    command: "gatepost mailbox share anna ben read",
    show: "gatepost mailbox show anna",
    api: { change: "PUT /mailboxes/{id}/shares/ben", body: { rights: "read" }, read: "GET /mailboxes/{id}" },
    ...{ at: "shares", shown: { has: { login: "ben", rights: "lrs" } }, seen: ["web", "imap"] },
  },
  {
    ...{ id: "folderSharing", heading: "Mailboxes", name: "Rights in one folder" },
    effect:
      "What a user, or `anyone`, may in one folder, instead of what he may in the whole mailbox; `none` for nothing there. After `-` stands whom rights are withheld from, however he got them. New folders take the rights of the one above. The owner has every right always.",
    initially: "those in the whole mailbox",
    first: [],
    page: pageOf("sharing", "For"),
    command: "gatepost mailbox share anna ben read --folder Sent",
    show: "gatepost mailbox show anna",
    api: {
      change: "PUT /mailboxes/{id}/folder-shares",
      body: { folder: "Sent", name: "ben", rights: "read" },
      read: "GET /mailboxes/{id}",
    },
    ...{ at: "folderShares", shown: { has: { folder: "Sent", name: "ben", rights: "lrs" } }, seen: ["web", "imap"] },
  },
  property(
    "Mailboxes",
    {
      id: "ownReadMarks",
      name: "Own read marks",
      effect:
        "Whoever the mailbox is shared with has read marks of his own, and begins with everything unread; the owner's stay as they are. Otherwise a message is read for all once anybody has read it.",
      initially: "off",
      first: false,
      seen: ["imap", "web"],
    },
    {
      ...{ tab: "sharing", field: "Each reader has own read marks", set: "ownReadMarks=yes" },
      ...{ body: { ownReadMarks: true }, at: "ownReadMarks", shown: { is: true } },
    },
  ),
  property(
    "Mailboxes",
    {
      id: "group",
      name: "Mail group",
      effect:
        "Limits and rules of expiry that a set of mailboxes shares: what a mailbox leaves open is taken from its group, and a change of the group holds for all of them at once.",
      initially: "none",
      first: null,
      seen: ["smtp"],
    },
    {
      ...{ tab: "general", field: "Mail group", set: "group=office", body: { group: "office" } },
      ...{ at: "group", shown: { is: "office" } },
    },
  ),
  {
    ...{ id: "groupLimits", heading: "Mailboxes", name: "Limits of a mail group" },
    effect: "Hold for its mailboxes that have none of their own.",
    initially: "none",
    first: null,
    page: { at: "/admin/groups/office", way: "Mail groups → office", field: "Messages" },
    command: "gatepost group set office quota.messages=2",
    show: "gatepost group show office",
    api: {
      ...{ change: "PATCH /mail-groups/office", body: { quota: { messages: 2 } }, read: "GET /mail-groups/office" },
    },
    ...{ at: "quota.messages", shown: { is: 2 }, seen: ["smtp"] },
  },
];

/** An address that `alias add` adds. */
function address(
  about: About,
  of: {
    readonly address: string;
    readonly words?: string;
    readonly body?: Readonly<Record<string, unknown>>;
    readonly field?: string;
    readonly shown?: Readonly<Record<string, unknown>>;
  },
): Row {
  return {
    ...{ heading: "Addresses", ...about, page: pageOf("addresses", of.field ?? "Address") },
    command: `gatepost alias add '${of.address}' anna${of.words ?? ""}`,
    show: "gatepost mailbox show anna",
    api: {
      change: "POST /addresses",
      body: { address: of.address, mailbox: "{id}", ...of.body },
      read: "GET /mailboxes/{id}",
    },
    ...{ at: "addresses", shown: { has: { address: of.address, ...of.shown } } },
  };
}

const ADDRESSES: readonly Row[] = [
  address(
    {
      id: "alias",
      name: "Further addresses",
      effect: "Mail for the address arrives in the mailbox, and its owner may log in and send with it.",
      initially: "the login name at the first domain",
      seen: ["smtp", "imap", "submission"],
    },
    { address: "sales-anna@example.org" },
  ),
  address(
    {
      id: "returnAddress",
      name: "Return address",
      effect: "The address that webmail writes with, and by which the mailbox is called.",
      initially: "the first address",
      seen: ["web"],
    },
    {
      ...{ address: "first-anna@example.org", words: " --primary", body: { primary: true } },
      ...{ field: "Make it the return address", shown: { primary: true } },
    },
  ),
  {
    ...{ id: "severalMailboxes", heading: "Addresses", name: "One address on several mailboxes" },
    effect: "Mail for the address arrives in each of them.",
    initially: "on none",
    page: pageOf("addresses", "Address"),
    command: "gatepost alias add ben@example.org anna",
    show: "gatepost alias list --search ben@example.org",
    api: {
      ...{ change: "POST /addresses", body: { address: "ben@example.org", mailbox: "{id}" } },
      read: "GET /addresses?search=ben@example.org",
      reading: { at: "addresses", shown: { has: { owner: "anna", address: "ben@example.org" } } },
    },
    ...{ at: "", shown: { has: { owner: "anna", address: "ben@example.org" } }, seen: ["smtp"] },
  },
  setting(
    "Addresses",
    {
      id: "details",
      name: "Addresses with a detail",
      effect:
        "`anna+shop@example.org` reaches `anna@example.org` without being set up. Empty, no character separates a detail.",
      initially: "`+`",
      seen: ["smtp"],
    },
    { setting: "directory.subaddressSeparator", value: "-", text: "-", field: "Subaddress separator" },
  ),
  address(
    {
      id: "wildcard",
      name: "Patterns",
      effect:
        "A `*` in the part before the `@` stands for any characters. The address takes whatever nobody else has; of several patterns the closest counts.",
      initially: "none",
      seen: ["smtp"],
    },
    { address: "shop-anna-*@example.org", shown: { wildcard: true } },
  ),
  address(
    {
      id: "temporary",
      name: "Addresses that end",
      effect:
        "Takes mail up to and including a day, and refuses it from then on. It can be extended for `directory.keepEndedDays` more.",
      initially: "addresses stay",
      seen: ["smtp"],
    },
    {
      ...{ address: "fair-anna@example.org", words: " --expires 2099-01-31", body: { expiresAt: "2099-01-31" } },
      ...{ field: "Ends after", shown: { expiresAt: "{end of 2099-01-31}" } },
    },
  ),
  setting(
    "Addresses",
    {
      id: "handedOut",
      name: "Addresses handed out for a time",
      effect:
        "Everybody may hand out the own address with a date: `anna$E20990131@example.org` reaches `anna@example.org` until the end of that day, without being set up.",
      initially: "on",
      seen: ["smtp"],
    },
    { setting: "directory.temporaryAddresses", value: false, text: "no", field: "Temporary addresses" },
  ),
  {
    ...{ id: "domainAlias", heading: "Addresses", name: "Further names of a domain" },
    effect: "Every address of the domain reaches the same mailboxes by the other name, too.",
    initially: "none",
    first: [],
    page: {
      ...{ at: "/admin/domains/firm.example", way: "Domains → firm.example" },
      field: "Further names of this domain",
    },
    command: "gatepost domain set firm.example aliases=also-firm.example",
    show: "gatepost domain show firm.example",
    api: {
      ...{ change: "PATCH /domains/firm.example", body: { aliases: ["also-firm.example"] } },
      read: "GET /domains/firm.example",
    },
    ...{ at: "aliases", shown: { is: ["also-firm.example"] }, seen: ["smtp"] },
  },
  {
    ...{ id: "catchAll", heading: "Addresses", name: "Mail for unknown recipients" },
    effect:
      "Refused in SMTP at once (`refuse`), taken and sent back (`bounce`), or put into one mailbox (`mailbox`), the catch-all.",
    initially: "refused",
    first: "refuse",
    page: {
      ...{ at: "/admin/domains/firm.example", way: "Domains → firm.example" },
      field: "Put it into one mailbox",
    },
    command: "gatepost domain set firm.example unknownRecipients=mailbox catchAllMailbox=anna",
    show: "gatepost domain show firm.example",
    api: {
      change: "PATCH /domains/firm.example",
      body: { unknownRecipients: "mailbox", catchAllMailbox: "{id}" },
      read: "GET /domains/firm.example",
    },
    ...{ at: "unknownRecipients", shown: { is: "mailbox" }, seen: ["smtp"] },
  },
];

const forwarding = (about: About, field: string, set: string, body: object, reading: Pick<Row, "at" | "shown">) =>
  property("Forwarding", about, { tab: "forwarding", field, set, body: { forwarding: body }, ...reading });

const FORWARDING: readonly Row[] = [
  forwarding(
    {
      id: "forwardTo",
      name: "Forwarding",
      effect:
        "Sends arriving mail on to up to 100 addresses, here or elsewhere. Neither the sender nor the owner need be allowed to relay.",
      initially: "off",
      first: [],
      seen: ["smtp", "imap"],
    },
    "To these addresses",
    "forwarding.enabled=yes forwarding.addresses=ben@example.org",
    { enabled: true, addresses: ["ben@example.org"] },
    { at: "forwarding.addresses", shown: { is: ["ben@example.org"] } },
  ),
  forwarding(
    {
      id: "forwardKeep",
      name: "Keeping a copy",
      effect: "Whether what was sent on stays in the mailbox too. What can be delivered nowhere stays in any case.",
      initially: "a copy is kept",
      first: true,
      seen: ["imap"],
    },
    "Is not kept here",
    "forwarding.enabled=yes forwarding.addresses=ben@example.org forwarding.keepCopy=no",
    { enabled: true, addresses: ["ben@example.org"], keepCopy: false },
    { at: "forwarding.keepCopy", shown: { is: false } },
  ),
  forwarding(
    {
      id: "forwardSender",
      name: "Sender of forwarded mail",
      effect:
        "The envelope sender of what leaves this server, who hears of failures: the original one, this mailbox (`mailbox`), or an address. Servers that check SPF may refuse forwarded mail with the original one.",
      initially: "the original one",
      first: "original",
      seen: ["smtp"],
    },
    "Envelope sender",
    "forwarding.enabled=yes forwarding.addresses=ben@example.org forwarding.sender=mailbox",
    { enabled: true, addresses: ["ben@example.org"], sender: "mailbox" },
    { at: "forwarding.sender", shown: { is: "mailbox" } },
  ),
];

const reply = (about: About, field: string, set: string, body: object, reading: Pick<Row, "at" | "shown">) =>
  property("Automatic replies", about, {
    ...{ tab: "autoresponder", field, set, body: { autoresponder: body }, ...reading },
  });

const REPLIES: readonly Row[] = [
  reply(
    {
      id: "replies",
      name: "Automatic reply",
      effect:
        "Answers whoever writes to one of the mailbox's addresses, once in a period and by the return path; never lists, bulk mail or other automatic replies.",
      initially: "off",
      first: false,
      seen: ["smtp", "imap"],
    },
    "Answer mail",
    'autoresponder.enabled=yes autoresponder.text="I am away."',
    { enabled: true, text: "I am away." },
    { at: "autoresponder.enabled", shown: { is: true } },
  ),
  reply(
    {
      id: "replyText",
      name: "Subject and text",
      effect: "What is answered. Without a subject it is “Auto:” and the subject of the message that is answered.",
      initially: "empty",
      first: "",
      seen: ["imap"],
    },
    "Subject",
    'autoresponder.enabled=yes autoresponder.subject="Away" autoresponder.text="Back in May."',
    { enabled: true, subject: "Away", text: "Back in May." },
    { at: "autoresponder.subject", shown: { is: "Away" } },
  ),
  reply(
    {
      id: "replyPeriod",
      name: "Period",
      effect: "Days after which the same sender is answered again. Another text begins anew.",
      initially: "7 days",
      first: 7,
      seen: ["imap"],
    },
    "Answer the same sender again after",
    'autoresponder.enabled=yes autoresponder.text="Away" autoresponder.periodDays=1',
    { enabled: true, text: "Away", periodDays: 1 },
    { at: "autoresponder.periodDays", shown: { is: 1 } },
  ),
  reply(
    {
      id: "replyNever",
      name: "Do not respond",
      effect: "Senders that get no reply, by return path or From; `*` stands for any characters.",
      initially: "empty",
      first: [],
      seen: ["imap"],
    },
    "Never answer",
    'autoresponder.enabled=yes autoresponder.text="Away" autoresponder.doNotRespond=ben@*',
    { enabled: true, text: "Away", doNotRespond: ["ben@*"] },
    { at: "autoresponder.doNotRespond", shown: { is: ["ben@*"] } },
  ),
  reply(
    {
      id: "replyDates",
      name: "First and last day",
      effect: "Answers only from the first day on, and up to and including the last.",
      initially: "at once, and until it is switched off",
      first: null,
      seen: ["imap"],
    },
    "From",
    'autoresponder.enabled=yes autoresponder.text="Away" autoresponder.startsAt=2099-01-31',
    { enabled: true, text: "Away", startsAt: "2099-01-31" },
    { at: "autoresponder.startsAt", shown: { is: "{day 2099-01-31}" } },
  ),
];

const LIMITS: readonly Row[] = [
  property(
    "Limits and old mail",
    {
      id: "quotaSize",
      name: "Quota by size",
      effect:
        "The octets that all folders together may hold. When it is full, senders are asked to come again: `452 4.2.2`.",
      initially: "no limit",
      first: null,
      seen: ["smtp", "imap", "web"],
    },
    {
      ...{ tab: "quota", field: "Size", set: "quota.octets=3K", body: { quota: { octets: 3000 } } },
      ...{ at: "quota.octets", shown: { is: 3000 } },
    },
  ),
  property(
    "Limits and old mail",
    {
      id: "quotaMessages",
      name: "Quota by number",
      effect: "The number of messages that all folders together may hold.",
      initially: "no limit",
      first: null,
      seen: ["smtp", "imap", "web"],
    },
    {
      ...{ tab: "quota", field: "Messages", set: "quota.messages=1", body: { quota: { messages: 1 } } },
      ...{ at: "quota.messages", shown: { is: 1 } },
    },
  ),
  property(
    "Limits and old mail",
    {
      id: "whenFull",
      name: "When it is full",
      effect: "Ask senders to try again later (`defer`), or refuse for good with `552 5.2.2` (`refuse`).",
      initially: "senders try again later",
      first: "defer",
      seen: ["smtp"],
    },
    {
      ...{ tab: "quota", field: "Refuse for good", set: "quota.messages=0 quota.whenFull=refuse" },
      ...{ body: { quota: { messages: 0, whenFull: "refuse" } }, at: "quota.whenFull", shown: { is: "refuse" } },
    },
  ),
  property(
    "Limits and old mail",
    {
      id: "warning",
      name: "Warning",
      effect: "From this fill level on the owner is warned by a mail, at most once in so many days (`quota.warnDays`).",
      initially: "from 90 % on, once in 7 days",
      first: 90,
      seen: ["imap"],
    },
    {
      ...{ tab: "quota", field: "Warn the owner from", set: "quota.messages=10 quota.warnPercent=10" },
      ...{ body: { quota: { messages: 10, warnPercent: 10 } }, at: "quota.warnPercent", shown: { is: 10 } },
    },
  ),
  property(
    "Limits and old mail",
    {
      id: "expiryDelete",
      name: "Expiry that deletes",
      effect:
        "Messages that have been in a folder for so many days are deleted, by the hourly round. `*` is every folder without a rule of its own; without a rule nothing expires.",
      initially: "no rule",
      first: [],
      seen: ["imap"],
    },
    {
      ...{ tab: "expiry", field: "After days", set: "expiry.INBOX=30:delete" },
      body: { expiry: [{ folder: "INBOX", days: 30, action: "delete" }] },
      ...{ at: "expiry", shown: { is: [{ folder: "INBOX", days: 30, action: "delete" }] } },
    },
  ),
  property(
    "Limits and old mail",
    {
      id: "expiryArchive",
      name: "Expiry that archives",
      effect: "Messages move into the same folder below Archive instead, where they are searched and read like others.",
      initially: "no rule",
      first: [],
      seen: ["imap"],
    },
    {
      ...{ tab: "expiry", field: "Then", set: "expiry.INBOX=30:archive" },
      body: { expiry: [{ folder: "INBOX", days: 30, action: "archive" }] },
      ...{ at: "expiry", shown: { is: [{ folder: "INBOX", days: 30, action: "archive" }] } },
    },
  ),
  {
    ...{ id: "restore", heading: "Limits and old mail", name: "Back from the archive" },
    effect: "Puts messages, or a whole folder of the archive, back to where they were. Their days begin anew.",
    initially: "nothing is archived",
    page: { at: "/mail/options/mailboxes/{id}/archive", way: "Webmail → Options → Archive", field: "Restore" },
    command: "gatepost mailbox archive restore anna --folder INBOX",
    show: "gatepost mailbox show anna",
    api: {
      ...{ change: "POST /mailboxes/{id}/archive/restore", body: { folder: "{archived}" } },
      read: "GET /mailboxes/{id}",
    },
    ...{ at: "folders", shown: { has: { name: "INBOX", messages: 1 } }, seen: ["imap", "web"] },
  },
];

export const MAILBOX_ROWS: readonly Row[] = [...MAILBOXES, ...ADDRESSES, ...FORWARDING, ...REPLIES, ...LIMITS];
