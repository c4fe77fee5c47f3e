/**
 * From the words on the command line to an exit code: 0 done, 1 refused with one clear line on standard error, 2 bad usage.
 * A command runs inside the server that holds the data folder, where there is one, else here.
 */

import { type Actor, CONSOLE } from "../administration/actor.ts";
import { type ControlReply, type ControlRequest, callServer } from "../appliance/control.ts";
import { Appliance } from "../appliance.ts";
import { hasExpired } from "../directory/expiry.ts";
import { Refusal } from "../refusal.ts";
import { VERSION } from "../version.ts";
import { type Call, type Command, type Context, resolve, UsageError, usageOf } from "./command.ts";
import { commandHelp, overview, SERVE } from "./help.ts";
import { serve } from "./serve.ts";
import { defaultFolder, type Terminal } from "./terminal.ts";

/** Runs a command line. Never throws. */
export async function dispatch(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const [first = "help"] = argv;
    if (first === "help" || first === "--help" || first === "-h") return await help(argv[1], terminal);
    if (first === "version" || first === "--version") return say(terminal, `gatepost ${VERSION}`);
    if (argv.some((word) => word === "--help" || word === "-h")) return await help(first, terminal);
    if (first === "serve") return await serve(argv.slice(1), terminal, answer);
    return await runOrSend(resolve(await commands(), argv), argv, terminal);
  } catch (error) {
    return failed(error, terminal.error);
  }
}

function say(terminal: Terminal, text: string): number {
  terminal.out(`${text}\n`);
  return 0;
}

/** The commands, with all they stand on; a server reads them when the first one comes. */
async function commands(): Promise<readonly Command[]> {
  const { COMMANDS } = await import("./commands.ts");
  return COMMANDS;
}

async function help(name: string | undefined, terminal: Terminal): Promise<number> {
  if (name === undefined) return say(terminal, overview(await commands()));
  const command = [SERVE, ...(await commands())].find((candidate) => candidate.name === name);
  if (command === undefined) throw new UsageError(`There is no command “${name}”.`);
  return say(terminal, commandHelp(command));
}

async function runOrSend(call: Call, argv: readonly string[], terminal: Terminal): Promise<number> {
  const folder = typeof call.values.data === "string" ? call.values.data : defaultFolder();
  const readsInput = call.action.readsInput === true || call.values["password-stdin"] === true;
  const stdin = readsInput ? await terminal.stdin() : "";
  const reply = await callServer(folder, { argv: [...argv], stdin });
  if (reply !== undefined) {
    terminal.out(reply.out);
    terminal.error(reply.error);
    return reply.code;
  }
  const appliance = Appliance.open(folder);
  try {
    await perform(call, appliance, stdin, (line) => terminal.out(`${line}\n`));
    return 0;
  } finally {
    await appliance.close();
  }
}

/** Runs a command that came over the control socket. */
async function answer(appliance: Appliance, request: ControlRequest): Promise<ControlReply> {
  let out = "";
  let error = "";
  try {
    await perform(resolve(await commands(), request.argv), appliance, request.stdin, (line) => {
      out += `${line}\n`;
    });
    return { code: 0, out, error };
  } catch (fault) {
    const code = failed(fault, (text) => {
      error += text;
    });
    return { code, out, error };
  }
}

/** The console itself, or a user whose rights are to hold. @throws Refusal "notFound", "notPermitted" */
function actorFor(appliance: Appliance, login: unknown): Actor {
  if (typeof login !== "string") return CONSOLE;
  const user = appliance.directory.users.require(login);
  if (user.kind !== "user" || !user.enabled || hasExpired(user, Date.now()))
    throw new Refusal("notPermitted", `${user.login} cannot sign in now.`);
  return { kind: "user", user, via: "command" };
}

async function perform(call: Call, appliance: Appliance, stdin: string, out: (line: string) => void): Promise<void> {
  const actor = actorFor(appliance, call.values.as);
  const context: Context = {
    appliance,
    // In the order of the schema, and nothing that it does not name: as the HTTP API gives it.
    perform: async (operation, input) =>
      operation.output.parse(await appliance.administration.perform(operation, actor, input)),
    args: call.args,
    values: call.values,
    json: call.values.json === true,
    stdin: () => Promise.resolve(stdin),
    out,
  };
  try {
    await call.action.run(context);
  } catch (error) {
    if (error instanceof UsageError && !error.message.includes("Usage:")) {
      throw new UsageError(`${error.message}\nUsage: gatepost ${usageOf(call.command, call.action)}`);
    }
    throw error;
  }
}

function failed(error: unknown, say: (text: string) => void): number {
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
