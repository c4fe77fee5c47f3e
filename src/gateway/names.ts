/** Names of what rules name, and of rules: as they may be, and that no two are alike. Pure. */
import { z } from "zod";
import { fold } from "../directory/address.ts";
import { Refusal } from "../refusal.ts";

/** The name of a thing that rules name: it stands between commas, and in the addresses of its pages. */
export const nameSchema = (what: string) =>
  z
    .string()
    .trim()
    .min(1, `A ${what} has a name.`)
    .max(100, "At most 100 characters.")
    .regex(/^[^\p{Cc},]*$/u, `The name of a ${what} is one line without commas.`)
    // A path of dots is another place, and half a character cannot be written in an address at all.
    .refine((name) => !/^\.+$/.test(name) && name.isWellFormed(), `The name of a ${what} has a letter or digit.`);

/** Refuses a name that another one has, in whatever capitals. @throws Refusal "exists" */
export function refuseTaken(
  what: string,
  name: string,
  others: readonly { readonly id: number; readonly name: string }[],
  except = 0,
): void {
  const taken = others.find((one) => one.id !== except && fold(one.name) === fold(name));
  if (taken === undefined) return;
  throw new Refusal("exists", `There is already ${what} “${taken.name}”; take another name.`, { field: "name" });
}
