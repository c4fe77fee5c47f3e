/** Fields of the gateway's forms: people, lists in lines and behind commas, boxes that are ticked. */
import { z } from "zod";
import { MOST_TICKED, type Somebody } from "../../../../views/admin/gateway/people.tsx";
import { listUsers } from "../../../administration/users/user-list.ts";
import { Refusal } from "../../../refusal.ts";
import type { WebContext } from "../../context.ts";
import type { Fields } from "../../form.ts";
import { perform } from "../../performing.ts";
import type { Front } from "../../site.ts";

const filled = (text: string): boolean => text !== "";

/** Lines of a text area, trimmed, without empty ones. */
export const linesOf = (text = ""): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(filled);

/** What stands between commas, blanks and lines. */
export const listOf = (text = ""): string[] => text.split(/[\s,;]+/).filter(filled);

/** The values of boxes that are named "group.value". */
export const tickedOf = (fields: Fields, group: string): string[] =>
  Object.keys(fields)
    .filter((name) => name.startsWith(`${group}.`))
    .map((name) => name.slice(group.length + 1));

/** A form's values as an operation takes them. @throws Refusal "invalid" with the schema's words by field */
export function parsed<S extends z.ZodType>(schema: S, values: unknown): z.input<S> {
  const { success, error } = schema.safeParse(values);
  if (!success) throw new Refusal("invalid", "", { cause: error });
  return values as z.input<S>;
}

/** Login names, ticked or typed with whatever between. */
export const people = z
  .union([z.string(), z.array(z.string())])
  .default("")
  .transform((typed) => [...new Set([typed].flat().flatMap((text) => listOf(text)))]);

/** Everybody who has an account, to be ticked; undefined where they are too many for that. */
export const peopleOf = async (front: Front, c: WebContext): Promise<readonly Somebody[] | undefined> => {
  const { users, total } = await perform(front, c, listUsers, { pageSize: MOST_TICKED });
  return total > MOST_TICKED ? undefined : users.map(({ login, fullName }) => ({ login, fullName }));
};
