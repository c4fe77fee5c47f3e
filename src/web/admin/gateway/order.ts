/** Moving one of an ordered list a place up or down. */
import { z } from "zod";

/** The form of the buttons. */
export const orderForm = z.strictObject({ id: z.coerce.number().int(), way: z.enum(["up", "down"]) });

/** The position it goes to; the list's end is the operation's matter. */
export const movedTo = (position: number, way: "up" | "down"): number =>
  Math.max(1, position + (way === "up" ? -1 : 1));
