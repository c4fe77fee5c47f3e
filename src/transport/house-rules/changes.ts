/** What the rules of the house tell the change feed, after the commit that holds it. */
import { topic } from "../../store/changes.ts";

/** Something that is asked for each message is other than it was. */
export const houseChanged = topic<{ readonly what: "barred" | "rules" | "journals" }>("transport.house");
