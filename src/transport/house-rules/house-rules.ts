/**
 * The rules of the house: what is done with messages that fit, whosever they are, once for each message that comes in or goes out; and the
 * journals, which get a copy. Asked by the receiver when a message is complete and judged, before it is decided where it goes; what the
 * server itself writes, and what was released from the quarantine, is not asked about. Where there are neither rules nor journals nothing
 * of this room is read but this file.
 */
import type { Store } from "../../store/store.ts";
import type { Envelope } from "../envelope.ts";
import type { Parts } from "../parts.ts";
import type { Sealed } from "../sealed.ts";
import { houseChanged } from "./changes.ts";
import type { NumberedRule, Orders } from "./engine.ts";
import type { Journal, Journalled } from "./journal.ts";
import type { Incoming } from "./matter.ts";
import type { StoredRule } from "./rule.ts";
import { Tally } from "./tally.ts";

export class HouseRules {
  readonly #tally: Tally;
  #rules: readonly NumberedRule[] | undefined;
  #journals: readonly Journal[] | undefined;

  constructor(
    private readonly store: Store,
    now: () => number,
  ) {
    this.#tally = new Tally(store, "house_rules", now);
    store.changes.on(houseChanged, ({ what }) => {
      if (what === "rules") this.#rules = undefined;
      if (what === "journals") this.#journals = undefined;
    });
  }

  /** What they want of a message; undefined where none fits. */
  async orders(parts: Parts, incoming: Incoming): Promise<Orders | undefined> {
    const { origin } = incoming.envelope;
    if (origin.kind === "system" || origin.released === true) return undefined;
    const rules = this.#enabled();
    if (rules.length === 0) return undefined;
    const { ordersFor } = await import("./engine.ts");
    return await ordersFor(parts, rules, incoming);
  }

  /** The copies of a message for the journals, for the commit that accepts it. */
  async journalled(parts: Parts, message: Journalled): Promise<Sealed[]> {
    const { origin } = message.envelope;
    if (origin.kind === "system" || origin.released === true) return [];
    this.#journals ??= this.store.client
      .query<Journal, []>("SELECT id, direction, about, mailbox, address, secret FROM journals WHERE enabled = 1")
      .all();
    if (this.#journals.length === 0) return [];
    const { copiesFor } = await import("./journal.ts");
    return await copiesFor(parts, this.#journals, message);
  }

  /** Says in the log what was done, and counts it. */
  report({ origin: { trace, session } }: Envelope, { story, met }: Orders): void {
    for (const rule of met) this.#tally.count(rule);
    const about = { room: "transport", name: "rule.applied", trace, session };
    for (const text of story) this.store.events.log({ ...about, text: `House rule ${text}.` });
  }

  /** Resolves when what was met is counted. */
  async settled(): Promise<void> {
    await this.#tally.settled();
  }

  #enabled(): readonly NumberedRule[] {
    this.#rules ??= this.store.client
      .query<{ id: number; rule: string }, []>("SELECT id, rule FROM house_rules ORDER BY position, id")
      .all()
      .map(({ id, rule }) => ({ ...(JSON.parse(rule) as StoredRule), id }))
      .filter(({ enabled }) => enabled);
    return this.#rules;
  }
}
