/** Names for what operations give, so that the API's description has each of them once: `User`, `UserList`. Pure. */
import { z } from "zod";
import type { Operation } from "../../administration/operation.ts";

/**
 * The outputs of operations and the objects that several of them share, with their names. What `user.show` gives is a `User`; a line of
 * `user.list` that is no whole user is a `UserLine`. An output without properties has no name.
 */
export function resultNames(operations: readonly Operation[]): Map<z.ZodType, string> {
  const found = new Map<z.ZodType, string>();
  const taken = new Set<string>();
  const give = (schema: z.ZodType, name: string) => {
    if (found.has(schema) || isEmpty(schema)) return;
    const free = taken.has(name) ? `${name}${taken.size}` : name;
    taken.add(free);
    found.set(schema, free);
  };
  // Those of “show” first: others that give the same thing give it by its own name.
  const ordered = [...operations].sort((left, right) => Number(shows(right)) - Number(shows(left)));
  for (const { name, output } of ordered) give(output, shows({ name }) ? familyOf(name) : capitals(name));
  for (const { name, output } of operations) {
    if (!(output instanceof z.ZodObject)) continue;
    for (const part of Object.values(output.shape)) {
      const item = part instanceof z.ZodArray ? part.element : part;
      if (item instanceof z.ZodObject) give(item, familyOf(name) + (part instanceof z.ZodArray ? "Line" : "Part"));
    }
  }
  return found;
}

function shows({ name }: Pick<Operation, "name">): boolean {
  return name.endsWith(".show");
}

function familyOf(name: string): string {
  return capitals(name.slice(0, name.lastIndexOf(".")));
}

/** "mailbox.folder.list" as one word. */
function capitals(name: string): string {
  return name.replace(/(?:^|[.-])([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function isEmpty(schema: z.ZodType): boolean {
  return schema instanceof z.ZodObject && Object.keys(schema.shape).length === 0;
}
