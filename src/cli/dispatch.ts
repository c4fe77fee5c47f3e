/**
 * From the words on the command line to an exit code: 0 done, 1 refused with one clear line on standard error, 2 bad usage.
 * A command runs inside the server that holds the data folder, where there is one, else here; what it stands on is loaded only there.
 */
import { callServer } from "../appliance/control.ts";
import { VERSION } from "../version.ts";
import { failed } from "./command.ts";
import { defaultFolder, type Terminal } from "./terminal.ts";

/** Runs a command line. Never throws. */
export async function dispatch(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const [first = "help"] = argv;
    if (first === "help" || first === "--help" || first === "-h") return await help(argv[1], terminal);
    if (first === "version" || first === "--version") return say(terminal, `gatepost ${VERSION}`);
    if (argv.some((word) => word === "--help" || word === "-h")) return await help(first, terminal);
    if (first === "serve") {
      const { serve } = await import("./serve.ts");
      // A server reads the commands when the first one comes.
      return await serve(argv.slice(1), terminal, async (...call) => await (await import("./here.ts")).answer(...call));
    }
    const folder = folderIn(argv) ?? defaultFolder();
    const code = await send(folder, argv, terminal);
    if (code !== undefined) return code;
    const { runHere } = await import("./here.ts");
    await runHere(argv, folder, terminal);
    return 0;
  } catch (error) {
    return failed(error, terminal.error);
  }
}

function say(terminal: Terminal, text: string): number {
  terminal.out(`${text}\n`);
  return 0;
}

async function help(name: string | undefined, terminal: Terminal): Promise<number> {
  return say(terminal, await (await import("./here.ts")).help(name));
}

/** The data folder that is named among the words; whoever carries them out reads them properly. */
function folderIn(argv: readonly string[]): string | undefined {
  const end = argv.indexOf("--");
  const words = end < 0 ? argv : argv.slice(0, end);
  const at = words.findLastIndex((word) => word === "--data" || word.startsWith("--data="));
  if (at < 0) return undefined;
  const word = words[at] ?? "";
  return word === "--data" ? words[at + 1] : word.slice("--data=".length);
}

/** Has the server run a command; undefined if there is none. */
async function send(folder: string, argv: readonly string[], terminal: Terminal): Promise<number | undefined> {
  let reply = await callServer(folder, { argv });
  if (reply === "wantsInput") reply = await callServer(folder, { argv, stdin: await terminal.stdin() });
  if (reply === undefined || reply === "wantsInput") return undefined;
  terminal.out(reply.out);
  terminal.error(reply.error);
  return reply.code;
}
