/** A gateway over a store of its own, with name server, clock and people, for tests. */
import type { Directory } from "../../src/directory/directory.ts";
import type { User } from "../../src/directory/user.ts";
import { GateRefusal, Gateway, type GatewayOptions, type Target, type Visitor } from "../../src/gateway/gateway.ts";
import { Resolver } from "../../src/net/dns.ts";
import type { Store } from "../../src/store/store.ts";
import { openDirectory } from "../directory/open.ts";
import { MockDns, type Zone } from "../transport/mock-dns.ts";

export class GatewayHouse {
  gateway: Gateway;
  /** The clock of the gateway and its name cache. */
  now = Date.parse("2026-11-16T12:00:00Z");
  readonly faults: string[] = [];

  private constructor(
    private readonly opened: ReturnType<typeof openDirectory>,
    readonly dns: MockDns,
    private readonly options: Partial<GatewayOptions>,
  ) {
    this.gateway = this.#make();
  }

  /** anna may use the proxies, ben may not, dora is an administrator; guests may. */
  static async open(zone: Zone = {}, options: Partial<GatewayOptions> = {}): Promise<GatewayHouse> {
    const opened = openDirectory();
    const house = new GatewayHouse(opened, await MockDns.start(zone), options);
    await house.directory.domains.create({ name: "home.example" });
    await house.directory.users.create({ login: "anna", permissions: ["http.proxy", "ftp.proxy"] });
    await house.directory.users.create({ login: "ben" });
    await house.directory.users.create({ login: "dora", permissions: ["http.proxy", "web.administrator"] });
    await house.directory.users.update("guest", { permissions: ["http.proxy"] });
    return house;
  }

  get store(): Store {
    return this.opened.store;
  }

  get directory(): Directory {
    return this.opened.directory;
  }

  #make(): Gateway {
    this.store.events.subscribe((event) => {
      if (event.name === "fault") this.faults.push(`${event.text}\n${event.data?.stack}`);
    });
    const resolver = new Resolver({ servers: () => [this.dns.server], hostsFile: "", now: () => this.now });
    return new Gateway(this.store, this.directory, {
      ...{ resolver, isOwnProxy: () => false, now: () => this.now },
      isLan: (address) => address.startsWith("192.168."),
      ...this.options,
    });
  }

  /** Another process over what a first one left, which was killed (`hard`) or ended. */
  async restart(hard = false): Promise<void> {
    if (!hard) await this.gateway.close();
    this.opened.restart();
    this.gateway = this.#make();
    await this.gateway.start();
  }

  async close(): Promise<void> {
    await this.gateway.close();
    this.opened.close();
    this.dns.stop();
  }

  user(login: string): User {
    return this.directory.users.require(login);
  }

  visitor(login: string | null = "anna", values: Partial<Visitor> = {}): Visitor {
    const user = login === null ? null : this.user(login);
    return { ...{ service: "proxy", user, remote: "192.168.1.9", session: "test" }, ...values };
  }

  /** The kind of a refusal; "" for none. */
  judge(visitor: Visitor, target: Target): string {
    return kindOf(() => this.gateway.judge(visitor, target));
  }
}

export const to = (host: string, port = 443, scheme: Target["scheme"] = "tunnel"): Target => ({ host, port, scheme });

/** The kind of the refusal with which something ends; "" for none. */
export function kindOf(work: () => unknown): string {
  try {
    work();
    return "";
  } catch (error) {
    if (error instanceof GateRefusal) return error.kind;
    throw error;
  }
}

/** The refusal with which a promise ends; undefined for none. */
export async function refusalOf(work: Promise<unknown>): Promise<GateRefusal | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof GateRefusal) return error;
    throw error;
  }
}
