/** `gatepost bar`: addresses and accounts that failed too often. */
import { Refusal } from "../refusal.ts";
import { type Command, printRows } from "./command.ts";

export const bar = {
  name: "bar",
  summary: "Addresses and accounts that failed too often.",
  actions: {
    list: {
      usage: "",
      summary: "Lists who is barred or about to be, why, and until when.",
      arity: [0, 0],
      run: (context) => {
        const rows = context.appliance.auth.lockout.list().map((entry) => ({
          ...entry,
          score: Math.round(entry.score * 10) / 10,
          until: entry.until === null ? null : new Date(entry.until).toISOString(),
        }));
        printRows(context, rows, ["kind", "name", "why", "score", "bars", "until"]);
      },
    },
    lift: {
      usage: "NAME",
      summary: "Forgets what is held against an address, a network or an account.",
      arity: [1, 1],
      run: async (context) => {
        const [name = ""] = context.args;
        const { store, auth } = context.appliance;
        const lifted = await store.commit((tx) => auth.lockout.liftWithin(tx, name));
        if (lifted.length === 0) {
          throw new Refusal("notFound", `Nothing is held against “${name}”.`);
        }
        if (!context.json) context.out(`Nothing is held against ${name} any more.`);
      },
    },
  },
} satisfies Command;
