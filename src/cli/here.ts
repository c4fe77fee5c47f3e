/** Commands as they are carried out: in the server, for somebody at its control socket, or here where no server holds the data folder. */
import { type Actor, CONSOLE } from "../administration/actor.ts";
import type { ControlReply, ControlRequest } from "../appliance/control.ts";
import { Appliance } from "../appliance.ts";
import { hasExpired } from "../directory/expiry.ts";
import { Refusal } from "../refusal.ts";
import { type Call, type Context, failed, resolve, UsageError, usageOf } from "./command.ts";
import { allCommands, commandNamed } from "./commands.ts";
import { commandHelp, overview, SERVE } from "./help.ts";
import type { Terminal } from "./terminal.ts";

/** What can be done, or how one command is used. @throws UsageError */
export async function help(name: string | undefined): Promise<string> {
  if (name === undefined) return overview(await allCommands());
  const command = name === SERVE.name ? SERVE : await commandNamed(name);
  if (command === undefined) throw new UsageError(`There is no command “${name}”.`);
  return commandHelp(command);
}

/** Runs a command line on a data folder that no server holds. @throws UsageError, Refusal */
export async function runHere(argv: readonly string[], folder: string, terminal: Terminal): Promise<void> {
  const call = resolve(await commandNamed(argv[0] ?? ""), argv);
  const stdin = readsInput(call) ? await terminal.stdin() : "";
  const appliance = Appliance.open(folder);
  try {
    await perform(call, appliance, stdin, (line) => terminal.out(`${line}\n`));
  } finally {
    await appliance.close();
  }
}

const readsInput = ({ action, values }: Call) => action.readsInput === true || values["password-stdin"] === true;

/** Runs a command that came over the control socket. */
export async function answer(appliance: Appliance, request: ControlRequest): Promise<ControlReply> {
  let out = "";
  let error = "";
  try {
    const call = resolve(await commandNamed(request.argv[0] ?? ""), request.argv);
    if (request.stdin === undefined && readsInput(call)) return "wantsInput";
    await perform(call, appliance, request.stdin ?? "", (line) => {
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
