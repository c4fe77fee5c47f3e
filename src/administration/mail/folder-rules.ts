/** Mail rules run on the mail that lies in a folder: to see what they would do, to do it, to stop it and to take it back. */
import { z } from "zod";
import { Refusal } from "../../refusal.ts";
import { type Context, operation } from "../operation.ts";
import { ruleScriptOf } from "./rules.ts";
import { placeOf } from "./scripts.ts";

const id = z.number().int().min(1).describe("The mailbox's number.");

const progress = z.object({
  folder: z.string(),
  called: z.string().describe("The rule's name, or the script's where all of it is run."),
  apply: z.boolean().describe("It is done; otherwise it is only looked what would be."),
  state: z.enum(["running", "done", "stopped", "failed", "undoing", "undone"]),
  total: z.number().int().describe("Messages in the folder."),
  seen: z.number().int().describe("Messages that were looked at so far."),
  moved: z.number().int(),
  copied: z.number().int(),
  flagged: z.number().int(),
  trashed: z.number().int().describe("Thrown away: into the trash."),
  leftOut: z.number().int().describe("Messages that would be forwarded, answered or refused; nothing of that is done."),
  failures: z.number().int().describe("Messages at which the script failed; nothing is done with them."),
  into: z.record(z.string(), z.number().int()).describe("How many go into each folder."),
  missing: z.array(z.string()).describe("Folders that the rules name and that there are not."),
  examples: z
    .array(z.object({ uid: z.number().int(), subject: z.string(), from: z.string(), does: z.array(z.string()) }))
    .describe("The first messages of which something comes."),
  error: z.string().nullable(),
  undoable: z.boolean(),
});
export type FolderRunView = z.output<typeof progress>;
const answer = z.object({ run: progress.nullable() });

export const runRules = operation({
  name: "mailRule.run",
  summary: "Runs a mail rule, or all of them, on the mail in a folder; without apply only to see what would be done.",
  http: "POST /mailboxes/{id}/rule-run",
  scope: "self:write",
  who: "user",
  input: z.strictObject({
    id,
    folder: z.string().min(1, "Name a folder.").max(1_000),
    rule: z.number().int().min(0).nullable().default(null).describe("The rule's place in the list; null: all rules."),
    apply: z.boolean().default(false),
  }),
  output: answer,
  async run(context, { id, folder: name, rule, apply }) {
    const { subject } = placeOf(context, id, "mail:write");
    const folder = context.mailstore.folder(id, name);
    if (folder === undefined) throw new Refusal("notFound", `The mailbox has no folder “${name}”.`);
    const { called, text } = await textOf(context, id, rule);
    const { compileInTurns } = await import("../../sieve/sieve.ts");
    const script = await compileInTurns(text, context.store.turns);
    const runs = await context.transport.folderRuns();
    const run = runs.begin({ mailbox: id, folder: folder.id, script, called, apply });
    if (apply) await context.record({ subject, after: { folder: name, ranRules: called } });
    return { run: view(run.progress) };
  },
});

export const showRuleRun = operation({
  name: "mailRule.progress",
  summary: "Says how the last run of mail rules on a folder stands.",
  http: "GET /mailboxes/{id}/rule-run",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ id }),
  output: answer,
  async run(context, { id }) {
    placeOf(context, id, "mail:read");
    const run = (await context.transport.folderRuns()).of(id);
    return { run: run === undefined ? null : view(run.progress) };
  },
});

export const stopRuleRun = operation({
  name: "mailRule.stop",
  summary: "Stops the run of mail rules on a folder; what was done stays.",
  http: "DELETE /mailboxes/{id}/rule-run",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id }),
  output: answer,
  async run(context, { id }) {
    placeOf(context, id, "mail:write");
    const run = (await context.transport.folderRuns()).of(id);
    await run?.stop();
    return { run: run === undefined ? null : view(run.progress) };
  },
});

export const undoRuleRun = operation({
  name: "mailRule.undo",
  summary: "Takes back what the last run of mail rules did, as far as the messages are where it put them.",
  http: "POST /mailboxes/{id}/rule-run/undo",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id }),
  output: answer,
  async run(context, { id }) {
    const { subject } = placeOf(context, id, "mail:write");
    const run = (await context.transport.folderRuns()).of(id);
    if (run === undefined) throw new Refusal("notFound", "No rules were run on a folder of this mailbox lately.");
    const { folder, called } = run.progress;
    run.undo();
    await context.record({ subject, after: { folder, tookBack: called } });
    return { run: view(run.progress) };
  },
});

/** The script that is run: one rule with what the script requires, or all of it. @throws Refusal, SieveError */
async function textOf(context: Context, id: number, rule: number | null): Promise<{ called: string; text: string }> {
  const { name, text } = ruleScriptOf(context, id);
  if (text === "") throw new Refusal("invalid", "This mailbox has no rules yet. Make one first.");
  if (rule === null) return { called: name, text };
  const { blockAt, handWritten, putRule, readRules, readRulesInTurns } = await import("../../sieve/rules/rules.ts");
  const script = await readRulesInTurns(text, context.store.turns);
  const block = blockAt(script, rule);
  if (block.rule === undefined) throw handWritten();
  // Also one that is switched off: it is chosen by hand here.
  return {
    called: block.name || `Rule ${rule + 1}`,
    text: putRule(readRules(script.head), 0, { ...block.rule, enabled: true }, "insert"),
  };
}

const view = ({ error, ...run }: FolderProgressLike): FolderRunView => ({
  ...run,
  ...{ into: { ...run.into }, missing: [...run.missing], error: error ?? null },
  examples: run.examples.map(({ does, ...one }) => ({ ...one, does: [...does] })),
});

type Runs = Awaited<ReturnType<Context["transport"]["folderRuns"]>>;
type FolderProgressLike = NonNullable<ReturnType<Runs["of"]>>["progress"];

export const folderRuleOperations = [runRules, showRuleRun, stopRuleRun, undoRuleRun] as const;
