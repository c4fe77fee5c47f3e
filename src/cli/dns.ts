/** `gatepost dns`: the records that a domain should have, and whether the world sees them. */
import { checkDns, type DnsRecordView } from "../administration/mail/dns.ts";
import { type Command, type Context, printOne } from "./command.ts";

const WORDS: Readonly<Record<DnsRecordView["state"], string>> = {
  right: "ok     ",
  missing: "MISSING",
  wrong: "WRONG  ",
  unknown: "unknown",
};

async function look(context: Context) {
  return await context.perform(checkDns, { name: context.args[0] ?? "" });
}

/** What is there, what should be, and what is wrong, one paragraph a record. */
function tell({ state, need, name, type, value, found, sentence }: DnsRecordView): string[] {
  const optional = state !== "right" && need === "optional" ? " (optional)" : "";
  const lines = [`${WORDS[state]}  ${type} ${name}${optional}`, `         ${sentence}`];
  if (state === "right") return lines;
  for (const one of found) lines.push(`         found: ${one}`);
  if (value !== "") lines.push(`         value: ${value}`);
  return lines;
}

export const dns = {
  name: "dns",
  summary: "The records that a domain should have in the DNS.",
  actions: {
    check: {
      usage: "DOMAIN",
      summary: "Looks at every record as the world sees it, and says what is wrong and what to enter.",
      performs: [checkDns],
      arity: [1, 1],
      run: async (context) => {
        const seen = await look(context);
        if (context.json) printOne(context, seen);
        else for (const record of seen.records) for (const line of tell(record)) context.out(line);
      },
    },
    zone: {
      usage: "DOMAIN",
      summary: "Prints the records as lines of a zone file.",
      performs: [checkDns],
      arity: [1, 1],
      run: async (context) => {
        const seen = await look(context);
        if (context.json) printOne(context, seen);
        else for (const { zone } of seen.records) if (zone !== "") context.out(zone);
      },
    },
  },
} satisfies Command;
