/**
 * Collection: mail from POP3 and IMAP accounts elsewhere comes into mailboxes here, each message exactly once. This file is all that an idle
 * server reads of it; the collector comes with the first account.
 *
 * A message is accepted and noted in the journal in one commit (run.ts), as mail of the origin "collection": judged and sorted as what comes
 * by SMTP, but never refused, since nobody is there who could be told.
 *
 * RFC 1939, RFC 2449, RFC 5034 (POP3), RFC 3501, RFC 9051, RFC 2177 (IMAP), RFC 2595, RFC 8314 (TLS), RFC 7628 (tokens).
 */
import { mailboxRemoved } from "../../directory/changes.ts";
import type { Parts } from "../parts.ts";
import { collectionChanged } from "./changes.ts";
import type { Collector } from "./collector.ts";
import type { WireParts } from "./wire.ts";

export type CollectionDeps = Omit<WireParts, "isPublic" | "signal">;

export class Collection {
  #collector: Promise<Collector> | undefined;
  #started = false;
  #stopped = false;

  constructor(
    private readonly parts: Parts,
    private readonly deps: CollectionDeps,
  ) {
    const { store } = parts;
    store.changes.on(mailboxRemoved, ({ id }) => {
      store
        .commit((tx) => {
          const gone = tx.client
            .query<{ id: number }, [number]>("DELETE FROM collect_accounts WHERE mailbox = ? RETURNING id")
            .all(id);
          for (const account of gone) tx.emit(collectionChanged, { id: account.id, mailbox: id, change: "set" });
        })
        .catch((fault: unknown) => store.events.fault("transport", "forget a mailbox's accounts elsewhere", fault));
    });
  }

  /** Who collects; read when first asked for. */
  collector(): Promise<Collector> {
    this.#collector ??= import("./collector.ts").then(async ({ Collector }) => {
      const collector = new Collector(this.parts, this.deps);
      if (this.#started) collector.start();
      if (this.#stopped) await collector.stop();
      return collector;
    });
    return this.#collector;
  }

  /** Begins to collect, where there is an account to collect from. */
  start(): void {
    this.#started = true;
    if (this.#collector === undefined && !this.#hasAccounts()) return;
    this.collector()
      .then((collector) => collector.start())
      .catch((fault: unknown) => this.parts.store.events.fault("transport", "begin to collect mail", fault));
  }

  async stop(graceMs?: number): Promise<void> {
    this.#started = false;
    this.#stopped = true;
    await (await this.#collector)?.stop(graceMs);
  }

  /** Forgets what has long been gone elsewhere. */
  async keepHouse(): Promise<void> {
    await (await this.#collector)?.keepHouse();
  }

  #hasAccounts(): boolean {
    return this.parts.store.client.query("SELECT 1 FROM collect_accounts LIMIT 1").get() !== null;
  }
}
