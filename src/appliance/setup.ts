/** First start: the one-time token that `serve` prints, and the work of the wizard and of `gatepost setup`. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { eq } from "drizzle-orm";
import type { CertificateOffice } from "../administration/parts.ts";
import type { Auth } from "../auth/auth.ts";
import type { Directory } from "../directory/directory.ts";
import { Refusal } from "../refusal.ts";
import type { Store } from "../store/store.ts";
import { facts } from "../store/tables.ts";
import { transportSettings } from "../transport/settings.ts";
import type { Setup } from "../web/deps.ts";
import type { SetupAnswers } from "../web/setup/answers.ts";
import { machineName, machineNames } from "./machine.ts";

const ROOM = "setup";

export class FirstStart implements Setup {
  #token: string | undefined;

  constructor(
    private readonly store: Store,
    private readonly directory: Directory,
    private readonly auth: Auth,
    private readonly certificates: CertificateOffice,
  ) {}

  /** Whether the questions were answered. */
  done(): boolean {
    return this.store.db.select().from(facts).where(eq(facts.room, ROOM)).get() !== undefined;
  }

  /** The token for the wizard's address; good for one browser. */
  token(): string {
    this.#token ??= randomBytes(24).toString("base64url");
    return this.#token;
  }

  redeem(token: string): boolean {
    if (this.#token === undefined || this.done()) return false;
    const digest = (text: string) => createHash("sha256").update(text).digest();
    if (!timingSafeEqual(digest(token), digest(this.#token))) return false;
    this.#token = undefined;
    return true;
  }

  suggestions(): { hostname: string; names: string[] } {
    return { hostname: machineName(), names: machineNames() };
  }

  async apply(input: SetupAnswers): Promise<void> {
    if (this.done()) throw new Refusal("exists", "This server is set up already.");
    const { answersSchema } = await import("../web/setup/answers.ts");
    const answers = answersSchema.parse(input);
    const { administrator, domain, outgoing } = answers;
    const credentials = {
      ...(await this.auth.credentialsFor(administrator.password, [administrator.login, domain.domain])),
      chosen: true,
    };
    await this.store.commit((tx) => {
      this.directory.domains.createWithin(tx, { name: domain.domain });
      this.directory.users.createWithin(
        tx,
        {
          login: administrator.login,
          fullName: "Administrator",
          addresses: [`${administrator.login}@${domain.domain}`],
          permissions: [...PERMISSIONS_OF_ADMINISTRATOR],
        },
        credentials,
      );
      this.store.settings.setWithin(tx, transportSettings, {
        hostname: domain.hostname,
        smartHosts: outgoing.way === "direct" ? [] : [smartHostOf(outgoing)],
      });
      tx.db.insert(facts).values({ room: ROOM, name: "done", value: Date.now() }).run();
    });
    await this.certificates.issue([...new Set([domain.hostname, ...answers.certificate.names])]);
    this.store.events.log({
      room: ROOM,
      name: "setup.done",
      user: administrator.login,
      text: `Set up for ${domain.domain}.`,
    });
  }
}

const PERMISSIONS_OF_ADMINISTRATOR = ["smtp.relay", "web.administrator"] as const;

function smartHostOf(outgoing: Extract<SetupAnswers["outgoing"], { way: "smartHost" }>) {
  const { way: _way, ...smartHost } = outgoing;
  return { ...smartHost, verify: smartHost.tls === "implicit" || smartHost.tls === "starttls" };
}
