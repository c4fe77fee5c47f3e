/** What pages do for whoever is signed in: an operation of the administration, and the words about it for the page that comes next. */
import type { z } from "zod";
import type { Operation } from "../administration/operation.ts";
import { actorOf, sendOn, signedIn, type WebContext } from "./context.ts";
import type { Front } from "./site.ts";

/** Does what an operation does, for whoever is signed in. @throws Refusal */
export const perform = <I extends z.ZodObject, O extends z.ZodType>(
  { deps }: Pick<Front, "deps">,
  c: WebContext,
  operation: Operation<I, O>,
  input: z.input<I>,
): Promise<z.output<O>> => deps.administration.perform(operation, actorOf(c), input);

/** Leaves words about what was done, and goes on to the page that shows them. What was done is in the log already. */
export const doneAt = ({ sessions }: Pick<Front, "sessions">, c: WebContext, text: string, to: string): Response => {
  sessions.leave(signedIn(c).session.id, { kind: "ok", text });
  return sendOn(c, to);
};
