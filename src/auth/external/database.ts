/** What is set about an external user database: the schema that guards it, and what suits the usual directory servers. */
import { X509Certificate } from "node:crypto";
import { z } from "zod";
import { normaliseDomain } from "../../directory/address.ts";
import { changeOf, hasControls } from "../../directory/validate.ts";
import { filterProblem, LOGIN_PLACE } from "./filter.ts";
import { ADDRESS_PLACE } from "./mail-route.ts";
import { parseServer } from "./server-url.ts";

const line = (what: string, most = 500) =>
  z
    .string()
    .trim()
    .max(most, `${what} has at most ${most} characters.`)
    .refine((text) => !hasControls(text), `${what} is a single line.`);

/** Names of attributes, separated by commas; options such as `;binary` are not used. */
const attributeNames = (what: string) =>
  z
    .string()
    .trim()
    .max(500)
    .refine(
      (text) => text === "" || attributesIn(text).every((name) => /^[A-Za-z][A-Za-z0-9-]{0,99}$/.test(name)),
      `${what}: names of attributes are written like mail, proxyAddresses.`,
    );

const attributeName = (what: string) =>
  attributeNames(what).refine((text) => attributesIn(text).length <= 1, `${what} is one attribute.`);

const server = line("A server", 300).superRefine((text, context) => {
  const parsed = parseServer(text);
  if (typeof parsed === "string") context.addIssue({ code: "custom", message: parsed });
});

const certificate = z
  .string()
  .trim()
  .max(100_000, "The certificates are too long.")
  .superRefine((text, context) => {
    const problem = text === "" ? undefined : certificateProblem(text);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  });

const fingerprint = z
  .string()
  .trim()
  .transform((text) => text.replace(/^sha-?256[:=]?/i, "").replaceAll(/[:\s]/g, ""))
  .refine(
    (text) => /^[0-9a-f]{64}$/i.test(text),
    "A fingerprint is the SHA-256 of the certificate: 64 hexadecimal digits.",
  )
  .transform((text) => text.toUpperCase().replaceAll(/(..)(?=.)/g, "$1:"));

const filter = line("A filter", 2_000).superRefine((text, context) => {
  const problem = filterProblem(text);
  if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
});

/** Finds whoever has an address: an attribute of the draft, those of Active Directory, and what everybody has. */
const ROUTE_FILTER = `(|(mailLocalAddress=${ADDRESS_PLACE})(mail=${ADDRESS_PLACE})(mailAlternateAddress=${ADDRESS_PLACE})(proxyAddresses=smtp:${ADDRESS_PLACE}))`;

/** Which template the members of a group get. */
const groupRule = z.strictObject({
  group: line("A group").min(1, "Name the group."),
  template: line("A template", 128).min(1, "Name the template."),
  administrator: z.boolean().default(false).describe("The template may make administrators."),
});
export type GroupRule = z.output<typeof groupRule>;

/** The kinds of directory servers for which there are presets. */
export const DATABASE_KINDS = ["openldap", "activeDirectory", "lldap", "other"] as const;
export type DatabaseKind = (typeof DATABASE_KINDS)[number];

const fields = {
  description: line("A description", 200).default("").describe("What people call it."),
  enabled: z.boolean().default(true).describe("Is asked at all; while off, its users cannot log in."),
  kind: z.enum(DATABASE_KINDS).default("openldap").describe("Which presets were taken."),
  servers: z
    .array(server)
    .min(1, "Name at least one server.")
    .max(8, "At most eight servers.")
    .describe(
      "Tried in this order: ldaps://host or ldap://host (with STARTTLS), with :port where it is not the usual one.",
    ),
  plaintext: z
    .enum(["never", "loopback", "lan"])
    .default("never")
    .describe("Where ldap:// servers may be asked without TLS: nowhere, on this machine, or on the LAN."),
  certificate: certificate
    .default("")
    .describe(
      "Certificates (PEM) of the authority that made the servers' certificates; empty for the well-known ones.",
    ),
  fingerprints: z
    .array(fingerprint)
    .max(16)
    .default([])
    .describe("Trust exactly the certificates with these SHA-256 fingerprints, and no authority."),
  tlsName: line("A name", 255)
    .default("")
    .describe("The name the certificate is made for, where it is not the one under which the server is reached."),
  bindDn: line("A bind DN").default("").describe("Who searches; empty for everybody (anonymous)."),
  base: line("A base").default("").describe("Where users are searched, such as ou=people,dc=example,dc=org."),
  filter: filter
    .refine((text) => text.includes(LOGIN_PLACE), `The filter has ${LOGIN_PLACE} where the login name comes.`)
    .describe(`Which entries are users: RFC 4515, with ${LOGIN_PLACE} where the login name comes.`),
  loginAttribute: attributeName("The login")
    .min(1, "Name the attribute of the login.")
    .describe("Holds the login name."),
  idAttribute: attributeName("The identity").describe(
    "Never changes as long as the entry lives, whatever it is renamed to; empty for the DN.",
  ),
  nameAttribute: attributeNames("The full name").describe("Holds the full name; the first that is there counts."),
  mailAttributes: attributeNames("Mail").describe("Hold mail addresses; those in local domains become addresses here."),
  groups: z
    .enum(["attribute", "nested", "search"])
    .describe(
      "How groups are found: an attribute of the user (memberOf), that with groups in groups (Active Directory), or entries that name their members.",
    ),
  groupsAttribute: attributeName("Groups").describe("Holds the DNs of the user's groups."),
  groupBase: line("A group base").default("").describe("Where entries of groups are searched; empty for the base."),
  disabledAttribute: attributeName("Disabled").describe("Tells that an account is switched off."),
  disabledValue: line("A value", 100).describe(
    "What it says then: a value, * for any, or &2 for a number that has this bit.",
  ),
  rules: z.array(groupRule).max(100).default([]).describe("The first group that a user is in decides the template."),
  template: line("A template", 128)
    .default("")
    .describe("For users in none of the groups; empty for the usual permissions."),
  permissionsFollow: z
    .boolean()
    .default(false)
    .describe("Permissions change with the groups at every synchronisation; otherwise they are given once."),
  autoCreate: z.boolean().default(false).describe("Whoever logs in for the first time gets an account."),
  domain: z
    .string()
    .trim()
    .refine((text) => text === "" || normaliseDomain(text) !== undefined, "That is not a domain.")
    .default("")
    .describe(
      "Where new users get an address if the directory names none in a local domain; empty for the first domain.",
    ),
  syncMinutes: z
    .number()
    .int()
    .min(0)
    .max(10_080)
    .default(0)
    .describe("Minutes between two synchronisations; 0 for none."),
  syncCreates: z.boolean().default(false).describe("Synchronisation makes accounts for new entries, too."),
  vanished: z
    .enum(["leave", "disable"])
    .default("leave")
    .describe("What happens to users whose entry is gone: nothing, or their account is switched off."),
  routes: z
    .array(
      line("A domain", 253)
        .refine((text) => normaliseDomain(text) !== undefined, "A domain is written like example.com.")
        .transform((text) => normaliseDomain(text) ?? text),
    )
    .max(1_000)
    .default([])
    .describe("Domains here of whose further addresses it says where their mail goes (mailRoutingAddress, mailHost)."),
  routeBase: line("A base").default("").describe("Where such addresses are searched; empty for the base."),
  routeFilter: filter
    .refine((text) => text.includes(ADDRESS_PLACE), `The filter has ${ADDRESS_PLACE} where the address comes.`)
    .default(ROUTE_FILTER)
    .describe(`Which entry has an address: RFC 4515, with ${ADDRESS_PLACE} where it comes.`),
  timeoutSeconds: z
    .number()
    .int()
    .min(1)
    .max(60)
    .default(8)
    .describe("Longest that one login waits for the directory."),
  connectSeconds: z
    .number()
    .int()
    .min(1)
    .max(30)
    .default(3)
    .describe("Longest that one server may take to be reached."),
  pageSize: z.number().int().min(10).max(1_000).default(500).describe("Entries asked for at a time (RFC 2696)."),
  connections: z.number().int().min(1).max(32).default(4).describe("Connections at a time to one server."),
};

/** Everything that can be set about a database but its name and its password. */
export const databaseSchema = z.strictObject(fields);
export type DatabaseProperties = z.output<typeof databaseSchema>;

/** What can be changed: anything that is given. A new kind brings its presets for what is not given. */
export const databasePatchSchema = changeOf(fields);
export type DatabasePatch = z.input<typeof databasePatchSchema>;

export const databaseName = z
  .string()
  .trim()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    "A name has letters, digits and . _ - and begins with a letter or digit.",
  );

type Preset = Pick<
  DatabaseProperties,
  | "filter"
  | "loginAttribute"
  | "idAttribute"
  | "nameAttribute"
  | "mailAttributes"
  | "groups"
  | "groupsAttribute"
  | "disabledAttribute"
  | "disabledValue"
>;

/** What suits a kind of server. */
export const PRESETS: Readonly<Record<DatabaseKind, Preset>> = {
  openldap: {
    filter: `(&(objectClass=inetOrgPerson)(uid=${LOGIN_PLACE}))`,
    loginAttribute: "uid",
    idAttribute: "entryUUID",
    nameAttribute: "displayName, cn",
    mailAttributes: "mail",
    groups: "attribute",
    groupsAttribute: "memberOf",
    // slapo-ppolicy: this time stands for "locked until an administrator unlocks it".
    disabledAttribute: "pwdAccountLockedTime",
    disabledValue: "000001010000Z",
  },
  activeDirectory: {
    filter: `(&(objectCategory=person)(objectClass=user)(|(sAMAccountName=${LOGIN_PLACE})(userPrincipalName=${LOGIN_PLACE})))`,
    loginAttribute: "sAMAccountName",
    idAttribute: "objectGUID",
    nameAttribute: "displayName, cn",
    mailAttributes: "mail, proxyAddresses",
    groups: "nested",
    groupsAttribute: "memberOf",
    // ADS_UF_ACCOUNTDISABLE
    disabledAttribute: "userAccountControl",
    disabledValue: "&2",
  },
  lldap: {
    filter: `(&(objectClass=person)(|(uid=${LOGIN_PLACE})(mail=${LOGIN_PLACE})))`,
    loginAttribute: "uid",
    idAttribute: "entryUUID",
    nameAttribute: "displayName, cn",
    mailAttributes: "mail",
    groups: "attribute",
    groupsAttribute: "memberOf",
    disabledAttribute: "",
    disabledValue: "",
  },
  other: {
    filter: `(&(objectClass=person)(uid=${LOGIN_PLACE}))`,
    loginAttribute: "uid",
    idAttribute: "",
    nameAttribute: "cn",
    mailAttributes: "mail",
    groups: "search",
    groupsAttribute: "",
    disabledAttribute: "",
    disabledValue: "",
  },
};

/** The names in a list of attributes. */
export function attributesIn(text: string): string[] {
  return text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

/** The certificates in a PEM text, one each. */
export function certificatesIn(pem: string): string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

function certificateProblem(pem: string): string | undefined {
  const found = certificatesIn(pem);
  if (found.length === 0) return "Paste certificates in PEM, beginning with -----BEGIN CERTIFICATE-----.";
  try {
    for (const one of found) new X509Certificate(one);
    return undefined;
  } catch {
    return "One of the certificates cannot be read.";
  }
}
