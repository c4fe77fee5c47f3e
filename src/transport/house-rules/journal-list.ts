/** The journals as administrators see and change them. */
import { randomBytes } from "node:crypto";
import { asc, eq } from "drizzle-orm";
import type { Directory } from "../../directory/directory.ts";
import { Refusal } from "../../refusal.ts";
import type { Store, Tx } from "../../store/store.ts";
import { houseChanged } from "./changes.ts";
import { journals } from "./tables.ts";

/** A journal as people see it. */
export interface JournalEntry extends Omit<typeof journals.$inferSelect, "secret" | "mailbox" | "address"> {
  /** Where its copies go: an address here or elsewhere. */
  readonly to: string;
  /** The mailbox it is, where it is one here. */
  readonly mailbox: number | null;
}

export interface JournalValues {
  readonly enabled: boolean;
  readonly direction: "in" | "out" | "both";
  readonly about: string;
  readonly to: string;
  readonly note: string;
}

const MOST_JOURNALS = 20;

export class JournalList {
  constructor(
    private readonly store: Store,
    private readonly directory: Directory,
    private readonly now: () => number,
  ) {}

  list(): JournalEntry[] {
    return this.store.db
      .select()
      .from(journals)
      .orderBy(asc(journals.id))
      .all()
      .map((row) => this.#view(row));
  }

  /** @throws Refusal "notFound" */
  require(id: number): JournalEntry {
    const found = this.list().find((one) => one.id === id);
    if (found === undefined) throw new Refusal("notFound", "There is no such journal.");
    return found;
  }

  /** @throws Refusal "invalid", "tooMany" */
  createWithin(tx: Tx, values: JournalValues): JournalEntry {
    if (this.list().length >= MOST_JOURNALS)
      throw new Refusal("tooMany", `There are at most ${MOST_JOURNALS} journals.`);
    const { enabled, direction, note } = values;
    const { id } = tx.db
      .insert(journals)
      .values({
        ...{ enabled, direction, note, about: this.#about(values.about), ...this.#place(values.to) },
        ...{ secret: randomBytes(24).toString("hex"), createdAt: this.now() },
      })
      .returning()
      .get();
    tx.emit(houseChanged, { what: "journals" });
    return this.require(id);
  }

  /** Changes what is given. @throws Refusal "notFound", "invalid" */
  updateWithin(tx: Tx, id: number, { about, to, ...change }: Partial<JournalValues>): JournalEntry {
    this.require(id);
    const values = {
      ...change,
      ...(about !== undefined && { about: this.#about(about) }),
      ...(to !== undefined && this.#place(to)),
    };
    if (Object.keys(values).length > 0) tx.db.update(journals).set(values).where(eq(journals.id, id)).run();
    tx.emit(houseChanged, { what: "journals" });
    return this.require(id);
  }

  /** @throws Refusal "notFound" */
  removeWithin(tx: Tx, id: number): JournalEntry {
    const before = this.require(id);
    tx.db.delete(journals).where(eq(journals.id, id)).run();
    tx.emit(houseChanged, { what: "journals" });
    return before;
  }

  /** What it is about: nothing in particular, a domain here, or an address here. */
  #about(text: string): string {
    const about = text.trim().toLowerCase().replace(/^@/, "");
    if (about === "") return "";
    const isHere = about.includes("@")
      ? this.directory.resolve(about).kind === "local"
      : this.directory.domains.byName(about) !== undefined;
    if (isHere) return about;
    const sentence = `“${text}” is neither a domain nor an address here.`;
    throw new Refusal("invalid", sentence, { field: "about" });
  }

  #place(to: string): { mailbox: number | null; address: string } {
    const address = to.trim();
    const found = this.directory.resolve(address);
    if (!/^[^\s@<>,;]+@[^\s@<>,;]+$/u.test(address) || found.kind === "unknown") {
      throw new Refusal("invalid", `“${to}” is no address that mail can go to.`, { field: "to" });
    }
    if (found.kind === "remote") return { mailbox: null, address };
    const [mailbox = 0, ...others] = found.mailboxes;
    if (others.length > 0) {
      const sentence = `${address} stands on several mailboxes; name an address of one alone.`;
      throw new Refusal("invalid", sentence, { field: "to" });
    }
    return { mailbox, address: "" };
  }

  #view({ secret: _, address, ...row }: typeof journals.$inferSelect): JournalEntry {
    const { mailbox } = row;
    const own = mailbox === null ? address : this.directory.aliases.list({ mailboxId: mailbox })[0]?.address;
    return { ...row, to: own ?? `mailbox ${mailbox}` };
  }
}
