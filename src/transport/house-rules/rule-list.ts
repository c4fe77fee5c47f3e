/** The rules of the house as administrators see and change them: in order. */
import { asc, eq, max } from "drizzle-orm";
import { validate } from "../../directory/validate.ts";
import { Refusal } from "../../refusal.ts";
import { placeWithin } from "../../store/order.ts";
import type { Store, Tx } from "../../store/store.ts";
import { houseChanged } from "./changes.ts";
import { type Rule, type RuleInput, ruleSchema } from "./rule.ts";
import { refuseUnknownRoutes } from "./sending-by.ts";
import { houseRules } from "./tables.ts";

const MOST_RULES = 500;

export class RuleList {
  constructor(private readonly store: Store) {}

  /** All rules in order. */
  list(): Rule[] {
    const rows = this.store.db.select().from(houseRules).orderBy(asc(houseRules.position), asc(houseRules.id)).all();
    return rows.map(({ id, rule, hits, lastHitAt }, at) => ({ ...rule, id, position: at + 1, hits, lastHitAt }));
  }

  /** @throws Refusal "notFound" */
  require(id: number): Rule {
    const found = this.list().find((rule) => rule.id === id);
    if (found === undefined) throw new Refusal("notFound", "There is no such rule.");
    return found;
  }

  /** Makes a rule: at a position from 1, or as the last one. @throws Refusal "invalid", "exists", "tooMany" */
  createWithin(tx: Tx, input: RuleInput, position?: number): Rule {
    const rule = validate(ruleSchema, input);
    const rules = this.list();
    if (rules.length >= MOST_RULES) throw new Refusal("tooMany", `There are at most ${MOST_RULES} rules.`);
    this.#refuseTaken(rule.name, undefined);
    refuseUnknownRoutes(this.store, rule.actions);
    const last =
      tx.db
        .select({ last: max(houseRules.position) })
        .from(houseRules)
        .get()?.last ?? 0;
    const { id } = tx.db
      .insert(houseRules)
      .values({ position: last + 1, rule })
      .returning()
      .get();
    if (position !== undefined) this.#place(tx, id, position);
    tx.emit(houseChanged, { what: "rules" });
    return this.require(id);
  }

  /** Changes what is given. @throws Refusal "notFound", "invalid", "exists" */
  updateWithin(tx: Tx, id: number, change: Partial<RuleInput>): Rule {
    const { id: _, position: _p, hits: _h, lastHitAt: _l, ...before } = this.require(id);
    const rule = validate(ruleSchema, { ...before, ...change });
    this.#refuseTaken(rule.name, id);
    refuseUnknownRoutes(this.store, rule.actions);
    tx.db.update(houseRules).set({ rule }).where(eq(houseRules.id, id)).run();
    tx.emit(houseChanged, { what: "rules" });
    return this.require(id);
  }

  /** Moves a rule to a position from 1. @throws Refusal "notFound" */
  moveWithin(tx: Tx, id: number, position: number): Rule {
    this.require(id);
    this.#place(tx, id, position);
    tx.emit(houseChanged, { what: "rules" });
    return this.require(id);
  }

  /** @throws Refusal "notFound" */
  removeWithin(tx: Tx, id: number): void {
    this.require(id);
    tx.db.delete(houseRules).where(eq(houseRules.id, id)).run();
    tx.emit(houseChanged, { what: "rules" });
  }

  /** The log names rules by their names. */
  #refuseTaken(name: string, except: number | undefined): void {
    const taken = this.list().some((rule) => rule.id !== except && rule.name.toLowerCase() === name.toLowerCase());
    if (taken) throw new Refusal("exists", `There is a rule “${name}” already.`, { field: "name" });
  }

  #place(tx: Tx, id: number, position: number): void {
    placeWithin(
      tx,
      houseRules,
      this.list().map((rule) => rule.id),
      id,
      position,
    );
  }
}
