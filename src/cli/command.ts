/**
 * What a command of the executable is. A command works on the open parts of the appliance: inside the running server when
 * there is one (its standard streams travel over the control socket), else in a process of its own. It need not know which.
 */
import { parseArgs } from "node:util";
import type { z } from "zod";
import type { Operation } from "../administration/operation.ts";
import type { Appliance } from "../appliance.ts";
import { Refusal } from "../refusal.ts";

/** Options a command takes, as `node:util` wants them. */
export type Options = Record<
  string,
  { readonly type: "string" | "boolean"; readonly multiple?: boolean; readonly short?: string }
>;

/** The values of the options that were given. */
export type Values = Record<string, string | boolean | (string | boolean)[] | undefined>;

/** What a command runs with. */
export interface Context {
  readonly appliance: Appliance;
  /** Arguments that are not options. */
  readonly args: readonly string[];
  readonly values: Values;
  /** True where the answer goes to a program. */
  readonly json: boolean;
  /** All of the standard input, as UTF-8. */
  readonly stdin: () => Promise<string>;
  readonly out: (line: string) => void;
  /**
   * Does what an operation does, for whoever holds the data folder, or with `--as LOGIN` with no more rights than that user has.
   * @throws Refusal
   */
  readonly perform: <I extends z.ZodObject, O extends z.ZodType>(
    operation: Operation<I, O>,
    input: z.input<I>,
  ) => Promise<z.output<O>>;
}

/** One thing to do: `gatepost user add`. */
export interface Action {
  /** What follows the command's name: "LOGIN --password-stdin [--full-name S]". */
  readonly usage: string;
  /** One sentence. */
  readonly summary: string;
  readonly options?: Options;
  /** The operations that it does. */
  readonly performs?: readonly Operation[];
  /** What PROPERTY may be, where there is one. */
  readonly properties?: readonly string[];
  /** It takes its standard input; with `--password-stdin` every action does. */
  readonly readsInput?: true;
  /** How many arguments at least and at most. */
  readonly arity: readonly [number, number];
  readonly run: (context: Context) => void | Promise<void>;
}

/** A command and what it can do, by one word or two; the action "" is the command without a further word. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly actions: Readonly<Record<string, Action>>;
}

/** As much of an action as help and documentation show. */
export type DescribedAction = Pick<Action, "usage" | "summary" | "properties">;

/** As much of a command as help and documentation show. */
export interface Described extends Pick<Command, "name" | "summary"> {
  readonly actions: Readonly<Record<string, DescribedAction>>;
}

/** The command line cannot be understood: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Options that every command takes. */
const COMMON_OPTIONS = {
  data: { type: "string" },
  json: { type: "boolean" },
  as: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const satisfies Options;

/** What an argument list asks for. */
export interface Call {
  readonly command: Command;
  readonly action: Action;
  readonly args: readonly string[];
  readonly values: Values;
}

/** Finds the action of a command (undefined: there is none of that name) and takes the options apart. @throws UsageError */
export function resolve(command: Command | undefined, argv: readonly string[]): Call {
  if (command === undefined) throw new UsageError(`There is no command “${argv[0]}”. Try: gatepost help`);
  const word = wordOf(command, argv.slice(1));
  const action = command.actions[word];
  if (action === undefined) {
    const known = Object.keys(command.actions).join(", ");
    throw new UsageError(`gatepost ${command.name} is followed by one of: ${known}`);
  }
  const words = word === "" ? 0 : word.split(" ").length;
  const { positionals, values } = parse(command, action, argv.slice(1 + words));
  const [least, most] = action.arity;
  if (values.help !== true && (positionals.length < least || positionals.length > most)) {
    throw new UsageError(`Usage: gatepost ${usageOf(command, action)}`);
  }
  return { command, action, args: positionals, values };
}

/** The action that the words name: by two of them ("rule add") or one; "" for none. */
function wordOf({ actions }: Command, words: readonly string[]): string {
  const named = (word: string) => word !== "" && Object.hasOwn(actions, word);
  const [one = "", two = ""] = words;
  return [`${one} ${two}`, one].find(named) ?? "";
}

function parse(command: Command, action: Action, args: string[]): { positionals: string[]; values: Values } {
  try {
    const options = { ...COMMON_OPTIONS, ...action.options };
    const { positionals, values } = parseArgs({ args, options, allowPositionals: true, strict: true });
    return { positionals, values };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split(". To specify")[0] : String(error);
    throw new UsageError(`${reason}\nUsage: gatepost ${usageOf(command, action)}`);
  }
}

/** The words after `gatepost`. */
export function usageOf(command: Described, action: DescribedAction): string {
  const word = Object.entries(command.actions).find(([, candidate]) => candidate === action)?.[0] ?? "";
  return [command.name, word, action.usage].filter((part) => part !== "").join(" ");
}

/** An option's text, or undefined. */
export function textOf(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}

/** All texts of an option that may be repeated. */
export function textsOf(values: Values, name: string): string[] {
  const value = values[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** The first line of the standard input: a password. @throws Refusal if there is none */
export async function passwordFrom(context: Context): Promise<string> {
  if (context.values["password-stdin"] !== true)
    throw new UsageError("Give the password on standard input, with --password-stdin.");
  const password = (await context.stdin()).split(/\r?\n/, 1)[0] ?? "";
  if (password === "") throw new Refusal("invalid", "No password came on standard input.");
  return password;
}

/** Lines that one look into a list gives. */
const PAGE_SIZE = 1_000;

/** Everything of a list that operations give page by page. */
export async function everyPage<T>(
  page: (wishes: { page: number; pageSize: number }) => Promise<readonly T[]>,
): Promise<T[]> {
  const all: T[] = [];
  for (let at = 1; ; at++) {
    const found = await page({ page: at, pageSize: PAGE_SIZE });
    all.push(...found);
    if (found.length < PAGE_SIZE) return all;
  }
}

/** Prints rows as an aligned table, or as JSON where that was asked for. */
export function printRows(
  context: Context,
  rows: readonly Record<string, unknown>[],
  columns: readonly string[],
): void {
  if (context.json) {
    context.out(JSON.stringify(rows));
    return;
  }
  const cells = rows.map((row) => columns.map((column) => shown(row[column])));
  const widths = columns.map((column, at) => Math.max(column.length, ...cells.map((row) => row[at]?.length ?? 0)));
  const line = (texts: readonly string[]) =>
    texts
      .map((text, at) => text.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd();
  context.out(line(columns.map((column) => column.toUpperCase())));
  for (const row of cells) context.out(line(row));
}

/** Prints one thing's properties, a line each, or as JSON. */
export function printOne(context: Context, one: Record<string, unknown>): void {
  if (context.json) {
    context.out(JSON.stringify(one));
    return;
  }
  const width = Math.max(...Object.keys(one).map((name) => name.length));
  for (const [name, value] of Object.entries(one)) context.out(`${name.padEnd(width)}  ${shown(value)}`.trimEnd());
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.map(shown).join(", ");
  if (value instanceof Date) return value.toISOString();
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Says why a command did not come to its end, and gives its exit code. */
export function failed(error: unknown, say: (text: string) => void): number {
  if (error instanceof UsageError) {
    say(`${error.message}\n`);
    return 2;
  }
  if (error instanceof Refusal) {
    say(`${error.sentence}\n`);
    return 1;
  }
  say(
    `Something went wrong inside Gatepost: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return 1;
}
