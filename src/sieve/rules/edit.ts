/** Changes of a script by its rules. Whatever is not changed stays octet for octet as it is. */
import { Refusal } from "../../refusal.ts";
import { parse } from "../grammar.ts";
import { Lexer } from "../lexer.ts";
import { writeAction } from "./actions.ts";
import { writeCondition } from "./conditions.ts";
import { type Block, type RuleScript, requiredIn, textOf } from "./document.ts";
import type { Rule } from "./model.ts";
import { listed, quoted } from "./phrases.ts";

/** A rule as RoundCube writes one, so that other programs read it as well; lines ended by LF. */
export function writeRule({ name, enabled, join, conditions, actions }: Rule): { text: string; needs: string[] } {
  const tests = conditions.map(writeCondition);
  const commands = actions.map(writeAction);
  const test = tests.length === 0 ? "true" : `${join}of (${tests.map(({ text }) => text).join(", ")})`;
  const lines = [
    ...(name === "" ? [] : [`# rule:[${name}]`]),
    enabled ? `if ${test}` : `if false # ${test}`,
    "{",
    ...commands.map(({ text }) => `\t${text}`),
    "}",
  ];
  // What a rule that is off would need is not required for it.
  const needs = [...(enabled ? tests : []), ...commands].flatMap((one) => one.needs);
  return { text: `${lines.join("\n")}\n`, needs: [...new Set(needs)] };
}

/** Puts a rule at a place, instead of the block there or as a new one; gives the script. @throws Refusal "invalid", "notFound" */
export function putRule(document: RuleScript, at: number, rule: Rule, mode: "replace" | "insert"): string {
  const blocks = [...document.blocks];
  const before = mode === "replace" ? blockAt(document, at) : undefined;
  if (mode === "replace" && before?.rule === undefined) throw handWritten();
  const { text, needs } = writeRule(rule);
  const end = lineEndOf(document);
  const kept = before === undefined ? "" : commentsOf(before);
  const block: Block = { lead: kept, text: text.replace(/\r?\n/g, end), name: rule.name, rule };
  if (mode === "replace") blocks[at] = block;
  else blocks.splice(Math.min(at, blocks.length), 0, block);
  const head = requiring(document.head, needs, end);
  refuseSubstitution(head, block.text);
  return textOf({ ...document, head, blocks: separated(head, blocks, end) });
}

/** Gives a block another place; gives the script. @throws Refusal "notFound" */
export function moveBlock(document: RuleScript, at: number, to: number): string {
  const moved = blockAt(document, at);
  const blocks = document.blocks.filter((one) => one !== moved);
  blocks.splice(Math.min(Math.max(to, 0), blocks.length), 0, moved);
  return textOf({ ...document, blocks: separated(document.head, blocks, lineEndOf(document)) });
}

/** Takes a block away, with its comment; gives the script. @throws Refusal "notFound" */
export function removeBlock(document: RuleScript, at: number): string {
  const gone = blockAt(document, at);
  return textOf({ ...document, blocks: document.blocks.filter((one) => one !== gone) });
}

/** How the lines of a script end; those of a new one as in mail. */
function lineEndOf(document: RuleScript): string {
  const text = textOf(document);
  return text.includes("\r\n") || text === "" ? "\r\n" : "\n";
}

/** @throws Refusal "notFound" */
export function blockAt({ blocks }: RuleScript, at: number): Block {
  const block = blocks[at];
  if (block === undefined) throw new Refusal("notFound", "There is no such rule. Load the page again.");
  return block;
}

/** @throws Refusal "invalid" */
export const handWritten = (): Refusal =>
  new Refusal("invalid", "This rule is written by hand in a way that the form cannot show. Change it in the script.");

/** Comments of a rule that is written anew: those over it but for its name, and those inside. */
function commentsOf({ lead, text, rule }: Block): string {
  const named = /^[ \t]*#[ \t]*rule:\[.*\][ \t]*(?:\r?\n|$)/gim;
  const end = lead.includes("\r\n") || text.includes("\r\n") ? "\r\n" : "\n";
  const inside = commentsIn(text, rule?.enabled === false).map((one) => one + end);
  return lead.replace(named, "") + inside.join("");
}

/** The comments in a rule; between `false` and the block of one that is off stand its conditions, which are no comment. */
function commentsIn(text: string, off: boolean): string[] {
  const comments: string[] = [];
  let [isBefore, isCondition] = [off, false];
  const lexer = new Lexer(text, (comment) => {
    if (!isCondition) comments.push(comment);
  });
  for (let { kind, text: said } = lexer.next(); kind !== "end"; { kind, text: said } = lexer.next()) {
    if (kind === "mark" && said === "{") [isBefore, isCondition] = [false, false];
    else if (isBefore && kind === "identifier" && said === "false") isCondition = true;
  }
  return comments;
}

/** Each block begins a line of its own. */
function separated(head: string, blocks: readonly Block[], end: string): Block[] {
  let before = head;
  return blocks.map((block) => {
    const open = before !== "" && !/\n[ \t]*$/.test(before) && !/^[ \t]*\r?\n/.test(block.lead);
    const placed = open ? { ...block, lead: end + block.lead } : block;
    before = placed.text;
    return placed;
  });
}

/** The head with what rules need: in the last list that is there, else in one of its own. */
function requiring(head: string, needs: readonly string[], end: string): string {
  const commands = parse(head);
  const required = requiredIn(commands);
  const missing = needs.filter((name) => !required.has(name));
  if (missing.length === 0) return head;
  const last = commands.findLast(({ name }) => name === "require");
  const [list] = last?.arguments ?? [];
  const close = head.slice(0, last?.end ?? 0).lastIndexOf("]");
  if (last !== undefined && list?.kind === "strings" && list.list && close === last.end - 1) {
    const more = missing.map((name) => `, ${quoted(name)}`).join("");
    return head.slice(0, close) + more + head.slice(close);
  }
  const begun = head === "" || head.endsWith("\n") ? head : head + end;
  return `${begun}require ${missing.length === 1 ? `[${quoted(missing[0] ?? "")}]` : listed(missing)};${end}`;
}

/** Beside a script with variables, "${name}" in a rule would not mean itself. @throws Refusal "invalid" */
function refuseSubstitution(head: string, text: string): void {
  const required = requiredIn(parse(head));
  if (!text.includes("${") || !(required.has("variables") || required.has("encoded-character"))) return;
  throw new Refusal("invalid", "The text ${ has a meaning of its own in this script. Write this rule in the script.");
}
