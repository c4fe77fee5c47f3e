/** What stands in an order, in which the first that fits decides: rules and upstream proxies. They are looked at, moved and removed alike. */
import { z } from "zod";
import type { Gateway } from "../../gateway/gateway.ts";
import type { Tx } from "../../store/store.ts";
import { operation } from "../operation.ts";

/** The number of one of them. */
export const id = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
/** A place among them. */
export const position = z.coerce.number().int().min(1).max(10_000).describe("From 1; behind the last one: at the end.");

interface Placed {
  readonly position: number;
}

/** One kind of them. */
interface Ordered<Names extends string, View extends z.ZodObject, One extends Placed> {
  /** What the operations are called by: "rule" for rule.list. */
  readonly name: string;
  /** Where they are in the API, and what an answer calls them. */
  readonly names: Names;
  readonly view: View;
  readonly summaries: Readonly<Record<"list" | "show" | "move" | "remove", string>>;
  stored(gateway: Gateway): {
    list(): One[];
    require(id: number): One;
    moveWithin(tx: Tx, id: number, position: number): One;
    removeWithin(tx: Tx, id: number): void;
  };
  viewOf(one: One): z.output<View>;
  /** What the audit log calls it, and keeps of it. */
  subjectOf(one: One): string;
  recorded(one: One): object;
}

/** The operations that are alike; adding and changing are each kind's own. */
export function orderedOperations<Names extends string, View extends z.ZodObject, One extends Placed>(
  ordered: Ordered<Names, View, One>,
) {
  const { name, names, view, summaries, stored, viewOf, subjectOf, recorded } = ordered;
  const all = z.object({ [names]: z.array(view).describe("All of them in their order.") } as Record<
    Names,
    z.ZodArray<View>
  >);
  const allOf = (gateway: Gateway) =>
    ({ [names]: stored(gateway).list().map(viewOf) }) as unknown as z.output<typeof all>;

  const moving = z.strictObject({ id, position });

  const list = operation({
    name: `${name}.list`,
    summary: summaries.list,
    http: `GET /gateway/${names}`,
    scope: "gateway:read",
    who: "administrator",
    input: z.strictObject({}),
    output: all,
    run: ({ gateway }) => allOf(gateway),
  });

  const show = operation({
    name: `${name}.show`,
    summary: summaries.show,
    http: `GET /gateway/${names}/{id}`,
    scope: "gateway:read",
    who: "administrator",
    input: z.strictObject({ id }),
    output: view,
    run: ({ gateway }, { id }) => viewOf(stored(gateway).require(id)),
  });

  const move = operation<typeof moving, typeof all>({
    name: `${name}.move`,
    summary: summaries.move,
    http: `PUT /gateway/${names}/{id}/position`,
    scope: "gateway:write",
    who: "administrator",
    input: moving,
    output: all,
    async run({ gateway, commit }, { id, position }) {
      await commit((tx, note) => {
        const before = stored(gateway).require(id);
        const after = stored(gateway).moveWithin(tx, id, position);
        note({
          subject: subjectOf(before),
          before: { position: before.position },
          after: { position: after.position },
        });
      });
      return allOf(gateway);
    },
  });

  const remove = operation({
    name: `${name}.remove`,
    summary: summaries.remove,
    http: `DELETE /gateway/${names}/{id}`,
    scope: "gateway:write",
    who: "administrator",
    input: z.strictObject({ id }),
    output: z.object({}),
    async run({ gateway, commit }, { id }) {
      await commit((tx, note) => {
        const before = stored(gateway).require(id);
        stored(gateway).removeWithin(tx, id);
        note({ subject: subjectOf(before), before: recorded(before) });
      });
      return {};
    },
  });

  return { list, show, move, remove };
}
