/** What stands in an order, in which the first that fits decides: rules, upstream proxies, routes. They are looked at, moved and removed alike. */
import { z } from "zod";
import type { Tx } from "../store/store.ts";
import type { Scope } from "./actor.ts";
import { type Context, operation } from "./operation.ts";

/** The number of one of them. */
export const id = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
/** A place among them. */
export const position = z.coerce.number().int().min(1).max(10_000).describe("From 1; behind the last one: at the end.");

/** Where those of the gateway are. */
export const GATEWAY = { at: "gateway/", read: "gateway:read", write: "gateway:write" } as const;

interface Placed {
  readonly position: number;
}

/** One kind of them. */
interface Ordered<Names extends string, View extends z.ZodObject, One extends Placed> {
  /** What the operations are called by: "rule" for rule.list. */
  readonly name: string;
  /** Where they are in the API, and what an answer calls them. */
  readonly names: Names;
  /** What stands before the names in the API's paths. */
  readonly at: "" | `${string}/`;
  readonly read: Scope;
  readonly write: Scope;
  readonly view: View;
  readonly summaries: Readonly<Record<"list" | "show" | "move" | "remove", string>>;
  stored(context: Context): {
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
  const { name, names, at, read, write, view, summaries, stored, viewOf, subjectOf, recorded } = ordered;
  const all = z.object({ [names]: z.array(view).describe("All of them in their order.") } as Record<
    Names,
    z.ZodArray<View>
  >);
  const allOf = (context: Context) =>
    ({ [names]: stored(context).list().map(viewOf) }) as unknown as z.output<typeof all>;

  const moving = z.strictObject({ id, position });

  const list = operation({
    name: `${name}.list`,
    summary: summaries.list,
    http: `GET /${at}${names}`,
    scope: read,
    who: "administrator",
    input: z.strictObject({}),
    output: all,
    run: allOf,
  });

  const show = operation({
    name: `${name}.show`,
    summary: summaries.show,
    http: `GET /${at}${names}/{id}`,
    scope: read,
    who: "administrator",
    input: z.strictObject({ id }),
    output: view,
    run: (context, { id }) => viewOf(stored(context).require(id)),
  });

  const move = operation<typeof moving, typeof all>({
    name: `${name}.move`,
    summary: summaries.move,
    http: `PUT /${at}${names}/{id}/position`,
    scope: write,
    who: "administrator",
    input: moving,
    output: all,
    async run(context, { id, position }) {
      await context.commit((tx, note) => {
        const before = stored(context).require(id);
        const after = stored(context).moveWithin(tx, id, position);
        note({
          subject: subjectOf(before),
          before: { position: before.position },
          after: { position: after.position },
        });
      });
      return allOf(context);
    },
  });

  const remove = operation({
    name: `${name}.remove`,
    summary: summaries.remove,
    http: `DELETE /${at}${names}/{id}`,
    scope: write,
    who: "administrator",
    input: z.strictObject({ id }),
    output: z.object({}),
    async run(context, { id }) {
      await context.commit((tx, note) => {
        const before = stored(context).require(id);
        stored(context).removeWithin(tx, id);
        note({ subject: subjectOf(before), before: recorded(before) });
      });
      return {};
    },
  });

  return { list, show, move, remove };
}
