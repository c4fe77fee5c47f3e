/** A house in which somebody whom only the administrator may see has left a mark in everything that is his. */

import { apiTokens } from "../../src/administration/tables.ts";
import { passkeys } from "../../src/auth/tables.ts";
import { digest } from "../../src/auth/tokens.ts";
import type { Posting } from "../../src/transport/later/post.ts";
import { LOGINS, type Login, World } from "../administration/world.ts";
import { totpCode } from "../totp.ts";
import { Browser } from "../web/house.ts";

/** Stands in everything that is the foreigner's. */
export const MARK = "zq7mark";

export type Whose = Login | "nobody";

const MISSING: Readonly<Record<string, string>> = {
  ...{ user: "no-such-user", mailbox: "987654", domain: "nowhere.example", address: "no-such-user@nowhere.example" },
  ...{ contact: "987654", token: "987654", app: "987654", passkey: "987654", session: "0".repeat(64) },
  ...{ letter: "987654", template: "987654" },
  ...{ folder: "987654", uid: "987654", message: "987654.1", group: "no-group", queued: "987654" },
  ...{ certificate: "no-certificate", database: "no-database", marker: "no-such-mark" },
};

const message = (login: string) =>
  `From: ${MARK} <${MARK}@example.org>\r\nTo: ${login}@home.example\r\nSubject: ${MARK}\r\n\r\n${MARK} body\r\n`;

export class Town {
  readonly #things = new Map<string, string>();

  private constructor(readonly world: World) {}

  static async build(): Promise<Town> {
    const town = new Town(await World.create());
    await town.#mark();
    for (const login of LOGINS) await town.#own(login);
    // Otherwise they are written some time during the walk.
    await town.world.directory.users.lastLogins.flush();
    return town;
  }

  /** A text in which what begins with $ is replaced by somebody's. */
  filled(text: string, whose: Whose): string {
    return text.replace(/\$([a-z]+)$/, (_, kind: string) => this.thing(kind, whose));
  }

  thing(kind: string, whose: Whose): string {
    const found = whose === "nobody" ? MISSING[kind] : this.#things.get(`${kind} ${whose}`);
    if (found === undefined) throw new Error(`nobody knows a ${kind} of ${whose}`);
    return found;
  }

  /** Rows of all that is the foreigner's, or that he must not lose or get by others. */
  snapshot(): string {
    const { client } = this.world.store;
    const { id, primaryMailbox } = this.world.user("foreigner");
    const of = (table: string, column: string, value: number) =>
      client.query(`SELECT * FROM ${table} WHERE ${column} = ?`).all(value);
    return JSON.stringify([
      ...[of("users", "id", id), of("mailboxes", "owner_id", id), of("addresses", "mailbox_id", primaryMailbox)],
      ...[of("api_tokens", "user", id), of("app_passwords", "user", id), of("passkeys", "user", id)],
      ...[of("totps", "user", id), of("recovery_codes", "user", id), of("contacts", "owner_id", id)],
      ...[of("held_letters", "user_id", id), of("letter_templates", "user_id", id), of("identities", "user_id", id)],
      ...[of("web_sessions", "user", id), of("mailbox_shares", "mailbox_id", primaryMailbox)],
      ...[of("mailbox_shares", "user_id", id), of("folders", "mailbox", primaryMailbox)],
      client.query("SELECT * FROM domains WHERE name = 'foreign.example'").all(),
      client.query("SELECT login, permissions, administers FROM users WHERE permissions LIKE '%administrator%'").all(),
    ]);
  }

  async #mark(): Promise<void> {
    const { directory, user } = { directory: this.world.directory, user: this.world.user("foreigner") };
    const { domains, users, mailboxes, aliases, mailGroups } = directory;
    await domains.update("foreign.example", { description: MARK });
    const entry = Object.fromEntries(Object.entries(user.entry).map(([name, is]) => [name, is === "" ? MARK : is]));
    await users.update("foreigner", { fullName: MARK, entry: { ...user.entry, ...entry, listed: false } });
    const group = await mailGroups.create({ name: MARK, description: MARK });
    await mailboxes.update(user.primaryMailbox, {
      ...{ description: MARK, login: `${MARK}-mail`, groupId: group.id },
      forwarding: { addresses: [`${MARK}@example.org`] },
      autoresponder: { subject: MARK, text: MARK },
    });
    await aliases.update("foreigner@foreign.example", user.primaryMailbox, { note: MARK });
    await aliases.add(`${MARK}-*@foreign.example`, user.primaryMailbox);
    await this.world.mailstore.createFolder(user.primaryMailbox, MARK);
  }

  async #own(login: Login): Promise<void> {
    const { world } = this;
    const user = world.user(login);
    const name = login === "foreigner" ? MARK : "thing";
    const browser = new Browser(world.web);
    await browser.login(login);
    const { appPasswords, factors } = world.auth;
    const { created } = await appPasswords.create(login, { name, services: ["imap"] });
    if (login === "foreigner") {
      const { secret } = await factors.totp.begin(user.id, "mail.home.example", login);
      await factors.confirmTotp(user, totpCode(secret, Date.now()));
    }
    const ids = await world.store.commit((tx) => {
      const key = { user: user.id, name, host: "mail.home.example", credential: `credential-${login}` };
      const rest = { publicKey: new Uint8Array(3), counter: 0, synced: false, transports: [], createdAt: Date.now() };
      const passkey =
        login === "foreigner"
          ? tx.db
              .insert(passkeys)
              .values({ ...key, ...rest })
              .returning()
              .get().id
          : 0;
      const token = tx.db
        .insert(apiTokens)
        .values({ ...{ user: user.id, name, hash: digest(login) }, scopes: [], networks: [], createdAt: Date.now() })
        .returning()
        .get();
      return { passkey, token: token.id };
    });
    const folder = world.folderId(login);
    const uid = await world.put(folder, message(login));
    const { letter, template } = await this.#written(login, name);
    const own: Readonly<Record<string, string | number>> = {
      ...{ user: login, mailbox: user.primaryMailbox, contact: world.thing("contact", login) },
      ...{ domain: world.thing("domain", login), address: world.thing("address", login) },
      ...{ letter, template },
      ...{ app: created.id, passkey: ids.passkey, token: ids.token, group: MARK },
      session: world.auth.sessions.list(user.id)[0]?.id ?? "",
      ...{
        folder,
        uid,
        message: `${folder}.${uid}`,
        queued: "1",
        certificate: "their-certificate",
        database: "office",
        marker: MARK,
      },
    };
    for (const [kind, thing] of Object.entries(own)) this.#things.set(`${kind} ${login}`, String(thing));
  }

  /** A letter of somebody's that waits to leave, and a template. */
  async #written(login: Login, name: string): Promise<{ letter: number; template: number }> {
    const { store, directory, transport } = this.world;
    const { id } = this.world.user(login);
    const writer = store.content.writer();
    await writer.write(Buffer.from(message(login)));
    const octets = await writer.finish();
    const posting: Posting = {
      ...{
        key: `letter.${login}@home.example`,
        reversePath: `${login}@home.example`,
        recipients: ["ann@home.example"],
      },
      ...{ smtputf8: false, bcc: "", subject: name, to: name, people: [], draft: null, about: null },
    };
    return await store.commit((tx) => ({
      letter: transport.later.holdWithin(tx, id, posting, octets, Date.now() + 86_400_000, "192.0.2.1").id,
      template: directory.templates.addWithin(tx, id, { name, subject: name, text: name }, Date.now()).id,
    }));
  }
}
