/** What a user is: every property of an account, as values and as the schema that guards them. */
import { z } from "zod";
import { PERMISSION_NAMES, type Permission } from "./permissions.ts";
import { hasControls } from "./validate.ts";

/** `guest` is the one entry whose permissions hold where nobody has logged in; `template` is copied for new users. */
export type UserKind = "user" | "guest" | "template";

/** The login name of the guest entry. */
export const GUEST_LOGIN = "guest";

/** Most days an expiry may lie ahead. */
export const MOST_EXPIRY_DAYS = 9999;
/** What the pages propose. */
export const USUAL_EXPIRY_DAYS = 365;

/** SCRAM-SHA-256 keys (RFC 5802 §3), octets in base64. */
export interface ScramKeys {
  readonly salt: string;
  readonly iterations: number;
  readonly storedKey: string;
  readonly serverKey: string;
}

/** What proves who somebody is. Kept apart from `User`, so that showing a user can never show it. */
export interface Credentials {
  /** Argon2id in the PHC string format. */
  readonly passwordHash: string | null;
  readonly scram: ScramKeys | null;
  readonly changedAt: number | null;
}

/** A successful login, for information. */
export interface LastLogin {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly service: string;
  readonly remote: string;
}

const line = (name: string, most = 200) =>
  z
    .string()
    .trim()
    .max(most, `${name} has at most ${most} characters.`)
    .refine((text) => !hasControls(text), `${name} is a single line.`);

const lineOrEmpty = (name: string) => line(name).default("");

/** The user's entry in the directory that is served over LDAP and offered to webmail. */
export const directoryEntrySchema = z.strictObject({
  givenName: lineOrEmpty("A given name"),
  familyName: lineOrEmpty("A family name"),
  title: lineOrEmpty("A job title"),
  organisation: lineOrEmpty("An organisation"),
  department: lineOrEmpty("A department"),
  phoneWork: lineOrEmpty("A phone number"),
  phoneHome: lineOrEmpty("A phone number"),
  phoneMobile: lineOrEmpty("A phone number"),
  fax: lineOrEmpty("A fax number"),
  street: lineOrEmpty("A street"),
  city: lineOrEmpty("A town"),
  region: lineOrEmpty("A region"),
  postalCode: lineOrEmpty("A postal code"),
  country: lineOrEmpty("A country"),
  website: lineOrEmpty("A web address"),
  notes: z.string().max(4000, "Notes have at most 4000 characters.").default(""),
  listed: z.boolean().default(true).describe("Whether others see this entry."),
});
export type DirectoryEntry = z.output<typeof directoryEntrySchema>;

const externalSchema = z.strictObject({
  directory: line("The name of an external directory").min(1),
  /** How the directory names the user, e.g. its distinguished name; empty until it was looked up. */
  id: line("An external identity", 1000),
});
/** Says that an external user database decides about the password. */
export type ExternalIdentity = z.output<typeof externalSchema>;

const folder = (name: string) =>
  z
    .string()
    .trim()
    .max(400, `${name} is too long.`)
    .refine(
      (path) =>
        path === "" ||
        (!hasControls(path) &&
          !path.includes("\\") &&
          path.split("/").every((part) => part !== "" && part !== "." && part !== "..")),
      `${name} is a path below the files folder, like "people/anna".`,
    )
    .transform((path) => (path === "" ? null : path))
    .nullable();

const groupPattern = z
  .string()
  .trim()
  .regex(/^!?[A-Za-z0-9+_.*?-]{1,200}$/, 'A newsgroup is written like "local.news" or "local.*".');

const time = z.number().int("A time is a whole number of milliseconds.").min(0).max(8.64e15);

/** RFC 4616, HTTP Basic and folder names each rule out some characters; what is left suits all of them. */
export const loginSchema = z
  .string()
  .trim()
  .min(1, "A login name has at least one character.")
  .max(128, "A login name has at most 128 characters.")
  .transform((login) => login.normalize("NFC"))
  .refine(
    (login) => /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}._+@'-]*$/u.test(login),
    "A login name begins with a letter or digit and has only letters, digits and . _ + - ' @.",
  );

/** The name of a permission. */
export const permissionSchema = z.enum(PERMISSION_NAMES, {
  error: ({ input }) =>
    `There is no permission "${String(input).slice(0, 100)}". There are: ${PERMISSION_NAMES.join(", ")}.`,
});

/** What can be changed on a user. */
export const userPatchSchema = z
  .strictObject({
    login: loginSchema,
    fullName: line("A full name"),
    enabled: z.boolean(),
    permissions: z.array(permissionSchema).transform((names) => [...new Set(names)]),
    administers: z.array(z.number().int()).nullable(),
    mustChangePassword: z.boolean(),
    external: externalSchema.nullable(),
    webmail: z.boolean(),
    primaryMailbox: z.number().int(),
    homePageFolder: folder("The home-page folder"),
    ftpDirectory: folder("The FTP directory"),
    newsRead: z.array(groupPattern).max(1000, "There are at most 1000 newsgroups in the list."),
    newsPost: z.array(groupPattern).max(1000, "There are at most 1000 newsgroups in the list."),
    expiresAt: time.nullable(),
    expiresAfterIdleDays: z
      .number()
      .int("Days are a whole number.")
      .min(1, "At least one day.")
      .max(MOST_EXPIRY_DAYS, `At most ${MOST_EXPIRY_DAYS} days.`)
      .nullable(),
    /** Days without a login are counted from here on too: what "renew" sets. */
    renewedAt: time.nullable(),
    expiryWarnedAt: time.nullable(),
    entry: directoryEntrySchema,
  })
  .partial();
export type UserPatch = z.input<typeof userPatchSchema>;

/** What a new user is made from; whatever is missing comes from the template or the defaults. */
export const newUserSchema = userPatchSchema
  .omit({ primaryMailbox: true, expiryWarnedAt: true, renewedAt: true })
  .extend({
    login: loginSchema,
    kind: z.enum(["user", "template"]).default("user"),
    /** Login name of a template (or of any user) whose properties are copied. */
    template: z.string().optional(),
    /** Addresses of the primary mailbox, the first being the return address. Missing: the login name at the first domain. */
    addresses: z.array(z.string()).max(1000).optional(),
    description: line("A description").optional(),
    createdAt: time.optional(),
  });
export type NewUser = z.input<typeof newUserSchema>;

/** One person or device that logs in; also the guest entry and templates. Never changed in place. */
export interface User {
  readonly id: number;
  readonly kind: UserKind;
  readonly login: string;
  readonly fullName: string;
  readonly enabled: boolean;
  readonly permissions: ReadonlySet<Permission>;
  /** Ids of the domains a delegated administrator looks after; null for everybody else. */
  readonly administers: readonly number[] | null;
  readonly hasPassword: boolean;
  readonly passwordChangedAt: number | null;
  /** Strength (0–4) judged when the password was set; null where it was never judged. */
  readonly passwordScore: number | null;
  /** The user set the password, not somebody for the user. */
  readonly passwordChosen: boolean;
  readonly mustChangePassword: boolean;
  readonly external: ExternalIdentity | null;
  /** May log in to webmail. */
  readonly webmail: boolean;
  /** Id of the primary mailbox; 0 for the guest entry and templates, which have none. */
  readonly primaryMailbox: number;
  /** Folders below the data folder's `files/`. */
  readonly homePageFolder: string | null;
  readonly ftpDirectory: string | null;
  /** Patterns of newsgroups the user may read and post to. */
  readonly newsRead: readonly string[];
  readonly newsPost: readonly string[];
  /** The account expires at this time (milliseconds since the epoch). */
  readonly expiresAt: number | null;
  /** The account expires after so many days without a login. */
  readonly expiresAfterIdleDays: number | null;
  readonly renewedAt: number | null;
  readonly expiryWarnedAt: number | null;
  readonly entry: DirectoryEntry;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly lastLogin: LastLogin | null;
}
