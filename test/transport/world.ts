/** A transport with everything under it, on a temporary folder, with a mock name server and a clock that tests set. */
import type { z } from "zod";
import { StructureParser } from "../../src/mime/parser.ts";
import type { Structure } from "../../src/mime/structure.ts";
import { Resolver } from "../../src/net/dns.ts";
import { type Event, newTrace } from "../../src/store/events.ts";
import type { Envelope, EnvelopeRecipient, Origin } from "../../src/transport/envelope.ts";
import { transportSettings } from "../../src/transport/settings.ts";
import type { TransportOptions } from "../../src/transport/transport.ts";
import { House } from "../house.ts";
import { AUTHORITY } from "./certificates.ts";
import { MockDns, type Zone } from "./mock-dns.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export interface WorldOptions {
  readonly zone?: Zone;
  /** Further values of the transport's settings. */
  readonly settings?: Partial<z.input<typeof transportSettings.schema>>;
  /** The data of a world that was closed with `keep`. */
  readonly folder?: string;
  /** Begin to send at once; true unless said otherwise. */
  readonly start?: boolean;
  readonly isSelf?: (address: string, port: number) => boolean;
  /** Where MTA-STS policies are fetched. */
  readonly policyPort?: number;
  /** Where reports may be brought over HTTPS. */
  readonly isPublic?: (address: string) => boolean;
  readonly filter?: TransportOptions["filter"];
  readonly mailDirectory?: TransportOptions["mailDirectory"];
}

/** One server's insides. anna@home.test and bert@home.test exist; anna may relay, carl may not. */
export class World extends House {
  /** Milliseconds since the epoch; what the transport takes for now. */
  clock = Date.UTC(2026, 5, 1, 12);
  readonly events: Event[] = [];

  private constructor(
    options: WorldOptions,
    readonly dns: MockDns,
  ) {
    super("transport", {
      ...(options.folder !== undefined && { folder: options.folder }),
      transport: {
        resolver: new Resolver({ servers: () => [dns.server], timeout: () => 2, hostsFile: "", believes: () => true }),
        authorities: [AUTHORITY],
        now: () => this.clock,
        isSelf: options.isSelf ?? (() => false),
        ...(options.policyPort !== undefined && { policyPort: options.policyPort }),
        ...(options.isPublic !== undefined && { isPublic: options.isPublic }),
        ...(options.filter !== undefined && { filter: options.filter }),
        ...(options.mailDirectory !== undefined && { mailDirectory: options.mailDirectory }),
      },
    });
    this.store.events.subscribe((event) => this.events.push(event));
  }

  static async open(options: WorldOptions = {}): Promise<World> {
    const world = new World(options, await MockDns.start(options.zone ?? {}));
    if (options.folder === undefined) await world.#people();
    const settings = { hostname: "mail.home.test", idleSeconds: 0.05, ...options.settings };
    await world.store.settings.set(transportSettings, settings);
    if (options.start !== false) world.transport.start();
    return world;
  }

  async #people(): Promise<void> {
    await this.directory.domains.create({ name: "home.test" });
    for (const login of ["anna", "bert", "carl"]) {
      const permissions = login === "carl" ? [] : (["smtp.relay"] as const);
      await this.directory.users.create({ login, permissions: [...permissions] });
    }
  }

  override async close(options: { readonly keep?: boolean; readonly graceMs?: number } = {}): Promise<void> {
    await super.close(options);
    this.dns.stop();
  }

  origin(changes: Partial<Origin> = {}): Origin {
    return {
      kind: "submission",
      user: this.user("anna"),
      protocol: "ESMTPSA",
      session: "s",
      trace: newTrace(),
      ...changes,
    };
  }

  envelope(
    to: string | readonly (string | EnvelopeRecipient)[],
    changes: Partial<Omit<Envelope, "recipients">> = {},
  ): Envelope {
    const list = typeof to === "string" ? [to] : to;
    const recipients = list.map((one) => (typeof one === "string" ? { address: one } : one));
    return { reversePath: "anna@home.test", recipients, origin: this.origin(), ...changes };
  }

  /** Accepts a message from anna. */
  async send(
    to: string | readonly (string | EnvelopeRecipient)[],
    text = "Subject: Hello\r\n\r\nHow are you?\r\n",
    changes: Partial<Omit<Envelope, "recipients">> = {},
  ) {
    return await this.transport.accept(this.envelope(to, changes), Buffer.from(text, "utf8"));
  }

  /** The messages in somebody's INBOX, as text, oldest first. */
  inbox(login: string): string[] {
    const folder = this.mailstore.folders(this.user(login).primaryMailbox)[0]?.id ?? 0;
    return this.store.client
      .query<{ content: number }, [number, number]>("SELECT content FROM messages WHERE id > ? AND id < ? ORDER BY id")
      .all(folder * 2 ** 32, (folder + 1) * 2 ** 32)
      .map((row) => Buffer.from(this.store.content.read(row.content)).toString("utf8"));
  }

  /** Events of a name so far. */
  logged(name: string): Event[] {
    return this.events.filter((event) => event.name === name);
  }

  /** Resolves once `condition` holds; looks again whenever something was logged or committed. */
  async until(condition: () => boolean, what = "the condition", ms = 15_000): Promise<void> {
    const deadline = Date.now() + ms;
    while (!condition()) {
      if (Date.now() > deadline) throw new Error(`${what} did not come about; logged: ${this.#story()}`);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  #story(): string {
    return this.events.map((event) => `${event.name} ${event.text ?? ""}`).join(" | ");
  }

  /** Resolves once an event of this name was logged `count` times. */
  async happened(name: string, count = 1): Promise<Event> {
    await this.until(() => this.logged(name).length >= count, `${name} ×${count}`);
    const event = this.logged(name)[count - 1];
    if (event === undefined) throw new Error(name);
    return event;
  }

  /** Moves the clock on and lets what is due begin. */
  pass(ms: number): void {
    this.clock += ms;
    this.transport.wake();
  }

  /** Rows of the queue's tables and of the contents: all zero when nothing is left behind. */
  left(): { messages: number; recipients: number; attempts: number } {
    const count = (table: string) =>
      Number(this.store.client.query(`SELECT count(*) FROM ${table}`).values()[0]?.[0] ?? 0);
    return {
      messages: count("queue_messages"),
      recipients: count("queue_recipients"),
      attempts: count("queue_attempts"),
    };
  }

  contents(): number {
    return Number(this.store.client.query("SELECT count(*) FROM contents").values()[0]?.[0] ?? 0);
  }
}

/** The parts of a report, taken apart by the MIME parser. */
export function reportParts(text: string): {
  human: string;
  fields: Map<string, string>[];
  returned: string;
  returnedType: string;
} {
  const octets = Buffer.from(text, "utf8");
  const parser = new StructureParser();
  parser.write(octets);
  const { root }: Structure = parser.end();
  if (`${root.type}/${root.subtype}` !== "multipart/report") throw new Error(`not a report: ${text}`);
  const [human, status, returned] = root.children;
  if (human === undefined || status === undefined || returned === undefined)
    throw new Error(`parts are missing: ${text}`);
  if (`${status.type}/${status.subtype}` !== "message/delivery-status") throw new Error("no delivery status");
  const bodyOf = (part: typeof human) => octets.toString("utf8", part.bodyStart, part.bodyEnd);
  const groups = bodyOf(status).trimEnd().split("\r\n\r\n");
  const fields = groups.map((group) => {
    const unfolded = group.replace(/\r\n[ \t]+/g, " ");
    return new Map(
      unfolded.split("\r\n").map((line): [string, string] => {
        const at = line.indexOf(":");
        return [line.slice(0, at), line.slice(at + 1).trim()];
      }),
    );
  });
  const words = human.encoding === "base64" ? Buffer.from(bodyOf(human), "base64").toString("utf8") : bodyOf(human);
  return { human: words, fields, returned: bodyOf(returned), returnedType: `${returned.type}/${returned.subtype}` };
}
