/**
 * The directory: who exists here and what they may do. Users with every property of their accounts, domains, mailboxes,
 * addresses, and the way from an address to mailboxes. Called by `auth` (who logs in), `transport` (who receives, who may
 * send as whom), the services and the pages. It knows no password check and no message.
 *
 * This process is the only writer: what is read once stays in memory (bounded) until the change feed says otherwise. Inside
 * a commit everything is read from the file, so that work sees what it wrote. Every writing method has a twin `…Within(tx)`
 * for doing several things in one commit.
 *
 * RFC 5321 §4.5.1 (postmaster), RFC 2142 (abuse), RFC 5233 (subaddresses), RFC 6531 (UTF-8 addresses), RFC 5890 (IDN).
 */
import type { Store } from "../store/store.ts";
import { Aliases } from "./aliases.ts";
import { Completion } from "./completion.ts";
import { Contacts } from "./contacts.ts";
import { Domains } from "./domains.ts";
import { Identities } from "./identities.ts";
import { Limits } from "./limits.ts";
import { MailGroups } from "./mail-groups.ts";
import { Mailboxes } from "./mailboxes.ts";
import { allowsGroup } from "./newsgroups.ts";
import { PERMISSIONS, type Permission } from "./permissions.ts";
import { PictureSenders } from "./picture-senders.ts";
import { Preferred } from "./preferences.ts";
import { type Resolution, Resolver } from "./resolve.ts";
import { SavedSearches } from "./searches.ts";
import { directorySettings } from "./settings.ts";
import { Templates } from "./templates.ts";
import { addressForDays } from "./temporary.ts";
import type { User } from "./user.ts";
import { Users } from "./users.ts";

export type { Alias } from "./aliases.ts";
export type { Domain } from "./domains.ts";
export type { Mailbox } from "./mailbox.ts";
export type { User } from "./user.ts";

export class Directory {
  static readonly PERMISSIONS = PERMISSIONS;
  readonly domains: Domains;
  readonly aliases: Aliases;
  readonly mailGroups: MailGroups;
  readonly mailboxes: Mailboxes;
  readonly users: Users;
  readonly contacts: Contacts;
  readonly completion: Completion;
  readonly preferences: Preferred;
  readonly pictureSenders: PictureSenders;
  readonly identities: Identities;
  /** Templates of letters. */
  readonly templates: Templates;
  /** What users look for in their mail. */
  readonly searches: SavedSearches;
  readonly limits: Limits;
  readonly #resolver: Resolver;

  constructor(private readonly store: Store) {
    this.domains = new Domains(store);
    this.aliases = new Aliases(store, this.domains);
    this.mailGroups = new MailGroups(store);
    this.mailboxes = new Mailboxes(store, this.aliases, this.mailGroups);
    this.users = new Users(store, this.domains, this.aliases, this.mailboxes);
    this.limits = new Limits(store, this.mailboxes);
    this.contacts = new Contacts(store);
    this.completion = new Completion(store);
    this.preferences = new Preferred(store);
    this.pictureSenders = new PictureSenders(store);
    this.#resolver = new Resolver(store, this.domains, this.mailboxes, this.users);
    this.identities = new Identities(store, this);
    this.templates = new Templates(store);
    this.searches = new SavedSearches(store);
    this.users.ensureGuest();
  }

  /** Where an address leads at a time: to mailboxes here, nowhere, or to another domain. */
  resolve(address: string, now?: number): Resolution {
    return this.#resolver.resolve(address, now);
  }

  /** Whether a permission is on: the user's, or, where nobody has logged in, the guest entry's. */
  permits(user: User | undefined, permission: Permission): boolean {
    return (user ?? this.users.guest()).permissions.has(permission);
  }

  /** Whether somebody may read a newsgroup, or post to it; where nobody has logged in, the guest entry says so. */
  permitsNews(user: User | undefined, what: "read" | "post", group: string): boolean {
    const { newsRead, newsPost } = user ?? this.users.guest();
    return allowsGroup(what === "read" ? newsRead : newsPost, group);
  }

  /** The folder below `files/` in which an FTP session of a user begins; "" for the root of the service. */
  ftpFolder(user: User): string {
    const inHomePage = this.permits(user, "ftp.homepage") && user.homePageFolder !== null;
    return (inHomePage ? user.homePageFolder : user.ftpDirectory) ?? "";
  }

  /** Addresses of a user's mailboxes: the primary mailbox's return address first. */
  addressesOf(userId: number): string[] {
    const primary = this.users.byId(userId)?.primaryMailbox;
    const all = this.aliases.list({ ownerId: userId });
    const own = all.filter((alias) => alias.mailboxId === primary);
    return [...own, ...all.filter((alias) => alias.mailboxId !== primary)].map((alias) => alias.address);
  }

  /** Whether a user may send as an address: one of his own mailboxes has it, also with a detail, a date, days, or where a star stands. */
  maySendAs(userId: number, address: string): boolean {
    const found = this.#resolver.resolve(this.withoutDays(address));
    if (found.kind !== "local" || found.via === "catchAll") return false;
    return found.mailboxes.some((id) => this.mailboxes.byId(id)?.ownerId === userId);
  }

  /** What an address stands for that says for how many days another is to be good in its place. */
  withoutDays(address: string): string {
    if (!this.store.settings.get(directorySettings).temporaryAddresses) return address;
    return addressForDays(address)?.address ?? address;
  }

  /** Whether a user may read a mailbox: his own, or one shared with him. */
  mayRead(userId: number, mailboxId: number): boolean {
    return this.mailboxes.rights(userId, mailboxId).includes("r");
  }

  /** Writes what was kept back. Call before the store closes. */
  close(): void {
    this.users.lastLogins.close();
  }
}
