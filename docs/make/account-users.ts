/** What opens an account and what it may: the rows of docs/accounts.md from General to Permissions. */
import { SETTINGS_GROUPS } from "../../src/appliance/settings-groups.ts";
import { PERMISSIONS, type Permission } from "../../src/directory/permissions.ts";
import type { Heading, Row, Seen, Shown } from "./account-row.ts";

export const EVERYWHERE = ["imap", "pop3", "submission", "web"] as const satisfies readonly Seen[];

const TABS = {
  general: "General",
  news: "News",
  permissions: "Permissions",
  mail: "Mail",
  expiry: "Account expiry",
  directory: "Directory",
} as const;

export type About = Pick<Row, "id" | "name" | "effect" | "initially" | "first" | "seen">;

/** A property that `user set` sets. */
export function property(
  heading: Heading,
  about: About,
  of: {
    readonly tab: keyof typeof TABS;
    readonly field: string;
    /** The words of the command behind the login name. */
    readonly set: string;
    readonly body: Readonly<Record<string, unknown>>;
    readonly at: string;
    readonly shown: Shown;
    readonly login?: string;
    /** The login name it has then. */
    readonly after?: string;
  },
): Row {
  const { login = "anna", after = login } = of;
  return {
    ...{ heading, ...about, at: of.at, shown: of.shown },
    page: {
      at: `/admin/users/${login}${of.tab === "general" ? "" : `/${of.tab}`}`,
      way: `Users → ${login} → ${TABS[of.tab]}`,
      field: of.field,
    },
    command: `gatepost user set ${login} ${of.set}`,
    show: `gatepost user show ${after}`,
    api: { change: `PATCH /users/${login}`, body: of.body, read: `GET /users/${after}` },
  };
}

const titleOf = (name: string) => SETTINGS_GROUPS.find(({ group }) => group.name === name)?.title ?? name;

/** A setting of the whole server that accounts depend on. */
export function setting(
  heading: Heading,
  about: About,
  of: { readonly setting: string; readonly value: unknown; readonly text: string; readonly field: string },
): Row {
  const [group = "", name = ""] = of.setting.split(".");
  return {
    ...{ heading, ...about },
    ...{ at: "", shown: { has: { setting: of.setting, value: of.value } } },
    page: { at: `/admin/settings/${group}`, way: `Settings → ${titleOf(group)}`, field: of.field },
    command: `gatepost settings set ${of.setting}=${of.text}`,
    show: `gatepost settings list ${group}`,
    api: {
      ...{ change: "PATCH /settings", body: { values: { [of.setting]: of.value } }, read: `GET /settings/${group}` },
      reading: { at: "settings", shown: { has: { name, value: of.value } } },
    },
  };
}

const GENERAL: readonly Row[] = [
  property(
    "General",
    {
      id: "login",
      name: "Login name",
      effect:
        "Opens every service, together with the password, and the administration and the proxies too. With another name the account is the same: the old one opens nothing any more, and addresses stay as they are.",
      initially: "given when the account is made",
      seen: EVERYWHERE,
    },
    {
      ...{ tab: "general", field: "Login name", set: "rename=hanna", body: { rename: "hanna" } },
      ...{ at: "login", shown: { is: "hanna" }, after: "hanna" },
    },
  ),
  property(
    "General",
    {
      id: "fullName",
      name: "Full name",
      effect: "For people to read: in lists, and as the name of the sender in webmail. It opens nothing.",
      initially: "empty",
      first: "",
      seen: ["web"],
    },
    {
      ...{ tab: "general", field: "Full name", set: 'fullName="Anna Berg"', body: { fullName: "Anna Berg" } },
      ...{ at: "fullName", shown: { is: "Anna Berg" } },
    },
  ),
  {
    ...{ id: "password", heading: "General", name: "Password", at: "hasPassword", shown: { is: true } },
    effect:
      "One for every service. Without one nobody signs in. When an administrator sets another, all browsers of the user are signed out. It is kept as Argon2id and as SCRAM keys, never in clear.",
    initially: "given when the account is made",
    page: { at: "/admin/users/anna", way: "Users → anna → General", field: "New password" },
    ...{ command: "gatepost user password anna --password-stdin", stdin: "seven-grey-herons-wait" },
    show: "gatepost user show anna",
    api: {
      ...{ change: "PUT /users/anna/password", body: { password: "seven-grey-herons-wait" }, read: "GET /users/anna" },
    },
    seen: EVERYWHERE,
  },
  setting(
    "General",
    {
      id: "strength",
      name: "Strength of passwords",
      effect:
        "The least strength of a new password, from 0 to 4, for every account, the first administrator included. It is judged while it is typed; the judge knows common passwords, keyboard rows and the user's own names, and says what would be better.",
      initially: "2, “fair”",
      seen: ["web"],
    },
    { setting: "auth.minimumScore", value: 4, text: "4", field: "Minimum score" },
  ),
  property(
    "General",
    {
      id: "mustChange",
      name: "Must change the password",
      effect:
        "The password opens only the page where another one is chosen. Mail programs are refused, with a sentence that names that page, until this is done.",
      initially: "off; on where the page for a new user makes the password",
      first: false,
      seen: EVERYWHERE,
    },
    {
      ...{ tab: "general", field: "Must change the password", set: "mustChangePassword=yes" },
      ...{ body: { mustChangePassword: true }, at: "mustChangePassword", shown: { is: true } },
    },
  ),
  property(
    "General",
    {
      id: "enabled",
      name: "Account is enabled",
      effect:
        "Switched off, the account opens nothing, and sessions that are open end. Its mail is kept, and more arrives.",
      initially: "on",
      first: true,
      seen: EVERYWHERE,
    },
    {
      ...{ tab: "general", field: "Account is enabled", set: "enabled=no", body: { enabled: false } },
      ...{ at: "enabled", shown: { is: false } },
    },
  ),
  {
    ...{ id: "ownPassword", heading: "General", name: "Changing the own password" },
    effect:
      "Whether users whose return address is in this domain change their own password under webmail's Options. The new one holds for every service at once.",
    initially: "on",
    first: true,
    page: {
      ...{ at: "/admin/domains/firm.example", way: "Domains → firm.example" },
      field: "Users may change their own password in webmail",
    },
    command: "gatepost domain set firm.example passwordChange=no",
    show: "gatepost domain show firm.example",
    api: {
      ...{ change: "PATCH /domains/firm.example", body: { passwordChange: false }, read: "GET /domains/firm.example" },
    },
    ...{ at: "passwordChange", shown: { is: false }, seen: ["web"] },
  },
  property(
    "General",
    {
      id: "external",
      name: "Password is checked by",
      effect:
        "A user database elsewhere, LDAP or Active Directory, decides about the password instead of this server, which then keeps none. If that database is away, sign-ins are put off, and nobody is barred for it.",
      initially: "this server",
      first: null,
      seen: EVERYWHERE,
    },
    {
      ...{ tab: "general", field: "Password is checked by", set: "external.directory=company" },
      body: { external: { directory: "company", id: "" } },
      ...{ at: "external", shown: { is: { directory: "company", id: "" } } },
    },
  ),
  {
    ...{ id: "import", heading: "General", name: "Import from a user database" },
    effect:
      "Makes accounts for the people of a user database, with the addresses it names for them. The preview says before what would be created, changed or left as it is.",
    initially: "nothing is imported",
    page: {
      ...{ at: "/admin/user-databases/company/import", way: "User databases → company → Import" },
      field: "Create the chosen",
    },
    command: "gatepost userdb import company --create",
    show: "gatepost user show carla",
    api: {
      change: "POST /user-databases/company/import",
      ...{ body: { actions: ["create"] }, read: "GET /users/carla" },
    },
    ...{ at: "external.directory", shown: { is: "company" }, seen: EVERYWHERE },
  },
  {
    ...{ id: "autoCreate", heading: "General", name: "Accounts at the first login" },
    effect:
      "Whoever is in the user database and signs in here for the first time gets an account, with the permissions of the template that the database's rules name.",
    initially: "off",
    page: {
      ...{ at: "/admin/user-databases/company", way: "User databases → company" },
      field: "Whoever logs in for the first time gets an account",
    },
    command: "gatepost userdb set company autoCreate=yes",
    show: "gatepost userdb show company",
    api: {
      change: "PATCH /user-databases/company",
      ...{ body: { autoCreate: true }, read: "GET /user-databases/company" },
    },
    ...{ at: "autoCreate", shown: { is: true }, seen: EVERYWHERE },
  },
  property(
    "General",
    {
      id: "homePageFolder",
      name: "Home-page folder",
      effect:
        "Where the web pages of this user lie, below the folder `files` of the data folder; without one in `people/<login>/www`. They are seen at `/~<login>/`. A path that leads out of it is refused.",
      initially: "none",
      first: null,
      seen: ["homepages", "ftp"],
    },
    {
      ...{ tab: "general", field: "Home-page folder", set: "homePageFolder=people/anna" },
      ...{ body: { homePageFolder: "people/anna" }, at: "homePageFolder", shown: { is: "people/anna" } },
    },
  ),
  property(
    "General",
    {
      id: "ftpDirectory",
      name: "FTP directory",
      effect:
        "Where an FTP session of this user begins, below the folder `files` of the data folder; without one in `people/<login>`.",
      initially: "none",
      first: null,
      seen: ["ftp"],
    },
    {
      ...{ tab: "general", field: "FTP directory", set: "ftpDirectory=ftp/anna" },
      ...{ body: { ftpDirectory: "ftp/anna" }, at: "ftpDirectory", shown: { is: "ftp/anna" } },
    },
  ),
];

const NEWS: readonly Row[] = [
  property(
    "News",
    {
      id: "newsRead",
      name: "Newsgroups to read",
      effect:
        "Groups or patterns, such as `local.*`; one behind `!` is taken out again, and the last that fits counts. Only groups that the server itself is subscribed to can be read.",
      initially: "`*`: every group that the server has",
      first: ["*"],
      seen: ["nntp"],
    },
    {
      ...{ tab: "news", field: "May read", set: "newsRead='local.*,!local.board'" },
      ...{ body: { newsRead: ["local.*", "!local.board"] }, at: "newsRead" },
      shown: { is: ["local.*", "!local.board"] },
    },
  ),
  property(
    "News",
    {
      id: "newsPost",
      name: "Newsgroups to post to",
      effect: "The same for posting. Who may post to a group need not be allowed to read it.",
      initially: "none",
      first: [],
      seen: ["nntp"],
    },
    {
      ...{ tab: "news", field: "May post to", set: "newsPost=local.chat", body: { newsPost: ["local.chat"] } },
      ...{ at: "newsPost", shown: { is: ["local.chat"] } },
    },
  ),
];

/** What each permission does, and where that is seen. */
const EFFECTS: Readonly<Record<Permission, readonly [effect: string, ...seen: Seen[]]>> = {
  "user.autoresponder": [
    "Under webmail's Options the user switches the out-of-office reply of the own mailbox on and off and sets its days. The text is another permission.",
    "web",
  ],
  "ftp.login": ["The login name and the password open FTP.", "ftp"],
  "ftp.homepage": [
    "An FTP session begins in the home-page folder, where the user has one, instead of the FTP directory.",
    "ftp",
  ],
  "ftp.modify": ["Over FTP the user may upload files, and change, rename and delete them.", "ftp"],
  "ftp.proxy": ["The login name and the password open the proxy to FTP servers elsewhere.", "ftpproxy"],
  "http.scripts": ["Scripts in the pages of the user's home-page folder are run by this server.", "homepages"],
  "http.proxy": ["The login name and the password open the web proxy and SOCKS.", "proxy"],
  "smtp.relay": [
    "Whoever has logged in may send mail to other domains. Without it each such recipient is refused with 550 5.7.1, in webmail too; mail to people here goes on. Services that trust the LAN list do not ask for it.",
    "submission",
    "smtp",
    "web",
  ],
  "web.expiry": ["Under webmail's Options the user says after how many days messages of own folders expire.", "web"],
  "web.password": ["Under webmail's Options the user sets the password of an own mailbox.", "web", "imap", "pop3"],
  "web.description": ["Under webmail's Options the user says what an own mailbox is for.", "web"],
  "web.forwarding": ["Under webmail's Options the user sends arriving mail on to any address.", "web", "smtp"],
  "web.autoresponder": [
    "Under webmail's Options the user writes the text of the out-of-office reply, its period, and who gets none.",
    "web",
    "smtp",
  ],
  "web.collection": [
    "Under webmail's Options the user has the mail of accounts elsewhere [collected](collection.md).",
    "web",
  ],
  "web.administrator": [
    "The user acts as administrator and may change every user and this server. There can be several; the last one cannot be removed, and nobody takes it from himself. Of some domains only: see [Looking after some domains](#looking-after-some-domains).",
    "web",
  ],
};

const PERMISSION_ROWS: readonly Row[] = PERMISSIONS.map(({ name, group, label, default: on }) => {
  const [effect, ...seen] = EFFECTS[name];
  const about = { id: name, name: `${group}: ${label}`, effect, initially: on ? "on" : "off", seen };
  return property("Permissions", about, {
    ...{ tab: "permissions", field: name === "web.administrator" ? "Yes, of everything" : label },
    set: `permissions=${on ? "-" : "+"}${name}`,
    body: on ? { revoke: [name] } : { grant: [name] },
    ...{ at: "permissions", shown: on ? { lacks: name } : { has: name } },
  });
});

export const USER_ROWS: readonly Row[] = [...GENERAL, ...NEWS, ...PERMISSION_ROWS];
