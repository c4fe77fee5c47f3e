/**
 * Conversations that the owner of a mailbox wants to hear no more of: what comes to them goes past the inbox. They are known by the
 * identifiers of their messages and of those they name, as hashes (head.ts), so that an answer is known by whatever it refers to.
 */
import type { Structure } from "../mime/structure.ts";
import type { Store, Tx } from "../store/store.ts";
import { LINK } from "./head.ts";
import type { Summaries } from "./summaries.ts";

/** Of conversations that nothing was heard of for so long is remembered no more. */
const FORGOTTEN_MS = 2 * 365 * 86_400_000;

export class Mutes {
  constructor(
    private readonly store: Store,
    private readonly summaries: Summaries,
  ) {}

  /** Mutes what some contents belong to. */
  addWithin(tx: Tx, mailbox: number, contents: readonly number[], now: number): void {
    for (const content of contents) note(tx, mailbox, namesIn(this.summaries.heads.linksOf(content)), now);
    tx.client.query("DELETE FROM muted WHERE at < ?").run(now - FORGOTTEN_MS);
  }

  /** The opposite. */
  removeWithin(tx: Tx, mailbox: number, contents: readonly number[]): void {
    const remove = tx.client.query("DELETE FROM muted WHERE mailbox = ? AND link = ?");
    for (const content of contents)
      for (const name of namesIn(this.summaries.heads.linksOf(content))) remove.run(mailbox, name);
  }

  /**
   * Whether a message that is coming belongs to what is muted; what answers it will then, too. Of what else it names nothing is noted:
   * whoever writes it could mute any conversation by naming that beside a muted one.
   */
  coversWithin(tx: Tx, mailbox: number, structure: Structure, now: number): boolean {
    const any = this.store.client.query("SELECT 1 FROM muted WHERE mailbox = ? LIMIT 1");
    if (any.get(mailbox) === null) return false;
    const links = this.summaries.linksOf(structure);
    const muted = this.store.client.query("SELECT 1 FROM muted WHERE mailbox = ? AND link = ?");
    const named = namesIn(links).filter((name) => muted.get(mailbox, name) !== null);
    if (named.length === 0) return false;
    note(tx, mailbox, [...named, ...idIn(links)], now);
    return true;
  }

  /** Forgets a mailbox that is gone. */
  forgetWithin(tx: Tx, mailbox: number): void {
    tx.client.query("DELETE FROM muted WHERE mailbox = ?").run(mailbox);
  }
}

function note(tx: Tx, mailbox: number, names: readonly number[], now: number): void {
  const insert = tx.client.query("INSERT OR REPLACE INTO muted (mailbox, link, at) VALUES (?, ?, ?)");
  for (const name of names) insert.run(mailbox, name, now);
}

/** The identifier of a message, if it has one. */
const idIn = (links: Float64Array): number[] => [links[LINK.id] as number].filter((id) => id !== 0);

/** The identifier of a message and those it refers to. */
function namesIn(links: Float64Array): number[] {
  const count = links[LINK.count] as number;
  return [...idIn(links), ...links.subarray(LINK.references, LINK.references + Math.max(0, count))];
}
