/** A house with webmail and the people who use it. */
import type { NewUser, User } from "../../src/directory/user.ts";
import { Browser } from "../web/client.ts";
import { House as WebHouse } from "../web/house.ts";

export { PASSWORD } from "../house.ts";
export { Browser, htmx } from "../web/client.ts";

export class House extends WebHouse {
  /** Builds a house with a domain and the users ann and bob. */
  static override async build(): Promise<House> {
    return await new House().furnish("ann", "bob");
  }

  override async addUser(login: string, properties: Partial<NewUser> = {}): Promise<User> {
    const fullName = `${login[0]?.toUpperCase()}${login.slice(1)} Example`;
    const user = await super.addUser(login, { fullName, addresses: [`${login}@home.example`], ...properties });
    // What is sent leaves at once.
    await this.setUndo(user, 0);
    return user;
  }

  /** For how many seconds somebody can call back what he sent. */
  async setUndo({ id }: User, undoSeconds: number): Promise<void> {
    await this.store.commit((tx) => this.directory.preferences.setWithin(tx, id, { undoSeconds }));
  }

  /** Puts a message into a folder; line ends become CRLF. Gives its UID. */
  override async put(
    folder: number,
    message: string | Uint8Array,
    options: { readonly flags?: number; readonly at?: number } = {},
  ): Promise<number> {
    const octets = typeof message === "string" ? message.replace(/\r?\n/g, "\r\n") : message;
    return await super.put(folder, octets, options);
  }

  /** A browser that is signed in. */
  async signIn(login: string): Promise<Browser> {
    const browser = new Browser(this.web);
    await browser.login(login);
    return browser;
  }
}
