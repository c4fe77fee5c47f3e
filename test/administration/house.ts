/** A house with its administration, for tests of operations; services and certificates are played here. */
import { type Actor, CONSOLE, type Scope } from "../../src/administration/actor.ts";
import { Administration } from "../../src/administration/administration.ts";
import { type AuditLine, readAudit } from "../../src/administration/audit.ts";
import type { CertificateOffice, Parts, ServiceBoard } from "../../src/administration/parts.ts";
import { ADMINISTRATOR, type Permission } from "../../src/directory/permissions.ts";
import { Refusal, type RefusalKind } from "../../src/refusal.ts";
import { House as Ground } from "../house.ts";

export { PASSWORD } from "../house.ts";

const none = () => Promise.reject(new Refusal("notFound", "There is none in this test."));

export class House extends Ground {
  readonly administration: Administration;
  readonly #clock: { later: number };

  protected constructor(clock = { later: 0 }) {
    super("administration", { auth: { sleep: () => Promise.resolve(), now: () => Date.now() + clock.later } });
    this.#clock = clock;
    this.administration = new Administration({
      ...{ store: this.store, directory: this.directory, auth: this.auth, mailstore: this.mailstore },
      ...{ transport: this.transport, userDatabases: this.userDatabases },
      ...{ signingKeys: this.signingKeys, spam: this.spam, resolver: this.resolver },
      services: { list: () => [], update: none, lan: () => [], setLan: none } as unknown as ServiceBoard,
      certificates: {} as CertificateOffice,
      settingsGroups: [],
      now: () => Date.now() + this.later,
    } as unknown as Parts);
  }

  /** How far the clock is moved, in milliseconds. */
  get later(): number {
    return this.#clock.later;
  }

  set later(ms: number) {
    this.#clock.later = ms;
  }

  /**
   * home.example with the administrator `admin` and the users `anna` and `ben`; away.example with `zoe`; and `dora`, who looks after
   * home.example only.
   */
  static async build(): Promise<House> {
    const house = await new House().furnish();
    await house.directory.domains.create({ name: "away.example" });
    await house.addUser("admin", { permissions: ["smtp.relay", ADMINISTRATOR] });
    await house.addUser("anna", { fullName: "Anna Berg" });
    await house.addUser("ben");
    await house.addUser("zoe", { addresses: ["zoe@away.example"] });
    const home = house.directory.domains.require("home.example").id;
    await house.addUser("dora", { permissions: ["smtp.relay", "http.proxy", ADMINISTRATOR], administers: [home] });
    return house;
  }

  /** Somebody at the web pages. */
  as(login: string): Actor {
    return { kind: "user", user: this.user(login), via: "web", remote: "192.168.1.20" };
  }

  /** Somebody's program, with a token of some scopes. */
  withToken(login: string, ...scopes: Scope[]): Actor {
    return { ...this.as(login), via: "api", scopes: new Set(scopes) };
  }

  /** What somebody is refused, as its kind; "done" if he is not. */
  async tried(work: () => Promise<unknown>): Promise<RefusalKind | "done"> {
    try {
      await work();
      return "done";
    } catch (thrown) {
      if (thrown instanceof Refusal) return thrown.kind;
      throw thrown;
    }
  }

  /** Lines of the audit log about something, the latest first. */
  audit(subject: string): AuditLine[] {
    return readAudit(this.store, { subject });
  }

  give(login: string, ...permissions: Permission[]): Promise<unknown> {
    return this.directory.users.update(login, { permissions });
  }
}

export { CONSOLE };
