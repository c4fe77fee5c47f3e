/** A server's insides with a filter, to which a stranger hands in mail. anna@home.test and bert@home.test are here. */
import type { z } from "zod";
import { Filter } from "../../src/filter/filter.ts";
import type { Panel } from "../../src/filter/judgement.ts";
import { filterSettings } from "../../src/filter/settings.ts";
import { Resolver } from "../../src/net/dns.ts";
import { type Event, newTrace } from "../../src/store/events.ts";
import type { Origin } from "../../src/transport/envelope.ts";
import { transportSettings } from "../../src/transport/settings.ts";
import { House } from "../house.ts";
import { MockDns, type Zone } from "../transport/mock-dns.ts";

export class FilterHouse extends House {
  readonly events: Event[] = [];
  readonly filter: Filter;
  /** What decides whom pct= spares; 0 spares nobody. */
  sample = 0;

  private constructor(
    readonly dns: MockDns,
    panel?: (house: FilterHouse) => Promise<Panel>,
  ) {
    const resolver = new Resolver({ servers: () => [dns.server], timeout: () => 2, hostsFile: "" });
    super("filter", {
      resolver,
      transport: {
        resolver,
        filter: {
          judges: (remote) => this.filter.judges(remote),
          begin: (visit) => this.filter.begin(visit),
          scan: (whole, about) => this.filter.scan(whole, about),
        },
      },
    });
    this.filter = new Filter({
      ...{ store: this.store, resolver, hostname: () => this.transport.hostname() },
      ...(panel && { panel: () => panel(this) }),
      random: () => this.sample,
    });
    this.store.events.subscribe((event) => this.events.push(event));
  }

  /** @param panel the tests of what a message is; without it there are none */
  static async open(zone: Zone = {}, panel?: (house: FilterHouse) => Promise<Panel>): Promise<FilterHouse> {
    const house = new FilterHouse(await MockDns.start(zone), panel);
    await house.directory.domains.create({ name: "home.test" });
    for (const login of ["anna", "bert"]) await house.directory.users.create({ login });
    await house.store.settings.set(transportSettings, { hostname: "mail.home.test" });
    return house;
  }

  async set(patch: Partial<z.input<typeof filterSettings.schema>>): Promise<void> {
    await this.store.settings.set(filterSettings, patch);
  }

  /** A stranger sends a message to anna, or to others. */
  async receive(
    message: string,
    {
      from = "eve@example.com",
      to = ["anna@home.test"],
      ...origin
    }: Partial<Origin> & { from?: string; to?: string[] } = {},
  ) {
    return await this.transport.accept(
      {
        reversePath: from,
        recipients: to.map((address) => ({ address })),
        origin: {
          ...{ kind: "smtp", remote: "192.0.2.1", helo: "mx.example.com", protocol: "ESMTP" },
          ...{ session: "s", trace: newTrace(), ...origin },
        },
      },
      Buffer.from(message, "latin1"),
    );
  }

  /** The messages in a folder of somebody, oldest first. */
  async letters(login: string, name = "INBOX"): Promise<string[]> {
    return (await this.messages(this.folderId(login, name))).map((one) => one.text);
  }

  logged(name: string): Event[] {
    return this.events.filter((event) => event.name === name);
  }

  override async close(): Promise<void> {
    await super.close();
    this.dns.stop();
  }
}
