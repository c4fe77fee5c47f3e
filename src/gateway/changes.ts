/** What the gateway tells the change feed, after the commit that holds it. */
import { topic } from "../store/changes.ts";

/** Rules, groups of people, lists or upstream proxies changed: who may go where is to be judged anew. */
export const policyChanged = topic<{ readonly what: "rules" | "groups" | "lists" | "upstreams" | "warnings" }>(
  "gateway.policy",
);

/** A user's own limits changed. */
export const limitsChanged = topic<{ readonly user: number }>("gateway.limits");

/** The hosts of a list are others, or the list is gone. */
export const listChanged = topic<{ readonly id: number; readonly change: "hosts" | "removed" }>("gateway.list");
