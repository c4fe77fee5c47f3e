/** What else is set on users, templates and the guest entry: the rows of docs/accounts.md from Mail to the guest entry. */
import type { Row } from "./account-row.ts";
import { type About, EVERYWHERE, property, setting } from "./account-users.ts";

const MAIL: readonly Row[] = [
  property(
    "Mail",
    {
      id: "webmail",
      name: "Enable webmail login",
      effect:
        "Whether the user signs in to webmail. Mail programs do not ask for it; administrators reach the administration without it.",
      initially: "on",
      first: true,
      seen: ["web"],
    },
    {
      ...{ tab: "mail", field: "Enable webmail login", set: "webmail=no", body: { webmail: false } },
      ...{ at: "webmail", shown: { is: false } },
    },
  ),
  property(
    "Mail",
    {
      id: "primaryMailbox",
      name: "Primary mailbox",
      effect:
        "The mailbox that mail programs open and webmail shows first. Its return address is the user's: what webmail writes comes from it.",
      initially: "the mailbox that comes with the account",
      seen: ["imap", "pop3", "web"],
    },
    {
      ...{ tab: "mail", field: "Primary mailbox", set: "primaryMailbox={further}" },
      ...{ body: { primaryMailbox: "{further}" }, at: "primaryMailbox", shown: { is: "{further}" } },
    },
  ),
  {
    ...{ id: "shared", heading: "Mail", name: "Shared mailboxes" },
    effect:
      "The mailboxes of others that the user reaches, with the rights on each. It is shown here and changed on [the mailbox that is shared](#sharing). Webmail shows them below the own ones, IMAP under [Other Users and Shared](imap.md#mailboxes-of-others).",
    initially: "none",
    page: { at: "/admin/users/ben/mail", way: "Users → ben → Mail", field: "Shared mailboxes" },
    show: "gatepost user show ben",
    api: { read: "GET /users/ben" },
    ...{ at: "shared", shown: { has: { owner: "anna", rights: "lrs" } }, seen: ["web", "imap"] },
  },
];

const EXPIRY: readonly Row[] = [
  property(
    "Account expiry",
    {
      id: "expiresAt",
      name: "Expires on a specific date",
      effect:
        "As this day begins, where the server is, the account is refused everywhere: IMAP says `NO [EXPIRED]`, POP3 and submission refuse the login, the pages say that it has expired, and open sessions end. Its mail is kept.",
      initially: "never",
      first: null,
      seen: EVERYWHERE,
    },
    {
      ...{ tab: "expiry", field: "Date", set: "expiresAt=2040-01-31", body: { expiresAt: "2040-01-31" } },
      ...{ at: "expiresAt", shown: { is: "{day 2040-01-31}" } },
    },
  ),
  property(
    "Account expiry",
    {
      id: "expiresAfterDays",
      name: "Days after creation",
      effect:
        "The same said in days, up to 9999; the pages propose 365. While one of the two is edited the other keeps in step with it.",
      initially: "never",
      first: null,
      seen: EVERYWHERE,
    },
    {
      ...{ tab: "expiry", field: "Days after creation", set: "expiresAfterDays=30", body: { expiresAfterDays: 30 } },
      ...{ at: "expiresAfterDays", shown: { is: 30 } },
    },
  ),
  property(
    "Account expiry",
    {
      id: "expiresAfterIdleDays",
      name: "Days without signing in",
      effect:
        "The account expires when its user has not signed in to any service for so many days; counted from its creation, or its renewal, until the first time.",
      initially: "never",
      first: null,
      seen: EVERYWHERE,
    },
    {
      ...{ tab: "expiry", field: "Days without signing in", set: "expiresAfterIdleDays=90" },
      ...{ body: { expiresAfterIdleDays: 90 }, at: "expiresAfterIdleDays", shown: { is: 90 } },
    },
  ),
  {
    ...{ id: "lastLogin", heading: "Account expiry", name: "Last login" },
    effect: "When the user last signed in, to which service and from where. It cannot be changed.",
    initially: "never",
    page: { at: "/admin/users/anna/expiry", way: "Users → anna → Account expiry", field: "Last login" },
    show: "gatepost user show anna",
    api: { read: "GET /users/anna" },
    ...{ at: "lastLogin.service", shown: { is: "imap" }, seen: EVERYWHERE },
  },
  {
    ...{ id: "renew", heading: "Account expiry", name: "Renew" },
    effect: "Lets an account run again from now, for as long as it was given at first.",
    initially: "not renewed",
    page: { at: "/admin/users/anna/expiry", way: "Users → anna → Account expiry", field: "Renew" },
    command: "gatepost user renew anna",
    show: "gatepost user show anna",
    api: { change: "POST /users/anna/renewal", read: "GET /users/anna" },
    ...{ at: "state", shown: { is: "enabled" }, seen: EVERYWHERE },
  },
  setting(
    "Account expiry",
    {
      id: "receive",
      name: "Mail for expired accounts",
      effect:
        "Whether mailboxes of expired accounts still receive. Switched off, senders hear that there is no such mailbox.",
      initially: "on",
      seen: ["smtp"],
    },
    { setting: "directory.expiredAccountsReceive", value: false, text: "no", field: "Expired accounts receive" },
  ),
  setting(
    "Account expiry",
    {
      id: "warn",
      name: "Warning before the end",
      effect:
        "So many days before an account expires its user is told by mail, and the administrators who look after him.",
      initially: "14 and 3 days before",
      seen: ["imap"],
    },
    { setting: "accounts.expiryWarnDays", value: [30, 7], text: "30,7", field: "Expiry warn days" },
  ),
];

/** A property of the directory entry. */
function entry(
  id: string,
  name: string,
  effect: string,
  of: { readonly field: string; readonly property: string; readonly value: string },
): Row {
  const text = /[^\w@.-]/.test(of.value) ? `"${of.value}"` : of.value;
  return property(
    "Directory",
    { id, name, effect, initially: "empty", first: "", seen: ["web", "ldap"] },
    {
      ...{ tab: "directory", field: of.field, set: `entry.${of.property}=${text}` },
      ...{ body: { entry: { [of.property]: of.value } }, at: `entry.${of.property}`, shown: { is: of.value } },
    },
  );
}

const SHOWN_IN = "The user sees it under webmail's Options.";

const DIRECTORY: readonly Row[] = [
  entry("names", "Given name and family name", `\`entry.givenName\` and \`entry.familyName\`. ${SHOWN_IN}`, {
    ...{ field: "Family name", property: "familyName", value: "Berg" },
  }),
  entry(
    "organisation",
    "Organisation",
    `\`entry.organisation\`, with \`entry.title\`, \`entry.department\` and \`entry.website\`. ${SHOWN_IN} A template hands it to the users made from it.`,
    { field: "Organisation", property: "organisation", value: "Berg & Sons" },
  ),
  entry(
    "phones",
    "Phones",
    `\`entry.phoneWork\`, \`entry.phoneMobile\`, \`entry.phoneHome\` and \`entry.fax\`. ${SHOWN_IN}`,
    { field: "Mobile", property: "phoneMobile", value: "+49 170 1234567" },
  ),
  entry(
    "postal",
    "Postal address",
    `\`entry.street\`, \`entry.postalCode\`, \`entry.city\`, \`entry.region\` and \`entry.country\`. ${SHOWN_IN}`,
    { field: "Town", property: "city", value: "Bonn" },
  ),
  entry("notes", "Notes", `Several lines about the person. ${SHOWN_IN}`, {
    ...{ field: "Notes", property: "notes", value: "In on Tuesdays" },
  }),
  property(
    "Directory",
    {
      id: "listed",
      name: "Others see this entry",
      effect:
        "Whether webmail offers the user's name and address to others while they address a message, and LDAP the entry.",
      initially: "on",
      first: true,
      seen: ["web", "ldap"],
    },
    {
      ...{ tab: "directory", field: "Others see this entry", set: "entry.listed=no" },
      ...{ body: { entry: { listed: false } }, at: "entry.listed", shown: { is: false } },
    },
  ),
];

/** The row of a way to make an account. */
function made(
  about: About,
  of: Pick<Row, "command" | "stdin" | "at" | "shown"> & {
    readonly page: Row["page"];
    readonly body: Readonly<Record<string, unknown>>;
    readonly login?: string;
  },
): Row {
  const { body, login = "carla", ...rest } = of;
  return {
    ...{ heading: "New accounts", ...about, ...rest },
    show: `gatepost user show ${login}`,
    api: { change: "POST /users", body, read: `GET /users/${login}` },
  };
}

const NEW: readonly Row[] = [
  made(
    {
      id: "wizard",
      name: "A new user",
      effect:
        "One page asks for name, login, address, password and room for mail. The mailbox with its folders and the address come with the account, and, where wanted, a welcome message (`welcome.text`).",
      initially: "`smtp.relay` is on, and webmail",
      seen: EVERYWHERE,
    },
    {
      page: { at: "/admin/users/new", way: "Users → New user", field: "Login name" },
      command: 'gatepost user add carla --password-stdin --full-name "Carla Berg" --welcome',
      stdin: "seven-grey-herons-wait",
      body: { login: "carla", fullName: "Carla Berg", password: "seven-grey-herons-wait", welcome: true },
      ...{ at: "addresses", shown: { is: ["carla@example.org"] } },
    },
  ),
  made(
    {
      id: "template",
      name: "A template",
      effect:
        "Holds what several new users have in common: permissions, newsgroups, expiry, folders, organisation. Nobody signs in with it, and users made from it stay as they are when it changes.",
      initially: "there is none",
      seen: ["web"],
    },
    {
      page: { at: "/admin/users/new?kind=template", way: "Users → Templates → New template", field: "Name" },
      command: "gatepost user add carla --kind template",
      body: { login: "carla", kind: "template" },
      ...{ at: "kind", shown: { is: "template" } },
    },
  ),
  made(
    {
      id: "fromTemplate",
      name: "A user from a template",
      effect: "Copies what the template says, once.",
      initially: "nothing is copied",
      seen: ["submission"],
    },
    {
      page: { at: "/admin/users/new?template=staff", way: "Users → New user", field: "Begin with" },
      ...{ command: "gatepost user add carla --password-stdin --template staff", stdin: "seven-grey-herons-wait" },
      body: { login: "carla", template: "staff", password: "seven-grey-herons-wait" },
      ...{ at: "permissions", shown: { lacks: "smtp.relay" } },
    },
  ),
  made(
    {
      id: "copy",
      name: "Another user like this",
      effect: "The same from a user: permissions, newsgroups, expiry; not what belongs to one person.",
      initially: "nothing is copied",
      seen: ["web"],
    },
    {
      page: { at: "/admin/users/new?template=anna", way: "Users → anna → Another like this", field: "Begin with" },
      ...{ command: "gatepost user add carla --password-stdin --template anna", stdin: "seven-grey-herons-wait" },
      body: { login: "carla", template: "anna", password: "seven-grey-herons-wait" },
      ...{ at: "permissions", shown: { has: "web.forwarding" } },
    },
  ),
  made(
    {
      id: "administrator",
      name: "Several administrators",
      effect: "As many as wanted. Each change is in the audit log with who made it.",
      initially: "the one of the first start",
      seen: ["web"],
    },
    {
      page: { at: "/admin/users/new", way: "Users → New user", field: "Yes, of everything" },
      ...{ command: "gatepost user add carla --password-stdin --admin", stdin: "seven-grey-herons-wait" },
      body: { login: "carla", grant: ["web.administrator"], password: "seven-grey-herons-wait" },
      ...{ at: "permissions", shown: { has: "web.administrator" } },
    },
  ),
  property(
    "New accounts",
    {
      id: "delegate",
      name: "Looking after some domains",
      effect:
        "A delegated administrator looks after the users all of whose addresses are in his domains, but not after other administrators. He gives nobody what he has not himself, and sees nothing of the rest of the house.",
      initially: "nobody",
      first: null,
      seen: ["web"],
    },
    {
      ...{ tab: "permissions", field: "Yes, of some domains" },
      set: "permissions=+web.administrator administers=firm.example",
      body: { grant: ["web.administrator"], administers: ["firm.example"] },
      ...{ at: "administers", shown: { is: ["firm.example"] } },
    },
  ),
];

const GUEST: readonly Row[] = [
  property(
    "Guest entry",
    {
      id: "guestPermissions",
      name: "What may be done without a login",
      effect:
        "The permissions that hold where nobody has logged in, such as for programs in the LAN that use the web proxy. Administration cannot be among them.",
      initially: "none",
      first: [],
      seen: ["proxy"],
    },
    {
      ...{ tab: "permissions", field: "Use the Web Proxy", set: "permissions=+http.proxy", login: "guest" },
      ...{ body: { grant: ["http.proxy"] }, at: "permissions", shown: { has: "http.proxy" } },
    },
  ),
  property(
    "Guest entry",
    {
      id: "guestNews",
      name: "Newsgroups without a login",
      effect: "The groups that are read, and with `newsPost` those that are posted to, where nobody has logged in.",
      initially: "none",
      first: [],
      seen: ["nntp"],
    },
    {
      ...{ tab: "news", field: "May read", set: "newsRead=local.news", login: "guest" },
      ...{ body: { newsRead: ["local.news"] }, at: "newsRead", shown: { is: ["local.news"] } },
    },
  ),
];

export const LIFE_ROWS: readonly Row[] = [...MAIL, ...EXPIRY, ...DIRECTORY, ...NEW, ...GUEST];
