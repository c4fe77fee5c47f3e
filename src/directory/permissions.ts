/** One switch on a user, the guest entry or a template. */
export interface PermissionInfo {
  readonly name: string;
  /** The service the permission belongs to: the heading it stands under. */
  readonly group: string;
  readonly label: string;
  /** One sentence that says what the switch does. */
  readonly help: string;
  /** Whether a new user has it. */
  readonly default: boolean;
}

/** Every permission there is, in the order the pages show them. */
export const PERMISSIONS = [
  {
    name: "user.autoresponder",
    group: "User",
    label: "Configure Mailbox Autoresponder",
    help: "May set and revoke an out-of-office reply of one's own.",
    default: false,
  },
  {
    name: "ftp.login",
    group: "FTP",
    label: "Allow Login",
    help: "May log in to the FTP service.",
    default: false,
  },
  {
    name: "ftp.homepage",
    group: "FTP",
    label: "Login to Homepage directory",
    help: "An FTP session sees the home-page folder alone, and not the rest of the user's folder.",
    default: false,
  },
  {
    name: "ftp.modify",
    group: "FTP",
    label: "Upload / Modify",
    help: "May upload files, and change, rename and delete them, over FTP and WebDAV.",
    default: false,
  },
  {
    name: "ftp.proxy",
    group: "FTP",
    label: "Use the FTP Proxy",
    help: "May reach FTP servers elsewhere through the FTP proxy.",
    default: false,
  },
  {
    name: "http.scripts",
    group: "HTTP",
    label: "Allow Scripts in Homepages",
    help: "Scripts in the pages of this user's home-page folder are run by the server.",
    default: false,
  },
  {
    name: "http.proxy",
    group: "HTTP",
    label: "Use the Web Proxy",
    help: "May use the web proxy and SOCKS with login name and password.",
    default: false,
  },
  {
    name: "smtp.relay",
    group: "SMTP",
    label: "Relay Mail beyond this server",
    help: "After logging in, may send mail to other domains. Services that trust the LAN list do not ask for it.",
    default: true,
  },
  {
    name: "web.expiry",
    group: "Web admin",
    label: "Change Mailbox Auto-Expiry",
    help: "May set after how long messages of owned mailboxes expire.",
    default: false,
  },
  {
    name: "web.password",
    group: "Web admin",
    label: "Change Mailbox Password",
    help: "May set the passwords of owned mailboxes.",
    default: false,
  },
  {
    name: "web.description",
    group: "Web admin",
    label: "Change Mailbox Description",
    help: "May change the description of owned mailboxes.",
    default: false,
  },
  {
    name: "web.forwarding",
    group: "Web admin",
    label: "Configure Mail Forwarding",
    help: "May forward the mail of owned mailboxes to any address, here or elsewhere.",
    default: false,
  },
  {
    name: "web.autoresponder",
    group: "Web admin",
    label: "Configure Mailbox Autoresponder",
    help: "May write the text that the autoresponders of owned mailboxes send.",
    default: false,
  },
  {
    name: "web.collection",
    group: "Web admin",
    label: "Collect Mail from Elsewhere",
    help: "May have the mail of accounts elsewhere collected into owned mailboxes.",
    default: false,
  },
  {
    name: "web.administrator",
    group: "Web admin",
    label: "System Administration Privileges",
    help: "Acts as administrator and may change other users.",
    default: false,
  },
] as const satisfies readonly PermissionInfo[];

/** The name of a permission. */
export type Permission = (typeof PERMISSIONS)[number]["name"];

/** The permission that makes a user an administrator. */
export const ADMINISTRATOR = "web.administrator" satisfies Permission;

/** All names, for schemas. */
export const PERMISSION_NAMES = PERMISSIONS.map((permission) => permission.name);

const NAMES: ReadonlySet<string> = new Set(PERMISSION_NAMES);

/** Whether a text is the name of a permission. */
export function isPermission(name: string): name is Permission {
  return NAMES.has(name);
}

/** What a new user may do: relaying mail is on, everything else is given on purpose. */
export function defaultPermissions(): Permission[] {
  return PERMISSIONS.filter((permission) => permission.default).map((permission) => permission.name);
}
