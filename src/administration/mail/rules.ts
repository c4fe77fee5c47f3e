/**
 * Mail rules: the script that sorts a mailbox's mail, rule by rule (src/sieve/rules/). They are read from the active script and written
 * back into it; where none is active, the first rule makes one. What a script may say, its owner may say in a rule.
 */
import { z } from "zod";
import { Refusal } from "../../refusal.ts";
import { SieveError } from "../../sieve/error.ts";
import { ruleSchema } from "../../sieve/rules/model.ts";
import { type Context, operation } from "../operation.ts";
import { checked, placeOf, recorded } from "./scripts.ts";

/** What a script is called that begins with a rule. */
const FIRST = "rules";
/** What the log says of a rule. */
const LONGEST_TOLD = 100;

const id = z.number().int().min(1).describe("The mailbox's number.");
const at = z.number().int().min(0).max(10_000).describe("The rule's place in the list, from 0.");
const version = z
  .string()
  .max(100)
  .optional()
  .describe("The version of the list the change is meant for; refused where it is another by now. Missing: any.");

const shown = z.object({
  name: z.string(),
  rule: ruleSchema.nullable().describe("null: written by hand in a way that no form shows."),
  text: z.string().describe("As it stands in the script."),
});

const list = z.object({
  script: z.string().describe("The script they stand in."),
  active: z.boolean().describe("The script is run for arriving mail."),
  version: z.string().describe("Changes with the script."),
  problem: z.string().nullable().describe("Why the script cannot be read; null: it can."),
  rules: z.array(shown),
});
export type RuleList = z.output<typeof list>;

const changed = z.object({ version: z.string(), warnings: z.array(z.string()) });

/** The script whose rules are shown: the active one, else the one that would be made. */
export function ruleScriptOf(
  { transport: { scripts } }: Context,
  id: number,
): { name: string; text: string; active: boolean } {
  const active = scripts.active(id);
  const found = scripts.get(id, active ?? FIRST);
  return { name: found?.name ?? FIRST, text: found?.text ?? "", active: found?.active ?? false };
}

const versionOf = (text: string): string => new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 16);

export const listMailRules = operation({
  name: "mailRule.list",
  summary: "Lists the mail rules of a mailbox, in the order in which they are run.",
  http: "GET /mailboxes/{id}/rules",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ id }),
  output: list,
  async run(context, { id }) {
    placeOf(context, id, "mail:read");
    const { readRulesInTurns } = await import("../../sieve/rules/rules.ts");
    const { name, text, active } = ruleScriptOf(context, id);
    const about = { script: name, active, version: versionOf(text) };
    try {
      const { blocks } = await readRulesInTurns(text, context.store.turns);
      const rules = blocks.map(({ name, text, rule }) => ({ name, text, rule: rule ?? null }));
      return { ...about, problem: null, rules };
    } catch (thrown) {
      if (!(thrown instanceof SieveError)) throw thrown;
      return { ...about, problem: thrown.sentence, rules: [] };
    }
  },
});

export const addMailRule = operation({
  name: "mailRule.add",
  summary: "Adds a mail rule, ahead of all others unless it says where.",
  http: "POST /mailboxes/{id}/rules",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id, version, at: at.default(0), rule: ruleSchema }),
  output: changed,
  run: (context, { id, version, at, rule }) =>
    change(context, { id, version, did: { added: rule.name } }, ({ putRule }, script) =>
      putRule(script, at, rule, "insert"),
    ),
});

export const setMailRule = operation({
  name: "mailRule.set",
  summary: "Changes a mail rule, or switches it on or off.",
  http: "PUT /mailboxes/{id}/rules/{at}",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id, at, version, rule: ruleSchema }),
  output: changed,
  run: (context, { id, version, at, rule }) =>
    change(context, { id, version, did: { changed: rule.name, enabled: rule.enabled } }, ({ putRule }, script) =>
      putRule(script, at, rule, "replace"),
    ),
});

export const moveMailRule = operation({
  name: "mailRule.move",
  summary: "Gives a mail rule another place in the order.",
  http: "POST /mailboxes/{id}/rules/{at}/move",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id, at, version, to: at.describe("Its new place, from 0.") }),
  output: changed,
  run: (context, { id, version, at, to }) =>
    change(context, { id, version, did: { moved: at, to } }, ({ moveBlock }, script) => moveBlock(script, at, to)),
});

export const removeMailRule = operation({
  name: "mailRule.remove",
  summary: "Removes a mail rule, or a part of the script that was written by hand.",
  http: "DELETE /mailboxes/{id}/rules/{at}",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id, at, version }),
  output: changed,
  run: (context, { id, version, at }) =>
    change(context, { id, version, did: { removed: at } }, ({ removeBlock }, script) => removeBlock(script, at)),
});

interface Wish {
  readonly id: number;
  readonly version: string | undefined;
  /** For the audit log. */
  readonly did: Readonly<Record<string, string | number | boolean>>;
}

type Rules = typeof import("../../sieve/rules/rules.ts");
type RuleScript = ReturnType<Rules["readRules"]>;

/** Changes the script by its rules, as one change of the script; where none was active, it is from then on. */
async function change(
  context: Context,
  { id, version, did }: Wish,
  edit: (rules: Rules, script: RuleScript) => string,
): Promise<z.output<typeof changed>> {
  const { scripts } = context.transport;
  const place = placeOf(context, id, "mail:write");
  const before = ruleScriptOf(context, id);
  if (version !== undefined && version !== versionOf(before.text)) throw stale();
  const rules = await import("../../sieve/rules/rules.ts");
  const text = edit(rules, await rules.readRulesInTurns(before.text, context.store.turns));
  scripts.checkRoom(id, before.name, Buffer.byteLength(text));
  const warnings = await checked(context, place, text);
  await context.commit((tx, note) => {
    const { subject } = placeOf(context, id, "mail:write");
    const now = ruleScriptOf(context, id);
    if (now.name !== before.name || now.text !== before.text) throw stale();
    const after = scripts.putWithin(tx, id, before.name, text, context.now());
    if (!after.active) scripts.activateWithin(tx, id, before.name);
    note({ subject, after: { ...recorded(after, text), rule: toldOf(did) } });
  });
  return { version: versionOf(text), warnings };
}

const toldOf = (did: Wish["did"]): string =>
  Object.entries(did)
    .map(([what, value]) => `${what} ${String(value).slice(0, LONGEST_TOLD)}`)
    .join(", ");

const stale = () =>
  new Refusal("invalid", "The rules were changed meanwhile, here or in a mail program. Look at them again.");

export const ruleOperations = [listMailRules, addMailRule, setMailRule, moveMailRule, removeMailRule] as const;
