/** One thing that can be seen or changed: what the pages, the command line and the HTTP API have in common. */
import type { z } from "zod";
import type { Tx } from "../store/store.ts";
import type { Actor, Reach, Role, Scope } from "./actor.ts";
import type { Change } from "./audit.ts";
import type { Parts } from "./parts.ts";

type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";

/** What an operation runs with. */
export interface Context extends Parts {
  readonly actor: Actor;
  /** Which part of the house the actor administrates. */
  readonly reach: Reach;
  /**
   * Changes something, and writes into the audit log what `note` is told, in one commit. The work may run again if that commit is tried
   * again.
   */
  commit<T>(work: (tx: Tx, note: (change: Change) => void) => T): Promise<T>;
  /** Writes a change into the audit log that another part committed by itself. */
  record(change: Change): Promise<void>;
}

/** Something that can be done. Parameters in the path stand in braces and are fields of the input. */
export interface Operation<I extends z.ZodObject = z.ZodObject, O extends z.ZodType = z.ZodType> {
  /** What the audit log and the API call it: "user.set". */
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** "PATCH /users/{login}"; GET changes nothing. */
  readonly http: `${Method} /${string}`;
  /** What an API token must be allowed. */
  readonly scope: Scope;
  /** Who may at all; the finer rules are the operation's own. */
  readonly who: Role;
  /** Why programs may not do it with a token, where they may not: one sentence. */
  readonly notByToken?: string;
  readonly input: I;
  readonly output: O;
  /** @throws Refusal */
  run(context: Context, input: z.output<I>): z.output<O> | Promise<z.output<O>>;
}

/** Defines an operation: its input and output are known to whoever calls it. */
export function operation<I extends z.ZodObject, O extends z.ZodType>(defined: Operation<I, O>): Operation<I, O> {
  return defined;
}

/** The method and the path of an operation. */
export function httpOf({ http }: Pick<Operation, "http">): { method: Method; path: string } {
  const [method = "GET", path = "/"] = http.split(" ");
  return { method: method as Method, path };
}

/** Whether an operation changes something. */
export function changes(one: Pick<Operation, "http">): boolean {
  return httpOf(one).method !== "GET";
}
