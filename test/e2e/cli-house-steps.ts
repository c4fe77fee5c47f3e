/** The commands about what holds for everybody's mail: rules, barred addresses, journals; and temporary addresses. */
import { expect } from "bun:test";
import type { Step } from "./cli-filter-steps.ts";

export const HOUSE_STEPS: readonly Step[] = [
  { args: ["barred", "add", ".spam.test", "x@far.test", "text=We buy nothing."], out: /2 entries are listed/ },
  { args: ["barred", "add", "good@spam.test", "action=allow"], out: /One entry is listed/ },
  {
    args: ["barred", "import", "side=recipient", "direction=out"],
    stdin: "rival.test # not them\n\n",
    out: /One entry/,
  },
  { args: ["barred", "list", "spam", "--json"], out: [{ pattern: "good@spam.test" }, { pattern: ".spam.test" }] },
  { args: ["barred", "show", "x@far.test", "--json"], out: { side: "sender", hits: 0, text: "We buy nothing." } },
  { args: ["barred", "set", "x@far.test", "note=Since May", "--json"], out: { note: "Since May" } },
  { args: ["barred", "test", "x@mail.spam.test"], out: /refused: .*We buy nothing/ },
  { args: ["barred", "remove", "x@far.test"], out: /^$/ },

  { args: ["rule", "add", "Programs", "--if", "attachment: dangerous", "--do", "remove"], out: /at position 1/ },
  {
    args: ["rule", "add", "Orders", "--if", "not sender: .spam.test", "--do", "subject: [order]", "direction=in"],
    out: /at position 2/,
  },
  { args: ["rule", "add", "Bad", "--do", "discard"], code: 1, error: /every message/ },
  { args: ["rule", "list"], out: /not sender: \.spam\.test +subject: \[order\]/ },
  { args: ["rule", "show", "Orders", "--json"], out: { position: 2, match: "all", hits: 0 } },
  { args: ["rule", "set", "Orders", "last=on", "--json"], out: { last: true } },
  { args: ["rule", "set", "Orders", "--do", "route: Nowhere"], code: 1, error: /There is no route “Nowhere”/ },
  { args: ["rule", "move", "Orders", "1"], out: /^$/ },
  {
    args: ["rule", "test", "--to", "anna@example.test", "--from", "x@far.test"],
    out: /Orders: its subject marked \[order\]/,
  },
  { args: ["rule", "remove", "Orders"], out: /Removed/ },
  { args: ["rule", "remove", "Programs"], out: /Removed/ },

  { args: ["journal", "add", "archive@far.test", "direction=out"], out: /Copies go to archive@far\.test/ },
  { args: ["journal", "list", "--json"], out: [{ to: "archive@far.test", copies: 0 }] },
  { args: ["journal", "set", "archive@far.test", "enabled=off", "--json"], out: { enabled: false } },
  { args: ["journal", "remove", "archive@far.test"], out: /^$/ },

  {
    args: ["temporary", "add", "anna@example.test", "--days", "9", "--note", "Shop"],
    out: /@example\.test is good until/,
  },
  {
    args: ["temporary", "list", "anna@example.test", "--json"],
    out: expect.arrayContaining([expect.objectContaining({ note: "Shop", ended: false })]),
  },
  { args: ["temporary", "set", "anna@example.test", "x@example.test", "--days", "3"], code: 1, error: /no temporary/ },
  { args: ["temporary", "end", "anna@example.test", "x@example.test"], code: 1, error: /no temporary/ },
];
