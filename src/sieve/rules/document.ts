/**
 * A script as the rule editor has it: a head with what is required, and blocks one behind the other, each with the comment that stands
 * over it. All pieces joined are the script, octet for octet; only a block that is changed is written anew. What a form cannot show is a
 * block without a rule.
 */
import type { Turns } from "../../turns.ts";
import { SieveError } from "../error.ts";
import { parse, parsing } from "../grammar.ts";
import { atOnce, inTurns, type Steps } from "../steps.ts";
import type { CommandPhrase } from "../syntax.ts";
import { readAction } from "./actions.ts";
import { readCondition } from "./conditions.ts";
import { type Rule, ruleSchema } from "./model.ts";
import { NotShown } from "./phrases.ts";

/** Commands that belong together, and how they stand in the script. */
export interface Block {
  /** Blanks and comments in front of it. */
  readonly lead: string;
  readonly text: string;
  /** What it is called; "" where nothing says so. */
  readonly name: string;
  /** Undefined: written by hand, in a way that no form shows. */
  readonly rule: Rule | undefined;
}

/** A script in pieces. */
export interface RuleScript {
  /** All up to the first block: comments and what is required. */
  readonly head: string;
  readonly blocks: readonly Block[];
  readonly tail: string;
}

/** Puts the pieces together again. */
export const textOf = ({ head, blocks, tail }: RuleScript): string =>
  head + blocks.map(({ lead, text }) => lead + text).join("") + tail;

/** Extensions by which a string may mean something else than it says (RFC 5229 §3, RFC 5228 §2.4.2.4). */
const MEANINGFUL = ["variables", "encoded-character"];

/** The strings that a script requires. */
export function requiredIn(commands: readonly CommandPhrase[]): Set<string> {
  const strings = commands
    .filter(({ name }) => name === "require")
    .flatMap(({ arguments: [first] }) => (first?.kind === "strings" ? first.strings : []));
  return new Set(strings.map(({ value }) => value));
}

/** Takes a script apart. @throws SieveError where it is none */
export const readRules = (text: string): RuleScript => atOnce(reading(text));

/** The same in slices of the event loop. */
export const readRulesInTurns = (text: string, turns: Turns): Promise<RuleScript> => inTurns(reading(text), turns);

function* reading(text: string): Steps<RuleScript> {
  const commands = yield* parsing(text);
  const required = requiredIn(commands);
  const substitutes = MEANINGFUL.some((name) => required.has(name));
  const rest = commands.filter(({ name }) => name !== "require");
  const last = commands.findLast(({ name }) => name === "require");
  // A mark that editors of one system put in front stays there.
  let at = last === undefined ? Number(text.startsWith("\ufeff")) : lineEnd(text, last.close);
  let head = text.slice(0, at);
  const blocks: Block[] = [];
  for (const group of grouped(text, rest)) {
    const [first] = group;
    const end = group.at(-1)?.close;
    if (first === undefined || end === undefined) continue;
    let lead = text.slice(at, first.start);
    if (blocks.length === 0) {
      // The comment at the top of a script is about all of it.
      const own = ownLead(lead);
      head += lead.slice(0, lead.length - own.length);
      lead = own;
    }
    at = lineEnd(text, end);
    yield;
    blocks.push(blockOf(text, { lead, start: first.start, end: at, group, substitutes }));
  }
  return { head, blocks, tail: text.slice(at) };
}

/** Behind a command, with a comment on the same line and its end. */
function lineEnd(text: string, at: number): number {
  const rest = /[ \t]*(?:#[^\r\n]*)?(?:\r?\n|$)/y;
  rest.lastIndex = at;
  return at + (rest.exec(text)?.[0].length ?? 0);
}

/** The last comment of several that are set apart by empty lines. */
function ownLead(lead: string): string {
  const gap = /^[\s\S]*\n[ \t]*\r?\n(?=[ \t]*[^\s])/.exec(lead);
  return gap === null ? lead : lead.slice(gap[0].length);
}

/** Commands that are one block: an if with what belongs to it, or actions without a comment in between. */
function grouped(text: string, commands: readonly CommandPhrase[]): CommandPhrase[][] {
  const groups: CommandPhrase[][] = [];
  let before: CommandPhrase | undefined;
  for (const command of commands) {
    const goesOn = command.name === "elsif" || command.name === "else";
    const isBare = before?.block === undefined && command.block === undefined && before?.name !== "stop";
    const between = before === undefined ? "" : text.slice(before.close, command.start).trim();
    if (before !== undefined && (goesOn || (isBare && between === ""))) groups.at(-1)?.push(command);
    else groups.push([command]);
    before = command;
  }
  return groups;
}

interface Found {
  readonly lead: string;
  readonly start: number;
  readonly end: number;
  readonly group: readonly CommandPhrase[];
  readonly substitutes: boolean;
}

function blockOf(text: string, { lead, start, end, group, substitutes }: Found): Block {
  const block = { lead, text: text.slice(start, end), name: nameIn(lead) };
  // A string that holds ${…} stands for another one there.
  if (substitutes && block.text.includes("${")) return { ...block, rule: undefined };
  try {
    const read = ruleSchema.safeParse({ name: block.name, ...ruleIn(text, group) });
    return { ...block, rule: read.data };
  } catch (thrown) {
    if (!(thrown instanceof NotShown)) throw thrown;
    return { ...block, rule: undefined };
  }
}

type Body = Pick<Rule, "enabled" | "join" | "conditions" | "actions">;

/** @throws NotShown */
function ruleIn(text: string, [first, ...others]: readonly CommandPhrase[]): Body {
  if (first === undefined) throw new NotShown();
  if (first.name !== "if") {
    return { enabled: true, join: "all", conditions: [], actions: [first, ...others].map(readAction) };
  }
  const [test] = first.tests;
  if (others.length > 0 || first.block === undefined || test === undefined || first.listed) throw new NotShown();
  const actions = first.block.map(readAction);
  if (test.name !== "false") return { enabled: true, ...conditionsIn(test), actions };
  return { enabled: false, ...conditionsOff(betweenIn(text, test.end)), actions };
}

/** Blanks and comments from a place on. */
function betweenIn(text: string, at: number): string {
  const between = /(?:\s+|#[^\r\n]*(?=[\r\n])|\/\*[\s\S]*?\*\/)*/y;
  between.lastIndex = at;
  return between.exec(text)?.[0] ?? "";
}

function conditionsIn(test: CommandPhrase["tests"][number]): Pick<Body, "join" | "conditions"> {
  if (test.name === "true") return { join: "all", conditions: [] };
  if (test.name !== "allof" && test.name !== "anyof") return { join: "all", conditions: [readCondition(test)] };
  return { join: test.name === "allof" ? "all" : "any", conditions: test.tests.map(readCondition) };
}

/** The conditions of a rule that is off stand in a comment behind its false: `if false # allof (…)`, a habit of RoundCube. */
function conditionsOff(between: string): Pick<Body, "join" | "conditions"> {
  const comment = /#([^\r\n]*)/.exec(between)?.[1]?.trim().replace(/^if\b/i, "");
  if (!comment) return { join: "all", conditions: [] };
  try {
    const [command, more] = parse(`if ${comment} {}`);
    const [test] = command?.tests ?? [];
    if (test === undefined || more !== undefined || test.name === "false") throw new NotShown();
    return conditionsIn(test);
  } catch (thrown) {
    if (thrown instanceof SieveError) throw new NotShown();
    throw thrown;
  }
}

/**
 * What the comment over a block calls it. RoundCube: `# rule:[name]`; SmartSieve, websieve and others of their time: `#rule&&…`, which is
 * data; Ingo, the Thunderbird add-on, people: the last line of the comment.
 */
function nameIn(lead: string): string {
  const named = [...lead.matchAll(/^[ \t]*#[ \t]*rule:\[(.*)\][ \t]*\r?$/gim)].at(-1)?.[1];
  if (named !== undefined) return cleaned(named);
  const lines = lead.split("\n").map((one) =>
    one
      .trim()
      .replace(/^[#/*]+/, "")
      .replace(/^\s+|(?<=[^\s])\*\/$/g, ""),
  );
  const said = lines.findLast(
    (one) => /[\p{L}\p{N}]/u.test(one) && !/^(?:rule&&|begin|end\b|data:|filter:\s*[[{])/i.test(one),
  );
  return cleaned((said ?? "").replace(/^(?:filter|rule)(?:\s*name)?\s*:\s*/i, ""));
}

const cleaned = (name: string): string =>
  name
    .replace(/[\u0000-\u001f\u007f\u2028\u2029]/g, " ")
    .trim()
    .slice(0, 200);
