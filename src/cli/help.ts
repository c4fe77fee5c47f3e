/** The help that the executable prints about itself; made from the command table. */
import { type Command, usageOf } from "./command.ts";

const SERVE = `serve [--data DIR] [--listen ADDR] [--port-offset N] [--user NAME] [--log text|json]`;

/** What `gatepost help` prints. */
export function overview(commands: readonly Command[]): string {
  const rows = [
    ["serve", "Starts the server."],
    ...commands.map(({ name, summary }) => [name, summary]),
    ["help [COMMAND]", "Shows what a command takes."],
    ["version", "Prints the version."],
  ];
  return [
    "Gatepost: a complete mail server in one file.",
    "",
    `Usage: gatepost ${SERVE}`,
    "       gatepost COMMAND …",
    "",
    ...rows.map(([name = "", summary]) => `  ${name.padEnd(16)}${summary}`),
    "",
    "Every command takes --data DIR (the data folder; default $GATEPOST_DATA) and every listing --json.",
    "Commands work with the server running or stopped.",
  ].join("\n");
}

/** What `gatepost help COMMAND` prints. */
export function commandHelp(command: Command): string {
  return [
    command.summary,
    "",
    ...Object.values(command.actions).flatMap((action) => [
      `  gatepost ${usageOf(command, action)}`,
      `      ${action.summary}`,
    ]),
  ].join("\n");
}
