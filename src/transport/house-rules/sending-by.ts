/** The rules of the house that send mail by a route: they name it, so there is one as long as they do. */
import { Refusal } from "../../refusal.ts";
import type { Store, Tx } from "../../store/store.ts";
import { houseChanged } from "./changes.ts";
import type { StoredRule } from "./rule.ts";

type Actions = StoredRule["actions"];

const names = ({ do: deed, value }: Actions[number], route: string) =>
  deed === "route" && value.toLowerCase() === route.toLowerCase();

/** @throws Refusal "invalid" where an action names a route that is none */
export function refuseUnknownRoutes({ client }: Store, actions: Actions): void {
  const routes = client.query<{ name: string }, []>("SELECT route ->> '$.name' AS name FROM routes").all();
  const wrong = actions.find((one) => one.do === "route" && !routes.some(({ name }) => names(one, name)));
  if (wrong !== undefined)
    throw new Refusal("invalid", `There is no route “${wrong.value}”; make it first.`, { field: "actions" });
}

/** @throws Refusal "inUse" where a rule names the route */
export function refuseWhereNamed(store: Store, route: string): void {
  const [rule] = naming(store, route);
  if (rule !== undefined)
    throw new Refusal(
      "inUse",
      `The house rule “${rule.name}” sends mail by the route “${route}”; change that rule first.`,
    );
}

/** A route gets another name, and its rules name it so. */
export function renameWithin(tx: Tx, store: Store, route: string, to: string): void {
  const rules = naming(store, route);
  const update = tx.client.query("UPDATE house_rules SET rule = ? WHERE id = ?");
  for (const { id, ...rule } of rules) {
    const actions = rule.actions.map((one) => (names(one, route) ? { ...one, value: to } : one));
    update.run(JSON.stringify({ ...rule, actions }), id);
  }
  if (rules.length > 0) tx.emit(houseChanged, { what: "rules" });
}

function naming({ client }: Store, route: string): (StoredRule & { readonly id: number })[] {
  return client
    .query<{ id: number; rule: string }, []>("SELECT id, rule FROM house_rules")
    .all()
    .map(({ id, rule }) => ({ ...(JSON.parse(rule) as StoredRule), id }))
    .filter(({ actions }) => actions.some((one) => names(one, route)));
}
