/**
 * Rules: the part of Sieve that a form can show, read from a script and written back into it. Pure. The model is in model.ts; a script is
 * taken apart in document.ts, where each condition (conditions.ts) and action (actions.ts) is recognised or the whole block left to
 * whoever wrote it; edit.ts changes a script block by block and leaves every other octet alone.
 *
 * Written is the form that RoundCube's managesieve has, since most programs read it back: the name in `# rule:[name]`, a rule that is off
 * as `if false # …`. Read are the forms of others, too.
 */
export { type Block, type RuleScript, readRules, readRulesInTurns, textOf } from "./document.ts";
export { blockAt, handWritten, moveBlock, putRule, removeBlock, writeRule } from "./edit.ts";
export {
  type Action,
  COMPARISONS,
  type Comparison,
  type Condition,
  DATE_PARTS,
  type DatePart,
  type Rule,
  ruleSchema,
} from "./model.ts";
